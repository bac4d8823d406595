"""Work through the rows of a batch in strips, so that no array of all rows with all candidates is held."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import array_api_compat

from lossbook._ops.arrays import is_torch, namespace, of_kind
from lossbook._ops.hyperparameters import whole
from lossbook._ops.reduction import positive_total, reduce


def in_strips(
    term: Callable[..., Any],
    rows: Sequence[Any],
    shared: Sequence[Any],
    *,
    strip: Any,
    reduction: str,
    weights: Any = None,
    grouped: bool = False,
) -> Any:
    """Return the reduced values of `term(*rows, *shared)`, some rows at a time.

    `rows` are arrays that begin with the batch's axes, first one of vectors (…, D); `shared` is what
    every row sees whole; what is no array goes along as it is. In a grouped batch each group shares
    something of its own, and the strips run along the batch's last axis.
    """
    strip = whole(strip=strip)
    batch = tuple(rows[0].shape[:-1])
    if strip is None or strip >= math.prod(batch[-1:] if grouped else batch):
        return reduce(term(*rows, *shared), reduction, weights)
    given = [*rows, *shared]
    places = [i for i, each in enumerate(given) if array_api_compat.is_array_api_obj(each)]

    def of_arrays(*arrays: Any) -> Any:
        filled = dict(zip(places, arrays, strict=True))
        return term(*(filled.get(i, each) for i, each in enumerate(given)))

    shared = [given[i] for i in places if i >= len(rows)]
    rows = [given[i] for i in places if i < len(rows)]
    xp = namespace(first=rows[0])
    axis = len(batch) - 1 if grouped else 0
    if not grouped and len(batch) > 1:
        rows = [xp.reshape(each, (math.prod(batch), *each.shape[len(batch) :])) for each in rows]
    if is_torch(xp):
        from lossbook._ops import torch_strips

        if reduction in ("sum", "mean"):
            scale = 1.0
            if reduction == "mean":
                scale = 1 / (math.prod(batch) if weights is None else positive_total(torch_strips.wide_sum(weights)))
            total = torch_strips.total(of_arrays, rows, shared, axis, strip, scale)
            return total.to(xp.result_type(*_floats([*rows, *shared])))
        values = torch_strips.each(of_arrays, rows, shared, axis, strip)
    elif array_api_compat.is_jax_namespace(xp):
        values = _in_jax(of_arrays, rows, shared, axis, strip)
    else:
        values = xp.concat([of_arrays(*piece, *shared) for piece in pieces(rows, axis, strip)], axis=axis)
    return reduce(xp.reshape(values, batch), reduction, weights)


def pieces(rows: Sequence[Any], axis: int, strip: int) -> Iterator[list[Any]]:
    """Yield the arrays cut along an axis, a strip of each at a time; the last may be shorter."""
    count = rows[0].shape[axis]
    for start in range(0, count, strip):
        yield [each[(slice(None),) * axis + (slice(start, min(start + strip, count)), ...)] for each in rows]


def _floats(arrays: Sequence[Any]) -> list[Any]:
    return [each for each in arrays if of_kind(namespace(array=each), each, "real floating")]


def _in_jax(term: Callable[..., Any], rows: Sequence[Any], shared: Sequence[Any], axis: int, strip: int) -> Any:
    """Return the values; for the gradient each strip is computed once more, and in float32 the strips' parts are added up."""
    import jax
    import jax.numpy as jnp

    dtypes = [each.dtype for each in shared]
    single = [
        each.astype(jnp.float32) if each.dtype.itemsize < 4 and of_kind(namespace(array=each), each, "real floating") else each
        for each in shared
    ]

    @jax.checkpoint
    def of_strip(*arrays: Any) -> Any:
        piece = [jnp.moveaxis(each, 0, axis) for each in arrays]
        own = [each.astype(dtype) for each, dtype in zip(single, dtypes, strict=True)]
        return jnp.moveaxis(term(*piece, *own), axis, 0)

    rows = [jnp.moveaxis(each, axis, 0) for each in rows]
    whole_strips, rest = divmod(rows[0].shape[0], strip)
    stacked = [each[: whole_strips * strip].reshape(whole_strips, strip, *each.shape[1:]) for each in rows]
    values = jax.lax.map(lambda piece: of_strip(*piece), stacked)
    values = values.reshape(-1, *values.shape[2:])
    if rest:
        values = jnp.concatenate([values, of_strip(*(each[-rest:] for each in rows))])
    return jnp.moveaxis(values, 0, axis)
