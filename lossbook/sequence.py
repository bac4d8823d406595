"""Losses for one thing after another: the target is a sequence, at times of another length, its alignment unknown."""

from lossbook._ops import (
    affine, aligned, at_least, beside_teacher, between, class_scores, classes, counting, emitting, expectation, first_of,
    in_dtype_of, in_strips, kept, linear, log_chance, log_of_others, log_softmax, log_sum, logsumexp, monotone, no_silent_nan, of_class, of_steps,
    positive, reduce, same_shape, smoothed, squared_distances, transcript, two_series, unit, unwanted, warping, wide,
)  # fmt: skip
from lossbook._types import Array, Reduction, Scalar

__all__ = [
    "token_cross_entropy", "unlikelihood_loss", "ctc_loss", "transducer_loss", "soft_dtw", "soft_dtw_divergence",
    "minimum_risk_loss", "distillation_loss", "generalised_jsd_loss", "linear_cross_entropy",
]  # fmt: skip


@no_silent_nan
def token_cross_entropy(
    logits: Array,
    y: Array,
    *,
    mask: Array | None = None,
    label_smoothing: Scalar = 0.0,
    z_weight: Scalar = 0.0,
    reduction: Reduction = "mean",
) -> Array:
    r"""Cross-entropy of each step of a sequence: with the chain rule, the likelihood of the whole.

    .. math:: L(z, y) = -\log q_y + \lambda \log^2 \sum_k e^{z_k} \qquad q = \operatorname{softmax}(z)

    Parameters
    ----------
    logits : array of float, shape (..., T, C)
        Unnormalised scores of C classes at each of T steps.
    y : array of int, shape (..., T)
        The class of each step, from 0 to C − 1; anything where the mask is False.
    mask : array of bool, shape (..., T), optional
        True where a step counts; what stands elsewhere reaches neither value nor gradient.
    label_smoothing : float in [0, 1]
        Share of the uniform distribution that is mixed into the target.
    z_weight : float >= 0
        Weight λ of the squared logarithm of softmax's denominator, which keeps the logits from drifting.
    reduction : {"mean", "sum", "none"}
        "mean" is over all steps of the batch that count; "none" gives 0 for the others.

    Returns
    -------
    array, scalar or shape (..., T), in nats

    Raises
    ------
    TypeError
        If logits is not an array of real floats, y not one of integers, mask not one of booleans,
        or label_smoothing or z_weight not a number.
    ValueError
        If the shapes do not fit, a label that counts is no class, label_smoothing is outside
        [0, 1], z_weight is negative or infinite, inputs are too large for a value (∞ − ∞), the
        reduction is unknown, or no step counts where they are to be averaged.

    Notes
    -----
    There is no ignore index: −100 is an error where it counts. A traced call (jit, compile, vmap)
    checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> logits, y = np.asarray([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]]), np.asarray([0, -100])
    >>> round(float(token_cross_entropy(logits, y, mask=np.asarray([True, False]))), 4)
    0.2395

    References
    ----------
    Bengio et al. (2003), https://www.jmlr.org/papers/v3/bengio03a.html; z_weight: Chowdhery et al.
    (2022), https://arxiv.org/abs/2204.02311. Chapter: sequence/token_cross_entropy.
    """
    logits, y = counting(mask, logits=logits, y=y)
    _, logits, y = classes(logits, y, name="logits")
    label_smoothing = unit(logits, label_smoothing=label_smoothing)
    z_weight = at_least(0, logits, z_weight=z_weight)
    return of_steps(_of_tokens(logits, y, label_smoothing, z_weight), mask, reduction)


def _of_tokens(logits: Array, y: Array, label_smoothing: Scalar, z_weight: Scalar) -> Array:
    """Return the cross-entropy of each step, with what holds softmax's denominator near 1 (the logarithm near 0)."""
    log_q = log_softmax(logits)
    values = -smoothed(of_class(log_q, y), log_q, label_smoothing)
    if isinstance(z_weight, float) and z_weight == 0:
        return values
    return values + z_weight * logsumexp(logits) ** 2


