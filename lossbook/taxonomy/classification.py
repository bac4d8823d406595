"""The losses for classes."""

from math import inf, sqrt
from typing import Any

import numpy as np

from lossbook import classification
from lossbook.taxonomy.peers import as_one_hot, in_keras, zero_labels
from lossbook.taxonomy.records import NO, YES, Claim, Curve, Hyperparameter, Lipschitz, Loss, Minimiser, Peer


_OF_SIGNED_SCORE: dict[str, Any] = {
    "symbols": ("z", "y"),
    "arguments": "z, y",
    "where": "",
    "inputs": ("score", "sign"),
    "hyperparameters": {
        "margin": Hyperparameter("m", "the score from which on nothing is asked, positive", (1.0, 0.5), (1e-9, 0)),
    },
}


def tilted(p: Any, weight: Any = None, label_smoothing: float = 0.0) -> Any:
    """Return the mixture of p and the uniform distribution, multiplied by weights and normalised."""
    t = (1 - label_smoothing) * p + label_smoothing / p.size
    t = t if weight is None else t * weight
    return t / np.sum(t)


def _focal_slope(gamma: float) -> float:
    """Return the steepest slope of the binary focal loss in the logit, from its closed form."""
    p = np.linspace(1e-9, 1 - 1e-9, 200_001)
    return np.max((1 - p) ** gamma * (1 - p - gamma * p * np.log(p)))


def _largest(weights: Any) -> float:
    return 1.0 if weights is None else float(np.max(weights))


def _focal(cross_entropy: Any, gamma: float, weight: Any) -> Any:
    """Return the focal loss as it is usually written, on top of a torch cross-entropy."""
    return weight * (1 - (-cross_entropy).exp()) ** gamma * cross_entropy


def _sigmoid_focal(cross_entropy: Any, logits: Any, y: Any, gamma: float, alpha: Any) -> Any:
    """Return the focal loss as its paper writes it, on top of a torch cross-entropy."""
    q = logits.sigmoid()
    q_t = q * y + (1 - q) * (1 - y)
    weight = 1 if alpha is None else alpha * y + (1 - alpha) * (1 - y)
    return weight * (1 - q_t) ** gamma * cross_entropy


# The curves of the classification losses: a probability or a logit of the right class moves.
_SHARE = np.asarray([0.3, 0.7])


def _log_pair(q: Any) -> Any:
    return np.log(np.stack([q, 1 - q], axis=-1))


