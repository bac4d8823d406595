"""The whole book as one PDF: each page printed by Chromium, then bound with bookmarks, numbers and links.

python -m lossbook_site.pdf SITE FILE [PAGE ...]
"""

import io
import shutil
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml
from playwright.sync_api import sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, NullObject, TextStringObject
from sphinx_external_toc.parsing import parse_toc_yaml

ROOT = Path(__file__).parents[1]
MARGINS = {"top": "18mm", "bottom": "22mm", "left": "18mm", "right": "18mm"}
NUMBERED = """<style>
  @page { margin: 0 }
  p { height: 285mm; margin: 0; break-after: page; display: flex; align-items: end; justify-content: center; font: 9pt serif }
</style>"""


# Without a window of its own, Chromium lays out and draws the same pages in half the time.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium") or shutil.which("google-chrome")


class Press:
    """A browser that prints."""

    def __init__(self, playwright):
        if not CHROMIUM:
            sys.exit("Chromium is missing: install it, for example with apt-get install chromium-headless-shell")
        self.browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--headless", "--no-sandbox"])
        self.page = self.browser.new_page(color_scheme="light", reduced_motion="reduce")

    def print(self, file):
        """Return a page of the site as a PDF, all its figures drawn."""
        self.page.goto(file.as_uri())
        self.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        self.page.wait_for_function("!document.querySelector('figure.plot:not([data-drawn])')", timeout=120_000)
        return PdfReader(io.BytesIO(self.page.pdf(format="A4", margin=MARGINS, outline=True, tagged=True)))

    def numbers(self, count):
        """Return as many empty pages, each with its number at the foot."""
        self.page.set_content(NUMBERED + "".join(f"<p>{number}</p>" for number in range(1, count + 1)))
        return PdfReader(io.BytesIO(self.page.pdf(format="A4", prefer_css_page_size=True))).pages


def place(page, dest):
    """Return what a link inside a document points to."""
    return ArrayObject([page, NameObject("/XYZ"), NullObject(), FloatObject(dest.top), NullObject()])


def links(book):
    """Yield the links of a document's pages."""
    for page in book.pages:
        for annotation in page.get("/Annots", ()):
            if annotation.get_object().get("/Subtype") == "/Link":
                yield annotation.get_object()


def flat(outline):
    """Yield the entries of an outline, whose branches are lists."""
    for entry in outline:
        if isinstance(entry, list):
            yield from flat(entry)
        else:
            yield entry


def bind(parts, site, address):
    """Return one document of all parts, which are PDFs by the address of their page.

    A link from one page of the site to another leads to its place in the document, a link to any
    other file of the site to that file's public address.
    """
    book, places = PdfWriter(), {}
    for uri, part in parts.items():
        named = part.named_destinations  # taken before binding: every page has an #exercises
        for link in links(part):
            if "/Dest" in link and link["/Dest"] in named:
                dest = named[link["/Dest"]]
                link[NameObject("/Dest")] = place(dest.page, dest)
        for entry in flat(part.outline):
            half = entry.title[: len(entry.title) // 2]
            if half * 2 == entry.title:  # Chromium reads a heading twice that it moved to the next sheet
                entry.node[NameObject("/Title")] = TextStringObject(half)
        start = len(book.pages)
        del part.root_object[NameObject("/Dests")]
        book.append(part, import_outline=True)
        for name, dest in named.items():
            page = book.pages[start + part.get_destination_page_number(dest)]
            places[f"{uri}#{name.removeprefix('/')}"] = place(page.indirect_reference, dest)
        places[uri] = ArrayObject([book.pages[start].indirect_reference, NameObject("/Fit")])

    for link in links(book):
        target = link.get("/A", {}).get("/URI", "")
        if urlsplit(target).scheme != "file":
            continue
        if inside := places.get(target) or places.get(target.partition("#")[0]):
            action = {NameObject("/S"): NameObject("/GoTo"), NameObject("/D"): inside}
        else:
            file = Path(unquote(urlsplit(target).path)).relative_to(site).as_posix()
            action = {NameObject("/S"): NameObject("/URI"), NameObject("/URI"): TextStringObject(address + file)}
        link[NameObject("/A")] = DictionaryObject(action)
    return book


def main(site, file, *names):
    """Print the pages of a site, or some of them, into one file."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    names = names or list(parse_toc_yaml(ROOT / "_toc.yml"))
    site, parts = Path(site).resolve(), {}
    with sync_playwright() as playwright:
        press = Press(playwright)
        for number, name in enumerate(names, start=1):
            print(f"[{number}/{len(names)}] {name}", flush=True)
            page = site / f"{name}.html"
            parts[page.as_uri()] = press.print(page)
        book = bind(parts, site, config["sphinx"]["config"]["html_baseurl"])
        for page, number in zip(book.pages, press.numbers(len(book.pages)), strict=True):
            page.merge_page(number)
        press.browser.close()
    book.add_metadata({"/Title": config["title"], "/Author": config["author"]})
    book.page_mode = "/UseOutlines"
    book.compress_identical_objects()
    book.write(file)
    print(f"{file}: {len(book.pages)} pages, {Path(file).stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(*sys.argv[1:])
