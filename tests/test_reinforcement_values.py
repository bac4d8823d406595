"""Losses of values and policies, and the sums over time, against plain loops and enumeration; what is refused; what stays constant."""

import inspect
import itertools
import math

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import lossbook as lb

LIBRARIES = {"numpy": np.asarray, "torch": torch.tensor, "jax": jnp.asarray, "strict": array_api_strict.asarray}
by_library = pytest.mark.parametrize("make", LIBRARIES.values(), ids=LIBRARIES)
RANDOM = np.random.default_rng(0)
STEPS = 6
LOG_RATIO, REWARD, VALUE, NEXT_VALUE = RANDOM.normal(size=(4, 3, STEPS))
DISCOUNT = np.where(RANDOM.random(size=(3, STEPS)) < 0.3, 0.0, RANDOM.random(size=(3, STEPS)))
MASK = RANDOM.random(size=(3, STEPS)) < 0.7


def one(*values):
    return np.asarray([*values], dtype=float)


# --- one step ahead ---


@by_library
@pytest.mark.parametrize("discount", [0.9, DISCOUNT])
def test_td_is_the_squared_difference_from_the_target(make, discount):
    given = [make(each) for each in (VALUE, REWARD, NEXT_VALUE)]
    ours = lb.td_loss(*given, discount=make(discount) if isinstance(discount, np.ndarray) else discount, reduction="none")
    expected = (REWARD + discount * NEXT_VALUE - VALUE) ** 2
    np.testing.assert_allclose(np.asarray(ours), expected, rtol=1e-13)


def test_a_discount_of_0_ends_the_episode_whatever_comes():
    for discount in (0.0, one(0.0), np.asarray([0])):
        assert lb.td_loss(one(1), one(3), one(np.inf), discount=discount) == 4
        assert lb.q_learning_loss(one(1)[None], np.asarray([0]), one(3), one(np.inf)[None], discount=discount) == 4
        assert lb.generalised_advantages(one(3), one(1), one(-np.inf), discount=discount) == [2]


@pytest.mark.parametrize("selector", [None, "drawn"])
def test_q_learning_is_a_loop_over_transitions(selector):
    q, next_q, drawn = RANDOM.normal(size=(3, 7, 4))
    action, reward, discount = RANDOM.integers(4, size=7), RANDOM.normal(size=7), RANDOM.random(size=7)
    selector = drawn if selector else None
    ours = lb.q_learning_loss(q, action, reward, next_q, discount=discount, selector=selector, reduction="none")
    for i in range(7):
        best = max(range(4), key=lambda b, i=i: (next_q if selector is None else selector)[i, b])
        expected = (reward[i] + discount[i] * next_q[i, best] - q[i, action[i]]) ** 2
        assert ours[i] == pytest.approx(expected)


def test_a_closed_action_is_never_the_best():
    q, action, reward = one(1, 2)[None], np.asarray([1]), one(1)
    closed = one(3, -np.inf)[None]
    assert lb.q_learning_loss(q, action, reward, closed, discount=0.5) == 0.25
    assert lb.q_learning_loss(q, action, reward, one(3, 9)[None], discount=0.5, selector=closed) == 0.25
    # Its value is no number to compute with, but nobody picks it.
    assert lb.q_learning_loss(q, action, reward, closed, discount=0.5, selector=one(1, 0)[None]) == 0.25


@by_library
def test_a_selector_without_a_number_leaves_no_value(make):
    fed = [make(each) for each in (one(1, 2)[None], np.asarray([1]), one(1), one(3, 9)[None])]
    assert np.isnan(np.asarray(lb.q_learning_loss(*fed, selector=make(one(1, np.nan)[None]))))


def test_a_double_target_is_at_most_the_maximum():
    """Of noise alone, whose mean is 0, the maximum of three has a mean of 0.846; picked by other noise, 0."""
    next_q, selector = np.random.default_rng(1).normal(size=(2, 100_000, 3))
    zero, action = np.zeros(100_000), np.zeros(100_000, dtype=int)

    def mean_target(selector):
        q = torch.zeros(100_000, 3, dtype=torch.float64, requires_grad=True)
        fed = [torch.tensor(each) for each in (action, zero, next_q)]
        loss = lb.q_learning_loss(q, *fed, discount=1.0, selector=selector, reduction="sum")
        return -torch.autograd.grad(loss, q)[0][:, 0].mean().item() / 2

    assert mean_target(None) == pytest.approx(3 / (2 * math.sqrt(math.pi)), abs=0.01)
    assert mean_target(torch.tensor(selector)) == pytest.approx(0, abs=0.01)


