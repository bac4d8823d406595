"""The taxonomy as data: one record per loss, one per identity between losses.

The book's pages and the package's tests are both made from these records, so a property that
is claimed here is a property that is tested.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf, pi, sqrt, tan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lossbook import classification, distance, regression
from lossbook._ops import log_softmax, namespace, one_hot, sigmoid, softplus
from lossbook.lenses import NO_NOISE_MODEL, NOISE_MODELS

__all__ = [
    "FAMILIES", "IDENTITIES", "IN_KERAS", "LOSSES", "Claim", "Curve", "Family", "Hyperparameter",
    "Identity", "KINDS", "OF_CLASSES", "Lipschitz", "Loss", "Minimiser", "Peer", "chapters", "loss_of",
]  # fmt: skip


# What the losses take, as the tables say it.
KINDS = {
    "real": "real",
    "log-probabilities": "log-probabilities of C classes",
    "logits": "logits of C classes",
    "scores": "scores of C classes",
    "logit": "logit",
    "probability": "probability",
    "score": "score",
    "class": "class, 0 … C − 1",
    "class or probabilities": "one-hot (given as a class, 0 … C − 1), or probabilities of C classes",
    "probabilities": "probabilities of C classes",
    "sign": "−1 or 1",
    "label": "0 or 1",
    "distance": "distance, at least 0",
    "similar": "1 for a similar pair, 0 for another",
    "embedding": "embeddings of D numbers",
    "negatives": "K such for each anchor (none given: the other positives of the batch)",
    "proxies": "C points of D numbers",
}

# The kinds of prediction that have one number for each of C classes, on the last axis.
OF_CLASSES = {"log-probabilities", "logits", "scores"}


@dataclass(frozen=True)
class Family:
    """A group of losses for one kind of task; `essays` are its chapters without a loss of their own."""

    slug: str
    title: str
    summary: str
    essays: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hyperparameter:
    """What a hyperparameter means, and the values at which the laws are tested.

    None leaves an optional one out; a tuple stands for an array, of one number for each of
    three classes. A number's range ends at `edge`: the first is allowed, the second is not.
    """

    symbol: str
    meaning: str
    values: tuple[float | tuple[float, ...] | None, ...]
    edge: tuple[float, float] | None = None


@dataclass(frozen=True)
class Claim:
    """A property as the tables say it, and whether it holds at given hyperparameters."""

    text: str
    holds: Callable[..., bool]


YES = Claim("yes", lambda **_: True)
NO = Claim("no", lambda **_: False)


@dataclass(frozen=True)
class Lipschitz:
    """The steepest slope in the prediction: as text, and as a number (infinite where there is none)."""

    text: str
    constant: Callable[..., float]


@dataclass(frozen=True)
class Minimiser:
    """What the prediction that minimises the expected loss is, and how to find it.

    `of` maps samples of a real target to that prediction, or the probabilities of the classes
    (the probability of yes) to the probabilities, the scores or the distance that the best
    prediction stands for. It is None where there is no closed form.
    """

    text: str
    of: Callable[..., Any] | None


@dataclass(frozen=True)
class Peer:
    """The same loss in another library.

    `call(function, *inputs, **hyperparameters)` translates: it gives `lossbook`'s unreduced
    values, or, where the peer knows only averages, their mean; None where the peer cannot take
    such inputs. It takes the hyperparameters that the peer has, and one batch: of shape (N,),
    for classes (N, C), for embeddings (N, D).
    """

    path: str
    convention: str
    call: Callable[..., Any]

    @property
    def library(self) -> str:
        return self.path.split(".")[0]

    def takes(self, hyperparameter: str) -> bool:
        """Return whether the peer has a hyperparameter."""
        parameters = inspect.signature(self.call).parameters
        return hyperparameter in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


@dataclass(frozen=True)
class Curve:
    """The loss as one small picture: `of` maps the values low … high of `label` to losses."""

    label: str
    low: float
    high: float
    of: Callable[[NDArray[Any]], NDArray[Any]]


@dataclass(frozen=True)
class Loss:
    """Everything the book states about one loss. The noise model stands in `lenses`.

    `inputs` are the kinds of the positional arguments, prediction and target first, `symbols`
    their symbols; `arguments` is what the formula is a function of, `where` what else it needs
    to be read. The gradient and the properties are those in the first input. `proper`: is the
    true distribution, and it alone, the best prediction? None where the prediction is no
    distribution.
    """

    function: Callable[..., Any]
    title: str
    chapter: str
    summary: str
    formula: str
    gradient: str
    symbols: tuple[str, ...]
    arguments: str
    where: str
    inputs: tuple[str, ...]
    units: str
    convex: Claim
    smooth: Claim
    lipschitz: Lipschitz
    minimiser: Minimiser
    peers: tuple[Peer, ...]
    reference: str
    curve: Curve
    proper: Claim | None = None
    hyperparameters: Mapping[str, Hyperparameter] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def defaults(self) -> dict[str, Any]:
        """The hyperparameters' default values, as the function states them."""
        parameters = inspect.signature(self.function).parameters
        return {name: parameters[name].default for name in self.hyperparameters}

    @property
    def everywhere(self) -> tuple[Peer, ...]:
        """The peers of the chapter, and the one in Keras, where there is one."""
        return (*self.peers, *([IN_KERAS[self.name]] if self.name in IN_KERAS else []))

    @property
    def prediction(self) -> str:
        return self.inputs[0]

    @property
    def target(self) -> str:
        return self.inputs[1]

    @property
    def family(self) -> str:
        return self.chapter.split("/")[0]

    @property
    def noise_model(self) -> Any:
        """The noise model, or None where the loss has none."""
        return NOISE_MODELS.get(self.name)

    @property
    def no_noise_model(self) -> str | None:
        """Why the loss has no noise model, or None where it has one."""
        return NO_NOISE_MODEL.get(self.name)


@dataclass(frozen=True)
class Identity:
    """`general(*inputs)` equals `special(*inputs)` under a condition.

    `losses` are the functions that it connects, the general one first; `inputs` are the kinds
    of the arguments, as in the records of losses. `within` bounds the difference where the
    identity is a limit; 0 means exact but for rounding. `apart` tells the inputs that lie apart
    from a kink which the limit rounds off: only there it holds of the gradient, too.
    """

    name: str
    formula: str
    condition: str
    general: Callable[..., Any]
    special: Callable[..., Any]
    losses: tuple[str, str]
    inputs: tuple[str, ...] = ("real", "real")
    within: float = 0.0
    apart: Callable[..., Any] = lambda *_: True

    @property
    def slug(self) -> str:
        """The identity's name as part of an address."""
        return "-".join(re.findall(r"[a-z0-9]+", self.name.lower()))


def loss_of(function: Callable[..., Any] | str) -> Loss:
    """Return the record of a loss, given the function or its name."""
    name = function if isinstance(function, str) else function.__name__
    for loss in LOSSES:
        if loss.name == name:
            return loss
    raise KeyError(f"no record for {name!r}; the taxonomy holds {[loss.name for loss in LOSSES]}")


def chapters(family: str) -> list[Loss]:
    """Return the first loss of each chapter of a family, in the book's order."""
    first: dict[str, Loss] = {}
    for loss in LOSSES:
        if loss.family == family:
            first.setdefault(loss.chapter, loss)
    return list(first.values())


