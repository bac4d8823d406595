"""Chains of tags and distributions with exact zeros: beside plain loops, at their limits, and what is refused."""

import math
import re
from itertools import pairwise, product

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from scipy.optimize import brentq
from scipy.special import logsumexp, softmax

import lossbook as lb
from lossbook._ops.stable import exp_share, log_share

MAKERS = {"numpy": np.asarray, "torch": torch.tensor, "jax": jnp.asarray, "strict": array_api_strict.asarray}
by_maker = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
CHAIN_LOSSES = [lb.linear_chain_crf_loss, lb.structured_hinge_loss, lb.structured_perceptron_loss]
by_chain_loss = pytest.mark.parametrize("loss", CHAIN_LOSSES, ids=lambda loss: loss.__name__)
INF = math.inf


# --- chains, beside all paths in a loop ---


def chains(seed=0, shape=(12, 5, 3), scale=3.0):
    """Return emissions, transitions and tags, and start, end and a mask by name."""
    random = np.random.default_rng(seed)
    *batch, steps, classes = shape
    emissions, transitions = scale * random.normal(size=shape), scale * random.normal(size=(classes, classes))
    named = {name: scale * random.normal(size=classes) for name in ("start", "end")}
    named["mask"] = np.arange(steps) < random.integers(steps + 1, size=(*batch, 1))
    return (emissions, transitions, random.integers(classes, size=(*batch, steps))), named


def every_path(e, a, length, start, end):
    """Return all paths of a chain of one or more steps, and their scores."""
    paths = list(product(range(e.shape[-1]), repeat=length))

    def score(path):
        links = sum(a[i, j] for i, j in pairwise(path))
        return start[path[0]] + sum(e[t, k] for t, k in enumerate(path)) + links + end[path[-1]]

    return paths, np.asarray([score(path) for path in paths])


def by_loops(given, named, margin):
    """Yield for each chain the CRF, the hinge, the perceptron, and the best path and its score."""
    emissions, transitions, y = given
    for e, tags, mask in zip(emissions, y, named["mask"], strict=True):
        length = int(mask.sum())
        if length == 0:
            yield 0.0, 0.0, 0.0, (), 0.0
            continue
        paths, scores = every_path(e, transitions, length, named["start"], named["end"])
        own = scores[paths.index(tuple(tags[:length]))]
        wrong = np.asarray([sum(np.asarray(path) != tags[:length]) for path in paths])
        best = int(np.argmax(scores))
        hinge = np.max(scores + margin * wrong) - own
        yield logsumexp(scores) - own, hinge, scores[best] - own, paths[best], scores[best]


@by_maker
@pytest.mark.parametrize("scale", [1.0, 3.0, 300.0])
def test_all_paths_in_a_loop_give_the_same(make, scale):
    """Near scores go through products of matrices, far ones through logarithms."""
    given, named = chains(scale=scale)
    arrays, more = [make(each) for each in given], {name: make(each) for name, each in named.items()}
    crf, hinge, perceptron, paths, best = zip(*by_loops(given, named, 0.7), strict=True)
    close = {"rtol": 1e-12, "atol": 1e-12 * scale}
    np.testing.assert_allclose(np.asarray(lb.linear_chain_crf_loss(*arrays, reduction="none", **more)), crf, **close)
    ours = lb.structured_hinge_loss(*arrays, margin=0.7, reduction="none", **more)
    np.testing.assert_allclose(np.asarray(ours), hinge, **close)
    np.testing.assert_allclose(np.asarray(lb.structured_perceptron_loss(*arrays, reduction="none", **more)), perceptron, **close)
    tags, score = lb.viterbi(*arrays[:2], **more)
    np.testing.assert_allclose(np.asarray(score), best, **close)
    assert [tuple(row[row >= 0].tolist()) for row in np.asarray(tags)] == list(paths)
    assert np.all((np.asarray(tags) == -1) == ~named["mask"])