@no_silent_nan
def unlikelihood_loss(logits: Array, candidates: Array, *, mask: Array | None = None, reduction: Reduction = "mean") -> Array:
    r"""Unlikelihood: push down the classes that should not come here, a word just said, say.

    .. math:: L(z, c) = -\sum_k c_k \log(1 - q_k) \qquad q = \operatorname{softmax}(z)

    Parameters
    ----------
    logits : array of float, shape (..., T, C)
        Unnormalised scores of C ≥ 2 classes at each of T steps.
    candidates : array of bool, shape (..., T, C)
        True at the classes that are unwanted at a step; none costs 0.
    mask : array of bool, shape (..., T), optional
        True where a step counts; what stands elsewhere reaches neither value nor gradient.
    reduction : {"mean", "sum", "none"}
        "mean" is over all steps of the batch that count; "none" gives 0 for the others.

    Returns
    -------
    array, scalar or shape (..., T), in nats

    Raises
    ------
    TypeError
        If logits is not an array of real floats, or candidates or mask not one of booleans.
    ValueError
        If the shapes do not fit, there is one class only, inputs are too large for a value
        (∞ − ∞), the reduction is unknown, or no step counts where they are to be averaged.

    Notes
    -----
    As q → 1 the value grows like the lead of the class and the gradient stays: 1 − q is never
    formed. In float32 at logits of ±1e4 about three digits of the gradient are left.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(unlikelihood_loss(np.asarray([[50.0, 0.0]]), np.asarray([[True, False]]))), 4)
    50.0

    References
    ----------
    Welleck et al. (2020), https://arxiv.org/abs/1908.04319. Chapter: sequence/unlikelihood.
    """
    xp = unwanted(logits, candidates)
    (logits,) = counting(mask, logits=logits)
    values = xp.sum(xp.where(candidates, -log_of_others(logits), 0.0), axis=-1)
    return of_steps(values, mask, reduction)


@no_silent_nan
def ctc_loss(
    logits: Array,
    y: Array,
    *,
    lengths: Array | None = None,
    target_lengths: Array | None = None,
    blank: int = 0,
    reduction: Reduction = "mean",
) -> Array:
    r"""Connectionist temporal classification: the labels in their order, at whichever steps.

    .. math:: L(z, y) = -\log \sum_{\pi \,:\, B(\pi) = y} \prod_t q_{t, \pi_t} \qquad q_t = \operatorname{softmax}(z_t)

    Each step emits a class or the blank; B joins equal neighbours and then drops the blanks.

    Parameters
    ----------
    logits : array of float, shape (..., T, C)
        Unnormalised scores of C classes, the blank among them, at each of T steps.
    y : array of int, shape (..., U)
        The labels, classes from 0 to C − 1 other than the blank; anything beyond target_lengths.
    lengths, target_lengths : array of int, shape (...), optional
        How many of the T steps, and of the U labels, count; what lies beyond reaches neither value
        nor gradient. Left out, all count.
    blank : int in 0 … C − 1
        The class of the blank.
    reduction : {"mean", "sum", "none"}
        "mean" is over sequences; nothing is divided by the number of labels.

    Returns
    -------
    array, scalar or shape (...), in nats
        +∞, with gradient 0, where too few steps count for the labels (equal neighbours need a
        blank between them), or logits of −∞ close every way.

    Raises
    ------
    TypeError
        If logits is not an array of real floats, y or a length not one of integers, or blank no
        whole number.
    ValueError
        If the shapes do not fit, a label that counts is no class or the blank, a length is out of
        range, blank is no class, inputs are too large for a value (∞ − ∞), the reduction is
        unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(ctc_loss(np.zeros((3, 3)), np.asarray([1, 2]))), 4)
    1.6864

    References
    ----------
    Graves et al. (2006), https://doi.org/10.1145/1143844.1143891. Chapter: sequence/ctc.
    """
    batch, blank = aligned(logits, y, blank, "T", "C")
    z = wide(logits)
    lengths, there, sound = first_of(z.shape[-2], 0, z, batch, lengths=lengths)
    labels, target_lengths, _, fits = transcript(y, z, batch, target_lengths, blank)
    total = log_sum(monotone, log_softmax(kept(z, there)), labels, lengths, target_lengths, blank)
    return reduce(in_dtype_of(-log_chance(total) * sound * fits, logits), reduction)


