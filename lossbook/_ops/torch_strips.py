"""Strips in torch, where gradients are made by hand of autograd: imported only once torch is there."""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from lossbook._ops.strips import pieces

LEAVE_OUT = "leave strip out to hold all rows at once"


def total(term: Callable[..., Any], rows: Sequence[Any], shared: Sequence[Any], axis: int, strip: int) -> Any:
    """Return the sum of all values in float32 or wider; each strip's gradient is made while it is at hand."""
    return _applied(_Total, term, rows, shared, axis, strip)


def each(term: Callable[..., Any], rows: Sequence[Any], shared: Sequence[Any], axis: int, strip: int) -> Any:
    """Return the values; for the gradient, each strip is computed once more."""
    return _applied(_Each, term, rows, shared, axis, strip)


def _applied(function: Any, term: Callable[..., Any], rows: Sequence[Any], shared: Sequence[Any], axis: int, strip: int) -> Any:
    if torch.compiler.is_compiling() or torch._C._functorch.peek_interpreter_stack() is not None:
        raise NotImplementedError(f"torch.compile and torch.func cannot work in strips: {LEAVE_OUT}")
    return function.apply(term, axis, strip, len(rows), *rows, *shared)


class _Total(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, term: Any, axis: int, strip: int, count: int, *arrays: Any) -> Any:
        moved = ctx.needs_input_grad[4:]
        if not any(moved):
            parts = [wide_sum(term(*piece, *arrays[count:])) for piece in pieces(arrays[:count], axis, strip)]
            return torch.stack(parts).sum()
        values, gradients = _with_gradients(term, axis, strip, count, arrays, moved)
        ctx.save_for_backward(*gradients)
        ctx.dtypes = [array.dtype for array in arrays]
        return torch.stack([wide_sum(value) for value in values]).sum()

    @staticmethod
    def backward(ctx: Any, slope: Any) -> Any:
        _once()
        scaled = [
            None if made is None else (made * slope.to(made.dtype)).to(dtype)
            for made, dtype in zip(ctx.saved_tensors, ctx.dtypes, strict=True)
        ]
        return None, None, None, None, *scaled


class _Each(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, term: Any, axis: int, strip: int, count: int, *arrays: Any) -> Any:
        ctx.save_for_backward(*arrays)
        ctx.how = (term, axis, strip, count)
        return torch.cat([term(*piece, *arrays[count:]) for piece in pieces(arrays[:count], axis, strip)], dim=axis)

    @staticmethod
    def backward(ctx: Any, slope: Any) -> Any:
        _once()
        arrays, (term, axis, strip, count) = ctx.saved_tensors, ctx.how
        _, gradients = _with_gradients(term, axis, strip, count, arrays, ctx.needs_input_grad[4:], slope)
        typed = [None if made is None else made.to(array.dtype) for made, array in zip(gradients, arrays, strict=True)]
        return None, None, None, None, *typed


def _with_gradients(
    term: Any, axis: int, strip: int, count: int, arrays: Sequence[Any], moved: Sequence[bool], slope: Any = None
) -> tuple[list[Any], list[Any]]:
    """Return each strip's values, and the gradients of all values, or of their products with `slope`.

    What the strips add to a shared array is added up in float32 or wider.
    """
    gradients: list[Any] = [
        None if not needed else torch.empty_like(array) if place < count else torch.zeros_like(array, dtype=_wide(array.dtype))
        for place, (array, needed) in enumerate(zip(arrays, moved, strict=True))
    ]
    rows = [*arrays[:count], *(each for each in gradients[:count] if each is not None), *([] if slope is None else [slope])]
    shared = [array.detach().requires_grad_(needed) for array, needed in zip(arrays[count:], moved[count:], strict=True)]
    found = []
    for piece in pieces(rows, axis, strip):
        own = [array.detach().requires_grad_(needed) for array, needed in zip(piece[:count], moved[:count], strict=False)]
        into = iter(piece[count:])
        with torch.enable_grad():
            values = term(*own, *shared)
        found.append(values.detach())
        upstream = torch.ones_like(values) if slope is None else piece[-1]
        leaves = [array for array, needed in zip([*own, *shared], moved, strict=True) if needed]
        made = iter(torch.autograd.grad(values, leaves, upstream))
        for place, needed in enumerate(moved):
            if needed and place < count:
                next(into).copy_(next(made))
            elif needed:
                gradients[place] += next(made)
    return found, gradients


def wide_sum(values: Any) -> Any:
    """Return the sum of all numbers in float32 or wider."""
    return values.sum(dtype=_wide(values.dtype))


def _wide(dtype: Any) -> Any:
    return torch.promote_types(dtype, torch.float32)


def _once() -> None:
    if torch.is_grad_enabled():
        raise NotImplementedError(f"second derivatives cannot go through strips: {LEAVE_OUT}")
