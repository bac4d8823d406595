"""Losses of masks, boxes and sets: brute force, degenerate cases, half precision, and what bad input is told."""

import subprocess
import sys
from itertools import permutations, product

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import lossbook as lb
from lossbook.checks import example
from lossbook.taxonomy import LOSSES, loss_of

MAKERS = {"numpy": np.asarray, "torch": torch.tensor, "jax": jnp.asarray, "strict": array_api_strict.asarray}
by_library = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
OF_MASKS = [lb.dice_loss, lb.jaccard_loss, lb.tversky_loss]
OF_BOXES = [lb.iou_loss, lb.giou_loss, lb.diou_loss, lb.ciou_loss]
by_mask_loss = pytest.mark.parametrize("loss", OF_MASKS, ids=lambda loss: loss.__name__)
by_box_loss = pytest.mark.parametrize("loss", OF_BOXES, ids=lambda loss: loss.__name__)


def slope_of(loss, first, *rest, **settings):
    """Return the gradient of the sum in the first input, in torch."""
    first = torch.tensor(first, requires_grad=True)
    loss(first, *map(torch.tensor, rest), reduction="sum", **settings).backward()
    return first.grad.numpy()


# --- masks ---


def one_mask(q, y, alpha, beta, smooth):
    """Return the Tversky loss of a mask, pixel by pixel."""
    found = added = missed = 0.0
    for each, truth in zip(q.flat, y.flat, strict=True):
        found += each * truth
        added += each * (1 - truth)
        missed += (1 - each) * truth
    below = found + alpha * added + beta * missed + smooth
    return 0.0 if below == 0 else 1 - (found + smooth) / below


@by_library
def test_masks_are_those_counted_pixel_by_pixel(make):
    random = np.random.default_rng(0)
    q, y = random.random((3, 2, 5, 4)), random.random((3, 2, 5, 4))
    y[0] = y[0] > 0.5
    for smooth, alpha, beta, gamma in product((0.0, 1.5), (0.0, 0.3), (0.7, 2.0), (0.75, 1.0, 2.0)):
        of = {
            "tversky": (alpha, beta, smooth, lb.tversky_loss, {"alpha": alpha, "beta": beta, "smooth": smooth, "gamma": gamma}),
            "dice": (0.5, 0.5, smooth / 2, lb.dice_loss, {"smooth": smooth}),
            "jaccard": (1.0, 1.0, smooth, lb.jaccard_loss, {"smooth": smooth}),
        }
        for name, (a, b, s, loss, settings) in of.items():
            expected = [
                [one_mask(q[i, j], y[i, j], a, b, s) ** (gamma if name == "tversky" else 1) for j in range(2)] for i in range(3)
            ]
            ours = loss(make(q), make(y), reduction="none", **settings)
            np.testing.assert_allclose(np.asarray(ours), expected, rtol=1e-12, atol=1e-14)


@by_library
@by_mask_loss
def test_the_truth_may_be_booleans_or_integers(make, loss):
    q, y = np.random.default_rng(1).random((2, 3, 4)), np.random.default_rng(2).random((2, 3, 4)) > 0.5
    expected = loss(q, y.astype(float), reduction="none")
    for dtype in (bool, np.int8, np.uint8, np.int64, np.float32):
        for single in (np.float32, np.float64):
            ours = loss(make(q.astype(single)), make(y.astype(dtype)), reduction="none")
            assert ours.dtype == make(q.astype(single)).dtype
            np.testing.assert_allclose(np.asarray(ours), expected, rtol=1e-6)


@by_mask_loss
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_two_empty_masks_cost_nothing_and_pull_nowhere(loss, dtype):
    empty = np.zeros((2, 3, 4), dtype)
    assert loss(empty, empty).tolist() == 0
    assert np.all(slope_of(loss, empty, empty) == 0)
    in_jax = jax.grad(lambda q: loss(q, jnp.asarray(empty)))(jnp.asarray(empty))
    assert np.all(np.asarray(in_jax) == 0)
    # The second derivatives are finite, too.
    assert np.all(np.isfinite(jax.hessian(lambda q: loss(q, jnp.asarray(empty)))(jnp.asarray(empty))))


