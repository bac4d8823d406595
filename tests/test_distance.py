"""What holds of the losses of relations: their gradients in every input, symmetries, bounds, limits."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from inputs import cases
from scipy.optimize import minimize
from torch.utils._python_dispatch import TorchDispatchMode

import lossbook
from lossbook import (
    angle, angular_loss, angular_triplet_loss, contrastive_loss, cosine_similarity, euclidean_distance, info_nce_loss,
    n_pair_loss, proxy_nca_loss, proxy_softmax_loss, triplet_margin_loss,
)  # fmt: skip
from lossbook.checks import call, example, torch_gradient
from lossbook.taxonomy import loss_of

by_case = cases(lambda loss, settings: loss.prediction.relation)

HELPERS = {"distance": euclidean_distance, "cosine": cosine_similarity, "angle": angle}
by_helper = pytest.mark.parametrize("helper", HELPERS.values(), ids=HELPERS)
OF_MANY = [n_pair_loss, info_nce_loss]
OF_PROXIES = [proxy_softmax_loss, proxy_nca_loss]


# --- gradients ---


@by_case
def test_gradient_in_every_input_lies_between_the_one_sided_differences(loss, settings, many):
    """Rows may share an input (a proxy, the batch's positives): the slope of the sum lies between
    the sums of the rows' one-sided differences."""
    for seed, fed in enumerate(many(loss)):
        value = call(loss, fed, settings)
        for of in loss.moving:
            if fed[of] is None:
                continue
            direction = np.random.default_rng(seed).normal(size=fed[of].shape)
            # A zero vector has no direction: what depends on directions jumps there, and only there.
            if loss.function in (info_nce_loss, angular_triplet_loss):
                direction = np.where(np.any(fed[of], axis=-1, keepdims=True), direction, 0.0)
            slopes = torch_gradient(loss, fed, settings, of=of)
            assert np.all(np.isfinite(slopes))
            slope, h = np.sum(slopes * direction), 1e-7
            right, left = (
                (call(loss, (*fed[:of], fed[of] + side * direction, *fed[of + 1 :]), settings) - value) / side for side in (h, -h)
            )
            noise = 1e-5 * (1 + np.sum(np.abs(value)) + np.sum(np.abs(slope)))
            assert np.sum(np.minimum(left, right)) - noise <= slope <= np.sum(np.maximum(left, right)) + noise


@by_case
def test_gradient_is_finite_where_vectors_vanish_coincide_or_are_parallel(loss, settings):
    one, zero = np.ones((2, 2)), np.zeros((2, 2))
    for first in (zero, one):
        for second in (zero, one, 2 * one, -one):
            for third in (zero, one, -one):
                others = {("D",): third, ("K", "D"): np.stack([third, second], axis=1), ("C", "D"): third}
                target = second if loss.target.relation else np.asarray([0, 1])
                fed = [first, target, others[loss.kinds[2].axes]]
                assert np.all(np.isfinite(call(loss, fed, settings)))
                for of in loss.moving:
                    assert np.all(np.isfinite(torch_gradient(loss, fed, settings, of=of)))
                in_jax = jax.grad(lambda *each: loss(*each, **settings), argnums=tuple(loss.moving))
                assert all(np.all(np.isfinite(each)) for each in in_jax(*map(jnp.asarray, fed)))


def test_coincident_points_feel_no_force():
    one = np.ones((2, 3))
    for of in (0, 1):
        a, b = torch.tensor(one, requires_grad=of == 0), torch.tensor(one, requires_grad=of == 1)
        contrastive_loss(euclidean_distance(a, b), torch.tensor([0, 1])).backward()
        assert np.all((a, b)[of].grad.numpy() == 0)


# --- the properties claimed in the records, in the first input ---


def others(loss, count):
    """Yield a few fixed sets of the other inputs, repeated for a number of first ones."""
    for seed in range(4):
        _, target, third = example(loss, shape=(1,), seed=seed)
        repeated = [np.repeat(each, count, axis=0) for each in (target, third)]
        yield [repeated[0], third] if loss.kinds[2].shared else repeated


@by_case
def test_convexity_is_as_claimed(loss, settings):
    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, 20_000, 2)) * 5
    convex = all(
        np.all(
            call(loss, ((a + b) / 2, *rest), settings)
            <= (call(loss, (a, *rest), settings) + call(loss, (b, *rest), settings)) / 2 + 1e-9
        )
        for rest in others(loss, len(a))
    )
    assert convex == loss.convex.holds(**settings)


