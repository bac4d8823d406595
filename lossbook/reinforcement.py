"""Losses without a target: nobody gives the right answer; there is a reward, late and noisy, or a preference."""

from lossbook._ops import (
    advantages, answered, answers_of, at_least, boolean, clipped_ratio, good_or_bad, in_dtype_of, k3,
    log_odds, no_silent_nan, one_of, positive, reduce, same_shape, sigmoid, softplus, times, unit, wide,
)  # fmt: skip
from lossbook._types import Array, Reduction, Scalar

__all__ = ["preference_loss", "dpo_loss", "ipo_loss", "kto_loss", "orpo_loss", "simpo_loss", "grpo_loss"]


@no_silent_nan
def preference_loss(chosen: Array, rejected: Array, *, reduction: Reduction = "mean") -> Array:
    r"""A reward model's loss: of two answers, the one that was preferred should have the higher reward.

    .. math:: L(z^+, z^-) = -\log \operatorname{sigmoid}(z^+ - z^-)

    It is the likelihood of Bradley and Terry's model, which knows differences of rewards only: what all
    rewards share is free.

    Parameters
    ----------
    chosen : array of float, shape (...)
        The model's reward of the answer that was preferred.
    rejected : array of float, shape (...)
        Its reward of the other one.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If chosen or rejected is not an array of real floats.
    ValueError
        If the shapes differ, inputs are too large for a value (∞ − ∞), the reduction is unknown, or
        an empty batch is to be averaged.

    Notes
    -----
    The gradient enters both rewards, with opposite signs. A traced call (jit, compile, vmap) checks
    types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(preference_loss(np.asarray([2.0, 0.0]), np.asarray([1.0, 0.0]))), 4)
    0.5032

    References
    ----------
    Christiano et al. (2017), https://arxiv.org/abs/1706.03741. Chapter: reinforcement/preference.
    """
    same_shape(chosen=chosen, rejected=rejected)
    return reduce(softplus(rejected - chosen), reduction)


@no_silent_nan
def dpo_loss(
    chosen: Array,
    rejected: Array,
    *,
    beta: Scalar = 0.1,
    label_smoothing: Scalar = 0.0,
    reduction: Reduction = "mean",
) -> Array:
    r"""Direct preference optimisation: the policy's own log-ratio is the reward of an answer.

    .. math:: L(\rho^+, \rho^-) = -(1 - \varepsilon) \log \operatorname{sigmoid}\Bigl(\beta \log \frac{\rho^+}{\rho^-}\Bigr)
              - \varepsilon \log \operatorname{sigmoid}\Bigl(\beta \log \frac{\rho^-}{\rho^+}\Bigr)
              \qquad \rho = \frac{\pi(y \mid x)}{\pi_{\mathrm{ref}}(y \mid x)}

    Only the difference of the log-ratios counts: both answers may become less likely while it grows.

    Parameters
    ----------
    chosen : array of float, shape (...)
        log π − log π_ref of the answer that was preferred, summed over its tokens.
    rejected : array of float, shape (...)
        The same of the other one.
    beta : float > 0
        What a log-ratio is multiplied by to be a reward: the price of leaving the reference.
    label_smoothing : float in [0, 1]
        Share ε of the answers to "which one?" that are taken to be wrong.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If chosen or rejected is not an array of real floats, or beta or label_smoothing not a number.
    ValueError
        If the shapes differ, beta is not positive, label_smoothing is outside [0, 1], inputs are too
        large for a value (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    The gradient enters both log-ratios; the reference's part of them is the caller's constant. A
    traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(dpo_loss(np.asarray([5.0]), np.asarray([-5.0]))), 4)
    0.3133

    References
    ----------
    Rafailov et al. (2023), https://arxiv.org/abs/2305.18290; label smoothing: Mitchell (2023),
    https://ericmitchell.ai/cdpo.pdf. Chapter: reinforcement/preference.
    """
    same_shape(chosen=chosen, rejected=rejected)
    beta, smoothing = positive(chosen, beta=beta), unit(chosen, label_smoothing=label_smoothing)
    lead = beta * (chosen - rejected)
    return reduce(times(1 - smoothing, softplus(-lead)) + times(smoothing, softplus(lead)), reduction)


