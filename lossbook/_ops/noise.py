"""Vectors with noise upon them: how much of each there is, one number for each example."""

import math
from numbers import Real
from typing import Any

from lossbook._ops.arrays import floating, require, wide
from lossbook._ops.hyperparameters import positive


def noise_level(sigma: Any, **named: Any) -> Any:
    """Return a standard deviation, positive and finite: a number, or one for each of the named vectors (…, D), as (…, 1)."""
    if isinstance(sigma, Real) or getattr(sigma, "shape", None) == ():
        return positive(wide(*named.values()), sigma=sigma)
    sigma = _of_each(named, sigma=sigma)
    return require(sigma, (sigma <= 0) | (sigma == math.inf), "sigma must be positive and finite")[..., None]


def signal_share(alpha_bar: Any, **named: Any) -> Any:
    """Return the share ᾱ of the variance that is signal, between 0 and 1, in each of the named vectors (…, D), as (…, 1)."""
    alpha_bar = _of_each(named, alpha_bar=alpha_bar)
    return require(alpha_bar, (alpha_bar <= 0) | (alpha_bar >= 1), "alpha_bar must lie between 0 and 1, both excluded")[..., None]


def _of_each(vectors: dict[str, Any], **named: Any) -> Any:
    ((name, level),) = named.items()
    floating(**vectors, **named)
    (batch,) = (tuple(each.shape[:-1]) for each in vectors.values())
    if tuple(level.shape) != batch:
        raise ValueError(f"{name} must have shape {batch}, a number for each example, got {tuple(level.shape)}")
    return wide(level)
