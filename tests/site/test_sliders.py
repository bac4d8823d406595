"""What every slider, legend and button does to its figure: by keyboard, by mouse and by touch."""

import json
import re
from functools import cache, partial
from html import unescape

import numpy as np
import pytest

import lossbook as lb
from conftest import PAGES, SITE

FIGURE = re.compile(r'<figure class="plot" id="([^"]+)"(.*?)</figure>', re.DOTALL)
GIVEN = re.compile(r'<script type="application/json">(.*?)</script>', re.DOTALL)
WITH_SLIDERS = [name for name in PAGES if 'class="plot-slider"' in (SITE / name).read_text(encoding="utf-8")]

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


@cache
def figures(name):
    """Return the figures of a built page: their ids, what plotly is given, and the steps of their sliders."""
    found = []
    for identity, markup in FIGURE.findall((SITE / name).read_text(encoding="utf-8")):
        sliders = [json.loads(unescape(steps)) for steps in re.findall(r'data-steps="([^"]*)"', markup)]
        found.append((identity, json.loads(GIVEN.search(markup)[1]), [step for steps in sliders for step in steps]))
    return found


def settled(figure):
    """Wait until plotly has drawn what it was told."""
    figure.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def try_keys_and_mouse(drawn, every_stop):
    """By keyboard from the first stop to the last; the mouse then sets each slider to its middle.

    What a stop shows is its frame and, as far as `LOSSES` knows them, the curves of lossbook at the slider's value.
    """
    page = drawn.page
    for identity, given, _ in figures(drawn.name):
        figure = page.locator(f"#{identity}")
        frames = {frame["name"]: frame["data"] for frame in given.get("frames", [])}
        curves = known(drawn.name).get(identity, {})
        for slider in figure.locator("input[type=range]").all():
            steps = json.loads(slider.get_attribute("data-steps"))
            last = len(steps) - 1
            every = [("Home", 0), *(("ArrowRight", position) for position in range(1, last + 1))]
            for key, position in every if every_stop else [*every[:2], ("End", last)]:
                slider.press(key)
                settled(figure)
                label, (_, (shown,), *_) = steps[position]
                assert figure.locator("output").text_content() == slider.get_attribute("aria-valuetext") == label
                keys = [[key for key in trace if key in ("x", "y", "text")] for trace in frames[shown]]
                expected = [{key: trace[key] for key in wanted} for trace, wanted in zip(frames[shown], keys, strict=True)]
                assert figure.evaluate(HELD, keys) == expected, f"{label} in figure {identity}"
                if curves:
                    stop, far = float(label), float(steps[-1 if position < len(steps) / 2 else 0][0])
                    assert_drawn_at(stop, far, curves, figure.evaluate(DRAWN))
            slider.scroll_into_view_if_needed()
            box = slider.bounding_box()
            page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            settled(figure)
            assert abs(int(slider.input_value()) - last / 2) <= 1
            assert figure.locator("output").text_content() == steps[int(slider.input_value())][0]


