"""Sequences: their checks, and which of their steps count."""

from typing import Any

from lossbook._ops.arrays import constant, counted, described, floating, namespace, of_kind, promoted, require, same_shape, wide
from lossbook._ops.classes import class_scores, index_of
from lossbook._ops.hyperparameters import as_integer
from lossbook._ops.masks import mask_like
from lossbook._ops.reduction import reduce

# --- steps ---


def kept(array: Any, there: Any) -> Any:
    """Return an array with 0 where booleans that begin with its axes are False."""
    xp = namespace(array=array)
    return xp.where(there[(..., *[None] * (array.ndim - there.ndim))], array, xp.zeros_like(array))


def counting(mask: Any, **arrays: Any) -> tuple[Any, ...]:
    """Return the named arrays, the first of rows (…, C), the others (…, C) or (…), with 0 where a mask (…) is False."""
    if mask is None:
        return tuple(arrays.values())
    name, rows = next(iter(arrays.items()))
    namespace(**{name: rows})
    mask_like(mask, rows.shape[:-1], **{name: rows})

    def counted(other: str, each: Any) -> Any:
        namespace(**{name: rows, other: each})
        # Of a shape that does not fit, a later check speaks.
        return kept(each, mask) if tuple(each.shape[: mask.ndim]) == tuple(mask.shape) else each

    return tuple(counted(other, each) for other, each in arrays.items())


def of_steps(values: Any, mask: Any, reduction: str) -> Any:
    """Return the reduced values of steps: 0 where the mask is False, and no part of the mean."""
    if mask is None:
        return reduce(values, reduction)
    xp = namespace(values=values)
    return reduce(kept(values, mask), reduction, xp.astype(mask, values.dtype))


def unwanted(logits: Any, candidates: Any) -> Any:
    """Return the namespace of checked logits (…, C) of two classes or more, and booleans in their shape."""
    xp = namespace(logits=logits, candidates=candidates)
    class_scores(logits, "logits")
    if not of_kind(xp, candidates, "bool"):
        raise TypeError(f"candidates must be of a boolean dtype, got {candidates.dtype}")
    if tuple(candidates.shape) != tuple(logits.shape):
        shapes = f"candidates {tuple(candidates.shape)}, logits {tuple(logits.shape)}"
        raise ValueError(f"candidates must have the shape of logits: got {shapes}")
    if logits.shape[-1] == 1:
        raise ValueError(f"logits must have at least two classes, got shape {tuple(logits.shape)}")
    return xp


def beside_teacher(logits: Any, teacher_logits: Any, mask: Any) -> tuple[Any, Any, Any]:
    """Return the namespace, and checked: a student's logits (…, C) and a teacher's, a constant, with 0 where a mask (…) is False."""
    xp = same_shape(logits=logits, teacher_logits=teacher_logits)
    class_scores(logits, "logits")
    student, teacher = counting(mask, logits=logits, teacher_logits=teacher_logits)
    return xp, student, constant(teacher)


# --- two sequences ---


def first_of(count: int, least: int, like: Any, batch: tuple[int, ...], **named: Any) -> tuple[Any, Any, Any]:
    """Return how many of `count` elements count in each sequence of the batch, booleans (…, count) where they do, and a factor.

    The factor (…) is 1, or NaN where a compiler traces and a length is out of range.
    """
    ((name, lengths),) = named.items()
    xp = namespace(like=like)
    sound = xp.ones_like(xp.broadcast_to(counted(1, like)[0], batch), dtype=like.dtype)
    if lengths is None:
        lengths = xp.broadcast_to(counted(count + 1, like)[-1], batch)
    else:
        namespace(like=like, **named)
        if not of_kind(xp, lengths, "integral"):
            raise TypeError(f"{name} must be of an integer dtype, got {lengths.dtype}")
        if tuple(lengths.shape) != batch:
            raise ValueError(f"{name} must have shape {batch}, a number for each sequence, got {tuple(lengths.shape)}")
        bad = (index_of(lengths) < least) | (index_of(lengths) > count)
        sound = require(lengths, bad, f"{name} must lie between {least} and {count}", of=sound)
        # Where a compiler traces: all count, so that the NaN reaches the gradient, too.
        lengths = xp.where(bad, count, index_of(lengths))
    return lengths, counted(count, like) < lengths[..., None], sound