_OF_RESIDUAL: dict[str, Any] = {
    "symbols": (r"\hat y", "y"),
    "arguments": "r",
    "where": r"r = \hat y - y",
    "inputs": ("real", "real"),
}


_OF_SIGNED_SCORE: dict[str, Any] = {
    "symbols": ("z", "y"),
    "arguments": "z, y",
    "where": "",
    "inputs": ("score", "sign"),
    "hyperparameters": {
        "margin": Hyperparameter("m", "the score from which on nothing is asked, positive", (1.0, 0.5), (1e-9, 0)),
    },
}


def _root(increasing: Callable[..., Any], samples: NDArray[Any]) -> float:
    """Return the zero of an increasing function between the samples' extremes, by bisection."""
    low, high = float(np.min(samples)), float(np.max(samples))
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if increasing(middle) < 0 else (low, middle)
    return (low + high) / 2


def _residual_curve(function: Callable[..., Any], **hyperparameters: Any) -> Curve:
    return Curve(
        "residual r", -3, 3,
        lambda r: function(r, np.zeros_like(r), reduction="none", **hyperparameters),
    )  # fmt: skip


def _torch(name: str, convention: str = "the same") -> Peer:
    return Peer(
        f"torch.nn.functional.{name}",
        convention,
        lambda f, y_hat, y, **hyperparameters: f(y_hat, y, reduction="none", **hyperparameters),
    )


def _huber_minimiser(samples: NDArray[Any], threshold: float) -> float:
    return _root(lambda m: np.mean(np.clip(m - samples, -threshold, threshold)), samples)


def _unit_root(increasing: Callable[..., Any]) -> float:
    return _root(increasing, np.asarray([0.0, 1.0]))


def _tilted(p: Any, weight: Any = None, label_smoothing: float = 0.0) -> Any:
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


def _labels(values: Any) -> Any:
    return np.zeros(values.shape, dtype=np.int64)


def _two_logits(z: Any) -> Any:
    """Return the logits of no and yes, (0, z)."""
    return namespace(z=z).stack([0 * z, z], axis=-1)


def _as_class(y: Any) -> Any:
    """Return class 1 for the labels 1 and class 0 for the labels 0 or −1."""
    xp = namespace(y=y)
    return xp.astype(y > 0, xp.int64)


_OF_TRIPLET: dict[str, Any] = {
    "symbols": ("a", "a^+", "a^-"),
    "arguments": "a, a^+, a^-",
    "inputs": ("embedding", "embedding", "embedding"),
}


_OF_CANDIDATES: dict[str, Any] = {
    "symbols": ("a", "a^+", "a^-"),
    "arguments": "a, a^+, a^-",
    "inputs": ("embedding", "embedding", "negatives"),
    "units": "nats",
}


_OF_PROXIES: dict[str, Any] = {
    "symbols": ("a", "y", "c"),
    "arguments": "a, y, c",
    "inputs": ("embedding", "class", "proxies"),
    "units": "nats",
}


def _angular_triplet(cosine: Callable[..., Any], anchor: Any, positive: Any, negative: Any, margin: float) -> Any:
    """Return the angular triplet loss by way of the arccosine, from a torch cosine."""
    reach = cosine(anchor, positive).clamp(-1, 1).acos() + margin
    asked = reach.cos().where(reach <= pi, -2 - reach.cos())
    return (cosine(anchor, negative) - asked).clamp(min=0)


def _at_unit_length(vectors: Any) -> Any:
    xp = namespace(vectors=vectors)
    length = xp.linalg.vector_norm(vectors, axis=-1, keepdims=True)
    return vectors / xp.where(length == 0, 1.0, length)


def _pick(anchor: Any, positive: Any, negatives: Any) -> Any:
    """Return each anchor's inner products with its candidates, and the place of the positive among them."""
    xp = namespace(anchor=anchor)
    row = xp.broadcast_to(xp.arange(anchor.shape[-2]), anchor.shape[:-1])
    if negatives is None:
        return anchor @ xp.matrix_transpose(positive), row
    every = xp.concat([positive[..., None, :], negatives], axis=-2)
    return xp.sum(every * anchor[..., None, :], axis=-1), 0 * row


def _pick_by_cosine(anchor: Any, positive: Any, negatives: Any, temperature: float) -> Any:
    if negatives is not None:
        negatives = _at_unit_length(negatives)
    return _pick(_at_unit_length(anchor) / temperature, _at_unit_length(positive), negatives)


def _ntxent(of: Callable[..., Any], anchor: Any, positive: Any, negatives: Any, temperature: float) -> Any:
    """Return what pytorch-metric-learning computes, told which pairs are positive and which negative."""
    xp = namespace(anchor=anchor)
    rows = xp.arange(anchor.shape[0])
    if len(rows) == 1:  # for which it returns 0, whatever the negatives
        return None
    if negatives is None:
        # Labels that are the same object would leave the diagonal, the positives, out.
        return of(temperature)(anchor, rows, ref_emb=positive, ref_labels=rows.clone())
    count, each = negatives.shape[:2]
    of_row = rows.repeat_interleave(each)
    pairs = (rows, rows, of_row, count + xp.arange(count * each))
    flat = negatives.reshape(count * each, -1)
    return of(temperature)(anchor, rows, pairs, ref_emb=xp.concat([positive, flat]), ref_labels=xp.concat([rows, of_row + count]))


def _n_pairs(of: Callable[..., Any], anchor: Any, positive: Any, negatives: Any) -> Any:
    """Return what pytorch-metric-learning computes of the anchors and positives of a batch, as they are."""
    if negatives is not None:
        return None
    from pytorch_metric_learning.distances import DotProductSimilarity

    xp = namespace(anchor=anchor)
    rows = xp.arange(anchor.shape[0])
    # Told by name which pairs there are: labels alone would make it choose.
    pairs = (rows, rows + anchor.shape[0], rows[:0], rows[:0])
    compute = of(distance=DotProductSimilarity(normalize_embeddings=False))
    return compute(xp.concat([anchor, positive]), xp.concat([rows, rows]), pairs)


def _triplets(of: Callable[..., Any], anchor: Any, positive: Any, negative: Any, margin: float, squared: bool) -> Any:
    """Return what pytorch-metric-learning computes of these triplets, by the plain or squared distance."""
    from pytorch_metric_learning.distances import LpDistance
    from pytorch_metric_learning.reducers import MeanReducer

    xp = namespace(anchor=anchor)
    rows = xp.arange(anchor.shape[0])
    compute = of(margin, distance=LpDistance(normalize_embeddings=False, power=2 if squared else 1), reducer=MeanReducer())
    others = xp.concat([positive, negative])
    return compute(anchor, rows, (rows, rows, rows + rows.shape[0]), ref_emb=others, ref_labels=xp.concat([rows, rows]))


def _proxy_nca(of: Callable[..., Any], embedding: Any, y: Any, proxies: Any) -> Any:
    """Return what pytorch-metric-learning computes, with the given proxies in place of its own."""
    from pytorch_metric_learning.distances import LpDistance

    compute = of(*proxies.shape, distance=LpDistance(normalize_embeddings=False, power=2))
    # Not by assignment to its parameter, which would cut the proxies off from their gradient.
    del compute.proxies
    compute.proxies = proxies
    return compute(embedding, y)


