"""Every page stands alone: served or opened from a file, on a desk or a phone, light or dark."""

import pytest

from conftest import PAGES, ROOT

AXE = ROOT / "lossbook_site" / "assets" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.mark.parametrize("scheme", ["http", "file"])
@pytest.mark.parametrize("name", [*PAGES, "search.html"])
def test_page_draws_its_figures_and_asks_for_nothing_outside(visit, name, scheme):
    visited = visit(scheme)
    page = visited.open(name)
    visited.draw_figures()
    figures = page.locator("figure.plot")
    for figure in figures.all():
        described_by = figure.get_attribute("aria-describedby")
        assert len(page.locator(f"#{described_by}").text_content()) > 20
        assert figure.locator("svg.main-svg").count() > 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", [*PAGES, "search.html?q=loss"])
def test_page_is_accessible_and_fits(visit, name, scheme):
    visited = visit(color_scheme=scheme, reduced_motion="reduce")
    page = visited.open(name)
    visited.draw_figures()
    page.evaluate(AXE.read_text())
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(100)
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow == 0, f"{overflow} px too wide at {width} px"
        # A formula's visible half is thousands of spans in the text's colour, hidden from readers'
        # tools, which get its MathML.
        found = page.evaluate(
            "axe.run({ exclude: ['.katex-html'] }, { resultTypes: ['violations'] })"
        )
        report = [
            f"{violation['id']} at {width} px: {node['html']}\n{node['failureSummary']}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]
        assert not report, "\n\n".join(report)


def test_the_site_opens_on_the_landing_page(visit):
    page = visit().open("index.html")
    page.wait_for_url("**/chapters/index.html")


def test_menus_open_and_close_on_a_phone(visit):
    page = visit(viewport={"width": 390, "height": 800}).open(PAGES[0])
    menu = page.locator("#site-nav")
    assert not menu.is_visible()
    page.get_by_role("button", name="Contents of the book").click()
    assert menu.is_visible()
    page.keyboard.press("Escape")
    assert not menu.is_visible()
    page.get_by_role("button", name="On this page").click()
    page.locator("#page-nav a:visible").last.click()
    assert not page.locator("#page-nav").is_visible()


def test_reader_keeps_the_theme(visit):
    page = visit(color_scheme="light").open(PAGES[0])
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    switch = page.get_by_role("button", name="Dark colours")
    assert switch.get_attribute("aria-pressed") == "false"
    switch.click()
    dark = page.evaluate(background)
    assert dark != light
    page.reload()
    assert page.evaluate(background) == dark
    assert switch.get_attribute("aria-pressed") == "true"
