"""What `benchmarks/losses.py` measured, as tables and figures: each loss beside its peers, and how time and memory grow.

The numbers are in `speed.json`, which a run of the benchmarks writes and nobody else.
"""

import json
import re
from functools import cache
from itertools import cycle, groupby
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go

from lossbook.book.figures import BLUE, COLORS_AND_DASHES, GREY, ORANGE, figure, line, points
from lossbook.book.tables import Table
from lossbook.taxonomy import LOSSES, loss_of

__all__ = [
    "beside_peers", "beside_pytorch", "growth", "growth_in_strips", "in_strips", "memory", "of_a_mask", "of_small_inputs",
    "of_the_run", "slower",
]  # fmt: skip

MEASURED = Path(__file__).with_name("speed.json")

# What is held to be fast: the ratio of our time to a peer's, on large inputs.
GOALS = {"eager": 3.0, "compiled": 1.0}

# Why losses miss a goal, and in which way: one sentence for all with the same reason.
REASONS: dict[str, tuple[tuple[str, str], ...]] = {
    "Each line is a trip through memory, and backward doubles them; the peer is one loop, written or compiled for this loss.": (
        ("mse_loss", "eager"), ("huber_loss", "eager"), ("smooth_l1_loss", "eager"),
        ("binary_cross_entropy_with_logits", "eager"), ("kl_divergence", "eager"), ("hinge_loss", "eager"),
        ("pairwise_hinge_loss", "eager"), ("minimum_risk_loss", "eager"),
    ),
    "Forward alone is so quick that the entry into a compiled function counts; PyTorch's own, compiled too, is hardly faster.": (
        ("mse_loss", "compiled"), ("huber_loss", "compiled"), ("smooth_l1_loss", "compiled"),
    ),
    "It picks one number of each row, which takes microseconds: what counts is the check of the labels, and compiled, the entry into the function.": (
        ("nll_loss", "eager"), ("nll_loss", "compiled"),
    ),
    "For backward the compiler works out a row's factor anew at each of its classes.": (("focal_loss", "compiled"),),
    "For backward the compiler keeps the side of the kink, or the place of the largest score, as booleans, and the code it makes to write them is slow (below); PyTorch's functions, compiled too, wait as long.": (
        ("hinge_loss", "compiled"), ("multiclass_hinge_loss", "compiled"),
    ),
    "Its lengths are right at any scale, because a compiled one is taken in units of the largest entry: for backward, that is one more array of all the vectors.": (
        ("triplet_margin_loss", "compiled"),
    ),
    "Sixteen lists take a fraction of a millisecond: what counts is the check of the grades, and compiled, the entry into the function.": (
        ("list_net_loss", "eager"), ("list_net_loss", "compiled"),
        ("listwise_softmax_loss", "eager"), ("listwise_softmax_loss", "compiled"),
    ),
    "The peer makes the forces by its own formula, in C++ and for no other loss, and leaves out the pairs of equal grades, where a square of all pairs is made here.": (
        ("lambda_rank_loss", "eager"), ("lambda_rank_loss", "compiled"),
    ),
    "One step after the other, each of a few small arrays, and backward as many again: the peer in C++ is one loop, and JAX compiles one step and repeats it; in JAX, both compiled, forward is the faster one here.": (
        ("ctc_loss", "eager"), ("ctc_loss", "compiled"),
    ),
}  # fmt: skip


@cache
def measured() -> Any:
    """Return the last run's results."""
    return json.loads(MEASURED.read_text(encoding="utf-8"))


def of_the_run() -> str:
    """Return in a sentence when and on what the numbers were measured."""
    run = measured()
    seen = {row["loss"] for row in run["times"]}
    missing = ", ".join(loss.title for loss in LOSSES if loss.name not in seen)
    days = " and ".join(sorted(set(run["when"].values())))
    return (
        f"Measured on {days} with torch {run['torch']} and jax {run['jax']}, "
        f"{run['threads']} threads of an {run['processor']} processor, in {run['rounds']} alternating rounds."
        + (f" Not measured yet: {missing}." if missing else "")
    )


def _link(name: str) -> str:
    loss = loss_of(name)
    return f"[{loss.title}](../{loss.chapter}.ipynb)"


def _large(row: Any) -> bool:
    """Return whether a row is of the larger of the two sizes that its loss was measured at."""
    counts = [np.prod(each["shape"]) for each in measured()["times"] if each["loss"] == row["loss"]]
    return bool(np.prod(row["shape"]) == max(counts))


def _size(row: Any) -> str:
    # No line breaks inside.
    return "\u00a0×\u00a0".join(f"{side:,}".replace(",", "\u00a0") for side in row["shape"])


