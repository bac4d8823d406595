"""The controls around a figure: what they do to it, by keyboard, mouse and theme."""

import pytest
from playwright.sync_api import expect

from conftest import PAGES


def curves(figure):
    """Return the paths of the curves that are drawn now."""
    return figure.evaluate(
        """figure => [...figure.querySelectorAll('.scatterlayer .trace')].map(
          trace => [...trace.querySelectorAll('path')].map(path =>
            [path.getAttribute('d'), path.getAttribute('transform')]))"""
    )


def text_colour(figure):
    return figure.evaluate("figure => getComputedStyle(figure.querySelector('svg text')).fill")


def wait_until(figure, holds):
    """Give the figure five seconds to reach a state."""
    for _ in range(50):
        if holds():
            return
        figure.page.wait_for_timeout(100)
    assert holds()


@pytest.fixture
def figure(visit, page_with_slider):
    """The first figure with a slider, drawn and in view."""
    visited = visit(color_scheme="light")
    page = visited.open(page_with_slider)
    visited.draw_figures()
    figure = page.locator("figure.plot", has=page.locator("input[type=range]")).first
    figure.scroll_into_view_if_needed()
    return figure


def test_slider_moves_the_curve_by_keyboard(figure):
    slider, output = figure.locator("input[type=range]"), figure.locator("output")
    before, label = curves(figure), output.text_content()
    slider.focus()
    slider.press("ArrowRight")
    wait_until(figure, lambda: curves(figure) != before)
    assert output.text_content() != label
    assert slider.get_attribute("aria-valuetext") == output.text_content()
    slider.press("ArrowLeft")
    wait_until(figure, lambda: curves(figure) == before)
    assert output.text_content() == label


def test_a_film_plays_and_pauses(visit):
    visited = visit()
    page = visited.open("chapters/distance/pairwise_contrastive.html")
    film = page.locator("figure.plot", has=page.get_by_role("button", name="Play")).last
    visited.look_at(film)
    output = film.locator("output")
    end = output.text_content()
    film.get_by_role("button", name="Play").click()
    wait_until(film, lambda: output.text_content() != end)
    earlier = output.text_content()
    wait_until(film, lambda: output.text_content() not in (end, earlier))
    film.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(300)
    held = output.text_content()
    page.wait_for_timeout(600)
    assert output.text_content() == held != end


def test_legend_hides_and_shows_a_curve(figure):
    button = figure.locator(".plot-legend button").first
    count = len(curves(figure))
    button.press("Enter")
    wait_until(figure, lambda: button.get_attribute("aria-pressed") == "false")
    assert len(curves(figure)) == count - 1
    button.click()
    wait_until(figure, lambda: button.get_attribute("aria-pressed") == "true")
    assert len(curves(figure)) == count


def test_drawn_figure_follows_the_theme(figure):
    light = text_colour(figure)
    figure.page.get_by_role("button", name="Dark colours").click()
    wait_until(figure, lambda: text_colour(figure) != light)


def test_a_figure_below_the_screen_is_drawn_when_the_reader_moves(visit):
    page = visit(viewport={"width": 390, "height": 844}).open("chapters/regression/huber.html")
    first = page.locator("figure.plot").first
    assert 844 < first.bounding_box()["y"] < 844 + 500
    page.wait_for_timeout(500)
    assert page.locator("figure.plot[data-drawn]").count() == 0
    page.evaluate("scrollBy(0, 1)")
    expect(page.locator("figure.plot[data-drawn]").first).to_be_attached()


def test_figures_wait_until_they_are_near(visit, page_with_slider):
    visited = visit(viewport={"width": 1280, "height": 100})  # the first figure stands a screen further down
    page = visited.open(page_with_slider)
    page.wait_for_timeout(500)
    assert page.locator("figure.plot:not([data-drawn])").count() > 0
    assert not any("plotly" in url for url in visited.requests)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function("!document.querySelector('figure.plot:not([data-drawn])')")


def test_folded_code_opens_at_once_and_stays_open(visit):
    """Solutions stay closed."""
    page = visit().open("chapters/regression/huber.html")
    switch = page.get_by_role("button", name="Show all code")
    folds, solutions = page.locator(".cell:not(.tag_exercise-solution) > .fold"), page.locator(".tag_exercise-solution > .fold")

    def unfolded(each):
        return each.evaluate_all("folds => new Set(folds.map(fold => fold.open)).values().toArray()")

    assert unfolded(folds) == [False] and switch.get_attribute("aria-pressed") == "false"
    switch.click()
    assert unfolded(folds) == [True] and unfolded(solutions) == [False]
    page.goto(page.url.replace("huber", "l1"))
    assert unfolded(folds) == [True] and switch.get_attribute("aria-pressed") == "true"
    switch.click()
    page.reload()
    assert unfolded(folds) == [False]


@pytest.mark.parametrize("clipboard", ["there", "missing, as on plain http"])
def test_code_is_copied(visit, clipboard):
    visited = visit(permissions=["clipboard-read", "clipboard-write"])
    if clipboard != "there":
        visited.page.add_init_script("navigator.clipboard.writeText = undefined")
    page = visited.open("chapters/regression/huber.html")
    visited.lay_out()
    code = page.locator(".cell_input .highlight").locator("visible=true").first
    code.hover()
    button, first = code.get_by_role("button"), code.locator("pre").bounding_box()
    assert button.bounding_box()["y"] + button.bounding_box()["height"] <= first["y"] + 1  # covers no line
    button.click()
    expect(code.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").rstrip("\n") == code.locator("pre").text_content().rstrip("\n")


def test_buttons_move_a_long_slider_by_one_step(visit, site):
    name = next(name for name in PAGES if "data-step=" in (site / name).read_text())
    visited = visit()
    figure = visited.open(name).locator("figure.plot", has=visited.page.locator("[data-step]")).first
    visited.draw_figures()
    value, slider = figure.locator("output"), figure.locator("input[type=range]")
    before, place = value.text_content(), int(slider.input_value())
    figure.get_by_role("button", name="One step on").click()
    assert int(slider.input_value()) == place + 1 and value.text_content() != before
    figure.get_by_role("button", name="One step back").click()
    assert value.text_content() == before


def test_an_address_with_a_lone_percent_sign_opens(visit):
    visit().open("chapters/regression/huber.html#50%").locator("h1").wait_for()