def test_the_gradient_of_the_crf_is_the_marginals_less_the_tags():
    given, named = chains(1, (2, 4, 3))
    named["mask"][:] = True
    e, a = (torch.tensor(each, requires_grad=True) for each in given[:2])
    more = {name: torch.tensor(each) for name, each in named.items()}
    lb.linear_chain_crf_loss(e, a, torch.tensor(given[2]), reduction="sum", **more).backward()
    singles, pairs = np.zeros(given[0].shape), np.zeros((3, 3))
    for b, tags in enumerate(given[2]):
        paths, scores = every_path(given[0][b], given[1], 4, named["start"], named["end"])
        for path, p in zip([*paths, tuple(tags)], [*softmax(scores), -1.0], strict=True):
            for t, k in enumerate(path):
                singles[b, t, k] += p
                if t:
                    pairs[path[t - 1], k] += p
    np.testing.assert_allclose(e.grad, singles, atol=1e-12)
    np.testing.assert_allclose(a.grad, pairs, atol=1e-12)


@pytest.mark.parametrize("scale", [1.0, 300.0])
def test_both_ways_through_a_chain_have_the_same_derivatives(scale):
    given, named = chains(2, (3, 4, 3), scale)
    y, mask = torch.tensor(given[2]), torch.tensor(named["mask"])
    moved = [torch.tensor(each, requires_grad=True) for each in (*given[:2], named["start"], named["end"])]

    def loss(e, a, start, end):
        return lb.linear_chain_crf_loss(e, a, y, start=start, end=end, mask=mask, reduction="none")

    assert torch.autograd.gradcheck(loss, moved) and torch.autograd.gradgradcheck(loss, moved, fast_mode=True)
    # A compiler, which does not know the scores, takes the way that is always right.
    torch.compiler.reset()
    compiled = torch.compile(loss, fullgraph=True, backend="aot_eager")
    ours, theirs = (torch.autograd.grad(f(*moved).sum(), moved) for f in (loss, compiled))
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32], ids=str)
def test_a_long_chain_that_is_all_but_certain_keeps_its_digits(dtype):
    """Of 400 steps, with log-partition and score both near 4000, where float32 has a digit behind the point or three."""
    y = torch.arange(400) % 4
    e = (10.0 * torch.nn.functional.one_hot(y, 4)).to(dtype)
    a = torch.zeros(4, 4, dtype=dtype)
    within = 3e-5 + 2 * torch.finfo(dtype).eps * 0.06
    exact = 400 * math.log1p(3 * math.exp(-10.0))
    for more in ({}, {"start": torch.full((4,), 0.0, dtype=dtype)}):
        ours = lb.linear_chain_crf_loss(e, a, y, **more)
        assert ours.dtype == dtype and abs(float(ours) - exact) < within
    far = e.clone()
    far[0] = torch.tensor([300.0, 0, 0, 0], dtype=dtype)  # no products: their shares would be rounded to 0
    assert abs(float(lb.linear_chain_crf_loss(far, a, y)) - 399 / 400 * exact) < within


# --- forbidden moves ---


@by_maker
@by_chain_loss
def test_a_forbidden_move_is_never_made_and_has_no_slope(loss, make):
    given, named = chains(3, (20, 5, 3), 1.0)
    named["mask"][:] = True
    transitions = np.array(given[1])
    transitions[0, 2] = transitions[1, 0] = -INF
    arrays, more = [make(each) for each in (given[0], transitions, given[2])], {n: make(each) for n, each in named.items()}
    which = CHAIN_LOSSES.index(loss)
    right = np.asarray([each[which] for each in by_loops((given[0], transitions, given[2]), named, 1.0)])
    ours = np.asarray(loss(*arrays, reduction="none", **more))
    possible = np.isfinite(right)
    assert 3 < possible.sum() < 20 and np.all(ours[~possible] == INF)
    np.testing.assert_allclose(ours[possible], right[possible], rtol=1e-12)


@by_chain_loss
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64], ids=str)
def test_the_slope_beside_a_forbidden_move_is_finite_and_0_in_it(loss, dtype):
    e, a = torch.zeros(2, 4, 3, dtype=dtype), torch.zeros(3, 3, dtype=dtype)
    a[0, 2], e[0, 1, 0] = -INF, -INF
    y = torch.tensor([[1, 1, 2, 2], [0, 2, 2, 2]])  # the second is forbidden itself
    e, a = e.requires_grad_(), a.requires_grad_()
    values = loss(e, a, y, reduction="none")
    assert torch.isfinite(values[0]) and values[1] == INF
    slopes = torch.autograd.grad(values[0], (e, a))
    assert all(torch.isfinite(slope).all() for slope in slopes) and slopes[1][0, 2] == 0 and slopes[0][0, 1, 0] == 0
    assert all((slope == 0).all() for slope in torch.autograd.grad(loss(e, a, y, reduction="none")[1], (e, a)))