def _squared_distances(a: Any, b: Any) -> Any:
    """Return ‖a − b‖² of each row of a and each of b, multiplied out as it is usually done."""
    return (a * a).sum(-1)[:, None] - 2 * a @ b.T + (b * b).sum(-1)


def _without_own(scores: Any, y: Any) -> Any:
    """Return log Σ exp of the torch scores of the other classes, less that of the own."""
    own = scores.gather(-1, y[:, None])
    return scores.scatter(-1, y[:, None], -inf).logsumexp(-1) - own[:, 0]


def _of_gap(loss: Callable[..., Any], anchor: Any, positive: Any, negative: Any) -> Any:
    """Return a loss of the signed score d⁻ − d⁺, where the answer is yes."""
    gap = distance.euclidean_distance(anchor, negative) - distance.euclidean_distance(anchor, positive)
    return loss(gap, 1 + 0 * gap, reduction="none")


# The curves of the distance losses: one vector of the plane moves.


def _plane(*points: Any) -> Any:
    """Return points of the plane, given as pairs of coordinates that may be arrays, in one shape."""
    shape = np.broadcast_shapes(*(np.shape(c) for point in points for c in point))
    return tuple(np.stack([np.broadcast_to(c, shape) * 1.0 for c in point], axis=-1) for point in points)


def _circle(angles: Any) -> Any:
    return np.cos(angles), np.sin(angles)


def _entropy(p: Any) -> Any:
    xp = namespace(p=p)
    return -xp.sum(p * xp.log(xp.where(p == 0, 1.0, p)), axis=-1)


def _one_hot(z: Any, y: Any) -> Any:
    return namespace(z=z).astype(one_hot(z, y), z.dtype)


FAMILIES = (
    Family("regression", "Regression", "The target is a number, and the error has a size."),
    Family(
        "classification", "Classification", "The target is a class, and the prediction a distribution over classes.",
        essays=("two_lenses",),
    ),
    Family(
        "distance", "Distance", "The target is a relation: alike things near, unlike things far.",
        essays=("at_scale",),
    ),
    Family("ranking", "Ranking", "The target is an order."),
    Family("sequence", "Sequence", "The target is a string of symbols, aligned or not."),
    Family("generative", "Generative", "The target is a whole distribution to sample from."),
    Family("structured", "Structured", "The target has parts that depend on one another."),
    Family("reinforcement", "Reinforcement learning", "The target is a return that the model's own actions bring about."),
)  # fmt: skip


