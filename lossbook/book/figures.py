"""The book's figures: plotly, with one palette, an alternative text, and at most one slider.

A chapter builds a figure from traces (`line`, `points`, `bars`) with `figure`, which insists on
an alternative text. `with_slider` makes a figure out of a function of one parameter. Only
scatter and bar traces are used: the website then needs plotly's smallest bundle.
"""

from collections.abc import Callable, Sequence
from textwrap import fill
from typing import Any

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio
from numpy.typing import NDArray
from plotly.io.base_renderers import MimetypeRenderer
from plotly.subplots import make_subplots

from lossbook.taxonomy import loss_of

__all__ = [
    "BLUE", "ORANGE", "GREEN", "RED", "PURPLE", "GREY", "COLORS_AND_DASHES",
    "bars", "figure", "gradient", "line", "loss_and_gradient", "points", "with_slider", "words",
]  # fmt: skip

# Each has a contrast of at least 3 : 1 on the light page and on the dark one (tested), and
# differs from the others for colour-blind readers in lightness or by the dash it comes with.
BLUE = "#2f7fd0"
ORANGE = "#c46a08"
GREEN = "#1f8f5f"
RED = "#d0475a"
PURPLE = "#8f63cf"
GREY = "#7b8490"

# For many curves in one figure: neighbours differ in both, and no two of the thirty are alike.
COLORS_AND_DASHES = [
    ((BLUE, ORANGE, GREEN, RED, PURPLE, GREY)[number % 6], ("solid", "dash", "dot", "dashdot", "longdash")[number % 5])
    for number in range(30)
]

FRAME = 200  # milliseconds of a film's frame


class Words(MimetypeRenderer):  # type: ignore[misc]
    """Lets a figure leave its alternative text where nothing can draw it: a notebook as a plain page, say."""

    def to_mimebundle(self, fig_dict: dict[str, Any]) -> dict[str, str]:
        alt = fig_dict["layout"].get("meta", {}).get("alt")
        return {"text/plain": fill(f"Figure. {alt}", 76)} if alt else {}


pio.renderers["words"] = Words()
pio.renderers.default = "+".join(filter(None, [pio.renderers.default, "words"]))


def line(
    x: Any, y: Any, name: str, color: str = BLUE, *, dash: str = "solid", fill: str | None = None, row: int = 1, **trace: Any
) -> go.Scatter:
    """Return a curve. `fill="tozeroy"` shades the area under it; `row` is its panel."""
    return go.Scatter(
        x=_rounded(x), y=_rounded(y), name=name, mode="lines", fill=fill,
        line={"color": color, "dash": dash, "width": 2.5}, meta={"row": row}, **trace,
    )  # fmt: skip


def points(
    x: Any, y: Any, name: str, color: str = BLUE, *, symbol: str = "circle", size: float = 7, row: int = 1, **trace: Any
) -> go.Scatter:
    """Return a cloud of points; `row` is its panel."""
    marker = {"color": color, "symbol": symbol, "size": size, "line": {"width": 0}}
    return go.Scatter(
        x=_rounded(x), y=_rounded(y), name=name, mode="markers", marker=marker,
        meta={"row": row}, **trace,
    )  # fmt: skip


def bars(x: Any, y: Any, name: str, color: str = BLUE, *, row: int = 1, **trace: Any) -> go.Bar:
    """Return bars; x may be labels or numbers, `row` is the panel."""
    x = list(x) if isinstance(x[0], str) else _rounded(x)
    return go.Bar(x=x, y=_rounded(y), name=name, marker={"color": color}, meta={"row": row}, **trace)


def words(x: Any, y: Any, text: Any, name: str, color: str = BLUE, *, size: float = 13, row: int = 1, **trace: Any) -> go.Scatter:
    """Return short texts, each at its point; `row` is the panel."""
    return go.Scatter(
        x=_rounded(x), y=_rounded(y), text=list(text), name=name, mode="text",
        textfont={"color": color, "size": size}, meta={"row": row}, **trace,
    )  # fmt: skip


def figure(*traces: Any, x: Any, y: Any, alt: str, x_range: Any = None, y_range: Any = None, height: int = 420) -> go.Figure:
    """Return a figure of traces with titled axes and an alternative text.

    Parameters
    ----------
    traces : traces made by `line`, `points`, `bars`, `words`
    x : str
        The horizontal axis' title.
    y : str, or one per panel
        The vertical axis' title; several make as many panels, one below the other.
    alt : str
        What the figure shows, its shape and its numbers, for somebody who cannot see it.
    x_range, y_range : (low, high), optional
        Fixed axes; y_range one per panel where there are several.
    height : int
        In pixels.
    """
    if not alt.strip():
        raise ValueError("alt must say what the figure shows, got an empty text")
    titles = [y] if isinstance(y, str) else list(y)
    ranges = [y_range] if isinstance(y, str) else list(y_range or [None] * len(titles))
    made = make_subplots(rows=len(titles), shared_xaxes=True, vertical_spacing=0.08)
    for trace in traces:
        made.add_trace(trace, row=trace.meta["row"], col=1)
    for row, (title, bounds) in enumerate(zip(titles, ranges, strict=True), start=1):
        made.update_yaxes(title_text=title, range=bounds, row=row, col=1)
    made.update_xaxes(range=x_range)
    made.update_xaxes(title_text=x, row=len(titles), col=1)
    made.update_layout(
        meta={"alt": " ".join(alt.split())},
        height=height,
        template="plotly_white",
        margin={"l": 60, "r": 16, "t": 24, "b": 48},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        showlegend=len(traces) > 1,
    )
    return made