def test_a_state_that_can_only_be_left_late_is_not_rounded_away():
    """Its share falls by e⁻¹⁰ with each step, to e⁻⁴⁰⁰ in the end; only from there a chain may end."""
    e = np.zeros((41, 2), np.float32)
    e[:, 1] = -10
    a = np.asarray([[0, -INF], [-INF, 0]], np.float32)
    end = np.asarray([-INF, 0], np.float32)
    tags = np.ones(41, np.int64)
    assert float(lb.linear_chain_crf_loss(e, a, tags, end=end)) == 0
    assert lb.viterbi(e, a, end=end)[0].tolist() == tags.tolist()


@by_chain_loss
def test_where_every_chain_is_forbidden_there_is_no_value(loss):
    a = np.full((2, 2), -INF)
    with pytest.raises(ValueError, match="^transitions leaves the loss without a value, got -inf"):
        loss(np.zeros((3, 2)), a, np.asarray([0, 0, 1]))
    assert np.isnan(jax.jit(loss)(jnp.zeros((3, 2)), jnp.asarray(a), jnp.asarray([0, 0, 1])))
    assert loss(np.zeros((1, 2)), a, np.asarray([0])) >= 0


@by_chain_loss
@pytest.mark.parametrize("which", [0, 1, "start", "end"])
@pytest.mark.parametrize("make", [np.asarray, torch.tensor], ids=["numpy", "torch"])
def test_nan_in_what_is_read_is_nan_out(loss, which, make):
    given, named = chains(4, (6, 4, 3))
    named["mask"][:] = True
    arrays, more = [np.array(each) for each in given], {name: np.array(each) for name, each in named.items()}
    for where in (arrays, more):
        if isinstance(where, list) == isinstance(which, int):
            where[which][...] = math.nan
    values = loss(*map(make, arrays), reduction="none", **{name: make(each) for name, each in more.items()})
    assert np.all(np.isnan(np.asarray(values)))


# --- chains of few steps, and what is refused ---


@by_maker
@by_chain_loss
def test_a_chain_without_a_step_costs_nothing(loss, make):
    e, a, y = make(np.zeros((2, 3, 2))), make(np.zeros((2, 2))), make(np.zeros((2, 3), np.int64))
    ends = {"start": make(np.asarray([1.0, 2.0])), "end": make(np.asarray([3.0, 4.0]))}
    mask = make(np.asarray([[False] * 3, [True, False, False]]))
    values = np.asarray(loss(e, a, y, mask=mask, reduction="none", **ends))
    assert values[0] == 0 and values[1] > 0
    none = make(np.zeros((2, 0, 2))), a, make(np.zeros((2, 0), np.int64))
    assert np.asarray(loss(*none, reduction="none", **ends)).tolist() == [0, 0]
    tags, score = lb.viterbi(*none[:2], **ends)
    assert tuple(tags.shape) == (2, 0) and np.asarray(score).tolist() == [0, 0]


@by_chain_loss
def test_one_class_is_certain(loss):
    assert loss(np.ones((2, 3, 1)), np.ones((1, 1)), np.zeros((2, 3), np.int64)) == 0


E, A, Y = np.zeros((2, 3, 4)), np.zeros((4, 4)), np.zeros((2, 3), np.int64)
HOLE = np.asarray([[True, True, False], [True, False, True]])
BAD = {
    "hole": ({"mask": HOLE}, "mask must be True on the first steps of a chain only, got 1 at index (1, 2)"),
    "late": ({"mask": ~HOLE}, "mask must be True on the first steps of a chain only, got 1 at index (0, 2)"),
    "long mask": ({"mask": HOLE[:, :2]}, "mask must have shape (2, 3), got (2, 2)"),
    "tag": ({"y": Y + 4}, "y must be a class from 0 to 3, got 4 at index (0, 0)"),
    "negative": ({"y": np.asarray([[0, 0, 0], [0, -1, 0]])}, "y must be a class from 0 to 3, got -1 at index (1, 1)"),
    "short": ({"y": Y[:, :2]}, "y must have the shape of emissions without its last axis, the classes: got y (2, 2), emissions (2, 3, 4)"),
    "transitions": ({"transitions": A[:3]}, "transitions must have shape (C, C) beside emissions (…, T, C) with at least one class: got transitions (3, 4), emissions (2, 3, 4)"),
    "start": ({"start": np.zeros(3)}, "start must have shape (4,), one number for each class, got (3,)"),
    "end": ({"end": np.zeros((1, 4))}, "end must have shape (4,), one number for each class, got (1, 4)"),
}  # fmt: skip


