"""The sum over all ways through a lattice of steps, as a logarithm.

What has no chance has the lowest number in use here and not −∞, so that no difference and no gradient is ever ∞ − ∞.
"""

import math
import sys
from collections.abc import Callable
from typing import Any

import array_api_compat

from lossbook._ops.arrays import constant, counted, is_torch, namespace
from lossbook._ops.lists import in_order
from lossbook._ops.stable import log_add, logsumexp, not_below


def nothing(array: Any) -> float:
    """Return the logarithm of no chance: far below all others, and with room for a sum of two."""
    return -float(namespace(array=array).finfo(array.dtype).max) / 1024


def log_chance(total: Any) -> Any:
    """Return the logarithm of a chance; −∞ without a gradient where there is none."""
    return namespace(total=total).where(total <= nothing(total) / 2, -math.inf, total)


def log_sum(lattice: Callable[..., Any], array: Any, *given: Any) -> Any:
    """Return what one of the lattices below sums up to; jax compiles it as a whole, and not each of its operations."""
    if array_api_compat.is_jax_namespace(namespace(array=array)):
        return sys.modules["jax"].jit(lattice)(array, *given)
    return lattice(array, *given)


def monotone(log_q: Any, labels: Any, lengths: Any, target_lengths: Any, blank: int) -> Any:
    """Return log Σ q over the ways to emit labels (…, U) with one class at each step of log_q (…, T, C), blanks at will.

    The states are the labels and the blanks around them: a step stays, goes on by one, or leaps over the blank
    between two different labels.
    """
    xp, low = namespace(log_q=log_q), nothing(log_q)
    blanks = xp.zeros_like(target_lengths)[..., None] + blank
    pairs = xp.stack([labels, xp.zeros_like(labels) + blank], axis=-1)
    states = xp.concat([blanks, xp.reshape(pairs, (*labels.shape[:-1], 2 * labels.shape[-1]))], axis=-1)
    leaps = (states != blank) & (states != _before(states, 2, blank))
    emitted = in_order(log_q, xp.broadcast_to(states[..., None, :], (*log_q.shape[:-1], states.shape[-1])))

    def step(chance: Any, emitted: Any, live: Any) -> Any:
        leapt = xp.where(leaps, _before(chance, 2, low), low)
        reached = log_add(log_add(chance, _before(chance, 1, low)), leapt)
        return xp.where(live, not_below(emitted + reached, low), chance)

    emitted = first_axis(not_below(emitted, low), -2)
    chance = _along(step, _first(states, log_q), emitted, _live(emitted.shape[0], lengths))
    place, end = counted(states.shape[-1], log_q), 2 * target_lengths[..., None]
    return logsumexp(xp.where((place == end) | (place == end - 1), chance, low))


def emitting(log_q: Any, labels: Any, lengths: Any, target_lengths: Any, blank: int) -> Any:
    """Return log Σ q over the ways through log_q (…, T, U + 1, C): the blank goes on in time, a label (…, U) to the next number.

    The last step is a blank.
    """
    xp, low = namespace(log_q=log_q), nothing(log_q)
    after = xp.concat([labels, xp.zeros_like(target_lengths)[..., None]], axis=-1)
    label = in_order(log_q, xp.broadcast_to(after[..., None, :, None], (*log_q.shape[:-1], 1)))[..., 0]
    there = (counted(log_q.shape[-3], log_q) < lengths[..., None])[..., None]
    stays, goes_on = (xp.where(there, not_below(each, low), low) for each in (log_q[..., blank], label))

    def step(chance: Any, stays: Any, goes_on: Any, live: Any) -> Any:
        reached = log_add(chance + stays, _before(chance + goes_on, 1, low))
        return xp.where(live, not_below(reached, low), chance)

    live = _live(sum(stays.shape[-2:]) - 1, lengths + target_lengths)
    chance = _along(step, _first(after, log_q), _diagonals(stays), _diagonals(goes_on), live)
    return logsumexp(xp.where(counted(after.shape[-1], log_q) == target_lengths[..., None], chance, low))


def warping(weights: Any, lengths: Any, target_lengths: Any) -> Any:
    """Return log Σ exp(the sum of weights (…, T, S)) over the ways from first to last: down, to the right, or both."""
    xp, low = namespace(weights=weights), nothing(weights)

    def step(chances: Any, weights: Any, live: Any) -> Any:
        one, two = chances  # the diagonals before this one; their first column is the edge
        reached = log_add(log_add(one[..., 1:], one[..., :-1]), two[..., :-1])
        new = xp.concat([one[..., :1], not_below(weights + reached, low)], axis=-1)
        return xp.where(live, new, one), xp.where(live, one, two)

    edge = xp.concat([weights[..., 0, :1], weights[..., 0, :]], axis=-1)
    start = xp.zeros_like(edge) + low, _first(edge, weights)
    live = _live(sum(weights.shape[-2:]) - 1, lengths + target_lengths - 1)
    chance, _ = _along(step, start, _diagonals(not_below(weights, low)), live)
    return logsumexp(xp.where(counted(edge.shape[-1], weights) == target_lengths[..., None], chance, low))


def chain_sum(lead: Any, moves: Any, there: Any) -> Any:
    """Return log Σ exp(the sum of lead (…, T, C) and moves (C, C)) over all paths of one state at each step that is there."""
    xp, low = namespace(lead=lead), nothing(lead)
    into = xp.matrix_transpose(moves)

    def step(chance: Any, lead: Any, live: Any) -> Any:
        return xp.where(live, not_below(lead + logsumexp(chance[..., None, :] + into), low), chance)

    first, *rest = _in_time(not_below(lead, low), there)
    return logsumexp(_along(step, first, *rest))


