"""Search finds a chapter, served or opened from a file."""

import pytest


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_search_finds_huber(visit, scheme):
    visited = visit(scheme)
    page = visited.open("chapters/index.html")
    field = page.get_by_role("searchbox", name="Search the book")
    field.fill("Huber")
    field.press("Enter")
    results = page.locator("#search-results li a")
    results.first.wait_for()
    page.wait_for_timeout(500)  # excerpts come one by one
    assert any("regression/huber" in link.get_attribute("href") for link in results.all())
    excerpts = page.locator("#search-results .context").all_text_contents()
    assert len(excerpts) > 0 or scheme == "file"
    assert not any("Show the" in excerpt for excerpt in excerpts)
    page.goto(results.first.evaluate("link => link.href"))
    assert page.locator("h1").count() == 1