@no_silent_nan
def transducer_loss(
    logits: Array,
    y: Array,
    *,
    lengths: Array | None = None,
    target_lengths: Array | None = None,
    blank: int = 0,
    reduction: Reduction = "mean",
) -> Array:
    r"""RNN transducer: at each step any number of labels, each seen before the next is said, then a blank.

    .. math:: L(z, y) = -\log \sum_{\text{ways}} \; \prod_{(t, u) \text{ on the way}} q_{t, u, k}
              \qquad q_{t, u} = \operatorname{softmax}(z_{t, u})

    At place (t, u), after u labels, the blank leads to (t + 1, u) and the label y with number u + 1 to
    (t, u + 1). Ways go from (0, 0) over all T steps; the last thing said is a blank.

    Parameters
    ----------
    logits : array of float, shape (..., T, U + 1, C)
        Unnormalised scores of C classes, the blank among them, at each step after each number of labels.
    y : array of int, shape (..., U)
        The labels, classes from 0 to C − 1 other than the blank; anything beyond target_lengths.
    lengths, target_lengths : array of int, shape (...), optional
        How many of the T steps, at least 1, and of the U labels count; what lies beyond reaches
        neither value nor gradient. Left out, all count.
    blank : int in 0 … C − 1
        The class of the blank.
    reduction : {"mean", "sum", "none"}
        "mean" is over sequences; nothing is divided by the number of labels.

    Returns
    -------
    array, scalar or shape (...), in nats
        +∞, with gradient 0, where logits of −∞ close every way.

    Raises
    ------
    TypeError
        If logits is not an array of real floats, y or a length not one of integers, or blank no
        whole number.
    ValueError
        If the shapes do not fit, there are no steps, a label that counts is no class or the blank,
        a length is out of range, blank is no class, inputs are too large for a value (∞ − ∞), the
        reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(transducer_loss(np.zeros((2, 2, 3)), np.asarray([1]))), 4)
    2.6027

    References
    ----------
    Graves (2012), https://arxiv.org/abs/1211.3711. Chapter: sequence/transducer.
    """
    batch, blank = aligned(logits, y, blank, "T", "U + 1", "C")
    z = wide(logits)
    lengths, there, sound = first_of(z.shape[-3], 1, z, batch, lengths=lengths)
    labels, target_lengths, reached, fits = transcript(y, z, batch, target_lengths, blank)
    log_q = log_softmax(kept(z, there[..., None] & reached[..., None, :]))
    total = log_sum(emitting, log_q, labels, lengths, target_lengths, blank)
    return reduce(in_dtype_of(-log_chance(total) * sound * fits, logits), reduction)


