"""What the book knows of a kind of input: one record each, which tables, checks, tests and benchmarks ask.

A new kind is a new record, and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["KINDS", "NOTHING", "NUMBERS", "SIZES", "TYPES", "Kind", "size_of"]

Drawn = NDArray[Any]
Draw = Callable[[np.random.Generator, tuple[int, ...]], Drawn]
DrawHard = Callable[[np.random.Generator, tuple[int, ...], float], Drawn]

# The sizes of the axes in examples, by name. Class weights in the records are for three classes.
# "N'": as many as N, in an order of their own.
SIZES = {"4": 4, "A": 3, "C": 3, "D": 2, "G": 3, "H": 2, "K": 4, "M": 3, "N": 4, "N'": 4, "P": 4, "S": 3, "T": 4, "U": 2, "W": 3}

# What one number among the others can be, and what type one input among the others can have: the
# columns of a kind's `numbers` and `types`.
NUMBERS = ("0", "-0", "1e-40", "1e30", "-1e30", "inf", "-inf", "nan")
TYPES = ("list", "None", "object", "torch", "complex128", "bool", "int8", "int64", "float32", "float64")

# The rows that several kinds share. `value` is the right one, `nan` is NaN, in and out, `error` names
# the argument, `either` is the right value or an error that names the argument.
ANY_NUMBER = "value value value value value value value nan"
POINT = "value value value either either either either nan"
SHARE = "value value value error error error error nan"
ONLY_FLOATS = "error error error error error error error error value value"
ONLY_INTEGERS = "error error error error error error value value error error"
INTEGERS_OR_FLOATS = "error error error error error error value value value value"
ONLY_BOOLEANS = "error error error error error value error error error error"
YES_OR_NO = "error error error error error value value value value value"


def size_of(axis: str) -> int:
    """Return the size of an axis in examples: that of its name, and what is added to it ("U+1")."""
    name, _, more = axis.partition("+")
    return SIZES[name] + int(more or 0)


@dataclass(frozen=True)
class Kind:
    """A kind of input. Everything but the first three fields has a default for plain real numbers.

    told: what tables call it.
    draw: an example, from a generator and a shape that ends in the kind's own axes.
    hard: the same, with what breaks formulas: ties, zeros, numbers of all sizes up to a bound.
    bound: how far from 0 that goes, where a law does not say otherwise.
    axes: the names of its own axes, after those of the batch.
    index: the letter that counts the entries of a prediction, where it has several.
    forms: where an input may be of one kind or another, their names (None: left out); it is then told
        apart by whether it is an array of floats.
    shared: one for the whole batch.
    whole: its rows are distributions, which sum to 1.
    moves: a gradient flows into it in any place; into a first input it always does.
    relation: its losses speak of vectors and what is between them, and not of a prediction and a target.
    masks: False in it takes what stands in the same place of the other inputs out of play.
    full: those of a mask's axes that padding makes no longer: without any step, an element still counts.
    counts: the axis whose elements it counts; those beyond take no part.
    answers: every answer that it can be, where there are few.
    names: the axis of which each of its numbers names an element.
    layout: what the sizes of benchmarks go by.
    valid: whether examples are what they should be.
    numbers, types: what one number, one type among the others does; see NUMBERS and TYPES.
    refused, rule: numbers out of place, and what the error then says.
    far: the same shape, with numbers as far out as float16 holds.
    coarse: the same, with numbers that every dtype holds exactly.
    widest: up to where float32 is good.
    room: how far a number can be moved to both sides.
    of_free, says: from free numbers to a prediction, and from a prediction to what it says.
    determined: whether one prediction alone is best, and not what it shares with others.
    along: predictions along a grid of numbers.
    joints: of places where a loss may have a kink, those that it can reach.
    rest: what stands where nothing moves, when one number is moved to such a place.
    stretch: by what a grid is multiplied to look for slopes without bound.
    close: how close peers are (relative, absolute); some compute in another way, and lose digits.
    float32: how close float32 is, absolutely, given the largest number in the inputs.
    """

    told: str
    draw: Draw
    hard: DrawHard
    bound: float = 1.0
    axes: tuple[str, ...] = ()
    index: str = ""
    forms: tuple[str | None, ...] = ()
    shared: bool = False
    whole: bool = False
    moves: bool = False
    relation: bool = False
    masks: bool = False
    full: tuple[str, ...] = ()
    counts: str | None = None
    answers: Drawn | None = None
    names: str | None = None
    layout: str = "numbers"
    valid: Callable[[Drawn], Any] = lambda x: np.isfinite(x).all() and (x < 0).any() and (x > 0).any()
    numbers: str = ANY_NUMBER
    types: str = ONLY_FLOATS
    refused: tuple[float, ...] = ()
    rule: str = ""
    far: Callable[[np.random.Generator, Drawn], Drawn] = lambda random, x: x
    coarse: Callable[[Drawn], Drawn] = lambda x: np.round(x * 8) / 8
    widest: float = 1e30
    room: Callable[[Drawn], Any] = np.ones_like
    of_free: Callable[[Drawn], Drawn] = lambda u: u
    says: Callable[[Drawn], Drawn] = lambda x: x
    determined: bool = True
    along: Callable[[Drawn], Drawn] = lambda grid: grid
    joints: Callable[[Drawn], Drawn] = lambda places: places
    rest: Any = 0.0
    stretch: float = 1e6
    close: tuple[float, float] = (1e-9, 1e-10)
    float32: Callable[[float], float] = lambda largest: 1e-37

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes of its own axes in examples."""
        return tuple(map(size_of, self.axes))

    @property
    def few(self) -> bool:
        """Whether it holds one of few answers, and no numbers to compute with."""
        return self.types != ONLY_FLOATS

    def form(self, value: Any) -> "Kind":
        """Return the kind that a value is of, where there are several forms."""
        named = [KINDS[form] for form in self.forms if form is not None and KINDS[form] is not self]
        fitting = [kind for kind in named if value is not None and kind.few == (value.dtype.kind != "f")]
        return fitting[0] if fitting else self


# --- how numbers are drawn ---


def _spread(random: np.random.Generator, shape: tuple[int, ...]) -> Drawn:
    return random.normal(size=shape) * 3


def _numbers(random: np.random.Generator, shape: tuple[int, ...], bound: float) -> Drawn:
    even = random.uniform(-bound, bound, size=shape)
    of_all_sizes = random.choice([-bound, bound], size=shape) * 2.0 ** random.uniform(-30, 0, size=shape)
    plain = random.choice([-bound, bound, 0.0, 0.5, 1.0, -0.5, -1.0, 2.0, -2.0], size=shape)
    return np.clip(np.choose(random.integers(0, 3, size=shape), [even, of_all_sizes, plain]), -bound, bound)


