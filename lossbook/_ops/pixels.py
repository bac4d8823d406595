"""Masks of pixels: their checks, what is found, added and missed, and Lovász's extension of the Jaccard index."""

import math
from typing import Any

from lossbook._ops.arrays import constant, floating, namespace, promoted, require, same_shape, wide
from lossbook._ops.classes import as_numbers, class_scores, classes, one_hot, probabilities
from lossbook._ops.lists import in_order, running_total

# --- masks of probabilities ---


def image(**named: Any) -> None:
    """Raise unless the named array has shape (…, H, W) with at least one pixel."""
    ((name, array),) = named.items()
    if array.ndim < 2 or 0 in array.shape[-2:]:
        raise ValueError(f"{name} must have shape (…, H, W) with at least one pixel, got {tuple(array.shape)}")


def in_a_row(mask: Any) -> Any:
    """Return the pixels of masks (…, H, W) as (…, P)."""
    return namespace(mask=mask).reshape(mask, (*mask.shape[:-2], math.prod(mask.shape[-2:])))


def two_masks(probs: Any, y: Any) -> tuple[Any, Any]:
    """Return, checked and in a row (…, P), of one dtype: the probabilities (…, H, W) of a mask, and the truth in [0, 1]."""
    namespace(probs=probs, y=y)
    floating(probs=probs)
    probs = wide(probs)
    y = wide(as_numbers(probs, y=y))
    same_shape(probs=probs, y=y)
    image(probs=probs)
    probs, y = promoted(namespace(probs=probs), probs, y)
    return in_a_row(probabilities(probs=probs)), in_a_row(probabilities(y=y))


def beside_distance(probs: Any, distance: Any) -> tuple[Any, Any]:
    """Return, checked and in a row (…, P): the probabilities (…, H, W) of a mask, and each pixel's signed distance."""
    same_shape(probs=probs, distance=distance)
    image(probs=probs)
    return in_a_row(wide(probabilities(probs=probs))), in_a_row(wide(distance))


# --- pixels with labels ---


def labelled(scores: Any, y: Any) -> tuple[Any, Any]:
    """Return, checked: scores (…, P) of pixels, and their labels 0 and 1 as numbers like them, constants."""
    namespace(scores=scores, y=y)
    class_scores(scores, "scores", "P", "pixel")
    scores = wide(scores)
    y = constant(as_numbers(scores, y=y))
    xp = same_shape(scores=scores, y=y)
    scores = require(y, (y != 0) & (y != 1), "y must be 0 or 1", of=scores)
    return scores, xp.astype(y, scores.dtype, copy=False)


def errors_of_classes(probs: Any, y: Any) -> tuple[Any, Any]:
    """Return, checked, for each class its errors (…, C, P) and its truth, 0 or 1, of probs (…, P, C) and classes y (…, P)."""
    floating(probs=probs)
    if probs.ndim < 2 or 0 in probs.shape[-2:]:
        raise ValueError(f"probs must have shape (…, P, C) with at least one pixel and one class, got {tuple(probs.shape)}")
    xp, probs, y = classes(probs, y, name="probs")
    probs = wide(probabilities(probs=probs))
    own = one_hot(probs, y)
    errors = xp.where(own, 1 - probs, probs)
    return xp.matrix_transpose(errors), xp.matrix_transpose(xp.astype(own, probs.dtype))


def lovasz(errors: Any, truth: Any) -> Any:
    """Return the Lovász extension (…) of the Jaccard loss at errors (…, P) of at least 0, for a truth (…, P) of 0 and 1.

    An error counts by what the index loses when its pixel is wrong too, after all pixels of larger errors. What it
    loses is written without a difference of two indices, which are nearly the same among many pixels.
    """
    xp = namespace(errors=errors, truth=truth)
    order = xp.argsort(constant(errors), axis=-1, descending=True, stable=False)
    yes = in_order(truth, order)
    total = xp.sum(truth, axis=-1, keepdims=True)
    left = total - running_total(yes)
    added = running_total(1 - yes)
    union = total + added
    of_no = left / (union * xp.where(union > 1, union - 1, 1.0))
    # Of an empty truth the first pixel takes all: the index falls from 1 to 0.
    of_no = xp.where((total == 0) & (added == 1), 1.0, of_no)
    weight, errors = xp.where(yes == 1, 1 / union, of_no), in_order(errors, order)
    # A plain sum: a dot product adds the few large terms of a small mask to a million small ones, and loses digits.
    total = xp.sum(weight * xp.where(weight == 0, 0.0, errors), axis=-1)
    return xp.where(xp.isnan(xp.max(errors, axis=-1)), xp.nan, total)
