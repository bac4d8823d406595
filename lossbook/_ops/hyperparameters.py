"""Checks of hyperparameters: each is held to its range by name.

Each check returns its hyperparameter ready to compute with: a number as a float; a 0-d array of the
library and in the dtype of `array`, one of the loss' own, through which a gradient flows.
"""

import math
import operator
from numbers import Real
from typing import Any

import numpy as np

from lossbook._ops.arrays import BRIEF, described, is_torch, known, namespace, of_kind, spoilt


def unit(array: Any = None, /, **named: Any) -> Any:
    """Return the named hyperparameter, which must lie in [0, 1]."""
    name, value = number(array, named)
    return held(array, name, value, (value >= 0) & (value <= 1), "a number in [0, 1]")


def positive(array: Any = None, /, **named: Any) -> Any:
    """Return the named hyperparameter, which must be positive and finite."""
    name, value = number(array, named)
    return held(array, name, value, (value > 0) & (value < math.inf), "a positive, finite number")


def at_least(minimum: float, array: Any = None, /, **named: Any) -> Any:
    """Return the named hyperparameter, which must be finite and at least `minimum`."""
    name, value = number(array, named)
    return held(array, name, value, (value >= minimum) & (value < math.inf), f"a finite number of at least {minimum}")


def between(low: float, high: float, limit: str, array: Any = None, /, **named: Any) -> Any:
    """Return the named hyperparameter, which must lie in the open interval; `limit` says how high is written."""
    name, value = number(array, named)
    return held(array, name, value, (value > low) & (value < high), f"a number between {low} and {limit}")


def whole(**named: Any) -> int | None:
    """Return the named count, which must be a whole number of at least 1, or None."""
    ((name, value),) = named.items()
    if value is None:
        return None
    count = as_integer(value)
    if count is None:
        raise TypeError(f"{name} must be a whole number, or None, got {described(value)}")
    if count < 1:
        raise ValueError(f"{name} must be at least 1, got {count}")
    return count


def as_integer(value: Any) -> int | None:
    """Return a whole number of any type as Python's; None for what is none."""
    try:
        return None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        return None


def boolean(**values: Any) -> None:
    """Raise unless each named switch is True or False."""
    for name, value in values.items():
        if not isinstance(value, bool):
            raise TypeError(f"{name} must be True or False, got {described(value)}")


def one_of(*choices: str, **values: Any) -> None:
    """Raise unless each named value is one of the choices."""
    for name, value in values.items():
        if not isinstance(value, str) or value not in choices:
            raise ValueError(f"{name} must be one of {choices}, got {BRIEF.repr(value)}")


def number(array: Any, named: dict[str, Any]) -> tuple[str, Any]:
    """Return name and value of the one hyperparameter named: a real number as a float, or a 0-d array like `array`."""
    ((name, value),) = named.items()
    if isinstance(value, Real) and not isinstance(value, bool):
        return name, float(value)
    if isinstance(value, np.ndarray) and array is not None and in_torch_compile(array):
        value = namespace(inputs=array).as_tensor(value)
    if array is None or not hasattr(value, "shape") or tuple(value.shape) != ():
        raise TypeError(f"{name} must be a real number, got {described(value)}")
    xp = namespace(inputs=array, **{name: value})
    if not of_kind(xp, value, ("integral", "real floating")):
        raise TypeError(f"{name} must be a real number, got {described(value)}")
    return name, xp.astype(value, array.dtype, copy=False) if of_kind(xp, value, "integral") else value


def in_torch_compile(array: Any) -> bool:
    """Return whether torch compiles, which sees numpy's numbers as arrays."""
    xp = namespace(inputs=array)
    return is_torch(xp) and xp.compiler.is_compiling()


def held(array: Any, name: str, value: Any, good: Any, rule: str) -> Any:
    """Return a hyperparameter in the dtype of the array; one that is known not to be good is an error, and else NaN."""
    verdict = known(good)
    if verdict is None:
        value = spoilt(value, ~good)
    elif not verdict:
        raise ValueError(f"{name} must be {rule}, got {float(value)!r}")
    return value if isinstance(value, float) else namespace(value=value).astype(value, array.dtype, copy=False)
