"""Returns over time: what comes next at a discount, which action was taken, weights by exponents, sums that run backwards."""

import math
import sys
from typing import Any

import array_api_compat

from lossbook._ops.arrays import (
    BRIEF,
    constant,
    counted,
    described,
    floating,
    is_torch,
    namespace,
    real_numbers,
    require,
    same_shape,
    settled,
    wide,
)
from lossbook._ops.classes import class_scores, distributions, labels, of_class
from lossbook._ops.hyperparameters import number, unit
from lossbook._ops.lattices import first_axis
from lossbook._ops.masks import mask_like
from lossbook._ops.sequences import kept
from lossbook._ops.stable import not_below, times
from lossbook._ops.vectors import dot

# --- one step ahead ---


def share_of(reward: Any, **named: Any) -> Any:
    """Return a named share in [0, 1] as a constant: a number, or an array of one for each reward, in the rewards' dtype."""
    ((name, share),) = named.items()
    if tuple(getattr(share, "shape", ())) == ():
        return settled(unit(reward, **named))
    xp = namespace(reward=reward, **named)
    real_numbers(**named)
    if tuple(share.shape) != tuple(reward.shape):
        shapes = f"{name} {tuple(share.shape)}, reward {tuple(reward.shape)}"
        raise ValueError(f"{name} must be a number or have the shape of reward: got {shapes}")
    share = require(share, (share < 0) | (share > 1), f"{name} must lie in [0, 1]")
    return xp.astype(constant(share), reward.dtype, copy=False)


def bootstrapped(reward: Any, discount: Any, next_value: Any) -> Any:
    """Return reward + discount · next value as a constant, in float32 where it is of half precision."""
    reward, next_value = wide(constant(reward)), wide(constant(next_value))
    return reward + times(share_of(reward, discount=discount), next_value)


def acted(action: Any, **named: Any) -> tuple[Any, Any]:
    """Return, checked: the named scores (…, A), and which of the actions was taken in each row (…)."""
    ((name, scores),) = named.items()
    namespace(**named, action=action)
    class_scores(scores, name, "A", "action")
    return labels(action, scores.shape[-1], scores, name, "actions", "action", "actions", "an action")


def of_each_row(scores: str, **named: Any) -> None:
    """Raise unless a named array has one number for each row of a named array, the first: its shape without the last axis."""
    floating(**named)
    (of, rows), (name, each) = named.items()
    if tuple(each.shape) != tuple(rows.shape[:-1]):
        shapes = f"got {name} {tuple(each.shape)}, {of} {tuple(rows.shape)}"
        raise ValueError(f"{name} must have the shape of {of} without its last axis, the {scores}: {shapes}")


def best_of(next_q: Any, selector: Any) -> Any:
    """Return the value (…) of the action that a selector (…, A) puts highest; without one, the highest of all values."""
    xp = namespace(next_q=next_q)
    if selector is None:
        return xp.max(next_q, axis=-1)
    same_shape(next_q=next_q, selector=selector)
    # A NaN shows in the maximum, whichever action is picked.
    unknown = xp.isnan(xp.max(selector, axis=-1)) | xp.isnan(xp.max(next_q, axis=-1))
    return xp.where(unknown, math.nan, of_class(next_q, xp.argmax(selector, axis=-1)))


# --- distributions of returns ---


def on_support(logits: Any, reward: Any, next_probs: Any, discount: Any, support: Any) -> Any:
    """Return the distribution (…, M) over atoms, moved by reward and discount and shared out among the atoms again.

    What falls between two atoms goes to both, the nearer one having more; what falls beyond the ends, to the ends.
    """
    _, next_probs = distributions(logits, next_probs, name="logits", target="next_probs")
    of_each_row("atoms", logits=logits, reward=reward)
    count = logits.shape[-1]
    if count < 2:
        raise ValueError(f"logits must have shape (…, M) with at least two atoms, got {tuple(logits.shape)}")
    low, high = bounds(logits, support)
    reward, next_probs = wide(constant(reward)), wide(constant(next_probs))
    gap, places = (high - low) / (count - 1), namespace(reward=reward).astype(counted(count, reward), reward.dtype)
    discount = share_of(reward, discount=discount)
    discount = discount[..., None] if getattr(discount, "ndim", 0) else discount
    moved = (reward[..., None] + discount * (low + gap * places) - low) / gap
    moved = -not_below(-not_below(moved, 0.0), 1.0 - count)
    shares = not_below(1 - abs(moved[..., None, :] - places[:, None]), 0.0)
    return dot(next_probs[..., None, :], shares)


def bounds(like: Any, support: Any) -> tuple[Any, Any]:
    """Return the two ends of a support, finite numbers in their order."""
    if not isinstance(support, tuple | list) or len(support) != 2:
        raise TypeError(f"support must be a pair of numbers (low, high), got {described(support)}")
    low, high = (float(number(None, {"support": each})[1]) for each in support)
    if not -math.inf < low < high < math.inf:
        raise ValueError(f"support must be two finite numbers, low below high, got {BRIEF.repr(low)} and {BRIEF.repr(high)}")
    return low, high