@by_case
def test_smoothness_is_as_claimed(loss, settings):
    """Along lines through the plane: ten times as many points make a tenth of the changes, or leave a jump."""
    starts = np.random.default_rng(1).normal(size=(4, 2)) * 3

    def largest_change(count):
        along = np.linspace(-6, 6, count)[:, None]
        changes = []
        for start in starts:
            line = along * start / np.linalg.norm(start) + start[::-1] / 3
            for rest in others(loss, count):
                changes.append(np.abs(np.diff(torch_gradient(loss, (line, *rest), settings), axis=0)).max())
        return max(changes)

    assert (largest_change(40_001) < largest_change(4_001) / 5) == loss.smooth.holds(**settings)


@by_case
def test_lipschitz_constant_is_as_claimed(loss, settings):
    def steepest(scale):
        first = np.random.default_rng(2).normal(size=(4000, 2)) * 3
        slopes = []
        for rest in others(loss, len(first)):
            rest = [each if each.dtype == np.int64 else scale * each for each in rest]
            slopes.append(np.linalg.norm(torch_gradient(loss, (scale * first, *rest), settings), axis=-1).max())
        return max(slopes)

    constant, found = loss.lipschitz.constant(**settings), steepest(1.0)
    if np.isfinite(constant):
        assert 0.995 * constant <= found <= constant * (1 + 1e-9)
    else:
        assert max(steepest(1e6), steepest(1e-6)) > 100 * found


def test_lipschitz_constant_of_given_proxies_is_as_claimed():
    a, y, proxies = (
        np.random.default_rng(0).normal(size=(5000, 2)) * 20,
        np.arange(5000) % 3,
        np.random.default_rng(1).normal(size=(3, 2)),
    )
    widest = 2 * np.linalg.norm(proxies[:, None] - proxies, axis=-1).max(axis=-1)
    for loss in OF_PROXIES:
        length = np.linalg.norm(torch_gradient(loss, (a, y, proxies), {}), axis=-1)
        for k in range(3):
            assert length[y == k].max() == pytest.approx(widest[k], rel=1e-6)


# --- symmetries ---


def changed(loss, fed, change):
    return [each if each is None or each.dtype == np.int64 else change(each) for each in fed]


