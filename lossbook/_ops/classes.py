"""Classes, probabilities and answers of yes or no: their checks, and what is looked up by class."""

import math
from numbers import Real
from typing import Any

from lossbook._ops.arrays import (
    counted,
    floating,
    in_single,
    is_torch,
    namespace,
    of_kind,
    real_numbers,
    require,
    same_shape,
    spoilt,
    surely_within,
)
from lossbook._ops.hyperparameters import at_least
from lossbook._ops.stable import log_softmax, logsumexp, mean, softplus, times
from lossbook._ops.vectors import dot


def classes(scores: Any, y: Any, *, name: str) -> tuple[Any, Any, Any]:
    """Return the namespace, and checked: class scores (…, C) and integer labels (…); `name` is the scores'."""
    xp = namespace(**{name: scores, "y": y})
    class_scores(scores, name)
    return xp, *labels(y, scores.shape[-1], scores, name, "classes")


def distributions(scores: Any, p: Any, *, name: str, target: str) -> tuple[Any, Any]:
    """Return the namespace, and checked: rows of probabilities of the same shape as class scores (…, C)."""
    xp = same_shape(**{name: scores, target: p})
    class_scores(scores, name)
    p = probabilities(**{target: p})
    total = in_single(xp, lambda rows: xp.sum(rows, axis=-1), p)
    slack = max(1e-5, float(xp.finfo(p.dtype).eps) ** 0.5)
    return xp, require(total, xp.abs(total - 1) > slack, f"each row of {target} must sum to 1", of=p)


def classes_or_distributions(scores: Any, y: Any, *, name: str = "logits") -> tuple[Any, Any, Any, bool]:
    """Return the namespace, and checked: scores, y, and whether y holds labels (…) and not rows of probabilities (…, C)."""
    xp = namespace(**{name: scores, "y": y})
    if not of_kind(xp, y, "real floating"):
        return *classes(scores, y, name=name), True
    if y.ndim < scores.ndim:
        raise TypeError(
            f"y must hold class labels of an integer dtype, or probabilities in the shape of {name} "
            f"{tuple(scores.shape)}: got {y.dtype} of shape {tuple(y.shape)}"
        )
    return xp, scores, distributions(scores, y, name=name, target="y")[1], False


def probabilities(hint: str = "", /, **named: Any) -> Any:
    """Return the named array, which must lie in [0, 1]; the hint says what else there is."""
    ((name, array),) = named.items()
    if surely_within(array, 0, 1):
        return array
    return require(array, (array < 0) | (array > 1), f"{name} must lie in [0, 1]{hint}")


def signs(scores: Any, y: Any) -> Any:
    """Return the labels −1 and 1 in the dtype of the scores, whose shape they have."""
    xp = namespace(scores=scores, y=y)
    floating(scores=scores)
    real_numbers(y=y)
    # Compared as a float: −1 is no number of an unsigned dtype.
    y = y if of_kind(xp, y, "real floating") else xp.astype(y, scores.dtype)
    same_shape(scores=scores, y=y)
    return xp.astype(require(y, (y != 1) & (y != -1), "y must be −1 or 1"), scores.dtype, copy=False)


def yes_or_no(distance: Any, similar: Any) -> tuple[Any, Any, Any]:
    """Return the namespace, and checked: distances, and in their shape the answers 0 and 1 as booleans."""
    xp, distance, yes = two_answers(distance=distance, similar=similar)
    return xp, require(distance, distance < 0, "distance must be at least 0"), yes


def two_answers(**named: Any) -> tuple[Any, Any, Any]:
    """Return the namespace, and two named arrays, checked: numbers, and in their shape the answers 0 and 1 as booleans."""
    xp = namespace(**named)
    (of, numbers), (name, answer) = named.items()
    floating(**{of: numbers})
    answer = as_numbers(numbers, **{name: answer})
    same_shape(**{of: numbers, name: answer})
    return xp, require(answer, (answer != 0) & (answer != 1), f"{name} must be 0 or 1", of=numbers), answer == 1


def as_numbers(like: Any, **named: Any) -> Any:
    """Return the named array of booleans, integers or floats: floats as they are, others in the dtype of another array."""
    ((name, array),) = named.items()
    xp = namespace(**named)
    if of_kind(xp, array, "real floating"):
        return array
    if not of_kind(xp, array, ("bool", "integral")):
        raise TypeError(f"{name} must be of a boolean, integer or real floating-point dtype, got {array.dtype}")
    return xp.astype(array, like.dtype)


