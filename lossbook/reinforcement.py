"""Losses without a target: nobody gives the right answer; there is a reward, late and noisy, or a preference."""

import math

from lossbook._ops import (
    acted, advantages, answered, answers_of, at_least, beside_targets, best_of, between, boolean, bootstrapped, class_scores,
    clipped_ratio, constant, exp_up_to, expectation, good_or_bad, in_dtype_of, in_time, k3, log_odds, log_softmax, mean, mixed,
    next_in_time, no_silent_nan, of_class, of_each_row, on_support, one_of, one_step_errors, positive, priced, reduce,
    same_shape, settled, sigmoid, softplus, steepness, sums_from_here, times, unit, wide,
)  # fmt: skip
from lossbook._types import Array, Reduction, Scalar

__all__ = [
    "td_loss", "q_learning_loss", "categorical_td_loss", "quantile_td_loss", "policy_gradient_loss", "ppo_loss",
    "generalised_advantages", "vtrace_targets", "soft_policy_loss", "preference_loss", "dpo_loss", "ipo_loss", "kto_loss",
    "orpo_loss", "simpo_loss", "grpo_loss", "expectile_loss", "advantage_weighted_loss", "conservative_loss",
]  # fmt: skip


@no_silent_nan
def td_loss(
    value: Array, reward: Array, next_value: Array, *, discount: Scalar | Array = 0.99, reduction: Reduction = "mean"
) -> Array:
    r"""Temporal-difference loss: a value is held to the reward and to the discounted value of what comes next.

    .. math:: L(v, r, v') = (r + \gamma v' - v)^2

    The gradient enters value alone: the target r + γ v' is a constant (a semi-gradient), and there is no ½.

    Parameters
    ----------
    value : array of float, shape (...)
        The value v of the present state, or of the action taken there.
    reward : array of float, shape (...)
        The reward r on the way to the next state.
    next_value : array of float, shape (...)
        The value v' of the next state; anything finite or infinite where the discount is 0.
    discount : float in [0, 1], or array of float, shape (...)
        The discount γ; of an array, 0 where the episode has ended.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in squared units of the reward

    Raises
    ------
    TypeError
        If value, reward or next_value is not an array of real floats, or discount neither a number nor one of numbers.
    ValueError
        If the shapes differ, discount is outside [0, 1], inputs are too large for a value (∞ − ∞),
        the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    No gradient flows into the discount either. In half precision it computes in float32. A traced call
    (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> value, reward, next_value = np.asarray([1.0, 1.0]), np.asarray([0.0, 2.0]), np.asarray([3.0, 7.0])
    >>> td_loss(value, reward, next_value, discount=np.asarray([0.5, 0.0]), reduction="none").tolist()
    [0.25, 1.0]

    References
    ----------
    Sutton (1988), https://doi.org/10.1007/BF00115009. Chapter: reinforcement/td.
    """
    same_shape(value=value, reward=reward, next_value=next_value)
    error = bootstrapped(reward, discount, next_value) - wide(value)
    return reduce(in_dtype_of(error * error, value, reward, next_value), reduction)


