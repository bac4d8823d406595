"""The one room where array libraries differ: checks of the input, and the reduction.

A loss asks here for the namespace `xp` of its arrays and then speaks the Python array API,
so that the same lines run on numpy, torch, jax and array_api_strict.
"""

import functools
import inspect
import math
import sys
from collections.abc import Callable
from numbers import Real
from typing import Any, ParamSpec, TypeVar

import array_api_compat

REDUCTIONS = ("mean", "sum", "none")

P = ParamSpec("P")
Result = TypeVar("Result")


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


def unit(**values: Any) -> None:
    """Raise unless each named hyperparameter is a number in [0, 1]."""
    for name, value in values.items():
        _number(name, value)
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must be a number in [0, 1], got {value!r}")


def positive(**values: Any) -> None:
    """Raise unless each named hyperparameter is a positive, finite number."""
    for name, value in values.items():
        _number(name, value)
        if not 0 < value < math.inf:
            raise ValueError(f"{name} must be a positive, finite number, got {value!r}")


def at_least(minimum: float, **values: Any) -> None:
    """Raise unless each named hyperparameter is a finite number of `minimum` or more."""
    for name, value in values.items():
        _number(name, value)
        if not minimum <= value < math.inf:
            raise ValueError(f"{name} must be a finite number of at least {minimum}, got {value!r}")


# --- classes and probabilities ---


def classes(scores: Any, y: Any, *, name: str) -> Any:
    """Return the namespace of class scores (…, C) and integer labels (…); `name` is the scores'."""
    xp = namespace(**{name: scores, "y": y})
    _scores(scores, name)
    _labels(y, scores.shape[-1], scores, name, "classes")
    return xp


def distributions(scores: Any, p: Any, *, name: str, target: str) -> Any:
    """Return the namespace of class scores (…, C) and, of the same shape, rows of probabilities."""
    xp = same_shape(**{name: scores, target: p})
    _scores(scores, name)
    probabilities(**{target: p})
    total = xp.sum(p, axis=-1)
    slack = max(1e-5, float(xp.finfo(p.dtype).eps) ** 0.5)
    _require(total, xp.abs(total - 1) > slack, f"each row of {target} must sum to 1")
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
        _require(array, (array < 0) | (array > 1), f"{name} must lie in [0, 1]")


def signs(scores: Any, y: Any) -> Any:
    """Return the labels −1 and 1 in the dtype of the scores, whose shape they have."""
    xp = namespace(scores=scores, y=y)
    if not xp.isdtype(y.dtype, ("integral", "real floating")):
        raise TypeError(f"y must be of an integer or real floating-point dtype, got {y.dtype}")
    _require(y, (y != 1) & (y != -1), "y must be −1 or 1")
    floating(scores=scores)
    y = xp.astype(y, scores.dtype)
    same_shape(scores=scores, y=y)
    return y


def class_weights(scores: Any, **weights: Any) -> None:
    """Raise unless the named array holds one weight, finite and at least 0, for each class."""
    for name, weight in weights.items():
        xp = floating(scores=scores, **{name: weight})
        if tuple(weight.shape) != tuple(scores.shape[-1:]):
            raise ValueError(
                f"{name} must have shape ({scores.shape[-1]},), one weight for each class, got {tuple(weight.shape)}"
            )
        _require(weight, (weight < 0) | ~xp.isfinite(weight), f"{name} must be finite and at least 0")


def positive_weight(logits: Any, pos_weight: Any) -> None:
    """Raise unless pos_weight is a number of at least 0, or an array of one for each last-axis entry."""
    if isinstance(pos_weight, Real):
        at_least(0, pos_weight=pos_weight)
    else:
        class_weights(logits, pos_weight=pos_weight)


def expectation(p: Any, values: Any) -> Any:
    """Return Σ p·values over the last axis, where p = 0 silences even an infinite value."""
    xp = namespace(p=p, values=values)
    total = dot(p, xp.where(p == 0, 0.0, values))
    # A NaN is not silenced: the maximum shows it. Asked of each number, a compiler would keep every answer for backward.
    return xp.where(xp.isnan(xp.max(values, axis=-1)), xp.nan, total)


def of_class(scores: Any, y: Any) -> Any:
    """Return from each row of scores (…, C) the entry of its label."""
    xp = namespace(scores=scores, y=y)
    if _is_torch(xp):
        from torch.nn import functional

        # Its backward pass writes each row once, where that of a gather adds into zeros.
        rows, labels = scores.reshape(-1, scores.shape[-1]), _index(xp, y).reshape(-1)
        return -functional.nll_loss(rows, labels, reduction="none").reshape(y.shape)
    return xp.take_along_axis(scores, y[..., None], axis=-1)[..., 0]