@no_silent_nan
def ipo_loss(chosen: Array, rejected: Array, *, beta: Scalar = 0.1, reduction: Reduction = "mean") -> Array:
    r"""Identity preference optimisation: the difference of the log-ratios should be 1/2β, and no more.

    .. math:: L(\rho^+, \rho^-) = \Bigl(\log \frac{\rho^+}{\rho^-} - \frac{1}{2\beta}\Bigr)^2
              \qquad \rho = \frac{\pi(y \mid x)}{\pi_{\mathrm{ref}}(y \mid x)}

    Where DPO goes on for ever on pairs that are all alike in their answer, this has an end.

    Parameters
    ----------
    chosen : array of float, shape (...)
        log π − log π_ref of the answer that was preferred, summed over its tokens.
    rejected : array of float, shape (...)
        The same of the other one.
    beta : float > 0
        The price of leaving the reference: the difference that is asked for is 1/2β.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in squared nats

    Raises
    ------
    TypeError
        If chosen or rejected is not an array of real floats, or beta not a number.
    ValueError
        If the shapes differ, beta is not positive, inputs are too large for a value (∞ − ∞), the
        reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    The gradient enters both log-ratios. Log-ratios per token instead of those of whole answers make
    another loss, with another β. A traced call (jit, compile, vmap) checks types and shapes; values
    that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(ipo_loss(np.asarray([3.0]), np.asarray([0.0])))
    4.0

    References
    ----------
    Azar et al. (2024), https://arxiv.org/abs/2310.12036. Chapter: reinforcement/preference.
    """
    same_shape(chosen=chosen, rejected=rejected)
    c, r = wide(chosen), wide(rejected)
    excess = c - r - 1 / (2 * positive(c, beta=beta))
    return reduce(in_dtype_of(excess * excess, chosen, rejected), reduction)


@no_silent_nan
def kto_loss(
    log_ratio: Array,
    desirable: Array,
    *,
    baseline: Scalar,
    beta: Scalar = 0.1,
    desirable_weight: Scalar = 1.0,
    undesirable_weight: Scalar = 1.0,
    reduction: Reduction = "mean",
) -> Array:
    r"""Kahneman–Tversky optimisation: single answers, each good or bad, seen as gain or loss from a baseline.

    .. math:: L(\rho, y) = \lambda_y \bigl(1 - \operatorname{sigmoid}(\pm \beta (\log \rho - b))\bigr)
              \qquad \rho = \frac{\pi(y \mid x)}{\pi_{\mathrm{ref}}(y \mid x)}

    with + for a desirable answer, − for another one. It is bounded: an answer that is far on the wrong
    side has no gradient either, and is given up.

    Parameters
    ----------
    log_ratio : array of float, shape (...)
        log π − log π_ref of an answer, summed over its tokens.
    desirable : array of bool, int or float, shape (...)
        1 for an answer that is good, 0 for another one.
    baseline : float or array of float, shape ()
        The log-ratio b from which gain and loss are counted, a constant to the gradient: the divergence
        of policy and reference, as estimated on other answers.
    beta : float > 0
        What a log-ratio is multiplied by to be a reward.
    desirable_weight : float >= 0
        Weight λ of a good answer.
    undesirable_weight : float >= 0
        Weight λ of a bad one.
    reduction : {"mean", "sum", "none"}
        "mean" is over all answers, whatever their weights.

    Returns
    -------
    array, scalar or shape (...), without a unit

    Raises
    ------
    TypeError
        If log_ratio is not an array of real floats, desirable not one of answers, or baseline, beta or
        a weight not a number.
    ValueError
        If the shapes differ, desirable is neither 0 nor 1, baseline is more than one number, beta is not
        positive, a weight is negative or infinite, inputs are too large for a value (∞ − ∞), the reduction is unknown, or an empty
        batch is to be averaged.

    Notes
    -----
    The gradient enters log_ratio alone. An estimate of the baseline may come out below 0, where the
    divergence cannot be; the paper cuts it off there, which is left to the caller. A traced call (jit,
    compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(kto_loss(np.asarray([10.0, 10.0]), np.asarray([1, 0]), baseline=0.0)), 4)
    0.5
    >>> round(float(kto_loss(np.asarray([10.0]), np.asarray([True]), baseline=5.0)), 4)
    0.3775

    References
    ----------
    Ethayarajh et al. (2024), https://arxiv.org/abs/2402.01306. Chapter: reinforcement/preference.
    """
    xp, log_ratio, good, baseline = good_or_bad(log_ratio, desirable, baseline)
    gain = positive(log_ratio, beta=beta) * (log_ratio - baseline)
    of_good = at_least(0, log_ratio, desirable_weight=desirable_weight) * sigmoid(-gain)
    of_bad = at_least(0, log_ratio, undesirable_weight=undesirable_weight) * sigmoid(gain)
    return reduce(xp.where(good, of_good, of_bad), reduction)


