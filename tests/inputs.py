"""Inputs for the laws: what the arguments of each kind look like, good and bad."""

import inspect
from itertools import product

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import expit, log_softmax, softmax

from lossbook.taxonomy import LOSSES, OF_CLASSES

# Class weights in the records are for three classes.
CLASSES = 3
# Numbers in an embedding, and negatives of an anchor where one example is enough.
SIZE, NEGATIVES = 2, 4
# How far from 0 a prediction or target of a kind may lie, where a law does not say otherwise.
BOUNDS = {
    "real": 1024.0, "logits": 32.0, "log-probabilities": 8.0, "logit": 32.0, "score": 64.0, "scores": 64.0,
    "distance": 64.0, "embedding": 8.0, "negatives": 8.0, "proxies": 8.0,
}  # fmt: skip
# The last axis of a kind, where it is no part of the batch.
LAST = {**dict.fromkeys(OF_CLASSES, CLASSES), "embedding": SIZE}


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


def example(loss, shape=(4, 3), seed=0):
    """Return one fixed set of inputs of a loss."""
    random = np.random.default_rng(seed)

    def spread(*more):
        return random.normal(size=(*shape, *more)) * 3

    kinds = {
        "real": spread,
        "score": spread,
        "logit": spread,
        "distance": lambda: np.abs(spread()),
        "log-probabilities": lambda: log_softmax(spread(CLASSES), axis=-1),
        "logits": lambda: spread(CLASSES),
        "scores": lambda: spread(CLASSES),
        "probability": lambda: expit(spread()),
        "sign": lambda: random.choice([-1, 1], size=shape),
        "probabilities": lambda: softmax(spread(CLASSES), axis=-1),
        "class": lambda: random.integers(0, CLASSES, size=shape),
        "class or probabilities": lambda: random.integers(0, CLASSES, size=shape),
        "similar": lambda: random.integers(0, 2, size=shape),
        "embedding": lambda: spread(SIZE),
        "negatives": lambda: spread(NEGATIVES, SIZE),
        "proxies": lambda: random.normal(size=(CLASSES, SIZE)),
    }
    return tuple(kinds[kind]() for kind in loss.inputs)


def batched(loss, given, change):
    """Return inputs with a change made to each that belongs to the batch; `change` is told its own last axes."""

    def one(kind, value):
        if value is None or kind == "proxies":
            return value
        own = 1 if kind in LAST or "probabilities" in kind and value.ndim == given[0].ndim else 2 if kind == "negatives" else 0
        return change(value, value.shape[value.ndim - own :])

    return tuple(one(kind, value) for kind, value in zip(loss.inputs, given, strict=True))


def flat(loss, given):
    """Return inputs as one batch of shape (N,), (N, C) or (N, D), as peers want it."""
    return batched(loss, given, lambda value, own: value.reshape(-1, *own))


def hyperparameters(loss):
    """Return every combination of the values at which a loss is tested."""
    values = [h.values for h in loss.hyperparameters.values()]
    return [dict(zip(loss.hyperparameters, each, strict=True)) for each in product(*values)]


def given_as(make, given, settings):
    """Return inputs and settings as `make` makes arrays; tuples become arrays of weights."""

    def made(value):
        if isinstance(value, tuple):
            value = np.asarray(value, dtype=given[0].dtype)
        return make(value) if isinstance(value, np.ndarray) else value

    return [made(each) for each in given], {name: made(value) for name, value in settings.items()}


def call(loss, given, settings, *, make=np.asarray, reduction="none"):
    """Return the loss of numpy inputs, computed in the library of `make`."""
    given, settings = given_as(make, given, settings)
    return loss.function(*given, reduction=reduction, **settings)


def understood(loss, peer, settings):
    """Return the settings that a peer takes, or None where it lacks one that is in force."""
    if any(not peer.takes(name) and value != loss.defaults[name] for name, value in settings.items()):
        return None
    known = {name: value for name, value in settings.items() if peer.takes(name)}
    return {name: np.asarray(value) if isinstance(value, tuple) else value for name, value in known.items()}


def torch_gradient(loss, given, settings, of=0):
    """Return the gradient of the sum of losses in one of the inputs."""
    given, settings = given_as(torch.tensor, given, settings)
    given[of].requires_grad_()
    loss.function(*given, reduction="sum", **settings).backward()
    return given[of].grad.numpy()


def names(loss):
    """Return what the function calls its inputs."""
    return list(inspect.signature(loss.function).parameters)[: len(loss.inputs)]


# Every loss at every setting: what the laws are parametrised over.
CASES = [(loss, settings) for loss in LOSSES for settings in hyperparameters(loss)]
CASE_IDS = [f"{loss.name}({', '.join(f'{k}={v}' for k, v in settings.items())})" for loss, settings in CASES]
