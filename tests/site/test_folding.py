"""What folds, the families of the map and the parts of the book: by keyboard, on a phone, on paper and without scripts."""

import io
import re
import unicodedata

import pytest
from pypdf import PdfReader

from conftest import PAGES
from lossbook.book.atlas import taxonomy_map
from lossbook.taxonomy import IDENTITIES, LOSSES

MAP = "chapters/reference/map.html"
SUMMARIES = ".map summary"


def drawn(html):
    """Return the arcs that are shown in a map, by identity: the numbers of their paths."""
    arcs = re.findall(r'#([^"]*)" class="map-link[^>]*?( hidden(?:="")?)?><title>.*?<path class="map-reach" d="([^"]*)"', html)
    return {slug: [float(number) for number in re.findall(r"[\d.]+", path)] for slug, hidden, path in arcs if not hidden}


def assert_drawn_as(page, folded):
    """Assert that the script draws the map as the package does."""
    found, expected = drawn(page.locator(".map").evaluate("map => map.outerHTML")), drawn(taxonomy_map(folded=folded).html)
    assert expected and found.keys() == expected.keys()
    for slug, numbers in expected.items():
        assert found[slug] == pytest.approx(numbers, rel=1e-3), slug


def test_families_fold_and_unfold_by_keyboard_and_arcs_follow(visit):
    page = visit().open(MAP)
    before = page.locator(".map details[open]").count()
    for state in (bool(before), not before):
        for summary in page.locator(SUMMARIES).all():
            summary.focus()
            page.keyboard.press("Enter")
        page.wait_for_timeout(50)
        assert page.locator(".map .map-loss:visible").count() == (0 if state else len(LOSSES))
        assert_drawn_as(page, folded=state)


def test_one_family_unfolds_and_its_arcs_reach_the_others(visit):
    page = visit(viewport={"width": 390, "height": 844}, has_touch=True).open(MAP)
    assert page.locator(".map details[open]").count() == 0  # on a phone all start folded
    assert_drawn_as(page, folded=True)
    page.locator(SUMMARIES).first.tap()
    page.wait_for_timeout(50)
    own = [loss for loss in LOSSES if loss.family == LOSSES[0].family]
    assert page.locator(".map .map-loss:visible").all_inner_texts() == [loss.title for loss in own]
    inside = [each for each in IDENTITIES if all(name in {loss.name for loss in own} for name in each.losses)]
    for identity in inside:
        assert page.locator(f".map .map-link[href$='#{identity.slug}']").is_visible()


def test_the_map_starts_without_a_jump_of_what_is_read(visit):
    """Folding on a phone is done before anything is shown."""
    page = visit(viewport={"width": 390, "height": 844}).open(MAP)
    moved = """() => new Promise(done => new PerformanceObserver(list => done(list.getEntries().map(each => each.value)))
      .observe({ type: 'layout-shift', buffered: true }) || setTimeout(() => done([]), 500))"""
    assert sum(page.evaluate(moved)) < 0.02


def test_paper_unfolds_the_map_and_the_screen_folds_it_again(visit):
    page = visit(viewport={"width": 390, "height": 844}).open(MAP)
    page.evaluate(
        "addEventListener('beforeprint', () => { window.unfolded = document.querySelectorAll('.map details[open]').length })"
    )
    text = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(page.pdf())).pages)
    text = unicodedata.normalize("NFKC", text)  # "ff" may be one sign on paper
    upto = text.partition("The same as a list")[0]
    assert all(loss.title in upto for loss in LOSSES)
    assert page.evaluate("window.unfolded") == page.locator(SUMMARIES).count()
    page.wait_for_timeout(50)
    assert page.locator(".map details[open]").count() == 0
    assert_drawn_as(page, folded=True)


def test_without_scripts_families_fold_and_no_arc_is_wrong(visit):
    page = visit(java_script_enabled=False).open(MAP)
    assert page.locator(".map svg").is_visible() and not page.locator(".map-told").is_visible()
    first = page.locator(".map details").first
    was_open = first.get_attribute("open") is not None
    first.locator("summary").focus()
    page.keyboard.press("Enter")
    assert first.locator(".map-loss").first.is_visible() != was_open
    assert not page.locator(".map svg").is_visible()  # the arcs end elsewhere


@pytest.mark.parametrize("scripts", [True, False])
def test_the_contents_of_the_book_show_the_present_part_and_the_others_unfold(visit, scripts):
    page = visit(java_script_enabled=scripts).open("chapters/regression/huber.html")
    nav = page.locator("#site-nav")
    assert nav.locator("[aria-current=page]").is_visible()
    parts = nav.locator("details")
    assert nav.locator("details[open]").count() == 1 and parts.count() > 4
    assert nav.locator("a").count() == len(PAGES) - 1  # the landing page is none of them
    last = parts.last
    assert not last.locator("a").first.is_visible()
    last.locator("summary").focus()
    page.keyboard.press("Enter")
    assert last.locator("a").first.is_visible()


def test_on_a_phone_the_chapters_of_a_part_are_one_row_that_starts_at_the_page(visit):
    page = visit(viewport={"width": 390, "height": 844}).open("chapters/classification/hinge.html")
    row = page.locator(".siblings")
    links = [link.bounding_box() for link in row.locator("a").all()]
    assert len({box["y"] for box in links}) == 1 and links[-1]["x"] + links[-1]["width"] > links[0]["x"] + 390
    here = row.locator("[aria-current]").bounding_box()
    assert here["x"] >= 0 and here["x"] + here["width"] <= 390
