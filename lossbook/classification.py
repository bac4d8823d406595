"""Losses for a class as the target: a label 0 … C−1, a distribution over classes, or a sign ±1."""

from lossbook._ops import (
    class_weights, classes, classes_or_distributions, distributions, dot, expectation, lead_of_others, log_softmax, no_silent_nan,
    not_below, of_class, positive, positive_weight, probabilities, reduce, same_shape, sigmoid, signs, smoothed, softplus,
    surprise, times, unit, weight_of_class, without_class, at_least,
)  # fmt: skip
from lossbook._types import Array, Reduction, Scalar

__all__ = [
    "nll_loss", "cross_entropy", "binary_cross_entropy", "binary_cross_entropy_with_logits", "kl_divergence",
    "focal_loss", "sigmoid_focal_loss", "hinge_loss", "squared_hinge_loss", "multiclass_hinge_loss",
]  # fmt: skip


@no_silent_nan
def nll_loss(log_probs: Array, y: Array, *, weight: Array | None = None, reduction: Reduction = "mean") -> Array:
    r"""Negative log-likelihood of a class, from log-probabilities.

    .. math:: L(\log q, y) = -w_y \log q_y

    The weighted mean divides by the sum of the weights of the labels, as in PyTorch.

    Parameters
    ----------
    log_probs : array of float, shape (..., C)
        The logarithm of the probability of each class, as log-softmax gives it.
    y : array of int, shape (...)
        The class, from 0 to C − 1.
    weight : array of float, shape (C,), optional
        Weight of each class, at least 0.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If log_probs or weight is not an array of real floats, or y not one of integers.
    ValueError
        If the shapes do not fit, a label is no class, a weight is negative or infinite,
        inputs are too large for a value (∞ − ∞), the reduction is unknown, or a batch that
        is empty or of weight 0 is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(nll_loss(np.log(np.asarray([[0.5, 0.5], [0.25, 0.75]])), np.asarray([0, 0]))), 4)
    1.0397

    References
    ----------
    Bridle (1990), https://doi.org/10.1007/978-3-642-76153-9_28. Chapter: classification/nll.
    """
    _, log_probs, y = classes(log_probs, y, name="log_probs")
    losses = -of_class(log_probs, y)
    if weight is None:
        return reduce(losses, reduction)
    weights = weight_of_class(class_weights(log_probs, weight=weight), y)
    return reduce(times(weights, losses), reduction, weights)


@no_silent_nan
def cross_entropy(
    logits: Array, y: Array, *, weight: Array | None = None, label_smoothing: Scalar = 0.0, reduction: Reduction = "mean"
) -> Array:
    r"""Cross-entropy between a target distribution and the softmax of logits.

    .. math:: L(z, p) = -\sum_k w_k\, p_k \log \operatorname{softmax}(z)_k

    The target p is one-hot at a label y, or given as probabilities. Label smoothing mixes it
    with the uniform distribution. With labels the weighted mean divides by the sum of the
    labels' weights, with probabilities by the size of the batch, as in PyTorch.

    Parameters
    ----------
    logits : array of float, shape (..., C)
        Unnormalised scores.
    y : array of int, shape (...), or of float, shape (..., C)
        The class, from 0 to C − 1; or the probability of each class, in rows that sum to 1.
    weight : array of float, shape (C,), optional
        Weight of each class, at least 0.
    label_smoothing : float in [0, 1]
        Share of the uniform distribution in the target.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If logits or weight is not an array of real floats, y one of labels that are no
        integers, or label_smoothing not a number.
    ValueError
        If the shapes do not fit, a label is no class, a row of y is no distribution,
        label_smoothing is outside [0, 1], a weight is negative or infinite, inputs are too
        large for a value (∞ − ∞), the reduction is unknown, or a batch that is empty or of
        weight 0 is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.
    The loss of a class that is all but certain is rounded to 0 where q is rounded to 1, as in
    PyTorch; focal_loss, which is about such classes, takes the longer way that keeps its digits.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(cross_entropy(np.asarray([[2.0, 0.0, 0.0]]), np.asarray([0]))), 4)
    0.2395

    References
    ----------
    Bridle (1990), https://doi.org/10.1007/978-3-642-76153-9_28; label smoothing: Szegedy et
    al. (2016), https://doi.org/10.1109/CVPR.2016.308. Chapter: classification/cross_entropy.
    """
    _, logits, y, labels = classes_or_distributions(logits, y)
    label_smoothing = unit(logits, label_smoothing=label_smoothing)
    log_q = log_softmax(logits)
    if weight is not None:
        weight = class_weights(logits, weight=weight)
        log_q = times(weight, log_q)
    expected = smoothed(of_class(log_q, y) if labels else expectation(y, log_q), log_q, label_smoothing)
    weights = weight_of_class(weight, y) if labels and weight is not None else None
    return reduce(-expected, reduction, weights)


