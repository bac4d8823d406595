"""The taxonomy as pages: the map of all losses, their comparison, identities and names elsewhere, and what checks them.

Each function makes one table or picture from the records; the notebooks of `chapters/reference/`
show them.
"""

import inspect
from collections import defaultdict
from collections.abc import Callable
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from lossbook.checks import evidence, evidence_of_peers, example, identity_errors, peer_function
from lossbook.book.figures import COLORS_AND_DASHES, figure, line
from lossbook.book.tables import Table
from lossbook.taxonomy import FAMILIES, IDENTITIES, LOSSES, Identity, Loss, loss_of

__all__ = ["Picture", "comparison", "compared", "crosswalk", "how_we_know", "identities", "links", "minimisers", "taxonomy_map"]


class Picture:
    """HTML that Jupyter shows as it is."""

    def __init__(self, html: str) -> None:
        self.html = html

    def _repr_html_(self) -> str:
        return self.html


# --- the map ---

ROW, NAMES, WIDTH = 27, 190, 400


def taxonomy_map(address: str = "../{}.ipynb", identities: str = "identities.ipynb") -> Picture:
    """Return the losses below each other, by family, with an arc for each identity between two of them.

    A name leads to its chapter, found by `address`, an arc to its row on the page of identities.
    """
    height, rows, names = 1.5 * ROW, {}, []
    for family in FAMILIES:
        losses = [loss for loss in LOSSES if loss.family == family.slug]
        if not losses:
            continue
        names.append(_name(family.title, address.format(f"{family.slug}/index"), height, "map-family"))
        for loss in losses:
            height += ROW
            rows[loss.name] = height
            names.append(_name(loss.title, address.format(loss.chapter), height, "map-loss"))
        height += 1.6 * ROW
    arcs = [_arc(identity, rows[one], rows[other], identities) for identity in IDENTITIES for one, other in [identity.losses]]
    return Picture(
        f'<svg class="map" viewBox="0 0 {WIDTH} {height - ROW:g}" role="group" aria-label="Map of the losses">'
        f"{''.join(arcs)}{''.join(names)}</svg>"
    )


def _name(title: str, address: str, y: float, kind: str) -> str:
    dot = f'<circle cx="{NAMES + 8}" cy="{y - 4:g}" r="4"/>' if kind == "map-loss" else ""
    return f'<a href="{address}" class="{kind}"><text x="{NAMES}" y="{y:g}">{escape(title)}</text>{dot}</a>'


def _arc(identity: Identity, one: float, other: float, page: str) -> str:
    top, bottom = sorted((one - 4, other - 4))
    if top == bottom:  # a loss that is a case of itself
        top, bottom = top - 7, bottom + 7
    # The longer the way, the farther out, until the picture ends.
    bulge = NAMES + 20 + (WIDTH - NAMES - 24) * 4 / 3 * (1 - 1 / (1 + (bottom - top) / 160))
    path = f"M{NAMES + 12} {top:g}C{bulge:.4g} {top:g} {bulge:.4g} {bottom:g} {NAMES + 12} {bottom:g}"
    told = escape(identity.name)
    return (
        f'<a href="{page}#{identity.slug}" class="map-link" aria-label="{told}"><title>{told}</title>'
        f'<path class="map-reach" d="{path}"/><path d="{path}"/></a>'
    )


def links() -> Any:
    """Return the map's content as a table: each loss, and what it is under which condition."""
    rows = []
    for loss in LOSSES:
        own = [identity for identity in IDENTITIES if loss.name in identity.losses]
        rows.append(
            (
                _link(loss),
                loss.summary,
                "; ".join(f'<a href="identities.ipynb#{each.slug}">{escape(each.name)}</a>' for each in own),
            )
        )
    return Table(["Loss", "In a sentence", "Identities"], rows)


# --- the comparison ---


def comparison() -> Table:
    """Return all losses and their properties at the default hyperparameters."""
    titles = {family.slug: family.title for family in FAMILIES}
    return Table(
        ["Loss", "Family", "Convex", "Smooth", "Bounded gradient", "Proper", "Likelihood"],
        [
            (
                _link(loss),
                titles[loss.family],
                _yes(loss.convex.holds(**loss.defaults)),
                _yes(loss.smooth.holds(**loss.defaults)),
                _yes(np.isfinite(loss.lipschitz.constant(**loss.defaults))),
                "–" if loss.proper is None else _yes(loss.proper.holds(**loss.defaults)),
                _yes(loss.noise_model is not None),
            )
            for loss in LOSSES
        ],
    )


def minimisers() -> Table:
    """Return what makes each loss least."""
    return Table(["Loss", "Best constant, or lowest at"], [(_link(loss), loss.minimiser.text) for loss in LOSSES])


