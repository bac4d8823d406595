"""Losses for an answer with parts that depend on one another, where being half right costs half.

A chain of tags, a distribution with exact zeros, a mask, a box, a set.
"""

from lossbook._ops import (
    apart, area, at_least, beside_distance, best_path, boolean, chain, class_scores, classes_or_distributions, dot,
    errors_of_classes, expectation, hull, in_dtype_of, labelled, lovasz, mean, mean_of_cheapest, namespace, nearest_of,
    negentropy, no_silent_nan, not_below, of_class, one_hot, overlap, positive, power, quotient, reduce, score, share,
    spread, spreading_cost, surprise_of_path, tags, trade_off, two_boxes, two_masks, two_samples, unlikeness, wide,
)  # fmt: skip
from lossbook._types import Array, Reduction, Scalar

__all__ = [
    "linear_chain_crf_loss", "viterbi", "structured_hinge_loss", "structured_perceptron_loss", "sparsemax", "entmax",
    "sparsemax_loss", "entmax_loss", "dice_loss", "jaccard_loss", "tversky_loss", "lovasz_hinge_loss",
    "lovasz_softmax_loss", "boundary_loss", "iou_loss", "giou_loss", "diou_loss", "ciou_loss", "set_matching_loss",
    "chamfer_loss",
]  # fmt: skip


# --- chains ---


@no_silent_nan
def linear_chain_crf_loss(
    emissions: Array,
    transitions: Array,
    y: Array,
    *,
    start: Array | None = None,
    end: Array | None = None,
    mask: Array | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Linear-chain conditional random field: the likelihood of a whole chain of tags among all that there are.

    .. math:: L(e, A, y) = \log \sum_{y'} e^{s(y')} - s(y) \qquad
              s(y) = \sum_t e_{t, y_t} + \sum_{t > 1} A_{y_{t - 1}, y_t}

    The sum goes over all Cᵀ chains, in T steps.

    Parameters
    ----------
    emissions : array of float, shape (..., T, C)
        Score of each of C classes at each of T steps.
    transitions : array of float, shape (C, C)
        Score of each move, from the class of the row to that of the column; −∞ forbids one.
    y : array of int, shape (..., T)
        The class of each step, from 0 to C − 1; anything where the mask is False.
    start, end : array of float, shape (C,), optional
        Score of each class as the first, and as the last, of a chain.
    mask : array of bool, shape (..., T), optional
        True on the first steps of a chain, those that it has; what stands elsewhere reaches neither
        value nor gradient. A chain without a step costs 0.
    reduction : {"mean", "sum", "none"}
        "mean" is over chains; nothing is divided by their lengths.

    Returns
    -------
    array, scalar or shape (...), in nats
        +∞, with gradient 0, where y itself is forbidden.

    Raises
    ------
    TypeError
        If emissions, transitions, start or end is not an array of real floats, y not one of integers,
        or mask not one of booleans.
    ValueError
        If the shapes do not fit, a tag that counts is no class, a mask has a hole, every chain is
        forbidden, inputs are too large for a value (∞ − ∞), the reduction is unknown, or an empty
        batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> moves = np.asarray([[1.0, 0.0], [0.0, 1.0]])
    >>> round(float(linear_chain_crf_loss(np.zeros((3, 2)), moves, np.asarray([0, 0, 0]))), 4)
    1.3197

    References
    ----------
    Lafferty, McCallum and Pereira (2001), https://repository.upenn.edu/cis_papers/159.
    Chapter: structured/crf.
    """
    e, a, there, sound = chain(emissions, transitions, start, end, mask)
    path, fits = tags(y, e, there)
    values = surprise_of_path(e, a, path, there) * sound * fits
    return reduce(in_dtype_of(values, emissions, transitions, start, end), reduction)


def viterbi(
    emissions: Array,
    transitions: Array,
    *,
    start: Array | None = None,
    end: Array | None = None,
    mask: Array | None = None,
) -> tuple[Array, Array]:
    r"""Viterbi's algorithm: the chain of tags with the highest score, and that score.

    .. math:: \hat y = \arg\max_{y} s(y) \qquad s(y) = \sum_t e_{t, y_t} + \sum_{t > 1} A_{y_{t - 1}, y_t}

    Of chains that are equally good, one is returned. A gradient flows through the score.

    Parameters
    ----------
    emissions : array of float, shape (..., T, C)
        Score of each of C classes at each of T steps.
    transitions : array of float, shape (C, C)
        Score of each move, from the class of the row to that of the column; −∞ forbids one.
    start, end : array of float, shape (C,), optional
        Score of each class as the first, and as the last, of a chain.
    mask : array of bool, shape (..., T), optional
        True on the first steps of a chain, those that it has.

    Returns
    -------
    array, shape (..., T), the tags, integers, −1 where the mask is False;
    array, shape (...), their score, 0 of a chain without a step.

    Raises
    ------
    TypeError
        If an argument is not an array of real floats, or mask not one of booleans.
    ValueError
        If the shapes do not fit, or a mask has a hole.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; where a mask would be refused, the score is NaN.

    Examples
    --------
    >>> import numpy as np
    >>> emissions, moves = np.asarray([[1.0, 0.0], [0.0, 0.5], [1.0, 0.0]]), np.asarray([[1.0, 0.0], [0.0, 1.0]])
    >>> path, best = viterbi(emissions, moves)
    >>> path.tolist(), float(best)
    ([0, 0, 0], 4.0)

    References
    ----------
    Viterbi (1967), https://doi.org/10.1109/TIT.1967.1054010. Chapter: structured/crf.
    """
    e, a, there, sound = chain(emissions, transitions, start, end, mask)
    xp, path = namespace(e=e), best_path(e, a, there)
    best = xp.sum(score(e, a, path, there), axis=-1) * sound
    return xp.where(there, path, -1), in_dtype_of(best, emissions, transitions, start, end)


@no_silent_nan
def structured_hinge_loss(
    emissions: Array,
    transitions: Array,
    y: Array,
    *,
    margin: Scalar = 1.0,
    start: Array | None = None,
    end: Array | None = None,
    mask: Array | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Structured hinge: the right chain must lead each other one by a margin for every tag in which they differ.

    .. math:: L(e, A, y) = \max_{y'} \Bigl(s(y') + m \sum_t [y'_t \ne y_t]\Bigr) - s(y) \qquad
              s(y) = \sum_t e_{t, y_t} + \sum_{t > 1} A_{y_{t - 1}, y_t}

    The chain y′ that is best is found by Viterbi's algorithm, with the margin added to each wrong tag.

    Parameters
    ----------
    emissions : array of float, shape (..., T, C)
        Score of each of C classes at each of T steps.
    transitions : array of float, shape (C, C)
        Score of each move, from the class of the row to that of the column; −∞ forbids one.
    y : array of int, shape (..., T)
        The class of each step, from 0 to C − 1; anything where the mask is False.
    margin : float >= 0
        The lead m that is asked for each wrong tag; 0 gives the perceptron.
    start, end : array of float, shape (C,), optional
        Score of each class as the first, and as the last, of a chain.
    mask : array of bool, shape (..., T), optional
        True on the first steps of a chain, those that it has; what stands elsewhere reaches neither
        value nor gradient. A chain without a step costs 0.
    reduction : {"mean", "sum", "none"}
        "mean" is over chains; nothing is divided by their lengths.

    Returns
    -------
    array, scalar or shape (...), in units of the scores

    Raises
    ------
    TypeError
        If emissions, transitions, start or end is not an array of real floats, y not one of integers,
        mask not one of booleans, or margin not a number.
    ValueError
        If the shapes do not fit, a tag that counts is no class, a mask has a hole, margin is negative
        or infinite, inputs are too large for a value (∞ − ∞), the reduction is unknown, or an empty
        batch is to be averaged.

    Notes
    -----
    Where several chains are best, the gradient is that of one of them. A traced call (jit, compile,
    vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> emissions, moves = np.asarray([[2.0, 0.0], [0.5, 0.0]]), np.zeros((2, 2))
    >>> float(structured_hinge_loss(emissions, moves, np.asarray([0, 0])))
    0.5

    References
    ----------
    Tsochantaridis et al. (2005), https://www.jmlr.org/papers/v6/tsochantaridis05a.html.
    Chapter: structured/structured_hinge.
    """
    e, a, there, sound = chain(emissions, transitions, start, end, mask)
    path, fits = tags(y, e, there)
    margin = at_least(0, e, margin=margin)
    values = _lead_of_best(e, a, path, there, margin) * sound * fits
    return reduce(in_dtype_of(values, emissions, transitions, start, end), reduction)