def try_a_finger(drawn, every_figure):
    """By taps near both ends of a slider, and on a legend; every slider is high enough for that."""
    page = drawn.page
    drawn.follow()
    heights = page.locator("figure.plot input[type=range]").evaluate_all(
        "sliders => sliders.map(slider => slider.getBoundingClientRect().height)"
    )
    assert all(height >= 24 for height in heights)  # WCAG's least size of a target
    with_slider = page.locator("figure.plot", has=page.locator("input[type=range]")).all()
    for figure in with_slider if every_figure else with_slider[:1]:
        for slider in figure.locator("input[type=range]").all():
            slider.scroll_into_view_if_needed()
            box, last = slider.bounding_box(), int(slider.get_attribute("max"))
            for share in (0.02, 0.98):
                page.touchscreen.tap(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
                settled(figure)
                assert abs(int(slider.input_value()) - share * last) <= 1
                assert figure.locator("output").text_content() == slider.get_attribute("aria-valuetext")
    with_legend = page.locator("figure.plot", has=page.locator(".plot-legend button")).all()
    for figure in with_legend if every_figure else with_legend[:1]:
        button = figure.locator(".plot-legend button").first
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
sigmoid_focal = unreduced(lb.sigmoid_focal_loss)
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


# The losses behind the curves of a chapter's sliders: for each figure, (name of a curve, its panel) with what
# lossbook says at an x and a stop.
LOSSES = {
    "regression/huber": [
        {
            ("loss", 1): (loss := lambda r, d: huber(r, 0 * r, delta=d)),
            ("gradient", 2): slope(loss),
        },
        {("Huber / min(δ, 1)", 1): lambda r, d: huber(r, 0 * r, delta=d) / min(d, 1)},
    ],
    "regression/lp": [{("loss", 1): (loss := lambda r, p: lp(r, 0 * r, p=p)), ("gradient", 2): slope(loss)}],
    "classification/binary_cross_entropy": [
        {("loss", 1): (loss := lambda z, y: bce(z, np.full_like(z, y))), ("gradient", 2): slope(loss)},
    ],
    "classification/cross_entropy": [{("cross-entropy", 1): lambda z, c: softmax_ce(beside_zeros(z, c), class_0(z))}],
    "classification/focal": [
        {
            ("focal", 1): (loss := lambda z, g: sigmoid_focal(z, np.ones_like(z), gamma=g)),
            ("focal", 2): slope(loss),
        },
    ],
    "classification/hinge": [
        {
            ("hinge", 1): (loss := lambda z, m: hinge(z, np.ones_like(z), margin=m)),
            ("hinge", 2): slope(loss),
            ("squared", 1): (loss := lambda z, m: squared_hinge(z, np.ones_like(z), margin=m)),
            ("squared", 2): slope(loss),
        }
    ],
    "classification/kl_divergence": [{("KL", 1): lambda q, p: kl(log_pair(q), np.tile([p, 1 - p], (len(q), 1)))}],
    "classification/nll": [
        {
            ("NLL", 1): (loss := lambda z, c: nll(log_softmax(beside_zeros(z, c)), class_0(z))),
            ("NLL", 2): slope(loss),
        }
    ],
    "distance/pairwise_contrastive": [
        {
            ("similar", 1): (loss := lambda d, m: pairs(d, np.ones_like(d), margin=m)),
            ("similar", 2): slope(loss),
            ("dissimilar", 1): (other := lambda d, m: pairs(d, np.zeros_like(d), margin=m)),
            ("dissimilar", 2): slope(other),
        }
    ],
    "distance/triplet": [
        {
            ("plain", 1): three(squared=False),
            ("squared", 1): three(squared=True),
            ("plain", 2): steepness(three(squared=False)),
            ("squared", 2): steepness(three(squared=True)),
        }
    ],
    "distance/angular": [
        {
            ("mirrored", 1): lambda t, m: angular(row(0 * t + 1), at(t), at(0 * t + np.pi / 2), margin=m),
        },
        {("cosines", 1): lambda t, p: angular(row(0 * t + 1), at(0 * t + p), at(t), margin=0.5)},
    ],
    "distance/info_nce": [{("τ · loss", 1): turned, ("τ · slope", 2): lambda t, tau: slope(turned)(t, tau) * 180 / np.pi}],
    "distance/proxy": [
        {
            ("softmax", 1): on_line(proxy_softmax),
            ("softmax", 2): slope(on_line(proxy_softmax)),
            ("NCA", 1): on_line(proxy_nca),
            ("NCA", 2): slope(on_line(proxy_nca)),
        }
    ],
}


@cache
def known(name):
    """Return what LOSSES knows of a page's figures, by their ids: each is the first that draws all of its curves."""
    drawn = {}
    for curves in sorted(LOSSES.get(name.removeprefix("chapters/").removesuffix(".html"), ()), key=len, reverse=True):
        fitting = [
            identity
            for identity, given, _ in figures(name)
            if identity not in drawn
            and given.get("frames")
            and set(curves) <= {(each.get("name"), panel(each)) for each in given["data"]}
        ]
        assert fitting, f"no figure with a slider on {name} draws {list(curves)}"
        drawn[fitting[0]] = curves
    return drawn


def panel(trace):
    return int(trace["yaxis"][1:] or 1)


def assert_drawn_at(stop, far, curves, drawn):
    """Compare curves, read from the drawing, with lossbook's at a stop; not all may pass for those at the stop at the other end."""
    drawn = {(curve["name"], int(curve["panel"][1:] or 1)): curve for curve in drawn}
    told_apart = False
    for curve, function in curves.items():
        x, y = np.array(drawn[curve]["points"]).T
        band = partial(distance, function, x, y, drawn[curve]["ends"])
        away, near = band(stop), 4 * drawn[curve]["pixel"]
        assert away.max() <= near, f"{curve} at {stop}: {away.max():.3g} from x = {x[away.argmax()]:.3g}"
        told_apart |= band(far).max() > near
    assert told_apart, f"{stop} and {far} look alike"


def distance(function, x, y, ends, stop):
    """Return how far points are from the band that a function covers within a hundredth of the curve's length.

    Between two of its points a curve is drawn straight, so kinks are cut short and jumps have a width.
    """
    step = (ends[1] - ends[0]) / 100
    around = np.array([function(np.clip(x + side * step, *ends), stop) for side in (-1, -0.5, 0, 0.5, 1)])
    return np.maximum(0, np.maximum(around.min(axis=0) - y, y - around.max(axis=0)))


@pytest.mark.parametrize("name", WITH_SLIDERS)
def test_the_stops_of_a_slider_are_the_frames_of_its_figure(name):
    """Each stop shows the frame of its own name; none is left out, none shown twice."""
    for identity, given, steps in figures(name):
        frames = [frame["name"] for frame in given.get("frames", [])]
        assert [label for label, _ in steps] == [shown for _, (_, (shown,), *_) in steps] == frames, identity


@pytest.mark.parametrize("chapter", LOSSES)
def test_a_frame_holds_lossbooks_values_at_the_slider_s_value(chapter):
    """At all stops, as the page holds them; that they are drawn is seen where the page is open."""
    name = f"chapters/{chapter}.html"
    given = {identity: given for identity, given, _ in figures(name)}
    for identity, curves in known(name).items():
        for curve, function in curves.items():
            at_stops = {}
            for frame in given[identity]["frames"]:
                traces = [base | change for base, change in zip(given[identity]["data"], frame["data"], strict=True)]
                (trace,) = [one for one in traces if (one.get("name"), panel(one)) == curve]
                at_stops[float(frame["name"])] = np.array([trace["x"], trace["y"]], dtype=float)
            near = 5e-4 * max(np.abs(y).max() for _, y in at_stops.values())  # a page holds four digits
            for stop, (x, y) in at_stops.items():
                away = distance(function, x, y, (x.min(), x.max()), stop)
                assert away.max() <= near, f"{curve} at {stop}: {away.max():.3g} from x = {x[away.argmax()]:.3g}"