@by_mask_loss
def test_an_empty_truth_costs_one_without_a_slope_and_smooth_gives_it_one(loss):
    q, empty = np.full((3, 4), 0.25), np.zeros((3, 4))
    assert loss(q, empty) == 1 and np.all(slope_of(loss, q, empty) == 0)
    assert 0 < loss(q, empty, smooth=1.0) < 1 and np.all(slope_of(loss, q, empty, smooth=1.0) > 0)
    assert loss(empty, empty, smooth=1.0) == 0 and np.all(slope_of(loss, empty, empty, smooth=1.0) > 0)


@by_mask_loss
@pytest.mark.parametrize("gamma", [0.75, 1.0, 2.0])
def test_a_perfect_mask_costs_nothing_and_its_slope_is_finite(loss, gamma):
    settings = {"gamma": gamma} if loss is lb.tversky_loss else {}
    y = np.eye(3)
    assert loss(y, y, **settings) == 0
    slope = slope_of(loss, y, y, **settings)
    assert np.all(np.isfinite(slope))
    # Towards the inside the loss grows, but where a power flattens it, or its slope is beyond all numbers.
    assert np.all(slope * (1 - 2 * y) > 0) == (settings.get("gamma", 1.0) == 1.0)
    learned = torch.tensor(gamma, dtype=torch.float64, requires_grad=True)
    if settings:
        lb.tversky_loss(torch.tensor(y), torch.tensor(y), gamma=learned).backward()
        assert learned.grad.item() == 0
        np.testing.assert_array_equal(slope_of(lb.tversky_loss, y, y, gamma=torch.tensor(gamma)), slope)


def test_a_tiny_loss_keeps_its_digits():
    """1 − (nearly 1) would leave float32 one digit of six, and float16 none."""
    q, y = np.full((8, 8), 1.0), np.ones((8, 8))
    q[0, 0] = 1 - 2.0**-11
    for dtype, rtol in ((np.float16, 1e-3), (np.float32, 1e-6)):
        ours = lb.dice_loss(q.astype(dtype), y.astype(dtype))
        np.testing.assert_allclose(float(ours), 2.0**-11 / (128 - 2.0**-11), rtol=rtol)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, torch.float16, torch.bfloat16], ids=str)
def test_large_masks_of_half_precision(dtype):
    """65,536 pixels are more than float16's largest number."""
    make = torch.tensor if isinstance(dtype, torch.dtype) else np.asarray
    q, y = np.ones((256, 256)), np.ones((256, 256))
    q[:, :128] = 0.5
    signed = np.where(np.arange(256) < 128, 1.0, -1.0) * np.ones((256, 1))
    fed = [make(each, dtype=dtype) for each in (q, y, signed)]
    for loss, right in ((lb.dice_loss, 1 / 7), (lb.jaccard_loss, 0.25), (lb.tversky_loss, 1 / 7)):
        ours = loss(*fed[:2])
        assert ours.dtype == dtype
        np.testing.assert_allclose(float(ours), right, rtol=4e-3)
    np.testing.assert_allclose(float(lb.boundary_loss(fed[0], fed[2])), -0.25, rtol=4e-3)
    flat = [each.reshape(-1) for each in fed]
    # All in the truth, half of them with the error 1 − ½.
    np.testing.assert_allclose(float(lb.lovasz_hinge_loss(flat[0], flat[1])), 0.25, rtol=4e-3)
    two = make(np.stack([q.ravel(), 1 - q.ravel()], axis=-1), dtype=dtype)
    zero = make(np.zeros(q.size, np.int64))
    np.testing.assert_allclose(float(lb.lovasz_softmax_loss(two, zero)), 0.25, rtol=4e-3)
    np.testing.assert_allclose(float(lb.lovasz_softmax_loss(two, zero, present_only=False)), (0.25 + 0.5) / 2, rtol=4e-3)


