"""What every slider, legend and button does to its figure: by keyboard, by mouse and by touch."""

import json
import re
from functools import partial

import numpy as np
import pytest

import lossbook as lb
from conftest import PAGES, SITE, Visit

FIGURE = re.compile(r'<figure class="plot" id="([^"]+)".*?<script type="application/json">(.*?)</script>', re.DOTALL)
WITH_SLIDERS = [name for name in PAGES if 'type="range"' in (SITE / name).read_text(encoding="utf-8")]

# The curves as they stand on the screen, in the figure's units: a path is in pixels of its panel.
DRAWN = """figure => {
  const plot = figure.querySelector('.plot-canvas');
  return plot.calcdata.map(([{ trace, node3 }]) => {
    const path = node3?.node()?.querySelector('path.js-line');
    if (!path) return null;
    const across = plot._fullLayout['xaxis' + trace.xaxis.slice(1)];
    const up = plot._fullLayout['yaxis' + trace.yaxis.slice(1)];
    const points = Array.from({ length: 200 }, (_, i) => path.getPointAtLength((i / 199) * path.getTotalLength()));
    return {
      name: trace.name, panel: trace.yaxis, ends: [Math.min(...trace.x), Math.max(...trace.x)], pixel: Math.abs(up.p2d(1) - up.p2d(0)),
      points: points
        .filter(({ x, y }) => x > -0.1 && x < across._length + 0.1 && y > -0.1 && y < up._length + 0.1)
        .map(({ x, y }) => [across.p2d(x), up.p2d(y)]),
    };
  }).filter(curve => curve?.points.length);
}"""

# What a stop changes: the values of each trace, as plotly holds them.
HELD = """(figure, keys) => figure.querySelector('.plot-canvas').data.map(
  (trace, i) => Object.fromEntries((keys[i] ?? []).map(key => [key, trace[key]])))"""


def figures(name):
    """Return the figures of a built page: their ids, and what plotly is given."""
    found = FIGURE.findall((SITE / name).read_text(encoding="utf-8"))
    return [(identity, json.loads(given)) for identity, given in found]


def settled(figure):
    """Wait until plotly has drawn what it was told."""
    figure.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


@pytest.fixture(scope="module", params=WITH_SLIDERS)
def drawn(browser, addresses, request):
    """A page, all its figures drawn, on a screen that can be touched."""
    visited = Visit(browser, addresses["http"], has_touch=True)
    visited.open(request.param)
    visited.draw_figures()
    yield visited
    visited.end()


def test_every_stop_of_every_slider_shows_its_frame(drawn):
    """By keyboard from the first stop to the last; the mouse then sets each slider to its middle."""
    page = drawn.page
    page.set_viewport_size({"width": 1280, "height": 900})
    for identity, given in figures(drawn.name):
        figure = page.locator(f"#{identity}")
        for slider in figure.locator("input[type=range]").all():
            frames = {frame["name"]: frame for frame in given["frames"]}
            steps = json.loads(slider.get_attribute("data-steps"))
            slider.press("Home")
            for position, (label, (_, targets, *_)) in enumerate(steps):
                if position:
                    slider.press("ArrowRight")
                settled(figure)
                assert figure.locator("output").text_content() == slider.get_attribute("aria-valuetext") == label
                (shown,) = targets
                data = frames[shown]["data"]
                keys = [[key for key in trace if key in ("x", "y", "text")] for trace in data]
                expected = [{key: trace[key] for key in wanted} for trace, wanted in zip(data, keys, strict=True)]
                held = figure.evaluate(HELD, keys)
                assert held == expected, f"{label} in figure {identity}"
            slider.scroll_into_view_if_needed()
            box = slider.bounding_box()
            page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            settled(figure)
            middle = (len(steps) - 1) / 2
            assert abs(int(slider.input_value()) - middle) <= 1
            assert figure.locator("output").text_content() == steps[int(slider.input_value())][0]


