"""Mathematics becomes HTML and MathML while the book is built: no page carries a math script."""

import os

from sphinx.errors import SphinxError
from sphinxcontrib import katex

from lossbook_site import vendor


class FormulaError(SphinxError):
    category = "Formula error"


def naming_the_formula(visit):
    """Wrap a visitor of sphinxcontrib-katex: its errors do not say where the formula stands."""

    def visit_naming(translator, node):
        try:
            visit(translator, node)
        except katex.KaTeXError as error:
            document = translator.builder.current_docname
            raise FormulaError(f"{document}: {error}\n\n    {node.astext()}\n") from error

    return visit_naming


def configure(app, config):
    config.html_math_renderer = "lossbook"
    config.katex_prerender = True
    config.katex_js_path = str(vendor.KATEX / "katex.min.js")


def setup(app):
    katex.NODEJS_BINARY = str(vendor.NODE)
    os.environ["KATEX_SERVER"] = str(katex.SRC_DIR / "katex-server.js")
    katex.SCRIPT_PATH = str(vendor.ASSETS / "katex-server.js")
    katex.KATEX_DEFAULT_OPTIONS["throwOnError"] = True
    # A busy machine starts Node slowly; five seconds, the default, have not always been enough.
    katex.STARTUP_TIMEOUT = 60
    app.setup_extension("sphinxcontrib.katex")
    app.add_html_math_renderer(
        "lossbook",
        inline_renderers=(naming_the_formula(katex.html_visit_math), None),
        block_renderers=(naming_the_formula(katex.html_visit_displaymath), None),
    )
    app.connect("config-inited", configure)