def with_slider(
    draw: Callable[..., Any], values: Sequence[Any], *, name: str, start: Any, label: str = "{:g}", play: bool = False
) -> go.Figure:
    """Return the figure `draw(start)` with a slider over `values` that swaps in `draw(value)`.

    Parameters
    ----------
    draw : function of one value that returns a `figure`
        Each figure must have the same traces in the same order.
    values : sequence
        The slider's stops; `start` is one of them.
    name : str
        The parameter's name or symbol, as the slider shows it.
    start : the value shown first
    label : str
        How a value is written, as a format.
    play : bool
        Whether buttons run the slider through its values, as a film.
    """
    labels = [label.format(value) for value in values]
    if start not in list(values):
        raise ValueError(f"start must be one of the slider's values {list(values)}, got {start!r}")
    first = draw(start)
    drawn = [draw(value) for value in values]
    moving = any(d.layout.annotations != first.layout.annotations for d in drawn)
    moves = [_moving(versions) for versions in zip(*(d.data for d in drawn), strict=True)]
    first.frames = [
        go.Frame(
            name=text,
            data=[
                {"type": trace.type, **{key: trace[key] for key in keys}} for trace, keys in zip(each.data, moves, strict=True)
            ],
            layout={"annotations": each.layout.annotations} if moving else None,
        )
        for text, each in zip(labels, drawn, strict=True)
    ]
    redraw = moving or any(trace.type == "bar" for trace in first.data)
    how = {"mode": "immediate", "frame": {"duration": 0, "redraw": redraw}, "transition": {"duration": 0}}
    first.update_layout(
        sliders=[{
            "active": list(values).index(start),
            "currentvalue": {"prefix": f"{name} = "},
            "pad": {"t": 44},
            "steps": [{"label": text, "method": "animate", "args": [[text], how]} for text in labels],
        }],
        meta={"alt": f"{first.layout.meta['alt']} A slider moves {name} from {labels[0]} to {labels[-1]}."},
    )  # fmt: skip
    if play:
        film = {**how, "fromcurrent": True, "frame": {"duration": FRAME, "redraw": redraw}}
        buttons = [("Play", [None, film]), ("Pause", [[None], how])]
        first.update_layout(updatemenus=[{
            "type": "buttons", "direction": "left", "x": 0, "y": -0.1, "yanchor": "top",
            "buttons": [{"label": text, "method": "animate", "args": args} for text, args in buttons],
        }])  # fmt: skip
        # In a notebook the slider stands to the right of the buttons.
        first.update_layout(sliders=[{**first.layout.sliders[0].to_plotly_json(), "x": 0.25, "len": 0.75}])
    return first


def gradient(function: Callable[..., Any], y_hat: Any, *others: Any, **hyperparameters: Any) -> NDArray[Any]:
    """Return the loss' gradient in the prediction, its first input, at each of the numpy values, by torch's autograd."""
    import torch

    prediction = torch.tensor(np.asarray(y_hat, dtype=np.float64), requires_grad=True)
    rest = [torch.tensor(np.asarray(each)) for each in others]
    settings = {
        name: torch.as_tensor(value) if isinstance(value, np.ndarray) else value for name, value in hyperparameters.items()
    }
    (slope,) = torch.autograd.grad(function(prediction, *rest, reduction="sum", **settings), prediction)
    return slope.numpy()


def loss_and_gradient(
    function: Callable[..., Any], *, alt: str, values: Any = None, start: Any = None, span: float = 3.0
) -> go.Figure:
    """Return a loss and its gradient against the residual, one panel each.

    With `values`, a slider moves the loss' only hyperparameter over them, from `start`.
    """
    loss = loss_of(function)
    # An even number of points leaves out r = 0, where a gradient may jump.
    r = np.linspace(-span, span, 120)
    zero = np.zeros_like(r)

    def draw(value: Any = None) -> go.Figure:
        hyperparameters = {} if value is None else dict.fromkeys(loss.hyperparameters, value)
        slope = gradient(function, r, zero, **hyperparameters)
        return figure(
            line(r, function(r, zero, reduction="none", **hyperparameters), "loss", BLUE),
            line(r, slope, "gradient", ORANGE, dash="dash", row=2),
            x="residual r = ŷ − y", y=("loss", "gradient"), alt=alt, height=480,
            x_range=(-span, span),
        )  # fmt: skip

    if values is None:
        return draw()
    (hyperparameter,) = loss.hyperparameters
    shown = draw(max(values, key=lambda v: np.max(function(r, zero, reduction="none", **{hyperparameter: v}))))
    made = with_slider(draw, values, name=_greek(hyperparameter), start=start)
    # One scale for all stops, or the eye would compare curves drawn to different rulers.
    for row in (1, 2):
        highest = max(max(trace.y) for trace in shown.data if trace.meta["row"] == row)
        made.update_yaxes(range=(-1.05 * highest if row == 2 else -0.05 * highest, 1.05 * highest), row=row)
    return made


def _greek(name: str) -> str:
    return {"alpha": "α", "beta": "β", "delta": "δ", "gamma": "γ", "sigma": "σ", "tau": "τ"}.get(name, name)


def _rounded(values: Any) -> list[float]:
    """Return plain numbers of four digits: a figure then weighs a third, and looks the same."""
    return [float(f"{value:.4g}") for value in np.asarray(values, dtype=np.float64).ravel()]


def _moving(versions: Any) -> list[str]:
    """Return the keys of a trace that are not the same in all its versions, for a slider's frames."""
    plain = [version.to_plotly_json() for version in versions]
    keys = dict.fromkeys(key for version in plain for key in version)
    return [key for key in keys if any(version.get(key) != plain[0].get(key) for version in plain)]
