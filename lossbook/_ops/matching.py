"""The cheapest way to give each row a column of its own. SciPy finds it, and is imported only then."""

import math
import sys
from typing import Any

import array_api_compat
import numpy as np

from lossbook._ops.arrays import constant, floating, is_torch, namespace, require, spoilt, wide
from lossbook._ops.lists import in_order
from lossbook._ops.stable import mean


def mean_of_cheapest(cost: Any) -> Any:
    """Return the mean (…) of the entries that the cheapest assignment of rows chooses from costs (…, N, M), in float32 at least."""
    xp = floating(cost=cost)
    if cost.ndim < 2 or cost.shape[-2] == 0 or cost.shape[-2] > cost.shape[-1]:
        raise ValueError(f"cost must have shape (…, N, M) with 1 ≤ N ≤ M, a column for each row, got {tuple(cost.shape)}")
    cost = wide(cost)
    bad = ~xp.isfinite(cost)
    checked = require(cost, bad, "cost must be finite")
    values = mean(in_order(checked, cheapest(constant(checked))[..., None])[..., 0], axis=-1)
    # One that is refused refuses all, chosen or not.
    return values if checked is cost else spoilt(values, xp.any(xp.any(bad, axis=-1), axis=-1))


def cheapest(cost: Any) -> Any:
    """Return the column (…, N) of each row of constant costs (…, N, M) in the cheapest assignment."""
    xp = namespace(cost=cost)
    if is_torch(xp):
        from lossbook._ops import torch_matching

        return torch_matching.columns(cost)
    if array_api_compat.is_jax_namespace(xp):
        jax, index = sys.modules["jax"], xp.asarray(0).dtype
        shape = jax.ShapeDtypeStruct(cost.shape[:-1], index)
        return jax.pure_callback(lambda each: solved(each).astype(index), shape, cost, vmap_method="broadcast_all")
    return xp.asarray(solved(cost))


def solved(cost: Any) -> Any:
    """Return the columns of the cheapest assignments, of numpy arrays; what is not finite counts as 0."""
    from scipy.optimize import linear_sum_assignment

    cost = np.asarray(cost).astype(np.float64)
    flat = np.reshape(np.where(np.isfinite(cost), cost, 0.0), (math.prod(cost.shape[:-2]), *cost.shape[-2:]))
    columns = np.asarray([linear_sum_assignment(each)[1] for each in flat], dtype=np.int64)
    return np.reshape(columns, cost.shape[:-1])