def one_hot(scores: Any, y: Any) -> Any:
    """Return booleans in the shape of the scores (…, C), true at each row's label."""
    xp = namespace(scores=scores, y=y)
    on_device = {"device": scores.device} if _is_torch(xp) else {}
    return xp.arange(scores.shape[-1], dtype=y.dtype, **on_device) == y[..., None]


def weight_of_class(weight: Any, y: Any) -> Any:
    """Return the weight of each label."""
    return weight[_index(namespace(weight=weight, y=y), y)]


def without_class(scores: Any, y: Any) -> Any:
    """Return the scores (…, C) with −∞ in place of each row's own label."""
    xp = namespace(scores=scores, y=y)
    return xp.where(one_hot(scores, y), -math.inf, scores)


def _labels(y: Any, count: int, rows: Any, name: str, axis: str) -> None:
    """Raise unless y holds one class below `count` for each row of an array, named with its last axis."""
    xp = namespace(y=y)
    if not xp.isdtype(y.dtype, "integral"):
        raise TypeError(f"y must hold class labels of an integer dtype, got {y.dtype}")
    if tuple(y.shape) != tuple(rows.shape[:-1]):
        raise ValueError(
            f"y must have the shape of {name} without its last axis, the {axis}: "
            f"got y {tuple(y.shape)}, {name} {tuple(rows.shape)}"
        )
    _require(y, (y < 0) | (y >= count), f"y must be a class from 0 to {count - 1}")


def _index(xp: Any, y: Any) -> Any:
    # torch gathers by int64 only, and takes uint8 for a mask.
    return xp.astype(y, xp.int64) if _is_torch(xp) else y


# --- vectors and relations ---


def between(low: float, high: float, limit: str, **values: Any) -> None:
    """Raise unless each named hyperparameter is a number in the open interval; `limit` says how high is written."""
    for name, value in values.items():
        _number(name, value)
        if not low < value < high:
            raise ValueError(f"{name} must be a number between {low} and {limit}, got {value!r}")


def boolean(**values: Any) -> None:
    """Raise unless each named switch is True or False."""
    for name, value in values.items():
        if not isinstance(value, bool):
            raise TypeError(f"{name} must be True or False, got {type(value).__name__}: {value!r}")


def embeddings(**arrays: Any) -> Any:
    """Return the namespace of named arrays of vectors, all of one shape (…, D)."""
    for name, array in arrays.items():
        floating(**{name: array})
        if array.ndim == 0 or array.shape[-1] == 0:
            raise ValueError(f"{name} must have shape (…, D) with D at least 1, got {tuple(array.shape)}")
    return same_shape(**arrays)


def yes_or_no(distance: Any, similar: Any) -> tuple[Any, Any]:
    """Return the namespace, and the answers 0 and 1, in the shape of the distances, as booleans."""
    xp = namespace(distance=distance, similar=similar)
    floating(distance=distance)
    if not xp.isdtype(similar.dtype, ("bool", "integral", "real floating")):
        raise TypeError(f"similar must be of a boolean, integer or real floating-point dtype, got {similar.dtype}")
    similar = xp.astype(similar, distance.dtype)
    same_shape(distance=distance, similar=similar)
    _require(similar, (similar != 0) & (similar != 1), "similar must be 0 or 1")
    _require(distance, distance < 0, "distance must be at least 0")
    return xp, similar == 1


def pick_of_many(anchor: Any, positive: Any, negatives: Any) -> None:
    """Raise unless anchors and positives (…, D) have negatives (…, K, D), or a batch to find them in."""
    embeddings(anchor=anchor, positive=positive)
    shape = tuple(anchor.shape)
    if negatives is None:
        if len(shape) < 2 or shape[-2] < 2:
            raise ValueError(f"without negatives, anchor must have shape (…, B, D) with a batch B of at least 2, got {shape}")
        return
    embeddings(negatives=negatives)
    floating(anchor=anchor, negatives=negatives)
    of_negatives = tuple(negatives.shape)
    if of_negatives[:-2] + of_negatives[-1:] != shape or len(of_negatives) < 2 or of_negatives[-2] == 0:
        raise ValueError(
            f"negatives must have shape (…, K, D) with at least one vector for each anchor (…, D): "
            f"got negatives {of_negatives}, anchor {shape}"
        )


def candidates(anchor: Any, positive: Any, negatives: Any) -> tuple[Any, Any]:
    """Return the inner product of each anchor with each of its candidates, and which of them is the positive.

    Without negatives, the candidates are all positives of the batch, on the axis before the last.
    """
    xp = namespace(anchor=anchor, positive=positive)
    on_device = {"device": anchor.device} if _is_torch(xp) else {}
    free = tuple(anchor.shape[:-1])
    if negatives is None:
        own = xp.arange(free[-1], dtype=xp.int64, **on_device)
        return anchor @ xp.matrix_transpose(positive), xp.broadcast_to(own, free)
    to_negatives = (negatives @ anchor[..., None])[..., 0]
    scores = xp.concat([dot(anchor, positive)[..., None], to_negatives], axis=-1)
    return scores, xp.zeros(free, dtype=xp.int64, **on_device)


