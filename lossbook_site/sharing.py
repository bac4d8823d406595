"""What a page shows where its address is shared: its title, its description, a card with its loss's curve; and the sitemap."""

from html import escape
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from lossbook.taxonomy import LOSSES
from lossbook_site.landing import points

# The colours of the site's light scheme.
INK, PAPER, LINE, ACCENT = "#22201c", "#fdfcfa", "#e2ddd3", "#0b6170"
# What other sites show large: 1200 × 630 pixels.
WIDTH, HEIGHT, DPI = 12, 6.3, 100
# A page without a loss of its own shows these side by side.
FAMILIAR = ("L1", "L2", "Huber", "Hinge")


def card(title, losses):
    """Return a drawing of a title over the curves of some losses."""
    with matplotlib.rc_context({"font.family": "DejaVu Serif", "mathtext.fontset": "dejavuserif"}):
        figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, facecolor=PAPER)
        figure.text(0.06, 0.86, title, size=44 if len(title) < 28 else 34, color=INK, va="center")
        figure.text(0.06, 0.08, "The Loss Book", size=22, color=ACCENT, va="center")
        for axes, loss in zip(figure.subplots(1, len(losses), squeeze=False)[0], losses, strict=True):
            x, y = points(loss)
            axes.plot(x, y, color=ACCENT, linewidth=5, solid_capstyle="round")
            axes.axhline(0, color=LINE, linewidth=2, zorder=0)
            axes.set(xticks=[], yticks=[], facecolor=PAPER)
            axes.spines[:].set_visible(False)
            axes.set_xlabel(loss.curve.label if len(losses) == 1 else loss.title, size=20, color=INK, labelpad=12)
        figure.subplots_adjust(left=0.06, right=0.94, bottom=0.24, top=0.74)
    return figure


def losses_of(docname):
    """Return what a page's card shows: the chapter's loss, or some that everybody knows."""
    own = [loss for loss in LOSSES if docname == f"chapters/{loss.chapter}"]
    return own[:1] or [loss for loss in LOSSES if loss.title in FAMILIAR]


def share(app, docname, templatename, context, doctree):
    """Draw the page's card and name it in the page's head."""
    if doctree is None or not context.get("pageurl"):
        return
    title = app.env.titles[docname].astext()
    file = Path("_static", "cards", f"{docname.replace('/', '-')}.png")
    target = Path(app.outdir, file)
    target.parent.mkdir(parents=True, exist_ok=True)
    losses = losses_of(docname)
    card(title, losses).savefig(target, metadata={"Software": None})
    about = {
        "og:type": "article",
        "og:site_name": app.config.html_title,
        "og:title": title,
        "og:description": context["description"],
        "og:url": context["pageurl"],
        "og:image": app.config.html_baseurl + file.as_posix(),
        "og:image:alt": ", ".join(f"{loss.title} against the {loss.curve.label}" for loss in losses),
    }
    context["metatags"] += "".join(f'\n<meta property="{name}" content="{escape(value)}">' for name, value in about.items())
    context["metatags"] += '\n<meta name="twitter:card" content="summary_large_image">'


def complete_sitemap(app, exception):
    """Add the pages that this build left as they were: sphinx-sitemap lists those that are written."""
    links, listed = app.sitemap_links, {(app.builder.get_target_uri(name), None) for name in app.env.found_docs}
    while not links.empty():
        listed.add(links.get())
    for link in sorted(listed):
        links.put(link)


def setup(app):
    app.connect("html-page-context", share, priority=900)  # after the description is known
    app.connect("build-finished", complete_sitemap, priority=400)  # before it is written
