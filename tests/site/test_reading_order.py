"""Reading without a mouse, without scripts, without motion: order, focus, and what is left to read."""

import re
from itertools import pairwise

import pytest

from conftest import PAGES, SITE
from lossbook.taxonomy import LOSSES

ALTERNATIVE = re.compile(r'<p class="visually-hidden" id="figure-[^"]*-alt">(.*?)</p>', re.DOTALL)
HINGE = "chapters/classification/hinge.html"
NUMBER = re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten)\b", re.IGNORECASE)

# Notes each place that the focus comes to, until it leaves the page: where it is, and whether it looks different from before.
NOTE_FOCUS = """
  window.walk = [];
  window.left = false;
  document.addEventListener('focusin', ({ target }) => {
    if (window.left) return;
    const style = getComputedStyle(target), box = target.getBoundingClientRect();
    let inner = 0; // what a box around it, a long table's, is scrolled by
    for (let up = target.parentElement; up && up !== document.body; up = up.parentElement) inner += up.scrollTop;
    window.walk.push({
      name: target.outerHTML.slice(0, 90), inText: !!target.closest('article') && !target.closest('svg'),
      top: box.top + scrollY + inner, left: box.left, shown: box.width > 0 && box.height > 0,
      ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 || !!target.closest('.map svg'),
    });
  });
  document.addEventListener('focusout', ({ relatedTarget }) => { window.left ||= !relatedTarget; });
"""

# A page of each kind: walking all of them takes minutes and meets the same elements.
KINDS = [name for name in PAGES if name.count("/") == 1 or "/reference/" in name or name.endswith("/index.html")]
KINDS += [f"chapters/{name}.html" for name in ("lenses/nll", "regression/huber", "classification/hinge", "distance/triplet")]


@pytest.mark.parametrize("name", KINDS)
def test_the_focus_is_seen_and_walks_down_the_page(visit, name):
    """Tab by Tab through the whole page: a ring on each place, none outside its text's order."""
    visited = visit(reduced_motion="reduce")
    page = visited.open(name)
    visited.lay_out()
    page.evaluate(NOTE_FOCUS)
    for _ in range(50):
        for _ in range(20):
            page.keyboard.press("Tab")
        if page.evaluate("window.left"):
            break
    else:
        pytest.fail("the focus does not leave the page")
    walk = page.evaluate("window.walk")
    assert len(walk) > 10
    assert [here["name"] for here in walk if not (here["ring"] and here["shown"])] == []
    for before, here in pairwise(here for here in walk if here["inText"]):
        # A link in a table or a map may stand a little higher than its neighbour on the left.
        assert here["top"] > before["top"] - 60 or here["left"] > before["left"], here["name"]


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


def pytest_generate_tests(metafunc):
    if "scrolled" in metafunc.fixturenames:
        with_figures = [name for name in PAGES if '<figure class="plot"' in (SITE / name).read_text(encoding="utf-8")]
        metafunc.parametrize("scrolled", with_figures if metafunc.config.getoption("--deep") else [HINGE])


def test_whoever_scrolls_meets_every_figure_drawn(visit, scrolled):
    """Part by part, as the page is laid out on the way."""
    page = visit().open(scrolled)
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
    page = visited.open(HINGE)
    links = page.locator("#page-nav > ul > li > ul > li > a")
    link = links.nth(number % links.count())
    href = link.get_attribute("href")
    place = page.locator(href).locator("h2")
    link.click()
    page.wait_for_timeout(300)
    top = place.evaluate(PLACE)
    assert 0 < top < 150
    page.evaluate("scrollBy(0, -200)")
    page.reload()
    page.wait_for_timeout(300)
    assert abs(place.evaluate(PLACE) - (top + 200)) < 5
    visited.open("search.html")
    visited.open(f"{HINGE}{href}")
    page.wait_for_timeout(300)
    assert 0 < place.evaluate(PLACE) < 150
