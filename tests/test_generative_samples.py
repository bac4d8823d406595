"""What holds of the losses of two samples: all plans listed, closed forms, digits far from the origin, what is held in memory."""

import math
from itertools import combinations, pairwise, permutations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.optimize import linprog, minimize_scalar
from scipy.stats import wasserstein_distance as of_scipy
from torch.utils._python_dispatch import TorchDispatchMode

from lossbook import mmd_loss, sinkhorn_loss, wasserstein_distance

RANDOM = np.random.default_rng(0)


def cloud(count, dimensions=2, middle=0.0):
    return RANDOM.normal(size=(count, dimensions)) + middle


# --- on the line ---


@pytest.mark.parametrize("p", [1.0, 1.5, 2.0, 4.0])
def test_sorting_is_the_cheapest_of_all_ways_to_pair(p):
    x, y = RANDOM.normal(size=(2, 6)).round(1)  # with ties
    cheapest = min(np.mean(np.abs(x - y[list(order)]) ** p) for order in permutations(range(6)))
    assert float(wasserstein_distance(x, y, p=p)) == pytest.approx(cheapest, rel=1e-12)


def test_below_1_sorting_is_not_the_cheapest_way():
    x, y = np.asarray([0.0, 1.0]), np.asarray([1.0, 2.0])
    costs = [np.mean(np.abs(x - each) ** 0.5) for each in (y, y[::-1])]
    assert costs[1] < costs[0]
    with pytest.raises(ValueError, match="^p must be a finite number of at least 1, got 0.5"):
        wasserstein_distance(x, y, p=0.5)


def test_at_power_1_it_is_the_area_between_the_distribution_functions():
    x, y = RANDOM.normal(size=(2, 5))

    def apart(t):
        return abs(np.mean(x <= t) - np.mean(y <= t))

    edges = sorted([*x, *y])
    area = sum(quad(apart, a, b)[0] for a, b in pairwise(edges))
    assert float(wasserstein_distance(x, y)) == pytest.approx(area, rel=1e-9)


def test_samples_of_two_sizes_are_compared_by_repeating_them():
    x, y = RANDOM.normal(size=2), RANDOM.normal(size=3)
    ours = wasserstein_distance(np.repeat(x, 3), np.repeat(y, 2))
    assert float(ours) == pytest.approx(of_scipy(x, y), rel=1e-12)


# --- MMD ---


def kernel(a, b, h):
    return math.exp(-np.sum((a - b) ** 2) / (2 * h**2))


@pytest.mark.parametrize("h", [0.3, 1.0, 5.0])
def test_mmd_is_three_means_of_a_kernel(h):
    x, y = cloud(4), cloud(3, middle=0.5)
    across = np.mean([kernel(a, b, h) for a in x for b in y])
    all_pairs = [np.mean([kernel(a, b, h) for a in each for b in each]) for each in (x, y)]
    others = [np.mean([kernel(a, b, h) for a, b in permutations(each, 2)]) for each in (x, y)]
    assert float(mmd_loss(x, y, bandwidth=h)) == pytest.approx(sum(others) - 2 * across, abs=1e-14)
    assert float(mmd_loss(x, y, bandwidth=h, unbiased=False)) == pytest.approx(sum(all_pairs) - 2 * across, abs=1e-14)


def test_the_unbiased_form_is_0_on_average_over_all_ways_to_split_one_sample():
    points, values = cloud(6), {True: [], False: []}
    for chosen in combinations(range(6), 3):
        rest = [i for i in range(6) if i not in chosen]
        for unbiased, found in values.items():
            found.append(float(mmd_loss(points[list(chosen)], points[rest], unbiased=unbiased)))
    assert np.mean(values[True]) == pytest.approx(0, abs=1e-15) and min(values[True]) < -0.1
    assert min(values[False]) > 0


def test_mmd_is_what_an_expectation_of_normals_says():
    """Two Normals of variance 1 in D dimensions, a distance d apart: in closed form, and within five standard errors."""
    d, dimensions, h, runs = 1.0, 3, 1.0, 400
    shift = np.asarray([d, 0, 0])
    closed = (h**2 / (h**2 + 2)) ** (dimensions / 2) * 2 * (1 - math.exp(-(d**2) / (2 * (h**2 + 2))))
    values = mmd_loss(RANDOM.normal(size=(runs, 20, 3)), RANDOM.normal(size=(runs, 30, 3)) + shift, bandwidth=h, reduction="none")
    assert np.mean(values) == pytest.approx(closed, abs=5 * np.std(values) / runs**0.5)


