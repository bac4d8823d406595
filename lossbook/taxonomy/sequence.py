"""The losses for one thing after another."""

from dataclasses import replace
from itertools import product
from math import inf, sqrt
from typing import Any

import numpy as np

from lossbook import sequence
from lossbook._ops import namespace
from lossbook.taxonomy.classification import tilted
from lossbook.taxonomy.kinds import SIZES
from lossbook.taxonomy.peers import zero_labels
from lossbook.taxonomy.records import NO, YES, Claim, Curve, Hyperparameter, Lipschitz, Loss, Minimiser, Peer

C, T = SIZES["C"], SIZES["T"]
HIGHEST = 4.0  # of the costs at which minimum risk is looked at; the lowest is 0


# --- the answers that there are ---


def _each_class(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with each class as the label, and all steps counted."""
    logits, _, *rest = fed
    return [(logits, np.full(logits.shape[:-1], k), *(None for _ in rest)) for k in range(C)]


def _some_candidates(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with each class as the one that is unwanted, and with two of them."""
    logits, _, *rest = fed
    chosen = np.asarray([*np.eye(C), *(1 - np.eye(C))], dtype=bool)
    return [(logits, np.broadcast_to(each, logits.shape), *(None for _ in rest)) for each in chosen]


def _every_transcript(most: int, batch: tuple[int, ...]) -> list[tuple[Any, Any]]:
    """Return all sequences of labels of up to a length, filled up to it, and their lengths, for each of a batch."""
    told = [each for length in range(most + 1) for each in product(range(1, C), repeat=length)]
    filled = [np.asarray([*each, *[1] * (most - len(each))], dtype=np.int64) for each in told]
    return [(np.broadcast_to(y, (*batch, most)), np.full(batch, len(each))) for y, each in zip(filled, told, strict=True)]


def _every_alignment(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with everything that can be said in as many steps."""
    logits, _, *_ = fed
    batch = logits.shape[:-2]
    return [(logits, y, np.full(batch, T), lengths) for y, lengths in _every_transcript(T, batch)]


def _every_way(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with all that can be said with as many labels as there is room for; after the last, only the blank."""
    logits, _, *_ = fed
    batch = logits.shape[:-3]
    full = np.arange(logits.shape[-2])[:, None] == logits.shape[-2] - 1
    closed = np.where(full & (np.arange(C) > 0), -1e9, logits)
    return [(closed, y, np.full(batch, T), lengths) for y, lengths in _every_transcript(SIZES["U"], batch)]


def _some_series(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with three series: at rest, on the way, and back and forth."""
    x, _, *rest = fed
    steps = np.linspace(0, 1, SIZES["S"])[:, None]
    paths = (0 * steps, 12 * steps, np.sin(7 * steps))
    shape = (*x.shape[:-2], SIZES["S"], SIZES["D"])
    return [(x, np.broadcast_to(path, shape), *(None for _ in rest)) for path in paths]


def _some_costs(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with each candidate as the only one that costs something, and with all others."""
    log_probs, _ = fed
    only = np.eye(SIZES["K"])
    return [(log_probs, np.broadcast_to(HIGHEST * cost, log_probs.shape)) for cost in (*only, *(1 - only))]


def _some_teachers(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with teachers that are sure of a class, that waver between two, and that know nothing."""
    logits, _, *rest = fed
    known = (*40 * np.eye(C), *np.eye(C), np.zeros(C))
    return [(logits, np.broadcast_to(teacher, logits.shape), *(None for _ in rest)) for teacher in known]


# --- the peers ---


def _counted(values: Any, mask: Any) -> Any:
    return values if mask is None else values * mask


def _token(f: Any, logits: Any, y: Any, mask: Any, label_smoothing: float, z_weight: float) -> Any:
    values = f(logits, y, reduction="none", label_smoothing=label_smoothing) + z_weight * logits.logsumexp(-1) ** 2
    return _counted(values, mask)


def _unlikelihood(logsumexp: Any, logits: Any, candidates: Any, mask: Any) -> Any:
    """Return it with each class left out in turn, in torch."""
    own = namespace(logits=logits).eye(logits.shape[-1], dtype=bool)
    others = logsumexp(logits[..., None, :].masked_fill(own, -inf), -1)
    return _counted(((logsumexp(logits, -1)[..., None] - others) * candidates).sum(-1), mask)


def _lengths(logits: Any, y: Any, lengths: Any, target_lengths: Any) -> tuple[Any, Any]:
    full = [namespace(y=y).full(y.shape[:1], size) for size in (logits.shape[1], y.shape[1])]
    return full[0] if lengths is None else lengths, full[1] if target_lengths is None else target_lengths


def _ctc_in_torch(f: Any, logits: Any, y: Any, lengths: Any, target_lengths: Any, blank: int) -> Any:
    lengths, target_lengths = _lengths(logits, y, lengths, target_lengths)
    return f(logits.log_softmax(-1).transpose(0, 1), y, lengths, target_lengths, blank=blank, reduction="none")


def _ctc_in_optax(f: Any, logits: Any, y: Any, lengths: Any, target_lengths: Any, blank: int) -> Any:
    import jax.numpy as jnp

    lengths, target_lengths = _lengths(logits, y, lengths, target_lengths)
    beyond, after = (jnp.arange(each.shape[1]) >= size[:, None] for each, size in ((logits, lengths), (y, target_lengths)))
    values = f(logits, beyond.astype(logits.dtype), y, after.astype(logits.dtype), blank_id=blank)
    return jnp.where(values > 5e4, jnp.inf, values)


def _transducer(logaddexp: Any, logits: Any, y: Any, lengths: Any, target_lengths: Any, blank: int) -> Any:
    """Return the recursion as its paper has it, place by place, in torch."""
    lengths, target_lengths = _lengths(logits, y, lengths, target_lengths)
    xp, log_q = namespace(y=y), logits.log_softmax(-1)
    told = log_q[:, :, :-1].gather(-1, y[:, None, :, None].expand(-1, log_q.shape[1], -1, 1))[..., 0]
    reached: list[list[Any]] = []
    for t in range(log_q.shape[1]):
        reached.append([])
        for u in range(log_q.shape[2]):
            ways = [reached[t - 1][u] + log_q[:, t - 1, u, blank]] if t else []
            ways += [reached[t][u - 1] + told[:, t, u - 1]] if u else []
            reached[t].append(logaddexp(*ways) if len(ways) == 2 else ways[0] if ways else 0 * log_q[:, 0, 0, 0])
    rows = xp.arange(len(y))
    final = xp.stack([xp.stack(row, axis=-1) for row in reached], axis=1)[rows, lengths - 1, target_lengths]
    return -final - log_q[rows, lengths - 1, target_lengths, blank]


def _in_warprnnt(make: Any, logits: Any, y: Any, lengths: Any, target_lengths: Any, blank: int) -> Any:
    lengths, target_lengths = _lengths(logits, y, lengths, target_lengths)
    return make(blank=blank, reduction="none")(logits, *(each.int() for each in (y, lengths, target_lengths)))


def _soft_dtw(logsumexp: Any, x: Any, y: Any, lengths: Any, target_lengths: Any, gamma: float) -> Any:
    """Return the recursion as its paper has it, cell by cell, in torch."""
    lengths, target_lengths = _lengths(x, y, lengths, target_lengths)
    xp = namespace(x=x)
    costs = ((x[:, :, None] - y[:, None]) ** 2).sum(-1)
    cells: dict[tuple[int, int], Any] = {}
    for i in range(x.shape[1]):
        for j in range(y.shape[1]):
            before = [cells[at] for at in ((i - 1, j), (i, j - 1), (i - 1, j - 1)) if at in cells]
            best = -gamma * logsumexp(xp.stack([-each / gamma for each in before]), 0) if before else 0.0
            cells[i, j] = costs[:, i, j] + best
    every = xp.stack([xp.stack([cells[i, j] for j in range(y.shape[1])], axis=-1) for i in range(x.shape[1])], axis=1)
    return every[xp.arange(len(x)), lengths - 1, target_lengths - 1]


def _soft_dtw_divergence(logsumexp: Any, x: Any, y: Any, lengths: Any, target_lengths: Any, gamma: float) -> Any:
    itself = [_soft_dtw(logsumexp, each, each, n, n, gamma) for each, n in ((x, lengths), (y, target_lengths))]
    return _soft_dtw(logsumexp, x, y, lengths, target_lengths, gamma) - (itself[0] + itself[1]) / 2


def _distillation(f: Any, logits: Any, teacher: Any, mask: Any, temperature: float) -> Any:
    log_q, log_p = ((each / temperature).log_softmax(-1) for each in (logits, teacher))
    return _counted(temperature**2 * f(log_q, log_p, reduction="none", log_target=True).sum(-1), mask)


def _jsd(f: Any, logits: Any, teacher: Any, mask: Any, beta: float, temperature: float) -> Any:
    log_q, log_p = ((each / temperature).log_softmax(-1) for each in (logits, teacher))
    log_m = (beta * log_p.exp() + (1 - beta) * log_q.exp()).log()
    of_p, of_q = (f(log_m, each, reduction="none", log_target=True).sum(-1) for each in (log_p, log_q))
    return _counted(beta * of_p + (1 - beta) * of_q, mask)


def _aligns(logits: Any, y: Any, lengths: Any = None, target_lengths: Any = None) -> Any:
    """Return whether the steps suffice: one for each label, and for a blank between two that are alike."""
    count = np.full(y.shape[:-1], y.shape[-1]) if target_lengths is None else target_lengths
    pairs = np.arange(1, y.shape[-1]) < count[..., None]
    alike = np.sum((y[..., 1:] == y[..., :-1]) & pairs, axis=-1)
    return count + alike <= (logits.shape[-2] if lengths is None else lengths)


def _three_steps(z: Any) -> tuple[Any, Any]:
    """Return logits of three steps and two classes, in which that of the label moves, and the label."""
    return np.stack(np.broadcast_arrays(0.0, z[..., None] * np.ones(3)), axis=-1), np.ones((*z.shape, 1), dtype=np.int64)


def _two_from_one(r: Any) -> tuple[Any, Any]:
    """Return a series of two points at r, and one of a single point at 0."""
    return np.stack([r, r], axis=-1)[..., None], np.zeros((*r.shape, 1, 1))


def _lead(z: Any) -> Any:
    return np.stack([z, 0 * z, 0 * z], axis=-1)


_BLANK = Hyperparameter(r"\varnothing", "the class of the blank", (0,), names="C")
_TEMPERATURE = Hyperparameter(r"\tau", "what both logits are divided by, positive", (1.0, 2.0), (1e-3, 0))
_OF_STEPS: dict[str, Any] = {"named": {"mask": "mask of steps"}, "units": "nats"}
_OF_TEACHER: dict[str, Any] = {
    **_OF_STEPS,
    "symbols": ("z", "z'"),
    "arguments": "z, z'",
    "inputs": ("logits", "teacher's logits"),
    "answers": _some_teachers,
    "constant": ("teacher_logits",),
}
_GAMMA = Hyperparameter(r"\gamma", "how far from the cheapest a way still counts, positive", (1.0, 0.1), (1e-3, 0))
_OF_SERIES: dict[str, Any] = {
    "symbols": ("x", "y"),
    "arguments": "x, y",
    "inputs": ("series", "another series"),
    "named": {"lengths": "length", "target_lengths": "length of the other"},
    "units": "those of x, squared",
    "hyperparameters": {"gamma": _GAMMA},
    "answers": _some_series,
    "convex": NO,
    "smooth": YES,
    "lipschitz": Lipschitz("none", lambda gamma: inf),
}

LOSSES = (
    Loss(
        function=sequence.token_cross_entropy,
        title="Token cross-entropy",
        chapter="sequence/token_cross_entropy",
        synonyms=(
            "language model loss",
            "causal LM loss",
            "next-token prediction",
            "perplexity",
            "z-loss",
            "masked cross-entropy",
        ),
        summary="The likelihood of a whole text as a sum over its steps, each a classification given those before.",
        formula=r"-\log q_y + \lambda \log^2 \sum_k e^{z_k}",
        gradient=r"q_k - [k = y] + 2 \lambda\, q_k \log \sum_j e^{z_j}",
        symbols=("z", "y"),
        arguments="z, y",
        where=r"q = \operatorname{softmax}(z)",
        inputs=("logits", "class"),
        **_OF_STEPS,
        answers=_each_class,
        hyperparameters={
            "label_smoothing": Hyperparameter(
                r"\varepsilon", "share of the uniform distribution in the target, in [0, 1]", (0.0, 0.1), (1, 1 + 1e-9)
            ),
            "z_weight": Hyperparameter(
                r"\lambda", "weight of the squared logarithm of softmax's denominator, at least 0", (0.0, 0.05), (0, -1e-9)
            ),
        },
        convex=Claim(
            r"at $\lambda = 0$; else where $\log \sum_k e^{z_k} \ge -1 / (2 \lambda)$",
            lambda label_smoothing, z_weight: z_weight == 0,
        ),
        smooth=YES,
        proper=Claim("without smoothing", lambda label_smoothing, z_weight: label_smoothing == 0),
        lipschitz=Lipschitz(
            r"at most $\sqrt 2$ at $\lambda = 0$, else none",
            lambda label_smoothing, z_weight: inf if z_weight else sqrt(2),
        ),
        minimiser=Minimiser(
            r"$q_k = (1 - \varepsilon)\,p_k + \varepsilon / C$",
            lambda p, label_smoothing, z_weight: tilted(p, label_smoothing=label_smoothing),
        ),
        peers=(
            Peer(
                "torch.nn.functional.cross_entropy",
                "classes on axis 1; leaves out where y is −100, also in the mean; no z-loss",
                _token,
            ),
        ),
        reference="Bengio et al. (2003), https://www.jmlr.org/papers/v3/bengio03a.html",
        curve=Curve(
            "logit of the right class", -3, 3, lambda z: sequence.token_cross_entropy(_lead(z), zero_labels(z), reduction="none")
        ),
    ),
    Loss(
        function=sequence.ctc_loss,
        title="CTC",
        chapter="sequence/ctc",
        synonyms=("connectionist temporal classification",),
        summary="Labels in their order, at whichever steps: the likelihood is added up over all alignments.",
        formula=r"-\log \sum_{\pi \,:\, B(\pi) = y} \prod_t q_{t, \pi_t}",
        gradient=r"q_{t, k} - P(\pi_t = k \mid B(\pi) = y)",
        symbols=("z", "y"),
        arguments="z, y",
        where=r"q_t = \operatorname{softmax}(z_t), \; B \text{ joins repeats, then drops blanks}",
        inputs=("logits of steps", "labels"),
        named={"lengths": "number of steps", "target_lengths": "number of labels"},
        units="nats",
        hyperparameters={"blank": _BLANK},
        answers=_every_alignment,
        apart=_aligns,
        convex=NO,
        smooth=YES,
        lipschitz=Lipschitz(r"$\sqrt{2T}$", lambda blank: sqrt(2 * T)),
        minimiser=Minimiser("as far as steps that do not know of each other can: the distribution of what is said", None),
        peers=(
            Peer(
                "torch.nn.functional.ctc_loss",
                "takes log-probabilities (T, N, C); its mean divides by the number of labels first",
                _ctc_in_torch,
            ),
            Peer("optax.ctc_loss", "takes paddings, 1 where a step does not count; about 1e5 in place of ∞", _ctc_in_optax),
        ),
        reference="Graves et al. (2006), https://doi.org/10.1145/1143844.1143891",
        curve=Curve("logit of the label, at three steps", -3, 3, lambda z: sequence.ctc_loss(*_three_steps(z), reduction="none")),
    ),
    Loss(
        function=sequence.transducer_loss,
        title="Transducer",
        chapter="sequence/transducer",
        synonyms=("RNN-T", "RNN transducer loss", "sequence transduction"),
        summary="CTC that knows what it has said: each label is predicted from the step and from the labels before.",
        formula=r"-\log \sum_{\text{ways}} \; \prod_{(t, u) \text{ on the way}} q_{t, u, k}",
        gradient=r"P(t, u)\, q_{t, u, k} - P(t, u, k)",
        symbols=("z", "y"),
        arguments="z, y",
        where=r"q_{t, u} = \operatorname{softmax}(z_{t, u}), \; P \text{ that a way to } y \text{ passes there, or says } k \text{ there}",
        inputs=("logits of places", "labels"),
        named={"lengths": "length", "target_lengths": "number of labels"},
        units="nats",
        hyperparameters={"blank": _BLANK},
        answers=_every_way,
        convex=NO,
        smooth=YES,
        lipschitz=Lipschitz(r"at most $\sqrt{2\,(T + U)}$", lambda blank: None),
        minimiser=Minimiser("the distribution of what is said, label by label, where it ends for sure", None),
        peers=(
            Peer(
                "torch.logaddexp",
                "none of its own: the recursion, place by place; torchaudio has one, as rnnt_loss",
                _transducer,
            ),
        ),
        heavy_peers=(
            Peer(
                "warprnnt_numba.RNNTLossNumba",
                "its mean divides by the number of labels first; FastEmit changes the value too",
                _in_warprnnt,
            ),
        ),
        reference="Graves (2012), https://arxiv.org/abs/1211.3711",
        curve=Curve(
            "logit of the label, at three steps",
            -3,
            3,
            lambda z: sequence.transducer_loss(
                np.repeat(_three_steps(z)[0][..., None, :], 2, axis=-2), _three_steps(z)[1], reduction="none"
            ),
        ),
    ),
    Loss(
        function=sequence.soft_dtw,
        title="Soft-DTW",
        chapter="sequence/soft_dtw",
        synonyms=("soft dynamic time warping", "SoftDTWLossPyTorch"),
        summary="The cost of aligning two series that run at different speeds, over all alignments.",
        formula=r"-\gamma \log \sum_{\pi} \exp\Bigl(-\tfrac1\gamma \sum_{(i, j) \in \pi} \lVert x_i - y_j \rVert^2\Bigr)",
        gradient=r"2 \sum_j P\bigl((i, j) \in \pi\bigr)\,(x_i - y_j)",
        where=r"P(\pi) \propto e^{-\text{its sum} / \gamma}",
        **_OF_SERIES,
        minimiser=Minimiser(r"a barycentre, found by descent; for one $y$, not $y$ itself", None),
        peers=(Peer("torch.logsumexp", "none of its own: the recursion, cell by cell", _soft_dtw),),
        heavy_peers=(
            Peer(
                "tslearn.metrics.SoftDTWLossPyTorch",
                "no lengths, and NaN beside padding; computes in single precision",
                lambda make, x, y, lengths, _, gamma: None if lengths is not None else make(gamma=gamma)(x, y),
            ),
        ),
        reference="Cuturi and Blondel (2017), https://arxiv.org/abs/1703.01541",
        curve=Curve("distance of two steps from one", -2, 2, lambda r: sequence.soft_dtw(*_two_from_one(r), reduction="none")),
    ),
    Loss(
        function=sequence.soft_dtw_divergence,
        title="Soft-DTW divergence",
        chapter="sequence/soft_dtw",
        summary="Soft-DTW less what each series costs beside itself: 0 where both are equal.",
        formula=r"L'(x, y) - \tfrac12 \bigl(L'(x, x) + L'(y, y)\bigr)",
        gradient=r"\partial L'(x, y) / \partial x - \tfrac12\, \partial L'(x, x) / \partial x",
        where=r"L' \text{ soft-DTW}",
        **{**_OF_SERIES, "hyperparameters": {"gamma": replace(_GAMMA, values=(1.0,))}},
        rounding=1e-13,
        minimiser=Minimiser(r"a barycentre, found by descent; at $x = y$ it is 0, and elsewhere it may be lower", None),
        peers=(Peer("torch.logsumexp", "none of its own: the recursion, three times", _soft_dtw_divergence),),
        heavy_peers=(
            Peer(
                "tslearn.metrics.SoftDTWLossPyTorch",
                "normalize=True; no lengths",
                lambda make, x, y, lengths, _, gamma: None if lengths is not None else make(gamma=gamma, normalize=True)(x, y),
            ),
        ),
        reference="Blondel, Mensch and Vert (2021), https://arxiv.org/abs/2010.08354",
        curve=Curve(
            "distance of two steps from one", -2, 2, lambda r: sequence.soft_dtw_divergence(*_two_from_one(r), reduction="none")
        ),
    ),
    Loss(
        function=sequence.unlikelihood_loss,
        title="Unlikelihood",
        chapter="sequence/unlikelihood",
        synonyms=("repetition penalty", "negative training"),
        summary="Push down what should not come: a word said a moment ago, a label known to be wrong.",
        formula=r"-\sum_j c_j \log(1 - q_j)",
        gradient=r"q_k \Bigl(\frac{c_k}{1 - q_k} - \sum_j c_j \frac{q_j}{1 - q_j}\Bigr)",
        symbols=("z", "c"),
        arguments="z, c",
        where=r"q = \operatorname{softmax}(z)",
        inputs=("logits", "candidates"),
        **_OF_STEPS,
        answers=_some_candidates,
        convex=NO,
        smooth=YES,
        lipschitz=Lipschitz(r"bounded: at most the number of candidates, times $\sqrt 2$", lambda: None),
        minimiser=Minimiser("every distribution without a candidate; there is no least value", None),
        peers=(Peer("torch.logsumexp", "none of its own: over all classes, less over the others", _unlikelihood),),
        reference="Welleck et al. (2020), https://arxiv.org/abs/1908.04319",
        curve=Curve(
            "logit of the unwanted class",
            -3,
            3,
            lambda z: sequence.unlikelihood_loss(
                _lead(z), np.broadcast_to([True, False, False], (*z.shape, C)), reduction="none"
            ),
        ),
    ),
    Loss(
        function=sequence.minimum_risk_loss,
        title="Minimum risk",
        chapter="sequence/minimum_risk",
        synonyms=("expected risk", "MRT", "minimum Bayes risk training", "minimum word error rate", "MWER"),
        summary="The expected cost over a few candidates: for costs like an error rate, which have no gradient.",
        formula=r"\sum_k p_k c_k",
        gradient=r"\alpha\, p_k (c_k - L)",
        symbols=(r"\ell", "c"),
        arguments=r"\ell, c",
        where=r"p = \operatorname{softmax}(\alpha\,\ell)",
        inputs=("log-probabilities of candidates", "costs"),
        units="those of the costs",
        hyperparameters={
            "alpha": Hyperparameter(
                r"\alpha", "how sharp the distribution over the candidates is, positive", (1.0, 0.25), (1e-3, 0)
            )
        },
        answers=_some_costs,
        orderless=("K",),
        convex=NO,
        smooth=YES,
        lipschitz=Lipschitz(r"$\alpha \sqrt2 / 4$ times the range of the costs", lambda alpha: alpha * sqrt(2) / 4 * HIGHEST),
        minimiser=Minimiser("all on the cheapest candidate; there is no least value", None),
        peers=(
            Peer(
                "torch.softmax", "none of its own: one line", lambda f, log_p, cost, alpha: (f(alpha * log_p, -1) * cost).sum(-1)
            ),
        ),
        reference="Shen et al. (2016), https://doi.org/10.18653/v1/P16-1159",
        curve=Curve(
            "log-probability of the candidate that costs 1",
            -4,
            4,
            lambda z: sequence.minimum_risk_loss(
                np.stack([z, 0 * z], axis=-1), np.broadcast_to([1.0, 0.0], (*z.shape, 2)), reduction="none"
            ),
        ),
    ),
    Loss(
        function=sequence.distillation_loss,
        title="Distillation",
        chapter="sequence/distillation",
        synonyms=("knowledge distillation", "KD loss", "soft targets", "teacher-student"),
        summary="A teacher's whole distribution as the target, softened by a temperature.",
        formula=r"\tau^2\, D_{\mathrm{KL}}(p \,\|\, q)",
        gradient=r"\tau\,(q_k - p_k)",
        where=r"p = \operatorname{softmax}(z' / \tau), \; q = \operatorname{softmax}(z / \tau)",
        **_OF_TEACHER,
        hyperparameters={"temperature": _TEMPERATURE},
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz(r"at most $\sqrt2\,\tau$", lambda temperature: sqrt(2) * temperature),
        minimiser=Minimiser("$q$ the mean of the teachers' $p$", None),
        peers=(
            Peer(
                "torch.nn.functional.kl_div",
                "takes log-probabilities, the student's first; its mean divides by the classes too; no factor τ²",
                _distillation,
            ),
        ),
        reference="Hinton, Vinyals and Dean (2015), https://arxiv.org/abs/1503.02531",
        curve=Curve(
            "logit of the teacher's class",
            -3,
            3,
            lambda z: sequence.distillation_loss(_lead(z), _lead(1 + 0 * z), reduction="none"),
        ),
    ),
    Loss(
        function=sequence.generalised_jsd_loss,
        title="Generalised JSD",
        chapter="sequence/distillation",
        synonyms=("generalized Jensen-Shannon divergence", "GKD loss", "skewed KL"),
        summary="Teacher and student beside a mixture of both: between forward and reverse divergence.",
        formula=r"\beta\, D_{\mathrm{KL}}(p \,\|\, m) + (1 - \beta)\, D_{\mathrm{KL}}(q \,\|\, m)",
        gradient=r"\frac{1 - \beta}{\tau}\, q_k \Bigl(\log \frac{q_k}{m_k} - D_{\mathrm{KL}}(q \,\|\, m)\Bigr)",
        where=r"p = \operatorname{softmax}(z' / \tau), \; q = \operatorname{softmax}(z / \tau), \; m = \beta p + (1 - \beta) q",
        **_OF_TEACHER,
        hyperparameters={
            "beta": Hyperparameter(r"\beta", "the teacher's share of the mixture, between 0 and 1", (0.5, 0.1), (1e-3, 1.0)),
            "temperature": _TEMPERATURE,
        },
        convex=NO,
        smooth=YES,
        lipschitz=Lipschitz("bounded, by a number without a formula", lambda beta, temperature: None),
        minimiser=Minimiser("$q = p$ for one teacher", None),
        peers=(Peer("torch.nn.functional.kl_div", "none of its own: two of them, to the mixture", _jsd),),
        reference="Agarwal et al. (2024), https://arxiv.org/abs/2306.13649",
        curve=Curve(
            "logit of the teacher's class",
            -3,
            3,
            lambda z: sequence.generalised_jsd_loss(_lead(z), _lead(1 + 0 * z), reduction="none"),
        ),
    ),
)
