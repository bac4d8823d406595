"""The reference pages in the browser: the map by keyboard, tables that can be filtered, questions that unfold."""

from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import expect

from lossbook.book.guide import paths
from lossbook.taxonomy import IDENTITIES, LOSSES, loss_of
from lossbook_site.landing import Opening

REFERENCE = "chapters/reference/"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.mark.parametrize("name", ["chapters/index.html", f"{REFERENCE}map.html"])
def test_the_map_can_be_walked_by_keyboard(visit, name):
    page = visit().open(name)
    assert page.locator(".map .map-loss").count() == len(LOSSES)
    assert page.locator(".map .map-link").count() == len(IDENTITIES)
    arc = page.locator(".map .map-link:not([hidden])").first
    stroke = "path => getComputedStyle(path).strokeWidth"
    before = arc.locator("path").last.evaluate(stroke)
    arc.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert arc.locator("path").last.evaluate(stroke) != before
    assert arc.get_attribute("aria-label") in page.locator(".map-told").inner_text()
    slug = arc.get_attribute("href").partition("#")[2]
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/reference/identities.html#{slug}")


def test_the_map_is_large_enough_for_a_finger(visit):
    page = visit(**PHONE).open(f"{REFERENCE}map.html")
    assert page.locator(".map").bounding_box()["width"] > 330
    page.locator(".map summary").first.tap()
    # Rows of names are as far apart as WCAG asks of targets.
    rows = page.locator(".map :is(summary, li):visible")
    tops = [each.bounding_box()["y"] for each in rows.all() if not each.evaluate("row => row.closest('.map-told')")]
    assert len(tops) > 5 and min(b - a for a, b in pairwise(tops)) >= 24
    first = page.locator(".map .map-loss").first
    first.tap()
    page.wait_for_url(f"**/{LOSSES[0].chapter}.html")


# A point of an arc that has no other arc near it, as far as a finger is broad.
OF_THE_ARC = """arc => {
  const path = arc.lastElementChild, length = path.getTotalLength();
  const at = (x, y) => document.elementFromPoint(x, y)?.closest(".map-link");
  const near = [[0, 0], [12, 0], [-12, 0], [0, 12], [0, -12]];
  for (let way = 0; way < length; way += 2) {
    const { x, y } = path.getPointAtLength(way).matrixTransform(path.getScreenCTM());
    if (at(x, y) === arc && near.every(([right, down]) => [arc, null, undefined].includes(at(x + right, y + down)))) return [x, y];
  }
}"""


def with_room(page, arcs):
    """Return an arc and a point of it with nothing else near; a fold draws the arcs a moment after the tap."""
    for _ in range(50):
        for arc in arcs.all():
            if point := arc.evaluate(OF_THE_ARC):
                return arc, point
        page.wait_for_timeout(100)
    pytest.fail("no arc has room around it")


def test_a_finger_on_an_arc_shows_its_condition_and_the_way_on(visit):
    page = visit(**PHONE).open(f"{REFERENCE}map.html")
    page.locator(".map summary").first.tap()
    arc, point = with_room(page, page.locator(".map .map-limit:not([hidden])"))
    page.touchscreen.tap(*point)
    assert page.url.endswith("map.html")
    said = page.locator(".map-told li:visible")
    texts = said.all_inner_texts()
    assert any(text.startswith(f"{arc.get_attribute('aria-label')}, where") for text in texts)
    assert said.locator("math").count() == len(texts) and not any("\\" in text for text in texts)
    link = said.get_by_role("link").first
    slug = link.get_attribute("href").partition("#")[2]
    link.tap()
    page.wait_for_url(f"**/identities.html#{slug}")


def test_arcs_between_the_same_rows_are_said_together(visit):
    page = visit().open(f"{REFERENCE}map.html")
    for family in page.locator(".map summary").all():
        if family.evaluate("summary => summary.parentElement.open"):
            family.click()
    arcs = page.locator(".map .map-link:not([hidden])")
    # A fold draws the arcs a moment after the click.
    families = [{loss_of(name).family for name in identity.losses} for identity in IDENTITIES]
    expect(arcs).to_have_count(sum(len(each) > 1 for each in families))
    by_place = {}
    for arc in arcs.all():
        by_place.setdefault(arc.locator("path").last.get_attribute("d"), []).append(arc)
    assert len(by_place) > 1 and max(map(len, by_place.values())) > 1
    for same in by_place.values():
        same[0].focus()
        assert page.locator(".map-told li:visible a").all_inner_texts() == [arc.get_attribute("aria-label") for arc in same]


def shown(page):
    return page.locator(".tag_filter tbody tr").evaluate_all(
        "rows => rows.filter(row => row.checkVisibility()).map(row => row.cells[0].textContent.trim())"
    )


def test_the_comparison_can_be_filtered(visit):
    page = visit().open(f"{REFERENCE}comparison.html")
    assert len(shown(page)) == len(LOSSES)
    family, bounded = page.get_by_label("Family", exact=True), page.get_by_label("Bounded gradient")
    family.select_option("Regression")
    assert shown(page) == [loss.title for loss in LOSSES if loss.family == "regression"]
    # By keyboard: a letter chooses.
    bounded.focus()
    page.keyboard.press("n")
    assert shown(page) == ["L2", "Lp"]
    assert page.locator(".filter output").text_content() == f"2 of {len(LOSSES)} rows"
    family.select_option("any")
    bounded.select_option("any")
    assert len(shown(page)) == len(LOSSES)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["comparison", "crosswalk", "how_we_know", "speed"])