# --- distributions of returns ---


def projected(reward, discount, p, low, high):
    """Return what becomes of probabilities of atoms: atom by atom, each shared between its neighbours."""
    atoms = np.linspace(low, high, len(p))
    found = np.zeros(len(p))
    for atom, share in zip(atoms, p, strict=True):
        moved = min(max(reward + discount * atom, low), high)
        for i in range(len(p) - 1):
            if atoms[i] <= moved <= atoms[i + 1]:
                part = (moved - atoms[i]) / (atoms[i + 1] - atoms[i])
                found[i] += share * (1 - part)
                found[i + 1] += share * part
                break
        else:
            found[-1] += share  # rounding beyond the last atom
    return found


@pytest.mark.parametrize("discount", [0.0, 0.9, 1.0])
def test_c51_shares_out_atom_by_atom(discount):
    logits, reward = RANDOM.normal(size=(8, 11)), RANDOM.normal(size=8) * 3
    p = np.random.default_rng(2).dirichlet(np.ones(11), size=8)
    ours = lb.categorical_td_loss(logits, reward, p, support=(-1.5, 5.0), discount=discount, reduction="none")
    log_q = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    expected = [-np.sum(projected(r, discount, each, -1.5, 5.0) * q) for r, each, q in zip(reward, p, log_q, strict=True)]
    np.testing.assert_allclose(ours, expected, rtol=1e-10)


def target_of(reward, p, support, **settings):
    """Return the distribution that the loss is drawn to: the gradient is softmax less that."""
    logits = torch.zeros(p.shape, dtype=torch.float64, requires_grad=True)
    loss = lb.categorical_td_loss(logits, torch.tensor(reward), torch.tensor(p), support=support, reduction="sum", **settings)
    return 1 / p.shape[-1] - torch.autograd.grad(loss, logits)[0].numpy()


def test_c51_keeps_the_mean_within_the_support_and_cuts_it_off_beyond():
    p = np.random.default_rng(3).dirichlet(np.ones(51), size=5)
    atoms = np.linspace(-10, 10, 51)
    found = target_of(one(-1, -0.3, 0, 0.2, 1), p, (-10, 10), discount=0.9)
    np.testing.assert_allclose(found.sum(axis=-1), 1)
    np.testing.assert_allclose(found @ atoms, one(-1, -0.3, 0, 0.2, 1) + 0.9 * (p @ atoms))
    far = target_of(one(100, -100, np.inf, -np.inf, 50), p, (-10, 10), discount=0.9)
    np.testing.assert_allclose(far @ atoms, [10, -10, 10, -10, 10])


def test_c51_of_an_end_is_the_reward_whatever_comes_next():
    p = np.random.default_rng(4).dirichlet(np.ones(3), size=2)
    found = target_of(one(0.5, 1), p, (-1, 1), discount=torch.zeros(2))
    np.testing.assert_allclose(found, [[0, 0.5, 0.5], [0, 0, 1]], atol=1e-12)


def test_quantile_td_is_a_loop_over_pairs():
    theta, target = RANDOM.normal(size=(5, 3)) * 2, RANDOM.normal(size=(5, 4)) * 2
    for kappa in (0.0, 0.5, 1.0, 3.0):
        ours = lb.quantile_td_loss(theta, target, kappa=kappa, reduction="none")
        for row in range(5):
            total = 0.0
            for i, j in itertools.product(range(3), range(4)):
                u = target[row, j] - theta[row, i]
                size = abs(u) if abs(u) > kappa else None
                huber = u * u / 2 if size is None else kappa * (size - kappa / 2)
                each = abs(u) if kappa == 0 else huber / kappa
                total += abs((2 * i + 1) / 6 - (u < 0)) * each / 4
            assert ours[row] == pytest.approx(total)