def compared() -> Any:
    """Return a figure for each axis that two losses or more can be drawn on, the first three of them shown."""
    by_axis = defaultdict(list)
    for loss in LOSSES:
        by_axis[loss.curve.label].append(loss)
    return [_on_one_axis(label, losses) for label, losses in by_axis.items() if len(losses) > 1]


def _on_one_axis(label: str, losses: list[Loss]) -> go.Figure:
    low, high = max(loss.curve.low for loss in losses), min(loss.curve.high for loss in losses)
    x = np.linspace(low, high, 81)
    curves = [
        line(x, loss.curve.of(x), loss.title, color, dash=dash, visible=True if number < 3 else "legendonly")
        for number, (loss, (color, dash)) in enumerate(zip(losses, COLORS_AND_DASHES, strict=False))
    ]
    values = [f"{loss.title} from {np.min(loss.curve.of(x)):.2g} to {np.max(loss.curve.of(x)):.2g}" for loss in losses]
    return figure(
        *curves, x=label, y="loss",
        alt=f"Losses against the {label}, from {low:.3g} to {high:.3g}: {', '.join(values)}. The buttons show and hide each.",
    )  # fmt: skip


# --- the identities ---


def identities() -> Any:
    """Return each identity with both sides drawn, and the largest difference found between them."""
    rows = []
    for identity in IDENTITIES:
        value, gradient = identity_errors(identity)
        chapters = dict.fromkeys(_link(loss_of(name)) for name in identity.losses)
        where = "" if identity.condition == "always" else f" <br> where ${identity.condition}$"
        rows.append(
            (
                f'<span id="{identity.slug}"></span>{identity.name} <br> ${identity.formula}${where}',
                _both_sides(identity),
                f"{_short(value)}<br>{_short(gradient)}",
                "<br>".join(chapters),
            )
        )
    return Table(["Identity", "Both sides", "Largest difference in values, gradients", "Chapters"], rows)


def _both_sides(identity: Identity, width: float = 120, height: float = 64) -> str:
    """Return an SVG of the general side, broad, and the special one on it, along a line of inputs."""
    t = np.linspace(-3, 3, 61)
    first, *rest = example(identity, (61,), seed=1)
    rest = [
        each if kind.shared else np.broadcast_to(each[:1], each.shape)
        for each, kind in zip(rest, identity.kinds[1:], strict=True)
    ]
    moved = t if first.ndim == 1 else np.stack([t, *(0 * t for _ in range(first.shape[-1] - 1))], axis=-1)
    sides = [np.asarray(side(moved, *rest)) for side in (identity.general, identity.special)]
    low, high = min(0.0, *map(np.min, sides)), max(map(np.max, sides))

    def points(values: Any) -> str:
        rows = height - 3 - (values - low) / (high - low) * (height - 6)
        return " ".join(f"{x:.4g},{y:.4g}" for x, y in zip((t + 3) / 6 * width, rows, strict=True))

    return (
        f'<svg class="both-sides" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="Both sides, one on the other">'
        f'<polyline class="general" points="{points(sides[0])}"/><polyline points="{points(sides[1])}"/></svg>'
    )


# --- other libraries, and the checks ---

LIBRARIES = {
    "torch": "PyTorch",
    "sklearn": "scikit-learn",
    "keras": "Keras",
    "pytorch_metric_learning": "pytorch-metric-learning",
}


def crosswalk() -> Table:
    """Return each loss in each library: how it is called there, what differs, and how far it is from ours."""
    rows = []
    for loss in LOSSES:
        found = {each.against: each for each in evidence_of_peers(loss)}
        for peer in loss.everywhere:
            name = f"`{peer.path}`"
            difference = _short(found[name].error) if name in found else "not installed"
            arguments = _arguments(peer_function(peer)) if name in found else ""
            rows.append(
                (_link(loss), LIBRARIES.get(peer.library, peer.library), f"{name}{arguments}<br>{peer.convention}", difference)
            )
    return Table(["Loss", "Library", "Name, arguments, convention", "Largest difference"], rows)


def _arguments(function: Callable[..., Any]) -> str:
    """Return a function's arguments and defaults on a line of their own, without those kept for old code only."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # built into the library in C
        return ""
    told = [
        p.name if p.default is p.empty else f"{p.name}={p.default!r}"
        for p in parameters
        if p.name not in ("size_average", "reduce")
    ]
    return "<br>" + " ".join(f"`{each}`" for each in told)


def how_we_know() -> Any:
    """Return what checks each loss, on how many inputs, with the largest error found."""
    return Table(
        ["Loss", "Checked by", "Against", "Inputs", "Largest error"],
        [
            (_link(loss), each.check, each.against, f"{each.inputs:,}".replace(",", " "), _short(each.error))
            for loss in LOSSES
            for each in evidence(loss)
        ],
    )


def _link(loss: Loss) -> str:
    return f"[{loss.title}](../{loss.chapter}.ipynb)"


def _short(error: float) -> str:
    return f"{error:.0e}" if error else "0"


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"