def transcript(y: Any, logits: Any, batch: tuple[int, ...], lengths: Any, blank: int) -> tuple[Any, Any, Any, Any]:
    """Return, checked: the labels (…, U), the blank in place of those that do not count, and how many do.

    Then booleans (…, U + 1): which numbers of labels are reached; and a factor as of `first_of`.
    """
    xp, classes = namespace(y=y), logits.shape[-1]
    lengths, there, sound = first_of(y.shape[-1], 0, logits, batch, target_lengths=lengths)
    index = index_of(y)
    bad = there & ((index < 0) | (index >= classes) | (index == blank))
    rule = f"y must be a class from 0 to {classes - 1} other than the blank, {blank}"
    each = require(y, bad, rule, of=xp.ones_like(index, dtype=logits.dtype))
    reached = counted(y.shape[-1] + 1, logits) <= lengths[..., None]
    return xp.where(there & ~bad, index, blank), lengths, reached, sound * xp.prod(each, axis=-1)


def aligned(logits: Any, y: Any, blank: Any, *axes: str) -> tuple[tuple[int, ...], int]:
    """Return the batch's shape, and the blank's class, of checked logits (…, *axes) and labels y (…, U)."""
    xp = namespace(logits=logits, y=y)
    floating(logits=logits)
    shape = f"(…, {', '.join(axes)})"
    if logits.ndim < len(axes) or logits.shape[-1] == 0:
        raise ValueError(f"logits must have shape {shape} with at least one class, got {tuple(logits.shape)}")
    if not of_kind(xp, y, "integral"):
        raise TypeError(f"y must hold class labels of an integer dtype, got {y.dtype}")
    batch = tuple(logits.shape[: logits.ndim - len(axes)])
    fits = y.ndim > 0 and tuple(y.shape[:-1]) == batch and ("U + 1" not in axes or y.shape[-1] + 1 == logits.shape[-2])
    if not fits:
        shapes = f"y {tuple(y.shape)}, logits {tuple(logits.shape)}"
        raise ValueError(f"y must have shape (…, U) beside logits {shape}: got {shapes}")
    return batch, class_of_number(blank, logits.shape[-1])


def class_of_number(blank: Any, count: int) -> int:
    """Return the class of the blank, which must be a whole number from 0 to count − 1."""
    index = as_integer(blank)
    if index is None:
        raise TypeError(f"blank must be a whole number, got {described(blank)}")
    if not 0 <= index < count:
        raise ValueError(f"blank must be a class from 0 to {count - 1}, got {index}")
    return index


def two_series(x: Any, y: Any, of: str = "steps") -> tuple[Any, Any, tuple[int, ...]]:
    """Return, checked and of one dtype, series of vectors, x (…, T, D) and y (…, S, D), and the batch's shape."""
    xp = floating(x=x, y=y)
    for name, array in {"x": x, "y": y}.items():
        if array.ndim < 2 or 0 in array.shape[-2:]:
            raise ValueError(f"{name} must have shape (…, {of}, D), at least one of each, got {tuple(array.shape)}")
    if tuple(x.shape[:-2]) != tuple(y.shape[:-2]) or x.shape[-1] != y.shape[-1]:
        shapes = f"x {tuple(x.shape)}, y {tuple(y.shape)}"
        raise ValueError(f"x and y must be alike but for their number of {of}: got {shapes}")
    return *(wide(each) for each in promoted(xp, x, y)), tuple(x.shape[:-2])