# --- Sinkhorn ---


@pytest.mark.parametrize("epsilon", [0.05, 0.5, 5.0])
def test_of_two_points_each_the_plan_is_found_by_search(epsilon):
    x, y = np.asarray([[0.0], [1.0]]), np.asarray([[0.3], [2.0]])

    def cost(p, a, b):
        plan = np.asarray([[p, 0.5 - p], [0.5 - p, p]])
        return float(np.sum(plan * ((a - b.T) ** 2 / 2 + epsilon * np.log(4 * plan))))

    def least(a, b):
        found = minimize_scalar(lambda p: cost(p, a, b), bounds=(1e-12, 0.5 - 1e-12), method="bounded", options={"xatol": 1e-13})
        return found.fun

    plain = float(sinkhorn_loss(x, y, epsilon=epsilon, debias=False))
    assert plain == pytest.approx(least(x, y), rel=1e-9)
    debiased = least(x, y) - least(x, x) / 2 - least(y, y) / 2
    assert float(sinkhorn_loss(x, y, epsilon=epsilon)) == pytest.approx(debiased, abs=1e-8)


def test_at_a_small_epsilon_it_is_the_linear_programme():
    x, y = cloud(5), cloud(4, middle=1.0)
    costs = np.sum((x[:, None] - y) ** 2, axis=-1) / 2
    rows = np.kron(np.eye(5), np.ones(4)), np.kron(np.ones(5), np.eye(4))
    best = linprog(costs.ravel(), A_eq=np.concatenate(rows), b_eq=[*[1 / 5] * 5, *[1 / 4] * 4]).fun
    ours = float(sinkhorn_loss(x, y, epsilon=1e-3, debias=False, tolerance=1e-5))
    assert best < ours < best + 1e-3 * math.log(20)


def test_at_a_large_epsilon_every_point_goes_everywhere():
    x, y = cloud(5), cloud(4, middle=1.0)
    everywhere = np.mean(np.sum((x[:, None] - y) ** 2, axis=-1)) / 2
    assert float(sinkhorn_loss(x, y, epsilon=1e5, debias=False)) == pytest.approx(everywhere, rel=1e-4)


@pytest.mark.parametrize("epsilon", [0.1, 1.0])
def test_debiased_it_is_0_and_at_rest_where_both_samples_are_one(epsilon):
    x = torch.tensor(cloud(6), requires_grad=True)
    y = x.detach()[torch.randperm(6, generator=torch.Generator().manual_seed(0))]
    for debias, still in ((True, True), (False, False)):
        value = sinkhorn_loss(x, y, epsilon=epsilon, debias=debias)
        (slope,) = torch.autograd.grad(value, x)
        assert (abs(value.item()) < 1e-7) == still and (slope.abs().max().item() < 1e-6) == still


def test_the_slope_in_epsilon_is_the_plans_divergence():
    x, y = cloud(5), cloud(4, middle=1.0)
    epsilon = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    value = sinkhorn_loss(torch.tensor(x), torch.tensor(y), epsilon=epsilon, debias=False)
    value.backward()
    plan = plan_of(x, y, 0.5)
    assert epsilon.grad.item() == pytest.approx(np.sum(plan * np.log(20 * plan)), rel=1e-6)
    costs = np.sum((x[:, None] - y) ** 2, axis=-1) / 2
    assert value.item() == pytest.approx(np.sum(plan * costs) + 0.5 * epsilon.grad.item(), rel=1e-6)


def plan_of(x, y, epsilon, steps=5000):
    """Return the plan by scaling rows and columns in turn, without logarithms."""
    plan = np.exp(-np.sum((x[:, None] - y) ** 2, axis=-1) / (2 * epsilon))
    for _ in range(steps):
        plan = plan / plan.sum(axis=1, keepdims=True) / len(x)
        plan = plan / plan.sum(axis=0) / len(y)
    return plan


def test_a_plan_without_its_entropy_has_another_value():
    """What some libraries call the divergence is this: three costs of plans, without ε times what they give away."""
    x, y = cloud(5), cloud(4, middle=1.0)

    def cost(a, b):
        return np.sum(plan_of(a, b, 1.0) * np.sum((a[:, None] - b) ** 2, axis=-1) / 2)

    without = cost(x, y) - cost(x, x) / 2 - cost(y, y) / 2
    assert abs(without - float(sinkhorn_loss(x, y, epsilon=1.0))) > 0.02


