"""Inputs for the laws: what a prediction and a target of each kind look like, good and bad."""

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
# How far from 0 a prediction or target of a kind may lie, where a law does not say otherwise.
BOUNDS = {"real": 1024.0, "logits": 32.0, "log-probabilities": 8.0, "logit": 32.0, "score": 64.0, "scores": 64.0}


@st.composite
def pairs(draw, loss, bound=None, width=64, labels_only=False):
    """A prediction and a target of a loss (or an identity), by the kinds that its record names.

    `labels_only` leaves out soft targets.
    """
    prediction, target = kinds(loss)
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=5))
    dtype = np.dtype(f"float{width}")

    def numbers(low, high, shape):
        elements = st.floats(low, high, width=width, allow_subnormal=False)
        return draw(hnp.arrays(dtype, shape, elements=elements))

    size = bound or BOUNDS.get(prediction)
    if prediction == "probability":
        y_hat = numbers(2**-10, 1 - 2**-10, shape)
    elif prediction in OF_CLASSES:
        y_hat = numbers(-size, size, (*shape, CLASSES))
        if prediction == "log-probabilities":
            y_hat = log_softmax(y_hat, axis=-1)
    else:
        y_hat = numbers(-size, size, shape)

    def labels(high):
        return draw(hnp.arrays(np.int64, shape, elements=st.integers(0, high)))

    if target == "real":
        return y_hat, numbers(-size, size, shape)
    if target == "sign":
        return y_hat, 2 * labels(1) - 1
    soft = not labels_only and target != "label" and draw(st.booleans())
    if target in ("probability", "label"):
        return y_hat, numbers(0, 1, shape) if soft else labels(1).astype(dtype)
    if target == "class" or (target == "class or probabilities" and not soft):
        return y_hat, labels(CLASSES - 1)
    rows = softmax(numbers(-8, 8, (*shape, CLASSES)), axis=-1) if soft else np.eye(CLASSES, dtype=dtype)[labels(CLASSES - 1)]
    return y_hat, rows


def kinds(record):
    """Return the kinds of prediction and target of a loss or an identity."""
    return record.inputs if hasattr(record, "inputs") else (record.prediction, record.target)


def example(loss, shape=(4, 3), seed=0):
    """Return one fixed prediction and target of a loss."""
    random = np.random.default_rng(seed)
    spread = random.normal(size=(*shape, CLASSES) if loss.prediction in OF_CLASSES else shape) * 3
    prediction = {"probability": expit, "log-probabilities": lambda z: log_softmax(z, axis=-1)}.get(loss.prediction, lambda z: z)
    target = {
        "real": lambda: random.normal(size=shape) * 3,
        "probability": lambda: random.uniform(size=shape),
        "sign": lambda: random.choice([-1, 1], size=shape),
        "probabilities": lambda: softmax(random.normal(size=(*shape, CLASSES)), axis=-1),
    }.get(loss.target, lambda: random.integers(0, CLASSES, size=shape))
    return prediction(spread), target()


def flat(loss, y_hat, y):
    """Return prediction and target as a batch of shape (N,) or (N, C), as peers want it."""
    if loss.prediction not in OF_CLASSES:
        return y_hat.ravel(), y.ravel()
    return y_hat.reshape(-1, CLASSES), y.reshape(-1, CLASSES) if y.ndim == y_hat.ndim else y.ravel()


def hyperparameters(loss):
    """Return every combination of the values at which a loss is tested."""
    values = [h.values for h in loss.hyperparameters.values()]
    return [dict(zip(loss.hyperparameters, each, strict=True)) for each in product(*values)]


def given_as(make, y_hat, y, settings):
    """Return prediction, target and settings as `make` makes arrays; tuples become arrays of weights."""

    def made(value):
        if isinstance(value, tuple):
            value = np.asarray(value, dtype=y_hat.dtype)
        return make(value) if isinstance(value, np.ndarray) else value

    return made(y_hat), made(y), {name: made(value) for name, value in settings.items()}


def call(loss, y_hat, y, settings, *, make=np.asarray, reduction="none"):
    """Return the loss of numpy inputs, computed in the library of `make`."""
    y_hat, y, settings = given_as(make, y_hat, y, settings)
    return loss.function(y_hat, y, reduction=reduction, **settings)


def understood(loss, peer, settings):
    """Return the settings that a peer takes, or None where it lacks one that is in force."""
    if any(not peer.takes(name) and value != loss.defaults[name] for name, value in settings.items()):
        return None
    known = {name: value for name, value in settings.items() if peer.takes(name)}
    return {name: np.asarray(value) if isinstance(value, tuple) else value for name, value in known.items()}


def torch_gradient(loss, y_hat, y, settings):
    """Return the gradient in the prediction of the sum of losses."""
    y_hat, y, settings = given_as(torch.tensor, y_hat, y, settings)
    loss.function(y_hat.requires_grad_(), y, reduction="sum", **settings).backward()
    return y_hat.grad.numpy()


def names(loss):
    """Return what the function calls its prediction and its target."""
    prediction, target, *_ = inspect.signature(loss.function).parameters
    return prediction, target


# Every loss at every setting: what the laws are parametrised over.
CASES = [(loss, settings) for loss in LOSSES for settings in hyperparameters(loss)]
CASE_IDS = [f"{loss.name}({', '.join(f'{k}={v}' for k, v in settings.items())})" for loss, settings in CASES]
