"""The taxonomy as data: one record per loss, one per identity between losses.

The book's pages and the package's tests are both made from these records, so a property that
is claimed here is a property that is tested.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf

import numpy as np

from lossbook import regression
from lossbook.lenses import NOISE_MODELS

__all__ = [
    "FAMILIES", "IDENTITIES", "LOSSES", "Claim", "Curve", "Family", "Hyperparameter",
    "Identity", "Lipschitz", "Loss", "Minimiser", "Peer", "chapters", "loss_of",
]  # fmt: skip


@dataclass(frozen=True)
class Family:
    """A group of losses for one kind of task; `announced` are losses still to be written."""

    slug: str
    title: str
    summary: str
    announced: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hyperparameter:
    """What a hyperparameter means, and the values at which the laws are tested."""

    symbol: str
    meaning: str
    values: tuple[float, ...]


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
    """What the prediction that minimises the expected loss is, and how to find it from samples."""

    text: str
    of: Callable[..., float]


@dataclass(frozen=True)
class Peer:
    """The same loss in another library.

    `call(function, prediction, target, **hyperparameters)` translates: it gives `lossbook`'s
    unreduced values, or, where the peer knows only averages, their mean.
    """

    path: str
    convention: str
    call: Callable

    @property
    def library(self):
        return self.path.split(".")[0]


@dataclass(frozen=True)
class Curve:
    """The loss as one small picture: `of` maps the values low … high of `label` to losses."""

    label: str
    low: float
    high: float
    of: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Loss:
    """Everything the book states about one loss. The noise model stands in `lenses`."""

    function: Callable
    title: str
    chapter: str
    summary: str
    formula: str
    gradient: str
    prediction: str
    target: str
    units: str
    convex: Claim
    smooth: Claim
    lipschitz: Lipschitz
    minimiser: Minimiser
    peers: tuple[Peer, ...]
    reference: str
    curve: Curve
    hyperparameters: Mapping[str, Hyperparameter] = field(default_factory=dict)

    @property
    def name(self):
        return self.function.__name__

    @property
    def family(self):
        return self.chapter.split("/")[0]

    @property
    def noise_model(self):
        return NOISE_MODELS[self.name]


@dataclass(frozen=True)
class Identity:
    """`general(y_hat, y)` equals `special(y_hat, y)` under a condition, elementwise.

    `within` bounds the difference where the identity is a limit; 0 means exact but for rounding.
    """

    name: str
    formula: str
    condition: str
    general: Callable
    special: Callable
    chapters: tuple[str, str]
    within: float = 0.0


def loss_of(function):
    """Return the record of a loss, given the function or its name."""
    name = function if isinstance(function, str) else function.__name__
    for loss in LOSSES:
        if loss.name == name:
            return loss
    raise KeyError(f"no record for {name!r}; the taxonomy holds {[loss.name for loss in LOSSES]}")


def chapters(family):
    """Return the first loss of each chapter of a family, in the book's order."""
    first = {}
    for loss in LOSSES:
        if loss.family == family:
            first.setdefault(loss.chapter, loss)
    return list(first.values())


def _root(increasing, samples):
    """Return the zero of an increasing function between the samples' extremes, by bisection."""
    low, high = float(np.min(samples)), float(np.max(samples))
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if increasing(middle) < 0 else (low, middle)
    return (low + high) / 2


def _residual_curve(function, **hyperparameters):
    return Curve(
        "residual r", -3, 3,
        lambda r: function(r, np.zeros_like(r), reduction="none", **hyperparameters),
    )  # fmt: skip


def _torch(name, convention="the same"):
    return Peer(
        f"torch.nn.functional.{name}",
        convention,
        lambda f, y_hat, y, **hyperparameters: f(y_hat, y, reduction="none", **hyperparameters),
    )


def _huber_minimiser(samples, threshold):
    return _root(lambda m: np.mean(np.clip(m - samples, -threshold, threshold)), samples)


