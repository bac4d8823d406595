"""Checks of hyperparameters: each is held to its range by name."""

import math
from numbers import Real
from typing import Any


def unit(**values: Any) -> None:
    """Raise unless each named hyperparameter is a number in [0, 1]."""
    for name, value in values.items():
        number(name, value)
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must be a number in [0, 1], got {value!r}")


def positive(**values: Any) -> None:
    """Raise unless each named hyperparameter is a positive, finite number."""
    for name, value in values.items():
        number(name, value)
        if not 0 < value < math.inf:
            raise ValueError(f"{name} must be a positive, finite number, got {value!r}")


def at_least(minimum: float, **values: Any) -> None:
    """Raise unless each named hyperparameter is a finite number of `minimum` or more."""
    for name, value in values.items():
        number(name, value)
        if not minimum <= value < math.inf:
            raise ValueError(f"{name} must be a finite number of at least {minimum}, got {value!r}")


def between(low: float, high: float, limit: str, **values: Any) -> None:
    """Raise unless each named hyperparameter is a number in the open interval; `limit` says how high is written."""
    for name, value in values.items():
        number(name, value)
        if not low < value < high:
            raise ValueError(f"{name} must be a number between {low} and {limit}, got {value!r}")


def boolean(**values: Any) -> None:
    """Raise unless each named switch is True or False."""
    for name, value in values.items():
        if not isinstance(value, bool):
            raise TypeError(f"{name} must be True or False, got {type(value).__name__}: {value!r}")


def number(name: str, value: Any) -> None:
    """Raise TypeError if a hyperparameter is no real number."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a real number, got {type(value).__name__}: {value!r}")
