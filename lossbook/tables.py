"""The book's tables, made from the records of the taxonomy and shown by a notebook as Markdown."""

import ast
import inspect
from importlib import import_module

import numpy as np

from lossbook.taxonomy import KINDS, OF_CLASSES, loss_of

__all__ = ["Source", "Table", "at_a_glance", "in_other_libraries", "source"]


class Table:
    """Rows that Jupyter shows as a Markdown table."""

    def __init__(self, header, rows):
        self.header, self.rows = list(header), [list(row) for row in rows]

    def _repr_markdown_(self):
        lines = [self.header, ["---"] * len(self.header), *self.rows]
        # A bar inside a cell (as in |r|) would end it.
        return "\n".join("| " + " | ".join(str(cell).replace("|", r"\vert ") for cell in line) + " |" for line in lines)


class Source:
    """Code that Jupyter shows highlighted."""

    def __init__(self, code):
        self.code = code

    def _repr_markdown_(self):
        return f"```python\n{self.code}\n```"


def source(function):
    """Return the source of a function of `lossbook`, without its docstring."""
    tree = ast.parse(inspect.getsource(function))
    lines = inspect.getsource(function).splitlines()
    docstring = tree.body[0].body[0]
    return Source("\n".join(lines[: docstring.lineno - 1] + lines[docstring.end_lineno :]))


def at_a_glance(function):
    """Return a loss' card: formula, arguments, gradient, noise model, properties, name in PyTorch."""
    loss = loss_of(function)
    prediction, target = loss.symbols
    entry = "_k" if loss.prediction in OF_CLASSES else ""
    rows = [
        ("Loss", f"$L({loss.arguments}) = {loss.formula}$" + (f", $\\;{loss.where}$" if loss.where else "")),
        (
            "Prediction, target",
            f"${prediction}$ {KINDS[loss.prediction]}, ${target}$ {KINDS[loss.target]}; loss in units: {loss.units}",
        ),
        *(
            ("Hyperparameter", f"${h.symbol}$: {h.meaning}; `{name}={_written(loss.defaults[name])}` by default")
            for name, h in loss.hyperparameters.items()
        ),
        ("Gradient", f"$\\partial L / \\partial {prediction}{entry} = {loss.gradient}$"),
        ("Noise model", _noise(loss)),
        ("Best constant", loss.minimiser.text),
        ("Properties", "; ".join(f"{name}: {text}" for name, text in _properties(loss))),
        ("In PyTorch", _in_pytorch(loss)),
    ]
    return Table(["", f"`{loss.name}`"], rows)


def in_other_libraries(function, prediction, target, **hyperparameters):
    """Return the loss in other libraries, each row executed on the given example.

    Class weights are given as a list. Where a library is not installed, or has no such
    hyperparameter, its row says so.
    """
    loss = loss_of(function)
    prediction, target = np.asarray(prediction, dtype=np.float64), np.asarray(target)
    if loss.target in ("real", "probability"):
        target = target.astype(np.float64)
    hyperparameters = {
        name: np.asarray(value, dtype=np.float64) if isinstance(value, list) else value
        for name, value in hyperparameters.items()
    }
    ours = float(function(prediction, target, **hyperparameters))
    rows = [(f"`lossbook.{loss.name}`", "", f"{ours:.6g}")]
    for peer in loss.peers:
        lacks = [name for name in hyperparameters if not peer.takes(name)]
        settings = {name: value for name, value in {**loss.defaults, **hyperparameters}.items() if peer.takes(name)}
        try:
            value = f"has no {lacks[0]}" if lacks else f"{peer_mean(peer, prediction, target, **settings):.6g}"
        except ModuleNotFoundError:
            value = "not installed"
        rows.append((f"`{peer.path}`", peer.convention, value))
    return Table(["Function", "Convention", "Value here"], rows)


def peer_mean(peer, prediction, target, **hyperparameters):
    """Return the mean loss that a peer computes for numpy arrays."""
    values = peer_values(peer, prediction, target, **hyperparameters)
    weight = hyperparameters.get("weight")
    if weight is not None and values.shape == target.shape:
        # The mean over labels with class weights divides by the sum of the labels' weights.
        return float(np.sum(values) / np.sum(weight[target]))
    return float(np.mean(values))


def peer_function(peer):
    """Import a peer's function; ModuleNotFoundError where its library is not installed."""
    module, _, name = peer.path.rpartition(".")
    return getattr(import_module(module), name)


def peer_values(peer, prediction, target, **hyperparameters):
    """Return what a peer computes for numpy arrays, as numpy."""
    function = peer_function(peer)
    if peer.library == "torch":
        from torch import as_tensor

        prediction, target = as_tensor(prediction), as_tensor(target)
        hyperparameters = {
            name: as_tensor(value) if isinstance(value, np.ndarray) else value for name, value in hyperparameters.items()
        }
    if peer.library == "optax":
        from jax.numpy import asarray

        prediction, target = asarray(prediction), asarray(target)
    return np.asarray(peer.call(function, prediction, target, **hyperparameters))


def _written(default):
    return f"{default:g}" if isinstance(default, float) else default


def _noise(loss):
    noise = loss.noise_model
    if noise is None:
        return f"none: {loss.no_noise_model}"
    given = r"y \mid \hat y" if loss.target == "real" else "y"
    foreign = [f"`{name}`" for name in loss.hyperparameters if name not in inspect.signature(noise.scale).parameters]
    without = f" (without {' and '.join(foreign)})" if foreign else ""
    return f"{noise.name}: $q({given}) = {noise.density}${without}"


def _properties(loss):
    yield "convex", loss.convex.text
    yield "smooth", loss.smooth.text
    yield "Lipschitz constant", loss.lipschitz.text
    if loss.proper is not None:
        yield "strictly proper", loss.proper.text


def _in_pytorch(loss):
    peers = [peer for peer in loss.peers if peer.library == "torch"]
    if not peers or peers[0].convention.startswith("none of its own"):
        return peers[0].convention if peers else "none"
    return ", ".join(f"`{peer.path}`" + ("" if peer.convention == "the same" else f" ({peer.convention})") for peer in peers)
