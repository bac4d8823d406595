"""The taxonomy at one look: `{taxonomy}` for the whole book, `{family} slug` for one family, `{map}` for its identities.

`{opening}` is the first thing to play with: a reading that can be moved, and what three losses make of it.

A chapter is a card with a small picture of its loss, drawn here from the loss itself; on its family's
page the card also says the loss in a sentence. A family without chapters stands on the whole book's
page too, marked as in preparation.
"""

import json
from html import escape

import numpy as np
from docutils import nodes
from scipy.optimize import minimize_scalar
from sphinx.util.docutils import SphinxDirective

from lossbook import huber_loss, l1_loss, mse_loss
from lossbook.book.atlas import taxonomy_map
from lossbook.taxonomy import FAMILIES, chapters

WIDTH, HEIGHT = 120, 64


def points(loss):
    """Return where the curve of a loss is finite, and its height there."""
    picture = loss.curve
    x = np.linspace(picture.low, picture.high, 81)
    y = np.asarray(picture.of(x), dtype=float)
    return x[np.isfinite(y)], y[np.isfinite(y)]


def curve(loss):
    """Return an SVG of the loss over its range, with an alternative text."""
    picture = loss.curve
    x, y = points(loss)
    low, high = min(y.min(), 0.0), y.max()
    columns = (x - picture.low) / (picture.high - picture.low) * WIDTH
    rows = HEIGHT - 3 - (y - low) / (high - low) * (HEIGHT - 6)
    path = " ".join(f"{column:.4g},{row:.4g}" for column, row in zip(columns, rows, strict=True))
    alt = f"{loss.title} against the {picture.label}, from {picture.low:g} to {picture.high:g}"
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(alt)}">'
        f'<path class="axis" d="M0 {HEIGHT - 3}H{WIDTH}"/><polyline points="{path}"/></svg>'
    )


class Cards(SphinxDirective):
    """What the two directives share."""

    def link(self, docname):
        """Return the relative address of a page, or None where the book has no such page."""
        # A chapter may come or go while this page's own source stays the same.
        self.env.note_reread()
        if docname not in self.env.found_docs:
            return None
        return self.env.app.builder.get_relative_uri(self.env.docname, docname)

    def cards(self, family, *, summaries):
        """Return the node with a card for each chapter of a family."""
        cards = []
        for loss in chapters(family.slug):
            summary = escape(loss.summary).replace(" = ", "&nbsp;=&nbsp;")
            cards.append(
                f'<a class="card" href="{self.link(f"chapters/{loss.chapter}")}">'
                f'{curve(loss)} <span class="card-title">{escape(loss.title)}</span>'
                + (f' <span class="card-summary">{summary}</span>' if summaries else "")
                + "</a>"
            )
        items = "".join(f"<li>{card}</li>" for card in cards)
        return nodes.raw(text=f'<ul class="cards" role="list">{items}</ul>', format="html")


class TaxonomyDirective(Cards):
    """All families as sections of the page."""

    def run(self):
        return [self.section(family) for family in FAMILIES]

    def section(self, family):
        name = nodes.Text(family.title)
        if index := self.link(f"chapters/{family.slug}/index"):
            name = nodes.reference("", "", name, refuri=index, internal=True)
        section = nodes.section(
            "", nodes.title("", "", name), nodes.paragraph("", family.summary),
            ids=[family.slug], names=[family.slug], classes=["family"],
        )  # fmt: skip
        if chapters(family.slug):
            section += self.cards(family, summaries=False)
        else:
            section["classes"].append("family-waiting")
            section += nodes.paragraph("", "in preparation", classes=["waiting"])
        return section


class FamilyDirective(Cards):
    """The cards of one family, named by its slug."""

    required_arguments = 1

    def run(self):
        family = next(f for f in FAMILIES if f.slug == self.arguments[0])
        return [self.cards(family, summaries=True)]


class MapDirective(SphinxDirective):
    """The map of all losses and the identities between them."""

    def run(self):
        # From the landing page, chapters/index, to the pages beside and below it.
        drawn = taxonomy_map(address="{}.html", identities="reference/identities.html")
        return [nodes.raw(text=drawn.html, format="html")]


class Opening(SphinxDirective):
    """Five readings and a sixth that the reader moves; each loss' best constant follows."""

    readings = (3.8, 4.0, 4.2, 5.0, 7.0)
    sixth = np.linspace(0, 20, 81)
    losses = (("squared error", mse_loss, {}), ("Huber’s loss", huber_loss, {"delta": 1.5}), ("absolute error", l1_loss, {}))
    start = 56

    def best(self, loss, hyperparameters, sixth):
        """Return the number that costs least; where several do, the middle one."""
        readings = np.array([*self.readings, sixth])
        if loss is l1_loss:
            return np.median(readings)

        def cost(number):
            return loss(np.full_like(readings, number), readings, **hyperparameters)

        return minimize_scalar(cost, bounds=(0, 20), method="bounded", options={"xatol": 1e-6}).x

    def run(self):
        steps = [
            [round(float(sixth), 2), *(round(float(self.best(loss, given, sixth)), 2) for _, loss, given in self.losses)]
            for sixth in self.sixth
        ]
        sixth, *bests = steps[self.start]
        disc = '<circle class="{}" cx="{:g}" cy="{}" r="7"/>'
        still = "".join(disc.format("reading", 20 * x, 24) for x in self.readings)
        rows = "".join(
            f'<line x1="0" x2="400" y1="{y}" y2="{y}"/>{disc.format("best", 20 * best, y)}'
            for y, best in zip((60, 90, 120), bests, strict=True)
        )
        told = "".join(
            f"<li>{escape(name)} answers <output>{best:.2f}</output></li>"
            for (name, _, _), best in zip(self.losses, bests, strict=True)
        )
        html = (
            '<figure class="opening"><p id="opening-words">Six readings of one length. Move the last one: '
            "what is the length, if a model must give one number?</p>"
            f'<svg viewBox="-8 8 416 124" aria-hidden="true"><line x1="0" x2="400" y1="24" y2="24"/>{still}'
            f"{disc.format('moved', 20 * sixth, 24)}{rows}</svg><ol>{told}</ol>"
            f'<input type="range" aria-labelledby="opening-words" max="{len(steps) - 1}" value="{self.start}" '
            f'aria-valuetext="{sixth:g}" data-steps="{json.dumps(steps, separators=(",", ":"))}" autocomplete="off"></figure>'
        )
        return [nodes.raw(text=html, format="html")]


def setup(app):
    app.add_directive("opening", Opening)
    app.add_directive("map", MapDirective)
    app.add_directive("taxonomy", TaxonomyDirective)
    app.add_directive("family", FamilyDirective)