def test_gradients_of_masks_are_the_formulas():
    random = np.random.default_rng(3)
    q, y = random.random((4, 5)), random.random((4, 5))
    dice, jaccard = lb.dice_loss(q, y, smooth=0.5), lb.jaccard_loss(q, y, smooth=0.5)
    np.testing.assert_allclose(slope_of(lb.dice_loss, q, y, smooth=0.5), (1 - 2 * y - dice) / (np.sum(q + y) + 0.5), rtol=1e-12)
    below = np.sum(q + y - q * y) + 0.5
    np.testing.assert_allclose(slope_of(lb.jaccard_loss, q, y, smooth=0.5), (1 - 2 * y - jaccard * (1 - y)) / below, rtol=1e-12)
    a, b, gamma = 0.3, 0.8, 1.5
    settings = {"alpha": a, "beta": b, "gamma": gamma, "smooth": 0.5}
    u = lb.tversky_loss(q, y, **settings) ** (1 / gamma)
    below = np.sum(q * y + a * q * (1 - y) + b * (1 - q) * y) + 0.5
    expected = gamma * u ** (gamma - 1) * ((1 - u) * (a * (1 - y) - b * y) - u * y) / below
    np.testing.assert_allclose(slope_of(lb.tversky_loss, q, y, **settings), expected, rtol=1e-12)


def test_prices_of_too_much_and_too_little():
    y = np.asarray([[1.0, 1, 0, 0]])
    more, less = np.asarray([[1.0, 1, 1, 0]]), np.asarray([[1.0, 0, 0, 0]])
    assert lb.tversky_loss(more, y, alpha=0.9, beta=0.1) > lb.tversky_loss(less, y, alpha=0.9, beta=0.1)
    assert lb.tversky_loss(more, y, alpha=0.0) == 0 == lb.tversky_loss(less, y, beta=0.0)
    # Salehi et al. (2017): α weighs false positives, β false negatives.
    assert lb.tversky_loss(more, y, alpha=0.3, beta=0.7) == pytest.approx(0.3 / 2.3)
    assert lb.tversky_loss(less, y, alpha=0.3, beta=0.7) == pytest.approx(0.7 / 1.7)


# --- Lovász ---


def jaccard_of(wrong, truth):
    """Return the Jaccard loss where a set of pixels is wrong."""
    predicted = wrong != truth
    union = np.sum(predicted | truth)
    return 0.0 if union == 0 else 1 - np.sum(predicted & truth) / union


def extension(errors, truth):
    """Return the Lovász extension by its definition: the largest error first, each with what the set function gains."""
    total, wrong = 0.0, np.zeros(len(truth), dtype=bool)
    for i in np.argsort(-errors, kind="stable"):
        before = jaccard_of(wrong, truth)
        wrong[i] = True
        total += errors[i] * (jaccard_of(wrong, truth) - before)
    return total


@by_library
def test_lovasz_hinge_is_the_extension_by_its_definition(make):
    random = np.random.default_rng(4)
    for pixels in (1, 2, 7, 30):
        s, y = random.normal(size=(40, pixels)) * 2, random.random((40, pixels)) < random.random((40, 1))
        y[:3], y[3:6] = False, True
        s[:20] = np.round(s[:20])
        expected = [extension(np.maximum(1 - a * (2 * b - 1), 0), b) for a, b in zip(s, y, strict=True)]
        ours = lb.lovasz_hinge_loss(make(s), make(y), reduction="none")
        np.testing.assert_allclose(np.asarray(ours), expected, rtol=1e-12, atol=1e-13)


def test_lovasz_hinge_of_four_pixels_is_the_largest_over_all_orders():
    """The extension of a submodular function is its greatest over all chains of sets."""
    random = np.random.default_rng(5)
    for _ in range(20):
        s, y = random.normal(size=4) * 2, random.random(4) < 0.5
        errors = np.maximum(1 - s * (2 * y - 1), 0)
        found = []
        for order in permutations(range(4)):
            sets = [np.isin(np.arange(4), order[:k]) for k in range(5)]
            found.append(sum(errors[order[k]] * (jaccard_of(sets[k + 1], y) - jaccard_of(sets[k], y)) for k in range(4)))
        np.testing.assert_allclose(lb.lovasz_hinge_loss(s, y), max(found), rtol=1e-12)


@by_library
@pytest.mark.parametrize("present_only", [True, False])
def test_lovasz_softmax_is_the_extension_of_each_class(make, present_only):
    random = np.random.default_rng(6)
    q, y = random.dirichlet(np.ones(4), size=(20, 9)), random.integers(0, 4, size=(20, 9))
    y[:5] = 2
    expected = []
    for probs, label in zip(q, y, strict=True):
        values = [extension(np.abs((label == k) - probs[:, k]), label == k) for k in range(4)]
        expected.append(np.mean([v for k, v in enumerate(values) if not present_only or k in label]))
    ours = lb.lovasz_softmax_loss(make(q), make(y), present_only=present_only, reduction="none")
    np.testing.assert_allclose(np.asarray(ours), expected, rtol=1e-12)


