"""What becomes of the values: the reduction over the batch, and the error for a loss without a value."""

import functools
import inspect
import math
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import array_api_compat

from lossbook._ops.arrays import BRIEF, constant, in_single, is_torch, known, namespace, of_kind, require
from lossbook._ops.stable import mean

REDUCTIONS = ("mean", "sum", "none")
P = ParamSpec("P")
Result = TypeVar("Result")


def reduce(values: Any, reduction: str, weights: Any = None) -> Any:
    """Return the mean or the sum of all values, or the values as they are.

    An empty batch has no mean, and says so; its sum is 0. With weights, by which the values are
    already multiplied, the mean is the weighted one.
    """
    xp = namespace(values=values)
    if reduction == "none":
        return values
    if reduction == "sum":
        return xp.sum(values) if is_torch(xp) else in_single(xp, lambda each: xp.sum(each, dtype=each.dtype), values)
    if reduction == "mean":
        if 0 in values.shape:
            raise ValueError(
                f"reduction='mean' of an empty batch is undefined: the values have shape "
                f"{tuple(values.shape)}; use 'sum' or 'none'"
            )
        if weights is None:
            return mean(values)
        # Means, not sums: those of a large batch overflow in float16.
        weight = mean(weights)
        return mean(values) / positive_total(weight)
    raise ValueError(f"reduction must be one of {REDUCTIONS}, got {BRIEF.repr(reduction)}")


def positive_total(weight: Any) -> Any:
    """Return the sum or mean of a batch's weights, which must not be 0."""
    return require(weight, weight == 0, "the sum of the batch's weights must be positive for reduction='mean'")


def no_silent_nan(loss: Callable[P, Result]) -> Callable[P, Result]:
    """Make a function raise ValueError where inputs without a NaN lead to one: ∞ − ∞, 0·∞, an overflow on the way."""

    def with_check(*args: P.args, **kwargs: P.kwargs) -> Result:
        result = loss(*args, **kwargs)
        for each in result if isinstance(result, tuple) else (result,):
            xp = namespace(result=each)
            if known(xp.any(xp.isnan(each))):
                _blame(inspect.signature(loss).bind(*args, **kwargs).arguments)
        return result

    # Each loss in code of its own, for torch.compile allows one piece of code eight compilations.
    with_check.__code__ = with_check.__code__.replace(co_name=loss.__name__)
    return functools.wraps(loss)(with_check)


def _blame(arguments: dict[str, Any]) -> None:
    """Raise ValueError at the largest number among the arguments, unless there is a NaN among them."""
    sizes = {}
    for name, array in arguments.items():
        if array_api_compat.is_array_api_obj(array):
            xp = namespace(**{name: array})
            if of_kind(xp, array, "real floating"):
                sizes[name] = float(xp.max(xp.abs(constant(array))))
    if not any(math.isnan(size) for size in sizes.values()):
        name = max(sizes, key=sizes.__getitem__)
        array = arguments[name]
        require(array, (array == sizes[name]) | (array == -sizes[name]), f"{name} leaves the loss without a value")