def _softmax(z: Drawn) -> Drawn:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _log_softmax(z: Drawn) -> Drawn:
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def _sigmoid(z: Drawn) -> Drawn:
    return 1 / (1 + np.exp(-z))


def _points(random: np.random.Generator, shape: tuple[int, ...], bound: float) -> Drawn:
    """Draw points that often coincide, vanish or lie in one line."""
    fine = random.integers(-512, 513, size=shape) / 512
    coarse = random.integers(-2, 3, size=shape) / 2
    return bound * np.where(random.random(size=(*shape[:-1], 1)) < 0.5, coarse, fine)


def _one_of(*answers: float) -> Callable[..., Drawn]:
    return lambda random, shape, bound=1.0: np.asarray(answers)[random.integers(len(answers), size=shape)]


def _one_hot(random: np.random.Generator, shape: tuple[int, ...]) -> Drawn:
    return np.eye(shape[-1])[random.integers(shape[-1], size=shape[:-1])]


def _far(*numbers: float) -> Callable[[np.random.Generator, Drawn], Drawn]:
    return lambda random, x: random.choice([side * number for number in numbers for side in (-1, 1)], size=x.shape)


def _at_most(x: Drawn, other: float) -> Drawn:
    """Return 0 at the largest number of each row, and another number elsewhere."""
    return np.where(x == x.max(axis=-1, keepdims=True), 0.0, other)


def _moved_scores(grid: Drawn) -> Drawn:
    """Of three scores one moves, one stays at 0, and one is far below or at 0 too, in every order."""
    t, low = (each.ravel() for each in np.meshgrid(grid, [-1e3, 0.0], indexing="ij"))
    orders = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
    rows = np.stack([t, 0 * t, low], axis=-1)
    return np.concatenate([rows[:, order] for order in orders])


def _moved_item(grid: Drawn) -> Drawn:
    """Return lists in which one item's score moves, and the others stay at 0, or two of them far below."""
    t, low = (each.ravel() for each in np.meshgrid(grid, [-1e3, 0.0], indexing="ij"))
    rows = np.stack([t, 0 * t, low, 2 * low], axis=-1)
    return np.concatenate([np.roll(rows, places, axis=-1) for places in range(SIZES["N"])])


def _grades(random: np.random.Generator, shape: tuple[int, ...], bound: float = 1.0) -> Drawn:
    """Draw grades from 0 to 3; in some lists all are alike."""
    alike = random.random(size=(*shape[:-1], 1)) < 0.2
    return np.where(alike, random.integers(2, size=(*shape[:-1], 1)), random.integers(4, size=shape)).astype(float)


def _some_there(random: np.random.Generator, shape: tuple[int, ...], bound: float = 1.0) -> Drawn:
    """Draw which items are there: most; in few lists, none."""
    return random.random(size=shape) < np.where(random.random(size=(*shape[:-1], 1)) < 0.1, 0.0, 0.75)


def _some_step(random: np.random.Generator, shape: tuple[int, ...], bound: float = 1.0) -> Drawn:
    """Draw which steps count: most."""
    return random.random(size=shape) < 0.75


def _moved_step(*axes: str) -> Callable[[Drawn], Drawn]:
    """Return a function that gives logits of several places in which one class moves in all alike, or in one place only."""
    sizes = tuple(size_of(axis) for axis in axes)
    one = np.zeros(sizes)
    one[(0,) * len(sizes)] = 1.0

    def along(grid: Drawn) -> Drawn:
        rows = _moved_scores(grid)[(slice(None), *[None] * len(sizes))]
        return np.concatenate([np.broadcast_to(rows, (len(rows), *sizes, rows.shape[-1])), rows * one[..., None]])

    return along


def _moved_points(grid: Drawn) -> Drawn:
    """Return series of which all points lie in one place that moves, or the first one only moves."""
    points = np.stack([grid, grid / 2], axis=-1)[:, None, :]
    first = np.eye(SIZES["T"])[0][:, None]
    return np.concatenate([np.broadcast_to(points, (len(grid), SIZES["T"], SIZES["D"])), points * first])


def _moved_vector(grid: Drawn) -> Drawn:
    """Return vectors of two numbers that move together, or of which the first only moves."""
    return np.concatenate([np.stack([grid, grid / 2], axis=-1), np.stack([grid, 0 * grid], axis=-1)])


def _moved_sample(grid: Drawn) -> Drawn:
    """Return samples of which all points lie in one place that moves, or the first one only moves, not as far."""
    points, near = (np.stack([each, each / 2], axis=-1)[:, None, :] for each in (grid, np.clip(grid, -4, 4)))
    first = np.eye(SIZES["N"])[0][:, None]
    return np.concatenate([np.broadcast_to(points, (len(grid), SIZES["N"], SIZES["D"])), near * first])


def _first_steps(random: np.random.Generator, shape: tuple[int, ...], bound: float = 1.0) -> Drawn:
    """Draw which steps a chain has: the first ones; in few chains, none."""
    return np.arange(shape[-1]) < random.integers(shape[-1] + 1, size=(*shape[:-1], 1))


def _moved_pixels(grid: Drawn) -> Drawn:
    """Return masks in which all pixels move, or one only, beside others that are sure, or halfway."""
    q = _sigmoid(grid / 4)[:, None, None]
    one = np.zeros((SIZES["H"], SIZES["W"]))
    one[0, 0] = 1.0
    return np.concatenate([q + 0 * one, *(q * one + other * (1 - one) for other in (1e-4, 0.5, 1 - 1e-4))])


def _moved_classes(grid: Drawn) -> Drawn:
    """Return probabilities of classes at pixels of which one moves, or all in a row."""
    rows = _softmax(_moved_scores(grid / 4))
    still = np.full((len(rows), SIZES["P"] - 1, SIZES["C"]), 1 / SIZES["C"])
    first = np.concatenate([rows[:, None], still], axis=1)
    return np.clip(np.concatenate([first, np.stack([rows, rows[::-1]] * 2, axis=1)]), 0.0, 1.0)


def _moved_box(grid: Drawn) -> Drawn:
    """Return boxes that move as they are, that grow, and that shrink to nothing, wide or high."""
    still, size = np.asarray([-1.0, -1, 1, 1]), np.abs(grid)[:, None] + 2**-3
    tall = np.asarray([-0.5, -1, 0.5, 1])
    side = grid[:, None] * np.asarray([1.0, 0, 1, 0])
    return np.concatenate([still + side, still * size, tall * size, tall / size, tall[[1, 0, 3, 2]] / size])