def test_lovasz_weights_of_many_pixels_keep_their_digits():
    """A difference of two indices would leave four digits of a weight in float32."""
    random = np.random.default_rng(7)
    # Of so many digits that no error is rounded, and none changes its place.
    s, y = np.round(random.normal(size=100_000) * 2**16) / 2**16, random.random(100_000) < 0.3
    wide, single = slope_of(lb.lovasz_hinge_loss, s, y), slope_of(lb.lovasz_hinge_loss, s.astype(np.float32), y)
    np.testing.assert_allclose(single, wide, rtol=1e-6)


@pytest.mark.parametrize("make", [np.asarray, torch.tensor])
def test_lovasz_of_a_small_mask_in_a_large_image_keeps_its_digits(make):
    """A few large terms beside a million small ones."""
    random = np.random.default_rng(7)
    s, y = random.normal(size=2**20).astype(np.float32), np.arange(2**20) < 100
    np.testing.assert_allclose(lb.lovasz_hinge_loss(make(s), make(y)), lb.lovasz_hinge_loss(s.astype(np.float64), y), rtol=1e-6)


def test_an_infinite_score_that_is_right_costs_nothing():
    s, y = np.asarray([np.inf, -np.inf, 0.5, 2.0]), np.asarray([1, 0, 1, 0])
    assert np.isfinite(lb.lovasz_hinge_loss(s, y))
    assert lb.lovasz_hinge_loss(-s, y) == np.inf


# --- boundary ---


def test_boundary_is_the_mean_of_products():
    random = np.random.default_rng(8)
    q, d = random.random((3, 4, 5)), random.normal(size=(3, 4, 5))
    np.testing.assert_allclose(lb.boundary_loss(q, d, reduction="none"), np.mean(q * d, axis=(1, 2)), rtol=1e-12)
    np.testing.assert_allclose(slope_of(lb.boundary_loss, q, d), d / 20, rtol=1e-12)


# --- boxes ---


def one_box(b, t):
    """Return all four losses of one pair of boxes, by plain arithmetic."""
    (x1, y1, x2, y2), (a1, b1, a2, b2) = map(float, b), map(float, t)
    width, height = max(0.0, min(x2, a2) - max(x1, a1)), max(0.0, min(y2, b2) - max(y1, b1))
    union = (x2 - x1) * (y2 - y1) + (a2 - a1) * (b2 - b1) - width * height
    iou = width * height / union if union else 0.0
    around = (max(x2, a2) - min(x1, a1)) * (max(y2, b2) - min(y1, b1))
    empty = (around - union) / around if around else 0.0
    diagonal = (max(x2, a2) - min(x1, a1)) ** 2 + (max(y2, b2) - min(y1, b1)) ** 2
    way = ((x1 + x2 - a1 - a2) ** 2 + (y1 + y2 - b1 - b2) ** 2) / 4
    far = way / diagonal if diagonal else 0.0
    forms = [np.arctan2(c2 - c1, d2 - d1) for c1, d1, c2, d2 in ((x1, y1, x2, y2), (a1, b1, a2, b2))]
    point = (x2 - x1 == y2 - y1 == 0) or (a2 - a1 == b2 - b1 == 0)
    v = 0.0 if point else 4 / np.pi**2 * (forms[1] - forms[0]) ** 2
    weight = v / (1 - iou + v) if v else 0.0
    return 1 - iou, 1 - iou + empty, 1 - iou + far, 1 - iou + far + weight * v


def all_boxes():
    """Return all pairs of small boxes on a grid, points and lines among them."""
    ends = [(a, b) for a in range(4) for b in range(a, 4)]
    boxes = np.asarray([(x1, y1, x2, y2) for (x1, x2), (y1, y2) in product(ends, ends)], dtype=float)
    i, j = np.meshgrid(np.arange(len(boxes)), np.arange(len(boxes)), indexing="ij")
    return boxes[i.ravel()], boxes[j.ravel()]