LOSSES = (
    Loss(
        function=regression.l1_loss,
        title="L1",
        chapter="regression/l1",
        summary="Every unit of error costs the same; the best constant is the median.",
        formula=r"|r|",
        gradient=r"\operatorname{sign}(r)",
        **_OF_RESIDUAL,
        units="those of y",
        convex=YES,
        smooth=NO,
        lipschitz=Lipschitz("1", lambda: 1.0),
        minimiser=Minimiser("median", np.median),
        peers=(
            _torch("l1_loss"),
            Peer(
                "sklearn.metrics.mean_absolute_error",
                "target first; averages only",
                lambda f, y_hat, y: f(y, y_hat),
            ),
        ),
        reference="Koenker and Bassett (1978), https://doi.org/10.2307/1913643",
        curve=_residual_curve(regression.l1_loss),
    ),
    Loss(
        function=regression.mse_loss,
        title="L2",
        chapter="regression/l2",
        summary="Large errors dominate; the best constant is the mean.",
        formula=r"r^2",
        gradient=r"2r",
        **_OF_RESIDUAL,
        units="those of y, squared",
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("none", lambda: inf),
        minimiser=Minimiser("mean", np.mean),
        peers=(
            _torch("mse_loss"),
            Peer(
                "optax.squared_error",
                "the same; its l2_loss is half of it",
                lambda f, y_hat, y: f(y_hat, y),
            ),
            Peer(
                "sklearn.metrics.mean_squared_error",
                "target first; averages only",
                lambda f, y_hat, y: f(y, y_hat),
            ),
        ),
        reference="Gauss (1809); see Stigler (1981), https://doi.org/10.1214/aos/1176345451",
        curve=_residual_curve(regression.mse_loss),
    ),
    Loss(
        function=regression.lp_loss,
        title="Lp",
        chapter="regression/lp",
        summary="One dial from the median (p = 1) through the mean (p = 2) towards the midrange.",
        formula=r"|r|^p",
        gradient=r"p\,|r|^{p-1}\operatorname{sign}(r)",
        **_OF_RESIDUAL,
        units="those of y, to the power p",
        hyperparameters={
            "p": Hyperparameter("p", "the power, at least 1", (1.0, 1.5, 2.0, 3.0), (1, 1 - 1e-9)),
        },
        convex=YES,
        smooth=Claim("where $p > 1$", lambda p: p > 1),
        lipschitz=Lipschitz("1 at $p = 1$, otherwise none", lambda p: 1.0 if p == 1 else inf),
        minimiser=Minimiser(
            "the $p$-centre: median at 1, mean at 2, midrange as $p \\to \\infty$",
            lambda samples, p: _root(lambda m: np.mean(np.sign(m - samples) * np.abs(m - samples) ** (p - 1)), samples),
        ),
        peers=(
            Peer(
                "numpy.linalg.norm",
                "takes the root 1/p of the sum",
                lambda f, y_hat, y, p: f(y_hat - y, ord=p) ** p / len(y),
            ),
            Peer(
                "torch.linalg.vector_norm",
                "takes the root 1/p of the sum",
                lambda f, y_hat, y, p: f(y_hat - y, ord=p) ** p / len(y),
            ),
        ),
        reference="Rice and White (1964), https://doi.org/10.1137/1006061",
        curve=_residual_curve(regression.lp_loss, p=3.0),
    ),
    Loss(
        function=regression.huber_loss,
        title="Huber",
        chapter="regression/huber",
        summary="Squared error for small residuals, absolute error for outliers.",
        formula=r"\begin{cases} \tfrac12 r^2 & |r| \le \delta \\ \delta\,(|r| - \tfrac12\delta) & |r| > \delta \end{cases}",
        gradient=r"\max(-\delta, \min(r, \delta))",
        **_OF_RESIDUAL,
        units="those of y, squared",
        hyperparameters={
            "delta": Hyperparameter(
                r"\delta", "where quadratic turns linear; positive, in the units of y", (0.3, 1.0, 4.0), (1e-9, 0)
            ),
        },
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz(r"$\delta$", lambda delta: delta),
        minimiser=Minimiser("Huber's location: between median and mean", lambda s, delta: _huber_minimiser(s, delta)),
        peers=(
            _torch("huber_loss"),
            Peer("optax.huber_loss", "the same", lambda f, y_hat, y, delta: f(y_hat, y, delta=delta)),
        ),
        reference="Huber (1964), https://doi.org/10.1214/aoms/1177703732",
        curve=_residual_curve(regression.huber_loss),
    ),
    Loss(
        function=regression.smooth_l1_loss,
        title="Smooth L1",
        chapter="regression/huber",
        summary="Huber's loss rescaled so that its tails have slope 1.",
        formula=r"\begin{cases} \tfrac{1}{2\beta}\, r^2 & |r| \le \beta \\ |r| - \tfrac12\beta & |r| > \beta \end{cases}",
        gradient=r"\max(-1, \min(r/\beta, 1))",
        **_OF_RESIDUAL,
        units="those of y",
        hyperparameters={
            "beta": Hyperparameter(
                r"\beta", "where quadratic turns linear; at least 0, in the units of y", (0.0, 0.5, 1.0, 4.0), (0, -1e-9)
            ),
        },
        convex=YES,
        smooth=Claim(r"where $\beta > 0$", lambda beta: beta > 0),
        lipschitz=Lipschitz("1", lambda beta: 1.0),
        minimiser=Minimiser(
            "Huber's location: between median and mean",
            lambda s, beta: np.median(s) if beta == 0 else _huber_minimiser(s, beta),
        ),
        peers=(_torch("smooth_l1_loss"),),
        reference="Girshick (2015), https://arxiv.org/abs/1504.08083",
        curve=_residual_curve(regression.smooth_l1_loss),
    ),
    Loss(
        function=classification.nll_loss,
        title="NLL",
        chapter="classification/nll",
        summary="The surprise at what happened: minus the log-probability of the right class.",
        formula=r"-w_y \log q_y",
        gradient=r"-w_y\,[k = y]",
        symbols=(r"\log q", "y"),
        arguments=r"\log q, y",
        where="",
        inputs=("log-probabilities", "class"),
        units="nats",
        hyperparameters={"weight": Hyperparameter("w", "weight of each class, at least 0", (None, (0.5, 1.0, 3.0)))},
        convex=YES,
        smooth=YES,
        proper=Claim("without weights", lambda weight: weight is None),
        lipschitz=Lipschitz(r"$\max_k w_k$", lambda weight: _largest(weight)),
        minimiser=Minimiser(r"$q_k \propto w_k\,p_k$", _tilted),
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
            lambda q: classification.nll_loss(np.log(q)[..., None], _labels(q), reduction="none"),
        ),
    ),
    Loss(
        function=classification.cross_entropy,
        title="Cross-entropy",
        chapter="classification/cross_entropy",
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
        minimiser=Minimiser(r"$q_k \propto w_k\,((1 - \varepsilon)\,p_k + \varepsilon / C)$", _tilted),
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
                lambda f, logits, y: f(logits, y if y.ndim == logits.ndim else _one_hot(logits, y)),
            ),
        ),
        reference="Bridle (1990), https://doi.org/10.1007/978-3-642-76153-9_28",
        curve=Curve(
            "lead of the right answer",
            -4,
            4,
            lambda z: classification.cross_entropy(np.stack([z, 0 * z, 0 * z], axis=-1), _labels(z), reduction="none"),
        ),
    ),
    Loss(
        function=classification.binary_cross_entropy_with_logits,
        title="Binary cross-entropy",
        chapter="classification/binary_cross_entropy",
        summary="Cross-entropy with two classes; one logit is enough for both.",
        formula=r"w\,y \log(1 + e^{-z}) + (1 - y) \log(1 + e^{z})",
        gradient=r"(1 - y + w\,y)\,q - w\,y",
        symbols=("z", "y"),
        arguments="z, y",
        where=r"q = \operatorname{sigmoid}(z)",
        inputs=("logit", "probability"),
        units="nats",
        hyperparameters={
            "pos_weight": Hyperparameter("w", "weight of yes, at least 0; 1 where left out", (None, 3.0), (0, -1e-9)),
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
        summary="The same loss where the model gives a probability in place of a logit.",
        formula=r"-y \log q - (1 - y) \log(1 - q)",
        gradient=r"\frac{q - y}{q\,(1 - q)}",
        symbols=("q", "y"),
        arguments="q, y",
        where="",
        inputs=("probability", "probability"),
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
        summary="What a wrong distribution costs beyond the target's own entropy.",
        formula=r"\sum_k p_k\,(\log p_k - \log q_k)",
        gradient=r"-p_k",
        symbols=(r"\log q", "p"),
        arguments=r"\log q, p",
        where="",
        inputs=("log-probabilities", "probabilities"),
        units="nats",
        convex=YES,
        smooth=YES,
        proper=YES,
        lipschitz=Lipschitz("1", lambda: 1.0),
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
        chapter="classification/focal",
        summary="Cross-entropy that turns down what is easy, so that the rare and hard are heard.",
        formula=r"-\alpha_y\,(1 - q_y)^\gamma \log q_y",
        gradient=r"\alpha_y\,(1 - q_y)^{\gamma - 1}\,(\gamma\,q_y \log q_y + q_y - 1)\,([k = y] - q_k)",
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
        convex=Claim(r"at $\gamma = 0$ only", lambda gamma, alpha: gamma == 0),
        smooth=YES,
        proper=Claim(r"at $\gamma = 0$ only, without $\alpha$", lambda gamma, alpha: gamma == 0 and alpha is None),
        lipschitz=Lipschitz(
            r"a little above $\sqrt 2 \max_k \alpha_k$",
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
            lambda q: classification.focal_loss(_log_pair(q), _labels(q), reduction="none"),
        ),
    ),
    Loss(
        function=classification.sigmoid_focal_loss,
        title="Sigmoid focal",
        chapter="classification/focal",
        summary="The focal loss of a yes-or-no target, as its paper defines it.",
        formula=r"\alpha_t\,(1 - q_t)^\gamma \operatorname{BCE}(z, y)",
        gradient=r"\alpha\,(1 - q)^\gamma\,(\gamma\,q \log q + q - 1) \quad\text{for } y = 1",
        symbols=("z", "y"),
        arguments="z, y",
        where=r"q = \operatorname{sigmoid}(z),\; q_t = y\,q + (1 - y)(1 - q),\; \alpha_t = y\,\alpha + (1 - y)(1 - \alpha)",
        inputs=("logit", "probability"),
        units="nats",
        hyperparameters={
            "gamma": Hyperparameter(
                r"\gamma", "how strongly easy examples are turned down, at least 0", (2.0, 0.5, 0.0), (0, -1e-9)
            ),
            "alpha": Hyperparameter(r"\alpha", "weight of yes, in [0, 1]; no has 1 − α", (None, 0.25), (1, 1 + 1e-9)),
        },
        convex=Claim(r"at $\gamma = 0$ only", lambda gamma, alpha: gamma == 0),
        smooth=YES,
        proper=Claim(r"at $\gamma = 0$ only, without $\alpha$", lambda gamma, alpha: gamma == 0 and alpha is None),
        lipschitz=Lipschitz(
            r"a little above $\max(\alpha, 1 - \alpha)$",
            lambda gamma, alpha: (1 if alpha is None else max(alpha, 1 - alpha)) * _focal_slope(gamma),
        ),
        minimiser=Minimiser(r"nearer to ½ than $p$ for $\gamma > 0$; no closed form", None),
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
        reference="Chang and Lin (2001), https://doi.org/10.1145/1961189.1961199",
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
            lambda s: classification.multiclass_hinge_loss(np.stack([s, 0 * s], axis=-1), _labels(s), reduction="none"),
        ),
    ),
    Loss(
        function=distance.contrastive_loss,
        title="Pairwise contrastive",
        chapter="distance/pairwise_contrastive",
        summary="Pairs: similar ones together, the others a margin apart.",
        formula=r"y\,d^2 + (1 - y) \max(0, m - d)^2",
        gradient=r"2\,y\,d - 2\,(1 - y) \max(0, m - d)",
        symbols=("d", "y"),
        arguments="d, y",
        where="",
        inputs=("distance", "similar"),
        units="those of d, squared",
        hyperparameters={
            "margin": Hyperparameter(
                "m", "the distance from which on a dissimilar pair costs nothing, positive", (1.0, 0.5), (1e-9, 0)
            ),
        },
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("none", lambda margin: inf),
        minimiser=Minimiser(
            r"$(1 - \lambda)\,m$, where a share $\lambda$ of the pairs is similar", lambda p, margin: (1 - p) * margin
        ),
        peers=(
            Peer(
                "torch.nn.functional.hinge_embedding_loss",
                "linear in the distance, so squared here; dissimilar is −1",
                lambda f, d, y, margin: f(d, 2 * y - 1, margin=margin, reduction="none") ** 2,
            ),
        ),
        reference="Hadsell et al. (2006), https://doi.org/10.1109/CVPR.2006.100",
        curve=Curve(
            "distance of a dissimilar pair",
            0,
            2,
            lambda d: distance.contrastive_loss(d, np.zeros_like(d), reduction="none"),
        ),
    ),
    Loss(
        function=distance.triplet_margin_loss,
        title="Triplet",
        chapter="distance/triplet",
        summary="Triplets: the negative farther off than the positive, by a margin.",
        formula=r"\max\bigl(0, d^+ - d^- + m\bigr)",
        gradient=r"\frac{a - a^+}{d^+} - \frac{a - a^-}{d^-} \quad\text{where } L > 0",
        **_OF_TRIPLET,
        where=r"d^\pm = \lVert a - a^\pm \rVert, \text{ or its square}",
        units="those of the distance",
        hyperparameters={
            "margin": Hyperparameter("m", "the lead from which on a triplet costs nothing, positive", (1.0, 0.5), (1e-9, 0)),
            "squared": Hyperparameter("", "whether $d$ is the squared distance", (False, True)),
        },
        convex=Claim("with squared distances", lambda margin, squared: squared),
        smooth=NO,
        lipschitz=Lipschitz("2; none with squared distances", lambda margin, squared: inf if squared else 2.0),
        minimiser=Minimiser("every triplet with $d^- \\ge d^+ + m$", None),
        peers=(
            Peer(
                "torch.nn.functional.triplet_margin_loss",
                "adds 1e-6 to each difference, unless told",
                lambda f, a, p, n, margin: f(a, p, n, margin=margin, eps=0.0, reduction="none"),
            ),
            Peer(
                "torch.nn.functional.triplet_margin_with_distance_loss",
                "takes any distance function",
                lambda f, a, p, n, margin, squared: f(
                    a,
                    p,
                    n,
                    margin=margin,
                    reduction="none",
                    distance_function=lambda u, v: ((u - v) ** 2).sum(-1) if squared else (u - v).norm(dim=-1),
                ),
            ),
            Peer(
                "optax.losses.triplet_margin_loss",
                "adds 1e-6 to each squared distance, unless told",
                lambda f, a, p, n, margin: f(a, p, n, margin=margin, eps=0.0),
            ),
            Peer(
                "pytorch_metric_learning.losses.TripletMarginLoss",
                "embeddings to unit length and a mean over non-zero triplets, unless told; averages only",
                _triplets,
            ),
        ),
        reference="Schroff et al. (2015), https://doi.org/10.1109/CVPR.2015.7298682",
        curve=Curve(
            "distance to the negative, with the positive at 1",
            0,
            3,
            lambda d: distance.triplet_margin_loss(*_plane((0, 0), (0, 1), (d, 0)), reduction="none"),
        ),
    ),
    Loss(
        function=distance.angular_triplet_loss,
        title="Angular",
        chapter="distance/angular",
        summary="The triplet loss in angles: only directions count, and the margin is an angle.",
        formula=r"\max\bigl(0, \cos\theta^- - \cos(\theta^+ + m)\bigr)",
        gradient=r"|\sin(\theta^+ + m)|\,\nabla_a \theta^+ - \sin\theta^-\,\nabla_a \theta^- \quad\text{where } L > 0",
        **_OF_TRIPLET,
        where=r"\theta^\pm \text{ the angle between } a \text{ and } a^\pm",
        units="a difference of cosines",
        hyperparameters={
            "margin": Hyperparameter(
                "m", "the lead from which on a triplet costs nothing, in radians, between 0 and π", (0.5, 2.0), (pi - 1e-9, pi)
            ),
        },
        convex=NO,
        smooth=NO,
        lipschitz=Lipschitz(r"none: it grows as $1 / \lVert a \rVert$", lambda margin: inf),
        minimiser=Minimiser(r"every triplet with $\theta^- \ge \theta^+ + m$", None),
        peers=(
            Peer(
                "torch.nn.functional.cosine_similarity",
                "none of its own: three lines with the cosine and its arccosine",
                _angular_triplet,
            ),
        ),
        reference="Deng et al. (2019), https://doi.org/10.1109/CVPR.2019.00482",
        curve=Curve(
            "angle to the positive, with negatives at π/2",
            0,
            pi,
            lambda t: distance.angular_triplet_loss(*_plane((1, 0), _circle(t), (0, 1)), reduction="none"),
        ),
    ),
    Loss(
        function=distance.angular_loss,
        title="Angular (Wang et al.)",
        chapter="distance/angular",
        summary="Bounds the angle at which the negative sees anchor and positive.",
        formula=r"\max\bigl(0, \lVert a - a^+ \rVert^2 - 4 \tan^2\alpha\, \lVert a^- - c \rVert^2\bigr)",
        gradient=r"2\,(a - a^+) - 4 \tan^2\alpha\,(c - a^-) \quad\text{where } L > 0",
        **_OF_TRIPLET,
        where=r"c = (a + a^+) / 2",
        units="those of the embeddings, squared",
        hyperparameters={
            "alpha": Hyperparameter(
                r"\alpha",
                "half the angle at which a negative may see the pair, in radians, between 0 and π/2",
                (pi / 4, 0.6, 1.0),
                (pi / 2 - 1e-9, pi / 2),
            ),
        },
        convex=Claim(r"where $\alpha \le \pi / 4$", lambda alpha: alpha <= pi / 4),
        smooth=NO,
        lipschitz=Lipschitz("none", lambda alpha: inf),
        minimiser=Minimiser(
            "every triplet whose negative lies outside the ball around $c$ of radius $\\lVert a - a^+ \\rVert / (2 \\tan\\alpha)$",
            None,
        ),
        peers=(
            Peer(
                "torch.nn.functional.pairwise_distance",
                "none of its own: one line with its distance",
                lambda f, a, p, n, alpha: (f(a, p, eps=0.0) ** 2 - 4 * tan(alpha) ** 2 * f(n, (a + p) / 2, eps=0.0) ** 2).clamp(
                    min=0
                ),
            ),
        ),
        reference="Wang et al. (2017), https://doi.org/10.1109/ICCV.2017.283",
        curve=Curve(
            "distance of the negative from the middle",
            0,
            2,
            lambda d: distance.angular_loss(*_plane((-1, 0), (1, 0), (0, d)), reduction="none"),
        ),
    ),
    Loss(
        function=distance.n_pair_loss,
        title="N-pair",
        chapter="distance/n_pair",
        summary="Many negatives at once: pick the positive by its inner product.",
        formula=r"\log\Bigl(1 + \sum_j e^{a \cdot a^-_j - a \cdot a^+}\Bigr)",
        gradient=r"\sum_j q_j\,(a^-_j - a^+)",
        **_OF_CANDIDATES,
        where=r"q_j = e^{a \cdot a^-_j - a \cdot a^+ - L}",
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("none", lambda: inf),
        minimiser=Minimiser("none: $L$ falls towards 0 as the gaps $a \\cdot a^+ - a \\cdot a^-_j$ grow", None),
        peers=(
            Peer(
                "torch.nn.functional.cross_entropy",
                "none of its own: its cross-entropy of the inner products",
                lambda f, a, p, n: f(*_pick(a, p, n), reduction="none"),
            ),
            Peer(
                "optax.softmax_cross_entropy_with_integer_labels",
                "none of its own: its cross-entropy of the inner products",
                lambda f, a, p, n: f(*_pick(a, p, n)),
            ),
            Peer(
                "pytorch_metric_learning.losses.NPairsLoss",
                "embeddings to unit length, unless told; negatives from the batch; averages only",
                _n_pairs,
            ),
        ),
        reference="Sohn (2016), https://papers.nips.cc/paper/6200-improved-deep-metric-learning-with-multi-class-n-pair-loss-objective",
        curve=Curve(
            "lead of the right answer",
            -4,
            6,
            lambda s: distance.n_pair_loss(  # type: ignore[misc]
                *_plane((1, 0), (s, 0)), negatives=np.zeros((*s.shape, 8, 2)), reduction="none"
            ),
        ),
    ),
    Loss(
        function=distance.info_nce_loss,
        title="InfoNCE",
        chapter="distance/info_nce",
        summary="Pick the positive among many by its direction; a temperature sets how sharply.",
        formula=r"-\log \frac{e^{\cos(a, a^+)/\tau}}{e^{\cos(a, a^+)/\tau} + \sum_j e^{\cos(a, a^-_j)/\tau}}",
        gradient=r"\frac1\tau \sum_j q_j\,\nabla_a\bigl(\cos(a, a^-_j) - \cos(a, a^+)\bigr)",
        **_OF_CANDIDATES,
        where=r"q_j = e^{(\cos(a, a^-_j) - \cos(a, a^+))/\tau - L}",
        hyperparameters={
            "temperature": Hyperparameter(r"\tau", "what the cosines are divided by, positive", (0.07, 1.0), (1e-3, 0)),
        },
        convex=NO,
        smooth=Claim("away from zero vectors", lambda temperature: True),
        lipschitz=Lipschitz(r"none: it grows as $1 / \lVert a \rVert$", lambda temperature: inf),
        minimiser=Minimiser(
            r"$a^+$ in the direction of $a$, all $a^-_j$ in the opposite one: $L = \log(1 + K e^{-2/\tau})$", None
        ),
        peers=(
            Peer(
                "torch.nn.functional.cross_entropy",
                "none of its own: its cross-entropy of the cosines over τ",
                lambda f, a, p, n, temperature: f(*_pick_by_cosine(a, p, n, temperature), reduction="none"),
            ),
            Peer(
                "optax.softmax_cross_entropy_with_integer_labels",
                "none of its own (ntxent takes anchors for candidates, too): its cross-entropy of the cosines over τ",
                lambda f, a, p, n, temperature: f(*_pick_by_cosine(a, p, n, temperature)),
            ),
            Peer(
                "pytorch_metric_learning.losses.NTXentLoss",
                "pairs are told by labels or indices; averages only",
                _ntxent,
            ),
        ),
        reference="van den Oord et al. (2018), https://arxiv.org/abs/1807.03748",
        curve=Curve(
            "angle to the positive, with negatives at π/2",
            0,
            pi,
            lambda t: distance.info_nce_loss(  # type: ignore[misc]
                *_plane((1, 0), _circle(t)),
                negatives=np.broadcast_to([0.0, 1.0], (*t.shape, 8, 2)),
                temperature=0.5,
                reduction="none",
            ),
        ),
    ),
    Loss(
        function=distance.proxy_softmax_loss,
        title="Proxy",
        chapter="distance/proxy",
        summary="Each class has a point of its own, and the nearest point should be the right one.",
        formula=r"-\log \frac{e^{-\lVert a - c_y \rVert^2}}{\sum_k e^{-\lVert a - c_k \rVert^2}}",
        gradient=r"2 \sum_k q_k\,(c_k - c_y)",
        **_OF_PROXIES,
        where=r"q_k = e^{-\lVert a - c_k \rVert^2} / \sum_j e^{-\lVert a - c_j \rVert^2}",
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz(r"none ($2 \max_k \lVert c_k - c_y \rVert$ for given proxies)", lambda: inf),
        minimiser=Minimiser(r"the $a$ at which $\sum_k q_k\,c_k = \sum_k p_k\,c_k$", None),
        peers=(
            Peer(
                "torch.nn.functional.cross_entropy",
                "none of its own: its cross-entropy of minus the squared distances",
                lambda f, a, y, c: f(-_squared_distances(a, c), y, reduction="none"),
            ),
            Peer(
                "optax.softmax_cross_entropy_with_integer_labels",
                "none of its own: its cross-entropy of minus the squared distances",
                lambda f, a, y, c: f(-_squared_distances(a, c), y),
            ),
            Peer(
                "pytorch_metric_learning.losses.ProxyNCALoss",
                "holds the proxies itself; embeddings and proxies to unit length, unless told; averages only",
                _proxy_nca,
            ),
        ),
        reference="Teh et al. (2020), https://doi.org/10.1007/978-3-030-58586-0_27",
        curve=Curve(
            "place between the two proxies",
            -1,
            3,
            lambda x: distance.proxy_softmax_loss(
                _plane((x, 0))[0], _labels(x), np.asarray([[0.0, 0], [2, 0]]), reduction="none"
            ),
        ),
    ),
    Loss(
        function=distance.proxy_nca_loss,
        title="Proxy-NCA",
        chapter="distance/proxy",
        summary="Near the own proxy, far from all others: the own one is missing from the sum.",
        formula=r"-\log \frac{e^{-\lVert a - c_y \rVert^2}}{\sum_{k \ne y} e^{-\lVert a - c_k \rVert^2}}",
        gradient=r"2 \sum_{k \ne y} q_k\,(c_k - c_y)",
        **_OF_PROXIES,
        where=r"q_k = e^{-\lVert a - c_k \rVert^2} / \sum_{j \ne y} e^{-\lVert a - c_j \rVert^2}",
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz(r"none ($2 \max_k \lVert c_k - c_y \rVert$ for given proxies)", lambda: inf),
        minimiser=Minimiser("none if $c_y$ is a corner of the proxies: $L$ falls without bound as $a$ moves out beyond it", None),
        peers=(
            Peer(
                "torch.cdist",
                "none of its own: one line with its distances",
                lambda f, a, y, c: _without_own(-(f(a, c) ** 2), y),
            ),
        ),
        reference="Movshovitz-Attias et al. (2017), https://doi.org/10.1109/ICCV.2017.47",
        curve=Curve(
            "place between the two proxies",
            -1,
            3,
            lambda x: distance.proxy_nca_loss(_plane((x, 0))[0], _labels(x), np.asarray([[0.0, 0], [2, 0]]), reduction="none"),
        ),
    ),
)