def _peer(row: Any) -> tuple[str, str]:
    """Return the library of a row's peer, and the name of the function in it."""
    path, _, jit = row["peer"].partition(", ")
    library, name = path.split(".")[0].replace("_", "-"), path.split(".")[-1]
    # A long name may break after each word of it.
    return f"{library} ({jit})" if jit else library, re.sub(r"(?<=_)|(?<=[a-z])(?=[A-Z])", "\u200b", name)


def _ratio(quartiles: Any) -> str:
    # What is far below 1 keeps a digit.
    return f"{quartiles[1]:.{2 if quartiles[1] >= 0.01 else 3}f}" if quartiles else "–"


def _seconds(value: float) -> str:
    return f"{1e3 * value:.3g} ms" if value >= 1e-3 else f"{1e6 * value:.3g} µs"


def of_small_inputs() -> str:
    """Return in a sentence how long a compiled loss takes on the smaller of its sizes, forward, and PyTorch beside it."""
    rows = [
        row
        for row in measured()["times"]
        if row["shape"] == [1000] and row["pass"] == "forward" and row["peer"].startswith("torch.")
    ]
    theirs = [row["seconds"] for row in rows]
    ours = [row["seconds"] * row["compiled"][1] for row in rows]
    return (
        f"A thousand numbers take the compiled losses {_seconds(min(ours))} to {_seconds(max(ours))} forward, "
        f"whatever the formula, and PyTorch's functions {_seconds(min(theirs))} to {_seconds(max(theirs))}: "
        "it is the entry into a compiled function that takes its time."
    )


def of_a_mask() -> str:
    """Return in a sentence how long a compiled function takes to write booleans, and as many floats."""
    mask = measured()["mask"]
    return (
        "As for the kink: which of a million numbers are positive, a compiled function writes "
        f"in {_seconds(mask['booleans'])} as booleans, and in {_seconds(mask['floats'])} as floats, which are four times as large."
    )


# --- beside the peers ---


def beside_pytorch() -> go.Figure:
    """Return a figure of each loss' time over that of its counterpart in PyTorch: large inputs, forward and backward."""
    rows = [
        row
        for row in measured()["times"]
        if row["peer"].startswith("torch.") and _large(row) and row["pass"] == "forward and backward"
    ]
    rows = [next(same) for _, same in groupby(rows, key=lambda row: row["loss"])][::-1]
    titles, heights = [loss_of(row["loss"]).title for row in rows], np.arange(len(rows))
    ratios = {way: np.asarray([row[way][1] for row in rows]) for way in ("eager", "compiled")}
    told = ", ".join(
        f"{title} {eager:.2g} and {compiled:.2g}" for title, eager, compiled in zip(titles, *ratios.values(), strict=True)
    )
    made = figure(
        line([1, 1], [-0.7, len(rows) - 0.3], "as fast as PyTorch", GREY, dash="dash"),
        points(ratios["eager"], heights, "eager", BLUE, size=10),
        points(ratios["compiled"], heights, "compiled", ORANGE, symbol="diamond", size=10),
        x="time / PyTorch's", y="", y_range=(-0.7, len(rows) - 0.3), height=80 + 26 * len(rows),
        alt=f"Time of each loss as a multiple of its counterpart's in PyTorch, eager and compiled: {told}.",
    )  # fmt: skip
    made.update_xaxes(type="log", tickvals=[0.01, 0.1, 1, 10], ticktext=["0.01", "0.1", "1", "10"], tickangle=0)
    made.update_yaxes(tickvals=heights.tolist(), ticktext=titles)
    return made


def beside_peers() -> Table:
    """Return each loss beside each peer: two sizes, forward alone and with backward."""
    return Table(
        ["Loss", "Library", "Function", "Size", "Pass", "Its time", "Eager", "Compiled", "Both compiled"],
        [
            (
                _link(row["loss"]),
                *_peer(row),
                _size(row),
                "both" if row["pass"] == "forward and backward" else row["pass"],
                _seconds(row["seconds"]),
                _ratio(row["eager"]),
                _ratio(row["compiled"]),
                _ratio(row["both compiled"]),
            )
            for row in measured()["times"]
        ],
    )


def memory() -> Table:
    """Return what a pass forward and backward adds to the process at its highest, beside the peers on torch."""
    return Table(
        ["Loss", "Library", "Function", "Size", "Its peak", "Eager", "Compiled"],
        [
            (
                _link(row["loss"]),
                *_peer(row),
                _size(row),
                f"{row['bytes'] / 1e6:.3g} MB",
                *(f"{row[way]:.2f}" if row[way] else "–" for way in ("eager", "compiled")),
            )
            for row in measured()["memory"]
        ],
    )


def misses() -> Any:
    """Yield the rows of large inputs that miss a goal by more than the rounds differ, with the way in which they do."""
    for row in measured()["times"]:
        for way, goal in GOALS.items():
            if _large(row) and row[way] and row[way][0] > goal:
                yield row, way