def test_boxes_are_those_of_plain_arithmetic_and_finite_where_they_degenerate():
    b, t = all_boxes()
    expected = np.asarray([one_box(*pair) for pair in zip(b, t, strict=True)])
    for place, loss in enumerate(OF_BOXES):
        for make in (np.asarray, torch.tensor, jnp.asarray):
            ours = np.asarray(loss(make(b), make(t), reduction="none"))
            np.testing.assert_allclose(ours, expected[:, place], rtol=1e-12, atol=1e-12)
        assert np.all(np.isfinite(slope_of(loss, b, t)))
        in_jax = jax.grad(lambda b, t, loss=loss: loss(b, t), argnums=(0, 1))(jnp.asarray(b), jnp.asarray(t))
        assert all(np.all(np.isfinite(each)) for each in in_jax)


@by_box_loss
def test_twice_differentiated_degenerate_boxes_are_finite(loss):
    b, t = (torch.tensor(each[::7], requires_grad=True) for each in all_boxes())
    slopes = torch.autograd.grad(loss(b, t, reduction="sum"), (b, t), create_graph=True)
    bends = torch.autograd.grad(sum((each * each).sum() for each in slopes), (b, t))
    assert all(torch.all(torch.isfinite(each)) for each in bends)


@by_box_loss
@pytest.mark.parametrize("dtype", [np.float16, torch.float16, torch.bfloat16], ids=str)
def test_boxes_of_a_picture_in_half_precision(loss, dtype):
    """640 × 480 is more than float16's largest number."""
    make = torch.tensor if isinstance(dtype, torch.dtype) else np.asarray
    b, t = np.asarray([[0.0, 0, 640, 480], [0, 0, 640, 480]]), np.asarray([[0.0, 0, 320, 480], [320, 240, 640, 480]])
    ours = loss(make(b, dtype=dtype), make(t, dtype=dtype), reduction="none")
    assert ours.dtype == dtype
    ours = ours.double().numpy() if isinstance(ours, torch.Tensor) else ours
    np.testing.assert_allclose(ours, loss(b, t, reduction="none"), rtol=4e-3)


def test_the_trade_off_is_a_constant_and_the_form_has_its_true_gradient():
    """Their code leaves the factor 1 / (w² + h²) out of the form's gradient; here it is in."""
    b, t = np.asarray([0.0, 0, 3, 1]), np.asarray([0.5, -0.5, 2, 2.5])
    (w, h), (a, c) = (b[2:] - b[:2]), (t[2:] - t[:2])
    angle = np.arctan(a / c) - np.arctan(w / h)
    v = 4 / np.pi**2 * angle**2
    weight = v / (lb.iou_loss(b, t) + v)
    of_width, of_height = (-8 / np.pi**2 * angle * each / (w * w + h * h) for each in (h, -w))
    found = slope_of(lb.ciou_loss, b, t) - slope_of(lb.diou_loss, b, t)
    np.testing.assert_allclose(found, weight * np.asarray([-of_width, -of_height, of_width, of_height]), rtol=1e-12)
    np.testing.assert_allclose(lb.ciou_loss(b, t) - lb.diou_loss(b, t), weight * v, rtol=1e-12)


@by_box_loss
def test_boxes_have_no_scale(loss):
    b, t = example(loss_of(loss), (50,))
    for scale in (1e-6, 3.0, 1e6):
        np.testing.assert_allclose(loss(scale * b, scale * t, reduction="none"), loss(b, t, reduction="none"), rtol=1e-10)


def test_disjoint_boxes_have_no_slope_without_a_repair():
    b, t = np.asarray([0.0, 0, 1, 1]), np.asarray([5.0, 0, 6, 1])
    assert np.all(slope_of(lb.iou_loss, b, t) == 0)
    for loss in OF_BOXES[1:]:
        # The right side is drawn to the target.
        assert slope_of(loss, b, t)[2] < 0


@by_library
@by_box_loss
@pytest.mark.parametrize("name", ["boxes", "target"])
def test_a_box_of_corners_exchanged_is_named(make, loss, name):
    fed = {"boxes": np.asarray([[0.0, 0, 1, 1], [0, 0, 1, 1]]), "target": np.asarray([[0.0, 0, 1, 1], [0, 0, 1, 1]])}
    fed[name][1] = [0, 2, 1, 1.5]
    with pytest.raises(ValueError, match=rf"^{name} must have x2 ≥ x1 and y2 ≥ y1, got 1.5 at index \(1, 3\)"):
        loss(**{key: make(each) for key, each in fed.items()})