def test_quantiles_of_a_sample_are_where_the_gradient_is_0():
    """At κ = 0, and between no two samples: the numbers of samples on both sides are as the level says."""
    samples = torch.tensor(np.random.default_rng(5).normal(size=(1, 1001)))
    levels = (np.arange(7) + 0.5) / 7
    theta = torch.tensor(np.quantile(samples.numpy(), levels)[None] + 1e-9, requires_grad=True)
    (slope,) = torch.autograd.grad(lb.quantile_td_loss(theta, samples, kappa=0.0), theta)
    assert slope.abs().max() <= 1.5 / 1001


# --- policies ---


def test_policy_gradient_on_average_is_that_of_the_expected_reward():
    """Over all actions, weighted by their chance; a baseline changes nothing."""
    reward = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    z = torch.tensor([0.3, -0.1, 0.8], dtype=torch.float64, requires_grad=True)
    (expected,) = torch.autograd.grad(-(z.softmax(-1) * reward).sum(), z)
    for baseline in (0.0, 5.0):
        log_pi = z.log_softmax(-1)
        each = lb.policy_gradient_loss(log_pi, reward - baseline, reduction="none")
        (found,) = torch.autograd.grad((log_pi.exp().detach() * each).sum(), z)
        torch.testing.assert_close(found, expected)


def test_an_advantage_of_0_silences_an_action_that_cannot_be():
    assert lb.policy_gradient_loss(one(-np.inf), one(0)) == 0
    assert lb.advantage_weighted_loss(one(-np.inf), one(-np.inf)) == 0