def class_weights(scores: Any, **named: Any) -> Any:
    """Return the named array, which must hold one weight, finite and at least 0, for each class."""
    ((name, weight),) = named.items()
    xp = floating(scores=scores, **named)
    if tuple(weight.shape) != tuple(scores.shape[-1:]):
        raise ValueError(f"{name} must have shape ({scores.shape[-1]},), one weight for each class, got {tuple(weight.shape)}")
    bad = (weight < 0) | ~xp.isfinite(weight)
    checked = require(weight, bad, f"{name} must be finite and at least 0")
    # One that is refused refuses all.
    return checked if checked is weight else spoilt(weight, xp.any(bad))


def positive_weight(logits: Any, pos_weight: Any) -> Any:
    """Return pos_weight, which must be at least 0: a number, an array of one, or of one for each last-axis entry."""
    shape = tuple(getattr(pos_weight, "shape", ()))
    if isinstance(pos_weight, Real) or (hasattr(pos_weight, "shape") and shape in ((), (1,))):
        return at_least(0, logits, pos_weight=pos_weight[0] if shape else pos_weight)
    return class_weights(logits, pos_weight=pos_weight)


def class_scores(scores: Any, name: str, axis: str = "C", one: str = "class") -> None:
    floating(**{name: scores})
    if scores.ndim == 0 or scores.shape[-1] == 0:
        raise ValueError(f"{name} must have shape (…, {axis}) with at least one {one}, got {tuple(scores.shape)}")


def labels(
    y: Any, count: int, rows: Any, name: str, axis: str, called: str = "y", told: str = "class labels", one: str = "a class"
) -> tuple[Any, Any]:
    """Return, checked, an array of rows, named with its last axis, and y: for each row one class below `count`.

    Errors say what y is called, what it holds (`told`), and what each of its numbers is.
    """
    xp = namespace(y=y)
    if not of_kind(xp, y, "integral"):
        raise TypeError(f"{called} must hold {told} of an integer dtype, got {y.dtype}")
    if tuple(y.shape) != tuple(rows.shape[:-1]):
        one_hot = "; one-hot rows must be of a floating-point dtype" if tuple(y.shape) == tuple(rows.shape) else ""
        raise ValueError(
            f"{called} must have the shape of {name} without its last axis, the {axis}: "
            f"got {called} {tuple(y.shape)}, {name} {tuple(rows.shape)}{one_hot}"
        )
    index = index_of(y)
    bad = (index < 0) | (index >= count)
    checked = require(y, bad, f"{called} must be {one} from 0 to {count - 1}", of=rows)
    # Not even where a compiler traces may a label that is no class be looked up.
    return checked, index if checked is rows else xp.where(bad, 0, index)


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
        rows, labels = scores.reshape(-1, scores.shape[-1]), index_of(y).reshape(-1)
        return -functional.nll_loss(rows, labels, reduction="none").reshape(y.shape)
    return xp.take_along_axis(scores, index_of(y)[..., None], axis=-1)[..., 0]


def one_hot(scores: Any, y: Any) -> Any:
    """Return booleans in the shape of the scores (…, C), true at each row's label."""
    return counted(scores.shape[-1], scores) == index_of(y)[..., None]


def weight_of_class(weight: Any, y: Any) -> Any:
    """Return the weight of each label."""
    return weight[index_of(y)]


def without_class(scores: Any, y: Any) -> Any:
    """Return the scores (…, C) with −∞ in place of each row's own label."""
    xp = namespace(scores=scores, y=y)
    if is_torch(xp) and not xp.compiler.is_compiling():
        # Without an array of booleans, which only a compiler avoids.
        return scores.scatter(-1, index_of(y)[..., None], -math.inf)
    return xp.where(one_hot(scores, y), -math.inf, scores)


def lead_of_others(scores: Any, y: Any) -> Any:
    """Return log((1 − q) / q) for the softmax q of each row's label: how far the others together are ahead."""
    return logsumexp(without_class(scores - of_class(scores, y)[..., None], y))


def log_of_others(scores: Any) -> Any:
    """Return log(1 − q) for the softmax q of each class (…, C), without forming 1 − q where q is large."""
    xp = namespace(scores=scores)
    highest = xp.argmax(scores, axis=-1)
    is_highest = one_hot(scores, highest)
    q = xp.where(is_highest, 0.0, xp.exp(log_softmax(scores)))
    return xp.where(is_highest, -softplus(-lead_of_others(scores, highest))[..., None], xp.log1p(-q))


def smoothed(expected: Any, log_q: Any, smoothing: Any) -> Any:
    """Return the target's log-probability (…), with the mean over all classes of log_q (…, C) mixed in."""
    if isinstance(smoothing, float) and smoothing == 0:
        return expected
    return times(1 - smoothing, expected) + times(smoothing, mean(log_q, axis=-1))


def index_of(y: Any) -> Any:
    # One dtype for all labels: a narrow one cannot count all classes, and some have no order in torch.
    xp = namespace(y=y)
    return xp.astype(y, xp.int64 if is_torch(xp) else xp.asarray(0).dtype, copy=False)