def _keras(name: str, convention: str, call: Any) -> Any:
    return Peer(f"keras.losses.{name}", f"target first; {convention}", call)


# What Keras calls them: on the crosswalk only, for its import takes longer than a chapter should.
IN_KERAS = {
    "l1_loss": _keras("mean_absolute_error", "averages over the last axis", lambda f, y_hat, y: f(y[:, None], y_hat[:, None])),
    "mse_loss": _keras("mean_squared_error", "averages over the last axis", lambda f, y_hat, y: f(y[:, None], y_hat[:, None])),
    "huber_loss": _keras(
        "huber", "averages over the last axis", lambda f, y_hat, y, delta: f(y[:, None], y_hat[:, None], delta=delta)
    ),
    "cross_entropy": _keras(
        "sparse_categorical_crossentropy", "takes probabilities unless from_logits=True",
        lambda f, z, y: f(y, z, from_logits=True),
    ),
    "binary_cross_entropy_with_logits": _keras(
        "binary_crossentropy", "takes probabilities unless from_logits=True; averages over the last axis",
        lambda f, z, y: f(y[:, None], z[:, None], from_logits=True),
    ),
    "sigmoid_focal_loss": _keras(
        "binary_focal_crossentropy",
        "takes probabilities unless from_logits=True; alpha counts only with apply_class_balancing=True; averages over the last axis",
        lambda f, z, y, gamma: f(y[:, None], z[:, None], gamma=gamma, from_logits=True),
    ),
    "hinge_loss": _keras(
        "hinge", "margin 1; averages over the last axis", lambda f, s, y, margin: margin * f(1.0 * y[:, None], s[:, None] / margin)
    ),
    "squared_hinge_loss": _keras(
        "squared_hinge", "margin 1; averages over the last axis",
        lambda f, s, y, margin: margin**2 * f(1.0 * y[:, None], s[:, None] / margin),
    ),
}  # fmt: skip