def chain_sum_by_products(lead: Any, moves: Any, there: Any) -> Any:
    """Return what `chain_sum` returns, by products of matrices: for scores that are not far from each other."""
    xp = namespace(lead=lead)
    highest = constant(xp.max(moves))
    matrix = xp.exp(moves - highest)

    def step(state: Any, factor: Any, live: Any) -> Any:
        shares, scale = state
        total = constant(xp.sum(shares, axis=-1, keepdims=True))
        new = (shares / total) @ matrix * factor
        return xp.where(live, new, shares), xp.where(live, scale + xp.log(total), scale)

    first, factors, live = _in_time(lead, there)
    state = xp.exp(first), constant(xp.zeros_like(first[..., :1]))
    shares, scale = _along(step, state, xp.exp(factors + highest), live)
    return xp.log(xp.sum(shares, axis=-1)) + scale[..., 0]


def best_of_chain(scores: Any, moves: Any, there: Any) -> Any:
    """Return the states (…, T) of the path with the largest sum of scores (…, T, C) and moves (C, C)."""
    xp = namespace(scores=scores)
    into = xp.matrix_transpose(moves)
    classes = counted(moves.shape[-1], scores)

    def on(best: Any, scores: Any, live: Any) -> Any:
        return xp.where(live, scores + xp.max(best[..., None, :] + into, axis=-1), best)

    def back(state: Any, best: Any, live: Any) -> Any:
        reached = best + xp.reshape(into, (-1,))[state[..., None] * moves.shape[-1] + classes]
        return xp.where(live[..., 0], xp.argmax(reached, axis=-1), state)

    first, rest, live = _in_time(scores, there)
    best = _each_along(on, first, rest, live)
    last = xp.argmax(best[-1, ...], axis=-1)
    states = _each_along(back, last, xp.flip(best[:-1, ...], axis=0), xp.flip(live, axis=0))
    return xp.permute_dims(xp.flip(states, axis=0), (*range(1, states.ndim), 0))


def _in_time(array: Any, there: Any) -> tuple[Any, Any, Any]:
    """Return the first step (…, C) of an array (…, T, C), the others with time as their first axis, and which of these are there."""
    array, there = first_axis(array, -2), first_axis(there, -1)[..., None]
    return array[0, ...], array[1:, ...], there[1:, ...]


def _first(states: Any, array: Any) -> Any:
    """Return the logarithms of being in the first of the states for sure."""
    xp = namespace(array=array)
    sure = xp.zeros_like(states, dtype=array.dtype)
    return xp.where(counted(states.shape[-1], array) == 0, sure, nothing(array))


def _before(array: Any, places: int, fill: Any) -> Any:
    """Return for each place of the last axis what stands some places before it, `fill` where there is nothing."""
    xp = namespace(array=array)
    edge = [xp.zeros_like(array[..., :1]) + fill] * places
    return xp.concat([*edge, array], axis=-1)[..., : array.shape[-1]]


def _live(steps: int, count: Any) -> Any:
    """Return for each step booleans (…, 1): whether it is among the first `count` (…) of a sequence."""
    return first_axis(counted(steps, count) < count[..., None], -1)[..., None]


def _diagonals(array: Any) -> Any:
    """Return the diagonals of an array (…, T, N), the longest way first: number d holds at n what stands at (d − n, n)."""
    xp = namespace(array=array)
    *batch, steps, width = array.shape
    rows = xp.matrix_transpose(array)
    edge = xp.zeros_like(rows[..., :1]) + nothing(array)
    # One entry less in each row moves every row by one against the row before.
    flat = xp.reshape(xp.concat([rows, *[edge] * width], axis=-1), (*batch, width * (steps + width)))
    return first_axis(xp.reshape(flat[..., :-width], (*batch, width, steps + width - 1)), -1)


def first_axis(array: Any, axis: int) -> Any:
    """Return the array with an axis, counted from the last, as its first. (torch.vmap knows no moveaxis.)"""
    place = array.ndim + axis
    others = [each for each in range(array.ndim) if each != place]
    return namespace(array=array).permute_dims(array, (place, *others))


def _along(step: Callable[..., Any], state: Any, *inputs: Any) -> Any:
    """Return the state after all steps; the inputs have time as their first axis."""
    xp = namespace(first=inputs[0])
    if array_api_compat.is_jax_namespace(xp):
        # One step is compiled, and not all of them.
        return sys.modules["jax"].lax.scan(lambda state, each: (step(state, *each), None), state, inputs)[0]
    # Taken apart at once: the gradient of each single step's place would be an array of all steps.
    apart = xp.unbind if is_torch(xp) else xp.unstack
    for each in zip(*map(apart, inputs), strict=True):
        state = step(state, *each)
    return state


def _each_along(step: Callable[..., Any], state: Any, *inputs: Any) -> Any:
    """Return the state at the beginning and after each step, on a first axis; the inputs have time as their first axis."""
    xp = namespace(first=inputs[0])
    if array_api_compat.is_jax_namespace(xp):

        def twice(state: Any, each: Any) -> Any:
            new = step(state, *each)
            return new, new

        states = sys.modules["jax"].lax.scan(twice, state, inputs)[1]
        return xp.concat([state[None, ...], states])
    states = [state]
    for each in zip(*map(xp.unbind if is_torch(xp) else xp.unstack, inputs), strict=True):
        states.append(step(states[-1], *each))
    return xp.stack(states)
