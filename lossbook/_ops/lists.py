"""Ranked lists: their checks, their pairs, and the places of their items."""

import math
from collections.abc import Callable
from typing import Any

from lossbook._ops.arrays import (
    constant,
    counted,
    floating,
    in_dtype_of,
    is_torch,
    namespace,
    promoted,
    real_numbers,
    require,
    same_shape,
    wide,
)
from lossbook._ops.classes import index_of
from lossbook._ops.masks import mask_like
from lossbook._ops.reduction import reduce
from lossbook._ops.stable import log_softmax
from lossbook._ops.strips import in_strips


def ranked(scores: Any, relevance: Any, mask: Any) -> tuple[Any, Any, Any, Any]:
    """Return the namespace, and checked: scores (…, N), grades of relevance (…, N), and booleans where an item is there.

    Sums over a list are beyond half precision: there, scores and grades come in float32. What is
    masked has score 0 and grade 0, so that nothing of it goes on.
    """
    xp = namespace(scores=scores, relevance=relevance)
    floating(scores=scores)
    if scores.ndim == 0 or scores.shape[-1] == 0:
        raise ValueError(f"scores must have shape (…, N) with at least one item, got {tuple(scores.shape)}")
    real_numbers(relevance=relevance)
    scores = wide(scores)
    grades = xp.astype(relevance, scores.dtype, copy=False)
    same_shape(scores=scores, relevance=grades)
    if mask is None:
        there = xp.ones_like(grades, dtype=xp.bool)
    else:
        mask_like(mask, scores.shape, scores=scores)
        there = mask
        scores, grades = (xp.where(there, each, xp.zeros_like(each)) for each in (scores, grades))
    good = (grades >= 0) & (grades < math.inf)
    scores = require(grades, ~good, "relevance must be a finite number of at least 0", of=scores)
    return xp, scores, constant(grades), there


def of_lists(values: Any, scores: Any, given: Any, reduction: str) -> Any:
    """Return the reduced values of lists (…) in the dtype that their scores were given in; of a NaN among them, NaN."""
    xp = namespace(values=values)
    # Added: a list in which nothing is compared would hide it, and its gradient.
    spoilt = xp.where(xp.any(xp.isnan(scores), axis=-1), math.nan, xp.zeros_like(values))
    values = values + spoilt
    return reduce(in_dtype_of(values, given), reduction)


def mean_over_pairs(cost: Callable[..., Any], scores: Any, grades: Any, there: Any, *shared: Any, strip: Any) -> Any:
    """Return each list's mean of cost(lead, *shared) over its pairs of items of unequal grade; 0 without a pair.

    The lead is the score of the more relevant item less that of the other one. The square of all
    pairs is worked through some rows at a time.
    """
    xp = namespace(scores=scores)
    rows = [each[..., None] for each in (scores, grades, there)]

    def total(score: Any, grade: Any, here: Any, scores: Any, grades: Any, there: Any, *shared: Any) -> Any:
        above = _above(grade, here, grades, there)
        lead = xp.where(above, score - scores[..., None, :], 0.0)
        return xp.sum(xp.where(above, cost(lead, *shared), 0.0), axis=-1, dtype=scores.dtype)

    def count(grade: Any, here: Any, grades: Any, there: Any) -> Any:
        return xp.sum(xp.astype(_above(grade, here, grades, there), grades.dtype), axis=-1, dtype=grades.dtype)

    costs = in_strips(total, rows, (scores, grades, there, *shared), strip=strip, reduction="none", grouped=True)
    pairs = in_strips(count, rows[1:], (grades, there), strip=strip, reduction="none", grouped=True)
    return quotient(xp.sum(costs, axis=-1), xp.sum(pairs, axis=-1))


def _above(grade: Any, here: Any, grades: Any, there: Any) -> Any:
    """Return the pairs of an item (…, n, 1) with one of the list (…, N) of lower grade, both there."""
    return (grade > grades[..., None, :]) & here & there[..., None, :]


def log_shares(scores: Any, there: Any) -> Any:
    """Return the logarithm of the softmax over the items that are there; of a list without any, over all."""
    xp = namespace(scores=scores)
    counts = there | ~xp.any(there, axis=-1, keepdims=True)
    return log_softmax(xp.where(counts, scores, -math.inf))


def above(grades: Any, there: Any) -> Any:
    """Return booleans (…, N, N): whether the item of the row has a higher grade than that of the column, both there."""
    return _above(grades[..., None], there[..., None], grades, there)


def quotient(total: Any, count: Any) -> Any:
    """Return total / count, and 0 where the count is 0."""
    xp = namespace(count=count)
    return total / xp.where(count == 0, 1.0, count)


def harmonic(count: Any, most: int) -> Any:
    """Return 1 + 1/2 + … + 1/count of whole numbers up to `most`, given as floats."""
    xp = namespace(count=count)
    steps = xp.astype(counted(most + 1, count), count.dtype)
    sums = xp.cumulative_sum(xp.where(steps == 0, 0.0, 1 / xp.where(steps == 0, 1.0, steps)))
    return sums[index_of(count)]


def falling(keys: Any, there: Any) -> Any:
    """Return the places of a list's items in the order of falling keys: equal ones as they come, the absent ones first."""
    xp = namespace(keys=keys)
    return xp.argsort(xp.where(there, -constant(keys), -math.inf), axis=-1, stable=True)