SIDES = [
    # log-ratio, advantage, slope in log_prob at clip (0.2, 0.5)
    (math.log(1.4), 2.0, -2.8), (math.log(1.6), 2.0, 0.0), (math.log(0.1), 2.0, -0.2),
    (math.log(0.9), -2.0, 1.8), (math.log(0.7), -2.0, 0.0), (math.log(3.0), -2.0, 6.0),
    (1000.0, 2.0, 0.0), (-1000.0, -2.0, 0.0), (-1000.0, 2.0, 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("log_ratio", "advantage", "slope"), SIDES)
@pytest.mark.parametrize("library", ["torch", "jax"])
def test_ppo_stops_on_one_side_only(log_ratio, advantage, slope, library):
    def loss(log_prob, make):
        return lb.ppo_loss(log_prob, make([-0.5]), make([advantage]), clip=(0.2, 0.5), reduction="sum")

    if library == "jax":
        found = jax.grad(loss)(jnp.asarray([log_ratio - 0.5]), jnp.asarray)
    else:
        made = lambda each: torch.tensor(each, dtype=torch.float64)  # noqa: E731
        log_prob = made([log_ratio - 0.5]).requires_grad_()
        (found,) = torch.autograd.grad(loss(log_prob, made), log_prob)
    assert float(found[0]) == pytest.approx(slope, abs=1e-12)


def test_ppo_takes_a_number_for_both_sides_or_one_for_each():
    log_ratio, advantage = one(1, 1, -1, -1), one(1, -1, 1, -1)
    for clip, (low, high) in {0.2: (0.2, 0.2), (0.1, 0.3): (0.1, 0.3), (1.0, 2.0): (1.0, 2.0), (4.0, 0.5): (4.0, 0.5)}.items():
        ratio = np.exp(log_ratio)
        expected = -np.minimum(ratio * advantage, np.clip(ratio, 1 - low, 1 + high) * advantage)
        for given in (clip, list(clip)) if isinstance(clip, tuple) else (clip,):
            np.testing.assert_allclose(lb.ppo_loss(log_ratio, 0 * log_ratio, advantage, clip=given, reduction="none"), expected)


def test_a_gradient_flows_into_either_bound():
    log_ratio, zero = torch.tensor([1.0, -1.0], dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    low, high = (torch.tensor(each, dtype=torch.float64, requires_grad=True) for each in (0.1, 0.3))
    lb.ppo_loss(log_ratio, zero, torch.tensor([2.0, -3.0], dtype=torch.float64), clip=(low, high), reduction="sum").backward()
    assert (low.grad.item(), high.grad.item()) == pytest.approx((-3.0, -2.0))


@by_library
def test_soft_policy_leaves_out_a_closed_action(make):
    """With and without a value; the gradient is finite."""
    open_ = lb.soft_policy_loss(make(one(0.3, -1)), make(one(1, 2)), temperature=0.5)
    for value in (-np.inf, 7.0):
        closed = lb.soft_policy_loss(make(one(0.3, -1, -np.inf)), make(one(1, 2, value)), temperature=0.5)
        assert float(closed) == pytest.approx(float(open_))
    z = torch.tensor([0.3, -1, -math.inf], dtype=torch.float64, requires_grad=True)
    lb.soft_policy_loss(z, torch.tensor([1.0, 2.0, -math.inf], dtype=torch.float64), temperature=0.5).backward()
    assert torch.isfinite(z.grad).all() and z.grad[2] == 0


def test_soft_policy_is_least_at_the_boltzmann_distribution():
    q = np.random.default_rng(6).normal(size=(50, 4))
    least = -0.5 * np.log(np.exp(q / 0.5).sum(axis=-1))
    np.testing.assert_allclose(lb.soft_policy_loss(q / 0.5 + 3, q, temperature=0.5, reduction="none"), least)
    other = np.random.default_rng(7).normal(size=(50, 4))
    assert np.all(lb.soft_policy_loss(other, q, temperature=0.5, reduction="none") > least)


# --- records of what others did ---


def test_an_expectile_near_1_is_almost_the_largest():
    values = torch.tensor([0.0, 1.0, 4.0], dtype=torch.float64)
    v = torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
    for _ in range(4000):
        (slope,) = torch.autograd.grad(lb.expectile_loss(v.expand(3), values, level=0.99), v)
        v = (v - 0.1 * slope).detach().requires_grad_()
    assert 3.9 < v.item() < 4


def test_a_weight_stops_at_its_limit():
    found = lb.advantage_weighted_loss(one(-1, -1, -1), one(0, math.log(50), 1e6), limit=20.0, reduction="none")
    np.testing.assert_allclose(found, [1, 20, 20])
    for dtype in (torch.float16, torch.float32):
        log_prob = torch.full((2,), -1.0, dtype=dtype, requires_grad=True)
        lb.advantage_weighted_loss(log_prob, torch.tensor([1e4, -1e4], dtype=dtype), temperature=0.1, reduction="sum").backward()
        assert log_prob.grad.tolist() == [-100, 0]


# --- sums over time ---


def gae(reward, value, next_value, discount, trace, mask):
    """Return generalised advantages as their paper's sum: each step's errors ahead, up to an end."""
    found = np.zeros(reward.shape)
    for row, t in np.ndindex(reward.shape):
        weight = 1.0
        for s in range(t, reward.shape[1]):
            if not mask[row, s]:
                break
            found[row, t] += weight * (reward[row, s] + discount[row, s] * next_value[row, s] - value[row, s])
            weight *= discount[row, s] * trace
    return found


@by_library
@pytest.mark.parametrize("trace", [0.0, 0.9, 1.0])
@pytest.mark.parametrize("masked", [False, True])
def test_generalised_advantages_are_the_sum_of_the_errors_ahead(make, trace, masked):
    mask = MASK if masked else np.ones_like(MASK)
    given = [make(each) for each in (REWARD, VALUE, NEXT_VALUE)]
    ours = lb.generalised_advantages(*given, discount=make(DISCOUNT), trace=trace, mask=make(mask) if masked else None)
    np.testing.assert_allclose(np.asarray(ours), gae(REWARD, VALUE, NEXT_VALUE, DISCOUNT, trace, mask), rtol=1e-12, atol=1e-14)


def test_at_a_trace_of_1_they_are_the_return_less_the_value():
    next_value = np.concatenate([VALUE[:, 1:], np.zeros((3, 1))], axis=-1)
    returns = np.asarray([[sum(0.9 ** (s - t) * row[s] for s in range(t, STEPS)) for t in range(STEPS)] for row in REWARD])
    np.testing.assert_allclose(lb.generalised_advantages(REWARD, VALUE, next_value, discount=0.9, trace=1.0), returns - VALUE)


@by_library
@pytest.mark.parametrize("junk", [np.nan, np.inf, -1e30])
def test_what_is_masked_is_0_and_nothing_passes_through_it(make, junk):
    reward, value, next_value, discount = (np.where(MASK, each, junk) for each in (REWARD, VALUE, NEXT_VALUE, DISCOUNT))
    given = [make(each) for each in (reward, value, next_value)]
    ours = lb.generalised_advantages(*given, discount=make(discount), mask=make(MASK))
    np.testing.assert_allclose(np.asarray(ours), gae(REWARD, VALUE, NEXT_VALUE, DISCOUNT, 0.95, MASK), rtol=1e-12, atol=1e-14)
    assert np.all(np.asarray(ours)[~MASK] == 0)


def vtrace(log_ratio, reward, value, next_value, discount, rho_clip, c_clip):
    """Return V-trace's targets and advantages as their paper's sum of products."""
    rho, c = np.minimum(np.exp(log_ratio), rho_clip), np.minimum(np.exp(log_ratio), c_clip)
    steps = reward.shape[1]
    targets = value.copy()
    for row, t in np.ndindex(reward.shape):
        for s in range(t, steps):
            carried = np.prod(discount[row, t:s] * c[row, t:s])
            error = reward[row, s] + discount[row, s] * next_value[row, s] - value[row, s]
            targets[row, t] += carried * rho[row, s] * error
    later = np.concatenate([targets[:, 1:], next_value[:, -1:]], axis=-1)
    return targets, rho * (reward + discount * later - value)


@by_library
@pytest.mark.parametrize(("rho_clip", "c_clip"), [(1.0, 1.0), (2.0, 0.5), (100.0, 100.0)])
def test_vtrace_is_its_papers_sum(make, rho_clip, c_clip):
    given = [make(each) for each in (LOG_RATIO, REWARD, VALUE, NEXT_VALUE)]
    ours = lb.vtrace_targets(*given, discount=make(DISCOUNT), rho_clip=rho_clip, c_clip=c_clip)
    expected = vtrace(LOG_RATIO, REWARD, VALUE, NEXT_VALUE, DISCOUNT, rho_clip, c_clip)
    for found, right in zip(ours, expected, strict=True):
        np.testing.assert_allclose(np.asarray(found), right, rtol=1e-12, atol=1e-14)


def test_vtrace_on_policy_is_generalised_advantages_at_a_trace_of_1():
    targets, _ = lb.vtrace_targets(0 * LOG_RATIO, REWARD, VALUE, NEXT_VALUE, discount=0.9)
    np.testing.assert_allclose(targets - VALUE, lb.generalised_advantages(REWARD, VALUE, NEXT_VALUE, discount=0.9, trace=1.0))


@by_library
def test_a_trace_of_0_keeps_episodes_apart_where_one_was_cut_off(make):
    """By a time limit: the discount is whole, and the next state's value counts, but what follows is another episode."""
    trace = np.where(np.arange(STEPS) == 2, 0.0, 0.8) + 0 * REWARD

    def apart(helper, *given):
        """Return what it gives for the two episodes, one after the other."""
        parts = [results(helper(*(make(each[:, cut]) for each in given), trace=0.8)) for cut in (slice(0, 3), slice(3, None))]
        return [np.concatenate([np.asarray(each) for each in both], axis=-1) for both in zip(*parts, strict=True)]

    for helper, given in HELPERS.values():
        ours = results(helper(*map(make, given), trace=make(trace)))
        for found, right in zip(ours, apart(helper, *given), strict=True):
            np.testing.assert_allclose(np.asarray(found), right, rtol=1e-12, atol=1e-14)


def test_vtrace_at_a_trace_of_0_looks_one_step_ahead():
    targets, advantages = lb.vtrace_targets(0 * LOG_RATIO, REWARD, VALUE, NEXT_VALUE, discount=0.9, trace=0.0)
    np.testing.assert_allclose(targets, REWARD + 0.9 * NEXT_VALUE)
    np.testing.assert_allclose(advantages, targets - VALUE)


def test_a_ratio_beyond_all_numbers_is_cut_off():
    with np.errstate(over="raise"):
        targets, advantages = lb.vtrace_targets(one(1e4, -1e4), one(1, 1), one(0, 0), one(0, 0))
    assert targets.tolist() == advantages.tolist() == [1, 0]


HELPERS = {
    "generalised_advantages": (lb.generalised_advantages, (REWARD, VALUE, NEXT_VALUE)),
    "vtrace_targets": (lb.vtrace_targets, (LOG_RATIO, REWARD, VALUE, NEXT_VALUE)),
}
by_helper = pytest.mark.parametrize(("helper", "given"), HELPERS.values(), ids=HELPERS)


def results(found):
    return found if isinstance(found, tuple) else (found,)


@by_helper
def test_traced_the_sums_are_the_same(helper, given):
    expected = results(helper(*given, discount=DISCOUNT))
    tensors, arrays = [torch.tensor(each) for each in given], [jnp.asarray(each) for each in given]
    torch.compiler.reset()
    compiled = torch.compile(lambda d, *each: helper(*each, discount=d), fullgraph=True, backend="eager")
    for found in (
        compiled(torch.tensor(DISCOUNT), *tensors),
        torch.vmap(lambda d, *each: helper(*each, discount=d))(torch.tensor(DISCOUNT), *tensors),
        jax.jit(lambda d, *each: helper(*each, discount=d))(jnp.asarray(DISCOUNT), *arrays),
        jax.vmap(lambda d, *each: helper(*each, discount=d))(jnp.asarray(DISCOUNT), *arrays),
    ):
        for one_of, right in zip(results(found), expected, strict=True):
            np.testing.assert_allclose(np.asarray(one_of), right, rtol=1e-12, atol=1e-14)


@by_helper
def test_traced_a_bad_discount_is_nan(helper, given):
    bad = np.where(np.arange(STEPS) == STEPS - 1, 1.5, 0.5) + 0 * DISCOUNT
    for found in results(jax.jit(lambda d, *each: helper(*each, discount=d))(jnp.asarray(bad), *map(jnp.asarray, given))):
        assert np.isnan(found).all()


@by_helper
@pytest.mark.parametrize(
    ("make", "dtype"),
    [
        (np.asarray, np.float16),
        (np.asarray, np.float32),
        (torch.tensor, torch.float16),
        (torch.tensor, torch.bfloat16),
        (jnp.asarray, jnp.bfloat16),
    ],
    ids=["numpy float16", "numpy float32", "torch float16", "torch bfloat16", "jax bfloat16"],
)
def test_half_precision_sums_in_single(helper, given, make, dtype):
    """A thousand steps of 1, which float16 cannot count by twos beyond 2048, nor bfloat16 beyond 256."""
    ones = np.ones((1, 3000))
    value = [np.zeros((1, 3000))] * 2
    fed = [make(each, dtype=dtype) for each in ([0 * ones] * (len(given) - 3) + [ones, *value])]
    settings = {"trace": 1.0} if helper is lb.generalised_advantages else {}
    for found in results(helper(*fed, discount=1.0, **settings))[:1]:
        assert found.dtype == dtype and float(found[0, 0]) == pytest.approx(3000, rel=4e-3)


@by_helper
def test_the_sums_are_constants_and_hold_no_graph(helper, given):
    tensors = [torch.tensor(each, requires_grad=True) for each in given]
    discount = torch.tensor(0.9, dtype=torch.float64, requires_grad=True)
    assert not any(each.requires_grad for each in results(helper(*tensors, discount=discount)))
    slopes = jax.grad(lambda *each: sum(each.sum() for each in results(helper(*each))), argnums=tuple(range(len(given))))
    assert not any(each.any() for each in slopes(*map(jnp.asarray, given)))


@by_helper
def test_no_axis_of_time_is_named_and_no_steps_are_none(helper, given):
    with pytest.raises(ValueError, match=r"^reward must have shape \(…, T\), got \(\)"):
        helper(*[each[0, 0] for each in given])
    for found in results(helper(*[each[:, :0] for each in given])):
        assert found.shape == (3, 0)


@by_helper
@pytest.mark.parametrize(
    ("settings", "error", "says"),
    [
        ({"discount": 1.5}, ValueError, r"discount must be a number in \[0, 1\], got 1.5"),
        ({"discount": np.full((3, STEPS), -0.5)}, ValueError, r"discount must lie in \[0, 1\], got -0.5 at index \(0, 0\)"),
        (
            {"discount": one(0.5)},
            ValueError,
            r"discount must be a number or have the shape of reward: got discount \(1,\), reward \(3, 6\)",
        ),
        ({"discount": np.zeros((3, STEPS), dtype=bool)}, TypeError, "discount must be of an integer or real .* dtype, got bool"),
        ({"discount": [0.5]}, TypeError, "discount must be a real number, got list"),
        ({"discount": torch.tensor(DISCOUNT)}, TypeError, "arrays must come from one library: .*discount is a torch.Tensor"),
    ],
    ids=["above", "below", "shape", "bool", "list", "torch"],
)
def test_a_bad_discount_is_named(helper, given, settings, error, says):
    with pytest.raises(error, match=f"^{says}"):
        helper(*given, **settings)


@pytest.mark.parametrize(
    ("settings", "error", "says"),
    [
        ({"trace": 1.01}, ValueError, r"trace must be a number in \[0, 1\], got 1.01"),
        ({"trace": np.full((3, STEPS), 2.0)}, ValueError, r"trace must lie in \[0, 1\], got 2 at index \(0, 0\)"),
        (
            {"trace": one(0.5)},
            ValueError,
            r"trace must be a number or have the shape of reward: got trace \(1,\), reward \(3, 6\)",
        ),
        ({"trace": None}, TypeError, "trace must be a real number, got NoneType"),
        ({"mask": MASK.astype(float)}, TypeError, "mask must be of a boolean dtype, got float64"),
        ({"mask": MASK[0]}, ValueError, r"mask must have shape \(3, 6\), got \(6,\)"),
    ],
)
def test_what_generalised_advantages_refuse_is_named(settings, error, says):
    with pytest.raises(error, match=f"^{says}"):
        lb.generalised_advantages(REWARD, VALUE, NEXT_VALUE, **settings)


@pytest.mark.parametrize("name", ["rho_clip", "c_clip"])
@pytest.mark.parametrize("bad", [0.0, -1.0, math.inf, math.nan])
def test_a_bound_that_is_not_positive_is_named(name, bad):
    with pytest.raises(ValueError, match=f"^{name} must be a positive, finite number, got {bad!r}"):
        lb.vtrace_targets(LOG_RATIO, REWARD, VALUE, NEXT_VALUE, **{name: bad})


@by_helper
def test_infinities_that_meet_are_named_and_a_nan_is_passed_on(helper, given):
    broken = [each.copy() for each in given]
    broken[-1][0, 0], broken[-2][0, 0] = np.inf, np.inf
    with pytest.raises(ValueError, match="^value leaves the loss without a value, got inf"):
        helper(*broken)
    broken[-1][0, 0], broken[-2][0, 0] = np.nan, 0.0
    assert all(np.isnan(each[0, 0]) and np.isfinite(each[1:]).all() for each in results(helper(*broken))[:1])


@by_helper
def test_different_shapes_are_named(helper, given):
    *first, last = given
    with pytest.raises(ValueError, match=r"^shapes must be the same .*next_value \(3, 5\)"):
        helper(*first, last[:, 1:])


# --- what is refused ---

TRANSITION = {"q": one(1, 2)[None], "action": np.asarray([0]), "reward": one(1), "next_q": one(1, 2)[None]}
RETURNS = {"logits": one(1, 2, 3)[None], "reward": one(1), "next_probs": one(0, 1, 0)[None], "support": (-1.0, 1.0)}
BAD = [
    (lb.q_learning_loss, TRANSITION, {"action": np.asarray([2])}, ValueError, r"action must be an action from 0 to 1, got 2 at index \(0,\)"),
    (lb.q_learning_loss, TRANSITION, {"action": one(0)}, TypeError, "action must hold actions of an integer dtype, got float64"),
    (lb.q_learning_loss, TRANSITION, {"reward": one(1, 2)}, ValueError, "reward must have the shape of q without its last axis, the actions"),
    (lb.q_learning_loss, TRANSITION, {"next_q": one(1, 2, 3)[None]}, ValueError, r"shapes must be the same .* next_q \(1, 3\)"),
    (lb.q_learning_loss, TRANSITION, {"selector": one(1)[None]}, ValueError, r"shapes must be the same .* selector \(1, 1\)"),
    (lb.q_learning_loss, TRANSITION, {"q": np.zeros((1, 0)), "next_q": np.zeros((1, 0))}, ValueError, r"q must have shape \(…, A\)"),
    (lb.q_learning_loss, TRANSITION, {"discount": one(2)}, ValueError, r"discount must lie in \[0, 1\], got 2 at index \(0,\)"),
    (lb.categorical_td_loss, RETURNS, {"support": (1.0, 1.0)}, ValueError, "support must be two finite numbers, low below high, got 1.0 and 1.0"),
    (lb.categorical_td_loss, RETURNS, {"support": (0.0, math.inf)}, ValueError, "support must be two finite numbers"),
    (lb.categorical_td_loss, RETURNS, {"support": 3}, TypeError, r"support must be a pair of numbers \(low, high\), got int: 3"),
    (lb.categorical_td_loss, RETURNS, {"next_probs": one(0, 0.5, 0)[None]}, ValueError, "each row of next_probs must sum to 1, got 0.5"),
    (lb.categorical_td_loss, RETURNS, {"next_probs": one(-1, 1, 1)[None]}, ValueError, r"next_probs must lie in \[0, 1\], got -1"),
    (lb.categorical_td_loss, RETURNS, {"reward": one(1, 2)}, ValueError, "reward must have the shape of logits without its last axis, the atoms"),
    (lb.categorical_td_loss, RETURNS, {"logits": one(1)[None], "next_probs": one(1)[None]}, ValueError, "logits must .* at least two atoms"),
    (lb.categorical_td_loss, RETURNS, {"discount": one(0.5, 0.5)}, ValueError, "discount must be a number or have the shape of reward"),
    (lb.ppo_loss, {"log_prob": one(0), "old_log_prob": one(0), "advantage": one(0)}, {"clip": (0.1, 0.0)}, ValueError, "clip must be a positive"),
    (lb.ppo_loss, {"log_prob": one(0), "old_log_prob": one(0), "advantage": one(0)}, {"clip": (0.1,)}, TypeError, "clip must be a real number or a pair"),
    (lb.quantile_td_loss, {"quantiles": one(0), "target": one(0)}, {"target": one()}, ValueError, "quantiles must have shape"),
    (lb.conservative_loss, {"q": one(1, 2)[None], "action": np.asarray([0])}, {"action": np.asarray([-1])}, ValueError, "action must be an action from 0 to 1, got -1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("loss", "given", "changes", "error", "says"), BAD, ids=[f"{b[0].__name__}-{i}" for i, b in enumerate(BAD)]
)
def test_what_does_not_fit_is_named(loss, given, changes, error, says):
    with pytest.raises(error, match=f"^{says}"):
        loss(**{**given, **changes})


def test_an_action_out_of_place_is_nan_where_a_compiler_traces():
    q, action = jnp.asarray([[1.0, 2.0], [1.0, 2.0]]), jnp.asarray([0, 2])
    found = jax.jit(lambda q, a: lb.conservative_loss(q, a, reduction="none"))(q, action)
    assert np.isfinite(found[0]) and np.isnan(found[1])


@pytest.mark.parametrize("make", [torch.tensor, jnp.asarray], ids=["torch", "jax"])
def test_a_bad_array_of_discounts_is_nan_where_a_compiler_traces(make):
    fed = [make(one(1, 2)) for _ in range(3)]
    discount = make(one(0.5, 1.5))
    if make is jnp.asarray:
        found = jax.jit(lambda d, *each: lb.td_loss(*each, discount=d, reduction="none"))(discount, *fed)
    else:
        found = torch.vmap(lambda d, *each: lb.td_loss(*each, discount=d, reduction="none"))(discount, *fed)
    assert np.isfinite(float(found[0])) and np.isnan(float(found[1]))


def test_an_array_of_discounts_changes_no_dtype_and_takes_no_gradient():
    fed = [torch.ones(2, dtype=torch.float32, requires_grad=True) for _ in range(3)]
    discount = torch.full((2,), 0.5, dtype=torch.float64, requires_grad=True)
    loss = lb.td_loss(*fed, discount=discount)
    assert loss.dtype == torch.float32
    slopes = torch.autograd.grad(loss, [*fed, discount], allow_unused=True)
    assert slopes[0].any() and slopes[1:] == (None, None, None)


def test_rlax_stops_targets_where_the_chapter_says():
    """The chapter on temporal differences, on other libraries: which targets are constants there without being told."""
    import rlax  # here, for it takes seconds

    named = ("td_learning", "td_lambda", "lambda_returns", "n_step_bootstrapped_returns")
    stops = {name: inspect.signature(getattr(rlax, name)).parameters["stop_target_gradients"].default for name in named}
    assert stops == {"td_learning": True, "td_lambda": True, "lambda_returns": False, "n_step_bootstrapped_returns": False}
