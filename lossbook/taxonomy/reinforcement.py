"""The losses without a target: a reward that comes late, or a preference."""

from itertools import product
from math import inf, log1p, sqrt
from typing import Any

import numpy as np

from lossbook import reinforcement
from lossbook._ops import namespace
from lossbook.taxonomy.kinds import SIZES
from lossbook.taxonomy.peers import zero_labels
from lossbook.taxonomy.records import NO, YES, Claim, Curve, Hyperparameter, Lipschitz, Loss, Minimiser, Peer

A, K, M = SIZES["A"], SIZES["K"], SIZES["M"]
CLIP = 0.2  # of the ratio, at which its kinks are looked for
ENDS = (-2.0, 2.0)  # of the support, in the examples

# --- what the records share ---


def _discount(*values: float) -> Hyperparameter:
    return Hyperparameter(
        r"\gamma",
        "what the next state counts, in [0, 1]; 0 where an episode ends",
        values,
        (1, 1 + 1e-9),
        arrays=True,
        constant=True,
    )


_TEMPERATURE = r"\tau"
_HELD: dict[str, Any] = {"constant": ("reward", "next_value")}
_OF_ACTION: dict[str, Any] = {"has_target": False, "inputs": ("log-probability", "advantage"), "constant": ("advantage",)}
_BETA = "what a log-ratio is multiplied by to be a reward, positive"
_OF_PAIR: dict[str, Any] = {"has_target": False, "units": "nats", "smooth": YES}
_OF_RATIOS: dict[str, Any] = {
    **_OF_PAIR,
    "symbols": (r"\log \rho^+", r"\log \rho^-"),
    "arguments": r"\rho^+, \rho^-",
    "where": r"\rho = \pi(y \mid x) / \pi_{\mathrm{ref}}(y \mid x)",
    "inputs": ("log-ratio of the chosen", "log-ratio of the rejected"),
}


def _filled(value: Any, like: Any, own: tuple[int, ...] = ()) -> Any:
    """Return a value for each of the batch that an array begins with."""
    return np.broadcast_to(np.asarray(value), (*like, *own))


# --- the answers that are looked at ---