def _lead_of_best(e: Array, a: Array, path: Array, there: Array, margin: Scalar) -> Array:
    """Return by how much the best of all chains is ahead of one, with a margin for each tag in which it differs."""
    xp = namespace(e=e)
    wrong = xp.astype(~one_hot(e, path), e.dtype)
    best = best_path(e + margin * wrong, a, there)
    best = xp.where(there, best, path)
    ahead = score(e, a, best, there) - score(e, a, path, there)
    return not_below(xp.sum(ahead + margin * xp.astype(best != path, e.dtype), axis=-1), 0)


@no_silent_nan
def structured_perceptron_loss(
    emissions: Array,
    transitions: Array,
    y: Array,
    *,
    start: Array | None = None,
    end: Array | None = None,
    mask: Array | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Structured perceptron: by how much the best chain's score is above that of the right one.

    .. math:: L(e, A, y) = \max_{y'} s(y') - s(y) \qquad
              s(y) = \sum_t e_{t, y_t} + \sum_{t > 1} A_{y_{t - 1}, y_t}

    Parameters
    ----------
    emissions : array of float, shape (..., T, C)
        Score of each of C classes at each of T steps.
    transitions : array of float, shape (C, C)
        Score of each move, from the class of the row to that of the column; −∞ forbids one.
    y : array of int, shape (..., T)
        The class of each step, from 0 to C − 1; anything where the mask is False.
    start, end : array of float, shape (C,), optional
        Score of each class as the first, and as the last, of a chain.
    mask : array of bool, shape (..., T), optional
        True on the first steps of a chain, those that it has; what stands elsewhere reaches neither
        value nor gradient. A chain without a step costs 0.
    reduction : {"mean", "sum", "none"}
        "mean" is over chains; nothing is divided by their lengths.

    Returns
    -------
    array, scalar or shape (...), in units of the scores

    Raises
    ------
    TypeError
        If emissions, transitions, start or end is not an array of real floats, y not one of integers,
        or mask not one of booleans.
    ValueError
        If the shapes do not fit, a tag that counts is no class, a mask has a hole, inputs are too
        large for a value (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    Where several chains are best, the gradient is that of one of them, so that training can leave a
    start at which all scores are 0. A traced call (jit, compile, vmap) checks types and shapes;
    values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> emissions, moves = np.asarray([[2.0, 0.0], [0.5, 0.0]]), np.zeros((2, 2))
    >>> float(structured_perceptron_loss(emissions, moves, np.asarray([0, 1])))
    0.5

    References
    ----------
    Collins (2002), https://doi.org/10.3115/1118693.1118694. Chapter: structured/structured_hinge.
    """
    e, a, there, sound = chain(emissions, transitions, start, end, mask)
    path, fits = tags(y, e, there)
    values = _lead_of_best(e, a, path, there, 0.0) * sound * fits
    return reduce(in_dtype_of(values, emissions, transitions, start, end), reduction)


# --- distributions with exact zeros ---


@no_silent_nan
def sparsemax(scores: Array) -> Array:
    r"""Sparsemax: the distribution nearest to the scores; those far below the best get exactly 0.

    .. math:: \hat p = \arg\min_{p} \lVert p - z \rVert^2 \qquad \hat p_k = \max(0, z_k - \tau)

    Parameters
    ----------
    scores : array of float, shape (..., C)
        Score of each class; −∞ for one that cannot be.

    Returns
    -------
    array, shape (..., C), probabilities

    Raises
    ------
    TypeError
        If scores is not an array of real floats.
    ValueError
        If there are no classes, or scores leave no distribution (∞, or all −∞).

    Notes
    -----
    First and second derivatives are exact. A traced call (jit, compile, vmap) checks types and
    shapes; scores that leave no distribution make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> sparsemax(np.asarray([1.0, 0.5, -1.0])).tolist()
    [0.75, 0.25, 0.0]

    References
    ----------
    Martins and Astudillo (2016), https://arxiv.org/abs/1602.02068. Chapter: structured/fenchel_young.
    """
    class_scores(scores, "scores")
    return spread(scores, 2.0)


@no_silent_nan
def entmax(scores: Array, *, alpha: Scalar = 1.5) -> Array:
    r"""Entmax: from softmax (α = 1) to sparsemax (α = 2) and beyond; above 1, the worst scores get exactly 0.

    .. math:: \hat p = \arg\max_{p} \; p \cdot z - \Omega(p) \qquad
              \Omega(p) = \frac{1}{\alpha(\alpha - 1)} \sum_k (p_k^\alpha - p_k)

    Parameters
    ----------
    scores : array of float, shape (..., C)
        Score of each class; −∞ for one that cannot be.
    alpha : float >= 1
        How sparse: 1 is softmax, 2 sparsemax.

    Returns
    -------
    array, shape (..., C), probabilities

    Raises
    ------
    TypeError
        If scores is not an array of real floats, or alpha not a number.
    ValueError
        If there are no classes, alpha is below 1 or infinite, or scores leave no distribution (∞, or all −∞).

    Notes
    -----
    First and second derivatives are exact, in alpha too, at 1 and near it as well. Above α = 2 small
    shares lose digits: they are off by about ε^(1/(α − 1)), with ε the rounding of the dtype. A traced
    call (jit, compile, vmap) checks types and shapes; what would be refused makes NaN.

    Examples
    --------
    >>> import numpy as np
    >>> np.round(entmax(np.asarray([1.0, 0.5, -1.0])), 4).tolist()
    [0.674, 0.326, 0.0]

    References
    ----------
    Peters, Niculae and Martins (2019), https://arxiv.org/abs/1905.05702. Chapter: structured/fenchel_young.
    """
    class_scores(scores, "scores")
    return spread(scores, at_least(1, wide(scores), alpha=alpha))


@no_silent_nan
def sparsemax_loss(scores: Array, y: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Sparsemax loss: like cross-entropy, but 0 once the right class leads every other by 1.

    .. math:: L(z, p) = \max_{p'} \bigl(p' \cdot z - \tfrac12 \lVert p' \rVert^2\bigr)
              - p \cdot z + \tfrac12 \lVert p \rVert^2

    The target p is one-hot at a label y, or given as probabilities. The gradient in the scores is sparsemax(z) − p.

    Parameters
    ----------
    scores : array of float, shape (..., C)
        Score of each class.
    y : array of int, shape (...), or of float, shape (..., C)
        The class, from 0 to C − 1; or the probability of each class, in rows that sum to 1.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in units of the scores

    Raises
    ------
    TypeError
        If scores is not an array of real floats, or y one of labels that are no integers.
    ValueError
        If the shapes do not fit, a label is no class, a row of y is no distribution, inputs are too
        large for a value (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(sparsemax_loss(np.asarray([[1.0, 0.5, -1.0]]), np.asarray([0]))), 4)
    0.0625

    References
    ----------
    Martins and Astudillo (2016), https://arxiv.org/abs/1602.02068. Chapter: structured/fenchel_young.
    """
    return reduce(in_dtype_of(_fenchel_young(scores, y, 2.0), scores, y), reduction)


@no_silent_nan
def entmax_loss(scores: Array, y: Array, *, alpha: Scalar = 1.5, reduction: Reduction = "mean") -> Array:
    r"""Entmax loss: from cross-entropy (α = 1) to the sparsemax loss (α = 2); above 1 it is 0 from some lead on.

    .. math:: L(z, p) = \max_{p'} \bigl(p' \cdot z - \Omega(p')\bigr) - p \cdot z + \Omega(p) \qquad
              \Omega(p) = \frac{1}{\alpha(\alpha - 1)} \sum_k (p_k^\alpha - p_k)

    The target p is one-hot at a label y, or given as probabilities: at α = 1 the loss is then KL(p ‖ softmax(z)).
    The gradient in the scores is entmax(z) − p.

    Parameters
    ----------
    scores : array of float, shape (..., C)
        Score of each class.
    y : array of int, shape (...), or of float, shape (..., C)
        The class, from 0 to C − 1; or the probability of each class, in rows that sum to 1.
    alpha : float >= 1
        How sparse: 1 is cross-entropy, 2 the sparsemax loss. The lead from which on it is 0 is 1 / (α − 1).
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in units of the scores

    Raises
    ------
    TypeError
        If scores is not an array of real floats, y one of labels that are no integers, or alpha
        not a number.
    ValueError
        If the shapes do not fit, a label is no class, a row of y is no distribution, alpha is below 1
        or infinite, inputs are too large for a value (∞ − ∞), the reduction is unknown, or an empty
        batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(entmax_loss(np.asarray([[1.0, 0.5, -1.0]]), np.asarray([0]))), 4)
    0.1844

    References
    ----------
    Peters, Niculae and Martins (2019), https://arxiv.org/abs/1905.05702; Blondel, Martins and Niculae (2020),
    https://www.jmlr.org/papers/v21/19-021.html. Chapter: structured/fenchel_young.
    """
    class_scores(scores, "scores")
    alpha = at_least(1, wide(scores), alpha=alpha)
    return reduce(in_dtype_of(_fenchel_young(scores, y, alpha), scores, y), reduction)


def _fenchel_young(scores: Array, y: Array, alpha: Scalar) -> Array:
    """Return the loss of Tsallis' entropy of a power alpha, in float32 or wider."""
    _, scores, y, labels = classes_or_distributions(scores, y, name="scores")
    v, lead, cost = spreading_cost(scores, alpha)
    if labels:
        return lead - of_class(v, y) + cost
    y = wide(y)
    return expectation(y, lead[..., None] - v) + cost + negentropy(y, alpha)


# --- masks ---


@no_silent_nan
def dice_loss(probs: Array, y: Array, *, smooth: Scalar = 0.0, reduction: Reduction = "mean") -> Array:
    r"""Dice: how much of two masks does not overlap, measured by their mean size.

    .. math:: L(q, y) = 1 - \frac{2 \sum_i q_i y_i + s}{\sum_i q_i + \sum_i y_i + s}

    Parameters
    ----------
    probs : array of float, shape (..., H, W)
        Probability of each pixel to belong to the mask; leading axes are free (batch, class).
    y : array of bool, int or float, shape (..., H, W)
        The truth: 0 or 1, or a probability.
    smooth : float >= 0
        What is added to both sides of the quotient, in pixels.
    reduction : {"mean", "sum", "none"}
        "mean" is over masks.

    Returns
    -------
    array, scalar or shape (...), a pure number from 0 to 1
        0, with gradient 0, where both masks are empty and smooth is 0.

    Raises
    ------
    TypeError
        If probs is not an array of real floats, y not one of booleans, integers or real floats, or
        smooth not a number.
    ValueError
        If the shapes differ or hold no pixel, probs or y is outside [0, 1], smooth is negative or
        infinite, the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    Computed from what is added and what is missed, so that a small loss keeps its digits. An empty
    truth with smooth 0 costs 1 for whatever is predicted, without a gradient. A traced call (jit,
    compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(dice_loss(np.asarray([[1.0, 1.0], [0.0, 0.0]]), np.asarray([[1, 0], [0, 0]])))
    0.3333333333333333

    References
    ----------
    Milletari, Navab and Ahmadi (2016), https://arxiv.org/abs/1606.04797. Chapter: structured/dice.
    """
    found, added, missed = _counts(probs, y)
    wrong = added + missed
    values = share(wrong, 2 * found + wrong + at_least(0, found, smooth=smooth))
    return reduce(in_dtype_of(values, probs), reduction)


def _counts(probs: Array, y: Array) -> tuple[Array, Array, Array]:
    """Return how many pixels of the truth are found, how many are added to it, and how many missed (…)."""
    probs, y = two_masks(probs, y)
    missed = dot(1 - probs, y)
    return namespace(y=y).sum(y, axis=-1) - missed, dot(probs, 1 - y), missed


@no_silent_nan
def jaccard_loss(probs: Array, y: Array, *, smooth: Scalar = 0.0, reduction: Reduction = "mean") -> Array:
    r"""Jaccard: how much of the union of two masks is not in both.

    .. math:: L(q, y) = 1 - \frac{\sum_i q_i y_i + s}{\sum_i (q_i + y_i - q_i y_i) + s}

    Parameters
    ----------
    probs : array of float, shape (..., H, W)
        Probability of each pixel to belong to the mask; leading axes are free (batch, class).
    y : array of bool, int or float, shape (..., H, W)
        The truth: 0 or 1, or a probability.
    smooth : float >= 0
        What is added to both sides of the quotient, in pixels.
    reduction : {"mean", "sum", "none"}
        "mean" is over masks.

    Returns
    -------
    array, scalar or shape (...), a pure number from 0 to 1
        0, with gradient 0, where both masks are empty and smooth is 0.

    Raises
    ------
    TypeError
        If probs is not an array of real floats, y not one of booleans, integers or real floats, or
        smooth not a number.
    ValueError
        If the shapes differ or hold no pixel, probs or y is outside [0, 1], smooth is negative or
        infinite, the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    Beside a truth that is itself a probability, the prediction that equals it does not cost 0: the
    union of ½ and ½ is ¾. A traced call (jit, compile, vmap) checks types and shapes; values that
    would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(jaccard_loss(np.asarray([[1.0, 1.0], [0.0, 0.0]]), np.asarray([[1, 0], [0, 0]])))
    0.5

    References
    ----------
    Rahman and Wang (2016), https://doi.org/10.1007/978-3-319-50835-1_22. Chapter: structured/dice.
    """
    found, added, missed = _counts(probs, y)
    wrong = added + missed
    values = share(wrong, found + wrong + at_least(0, found, smooth=smooth))
    return reduce(in_dtype_of(values, probs), reduction)


@no_silent_nan
def tversky_loss(
    probs: Array,
    y: Array,
    *,
    alpha: Scalar = 0.5,
    beta: Scalar = 0.5,
    gamma: Scalar = 1.0,
    smooth: Scalar = 0.0,
    reduction: Reduction = "mean",
) -> Array:
    r"""Tversky: overlap of two masks where too much and too little have prices of their own.

    .. math:: L(q, y) = \Bigl(1 - \frac{I + s}{I + \alpha A + \beta M + s}\Bigr)^\gamma

    I = Σ q y is what is found of the truth, A = Σ q (1 − y) what is added to it, M = Σ (1 − q) y what is missed.

    Parameters
    ----------
    probs : array of float, shape (..., H, W)
        Probability of each pixel to belong to the mask; leading axes are free (batch, class).
    y : array of bool, int or float, shape (..., H, W)
        The truth: 0 or 1, or a probability.
    alpha, beta : float >= 0
        Price of a false positive, and of a false negative.
    gamma : float > 0
        Power of the whole loss: below 1 the nearly right masks count for more, above 1 for less.
    smooth : float >= 0
        What is added to both sides of the quotient, in pixels.
    reduction : {"mean", "sum", "none"}
        "mean" is over masks.

    Returns
    -------
    array, scalar or shape (...), a pure number from 0 to 1
        0 where nothing that has a price is wrong; with gradient 0 where both masks are empty and smooth is 0.

    Raises
    ------
    TypeError
        If probs is not an array of real floats, y not one of booleans, integers or real floats, or
        another argument not a number.
    ValueError
        If the shapes differ or hold no pixel, probs or y is outside [0, 1], alpha, beta or smooth is
        negative or infinite, gamma is not positive and finite, the reduction is unknown, or an empty
        batch is to be averaged.

    Notes
    -----
    With gamma below 1 the slope grows without bound towards a perfect mask; at the mask itself it
    counts as 0. A traced call (jit, compile, vmap) checks types and shapes; values that would be
    refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> probs, y = np.asarray([[1.0, 1.0], [0.0, 0.0]]), np.asarray([[1, 0], [0, 0]])
    >>> round(float(tversky_loss(probs, y, alpha=0.25, beta=0.75)), 4)
    0.2

    References
    ----------
    Salehi, Erdogmus and Gholipour (2017), https://arxiv.org/abs/1706.05721; gamma: Abraham and Khan
    (2019), https://arxiv.org/abs/1810.07842. Chapter: structured/dice.
    """
    found, added, missed = _counts(probs, y)
    wrong = at_least(0, found, alpha=alpha) * added + at_least(0, found, beta=beta) * missed
    values = share(wrong, found + wrong + at_least(0, found, smooth=smooth))
    values = power(values, positive(found, gamma=gamma))
    return reduce(in_dtype_of(values, probs), reduction)


@no_silent_nan
def lovasz_hinge_loss(scores: Array, y: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Lovász hinge: the Jaccard loss of a mask, made convex in the scores.

    .. math:: L(s, y) = \sum_i (e_{(i)})_+ \, g_i \qquad e_i = 1 - \pm_i s_i, \quad e_{(1)} \ge e_{(2)} \ge \dots

    ± is the sign that the label asks for; g_i is what the Jaccard index loses when the pixel of
    rank i is wrong too, after those before it.

    Parameters
    ----------
    scores : array of float, shape (..., P)
        Score of each of P pixels; positive is in the mask.
    y : array of bool, int or float, shape (..., P)
        Label of each pixel, 0 or 1.
    reduction : {"mean", "sum", "none"}
        "mean" is over masks.

    Returns
    -------
    array, scalar or shape (...), in units of the scores

    Raises
    ------
    TypeError
        If scores is not an array of real floats, or y not one of booleans, integers or real floats.
    ValueError
        If the shapes differ or hold no pixel, y is neither 0 nor 1, inputs are too large for a value
        (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    At scores of ±1 it is twice the Jaccard loss of their signs. Of an empty truth, only the largest
    error counts. Where errors are equal, any of their orders gives the gradient. A traced call (jit,
    compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(lovasz_hinge_loss(np.asarray([2.0, 1.0, -1.0, -2.0]), np.asarray([1, 0, 0, 0])))
    1.0

    References
    ----------
    Yu and Blaschko (2015), https://arxiv.org/abs/1512.07797; of the Jaccard index: Berman, Rannen
    Triki and Blaschko (2018), https://arxiv.org/abs/1705.08790. Chapter: structured/lovasz.
    """
    single, label = labelled(scores, y)
    errors = not_below(1 - single * (2 * label - 1), 0.0)
    return reduce(in_dtype_of(lovasz(errors, label), scores), reduction)


@no_silent_nan
def lovasz_softmax_loss(probs: Array, y: Array, *, present_only: bool = True, reduction: Reduction = "mean") -> Array:
    r"""Lovász-softmax: the Jaccard loss of each class, made convex in the probabilities, averaged over classes.

    .. math:: L(q, y) = \operatorname{mean}_k \sum_i e_{k, (i)} \, g_{k, i} \qquad e_{k, i} = |[y_i = k] - q_{i, k}|

    The errors of a class are sorted, the largest first; g is what its Jaccard index loses when the
    pixel of rank i is wrong too, after those before it.

    Parameters
    ----------
    probs : array of float, shape (..., P, C)
        Probabilities of C classes at each of P pixels.
    y : array of int, shape (..., P)
        The class of each pixel, from 0 to C − 1.
    present_only : bool
        Whether the mean is over the classes that y has, and not over all C.
    reduction : {"mean", "sum", "none"}
        "mean" is over images.

    Returns
    -------
    array, scalar or shape (...), a pure number from 0 to 1

    Raises
    ------
    TypeError
        If probs is not an array of real floats, y not one of integers, or present_only neither True nor False.
    ValueError
        If the shapes do not fit or hold no pixel, probs is outside [0, 1], a label is no class, the
        reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    Takes probabilities and not logits; that they sum to 1 is not asked. Where errors are equal, any of
    their orders gives the gradient. A traced call (jit, compile, vmap) checks types and shapes; values
    that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> probs, y = np.asarray([[0.75, 0.25], [0.5, 0.5]]), np.asarray([0, 1])
    >>> float(lovasz_softmax_loss(probs, y))
    0.4375

    References
    ----------
    Berman, Rannen Triki and Blaschko (2018), https://arxiv.org/abs/1705.08790. Chapter: structured/lovasz.
    """
    boolean(present_only=present_only)
    errors, truth = errors_of_classes(probs, y)
    values = lovasz(errors, truth)
    if present_only:
        xp = namespace(truth=truth)
        present = xp.max(truth, axis=-1)
        values = quotient(dot(values, present), xp.sum(present, axis=-1))
    else:
        values = mean(values, axis=-1)
    return reduce(in_dtype_of(values, probs), reduction)


@no_silent_nan
def boundary_loss(probs: Array, distance: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Boundary loss: each pixel of the mask costs its distance to the true boundary, and inside it pays.

    .. math:: L(q, d) = \operatorname{mean}_i q_i d_i

    Parameters
    ----------
    probs : array of float, shape (..., H, W)
        Probability of each pixel to belong to the mask; leading axes are free (batch, class).
    distance : array of float, shape (..., H, W)
        Signed distance of each pixel to the boundary of the truth, negative inside.
    reduction : {"mean", "sum", "none"}
        "mean" is over masks.

    Returns
    -------
    array, scalar or shape (...), in units of the distance

    Raises
    ------
    TypeError
        If an argument is not an array of real floats.
    ValueError
        If the shapes differ or hold no pixel, probs is outside [0, 1], inputs are too large for a
        value (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    It is linear in probs, and negative where the mask is right. A traced call (jit, compile, vmap)
    checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(boundary_loss(np.asarray([[1.0, 0.5, 0.0]]), np.asarray([[-1.0, 1.0, 2.0]])))
    -0.16666666666666666

    References
    ----------
    Kervadec et al. (2019), https://arxiv.org/abs/1812.07032. Chapter: structured/boundary.
    """
    q, d = beside_distance(probs, distance)
    return reduce(in_dtype_of(dot(q, d) / q.shape[-1], probs, distance), reduction)


# --- boxes ---


@no_silent_nan
def iou_loss(boxes: Array, target: Array, *, reduction: Reduction = "mean") -> Array:
    r"""IoU: how much of the union of two boxes is not in both.

    .. math:: L(b, b') = 1 - \frac{|b \cap b'|}{|b \cup b'|}

    Parameters
    ----------
    boxes, target : array of float, shape (..., 4)
        Two finite corners of each box, x1, y1, x2, y2, with x2 ≥ x1 and y2 ≥ y1.
    reduction : {"mean", "sum", "none"}
        "mean" is over pairs of boxes.

    Returns
    -------
    array, scalar or shape (...), a pure number from 0 to 1

    Raises
    ------
    TypeError
        If an argument is not an array of real floats.
    ValueError
        If the shapes differ or the last axis is not of four numbers, a number is infinite, a second
        corner lies before the first, the areas overflow, the reduction is unknown, or an empty batch
        is to be averaged.

    Notes
    -----
    Boxes that do not overlap cost 1, without a gradient. Where the union is 0, so is the overlap. A
    traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(iou_loss(np.asarray([0.0, 0.0, 2.0, 1.0]), np.asarray([1.0, 0.0, 3.0, 1.0])))
    0.6666666666666667

    References
    ----------
    Yu et al. (2016), https://arxiv.org/abs/1608.01471. Chapter: structured/box_iou.
    """
    b, t = two_boxes(boxes, target)
    iou, _ = overlap(b, t)
    return reduce(in_dtype_of(1 - iou, boxes, target), reduction)


@no_silent_nan
def giou_loss(boxes: Array, target: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Generalised IoU: what is empty in the smallest box around both counts too.

    .. math:: L(b, b') = 1 - \mathrm{IoU}(b, b') + \frac{|h| - |b \cup b'|}{|h|}

    h is the smallest box around both.

    Parameters
    ----------
    boxes, target : array of float, shape (..., 4)
        Two finite corners of each box, x1, y1, x2, y2, with x2 ≥ x1 and y2 ≥ y1.
    reduction : {"mean", "sum", "none"}
        "mean" is over pairs of boxes.

    Returns
    -------
    array, scalar or shape (...), a pure number from 0 to 2

    Raises
    ------
    TypeError
        If an argument is not an array of real floats.
    ValueError
        If the shapes differ or the last axis is not of four numbers, a number is infinite, a second
        corner lies before the first, the areas overflow, the reduction is unknown, or an empty batch
        is to be averaged.

    Notes
    -----
    Where the union is 0, so is the overlap; where the hull is 0, nothing in it is empty. A traced call
    (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(giou_loss(np.asarray([0.0, 0.0, 1.0, 1.0]), np.asarray([2.0, 0.0, 3.0, 1.0])))
    1.3333333333333333

    References
    ----------
    Rezatofighi et al. (2019), https://arxiv.org/abs/1902.09630. Chapter: structured/box_iou.
    """
    b, t = two_boxes(boxes, target)
    iou, union = overlap(b, t)
    around = area(hull(b, t))
    return reduce(in_dtype_of(1 - iou + share(around - union, around), boxes, target), reduction)


@no_silent_nan
def diou_loss(boxes: Array, target: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Distance IoU: how far the centres lie apart counts too.

    .. math:: L(b, b') = 1 - \mathrm{IoU}(b, b') + \frac{\lVert m - m' \rVert^2}{D^2}

    m and m′ are the centres, D is the diagonal of the smallest box around both.

    Parameters
    ----------
    boxes, target : array of float, shape (..., 4)
        Two finite corners of each box, x1, y1, x2, y2, with x2 ≥ x1 and y2 ≥ y1.
    reduction : {"mean", "sum", "none"}
        "mean" is over pairs of boxes.

    Returns
    -------
    array, scalar or shape (...), a pure number from 0 to 2

    Raises
    ------
    TypeError
        If an argument is not an array of real floats.
    ValueError
        If the shapes differ or the last axis is not of four numbers, a number is infinite, a second
        corner lies before the first, the areas overflow, the reduction is unknown, or an empty batch
        is to be averaged.

    Notes
    -----
    Where the union is 0, so is the overlap; where the diagonal is 0, so is the distance. A traced call
    (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(diou_loss(np.asarray([0.0, 0.0, 1.0, 1.0]), np.asarray([2.0, 0.0, 3.0, 1.0])))
    1.4

    References
    ----------
    Zheng et al. (2020), https://arxiv.org/abs/1911.08287. Chapter: structured/box_iou.
    """
    b, t = two_boxes(boxes, target)
    iou, _ = overlap(b, t)
    return reduce(in_dtype_of(1 - iou + apart(b, t), boxes, target), reduction)


@no_silent_nan
def ciou_loss(boxes: Array, target: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Complete IoU: distance IoU, and the form of the boxes counts too.

    .. math:: L(b, b') = 1 - \mathrm{IoU}(b, b') + \frac{\lVert m - m' \rVert^2}{D^2} + \frac{v^2}{1 - \mathrm{IoU}(b, b') + v}
              \qquad v = \frac{4}{\pi^2} \Bigl(\arctan \frac{w'}{h'} - \arctan \frac wh\Bigr)^2

    m and m′ are the centres, D is the diagonal of the smallest box around both, w and h are width and height.

    Parameters
    ----------
    boxes, target : array of float, shape (..., 4)
        Two finite corners of each box, x1, y1, x2, y2, with x2 ≥ x1 and y2 ≥ y1.
    reduction : {"mean", "sum", "none"}
        "mean" is over pairs of boxes.

    Returns
    -------
    array, scalar or shape (...), a pure number from 0 to 3

    Raises
    ------
    TypeError
        If an argument is not an array of real floats.
    ValueError
        If the shapes differ or the last axis is not of four numbers, a number is infinite, a second
        corner lies before the first, the areas overflow, the reduction is unknown, or an empty batch
        is to be averaged.

    Notes
    -----
    The last term is v times a weight, v / (1 − IoU + v), which is a constant to the gradient, as its
    authors have it; v has its own gradient in full. A point has no form: beside it v is 0. Where the
    union is 0, so is the overlap; where the diagonal is 0, so is the distance. A traced call (jit,
    compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(ciou_loss(np.asarray([0.0, 0.0, 2.0, 1.0]), np.asarray([0.0, 0.0, 1.0, 2.0]))), 4)
    0.7629

    References
    ----------
    Zheng et al. (2020), https://arxiv.org/abs/1911.08287. Chapter: structured/box_iou.
    """
    b, t = two_boxes(boxes, target)
    iou, _ = overlap(b, t)
    v = unlikeness(b, t)
    return reduce(in_dtype_of(1 - iou + apart(b, t) + trade_off(v, iou) * v, boxes, target), reduction)


# --- sets ---


@no_silent_nan
def set_matching_loss(cost: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Set matching: the mean cost of the cheapest way to give each row a column of its own.

    .. math:: L(c) = \min_{\pi} \operatorname{mean}_i c_{i, \pi(i)}

    Parameters
    ----------
    cost : array of float, shape (..., N, M)
        Finite cost of each pair of one of N and one of M ≥ N things.
    reduction : {"mean", "sum", "none"}
        "mean" is over matrices of costs.

    Returns
    -------
    array, scalar or shape (...), in units of the cost

    Raises
    ------
    TypeError
        If cost is not an array of real floats.
    ValueError
        If there is no row, or more rows than columns, a cost is NaN or infinite, the reduction is
        unknown, or an empty batch is to be averaged.

    Notes
    -----
    The assignment is a constant to the gradient, which flows into the chosen entries only: 1/N each.
    SciPy finds it, and must be installed; a compiler does not look into it. A traced call (jit, compile,
    vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(set_matching_loss(np.asarray([[1.0, 2.0, 9.0], [1.0, 4.0, 9.0]])))
    1.5

    References
    ----------
    Kuhn (1955), https://doi.org/10.1002/nav.3800020109; as a loss: Carion et al. (2020),
    https://arxiv.org/abs/2005.12872. Chapter: structured/set_matching.
    """
    return reduce(in_dtype_of(mean_of_cheapest(cost), cost), reduction)


@no_silent_nan
def chamfer_loss(x: Array, y: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Chamfer: the mean squared distance from each point to the nearest of the other set, both ways.

    .. math:: L(x, y) = \operatorname{mean}_i \min_j \lVert x_i - y_j \rVert^2 + \operatorname{mean}_j \min_i \lVert x_i - y_j \rVert^2

    Parameters
    ----------
    x : array of float, shape (..., N, D)
        A set of N points, at least one.
    y : array of float, shape (..., M, D)
        A set of M points, at least one.
    reduction : {"mean", "sum", "none"}
        "mean" is over pairs of sets.

    Returns
    -------
    array, scalar or shape (...), in squared units of x

    Raises
    ------
    TypeError
        If x or y is not an array of real floats.
    ValueError
        If the shapes do not fit, a set has no points, inputs are too large for a value (∞ − ∞), the
        reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    The sum of both means, and not half of it. Who is nearest is a constant to the gradient; of several
    as near, the first. A traced call (jit, compile, vmap) checks types and shapes.

    Examples
    --------
    >>> import numpy as np
    >>> float(chamfer_loss(np.asarray([[0.0], [1.0]]), np.asarray([[0.0], [3.0]])))
    2.5

    References
    ----------
    Fan, Su and Guibas (2017), https://arxiv.org/abs/1612.00603. Chapter: structured/set_matching.
    """
    there, back = nearest_of(*two_samples(x, y))
    return reduce(in_dtype_of(mean(there, axis=-1) + mean(back, axis=-1), x, y), reduction)
