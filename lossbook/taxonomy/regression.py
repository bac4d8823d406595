"""The losses for numbers."""

from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lossbook import regression
from lossbook.taxonomy.peers import in_keras, in_torch
from lossbook.taxonomy.records import NO, YES, Claim, Curve, Hyperparameter, Lipschitz, Loss, Minimiser, Peer


_OF_RESIDUAL: dict[str, Any] = {
    "symbols": (r"\hat y", "y"),
    "arguments": "r",
    "where": r"r = \hat y - y",
    "inputs": ("real", "real"),
}


def root(increasing: Callable[..., Any], samples: NDArray[Any]) -> float:
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


def _huber_minimiser(samples: NDArray[Any], threshold: float) -> float:
    return root(lambda m: np.mean(np.clip(m - samples, -threshold, threshold)), samples)


LOSSES = (
    Loss(
        function=regression.l1_loss,
        title="L1",
        chapter="regression/l1",
        synonyms=("MAE", "mean absolute error", "absolute error", "least absolute deviations", "pinball loss", "quantile loss"),
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
            in_torch("l1_loss"),
            Peer(
                "sklearn.metrics.mean_absolute_error",
                "target first; averages only",
                lambda f, y_hat, y: f(y, y_hat),
            ),
        ),
        heavy_peers=(
            in_keras("mean_absolute_error", "averages over the last axis", lambda f, y_hat, y: f(y[:, None], y_hat[:, None])),
        ),
        reference="Koenker and Bassett (1978), https://doi.org/10.2307/1913643",
        curve=_residual_curve(regression.l1_loss),
    ),
    Loss(
        function=regression.mse_loss,
        title="L2",
        chapter="regression/l2",
        synonyms=("mean squared error", "squared error", "least squares", "quadratic loss"),
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
            in_torch("mse_loss"),
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
        heavy_peers=(
            in_keras("mean_squared_error", "averages over the last axis", lambda f, y_hat, y: f(y[:, None], y_hat[:, None])),
        ),
        reference="Gauss (1809); see Stigler (1981), https://doi.org/10.1214/aos/1176345451",
        curve=_residual_curve(regression.mse_loss),
    ),
    Loss(
        function=regression.lp_loss,
        title="Lp",
        chapter="regression/lp",
        synonyms=("Minkowski loss", "p-norm"),
        summary="One dial from the median (p = 1) through the mean (p = 2) towards the midrange.",
        formula=r"|r|^p",
        gradient=r"p\,|r|^{p-1}\operatorname{sign}(r)",
        **_OF_RESIDUAL,
        units="those of y, to the power p",
        hyperparameters={
            "p": Hyperparameter("p", "the power, at least 1", (1.0, 1.5, 2.0, 3.0), (1, 1 - 1e-9)),
        },
        convex=YES,
        smooth=Claim("once where $p > 1$, twice where $p \\ge 2$", lambda p: p > 1),
        lipschitz=Lipschitz("1 at $p = 1$, otherwise none", lambda p: 1.0 if p == 1 else inf),
        minimiser=Minimiser(
            "the $p$-centre: median at 1, mean at 2, midrange as $p \\to \\infty$",
            lambda samples, p: root(lambda m: np.mean(np.sign(m - samples) * np.abs(m - samples) ** (p - 1)), samples),
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
        synonyms=("robust loss",),
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
        minimiser=Minimiser(
            "Huber's location: the median as δ → 0, the mean as δ → ∞", lambda s, delta: _huber_minimiser(s, delta)
        ),
        peers=(
            in_torch("huber_loss"),
            Peer("optax.huber_loss", "the same", lambda f, y_hat, y, delta: f(y_hat, y, delta=delta)),
        ),
        heavy_peers=(
            in_keras(
                "huber", "averages over the last axis", lambda f, y_hat, y, delta: f(y[:, None], y_hat[:, None], delta=delta)
            ),
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
            "Huber's location: the median as β → 0, the mean as β → ∞",
            lambda s, beta: np.median(s) if beta == 0 else _huber_minimiser(s, beta),
        ),
        peers=(in_torch("smooth_l1_loss"),),
        reference="Girshick (2015), https://arxiv.org/abs/1504.08083",
        curve=_residual_curve(regression.smooth_l1_loss),
    ),
)