def beside_targets(quantiles: Any, target: Any) -> tuple[Any, Any, Any, Any]:
    """Return the namespace, and checked: quantiles (…, M, 1), the levels (M, 1) that they stand for, target samples (…, 1, K).

    The samples are a constant.
    """
    xp = floating(quantiles=quantiles, target=target)
    count = quantiles.shape[-1] if quantiles.ndim else 0
    if count == 0 or target.ndim == 0 or target.shape[-1] == 0 or tuple(quantiles.shape[:-1]) != tuple(target.shape[:-1]):
        raise ValueError(
            f"quantiles must have shape (…, M) and target (…, K), of one batch and with at least one number each: "
            f"got quantiles {tuple(quantiles.shape)}, target {tuple(target.shape)}"
        )
    quantiles, target = wide(quantiles), wide(constant(target))
    midpoints = (2 * xp.astype(counted(count, quantiles), quantiles.dtype) + 1) / (2 * count)
    return xp, quantiles[..., None], midpoints[:, None], target[..., None, :]


def priced(error: Any, levels: Any, sizes: Any) -> Any:
    """Return sizes times the level where an error is at least 0, and times 1 − level where it is below."""
    return namespace(error=error).where(error < 0, (1 - levels) * sizes, levels * sizes)


# --- weights by exponents ---


def log_of(value: Any) -> Any:
    """Return the logarithm of a positive number or array."""
    return math.log(value) if isinstance(value, float) else namespace(value=value).log(value)


def exp_up_to(array: Any, limit: Any) -> Any:
    """Return eˣ, at most a limit, without overflow."""
    xp = namespace(array=array)

    def at_most(array: Any, bound: Any) -> Any:
        # As an array of one shape, for minimum lets a NaN of either side through.
        return xp.minimum(array, bound + xp.zeros_like(array))

    # Twice: e to the logarithm of the limit is not the limit to the last digit.
    return at_most(xp.exp(at_most(array, log_of(limit))), limit)


# --- sums over time ---


def in_time(mask: Any, shares: dict[str, Any], **named: Any) -> tuple[Any, ...]:
    """Return shares in [0, 1] by name, and the named arrays (…, T), the reward among them, all constant.

    Where a mask is False, they are 0, whatever stands there.
    """
    xp = same_shape(**named)
    reward = named["reward"]
    if reward.ndim == 0:
        raise ValueError("reward must have shape (…, T), got ()")
    arrays = [wide(constant(each)) for each in named.values()]
    if mask is not None:
        mask_like(mask, reward.shape, reward=reward)
        arrays = [kept(each, mask) for each in arrays]

    def at_each_step(name: str, share: Any) -> Any:
        of_steps = tuple(getattr(share, "shape", ())) == tuple(reward.shape)
        if mask is not None and of_steps:
            namespace(reward=reward, **{name: share})
            share = kept(share, mask)
        share = share_of(wide(reward), **{name: share})
        return share if mask is None else kept(xp.zeros_like(arrays[0]) + share, mask)

    return *(at_each_step(*each) for each in shares.items()), *arrays


def one_step_errors(reward: Any, discount: Any, value: Any, next_value: Any) -> Any:
    """Return reward + discount · next value − value."""
    return reward + times(discount, next_value) - value


def next_in_time(array: Any, last: Any) -> Any:
    """Return at each step (…, T) what stands at the next one, and after the last what stands last in another array."""
    return namespace(array=array).concat([array[..., 1:], last[..., -1:]], axis=-1)


def mixed(share: Any, first: Any, second: Any) -> Any:
    """Return share · first + (1 − share) · second, where a share of 0 silences even what is infinite."""
    return first if isinstance(share, float) and share == 1 else times(share, first) + times(1 - share, second)


def sums_from_here(terms: Any, shares: Any) -> Any:
    """Return xₜ = termₜ + shareₜ · xₜ₊₁ along the last axis, with 0 after its end; a share for all steps, or for each."""
    xp = namespace(terms=terms)
    if terms.shape[-1] == 0:
        return terms
    shares = first_axis(xp.zeros_like(terms) + shares, -1)
    terms, later = first_axis(terms, -1), xp.zeros_like(terms[..., 0])
    if array_api_compat.is_jax_namespace(xp):
        # One step is compiled, and not all of them.
        sums = sys.modules["jax"].lax.scan(_twice, later, (terms, shares), reverse=True)[1]
    else:
        # Stored time first, the numbers of a step lie side by side.
        apart = (lambda each: each.contiguous().unbind()) if is_torch(xp) else xp.unstack
        found = []
        for term, share in reversed(list(zip(apart(terms), apart(shares), strict=True))):
            later = _from_here(later, term, share)
            found.append(later)
        sums = xp.stack(found[::-1])
    return xp.permute_dims(sums, (*range(1, sums.ndim), 0))


def _from_here(later: Any, term: Any, share: Any) -> Any:
    xp = namespace(term=term)
    return xp.addcmul(term, share, later) if is_torch(xp) else term + share * later


def _twice(later: Any, each: tuple[Any, Any]) -> tuple[Any, Any]:
    """Return a step's sum as what goes on and as what is kept."""
    here = _from_here(later, *each)
    return here, here
