"""The Sphinx extension behind the website of The Loss Book.

    vendor           what comes from npm: fonts, KaTeX's styles, plotly.js
    formulas         mathematics typeset while the book is built
    plotly_figures   plotly figures as HTML with native controls (a myst-nb renderer)
    reading          notebooks without what they say to the tools of tests and teachers
    progress         notebooks executed side by side, and when the cache holds no longer
    landing          the taxonomy as cards
    teaching         the chapters' goals and exercises
    markup           folds and tables
    heights          how tall a section will be, before it is laid out
    pages            what the templates in theme/ need to know about a page
    search           the index of the site's search, and what its results show
    sharing          the card and the words of a page that is shared

Beside it stand kernels, which start at once, and tools that are run by themselves: anatomy (the book held to its
plan), tidy, pdf and archive.
"""

from importlib import import_module

PARTS = (
    "vendor", "formulas", "plotly_figures", "reading", "progress", "landing", "teaching", "markup", "pages", "heights", "search", "sharing",
)  # fmt: skip


def setup(app):
    for part in PARTS:
        import_module(f"lossbook_site.{part}").setup(app)
    return {"parallel_read_safe": False, "parallel_write_safe": False}
