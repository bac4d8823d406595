"""What is there of a batch: masks, True where an element counts."""

from typing import Any

from lossbook._ops.arrays import namespace, of_kind


def mask_like(mask: Any, shape: tuple[int, ...], **array: Any) -> Any:
    """Return the namespace of a named array and its mask, which must hold one boolean for each of its elements."""
    ((name, whole),) = array.items()
    xp = namespace(**array, mask=mask)
    if not of_kind(namespace(array=mask), mask, "bool"):
        raise TypeError(f"mask must be of a boolean dtype, got {mask.dtype}")
    if tuple(mask.shape) != tuple(shape):
        raise ValueError(f"mask must have shape {tuple(shape)}, got {tuple(mask.shape)} ({name} has {tuple(whole.shape)})")
    return xp