@no_silent_nan
def orpo_loss(chosen: Array, rejected: Array, *, reduction: Reduction = "mean") -> Array:
    r"""The odds-ratio term of ORPO: the chosen answer's odds should be above the rejected one's.

    .. math:: L(p^+, p^-) = -\log \operatorname{sigmoid}\Bigl(\log \frac{p^+}{1 - p^+} - \log \frac{p^-}{1 - p^-}\Bigr)

    p is an answer's mean probability of a token, the geometric mean. There is no reference; the
    method adds this term, with a small weight, to the cross-entropy of the chosen answer.

    Parameters
    ----------
    chosen : array of float, shape (...)
        log p of the answer that was preferred: its mean log-probability per token, below 0.
    rejected : array of float, shape (...)
        The same of the other one.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If chosen or rejected is not an array of real floats.
    ValueError
        If the shapes differ, a mean log-probability is 0 or more, inputs are too large for a value
        (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    The gradient enters both. Near p = 1 the rejected answer's is as steep as 1/(1 − p). A traced call
    (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(orpo_loss(np.log(np.asarray([0.5])), np.log(np.asarray([0.2])))), 4)
    0.2231

    References
    ----------
    Hong, Lee and Thorne (2024), https://arxiv.org/abs/2403.07691. Chapter: reinforcement/preference.
    """
    same_shape(chosen=chosen, rejected=rejected)
    lead = log_odds(chosen=wide(chosen)) - log_odds(rejected=wide(rejected))
    return reduce(in_dtype_of(softplus(-lead), chosen, rejected), reduction)


@no_silent_nan
def simpo_loss(
    chosen: Array, rejected: Array, *, beta: Scalar = 2.0, margin: Scalar = 1.0, reduction: Reduction = "mean"
) -> Array:
    r"""Simple preference optimisation: mean log-probabilities as rewards, without a reference, and with a margin.

    .. math:: L(p^+, p^-) = -\log \operatorname{sigmoid}\Bigl(\beta \log \frac{p^+}{p^-} - m\Bigr)

    p is an answer's mean probability of a token, the geometric mean, so that length counts for nothing.

    Parameters
    ----------
    chosen : array of float, shape (...)
        log p of the answer that was preferred: its mean log-probability per token.
    rejected : array of float, shape (...)
        The same of the other one.
    beta : float > 0
        What a mean log-probability is multiplied by to be a reward.
    margin : float >= 0
        By how much the chosen answer's reward should lead: m, which stands outside β.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If chosen or rejected is not an array of real floats, or beta or margin not a number.
    ValueError
        If the shapes differ, beta is not positive, margin is negative or infinite, inputs are too large
        for a value (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    The gradient enters both. A traced call (jit, compile, vmap) checks types and shapes; values that
    would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(simpo_loss(np.asarray([-1.0]), np.asarray([-1.5]))), 4)
    0.6931

    References
    ----------
    Meng, Xia and Chen (2024), https://arxiv.org/abs/2405.14734. Chapter: reinforcement/preference.
    """
    same_shape(chosen=chosen, rejected=rejected)
    margin = at_least(0, chosen, margin=margin)
    return reduce(softplus(margin - positive(chosen, beta=beta) * (chosen - rejected)), reduction)


