"""Mathematics becomes HTML and MathML while the book is built: no page carries a math script.

KaTeX runs in one Node process that reads from a pipe. The pipe closes when the build ends,
however it ends, and with it the process.
"""

import json
import re
import subprocess
from html import unescape
from itertools import groupby

from docutils import nodes
from sphinx.errors import SphinxError
from sphinx.transforms.post_transforms import SphinxPostTransform

from lossbook_site import vendor

# A formula in a line of text stays in one piece up to this many characters of its plain text;
# a longer one may be broken after a relation or an operation.
SHORT = 25


class FormulaError(SphinxError):
    category = "Formula error"


class Typesetter:
    """KaTeX behind a pipe, started for the first formula."""

    node = None

    def __call__(self, formula, *, display):
        """Return the formula's HTML; raise a ValueError with KaTeX's words if it has none."""
        self.node = self.node or subprocess.Popen(
            [vendor.NODE, vendor.ASSETS / "typeset.js"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", bufsize=1,
        )  # fmt: skip
        self.node.stdin.write(json.dumps({"formula": formula, "display": display}) + "\n")
        answer = json.loads(self.node.stdout.readline())
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer["html"]

    def close(self):
        if self.node:
            self.node.communicate()
            self.node = None


typeset = Typesetter()


def plain(typeset_formula):
    """Return a formula that is typeset as plain text."""
    mathml = re.search("<semantics>(.*?)<annotation", typeset_formula)[1]
    return unescape(re.sub("<[^>]*>", "", mathml))


def breakable(typeset_formula):
    """Bind what must stay in one line in a formula that may be broken.

    KaTeX cuts a formula into pieces, after relations and operations. Those between two brackets
    belong together, and the last one belongs to what follows the formula.
    """
    start, *pieces = re.split(r'(?=<span class="base">)', typeset_formula)
    bound, depth = "", 0
    for piece in pieces:
        if depth == 0:
            bound += '</span><span class="together">' if bound else '<span class="together">'
        bound += piece
        depth = max(0, depth + piece.count('class="mopen') - piece.count('class="mclose'))
    return f"{start}{bound}</span>"


class KeepTogether(SphinxPostTransform):
    """No line breaks between a formula and what touches it, a full stop or a bracket."""

    default_priority = 300

    def run(self):
        for text in list(self.document.findall(nodes.TextElement)):
            if not isinstance(text, nodes.math) and any(text.findall(nodes.math)):
                text.children = list(together(text.children))
                for child in text.children:
                    child.parent = text


def together(children):
    """Yield the children of a text, those that must stay in one line in a node of their own."""
    for whole, group in groupby(cut_at_spaces(children), is_word):
        group = list(group)
        if whole and len(group) > 1 and any(any(node.findall(nodes.math)) for node in group):
            yield nodes.inline("", "", *group, classes=["together"])
        else:
            yield from group


def cut_at_spaces(children):
    for child in children:
        if isinstance(child, nodes.Text):
            yield from map(nodes.Text, re.findall(r"\s+|\S+", child))
        else:
            yield child


def is_word(node):
    """Tell whether a node holds no space at which a line could break."""
    if isinstance(node, nodes.Text):
        return not re.search(r"\s", node)
    return isinstance(node, nodes.math) or all(map(is_word, node.children))


def visitor(tag, display):
    """Return the method with which Sphinx's HTML translator writes a formula."""

    def visit(translator, node):
        try:
            formula = typeset(node.astext(), display=display)
        except ValueError as error:
            page = translator.builder.current_docname
            raise FormulaError(f"{page}: {error}\n\n    {node.astext()}\n") from error
        kind = "math"
        if not display and len(plain(formula)) > SHORT:
            kind += " breaks"
            formula = breakable(formula)
        translator.body.append(translator.starttag(node, tag, "", CLASS=kind))
        translator.body.append(f"{formula}</{tag}>")
        raise nodes.SkipNode

    return visit


def configure(app, config):
    config.html_math_renderer = "lossbook"


def setup(app):
    app.add_html_math_renderer(
        "lossbook",
        inline_renderers=(visitor("span", display=False), None),
        block_renderers=(visitor("div", display=True), None),
    )
    app.add_post_transform(KeepTogether)
    app.connect("config-inited", configure)
    app.connect("build-finished", lambda app, exception: typeset.close())