def _some_steps(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with a few rewards and next values."""
    value, *_ = fed
    return [
        (value, _filled(r, value.shape), _filled(v, value.shape)) for r, v in ((0.0, 0.0), (1.0, 0.0), (1.0, -3.0), (-2.0, 1.0))
    ]


def _some_transitions(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with each action, and a few rewards and next values, which pick for themselves."""
    q, batch = fed[0], fed[0].shape[:-1]
    ends = ((0.0, np.zeros(A)), (1.0, np.arange(A)))
    return [
        (q, _filled(action, batch), _filled(r, batch), _filled(v.astype(float), batch, (A,)), None)
        for action, (r, v) in product(range(A), ends)
    ]


def _some_returns(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with rewards that lead to one atom, between two, and with a next state that knows nothing."""
    logits, batch = fed[0], fed[0].shape[:-1]
    sure, open_ = np.eye(M)[0], np.full(M, 1 / M)
    return [
        (logits, _filled(r, batch), _filled(p, batch, (M,))) for r, p in ((-9.0, sure), (9.0, sure), (3.0, sure), (0.0, open_))
    ]


def _some_samples(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with samples that are all alike, and spread out."""
    theta, _ = fed
    samples = np.asarray([[3.0] * K, [0.0] * K, np.linspace(-12, 12, K)])
    return [(theta, _filled(each, theta.shape[:-1], (K,))) for each in samples]


def _some_advantages(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with an action that did better, and one that did worse."""
    log_prob, *_ = fed
    return [(log_prob, _filled(a, log_prob.shape)) for a in (1.0, -1.0)]


def _some_policies(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with either sign of advantage, from an old policy equal to the new one and one at its bound."""
    log_prob, *_ = fed
    old = {1.0: (0.0, -log1p(CLIP)), -1.0: (0.0, -log1p(-CLIP))}
    return [(log_prob, _filled(each, log_prob.shape), _filled(a, log_prob.shape)) for a, tried in old.items() for each in tried]


def _some_values(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with values of the actions that are alike, and in order."""
    logits, _ = fed
    return [(logits, _filled(q, logits.shape[:-1], (A,))) for q in (np.zeros(A), np.arange(A) - 1.0, 4.0 * np.eye(A)[0])]


def _either_way(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with each of the two answers as the one that was preferred."""
    chosen, rejected = fed
    return [(chosen, rejected), (rejected, chosen)]


def _good_and_bad(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with each verdict; without a baseline, from 0."""
    log_ratio, _, *baseline = fed
    return [(log_ratio, np.full(log_ratio.shape, y), *(baseline or [np.asarray(0.0)])) for y in (0, 1)]


_OF_MEANS: dict[str, Any] = {
    **_OF_PAIR,
    "symbols": (r"\log p^+", r"\log p^-"),
    "arguments": "p^+, p^-",
    "where": r"\log p \text{ the mean log-probability of a token}",
    "answers": _either_way,
}

# --- away from kinks, and what is read ---


def _within_bounds(log_prob: Any, old_log_prob: Any, advantage: Any) -> Any:
    """Return whether a ratio is away from both bounds."""
    d = log_prob - old_log_prob
    return (np.abs(d - log1p(CLIP)) > 1e-3) & (np.abs(d - log1p(-CLIP)) > 1e-3)


def _taken(q: Any, action: Any, *_: Any) -> Any:
    return np.arange(q.shape[-1]) == action[..., None]


# --- the peers ---


def _of_taken(q: Any, action: Any) -> Any:
    return q.gather(-1, action[..., None])[..., 0]


def _td(mse: Any, value: Any, reward: Any, next_value: Any, discount: float) -> Any:
    return mse(value, reward + discount * next_value, reduction="none")


def _q_learning(mse: Any, q: Any, action: Any, reward: Any, next_q: Any, selector: Any, discount: float) -> Any:
    best = next_q.max(-1).values if selector is None else _of_taken(next_q, selector.argmax(-1))
    return mse(_of_taken(q, action), reward + discount * best, reduction="none")


def _c51(cross_entropy: Any, logits: Any, reward: Any, next_probs: Any, support: Any, discount: float) -> Any:
    """Return it atom by atom, as papers have it: what is moved goes to the atoms below and above."""
    low, high = support
    xp, (count, atoms) = namespace(logits=logits), logits.shape
    gap = (high - low) / (atoms - 1)
    p = xp.zeros_like(logits)
    for j in range(atoms):
        place = ((reward + discount * (low + j * gap)).clamp(low, high) - low) / gap
        below = place.floor().long().clamp(max=atoms - 2)
        for atom, share in ((below, 1 - (place - below)), (below + 1, place - below)):
            p[xp.arange(count), atom] += next_probs[:, j] * share
    return cross_entropy(logits, p, reduction="none")


def _quantile(huber: Any, theta: Any, target: Any, kappa: float) -> Any:
    """Return it from torch's Huber loss, quantile by quantile; at κ = 0, from the error's size."""
    total = 0.0
    for i in range(theta.shape[-1]):
        u = target - theta[..., i : i + 1]
        size = huber(u, 0 * u, delta=kappa, reduction="none") / kappa if kappa else u.abs()
        level = (2 * i + 1) / (2 * theta.shape[-1])
        total = total + ((level - (u < 0).double()).abs() * size).mean(-1)
    return total


def _ppo(clamp: Any, log_prob: Any, old_log_prob: Any, advantage: Any, clip: float) -> Any:
    ratio = (log_prob - old_log_prob).exp()
    return -(ratio * advantage).minimum(clamp(ratio, 1 - clip, 1 + clip) * advantage)


def _soft_policy(kl_div: Any, logits: Any, q: Any, temperature: float) -> Any:
    """Return it by way of the divergence from the Boltzmann distribution, in torch."""
    log_pi, log_p = logits.log_softmax(-1), (q / temperature).log_softmax(-1)
    divergence = kl_div(log_p, log_pi, reduction="none", log_target=True).sum(-1)
    return temperature * (divergence - (q / temperature).logsumexp(-1))


def _preference(f: Any, chosen: Any, rejected: Any) -> Any:
    return -f(chosen - rejected)


def _dpo(f: Any, chosen: Any, rejected: Any, beta: float, label_smoothing: float) -> Any:
    lead = beta * (chosen - rejected)
    return -f(lead) * (1 - label_smoothing) - f(-lead) * label_smoothing


def _ipo(f: Any, chosen: Any, rejected: Any, beta: float) -> Any:
    return f(chosen - rejected, (0 * chosen + 1) / (2 * beta), reduction="none")


def _kto(
    f: Any, log_ratio: Any, desirable: Any, baseline: Any, beta: float, desirable_weight: float, undesirable_weight: float
) -> Any:
    gain = beta * (log_ratio - baseline)
    return desirable_weight * desirable * (1 - f(gain)) + undesirable_weight * (1 - desirable) * (1 - f(-gain))


def _orpo(f: Any, chosen: Any, rejected: Any) -> Any:
    return -f(chosen - rejected - (-chosen.expm1()).log() + (-rejected.expm1()).log())


def _simpo(f: Any, chosen: Any, rejected: Any, beta: float, margin: float) -> Any:
    return -f(beta * (chosen - rejected - margin / beta))


def _grpo(
    clamp: Any, new: Any, old: Any, reward: Any, mask: Any, ref: Any, clip: float, beta: float, normalise: bool, aggregation: str
) -> Any:
    """Return it as its paper has it, in torch; what the mean is over is another matter."""
    lead = reward - reward.mean(-1, keepdim=True)
    deviation = reward.std(-1, keepdim=True)
    advantage = lead / deviation.where(deviation > 0, deviation + 1) if normalise else lead
    d = 0 * new if ref is None else ref - new
    values = _ppo(clamp, new, old, advantage[..., None], clip) + beta * (d.exp() - d - 1)
    return values if mask is None else values * mask


def _expectile(mse: Any, prediction: Any, target: Any, level: float) -> Any:
    return (level - (target < prediction).double()).abs() * mse(prediction, target, reduction="none")


def _advantage_weighted(clamp: Any, log_prob: Any, advantage: Any, temperature: float, limit: float) -> Any:
    return -clamp((advantage / temperature).exp(), max=limit) * log_prob


def _rows(z: Any, count: int) -> Any:
    """Return rows of logits of which the first moves, and the others are 0."""
    return np.stack([z, *[0 * z] * (count - 1)], axis=-1)


def _lead_of_two(z: Any) -> Any:
    return np.stack([z, 0 * z], axis=-1)


# --- the heavy peers ---


def _in_rlax(function: Any, *given: Any) -> Any:
    """Return what a function of one example gives for a batch."""
    import jax

    return jax.vmap(function)(*given)


def _c51_in_rlax(f: Any, z: Any, r: Any, p: Any, support: Any, discount: float) -> Any:
    import jax.numpy as jnp

    low, high = support
    atoms = jnp.linspace(low, high, z.shape[-1], dtype=z.dtype)
    return _in_rlax(lambda z, r, w: f(atoms, z, r, jnp.asarray(discount), atoms, w), z, r, jnp.log(p))


def _quantile_in_rlax(f: Any, theta: Any, target: Any, kappa: float) -> Any:
    levels = (np.arange(theta.shape[-1]) + 0.5) / theta.shape[-1]
    return _in_rlax(lambda theta, y: f(theta, levels, y, kappa), theta, target) / (kappa or 1.0)


def _policy_gradient_in_rlax(f: Any, log_prob: Any, advantage: Any) -> Any:
    """Return it from logits of two actions, that which was taken and the other one."""
    import jax.numpy as jnp

    logits = jnp.stack([log_prob, jnp.log(-jnp.expm1(log_prob))], axis=-1)
    one = jnp.ones(1)
    return _in_rlax(lambda z, a: f(z[None], jnp.zeros(1, dtype=int), a[None], one), logits, advantage)


def expectile_of(samples: Any, level: float) -> Any:
    """Return the number from which what lies above, times the level, is as far as what lies below, times the rest."""
    middle = np.mean(samples)
    for _ in range(200):
        weight = np.where(samples < middle, 1 - level, level)
        middle = np.sum(weight * samples) / np.sum(weight)
    return middle


def _steepest(*_: Any, **__: Any) -> float:
    levels = (np.arange(M) + 0.5) / M
    return float(np.sqrt(np.sum(np.maximum(levels, 1 - levels) ** 2)))


# --- the records ---

LOSSES = (
    Loss(
        function=reinforcement.td_loss,
        title="TD",
        chapter="reinforcement/td",
        synonyms=("temporal difference", "TD(0)", "semi-gradient TD", "bootstrapping", "SARSA", "Bellman error", "critic loss"),
        summary="A value is held to the reward and to what the next state is thought to be worth.",
        formula=r"(r + \gamma v' - v)^2",
        gradient=r"-2\,(r + \gamma v' - v)",
        symbols=("v", "r", "v'"),
        arguments="v, r, v'",
        where=r"r + \gamma v' \text{ a constant}",
        inputs=("value", "reward", "next value"),
        **_HELD,
        units="those of r, squared",
        hyperparameters={"discount": _discount(0.99, 0.0)},
        answers=_some_steps,
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("none", lambda discount: inf),
        minimiser=Minimiser(r"mean of $r + \gamma v'$", None),
        peers=(Peer("torch.nn.functional.mse_loss", "none of its own: of the target, held constant by hand", _td),),
        heavy_peers=(
            Peer(
                "rlax.td_learning",
                "the error itself, neither squared nor reduced; one example",
                lambda f, v, r, v_next, discount: _in_rlax(lambda v, r, w: f(v, r, discount, w), v, r, v_next) ** 2,
            ),
        ),
        reference="Sutton (1988), https://doi.org/10.1007/BF00115009",
        curve=Curve("value, beside a target of 0", -3, 3, lambda v: reinforcement.td_loss(v, 0 * v, 0 * v, reduction="none")),
    ),
    Loss(
        function=reinforcement.q_learning_loss,
        title="Q-learning",
        chapter="reinforcement/q_learning",
        synonyms=("DQN", "double DQN", "double Q-learning", "deep Q-network", "Bellman optimality"),
        summary="The value of the action taken is held to the reward and to the best that can be done next.",
        formula=r"\bigl(r + \gamma \max_b Q'_b - Q_a\bigr)^2",
        gradient=r"-2\,[k = a]\,(r + \gamma \max_b Q'_b - Q_a)",
        symbols=("Q", "a", "r", "Q'"),
        arguments="Q, a, r, Q'",
        where=r"r + \gamma \max_b Q'_b \text{ a constant}",
        inputs=("action values", "action", "reward", "next action values"),
        named={"selector": "selector"},
        constant=("reward", "next_q", "selector"),
        units="those of r, squared",
        hyperparameters={"discount": _discount(0.99)},
        answers=_some_transitions,
        reads=_taken,
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("none", lambda discount: inf),
        minimiser=Minimiser(r"mean of $r + \gamma \max_b Q'_b$ over the times that $a$ was taken", None),
        peers=(Peer("torch.nn.functional.mse_loss", "none of its own: of the target, held constant by hand", _q_learning),),
        heavy_peers=(
            Peer(
                "rlax.double_q_learning",
                "the error itself; one example; always asks for a selector",
                lambda f, q, a, r, q_next, selector, discount: (
                    _in_rlax(
                        lambda q, a, r, w, s: f(q, a, r, discount, w, s),
                        q,
                        a,
                        r,
                        q_next,
                        q_next if selector is None else selector,
                    )
                    ** 2
                ),
            ),
        ),
        reference="Watkins and Dayan (1992), https://doi.org/10.1007/BF00992698",
        curve=Curve(
            "value of the action taken, beside a target of 0",
            -3,
            3,
            lambda q: reinforcement.q_learning_loss(
                _lead_of_two(q), zero_labels(q), 0 * q, 0 * _lead_of_two(q), reduction="none"
            ),
        ),
    ),
    Loss(
        function=reinforcement.categorical_td_loss,
        title="Categorical TD",
        chapter="reinforcement/distributional",
        synonyms=("C51", "categorical DQN", "distributional RL", "Rainbow", "two-hot", "histogram loss"),
        summary="Not the mean return but its whole distribution, on fixed atoms, by cross-entropy to the target's.",
        formula=r"-\sum_i p_i \log q_i",
        gradient=r"q_i - p_i",
        symbols=("z", "r", "p'"),
        arguments="z, r, p'",
        where=r"q = \operatorname{softmax}(z), \; p \text{ what } p' \text{ becomes, moved to } r + \gamma x \text{ and shared among the atoms } x",
        inputs=("logits of atoms", "reward", "probabilities of atoms"),
        constant=("reward", "next_probs"),
        units="nats",
        hyperparameters={
            "support": Hyperparameter("x_1, x_M", "the first atom and the last", (list(ENDS),), constant=True),
            "discount": _discount(0.99),
        },
        answers=_some_returns,
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz(r"$\sqrt 2$", lambda support, discount: sqrt(2)),
        minimiser=Minimiser("$q$ = mean of $p$", None),
        peers=(
            Peer(
                "torch.nn.functional.cross_entropy",
                "none of its own: to the target's distribution, shared out atom by atom",
                _c51,
            ),
        ),
        heavy_peers=(
            Peer(
                "rlax.categorical_td_learning",
                "one example; takes the atoms, and logits of the next state too",
                _c51_in_rlax,
            ),
        ),
        reference="Bellemare et al. (2017), https://arxiv.org/abs/1707.06887",
        curve=Curve(
            "logit of the atom that the target falls on",
            -3,
            3,
            lambda z: reinforcement.categorical_td_loss(
                _rows(z, 3), 0 * z - 9, _rows(0 * z + 1, 3), support=ENDS, discount=0.0, reduction="none"
            ),
        ),
    ),
    Loss(
        function=reinforcement.quantile_td_loss,
        title="Quantile TD",
        chapter="reinforcement/distributional",
        synonyms=("QR-DQN", "quantile regression", "quantile Huber loss", "IQN", "TQC"),
        summary="Quantiles of the return, each found by pricing too low and too high at odds.",
        formula=r"\sum_i \frac1K \sum_j \bigl|\tau_i - [u_{ij} < 0]\bigr|\, \frac{H_\kappa(u_{ij})}{\kappa}",
        gradient=r"-\frac1K \sum_j \bigl|\tau_i - [u_{ij} < 0]\bigr|\, \max(-1, \min(1, u_{ij} / \kappa))",
        symbols=(r"\theta", "y"),
        arguments=r"\theta, y",
        where=r"u_{ij} = y_j - \theta_i, \; \tau_i = (2 i - 1) / 2M, \; H_\kappa \text{ Huber}",
        inputs=("quantiles", "samples of the target"),
        constant=("target",),
        units="those of y",
        hyperparameters={
            "kappa": Hyperparameter(r"\kappa", "up to which size an error is squared, at least 0", (1.0, 0.0), (0, -1e-9))
        },
        answers=_some_samples,
        orderless=("K",),
        convex=YES,
        smooth=Claim(r"for $\kappa > 0$", lambda kappa: kappa > 0),
        lipschitz=Lipschitz(r"$\sqrt{\sum_i \max(\tau_i, 1 - \tau_i)^2}$", _steepest),
        minimiser=Minimiser(
            r"at $\kappa = 0$, the quantiles of $y$ at the levels $\tau_i$; else rounded towards expectiles", None
        ),
        peers=(
            Peer("torch.nn.functional.huber_loss", "none of its own: quantile by quantile, from Huber's loss over κ", _quantile),
        ),
        heavy_peers=(
            Peer(
                "rlax.quantile_regression_loss",
                "one example; sums over the quantiles of the source; not divided by κ",
                _quantile_in_rlax,
            ),
        ),
        reference="Dabney et al. (2018), https://doi.org/10.1609/aaai.v32i1.11791",
        curve=Curve(
            "quantile at level ½, beside a target of 0",
            -3,
            3,
            lambda q: reinforcement.quantile_td_loss(q[..., None], 0 * q[..., None], reduction="none"),
        ),
    ),
    Loss(
        function=reinforcement.policy_gradient_loss,
        title="Policy gradient",
        chapter="reinforcement/policy_gradient",
        synonyms=("REINFORCE", "score function", "vanilla policy gradient", "A2C", "actor loss"),
        summary="Actions that did better than expected become likelier; only the gradient means something.",
        formula=r"-A \log \pi",
        gradient=r"-A",
        symbols=(r"\log \pi", "A"),
        arguments=r"\log \pi, A",
        where=r"A \text{ a constant}",
        **_OF_ACTION,
        units="those of A",
        answers=_some_advantages,
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("$|A|$", lambda: 1.0),
        minimiser=Minimiser(
            "none: where an action did worse than expected it falls without end; its gradient is what counts", None
        ),
        peers=(
            Peer(
                "torch.mul",
                "none of its own: minus the product, the advantage held constant by hand",
                lambda f, log_p, a: -f(a, log_p),
            ),
        ),
        heavy_peers=(
            Peer(
                "rlax.policy_gradient_loss",
                "takes logits and actions, and weights; the mean over time",
                _policy_gradient_in_rlax,
            ),
        ),
        reference="Williams (1992), https://doi.org/10.1007/BF00992696",
        curve=Curve(
            "log π of an action of advantage 1",
            -3,
            0,
            lambda t: reinforcement.policy_gradient_loss(t, 0 * t + 1, reduction="none"),
        ),
    ),
    Loss(
        function=reinforcement.ppo_loss,
        title="PPO",
        chapter="reinforcement/ppo",
        synonyms=("proximal policy optimisation", "clipped surrogate", "CLIP objective", "ClipPPOLoss"),
        summary="The policy gradient at the ratio to an older policy, which stops once that has moved enough.",
        formula=r"-\min\bigl(\rho A,\; [\rho]_{1 - \ell}^{1 + h}\, A\bigr)",
        gradient=r"-\rho A, \text{ or } 0 \text{ where } A > 0, \rho > 1 + h \text{ or } A < 0, \rho < 1 - \ell",
        symbols=(r"\log \pi", r"\log \pi_{\text{old}}", "A"),
        arguments=r"\log \pi, \log \pi_{\text{old}}, A",
        where=r"\rho = \pi / \pi_{\text{old}}, \; \ell = h \text{ where one number is given}",
        inputs=("log-probability", "old log-probability", "advantage"),
        has_target=False,
        constant=("old_log_prob", "advantage"),
        units="those of A",
        hyperparameters={
            "clip": Hyperparameter(
                r"\ell, h", "how far the ratio may go from 1, positive: one number, or two", (CLIP,), (1e-3, 0)
            )
        },
        answers=_some_policies,
        apart=_within_bounds,
        convex=NO,
        smooth=NO,
        lipschitz=Lipschitz(r"none; $(1 + h)\,A$ for $A \ge 0$", lambda clip: inf),
        minimiser=Minimiser(r"$\rho \ge 1 + h$ where $A > 0$, $\rho \le 1 - \ell$ where $A < 0$, each where it can be had", None),
        peers=(Peer("torch.clamp", "none of its own: the smaller of two products", _ppo),),
        heavy_peers=(
            Peer(
                "rlax.clipped_surrogate_pg_loss",
                "takes the ratio; the mean over time",
                lambda f, log_p, old, a, clip: _in_rlax(
                    lambda d, a: f(namespace(d=d).exp(d)[None], a[None], clip), log_p - old, a
                ),
            ),
        ),
        reference="Schulman et al. (2017), https://arxiv.org/abs/1707.06347",
        curve=Curve(
            "log-ratio of an action of advantage 1",
            -1,
            1,
            lambda t: reinforcement.ppo_loss(t, 0 * t, 0 * t + 1, reduction="none"),
        ),
    ),
    Loss(
        function=reinforcement.soft_policy_loss,
        title="Soft policy",
        chapter="reinforcement/soft_policy",
        synonyms=(
            "SAC",
            "soft actor-critic",
            "maximum entropy",
            "entropy regularisation",
            "Boltzmann policy",
            "policy improvement",
        ),
        summary="The value that a policy expects, and its entropy at a price: the reverse divergence from a Boltzmann distribution.",
        formula=r"\sum_a \pi_a \bigl(\tau \log \pi_a - Q_a\bigr)",
        gradient=r"\pi_a \bigl(\tau \log \pi_a - Q_a - L\bigr)",
        symbols=("z", "Q"),
        arguments="z, Q",
        where=r"\pi = \operatorname{softmax}(z)",
        inputs=("logits of actions", "fixed action values"),
        has_target=False,
        constant=("q",),
        units="those of Q",
        hyperparameters={
            "temperature": Hyperparameter(
                _TEMPERATURE, "the price of entropy, in units of Q for each nat, positive", (0.5, 2.0), (1e-3, 0)
            )
        },
        answers=_some_values,
        convex=NO,
        smooth=YES,
        lipschitz=Lipschitz("bounded, by a number without a formula", lambda temperature: None),
        minimiser=Minimiser(r"$\pi = \operatorname{softmax}(Q / \tau)$", None),
        peers=(
            Peer(
                "torch.nn.functional.kl_div",
                "none of its own: τ KL(π ‖ softmax(Q/τ)) − τ logsumexp(Q/τ)",
                _soft_policy,
            ),
        ),
        reference="Haarnoja et al. (2018), https://arxiv.org/abs/1801.01290",
        curve=Curve(
            "logit of the better of two actions",
            -3,
            3,
            lambda z: reinforcement.soft_policy_loss(_lead_of_two(z), _lead_of_two(0 * z + 1), temperature=0.5, reduction="none"),
        ),
    ),
    Loss(
        function=reinforcement.preference_loss,
        title="Preference",
        chapter="reinforcement/preference",
        synonyms=("Bradley-Terry model", "reward model loss", "reward modelling", "RLHF reward loss"),
        summary="Which of two answers is better? A reward for each, whose difference says how sure one can be.",
        formula=r"-\log \operatorname{sigmoid}(z^+ - z^-)",
        gradient=r"-\operatorname{sigmoid}(z^- - z^+), \; \partial L / \partial z^- = \operatorname{sigmoid}(z^- - z^+)",
        **_OF_PAIR,
        symbols=("z^+", "z^-"),
        arguments="z^+, z^-",
        where="",
        inputs=("reward of the chosen", "reward of the rejected"),
        answers=_either_way,
        convex=YES,
        lipschitz=Lipschitz("1", lambda: 1.0),
        minimiser=Minimiser("a difference of rewards that is the logarithm of the odds with which one answer is preferred", None),
        peers=(
            Peer(
                "torch.nn.functional.logsigmoid",
                "none of its own: minus this of the difference",
                _preference,
            ),
        ),
        reference="Christiano et al. (2017), https://arxiv.org/abs/1706.03741",
        curve=Curve(
            "lead of the chosen answer's reward",
            -3,
            3,
            lambda z: reinforcement.preference_loss(z, 0 * z, reduction="none"),
        ),
    ),
    Loss(
        function=reinforcement.dpo_loss,
        title="DPO",
        chapter="reinforcement/preference",
        synonyms=("direct preference optimization", "direct preference optimisation", "conservative DPO", "cDPO"),
        summary="The reward model and the policy in one: the log-ratio to a reference is the reward.",
        formula=r"-(1 - \varepsilon) \log \operatorname{sigmoid}\bigl(\beta \log \tfrac{\rho^+}{\rho^-}\bigr) "
        r"- \varepsilon \log \operatorname{sigmoid}\bigl(\beta \log \tfrac{\rho^-}{\rho^+}\bigr)",
        gradient=r"-\beta\,(1 - \varepsilon - q), \; q = \operatorname{sigmoid}\bigl(\beta \log \tfrac{\rho^+}{\rho^-}\bigr)",
        **_OF_RATIOS,
        answers=_either_way,
        hyperparameters={
            "beta": Hyperparameter(r"\beta", _BETA, (0.1, 1.0), (1e-9, 0)),
            "label_smoothing": Hyperparameter(
                r"\varepsilon", "share of the preferences that are taken to be wrong, in [0, 1]", (0.0, 0.1), (1, 1.0001)
            ),
        },
        convex=YES,
        lipschitz=Lipschitz(
            r"$\beta \max(\varepsilon, 1 - \varepsilon)$",
            lambda beta, label_smoothing: beta * max(label_smoothing, 1 - label_smoothing),
        ),
        minimiser=Minimiser(
            r"at $\varepsilon = 0$, a difference of log-ratios that is $1/\beta$ times the logarithm of the odds of being preferred",
            None,
        ),
        peers=(
            Peer(
                "torch.nn.functional.logsigmoid",
                "none of its own: minus this of β times the difference",
                _dpo,
            ),
        ),
        reference="Rafailov et al. (2023), https://arxiv.org/abs/2305.18290",
        curve=Curve(
            "difference of the log-ratios, at β = 1",
            -3,
            3,
            lambda d: reinforcement.dpo_loss(d, 0 * d, beta=1.0, reduction="none"),
        ),
    ),
    Loss(
        function=reinforcement.ipo_loss,
        title="IPO",
        chapter="reinforcement/preference",
        synonyms=("identity preference optimization", "identity preference optimisation", "PsiPO"),
        summary="DPO with an end: a difference of log-ratios to reach, and not to exceed.",
        formula=r"\bigl(\log \tfrac{\rho^+}{\rho^-} - \tfrac{1}{2\beta}\bigr)^2",
        gradient=r"2 \bigl(\log \tfrac{\rho^+}{\rho^-} - \tfrac{1}{2\beta}\bigr)",
        **{**_OF_RATIOS, "units": "nats, squared"},
        hyperparameters={
            "beta": Hyperparameter(r"\beta", "the difference to reach is 1/2β, positive", (0.1, 1.0), (1e-9, 0)),
        },
        convex=YES,
        lipschitz=Lipschitz("none", lambda beta: inf),
        minimiser=Minimiser(
            r"a difference of log-ratios of $\tfrac{1}{2\beta}$, times how much more often one answer is preferred than the other",
            lambda beta: (1 / (2 * beta), 0.0),
        ),
        peers=(
            Peer(
                "torch.nn.functional.mse_loss",
                "none of its own: this of the difference and 1/2β",
                _ipo,
            ),
        ),
        reference="Azar et al. (2024), https://arxiv.org/abs/2310.12036",
        curve=Curve(
            "difference of the log-ratios, at β = ½",
            -1,
            3,
            lambda d: reinforcement.ipo_loss(d, 0 * d, beta=0.5, reduction="none"),
        ),
    ),
    Loss(
        function=reinforcement.kto_loss,
        title="KTO",
        chapter="reinforcement/preference",
        synonyms=("Kahneman-Tversky optimization", "Kahneman–Tversky optimisation", "unpaired preference loss"),
        summary="No pairs: single answers, good or bad, as gain or loss from where the policy stands on average.",
        formula=r"\lambda_y \bigl(1 - \operatorname{sigmoid}(\pm \beta (\log \rho - b))\bigr)",
        gradient=r"\mp \lambda_y\, \beta\, q\,(1 - q), \; q = \operatorname{sigmoid}(\beta (\log \rho - b))",
        symbols=(r"\log \rho", "y"),
        arguments=r"\rho, y",
        where=r"\rho = \pi / \pi_{\mathrm{ref}} \text{ of an answer}, \; b \text{ the baseline}, \; {+} \text{ for } y = 1",
        inputs=("log-ratio of an answer", "desirable"),
        named={"baseline": "baseline"},
        constant=("baseline",),
        answers=_good_and_bad,
        units="none, from 0 to the weight",
        hyperparameters={
            "beta": Hyperparameter(r"\beta", _BETA, (0.1, 1.0), (1e-9, 0)),
            "desirable_weight": Hyperparameter(r"\lambda_1", "weight of a good answer, at least 0", (1.0, 0.5), (0, -1e-9)),
            "undesirable_weight": Hyperparameter(r"\lambda_0", "weight of a bad answer, at least 0", (1.0,), (0, -1e-9)),
        },
        convex=NO,
        smooth=YES,
        lipschitz=Lipschitz(
            r"$\tfrac14 \beta \max(\lambda_0, \lambda_1)$",
            lambda beta, desirable_weight, undesirable_weight: beta * max(desirable_weight, undesirable_weight) / 4,
        ),
        minimiser=Minimiser("none: it falls for ever toward the verdict that weighs more, however close the two", None),
        peers=(
            Peer(
                "torch.sigmoid",
                "none of its own: one line with its sigmoid",
                _kto,
            ),
        ),
        reference="Ethayarajh et al. (2024), https://arxiv.org/abs/2402.01306",
        curve=Curve(
            "log-ratio of a good answer, at β = 1",
            -3,
            3,
            lambda d: reinforcement.kto_loss(d, 1 + 0 * d, baseline=0.0, beta=1.0, reduction="none"),
        ),
    ),
    Loss(
        function=reinforcement.orpo_loss,
        title="ORPO",
        chapter="reinforcement/preference",
        synonyms=(
            "odds ratio preference optimization",
            "odds-ratio preference optimisation",
            "monolithic preference optimization",
        ),
        summary="No reference: the odds of one answer against those of the other, beside the cross-entropy of the better.",
        formula=r"-\log \operatorname{sigmoid}\bigl(\log \tfrac{p^+}{1 - p^+} - \log \tfrac{p^-}{1 - p^-}\bigr)",
        gradient=r"-\frac{1 - q}{1 - p^+}, \; q = \operatorname{sigmoid}\bigl(\log \tfrac{p^+}{1 - p^+} - \log \tfrac{p^-}{1 - p^-}\bigr)",
        **_OF_MEANS,
        inputs=("mean log-probability of the chosen, below 0", "mean log-probability of the rejected, below 0"),
        convex=NO,
        lipschitz=Lipschitz("none", lambda: inf),
        minimiser=Minimiser("a ratio of the odds of a token that is the odds with which one answer is preferred", None),
        peers=(
            Peer(
                "torch.nn.functional.logsigmoid",
                "none of its own: minus this of the difference of log-odds",
                _orpo,
            ),
        ),
        reference="Hong, Lee and Thorne (2024), https://arxiv.org/abs/2403.07691",
        curve=Curve(
            "mean probability of a chosen token, of a rejected one ½",
            0.02,
            0.98,
            lambda p: reinforcement.orpo_loss(np.log(p), np.log(0 * p + 0.5), reduction="none"),
        ),
    ),
    Loss(
        function=reinforcement.simpo_loss,
        title="SimPO",
        chapter="reinforcement/preference",
        synonyms=("simple preference optimization", "simple preference optimisation", "reference-free preference loss"),
        summary="No reference, and length counts for nothing: mean log-probabilities, which should differ by a margin.",
        formula=r"-\log \operatorname{sigmoid}\bigl(\beta \log \tfrac{p^+}{p^-} - m\bigr)",
        gradient=r"-\beta\,(1 - q), \; q = \operatorname{sigmoid}\bigl(\beta \log \tfrac{p^+}{p^-} - m\bigr)",
        **_OF_MEANS,
        inputs=("mean log-probability of the chosen", "mean log-probability of the rejected"),
        hyperparameters={
            "beta": Hyperparameter(
                r"\beta", "what a mean log-probability is multiplied by to be a reward, positive", (2.0, 1.0), (1e-9, 0)
            ),
            "margin": Hyperparameter(
                "m", "the lead of the chosen answer's reward that is asked for, at least 0", (1.0, 0.0), (0, -1e-9)
            ),
        },
        convex=YES,
        lipschitz=Lipschitz(r"$\beta$", lambda beta, margin: beta),
        minimiser=Minimiser(
            r"at $m = 0$, a lead of the rewards that is the logarithm of the odds of being preferred; with a margin, one further from 0, but for even odds",
            None,
        ),
        peers=(
            Peer(
                "torch.nn.functional.logsigmoid",
                "none of its own; elsewhere the margin may stand inside β, as m/β",
                _simpo,
            ),
        ),
        reference="Meng, Xia and Chen (2024), https://arxiv.org/abs/2405.14734",
        curve=Curve(
            "difference of the mean log-probabilities",
            -2,
            3,
            lambda d: reinforcement.simpo_loss(d, 0 * d, reduction="none"),
        ),
    ),
    Loss(
        function=reinforcement.grpo_loss,
        title="GRPO",
        chapter="reinforcement/group_relative",
        synonyms=("group relative policy optimization", "group-relative policy optimisation", "DAPO", "Dr. GRPO"),
        summary="Several answers to one question: those above the group's mean become more likely, the others less.",
        formula=r"-\min\bigl(\rho A, \operatorname{clip}(\rho, 1 - c, 1 + c)\,A\bigr) + \beta\,(e^d - d - 1)",
        gradient=r"-\rho A \text{ where it is not clipped, and } \beta\,(1 - e^d)",
        has_target=False,
        symbols=(r"\log \pi", r"\log \pi_{\mathrm{old}}", "r"),
        arguments=r"\rho, r",
        where=r"A = (r - \operatorname{mean} r) / \operatorname{std} r, \; \rho = \pi / \pi_{\mathrm{old}}, "
        r"\; d = \log \pi_{\mathrm{ref}} - \log \pi",
        inputs=("log-probabilities of tokens", "old log-probabilities of tokens", "rewards of a group"),
        named={"mask": "mask of tokens", "ref_log_prob": "reference's log-probabilities of tokens"},
        constant=("old_log_prob", "reward", "ref_log_prob"),
        orderless=("G",),
        keeps=("G", "T"),
        rounding=1e-14,
        units="those of the advantage",
        hyperparameters={
            "clip": Hyperparameter("c", "how far the ratio counts, below 1 and above, positive", (0.2,), (1e-9, 0)),
            "beta": Hyperparameter(r"\beta", "weight of the divergence from the reference, at least 0", (0.0, 0.3), (0, -1e-9)),
            "normalise": Hyperparameter("", "whether to divide by the group's deviation", (True, False)),
            "aggregation": Hyperparameter("", "what the mean is over", ("token", "sequence", "constant")),
        },
        convex=NO,
        smooth=NO,
        lipschitz=Lipschitz("none", lambda clip, beta, normalise, aggregation: inf),
        minimiser=Minimiser("none: a surrogate, of which the gradient alone is meant, near the old policy", None),
        peers=(
            Peer(
                "torch.clamp",
                "none of its own: some lines with its clamp; libraries add about 1e-4 to the deviation",
                _grpo,
            ),
        ),
        reference="Shao et al. (2024), https://arxiv.org/abs/2402.03300",
        curve=Curve(
            "log-ratio of an answer above the mean",
            -1,
            1,
            lambda d: reinforcement.grpo_loss(
                np.stack([d, 0 * d], axis=-1)[..., None],
                np.zeros((*d.shape, 2, 1)),
                np.broadcast_to([2.0, 0.0], (*d.shape, 2)),
                normalise=False,
                reduction="none",
            )[..., 0, 0],
        ),
    ),
    Loss(
        function=reinforcement.expectile_loss,
        title="Expectile",
        chapter="reinforcement/offline",
        synonyms=("IQL", "implicit Q-learning", "asymmetric least squares", "expectile regression"),
        summary="Squared error in which too low costs more than too high: near level 1, the best that is on record.",
        formula=r"\bigl|\ell - [y < v]\bigr| \, (y - v)^2",
        gradient=r"-2\, \bigl|\ell - [y < v]\bigr| \, (y - v)",
        symbols=("v", "y"),
        arguments="v, y",
        where="",
        inputs=("value", "observed value"),
        constant=("target",),
        units="those of y, squared",
        hyperparameters={
            "level": Hyperparameter(r"\ell", "the share of the price that falls on too low, in (0, 1)", (0.7, 0.25), (1e-3, 0))
        },
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("none", lambda level: inf),
        minimiser=Minimiser(r"the expectile at $\ell$; the mean at $\tfrac12$, the largest as $\ell \to 1$", expectile_of),
        peers=(Peer("torch.nn.functional.mse_loss", "none of its own: weighted by hand", _expectile),),
        heavy_peers=(
            Peer(
                "rlax.expectile_loss",
                "the same; never reduced; has no default level, and lets the gradient into the target",
                lambda f, v, y, level: f(v, y, level),
            ),
        ),
        reference="Newey and Powell (1987), https://doi.org/10.2307/1911031",
        curve=Curve("residual v − y", -3, 3, lambda r: reinforcement.expectile_loss(r, 0 * r, reduction="none")),
    ),
    Loss(
        function=reinforcement.advantage_weighted_loss,
        title="Advantage-weighted",
        chapter="reinforcement/offline",
        synonyms=("AWR", "AWAC", "advantage-weighted regression", "weighted behaviour cloning", "MARWIL"),
        summary="The likelihood of actions on record, the better ones counting more.",
        formula=r"-\min\bigl(e^{A / \tau},\, w_{\max}\bigr) \log \pi",
        gradient=r"-\min\bigl(e^{A / \tau},\, w_{\max}\bigr)",
        symbols=(r"\log \pi", "A"),
        arguments=r"\log \pi, A",
        where=r"A \text{ a constant}",
        **_OF_ACTION,
        units="nats",
        hyperparameters={
            "temperature": Hyperparameter(
                _TEMPERATURE, "how much better makes an action count e times, in units of A, positive", (1.0, 3.0), (1e-3, 0)
            ),
            "limit": Hyperparameter(r"w_{\max}", "the largest weight, positive", (100.0, 2.0), (1e-3, 0)),
        },
        answers=_some_advantages,
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz(r"$\min(e^{A / \tau}, w_{\max})$", lambda temperature, limit: min(np.exp(1 / temperature), limit)),
        minimiser=Minimiser(
            r"the policy on record, each action weighted: $\pi \propto \mu\, \min(e^{A / \tau}, w_{\max})$", None
        ),
        peers=(Peer("torch.clamp", "none of its own: a weight by hand", _advantage_weighted),),
        reference="Peng et al. (2019), https://arxiv.org/abs/1910.00177",
        curve=Curve(
            "log π of an action of advantage 1",
            -3,
            0,
            lambda t: reinforcement.advantage_weighted_loss(t, 0 * t + 1, reduction="none"),
        ),
    ),
    Loss(
        function=reinforcement.conservative_loss,
        title="Conservative",
        chapter="reinforcement/offline",
        synonyms=("CQL", "conservative Q-learning", "CQL(H)", "pessimism"),
        summary="What all actions are valued at together, less the value of the one on record: a penalty on what nobody tried.",
        formula=r"\log \sum_b e^{Q_b} - Q_a",
        gradient=r"q_k - [k = a]",
        symbols=("Q", "a"),
        arguments="Q, a",
        where=r"q = \operatorname{softmax}(Q)",
        inputs=("values as logits", "action"),
        units="nats",
        convex=YES,
        smooth=YES,
        proper=YES,
        lipschitz=Lipschitz(r"$\sqrt 2$", lambda: sqrt(2)),
        minimiser=Minimiser(r"$\operatorname{softmax}(Q)$ = the policy on record", lambda p: p),
        peers=(
            Peer(
                "torch.nn.functional.cross_entropy",
                "the same: values as logits, actions as classes",
                lambda f, q, a: f(q, a, reduction="none"),
            ),
        ),
        reference="Kumar et al. (2020), https://arxiv.org/abs/2006.04779",
        curve=Curve(
            "value of the action on record, beside another of 0",
            -3,
            3,
            lambda q: reinforcement.conservative_loss(_lead_of_two(q), zero_labels(q), reduction="none"),
        ),
    ),
)
