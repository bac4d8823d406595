"""Classes, probabilities and answers of yes or no: their checks, and what is looked up by class."""

import math
from numbers import Real
from typing import Any

from lossbook._ops.arrays import floating, is_torch, namespace, require, same_shape
from lossbook._ops.hyperparameters import at_least
from lossbook._ops.vectors import dot


def classes(scores: Any, y: Any, *, name: str) -> Any:
    """Return the namespace of class scores (…, C) and integer labels (…); `name` is the scores'."""
    xp = namespace(**{name: scores, "y": y})
    class_scores(scores, name)
    labels(y, scores.shape[-1], scores, name, "classes")
    return xp


def distributions(scores: Any, p: Any, *, name: str, target: str) -> Any:
    """Return the namespace of class scores (…, C) and, of the same shape, rows of probabilities."""
    xp = same_shape(**{name: scores, target: p})
    class_scores(scores, name)
    probabilities(**{target: p})
    total = xp.sum(p, axis=-1)
    slack = max(1e-5, float(xp.finfo(p.dtype).eps) ** 0.5)
    require(total, xp.abs(total - 1) > slack, f"each row of {target} must sum to 1")
    return xp


def classes_or_distributions(logits: Any, y: Any) -> tuple[Any, bool]:
    """Return the namespace, and whether y holds labels (…) and not rows of probabilities (…, C)."""
    xp = namespace(logits=logits, y=y)
    labels = not xp.isdtype(y.dtype, "real floating")
    if labels:
        classes(logits, y, name="logits")
    elif y.ndim < logits.ndim:
        raise TypeError(
            f"y must hold class labels of an integer dtype, or probabilities in the shape of logits "
            f"{tuple(logits.shape)}: got {y.dtype} of shape {tuple(y.shape)}"
        )
    else:
        distributions(logits, y, name="logits", target="y")
    return xp, labels


def probabilities(**arrays: Any) -> None:
    """Raise ValueError unless the named arrays lie in [0, 1]."""
    for name, array in arrays.items():
        require(array, (array < 0) | (array > 1), f"{name} must lie in [0, 1]")


def signs(scores: Any, y: Any) -> Any:
    """Return the labels −1 and 1 in the dtype of the scores, whose shape they have."""
    xp = namespace(scores=scores, y=y)
    if not xp.isdtype(y.dtype, ("integral", "real floating")):
        raise TypeError(f"y must be of an integer or real floating-point dtype, got {y.dtype}")
    require(y, (y != 1) & (y != -1), "y must be −1 or 1")
    floating(scores=scores)
    y = xp.astype(y, scores.dtype)
    same_shape(scores=scores, y=y)
    return y


def yes_or_no(distance: Any, similar: Any) -> tuple[Any, Any]:
    """Return the namespace, and the answers 0 and 1, in the shape of the distances, as booleans."""
    xp = namespace(distance=distance, similar=similar)
    floating(distance=distance)
    if not xp.isdtype(similar.dtype, ("bool", "integral", "real floating")):
        raise TypeError(f"similar must be of a boolean, integer or real floating-point dtype, got {similar.dtype}")
    similar = xp.astype(similar, distance.dtype)
    same_shape(distance=distance, similar=similar)
    require(similar, (similar != 0) & (similar != 1), "similar must be 0 or 1")
    require(distance, distance < 0, "distance must be at least 0")
    return xp, similar == 1


def class_weights(scores: Any, **weights: Any) -> None:
    """Raise unless the named array holds one weight, finite and at least 0, for each class."""
    for name, weight in weights.items():
        xp = floating(scores=scores, **{name: weight})
        if tuple(weight.shape) != tuple(scores.shape[-1:]):
            raise ValueError(
                f"{name} must have shape ({scores.shape[-1]},), one weight for each class, got {tuple(weight.shape)}"
            )
        require(weight, (weight < 0) | ~xp.isfinite(weight), f"{name} must be finite and at least 0")


def positive_weight(logits: Any, pos_weight: Any) -> None:
    """Raise unless pos_weight is a number of at least 0, or an array of one for each last-axis entry."""
    if isinstance(pos_weight, Real):
        at_least(0, pos_weight=pos_weight)
    else:
        class_weights(logits, pos_weight=pos_weight)


def class_scores(scores: Any, name: str) -> None:
    floating(**{name: scores})
    if scores.ndim == 0 or scores.shape[-1] == 0:
        raise ValueError(f"{name} must have shape (…, C) with at least one class, got {tuple(scores.shape)}")


def labels(y: Any, count: int, rows: Any, name: str, axis: str) -> None:
    """Raise unless y holds one class below `count` for each row of an array, named with its last axis."""
    xp = namespace(y=y)
    if not xp.isdtype(y.dtype, "integral"):
        raise TypeError(f"y must hold class labels of an integer dtype, got {y.dtype}")
    if tuple(y.shape) != tuple(rows.shape[:-1]):
        raise ValueError(
            f"y must have the shape of {name} without its last axis, the {axis}: "
            f"got y {tuple(y.shape)}, {name} {tuple(rows.shape)}"
        )
    require(y, (y < 0) | (y >= count), f"y must be a class from 0 to {count - 1}")


def expectation(p: Any, values: Any) -> Any:
    """Return Σ p·values over the last axis, where p = 0 silences even an infinite value."""
    xp = namespace(p=p, values=values)
    total = dot(p, xp.where(p == 0, 0.0, values))
    # A NaN is not silenced: the maximum shows it. Asked of each number, a compiler would keep every answer for backward.
    return xp.where(xp.isnan(xp.max(values, axis=-1)), xp.nan, total)


def of_class(scores: Any, y: Any) -> Any:
    """Return from each row of scores (…, C) the entry of its label."""
    xp = namespace(scores=scores, y=y)
    if is_torch(xp):
        from torch.nn import functional

        # Its backward pass writes each row once, where that of a gather adds into zeros.
        rows, labels = scores.reshape(-1, scores.shape[-1]), index_of(xp, y).reshape(-1)
        return -functional.nll_loss(rows, labels, reduction="none").reshape(y.shape)
    return xp.take_along_axis(scores, y[..., None], axis=-1)[..., 0]


def one_hot(scores: Any, y: Any) -> Any:
    """Return booleans in the shape of the scores (…, C), true at each row's label."""
    xp = namespace(scores=scores, y=y)
    on_device = {"device": scores.device} if is_torch(xp) else {}
    return xp.arange(scores.shape[-1], dtype=y.dtype, **on_device) == y[..., None]


def weight_of_class(weight: Any, y: Any) -> Any:
    """Return the weight of each label."""
    return weight[index_of(namespace(weight=weight, y=y), y)]


def without_class(scores: Any, y: Any) -> Any:
    """Return the scores (…, C) with −∞ in place of each row's own label."""
    xp = namespace(scores=scores, y=y)
    return xp.where(one_hot(scores, y), -math.inf, scores)


def index_of(xp: Any, y: Any) -> Any:
    # torch gathers by int64 only, and takes uint8 for a mask.
    return xp.astype(y, xp.int64) if is_torch(xp) else y
