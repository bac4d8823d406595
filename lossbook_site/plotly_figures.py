"""Plotly figures as HTML: the data for the page script, and native controls around the drawing.

Plotly draws its sliders, buttons and legend as SVG, which neither the keyboard nor a screen
reader can reach. So they leave the figure here and become the elements that HTML has for them;
`figures.js` connects them to the same Plotly calls the figure makes in a notebook.
"""

import hashlib
import json
import os
from html import escape

from docutils import nodes
from sphinx.errors import SphinxError

MIME = "application/vnd.plotly.v1+json"
TRACE_TYPES = {"scatter", "bar"}  # what the basic bundle of plotly.js draws
DASHES = {"dot": "2 4", "dash": "6 5", "longdash": "15 6", "dashdot": "9 4 2 4"}  # each at least twice in a sample
# Plotly's marker symbols as SVG paths around (14, 6); whatever is not here is shown as a disc.
SYMBOLS = {
    "x": "M10 3.5 11.5 2 14 4.5 16.5 2 18 3.5 15.5 6 18 8.5 16.5 10 14 7.5 11.5 10 10 8.5 12.5 6Z",
    "square": "M10 2h8v8h-8Z",
    "diamond": "M14 1 19 6 14 11 9 6Z",
}
DISC = "M10 6a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z"
DEFAULT_HEIGHT = 420
LONG = 15  # steps of a slider: beyond, a finger on a phone needs buttons beside it


class FigureError(SphinxError):
    category = "Figure error"


def check(figure, place):
    """Raise a FigureError where the website could not show the figure, or not to everybody."""
    layout = figure["layout"]
    if not (layout.get("meta") or {}).get("alt"):
        raise FigureError(f"{place}: the figure has no alternative text in layout.meta.alt")
    for trace in figure["data"]:
        if trace.get("type", "scatter") not in TRACE_TYPES:
            raise FigureError(
                f"{place}: the website draws traces of type {', '.join(sorted(TRACE_TYPES))}, "
                f"not {trace['type']!r} (plotly.js's basic bundle)"
            )
    for slider in layout.get("sliders", ()):
        if not slider.get("currentvalue", {}).get("prefix"):
            raise FigureError(f"{place}: the slider has no name in currentvalue.prefix")


def sample(trace):
    """Return an SVG sample of a trace: its colour, dash and shape."""
    line, marker = trace.get("line", {}), trace.get("marker", {})
    if trace.get("type") == "bar":
        shape = f'<rect x="8" y="1" width="12" height="10" fill="{marker.get("color")}"/>'
    elif trace.get("mode") == "markers":
        symbol, color = marker.get("symbol", "circle"), marker.get("color")
        ink = f'fill="none" stroke="{color}" stroke-width="2"' if symbol.endswith("-open") else f'fill="{color}"'
        shape = f'<path d="{SYMBOLS.get(symbol, DISC)}" {ink}/>'
    elif trace.get("mode") == "text":
        shape = f'<text x="14" y="11" text-anchor="middle" font-size="13" fill="{trace["textfont"]["color"]}">a</text>'
    else:
        dash = DASHES.get(line.get("dash"), "none")
        shape = f'<path d="M1 6h42" stroke="{line.get("color")}" stroke-width="2.5" stroke-dasharray="{dash}"/>'
        return f'<svg width="44" height="12" aria-hidden="true">{shape}</svg>'
    return f'<svg width="28" height="12" aria-hidden="true">{shape}</svg>'


def legend(figure):
    """Return a button for each named trace or group of traces; pressed means shown."""
    entries = {}
    for index, trace in enumerate(figure["data"]):
        key = trace.get("legendgroup") or index
        if key in entries:
            entries[key][1].append(index)
        elif trace.get("name") and trace.get("showlegend", True):
            entries[key] = (trace, [index])
    if len(entries) < 2 or figure["layout"].get("showlegend") is False:
        return ""
    buttons = "".join(
        f'<button type="button" data-traces="{attribute(traces)}" '
        f'aria-pressed="{json.dumps(trace.get("visible", True) is True)}">'
        f"{sample(trace)}{escape(trace['name'])}</button>"
        for trace, traces in entries.values()
    )
    return f'<div class="plot-legend" role="group" aria-label="Shown in the figure">{buttons}</div>'


def call(step):
    """Return the Plotly call behind a slider's step or a button: its method and arguments."""
    return [step["method"], *step["args"]]


def attribute(value):
    """Return a value as JSON, fit for an HTML attribute in double quotes."""
    return escape(json.dumps(value, separators=(",", ":"), ensure_ascii=False))


