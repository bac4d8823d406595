"""Every page stands alone: served or opened from a file, on a desk or a phone, light or dark.

A page is visited once: its tests ask one after the other what they want to know of it.
"""

from pathlib import PurePath

import pytest
from in_page import (
    AXE, CUT_OFF, FILL_UP, GUESSED, HEIGHT, LACKING, OF_COLOURS, OVERFLOW, PLAIN, THIN_OUT, THINNED_OUT, TORN, UNMARKED, WIDE,
    WORDS,
)  # fmt: skip
from test_sliders import try_a_finger, try_keys_and_mouse

from conftest import PAGES, ROOT, Visit, weight
from lossbook.taxonomy import LOSSES

AXE_CORE = (ROOT / "lossbook_site" / "assets" / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")

# Compressed, as every host sends it.
BEFORE_FIGURES, WITH_FIGURES = 250_000, 700_000


def pytest_generate_tests(metafunc):
    if "visited" in metafunc.fixturenames:
        metafunc.parametrize("visited", metafunc.cls.pages, indirect=True, scope="class")


@pytest.fixture(scope="class")
def visited(request, browser, addresses):
    """A page, laid out, until another one is asked for."""
    visited = Visit(browser, addresses["http"], color_scheme="light", reduced_motion="reduce", has_touch=True)
    visited.open(request.param)
    visited.lay_out()  # the fonts of formulas further down load then
    visited.page.evaluate("new Promise(requestAnimationFrame).then(() => document.fonts.ready).then(() => 0)")
    visited.guessed, visited.tall = visited.page.evaluate(GUESSED, "--tall"), visited.page.evaluate(HEIGHT)
    yield visited
    visited.end()


@pytest.fixture(scope="class")
def drawn(visited):
    visited.draw_figures()
    return visited


@pytest.fixture(scope="class")
def on_phone(visited, browser, addresses):
    """The same page from a file, on a narrow phone, as it stands before anyone scrolls."""
    visit = Visit(browser, addresses["file"], viewport={"width": 390, "height": 844})
    visit.open(visited.name)
    visit.first_figure = visit.page.evaluate("document.querySelector('figure.plot')?.getBoundingClientRect().top")
    yield visit
    visit.end()


@pytest.fixture(scope="class")
def looks(drawn, states, record, deep):
    """What is found on a page in light or dark, on a desk or as wide as a phone; pictures are left of it."""
    page, found = drawn.page, {}
    if drawn.name == "search.html":
        drawn.open("search.html?q=loss").locator("#search-results li a").first.wait_for()
    page.evaluate(AXE_CORE)
    page.add_style_tag(content=THINNED_OUT)
    for scheme, width in states:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        drawn.follow()
        record(page, drawn.name, scheme)
        found[scheme, width] = {
            "overflow": page.evaluate(OVERFLOW),
            "words": page.evaluate(WORDS),
            "unmarked": page.evaluate(UNMARKED),
            "cut off": page.evaluate(CUT_OFF),
            "axe": axe(page, deep, first=not found),
        }
    return found


def axe(page, deep, first):
    """Return axe-core's complaints: of colours in each state of a page, of all else in the first, unless the run is deep."""
    if deep:
        return page.evaluate(AXE, {})
    structure = []
    if first:
        page.evaluate(PLAIN)
        structure = page.evaluate(AXE, {"rules": {rule: {"enabled": False} for rule in OF_COLOURS}})
        page.evaluate(FILL_UP)
    page.evaluate(THIN_OUT)
    colours = page.evaluate(AXE, {"runOnly": OF_COLOURS})
    page.evaluate(FILL_UP)
    return structure + colours


def of(looks, what):
    return {state: found[what] for state, found in looks.items() if found[what]}


class EachPage:
    """What holds for every page. An empty finding is a good one."""

    def test_page_draws_its_figures_and_is_light(self, visited, site, record_property):
        first = weight(site, [url for url in visited.requests if "plotly" not in url])
        visited.draw_figures()
        whole = weight(site, visited.requests)
        record_property("weight", (visited.name, first, whole))
        assert first <= BEFORE_FIGURES and whole <= WITH_FIGURES
        assert visited.page.evaluate(LACKING) == []

    def test_page_draws_its_figures_from_a_file(self, on_phone, deep):
        """On a narrow phone, where its height is guessed well and nothing scrolls sideways."""
        page = on_phone.page
        on_phone.lay_out()  # over estimated heights a jump may miss
        # Long tables get their boxes.
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert 0.85 <= page.evaluate(GUESSED, "--tall-phone") / page.evaluate(HEIGHT) <= 1.15
        page.set_viewport_size({"width": 320, "height": 700})
        page.wait_for_function(f"{OVERFLOW} <= 0")  # a figure that is drawn already follows a moment later
        figures = page.locator("figure.plot").all()
        for figure in figures if deep else figures[:1]:
            on_phone.look_at(figure)
            assert figure.locator("svg.main-svg").count() > 0

    def test_page_fits(self, looks):
        assert not of(looks, "overflow")

    def test_the_height_of_what_is_not_laid_out_yet_is_guessed_well(self, visited):
        assert 0.85 <= visited.guessed / visited.tall <= 1.15

    def test_page_is_accessible(self, looks):
        assert not of(looks, "axe")

    def test_no_words_of_a_figure_are_cut_or_cover_each_other(self, looks):
        assert not of(looks, "words")

    def test_what_scrolls_sideways_says_so(self, looks):
        assert not of(looks, "unmarked")

    def test_a_cell_s_output_has_no_gaps(self, drawn):
        assert drawn.page.locator(".stream:not(.stderr) + .stream:not(.stderr)").count() == 0


class TestSearch(EachPage):
    pages = ("search.html",)


class EachChapter(EachPage):
    """What holds for every page of the book."""

    def test_no_number_is_cut_off(self, looks):
        assert not of(looks, "cut off")

    def test_the_loss_is_drawn_within_two_screens_of_a_phone(self, on_phone):
        if on_phone.name.removeprefix("chapters/").removesuffix(".html") not in {loss.chapter for loss in LOSSES}:
            pytest.skip("no chapter of a loss")
        assert on_phone.first_figure < 2 * 844

    def test_no_line_breaks_between_a_formula_and_what_touches_it(self, looks, drawn, deep):
        """At many widths of the text, on a phone's page; deep, at many widths of the screen."""
        assert drawn.page.evaluate(TORN, list(range(280, 760, 10))) == []
        for width in range(320, 1300, 70) if deep else []:
            drawn.page.set_viewport_size({"width": width, "height": 900})
            assert drawn.page.evaluate(TORN, [""]) == []

    def test_every_stop_of_every_slider_shows_its_frame(self, looks, drawn, deep):
        if deep:
            drawn.page.set_viewport_size({"width": 1280, "height": 900})
        try_keys_and_mouse(drawn, every_stop=deep)

    def test_a_finger_moves_sliders_and_hides_curves(self, looks, drawn, deep):
        drawn.page.set_viewport_size({"width": 390, "height": 844})
        try_a_finger(drawn, every_figure=deep)

    def test_paper_holds_the_whole_page_and_no_controls(self, looks, drawn):
        """Also that of a reader who reads it dark, and has moved sliders: the last that is asked of the page."""
        page = drawn.page
        page.set_viewport_size({"width": 1280, "height": 900})
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        drawn.follow()
        page.emulate_media(color_scheme="dark", media="print")
        page.evaluate("document.body.style.width = '680px'")  # A4 within its margins; no resize event
        for gone in ("header", "nav", "input", ".copy", ".plot-player"):
            assert page.locator(gone).locator("visible=true").count() == 0, gone
        for solution in page.locator(".tag_exercise-solution pre").all():
            assert solution.is_visible()
        assert page.evaluate(WIDE) == []
        for figure in page.locator("figure.plot").all():
            assert figure.locator("svg.main-svg").first.bounding_box()["height"] > 100
        for text in page.locator("figure.plot svg .infolayer text").all()[:1]:
            assert text.evaluate("text => getComputedStyle(text).fill") == "rgb(34, 32, 28)"

    def test_without_scripts_the_text_the_formulas_and_each_figures_words_are_there(self, visited, visit):
        page = visit(java_script_enabled=False).open(visited.name)
        assert len(page.locator("article").inner_text()) > 300
        for formula in page.locator("article .katex-html").all()[:3]:
            assert formula.bounding_box()["width"] > 0
        said = page.locator("figure.plot noscript p")
        assert said.count() == page.locator("figure.plot").count()
        for each in said.all():
            assert each.is_visible() and len(each.text_content()) > 100
        for control in ("input[type=range]", ".plot-player", ".plot-legend", ".copy"):
            assert page.locator(control).locator("visible=true").count() == 0, control


# The pages of a folder are a class, and so go to one of pytest-xdist's workers.
FOLDERS = [PurePath(name).parent.name for name in PAGES]
for folder in dict.fromkeys(FOLDERS):
    pages = [name for name, its_folder in zip(PAGES, FOLDERS, strict=True) if its_folder == folder]
    globals()[f"Test{folder.title()}"] = type(f"Test{folder.title()}", (EachChapter,), {"pages": pages})


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