def binary_cross_entropy(probs: Array, y: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Cross-entropy of a yes-or-no target, from the probability of yes.

    .. math:: L(q, y) = -y \log q - (1 - y) \log(1 - q)

    With 0·log 0 = 0. A probability of 0 for what happens costs +∞ (PyTorch cuts the logarithm
    off at −100); where the model ends in a sigmoid, use binary_cross_entropy_with_logits.

    Parameters
    ----------
    probs, y : array of float, shape (...)
        Predicted and target probability of yes, both in [0, 1]; a label y is 0 or 1.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If an argument is not an array of real floats.
    ValueError
        If the shapes differ, a value is outside [0, 1], the reduction is unknown, or an empty
        batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(binary_cross_entropy(np.asarray([0.5, 0.75]), np.asarray([1.0, 0.0]))), 4)
    1.0397

    References
    ----------
    Cox (1958), https://doi.org/10.1111/j.2517-6161.1958.tb00292.x.
    Chapter: classification/binary_cross_entropy.
    """
    xp = same_shape(probs=probs, y=y)
    probs = probabilities(" (of logits, take binary_cross_entropy_with_logits)", probs=probs)
    y = probabilities(y=y)
    # 0·log 0 = 0: a side that the target rules out may be read as certain, and leaves no NaN.
    yes = xp.where((y == 0) & (probs == 0), 1.0, probs)
    no = xp.where((y == 1) & (probs == 1), 0.0, probs)
    return reduce(-y * xp.log(yes) - (1 - y) * xp.log1p(-no), reduction)


@no_silent_nan
def binary_cross_entropy_with_logits(
    logits: Array, y: Array, *, pos_weight: Array | Scalar | None = None, reduction: Reduction = "mean"
) -> Array:
    r"""Cross-entropy of a yes-or-no target, from the logit of yes.

    .. math:: L(z, y) = w\,y \log(1 + e^{-z}) + (1 - y) \log(1 + e^{z})

    Parameters
    ----------
    logits : array of float, shape (...)
        The log-odds of yes: z = log(q / (1 − q)).
    y : array of float, shape (...)
        Target probability of yes, in [0, 1]; a label is 0 or 1.
    pos_weight : float, or array of float of shape (C,), optional
        Weight w of yes, at least 0; an array has one for each entry of the last axis.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If logits or y is not an array of real floats, or pos_weight no number or such an array.
    ValueError
        If the shapes do not fit, a target is outside [0, 1], a weight is negative or
        infinite, inputs are too large for a value (∞ − ∞), the reduction is unknown, or an
        empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(binary_cross_entropy_with_logits(np.asarray([2.0, -1.0]), np.asarray([1.0, 0.0]))), 4)
    0.2201

    References
    ----------
    Cox (1958), https://doi.org/10.1111/j.2517-6161.1958.tb00292.x.
    Chapter: classification/binary_cross_entropy.
    """
    same_shape(logits=logits, y=y)
    y = probabilities(y=y)
    if pos_weight is None:
        return reduce(surprise(logits, y), reduction)
    w = positive_weight(logits, pos_weight)
    return reduce(times(w * y, softplus(-logits)) + times(1 - y, softplus(logits)), reduction)


@no_silent_nan
def kl_divergence(log_q: Array, p: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Kullback–Leibler divergence of the model q from the target p.

    .. math:: L(\log q, p) = \sum_k p_k\,(\log p_k - \log q_k)

    The model's log-probabilities come first, as in PyTorch. "mean" is the mean over the batch
    of the sum over the classes, which PyTorch calls "batchmean"; "none" keeps one sum for each
    row. A class with p = 0 costs nothing, even where q = 0; one with p > 0 and q = 0 costs +∞.

    Parameters
    ----------
    log_q : array of float, shape (..., C)
        The logarithm of the model's probability of each class.
    p : array of float, shape (..., C)
        The target's probability of each class, in rows that sum to 1.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If an argument is not an array of real floats.
    ValueError
        If the shapes differ, a row of p is no distribution, inputs are too large for a
        value (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(kl_divergence(np.log(np.asarray([[0.5, 0.5]])), np.asarray([[0.75, 0.25]]))), 4)
    0.1308

    References
    ----------
    Kullback and Leibler (1951), https://doi.org/10.1214/aoms/1177729694.
    Chapter: classification/kl_divergence.
    """
    xp, p = distributions(log_q, p, name="log_q", target="p")
    entropy = -dot(p, xp.log(xp.where(p == 0, 1.0, p)))
    return reduce(-expectation(p, log_q) - entropy, reduction)


