"""The site's search: an index of pages and sections for MiniSearch, and the sentences that its results show.

Both are scripts, for a page that is opened from a file may not fetch anything else. The index has the words of the
prose, and the names of each loss, its own and those in other libraries; a page's sentences come when one of its
sections is found.
"""

import json
import re
import subprocess
from pathlib import Path

from docutils import nodes
from sphinx.environment.collectors import EnvironmentCollector
from sphinx.errors import ExtensionError

from lossbook.taxonomy import LOSSES
from lossbook_site import formulas, vendor

TERMS = Path(__file__).parent / "theme" / "static" / "terms.js"
# What the basic theme brings for Sphinx's own search.
UNUSED = ("searchtools.js", "language_data.js", "doctools.js", "documentation_options.js", "sphinx_highlight.js")
# What a formula consists of that can be read as plain text, and how long it may be.
PLAIN, SHORT = {"mrow", "mi", "mn", "mo", "mtext", "mspace"}, 20
FORMULA = "\N{OBJECT REPLACEMENT CHARACTER}"


def as_text(math):
    """Return a formula as plain text, or a mark in the place of one that has no such form."""
    try:
        html = formulas.typeset(math.astext(), display=False)
    except ValueError:  # told when the page is written
        return FORMULA
    text = re.sub(r"\s*([=<>≤≥→≈∈])\s*", r" \1 ", formulas.plain(html)).strip()
    tags = set(re.findall(r"<(\w+)", re.search("<semantics>(.*?)<annotation", html)[1]))
    return text if tags <= PLAIN and len(text) <= SHORT else FORMULA


def prose(node):
    """Yield the paragraphs below a node: no cells, no code, no section of its own."""
    for child in node.children:
        if isinstance(child, nodes.paragraph):
            parts = child.findall(
                lambda part: isinstance(part, (nodes.math, nodes.Text)) and not isinstance(part.parent, nodes.math)
            )
            text = "".join(as_text(part) if isinstance(part, nodes.math) else part.astext() for part in parts)
            yield " ".join(text.split())
        elif not isinstance(child, nodes.section) and "nb_element" not in getattr(child, "attributes", {}):
            yield from prose(child)


def sections(doctree):
    """Return a page's sections: anchor, heading, paragraphs. The page itself comes first, without an anchor."""
    found = []
    for section in doctree.findall(nodes.section):
        title = next(section.findall(nodes.title)).astext()
        found.append((section["ids"][0] if found else "", title, list(prose(section))))
    return found


class Sections(EnvironmentCollector):
    """Keep every page's sections between builds."""

    def kept(self, env):
        if not hasattr(env, "lossbook_sections"):
            env.lossbook_sections = {}
        return env.lossbook_sections

    def clear_doc(self, app, env, docname):
        self.kept(env).pop(docname, None)

    def merge_other(self, app, env, docnames, other):
        self.kept(env).update({docname: self.kept(other)[docname] for docname in docnames})

    def process_doc(self, app, doctree):
        self.kept(app.env)[app.env.docname] = sections(doctree)


def sentences(paragraphs):
    """Return the sentences of a text; an empty one in the place of those that cannot be read without a formula."""
    found = [sentence for paragraph in paragraphs for sentence in re.split(r"(?<=[.?!])\s+", paragraph)]
    return [sentence if re.fullmatch(rf"[^{FORMULA}]*\w\s+\w[^{FORMULA}]*[.?!]", sentence) else "" for sentence in found]


def names(docname):
    """Return what a page's losses are called, in this book and everyday; and in other libraries."""
    losses = [loss for loss in LOSSES if docname == f"chapters/{loss.chapter}"]
    own = [name for loss in losses for name in (loss.name, loss.title, *loss.synonyms)]
    peers = [peer.path for loss in losses for peer in loss.everywhere]
    return own, peers


def documents(pages):
    """Return what is indexed: the pages and, after each, its sections."""
    found = []
    for number, (docname, parts) in enumerate(pages.items()):
        own, peers = names(docname)
        for anchor, title, paragraphs in parts:
            found.append(
                {
                    "id": len(found), "page": number, "anchor": anchor, "heading": title, "title": title,
                    "names": "" if anchor else "\n".join(own), "peers": "" if anchor else "\n".join(peers),
                    "within": f"{parts[0][1]} {' '.join(own)}" if anchor else "", "text": " ".join(paragraphs),
                }
            )  # fmt: skip
    return found


def index(pages):
    """Return the documents as MiniSearch's index, in JSON."""
    made = subprocess.run(
        [vendor.NODE, vendor.ASSETS / "index.js", TERMS],
        input=json.dumps(documents(pages)), capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    if made.returncode:
        raise ExtensionError(f"MiniSearch made no index:\n{made.stderr}")
    return made.stdout


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def write(app, exception):
    """Write the index, and for each page a script with its sentences."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    for name in UNUSED:
        (static / name).unlink(missing_ok=True)
    kept = app.env.lossbook_sections
    pages = {docname: kept[docname] for docname in sorted(kept) if kept[docname]}
    folder = static / "search"
    folder.mkdir(exist_ok=True)
    listed = [[docname, parts[0][1]] for docname, parts in pages.items()]
    (folder / "index.js").write_text(f"var searchPages={compact(listed)},searchIndex={index(pages)}", encoding="utf-8")
    for docname, parts in pages.items():
        texts = compact({anchor: sentences(paragraphs) for anchor, _, paragraphs in parts})
        target = folder / f"{docname}.js"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"searchTexts({compact(docname)},{texts})", encoding="utf-8")


def leave_out_sphinx(app):
    """Have Sphinx make no index of its own."""
    app.builder.search = False


def setup(app):
    app.add_env_collector(Sections)
    app.connect("builder-inited", leave_out_sphinx)
    app.connect("html-collect-pages", lambda app: [("search", {}, "search.html")])
    app.connect("build-finished", write)
