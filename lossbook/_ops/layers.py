"""A linear layer in front of a loss."""

from typing import Any

from lossbook._ops.arrays import floating, namespace
from lossbook._ops.classes import labels
from lossbook._ops.sequences import counting
from lossbook._ops.vectors import embeddings, matmul


def linear(hidden: Any, weight: Any, y: Any, bias: Any, mask: Any) -> tuple[Any, Any, Any]:
    """Return, checked against a layer of weight (C, D) and bias (C,): hidden (…, D), labels y (…), the mask as weights or None.

    What is masked becomes 0, so that nothing of it goes on.
    """
    xp = embeddings(hidden=hidden)
    floating(hidden=hidden, weight=weight)
    if weight.ndim != 2 or weight.shape[0] == 0 or weight.shape[1] != hidden.shape[-1]:
        raise ValueError(
            f"weight must have shape (C, D), at least one class and D as in hidden: "
            f"got weight {tuple(weight.shape)}, hidden {tuple(hidden.shape)}"
        )
    if bias is not None:
        floating(hidden=hidden, bias=bias)
        if tuple(bias.shape) != tuple(weight.shape[:1]):
            raise ValueError(f"bias must have shape ({weight.shape[0]},), one number for each class, got {tuple(bias.shape)}")
    hidden, y = counting(mask, hidden=hidden, y=y)
    hidden, y = labels(y, weight.shape[0], hidden, "hidden", "vector's numbers")
    return hidden, y, None if mask is None else xp.astype(mask, hidden.dtype)


def affine(hidden: Any, weight: Any, bias: Any = None) -> Any:
    """Return W·h + b for each row h of hidden."""
    product = matmul(hidden, namespace(weight=weight).matrix_transpose(weight))
    return product if bias is None else product + bias