@by_chain_loss
@pytest.mark.parametrize("bad", BAD)
def test_what_does_not_fit_is_named(loss, bad):
    changed, says = BAD[bad]
    given = {"emissions": E, "transitions": A, "y": Y} | changed
    with pytest.raises(ValueError, match=f"^{re.escape(says)}"):
        loss(**given)
    if "y" not in changed:
        given.pop("y")
        with pytest.raises(ValueError, match=f"^{re.escape(says)}"):
            lb.viterbi(**given)


@by_chain_loss
def test_a_mask_with_a_hole_is_nan_where_traced(loss):
    masks = np.asarray([[True, True, False], [True, False, True]])
    torch.compiler.reset()
    for traced, make in (
        (jax.jit(lambda m: loss(jnp.asarray(E), jnp.asarray(A), jnp.asarray(Y), mask=m, reduction="none")), jnp.asarray),
        (torch.vmap(lambda m: loss(*map(torch.tensor, (E[0], A, Y[0])), mask=m, reduction="none")), torch.tensor),
    ):
        assert np.isnan(np.asarray(traced(make(masks)))).tolist() == [False, True]
    score = jax.jit(lambda m: lb.viterbi(jnp.asarray(E), jnp.asarray(A), mask=m)[1])(jnp.asarray(masks))
    assert np.isnan(score).tolist() == [False, True]


def test_a_perceptron_leaves_a_start_at_which_all_is_equal():
    e = torch.zeros(3, 2, requires_grad=True)
    lb.structured_perceptron_loss(e, torch.zeros(2, 2), torch.tensor([1, 0, 1])).backward()
    assert e.grad.tolist() == [[1, -1], [0, 0], [1, -1]]


@pytest.mark.parametrize("label", [torch.uint8, torch.int8, torch.int32], ids=str)
def test_tags_may_be_of_any_integer_dtype(label):
    given, _ = chains(5, (4, 3, 200), 1.0)
    given[2][0, 0] = 3
    e, a, y = map(torch.tensor, given)
    y = y % 100
    for loss in CHAIN_LOSSES:
        torch.testing.assert_close(loss(e, a, y.to(label)), loss(e, a, y))


def test_viterbi_s_score_has_the_path_as_its_gradient():
    e, a = torch.randn(5, 3, dtype=torch.float64, requires_grad=True), torch.randn(3, 3, dtype=torch.float64)
    tags, score = lb.viterbi(e, a)
    score.backward()
    assert torch.equal(e.grad.argmax(-1), tags) and torch.equal(e.grad.sum(-1), torch.ones(5, dtype=torch.float64))
    for way in (
        torch.vmap(lambda e: lb.viterbi(e, a)),
        torch.compile(lambda e: lb.viterbi(e, a), backend="eager", fullgraph=True),
    ):
        torch.testing.assert_close(way(e.detach()[None])[0][0], tags)


# --- distributions with exact zeros ---

ALPHAS = [1.0, 1.0 + 1e-12, 1.0 + 1e-6, 1.01, 1.2, 1.5, 1.9, 2.0, 2.5, 3.0]
by_alpha = pytest.mark.parametrize("alpha", ALPHAS)


def by_root(z, alpha):
    """Return entmax of one row, its threshold found by Brent's method."""
    if alpha == 1:
        return softmax(z)
    beta, top = alpha - 1, z.max()

    def shares(threshold):
        x = np.maximum(1 + beta * (z - threshold), 0)
        with np.errstate(divide="ignore"):
            return np.exp(np.log1p(x - 1) / beta)

    high = top - np.expm1(-beta * math.log(len(z))) / beta
    if len(z) == 1:
        return np.ones(1)
    return shares(brentq(lambda t: shares(t).sum() - 1, top - 1e-12, high + 1e-12, xtol=1e-15, rtol=1e-15))


