"""The book beside the website: one PDF, one archive."""

import hashlib
import subprocess
import sys
import zipfile

import pytest
from pypdf import PdfReader

from conftest import ROOT
from lossbook_site import archive, pdf

NAMES = ["chapters/regression/index", "chapters/regression/huber"]


@pytest.fixture(scope="module")
def printed(site, tmp_path_factory):
    if not pdf.CHROMIUM:
        pytest.skip("Chromium is missing: apt-get install chromium-headless-shell")
    file = tmp_path_factory.mktemp("pdf") / "book.pdf"
    # In a process of its own: a browser of the other tests may be at work in this one.
    subprocess.run([sys.executable, "-m", "lossbook_site.pdf", site, file, *NAMES], cwd=ROOT, check=True)
    return PdfReader(file)


def test_the_pdf_has_a_bookmark_for_each_chapter_and_section(printed):
    titles = [entry.title for entry in printed.outline if not isinstance(entry, list)]
    assert titles == ["Regression", "Huber loss"]
    chapter = [entry.title for entry in printed.outline[-1] if not isinstance(entry, list)]
    assert chapter[0] == "In short" and chapter[-1] == "References"
    doubled = [entry.title for entry in pdf.flat(printed.outline) if entry.title[: len(entry.title) // 2] * 2 == entry.title]
    assert doubled == []


def test_its_pages_are_numbered_and_hold_text_formulas_and_drawn_figures(printed):
    for number, page in enumerate(printed.pages, start=1):
        assert page.extract_text().split()[-1] == str(number)
    text = " ".join(page.extract_text() for page in printed.pages)
    assert "Huber" in text and "δ" in text and "Solution" in text
    assert "residual r" in text.replace("\n", " ")  # the title of a figure's axis
    assert "Play" not in text


def test_its_links_lead_inside_it_or_to_public_addresses(printed):
    inside = outside = 0
    for link in pdf.links(printed):
        if action := link.get("/A"):
            if action["/S"] == "/GoTo":
                inside += action["/D"][0].get_object() in printed.pages
            else:
                outside += action["/URI"].startswith("https://")
                assert not action["/URI"].startswith("file:"), action["/URI"]
    assert inside >= 2 and outside >= 2


def test_the_archive_opens_at_its_front_page(site, tmp_path):
    file = tmp_path / "the-loss-book.zip"
    archive.main(site, file)
    with zipfile.ZipFile(file) as packed:
        names = packed.namelist()
        assert packed.testzip() is None
    assert "the-loss-book/index.html" in names and "the-loss-book/chapters/regression/huber.html" in names
    assert len(names) == sum(path.is_file() for path in site.rglob("*"))
    checksum, name = file.with_suffix(".zip.sha256").read_text().split()
    assert (checksum, name) == (hashlib.sha256(file.read_bytes()).hexdigest(), file.name)