LOSSES = (
    Loss(
        function=classification.nll_loss,
        title="NLL",
        chapter="classification/nll",
        synonyms=("log loss", "negative log-likelihood loss", "logarithmic loss", "log score"),
        summary="The surprise at what happened: minus the log-probability of the right class.",
        formula=r"-w_y \log q_y",
        gradient=r"-w_y\,[k = y]",
        symbols=(r"\log q", "y"),
        arguments=r"\log q, y",
        where="",
        inputs=("log-probabilities", "class"),
        reads=lambda log_q, y: np.arange(log_q.shape[-1]) == y[..., None],
        units="nats",
        hyperparameters={"weight": Hyperparameter("w", "weight of each class, at least 0", (None, (0.5, 1.0, 3.0)))},
        convex=Claim(r"linear in $\log q$, convex in the scores", lambda weight: True),
        smooth=YES,
        proper=Claim("without weights", lambda weight: weight is None),
        lipschitz=Lipschitz(r"$\max_k w_k$", lambda weight: _largest(weight)),
        minimiser=Minimiser(r"$q_k \propto w_k\,p_k$", tilted),
        peers=(
            Peer(
                "torch.nn.functional.nll_loss",
                "the same for (N, C); with more axes, the classes stand on axis 1",
                lambda f, log_probs, y, weight=None: f(log_probs, y, weight=weight, reduction="none"),
            ),
            Peer(
                "sklearn.metrics.log_loss",
                "target first; takes probabilities; averages only",
                lambda f, log_probs, y: f(y, np.exp(log_probs), labels=range(log_probs.shape[-1])),
            ),
        ),
        reference="Bridle (1990), https://doi.org/10.1007/978-3-642-76153-9_28",
        curve=Curve(
            "probability of the right answer",
            0.02,
            1,
            lambda q: classification.nll_loss(np.log(q)[..., None], zero_labels(q), reduction="none"),
        ),
    ),
    Loss(
        function=classification.cross_entropy,
        title="Cross-entropy",
        chapter="classification/cross_entropy",
        synonyms=("softmax loss", "softmax cross-entropy", "categorical cross-entropy", "multinomial logistic loss", "CE"),
        summary="NLL on the softmax of logits; soft targets and label smoothing come for free.",
        formula=r"-\sum_k w_k\,p_k \log q_k",
        gradient=r"q_k \sum_j w_j p_j - w_k\,p_k",
        symbols=("z", "p"),
        arguments="z, p",
        where=r"q = \operatorname{softmax}(z)",
        inputs=("logits", "class or probabilities"),
        units="nats",
        hyperparameters={
            "weight": Hyperparameter("w", "weight of each class, at least 0", (None, (0.5, 1.0, 3.0))),
            "label_smoothing": Hyperparameter(
                r"\varepsilon", "share of the uniform distribution in the target, in [0, 1]", (0.0, 0.1), (1, 1 + 1e-9)
            ),
        },
        convex=YES,
        smooth=YES,
        proper=Claim(
            "without weights and smoothing",
            lambda weight, label_smoothing: weight is None and label_smoothing == 0,
        ),
        lipschitz=Lipschitz(r"at most $\sqrt 2 \max_k w_k$", lambda weight, label_smoothing: sqrt(2) * _largest(weight)),
        minimiser=Minimiser(r"$q_k \propto w_k\,((1 - \varepsilon)\,p_k + \varepsilon / C)$", tilted),
        peers=(
            Peer(
                "torch.nn.functional.cross_entropy",
                "the same for (N, C); with more axes, the classes stand on axis 1",
                lambda f, logits, y, weight=None, label_smoothing=0.0: f(
                    logits, y, weight=weight, label_smoothing=label_smoothing, reduction="none"
                ),
            ),
            Peer(
                "optax.losses.safe_softmax_cross_entropy",
                "one-hot or soft targets only; no weights",
                lambda f, logits, y: f(logits, y if y.ndim == logits.ndim else as_one_hot(logits, y)),
            ),
        ),
        heavy_peers=(
            in_keras(
                "sparse_categorical_crossentropy",
                "takes probabilities unless from_logits=True",
                lambda f, z, y: f(y, z, from_logits=True),
            ),
        ),
        reference="Bridle (1990), https://doi.org/10.1007/978-3-642-76153-9_28",
        curve=Curve(
            "lead of the right answer",
            -4,
            4,
            lambda z: classification.cross_entropy(np.stack([z, 0 * z, 0 * z], axis=-1), zero_labels(z), reduction="none"),
        ),
    ),
    Loss(
        function=classification.binary_cross_entropy_with_logits,
        title="Binary cross-entropy",
        chapter="classification/binary_cross_entropy",
        synonyms=("BCE with logits", "logistic loss", "sigmoid cross-entropy"),
        summary="Cross-entropy with two classes; one logit is enough for both.",
        formula=r"w\,y \log(1 + e^{-z}) + (1 - y) \log(1 + e^{z})",
        gradient=r"(1 - y + w\,y)\,q - w\,y",
        symbols=("z", "y"),
        arguments="z, y",
        where=r"q = \operatorname{sigmoid}(z)",
        inputs=("logit", "probability of yes"),
        units="nats",
        hyperparameters={
            "pos_weight": Hyperparameter(
                "w", "weight of yes, at least 0; 1 where left out", (None, 3.0), (0, -1e-9), arrays=True
            ),
        },
        convex=YES,
        smooth=YES,
        proper=Claim("without weight", lambda pos_weight: pos_weight is None),
        lipschitz=Lipschitz(r"$\max(1, w)$", lambda pos_weight: 1.0 if pos_weight is None else max(1.0, pos_weight)),
        minimiser=Minimiser(
            r"$q = w\,p / (w\,p + 1 - p)$",
            lambda p, pos_weight: p if pos_weight is None else pos_weight * p / (pos_weight * p + 1 - p),
        ),
        peers=(
            Peer(
                "torch.nn.functional.binary_cross_entropy_with_logits",
                "the same; its pos_weight is a tensor",
                lambda f, logits, y, pos_weight=None: f(
                    logits, y, pos_weight=None if pos_weight is None else logits.new_tensor(pos_weight), reduction="none"
                ),
            ),
            Peer("optax.sigmoid_binary_cross_entropy", "the same; no weight", lambda f, logits, y: f(logits, y)),
        ),
        heavy_peers=(
            in_keras(
                "binary_crossentropy",
                "takes probabilities unless from_logits=True; averages over the last axis",
                lambda f, z, y: f(y[:, None], z[:, None], from_logits=True),
            ),
        ),
        reference="Cox (1958), https://doi.org/10.1111/j.2517-6161.1958.tb00292.x",
        curve=Curve(
            "lead of the right answer",
            -4,
            4,
            lambda z: classification.binary_cross_entropy_with_logits(z, np.ones_like(z), reduction="none"),
        ),
    ),
    Loss(
        function=classification.binary_cross_entropy,
        title="BCE of probabilities",
        chapter="classification/binary_cross_entropy",
        synonyms=("BCE",),
        summary="The same loss where the model gives a probability in place of a logit.",
        formula=r"-y \log q - (1 - y) \log(1 - q)",
        gradient=r"\frac{q - y}{q\,(1 - q)}",
        symbols=("q", "y"),
        arguments="q, y",
        where="",
        inputs=("probability", "probability of yes"),
        units="nats",
        convex=YES,
        smooth=YES,
        proper=YES,
        lipschitz=Lipschitz("none", lambda: inf),
        minimiser=Minimiser("$q = p$", lambda p: p),
        peers=(
            Peer(
                "torch.nn.functional.binary_cross_entropy",
                "the same, but its logarithms end at −100",
                lambda f, probs, y: f(probs, y, reduction="none"),
            ),
        ),
        reference="Cox (1958), https://doi.org/10.1111/j.2517-6161.1958.tb00292.x",
        curve=Curve(
            "probability of the right answer",
            0.02,
            1,
            lambda q: classification.binary_cross_entropy(q, np.ones_like(q), reduction="none"),
        ),
    ),
    Loss(
        function=classification.kl_divergence,
        title="KL divergence",
        chapter="classification/kl_divergence",
        synonyms=("KL", "relative entropy"),
        summary="What a wrong distribution costs beyond the target's own entropy.",
        formula=r"\sum_k p_k\,(\log p_k - \log q_k)",
        gradient=r"-p_k",
        symbols=(r"\log q", "p"),
        arguments=r"\log q, p",
        where="",
        inputs=("log-probabilities", "probabilities"),
        units="nats",
        convex=Claim(r"linear in $\log q$, convex in the scores", lambda: True),
        smooth=YES,
        proper=YES,
        lipschitz=Lipschitz(r"1, in $\log q$", lambda: 1.0),
        minimiser=Minimiser("$q = p$", lambda p: p),
        peers=(
            Peer(
                "torch.nn.functional.kl_div",
                "its 'batchmean' is our mean; its 'none' has a value for each class",
                lambda f, log_q, p: f(log_q, p, reduction="none").sum(-1),
            ),
            Peer("optax.kl_divergence", "the same", lambda f, log_q, p: f(log_q, p)),
            Peer(
                "scipy.special.rel_entr",
                "target first; takes probabilities; a value for each class",
                lambda f, log_q, p: f(p, np.exp(log_q)).sum(-1),
            ),
        ),
        reference="Kullback and Leibler (1951), https://doi.org/10.1214/aoms/1177729694",
        curve=Curve(
            "probability q of a class whose true share is 0.3",
            0.02,
            0.98,
            lambda q: classification.kl_divergence(_log_pair(q), _SHARE + 0 * _log_pair(q), reduction="none"),
        ),
    ),
    Loss(
        function=classification.focal_loss,
        title="Focal",
        likelihood_at=lambda gamma, alpha: gamma == 0,
        chapter="classification/focal",
        synonyms=("RetinaNet loss",),
        summary="Cross-entropy that turns down what is easy, so that the rare and hard are heard.",
        formula=r"-\alpha_y\,(1 - q_y)^\gamma \log q_y",
        gradient=r"\alpha_y\,(1 - q_y)^{\gamma - 1}\,(1 - q_y - \gamma\,q_y \log q_y)\,(q_k - [k = y])",
        symbols=("z", "y"),
        arguments="z, y",
        where=r"q = \operatorname{softmax}(z)",
        inputs=("logits", "class"),
        units="nats",
        hyperparameters={
            "gamma": Hyperparameter(
                r"\gamma", "how strongly easy examples are turned down, at least 0", (2.0, 0.5, 0.0), (0, -1e-9)
            ),
            "alpha": Hyperparameter(r"\alpha", "weight of each class, at least 0; 1 where left out", (None, (0.5, 1.0, 3.0))),
        },
        convex=Claim(r"in $z$ at $\gamma = 0$ only", lambda gamma, alpha: gamma == 0),
        smooth=YES,
        proper=Claim(r"at $\gamma = 0$ only, without $\alpha$", lambda gamma, alpha: gamma == 0 and alpha is None),
        lipschitz=Lipschitz(
            r"$\sqrt 2 \max_k \alpha_k$, times 1.13 at $\gamma = 2$",
            lambda gamma, alpha: sqrt(2) * _largest(alpha) * _focal_slope(gamma),
        ),
        minimiser=Minimiser(r"not $p$ for $\gamma > 0$, and mostly flatter; no closed form", None),
        peers=(
            Peer(
                "torch.nn.functional.cross_entropy",
                "none of its own: the usual two lines on top of its cross-entropy",
                lambda f, logits, y, gamma, alpha=None: _focal(
                    f(logits, y, reduction="none"), gamma, 1 if alpha is None else alpha[y]
                ),
            ),
        ),
        reference="Lin et al. (2017), https://doi.org/10.1109/ICCV.2017.324",
        curve=Curve(
            "probability of the right answer",
            0.02,
            0.999,
            lambda q: classification.focal_loss(_log_pair(q), zero_labels(q), reduction="none"),
        ),
    ),
    Loss(
        function=classification.sigmoid_focal_loss,
        title="Sigmoid focal",
        likelihood_at=lambda gamma, alpha: gamma == 0,
        chapter="classification/focal",
        synonyms=("binary focal",),
        summary="The focal loss of a yes-or-no target, as its paper defines it.",
        formula=r"\alpha_t\,(1 - q_t)^\gamma \operatorname{BCE}(z, y)",
        gradient=r"\alpha\,(1 - q)^\gamma\,(\gamma\,q \log q + q - 1) \quad\text{for } y = 1",
        symbols=("z", "y"),
        arguments="z, y",
        where=r"q = \operatorname{sigmoid}(z),\; q_t = y\,q + (1 - y)(1 - q),\; \alpha_t = y\,\alpha + (1 - y)(1 - \alpha)",
        inputs=("logit", "probability of yes"),
        units="nats",
        hyperparameters={
            "gamma": Hyperparameter(
                r"\gamma", "how strongly easy examples are turned down, at least 0", (2.0, 0.5, 0.0), (0, -1e-9)
            ),
            "alpha": Hyperparameter(r"\alpha", "weight of yes, in [0, 1]; no has 1 − α", (None, 0.25), (1, 1 + 1e-9)),
        },
        convex=Claim(r"in $z$ at $\gamma = 0$ only", lambda gamma, alpha: gamma == 0),
        smooth=YES,
        proper=Claim(r"at $\gamma = 0$ only, without $\alpha$", lambda gamma, alpha: gamma == 0 and alpha is None),
        lipschitz=Lipschitz(
            r"$\max(\alpha, 1 - \alpha)$, times 1.13 at $\gamma = 2$",
            lambda gamma, alpha: (1 if alpha is None else max(alpha, 1 - alpha)) * _focal_slope(gamma),
        ),
        minimiser=Minimiser(r"without $\alpha$, nearer to ½ than $p$ for $\gamma > 0$; no closed form", None),
        peers=(
            Peer(
                "torch.nn.functional.binary_cross_entropy_with_logits",
                "none of its own: the paper's formula on top of its binary cross-entropy",
                lambda f, logits, y, gamma, alpha=None: _sigmoid_focal(f(logits, y, reduction="none"), logits, y, gamma, alpha),
            ),
            Peer(
                "optax.sigmoid_focal_loss",
                "the same",
                lambda f, logits, y, gamma, alpha=None: f(logits, y, gamma=gamma, alpha=alpha),
            ),
        ),
        heavy_peers=(
            in_keras(
                "binary_focal_crossentropy",
                "takes probabilities unless from_logits=True; alpha counts only with apply_class_balancing=True; averages over the last axis",
                lambda f, z, y, gamma: f(y[:, None], z[:, None], gamma=gamma, from_logits=True),
            ),
        ),
        reference="Lin et al. (2017), https://doi.org/10.1109/ICCV.2017.324",
        curve=Curve(
            "lead of the right answer",
            -4,
            4,
            lambda z: classification.sigmoid_focal_loss(z, np.ones_like(z), reduction="none"),
        ),
    ),
    Loss(
        function=classification.hinge_loss,
        title="Hinge",
        chapter="classification/hinge",
        synonyms=("SVM loss", "max-margin"),
        summary="Right is not enough: right by a margin, and then no more is asked.",
        formula=r"\max(0, m - y\,z)",
        gradient=r"\begin{cases} -y & y\,z < m \\ 0 & y\,z > m \end{cases}",
        **_OF_SIGNED_SCORE,
        units="those of the score",
        convex=YES,
        smooth=NO,
        lipschitz=Lipschitz("1", lambda margin: 1.0),
        minimiser=Minimiser(
            r"$m \operatorname{sign}(2p - 1)$: the likelier label, not its probability",
            lambda p, margin: margin * np.sign(2 * p - 1),
        ),
        peers=(
            Peer(
                "torch.nn.functional.margin_ranking_loss",
                "the lead of a first score over a second; here the second is 0",
                lambda f, scores, y, margin: f(scores, 0 * scores, y, margin=margin, reduction="none"),
            ),
            Peer("optax.hinge_loss", "the same, with margin 1", lambda f, scores, y, margin: margin * f(scores / margin, y)),
            Peer(
                "sklearn.metrics.hinge_loss",
                "target first; averages only; margin 1",
                lambda f, scores, y, margin: margin * f([-1, 1, *y], [-1, 1, *(scores / margin)]) * (1 + 2 / len(y)),
            ),
        ),
        heavy_peers=(
            in_keras(
                "hinge",
                "margin 1; averages over the last axis",
                lambda f, s, y, margin: margin * f(1.0 * y[:, None], s[:, None] / margin),
            ),
        ),
        reference="Cortes and Vapnik (1995), https://doi.org/10.1007/BF00994018",
        curve=Curve(
            "lead of the right answer",
            -2,
            3,
            lambda s: classification.hinge_loss(s, np.ones_like(s), reduction="none"),
        ),
    ),
    Loss(
        function=classification.squared_hinge_loss,
        title="Squared hinge",
        chapter="classification/hinge",
        summary="The hinge with its kink smoothed and its outliers made expensive.",
        formula=r"\max(0, m - y\,z)^2",
        gradient=r"-2y \max(0, m - y\,z)",
        **_OF_SIGNED_SCORE,
        units="those of the score, squared",
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("none", lambda margin: inf),
        minimiser=Minimiser(r"$m\,(2p - 1)$", lambda p, margin: margin * (2 * p - 1)),
        peers=(
            Peer(
                "torch.nn.functional.margin_ranking_loss",
                "the lead of a first score over a second, here 0; then squared",
                lambda f, scores, y, margin: f(scores, 0 * scores, y, margin=margin, reduction="none") ** 2,
            ),
        ),
        heavy_peers=(
            in_keras(
                "squared_hinge",
                "margin 1; averages over the last axis",
                lambda f, s, y, margin: margin**2 * f(1.0 * y[:, None], s[:, None] / margin),
            ),
        ),
        reference="Chang and Lin (2011), https://doi.org/10.1145/1961189.1961199",
        curve=Curve(
            "lead of the right answer",
            -2,
            3,
            lambda s: classification.squared_hinge_loss(s, np.ones_like(s), reduction="none"),
        ),
    ),
    Loss(
        function=classification.multiclass_hinge_loss,
        title="Multiclass hinge",
        chapter="classification/hinge",
        synonyms=("MultiMarginLoss", "Crammer–Singer loss"),
        summary="The right class must lead the best of the wrong ones by a margin.",
        formula=r"\max\bigl(0, m + z_{\hat k} - z_y\bigr)",
        gradient=r"[k = \hat k] - [k = y] \quad\text{where } L > 0",
        symbols=("z", "y"),
        arguments="z, y",
        where=r"\hat k = \arg\max_{k \ne y} z_k",
        inputs=("scores", "class"),
        units="those of the scores",
        hyperparameters={
            "margin": Hyperparameter("m", "the lead from which on nothing is asked, positive", (1.0, 0.5), (1e-9, 0))
        },
        convex=YES,
        smooth=NO,
        lipschitz=Lipschitz(r"$\sqrt 2$", lambda margin: sqrt(2)),
        minimiser=Minimiser(
            "the likeliest class leads by $m$ if its probability is above ½; otherwise all scores are equal",
            lambda p, margin: np.where((p == np.max(p)) & (p > 0.5), margin, 0.0),
        ),
        peers=(
            Peer(
                "torch.nn.functional.one_hot",
                "none of its own (multi_margin_loss sums over the wrong classes and divides by C): two lines with one_hot",
                lambda f, scores, y, margin: (
                    (scores + margin * (1 - f(y, scores.shape[-1]))).amax(-1) - scores.gather(-1, y[:, None])[:, 0]
                ),
            ),
            Peer(
                "optax.losses.multiclass_hinge_loss",
                "the same, with margin 1",
                lambda f, scores, y, margin: margin * f(scores / margin, y),
            ),
        ),
        reference="Crammer and Singer (2001), https://www.jmlr.org/papers/v2/crammer01a.html",
        curve=Curve(
            "lead of the right answer",
            -2,
            3,
            lambda s: classification.multiclass_hinge_loss(np.stack([s, 0 * s], axis=-1), zero_labels(s), reduction="none"),
        ),
    ),
)