def slider(settings, name):
    """Return a range input whose positions are the slider's steps."""
    steps, active = settings["steps"], settings.get("active", 0)
    label = escape(steps[active]["label"])
    calls = attribute([[step["label"], call(step)] for step in steps])
    back, on = (
        f'<button type="button" class="plot-step" data-step="{step}" aria-label="{words}">{sign}</button>'
        if len(steps) > LONG
        else ""
        for step, words, sign in ((-1, "One step back", "‹"), (1, "One step on", "›"))
    )
    return (
        f'<div class="plot-slider">'
        f'<label for="{name}">{escape(settings["currentvalue"]["prefix"].strip())}</label>'
        f'<output for="{name}">{label}</output>'
        f'{back}<input type="range" id="{name}" max="{len(steps) - 1}" value="{active}" '
        f'aria-valuetext="{label}" data-steps="{calls}" autocomplete="off">{on}</div>'
    )


def menu(settings):
    """Return the buttons of a menu: those that animate, or those of which one is pressed."""
    animates = all(button["method"] == "animate" for button in settings["buttons"])
    active = settings.get("active", 0)
    buttons = "".join(
        f'<button type="button" data-call="{attribute(call(button))}"'
        + ("" if animates else f' aria-pressed="{json.dumps(position == active)}"')
        + f">{escape(button['label'])}</button>"
        for position, button in enumerate(settings["buttons"])
    )
    return f'<div class="{"plot-player" if animates else "plot-choice"}">{buttons}</div>'


def canvas_height(layout):
    """Take the height out of a layout and return it as CSS: no more than a drawing true to scale needs."""
    height = layout.pop("height", DEFAULT_HEIGHT)
    x, y, margin = layout.get("xaxis", {}), layout.get("yaxis", {}), layout.get("margin", {})
    if "scaleanchor" not in y or "range" not in x or "range" not in y:
        return f"{height}px"
    (left, right), (bottom, top) = x["range"], y["range"]
    ratio = abs(top - bottom) / abs(right - left)
    beside, above = margin["l"] + margin["r"], margin["t"] + margin["b"]
    return f"min({height}px, (100cqw - {beside}px) * {ratio:.4g} + {above}px)"


def html(figure, place):
    """Return the figure's HTML; its id depends on its content only."""
    check(figure, place)
    layout = dict(figure["layout"])
    controls = [menu(settings) for settings in layout.pop("updatemenus", ())]
    sliders = layout.pop("sliders", ())
    alt = escape(layout.pop("meta")["alt"])
    height = canvas_height(layout)
    for name, axis in layout.items():
        # Left to itself, plotly writes 2 to 9 between the powers of ten, and over them.
        if name[1:5] == "axis" and axis.get("type") == "log" and "tickvals" not in axis:
            layout[name] = {"dtick": "D2", **axis}
    # The page script brings a template for each colour scheme.
    for dropped in ("template", "width", "legend"):
        layout.pop(dropped, None)
    drawn = {"data": figure["data"], "layout": {**layout, "showlegend": False}}
    if figure.get("frames"):
        drawn["frames"] = figure["frames"]
    data = json.dumps(drawn, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")
    name = "figure-" + hashlib.sha256(data.encode()).hexdigest()[:10]
    controls += [slider(settings, f"{name}-{i}") for i, settings in enumerate(sliders)]
    return (
        f'<figure class="plot" id="{name}" aria-label="Interactive figure" '
        f'aria-describedby="{name}-alt">{legend(figure)}'
        f'<div class="plot-canvas" aria-hidden="true" style="height:{height}"></div>'
        f'<div class="plot-controls">{"".join(controls)}</div>'
        f'<p class="visually-hidden" id="{name}-alt">{alt}</p>'
        f"<noscript><p>{alt}</p></noscript>"
        f'<script type="application/json">{data}</script></figure>'
    )


class PlotlyRenderer:
    """Renders plotly's mime type for myst-nb (an entry point in pyproject.toml)."""

    mime_priority_overrides = (("*", MIME, 1),)

    @staticmethod
    def handle_mime(renderer, data, inline):
        if inline or data.mime_type != MIME:
            return None
        place = f"{renderer.source}, cell {data.cell_index}"
        return [nodes.raw(text=html(data.content, place), format="html")]


def setup(app):
    # For the kernels, which inherit it: figures as data, without a copy of plotly.js.
    os.environ["PLOTLY_RENDERER"] = "plotly_mimetype"
