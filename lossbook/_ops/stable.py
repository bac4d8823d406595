"""Functions that the array API lacks, or that overflow or lose their gradient where written down as they stand."""

import math
from typing import Any

from lossbook._ops.arrays import constant, in_single, is_torch, known, namespace


def not_below(array: Any, bound: float) -> Any:
    """Return the array cut off below at a number; at the number itself the slope is 1."""
    xp = namespace(array=array)
    return xp.clamp(array, min=bound) if is_torch(xp) else xp.where(array < bound, bound, array)


def within(array: Any, bound: Any) -> Any:
    """Return the array cut off at ±bound; at the bound itself the slope is 1."""
    xp = namespace(array=array)
    if is_torch(xp):
        return xp.clamp(array, min=-bound, max=bound)
    return xp.where(xp.abs(array) <= bound, array, xp.sign(array) * bound)


def steepness(array: Any, width: Any) -> Any:
    """Return array / width, cut off at ±1; where the width is 0, the sign of the array."""
    xp = namespace(array=array)
    if isinstance(width, float):
        return within(array / width, 1.0) if width else sign(array)
    return xp.where(width == 0, sign(array), within(array / xp.where(width == 0, 1.0, width), 1.0))


def sign(array: Any) -> Any:
    """Return −1, 0 or 1; a constant to the gradient. (The array API's own stops torch.vmap, for the sake of NaN.)"""
    xp = namespace(array=array)
    return xp.where(array > 0, 1.0, xp.where(array < 0, -1.0, 0 * array))


def power_of_size(array: Any, p: Any) -> Any:
    """Return |x|ᵖ for p ≥ 1, with its derivatives at 0: the second is 2 for p = 2, and else counts as 0."""
    xp = namespace(array=array)
    if isinstance(p, float):
        if p == 2:
            return array * array
        at_zero = 0.0
    else:
        at_zero = xp.where(p == 2, array * array, 0.0)
    zero = array == 0
    return xp.where(zero, at_zero, xp.abs(xp.where(zero, 1.0, array)) ** p)


def times(weight: Any, values: Any) -> Any:
    """Return weight · values, where a weight of 0 silences even an infinite value."""
    xp = namespace(values=values)
    silent = weight == 0
    if known(silent if isinstance(silent, bool) else xp.any(silent)) is False:
        return weight * values
    infinite = xp.isinf(values)
    # Of a number, known to be 0 here: not even torch.jit.trace knows of True & tensor.
    return weight * xp.where(infinite if isinstance(silent, bool) else silent & infinite, 0.0, values)


def share(part: Any, whole: Any) -> Any:
    """Return part / whole, and 0 without a slope where the whole is 0."""
    xp = namespace(whole=whole)
    nothing = whole == 0
    return xp.where(nothing, 0.0, part) / xp.where(nothing, 1.0, whole)


def power(array: Any, exponent: Any) -> Any:
    """Return x to a power > 0, for x ≥ 0; at 0 there is a slope for the power 1 only."""
    if isinstance(exponent, float) and exponent == 1:
        return array
    xp = namespace(array=array)
    zero = array == 0
    at_zero = 0.0 if isinstance(exponent, float) else xp.where(exponent == 1, array, 0.0)
    return xp.where(zero, at_zero, xp.where(zero, 1.0, array) ** exponent)


def tangent(angle: Any) -> Any:
    """Return the tangent of a number or an array."""
    return math.tan(angle) if isinstance(angle, float) else namespace(angle=angle).tan(angle)


def mean(array: Any, axis: int | None = None) -> Any:
    """Return the mean over an axis, or over all numbers."""
    xp = namespace(array=array)
    return xp.mean(array, axis=axis) if is_torch(xp) else in_single(xp, lambda each: xp.mean(each, axis=axis), array)


def log_softmax(logits: Any) -> Any:
    """Return the logarithm of softmax over the last axis, without overflow."""
    xp = namespace(logits=logits)
    if is_torch(xp):
        return xp.log_softmax(logits, dim=-1)

    def computed(logits: Any) -> Any:
        shifted = logits - constant(xp.max(logits, axis=-1, keepdims=True))
        return shifted - xp.log(xp.sum(xp.exp(shifted), axis=-1, keepdims=True, dtype=shifted.dtype))

    return in_single(xp, computed, logits)


