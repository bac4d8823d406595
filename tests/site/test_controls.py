"""The controls around a figure: what they do to it, by keyboard, mouse and theme."""

import pytest


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
    film.scroll_into_view_if_needed()
    film.locator("xpath=self::*[@data-drawn]").wait_for()
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


def test_figures_wait_until_they_are_near(visit, page_with_slider):
    visited = visit()
    page = visited.open(page_with_slider)
    page.wait_for_timeout(500)
    assert page.locator("figure.plot:not([data-drawn])").count() > 0
    assert not any("plotly" in url for url in visited.requests)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function("!document.querySelector('figure.plot:not([data-drawn])')")