def slower() -> str:
    """Return where the book is slower than it set out to be, by how much at most, and why: a list, an item for each reason."""
    worst: dict[Any, float] = {}
    for row, way in misses():
        key = row["loss"], way
        worst[key] = max(worst.get(key, 0), row[way][1])
    items = []
    for why, names in REASONS.items():
        found = {way: [f"{_link(n)} {worst[n, w]:.2f}\u00a0×" for n, w in names if w == way and (n, w) in worst] for way in GOALS}
        told = [f"*{way.capitalize()}:* {', '.join(losses)}." for way, losses in found.items() if losses]
        items += [f"- {' '.join(told)} {why}"] if told else []
    return "\n".join(items)


# --- growth ---


def growth() -> list[go.Figure]:
    """Return how time and memory grow: a figure of the losses of numbers, one of those of a batch of rows."""
    by_loss = {name: list(rows) for name, rows in groupby(measured()["growth"], key=lambda row: row["loss"])}
    of_numbers = {name: rows for name, rows in by_loss.items() if len(rows[0]["shape"]) == 1}
    of_rows = {name: rows for name, rows in by_loss.items() if name not in of_numbers}
    return [_grown(of_numbers, "numbers in the batch"), _grown(of_rows, "rows in the batch")]


def _slope(counts: Any, values: Any) -> float:
    """Return the exponent with which values grow over the last three counts."""
    return float(np.polyfit(np.log(counts[-3:]), np.log(values[-3:]), 1)[0])


def _grown(by_loss: dict[str, Any], axis: str) -> go.Figure:
    traces, told = [], []
    for number, ((name, rows), (color, dash)) in enumerate(zip(by_loss.items(), cycle(COLORS_AND_DASHES))):
        counts = [row["shape"][0] for row in rows]
        seconds, megabytes = [row["seconds"] for row in rows], [row["bytes"] / 1e6 for row in rows]
        label = f"{loss_of(name).title}: {_slope(counts, seconds):.1f}"
        told.append(f"{label} ({_seconds(seconds[0])} to {_seconds(seconds[-1])}, at last {megabytes[-1]:.3g} MB)")
        seen = True if number < 3 else "legendonly"
        traces.append(line(counts, np.multiply(seconds, 1e3), label, color, dash=dash, legendgroup=name, visible=seen))
        traces.append(
            line(counts, megabytes, label, color, dash=dash, row=2, legendgroup=name, showlegend=False, visible=seen)
        )  # fmt: skip
    made = figure(
        *traces, x=axis, y=["milliseconds", "megabytes"], height=560,
        alt=f"Time and peak memory of a pass forward and backward against the {axis}, with the exponent "
        f"with which time grows: {'; '.join(told)}. The buttons show and hide each.",
    )  # fmt: skip
    made.update_xaxes(type="log", dtick=1)
    made.update_yaxes(type="log", dtick=1)
    return made


# --- in strips ---


# What a phone has room for.
BESIDE_STRIPS = {
    "all at once": "all at once",
    "torch.nn.functional.cross_entropy": "PyTorch",
    "torch.nn.functional.linear_cross_entropy, chunked": "PyTorch, chunked",
}


def in_strips() -> Table:
    """Return what losses take in strips beside the same matrix held at once: time and peak memory, as multiples of the latter."""
    rows = []
    for task, group in groupby(measured()["strips"]["tasks"], key=lambda row: row["task"]):
        ours, *others = group
        rows += [
            (task, BESIDE_STRIPS[other["name"]], ours["seconds"] / other["seconds"], ours["bytes"] / other["bytes"])
            for other in others
        ]
    return Table(["Loss", "Beside", "Time", "Memory"], rows, ".2g")


def growth_in_strips() -> go.Figure:
    """Return how InfoNCE's memory grows with the batch, in strips and with all pairs at once."""
    traces, told = [], []
    styles = {"strips": (BLUE, "solid"), "all at once": (ORANGE, "dash")}
    for name, (color, dash) in styles.items():
        rows = [row for row in measured()["strips"]["growth"] if row["name"] == name]
        batches, megabytes = [row["batch"] for row in rows], [row["bytes"] / 1e6 for row in rows]
        traces.append(line(batches, megabytes, name, color, dash=dash, marker={"color": color, "size": 7}))
        traces[-1].mode = "lines+markers"
        told.append(f"{name}, from {megabytes[0]:.3g} MB at {batches[0]:,} pairs to {megabytes[-1]:,.0f} MB at {batches[-1]:,}")
    made = figure(
        *traces, x="pairs in the batch", y="megabytes",
        alt=f"Peak memory of InfoNCE forward and backward against the batch, both axes logarithmic: {'; '.join(told)}.",
    )  # fmt: skip
    shown = sorted({row["batch"] for row in measured()["strips"]["growth"]})
    made.update_xaxes(type="log", tickvals=shown, ticktext=[f"{each:,}" for each in shown])
    made.update_yaxes(type="log", dtick=1)
    return made
