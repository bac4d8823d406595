"""The book's tables, made from the records of the taxonomy and shown by a notebook as Markdown."""

import ast
import inspect
from collections.abc import Callable
from itertools import groupby, zip_longest
from math import pi
from numbers import Integral, Number
from typing import Any

import numpy as np

from lossbook.checks import peer_values
from lossbook.taxonomy import KINDS, Loss, Peer, loss_of

__all__ = ["Source", "Table", "at_a_glance", "in_other_libraries", "source"]


class Table:
    """Rows that Jupyter shows as a Markdown table, numbers to the right, and Python as plain text.

    A row is a list of texts and numbers; those that are not whole are written by a format of Python's.
    """

    def __init__(self, header: list[str], rows: list[Any], numbers: str = ".3g") -> None:
        rows = [list(row) for row in rows]
        self.header, self.rows = list(header), [[_written_as(each, numbers) for each in row] for row in rows]
        self.right = [all(isinstance(row[column], Number) for row in rows) for column in range(len(self.header))]

    def _repr_markdown_(self) -> str:
        # A bar inside a cell (as in |r|) would end it.
        def cell(text: str) -> str:
            return text.replace(r"\|", r"\Vert ").replace("|", r"\vert ")

        lines = [self.header, ["---:" if right else "---" for right in self.right], *self.rows]
        return "\n".join("| " + " | ".join(map(cell, line)) + " |" for line in lines)

    def __repr__(self) -> str:
        lines = [self.header, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        sides = [str.rjust if right else str.ljust for right in self.right]
        return "\n".join(
            "  ".join(side(text, width) for side, text, width in zip(sides, line, widths, strict=True)).rstrip() for line in lines
        )


def _written_as(value: Any, numbers: str) -> str:
    if not isinstance(value, Number):
        return str(value)
    return format(value, "," if isinstance(value, Integral) else numbers).replace("-", "−")


class Source:
    """Code that Jupyter shows highlighted."""

    def __init__(self, code: str) -> None:
        self.code = code

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.code}\n```"


def source(function: Callable[..., Any]) -> Source:
    """Return the source of a function of `lossbook`, without its docstring, its types and its guard against NaN."""
    lines = inspect.getsource(function).splitlines()
    definition = ast.parse("\n".join(lines)).body[0]
    assert isinstance(definition, ast.FunctionDef)
    docstring, *body = definition.body
    for inner in body:
        if isinstance(inner, ast.FunctionDef):
            lines[inner.lineno - 1] = " " * inner.col_offset + _head(inner)
    return Source("\n".join([_head(definition), *lines[docstring.end_lineno :]]))


def _head(definition: ast.FunctionDef) -> str:
    """Return the first line of a function, without decorators and types."""
    for argument in ast.walk(definition.args):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    bare = ast.FunctionDef(definition.name, definition.args, [], [], lineno=0)
    return ast.unparse(bare).replace("'", '"')


def at_a_glance(function: Callable[..., Any]) -> Table:
    """Return a loss' card: formula, arguments, gradient, noise model, properties, name in PyTorch."""
    loss = loss_of(function)
    entry = loss.prediction.index and f"_{loss.prediction.index}"
    rows = [
        ("Loss", f"$L({loss.arguments}) = {loss.formula}$" + (f", $\\;{loss.where}$" if loss.where else "")),
        ("Prediction, target" if loss.predicts else "Takes", f"{_taken(loss)}; loss in units: {loss.units}"),
        *(("Hyperparameter", _meaning(loss, name)) for name in loss.hyperparameters),
        ("Gradient", f"$\\partial L / \\partial {loss.symbols[0]}{entry} = {loss.gradient}$"),
        ("Noise model", _noise(loss)),
        ("Best constant" if loss.predicts else "Minimised by", loss.minimiser.text),
        (
            "Properties" + ("" if loss.predicts else f" in ${loss.symbols[0]}$" if len(loss.stated_in) == 1 else " in each"),
            "; ".join(f"{name}: {text}" for name, text in _properties(loss)),
        ),
        ("In PyTorch", _in_pytorch(loss)),
    ]
    return Table(["", f"`{loss.name}`"], rows)


def in_other_libraries(function: Callable[..., Any], *inputs: Any, **hyperparameters: Any) -> Table:
    """Return the loss in other libraries, each row executed on the given example.

    Class weights are given as a list, a mask or lengths by name. Where a library is not installed, has no such
    hyperparameter or takes no such inputs, its row says so.
    """
    loss = loss_of(function)
    inspect.signature(function).bind(*inputs, **hyperparameters)  # names what is missing
    inputs = (*inputs, *(hyperparameters.pop(name, None) for name in loss.named))
    given = [
        None if each is None else np.asarray(each, dtype=None if kind.few else np.float64)
        for each, kind in zip_longest(inputs, loss.kinds)  # the last may be left out: then the batch serves
    ]
    hyperparameters = {
        name: np.asarray(value, dtype=np.float64) if isinstance(value, list) else value for name, value in hyperparameters.items()
    }
    ours = float(loss(*given, **hyperparameters))
    rows = [(f"`lossbook.{loss.name}`", "", f"{ours:.6g}")]
    for peer in loss.peers:
        lacks = [name for name in hyperparameters if not peer.takes(name)]
        settings = {name: value for name, value in {**loss.defaults, **hyperparameters}.items() if peer.takes(name)}
        try:
            mean = None if lacks else peer_mean(peer, *given, **settings)
            value = f"has no {' or '.join(lacks)}" if lacks else "takes no such inputs" if mean is None else f"{mean:.6g}"
        except ModuleNotFoundError:
            value = "not installed"
        rows.append((f"`{peer.path}`", peer.convention, value))
    return Table(["Function", "Convention", "Value here"], rows)


def peer_mean(peer: Peer, *inputs: Any, **hyperparameters: Any) -> float | None:
    """Return the mean loss that a peer computes for numpy arrays, or None where it takes no such inputs."""
    values = peer_values(peer, *inputs, **hyperparameters)
    if values is None:
        return None
    weight = hyperparameters.get("weight")
    if weight is not None and values.shape == inputs[1].shape:
        # The mean over labels with class weights divides by the sum of the labels' weights.
        return float(np.sum(values) / np.sum(weight[inputs[1]]))
    return float(np.mean(values))


def _taken(loss: Loss) -> str:
    """Return the symbols of the inputs, each with its kind; equal neighbours share theirs."""
    alike = groupby(zip(loss.inputs, loss.symbols, strict=True), key=lambda each: each[0])
    return "; ".join(", ".join(f"${symbol}$" for _, symbol in group) + f": {KINDS[kind].told}" for kind, group in alike)


def _meaning(loss: Loss, name: str) -> Any:
    symbol, meaning = loss.hyperparameters[name].symbol, loss.hyperparameters[name].meaning
    usual = f"`{name}` has no default" if name in loss.asked else f"`{name}={_written(loss.defaults[name])}` by default"
    return (f"${symbol}$: " if symbol else "") + f"{meaning}; {usual}"


def _written(default: Any) -> str:
    if default == pi / 4:
        return "π/4"
    return f"{default:g}" if isinstance(default, float) else default


def _noise(loss: Loss) -> str:
    noise = loss.noise_model
    if noise is None:
        return f"none: {loss.no_noise_model}"
    if loss.has_answers and not loss.prediction.relation:
        # The densities of one answer among several call it y, also where the loss may take a distribution p.
        given = "y"
    elif loss.has_target:
        given = rf"{loss.symbols[1]} \mid {loss.symbols[0]}"
    else:
        given = "x"
    foreign = [f"`{name}`" for name in loss.hyperparameters if name not in inspect.signature(noise.scale).parameters]
    without = f" (without {' and '.join(foreign)})" if foreign else ""
    return f"{noise.name}: $q({given}) = {noise.density}${without}"


def _properties(loss: Loss) -> Any:
    yield "convex", loss.convex.text
    yield "smooth", loss.smooth.text
    yield "Lipschitz constant", loss.lipschitz.text
    if loss.proper is not None:
        yield "strictly proper", loss.proper.text


def _in_pytorch(loss: Loss) -> str:
    peers = [peer for peer in loss.peers if peer.library == "torch"]
    if not peers or peers[0].convention.startswith("none of its own"):
        return peers[0].convention if peers else "none"
    return ", ".join(f"`{peer.path}`" + ("" if peer.convention == "the same" else f" ({peer.convention})") for peer in peers)