@by_case
@pytest.mark.parametrize("turn", [0.3, 2.0, math.pi, 5.5])
def test_turning_everything_changes_nothing(loss, settings, turn, many):
    rotation = np.asarray([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    for fed in many(loss):
        turned = changed(loss, fed, lambda vectors: vectors @ rotation)
        np.testing.assert_allclose(call(loss, turned, settings), call(loss, fed, settings), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("loss", [triplet_margin_loss, angular_loss, *OF_PROXIES])
def test_moving_everything_changes_nothing(loss, many):
    for fed in many(loss_of(loss)):
        moved = changed(loss, fed, lambda vectors: vectors + np.asarray([512.0, -256.0]))
        np.testing.assert_allclose(loss(*moved, reduction="none"), loss(*fed, reduction="none"), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("loss", [angular_triplet_loss, info_nce_loss])
@pytest.mark.parametrize("factor", [0.001, 1 / 3, 7.0, 1e6])
def test_lengths_do_not_matter(loss, factor, many):
    for first, *rest in many(loss_of(loss)):
        stretched = [factor * first, *changed(loss, rest, lambda vectors: 2 * vectors)]
        np.testing.assert_allclose(loss(*stretched, reduction="none"), loss(first, *rest, reduction="none"), rtol=1e-9, atol=1e-9)


def test_proxies_far_from_the_origin_lose_no_digits():
    a, y, proxies = example(loss_of(proxy_softmax_loss))
    for loss in OF_PROXIES:
        expected = loss(a, y, proxies)
        far = [each.astype(np.float32) for each in (a + 4096, proxies + 4096)]
        assert float(loss(far[0], y, far[1])) == pytest.approx(float(expected), rel=5e-3)


# --- bounds and limits ---


@pytest.mark.parametrize("count", [1, 8, 100])
@pytest.mark.parametrize("temperature", [0.1, 1.0])
def test_info_nce_is_lowest_where_the_negatives_are_opposite(count, temperature):
    a = np.asarray([[3.0, 4.0]])
    lowest = math.log1p(count * math.exp(-2 / temperature))
    found = info_nce_loss(a, 2 * a, np.repeat(-a[:, None], count, axis=1), temperature=temperature)
    assert float(found) == pytest.approx(lowest, rel=1e-12)
    random = np.random.default_rng(0)
    for _ in range(20):
        fed = random.normal(size=(9, 2)), random.normal(size=(9, 2)), random.normal(size=(9, count, 2))
        assert np.all(info_nce_loss(*fed, temperature=temperature, reduction="none") >= lowest)


def test_n_pair_lies_between_the_widest_gap_and_its_shift(many):
    for anchor, positive, negatives in many(loss_of(n_pair_loss), plain=True):
        gaps = np.sum(anchor[..., None, :] * (negatives - positive[..., None, :]), axis=-1)
        widest = np.maximum(0, np.max(gaps, axis=-1))
        losses = n_pair_loss(anchor, positive, negatives, reduction="none")
        assert np.all(losses >= widest - 1e-12) and np.all(losses <= widest + math.log(negatives.shape[-2] + 1) + 1e-12)


@pytest.mark.parametrize("margin", [0.1, 0.5, 2.0, 3.1])
def test_angular_triplet_grows_with_the_angle_to_the_positive_all_the_way(margin):
    theta = np.linspace(0, math.pi, 400)
    circle = np.stack([np.cos(theta), np.sin(theta)], axis=-1)
    anchor, negative = np.broadcast_to([1.0, 0.0], circle.shape), np.broadcast_to([0.0, 1.0], circle.shape)
    losses = angular_triplet_loss(anchor, circle, negative, margin=margin, reduction="none")
    assert np.all(np.diff(losses) >= 0) and np.all(np.diff(losses[losses > 0]) > 0)
    # No jump where the cosine is mirrored.
    assert np.max(np.diff(losses)) < 0.01


@pytest.mark.parametrize(
    ("loss", "fed", "value"),
    [
        (triplet_margin_loss, ([[0.0, 0]], [[3.0, 4]], [[0.0, 2]]), 4.0),
        (angular_triplet_loss, ([[1.0, 0]], [[2.0, 0]], [[0.0, 1]]), 0.0),
        (angular_triplet_loss, ([[1.0, 0]], [[0.0, 1]], [[5.0, 0]]), 1 + math.sin(0.5)),
        (angular_loss, ([[-1.0, 0]], [[1.0, 0]], [[0.0, 0.5]]), 3.0),
        (angular_loss, ([[-1.0, 0]], [[1.0, 0]], [[0.0, 1.5]]), 0.0),
        (n_pair_loss, ([[1.0, 0]], [[0.0, 5]], [[[0.0, 1], [0, 2], [0, 3]]]), math.log(4)),
        (proxy_nca_loss, ([[0.0, 0]], [0], [[0.0, 0], [3, 0], [0, 3]]), math.log(2) - 9),
    ],
)
def test_closed_forms(loss, fed, value):
    assert float(loss(*map(np.asarray, fed))) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("alpha", [0.3, math.pi / 4])
def test_angular_loss_is_the_exponent_of_pytorch_metric_learnings(alpha):
    """Its smooth form on unit vectors, log(1 + Σ exp f), drops the constant 2 − 6 tan²α of the square's."""
    from pytorch_metric_learning.losses import AngularLoss

    random = np.random.default_rng(0)
    a, p, n = (v / np.linalg.norm(v, axis=-1, keepdims=True) for v in random.normal(size=(3, 5, 4)))
    squares = np.sum((a - p) ** 2, axis=-1)
    to_middle = np.sum((n[:, None] - (a + p) / 2) ** 2, axis=-1)  # of each negative, to each pair's middle
    exponents = (squares - 4 * np.tan(alpha) ** 2 * to_middle) - (2 - 6 * np.tan(alpha) ** 2)
    rows = torch.arange(5)
    pairs = (rows, rows + 5, rows.repeat_interleave(5), torch.arange(10, 15).repeat(5))
    of = torch.tensor(np.concatenate([a, p, n]))
    # Its negatives are all that have another label, whatever the pairs say.
    theirs = AngularLoss(alpha=np.degrees(alpha))(of, torch.tensor([0] * 10 + [1] * 5), pairs)
    assert float(theirs) == pytest.approx(float(np.mean(np.log1p(np.sum(np.exp(exponents), axis=0)))), rel=1e-6)
    inside = np.diagonal(np.maximum(0, squares - 4 * np.tan(alpha) ** 2 * to_middle))
    np.testing.assert_allclose(angular_loss(a, p, n, alpha=alpha, reduction="none"), inside, rtol=1e-12, atol=1e-12)


def test_best_embedding_of_proxies_matches_the_mean():
    proxies, p = np.asarray([[0.0, 0], [1, 0], [0, 1.5], [1.2, 1]]), np.asarray([0.1, 0.2, 0.3, 0.4])

    def expected(a):
        return float(p @ proxy_softmax_loss(np.tile(a, (4, 1)), np.arange(4), proxies, reduction="none"))

    best = minimize(expected, [0.0, 0.0], options={"gtol": 1e-9}).x
    q = np.exp(-np.sum((best - proxies) ** 2, axis=-1))
    np.testing.assert_allclose(q @ proxies / q.sum(), p @ proxies, atol=1e-5)


def test_proxy_nca_falls_without_bound():
    proxies = np.asarray([[0.0, 0], [1, 0], [0, 1]])
    values = [float(proxy_nca_loss(np.asarray([[-t, -t]]), np.asarray([0]), proxies)) for t in (1.0, 10.0, 100.0)]
    assert values[0] > values[1] > values[2] and values[2] < -100


# --- the batch as its own negatives ---


@pytest.mark.parametrize("loss", OF_MANY)
@pytest.mark.parametrize("size", [2, 3, 5])
def test_without_negatives_the_other_positives_serve(loss, size):
    anchor, positive = np.random.default_rng(size).normal(size=(2, 3, size, 4))
    expected = [
        [
            loss(anchor[g, i], positive[g, i], np.delete(positive[g], i, axis=0), reduction="none")
            for i in range(size)
        ]
        for g in range(3)
    ]  # fmt: skip
    np.testing.assert_allclose(loss(anchor, positive, reduction="none"), expected, rtol=1e-11, atol=1e-12)


class Largest(TorchDispatchMode):
    """Notes how many numbers the largest tensor holds that any operation makes."""

    def __init__(self):
        super().__init__()
        self.numbers = 0

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        made = operation(*args, **(kwargs or {}))
        for each in made if isinstance(made, (tuple, list)) else (made,):
            if isinstance(each, torch.Tensor):
                self.numbers = max(self.numbers, each.numel())
        return made


@pytest.mark.parametrize("loss", OF_MANY)
def test_no_array_of_the_batch_is_larger_than_its_scores(loss):
    anchor, positive = (torch.randn(64, 48, requires_grad=True) for _ in range(2))
    with Largest() as largest:
        loss(anchor, positive).backward()
    assert largest.numbers == 64 * 64


@pytest.mark.parametrize("loss", OF_PROXIES)
def test_no_array_of_proxies_is_larger_than_its_scores(loss):
    embedding, proxies = torch.randn(32, 48, requires_grad=True), torch.randn(100, 48, requires_grad=True)
    with Largest() as largest:
        loss(embedding, torch.arange(32), proxies).backward()
    assert largest.numbers == 100 * 48


# --- what measures near ---


def test_angles_are_exact_however_small():
    for dtype, rtol in ((np.float32, 1e-6), (np.float64, 1e-12)):
        for theta in (1e-6, 1e-4, 0.1, 1.0, math.pi - 1e-3):
            a, b = np.asarray([1, 0], dtype=dtype), np.asarray([math.cos(theta), math.sin(theta)], dtype=dtype)
            assert float(angle(a, 3 * b)) == pytest.approx(theta, rel=rtol if theta < 3 else 1e-5)


@pytest.mark.parametrize(
    ("a", "b", "distance", "cosine", "theta"),
    [
        ([3.0, 4.0], [0.0, 0.0], 5, 0, math.pi / 2),
        ([0.0, 0.0], [0.0, 0.0], 0, 0, math.pi / 2),
        ([1.0, 1.0], [2.0, 2.0], math.sqrt(2), 1, 0),
        ([1.0, 0.0], [-2.0, 0.0], 3, -1, math.pi),
        ([1.0, 0.0], [0.0, 7.0], math.sqrt(50), 0, math.pi / 2),
    ],
)
@pytest.mark.parametrize("make", [np.asarray, torch.tensor, jnp.asarray], ids=["numpy", "torch", "jax"])
def test_helpers_know_the_special_cases(a, b, distance, cosine, theta, make):
    for helper, value in ((euclidean_distance, distance), (cosine_similarity, cosine), (angle, theta)):
        first, second = make(np.asarray(a)), make(np.asarray(b))
        assert float(helper(first, second)) == pytest.approx(value, abs=1e-15)
        if make is torch.tensor:
            helper(first.requires_grad_(), second.requires_grad_()).backward()
            assert torch.all(torch.isfinite(first.grad)) and torch.all(torch.isfinite(second.grad))
        if make is jnp.asarray:
            assert all(jnp.all(jnp.isfinite(each)) for each in jax.grad(helper, argnums=(0, 1))(first, second))


TRIANGLE = [3.0, 0.0], [0.0, 4.0], [3.0, 4.0]


@pytest.mark.parametrize("make", [np.asarray, torch.tensor, jnp.asarray], ids=["numpy", "torch", "jax"])
@pytest.mark.parametrize("power", [-36, -30, -22, -20, -15, 0, 15, 20, 30, 37])
def test_helpers_know_vectors_of_any_length(power, make):
    """Also where their squares are too small or too large for float32."""
    a, b, c = (make(np.asarray(each, dtype=np.float64).astype(np.float32) * np.float32(10.0**power)) for each in TRIANGLE)
    assert float(euclidean_distance(a, b)) == pytest.approx(5 * 10.0**power, rel=1e-6, abs=0)
    assert float(cosine_similarity(a, c)) == pytest.approx(0.6, rel=1e-6)
    assert float(angle(a, c)) == pytest.approx(math.acos(0.6), rel=1e-6)


def test_the_angle_of_perpendicular_vectors_has_a_gradient():
    a, b = torch.tensor([2.0, 0.0], requires_grad=True), torch.tensor([0.0, 1.0])
    angle(a, b).backward()
    torch.testing.assert_close(a.grad, torch.tensor([0.0, -0.5]))


@by_helper
def test_helpers_agree_between_libraries_and_are_symmetric(helper, many):
    for a, b, _ in many(loss_of(triplet_margin_loss)):
        expected = helper(a, b)
        np.testing.assert_allclose(helper(torch.tensor(a), torch.tensor(b)), expected, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(helper(b, a), expected, rtol=1e-12, atol=1e-12)


def test_cosine_is_the_cosine_of_the_angle(many):
    for a, b, _ in many(loss_of(triplet_margin_loss)):
        np.testing.assert_allclose(np.cos(angle(a, b)), cosine_similarity(a, b), atol=1e-12)


@by_helper
def test_helpers_name_what_does_not_fit(helper):
    one = np.ones((2, 3))
    with pytest.raises(ValueError, match=r"shapes must be the same .*a \(2, 3\), b \(2, 4\)"):
        helper(one, np.ones((2, 4)))
    with pytest.raises(TypeError, match="a must be an array, got list"):
        helper([1.0], one)
    with pytest.raises(TypeError, match="b must be of a real floating-point dtype, got int64"):
        helper(one, np.ones((2, 3), dtype=np.int64))
    with pytest.raises(ValueError, match=r"a must have shape \(…, D\) with D at least 1, got \(2, 0\)"):
        helper(one[:, :0], one[:, :0])
    with pytest.raises(ValueError, match=r"a must have shape \(…, D\) with D at least 1, got \(\)"):
        helper(np.asarray(1.0), np.asarray(1.0))


@by_helper
def test_helpers_name_vectors_that_are_too_large(helper):
    with (
        np.errstate(all="ignore"),
        pytest.raises(ValueError, match=r"a leaves the loss without a value, got inf at index \(0,\)"),
    ):
        helper(np.asarray([np.inf, 1.0]), np.asarray([np.inf, 2.0]))


# --- bad input ---


ONE, TWO = np.ones((2, 3)), np.ones((2, 4))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: triplet_margin_loss(ONE, ONE, TWO), r"anchor \(2, 3\), positive \(2, 3\), negative \(2, 4\)"),
        (lambda: n_pair_loss(ONE, TWO), r"anchor \(2, 3\), positive \(2, 4\)"),
        (lambda: n_pair_loss(ONE[:1], ONE[:1]), r"without negatives, anchor must have .* at least 2, got \(1, 3\)"),
        (lambda: info_nce_loss(ONE[0], ONE[0]), r"without negatives, anchor must have .* at least 2, got \(3,\)"),
        (lambda: info_nce_loss(ONE, ONE, np.ones((2, 0, 3))), r"at least one vector .* got negatives \(2, 0, 3\), anchor \(2, 3\)"),
        (lambda: info_nce_loss(ONE, ONE, np.ones((5, 3))), r"got negatives \(5, 3\), anchor \(2, 3\)"),
        (lambda: info_nce_loss(ONE, ONE, np.ones((3, 5, 3))), r"got negatives \(3, 5, 3\), anchor \(2, 3\)"),
        (lambda: info_nce_loss(ONE, ONE, np.ones((2, 5, 4))), r"got negatives \(2, 5, 4\), anchor \(2, 3\)"),
        (lambda: info_nce_loss(ONE, ONE, ONE[0]), r"got negatives \(3,\), anchor \(2, 3\)"),
        (lambda: info_nce_loss(ONE[0], ONE[0], ONE[0]), r"got negatives \(3,\), anchor \(3,\)"),
        (lambda: info_nce_loss(ONE, ONE, temperature=0.0), "temperature must be a positive, finite number, got 0.0"),
        (lambda: triplet_margin_loss(ONE, ONE, ONE, margin=-1), "margin must be a positive, finite number, got -1"),
        (lambda: angular_triplet_loss(ONE, ONE, ONE, margin=3.2), "margin must be a number between 0 and π, got 3.2"),
        (lambda: angular_triplet_loss(ONE, ONE, ONE, margin=0), "margin must be a number between 0 and π, got 0"),
        (lambda: angular_triplet_loss(ONE, ONE, ONE, margin=math.pi), "margin must be a number between 0 and π, got 3.14"),
        (lambda: angular_loss(ONE, ONE, ONE, alpha=0), "alpha must be a number between 0 and π/2, got 0"),
        (lambda: angular_loss(ONE, ONE, ONE, alpha=45), "alpha must be a number between 0 and π/2, got 45"),
        (lambda: proxy_nca_loss(ONE, np.asarray([0, 2]), ONE), r"y must be a class from 0 to 1, got 2 at index \(1,\)"),
        (lambda: proxy_softmax_loss(ONE, np.asarray([0, 1]), TWO), r"got proxies \(2, 4\), embedding \(2, 3\)"),
        (lambda: proxy_softmax_loss(ONE, np.asarray([0, 0]), ONE[:1]), r"at least two .* got proxies \(1, 3\)"),
        (lambda: proxy_softmax_loss(ONE, np.asarray([0, 0]), ONE[0]), r"got proxies \(3,\)"),
        (lambda: contrastive_loss(ONE, 2 * ONE), r"similar must be 0 or 1, got 2 at index \(0, 0\)"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_similar_may_be_of_any_dtype_that_says_yes_or_no():
    d = np.asarray([0.5, 0.5])
    values = [contrastive_loss(d, np.asarray([1, 0]).astype(dtype)) for dtype in (bool, np.int32, np.uint8, np.float64)]
    assert len({float(value) for value in values}) == 1


def test_the_helpers_are_public_and_no_losses():
    for helper in HELPERS.values():
        assert getattr(lossbook, helper.__name__) is helper
        with pytest.raises(KeyError):
            loss_of(helper)