def nodes(value):
    """Return how many operations a gradient goes through."""
    seen, ahead = set(), [value.grad_fn]
    while ahead:
        node = ahead.pop()
        if node is not None and node not in seen:
            seen.add(node)
            ahead.extend(each for each, _ in node.next_functions)
    return len(seen)


def test_the_graph_does_not_grow_with_the_steps():
    x, y = torch.tensor(cloud(8), requires_grad=True), torch.tensor(cloud(8, middle=2.0))
    sizes = [nodes(sinkhorn_loss(x, y, epsilon=0.1, tolerance=tolerance)) for tolerance in (0.5, 1e-3, 1e-8)]
    assert sizes[0] == sizes[1] == sizes[2]


def test_second_derivatives_are_those_where_the_rows_potential_stays():
    """As seen from the samples' own middles, whose distance is taken apart."""
    x, y, epsilon = torch.tensor(cloud(4)), torch.tensor(cloud(3, middle=1.0)), 0.5
    around = y - y.mean(0)

    def answer(f, x):
        costs = ((x - x.mean(0))[:, None] - around).square().sum(-1) / 2
        return costs, -epsilon * (torch.logsumexp((f[:, None] - costs) / epsilon, 0) - math.log(4))

    f = torch.zeros(4, dtype=torch.float64)
    for _ in range(500):
        costs, g = answer(f, x)
        f = -epsilon * (torch.logsumexp((g - costs) / epsilon, 1) - math.log(3))

    def held(x):
        return f.mean() + answer(f, x)[1].mean() + (x.mean(0) - y.mean(0)).square().sum() / 2

    ours = torch.func.hessian(lambda x: sinkhorn_loss(x, y, epsilon=epsilon, debias=False, tolerance=1e-12))(x)
    torch.testing.assert_close(ours, torch.func.hessian(held)(x), rtol=1e-8, atol=1e-9)


# --- far from the origin, in float32 ---


@pytest.mark.parametrize("make", [np.asarray, torch.tensor, jnp.asarray], ids=["numpy", "torch", "jax"])
@pytest.mark.parametrize("gap", [0.0, 3.0])
def test_a_thousand_away_in_float32_the_digits_stay(make, gap):
    x, y = (cloud(40, 8, 1000.0).astype(np.float32), cloud(30, 8, 1000.0 + gap).astype(np.float32))
    for loss, settings in ((mmd_loss, {"bandwidth": 3.0}), (sinkhorn_loss, {"epsilon": 1.0}), (sinkhorn_loss, {"epsilon": 1.0, "debias": False})):  # fmt: skip
        exact = float(loss(x.astype(np.float64), y.astype(np.float64), **settings))
        assert float(loss(make(x), make(y), **settings)) == pytest.approx(exact, rel=1e-5, abs=3e-6)


def test_a_thousand_away_in_float32_the_slopes_stay():
    x, y = (cloud(40, 8, 1000.0).astype(np.float32), cloud(30, 8, 1001.0).astype(np.float32))
    for loss, settings, off in ((mmd_loss, {"bandwidth": 3.0}, 1e-5), (sinkhorn_loss, {"epsilon": 1.0}, 1e-3)):
        slopes = []
        for dtype in (torch.float32, torch.float64):
            first = torch.tensor(x, dtype=dtype, requires_grad=True)
            loss(first, torch.tensor(y, dtype=dtype), **settings).backward()
            slopes.append(first.grad.double())
        assert torch.norm(slopes[0] - slopes[1]) < off * torch.norm(slopes[1])


@pytest.mark.parametrize("unbiased", [True, False])
@pytest.mark.parametrize("share", [0.02, 0.5])
def test_mmd_of_points_far_apart_in_single_precision_stays_in_its_range(share, unbiased):
    x, y = cloud(50), cloud(50)
    far = round(50 * share)
    x[:far] += 20_000
    y[: far if share > 0.1 else 0] += 20_000
    for make in (lambda points: np.asarray(points, np.float32), lambda points: torch.tensor(points, dtype=torch.float32)):
        found = float(mmd_loss(make(x), make(y), unbiased=unbiased))
        assert -2 / 50 <= found <= 2
        if share < 0.1:  # what is near keeps its digits
            assert found == pytest.approx(float(mmd_loss(x, y, unbiased=unbiased)), abs=5e-3)


