"""Ranked lists: their checks and their pairs."""

import math
from collections.abc import Callable
from typing import Any

from lossbook._ops.arrays import constant, floating, namespace, of_kind, require, same_shape
from lossbook._ops.masks import mask_like
from lossbook._ops.reduction import reduce
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
    if not of_kind(xp, relevance, ("integral", "real floating")):
        raise TypeError(f"relevance must be of an integer or real floating-point dtype, got {relevance.dtype}")
    wide = xp.float32 if xp.finfo(scores.dtype).bits == 16 else scores.dtype
    scores, grades = (xp.astype(each, wide, copy=False) for each in (scores, relevance))
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
    # The result type of one dtype is that dtype in the machine's own order of bytes.
    return reduce(xp.astype(values, xp.result_type(given.dtype, given.dtype), copy=False), reduction)


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


def quotient(total: Any, count: Any) -> Any:
    """Return total / count, and 0 where the count is 0."""
    xp = namespace(count=count)
    return total / xp.where(count == 0, 1.0, count)
