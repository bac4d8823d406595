"""Strips in torch, where gradients are made by hand of autograd: imported only once torch is there."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from lossbook._ops.strips import pieces

LEAVE_OUT = "leave strip out to hold all rows at once"


def total(term: Callable[..., Any], rows: Sequence[Any], shared: Sequence[Any], axis: int, strip: int, scale: Any) -> Any:
    """Return scale · Σ of all values in float32 or wider; each strip's gradient is made while it is at hand."""
    return _applied(_Total, term, rows, shared, axis, strip, float(scale))


def each(term: Callable[..., Any], rows: Sequence[Any], shared: Sequence[Any], axis: int, strip: int) -> Any:
    """Return the values; for the gradient, each strip is computed once more."""
    return _applied(_Each, term, rows, shared, axis, strip, 1.0)


def _applied(function: Any, term: Any, rows: Sequence[Any], shared: Sequence[Any], axis: int, strip: int, scale: float) -> Any:
    if torch.compiler.is_compiling() or torch._C._functorch.peek_interpreter_stack() is not None:
        raise NotImplementedError(f"torch.compile and torch.func cannot work in strips: {LEAVE_OUT}")
    return function.apply((term, axis, strip, len(rows), scale), *rows, *shared)


class _Total(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, how: Any, *arrays: Any) -> Any:
        moved, (*_, scale) = ctx.needs_input_grad[1:], how
        if any(moved):
            values, gradients = _with_gradients(how, arrays, moved)
            ctx.save_for_backward(*gradients)
            ctx.dtypes = [array.dtype for array in arrays]
        else:
            values = list(_values(how, arrays))
        return scale * torch.stack([wide_sum(value) for value in values]).sum()

    @staticmethod
    def backward(ctx: Any, slope: Any) -> Any:
        _once()
        # Most often the slope is 1: then nothing is copied.
        scaled = [made if made is None or slope == 1 else made * slope.to(made.dtype) for made in ctx.saved_tensors]
        return None, *(None if made is None else made.to(dtype) for made, dtype in zip(scaled, ctx.dtypes, strict=True))


class _Each(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, how: Any, *arrays: Any) -> Any:
        ctx.save_for_backward(*arrays)
        ctx.how = how
        _, axis, *_ = how
        return torch.cat(list(_values(how, arrays)), dim=axis)

    @staticmethod
    def backward(ctx: Any, slope: Any) -> Any:
        _once()
        arrays = ctx.saved_tensors
        _, gradients = _with_gradients(ctx.how, arrays, ctx.needs_input_grad[1:], slope)
        return None, *(None if made is None else made.to(array.dtype) for made, array in zip(gradients, arrays, strict=True))


def _values(how: Any, arrays: Sequence[Any]) -> Iterator[Any]:
    """Yield each strip's values."""
    term, axis, strip, count, _ = how
    for piece in pieces(arrays[:count], axis, strip):
        yield term(*piece, *arrays[count:])


def _with_gradients(how: Any, arrays: Sequence[Any], moved: Sequence[bool], slope: Any = None) -> tuple[list[Any], list[Any]]:
    """Return each strip's values, and the gradients of scale · Σ of all, or of their products with `slope`.

    What the strips add to a shared array is added up in float32 or wider.
    """
    term, axis, strip, count, scale = how
    gradients: list[Any] = [
        None if not needed else torch.empty_like(array) if place < count else torch.zeros_like(array, dtype=_wide(array.dtype))
        for place, (array, needed) in enumerate(zip(arrays, moved, strict=True))
    ]
    # Cut together: the rows, their gradients, and the slopes of their values.
    together = [*arrays[:count], *(each for each in gradients[:count] if each is not None), *([] if slope is None else [slope])]
    shared = [array.detach().requires_grad_(needed) for array, needed in zip(arrays[count:], moved[count:], strict=True)]
    found = []
    for piece in pieces(together, axis, strip):
        own = [array.detach().requires_grad_(needed) for array, needed in zip(piece[:count], moved[:count], strict=True)]
        with torch.enable_grad():
            values = term(*own, *shared)
        found.append(values.detach())
        leaves = [array for array, needed in zip([*own, *shared], moved, strict=True) if needed]
        made = iter(torch.autograd.grad(values, leaves, torch.ones_like(values) if slope is None else piece[-1]))
        into = iter(piece[count:])
        for place, needed in enumerate(moved):
            if needed and place < count:
                torch.mul(next(made), scale, out=next(into))
            elif needed:
                gradients[place].add_(next(made), alpha=scale)
        # Or else this strip's arrays would still be there while the next strip's are made.
        del values, made
    return found, gradients


def wide_sum(values: Any) -> Any:
    """Return the sum of all numbers in float32 or wider."""
    return values.sum(dtype=_wide(values.dtype))


def _wide(dtype: Any) -> Any:
    return torch.promote_types(dtype, torch.float32)


def _once() -> None:
    if torch.is_grad_enabled():
        raise NotImplementedError(f"second derivatives cannot go through strips: {LEAVE_OUT}")
