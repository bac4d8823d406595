"""The book's tables, made from the records of the taxonomy and shown by a notebook as Markdown."""

import ast
import inspect
from importlib import import_module

import numpy as np

from lossbook.taxonomy import loss_of

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
    noise = loss.noise_model
    rows = [
        ("Loss", f"$L(r) = {loss.formula}$, $\\;r = \\hat y - y$"),
        ("Prediction, target", f"$\\hat y$ {loss.prediction}, $y$ {loss.target}; loss in units: {loss.units}"),
        *(
            ("Hyperparameter", f"${h.symbol}$: {h.meaning}; `{name}={_default(function, name):g}` by default")
            for name, h in loss.hyperparameters.items()
        ),
        ("Gradient", f"$\\partial L / \\partial \\hat y = {loss.gradient}$"),
        ("Noise model", f"{noise.name}: $q(y \\mid \\hat y) = {noise.density}$"),
        ("Best constant", loss.minimiser.text),
        (
            "Properties",
            f"convex: {loss.convex.text}; smooth: {loss.smooth.text}; Lipschitz constant: {loss.lipschitz.text}",
        ),
        ("In PyTorch", _in_pytorch(loss)),
    ]
    return Table(["", f"`{loss.name}`"], rows)


def in_other_libraries(function, prediction, target, **hyperparameters):
    """Return the loss in other libraries, each row executed on the given example.

    Where a library is not installed, its row says so.
    """
    loss = loss_of(function)
    prediction, target = np.asarray(prediction, dtype=np.float64), np.asarray(target, dtype=np.float64)
    ours = float(function(prediction, target, **hyperparameters))
    rows = [(f"`lossbook.{loss.name}`", "", f"{ours:.6g}")]
    for peer in loss.peers:
        try:
            value = f"{peer_mean(peer, prediction, target, **hyperparameters):.6g}"
        except ModuleNotFoundError:
            value = "not installed"
        rows.append((f"`{peer.path}`", peer.convention, value))
    return Table(["Function", "Convention", "Value here"], rows)


def peer_mean(peer, prediction, target, **hyperparameters):
    """Return the mean loss that a peer computes for numpy arrays."""
    return float(np.mean(peer_values(peer, prediction, target, **hyperparameters)))


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
    return np.asarray(peer.call(function, prediction, target, **hyperparameters))


def _default(function, hyperparameter):
    return inspect.signature(function).parameters[hyperparameter].default


def _in_pytorch(loss):
    names = [
        f"`{peer.path}`" + ("" if peer.convention == "the same" else f" ({peer.convention})")
        for peer in loss.peers
        if peer.library == "torch"
    ]
    return ", ".join(names) or "none"
