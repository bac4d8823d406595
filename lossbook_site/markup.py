"""Markup of docutils and myst-nb that the website does in another way."""

import re
from html import escape, unescape

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.transforms.post_transforms import SphinxPostTransform

from lossbook_site.formulas import typeset


class ScrollingTables(SphinxPostTransform):
    """A wide table scrolls inside a box of its own; the page never does."""

    default_priority = 200

    def run(self):
        for table in list(self.document.findall(nodes.table)):
            box = nodes.container(classes=["table-box"])
            table.replace_self(box)
            box += table


class HtmlOfCells(SphinxPostTransform):
    """In HTML that a cell made, a link to a notebook leads to that notebook's page, and a formula is typeset.

    Such a formula stands in a line of words: as MathML it needs no styles and no fonts.
    """

    default_priority = 200

    def run(self):
        for raw in list(self.document.findall(nodes.raw)):
            html = re.sub(r'(href="[^":]+)\.ipynb(["#])', r"\1.html\2", raw.astext())
            html = re.sub(r'(?<=<span class="formula">)\$(.*?)\$', lambda found: mathml(unescape(found[1])), html)
            if html != raw.astext():
                raw.replace_self(nodes.raw(html, html, format="html"))


def mathml(formula):
    return re.search("<math.*</math>", typeset(formula, display=False))[0]


class CodeBehindOutput(SphinxPostTransform):
    """Folded code stands behind what it made: a picture comes first."""

    default_priority = 200

    def run(self):
        for output in list(self.document.findall(is_output)):
            fold, *_ = cell = output.parent
            if isinstance(fold, HideCodeCellNode):
                cell[:] = [*cell[1:], fold]


def is_output(node):
    return isinstance(node, nodes.Element) and "cell_output" in node["classes"]


class BreakingNames(SphinxPostTransform):
    """A long dotted name in the text may break after a dot."""

    default_priority = 200

    def run(self):
        for literal in list(self.document.findall(nodes.literal)):
            first, *others = cut_after_dots(literal.astext())
            literal.children = []
            literal += nodes.Text(first)
            for part in others:
                literal += [nodes.raw("", "<wbr>", format="html"), nodes.Text(part)]


def cut_after_dots(code):
    if len(code) < 25:
        return [code]
    return re.split(r"(?<=\w\.)(?=[a-z]\w)", code)


def open_cell(translator, node):
    """Open a table's cell; an empty corner is no heading, which would have to say something."""
    type(translator).visit_entry(translator, node)
    if isinstance(node.parent.parent, nodes.thead) and not node.astext():
        translator.body[-1], translator.context[-1] = "<td>", "</td>\n"


def close_cell(translator, node):
    type(translator).depart_entry(translator, node)


def open_fold(translator, node):
    translator.body.append(f'<details class="fold"><summary>{escape(node["prompt_show"])}</summary>\n')


def close_fold(translator, node):
    translator.body.append("</details>\n")


def setup(app):
    app.add_post_transform(ScrollingTables)
    app.add_post_transform(HtmlOfCells)
    app.add_post_transform(CodeBehindOutput)
    app.add_post_transform(BreakingNames)
    app.add_node(nodes.entry, override=True, html=(open_cell, close_cell))
    # myst-nb labels every fold "Toggle hidden content", over the words that stand there.
    app.add_node(HideCodeCellNode, override=True, html=(open_fold, close_fold))