@by_box_loss
def test_a_box_of_corners_exchanged_is_nan_where_traced(loss):
    b, t = (np.array(each) for each in example(loss_of(loss), (3,)))
    b[1, 0] = b[1, 2] + 1
    jitted = jax.jit(lambda *each: loss(*each, reduction="none"))
    torch.compiler.reset()
    compiled = torch.compile(lambda *each: loss(*each, reduction="none"), fullgraph=True, backend="aot_eager")
    for made in (jitted(b, t), compiled(torch.tensor(b), torch.tensor(t))):
        assert np.isnan(np.asarray(made)).tolist() == [False, True, False]


# --- sets ---


def test_matching_is_the_least_over_all_assignments():
    random = np.random.default_rng(9)
    for n, m in ((1, 1), (1, 5), (3, 3), (4, 6), (5, 5)):
        cost = random.normal(size=(6, n, m))
        tried = [np.mean([cost[:, i, j] for i, j in enumerate(order)], axis=0) for order in permutations(range(m), n)]
        for make in MAKERS.values():
            np.testing.assert_allclose(
                np.asarray(lb.set_matching_loss(make(cost), reduction="none")), np.min(tried, axis=0), rtol=1e-12
            )


def test_the_gradient_of_a_matching_is_its_permutation():
    cost = np.random.default_rng(10).normal(size=(2, 5, 7))
    slope = slope_of(lb.set_matching_loss, cost)
    assert np.all((slope == 0) | np.isclose(slope, 1 / 5))
    assert np.all(np.sum(slope > 0, axis=-1) == 1) and np.all(np.sum(slope > 0, axis=-2) <= 1)
    np.testing.assert_allclose(np.sum(slope * cost, axis=(1, 2)), lb.set_matching_loss(cost, reduction="none"), rtol=1e-12)


def test_a_compiled_matching_is_found_anew_in_each_call():
    torch.compiler.reset()
    compiled = torch.compile(lb.set_matching_loss, fullgraph=True, backend="aot_eager")
    jitted = jax.jit(lb.set_matching_loss)
    for seed in range(4):
        cost = np.random.default_rng(seed).normal(size=(3, 4, 6))
        right = lb.set_matching_loss(cost)
        np.testing.assert_allclose([compiled(torch.tensor(cost)).item(), jitted(cost)], right, rtol=1e-12)


@by_library
def test_bad_costs_are_named(make):
    cost = np.zeros((2, 3, 4))
    for bad in (np.nan, np.inf, -np.inf):
        cost[1, 2, 0] = bad
        with pytest.raises(ValueError, match=rf"^cost must be finite, got {bad:g} at index \(1, 2, 0\)"):
            lb.set_matching_loss(make(cost))
    for shape in ((4, 3), (0, 3), (3,)):
        with pytest.raises(ValueError, match=r"^cost must have shape \(…, N, M\) with 1 ≤ N ≤ M, a column for each row, got"):
            lb.set_matching_loss(make(np.zeros(shape)))


WITHOUT_SCIPY = """
import sys
sys.modules["scipy"] = None
import numpy as np, lossbook
lossbook.dice_loss(np.ones((1, 1)), np.ones((1, 1)))
try:
    lossbook.set_matching_loss(np.ones((1, 1)))
except ImportError as error:
    assert "scipy" in str(error)
else:
    raise SystemExit("it took another solver")
"""


def test_only_the_matching_needs_scipy():
    assert [loss.name for loss in LOSSES if loss.needs] == ["set_matching_loss"]
    subprocess.run([sys.executable, "-c", WITHOUT_SCIPY], check=True)


def test_chamfer_is_that_of_all_pairs():
    random = np.random.default_rng(11)
    for n, m, d in ((1, 1, 1), (5, 1, 2), (1, 6, 3), (9, 7, 3)):
        x, y = random.normal(size=(4, n, d)), random.normal(size=(4, m, d))
        squares = np.sum((x[:, :, None] - y[:, None]) ** 2, axis=-1)
        expected = squares.min(axis=2).mean(axis=1) + squares.min(axis=1).mean(axis=1)
        for make in MAKERS.values():
            np.testing.assert_allclose(np.asarray(lb.chamfer_loss(make(x), make(y), reduction="none")), expected, rtol=1e-12)
        tensors = torch.tensor(x, requires_grad=True), torch.tensor(y, requires_grad=True)
        assert torch.autograd.gradcheck(lambda x, y: lb.chamfer_loss(x, y, reduction="none"), tensors)


