"""Mathematics becomes HTML and MathML while the book is built: no page carries a math script.

KaTeX runs in one Node process that reads from a pipe. The pipe closes when the build ends,
however it ends, and with it the process.
"""

import json
import re
import subprocess
from html import unescape

from docutils import nodes
from sphinx.errors import SphinxError

from lossbook_site import vendor


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


def plain(formula):
    """Return a formula as plain text, for where there can be no markup."""
    mathml = re.search("<semantics>(.*?)<annotation", typeset(formula, display=False))[1]
    return unescape(re.sub("<[^>]*>", "", mathml))


def visitor(tag, display):
    """Return the method with which Sphinx's HTML translator writes a formula."""

    def visit(translator, node):
        try:
            formula = typeset(node.astext(), display=display)
        except ValueError as error:
            page = translator.builder.current_docname
            raise FormulaError(f"{page}: {error}\n\n    {node.astext()}\n") from error
        translator.body.append(translator.starttag(node, tag, "", CLASS="math"))
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
    app.connect("config-inited", configure)
    app.connect("build-finished", lambda app, exception: typeset.close())