@by_alpha
@by_maker
def test_entmax_is_what_a_root_finder_finds(alpha, make):
    z = 3 * np.random.default_rng(0).normal(size=(20, 7))
    right = np.stack([by_root(row, alpha) for row in z])
    for given in (alpha, make(np.asarray(alpha))):
        ours = np.asarray(lb.entmax(make(z), alpha=given))
        # The root finder computes with 1 + β(z − λ), and near β = 0 loses digits.
        np.testing.assert_allclose(ours, right, atol=1e-11 if alpha <= 2 else 1e-8, rtol=1e-15 / max(alpha - 1, 1e-13))
        np.testing.assert_allclose(ours.sum(axis=-1), 1, rtol=1e-13 if alpha <= 2 else 1e-9)


def by_sorting(z):
    """Return sparsemax by its paper's algorithm."""
    falling = -np.sort(-z, axis=-1)
    count = np.arange(1, z.shape[-1] + 1)
    total = np.cumsum(falling, axis=-1)
    support = np.sum(1 + count * falling > total, axis=-1, keepdims=True)
    return np.maximum(z - (np.take_along_axis(total, support - 1, axis=-1) - 1) / support, 0)


@by_maker
def test_sparsemax_is_what_sorting_finds(make):
    random = np.random.default_rng(1)
    for z in (random.normal(size=(50, 9)), random.integers(-2, 3, size=(50, 9)) / 2, 100 * random.normal(size=(50, 9))):
        ours = np.asarray(lb.sparsemax(make(z)))
        np.testing.assert_allclose(ours, by_sorting(z), atol=1e-14)
        assert np.all((ours == 0) == (by_sorting(z) < 1e-15))


def test_entmax_at_one_and_a_half_of_two_classes():
    """√p is linear where both are there: √p − √(1 − p) = z / 2."""
    z = np.linspace(-1.9, 1.9, 39)
    p = lb.entmax(np.stack([z, 0 * z], axis=-1))[:, 0]
    np.testing.assert_allclose(np.sqrt(p) - np.sqrt(1 - p), z / 2, atol=1e-14)
    assert lb.entmax(np.asarray([2.0, 0.0])).tolist() == [1, 0]


@by_alpha
def test_derivatives_of_entmax_are_those_of_the_map(alpha):
    z = torch.tensor(np.random.default_rng(2).normal(size=(3, 5)), requires_grad=True)
    learned = torch.tensor(max(alpha, 1 + 1e-5), dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda z: lb.entmax(z, alpha=alpha), z)
    assert torch.autograd.gradgradcheck(lambda z: lb.entmax(z, alpha=alpha), z)
    assert torch.autograd.gradcheck(lambda z, a: lb.entmax(z, alpha=a), (z, learned))
    assert torch.autograd.gradgradcheck(lambda z, a: lb.entmax(z, alpha=a), (z, learned))


def test_the_slope_in_alpha_at_1_is_the_limit():
    """−½ Σ p log² p, less what the mean of it asks for: from the series of the threshold's equation."""
    z = np.random.default_rng(3).normal(size=(4, 6))
    alpha = torch.ones((), dtype=torch.float64, requires_grad=True)
    weights = torch.tensor(np.random.default_rng(4).normal(size=z.shape))
    (slope,) = torch.autograd.grad((weights * lb.entmax(torch.tensor(z), alpha=alpha)).sum(), alpha)
    p = softmax(z, axis=-1)
    bent = -p * np.log(p) ** 2 / 2
    exact = bent - p * bent.sum(axis=-1, keepdims=True)
    assert slope.item() == pytest.approx(float((weights.numpy() * exact).sum()), rel=1e-11)
    loss = lb.entmax_loss(torch.tensor(z), torch.tensor([0, 1, 2, 3]), alpha=alpha, reduction="sum")
    (slope,) = torch.autograd.grad(loss, alpha)
    # By the envelope theorem, that of −Ω: Ω′ = Σ p (½ log² p − log p) at α = 1.
    assert slope.item() == pytest.approx(-float((p * (np.log(p) ** 2 / 2 - np.log(p))).sum()), rel=1e-11)