FAMILIES = (
    Family("regression", "Regression", "The target is a number, and the error has a size."),
    Family(
        "classification", "Classification", "The target is a class, and the prediction a distribution over classes.",
        ("NLL", "Cross-entropy", "Binary cross-entropy", "KL divergence", "Focal", "Hinge"),
    ),
    Family(
        "distance", "Distance", "The target is a relation: alike things near, unlike things far.",
        ("Pairwise contrastive", "Triplet", "Angular", "N-pair", "InfoNCE", "Proxy"),
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
        prediction="real",
        target="real",
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
        prediction="real",
        target="real",
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
        prediction="real",
        target="real",
        units="those of y, to the power p",
        hyperparameters={
            "p": Hyperparameter("p", "the power, at least 1", (1.0, 1.5, 2.0, 3.0)),
        },
        convex=YES,
        smooth=Claim("where $p > 1$", lambda p: p > 1),
        lipschitz=Lipschitz("1 at $p = 1$, otherwise none", lambda p: 1.0 if p == 1 else inf),
        minimiser=Minimiser(
            "the $p$-centre: median at 1, mean at 2, midrange as $p \\to \\infty$",
            lambda samples, p: _root(
                lambda m: np.mean(np.sign(m - samples) * np.abs(m - samples) ** (p - 1)), samples
            ),
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
        prediction="real",
        target="real",
        units="those of y, squared",
        hyperparameters={
            "delta": Hyperparameter(
                r"\delta", "where quadratic turns linear; positive, in the units of y", (0.3, 1.0, 4.0)
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
        prediction="real",
        target="real",
        units="those of y",
        hyperparameters={
            "beta": Hyperparameter(
                r"\beta", "where quadratic turns linear; at least 0, in the units of y", (0.0, 0.5, 1.0, 4.0)
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
)


IDENTITIES = (
    Identity(
        "Lp at p = 1 is L1", r"L_p(r) = |r|", r"p = 1",
        lambda y_hat, y: regression.lp_loss(y_hat, y, p=1.0, reduction="none"),
        lambda y_hat, y: regression.l1_loss(y_hat, y, reduction="none"),
        ("regression/lp", "regression/l1"),
    ),
    Identity(
        "Lp at p = 2 is L2", r"L_p(r) = r^2", r"p = 2",
        lambda y_hat, y: regression.lp_loss(y_hat, y, p=2.0, reduction="none"),
        lambda y_hat, y: regression.mse_loss(y_hat, y, reduction="none"),
        ("regression/lp", "regression/l2"),
    ),
    Identity(
        "Huber becomes half of L2", r"L_\delta(r) \to \tfrac12 r^2", r"\delta \to \infty",
        lambda y_hat, y: regression.huber_loss(y_hat, y, delta=1e6, reduction="none"),
        lambda y_hat, y: regression.mse_loss(y_hat, y, reduction="none") / 2,
        ("regression/huber", "regression/l2"),
    ),
    Identity(
        "Huber over δ becomes L1", r"L_\delta(r) / \delta \to |r|", r"\delta \to 0",
        lambda y_hat, y: regression.huber_loss(y_hat, y, delta=1e-6, reduction="none") / 1e-6,
        lambda y_hat, y: regression.l1_loss(y_hat, y, reduction="none"),
        ("regression/huber", "regression/l1"),
        within=1e-6,
    ),
    Identity(
        "Smooth L1 is Huber over β", r"L_\beta(r) = L_{\delta}(r) / \delta", r"\delta = \beta",
        lambda y_hat, y: regression.smooth_l1_loss(y_hat, y, beta=0.7, reduction="none"),
        lambda y_hat, y: regression.huber_loss(y_hat, y, delta=0.7, reduction="none") / 0.7,
        ("regression/huber", "regression/huber"),
    ),
    Identity(
        "Smooth L1 at β = 0 is L1", r"L_\beta(r) = |r|", r"\beta = 0",
        lambda y_hat, y: regression.smooth_l1_loss(y_hat, y, beta=0.0, reduction="none"),
        lambda y_hat, y: regression.l1_loss(y_hat, y, reduction="none"),
        ("regression/huber", "regression/l1"),
    ),
)  # fmt: skip
