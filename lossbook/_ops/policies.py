"""Policies: answers and their tokens, how likely they became, and how good they are beside others."""

import math
from numbers import Real
from typing import Any

from lossbook._ops.arrays import constant, described, namespace, real_numbers, require, same_shape, wide
from lossbook._ops.classes import two_answers
from lossbook._ops.hyperparameters import positive
from lossbook._ops.lists import quotient
from lossbook._ops.masks import mask_like
from lossbook._ops.reduction import reduce
from lossbook._ops.sequences import kept
from lossbook._ops.stable import mean
from lossbook._ops.vectors import norm

# --- one answer, or two ---


def log_odds(**named: Any) -> Any:
    """Return log p − log(1 − p) for the named log p, which must be below 0."""
    ((name, log_p),) = named.items()
    xp = namespace(**named)
    log_p = require(log_p, log_p >= 0, f"{name} must be a mean log-probability below 0")
    return log_p - xp.log(-xp.expm1(log_p))


def good_or_bad(log_ratio: Any, desirable: Any, baseline: Any) -> tuple[Any, Any, Any, Any]:
    """Return the namespace, and checked: log-ratios, in their shape booleans, and a number or 0-d array, a constant."""
    xp, log_ratio, good = two_answers(log_ratio=log_ratio, desirable=desirable)
    if isinstance(baseline, Real) and not isinstance(baseline, bool):
        return xp, log_ratio, good, float(baseline)
    namespace(log_ratio=log_ratio, baseline=baseline)
    real_numbers(baseline=baseline)
    if tuple(baseline.shape) != ():
        raise ValueError(f"baseline must be one number, of shape (), got {tuple(baseline.shape)}")
    return xp, log_ratio, good, constant(xp.astype(baseline, log_ratio.dtype, copy=False))


# --- the tokens of a group of answers ---


def answered(mask: Any, **named: Any) -> tuple[Any, Any, Any]:
    """Return, checked, log-probabilities (…, G, T): of a policy, of an older one, and of a reference, if there is one.

    What comes after the first are constants. Half precision comes in float32, and 0 where the mask is False.
    """
    given = {name: each for name, each in named.items() if each is not None or name != "ref_log_prob"}
    same_shape(**given)
    name, first = next(iter(given.items()))
    if first.ndim < 2 or first.shape[-2] < 2 or first.shape[-1] == 0:
        raise ValueError(f"{name} must have shape (…, G, T) with at least two answers and one token, got {tuple(first.shape)}")
    if mask is not None:
        mask_like(mask, first.shape, **{name: first})
    new, *others = (wide(each if mask is None else kept(each, mask)) for each in given.values())
    old, ref = [constant(each) for each in others] + [None] * (3 - len(given))
    return new, old, ref


def advantages(reward: Any, tokens: Any, normalise: bool) -> Any:
    """Return how far each reward (…, G) is above its group's mean, or how many deviations; a constant. 0 where all are equal."""
    xp = namespace(log_prob=tokens, reward=reward)
    real_numbers(reward=reward)
    if tuple(reward.shape) != tuple(tokens.shape[:-1]):
        raise ValueError(
            f"reward must have the shape of log_prob without its last axis: "
            f"got reward {tuple(reward.shape)}, log_prob {tuple(tokens.shape)}"
        )
    reward = constant(xp.astype(reward, tokens.dtype, copy=False))
    # A mean of equal numbers may be off by a rounding error, which a deviation as small would make an advantage of 1.
    alike = xp.max(reward, axis=-1) == xp.min(reward, axis=-1)
    lead = xp.where(alike[..., None], 0.0, reward - mean(reward, axis=-1)[..., None])
    if not normalise:
        return lead
    deviation = norm(lead)[..., None] / (reward.shape[-1] - 1) ** 0.5
    return quotient(lead, deviation)


def limits(like: Any, clip: Any) -> tuple[Any, Any]:
    """Return how far below and above 1 a ratio may go: of a number, equally far; or a pair (low, high)."""
    if not isinstance(clip, tuple | list):
        clip = positive(like, clip=clip)
        return clip, clip
    if len(clip) != 2:
        raise TypeError(f"clip must be a real number or a pair (low, high), got {described(clip)}")
    low, high = (positive(like, clip=each) for each in clip)
    return low, high


def clipped_ratio(log_ratio: Any, advantage: Any, clip: Any) -> Any:
    """Return the ratio, held where the advantage would move it further from 1: above at 1 + high, below at 1 − low."""
    xp = namespace(log_ratio=log_ratio)
    low, high = limits(log_ratio, clip)
    # Held before it is a ratio: of one that overflows, not even a gradient of 0 would be left.
    most = math.log1p(high) if isinstance(high, float) else xp.log1p(high)
    # As arrays of one shape, for minimum and maximum let a NaN of either side through.
    most, least = most + xp.zeros_like(log_ratio), 1 - low + xp.zeros_like(log_ratio)
    ratio = xp.exp(xp.where(advantage < 0, log_ratio, xp.minimum(log_ratio, most)))
    return xp.where(advantage < 0, xp.maximum(ratio, least), ratio)


def k3(log_prob: Any, ref_log_prob: Any) -> Any:
    """Return e^d − d − 1 for d = log π_ref − log π, at least 0: on average over answers of π, the divergence from the reference."""
    if ref_log_prob is None:
        raise ValueError("ref_log_prob is missing: give it, or beta=0")
    d = ref_log_prob - log_prob
    return namespace(d=d).expm1(d) - d


# --- what the mean of tokens is over ---


def _over_tokens(values: Any, counts: Any) -> Any:
    return mean(values) / mean(counts)


def _over_answers(values: Any, counts: Any) -> Any:
    xp = namespace(values=values)
    return mean(quotient(xp.sum(values, axis=-1), xp.sum(counts, axis=-1)))


def _over_places(values: Any, counts: Any) -> Any:
    return mean(values)


AGGREGATIONS = {"token": _over_tokens, "sequence": _over_answers, "constant": _over_places}


def answers_of(values: Any, mask: Any, aggregation: str, reduction: str) -> Any:
    """Return the reduced values of tokens (…, G, T), 0 where the mask is False: the mean is over what the aggregation says."""
    if mask is not None:
        values = kept(values, mask)
    if reduction != "mean" or 0 in values.shape:
        return reduce(values, reduction)
    xp = namespace(values=values)
    counts = xp.ones_like(values) if mask is None else xp.astype(mask, values.dtype)
    total = mean(counts)
    values = require(total, total == 0, "mask must count at least one token for reduction='mean'", of=values)
    return AGGREGATIONS[aggregation](values, counts)
