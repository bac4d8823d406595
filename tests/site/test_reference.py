"""The reference pages in the browser: the map by keyboard, tables that can be filtered, questions that unfold."""

from itertools import pairwise

import pytest

from lossbook.book.guide import paths
from lossbook.taxonomy import IDENTITIES, LOSSES, loss_of

REFERENCE = "chapters/reference/"


@pytest.mark.parametrize("name", ["chapters/index.html", f"{REFERENCE}map.html"])
def test_the_map_can_be_walked_by_keyboard(visit, name):
    page = visit().open(name)
    links = page.locator("svg.map a")
    families = {loss.family for loss in LOSSES}
    assert links.count() == len(LOSSES) + len(IDENTITIES) + len(families)
    first = page.locator("svg.map .map-link").first
    stroke = "path => getComputedStyle(path).strokeWidth"
    before = first.locator("path").last.evaluate(stroke)
    first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert first.locator("path").last.evaluate(stroke) != before
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/reference/identities.html#{IDENTITIES[0].slug}")


def test_the_map_is_large_enough_for_a_finger(visit):
    page = visit(viewport={"width": 390, "height": 844}, has_touch=True).open(f"{REFERENCE}map.html")
    box = page.locator("svg.map").bounding_box()
    assert box["width"] > 330
    # Rows of names are as far apart as WCAG asks of targets.
    tops = [each.bounding_box()["y"] for each in page.locator("svg.map .map-loss circle").all()]
    assert min(b - a for a, b in pairwise(tops)) >= 24 * 0.95
    page.locator("svg.map .map-loss").nth(3).tap()
    page.wait_for_url(f"**/{LOSSES[3].chapter}.html")


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
