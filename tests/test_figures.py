"""The book's figures: their traces, sliders, words and colours."""

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from lossbook import huber_loss, l1_loss
from lossbook.book import figures
from lossbook.book.figures import bars, figure, gradient, line, loss_and_gradient, points, with_slider, words

X = np.linspace(0, 1, 5)


def simple(value=1.0):
    return figure(line(X, value * X, "a"), points(X, X, "b"), x="x", y="y", alt=f"A line to {value:g}.")


def test_numbers_are_plain_and_short():
    shown = line([0, 1 / 3], [1e-9 / 7, 12345.678], "a")
    assert list(shown.x) == [0.0, 0.3333]
    assert list(shown.y) == [1.429e-10, 12350.0]


def test_a_figure_needs_an_alternative_text():
    with pytest.raises(ValueError, match="alt must say what the figure shows"):
        figure(line(X, X, "a"), x="x", y="y", alt=" \n")


def test_alternative_text_is_one_line():
    assert figure(line(X, X, "a"), x="x", y="y", alt="One\n   two.").layout.meta["alt"] == "One two."


def test_a_figure_leaves_its_words_where_nothing_draws_it():
    """In a notebook exported as a plain page, which knows nothing of plotly's own format."""
    code = "from lossbook.book.figures import figure, line\nfigure(line([0, 1], [0, 1], 'a'), x='x', y='y', alt='A line to 1.')"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook).execute()
    (output,) = notebook.cells[0].outputs
    assert output.data["text/plain"] == "Figure. A line to 1."
    assert "Figure. A line to 1." in HTMLExporter(template_name="basic").from_notebook_node(notebook)[0]


def test_panels_share_the_horizontal_axis():
    made = figure(line(X, X, "a"), bars(X, X, "b", row=2), x="x", y=("up", "down"), y_range=((0, 2), None), alt="Two.")
    assert [trace.yaxis for trace in made.data] == ["y", "y2"]
    assert made.layout.yaxis.range == (0, 2)
    assert (made.layout.xaxis.title.text, made.layout.xaxis2.title.text) == (None, "x")
    assert (made.layout.yaxis.title.text, made.layout.yaxis2.title.text) == ("up", "down")


def test_a_slider_shows_each_value_and_starts_at_one():
    made = with_slider(simple, [0.5, 1.0, 2.0], name="k", start=1.0)
    slider = made.layout.sliders[0]
    assert [step.label for step in slider.steps] == ["0.5", "1", "2"]
    assert slider.active == 1
    assert [frame.name for frame in made.frames] == ["0.5", "1", "2"]
    assert list(made.frames[2].data[0].y) == [0, 0.5, 1, 1.5, 2]
    # The way back to the start is a move, too.
    assert list(made.frames[1].data[0].y) == [0, 0.25, 0.5, 0.75, 1]
    # What does not move is not repeated.
    assert made.frames[2].data[1].y is None
    assert made.frames[2].data[0].x is None
    assert made.layout.meta["alt"] == "A line to 1. A slider moves k from 0.5 to 2."


def test_a_slider_must_start_at_one_of_its_values():
    with pytest.raises(ValueError, match=r"start must be one of the slider's values \[0.5, 1.0\], got 3"):
        with_slider(simple, [0.5, 1.0], name="k", start=3)


def test_a_film_plays_and_pauses():
    made = with_slider(simple, [0.5, 1.0], name="k", start=1.0, play=True)
    play, pause = made.layout.updatemenus[0].buttons
    assert (play.label, pause.label) == ("Play", "Pause")
    # All frames, from where the slider stands; and none, at once.
    assert play.args[0] is None and play.args[1]["fromcurrent"]
    assert play.args[1]["frame"]["duration"] > 0 == pause.args[1]["frame"]["duration"]
    assert list(pause.args[0]) == [None]
    assert not with_slider(simple, [0.5, 1.0], name="k", start=1.0).layout.updatemenus


def test_words_stand_at_their_points():
    made = words([0, 1], [2, 3], ["a", "b"], "letters", figures.RED)
    assert made.mode == "text" and list(made.text) == ["a", "b"] and list(made.y) == [2, 3]


def test_labels_of_bars_stay_words_and_numbers_numbers():
    assert list(bars(["a", "b"], X[:2], "c").x) == ["a", "b"]
    assert list(bars([1 / 3], [1], "c").x) == [0.3333]


def test_a_legend_is_for_several_traces():
    assert simple().layout.showlegend
    assert not figure(line(X, X, "a"), x="x", y="y", alt="One line.").layout.showlegend


def test_notes_and_bars_are_drawn_anew_by_a_slider():
    def noted(value):
        made = simple(value)
        made.add_annotation(x=0, y=0, text=f"slope {value:g}")
        return made

    def of_bars(value):
        return figure(bars(["a"], [value], "c"), x="x", y="y", alt="A bar.")

    def redraws(made):
        return [step.args[1]["frame"]["redraw"] for step in made.layout.sliders[0].steps]

    plain, notes, columns = (with_slider(draw, [0.5, 1.0], name="k", start=1.0) for draw in (simple, noted, of_bars))
    assert [frame.layout.annotations[0].text for frame in notes.frames] == ["slope 0.5", "slope 1"]
    assert (redraws(plain), redraws(notes), redraws(columns)) == ([False] * 2, [True] * 2, [True] * 2)
    assert not plain.frames[0].layout.annotations


def test_gradient_is_torchs():
    r = np.asarray([-3.0, 0.5, 2.0])
    np.testing.assert_allclose(gradient(huber_loss, r, 0 * r, delta=1.0), [-1, 0.5, 1])


def test_loss_and_gradient_without_a_slider():
    made = loss_and_gradient(l1_loss, alt="A V.")
    assert len(made.data) == 2 and not made.frames
    assert set(np.sign(made.data[1].y)) == {-1, 1}


def test_loss_and_gradient_shares_one_scale_over_the_slider():
    made = loss_and_gradient(huber_loss, alt="Huber.", values=[0.5, 1.0, 2.0], start=1.0)
    assert made.layout.sliders[0].currentvalue.prefix == "δ = "
    for row, axis in ((0, made.layout.yaxis), (1, made.layout.yaxis2)):
        drawn = [frame.data[row].y or made.data[row].y for frame in made.frames]
        low, high = axis.range
        assert low < min(map(min, drawn)) and max(map(max, drawn)) < high < 1.2 * max(map(max, drawn))
    assert low == -high


def test_loss_and_gradient_are_those_of_each_value():
    made = loss_and_gradient(huber_loss, alt="Huber.", values=[0.5, 1.0, 2.0], start=1.0)
    r = np.asarray(made.data[0].x)
    assert tuple(made.layout.xaxis.range) == (r.min(), r.max()) == (-3, 3)
    for frame, delta in zip(made.frames, (0.5, 1.0, 2.0), strict=True):
        np.testing.assert_allclose(frame.data[0].y, huber_loss(r, 0 * r, delta=delta, reduction="none"), rtol=2e-3, atol=1e-9)
        np.testing.assert_allclose(frame.data[1].y, np.clip(r, -delta, delta), rtol=1e-3)


@pytest.mark.parametrize("name", ["BLUE", "ORANGE", "GREEN", "RED", "PURPLE", "GREY"])
@pytest.mark.parametrize("page", ["#ffffff", "#14171c"], ids=["light", "dark"])
def test_colours_show_on_light_and_dark_pages(name, page):
    assert contrast(getattr(figures, name), page) >= 3


def contrast(one, other):
    """Return the contrast ratio of two colours as WCAG 2 defines it."""
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))