def logsumexp(array: Any) -> Any:
    """Return log Σ eˣ over the last axis, without overflow; −∞ without a slope where all are −∞."""
    xp = namespace(array=array)

    def computed(array: Any) -> Any:
        if is_torch(xp):
            result = xp.logsumexp(array, dim=-1)
            # Where all are −∞, torch's slope is NaN.
            if known(xp.all(result > -math.inf)):
                return result
        highest = constant(xp.max(array, axis=-1, keepdims=True))
        highest = xp.where(xp.isinf(highest), 0.0, highest)
        array = array - highest
        total = xp.sum(xp.exp(array), axis=-1, dtype=array.dtype)
        return xp.where(total == 0, -math.inf, xp.log(xp.where(total == 0, 1.0, total)) + highest[..., 0])

    return in_single(xp, computed, array)


def softplus(array: Any) -> Any:
    """Return log(1 + eˣ) without overflow, with the right gradient at 0 too."""
    xp = namespace(array=array)
    if is_torch(xp):
        from torch.nn import functional

        # From 40 on, log(1 + eˣ) is x in every dtype; torch's own threshold of 20 is early for float64.
        return functional.softplus(array, threshold=40.0)
    return xp.logaddexp(array, xp.zeros_like(array))


def log_add(a: Any, b: Any) -> Any:
    """Return log(eᵃ + eᵇ), with the second derivative too: torch's own has NaN for it where a and b are far apart."""
    xp = namespace(a=a, b=b)
    first = a >= b
    high, low = xp.where(first, a, b), xp.where(first, b, a)
    return high + softplus(low - high)


def surprise(logits: Any, y: Any) -> Any:
    """Return −y log q − (1 − y) log(1 − q) for q = sigmoid(logits) and y in [0, 1], ∞ included."""
    xp = namespace(logits=logits, y=y)
    # The nearer label costs softplus of the logit against it, without cancellation; a soft y adds the rest.
    label = xp.round(y)
    against = (1 - 2 * label) * logits
    if not known(finite(logits)):
        # An infinite logit adds nothing where the label is right, or infinitely wrong already.
        logits = xp.where(xp.isinf(logits) & ((label == y) | (against > 0)), 0.0, logits)
    return softplus(against) + (label - y) * logits


def finite(array: Any) -> Any:
    """Return whether all numbers are finite; of torch's, whether their sum is, which is found faster."""
    xp = namespace(array=array)
    if is_torch(xp):
        total = array.detach().sum()
        return total - total == 0
    return xp.all(xp.isfinite(array))


def sigmoid(array: Any) -> Any:
    """Return 1 / (1 + e⁻ˣ) without overflow."""
    xp = namespace(array=array)
    return xp.sigmoid(array) if is_torch(xp) else xp.exp(-softplus(-array))


def log_share(array: Any) -> Any:
    """Return log(1 + x) / x, with all its digits and derivatives at 0 too."""
    xp = namespace(array=array)
    near = xp.abs(array) < 0.1
    small, large = xp.where(near, array, 0.0), xp.where(near, 1.0, array)
    w = small / (2 + small)
    series = 2 / (2 + small) * _powers(w * w, [1 / (2 * k + 1) for k in range(8)])
    return xp.where(near, series, xp.log1p(large) / large)


def exp_share(array: Any) -> Any:
    """Return (eˣ − 1) / x, with all its digits and derivatives at 0 too."""
    xp = namespace(array=array)
    near = xp.abs(array) < 0.1
    small, large = xp.where(near, array, 0.0), xp.where(near, 1.0, array)
    series = xp.exp(small / 2) * _powers(small * small / 4, [1 / math.factorial(2 * k + 1) for k in range(6)])
    return xp.where(near, series, xp.expm1(large) / large)


def _powers(array: Any, factors: list[float]) -> Any:
    """Return Σ factor_k · xᵏ."""
    total = factors[-1]
    for factor in factors[-2::-1]:
        total = factor + total * array
    return total
