"""The losses without a target: a reward, or a preference."""

from math import inf
from typing import Any

import numpy as np

from lossbook import reinforcement
from lossbook.taxonomy.records import NO, YES, Curve, Hyperparameter, Lipschitz, Loss, Minimiser, Peer

# --- the answers that there are ---


def _either_way(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with each of the two answers as the one that was preferred."""
    chosen, rejected = fed
    return [(chosen, rejected), (rejected, chosen)]


def _good_and_bad(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with each verdict; without a baseline, from 0."""
    log_ratio, _, *baseline = fed
    return [(log_ratio, np.full(log_ratio.shape, y), *(baseline or [np.asarray(0.0)])) for y in (0, 1)]


# --- the peers ---


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
    ratio, by = (new - old).exp(), advantage[..., None]
    least = (ratio * by).minimum(clamp(ratio, 1 - clip, 1 + clip) * by)
    d = ref - new
    values = beta * (d.exp() - d - 1) - least
    return values if mask is None else values * mask


_BETA = "what a log-ratio is multiplied by to be a reward, positive"
_OF_PAIR: dict[str, Any] = {"has_target": False, "units": "nats", "smooth": YES}
_OF_RATIOS: dict[str, Any] = {
    **_OF_PAIR,
    "symbols": (r"\log \rho^+", r"\log \rho^-"),
    "arguments": r"\rho^+, \rho^-",
    "where": r"\rho = \pi(y \mid x) / \pi_{\mathrm{ref}}(y \mid x)",
    "inputs": ("log-ratio of the chosen", "log-ratio of the rejected"),
}
_OF_MEANS: dict[str, Any] = {
    **_OF_PAIR,
    "symbols": (r"\log p^+", r"\log p^-"),
    "arguments": "p^+, p^-",
    "where": r"\log p \text{ the mean log-probability of a token}",
    "answers": _either_way,
}


# --- the records ---

LOSSES = (
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
)
