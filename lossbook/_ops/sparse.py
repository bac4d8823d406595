"""From scores to a distribution with exact zeros: entmax, and the convex function whose slope it is.

With β = α − 1, entmax is p = (1 + β(z − λ))^{1/β} where that is positive, and λ makes Σ p = 1. As β → 0 this is softmax
and λ the log-sum-exp. Sought is w = −log of the largest share t; the others, relative to it, are x^{1/β} with
x = 1 + β v / c, where v is how far a score is from the largest, and c = t^β.
"""

import math
import sys
from typing import Any

import array_api_compat

from lossbook._ops.arrays import constant, in_dtype_of, is_torch, known, namespace, settled, wide
from lossbook._ops.stable import exp_share, log_share, not_below

# The most steps to the threshold; up to α = 2 about seven are taken.
STEPS = 100


def spread(scores: Any, alpha: Any) -> Any:
    """Return entmax (…, C) of the scores; its first and second derivatives are those of the threshold's equation."""
    v, beta = _from_largest(scores), alpha - 1.0
    xp, (w, steepness) = namespace(v=v), threshold(v, beta)
    # Each step of Newton's method gives one more derivative; the value is there already.
    for _ in range(2):
        _, p, _ = _shares(v, beta, w)
        total = xp.sum(p, axis=-1, keepdims=True)
        v = v + (constant(total) - total) / steepness
    return in_dtype_of(_shares(v, beta, w)[1], scores)


def spreading_cost(scores: Any, alpha: Any) -> tuple[Any, Any, Any]:
    """Return v (…, C), how far a score is from the largest; how far λ is above that; and what max_p (p·z − Ω(p)) − λ is (…).

    λ is a constant: the minimum over it is what is sought, so that the slope in it is 0.
    """
    v, beta = _from_largest(scores), alpha - 1.0
    xp, (w, steepness) = namespace(v=v), threshold(v, beta)
    x, p, c = _shares(v, beta, w)
    total = xp.sum(p, axis=-1, keepdims=True)
    off = total - constant(total)
    # The last term has no value and no slope; without it, second derivatives would hold the threshold fixed.
    cost = (c * xp.sum(p * x, axis=-1, keepdims=True) - 1) / alpha - off * off / (2 * steepness)
    return v, -_kappa(w, beta)[..., 0], cost[..., 0]


def negentropy(p: Any, alpha: Any) -> Any:
    """Return Tsallis' Ω(p) = Σ (p^α − p) / (α (α − 1)) over the last axis; at α = 1 it is Σ p log p."""
    xp = namespace(p=p)
    log_p = xp.log(xp.where(p == 0, 1.0, p))
    return xp.sum(p * log_p * exp_share((alpha - 1.0) * log_p), axis=-1) / alpha


def _from_largest(scores: Any) -> Any:
    """Return the scores less their largest, in float32 or wider."""
    scores = wide(scores)
    return scores - constant(namespace(scores=scores).max(scores, axis=-1, keepdims=True))


def _kappa(w: Any, beta: Any) -> Any:
    """Return κ = (c − 1) / β, a constant: how far λ is below the largest score."""
    return -w * exp_share(-w * settled(beta))


def _shares(v: Any, beta: Any, w: Any) -> tuple[Any, Any, Any]:
    """Return x and p (…, C), and c (…, 1); where β is an array, as functions of it too, at a fixed λ."""
    xp = namespace(v=v)
    if isinstance(beta, float) and beta >= 0.25:
        c, least = xp.exp(-beta * w), float(xp.finfo(v.dtype).smallest_normal) ** 0.5
        x = not_below(1 + v * (beta / c), least)
        return x, xp.where(x <= least, 0.0, xp.exp(-w) * x ** (1 / beta)), c
    c, log_largest = xp.exp(-beta * w), -w
    if not isinstance(beta, float):
        fixed, kappa = constant(beta), _kappa(w, beta)
        c = xp.exp(-fixed * w) + (beta - fixed) * kappa
        log_largest = kappa * (log_share(beta * kappa) - log_share(fixed * kappa)) - w
    # Near β = 0 the power is an exponential.
    far = not_below(v, -float(xp.finfo(v.dtype).max) / 1024) / c
    x = 1 + not_below(beta * far, float(xp.finfo(v.dtype).eps) - 1)
    return x, xp.where(beta * far <= -1, 0.0, xp.exp(log_largest + far * log_share(x - 1))), c


def threshold(v: Any, beta: Any) -> tuple[Any, Any]:
    """Return w and the slope −dΣp/dλ (…, 1), both constants."""
    v, beta, xp = constant(v), settled(beta), namespace(v=v)
    if is_torch(xp):
        from lossbook._ops import torch_sparse

        return torch_sparse.threshold(v, xp.full((), beta, dtype=v.dtype, device=v.device) if isinstance(beta, float) else beta)
    if array_api_compat.is_jax_namespace(xp):
        return sys.modules["jax"].jit(found)(v, beta)
    return found(v, beta)


def found(v: Any, beta: Any) -> tuple[Any, Any]:
    """Return what `threshold` returns, by Newton's method for (Σ p)^β = 1, which is convex up to β = 1; above, bisection helps."""
    xp = namespace(v=v)
    tolerance = float(xp.finfo(v.dtype).eps) ** 0.75

    def sums(w: Any) -> tuple[Any, Any, Any]:
        x, p, c = _shares(v, beta, w)
        return xp.sum(p, axis=-1, keepdims=True), xp.sum(p / x, axis=-1, keepdims=True), c

    def step(state: Any) -> Any:
        count, w, low, high, _ = state
        total, falls, _ = sums(w)
        low, high = xp.where(total > 1, w, low), xp.where(total > 1, high, w)
        log_total = xp.log(total)
        x = log_total * exp_share(beta * log_total) * xp.exp((1 - beta) * log_total) / falls
        new = w + x * log_share(not_below(-beta * x, -0.999))
        inside = (new >= low) & (new <= high) & ((beta <= 1) | (count % 3 < 2))
        new = xp.where(inside, new, (low + high) / 2)
        return count + 1, new, low, high, xp.any(xp.abs(new - w) > tolerance)

    def goes_on(state: Any) -> Any:
        return (state[0] < STEPS) & state[-1]

    w = xp.zeros_like(v[..., :1])
    state = (0, w, w, w + math.log(v.shape[-1]), xp.any(w == 0))
    if array_api_compat.is_jax_namespace(xp):
        state = sys.modules["jax"].lax.while_loop(goes_on, step, state)
    else:
        while known(goes_on(state)):
            state = step(state)
    _, falls, c = sums(state[1])
    return state[1], falls / c
