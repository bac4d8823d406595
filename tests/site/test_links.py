"""What the pages' HTML promises: links that lead somewhere, a description, no tool's markers."""

import re
from functools import cache
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

import pytest
import yaml

from conftest import PAGES, ROOT, SITE

CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text())
NOTEBOOKS = [name for name in PAGES if (ROOT / name).with_suffix(".ipynb").exists()]


class Page(HTMLParser):
    """The links, ids, metadata and visible text of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.meta, self.text, self.silent = [], [], {}, [], 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.silent += tag in ("script", "style", "annotation")
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "meta" and "name" in attributes:
            self.meta[attributes["name"]] = attributes["content"]
        for name in ("href", "src", "action"):
            if attributes.get(name):
                self.links.append(attributes[name])

    def handle_endtag(self, tag):
        self.silent -= tag in ("script", "style", "annotation")

    def handle_data(self, data):
        if not self.silent:
            self.text.append(data)


@cache
def read(name):
    return Page((SITE / name).read_text())


@pytest.mark.parametrize("name", [*PAGES, "search.html"])
def test_links_lead_somewhere(name):
    for link in read(name).links:
        target = urlsplit(urljoin(f"site:/{name}", link) if not urlsplit(link).scheme else link)
        if target.scheme != "site":
            continue
        path = unquote(target.path).lstrip("/")
        assert (SITE / path).is_file(), f"{link} leads nowhere"
        if target.fragment:
            assert target.fragment in read(path).ids, f"{link} names no place on its page"


@pytest.mark.parametrize("name", PAGES)
def test_page_is_described_and_its_ids_are_unique(name):
    page = read(name)
    assert len(page.meta["description"]) > 20
    assert len(page.ids) == len(set(page.ids))


@pytest.mark.parametrize("name", PAGES)
def test_formulas_are_typeset(name):
    html = (SITE / name).read_text()
    assert "katex-error" not in html
    assert 'class="math"' not in re.sub(r'class="math"><span class="katex', "", html)
    code = re.compile(r"<(pre|code|script|annotation)\b.*?</\1>", re.S)
    assert not re.search(r"\$\$|\\(?:frac|begin|hat|log)\b", code.sub("", html))


@pytest.mark.parametrize("name", PAGES)
def test_no_marker_of_a_tool_is_shown(name):
    text = "".join(read(name).text)
    for marker in ("### BEGIN", "### END", "NBVAL_CHECK_OUTPUT", "HIDDEN TESTS"):
        assert marker not in text


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_opens_elsewhere_and_downloads(name):
    notebook = name.replace(".html", ".ipynb")
    repository = CONFIG["repository"]["url"].removeprefix("https://github.com/")
    colab = f"https://colab.research.google.com/github/{repository}/blob/main/{notebook}"
    assert colab in read(name).links
    binder = f"https://mybinder.org/v2/gh/{repository}/main?urlpath=lab/tree/{notebook}"
    assert binder in read(name).links
    download = f"_sources/{notebook}"
    assert any(link.endswith(download) for link in read(name).links)
    assert (SITE / download).read_bytes() == (ROOT / notebook).read_bytes()
