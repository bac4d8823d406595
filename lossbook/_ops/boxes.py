"""Boxes (…, 4) by two corners x1, y1, x2, y2: their check, their overlap and their hull, and how their forms differ.

Once checked, a box is the pair of its corners (…, 2), low and high.
"""

import math
from typing import Any

from lossbook._ops.arrays import constant, namespace, promoted, require, same_shape, surely_within, wide
from lossbook._ops.stable import not_below, share


def two_boxes(boxes: Any, target: Any) -> tuple[Any, Any]:
    """Return the corners, low and high, of two arrays of boxes, checked and of one dtype."""
    xp = same_shape(boxes=boxes, target=target)
    if boxes.ndim == 0 or boxes.shape[-1] != 4:
        raise ValueError(f"boxes must have shape (…, 4), the corners x1, y1, x2, y2, got {tuple(boxes.shape)}")
    boxes, target = promoted(xp, wide(boxes), wide(target))
    return corners(boxes=boxes), corners(target=target)


def corners(**named: Any) -> tuple[Any, Any]:
    """Return the corners of the named boxes, which must be finite, the second not before the first."""
    ((name, boxes),) = named.items()
    xp = namespace(**named)
    low, high = boxes[..., :2], boxes[..., 2:]
    if surely_within(high - low, 0, float(xp.finfo(boxes.dtype).max)):
        return low, high
    boxes = require(boxes, xp.isinf(boxes), f"{name} must be finite")
    bad = high < low
    # Told at the place of the second corner.
    boxes = require(boxes, xp.concat([bad & ~bad, bad], axis=-1), f"{name} must have x2 ≥ x1 and y2 ≥ y1")
    return boxes[..., :2], boxes[..., 2:]


def sides(box: Any) -> Any:
    """Return width and height (…, 2)."""
    low, high = box
    return high - low


def area(sides: Any) -> Any:
    return sides[..., 0] * sides[..., 1]


def squared(way: Any) -> Any:
    """Return the squared length (…) of a way (…, 2)."""
    squares = way * way
    return squares[..., 0] + squares[..., 1]


def overlap(box: Any, target: Any) -> tuple[Any, Any]:
    """Return the intersection over the union (…), 0 where the union is 0, and the union (…)."""
    xp = namespace(low=box[0])
    common = area(not_below(xp.minimum(box[1], target[1]) - xp.maximum(box[0], target[0]), 0.0))
    union = area(sides(box)) + area(sides(target)) - common
    return share(common, union), union


def hull(box: Any, target: Any) -> Any:
    """Return width and height (…, 2) of the smallest box around both."""
    xp = namespace(low=box[0])
    return xp.maximum(box[1], target[1]) - xp.minimum(box[0], target[0])


def apart(box: Any, target: Any) -> Any:
    """Return the squared distance (…) of the centres over the squared diagonal of the hull; 0 where that is 0."""
    way = (box[0] - target[0] + (box[1] - target[1])) / 2
    return share(squared(way), squared(hull(box, target)))


def unlikeness(box: Any, target: Any) -> Any:
    """Return v = 4/π² (arctan w′/h′ − arctan w/h)² (…); 0 where a box is a point, which has no form."""
    xp = namespace(low=box[0])
    # The angle between the two diagonals, in units in which no square vanishes.
    (w, h), (other_w, other_h) = form(box), form(target)
    across, along = w * other_h - h * other_w, w * other_w + h * other_h
    angle = xp.atan2(across, xp.where((across == 0) & (along == 0), 1.0, along))
    return (2 / math.pi * angle) ** 2


def form(box: Any) -> tuple[Any, Any]:
    """Return width and height (…) in units of the larger one, which is a constant to the gradient; of a point, twice 0."""
    way = sides(box)
    xp, width, height = namespace(way=way), way[..., 0], way[..., 1]
    unit = constant(xp.maximum(width, height))
    unit = xp.where(unit == 0, 1.0, unit)
    return width / unit, height / unit


def trade_off(v: Any, iou: Any) -> Any:
    """Return the weight v / (1 − IoU + v) of the boxes' forms, a constant to the gradient; 0 where both are 0."""
    return constant(share(v, 1 - iou + v))