def test_each_choice_leaves_the_rows_that_have_it(visit, name, width):
    page = visit(viewport={"width": width, "height": 844}, has_touch=width < 1000).open(f"{REFERENCE}{name}.html")
    headings = page.locator(".tag_filter thead th").all_text_contents()
    cells = page.locator(".tag_filter tbody").evaluate(
        "body => [...body.rows].map(row => [...row.cells].map(cell => cell.textContent.trim()))"
    )
    for label in page.locator(".filter label").all():
        column = headings.index(label.text_content())
        choice = page.get_by_label(label.text_content(), exact=True)
        for option in choice.locator("option").all_text_contents()[1:]:
            choice.select_option(option)
            assert shown(page) == [row[0] for row in cells if row[column] == option], f"{label.text_content()} = {option}"
        choice.select_option("any")
    assert len(shown(page)) == len(cells)


# Where the reader's window begins, and a cell of a long table's head and first column, as they are seen.
SEEN = """([box, row]) => {
  const table = box.querySelector('table'), bar = document.querySelector('.site-header').getBoundingClientRect().bottom;
  const seen = cell => {
    const { left, top, width, height } = cell.getBoundingClientRect();
    const there = document.elementFromPoint(left + Math.min(width / 2, 20), top + height / 2);
    return { top: Math.round(top), left: Math.round(left), seen: cell.contains(there) };
  };
  return {
    bar, box: Math.round(box.getBoundingClientRect().left), page: document.documentElement.scrollWidth,
    head: seen(table.tHead.rows[0].cells[0]), first: seen(table.tBodies[0].rows[row].cells[0]),
  };
}"""


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["comparison", "crosswalk", "how_we_know"])
def test_the_head_and_the_first_column_of_a_long_table_stay_in_view(visit, name, width):
    visited = visit(viewport={"width": width, "height": 700})
    page = visited.open(f"{REFERENCE}{name}.html")
    visited.lay_out()
    box = page.locator(".tag_filter .table-box")
    row = page.locator(".tag_filter tbody tr").count() // 2
    middle = page.locator(".tag_filter tbody tr").nth(row)
    middle.evaluate("row => row.scrollIntoView({ block: 'center', behavior: 'instant' })")
    box.evaluate("box => { box.scrollLeft = box.scrollWidth }")
    here = page.evaluate(SEEN, [box.element_handle(), row])
    assert here["page"] == width
    assert here["head"]["seen"] and here["bar"] - 1 <= here["head"]["top"] < 350
    assert here["first"]["seen"] and here["first"]["left"] - here["box"] < 20


def test_the_comparison_fits_a_phone(visit):
    page = visit(**PHONE).open(f"{REFERENCE}comparison.html")
    box = page.locator(".tag_filter .table-box")
    assert box.evaluate("box => box.scrollWidth - box.clientWidth") == 0
    shown = [heading for heading in page.locator(".tag_filter thead th").all() if heading.is_visible()]
    assert [heading.inner_text() for heading in shown] == ["Loss", "Convex", "Smooth", "Bounded gradient", "Proper", "Likelihood"]


@pytest.mark.parametrize("name", ["identities", "map"])
def test_rows_with_much_to_say_are_cards_on_a_phone(visit, name):
    visited = visit(**PHONE)
    page = visited.open(f"{REFERENCE}{name}.html")
    visited.lay_out()
    rows = page.locator(".tag_cards tbody tr").all()
    assert len(rows) == len(IDENTITIES if name == "identities" else LOSSES)
    for row in rows[:5]:
        first, *others = [cell.bounding_box() for cell in row.locator("td").all()]
        assert first["width"] > 300 and all(box["y"] >= first["y"] + first["height"] for box in others)
        assert all(box["x"] + box["width"] <= 390 for box in others)


def test_the_table_is_whole_without_scripts(visit):
    page = visit(java_script_enabled=False).open(f"{REFERENCE}comparison.html")
    assert len(shown(page)) == len(LOSSES) and page.locator(".filter").count() == 0


def test_a_path_of_questions_leads_to_its_chapter(visit):
    page = visit().open(f"{REFERENCE}which_loss.html")
    answers, advice = next((a, advice) for a, advice in paths() if "huber_loss" in advice.losses)
    within = page.locator(".guide")
    for answer in answers:
        summary = within.get_by_text(answer, exact=True).first
        summary.focus()
        page.keyboard.press("Enter")
        within = summary.locator("xpath=..")
    link = within.get_by_role("link", name="Huber", exact=True)
    assert link.is_visible() and advice.reason in within.text_content()
    link.click()
    page.wait_for_url(f"**/{loss_of('huber_loss').chapter}.html")


def test_the_first_page_opens_with_doors_and_a_reading_to_move(visit):
    """All within the first screen, of a phone too; the answers are those of the losses."""
    page = visit(viewport={"width": 390, "height": 844}).open("chapters/index.html")
    doors = page.locator("article ul").first.get_by_role("link")
    assert [door.get_attribute("href").rpartition(".")[0] for door in doors.all()] == [
        "lenses/nll", "reference/which_loss", "reference/map", "teaching/index",
    ]  # fmt: skip
    slider, answers = page.locator(".opening input"), page.locator(".opening output")
    assert doors.last.bounding_box()["y"] < slider.bounding_box()["y"] < 844
    for place in (0, 40, 80):
        slider.fill(str(place))
        readings = np.array([*Opening.readings, Opening.sixth[place]])
        squared, huber, absolute = map(float, answers.all_text_contents())
        assert squared == pytest.approx(readings.mean(), abs=0.006) and absolute == pytest.approx(np.median(readings), abs=0.006)
        assert np.clip(readings - huber, -1.5, 1.5).sum() == pytest.approx(0, abs=0.04)
