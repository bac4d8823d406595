"""Samples of points: their distances, mostly from products of matrices, and the entropic plan between two of them."""

import math
import sys
from collections.abc import Callable
from typing import Any

import array_api_compat

from lossbook._ops.arrays import constant, counted, is_torch, known, namespace
from lossbook._ops.hyperparameters import positive, whole
from lossbook._ops.lists import in_order
from lossbook._ops.sequences import two_series
from lossbook._ops.stable import logsumexp, mean, not_below
from lossbook._ops.vectors import dot, matmul, squared_distances

# The most steps that an entropic plan takes, where the call does not say.
STEPS = 10_000


def two_samples(x: Any, y: Any, least: int = 1) -> tuple[Any, Any]:
    """Return, checked and of one dtype, samples of at least so many points, x (…, N, D) and y (…, M, D)."""
    x, y, _ = two_series(x, y, "points")
    for name, points in {"x": x, "y": y}.items():
        if points.shape[-2] < least:
            raise ValueError(f"{name} must have at least {least} points, got shape {tuple(points.shape)}")
    return x, y


def middle(points: Any) -> Any:
    """Return the mean (…, 1, D) of points (…, N, D)."""
    return mean(points, axis=-2)[..., None, :]


def from_middles(x: Any, y: Any) -> tuple[Any, Any, Any]:
    """Return the way (…, D) between the middles of two samples, and each sample as seen from its own."""
    centre = constant(middle(x))
    x, y = x - centre, y - centre
    return (middle(x) - middle(y))[..., 0, :], x - middle(x), y - middle(y)


def half_squares(x: Any, y: Any) -> Any:
    """Return ½‖x_i − y_j‖² (…, N, M) of points (…, N, D) and (…, M, D), from one product of matrices.

    Far from the origin it would cancel: what the points share is to be taken off before.
    """
    xp = namespace(x=x, y=y)
    left = xp.concat([-x, dot(x, x)[..., None] / 2, xp.ones_like(x[..., :1])], axis=-1)
    right = xp.concat([y, xp.ones_like(y[..., :1]), dot(y, y)[..., None] / 2], axis=-1)
    return matmul(left, xp.matrix_transpose(right))


def likeness(x: Any, y: Any, width: Any) -> Any:
    """Return exp(−‖x_i − y_j‖² / 2h²) of points (…, N, D) and (…, M, D); the centre that they are seen from is a constant."""
    xp = namespace(x=x, y=y)
    centre = constant((middle(x) + middle(y)) / 2)
    # Far from the centre a small distance drowns in rounding, and must not come out below 0.
    return xp.exp(-not_below(half_squares((x - centre) / width, (y - centre) / width), 0))


def nearest_of(x: Any, y: Any) -> tuple[Any, Any]:
    """Return the squared distance of each point of x (…, N, D) to the nearest of y (…, M, D), and the other way round.

    Who is nearest is a constant. It is found from differences: a product of matrices would cancel between clouds
    far apart, from wherever they are seen.
    """
    xp, points = namespace(x=x, y=y), (constant(x), constant(y))
    if is_torch(xp):
        far = xp.cdist(*points, compute_mode="donot_use_mm_for_euclid_dist")
    else:
        far = squared_distances(*points)
    ways = x - points_at(y, xp.argmin(far, axis=-1)), y - points_at(x, xp.argmin(far, axis=-2))
    return dot(ways[0], ways[0]), dot(ways[1], ways[1])


def points_at(points: Any, index: Any) -> Any:
    """Return the points (…, N, D) at places (…, N) among points (…, M, D)."""
    xp = namespace(points=points)
    columns = xp.matrix_transpose(points)
    index = xp.broadcast_to(index[..., None, :], (*columns.shape[:-1], index.shape[-1]))
    return xp.matrix_transpose(in_order(columns, index))


def mean_within(square: Any, unbiased: bool) -> Any:
    """Return the mean likeness (…, N, N) over the pairs of a sample's points: all, or those of two different ones."""
    xp, count = namespace(square=square), square.shape[-1]
    place = counted(count, square)
    # A point is 1 like itself, whatever rounding made of its distance.
    pairs = xp.where(place[:, None] == place, 0.0 if unbiased else 1.0, square)
    return xp.sum(pairs, axis=(-2, -1)) / (count * (count - 1 if unbiased else count))


# --- the entropic plan ---


