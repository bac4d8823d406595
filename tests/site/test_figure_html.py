"""A plotly figure as HTML: its controls, its alternative text, and what it may not hold."""

import copy
import json
import re

import pytest

from lossbook_site.plotly_figures import FigureError, html, sample

STEP = {"method": "animate", "args": [["0"], {"mode": "immediate"}]}
FIGURE = {
    "data": [
        {"name": "L1", "x": [0, 1], "y": [0, 1], "line": {"color": "#123456", "dash": "dot"}},
        {"name": "a < b", "type": "bar", "x": [0], "y": [1], "marker": {"color": "#654321"}},
        {"x": [0], "y": [0]},
    ],
    "layout": {
        "meta": {"alt": 'Two "curves" </figure>'},
        "template": {"layout": {"font": {"size": 99}}},
        "sliders": [
            {
                "active": 1,
                "currentvalue": {"prefix": "δ = "},
                "steps": [{"label": "0.5", **STEP}, {"label": "1", **STEP}],
            }
        ],
        "updatemenus": [
            {"type": "buttons", "buttons": [{"label": "Play", "method": "animate", "args": [None]}]},
            {
                "type": "buttons",
                "buttons": [
                    {"label": "loss", "method": "update", "args": [{"visible": [True, False]}]},
                    {"label": "slope", "method": "update", "args": [{"visible": [False, True]}]},
                ],
            },
        ],
    },
}


@pytest.fixture
def figure():
    return copy.deepcopy(FIGURE)


def drawn(markup):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', markup)[1])


def test_controls_are_html_and_leave_the_drawing(figure):
    markup = html(figure, "here")
    assert re.search(r'<input type="range"[^>]* max="1" value="1" aria-valuetext="1"', markup)
    assert markup.count("aria-pressed") == 4  # two curves of the legend, two buttons of the menu
    assert '<div class="plot-player"><button' in markup
    assert set(drawn(markup)["layout"]) == {"showlegend"}


def test_logarithmic_axes_have_few_numbers_unless_the_figure_says_which(figure):
    axes = {"xaxis": {"type": "log"}, "yaxis2": {"type": "log", "dtick": 1}, "yaxis": {}}
    figure["layout"].update(axes)
    layout = drawn(html(figure, "here"))["layout"]
    assert [layout[axis].get("dtick") for axis in axes] == ["D2", 1, None]


def test_a_drawing_true_to_scale_is_no_higher_than_its_width_asks(figure):
    assert 'style="height:420px"' in html(figure, "here")
    figure["layout"] |= {
        "xaxis": {"range": [0, 4]}, "yaxis": {"range": [3, 1], "scaleanchor": "x"},
        "margin": {"l": 40, "r": 8, "t": 8, "b": 32},
    }  # fmt: skip
    assert 'style="height:min(420px, (100cqw - 48px) * 0.5 + 40px)"' in html(figure, "here")


def test_text_is_escaped(figure):
    markup = html(figure, "here")
    assert "a &lt; b" in markup
    assert markup.count("</figure>") == 1
    assert markup.count("Two &quot;curves&quot; &lt;/figure&gt;") == 2


def test_the_legend_shows_a_marker_as_it_is_drawn():
    def shown(symbol):
        return sample({"mode": "markers", "marker": {"color": "#123456", "symbol": symbol}})

    assert len({shown(symbol) for symbol in ("circle", "x", "square", "diamond", "circle-open")}) == 5
    assert 'fill="none"' in shown("circle-open") and 'fill="#123456"' in shown("diamond")


def test_id_follows_from_the_content(figure):
    first, again = html(figure, "here"), html(figure, "there")
    assert first == again
    figure["data"][0]["y"] = [0, 2]
    assert html(figure, "here") != first


def test_a_group_of_traces_is_one_entry_of_the_legend(figure):
    figure["data"][0]["legendgroup"] = figure["data"][2]["legendgroup"] = "one"
    assert 'data-traces="[0,2]"' in html(figure, "here")


@pytest.mark.parametrize("meta", [None, {}, {"alt": ""}])
def test_a_figure_needs_an_alternative_text(figure, meta):
    figure["layout"]["meta"] = meta
    with pytest.raises(FigureError, match=r"chapter\.ipynb.*alternative text"):
        html(figure, "chapter.ipynb")


def test_other_traces_are_refused(figure):
    figure["data"][0]["type"] = "heatmap"
    with pytest.raises(FigureError, match=r"chapter\.ipynb.*heatmap"):
        html(figure, "chapter.ipynb")


def test_a_slider_needs_a_name(figure):
    del figure["layout"]["sliders"][0]["currentvalue"]
    with pytest.raises(FigureError, match=r"chapter\.ipynb.*currentvalue"):
        html(figure, "chapter.ipynb")