@pytest.mark.parametrize(
    "away", [0.0, 1000.0, np.where(np.arange(50)[:, None] < 25, 0.0, 1000.0)], ids=["here", "away", "two clouds"]
)
def test_chamfer_of_float32_keeps_its_digits_far_from_the_origin(away):
    random = np.random.default_rng(12)
    x = (random.random((50, 3)) + away).astype(np.float32)
    y = (x + 2.0**-13 * random.integers(-8, 9, size=x.shape)).astype(np.float32)
    right = lb.chamfer_loss(x.astype(np.float64), y.astype(np.float64))
    for make in (np.asarray, torch.tensor, jnp.asarray):
        np.testing.assert_allclose(float(lb.chamfer_loss(make(x), make(y))), right, rtol=1e-5)
    slope = slope_of(lb.chamfer_loss, x, y)
    np.testing.assert_allclose(slope, slope_of(lb.chamfer_loss, x.astype(np.float64), y.astype(np.float64)), rtol=1e-5, atol=1e-9)


def test_chamfer_of_a_set_with_itself_is_nothing_at_all():
    x = np.random.default_rng(13).normal(size=(2, 30, 3)).astype(np.float32)
    assert lb.chamfer_loss(x, x[:, ::-1]) == 0 and np.all(slope_of(lb.chamfer_loss, x, x.copy()) == 0)
    twice = np.concatenate([x, x], axis=1)
    assert lb.chamfer_loss(twice, x) == 0


# --- bad input ---


@by_library
def test_masks_that_do_not_fit_are_named(make):
    q, y = make(np.full((2, 3), 0.5)), make(np.ones((2, 3)))
    for loss in OF_MASKS:
        with pytest.raises(ValueError, match=r"^probs must lie in \[0, 1\], got 1.5 at index \(0, 1\)"):
            loss(make(np.asarray([[0.5, 1.5, 0.5]])), make(np.ones((1, 3))))
        with pytest.raises(ValueError, match=r"^y must lie in \[0, 1\], got 2 at index \(0, 2\)"):
            loss(make(np.full((1, 3), 0.5)), make(np.asarray([[0, 1, 2]])))
        with pytest.raises(ValueError, match=r"^probs must have shape \(…, H, W\) with at least one pixel, got \(3,\)"):
            loss(make(np.full(3, 0.5)), make(np.ones(3)))
        with pytest.raises(ValueError, match=r"at least one pixel, got \(2, 0\)"):
            loss(make(np.ones((2, 0))), make(np.ones((2, 0))))
        with pytest.raises(TypeError, match="^y must be of a boolean, integer or real floating-point dtype, got .*complex128"):
            loss(q, make(np.ones((2, 3), complex)))
    for name in ("alpha", "beta"):
        with pytest.raises(ValueError, match=f"^{name} must be a finite number of at least 0, got -0.5"):
            lb.tversky_loss(q, y, **{name: -0.5})
    with pytest.raises(ValueError, match="^gamma must be a positive, finite number, got 0.0"):
        lb.tversky_loss(q, y, gamma=0)
    with pytest.raises(ValueError, match=r"^probs must have shape \(…, H, W\)"):
        lb.boundary_loss(make(np.ones(3)), make(np.ones(3)))
    with pytest.raises(ValueError, match=r"^boxes must have shape \(…, 4\), the corners x1, y1, x2, y2, got \(2, 3\)"):
        lb.iou_loss(q, y)
    with pytest.raises(ValueError, match=r"^probs must have shape \(…, P, C\) with at least one pixel and one class, got \(3,\)"):
        lb.lovasz_softmax_loss(make(np.ones(3)), make(np.asarray(0)))
    with pytest.raises(ValueError, match=r"^scores must have shape \(…, P\) with at least one pixel"):
        lb.lovasz_hinge_loss(make(np.ones((2, 0))), make(np.ones((2, 0))))