# --- what is held ---


class Largest(TorchDispatchMode):
    """What notes the largest tensor that is made."""

    numbers = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        made = function(*args, **(kwargs or {}))
        tensors = [each for each in (made if isinstance(made, tuple | list) else [made]) if isinstance(each, torch.Tensor)]
        self.numbers = max([self.numbers, *(each.numel() for each in tensors)])
        return made


@pytest.mark.parametrize("loss", [mmd_loss, lambda x, y: sinkhorn_loss(x, y, epsilon=5.0)], ids=["MMD", "Sinkhorn"])
def test_no_array_of_all_differences_is_made(loss):
    x, y = torch.tensor(cloud(50, 16), requires_grad=True), torch.tensor(cloud(60, 16))
    with Largest() as watched:
        loss(x, y).backward()
    assert watched.numbers == 60 * 60


# --- what is out of place ---

X = np.zeros((4, 2))
BAD = {
    "numbers of other sizes": (lambda: wasserstein_distance(np.zeros(3), np.zeros(4)), "shapes must be the same (nothing is broadcast), got x (3,), y (4,)"),
    "no numbers": (lambda: wasserstein_distance(np.zeros(0), np.zeros(0)), "x must have shape (…, N) with at least one number, got (0,)"),
    "points of other dimensions": (lambda: mmd_loss(X, np.zeros((4, 3))), "x and y must be alike but for their number of points: got x (4, 2), y (4, 3)"),
    "another batch": (lambda: sinkhorn_loss(X, X[None], epsilon=1.0), "x and y must be alike but for their number of points"),
    "points without a sample": (lambda: mmd_loss(np.zeros(2), np.zeros(2)), "x must have shape (…, points, D), at least one of each, got (2,)"),
    "one point for the unbiased form": (lambda: mmd_loss(X, X[:1]), "y must have at least 2 points, got shape (1, 2)"),
    "a bandwidth of 0": (lambda: mmd_loss(X, X, bandwidth=0.0), "bandwidth must be a positive, finite number, got 0.0"),
    "an ε of 0": (lambda: sinkhorn_loss(X, X, epsilon=0.0), "epsilon must be a positive, finite number, got 0.0"),
    "a tolerance of 0": (lambda: sinkhorn_loss(X, X, epsilon=1.0, tolerance=0.0), "tolerance must be a positive, finite number, got 0.0"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "says"), BAD.values(), ids=BAD)
def test_what_is_out_of_place_is_named(call, says):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value).startswith(says)


def test_epsilon_is_asked_for():
    with pytest.raises(TypeError, match="epsilon"):
        sinkhorn_loss(X, X)


@pytest.mark.parametrize("make", [np.asarray, torch.tensor, jnp.asarray], ids=["numpy", "torch", "jax"])
def test_a_plan_that_has_not_settled_says_how_far_it_came_and_what_helps(make):
    x, y = map(make, (cloud(9), cloud(9, middle=3.0)))
    says = r"^iterations must be more, or epsilon or tolerance larger: after 3 iterations with epsilon=0.05 the plan's rows are off by 0\.\d+, and not within 1\.5e-08"
    with pytest.raises(ValueError, match=says):
        sinkhorn_loss(x, y, epsilon=0.05, iterations=3)
    assert np.isfinite(float(sinkhorn_loss(x, y, epsilon=0.05, tolerance=1e-6)))


def test_traced_a_plan_is_taken_as_it_is():
    x, y = cloud(9), cloud(9, middle=3.0)
    in_jax = jax.jit(lambda x, y: sinkhorn_loss(x, y, epsilon=0.05, iterations=3))(jnp.asarray(x), jnp.asarray(y))
    torch.compiler.reset()
    compiled = torch.compile(lambda x, y: sinkhorn_loss(x, y, epsilon=0.05, iterations=3), fullgraph=True, backend="eager")
    assert float(in_jax) == pytest.approx(float(compiled(torch.tensor(x), torch.tensor(y))), rel=1e-10)


def test_one_point_each_is_half_the_squared_distance():
    x, y = cloud(1), cloud(1)
    assert float(sinkhorn_loss(x, y, epsilon=0.1)) == pytest.approx(np.sum((x - y) ** 2) / 2, rel=1e-12)
    assert float(mmd_loss(x, y, unbiased=False)) == pytest.approx(2 - 2 * kernel(x, y, 1.0), rel=1e-12)