@no_silent_nan
def focal_loss(
    logits: Array, y: Array, *, gamma: Scalar = 2.0, alpha: Array | None = None, reduction: Reduction = "mean"
) -> Array:
    r"""Focal loss: cross-entropy, turned down where the right class is already likely.

    .. math:: L(z, y) = -\alpha_y\,(1 - q_y)^\gamma \log q_y \qquad q = \operatorname{softmax}(z)

    The mean divides by the size of the batch, whatever alpha.

    Parameters
    ----------
    logits : array of float, shape (..., C)
        Unnormalised scores.
    y : array of int, shape (...)
        The class, from 0 to C − 1.
    gamma : float >= 0
        How strongly easy examples are turned down; 0 gives cross-entropy.
    alpha : array of float, shape (C,), optional
        Weight of each class, at least 0.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If logits or alpha is not an array of real floats, y not one of integers, or gamma not
        a number.
    ValueError
        If the shapes do not fit, a label is no class, gamma or a weight is negative or
        infinite, inputs are too large for a value (∞ − ∞), the reduction is unknown, or an
        empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(focal_loss(np.asarray([[2.0, 0.0, 0.0]]), np.asarray([0]))), 4)
    0.0109

    References
    ----------
    Lin et al. (2017), https://doi.org/10.1109/ICCV.2017.324. Chapter: classification/focal.
    """
    xp, logits, y = classes(logits, y, name="logits")
    gamma = at_least(0, logits, gamma=gamma)
    # From the logit against y both −log q and 1 − q keep their digits, where q itself is rounded to 1.
    against = lead_of_others(logits, y)
    # 1 − q, kept off 0, where a power below 1 has an infinite slope.
    missing = not_below(sigmoid(against), xp.finfo(against.dtype).smallest_normal)
    losses = missing**gamma * softplus(against)
    if alpha is not None:
        losses = times(weight_of_class(class_weights(logits, alpha=alpha), y), losses)
    return reduce(losses, reduction)


@no_silent_nan
def sigmoid_focal_loss(
    logits: Array, y: Array, *, gamma: Scalar = 2.0, alpha: Scalar | None = None, reduction: Reduction = "mean"
) -> Array:
    r"""Focal loss of a yes-or-no target.

    .. math:: L(z, y) = \alpha_t\,(1 - q_t)^\gamma \operatorname{BCE}(z, y) \qquad
              q_t = y q + (1 - y)(1 - q), \quad \alpha_t = y \alpha + (1 - y)(1 - \alpha)

    with q = sigmoid(z). For labels 0 and 1, q_t is the probability of what happened.

    Parameters
    ----------
    logits : array of float, shape (...)
        The log-odds of yes.
    y : array of float, shape (...)
        Target probability of yes, in [0, 1]; a label is 0 or 1.
    gamma : float >= 0
        How strongly easy examples are turned down; 0 gives binary cross-entropy.
    alpha : float in [0, 1], optional
        Weight of yes; no has 1 − alpha. Without it, both have weight 1.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If logits or y is not an array of real floats, or gamma or alpha not a number.
    ValueError
        If the shapes differ, a target or alpha is outside [0, 1], gamma is negative or
        infinite, inputs are too large for a value (∞ − ∞), the reduction is unknown, or an
        empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(sigmoid_focal_loss(np.asarray([2.0, -1.0]), np.asarray([1.0, 0.0]))), 4)
    0.0122

    References
    ----------
    Lin et al. (2017), https://doi.org/10.1109/ICCV.2017.324. Chapter: classification/focal.
    """
    xp = same_shape(logits=logits, y=y)
    y = probabilities(y=y)
    gamma = at_least(0, logits, gamma=gamma)
    # The nearer label, and the probability of the other one.
    label = xp.round(y)
    wrong = sigmoid((1 - 2 * label) * logits)
    # 1 − q_t, kept off 0, where a power below 1 has an infinite slope.
    missing = not_below(wrong + xp.abs(y - label) * (1 - 2 * wrong), xp.finfo(wrong.dtype).smallest_normal)
    losses = missing**gamma * surprise(logits, y)
    if alpha is not None:
        alpha = unit(logits, alpha=alpha)
        losses = times(alpha * y + (1 - alpha) * (1 - y), losses)
    return reduce(losses, reduction)


