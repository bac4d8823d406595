"""What checks a loss: inputs for it, its peers and gradients on them, and the largest error found.

The tests hold each error to a bound; the page *How we know* shows the errors themselves.
"""

import inspect
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lossbook.taxonomy import IDENTITIES, OF_CLASSES, Identity, Loss, Peer

__all__ = [
    "CLASSES", "LAST", "NEGATIVES", "SIZE", "Evidence", "batched", "call", "evidence", "evidence_of_peers", "example",
    "flat", "given_as", "hyperparameters", "identity_errors", "is_a_likelihood", "peer_function", "peer_values", "torch_gradient", "understood",
]  # fmt: skip

# Class weights in the records are for three classes.
CLASSES = 3
# Numbers in an embedding, and negatives of an anchor.
SIZE, NEGATIVES = 2, 4
# The last axis of a kind, where it is no part of the batch.
LAST = {**dict.fromkeys(OF_CLASSES, CLASSES), "embedding": SIZE}
# How many inputs each check of the page tries.
COUNT = 1000


def example(record: Loss | Identity, shape: tuple[int, ...] = (4, 3), seed: int = 0) -> tuple[Any, ...]:
    """Return one fixed set of random inputs of a loss, or of an identity."""
    random = np.random.default_rng(seed)

    def spread(*more: int) -> NDArray[Any]:
        return random.normal(size=(*shape, *more)) * 3

    def softmax(z: NDArray[Any]) -> NDArray[Any]:
        e = np.exp(z - z.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)

    kinds: dict[str, Callable[[], Any]] = {
        "real": spread,
        "score": spread,
        "logit": spread,
        "distance": lambda: np.abs(spread()),
        "log-probabilities": lambda: np.log(softmax(spread(CLASSES))),
        "logits": lambda: spread(CLASSES),
        "scores": lambda: spread(CLASSES),
        "probability": lambda: 1 / (1 + np.exp(-spread())),
        "sign": lambda: random.choice([-1, 1], size=shape),
        "probabilities": lambda: softmax(spread(CLASSES)),
        "class": lambda: random.integers(0, CLASSES, size=shape),
        "class or probabilities": lambda: random.integers(0, CLASSES, size=shape),
        "similar": lambda: random.integers(0, 2, size=shape),
        "label": lambda: random.integers(0, 2, size=shape).astype(np.float64),
        "embedding": lambda: spread(SIZE),
        "negatives": lambda: spread(NEGATIVES, SIZE),
        "proxies": lambda: random.normal(size=(CLASSES, SIZE)),
    }
    return tuple(kinds[kind]() for kind in record.inputs)


def batched(loss: Loss, given: Sequence[Any], change: Callable[..., Any]) -> tuple[Any, ...]:
    """Return inputs with a change made to each that belongs to the batch; `change` is told its own last axes."""

    def one(kind: str, value: Any) -> Any:
        if value is None or kind == "proxies":
            return value
        own = 1 if kind in LAST or ("probabilities" in kind and value.ndim == given[0].ndim) else 2 if kind == "negatives" else 0
        return change(value, value.shape[value.ndim - own :])

    return tuple(one(kind, value) for kind, value in zip(loss.inputs, given, strict=True))


def flat(loss: Loss, given: Sequence[Any]) -> tuple[Any, ...]:
    """Return inputs as one batch of shape (N,), (N, C) or (N, D), as peers want it."""
    return batched(loss, given, lambda value, own: value.reshape(-1, *own))


def hyperparameters(loss: Loss) -> Any:
    """Return every combination of the values at which a loss is tested."""
    values = [h.values for h in loss.hyperparameters.values()]
    return [dict(zip(loss.hyperparameters, each, strict=True)) for each in product(*values)]


def given_as(make: Callable[..., Any], given: Sequence[Any], settings: dict[str, Any]) -> Any:
    """Return inputs and settings as `make` makes arrays; tuples become arrays of weights."""

    def made(value: Any) -> Any:
        if isinstance(value, tuple):
            value = np.asarray(value, dtype=given[0].dtype)
        return make(value) if isinstance(value, np.ndarray) else value

    return [made(each) for each in given], {name: made(value) for name, value in settings.items()}


def call(
    loss: Loss, given: Sequence[Any], settings: dict[str, Any], *, make: Callable[..., Any] = np.asarray, reduction: str = "none"
) -> Any:
    """Return the loss of numpy inputs, computed in the library of `make`."""
    given, settings = given_as(make, given, settings)
    return loss.function(*given, reduction=reduction, **settings)


def understood(loss: Loss, peer: Peer, settings: dict[str, Any]) -> dict[str, Any] | None:
    """Return the settings that a peer takes, or None where it lacks one that is in force."""
    if any(not peer.takes(name) and value != loss.defaults[name] for name, value in settings.items()):
        return None
    known = {name: value for name, value in settings.items() if peer.takes(name)}
    return {name: np.asarray(value) if isinstance(value, tuple) else value for name, value in known.items()}


def torch_gradient(function: Callable[..., Any], given: Sequence[Any], settings: dict[str, Any], of: int = 0) -> NDArray[Any]:
    """Return the gradient of the sum of losses in one of the inputs, by torch's autograd."""
    import torch

    given, settings = given_as(torch.tensor, given, settings)
    given[of].requires_grad_()
    function(*given, reduction="sum", **settings).backward()
    return given[of].grad.numpy()


# --- the peers ---