def nearness(embedding: Any, y: Any, proxies: Any) -> Any:
    """Return for each embedding (…, D) and proxy (C, D) minus their squared distance, but for a term of the row.

    Such a term leaves every softmax over the proxies as it is. y is checked to name a proxy.
    """
    xp = embeddings(embedding=embedding)
    floating(embedding=embedding, proxies=proxies)
    namespace(embedding=embedding, y=y, proxies=proxies)
    if proxies.ndim != 2 or proxies.shape[0] < 2 or proxies.shape[1] != embedding.shape[-1]:
        raise ValueError(
            f"proxies must have shape (C, D), at least two of them and D as in embedding: "
            f"got proxies {tuple(proxies.shape)}, embedding {tuple(embedding.shape)}"
        )
    _labels(y, proxies.shape[0], embedding, "embedding", "vector's numbers")
    # Only differences count: seen from the proxies' centre the numbers are small, and little cancels.
    centre = xp.mean(proxies, axis=0)
    proxies = proxies - centre
    return 2 * ((embedding - centre) @ xp.matrix_transpose(proxies)) - dot(proxies, proxies)


def _scores(scores: Any, name: str) -> None:
    floating(**{name: scores})
    if scores.ndim == 0 or scores.shape[-1] == 0:
        raise ValueError(f"{name} must have shape (…, C) with at least one class, got {tuple(scores.shape)}")


def _require(array: Any, bad: Any, rule: str) -> None:
    """Raise ValueError at the first element of `bad`, an array of booleans like `array`, that is true.

    A compiler traces without values: then nothing is checked.
    """
    xp = namespace(array=array)
    if not _known(xp.any(bad)):
        return
    where = tuple(int(axis[0]) for axis in xp.nonzero(bad)) if array.ndim else ()
    value = int(array[where]) if xp.isdtype(array.dtype, "integral") else float(array[where])
    raise ValueError(f"{rule}, got {value:g}" + (f" at index {where}" if where else ""))


