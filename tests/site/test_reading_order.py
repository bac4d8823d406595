"""Reading without a mouse, without scripts, without motion: order, focus, and what is left to read."""

import re

import pytest

from conftest import PAGES, SITE
from lossbook.taxonomy import LOSSES

ALTERNATIVE = re.compile(r'<p class="visually-hidden" id="figure-[^"]*-alt">(.*?)</p>', re.DOTALL)
NUMBER = re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten)\b", re.IGNORECASE)

# What has the focus: its place on the page, and whether it looks different from before.
FOCUSED = """() => {
  const here = document.activeElement;
  if (here === document.body) return null;
  const style = getComputedStyle(here), box = here.getBoundingClientRect();
  return {
    name: here.outerHTML.slice(0, 90), inText: !!here.closest('article') && !here.closest('svg'),
    top: box.top + scrollY, left: box.left, shown: box.width > 0 && box.height > 0,
    ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 || !!here.closest('.map svg'),
  };
}"""


# A page of each kind: walking all of them takes minutes and meets the same elements.
KINDS = [name for name in PAGES if name.count("/") == 1 or "/reference/" in name or name.endswith("/index.html")]
KINDS += [f"chapters/{name}.html" for name in ("lenses/nll", "regression/huber", "classification/hinge", "distance/triplet")]


@pytest.mark.parametrize("name", KINDS)
def test_the_focus_is_seen_and_walks_down_the_page(visit, name):
    """Tab by Tab through the whole page: a ring on each place, none outside its text's order."""
    visited = visit(reduced_motion="reduce")
    page = visited.open(name)
    visited.lay_out()
    before, seen = None, 0
    for _ in range(1000):
        page.keyboard.press("Tab")
        here = page.evaluate(FOCUSED)
        if here is None:
            break
        seen += 1
        assert here["ring"] and here["shown"], here["name"]
        if here["inText"]:
            # A link in a table or a map may stand a little higher than its neighbour on the left.
            assert before is None or here["top"] > before["top"] - 60 or here["left"] > before["left"], here["name"]
            before = here
    assert here is None and seen > 10


@pytest.mark.parametrize("name", PAGES)
def test_without_scripts_the_text_the_formulas_and_each_figures_words_are_there(visit, name):
    page = visit(java_script_enabled=False).open(name)
    assert len(page.locator("article").inner_text()) > 300
    for formula in page.locator("article .katex-html").all()[:3]:
        assert formula.bounding_box()["width"] > 0
    said = page.locator("figure.plot noscript p")
    assert said.count() == page.locator("figure.plot").count()
    for each in said.all():
        assert each.is_visible() and len(each.text_content()) > 100
    for control in ("input[type=range]", ".plot-player", ".plot-legend", ".copy"):
        assert page.locator(control).locator("visible=true").count() == 0, control


@pytest.mark.parametrize("name", PAGES)
def test_a_figures_words_have_its_numbers(name):
    for said in ALTERNATIVE.findall((SITE / name).read_text(encoding="utf-8")):
        assert len(NUMBER.findall(said)) >= 2, said
        assert not re.match(r"(?i)(?:a |the )?(?:plot|figure|graph|chart) of", said), said


def test_nothing_plays_for_those_who_want_no_motion(visit):
    page = visit(reduced_motion="reduce").open("chapters/distance/pairwise_contrastive.html")
    assert page.get_by_role("button", name="Play").count() == 0
    assert page.locator("figure.plot input[type=range]").first.is_visible()


def test_chapters_follow_each_other_as_in_the_taxonomy():
    """By the links at the foot of the pages, from the first to the last."""
    order, name = [], PAGES[0]
    while name:
        order.append(name)
        found = re.search(r'<a rel="next" href="([^"]*)"', (SITE / name).read_text(encoding="utf-8"))
        name = (SITE / name).parent.joinpath(found[1]).resolve().relative_to(SITE).as_posix() if found else None
    assert order == PAGES
    chapters = list(dict.fromkeys(f"chapters/{loss.chapter}.html" for loss in LOSSES))
    assert [name for name in order if name in chapters] == chapters


def test_whoever_scrolls_meets_every_figure_drawn(visit):
    """Part by part, as the page is laid out on the way."""
    page = visit().open("chapters/classification/hinge.html")
    unseen = "() => [...document.querySelectorAll('figure.plot:not([data-drawn])')].some(figure => {"
    unseen += " const box = figure.getBoundingClientRect(); return box.top < innerHeight && box.bottom > 0; })"
    while page.evaluate("scrollY + innerHeight < document.documentElement.scrollHeight - 1"):
        page.mouse.wheel(0, 700)
        page.wait_for_timeout(80)
        page.wait_for_function(f"!({unseen})()")
    assert page.locator("figure.plot:not([data-drawn])").count() == 0


PLACE = "place => place.getBoundingClientRect().top"


@pytest.mark.parametrize("number", [2, -1, -6])
def test_a_jump_leads_to_its_place_over_parts_not_laid_out_yet(visit, number):
    """By the page's own contents, from another page, and after a reload."""
    visited = visit()
    page = visited.open("chapters/classification/hinge.html")
    links = page.locator("#page-nav > ul > li > ul > li > a")
    link = links.nth(number % links.count())
    href = link.get_attribute("href")
    place = page.locator(href).locator("h2")
    page.get_by_role("button", name="On this page").click()
    link.click()
    page.wait_for_timeout(300)
    top = place.evaluate(PLACE)
    assert 0 < top < 150
    page.evaluate("scrollBy(0, -200)")
    page.reload()
    page.wait_for_timeout(300)
    assert abs(place.evaluate(PLACE) - (top + 200)) < 5
    visited.open("search.html")
    visited.open(f"chapters/classification/hinge.html{href}")
    page.wait_for_timeout(300)
    assert 0 < place.evaluate(PLACE) < 150
