"""Functions that the array API lacks, or that overflow or lose their gradient where written down as they stand."""

from typing import Any

from lossbook._ops.arrays import is_torch, namespace


def at_most(array: Any, bound: float) -> Any:
    """Return the array cut off above at a number."""
    xp = namespace(array=array)
    # torch.compile cannot trace xp.minimum with a number that changes from call to call.
    if is_torch(xp):
        return xp.clamp(array, max=bound)
    return xp.minimum(array, bound)


def not_below(array: Any, bound: float) -> Any:
    """Return the array cut off below at a number."""
    xp = namespace(array=array)
    return xp.clamp(array, min=bound) if is_torch(xp) else xp.maximum(array, bound)


def log_softmax(logits: Any) -> Any:
    """Return the logarithm of softmax over the last axis, without overflow."""
    xp = namespace(logits=logits)
    if is_torch(xp):
        return xp.log_softmax(logits, dim=-1)
    shifted = logits - xp.max(logits, axis=-1, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=-1, keepdims=True, dtype=logits.dtype))


def logsumexp(array: Any) -> Any:
    """Return log Σ eˣ over the last axis, without overflow."""
    xp = namespace(array=array)
    if is_torch(xp):
        return xp.logsumexp(array, dim=-1)
    highest = xp.max(array, axis=-1, keepdims=True)
    highest = xp.where(xp.isinf(highest), 0.0, highest)
    return xp.log(xp.sum(xp.exp(array - highest), axis=-1, dtype=array.dtype)) + highest[..., 0]


def softplus(array: Any) -> Any:
    """Return log(1 + eˣ) without overflow, with the right gradient at 0 too."""
    xp = namespace(array=array)
    if is_torch(xp):
        from torch.nn import functional

        # From 40 on, log(1 + eˣ) is x in every dtype; torch's own threshold of 20 is early for float64.
        return functional.softplus(array, threshold=40.0)
    return xp.logaddexp(array, xp.zeros_like(array))


def sigmoid(array: Any) -> Any:
    """Return 1 / (1 + e⁻ˣ) without overflow."""
    xp = namespace(array=array)
    return xp.sigmoid(array) if is_torch(xp) else xp.exp(-softplus(-array))