def _moved_cost(grid: Drawn) -> Drawn:
    """Return costs of which all are 0 but one that moves, or those of one row."""
    entry = np.zeros((SIZES["M"], SIZES["M"] + 1))
    entry[0, 0] = 1.0
    row = np.zeros_like(entry)
    row[0] = np.arange(1, SIZES["M"] + 2)
    return np.concatenate([grid[:, None, None] * each for each in (entry, row)])


def _boxes(random: np.random.Generator, shape: tuple[int, ...]) -> Drawn:
    """Draw boxes around the origin, so that most of them overlap."""
    middle, half = random.normal(size=(*shape[:-1], 2)), np.exp(random.normal(size=(*shape[:-1], 2)) / 2)
    return np.concatenate([middle - half, middle + half], axis=-1)


def _hard_boxes(random: np.random.Generator, shape: tuple[int, ...], bound: float) -> Drawn:
    """Draw boxes that often have edges in common, or are thin: but no thinner than a small step."""
    corners = _points(random, (*shape[:-1], 2, 2), bound / 2)
    low, high = corners.min(axis=-1), corners.max(axis=-1)
    return np.concatenate([low, np.maximum(high, low + bound / 512)], axis=-1)


def _far_boxes(random: np.random.Generator, boxes: Drawn) -> Drawn:
    """Draw pictures as boxes, and points, lines and boxes in their corners."""
    of_all_kinds = np.asarray([[0, 0, 640, 480], [0, 0, 0, 0], [639, 0, 640, 480], [5, 5, 5, 5], [10, 20, 10, 40], [0, 0, 1, 1]])
    return of_all_kinds[random.integers(len(of_all_kinds), size=boxes.shape[:-1])].astype(float)


def _moved_token(grid: Drawn) -> Drawn:
    """Return log-probabilities of a group's tokens that move together, or of which the first only moves."""
    tokens = np.broadcast_to(grid[:, None, None] / 8, (len(grid), SIZES["G"], SIZES["T"]))
    first = np.zeros(tokens.shape[1:])
    first[0, 0] = 1.0
    return np.concatenate([tokens, tokens * first])


def _at_halves(random: np.random.Generator, shape: tuple[int, ...], bound: float = 6.0) -> Drawn:
    """Draw log-probabilities of at most 0, whole and half numbers."""
    return -np.abs(np.round(random.normal(size=shape) * min(bound, 6.0) / 2)) / 2


def _from_halves(places: Drawn) -> Drawn:
    """Return where a ratio to one of such log-probabilities is that much above or below 1."""
    return np.unique(np.log1p(places[places > -1])[:, None] - np.arange(8) / 2)


def _rewards(random: np.random.Generator, shape: tuple[int, ...], bound: float = 1.0) -> Drawn:
    """Draw rewards from −1 to 2; in some groups all are alike."""
    alike = random.random(size=(*shape[:-1], 1)) < 0.1
    return np.where(alike, 1, random.integers(-2, 5, size=shape)) / 2


def _how_many(least: int, most: int) -> Callable[..., Drawn]:
    return lambda random, shape, bound=1.0: random.integers(least, most + 1, size=shape)


def _length_of(name: str, axis: str, least: int) -> dict[str, Any]:
    """Return what all kinds of lengths share."""
    most = SIZES[axis]
    return {
        "hard": _how_many(least, most),
        "forms": (name, None),
        "counts": axis,
        "valid": lambda lengths: lengths.max() == most and lengths.min() < most,
        "numbers": "",
        "types": ONLY_INTEGERS,
        "refused": (least - 1, most + 1),
        "rule": f"lie between {least} and {most}",
    }


# --- the kinds ---

_CLASS: dict[str, Any] = {
    "draw": _one_of(*range(SIZES["C"])),
    "hard": _one_of(*range(SIZES["C"])),
    "names": "C",
    "answers": np.arange(SIZES["C"]),
    "valid": lambda y: set(y.flat) == set(range(SIZES["C"])),
    "types": ONLY_INTEGERS,
    "numbers": "",
    "refused": (-1, -100, SIZES["C"]),
    "rule": "be a class from 0 to 2",
}
# One at each of several places: then the answers are more than the classes.
_CLASSES: dict[str, Any] = {name: each for name, each in _CLASS.items() if name != "answers"}
_YES_OR_NO: dict[str, Any] = {
    "draw": _one_of(0, 1),
    "hard": _one_of(0, 1),
    "valid": lambda y: set(y.flat) == {0, 1},
    "numbers": "value value error error error error error error",
    "types": YES_OR_NO,
    "refused": (-1, 2),
    "rule": "be 0 or 1",
}
_MASK: dict[str, Any] = {
    "masks": True,
    "valid": lambda mask: mask.any() and not mask.all(),
    "numbers": "",
    "types": ONLY_BOOLEANS,
}
_OF_CLASSES: dict[str, Any] = {
    "axes": ("C",),
    "index": "k",
    "layout": "classes",
    "along": _moved_scores,
    "float32": lambda largest: 2e-6,
}
_OF_POINTS: dict[str, Any] = {
    "hard": _points,
    "bound": 8.0,
    "moves": True,
    "numbers": POINT,
    "far": _far(0.0, 1.0, 8.0),
    "widest": 2.0**50,
    "close": (1e-7, 1e-6),
    # Products and squares of the numbers are rounded, and then subtracted from each other.
    "float32": lambda largest: 1e-5 * largest**2,
}

_OF_SAMPLE: dict[str, Any] = {
    "draw": _spread,
    "hard": _numbers,
    "bound": 32.0,
    "numbers": POINT,
    "far": _far(0.0, 1.0, 2e4),
    "widest": 1e4,
    "float32": lambda largest: 2e-6 + 2e-7 * largest,
}
_OF_CHANCE: dict[str, Any] = {
    "draw": lambda random, shape: -np.abs(_spread(random, shape)),
    "hard": lambda random, shape, bound: -np.abs(_numbers(random, shape, bound)),
    "bound": 32.0,
    "moves": True,
    "valid": lambda log_q: (log_q <= 0).all() and (log_q < -3).any(),
    "numbers": "value value error error value error either nan",
    "refused": (0.5, inf),
    "rule": "be a log-probability of at most 0",
    "far": lambda random, log_q: random.choice([0.0, -1.0, -50.0], size=log_q.shape),
    "coarse": lambda log_q: -np.abs(np.round(log_q * 8) / 8),
}
_OF_LATTICE: dict[str, Any] = {
    "layout": "steps",
    "numbers": "value value value value value either either nan",
    "far": _far(0.0, 20.0, 1e4),
    "widest": 1e4,
    "stretch": 10.0,
    "float32": lambda largest: 1e-5 * (1 + largest),
}
_OF_MOVES: dict[str, Any] = {
    "draw": lambda random, shape: random.normal(size=shape),
    "hard": _numbers,
    "bound": 32.0,
    "shared": True,
    "moves": True,
    "layout": "chains",
    "valid": lambda scores: np.isfinite(scores).all(),
    # Whether a number is read depends on the tags: tests/test_structured_chains.py puts in the others.
    "numbers": "value value value",
    "far": _far(0.0, 20.0, 1e4),
    "widest": 1e4,
}
_OF_SERIES: dict[str, Any] = {
    "draw": lambda random, shape: random.normal(size=shape) / 2,
    "hard": _points,
    "bound": 2.0,
    "layout": "series",
    "numbers": POINT,
    "far": _far(0.0, 1.0, 8.0),
    "widest": 2.0**20,
    "close": (1e-8, 1e-8),
    "float32": lambda largest: 1e-5 * (1 + largest**2),
}

