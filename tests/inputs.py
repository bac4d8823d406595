"""Inputs for the laws: what the arguments of each kind look like, good and bad."""

import inspect

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import log_softmax, softmax

from lossbook.checks import CLASSES, SIZE, hyperparameters
from lossbook.taxonomy import LOSSES, OF_CLASSES

# How far from 0 a prediction or target of a kind may lie, where a law does not say otherwise.
BOUNDS = {
    "real": 1024.0, "logits": 32.0, "log-probabilities": 8.0, "logit": 32.0, "score": 64.0, "scores": 64.0,
    "distance": 64.0, "embedding": 8.0, "negatives": 8.0, "proxies": 8.0,
}  # fmt: skip


@st.composite
def inputs(draw, record, bound=None, width=64, plain=False):
    """The inputs of a loss (or an identity), by the kinds that its record names.

    `plain` leaves out soft targets, and negatives that are to be found in the batch.
    """
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=5))
    dtype = np.dtype(f"float{width}")

    def numbers(low, high, shape):
        elements = st.floats(low, high, width=width, allow_subnormal=False)
        return draw(hnp.arrays(dtype, shape, elements=elements))

    def vectors(size, shape):
        # On a grid, so that they often coincide, vanish or are parallel.
        elements = st.integers(-512, 512).map(lambda step: step * size / 512)
        return draw(hnp.arrays(dtype, shape, elements=elements))

    def labels(high):
        return draw(hnp.arrays(np.int64, shape, elements=st.integers(0, high)))

    def prediction(kind, size):
        if kind == "probability":
            return numbers(2**-10, 1 - 2**-10, shape)
        if kind == "distance":
            return numbers(2**-6, size, shape)
        if kind == "log-probabilities":
            return log_softmax(numbers(-size, size, (*shape, CLASSES)), axis=-1)
        return numbers(-size, size, (*shape, CLASSES) if kind in OF_CLASSES else shape)

    def target(kind, size):
        if kind == "real":
            return numbers(-size, size, shape)
        if kind == "sign":
            return 2 * labels(1) - 1
        if kind == "similar":
            return labels(1)
        soft = not plain and kind not in ("label", "class") and draw(st.booleans())
        if kind in ("probability", "label"):
            return numbers(0, 1, shape) if soft else labels(1).astype(dtype)
        if kind == "class" or (kind == "class or probabilities" and not soft):
            return labels(CLASSES - 1)
        if soft:
            return softmax(numbers(-8, 8, (*shape, CLASSES)), axis=-1)
        return np.eye(CLASSES, dtype=dtype)[labels(CLASSES - 1)]

    def one(position, kind):
        size = bound or BOUNDS.get(kind)
        if kind == "embedding":
            return vectors(size, (*shape, SIZE))
        if kind == "proxies":
            return vectors(size, (CLASSES, SIZE))
        if kind == "negatives":
            in_batch = shape[-1] > 1 and not plain and draw(st.booleans())
            return None if in_batch else vectors(size, (*shape, draw(st.integers(1, 3)), SIZE))
        return target(kind, size) if position else prediction(kind, size)

    return tuple(one(position, kind) for position, kind in enumerate(record.inputs))


def names(loss):
    """Return what the function calls its inputs."""
    return list(inspect.signature(loss.function).parameters)[: len(loss.inputs)]


def of_dtype(make, dtype):
    """Return what makes arrays as `make` does, with float64 in another dtype."""
    return lambda values: make(values, dtype=dtype) if values.dtype == np.float64 else make(values)


def moving(loss):
    """Return the positions of the inputs that a gradient flows into."""
    return [i for i, kind in enumerate(loss.inputs) if i == 0 or kind in ("embedding", "negatives", "proxies")]


# Every loss at every setting: what the laws are parametrised over.
CASES = [(loss, settings) for loss in LOSSES for settings in hyperparameters(loss)]
CASE_IDS = [f"{loss.name}({', '.join(f'{k}={v}' for k, v in settings.items())})" for loss, settings in CASES]
