"""The taxonomy as pages: the map of all losses, their comparison, identities and names elsewhere, and what checks them.

Each function makes one table or picture from the records; the notebooks of `chapters/reference/`
show them.
"""

from collections import defaultdict
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from lossbook.checks import Evidence, evidence, evidence_of_peers, example, identity_errors, peer_function
from lossbook.book.figures import COLORS_AND_DASHES, figure, line
from lossbook.book.peers import arguments, stored
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

# In the units of the picture of arcs: the height of a row, the width. map.js draws by the same measures.
ROW, WIDTH = 28, 210
GAP = 0.5  # between families, in rows
MANY = 40  # losses, from which on all families start folded

# What lays a name beside the ends of its arcs, wherever the notebook is shown; the rest is the page's.
GEOMETRY = """<style>
.map { display: grid; grid-template-columns: minmax(0, max-content) minmax(7em, 1fr); font-size: 14px; line-height: 2em; text-align: right; }
.map ul { margin: 0; padding: 0; list-style: none; }
.map :is(summary, .map-names li) { height: 2em; white-space: nowrap; }
.map details + details { margin-top: 1em; }
.map svg { width: 100%; max-width: 15em; fill: none; stroke: currentColor; }
.map path { vector-effect: non-scaling-stroke; }
.map .map-reach { stroke: transparent; stroke-width: 12; }
.map .map-limit path:last-child { stroke-dasharray: 6 3; }
.map-link[hidden] { display: none; }
.map-told { display: none; }
</style>"""


def taxonomy_map(address: str = "../{}.ipynb", identities: str = "identities.ipynb", folded: bool | None = None) -> Picture:
    """Return the losses below each other, by family, with an arc for each identity between two of them.

    A name leads to its chapter, found by `address`, an arc to its row on the page of identities.
    A folded family is one row, where the arcs of its losses end; by default families start folded
    where losses are many.
    """
    if folded is None:
        folded = len(LOSSES) > MANY
    height, names = 0.0, []
    place: dict[str, float] = {}  # the row of each loss, in the order of their names
    for family in FAMILIES:
        losses = [loss for loss in LOSSES if loss.family == family.slug]
        if not losses:
            continue
        for number, loss in enumerate(losses):
            # Open, the family's own page has a row before them.
            place[loss.name] = height if folded else height + 2 + number
        height += 1 + GAP if folded else 2 + len(losses) + GAP
        links = "".join(f"<li>{_name(loss.title, address.format(loss.chapter), 'map-loss')}</li>" for loss in losses)
        overview = _name("Overview", address.format(f"{family.slug}/index"), "map-overview")
        names.append(
            f"<details{'' if folded else ' open'}><summary>{escape(family.title)} <small>{len(losses)}</small></summary>"
            f"<ul><li>{overview}</li>{links}</ul></details>"
        )
    order = {name: str(position) for position, name in enumerate(place)}
    arcs = [
        _arc(
            identity,
            [place[name] for name in identity.losses],
            " ".join(order[name] for name in identity.losses),
            identities,
            folded,
        )
        for identity in IDENTITIES
    ]
    height -= GAP
    return Picture(
        f'{GEOMETRY}<div class="map" data-drawn="{"folded" if folded else "open"}"><div class="map-names">{"".join(names)}</div>'
        f'<svg viewBox="0 0 {WIDTH} {height * ROW:g}" preserveAspectRatio="none" style="height: {2 * height:g}em" role="group" aria-label="Identities">'
        f"{''.join(arcs)}</svg>{_told(identities)}</div>"
    )


def _name(title: str, address: str, kind: str) -> str:
    return f'<a href="{address}" class="{kind}">{escape(title)}</a>'


def _arc(identity: Identity, rows: list[float], ends: str, page: str, folded: bool) -> str:
    told = escape(identity.name)
    kind = "map-link map-limit" if r"\to" in identity.condition else "map-link"
    inside = " hidden" if folded and rows[0] == rows[1] else ""
    return (
        f'<a href="{page}#{identity.slug}" class="{kind}" data-ends="{ends}" aria-label="{told}"{inside}><title>{told}</title>'
        f'<path class="map-reach" d="{_path(*rows)}"/><path d="{_path(*rows)}"/></a>'
    )


