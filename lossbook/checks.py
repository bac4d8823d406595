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

from lossbook.taxonomy import IDENTITIES, KINDS, Identity, Kind, Loss, Peer

__all__ = [
    "Evidence", "answers", "batched", "call", "evidence", "evidence_of_peers", "example", "flat", "given_as",
    "hard_example", "hyperparameters", "identity_errors", "is_a_likelihood", "of_examples", "peer_function", "peer_values", "there",
    "torch_gradient", "understood",
]  # fmt: skip

# How many inputs each check of the page tries.
COUNT = 1000


def example(record: Loss | Identity, shape: tuple[int, ...] = (4, 3), seed: int = 0) -> tuple[Any, ...]:
    """Return one fixed set of random inputs of a loss, or of an identity."""
    random = np.random.default_rng(seed)
    return tuple(kind.draw(random, _shape_of(kind, shape)) for kind in record.kinds)


def hard_example(
    record: Loss | Identity, shape: tuple[int, ...], seed: int = 0, *, bound: float | None = None, plain: bool = False
) -> tuple[Any, ...]:
    """Return inputs with what breaks formulas: ties, zeros, numbers of all sizes up to a bound.

    Where an input may be of several forms, the seed decides. `plain` takes the first form, and of
    targets the certain ones only.
    """
    random = np.random.default_rng(seed)

    def drawn(position: int, kind: Kind) -> Any:
        if kind.forms and not plain:
            form = kind.forms[seed % len(kind.forms)]
            if form is None:
                return None
            kind = KINDS[form]
        if plain and position and kind.answers is not None:
            return kind.answers[random.integers(len(kind.answers), size=shape)]
        return kind.hard(random, _shape_of(kind, shape), bound or kind.bound)

    return tuple(drawn(position, kind) for position, kind in enumerate(record.kinds))


def _shape_of(kind: Kind, shape: tuple[int, ...]) -> tuple[int, ...]:
    return kind.sizes if kind.shared else (*shape, *kind.sizes)


def batched(loss: Loss, given: Sequence[Any], change: Callable[..., Any]) -> tuple[Any, ...]:
    """Return inputs with a change made to each that belongs to the batch; `change` is told its own last axes."""

    def one(kind: Kind, value: Any) -> Any:
        if value is None or kind.shared:
            return value
        return change(value, value.shape[value.ndim - len(kind.form(value).axes) :])

    return tuple(one(kind, value) for kind, value in zip(loss.kinds, given, strict=True))


def flat(loss: Loss, given: Sequence[Any]) -> tuple[Any, ...]:
    """Return inputs as one batch of shape (N,), (N, C) or (N, D), as peers want it."""
    return batched(loss, given, lambda value, own: value.reshape(-1, *own))


