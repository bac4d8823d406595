"""Whose arrays they are: the namespace that speaks the Python array API, and checks of type, dtype, shape and content."""

import sys
from typing import Any

import array_api_compat


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
        if not array_api_compat.is_array_api_obj(array):
            raise TypeError(f"{name} must be an array, got {type(array).__name__}: {array!r}")
    try:
        return array_api_compat.array_namespace(*arrays.values())
    except TypeError:
        kinds = [f"{name} is a {type(a).__module__}.{type(a).__name__}" for name, a in arrays.items()]
        raise TypeError("arrays must come from one library: " + ", ".join(kinds)) from None


def is_torch(xp: Any) -> bool:
    return xp.__name__ == "array_api_compat.torch"


def floating(**arrays: Any) -> Any:
    """Return the namespace of the named arrays, all of a real floating-point dtype."""
    xp = namespace(**arrays)
    for name, array in arrays.items():
        if not xp.isdtype(array.dtype, "real floating"):
            raise TypeError(f"{name} must be of a real floating-point dtype, got {array.dtype}")
    return xp


def same_shape(**arrays: Any) -> Any:
    """Return the namespace of two or more named floating-point arrays that share one shape."""
    xp = floating(**arrays)
    shapes = {name: tuple(array.shape) for name, array in arrays.items()}
    if len(set(shapes.values())) > 1:
        listed = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"shapes must be the same (nothing is broadcast), got {listed}")
    return xp


def require(array: Any, bad: Any, rule: str) -> None:
    """Raise ValueError at the first element of `bad`, an array of booleans like `array`, that is true.

    A compiler traces without values: then nothing is checked.
    """
    xp = namespace(array=array)
    if not known(xp.any(bad)):
        return
    where = tuple(int(axis[0]) for axis in xp.nonzero(bad)) if array.ndim else ()
    value = int(array[where]) if xp.isdtype(array.dtype, "integral") else float(array[where])
    raise ValueError(f"{rule}, got {value:g}" + (f" at index {where}" if where else ""))


def known(condition: Any) -> bool:
    """Return whether a condition is known to be true: a compiler, which traces without values, knows nothing."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.compiler.is_compiling():
        return False
    try:
        return bool(condition)
    except (TypeError, RuntimeError):  # jax.jit and torch.vmap, asked for a value they do not have
        return False
