"""How tall each section of a page will be, by estimate: for a scrollbar that does not jump.

A section that is far off is not laid out (see `content-visibility` in book.css); its height is guessed here
from what it holds, for a desktop's column and for a phone's. A test compares the guesses with the browser.
"""

import re
from dataclasses import dataclass
from math import ceil

from bs4 import BeautifulSoup

LINE = 27.5  # of text, in pixels


@dataclass
class Column:
    """What fits into a line."""

    text: float  # characters
    table: float
    code: float
    breaks: bool  # whether what is printed wraps
    cards: dict[bool, tuple[int, int]]  # with a sentence and without: how many in a row, how tall
    columns: int  # of a table: one with more scrolls in a box, both ways
    folds_map: bool


DESKTOP = Column(text=97, table=125, code=110, breaks=False, cards={True: (4, 230), False: (8, 95)}, columns=7, folds_map=False)
PHONE = Column(text=47, table=54, code=46, breaks=True, cards={True: (1, 105), False: (3, 85)}, columns=5, folds_map=True)


def letters(element):
    """Return how many letters wide the text of an element is; a formula is narrower than its source."""
    words = sum(
        len(text) for text in element.find_all(string=True) if not text.find_parent(class_="katex") and not text.isspace()
    )
    formulas = sum(len(each.get_text()) for each in element.select(".katex-html"))
    return words + formulas * 0.8


def lines(element, column):
    return ceil(letters(element) / column) or 1


def table(element, column):
    cells = [row.find_all(["td", "th"]) for row in element.find_all("tr")]
    shares = columns([max(map(letters, each)) for each in zip(*cells, strict=False)], column.table)
    rows = sum(
        max(min(lines(cell, share), 12) for cell, share in zip(row, shares, strict=False)) * 22 + 17 for row in cells if row
    )
    return min(rows, 740 if len(cells[0]) > column.columns else rows) + 44


def columns(needs, room):
    """Return how many letters fit into a line of each column: a narrow one takes what it needs, the others share the rest."""
    shares = {}
    for left, which in zip(range(len(needs), 0, -1), sorted(range(len(needs)), key=needs.__getitem__), strict=True):
        shares[which] = max(min(needs[which] + 2, room / left), 9)
        room -= shares[which]
    return [shares[which] for which in range(len(needs))]


def code(element, column, wraps=False):
    text = element.get_text().rstrip("\n").split("\n")
    return sum(ceil(max(len(line), 1) / column.code) if wraps else 1 for line in text) * 20.3 + 26


def formula(element):
    """Return the height of a displayed formula, which KaTeX has worked out in ems."""
    struts = [float(tall) for tall in re.findall(r'class="strut" style="height:([\d.]+)em', str(element))]
    return max(struts, default=1) * 18.4 + 48


def picture(element):
    canvas = int(re.search(r"height:\D*(\d+)px", str(element.select_one(".plot-canvas")))[1])
    legend, controls = element.select_one(".plot-legend"), element.select_one(".plot-controls > *")
    return canvas + 30 + (46 if legend else 0) + (46 if controls else 0)


def height(element, column):
    """Return about how many pixels an element takes, with the space below it."""
    kind, classes = element.name, element.get("class", ())
    if kind in ("script", "style", "noscript") or "visually-hidden" in classes or element.has_attr("hidden"):
        return 0
    if kind == "details" and not element.has_attr("open"):
        return 37
    if kind in ("h2", "h3"):
        return 97 if kind == "h2" else 65
    if kind == "p":
        return lines(element, column.text) * LINE + (6 if element.parent.name == "li" else 17.6)
    if kind == "figure":
        return picture(element)
    if kind == "pre":
        return code(element, column, wraps=column.breaks and bool(element.find_parent(class_="cell_output")))
    if kind == "table":
        return table(element, column)
    if "math" in classes and kind == "div":
        return formula(element)
    if "family-waiting" in classes:
        return 90
    if "map" in classes and column.folds_map:
        return 380
    if "cards" in classes:
        each, tall = column.cards[element.select_one(".card-summary") is not None]
        return ceil(len(element.select(".card")) / each) * tall + 30
    inside = sum(height(child, column) for child in element.find_all(recursive=False))
    if kind == "li" and not element.find(["p", "ul", "ol", "div"]):
        return lines(element, column.text) * LINE
    return inside + (24 if "cell" in classes or any(name.startswith("highlight-") for name in classes) else 0)


def with_heights(body):
    """Return a page's HTML in which each section of its text knows how tall it will be."""
    page = BeautifulSoup(body, "html.parser")
    for section in page.select("section > section"):
        if len(section.find_parents("section")) == 1:
            tall = " ".join(
                f"--{name}:{height(section, column):.0f}px;" for name, column in (("tall", DESKTOP), ("tall-phone", PHONE))
            )
            body = body.replace(f'<section id="{section["id"]}"', f'<section style="{tall}" id="{section["id"]}"', 1)
    return body


def estimate(app, docname, templatename, context, doctree):
    if doctree is not None:
        context["body"] = with_heights(context["body"])


def setup(app):
    app.connect("html-page-context", estimate)