IDENTITIES = (
    Identity(
        "Lp at p = 1 is L1", r"L_p(r) = |r|", r"p = 1",
        lambda y_hat, y: regression.lp_loss(y_hat, y, p=1.0, reduction="none"),
        lambda y_hat, y: regression.l1_loss(y_hat, y, reduction="none"),
        ("lp_loss", "l1_loss"),
    ),
    Identity(
        "Lp at p = 2 is L2", r"L_p(r) = r^2", r"p = 2",
        lambda y_hat, y: regression.lp_loss(y_hat, y, p=2.0, reduction="none"),
        lambda y_hat, y: regression.mse_loss(y_hat, y, reduction="none"),
        ("lp_loss", "mse_loss"),
    ),
    Identity(
        "Huber becomes half of L2", r"L_\delta(r) \to \tfrac12 r^2", r"\delta \to \infty",
        lambda y_hat, y: regression.huber_loss(y_hat, y, delta=1e6, reduction="none"),
        lambda y_hat, y: regression.mse_loss(y_hat, y, reduction="none") / 2,
        ("huber_loss", "mse_loss"),
    ),
    Identity(
        "Huber over δ becomes L1", r"L_\delta(r) / \delta \to |r|", r"\delta \to 0",
        lambda y_hat, y: regression.huber_loss(y_hat, y, delta=1e-6, reduction="none") / 1e-6,
        lambda y_hat, y: regression.l1_loss(y_hat, y, reduction="none"),
        ("huber_loss", "l1_loss"),
        within=1e-6,
        apart=lambda y_hat, y: abs(y_hat - y) > 1e-6,
    ),
    Identity(
        "Smooth L1 is Huber over β", r"L_\beta(r) = L_{\delta}(r) / \delta", r"\delta = \beta",
        lambda y_hat, y: regression.smooth_l1_loss(y_hat, y, beta=0.7, reduction="none"),
        lambda y_hat, y: regression.huber_loss(y_hat, y, delta=0.7, reduction="none") / 0.7,
        ("smooth_l1_loss", "huber_loss"),
    ),
    Identity(
        "Smooth L1 at β = 0 is L1", r"L_\beta(r) = |r|", r"\beta = 0",
        lambda y_hat, y: regression.smooth_l1_loss(y_hat, y, beta=0.0, reduction="none"),
        lambda y_hat, y: regression.l1_loss(y_hat, y, reduction="none"),
        ("smooth_l1_loss", "l1_loss"),
    ),
    Identity(
        "Cross-entropy is NLL of the log-softmax", r"L(z, y) = -\log \operatorname{softmax}(z)_y", "always",
        lambda z, y: classification.cross_entropy(z, y, reduction="none"),
        lambda z, y: classification.nll_loss(log_softmax(z), y, reduction="none"),
        ("cross_entropy", "nll_loss"),
        inputs=("logits", "class"),
    ),
    Identity(
        "Label smoothing is cross-entropy with a mixed target",
        r"L_\varepsilon(z, y) = L\bigl(z, (1 - \varepsilon)\,p + \varepsilon / C\bigr)", r"p \text{ one-hot at } y",
        lambda z, y: classification.cross_entropy(z, y, label_smoothing=0.1, reduction="none"),
        lambda z, y: classification.cross_entropy(z, 0.9 * _one_hot(z, y) + 0.1 / z.shape[-1], reduction="none"),
        ("cross_entropy", "cross_entropy"),
        inputs=("logits", "class"),
    ),
    Identity(
        "Binary cross-entropy is cross-entropy with two classes", r"L(z, y) = L\bigl((0, z), y\bigr)", r"C = 2",
        lambda z, y: classification.cross_entropy(_two_logits(z), _as_class(y), reduction="none"),
        lambda z, y: classification.binary_cross_entropy_with_logits(z, y, reduction="none"),
        ("cross_entropy", "binary_cross_entropy_with_logits"),
        inputs=("logit", "label"),
    ),
    Identity(
        "Binary cross-entropy from a logit is that of its sigmoid",
        r"L(z, y) = -y \log q - (1 - y) \log(1 - q)", r"q = \operatorname{sigmoid}(z)",
        lambda z, y: classification.binary_cross_entropy_with_logits(z, y, reduction="none"),
        lambda z, y: classification.binary_cross_entropy(sigmoid(z), y, reduction="none"),
        ("binary_cross_entropy_with_logits", "binary_cross_entropy"),
        inputs=("logit", "probability"),
    ),
    Identity(
        "KL is cross-entropy less the target's entropy", r"D_{\mathrm{KL}}(p \,\|\, q) = H(p, q) - H(p)", "always",
        lambda z, p: classification.kl_divergence(log_softmax(z), p, reduction="none"),
        lambda z, p: classification.cross_entropy(z, p, reduction="none") - _entropy(p),
        ("kl_divergence", "cross_entropy"),
        inputs=("logits", "probabilities"),
    ),
    Identity(
        "KL from a one-hot target is cross-entropy", r"D_{\mathrm{KL}}(p \,\|\, q) = -\log q_y", r"p \text{ one-hot at } y",
        lambda z, y: classification.kl_divergence(log_softmax(z), _one_hot(z, y), reduction="none"),
        lambda z, y: classification.cross_entropy(z, y, reduction="none"),
        ("kl_divergence", "cross_entropy"),
        inputs=("logits", "class"),
    ),
    Identity(
        "Focal at γ = 0 is cross-entropy", r"L_\gamma(z, y) = -\log q_y", r"\gamma = 0",
        lambda z, y: classification.focal_loss(z, y, gamma=0.0, reduction="none"),
        lambda z, y: classification.cross_entropy(z, y, reduction="none"),
        ("focal_loss", "cross_entropy"),
        inputs=("logits", "class"),
    ),
    Identity(
        "Sigmoid focal is focal with two classes", r"L_\gamma(z, y) = L_\gamma\bigl((0, z), y\bigr)", r"C = 2",
        lambda z, y: classification.focal_loss(_two_logits(z), _as_class(y), reduction="none"),
        lambda z, y: classification.sigmoid_focal_loss(z, y, reduction="none"),
        ("focal_loss", "sigmoid_focal_loss"),
        inputs=("logit", "label"),
    ),
    Identity(
        "Multiclass hinge with two classes is the hinge of their difference",
        r"L\bigl((0, z), y\bigr) = \max(0, m - y\,z)", r"C = 2",
        lambda s, y: classification.multiclass_hinge_loss(_two_logits(s), _as_class(y), reduction="none"),
        lambda s, y: classification.hinge_loss(s, y, reduction="none"),
        ("multiclass_hinge_loss", "hinge_loss"),
        inputs=("score", "sign"),
    ),
    Identity(
        "Squared hinge is the hinge, squared", r"L(z, y) = \max(0, m - y\,z)^2", "always",
        lambda s, y: classification.squared_hinge_loss(s, y, reduction="none"),
        lambda s, y: classification.hinge_loss(s, y, reduction="none") ** 2,
        ("squared_hinge_loss", "hinge_loss"),
        inputs=("score", "sign"),
    ),
    Identity(
        "Binary cross-entropy of the shortfall becomes the hinge",
        r"\tau \log\bigl(1 + e^{(m - y z)/\tau}\bigr) \to \max(0, m - y\,z)", r"\tau \to 0",
        lambda s, y: 1e-6 * classification.binary_cross_entropy_with_logits((y * s - 1) / 1e-6, 1 + 0 * s, reduction="none"),
        lambda s, y: classification.hinge_loss(s, y, reduction="none"),
        ("binary_cross_entropy_with_logits", "hinge_loss"),
        inputs=("score", "sign"),
        within=1e-6,
        apart=lambda s, y: abs(y * s - 1) > 1e-4,
    ),
    Identity(
        "Contrastive loss of a similar pair is the squared distance", r"L(d, 1) = d^2", r"y = 1",
        lambda a, b: distance.contrastive_loss(distance.euclidean_distance(a, b), 1 + 0 * a[..., 0], reduction="none"),
        lambda a, b: namespace(a=a).sum((a - b) ** 2, axis=-1),
        ("contrastive_loss", "mse_loss"),
        inputs=("embedding", "embedding"),
    ),
    Identity(
        "Triplet is the hinge of the gap", r"L(a, a^+, a^-) = \max(0, m - z)", r"z = d^- - d^+, \; y = 1",
        lambda a, p, n: distance.triplet_margin_loss(a, p, n, reduction="none"),
        lambda a, p, n: _of_gap(classification.hinge_loss, a, p, n),
        ("triplet_margin_loss", "hinge_loss"),
        inputs=("embedding", "embedding", "embedding"),
    ),
    Identity(
        "N-pair with one negative is binary cross-entropy of the gap",
        r"L(a, a^+, a^-) = \log(1 + e^{-z})", r"K = 1, \; z = a \cdot (a^+ - a^-), \; y = 1",
        lambda a, p, n: distance.n_pair_loss(a, p, n[..., None, :], reduction="none"),
        lambda a, p, n: softplus(namespace(a=a).sum(a * (n - p), axis=-1)),
        ("n_pair_loss", "binary_cross_entropy_with_logits"),
        inputs=("embedding", "embedding", "embedding"),
    ),
    Identity(
        "InfoNCE is N-pair of unit vectors over the temperature",
        r"L_\tau(a, a^+, a^-) = L(u / \tau, u^+, u^-)", r"u = a / \lVert a \rVert",
        lambda a, p, n: distance.info_nce_loss(a, p, n, temperature=0.5, reduction="none"),
        lambda a, p, n: distance.n_pair_loss(
            _at_unit_length(a) / 0.5, _at_unit_length(p), None if n is None else _at_unit_length(n), reduction="none"
        ),
        ("info_nce_loss", "n_pair_loss"),
        inputs=("embedding", "embedding", "negatives"),
    ),
    Identity(
        "InfoNCE is cross-entropy of the cosines", r"L_\tau(a, a^+, a^-) = L(z / \tau, 0)",
        r"z = (\cos(a, a^+), \cos(a, a^-_1), \dots, \cos(a, a^-_K))",
        lambda a, p, n: distance.info_nce_loss(a, p, n, temperature=0.2, reduction="none"),
        lambda a, p, n: classification.cross_entropy(*_pick_by_cosine(a, p, n, 0.2), reduction="none"),
        ("info_nce_loss", "cross_entropy"),
        inputs=("embedding", "embedding", "negatives"),
    ),
    Identity(
        "N-pair is cross-entropy of the inner products", r"L(a, a^+, a^-) = L(z, 0)",
        r"z = (a \cdot a^+, a \cdot a^-_1, \dots, a \cdot a^-_K)",
        lambda a, p, n: distance.n_pair_loss(a, p, n, reduction="none"),
        lambda a, p, n: classification.cross_entropy(*_pick(a, p, n), reduction="none"),
        ("n_pair_loss", "cross_entropy"),
        inputs=("embedding", "embedding", "negatives"),
    ),
    Identity(
        "Proxy softmax is cross-entropy of minus the squared distances", r"L(a, y, c) = L(z, y)",
        r"z_k = -\lVert a - c_k \rVert^2",
        lambda a, y, c: distance.proxy_softmax_loss(a, y, c, reduction="none"),
        lambda a, y, c: classification.cross_entropy(-namespace(a=a).sum((a[..., None, :] - c) ** 2, axis=-1), y, reduction="none"),
        ("proxy_softmax_loss", "cross_entropy"),
        inputs=("embedding", "class", "proxies"),
    ),
    Identity(
        "Proxy softmax is the softplus of Proxy-NCA", r"L(a, y, c) = \log(1 + e^{L'(a, y, c)})", r"L' \text{ Proxy-NCA}",
        lambda a, y, c: distance.proxy_softmax_loss(a, y, c, reduction="none"),
        lambda a, y, c: softplus(distance.proxy_nca_loss(a, y, c, reduction="none")),
        ("proxy_softmax_loss", "proxy_nca_loss"),
        inputs=("embedding", "class", "proxies"),
    ),
)  # fmt: skip