@no_silent_nan
def grpo_loss(
    log_prob: Array,
    old_log_prob: Array,
    reward: Array,
    *,
    mask: Array | None = None,
    clip: Scalar | tuple[Scalar, Scalar] = 0.2,
    beta: Scalar = 0.0,
    ref_log_prob: Array | None = None,
    normalise: bool = True,
    aggregation: str = "token",
    reduction: Reduction = "mean",
) -> Array:
    r"""Group-relative policy optimisation: PPO's clipped ratio, an answer's advantage being its lead over its group.

    .. math:: L(\rho, r) = -\min\bigl(\rho A, \operatorname{clip}(\rho, 1 - c, 1 + c)\,A\bigr) + \beta\,(e^d - d - 1)
              \qquad A = \frac{r - \operatorname{mean} r}{\operatorname{std} r}

    for each token, with :math:`\rho = \pi / \pi_{\mathrm{old}}`, :math:`d = \log \pi_{\mathrm{ref}} - \log \pi`, mean
    and std over the G answers to one prompt. It is no measure of success: where the policy has not moved, it is
    −A, on average 0 over a group, and only its gradient says something.

    Parameters
    ----------
    log_prob : array of float, shape (..., G, T)
        log π of each of T tokens of each of G ≥ 2 answers.
    old_log_prob : array of float, shape (..., G, T)
        The same under the policy that gave the answers, a constant to the gradient.
    reward : array of int or float, shape (..., G)
        The reward r of each answer, a constant to the gradient.
    mask : array of bool, shape (..., G, T), optional
        True where there is a token; what stands elsewhere reaches neither value nor gradient.
    clip : float > 0, or a pair (low, high)
        The ratio is kept in [1 − c, 1 + c]; of a pair, in [1 − low, 1 + high].
    beta : float >= 0
        Weight β of the divergence from a reference, as estimated at each token.
    ref_log_prob : array of float, shape (..., G, T), optional
        log π_ref of each token, a constant to the gradient; needed where beta is not 0, and read nowhere else.
    normalise : bool
        Whether to divide by std r, the standard deviation with G − 1 in its denominator.
    aggregation : {"token", "sequence", "constant"}
        What "mean" is over.
    reduction : {"mean", "sum", "none"}
        "mean" is, by aggregation, over all tokens of all groups that the mask counts; over answers, of
        the means over their tokens (0 of an answer without any); or the sum over the number of answers
        times T, whatever the mask counts. "sum" is over all tokens, "none" gives 0 where there is none.

    Returns
    -------
    array, scalar or shape (..., G, T), in units of the advantage

    Raises
    ------
    TypeError
        If log_prob, old_log_prob or ref_log_prob is not an array of real floats, reward not one of numbers, mask
        not one of booleans, clip or beta not a number, or normalise neither True nor False.
    ValueError
        If the shapes do not fit, a group has fewer than two answers or no places, clip is not positive, beta is
        negative or infinite, or not 0 without a ref_log_prob, aggregation or reduction is unknown, inputs
        are too large for a value (∞ − ∞), or there is no token where they are to be averaged.

    Notes
    -----
    The gradient enters log_prob alone. Rewards that are all equal give advantages of 0; else nothing is added to
    std r, as libraries do (1e-4 or so). An answer without tokens is one of its group all the same. A traced call (jit,
    compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> log_prob = np.log(np.asarray([[0.5, 0.5], [0.25, 0.5]]))
    >>> grpo_loss(log_prob, log_prob, np.asarray([1, 0]), reduction="none").round(4)
    array([[-0.7071, -0.7071],
           [ 0.7071,  0.7071]])
    >>> round(float(grpo_loss(log_prob, log_prob - 1, np.asarray([1, 0]), normalise=False)), 4)
    0.3796

    References
    ----------
    Shao et al. (2024), https://arxiv.org/abs/2402.03300; two clips, and all tokens alike: Yu et al. (2025),
    https://arxiv.org/abs/2503.14476; without deviation and length: Liu et al. (2025),
    https://arxiv.org/abs/2503.20783. Chapter: reinforcement/group_relative.
    """
    one_of("token", "sequence", "constant", aggregation=aggregation)
    boolean(normalise=normalise)
    new, old, ref = answered(mask, log_prob=log_prob, old_log_prob=old_log_prob, ref_log_prob=ref_log_prob)
    beta = at_least(0, new, beta=beta)
    advantage = advantages(reward, new, normalise)[..., None]
    values = -advantage * clipped_ratio(new - old, advantage, clip)
    if not isinstance(beta, float) or beta:
        values = values + times(beta, k3(new, ref))
    given = [each for each in (log_prob, old_log_prob, ref_log_prob) if each is not None]
    return in_dtype_of(answers_of(values, mask, aggregation, reduction), *given)