def test_a_finger_moves_sliders_and_hides_curves(drawn):
    page = drawn.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(200)  # figures follow
    for figure in page.locator("figure.plot").all():
        for slider in figure.locator("input[type=range]").all():
            slider.scroll_into_view_if_needed()
            box, last = slider.bounding_box(), int(slider.get_attribute("max"))
            assert box["height"] >= 24  # WCAG's least size of a target
            for share in (0.02, 0.98):
                page.touchscreen.tap(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
                settled(figure)
                assert abs(int(slider.input_value()) - share * last) <= 1
                assert figure.locator("output").text_content() == slider.get_attribute("aria-valuetext")
        for button in figure.locator(".plot-legend button").all()[:1]:
            count = len(figure.evaluate(DRAWN))
            shown = figure.locator(".scatterlayer .trace, .barlayer .trace").count()
            button.tap()
            page.wait_for_function("button => button.ariaPressed === 'false'", arg=button.element_handle())
            settled(figure)
            assert figure.locator(".scatterlayer .trace, .barlayer .trace").count() < shown
            button.tap()
            page.wait_for_function("button => button.ariaPressed === 'true'", arg=button.element_handle())
            settled(figure)
            assert len(figure.evaluate(DRAWN)) == count


def slope(loss):
    """Return a curve's derivative, by a difference to the right: no derivation of the book is used."""
    return lambda x, stop: (loss(x + 1e-5, stop) - loss(x, stop)) / 1e-5


def unreduced(loss, **settings):
    return lambda *given, **more: loss(*given, reduction="none", **settings, **more)


huber, lp = unreduced(lb.huber_loss), unreduced(lb.lp_loss)
bce, kl = unreduced(lb.binary_cross_entropy_with_logits), unreduced(lb.kl_divergence)
hinge, squared_hinge = unreduced(lb.hinge_loss), unreduced(lb.squared_hinge_loss)
softmax_ce, nll = unreduced(lb.cross_entropy), unreduced(lb.nll_loss)
focal, sigmoid_focal = unreduced(lb.focal_loss), unreduced(lb.sigmoid_focal_loss)
pairs, triplet, angular = unreduced(lb.contrastive_loss), unreduced(lb.triplet_margin_loss), unreduced(lb.angular_triplet_loss)
info_nce = unreduced(lb.info_nce_loss)
proxy_softmax, proxy_nca = unreduced(lb.proxy_softmax_loss), unreduced(lb.proxy_nca_loss)


def log_pair(q):
    return np.log(np.stack([q, 1 - q], axis=-1))


def beside_zeros(z, count):
    return np.column_stack([z, np.zeros((len(z), int(count) - 1))])


def class_0(x):
    return np.zeros(len(x), dtype=int)


def log_softmax(z):
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def at(angle):
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def row(x, up=0.0):
    return np.column_stack([x, np.full(len(x), up)])


def squared_error(z, y):
    return unreduced(lb.mse_loss)(1 / (1 + np.exp(-z)), np.full_like(z, y))


def on_line(loss):
    return lambda t, d: loss(row(t), class_0(t), np.array([[0.0, 0.0], [d, 0.0]]))


def turned(theta, tau):
    first = np.broadcast_to(at(0.0), (len(theta), 2))
    rest = np.broadcast_to(at(np.pi / 3), (len(theta), 8, 2))
    return tau * info_nce(first, at(np.radians(theta)), rest, temperature=tau)


def three(squared):
    return lambda d, m: triplet(row(0 * d), row(0 * d, 1.0), row(d), margin=m, squared=squared)


def steepness(loss):
    return lambda x, stop: abs(slope(loss)(x, stop))


# The loss behind the curves of a slider: page, figure, and (name of a curve, its panel) with what
# lossbook says at an x and a stop.
LOSSES = {
    ("regression/huber", 2): {
        ("loss", 1): (loss := lambda r, d: huber(r, 0 * r, delta=d)),
        ("gradient", 2): slope(loss),
    },
    ("regression/huber", 3): {("Huber / min(δ, 1)", 1): lambda r, d: huber(r, 0 * r, delta=d) / min(d, 1)},
    ("regression/lp", 3): {("loss", 1): (loss := lambda r, p: lp(r, 0 * r, p=p)), ("gradient", 2): slope(loss)},
    ("classification/binary_cross_entropy", 1): {
        ("BCE", 1): (loss := lambda z, y: bce(z, np.full_like(z, y))),
        ("BCE", 2): slope(loss),
        ("squared error", 1): squared_error,
        ("squared error", 2): slope(squared_error),
    },
    ("classification/cross_entropy", 1): {("cross-entropy", 1): lambda z, c: softmax_ce(beside_zeros(z, c), class_0(z))},
    ("classification/focal", 3): {("focal", 1): lambda q, g: focal(log_pair(q), class_0(q), gamma=g)},
    ("classification/focal", 5): {
        ("focal", 1): (loss := lambda z, g: sigmoid_focal(z, np.ones_like(z), gamma=g)),
        ("focal", 2): slope(loss),
    },
    ("classification/focal", 6): {
        ("no", 1): lambda z, a: sigmoid_focal(z, np.zeros_like(z), alpha=a),
        ("yes", 1): lambda z, a: sigmoid_focal(z, np.ones_like(z), alpha=a),
    },
    ("classification/hinge", 2): {
        ("hinge", 1): (loss := lambda z, m: hinge(z, np.ones_like(z), margin=m)),
        ("hinge", 2): slope(loss),
        ("squared", 1): (loss := lambda z, m: squared_hinge(z, np.ones_like(z), margin=m)),
        ("squared", 2): slope(loss),
    },
    ("classification/kl_divergence", 0): {("KL", 1): lambda q, p: kl(log_pair(q), np.tile([p, 1 - p], (len(q), 1)))},
    ("classification/nll", 2): {
        ("NLL", 1): (loss := lambda z, c: nll(log_softmax(beside_zeros(z, c)), class_0(z))),
        ("NLL", 2): slope(loss),
    },
    ("distance/pairwise_contrastive", 3): {
        ("similar", 1): (loss := lambda d, m: pairs(d, np.ones_like(d), margin=m)),
        ("similar", 2): slope(loss),
        ("dissimilar", 1): (other := lambda d, m: pairs(d, np.zeros_like(d), margin=m)),
        ("dissimilar", 2): slope(other),
    },
    ("distance/triplet", 1): {
        ("plain", 1): three(squared=False),
        ("squared", 1): three(squared=True),
        ("plain", 2): steepness(three(squared=False)),
        ("squared", 2): steepness(three(squared=True)),
    },
    ("distance/angular", 0): {
        ("mirrored", 1): lambda t, m: angular(row(0 * t + 1), at(t), at(0 * t + np.pi / 2), margin=m),
    },
    ("distance/angular", 2): {("cosines", 1): lambda t, p: angular(row(0 * t + 1), at(0 * t + p), at(t), margin=0.5)},
    ("distance/info_nce", 2): {("τ · loss", 1): turned, ("τ · slope", 2): lambda t, tau: slope(turned)(t, tau) * 180 / np.pi},
    ("distance/proxy", 0): {
        ("softmax", 1): on_line(proxy_softmax),
        ("softmax", 2): slope(on_line(proxy_softmax)),
        ("NCA", 1): on_line(proxy_nca),
        ("NCA", 2): slope(on_line(proxy_nca)),
    },
}


@pytest.mark.parametrize(("chapter", "number"), LOSSES, ids=lambda part: str(part))
def test_a_curve_is_lossbooks_at_the_slider_s_value(visit, chapter, number):
    """Read from the drawing, at all stops; none may pass for the stop at the other end."""
    visited = visit()
    page = visited.open(f"chapters/{chapter}.html")
    visited.lay_out()
    figure = page.locator("figure.plot").nth(number)
    figure.scroll_into_view_if_needed()
    figure.locator("xpath=self::*[@data-drawn]").wait_for()
    slider = figure.locator("input[type=range]")
    stops = [float(label) for label, _ in json.loads(slider.get_attribute("data-steps"))]
    told_apart = set()
    slider.press("Home")
    for position, stop in enumerate(stops):
        if position:
            slider.press("ArrowRight")
        settled(figure)
        drawn = {(curve["name"], 1 if curve["panel"] == "y" else 2): curve for curve in figure.evaluate(DRAWN)}
        for curve, function in LOSSES[chapter, number].items():
            x, y = np.array(drawn[curve]["points"]).T
            band = partial(distance, function, x, y, drawn[curve]["ends"])
            away = band(stop)
            near = 4 * drawn[curve]["pixel"]
            assert away.max() <= near, f"{curve} at {stop}: {away.max():.3g} from x = {x[away.argmax()]:.3g}"
            far = stops[-1] if position < len(stops) / 2 else stops[0]
            if band(far).max() > near:
                told_apart.add(stop)
    assert told_apart == set(stops)


def distance(function, x, y, ends, stop):
    """Return how far points are from the band that a function covers within a hundredth of the curve's length.

    Between two of its points a curve is drawn straight, so kinks are cut short and jumps have a width.
    """
    step = (ends[1] - ends[0]) / 100
    around = np.array([function(np.clip(x + side * step, *ends), stop) for side in (-1, -0.5, 0, 0.5, 1)])
    return np.maximum(0, np.maximum(around.min(axis=0) - y, y - around.max(axis=0)))