_OF_VECTOR: dict[str, Any] = {
    "draw": lambda random, shape: random.normal(size=shape),
    "hard": _numbers,
    "bound": 4.0,
    "axes": ("D",),
    "index": "i",
    "layout": "vectors",
    "moves": True,
    "numbers": POINT,
    "widest": 1e4,
    "along": _moved_vector,
    "float32": lambda largest: 1e-7 * (1 + largest),
}
_OF_ONE: dict[str, Any] = {
    "draw": _spread,
    "hard": _numbers,
    "bound": 32.0,
    "moves": True,
    "far": _far(0.0, 20.0, 1e4),
    "widest": 1e4,
    "float32": lambda largest: 1e-7 * (1 + largest),
}
_OF_NOISED: dict[str, Any] = {
    "draw": lambda random, shape: random.normal(size=shape),
    "hard": _numbers,
    "bound": 8.0,
    "axes": ("D",),
    "layout": "vectors",
    "far": _far(0.0, 1.0, 4.0),
    "widest": 1e4,
    # Differences of the numbers are rounded, and then squared.
    "float32": lambda largest: 1e-5 * largest**2,
}
_OF_LINE: dict[str, Any] = {
    "draw": lambda random, shape: random.normal(size=shape),
    "hard": _numbers,
    "bound": 8.0,
    "layout": "lists",
    "far": _far(0.0, 1.0, 200.0),
    "widest": 1e8,
    "float32": lambda largest: 1e-6 * largest,
}
_OF_CLOUD: dict[str, Any] = {
    "draw": lambda random, shape: random.normal(size=shape),
    "hard": _points,
    "bound": 1.0,
    "layout": "clouds",
    "numbers": POINT,
    "far": _far(0.0, 1.0, 2.0),
    "widest": 2.0,
    "close": (1e-8, 1e-8),
    "float32": lambda largest: 1e-5 * (1 + largest**2),
}
_OF_PIXELS: dict[str, Any] = {
    "draw": lambda random, shape: _sigmoid(_spread(random, shape)),
    "hard": lambda random, shape, bound: np.clip(np.abs(_numbers(random, shape, 1)), 2**-10, 1 - 2**-10),
    "axes": ("H", "W"),
    "layout": "masks",
    "valid": lambda q: ((q > 0) & (q < 1)).all() and (q < 0.1).any() and (q > 0.9).any(),
    "numbers": SHARE,
    "refused": (-0.25, 1.5, inf),
    "rule": "lie in [0, 1]",
    "far": lambda random, q: np.where(q > 0.5, 1.0, 0.0),
    "coarse": lambda q: np.clip(np.round(q * 8), 1, 7) / 8,
    "float32": lambda largest: 2e-6,
}
_OF_BOX: dict[str, Any] = {
    "draw": _boxes,
    "hard": _hard_boxes,
    "bound": 8.0,
    "axes": ("4",),
    "index": "i",
    "moves": True,
    "layout": "boxes",
    "numbers": "either either either either either error error nan",
    "refused": (inf, -inf),
    "rule": "be finite",
    "valid": lambda b: (b[..., 2:] >= b[..., :2]).all() and (b < 0).any(),
    "far": _far_boxes,
    # Areas are products.
    "widest": 1e15,
    "along": _moved_box,
    "rest": np.asarray([-2.0, -2, 2, 2]),
    "float32": lambda largest: 2e-6,
}

_OF_SHARES: dict[str, Any] = {
    "draw": lambda random, shape: _softmax(_spread(random, shape)),
    "hard": lambda random, shape, bound: np.where(
        random.random(size=(*shape[:-1], 1)) < 0.5, _softmax(_numbers(random, shape, 8)), _one_hot(random, shape)
    ),
    "bound": 8,
    "whole": True,
    "valid": lambda q: (q >= 0).all() and np.allclose(q.sum(axis=-1), 1) and (q > 0.9).any(),
    "numbers": "either either either error error error error nan",
    "refused": (-0.5, 1.25),
    "rule": "lie in [0, 1]",
    "far": lambda random, p: 1 + _at_most(p, -1.0),
    "coarse": lambda p: (np.eye(p.shape[-1])[p.argmax(axis=-1)] + np.roll(np.eye(p.shape[-1]), 1, axis=0)[p.argmin(axis=-1)]) / 2,
}
_OF_RETURN: dict[str, Any] = {
    "draw": _spread,
    "hard": _numbers,
    "bound": 32,
    "far": _far(0.0, 1.0, 100.0),
    "widest": 1e4,
    # Differences of the numbers are rounded, and then squared.
    "float32": lambda largest: 1e-5 * largest**2,
}
_OF_ACTIONS: dict[str, Any] = {**_OF_RETURN, "axes": ("A",), "index": "a", "layout": "actions", "along": _moved_scores}
_OF_ACTION: dict[str, Any] = {
    "draw": lambda random, shape: -np.abs(_spread(random, shape)),
    "hard": lambda random, shape, bound: -np.abs(_numbers(random, shape, bound)),
    "bound": 8,
    "valid": lambda log_p: (log_p <= 0).all() and (log_p < -3).any(),
    "far": lambda random, log_p: random.choice([0.0, -1.0, -8.0], size=log_p.shape),
    "coarse": lambda log_p: -np.abs(np.round(log_p * 8) / 8),
    "widest": 16,
    "stretch": 5.0,
    # Differences of logarithms are rounded, and then exponents.
    "float32": lambda largest: 1e-5 * (1 + largest),
}
_OF_ANSWER: dict[str, Any] = {
    # Of a whole answer: a sum over many tokens.
    "draw": lambda random, shape: random.normal(size=shape) * 20,
    "hard": _numbers,
    "bound": 32.0,
    "moves": True,
    "far": _far(0.0, 20.0, 1e4),
    "widest": 1e4,
    "float32": lambda largest: 1e-7 * (1 + largest),
}
_OF_MEAN_TOKEN: dict[str, Any] = {
    "draw": lambda random, shape: -np.logaddexp(0, _spread(random, shape)),
    "hard": lambda random, shape, bound: -np.maximum(np.abs(_numbers(random, shape, bound)), 2**-8),
    "bound": 32.0,
    "moves": True,
    "valid": lambda log_p: (log_p < 0).all() and (log_p < -3).any() and (log_p > -0.5).any(),
    "far": lambda random, log_p: random.choice([-(2.0**-10), -1.0, -50.0], size=log_p.shape),
    "coarse": lambda log_p: -np.maximum(np.round(-log_p * 8), 1) / 8,
    "room": lambda log_p: np.minimum(1, -log_p),
    "of_free": lambda z: -np.logaddexp(0, -z),
    "widest": 1e4,
    "float32": lambda largest: 2e-6,
}
_BELOW_0: dict[str, Any] = {
    "numbers": "error error error error value error either nan",
    "refused": (0.0, 0.5, inf),
    "rule": "be a mean log-probability below 0",
    "along": lambda grid: np.unique(-np.logaddexp(0, grid / 4)),
    "joints": lambda places: places[places < 0],
    "stretch": 2.0,
}
_OF_TOKENS: dict[str, Any] = {
    "axes": ("G", "T"),
    "layout": "groups",
    "bound": 4.0,
    "valid": lambda log_p: (log_p <= 0).all() and (log_p < -1).any(),
    "numbers": POINT,
    "far": lambda random, log_p: random.choice([0.0, -1.0, -20.0, -1e4], size=log_p.shape),
    "widest": 16.0,
    "float32": lambda largest: 1e-6 * (1 + largest),
}