def _path(one: float, other: float) -> str:
    top, bottom = sorted(((one + 0.5) * ROW, (other + 0.5) * ROW))
    if top == bottom:  # a loss that is a case of itself
        top, bottom = top - 7, bottom + 7
    # The longer the way, the farther out, until the picture ends.
    bulge = 12 + (WIDTH - 16) * 4 / 3 * (1 - 1 / (1 + (bottom - top) / 160))
    return f"M4 {top:g}C{bulge:.4g} {top:g} {bulge:.4g} {bottom:g} 4 {bottom:g}"


def _told(page: str) -> str:
    """Return what each arc says, which map.js shows below the map, for one place at a time."""
    said = "".join(
        f'<li hidden><a href="{page}#{identity.slug}">{escape(identity.name)}</a>'
        + ("" if identity.condition == "always" else f', where <span class="formula">${escape(identity.condition)}$</span>')
        + "</li>"
        for identity in IDENTITIES
    )
    return f'<div class="map-told"><p>Choose an arc, and here stands what it says.</p><ul>{said}</ul></div>'


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
                _yes(loss.lipschitz.bounded(**loss.defaults)),
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
        for number, (loss, (color, dash)) in enumerate(zip(losses, COLORS_AND_DASHES[: len(losses)], strict=True))
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
                f"values {_short(value)}<br>gradients {_short(gradient)}".replace("-", "\u2011"),  # no break in a number
                "<br>".join(chapters),
            )
        )
    return Table(["Identity", "Both sides", "Largest difference", "Chapters"], rows)


def _both_sides(identity: Identity, width: float = 120, height: float = 64) -> str:
    """Return an SVG of the general side, broad, and the special one on it, along a line of inputs."""
    t = np.linspace(-3, 3, 61)
    first, *rest = example(identity, (61,), seed=1)
    rest = [
        each if kind.shared else np.broadcast_to(each[:1], each.shape)
        for each, kind in zip(rest, identity.kinds[1:], strict=True)
    ]
    moved, kind = np.zeros(first.shape), identity.kinds[0]
    moved.reshape(len(t), -1)[:, 0] = t
    moved = kind.of_free(kind.rest + moved)
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
    "warprnnt_numba": "warprnnt-numba",
    "torchcrf": "pytorch-crf",
    "torch_struct": "torch-struct",
}


def crosswalk() -> Table:
    """Return each loss in each library: how it is called there, what differs, and how far it is from ours."""
    rows = []
    for loss in LOSSES:
        told = dict(_peers_now(loss)) | dict(_peers_stored(loss))
        for peer in loss.everywhere:
            arguments, difference = told.get(peer.path, ([], "not installed"))
            name = "<br>".join([f"`{peer.path}`", *([" ".join(f"`{each}`" for each in arguments)] if arguments else [])])
            rows.append((_link(loss), LIBRARIES.get(peer.library, peer.library), f"{name}<br>{peer.convention}", difference))
    return Table(["Loss", "Library", "Name, arguments, convention", "Largest difference"], rows)


def _peers_now(loss: Loss) -> Any:
    found = {each.against: each for each in evidence_of_peers(loss, loss.peers)}
    for peer in loss.peers:
        if (against := f"`{peer.path}`") in found:
            yield peer.path, (arguments(peer_function(peer)), _short(found[against].error))


def _peers_stored(loss: Loss) -> Any:
    for path, told in stored().get(loss.name, {}).items():
        yield path, (told["arguments"], f"{_short(told['error'])} {_last_run(told)}")


def _last_run(told: Any) -> str:
    return f"(version {told['version']}, when last run)"


def how_we_know() -> Any:
    """Return what checks each loss, on how many inputs, with the largest error found."""
    return Table(
        ["Loss", "Checked by", "Against", "Inputs", "Largest error"],
        [
            (_link(loss), each.check, each.against, f"{each.inputs:,}".replace(",", " "), _short(each.error))
            for loss in LOSSES
            for each in (*evidence(loss), *_evidence_stored(loss))
        ],
    )


def _evidence_stored(loss: Loss) -> Any:
    for path, told in stored().get(loss.name, {}).items():
        yield Evidence("another library", f"`{path}` {_last_run(told)}", told["inputs"], told["error"])


def _link(loss: Loss) -> str:
    return f"[{loss.title}](../{loss.chapter}.ipynb)"


def _short(error: float) -> str:
    return f"{error:.0e}" if error else "0"


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"