def answers(loss: Loss, given: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return, for one batch of inputs, the batch with each possible answer as the target."""
    if loss.answers is not None:
        return loss.answers(given)
    first, _, *rest = given
    shape = first.shape[: first.ndim - len(loss.prediction.axes)]
    possible = loss.target.answers
    assert possible is not None, f"{loss.name} has a number as its target"
    return [(first, np.broadcast_to(answer, (*shape, *np.shape(answer))), *rest) for answer in possible]


def there(loss: Loss, given: Sequence[Any]) -> tuple[Any, ...]:
    """Return for each input which of its numbers are there: not those that a mask or lengths take out of play."""
    found = [None if each is None else np.ones(each.shape, dtype=bool) for each in given]
    for by, mask in zip(loss.kinds, given, strict=True):
        if mask is None or not (by.masks or by.counts):
            continue
        for i, (kind, value) in enumerate(zip(loss.kinds, given, strict=True)):
            own = None if value is None or kind.shared or kind is by else _there(by, mask, kind, value.shape)
            if own is not None:
                found[i] = found[i] & own
    return tuple(found)


def _there(by: Kind, mask: Any, kind: Kind, shape: tuple[int, ...]) -> Any:
    """Return what a mask, or lengths, leave of an input of a kind; None where they do not speak of it."""
    if by.masks:
        if kind.axes[: len(by.axes)] != by.axes:
            return None
        return np.broadcast_to(mask[(..., *[None] * (len(kind.axes) - len(by.axes)))], shape)
    names = [axis.partition("+") for axis in kind.axes]
    if by.counts not in [name for name, _, _ in names]:
        return None
    place = [name for name, _, _ in names].index(by.counts)
    after = len(names) - 1 - place
    steps = np.arange(shape[len(shape) - 1 - after])[(..., *[None] * after)]
    return np.broadcast_to(steps < mask[(..., *[None] * len(names))] + int(names[place][2] or 0), shape)


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
    return loss(*given, reduction=reduction, **settings)


def of_examples(loss: Loss, values: Any) -> Any:
    """Return one value for each of the batch: the sum over what else the values keep apart."""
    return np.sum(values, axis=tuple(range(-len(loss.keeps), 0)))


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


# The libraries that take torch's arrays.
OF_TORCH = (
    "torch", "pytorch_metric_learning", "keras", "tslearn", "warprnnt_numba", "torchcrf", "torch_struct", "entmax", "monai", "kornia",
)  # fmt: skip
# What makes the arrays that a library takes, where they are not numpy's.
ARRAYS = {
    **dict.fromkeys(OF_TORCH, ("torch", "as_tensor")),
    **dict.fromkeys(("optax", "rax", "rlax"), ("jax.numpy", "asarray")),
}


def peer_function(peer: Peer) -> Any:
    """Import a peer's function; ModuleNotFoundError where its library is not installed."""
    module, _, name = peer.path.rpartition(".")
    if peer.library == "keras":
        os.environ.setdefault("KERAS_BACKEND", "torch")  # it would look for TensorFlow
    return getattr(import_module(module), name)


def peer_values(peer: Peer, *inputs: Any, **hyperparameters: Any) -> Any:
    """Return what a peer computes for numpy arrays, as numpy; None where it takes no such inputs."""
    function = peer_function(peer)
    module, name = ARRAYS.get(peer.library, ("numpy", "asarray"))
    make = getattr(import_module(module), name)

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
    yield from evidence_of_peers(loss, loss.peers)
    plain = [settings for settings in trials if is_a_likelihood(loss, settings)]
    if plain:
        yield _worst("noise model", loss.noise_model.name, [_of_noise(loss, fed, settings) for settings in plain])
    for identity in IDENTITIES:
        if loss.name in identity.losses:
            yield Evidence("identity", identity.name, COUNT, max(identity_errors(identity)))


def evidence_of_peers(loss: Loss, peers: Sequence[Peer]) -> Iterator[Evidence]:
    """Yield how far some peers are from the loss; one whose library is not installed is left out."""
    fed = example(loss, (COUNT,))
    for peer in peers:
        known = [(understood(loss, peer, settings), settings) for settings in hyperparameters(loss)]
        try:
            errors = [_of_peer(loss, peer, *each, fed) for each in known if each[0] is not None]
        except ModuleNotFoundError:
            continue
        yield _worst("another library", f"`{peer.path}`", [error for error in errors if error is not None])


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
    direction = direction * loss.prediction.room(first)
    step = 1e-6
    near = loss.around(fed)
    right, left = (of_examples(loss, call(near, (first + side * step * direction, *rest), settings)) for side in (1, -1))
    product = torch_gradient(loss, fed, settings) * direction
    own = tuple(range(-len(loss.prediction.axes), 0))
    return _error(product.sum(axis=own), loss.share(0, settings) * (right - left) / (2 * step))


def _of_peer(loss: Loss, peer: Peer, known: Any, settings: dict[str, Any], fed: Any) -> Any:
    expected = peer_values(peer, *flat(loss, fed), **known)
    if expected is None:  # for it, the batch must serve as negatives, or all steps count
        fed = tuple(None if None in kind.forms else each for kind, each in zip(loss.kinds, fed, strict=True))
        expected = peer_values(peer, *fed, **known)
    if expected is None:  # it lacks these settings
        return None
    return _error(call(loss, fed, settings, reduction="none" if expected.ndim else "mean"), expected)


def _of_noise(loss: Loss, fed: Any, settings: dict[str, Any]) -> Any:
    model, (prediction, target, *rest) = loss.noise_model, fed
    if loss.target.axes and loss.target.answers is not None:
        # A divergence is a likelihood where the target is one-hot.
        fed = prediction, target = prediction, loss.target.answers[target.argmax(axis=-1)]
    known = {name: value for name, value in settings.items() if name in inspect.signature(model.scale).parameters}
    expected = call(loss, fed, settings) / model.scale(**known) + model.constant(**known)
    return _error(-model.log_prob(target, prediction, *rest, **known), expected)


def _error(found: Any, right: Any) -> float:
    return float(np.max(np.abs(found - right) / np.maximum(1, np.abs(right))))
