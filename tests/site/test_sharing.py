"""What other machines read of the site: search engines, sites where a page is shared, a wrong address."""

import re
import struct
from xml.etree import ElementTree

import pytest
from test_links import CONFIG, read

from conftest import PAGES

ADDRESS = CONFIG["sphinx"]["config"]["html_baseurl"]


def head(site, name):
    """Return what a page's head says of it: Open Graph's properties, and its canonical address."""
    html = (site / name).read_text()
    found = dict(re.findall(r'<meta property="(og:[^"]+)" content="([^"]*)">', html))
    (found["canonical"],) = re.findall(r'<link rel="canonical" href="([^"]*)"', html)
    found["title"] = re.search(r"<title>([^<]*)</title>", html)[1]  # the first: drawings have titles too
    return found


@pytest.mark.parametrize("name", PAGES)
def test_a_shared_page_shows_its_words_and_its_card(site, name):
    about = head(site, name)
    assert about["canonical"] == about["og:url"] == ADDRESS + name
    assert about["og:title"] in about["title"]
    assert len(about["og:description"]) > 20 and about["og:image:alt"]
    data = (site / about["og:image"].removeprefix(ADDRESS)).read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (1200, 630)
    assert len(data) < 150_000


def test_titles_and_cards_tell_pages_apart(site):
    abouts = [head(site, name) for name in PAGES]
    for key in ("title", "og:description", "og:image"):
        assert len({about[key] for about in abouts}) == len(PAGES), key


def test_the_sitemap_lists_every_page(site):
    listed = [element.text for element in ElementTree.parse(site / "sitemap.xml").iter() if element.tag.endswith("loc")]
    assert {ADDRESS + name for name in PAGES} <= set(listed)
    assert all((site / address.removeprefix(ADDRESS)).is_file() for address in listed)


def test_a_wrong_address_leads_back_into_the_book(site):
    """The page is served from any depth, so its own links start at the site's root."""
    prefix = ADDRESS.partition(".io")[2]
    links = [link for link in read("404.html").links if not link.startswith(("#", "https:", "data:"))]
    assert f"{prefix}chapters/index.html" in links
    for link in links:
        assert link.startswith(prefix), link
        assert (site / link.removeprefix(prefix).partition("#")[0].partition("?")[0]).is_file(), link


def test_a_wrong_address_has_a_search(site):
    assert 'action="/loss-book/search.html"' in (site / "404.html").read_text().partition("<main")[2]