def in_order(array: Any, order: Any) -> Any:
    """Return the entries of the last axis in an order."""
    xp = namespace(array=array)
    # What array_api_compat takes for torch's fixes the batch's size when it is compiled.
    return array.gather(-1, order) if is_torch(xp) else xp.take_along_axis(array, order, axis=-1)


def running_total(array: Any) -> Any:
    """Return the sum of the entries of the last axis up to each of them."""
    xp = namespace(array=array)
    # array_api_compat's own asks for the namespace, of which torch.compile warns.
    return array.cumsum(-1) if is_torch(xp) else xp.cumulative_sum(array, axis=-1)


def log_tail_sums(array: Any) -> Any:
    """Return log Σ_{j ≥ i} e^{x_j} at each place i of the last axis, in as many steps as its length has binary digits."""
    xp = namespace(array=array)
    step = 1
    while step < array.shape[-1]:
        array = xp.concat([xp.logaddexp(array[..., :-step], array[..., step:]), array[..., -step:]], axis=-1)
        step *= 2
    return array


def gains(grades: Any) -> Any:
    """Return 2^grade − 1 relative to the largest of the list, at any size of the grades; 0 where all are 0."""
    xp = namespace(grades=grades)
    top = xp.max(grades, axis=-1, keepdims=True)
    share = xp.expm1(-math.log(2) * grades) / xp.where(top == 0, 1.0, xp.expm1(-math.log(2) * top))
    return xp.exp(math.log(2) * (grades - top)) * share


def discounts(ranks: Any, k: int | None) -> Any:
    """Return 1 / log₂(1 + rank) for ranks from 1 on, and 0 for those beyond k."""
    xp = namespace(ranks=ranks)
    each = 1 / xp.log2(1 + ranks)
    return each if k is None else xp.where(ranks > k, 0.0, each)


def ideal(gain: Any, k: int | None) -> Any:
    """Return the discounted gain (…) of the best order."""
    xp = namespace(gain=gain)
    ranks = xp.astype(counted(gain.shape[-1], gain) + 1, gain.dtype)
    return xp.sum(-xp.sort(-gain, axis=-1) * discounts(ranks, k), axis=-1)


def present_discounts(scores: Any, there: Any, k: int | None) -> Any:
    """Return the discount of each item's present place; equal scores stand in the order given, the absent have none."""
    xp = namespace(scores=scores)
    order = xp.argsort(xp.where(there, -constant(scores), math.inf), axis=-1, stable=True)
    ranks = xp.astype(xp.argsort(order, axis=-1, stable=True) + 1, scores.dtype)
    return xp.where(there, discounts(ranks, k), 0.0)


def shared_discounts(scores: Any, there: Any, k: int | None) -> Any:
    """Return the discount of each item, where those of equal scores share theirs evenly."""
    xp = namespace(scores=scores)
    before = xp.astype((scores[..., None, :] > scores[..., None]) & there[..., None, :], scores.dtype)
    level = xp.astype((scores[..., None, :] == scores[..., None]) & there[..., None, :], scores.dtype)
    first, ties = (xp.sum(each, axis=-1) for each in (before, level))
    ranks = xp.astype(counted(scores.shape[-1], scores) + 1, scores.dtype)
    up_to = xp.cumulative_sum(discounts(ranks, k), include_initial=True)
    return xp.where(there, quotient(up_to[index_of(first + ties)] - up_to[index_of(first)], ties), 0.0)


def chosen_of_sample(positive: Any, negatives: Any, positive_log_q: Any, negative_log_q: Any) -> Any:
    """Return the logits (…, 1 + K) of a choice among a positive (…) and a sample (…, K), each less the log of its chance."""
    scores = with_sample(positive=positive, negatives=negatives)
    if positive_log_q is None and negative_log_q is None:
        return scores
    given = {"positive_log_q": positive_log_q, "negative_log_q": negative_log_q}
    for name, log_q in given.items():
        if log_q is None:
            raise ValueError(f"{name} is missing: give both log q, or neither")
    floating(positive=positive, **given)
    checked = {name: require(log_q, log_q > 0, f"{name} must be a log-probability of at most 0") for name, log_q in given.items()}
    log_q = with_sample(**checked)
    if tuple(log_q.shape) != tuple(scores.shape):
        raise ValueError(
            f"log q must have the shapes of the scores: got positive_log_q {tuple(positive_log_q.shape)}, "
            f"positive {tuple(positive.shape)}, negative_log_q {tuple(negative_log_q.shape)}, negatives {tuple(negatives.shape)}"
        )
    return scores - log_q


def with_sample(**named: Any) -> Any:
    """Return a named array (…) of floats and one (…, K) as one (…, 1 + K)."""
    xp = floating(**named)
    (one, first), (other, rest) = named.items()
    if rest.ndim == 0 or tuple(rest.shape[:-1]) != tuple(first.shape) or rest.shape[-1] == 0:
        raise ValueError(
            f"{other} must have the shape of {one} and a last axis of at least one number: "
            f"got {other} {tuple(rest.shape)}, {one} {tuple(first.shape)}"
        )
    return xp.concat([*promoted(xp, first[..., None], rest)], axis=-1)