@no_silent_nan
def q_learning_loss(
    q: Array,
    action: Array,
    reward: Array,
    next_q: Array,
    *,
    discount: Scalar | Array = 0.99,
    selector: Array | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Q-learning: the value of the action taken is held to the reward and to the best that can be done next.

    .. math:: L(Q, a, r, Q') = \bigl(r + \gamma \max_b Q'_b - Q_a\bigr)^2

    The gradient enters q alone, at the action taken. With a selector S it is double Q-learning: in place
    of the maximum stands :math:`Q'_b` at :math:`b = \arg\max S`.

    Parameters
    ----------
    q : array of float, shape (..., A)
        The values Q of the A actions in the present state.
    action : array of int, shape (...)
        The action a taken, from 0 to A − 1.
    reward : array of float, shape (...)
        The reward r.
    next_q : array of float, shape (..., A)
        The values Q' of the actions in the next state, of a target network, say; −∞ closes an action.
    discount : float in [0, 1], or array of float, shape (...)
        The discount γ; of an array, 0 where the episode has ended.
    selector : array of float, shape (..., A), optional
        The values by which the next action is picked, of the online network, say. Left out, next_q picks its own.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in squared units of the reward

    Raises
    ------
    TypeError
        If q, reward, next_q or selector is not an array of real floats, action not one of integers, or
        discount neither a number nor one of numbers.
    ValueError
        If the shapes do not fit, action is none of A, discount is outside [0, 1], inputs are too
        large for a value (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    Of equal values the first is the best. A traced call (jit, compile, vmap) checks types and shapes;
    values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> q, next_q = np.asarray([[1.0, 2.0]]), np.asarray([[3.0, 5.0]])
    >>> action, reward = np.asarray([1]), np.asarray([1.0])
    >>> float(q_learning_loss(q, action, reward, next_q, discount=0.5))
    2.25
    >>> float(q_learning_loss(q, action, reward, next_q, discount=0.5, selector=np.asarray([[4.0, 0.0]])))
    0.25

    References
    ----------
    Watkins and Dayan (1992), https://doi.org/10.1007/BF00992698; the selector: van Hasselt et al. (2016),
    https://doi.org/10.1609/aaai.v30i1.10295. Chapter: reinforcement/q_learning.
    """
    scores, taken = acted(action, q=q)
    same_shape(q=q, next_q=next_q)
    of_each_row("actions", q=q, reward=reward)
    error = bootstrapped(reward, discount, best_of(next_q, selector)) - wide(of_class(scores, taken))
    floats = (q, reward, next_q) if selector is None else (q, reward, next_q, selector)
    return reduce(in_dtype_of(error * error, *floats), reduction)


@no_silent_nan
def categorical_td_loss(
    logits: Array,
    reward: Array,
    next_probs: Array,
    *,
    support: tuple[float, float],
    discount: Scalar | Array = 0.99,
    reduction: Reduction = "mean",
) -> Array:
    r"""Categorical temporal difference (C51): the whole distribution of the return, on fixed atoms, by cross-entropy.

    .. math:: L(z, r, p') = -\sum_i p_i \log q_i \qquad q = \operatorname{softmax}(z), \quad
              p_i = \sum_j p'_j \max\Bigl(0,\, 1 - \tfrac{1}{\Delta} \bigl|[r + \gamma x_j]_{x_1}^{x_M} - x_i\bigr|\Bigr)

    The atoms :math:`x_1 < \dots < x_M` lie Δ apart. Those of the next state, p', are moved by reward and
    discount; each is cut off at the ends and shared out between its two neighbours. The gradient enters
    logits alone: p is a constant.

    Parameters
    ----------
    logits : array of float, shape (..., M)
        Unnormalised scores z of M ≥ 2 atoms, in the present state.
    reward : array of float, shape (...)
        The reward r.
    next_probs : array of float, shape (..., M)
        The probabilities p' of the atoms in the next state; each row sums to 1.
    support : float in pairs, low < high
        The first atom and the last, finite; the others are evenly spaced between.
    discount : float in [0, 1], or array of float, shape (...)
        The discount γ; of an array, 0 where the episode has ended.
    reduction : {"mean", "sum", "none"}
        "mean" is over the batch of the sum over the atoms.

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If logits, reward or next_probs is not an array of real floats, support no pair of numbers, or
        discount neither a number nor an array of numbers.
    ValueError
        If the shapes do not fit, there is one atom only, next_probs holds no probabilities, support is not finite
        or low not below high, discount is outside [0, 1], inputs are too large for a value (∞ − ∞), the
        reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    It is the Kullback–Leibler divergence from p to q but for the entropy of p, which no gradient sees. A traced call
    (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> logits, next_probs = np.asarray([[0.0, 1.0, 0.0]]), np.asarray([[0.0, 1.0, 0.0]])
    >>> round(float(categorical_td_loss(logits, np.asarray([0.5]), next_probs, support=(-1.0, 1.0))), 4)
    1.0514

    References
    ----------
    Bellemare et al. (2017), https://arxiv.org/abs/1707.06887. Chapter: reinforcement/distributional.
    """
    p = on_support(logits, reward, next_probs, discount, support)
    values = -expectation(p, log_softmax(wide(logits)))
    return reduce(in_dtype_of(values, logits, reward, next_probs), reduction)


@no_silent_nan
def quantile_td_loss(quantiles: Array, target: Array, *, kappa: Scalar = 1.0, reduction: Reduction = "mean") -> Array:
    r"""Quantile regression of the return: each quantile is held to samples of the target, too low and too high at its own price.

    .. math:: L(\theta, y) = \sum_i \frac1K \sum_j \bigl|\tau_i - [u_{ij} < 0]\bigr| \, \frac{H_\kappa(u_{ij})}{\kappa}
              \qquad u_{ij} = y_j - \theta_i, \quad \tau_i = \frac{2i - 1}{2M}

    :math:`H_\kappa` is the Huber loss: u²/2 up to κ, then κ (|u| − κ/2). At κ = 0 what stands there is |u|, which makes
    the pinball loss. The gradient enters quantiles alone: the target is a constant.

    Parameters
    ----------
    quantiles : array of float, shape (..., M)
        M quantiles θ of the return, those of the levels τ in the middle of M equal parts.
    target : array of float, shape (..., K)
        K equally likely samples y of the target: r + γ θ', say, for each quantile θ' of the next state.
    kappa : float >= 0
        Up to which size an error counts squared, in units of the return.
    reduction : {"mean", "sum", "none"}
        "mean" is over the batch of the sum over the quantiles.

    Returns
    -------
    array, scalar or shape (...), in units of the return

    Raises
    ------
    TypeError
        If quantiles or target is not an array of real floats, or kappa not a number.
    ValueError
        If the shapes do not fit, there are no quantiles or no samples, kappa is negative or infinite, inputs are
        too large for a value (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    Divided by κ, as in IQN's paper; QR-DQN's has H_κ itself, and so have rlax and others: κ times this. The two agree at
    κ = 1. A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(quantile_td_loss(np.asarray([[0.0, 2.0]]), np.asarray([[1.0]]), kappa=0.0))
    0.5

    References
    ----------
    Dabney et al. (2018), https://doi.org/10.1609/aaai.v32i1.11791. Chapter: reinforcement/distributional.
    """
    xp, theta, levels, y = beside_targets(quantiles, target)
    kappa = at_least(0, theta, kappa=kappa)
    u = y - theta
    # As in smooth_l1_loss: the slope is u / kappa, but at most 1 in size.
    slope = steepness(u, kappa)
    rounded = slope * (u - kappa / 2 * slope)
    each = mean(priced(u, levels, rounded), axis=-1)
    return reduce(in_dtype_of(xp.sum(each, axis=-1), quantiles, target), reduction)


@no_silent_nan
def policy_gradient_loss(log_prob: Array, advantage: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Policy gradient (REINFORCE): actions that did better than expected become likelier, by as much as they did better.

    .. math:: L(\log \pi, A) = -A \log \pi

    The gradient enters log_prob alone: the advantage is a constant. The value says nothing of how good the policy
    is; only its gradient is that of the expected return, and only at the policy that took the actions.

    Parameters
    ----------
    log_prob : array of float, shape (...)
        The log-probability log π of the action taken, or its log-density.
    advantage : array of float, shape (...)
        How much better the action was than expected, A: the return, or the return less a baseline.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in units of the reward

    Raises
    ------
    TypeError
        If log_prob or advantage is not an array of real floats.
    ValueError
        If the shapes differ, inputs are too large for a value (∞ · 0), the reduction is unknown, or an
        empty batch is to be averaged.

    Notes
    -----
    An advantage of 0 silences even log 0. A traced call (jit, compile, vmap) checks types and shapes.

    Examples
    --------
    >>> import numpy as np
    >>> policy_gradient_loss(np.asarray([-1.0, -2.0]), np.asarray([2.0, -0.5]), reduction="none").tolist()
    [2.0, -1.0]

    References
    ----------
    Williams (1992), https://doi.org/10.1007/BF00992696. Chapter: reinforcement/policy_gradient.
    """
    same_shape(log_prob=log_prob, advantage=advantage)
    return reduce(times(-constant(advantage), log_prob), reduction)


@no_silent_nan
def ppo_loss(
    log_prob: Array,
    old_log_prob: Array,
    advantage: Array,
    *,
    clip: Scalar | tuple[Scalar, Scalar] = 0.2,
    reduction: Reduction = "mean",
) -> Array:
    r"""Proximal policy optimisation: the policy gradient by a ratio to an older policy, which stops where that moved enough.

    .. math:: L(\log \pi, \log \pi_{\text{old}}, A) = -\min\bigl(\rho A,\; [\rho]_{1 - \ell}^{1 + h}\, A\bigr)
              \qquad \rho = \pi / \pi_{\text{old}}

    The gradient enters log_prob alone. It is 0 where ρ has passed the bound in the direction that the advantage asks for;
    where ρ has gone astray in the other direction it is whole.

    Parameters
    ----------
    log_prob : array of float, shape (...)
        The log-probability log π of the action taken.
    old_log_prob : array of float, shape (...)
        The same under the policy that took it, a constant.
    advantage : array of float, shape (...)
        How much better the action was than expected, A, a constant.
    clip : float > 0, or two of them
        How far ρ may go from 1, or (ℓ, h): how far below, and how far above. From ℓ = 1 on nothing holds it below.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in units of the reward

    Raises
    ------
    TypeError
        If log_prob, old_log_prob or advantage is not an array of real floats, or clip neither a number nor a pair of numbers.
    ValueError
        If the shapes differ, clip is not positive and finite, inputs are too large for a value (∞ − ∞),
        the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    At ρ = 1 value and gradient are those of −ρ A, the gradient that of policy_gradient_loss. For a negative advantage nothing
    bounds the value: ρ is e to the difference, and overflows where that does. A traced call (jit, compile, vmap) checks
    types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> log_prob, old = np.log(np.asarray([0.75, 0.75])), np.log(np.asarray([0.5, 0.5]))
    >>> [round(each, 4) for each in ppo_loss(log_prob, old, np.asarray([1.0, -1.0]), reduction="none").tolist()]
    [-1.2, 1.5]

    References
    ----------
    Schulman et al. (2017), https://arxiv.org/abs/1707.06347. Chapter: reinforcement/ppo.
    """
    same_shape(log_prob=log_prob, old_log_prob=old_log_prob, advantage=advantage)
    log_ratio, gain = wide(log_prob) - wide(constant(old_log_prob)), wide(constant(advantage))
    return reduce(in_dtype_of(-gain * clipped_ratio(log_ratio, gain, clip), log_prob, old_log_prob, advantage), reduction)


@no_silent_nan
def generalised_advantages(
    reward: Array,
    value: Array,
    next_value: Array,
    *,
    discount: Scalar | Array = 0.99,
    trace: Scalar | Array = 0.95,
    mask: Array | None = None,
) -> Array:
    r"""Generalised advantage estimation: errors of one step, summed up ahead with weights that fall.

    .. math:: A_t = \delta_t + \gamma_t \lambda A_{t+1} \qquad \delta_t = r_t + \gamma_t v'_t - v_t

    At λ = 0 it is the error of one step, of the least variance; at λ = 1 the return less the value, without the bias
    of a wrong value. After the last step there is nothing.

    Parameters
    ----------
    reward : array of float, shape (..., T)
        The reward r of each of T steps.
    value : array of float, shape (..., T)
        The value v of the state before each step.
    next_value : array of float, shape (..., T)
        The value v' of the state after it: mostly the next step's value; at the last, or where a time limit cut the episode
        off, that of the state that nobody acted in.
    discount : float in [0, 1], or array of float, shape (..., T)
        The discount γ; of an array, 0 where the episode has ended.
    trace : float in [0, 1], or array of float, shape (..., T)
        The weight λ of what later steps tell; of an array, 0 also where a time limit cut the episode off: what
        follows there belongs to another one.
    mask : array of bool, shape (..., T), optional
        True where a step counts. The advantage of the others is 0, and nothing passes through them.

    Returns
    -------
    array, shape (..., T), in units of the reward
        A constant to the gradient.

    Raises
    ------
    TypeError
        If reward, value or next_value is not an array of real floats, mask not one of booleans, or discount or trace
        neither a number nor an array of numbers.
    ValueError
        If the shapes differ, there is no axis of time, discount or trace is outside [0, 1], or inputs are too large for a
        value (∞ − ∞).

    Notes
    -----
    Nothing is standardised. In half precision it sums in float32. A traced call (jit, compile, vmap) checks types and shapes;
    values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> reward, value, next_value = np.asarray([1.0, 1.0]), np.asarray([1.0, 2.0]), np.asarray([2.0, 0.0])
    >>> generalised_advantages(reward, value, next_value, discount=0.5, trace=0.5).tolist()
    [0.75, -1.0]

    References
    ----------
    Schulman et al. (2016), https://arxiv.org/abs/1506.02438. Chapter: reinforcement/ppo.
    """
    shares = {"discount": discount, "trace": trace}
    gamma, weight, r, v, v_next = in_time(mask, shares, reward=reward, value=value, next_value=next_value)
    return in_dtype_of(sums_from_here(one_step_errors(r, gamma, v, v_next), gamma * weight), reward, value, next_value)


@no_silent_nan
def vtrace_targets(
    log_ratio: Array,
    reward: Array,
    value: Array,
    next_value: Array,
    *,
    discount: Scalar | Array = 0.99,
    rho_clip: Scalar = 1.0,
    c_clip: Scalar = 1.0,
    trace: Scalar | Array = 1.0,
) -> tuple[Array, Array]:
    r"""V-trace: targets and advantages from actions that another policy took, their weights cut off.

    .. math:: g_t = v_t + \rho_t \delta_t + \gamma_t c_t (g_{t+1} - v_{t+1}) \qquad
              A_t = \rho_t (r_t + \gamma_t g_{t+1} - v_t)

    Here δ is the error of one step, r + γ v' − v; ρ = min(ρ̄, w) and c = min(c̄, w), where w is the ratio of the policies.
    After the last step, its next_value stands for the target g, and no error is left. This is at a trace λ of 1; in general
    λ is a factor of c, and in the advantage λ g + (1 − λ) v' stands for g.

    Parameters
    ----------
    log_ratio : array of float, shape (..., T)
        log w: the log-probability of the action taken, less that under the policy that took it.
    reward : array of float, shape (..., T)
        The reward r of each of T steps.
    value : array of float, shape (..., T)
        The value v of the state before each step.
    next_value : array of float, shape (..., T)
        The value v' of the state after it.
    discount : float in [0, 1], or array of float, shape (..., T)
        The discount γ; of an array, 0 where the episode has ended.
    rho_clip : float > 0
        The bound ρ̄, which decides whose value is found: a policy's between the two.
    c_clip : float > 0
        The bound c̄, which decides how far errors are carried back: how fast, and not whither.
    trace : float in [0, 1], or array of float, shape (..., T)
        A further weight λ of what later steps tell; of an array, 0 where a time limit cut the episode off: what
        follows there belongs to another one, and next_value stands for the target g.

    Returns
    -------
    array, shape (..., T), in units of the reward, twice
        The targets g and the advantages A, both constants to the gradient.

    Raises
    ------
    TypeError
        If log_ratio, reward, value or next_value is not an array of real floats, rho_clip or c_clip not a
        number, or discount or trace neither a number nor an array of numbers.
    ValueError
        If the shapes differ, there is no axis of time, discount or trace is outside [0, 1], a bound is not positive and
        finite, or inputs are too large for a value (∞ − ∞).

    Notes
    -----
    At a ratio of 1 the targets are the value plus generalised_advantages at a trace of 1. In half precision it sums in float32. A
    traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> log_ratio, reward = np.log(np.asarray([0.5, 2.0])), np.asarray([1.0, 1.0])
    >>> value, next_value = np.asarray([1.0, 2.0]), np.asarray([2.0, 0.0])
    >>> targets, advantages = vtrace_targets(log_ratio, reward, value, next_value, discount=0.5)
    >>> targets.round(9).tolist(), advantages.round(9).tolist()
    ([1.25, 1.0], [0.25, -1.0])

    References
    ----------
    Espeholt et al. (2018), https://arxiv.org/abs/1802.01561. Chapter: reinforcement/off_policy.
    """
    given = {"log_ratio": log_ratio, "reward": reward, "value": value, "next_value": next_value}
    gamma, weight, w, r, v, v_next = in_time(None, {"discount": discount, "trace": trace}, **given)
    rho, c = exp_up_to(w, settled(positive(w, rho_clip=rho_clip))), exp_up_to(w, settled(positive(w, c_clip=c_clip)))
    targets = v + sums_from_here(rho * one_step_errors(r, gamma, v, v_next), gamma * weight * c)
    later = mixed(weight, next_in_time(targets, v_next), v_next)
    advantages = rho * one_step_errors(r, gamma, v, later)
    return in_dtype_of(targets, *given.values()), in_dtype_of(advantages, *given.values())


@no_silent_nan
def soft_policy_loss(logits: Array, q: Array, *, temperature: Scalar, reduction: Reduction = "mean") -> Array:
    r"""Soft policy improvement: the value that a policy expects, and its entropy at a price.

    .. math:: L(z, Q) = \sum_a \pi_a \bigl(\tau \log \pi_a - Q_a\bigr) \qquad \pi = \operatorname{softmax}(z)

    That is :math:`\tau\, D_{\mathrm{KL}}(\pi \,\|\, \operatorname{softmax}(Q / \tau)) - \tau \log \sum_a e^{Q_a / \tau}`. The
    gradient enters logits (and the temperature): Q is a constant.

    Parameters
    ----------
    logits : array of float, shape (..., A)
        Unnormalised scores z of A actions; −∞ closes an action.
    q : array of float, shape (..., A)
        The values Q of the actions, a constant.
    temperature : float > 0
        The price τ of entropy, in units of the reward for each nat.
    reduction : {"mean", "sum", "none"}
        "mean" is over the batch of the sum over the actions.

    Returns
    -------
    array, scalar or shape (...), in units of the reward

    Raises
    ------
    TypeError
        If logits or q is not an array of real floats, or temperature not a number.
    ValueError
        If the shapes differ, there are no actions, temperature is not positive and finite, inputs are too large for a
        value (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    The sum runs over all actions: no action is sampled. A traced call (jit, compile, vmap) checks types and shapes; values
    that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(soft_policy_loss(np.asarray([[1.0, 0.0]]), np.asarray([[1.0, 0.0]]), temperature=1.0)), 4)
    -1.3133

    References
    ----------
    Haarnoja et al. (2018), https://arxiv.org/abs/1801.01290. Chapter: reinforcement/soft_policy.
    """
    xp = same_shape(logits=logits, q=q)
    class_scores(logits, "logits", "A", "action")
    temperature = positive(logits, temperature=temperature)
    log_pi = log_softmax(wide(logits))
    # An action that is closed has no value, and costs nothing.
    log_pi_or_0, value = (xp.where(log_pi == -math.inf, 0.0, each) for each in (log_pi, wide(constant(q))))
    costs = temperature * log_pi_or_0 - value
    return reduce(in_dtype_of(expectation(xp.exp(log_pi), costs), logits, q), reduction)


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


@no_silent_nan
def expectile_loss(prediction: Array, target: Array, *, level: Scalar = 0.7, reduction: Reduction = "mean") -> Array:
    r"""Expectile loss: squared error in which too low costs more than too high, or less.

    .. math:: L(v, y) = \bigl|\ell - [y < v]\bigr| \, (y - v)^2

    Near level 1 the prediction is almost the largest target there is: of the values of the actions in a record, the best
    one's, without asking for an action that is not there (implicit Q-learning). The gradient enters prediction alone: the
    target is a constant, and there is no ½.

    Parameters
    ----------
    prediction : array of float, shape (...)
        The value v.
    target : array of float, shape (...)
        What it is held to, y: the value of the action taken, say.
    level : float in (0, 1)
        The share ℓ of the price that falls on too low; 0.5 gives half the L2 loss.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in squared units of the target

    Raises
    ------
    TypeError
        If prediction or target is not an array of real floats, or level not a number.
    ValueError
        If the shapes differ, level is outside (0, 1), inputs are too large for a value (∞ − ∞), the reduction is
        unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(expectile_loss(np.asarray([3.0, 0.0]), np.asarray([1.0, 2.0]), level=0.75))
    2.0

    References
    ----------
    Newey and Powell (1987), https://doi.org/10.2307/1911031; as a value: Kostrikov et al. (2022),
    https://arxiv.org/abs/2110.06169. Chapter: reinforcement/offline.
    """
    same_shape(prediction=prediction, target=target)
    level = between(0, 1, "1", prediction, level=level)
    r = constant(target) - prediction
    return reduce(priced(r, level, r * r), reduction)


@no_silent_nan
def advantage_weighted_loss(
    log_prob: Array, advantage: Array, *, temperature: Scalar = 1.0, limit: Scalar = 100.0, reduction: Reduction = "mean"
) -> Array:
    r"""Advantage-weighted regression: the likelihood of actions in a record, the better ones counting more.

    .. math:: L(\log \pi, A) = -\min\bigl(e^{A / \tau},\, w_{\max}\bigr) \log \pi

    The gradient enters log_prob (and the hyperparameters): the advantage is a constant.

    Parameters
    ----------
    log_prob : array of float, shape (...)
        The log-probability log π of the action taken, or its log-density.
    advantage : array of float, shape (...)
        How much better the action was than expected, A.
    temperature : float > 0
        How much better, τ, makes an action count e times, in units of the reward.
    limit : float > 0
        The largest weight that there is.
    reduction : {"mean", "sum", "none"}
        "mean" is over the batch: nothing is divided by the sum of the weights.

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If log_prob or advantage is not an array of real floats, or temperature or limit not a number.
    ValueError
        If the shapes differ, temperature or limit is not positive and finite, inputs are too large for a value
        (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> log_prob, advantage = np.asarray([-1.0, -1.0]), np.asarray([0.0, 9.0])
    >>> [round(each, 6) for each in advantage_weighted_loss(log_prob, advantage, reduction="none").tolist()]
    [1.0, 100.0]

    References
    ----------
    Peng et al. (2019), https://arxiv.org/abs/1910.00177. Chapter: reinforcement/offline.
    """
    same_shape(log_prob=log_prob, advantage=advantage)
    gain = wide(constant(advantage))
    temperature, limit = positive(gain, temperature=temperature), positive(gain, limit=limit)
    weight = exp_up_to(gain / temperature, limit)
    return reduce(in_dtype_of(-times(weight, wide(log_prob)), log_prob, advantage), reduction)


@no_silent_nan
def conservative_loss(q: Array, action: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Conservative penalty (CQL): what all actions are valued at together, less the value of the one in the record.

    .. math:: L(Q, a) = \log \sum_b e^{Q_b} - Q_a

    It is cross-entropy, the values serving as logits: what nobody tried is pushed down. It stands beside a loss
    that holds the values to returns, with a weight of its own.

    Parameters
    ----------
    q : array of float, shape (..., A)
        The values Q of the A actions; −∞ closes an action.
    action : array of int, shape (...)
        The action a in the record, from 0 to A − 1.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in units of the reward, which serves as nats

    Raises
    ------
    TypeError
        If q is not an array of real floats, or action not one of integers.
    ValueError
        If the shapes do not fit, action is none of A, inputs are too large for a value (∞ − ∞), the reduction
        is unknown, or an empty batch is to be averaged.

    Notes
    -----
    At least 0, and 0 only in the limit where the action's value is far above all others. A traced call (jit, compile, vmap)
    checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(conservative_loss(np.asarray([[1.0, 1.0]]), np.asarray([0]))), 4)
    0.6931

    References
    ----------
    Kumar et al. (2020), https://arxiv.org/abs/2006.04779. Chapter: reinforcement/offline.
    """
    q, action = acted(action, q=q)
    return reduce(-of_class(log_softmax(q), action), reduction)