@pytest.mark.parametrize("make", [np.asarray, torch.tensor, jnp.asarray], ids=["numpy", "torch", "jax"])
@pytest.mark.parametrize("alpha", [1.0, 1.5, 2.0])
def test_a_class_that_cannot_be_has_no_share_and_no_slope(make, alpha):
    z = np.asarray([[1.0, -INF, 0.5], [-INF, 0.0, -INF]])
    p = np.asarray(lb.entmax(make(z), alpha=alpha))
    np.testing.assert_allclose(p[0, [0, 2]], lb.entmax(z[0, [0, 2]], alpha=alpha), rtol=1e-15)
    assert p[0, 1] == 0 and p[1].tolist() == [0, 1, 0]
    if make is torch.tensor:
        t = torch.tensor(z, requires_grad=True)
        lb.entmax(t, alpha=alpha).square().sum().backward()
        assert torch.isfinite(t.grad).all() and t.grad[0, 1] == 0
    loss = np.asarray(lb.entmax_loss(make(z), make(np.asarray([1, 1])), alpha=alpha, reduction="none"))
    assert loss[0] == INF and loss[1] == 0


def test_the_loss_s_gradient_is_prediction_less_target():
    random = np.random.default_rng(5)
    z, p, y = 3 * random.normal(size=(30, 6)), softmax(random.normal(size=(30, 6)), axis=-1), random.integers(6, size=30)
    for alpha in (1.0, 1.3, 1.5, 2.0, 3.0):
        for target, right in ((p, p), (y, np.eye(6)[y])):
            t = torch.tensor(z, requires_grad=True)
            lb.entmax_loss(t, torch.tensor(target), alpha=alpha, reduction="sum").backward()
            np.testing.assert_allclose(t.grad, lb.entmax(z, alpha=alpha) - right, atol=1e-15)


@by_alpha
def test_the_loss_is_zero_at_its_target_and_nowhere_below(alpha):
    random = np.random.default_rng(6)
    p = random.dirichlet(np.ones(5), size=40)
    z = np.log(p) if alpha == 1 else np.expm1((alpha - 1) * np.log(p)) / (alpha - 1)
    np.testing.assert_allclose(lb.entmax(z, alpha=alpha), p, atol=1e-11)
    np.testing.assert_allclose(lb.entmax_loss(z, p, alpha=alpha, reduction="none"), 0, atol=1e-13)
    assert np.all(lb.entmax_loss(z + random.normal(size=z.shape), p, alpha=alpha, reduction="none") > 0)


def test_a_lead_of_one_over_alpha_less_one_costs_nothing():
    for alpha in (1.25, 1.5, 2.0, 3.0):
        lead = 1 / (alpha - 1)
        z = np.asarray([[lead, 0.0, 0.0], [lead - 0.5, 0.0, 0.0]])
        enough, less = lb.entmax_loss(z, np.asarray([0, 0]), alpha=alpha, reduction="none")
        assert enough == 0 and less > 0


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32], ids=str)
def test_many_classes_of_half_precision_are_summed_in_single(dtype):
    z = torch.zeros(2, 70_000, dtype=dtype)
    eps = torch.finfo(dtype).eps
    for alpha in (1.0, 1.5, 2.0, 3.0):
        p = lb.entmax(z, alpha=alpha)
        assert p.dtype == dtype
        np.testing.assert_allclose(p.double().numpy(), 1 / 70_000, rtol=max(eps, 1e-4), atol=2.0**-25 if eps > 1e-4 else 0)
        exact = math.log(70_000) if alpha == 1 else (1 - 70_000.0 ** (1 - alpha)) / (alpha * (alpha - 1))
        ours = lb.entmax_loss(z, torch.tensor([0, 1]), alpha=alpha)
        assert float(ours) == pytest.approx(exact, rel=max(eps, 1e-5))


def test_few_steps_find_the_threshold(monkeypatch):
    """Up to α = 2; as many steps as rows of 1000 scores ask for at most."""
    monkeypatch.setattr("lossbook._ops.sparse.STEPS", 12)
    random = np.random.default_rng(7)
    for scale in (0.01, 1.0, 30.0):
        v = scale * random.normal(size=(100, 1000))
        v = v - v.max(axis=-1, keepdims=True)
        for alpha in (1.0, 1.25, 1.5, 2.0):
            np.testing.assert_allclose(lb.entmax(v, alpha=alpha).sum(axis=-1), 1, rtol=1e-13)