def transport(x: Any, y: Any, epsilon: Any, iterations: Any, tolerance: Any) -> Any:
    """Return the entropic cost of moving points (…, N, D) to points (…, M, D); where both are the same, y is x.

    The potentials are constants: of the dual's value at its maximum, the gradient in all else is the whole one.
    """
    costs = half_squares(x, y)
    f = potential(constant(costs), constant(epsilon) if hasattr(epsilon, "shape") else epsilon, x is y, iterations, tolerance)
    # With the best answer to f put in, the dual is concave in f: an error in f counts squared.
    answer = -epsilon * log_mean(namespace(f=f).matrix_transpose(f[..., None] - costs) / epsilon)
    return mean(f, axis=-1) + mean(answer, axis=-1)


def potential(costs: Any, epsilon: Any, symmetric: bool, iterations: Any, tolerance: Any) -> Any:
    """Return the potential (…, N) of the rows of the entropic plan for constant costs (…, N, M)."""
    xp = namespace(costs=costs)
    steps = whole(iterations=iterations) or STEPS
    # At its maximum the dual is flat: the value is nearer than the rows are.
    within = float(xp.finfo(costs.dtype).eps) ** 0.5 if tolerance is None else positive(tolerance=tolerance)
    scaled = costs / -epsilon
    if is_torch(xp):
        from lossbook._ops import torch_samples

        f, off = torch_samples.balanced(scaled, symmetric, steps, within)
    elif array_api_compat.is_jax_namespace(xp):
        f, off = sys.modules["jax"].jit(balanced, static_argnums=1)(scaled, symmetric, steps, within)
    else:
        f, off = balanced(scaled, symmetric, steps, within)
    if known(xp.any(off > within)):
        raise ValueError(
            f"iterations must be more, or epsilon or tolerance larger: after {steps} iterations with epsilon={float(epsilon):g} "
            f"the plan's rows are off by {float(xp.max(off)):.2g}, and not within {within:.2g}"
        )
    return epsilon * f


def balanced(scaled: Any, symmetric: bool, steps: int, within: float) -> tuple[Any, Any]:
    """Return the logarithm (…, N) of what each row of exp(scaled) (…, N, M) is to be multiplied by, and how far the rows are off.

    With the best factors for the columns, all rows and all columns have the mean 1. Logarithms are taken anew where the
    factors have come far; near by, the steps are products of matrix and vector.
    """
    xp = namespace(scaled=scaled)
    columns = xp.matrix_transpose(scaled)

    def rows_off(f: Any, answer: Any) -> Any:
        return xp.mean(xp.abs(xp.expm1(f - answer)), axis=-1)

    def near(state: Any) -> Any:
        count, f, _ = state
        g = f if symmetric else -log_mean(f[..., None, :] + columns)
        centre = -log_mean(g[..., None, :] + scaled)
        off = rows_off(f, centre)
        if symmetric:
            # Both factors are one: halfway, they do not swing.
            g = centre = (f + centre) / 2
        kernel = xp.exp(centre[..., None] + g[..., None, :] + scaled)

        def step(state: Any) -> Any:
            count, f, last, last_way, _ = state
            rows = xp.exp(f - centre)[..., None]
            others = rows if symmetric else kernel.shape[-2] / matmul(xp.matrix_transpose(kernel), rows)
            answer = centre - xp.log(matmul(kernel, others)[..., 0] / kernel.shape[-1])
            off = rows_off(f, answer)
            answer = (f + answer) / 2 if symmetric else answer
            way = answer - f
            # Anderson's acceleration: between the last two answers, or beyond, to where their ways would cancel best.
            change = way - last_way
            size = dot(change, change)
            share = dot(way, change) / xp.where(size == 0, 1.0, size)
            return count + 1, answer - share[..., None] * (answer - last), answer, way, off

        def goes_on(state: Any) -> Any:
            count, f, *_, off = state
            return (count < steps) & xp.any(off > within) & ~xp.any(xp.abs(f - centre) > 10)

        count, _, answer, _, off = repeated(step, goes_on, (count + 1, centre, centre, centre - f, off))
        return count, answer, off

    def goes_on(state: Any) -> Any:
        count, _, off = state
        return (count < steps) & xp.any(off > within)

    f = xp.zeros_like(scaled[..., 0])
    return repeated(near, goes_on, (0, f, f[..., 0] + math.inf))[1:]


def repeated(step: Callable[..., Any], goes_on: Callable[..., Any], state: Any) -> Any:
    """Return the state after as many steps as it goes on."""
    if array_api_compat.is_jax_namespace(namespace(array=state[1])):
        return sys.modules["jax"].lax.while_loop(goes_on, step, state)
    while goes_on(state):
        state = step(state)
    return state


def log_mean(array: Any) -> Any:
    """Return the logarithm of the mean of eˣ over the last axis."""
    return logsumexp(array) - math.log(array.shape[-1])
