"""Chains of steps, each of one of C classes, scored by step and by each class with the one before: their checks, their paths."""

import math
from typing import Any

from lossbook._ops.arrays import constant, counted, floating, known, namespace, of_kind, promoted, require, wide
from lossbook._ops.classes import index_of, of_class
from lossbook._ops.lattices import best_of_chain, chain_sum, chain_sum_by_products, log_sum, nothing
from lossbook._ops.lists import running_total
from lossbook._ops.masks import mask_like
from lossbook._ops.sequences import kept
from lossbook._ops.stable import not_below


def chain(emissions: Any, transitions: Any, start: Any, end: Any, mask: Any) -> tuple[Any, Any, Any, Any]:
    """Return, checked and of one dtype: emissions (…, T, C), start and end added, 0 where a mask is False; transitions (C, C).

    Then booleans (…, T), which steps there are, and a factor (…): 1, or NaN where a compiler traces and a mask has a hole.
    """
    ends = {name: each for name, each in (("start", start), ("end", end)) if each is not None}
    xp = floating(emissions=emissions, transitions=transitions, **ends)
    if emissions.ndim < 2 or emissions.shape[-1] == 0 or tuple(transitions.shape) != (emissions.shape[-1],) * 2:
        raise ValueError(
            f"transitions must have shape (C, C) beside emissions (…, T, C) with at least one class: "
            f"got transitions {tuple(transitions.shape)}, emissions {tuple(emissions.shape)}"
        )
    for name, each in ends.items():
        if tuple(each.shape) != (emissions.shape[-1],):
            raise ValueError(
                f"{name} must have shape ({emissions.shape[-1]},), one number for each class, got {tuple(each.shape)}"
            )
    given = promoted(xp, emissions, transitions, *ends.values())
    e, a, *rest = (wide(each) for each in given)
    there, sound = prefix(mask, e)
    e, place = kept(e, there), counted(e.shape[-2], e)
    count = xp.sum(xp.astype(there, place.dtype), axis=-1, keepdims=True)
    steps = {"start": place == 0, "end": place == count - 1}
    for name, each in zip(ends, rest, strict=True):
        e = e + xp.where((steps[name] & there)[..., None], each, xp.zeros_like(e[..., :1]))
    return e, a, there, sound


def prefix(mask: Any, e: Any) -> tuple[Any, Any]:
    """Return booleans (…, T), True on the first steps of each chain (…, T, C), and a factor (…): NaN for one traced with a hole."""
    xp = namespace(e=e)
    there = xp.ones_like(e[..., 0], dtype=xp.bool)
    if mask is not None:
        mask_like(mask, e.shape[:-1], emissions=e)
    if mask is None or e.shape[-2] == 0:
        return there, xp.ones_like(xp.sum(e, axis=(-2, -1)))
    after_hole = mask[..., 1:] & ~mask[..., :-1]
    bad = xp.concat([xp.zeros_like(mask[..., :1]), after_hole], axis=-1)
    each = require(
        xp.astype(mask, e.dtype), bad, "mask must be True on the first steps of a chain only", of=xp.ones_like(e[..., 0])
    )
    return mask & (running_total(xp.astype(~mask, e.dtype)) == 0), xp.prod(each, axis=-1)


def tags(y: Any, e: Any, there: Any) -> tuple[Any, Any]:
    """Return classes (…, T) of chains (…, T, C), checked where a step is there, else 0; and a factor (…) as of `prefix`."""
    xp, classes = namespace(emissions=e, y=y), e.shape[-1]
    if not of_kind(xp, y, "integral"):
        raise TypeError(f"y must hold class labels of an integer dtype, got {y.dtype}")
    if tuple(y.shape) != tuple(e.shape[:-1]):
        shapes = f"got y {tuple(y.shape)}, emissions {tuple(e.shape)}"
        raise ValueError(f"y must have the shape of emissions without its last axis, the classes: {shapes}")
    index = index_of(y)
    bad = there & ((index < 0) | (index >= classes))
    each = require(y, bad, f"y must be a class from 0 to {classes - 1}", of=xp.ones_like(e[..., 0]))
    return xp.where(there & ~bad, index, 0), xp.prod(each, axis=-1)


def moves(a: Any, path: Any, there: Any) -> Any:
    """Return the score (…, T) of the move to each step of paths (…, T) from the one before; 0 for the first, and where none is."""
    xp = namespace(a=a)
    scores = xp.reshape(a, (-1,))[path[..., :-1] * a.shape[-1] + path[..., 1:]]
    first = xp.zeros_like(path[..., :1], dtype=a.dtype)
    return kept(xp.concat([first, scores], axis=-1), there)


def score(e: Any, a: Any, path: Any, there: Any) -> Any:
    """Return the score (…, T) of each step of paths (…, T): of its class, and of the move there."""
    if e.shape[-2] == 0:
        return namespace(e=e).sum(e, axis=-1)
    return kept(of_class(e, path), there) + moves(a, path, there)


def surprise_of_path(e: Any, a: Any, path: Any, there: Any) -> Any:
    """Return log Σ exp(score) over all paths, less the score of one (…): ∞ without a slope where it is closed.

    Step by step it is seen from that one path, so that the numbers stay small and keep their digits.
    """
    xp, low = namespace(e=e), nothing(e)
    if 0 in e.shape:
        return xp.sum(e, axis=(-2, -1))
    steps = score(e, a, path, there)
    closed = steps <= low / 2
    lead = not_below(e, low) - xp.where(closed, 0.0, steps)[..., None]
    span = xp.max(xp.max(e, axis=-1) - xp.min(e, axis=-1)) + xp.max(a) - xp.min(a) + math.log(e.shape[-1])
    # Within a known span, no product of shares is rounded to 0.
    near = known(span < 0.7 * math.log(float(xp.finfo(e.dtype).max)))
    total = log_sum(chain_sum_by_products if near else chain_sum, lead, not_below(a, low), there)
    infinite = xp.where(total <= low / 2, math.nan, xp.zeros_like(total) + math.inf)
    total = xp.where(xp.any(closed, axis=-1), infinite, total)
    return xp.where(there[..., 0], total, 0.0)


def best_path(e: Any, a: Any, there: Any) -> Any:
    """Return the classes (…, T) of the path of the highest score; the first of several, and nothing that a gradient flows through."""
    if 0 in e.shape:
        return index_of(namespace(e=e).zeros_like(e[..., 0]))
    return log_sum(best_of_chain, constant(e), constant(a), there)