@no_silent_nan
def hinge_loss(scores: Array, y: Array, *, margin: Scalar = 1.0, reduction: Reduction = "mean") -> Array:
    r"""Hinge loss: what is missing from a margin on the right side.

    .. math:: L(z, y) = \max(0, m - y z)

    Parameters
    ----------
    scores : array of float, shape (...)
        Signed score; its sign is the prediction.
    y : array of int or float, shape (...)
        The label, −1 or 1.
    margin : float > 0
        The score m from which on a right prediction costs nothing.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in units of the score

    Raises
    ------
    TypeError
        If scores is not an array of real floats, y not one of numbers, or margin not a number.
    ValueError
        If the shapes differ, a label is neither −1 nor 1, margin is not positive and
        finite, inputs are too large for a value (∞ − ∞), the reduction is unknown, or an
        empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(hinge_loss(np.asarray([0.5, -2.0]), np.asarray([1, -1])))
    0.25

    References
    ----------
    Cortes and Vapnik (1995), https://doi.org/10.1007/BF00994018. Chapter: classification/hinge.
    """
    y = signs(scores, y)
    margin = positive(scores, margin=margin)
    return reduce(not_below(margin - y * scores, 0), reduction)


def squared_hinge_loss(scores: Array, y: Array, *, margin: Scalar = 1.0, reduction: Reduction = "mean") -> Array:
    r"""Squared hinge loss: the square of what is missing from a margin on the right side.

    .. math:: L(z, y) = \max(0, m - y z)^2

    Parameters
    ----------
    scores : array of float, shape (...)
        Signed score; its sign is the prediction.
    y : array of int or float, shape (...)
        The label, −1 or 1.
    margin : float > 0
        The score m from which on a right prediction costs nothing.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in squared units of the score

    Raises
    ------
    TypeError
        If scores is not an array of real floats, y not one of numbers, or margin not a number.
    ValueError
        If the shapes differ, a label is neither −1 nor 1, margin is not positive and
        finite, inputs are too large for a value (∞ − ∞), the reduction is unknown, or an
        empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(squared_hinge_loss(np.asarray([0.5, -2.0]), np.asarray([1, -1])))
    0.125

    References
    ----------
    Chang and Lin (2011), https://doi.org/10.1145/1961189.1961199. Chapter: classification/hinge.
    """
    shortfall = hinge_loss(scores, y, margin=margin, reduction="none")
    return reduce(shortfall * shortfall, reduction)


@no_silent_nan
def multiclass_hinge_loss(scores: Array, y: Array, *, margin: Scalar = 1.0, reduction: Reduction = "mean") -> Array:
    r"""Crammer and Singer's hinge loss: the right class against the best of the wrong ones.

    .. math:: L(z, y) = \max\Bigl(0, m + \max_{k \ne y} z_k - z_y\Bigr)

    PyTorch's ``multi_margin_loss`` takes the sum over the wrong classes, divided by C.

    Parameters
    ----------
    scores : array of float, shape (..., C)
        Score of each class; the largest is the prediction.
    y : array of int, shape (...)
        The class, from 0 to C − 1.
    margin : float > 0
        The lead m from which on a right prediction costs nothing.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in units of the scores

    Raises
    ------
    TypeError
        If scores is not an array of real floats, y not one of integers, or margin not a number.
    ValueError
        If the shapes do not fit, a label is no class, margin is not positive and finite,
        inputs are too large for a value (∞ − ∞), the reduction is unknown, or an empty
        batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(multiclass_hinge_loss(np.asarray([[2.0, 1.5, 0.0]]), np.asarray([0])))
    0.5

    References
    ----------
    Crammer and Singer (2001), https://www.jmlr.org/papers/v2/crammer01a.html.
    Chapter: classification/hinge.
    """
    xp, scores, y = classes(scores, y, name="scores")
    margin = positive(scores, margin=margin)
    best_wrong = xp.max(without_class(scores, y), axis=-1)
    return reduce(not_below(margin + (best_wrong - of_class(scores, y)), 0), reduction)