def _known(condition: Any) -> bool:
    """Return whether a condition is known to be true: a compiler, which traces without values, knows nothing."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.compiler.is_compiling():
        return False
    try:
        return bool(condition)
    except (TypeError, RuntimeError):  # jax.jit and torch.vmap, asked for a value they do not have
        return False


def no_silent_nan(loss: Callable[P, Result]) -> Callable[P, Result]:
    """Make a function raise ValueError where inputs without a NaN lead to one: ∞ − ∞, 0·∞, an overflow on the way."""

    @functools.wraps(loss)
    def with_check(*args: P.args, **kwargs: P.kwargs) -> Result:
        result = loss(*args, **kwargs)
        xp = namespace(result=result)
        if _known(xp.any(xp.isnan(result))):
            _blame(inspect.signature(loss).bind(*args, **kwargs).arguments)
        return result

    return with_check


def _blame(arguments: dict[str, Any]) -> None:
    """Raise ValueError at the largest number among the arguments, unless there is a NaN among them."""
    sizes = {}
    for name, array in arguments.items():
        if array_api_compat.is_array_api_obj(array):
            xp = namespace(**{name: array})
            if xp.isdtype(array.dtype, "real floating"):
                sizes[name] = float(xp.max(xp.abs(array)))
    if not any(math.isnan(size) for size in sizes.values()):
        name = max(sizes, key=sizes.__getitem__)
        array = arguments[name]
        _require(array, (array == sizes[name]) | (array == -sizes[name]), f"{name} leaves the loss without a value")


# --- what torch has better, and the array API not at all ---


def at_most(array: Any, bound: float) -> Any:
    """Return the array cut off above at a number."""
    xp = namespace(array=array)
    # torch.compile cannot trace xp.minimum with a number that changes from call to call.
    if _is_torch(xp):
        return xp.clamp(array, max=bound)
    return xp.minimum(array, bound)


def not_below(array: Any, bound: float) -> Any:
    """Return the array cut off below at a number."""
    xp = namespace(array=array)
    return xp.clamp(array, min=bound) if _is_torch(xp) else xp.maximum(array, bound)


def log_softmax(logits: Any) -> Any:
    """Return the logarithm of softmax over the last axis, without overflow."""
    xp = namespace(logits=logits)
    if _is_torch(xp):
        return xp.log_softmax(logits, dim=-1)
    shifted = logits - xp.max(logits, axis=-1, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=-1, keepdims=True, dtype=logits.dtype))


def dot(a: Any, b: Any) -> Any:
    """Return the sum of the products over the last axis, without an array of them."""
    xp = namespace(a=a, b=b)
    if _is_torch(xp):
        # The compiler makes one loop of product and sum; array_api_compat's vecdot for torch stops torch.vmap.
        return xp.sum(a * b, axis=-1) if xp.compiler.is_compiling() else xp.linalg.vecdot(a, b)
    return xp.vecdot(a, b)


def norm(vectors: Any) -> Any:
    """Return the Euclidean length over the last axis, with gradient 0 at 0."""
    xp = namespace(vectors=vectors)
    length = _root_of_squares(vectors)
    limits = xp.finfo(length.dtype)
    shortest = float(limits.smallest_normal / limits.eps) ** 0.5
    # Of numbers too small or too large, squares lose digits or overflow: then once more, in units of the largest.
    if not _known(xp.all((length >= shortest) & (length < math.inf))):
        unit = _largest(vectors)
        length = unit * _root_of_squares(vectors / unit[..., None])
    return length


def unit_vectors(vectors: Any) -> Any:
    """Return the vectors divided by their lengths; a zero vector stays zero."""
    xp = namespace(vectors=vectors)
    vectors = vectors / _largest(vectors)[..., None]
    length = _root_of_squares(vectors)[..., None]
    return vectors / xp.where(length == 0, 1.0, length)


def angle_between(u: Any, v: Any) -> Any:
    """Return the angle between two unit vectors, from 0 to π: exact for small ones too, and π/2 from a zero vector."""
    xp = namespace(u=u, v=v)
    apart, together = norm(u - v), norm(u + v)
    # Only two zero vectors are neither apart nor together.
    nowhere = apart + together == 0
    return 2 * xp.atan2(xp.where(nowhere, 1.0, apart), xp.where(nowhere, 1.0, together))


def _root_of_squares(vectors: Any) -> Any:
    xp = namespace(vectors=vectors)
    if _is_torch(xp):
        return xp.linalg.vector_norm(vectors, axis=-1)
    squared = dot(vectors, vectors)
    # Twice, so that not even the branch not taken has an infinite slope.
    return xp.where(squared == 0, 0.0, xp.sqrt(xp.where(squared == 0, 1.0, squared)))


def _largest(vectors: Any) -> Any:
    """Return the largest magnitude over the last axis, a constant to the gradient; 1 where it is 0 or infinite."""
    xp = namespace(vectors=vectors)
    if _is_torch(xp):
        largest = xp.linalg.vector_norm(vectors.detach(), axis=-1, ord=math.inf)
    else:
        largest = xp.max(xp.abs(vectors), axis=-1)
    return xp.where((largest == 0) | xp.isinf(largest), 1.0, largest)


def logsumexp(array: Any) -> Any:
    """Return log Σ eˣ over the last axis, without overflow."""
    xp = namespace(array=array)
    if _is_torch(xp):
        return xp.logsumexp(array, dim=-1)
    highest = xp.max(array, axis=-1, keepdims=True)
    highest = xp.where(xp.isinf(highest), 0.0, highest)
    return xp.log(xp.sum(xp.exp(array - highest), axis=-1, dtype=array.dtype)) + highest[..., 0]


def softplus(array: Any) -> Any:
    """Return log(1 + eˣ) without overflow, with the right gradient at 0 too."""
    xp = namespace(array=array)
    if _is_torch(xp):
        from torch.nn import functional

        # From 40 on, log(1 + eˣ) is x in every dtype; torch's own threshold of 20 is early for float64.
        return functional.softplus(array, threshold=40.0)
    return xp.logaddexp(array, xp.zeros_like(array))


def sigmoid(array: Any) -> Any:
    """Return 1 / (1 + e⁻ˣ) without overflow."""
    xp = namespace(array=array)
    return xp.sigmoid(array) if _is_torch(xp) else xp.exp(-softplus(-array))


def _is_torch(xp: Any) -> bool:
    return xp.__name__ == "array_api_compat.torch"


def reduce(values: Any, reduction: str, weights: Any = None) -> Any:
    """Return the mean or the sum of all values, or the values as they are.

    An empty batch has no mean, and says so; its sum is 0. With weights, by which the values are
    already multiplied, the mean is the weighted one.
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
        if weights is None:
            return xp.mean(values)
        # Means, not sums: those of a large batch overflow in float16.
        weight = xp.mean(weights)
        _require(weight, weight == 0, "the sum of the batch's weights must be positive for reduction='mean'")
        return xp.mean(values) / weight
    raise ValueError(f"reduction must be one of {REDUCTIONS}, got {reduction!r}")


def _number(name: str, value: Any) -> None:
    """Raise TypeError if a hyperparameter is no real number."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a real number, got {type(value).__name__}: {value!r}")
