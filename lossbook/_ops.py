"""The one room where array libraries differ: checks of the input, and the reduction.

A loss asks here for the namespace `xp` of its arrays and then speaks the Python array API,
so that the same lines run on numpy, torch, jax and array_api_strict.
"""

import math
import sys
from numbers import Real

import array_api_compat

REDUCTIONS = ("mean", "sum", "none")


def namespace(**arrays):
    """Return the array API namespace that the named arrays share.

    Raises TypeError, naming the argument, for what is no array or for arrays of two libraries.
    """
    # Asked first, because torch.compile warns about the caches inside array_namespace.
    torch = sys.modules.get("torch")
    if torch is not None and all(isinstance(array, torch.Tensor) for array in arrays.values()):
        import array_api_compat.torch as xp

        return xp
    for name, array in arrays.items():
        if not array_api_compat.is_array_api_obj(array):
            raise TypeError(f"{name} must be an array, got {type(array).__name__}: {array!r}")
    try:
        return array_api_compat.array_namespace(*arrays.values())
    except TypeError:
        kinds = [f"{name} is a {type(a).__module__}.{type(a).__name__}" for name, a in arrays.items()]
        raise TypeError("arrays must come from one library: " + ", ".join(kinds)) from None


def floating(**arrays):
    """Return the namespace of the named arrays, all of a real floating-point dtype."""
    xp = namespace(**arrays)
    for name, array in arrays.items():
        if not xp.isdtype(array.dtype, "real floating"):
            raise TypeError(f"{name} must be of a real floating-point dtype, got {array.dtype}")
    return xp


def same_shape(**arrays):
    """Return the namespace of two or more named floating-point arrays that share one shape."""
    xp = floating(**arrays)
    shapes = {name: tuple(array.shape) for name, array in arrays.items()}
    if len(set(shapes.values())) > 1:
        listed = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"shapes must be the same (nothing is broadcast), got {listed}")
    return xp


def positive(**values):
    """Raise unless each named hyperparameter is a positive, finite number."""
    for name, value in values.items():
        _number(name, value)
        if not 0 < value < math.inf:
            raise ValueError(f"{name} must be a positive, finite number, got {value!r}")


def at_least(minimum, **values):
    """Raise unless each named hyperparameter is a finite number of `minimum` or more."""
    for name, value in values.items():
        _number(name, value)
        if not minimum <= value < math.inf:
            raise ValueError(f"{name} must be a finite number of at least {minimum}, got {value!r}")


def at_most(array, bound):
    """Return the array cut off above at a number."""
    xp = namespace(array=array)
    # torch.compile cannot trace xp.minimum with a number that changes from call to call.
    if xp.__name__ == "array_api_compat.torch":
        return xp.clamp(array, max=bound)
    return xp.minimum(array, bound)


def reduce(values, reduction):
    """Return the mean or the sum of all values, or the values as they are.

    An empty batch has no mean, and says so; its sum is 0.
    """
    xp = namespace(values=values)
    if reduction == "none":
        return values
    if reduction == "sum":
        return xp.sum(values, dtype=values.dtype)
    if reduction == "mean":
        if 0 in values.shape:
            raise ValueError(
                f"reduction='mean' of an empty batch is undefined: the values have shape "
                f"{tuple(values.shape)}; use 'sum' or 'none'"
            )
        return xp.mean(values)
    raise ValueError(f"reduction must be one of {REDUCTIONS}, got {reduction!r}")


def _number(name, value):
    """Raise TypeError if a hyperparameter is no real number."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a real number, got {type(value).__name__}: {value!r}")