def test_shares_of_logarithms_and_exponentials():
    x = np.asarray([-0.9, -0.11, -0.09, -1e-3, -1e-9, 0.0, 1e-300, 1e-9, 1e-3, 0.09, 0.11, 5.0])
    safe = np.where(x == 0, 1e-300, x)
    np.testing.assert_allclose(log_share(x), np.log1p(safe) / safe, rtol=4e-16)
    np.testing.assert_allclose(exp_share(x), np.expm1(safe) / safe, rtol=4e-16)
    t = torch.tensor(x[1:], requires_grad=True)
    for share in (log_share, exp_share):
        assert torch.autograd.gradcheck(share, t) and torch.autograd.gradgradcheck(share, t)


BAD_SPREADS = [
    (lambda: lb.sparsemax(np.zeros((2, 0))), r"scores must have shape \(…, C\) with at least one class, got \(2, 0\)"),
    (lambda: lb.entmax(np.zeros(2), alpha=0.5), "alpha must be a finite number of at least 1, got 0.5"),
    (lambda: lb.entmax(np.zeros(2), alpha=math.inf), "alpha must be a finite number of at least 1, got inf"),
    (lambda: lb.entmax(np.full(2, -INF)), "scores leaves the loss without a value, got -inf"),
    (lambda: lb.sparsemax(np.asarray([0.0, INF])), "scores leaves the loss without a value, got inf"),
    (lambda: lb.entmax_loss(np.zeros((1, 2)), np.asarray([2])), r"y must be a class from 0 to 1, got 2 at index \(0,\)"),
    (lambda: lb.sparsemax_loss(np.zeros((1, 2)), np.asarray([[0.5, 0.6]])), "each row of y must sum to 1, got 1.1"),
    (lambda: lb.sparsemax_loss(np.zeros((1, 2)), np.asarray([[-0.5, 1.5]])), r"y must lie in \[0, 1\], got -0.5"),
]


@pytest.mark.parametrize(("call", "says"), BAD_SPREADS, ids=[says[:30] for _, says in BAD_SPREADS])
def test_what_cannot_be_spread_is_named(call, says):
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=f"^{says}"):
        call()


def test_a_compiled_graph_of_entmax_does_not_grow():
    sizes = []

    def count(graph, _):
        sizes.append(len(graph.graph.nodes))
        return graph

    for shape in ((4, 3), (64, 500)):
        torch.compiler.reset()
        compiled = torch.compile(
            lambda z: lb.entmax_loss(z, torch.zeros(len(z), dtype=torch.int64)), fullgraph=True, backend=count
        )
        z = torch.randn(shape, generator=torch.Generator().manual_seed(0))
        torch.testing.assert_close(compiled(z), lb.entmax_loss(z, torch.zeros(len(z), dtype=torch.int64)))
    assert sizes[0] == sizes[1] < 200


def test_jax_maps_and_differentiates_entmax():
    z = np.random.default_rng(8).normal(size=(5, 4))
    for alpha in (1.0, 1.5, 2.0):
        mapped = jax.jit(jax.vmap(lambda row, alpha=alpha: lb.entmax(row, alpha=alpha)))(jnp.asarray(z))
        np.testing.assert_allclose(mapped, lb.entmax(z, alpha=alpha), atol=1e-15)
        ours = jax.jacobian(lambda row, alpha=alpha: lb.entmax(row, alpha=alpha))(jnp.asarray(z[0]))
        theirs = torch.autograd.functional.jacobian(lambda row, alpha=alpha: lb.entmax(row, alpha=alpha), torch.tensor(z[0]))
        np.testing.assert_allclose(ours, theirs, atol=1e-14)
    by_alpha = jax.vmap(lambda alpha: lb.entmax(jnp.asarray(z), alpha=alpha))(jnp.asarray([1.0, 1.5, 2.0]))
    np.testing.assert_allclose(by_alpha[1], lb.entmax(z), atol=1e-14)
    by_alpha = torch.vmap(lambda alpha: lb.entmax(torch.tensor(z), alpha=alpha))(
        torch.tensor([1.0, 1.5, 2.0], dtype=torch.float64)
    )
    np.testing.assert_allclose(by_alpha[2], lb.sparsemax(z), atol=1e-14)
