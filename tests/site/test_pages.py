"""Every page stands alone: served or opened from a file, on a desk or a phone, light or dark."""

import pytest

from conftest import PAGES, ROOT, Visit, weight

AXE = ROOT / "lossbook_site" / "assets" / "node_modules" / "axe-core" / "axe.min.js"

# Compressed, as every host sends it.
BEFORE_FIGURES, WITH_FIGURES = 250_000, 700_000

# The words of a figure that its frame cuts.
CUT = """figure => {
  const frame = figure.querySelector('.plot-canvas').getBoundingClientRect();
  return [...figure.querySelectorAll('.plot-canvas svg text')].filter(text => {
    const box = text.getBoundingClientRect();
    return text.textContent.trim() && box.width && !text.closest('.textpoint') && (box.left < frame.left - 0.5
      || box.right > frame.right + 0.5 || box.top < frame.top - 0.5 || box.bottom > frame.bottom + 0.5);
  }).map(text => text.textContent);
}"""

# The pairs of words in a figure that cover each other.
COLLISIONS = """figure => {
  const words = [...figure.querySelectorAll('.plot-canvas svg text')].filter(
    // Words that are a figure's points may lie on each other, as points do.
    text => text.textContent.trim() && text.getBoundingClientRect().width && !text.closest('.textpoint'));
  const found = [];
  words.forEach((one, index) => {
    const a = one.getBoundingClientRect();
    for (const other of words.slice(index + 1)) {
      const b = other.getBoundingClientRect();
      if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5
          && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2)
        found.push(`${one.textContent} and ${other.textContent}`);
    }
  });
  return found;
}"""


@pytest.mark.parametrize("name", [*PAGES, "search.html"])
def test_page_draws_its_figures_and_is_light(visit, site, name, record_property):
    visited = visit()
    page = visited.open(name)
    visited.lay_out()  # the fonts of formulas further down load then
    page.evaluate("new Promise(requestAnimationFrame).then(() => document.fonts.ready).then(() => 0)")
    first = weight(site, [url for url in visited.requests if "plotly" not in url])
    visited.draw_figures()
    whole = weight(site, visited.requests)
    record_property("weight", (name, first, whole))
    assert first <= BEFORE_FIGURES and whole <= WITH_FIGURES
    assert_drawn_and_described(page)


@pytest.mark.parametrize("name", [*PAGES, "search.html"])
def test_page_draws_its_figures_from_a_file(visit, name):
    visited = visit("file")
    page = visited.open(name)
    visited.draw_figures()
    assert_drawn_and_described(page)


def assert_drawn_and_described(page):
    for figure in page.locator("figure.plot").all():
        described_by = figure.get_attribute("aria-describedby")
        assert len(page.locator(f"#{described_by}").text_content()) > 20
        assert figure.locator("svg.main-svg").count() > 0


STATES = [("light", 1280), ("dark", 1280), ("dark", 390), ("light", 390)]


@pytest.fixture(scope="module")
def opened(browser, addresses):
    """Open a page, all its figures drawn, and keep it until another one is asked for."""
    now = []

    def open(name):
        if now and now[0].name == name:
            return now[0]
        if now:
            now.pop().end()
        visited = Visit(browser, addresses["http"], color_scheme="light", reduced_motion="reduce")
        now.append(visited)
        visited.open(name)
        visited.draw_figures()
        visited.page.evaluate(AXE.read_text())
        return visited

    yield open
    for last in now:
        last.end()


@pytest.fixture(
    scope="module",
    params=[(name, *state) for name in [*PAGES, "search.html?q=loss"] for state in STATES],
    ids=lambda param: "-".join(map(str, param)),
)
def state(request, opened):
    """A page in light or dark, on a desk or as wide as a phone: the same page for all the tests below."""
    name, scheme, width = request.param
    page = opened(name).page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_timeout(200)  # figures follow both
    return page, name, scheme


@pytest.fixture
def page(state):
    return state[0]


def test_page_fits(page):
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_page_is_accessible(page):
    # A formula's visible half is thousands of spans in the text's colour, hidden from readers'
    # tools, which get its MathML.
    found = page.evaluate("axe.run({ exclude: ['.katex-html'] }, { resultTypes: ['violations'] })")
    report = [
        f"{violation['id']}: {node['html']}\n{node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
    assert not report, "\n\n".join(report)


def test_no_words_of_a_figure_are_cut_or_cover_each_other(page):
    for figure in page.locator("figure.plot").all():
        assert figure.evaluate(CUT) == []
        assert figure.evaluate(COLLISIONS) == []


def test_what_scrolls_sideways_says_so(page):
    boxes = page.evaluate(
        """() => [...document.querySelectorAll('article :is(pre, .table-box, .katex-display)')]
          .filter(box => box.checkVisibility() && box.clientWidth)
          .map(box => [box.scrollWidth > box.clientWidth, getComputedStyle(box).backgroundImage, box.textContent.slice(0, 60)])"""
    )
    for scrolls, background, text in boxes:
        assert scrolls == ("gradient" in background), text


def test_a_cell_s_output_has_no_gaps(page):
    assert page.locator(".stream:not(.stderr) + .stream:not(.stderr)").count() == 0


def test_page_is_recorded(state, record):
    """No test: it leaves the picture that a person looks at."""
    record(*state)


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