@no_silent_nan
def soft_dtw(
    x: Array,
    y: Array,
    *,
    gamma: Scalar = 1.0,
    lengths: Array | None = None,
    target_lengths: Array | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Soft dynamic time warping: the cost of all ways to align two series, the cheapest counting most.

    .. math:: L(x, y) = -\gamma \log \sum_{\pi} \exp\Bigl(-\tfrac1\gamma \sum_{(i, j) \in \pi} \|x_i - y_j\|^2\Bigr)

    A way π goes from the first pair to the last, on in x, in y, or in both. As γ → 0 only the cheapest
    counts (dynamic time warping). The value may be negative, and is not least at x = y: for that, see
    soft_dtw_divergence.

    Parameters
    ----------
    x : array of float, shape (..., T, D)
        A series of T vectors.
    y : array of float, shape (..., S, D)
        A series of S vectors.
    gamma : float > 0
        How far from the cheapest a way still counts, in squared units of x.
    lengths, target_lengths : array of int, shape (...), optional
        How many steps of x, and of y, count, at least 1; what lies beyond reaches neither value nor
        gradient. Left out, all count.
    reduction : {"mean", "sum", "none"}
        "mean" is over pairs of series; nothing is divided by their lengths.

    Returns
    -------
    array, scalar or shape (...), in squared units of x

    Raises
    ------
    TypeError
        If x or y is not an array of real floats, a length not one of integers, or gamma not a number.
    ValueError
        If the shapes do not fit, a series has no steps, gamma is not positive and finite, a length is
        out of range, inputs are too large for a value (∞ − ∞), the reduction is unknown, or an
        empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = np.asarray([[0.0], [1.0]]), np.asarray([[0.0], [0.0], [1.0]])
    >>> round(float(soft_dtw(x, y, gamma=0.1)), 4)
    -0.0

    References
    ----------
    Cuturi and Blondel (2017), https://arxiv.org/abs/1703.01541. Chapter: sequence/soft_dtw.
    """
    return reduce(in_dtype_of(_soft_dtw(x, y, gamma, lengths, target_lengths), x, y), reduction)


def _soft_dtw(x: Array, y: Array, gamma: Scalar, lengths: Array | None, target_lengths: Array | None) -> Array:
    x, y, batch = two_series(x, y)
    gamma = positive(x, gamma=gamma)
    lengths, there, sound = first_of(x.shape[-2], 1, x, batch, lengths=lengths)
    target_lengths, here, fits = first_of(y.shape[-2], 1, y, batch, target_lengths=target_lengths)
    costs = squared_distances(kept(x, there), kept(y, here))
    return -gamma * log_chance(log_sum(warping, -costs / gamma, lengths, target_lengths)) * sound * fits


@no_silent_nan
def soft_dtw_divergence(
    x: Array,
    y: Array,
    *,
    gamma: Scalar = 1.0,
    lengths: Array | None = None,
    target_lengths: Array | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Soft-DTW divergence: soft-DTW of two series less the mean of what each costs beside itself.

    .. math:: L(x, y) = L'(x, y) - \tfrac12 \bigl(L'(x, x) + L'(y, y)\bigr)

    with L′ soft_dtw. It is 0 where x = y, which is not always its lowest value.

    Parameters
    ----------
    x : array of float, shape (..., T, D)
        A series of T vectors.
    y : array of float, shape (..., S, D)
        A series of S vectors.
    gamma : float > 0
        How far from the cheapest a way still counts, in squared units of x.
    lengths, target_lengths : array of int, shape (...), optional
        How many steps of x, and of y, count, at least 1; what lies beyond reaches neither value nor
        gradient. Left out, all count.
    reduction : {"mean", "sum", "none"}
        "mean" is over pairs of series; nothing is divided by their lengths.

    Returns
    -------
    array, scalar or shape (...), in squared units of x

    Raises
    ------
    TypeError
        If x or y is not an array of real floats, a length not one of integers, or gamma not a number.
    ValueError
        If the shapes do not fit, a series has no steps, gamma is not positive and finite, a length is
        out of range, inputs are too large for a value (∞ − ∞), the reduction is unknown, or an
        empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = np.asarray([[0.0], [1.0]]), np.asarray([[0.0], [0.0], [1.0]])
    >>> float(soft_dtw_divergence(x, x)), round(float(soft_dtw_divergence(x, y)), 4)
    (0.0, 0.3831)

    References
    ----------
    Blondel, Mensch and Vert (2021), https://arxiv.org/abs/2010.08354. Chapter: sequence/soft_dtw.
    """
    values = _soft_dtw(x, y, gamma, lengths, target_lengths)
    itself = [_soft_dtw(each, each, gamma, length, length) for each, length in ((x, lengths), (y, target_lengths))]
    return reduce(in_dtype_of(values - (itself[0] + itself[1]) / 2, x, y), reduction)


@no_silent_nan
def minimum_risk_loss(log_probs: Array, cost: Array, *, alpha: Scalar = 1.0, reduction: Reduction = "mean") -> Array:
    r"""Minimum risk: the expected cost over a set of candidates, an error rate, say, that has no gradient itself.

    .. math:: L(\ell, c) = \sum_k p_k c_k \qquad p = \operatorname{softmax}(\alpha\,\ell)

    Parameters
    ----------
    log_probs : array of float, shape (..., K)
        The model's log-probability of each of K candidates, up to a term they share.
    cost : array of float, shape (..., K)
        What each candidate costs.
    alpha : float > 0
        How sharp the distribution over the candidates is; towards 0 all count alike.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in the units of cost

    Raises
    ------
    TypeError
        If an argument is not an array of real floats, or alpha not a number.
    ValueError
        If the shapes differ, there are no candidates, alpha is not positive and finite, inputs are
        too large for a value (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(minimum_risk_loss(np.log(np.asarray([0.5, 0.25])), np.asarray([0.0, 3.0])))
    1.0

    References
    ----------
    Shen et al. (2016), https://doi.org/10.18653/v1/P16-1159. Chapter: sequence/minimum_risk.
    """
    xp = same_shape(log_probs=log_probs, cost=cost)
    class_scores(log_probs, "log_probs", "K", "candidate")
    alpha = positive(log_probs, alpha=alpha)
    return reduce(expectation(xp.exp(log_softmax(alpha * log_probs)), cost), reduction)


@no_silent_nan
def distillation_loss(
    logits: Array,
    teacher_logits: Array,
    *,
    temperature: Scalar = 1.0,
    mask: Array | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Knowledge distillation: the whole distribution of a teacher as the target, softened by a temperature.

    .. math:: L(z, z') = \tau^2\, D_{\mathrm{KL}}(p \,\|\, q) \qquad p = \operatorname{softmax}(z' / \tau), \;
              q = \operatorname{softmax}(z / \tau)

    The teacher is a constant to the gradient.

    Parameters
    ----------
    logits, teacher_logits : array of float, shape (..., C)
        Unnormalised scores of C classes, the student's and the teacher's; for a sequence at each step.
    temperature : float > 0
        What both are divided by; the factor τ² keeps the gradient's size.
    mask : array of bool, shape (...), optional
        True where a step counts; what stands elsewhere reaches neither value nor gradient.
    reduction : {"mean", "sum", "none"}
        "mean" is over all steps of the batch that count; "none" gives 0 for the others.

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If an argument is not an array of real floats, mask not one of booleans, or temperature not
        a number.
    ValueError
        If the shapes do not fit, temperature is not positive and finite, inputs are too large for a
        value (∞ − ∞), the reduction is unknown, or no step counts where they are to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(distillation_loss(np.zeros((1, 2)), np.log(np.asarray([[0.75, 0.25]])))), 4)
    0.1308

    References
    ----------
    Hinton, Vinyals and Dean (2015), https://arxiv.org/abs/1503.02531. Chapter: sequence/distillation.
    """
    xp, student, teacher = beside_teacher(logits, teacher_logits, mask)
    temperature = positive(logits, temperature=temperature)
    log_p, log_q = log_softmax(teacher / temperature), log_softmax(student / temperature)
    p = xp.exp(log_p)
    values = expectation(p, xp.where(p == 0, 0.0, log_p)) - expectation(p, log_q)
    return of_steps(temperature**2 * values, mask, reduction)


@no_silent_nan
def generalised_jsd_loss(
    logits: Array,
    teacher_logits: Array,
    *,
    beta: Scalar = 0.5,
    temperature: Scalar = 1.0,
    mask: Array | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Generalised Jensen–Shannon divergence: how far teacher and student are from a mixture of both.

    .. math:: L(z, z') = \beta\, D_{\mathrm{KL}}(p \,\|\, m) + (1 - \beta)\, D_{\mathrm{KL}}(q \,\|\, m) \qquad
              m = \beta p + (1 - \beta) q

    with p = softmax(z′ / τ) the teacher and q = softmax(z / τ). Divided by β it tends to KL(p ‖ q) as β → 0,
    divided by 1 − β to KL(q ‖ p) as β → 1. The teacher is a constant to the gradient.

    Parameters
    ----------
    logits, teacher_logits : array of float, shape (..., C)
        Unnormalised scores of C classes, the student's and the teacher's; for a sequence at each step.
    beta : float in (0, 1)
        The teacher's share of the mixture.
    temperature : float > 0
        What both are divided by. There is no factor τ².
    mask : array of bool, shape (...), optional
        True where a step counts; what stands elsewhere reaches neither value nor gradient.
    reduction : {"mean", "sum", "none"}
        "mean" is over all steps of the batch that count; "none" gives 0 for the others.

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If an argument is not an array of real floats, mask not one of booleans, or beta or
        temperature not a number.
    ValueError
        If the shapes do not fit, beta is not between 0 and 1, temperature is not positive and finite,
        inputs are too large for a value (∞ − ∞), the reduction is unknown, or no step counts where
        they are to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(generalised_jsd_loss(np.zeros((1, 2)), np.log(np.asarray([[0.75, 0.25]])))), 4)
    0.0338

    References
    ----------
    Agarwal et al. (2024), https://arxiv.org/abs/2306.13649. Chapter: sequence/distillation.
    """
    xp, student, teacher = beside_teacher(logits, teacher_logits, mask)
    beta = between(0, 1, "1", logits, beta=beta)
    temperature = positive(logits, temperature=temperature)
    log_p, log_q = log_softmax(teacher / temperature), log_softmax(student / temperature)
    p, q = xp.exp(log_p), xp.exp(log_q)
    m = beta * p + (1 - beta) * q
    log_m = xp.log(xp.where(m == 0, 1.0, m))
    of_teacher, of_student = (expectation(each, xp.where(each == 0, 0.0, log - log_m)) for each, log in ((p, log_p), (q, log_q)))
    return of_steps(beta * of_teacher + (1 - beta) * of_student, mask, reduction)


@no_silent_nan
def linear_cross_entropy(
    hidden: Array,
    weight: Array,
    y: Array,
    *,
    bias: Array | None = None,
    mask: Array | None = None,
    label_smoothing: Scalar = 0.0,
    z_weight: Scalar = 0.0,
    strip: int | None = 256,
    reduction: Reduction = "mean",
) -> Array:
    r"""Cross-entropy of a linear layer's output, without an array of all logits.

    .. math:: L(h, y) = -\log q_y + \lambda \log^2 \sum_k e^{z_k} \qquad q = \operatorname{softmax}(z), \; z = W h + b

    Parameters
    ----------
    hidden : array of float, shape (..., D)
        What the layer takes, one vector for each example or token.
    weight : array of float, shape (C, D)
        The layer's matrix W: a row for each class.
    y : array of int, shape (...)
        The class, from 0 to C − 1.
    bias : array of float, shape (C,), optional
        The layer's offset b.
    mask : array of bool, shape (...), optional
        True where an example counts; what stands elsewhere reaches neither value nor gradient.
    label_smoothing : float in [0, 1]
        Share of the uniform distribution that is mixed into the target.
    z_weight : float >= 0
        Weight λ of the squared logarithm of softmax's denominator, which keeps the logits from drifting.
    strip : int >= 1, optional
        How many rows to work on at a time: the logits of no more are held, and the gradient is
        made with them. None holds all at once.
    reduction : {"mean", "sum", "none"}
        "mean" is over the examples that count; "none" gives 0 for the others.

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If hidden, weight or bias is not an array of real floats, y not one of integers, mask not
        one of booleans, label_smoothing or z_weight not a number, or strip no whole number.
    ValueError
        If the shapes do not fit, a label is no class, label_smoothing is outside [0, 1], z_weight is
        negative or infinite, strip is below 1, inputs are too large for a value (∞ − ∞), the reduction is unknown, or no example
        counts where they are to be averaged.
    NotImplementedError
        If torch.compile, torch.func or second derivatives in torch meet a strip.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> hidden, weight = np.asarray([[1.0, 0.0]]), np.asarray([[2.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    >>> round(float(linear_cross_entropy(hidden, weight, np.asarray([0]))), 4)
    0.2395

    References
    ----------
    Wijmans et al. (2025), https://arxiv.org/abs/2411.09009. Chapter: sequence/at_scale.
    """
    hidden, y, counts = linear(hidden, weight, y, bias, mask)
    label_smoothing = unit(hidden, label_smoothing=label_smoothing)

    z_weight = at_least(0, hidden, z_weight=z_weight)

    def term(hidden: Array, y: Array, counts: Array | None, weight: Array, bias: Array | None, *settings: Scalar) -> Array:
        values = _of_tokens(affine(hidden, weight, bias), y, *settings)
        return values if counts is None else values * counts

    rows, shared = (hidden, y, counts), (weight, bias, label_smoothing, z_weight)
    return in_strips(term, rows, shared, strip=strip, reduction=reduction, weights=counts)