KINDS = {
    "real": Kind("real", _spread, _numbers, 1024, far=_far(0.0, 1e4)),
    "logit": Kind(
        "logit",
        _spread,
        _numbers,
        32,
        far=_far(0.0, 20.0, 2e4),
        widest=1e4,
        says=_sigmoid,
    ),
    "score": Kind("score", _spread, _numbers, 64, far=_far(0.0, 1.0, 2e4)),
    "probability": Kind(
        "probability",
        lambda random, shape: _sigmoid(_spread(random, shape)),
        lambda random, shape, bound: np.clip(np.abs(_numbers(random, shape, 1)), 2**-10, 1 - 2**-10),
        valid=lambda q: ((q > 0) & (q < 1)).all() and (q < 0.1).any() and (q > 0.9).any(),
        numbers=SHARE,
        refused=(-0.25, 1.5, inf),
        rule="lie in [0, 1]",
        far=lambda random, q: np.where(q > 0.5, 1.0, 2.0**-14),
        coarse=lambda q: np.clip(np.round(q * 8), 1, 7) / 8,
        # A step as small as what is left to the nearer end.
        room=lambda q: q * (1 - q),
        of_free=_sigmoid,
        along=lambda grid: np.unique(_sigmoid(grid / 4)),
        joints=lambda places: np.asarray([0.25, 0.5, 0.75]),
        stretch=2,
    ),
    "distance": Kind(
        "distance, at least 0",
        lambda random, shape: np.abs(_spread(random, shape)),
        lambda random, shape, bound: np.maximum(np.abs(_numbers(random, shape, bound)), 2**-6),
        64,
        valid=lambda d: (d >= 0).all() and (d > 3).any(),
        numbers="value value value value error value error nan",
        refused=(-0.5, -inf),
        rule="be at least 0",
        far=lambda random, d: random.choice([0.0, 1.0, 200.0], size=d.shape),
        of_free=np.exp,
        along=lambda grid: np.unique(np.abs(grid)),
        joints=lambda places: places[places > 0],
    ),
    "log-probabilities": Kind(
        "log-probabilities of C classes",
        lambda random, shape: _log_softmax(_spread(random, shape)),
        lambda random, shape, bound: _log_softmax(_numbers(random, shape, bound)),
        8,
        **_OF_CLASSES,
        valid=lambda log_q: np.allclose(np.exp(log_q).sum(axis=-1), 1),
        far=lambda random, log_q: _at_most(log_q, -2e4),
        widest=1e4,
        of_free=_log_softmax,
        says=np.exp,
    ),
    "logits": Kind(
        "logits of C classes",
        _spread,
        _numbers,
        32,
        **_OF_CLASSES,
        numbers="value value value value value either value nan",
        far=_far(0.0, 20.0, 1e4),
        widest=1e4,
        says=_softmax,
    ),
    "scores": Kind("scores of C classes", _spread, _numbers, 64, **_OF_CLASSES, far=_far(0.0, 1.0, 2e4), determined=False),
    "class": Kind("class, 0 … C − 1", **_CLASS),
    "class or probabilities": Kind(
        "one-hot (given as a class, 0 … C − 1), or probabilities of C classes",
        forms=("class", "probabilities"),
        **_CLASS,
    ),
    "probabilities": Kind("probabilities of C classes", axes=("C",), answers=np.eye(SIZES["C"]), **_OF_SHARES),
    "probability of yes": Kind(
        "probability",
        lambda random, shape: _sigmoid(_spread(random, shape)),
        lambda random, shape, bound: np.where(
            random.random(size=shape) < 0.5, random.uniform(size=shape), random.integers(0, 2, size=shape)
        ),
        answers=np.asarray([0.0, 1.0]),
        valid=lambda q: ((q >= 0) & (q <= 1)).all() and (q < 0.1).any() and (q > 0.9).any(),
        numbers=SHARE,
        refused=(-0.25, 1.5, inf),
        rule="lie in [0, 1]",
        far=lambda random, q: np.where(q > 0.5, 1.0, 2.0**-14),
        coarse=lambda q: np.round(q * 8) / 8,
    ),
    "label": Kind(
        "0 or 1",
        _one_of(0.0, 1.0),
        _one_of(0.0, 1.0),
        answers=np.asarray([0.0, 1.0]),
        valid=lambda y: set(y.flat) == {0, 1} and y.dtype == np.float64,
    ),
    "sign": Kind(
        "−1 or 1",
        _one_of(-1, 1),
        _one_of(-1, 1),
        answers=np.asarray([-1, 1]),
        valid=lambda y: set(y.flat) == {-1, 1},
        numbers="error error error error error error error error",
        types=INTEGERS_OR_FLOATS,
        refused=(0, 2),
        rule="be −1 or 1",
    ),
    "similar": Kind("1 for a similar pair, 0 for another", answers=np.asarray([0, 1]), **_YES_OR_NO),
    "embedding": Kind("embeddings of D numbers", _spread, axes=("D",), relation=True, layout="triplets", **_OF_POINTS),
    "negatives": Kind(
        "K such for each anchor (none given: the other positives of the batch)",
        _spread,
        axes=("K", "D"),
        forms=("negatives", None),
        layout="batch",
        **_OF_POINTS,
    ),
    "proxies": Kind(
        "C points of D numbers",
        lambda random, shape: random.normal(size=shape),
        axes=("C", "D"),
        shared=True,
        layout="proxies",
        **_OF_POINTS,
    ),
    "scores of a list": Kind(
        "scores of N items",
        _spread,
        _numbers,
        32,
        axes=("N",),
        index="i",
        layout="lists",
        numbers=POINT,
        far=_far(0.0, 1.0, 2e4),
        widest=1e9,
        along=_moved_item,
        close=(1e-8, 1e-9),
        float32=lambda largest: 1e-5 * (1 + largest),
    ),
    "relevance": Kind(
        "relevance of N items, at least 0",
        _grades,
        _grades,
        axes=("N",),
        layout="lists",
        valid=lambda grades: set(grades.flat) == {0, 1, 2, 3},
        numbers="value value value value error error error error",
        types=INTEGERS_OR_FLOATS,
        refused=(-1, -0.5, inf),
        rule="be a finite number of at least 0",
    ),
    "mask of a list": Kind(
        "True where one of N items is there (left out: all are)",
        _some_there,
        _some_there,
        axes=("N",),
        forms=("mask of a list", None),
        layout="lists",
        **_MASK,
    ),
    "score of the positive": Kind("score of the item to be picked", **_OF_SAMPLE),
    "scores of a sample": Kind("scores of K items drawn", **_OF_SAMPLE, axes=("K",), moves=True, layout="samples"),
    "log-chance": Kind("log-probability of drawing it (left out: none is corrected)", **_OF_CHANCE, forms=("log-chance", None)),
    "log-chances": Kind(
        "log-probability of drawing each of K items", **_OF_CHANCE, axes=("K",), forms=("log-chances", None), layout="samples"
    ),
    "mask of steps": Kind(
        "True where it counts (left out: all do)",
        _some_step,
        _some_step,
        forms=("mask of steps", None),
        **_MASK,
    ),
    "candidates": Kind(
        "True at each of C classes that is unwanted",
        lambda random, shape: random.random(size=shape) < 0.4,
        lambda random, shape, bound: random.random(size=shape) < 0.4,
        axes=("C",),
        layout="candidates",
        valid=lambda candidates: candidates.any() and not candidates.all(),
        numbers="",
        types=ONLY_BOOLEANS,
    ),
    "teacher's logits": Kind(
        "the teacher's logits",
        _spread,
        _numbers,
        32,
        axes=("C",),
        layout="classes",
        numbers="value value value value value either value nan",
        far=_far(0.0, 20.0, 1e4),
        widest=1e4,
    ),
    "log-probabilities of candidates": Kind(
        "log-probabilities of K candidates",
        lambda random, shape: -np.abs(_spread(random, shape)),
        _numbers,
        4,
        axes=("K",),
        index="k",
        layout="samples",
        valid=lambda log_p: (log_p <= 0).all() and (log_p < -3).any(),
        numbers="value value value value value either value nan",
        far=_far(0.0, 20.0, 1e4),
        widest=1e4,
        along=_moved_item,
        float32=lambda largest: 2e-6 * (1 + largest),
    ),
    "costs": Kind(
        "what each of K candidates costs", _spread, lambda random, shape, bound: _numbers(random, shape, 1.0), axes=("K",),
        moves=True, layout="samples",
        numbers="value value value value value value value nan", far=_far(0.0, 1.0, 2e4), widest=1e4,
    ),
    "logits of steps": Kind(
        "logits of C classes at T steps", _spread, _numbers, 32, axes=("T", "C"), index="{t, k}",
        along=_moved_step("T"), **_OF_LATTICE
    ),
    "logits of places": Kind(
        "logits of C classes at T steps after each number of labels", _spread, _numbers, 32, axes=("T", "U+1", "C"),
        index="{t, u, k}",
        along=_moved_step("T", "U+1"), **{**_OF_LATTICE, "layout": "places"},
    ),
    "labels": Kind(
        "U labels, classes other than the blank",
        _one_of(*range(1, SIZES["C"])),
        _one_of(*range(1, SIZES["C"])),
        axes=("U",),
        names="C",
        valid=lambda y: set(y.flat) == set(range(1, SIZES["C"])),
        types=ONLY_INTEGERS,
        numbers="",
        refused=(-1, -100, 0, SIZES["C"]),
        rule="be a class from 0 to 2 other than the blank, 0",
    ),
    "series": Kind("T vectors of D numbers", axes=("T", "D"), index="i", along=_moved_points, **_OF_SERIES),
    "another series": Kind("S vectors of D numbers", axes=("S", "D"), moves=True, **_OF_SERIES),
    "number of steps": Kind("how many of T steps count (left out: all)", **_length_of("number of steps", "T", 0), draw=_how_many(3, 4)),
    "number of labels": Kind("how many of U labels count (left out: all)", **_length_of("number of labels", "U", 0), draw=_how_many(1, 2)),
    "length": Kind("how many of T steps count, at least 1 (left out: all)", **_length_of("length", "T", 1), draw=_how_many(2, 4)),
    "length of the other": Kind(
        "how many of S steps count, at least 1 (left out: all)", **_length_of("length of the other", "S", 1), draw=_how_many(2, 3)
    ),
    "vector": Kind("vectors of D numbers", **_OF_VECTOR, far=_far(0.0, 1.0, 100.0)),
    "log-variance": Kind("the logarithms of D variances", **_OF_VECTOR, far=_far(0.0, 1.0, 10.0)),
    "reconstruction": Kind("what x costs, given z", **_OF_ONE),
    "log-determinant": Kind("the change of volume, as a logarithm", **_OF_ONE),
    "log-weights": Kind("the logarithms of K weights", **_OF_SAMPLE, axes=("K",), index="k", layout="samples", along=_moved_item),
    "logit of the real": Kind("logit of a real example", **_OF_ONE),
    "logit of the fake": Kind("logit of a fake", **_OF_ONE),
    "score of the real": Kind("score of a real example", **_OF_ONE),
    "score of the fake": Kind("score of a fake", **_OF_ONE),
    "sample on the line": Kind(
        "N numbers", axes=("N",), index="i", along=_moved_item, **_OF_LINE
    ),
    "another sample on the line": Kind("as many others", axes=("N'",), moves=True, **_OF_LINE),
    "predicted vector": Kind("D numbers", index="i", along=_moved_vector, **_OF_NOISED),
    "target vector": Kind("D numbers", moves=True, **_OF_NOISED),
    # Where the noise is predicted, as it is unless the call says otherwise, nobody reads it.
    "vector under noise": Kind("D numbers", moves=True, **_OF_NOISED, numbers="value value value value value value value value"),
    "noise level": Kind(
        "standard deviation, positive (or one number for all)",
        lambda random, shape: np.exp(random.normal(size=shape) / 2),
        lambda random, shape, bound: np.maximum(np.abs(_numbers(random, shape, 8.0)), 2**-6),
        moves=True,
        valid=lambda sigma: (sigma > 0).all() and (sigma < 1).any() and (sigma > 1).any(),
        numbers="error error value value error error error nan",
        refused=(0.0, -0.5, inf),
        rule="be positive and finite",
        far=lambda random, sigma: random.choice([2.0**-10, 1.0, 100.0], size=sigma.shape),
        coarse=lambda sigma: np.maximum(np.round(sigma * 8), 1) / 8,
    ),
    "share of the signal": Kind(
        "share of the variance that is signal, between 0 and 1",
        # No nearer to 1 than float16 can tell.
        lambda random, shape: np.clip(_sigmoid(_spread(random, shape)), 2**-10, 1 - 2**-10),
        lambda random, shape, bound: np.clip(np.abs(_numbers(random, shape, 1)), 2**-10, 1 - 2**-10),
        moves=True,
        valid=lambda q: ((q > 0) & (q < 1)).all() and (q < 0.1).any() and (q > 0.9).any(),
        numbers="error error value error error error error nan",
        refused=(0.0, 1.0, -0.25, 1.5, inf),
        rule="lie between 0 and 1, both excluded",
        # Nearer to 1, the ratio's slope is beyond float16.
        far=lambda random, q: np.where(q > 0.5, 1 - 2.0**-4, 2.0**-10),
        coarse=lambda q: np.clip(np.round(q * 8), 1, 7) / 8,
    ),
    "sample": Kind("N points of D numbers", axes=("N", "D"), index="i", along=_moved_sample, stretch=200.0, **_OF_CLOUD),
    "another sample": Kind("M points of D numbers", axes=("M", "D"), moves=True, **_OF_CLOUD),
    # Few steps: for the laws, all chains are looked at one by one.
    "emissions": Kind(
        "scores of C classes at T steps", _spread, _numbers, 32, axes=("S", "C"), index="{t, k}", determined=False,
        along=_moved_step("S"), **{**_OF_LATTICE, "layout": "chains"},
    ),
    "transitions": Kind("scores of each class after each", axes=("C", "C"), **_OF_MOVES),
    "tags": Kind("a class, 0 … C − 1, at each of T steps", axes=("S",), layout="chains", **_CLASSES),
    "start scores": Kind("scores of C classes as the first (left out: 0)", axes=("C",), forms=("start scores", None), **_OF_MOVES),
    "end scores": Kind("scores of C classes as the last (left out: 0)", axes=("C",), forms=("end scores", None), **_OF_MOVES),
    "mask of a chain": Kind(
        "True on the first steps of T (left out: on all)",
        _first_steps,
        _first_steps,
        axes=("S",),
        forms=("mask of a chain", None),
        layout="chains",
        **_MASK,
    ),
    "scores to be spread": Kind(
        "scores of C classes", _spread, _numbers, 64, **_OF_CLASSES, far=_far(0.0, 1.0, 2e4), determined=False,
        numbers="value value value value value either value nan",
    ),
    "mask": Kind(
        "probability of each pixel", index="i", **_OF_PIXELS, along=_moved_pixels, stretch=2,
        joints=lambda places: np.asarray([0.25, 0.5, 0.75]), room=lambda q: q * (1 - q), of_free=_sigmoid,
    ),
    "true mask": Kind("0 or 1 for each pixel, or a probability", **_OF_PIXELS, types=YES_OR_NO),
    "signed distance": Kind(
        "signed distance of each pixel to the boundary", _spread, _numbers, 32, axes=("H", "W"), moves=True, layout="masks",
        numbers="value value value value value either either nan", far=_far(0.0, 1.0, 1e3), widest=1e30,
    ),
    "scores of pixels": Kind(
        "score of each of P pixels", _spread, _numbers, 32, axes=("P",), index="i", layout="pixels",
        numbers="value value value value value value value nan", far=_far(0.0, 1.0, 200.0), widest=1e4, along=_moved_item,
        float32=lambda largest: 1e-6 * (1 + largest),
    ),
    "labels of pixels": Kind("0 or 1 for each of P pixels", axes=("P",), layout="pixels", **_YES_OR_NO),
    "probabilities of pixels": Kind(
        "probabilities of C classes at each of P pixels",
        lambda random, shape: _softmax(_spread(random, shape)),
        lambda random, shape, bound: np.clip(_softmax(_numbers(random, shape, bound)), 2**-10, 1 - 2**-10),
        8, axes=("P", "C"), index="{i, k}", layout="pixels of classes",
        valid=lambda q: (q >= 0).all() and np.allclose(q.sum(axis=-1), 1) and (q > 0.9).any(),
        numbers=SHARE, refused=(-0.25, 1.5, inf), rule="lie in [0, 1]", far=lambda random, q: 1 + _at_most(q, -1.0),
        coarse=lambda q: np.clip(np.round(q * 8), 1, 7) / 8, room=lambda q: q * (1 - q), of_free=_softmax,
        along=_moved_classes, stretch=2, joints=lambda places: np.asarray([-0.25, 0.0, 0.25]), rest=0.5, float32=lambda largest: 2e-6,
    ),
    "classes of pixels": Kind("a class, 0 … C − 1, of each of P pixels", axes=("P",), layout="pixels of classes", **_CLASSES),
    "box": Kind("corners x1, y1, x2, y2 of a box", **_OF_BOX),
    "true box": Kind("corners x1, y1, x2, y2 of another", **_OF_BOX),
    "costs of pairs": Kind(
        "finite cost of each of N × M pairs, N ≤ M", _spread, _numbers, 32, axes=("M", "M+1"), index="{i, j}", layout="pairs",
        numbers="value value value value value error error error", refused=(inf, nan), rule="be finite",
        far=_far(0.0, 1.0, 2e4), along=_moved_cost, stretch=2.0, float32=lambda largest: 1e-6 * largest,
    ),
    "log-ratio of data": Kind("log-ratio of the densities of model and noise, at a point of the data", **_OF_SAMPLE),
    "log-ratios of noise": Kind("the same at K points of the noise", **_OF_SAMPLE, axes=("K",), moves=True, layout="samples"),
    "value": Kind("what is expected to come, a return", **_OF_RETURN),
    "reward": Kind("reward, a constant", **_OF_RETURN),
    "next value": Kind("what is expected from the next state on, a constant", **_OF_RETURN),
    "observed value": Kind("what it is held to, a constant", **_OF_RETURN),
    "action values": Kind("values of A actions", **{**_OF_ACTIONS, "index": "k"}),
    "next action values": Kind("values of the A next actions, a constant", **_OF_ACTIONS),
    "fixed action values": Kind("values of A actions, a constant", **_OF_ACTIONS),
    "selector": Kind("values that pick the next action (left out: the next values themselves)", forms=("selector", None), **_OF_ACTIONS),
    "action": Kind(
        "action, 0 … A − 1", _one_of(*range(SIZES["A"])), _one_of(*range(SIZES["A"])), names="A", answers=np.arange(SIZES["A"]),
        valid=lambda a: set(a.flat) == set(range(SIZES["A"])), types=ONLY_INTEGERS, numbers="",
        refused=(-1, -100, SIZES["A"]), rule="be an action from 0 to 2",
    ),
    "logits of actions": Kind(
        "logits of A actions", _spread, _numbers, 32, axes=("A",), index="a", layout="actions", along=_moved_scores,
        numbers="value value value value value either either nan", far=_far(0.0, 20.0, 1e4), widest=1e4,
        float32=lambda largest: 2e-6 * (1 + largest),
    ),
    "values as logits": Kind(
        "values of A actions, which serve as logits", _spread, _numbers, 32, axes=("A",), index="k", layout="actions",
        along=_moved_scores, numbers="value value value value value either value nan", far=_far(0.0, 20.0, 1e4), widest=1e4,
        says=_softmax, float32=lambda largest: 2e-6,
    ),
    "logits of atoms": Kind(
        "logits of M atoms", _spread, _numbers, 32, axes=("M",), index="i", layout="atoms", along=_moved_scores,
        numbers="value value value value value either value nan", far=_far(0.0, 20.0, 1e4), widest=1e4,
        float32=lambda largest: 2e-6 * (1 + largest),
    ),
    "probabilities of atoms": Kind(
        "probabilities of M atoms in the next state, a constant", axes=("M",), layout="atoms", answers=np.eye(SIZES["M"]), **_OF_SHARES
    ),
    "quantiles": Kind(
        "M quantiles of the return", axes=("M",), index="i", layout="quantiles", along=_moved_scores, **{
            **_OF_RETURN, "float32": lambda largest: 1e-6 * (1 + largest)}
    ),
    "samples of the target": Kind("K samples of the target, a constant", axes=("K",), layout="quantiles", **_OF_RETURN),
    "log-probability": Kind("log-probability of the action taken", **_OF_ACTION),
    "old log-probability": Kind("the same under the policy that acted, a constant", **_OF_ACTION),
    "advantage": Kind(
        "how much better the action was than expected, a constant", _spread, _numbers, 8,
        numbers="value value value value value either either nan", far=_far(0.0, 1.0, 8.0), widest=16,
    ),
    "reward of the chosen": Kind("reward of the answer that was preferred", **_OF_ONE),
    "reward of the rejected": Kind("reward of the other answer", **_OF_ONE),
    "log-ratio of the chosen": Kind("log-ratio of policy and reference, of the answer that was preferred", **_OF_ANSWER),
    "log-ratio of the rejected": Kind("the same of the other answer", **_OF_ANSWER),
    "log-ratio of an answer": Kind("log-ratio of policy and reference", **_OF_ANSWER),
    "desirable": Kind("1 for a good answer, 0 for another one", answers=np.asarray([0, 1]), **_YES_OR_NO),
    "baseline": Kind(
        "log-ratio from which gain and loss are counted",
        lambda random, shape: np.asarray(random.integers(-16, 17) / 8),
        lambda random, shape, bound: np.asarray(random.integers(-16, 17) / 8),
        shared=True,
        valid=np.isfinite,
        # As a list, it is a number.
        types="value error error error error error value value value value",
    ),
    "mean log-probability of the chosen": Kind("mean log-probability of a token of the answer that was preferred", **_OF_MEAN_TOKEN),
    "mean log-probability of the rejected": Kind("the same of the other answer", **_OF_MEAN_TOKEN),
    "mean log-probability of the chosen, below 0": Kind(
        "mean log-probability of a token of the answer that was preferred, below 0", **_OF_MEAN_TOKEN, **_BELOW_0
    ),
    "mean log-probability of the rejected, below 0": Kind("the same of the other answer", **_OF_MEAN_TOKEN, **_BELOW_0),
    "log-probabilities of tokens": Kind(
        "log-probabilities of T tokens of each of G answers",
        lambda random, shape: -np.abs(random.normal(size=shape)) * 1.5,
        lambda random, shape, bound: -np.abs(_numbers(random, shape, bound)),
        index="{i, t}",
        along=_moved_token,
        joints=_from_halves,
        stretch=10.0,
        **_OF_TOKENS,
    ),
    "old log-probabilities of tokens": Kind("the same under the policy that gave the answers", _at_halves, _at_halves, **_OF_TOKENS),
    # Where the divergence weighs nothing, as it does unless the call says otherwise, nobody reads it.
    "reference's log-probabilities of tokens": Kind(
        "the same under a reference (read where the divergence weighs something)", _at_halves, _at_halves,
        **{**_OF_TOKENS, "numbers": "value value value value value value value value"},
    ),
    "rewards of a group": Kind(
        "rewards of G answers",
        _rewards,
        _rewards,
        axes=("G",),
        layout="groups",
        valid=lambda reward: (reward < 0).any() and (reward > 1).any(),
        numbers=POINT,
        types=INTEGERS_OR_FLOATS,
    ),
    "mask of tokens": Kind(
        "True where there is a token (left out: everywhere)",
        _some_step,
        _some_step,
        axes=("G", "T"),
        forms=("mask of tokens", None),
        full=("G",),
        layout="groups",
        **_MASK,
    ),
}  # fmt: skip

# The target of a loss that has none.
NOTHING = Kind("nothing", _spread, _numbers)
