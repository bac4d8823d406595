"""Whose arrays they are: the namespace that speaks the Python array API, and checks of type, dtype, shape and content."""

import math
import reprlib
import sys
from collections.abc import Callable
from typing import Any

import array_api_compat
import numpy as np

# Of a long list, an error shows the first entry.
BRIEF = reprlib.Repr()
BRIEF.maxlist = BRIEF.maxtuple = BRIEF.maxset = BRIEF.maxfrozenset = BRIEF.maxdict = BRIEF.maxdeque = BRIEF.maxarray = 1


def namespace(**arrays: Any) -> Any:
    """Return the array API namespace that the named arrays share.

    Raises TypeError, naming the argument, for what is no array or for arrays of two libraries.
    """
    # Asked first, because torch.compile warns about the caches inside array_namespace.
    torch = sys.modules.get("torch")
    if torch is not None and all(isinstance(array, torch.Tensor) for array in arrays.values()):
        import array_api_compat.torch as xp

        return xp
    for name, array in arrays.items():
        # Neither behaves as an array: a mask would count in some losses only, and a matrix's * is @.
        if not array_api_compat.is_array_api_obj(array) or isinstance(array, (np.ma.MaskedArray, np.matrix)):
            raise TypeError(f"{name} must be an array, got {described(array)}")
    try:
        return array_api_compat.array_namespace(*arrays.values())
    except TypeError:
        kinds = [f"{name} is a {type(a).__module__}.{type(a).__name__}" for name, a in arrays.items()]
        raise TypeError("arrays must come from one library: " + ", ".join(kinds)) from None


def is_torch(xp: Any) -> bool:
    return xp.__name__ == "array_api_compat.torch"


def described(value: Any) -> str:
    """Return what an error says of an argument: its type, and its dtype and shape or the beginning of its value."""
    kind = type(value).__name__
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return f"{kind} of dtype {value.dtype} and shape {tuple(value.shape)}"
    return f"{kind}: {BRIEF.repr(value)}"


def of_kind(xp: Any, array: Any, kind: str | tuple[str, ...]) -> bool:
    """Return whether an array's dtype is of a kind, as the array API calls it."""
    try:
        return xp.isdtype(array.dtype, kind)
    except TypeError:  # numpy, asked about a dtype that is not its own (bfloat16)
        return False


def floating(**arrays: Any) -> Any:
    """Return the namespace of the named arrays, all of a real floating-point dtype."""
    xp = namespace(**arrays)
    for name, array in arrays.items():
        if not of_kind(xp, array, "real floating"):
            raise TypeError(f"{name} must be of a real floating-point dtype, got {array.dtype}")
    return xp


def real_numbers(**named: Any) -> None:
    """Raise unless the named array holds integers or real floats."""
    ((name, array),) = named.items()
    if not of_kind(namespace(**named), array, ("integral", "real floating")):
        raise TypeError(f"{name} must be of an integer or real floating-point dtype, got {array.dtype}")


def same_shape(**arrays: Any) -> Any:
    """Return the namespace of two or more named floating-point arrays that share one shape."""
    xp = floating(**arrays)
    # Compared, not hashed: a compiler would fix every size for good.
    first, *others = [tuple(array.shape) for array in arrays.values()]
    if any(shape != first for shape in others):
        listed = ", ".join(f"{name} {tuple(array.shape)}" for name, array in arrays.items())
        raise ValueError(f"shapes must be the same (nothing is broadcast), got {listed}")
    return xp


def constant(array: Any) -> Any:
    """Return the array as a constant to the gradient."""
    xp = namespace(array=array)
    if is_torch(xp):
        return array.detach()
    return sys.modules["jax"].lax.stop_gradient(array) if array_api_compat.is_jax_namespace(xp) else array


def settled(number: Any) -> Any:
    """Return a hyperparameter as a constant: of a number, itself."""
    return number if isinstance(number, float) else constant(number)


def counted(count: int, array: Any) -> Any:
    """Return the whole numbers from 0 to count − 1, on the device of the array."""
    xp = namespace(array=array)
    return xp.arange(count, **({"device": array.device} if is_torch(xp) else {}))


def promoted(xp: Any, *arrays: Any) -> tuple[Any, ...]:
    """Return the arrays in the dtype that their library computes in when it mixes them."""
    if all(array.dtype == arrays[0].dtype for array in arrays):
        return arrays
    dtype = xp.result_type(*arrays)
    return tuple(xp.astype(array, dtype, copy=False) for array in arrays)


def in_dtype_of(values: Any, *given: Any) -> Any:
    """Return values in the dtype that the floats among arrays of their library were given in; None is no array."""
    xp = namespace(values=values)
    # The result type of one dtype is that dtype in the machine's own order of bytes.
    dtypes = [each.dtype for each in given if each is not None and of_kind(xp, each, "real floating")]
    return xp.astype(values, xp.result_type(*dtypes, dtypes[0]), copy=False)


def wide(array: Any) -> Any:
    """Return the array in float32 where it is of half precision: long sums are beyond that."""
    xp = namespace(array=array)
    return xp.astype(array, xp.float32) if xp.finfo(array.dtype).bits == 16 else array


def in_single(xp: Any, function: Callable[..., Any], *arrays: Any) -> Any:
    """Return a function of arrays in their dtype, computed in float32 where that is half precision: for sums."""
    arrays = promoted(xp, *arrays)
    dtype = arrays[0].dtype
    if xp.finfo(dtype).bits > 16:
        return function(*arrays)
    return xp.astype(function(*(xp.astype(array, xp.float32) for array in arrays)), dtype)


def require(array: Any, bad: Any, rule: str, *, of: Any = None) -> Any:
    """Return the array; raise ValueError at the first element of `bad`, an array of booleans like `array`, that is true.

    A compiler traces without values: then what would be refused becomes NaN, in the array or in
    another one, `of`, with its gradient.
    """
    value = array if of is None else of
    verdict = known(namespace(bad=bad).any(bad))
    if verdict is None:
        return spoilt(value, bad)
    if verdict:
        xp = namespace(array=array)
        where = tuple(int(axis[0]) for axis in xp.nonzero(bad)) if array.ndim else ()
        first = constant(array)[where]
        number = int(first) if of_kind(xp, array, "integral") else float(first)
        raise ValueError(f"{rule}, got {number:g}" + (f" at index {where}" if where else ""))
    return value


def surely_within(array: Any, low: float, high: float) -> bool:
    """Return whether all numbers are known to lie between two, NaN among none of them: in torch asked in one pass, elsewhere not."""
    xp = namespace(array=array)
    if not is_torch(xp) or xp.compiler.is_compiling() or array.numel() == 0:
        return False
    least, most = xp.aminmax(array.detach())
    return known((least >= low) & (most <= high)) is True


def spoilt(array: Any, bad: Any) -> Any:
    """Return the array with NaN in place of what is bad: of numbers, or of whole rows where `bad` has one axis less."""
    xp = namespace(array=array, bad=bad)
    bad = bad if bad.ndim == array.ndim else bad[..., None]
    # A factor, so that the gradient is NaN too.
    return array * xp.where(bad, math.nan, xp.ones_like(bad, dtype=array.dtype))


def known(condition: Any) -> bool | None:
    """Return whether a condition is true, or None where it is not known: a compiler traces without values."""
    if isinstance(condition, bool):
        return condition
    torch = sys.modules.get("torch")
    if torch is not None and (torch.compiler.is_compiling() or torch.jit.is_tracing()):
        return None
    try:
        return bool(condition)
    except (TypeError, RuntimeError):  # jax.jit and torch.vmap, asked for a value they do not have
        return None
