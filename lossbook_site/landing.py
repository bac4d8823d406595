"""The taxonomy at one look: `{taxonomy}` for the whole book, `{family} slug` for one family, `{map}` for its identities.

A chapter is a card with a small picture of its loss, drawn here from the loss itself; on its family's
page the card also says the loss in a sentence. A family without chapters stands on the whole book's
page too, marked as in preparation.
"""

from html import escape

import numpy as np
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

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


def setup(app):
    app.add_directive("map", MapDirective)
    app.add_directive("taxonomy", TaxonomyDirective)
    app.add_directive("family", FamilyDirective)
