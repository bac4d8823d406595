"""What the templates in `theme/` need to know about a page: its place, its links, its content."""

import re
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.util import logging

from lossbook_site import formulas

log = logging.getLogger(__name__)
COLAB = "https://colab.research.google.com/github/"
BINDER = "https://mybinder.org/v2/gh/"


def contents(app, docname, pathto):
    """Return the parts of the book: their captions, their own pages if they have one, their chapters."""
    parts = []
    for part in app.config.external_site_map.root.subtrees:
        pages = [
            {"title": app.env.titles[name].astext(), "link": pathto(name), "current": name == docname} for name in part.files()
        ]
        parts.append(
            {
                "caption": part.caption,
                "current": docname in part.files(),
                "overview": pages.pop(0) if part.files()[0].endswith("/index") else None,
                "chapters": pages,
            }
        )
    return parts


def notebook_links(app, docname, context):
    """Return where a notebook opens in Colab and on Binder, and where its file lies on the site."""
    if not context["sourcename"].endswith(".ipynb"):
        return {}
    options = app.config.html_theme_options
    repository = options["repository_url"].removeprefix("https://github.com/")
    branch = options["repository_branch"]
    return {
        "colab": f"{COLAB}{repository}/blob/{branch}/{docname}.ipynb",
        "binder": f"{BINDER}{repository}/{branch}?urlpath=lab/tree/{docname}.ipynb",
        "download": context["pathto"](f"_sources/{context['sourcename']}", resource=True),
    }


def first_sentence(doctree):
    """Return the first sentence of the first paragraph, or nothing."""
    for paragraph in doctree.findall(nodes.paragraph):
        text = "".join(
            formulas.plain(formulas.typeset(part, display=False)) if isinstance(part.parent, nodes.math) else part
            for part in paragraph.findall(nodes.Text)
        )
        return re.split(r"(?<=[.?!])\s", " ".join(text.split()))[0]
    return ""


def describe(app, docname, templatename, context, doctree):
    """Add to a page's context what the templates show."""
    context["contents"] = contents(app, docname, context["pathto"])
    context["address"] = app.config.html_baseurl
    if doctree is None:  # the search page
        return
    context |= notebook_links(app, docname, context)
    context["has_figures"] = '<figure class="plot"' in context["body"]
    context["has_map"] = 'class="map"' in context["body"]
    context["has_opening"] = 'class="opening"' in context["body"]
    context["has_filter"] = "tag_filter" in context["body"]
    context["has_formulas"] = 'class="katex"' in context["body"]
    context["description"] = first_sentence(doctree)
    if context["description"]:
        context["metatags"] += f'\n<meta name="description" content="{escape(context["description"])}">'
    else:
        log.warning("the page has no paragraph to describe it by", location=docname)


def setup(app):
    app.add_html_theme("lossbook", str(Path(__file__).parent / "theme"))
    app.connect("html-page-context", describe)