def peer_function(peer: Peer) -> Any:
    """Import a peer's function; ModuleNotFoundError where its library is not installed."""
    module, _, name = peer.path.rpartition(".")
    if peer.library == "keras":
        os.environ.setdefault("KERAS_BACKEND", "torch")  # it would look for TensorFlow
    return getattr(import_module(module), name)


def peer_values(peer: Peer, *inputs: Any, **hyperparameters: Any) -> Any:
    """Return what a peer computes for numpy arrays, as numpy; None where it takes no such inputs."""
    function = peer_function(peer)
    make: Any = np.asarray
    if peer.library in ("torch", "pytorch_metric_learning", "keras"):
        make = import_module("torch").as_tensor
    if peer.library == "optax":
        make = import_module("jax.numpy").asarray

    def made(value: Any) -> Any:
        return make(value) if isinstance(value, np.ndarray) else value

    hyperparameters = {name: made(value) for name, value in hyperparameters.items()}
    values = peer.call(function, *map(made, inputs), **hyperparameters)
    return None if values is None else np.asarray(values)


# --- the errors ---


@dataclass(frozen=True)
class Evidence:
    """One check of a loss: against what, on how many inputs, and the largest error found.

    An error counts relative to the right value where that is above 1.
    """

    check: str
    against: str
    inputs: int
    error: float


def evidence(loss: Loss) -> Iterator[Evidence]:
    """Yield what checks a loss: its gradient, its peers, its noise model, its identities."""
    fed, trials = example(loss, (COUNT,)), hyperparameters(loss)
    yield _worst("gradient", "differences of the loss", [_of_gradient(loss, fed, settings) for settings in trials])
    yield from evidence_of_peers(loss)
    plain = [settings for settings in trials if is_a_likelihood(loss, settings)]
    if plain:
        yield _worst("noise model", loss.noise_model.name, [_of_noise(loss, fed, settings) for settings in plain])
    for identity in IDENTITIES:
        if loss.name in identity.losses:
            yield Evidence("identity", identity.name, COUNT, max(identity_errors(identity)))


def evidence_of_peers(loss: Loss) -> Iterator[Evidence]:
    """Yield how far each peer is from the loss; one whose library is not installed is left out."""
    fed = example(loss, (COUNT,))
    for peer in loss.everywhere:
        known = [(understood(loss, peer, settings), settings) for settings in hyperparameters(loss)]
        try:
            errors = [_of_peer(loss, peer, *each, fed) for each in known if each[0] is not None]
        except ModuleNotFoundError:
            continue
        yield _worst("another library", f"`{peer.path}`", errors)


def is_a_likelihood(loss: Loss, settings: dict[str, Any]) -> bool:
    """A noise model speaks of the loss as it is: without weights or smoothing, which it does not know."""
    if loss.noise_model is None:
        return False
    known = inspect.signature(loss.noise_model.scale).parameters
    return all(name in known or not value for name, value in settings.items())


def _worst(check: str, against: str, errors: Any) -> Evidence:
    return Evidence(check, against, COUNT * len(errors), max(errors))


def identity_errors(identity: Identity) -> Any:
    """Return the largest difference of an identity's two sides, in value and in gradient."""
    import torch

    fed = example(identity, (COUNT,))
    apart = np.broadcast_to(identity.apart(*fed), fed[0].shape)
    values, slopes = [], []
    for side in (identity.general, identity.special):
        values.append(np.asarray(side(*fed)))
        first, *rest = (torch.tensor(each) for each in fed)
        (slope,) = torch.autograd.grad(side(first.requires_grad_(), *rest).sum(), first)
        slopes.append(slope.numpy()[apart])
    return _error(*values), _error(*slopes)


def _of_gradient(loss: Loss, fed: Any, settings: dict[str, Any]) -> Any:
    """Compare the gradient along a random direction with the difference of the loss across a small step."""
    first, *rest = fed
    direction = np.random.default_rng(1).normal(size=first.shape)
    if loss.prediction == "probability":
        # A step as small as what is left to the nearer end.
        direction = direction * first * (1 - first)
    step = 1e-6
    right, left = (call(loss, (first + side * step * direction, *rest), settings) for side in (1, -1))
    product = torch_gradient(loss.function, fed, settings) * direction
    return _error(product.sum(axis=-1) if loss.prediction in LAST else product, (right - left) / (2 * step))


def _of_peer(loss: Loss, peer: Peer, known: Any, settings: dict[str, Any], fed: Any) -> Any:
    expected = peer_values(peer, *flat(loss, fed), **known)
    if expected is None:  # for it, the batch must serve as negatives
        fed = (*fed[:2], None)
        expected = peer_values(peer, *fed, **known)
    return _error(call(loss, fed, settings, reduction="none" if expected.ndim else "mean"), expected)


def _of_noise(loss: Loss, fed: Any, settings: dict[str, Any]) -> Any:
    model, (prediction, target, *rest) = loss.noise_model, fed
    if loss.target == "probabilities":
        # A divergence is a likelihood where the target is one-hot.
        fed = prediction, target = prediction, np.eye(CLASSES)[target.argmax(axis=-1)]
    known = {name: value for name, value in settings.items() if name in inspect.signature(model.scale).parameters}
    expected = call(loss, fed, settings) / model.scale(**known) + model.constant(**known)
    return _error(-model.log_prob(target, prediction, *rest, **known), expected)


def _error(found: Any, right: Any) -> float:
    return float(np.max(np.abs(found - right) / np.maximum(1, np.abs(right))))
