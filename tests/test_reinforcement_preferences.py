"""The losses of preferences and of groups of answers: plain loops, exact values of small models, limits, and what is refused."""

import math

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from lossbook import dpo_loss, grpo_loss, ipo_loss, kto_loss, orpo_loss, preference_loss, simpo_loss

RANDOM = np.random.default_rng(0)
CHOSEN, REJECTED = RANDOM.normal(size=(2, 5)) * 3
PAIRS = {"preference": preference_loss, "DPO": dpo_loss, "IPO": ipo_loss, "ORPO": orpo_loss, "SimPO": simpo_loss}


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


# --- plain loops ---


def test_pairs_one_by_one():
    pairs = list(zip(CHOSEN, REJECTED, strict=True))

    def each(cost):
        return [cost(c, r) for c, r in pairs]

    found = preference_loss(CHOSEN, REJECTED, reduction="none")
    np.testing.assert_allclose(found, each(lambda c, r: -math.log(sigmoid(c - r))), rtol=1e-12)
    found = dpo_loss(CHOSEN, REJECTED, beta=0.3, label_smoothing=0.1, reduction="none")
    right = each(lambda c, r: -0.9 * math.log(sigmoid(0.3 * (c - r))) - 0.1 * math.log(sigmoid(0.3 * (r - c))))
    np.testing.assert_allclose(found, right, rtol=1e-12)
    found = ipo_loss(CHOSEN, REJECTED, beta=0.3, reduction="none")
    np.testing.assert_allclose(found, each(lambda c, r: (c - r - 1 / 0.6) ** 2), rtol=1e-12)
    found = simpo_loss(CHOSEN, REJECTED, beta=2.5, margin=0.5, reduction="none")
    np.testing.assert_allclose(found, each(lambda c, r: -math.log(sigmoid(2.5 * (c - r) - 0.5))), rtol=1e-12)

    def odds(log_p):
        return math.exp(log_p) / (1 - math.exp(log_p))

    below = [(-abs(c) - 0.01, -abs(r) - 0.01) for c, r in pairs]
    found = orpo_loss(*np.asarray(below).T, reduction="none")
    right = [-math.log(sigmoid(math.log(odds(c) / odds(r)))) for c, r in below]
    np.testing.assert_allclose(found, right, rtol=1e-12)


@pytest.mark.parametrize("desirable", [[1, 0, 1, 0, 0], [True, False, True, False, False], [1.0, 0.0, 1.0, 0.0, 0.0]])
def test_verdicts_one_by_one(desirable):
    found = kto_loss(
        CHOSEN, np.asarray(desirable), baseline=0.7, beta=0.3, desirable_weight=1.5, undesirable_weight=0.5, reduction="none"
    )
    right = [
        1.5 * (1 - sigmoid(0.3 * (x - 0.7))) if good else 0.5 * (1 - sigmoid(-0.3 * (x - 0.7)))
        for x, good in zip(CHOSEN, desirable, strict=True)
    ]
    np.testing.assert_allclose(found, right, rtol=1e-12)


NEW, OLD, REF = -np.abs(RANDOM.normal(size=(3, 2, 4, 5)))
REWARD = RANDOM.integers(-1, 3, size=(2, 4)) / 2
MASK = RANDOM.random(size=(2, 4, 5)) < 0.7
MASK[0, 1] = False  # an answer without tokens


def tokens(clip=(0.2, 0.2), beta=0.0, normalise=True):
    """Return the loss of every token, one by one."""
    values = np.zeros(NEW.shape)
    for b in range(2):
        rewards = REWARD[b]
        middle = sum(rewards) / 4
        deviation = math.sqrt(sum((r - middle) ** 2 for r in rewards) / 3)
        for i in range(4):
            advantage = rewards[i] - middle
            if normalise:
                advantage = advantage / deviation if deviation else 0.0
            for t in range(5):
                if MASK[b, i, t]:
                    ratio = math.exp(NEW[b, i, t] - OLD[b, i, t])
                    held = min(max(ratio, 1 - clip[0]), 1 + clip[1])
                    d = REF[b, i, t] - NEW[b, i, t]
                    values[b, i, t] = -min(ratio * advantage, held * advantage) + beta * (math.exp(d) - d - 1)
    return values


@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize("beta", [0.0, 0.04])
@pytest.mark.parametrize("clip", [0.2, (0.2, 0.28), (1.5, 0.1)], ids=str)
@pytest.mark.parametrize("make", [np.asarray, torch.tensor, jnp.asarray, array_api_strict.asarray])
def test_tokens_one_by_one(make, clip, beta, normalise):
    each = tokens(clip if isinstance(clip, tuple) else (clip, clip), beta, normalise)
    given = [make(x) for x in (NEW, OLD, REWARD)]
    settings = {"mask": make(MASK), "ref_log_prob": make(REF), "clip": clip, "beta": beta, "normalise": normalise}
    np.testing.assert_allclose(np.asarray(grpo_loss(*given, **settings, reduction="none")), each, rtol=1e-12, atol=1e-15)
    of_answers = [each[b, i][MASK[b, i]].mean() if MASK[b, i].any() else 0.0 for b in range(2) for i in range(4)]
    means = {"token": each.sum() / MASK.sum(), "sequence": np.mean(of_answers), "constant": each.sum() / (8 * 5)}
    for aggregation, right in means.items():
        found = {how: float(grpo_loss(*given, **settings, aggregation=aggregation, reduction=how)) for how in ("mean", "sum")}
        assert found["mean"] == pytest.approx(right, rel=1e-12)
        assert found["sum"] == pytest.approx(each.sum(), rel=1e-12)


def test_without_a_mask_the_three_means_are_one():
    found = {how: grpo_loss(NEW, OLD, REWARD, aggregation=how) for how in ("token", "sequence", "constant")}
    assert found["sequence"] == pytest.approx(found["token"]) == pytest.approx(found["constant"])


# --- what the losses are of each other ---


def slope(function, *fed, of=0):
    given = [torch.tensor(each) for each in fed]
    given[of].requires_grad_()
    (found,) = torch.autograd.grad(function(*given), given[of])
    return found.numpy()


def test_on_policy_it_is_the_policy_gradient_with_the_groups_mean_as_baseline():
    """In its gradient; in value, it is minus the advantage, and not −log π times it."""
    lead = REWARD - REWARD.mean(axis=-1, keepdims=True)
    found = slope(lambda x: grpo_loss(x, x.detach(), torch.tensor(REWARD), normalise=False, reduction="sum"), NEW)
    right = slope(lambda x: -(x * torch.tensor(lead)[..., None]).sum(), NEW)
    np.testing.assert_allclose(found, right, rtol=1e-13)
    values = grpo_loss(NEW, NEW, REWARD, normalise=False, reduction="none")
    np.testing.assert_allclose(values, np.broadcast_to(-lead[..., None], NEW.shape), atol=1e-15)
    assert grpo_loss(NEW, NEW, REWARD) == pytest.approx(0, abs=1e-15)


def test_its_mean_on_policy_is_no_measure_of_success():
    good, bad = np.asarray([[1.0, 0.9, 1.0, 0.8]]), np.asarray([[0.1, 0.0, 0.1, -0.1]])
    assert grpo_loss(NEW[:1], NEW[:1], good) == pytest.approx(grpo_loss(NEW[:1], NEW[:1], bad), abs=1e-15)


def enumerated(reward, policy):
    """Return the expected gradient in the logits, over every group of two answers of one token, weighed by its chance."""
    total = np.zeros(len(policy))
    for i, p in enumerate(policy):
        for j, q in enumerate(policy):

            def of_logits(logits, pair=(i, j)):
                log_prob = torch.log_softmax(logits, -1)[list(pair)][:, None]
                rewards = torch.tensor([reward[k] for k in pair])
                return grpo_loss(log_prob, log_prob.detach(), rewards, normalise=False, reduction="sum")

            total += p * q * slope(of_logits, np.log(policy))
    return total


def test_on_policy_its_expected_gradient_is_that_of_the_expected_reward():
    """Of every group of two there is: exactly, but for the factor (G − 1)/G of a mean that holds the answer itself, times G."""
    policy, reward = np.asarray([0.5, 0.3, 0.2]), [1.0, 0.0, 2.5]
    of_expected = policy * (np.asarray(reward) - policy @ reward)
    np.testing.assert_allclose(enumerated(reward, policy), -(2 - 1) * of_expected, rtol=1e-12, atol=1e-15)


def test_dpo_at_its_least_has_the_rewards_that_the_preferences_have():
    """Two answers of which one is preferred with chance ¾: the expected loss is least at log 3 / β."""
    differences = np.linspace(-20, 40, 60_001)
    expected = 0.75 * dpo_loss(differences, 0 * differences, reduction="none")
    expected += 0.25 * dpo_loss(0 * differences, differences, reduction="none")
    assert differences[expected.argmin()] == pytest.approx(math.log(3) / 0.1, abs=2e-3)
    expected = 0.75 * ipo_loss(differences, 0 * differences, reduction="none")
    expected += 0.25 * ipo_loss(0 * differences, differences, reduction="none")
    assert differences[expected.argmin()] == pytest.approx((0.75 - 0.25) / (2 * 0.1), abs=2e-3)


def test_dpo_sees_the_difference_alone():
    """Both answers less likely by any factor: the loss is the same."""
    assert dpo_loss(CHOSEN - 50, REJECTED - 50) == pytest.approx(dpo_loss(CHOSEN, REJECTED), rel=1e-12)
    assert kto_loss(CHOSEN - 50, np.ones(5), baseline=0.0) > kto_loss(CHOSEN, np.ones(5), baseline=0.0)


@pytest.mark.parametrize("name", ["preference", "DPO", "SimPO", "ORPO"])
def test_the_two_ways_to_prefer_have_chances_that_sum_to_one(name):
    settings = {"SimPO": {"margin": 0.0}}.get(name, {})
    c, r = -np.abs(CHOSEN), -np.abs(REJECTED)
    ways = [np.exp(-PAIRS[name](*pair, **settings, reduction="none")) for pair in ((c, r), (r, c))]
    np.testing.assert_allclose(sum(ways), 1, rtol=1e-12)


# --- gradients ---


def test_the_clip_stops_the_gradient_on_one_side_only():
    """Above 1 + high where the advantage is positive, below 1 − low where it is negative; not on the other sides."""
    ratios = np.asarray([[0.5, 1.1, 1.5], [0.5, 0.9, 1.5]])
    found = slope(
        lambda x: grpo_loss(
            x, torch.zeros(2, 3, dtype=torch.float64), torch.tensor([1, -1]), clip=(0.2, 0.3), normalise=False, reduction="sum"
        ),
        np.log(ratios),
    )
    np.testing.assert_allclose(found, [[-0.5, -1.1, 0.0], [0.0, 0.9, 1.5]], atol=1e-15)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64], ids=str)
def test_a_ratio_that_overflows_and_is_clipped_leaves_a_gradient_of_0(dtype):
    new = torch.tensor([[0.0], [0.0]], dtype=dtype, requires_grad=True)
    loss = grpo_loss(new, torch.full((2, 1), -5e4, dtype=dtype), torch.tensor([1, 1]), reduction="sum")
    loss.backward()
    assert loss == 0 and not new.grad.any()
    loss = grpo_loss(new[:1].expand(2, 1), torch.tensor([[-5e4], [0.0]], dtype=dtype), torch.tensor([1, 0]))
    (found,) = torch.autograd.grad(loss, new)
    assert torch.all(torch.isfinite(found))


def test_what_is_constant_takes_no_gradient():
    given = [torch.tensor(each, requires_grad=True) for each in (NEW, OLD, REWARD, REF)]
    new, old, reward, ref = given
    loss = grpo_loss(new, old, reward, ref_log_prob=ref, beta=0.1)
    slopes = torch.autograd.grad(loss, given, allow_unused=True)
    assert slopes[0].any() and slopes[1:] == (None, None, None)
    log_ratio, baseline = torch.tensor(CHOSEN, requires_grad=True), torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    slopes = torch.autograd.grad(kto_loss(log_ratio, torch.ones(5), baseline=baseline), [log_ratio, baseline], allow_unused=True)
    assert slopes[0].any() and slopes[1] is None


def test_kto_gives_up_on_answers_far_on_the_wrong_side():
    found = slope(lambda x: kto_loss(x, torch.ones(3), baseline=0.0, beta=1.0, reduction="sum"), np.asarray([-30.0, 0.0, 30.0]))
    assert abs(found[0]) < 1e-12 and found[1] == -0.25 and abs(found[2]) < 1e-12


# --- digits, and degenerate cases ---


@pytest.mark.parametrize("make", [np.asarray, torch.tensor, jnp.asarray])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("equal", [0.1, 1 / 3, -7.3, 0.0])
def test_rewards_that_are_all_equal_give_advantages_of_0(make, dtype, equal):
    """Exactly: a mean that is off by a rounding error, over a deviation as small, would be an advantage of about 1."""
    log_prob, reward = make(NEW[0, :3].astype(dtype)), make(np.full(3, equal, dtype))
    for normalise in (True, False):
        found = grpo_loss(log_prob, log_prob, reward, normalise=normalise, reduction="none")
        assert not np.asarray(found).any()


def test_nothing_is_added_to_the_deviation():
    """Rewards that differ by a millionth count like those that differ by one."""
    small, large = (grpo_loss(NEW[0], OLD[0], scale * REWARD[0]) for scale in (1e-6, 1.0))
    assert small == pytest.approx(large, rel=1e-9)
    with_epsilon = (1e-6 * (REWARD[0] - REWARD[0].mean())) / (1e-6 * REWARD[0].std(ddof=1) + 1e-4)
    assert np.abs(with_epsilon).max() < 0.05


@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_rewards_of_any_size_have_a_deviation(size):
    reward = (size * REWARD[0]).astype(np.float32)
    new, old = NEW[0].astype(np.float32), OLD[0].astype(np.float32)
    assert grpo_loss(new, old, reward) == pytest.approx(grpo_loss(NEW[0], OLD[0], REWARD[0]), rel=1e-5)


def test_the_divergence_keeps_digits_where_the_policy_is_near_its_reference():
    new = np.full((2, 1), -1.0, np.float32)
    ref = new + np.float32(1e-3)
    d = float(ref[0, 0]) - float(new[0, 0])
    found = float(grpo_loss(new, new, np.zeros(2), ref_log_prob=ref, beta=1.0))
    assert found == pytest.approx(math.expm1(d) - d, rel=1e-3)
    # Written down as it stands, it is off by more than that.
    difference = ref - new
    assert float((np.exp(difference) - difference - 1)[0, 0]) != pytest.approx(found, rel=1e-2)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_many_tokens_of_half_precision_are_added_in_single(dtype):
    new = torch.zeros(2, 70_000, dtype=dtype)
    for aggregation in ("token", "sequence", "constant"):
        found = grpo_loss(new, new, torch.tensor([3.0, 1.0], dtype=dtype), normalise=False, aggregation=aggregation)
        assert found.dtype == dtype and found == 0
    mask = torch.zeros(2, 70_000, dtype=torch.bool)
    mask[0] = True
    assert grpo_loss(new, new, torch.tensor([3.0, 1.0], dtype=dtype), mask=mask, normalise=False) == -1


def test_odds_of_small_probabilities_and_of_those_near_1():
    for log_p in (-800.0, -1e-12):
        found = orpo_loss(np.asarray([log_p]), np.asarray([math.log(0.5)]))
        odds = log_p - math.log(-math.expm1(log_p))
        assert found == pytest.approx(math.log1p(math.exp(-odds)) if odds > -700 else -odds, rel=1e-12)


def test_an_answer_without_tokens_is_one_of_its_group_all_the_same():
    mask = np.asarray([[True, True], [False, False]])
    log_prob = np.log(np.full((2, 2), 0.5))
    found = grpo_loss(log_prob, log_prob, np.asarray([1, 0]), mask=mask, normalise=False, reduction="none")
    np.testing.assert_allclose(found, [[-0.5, -0.5], [0, 0]])
    assert grpo_loss(log_prob, log_prob, np.asarray([1, 0]), mask=mask, normalise=False) == -0.5
    assert grpo_loss(log_prob, log_prob, np.asarray([1, 0]), mask=mask, normalise=False, aggregation="sequence") == -0.25
    assert grpo_loss(log_prob, log_prob, np.asarray([1, 0]), mask=mask, normalise=False, aggregation="constant") == -0.25


def test_a_reference_is_read_where_it_weighs_something():
    nowhere = np.full(NEW.shape, np.nan)
    assert grpo_loss(NEW, OLD, REWARD, ref_log_prob=nowhere) == grpo_loss(NEW, OLD, REWARD)
    assert np.isnan(grpo_loss(NEW, OLD, REWARD, ref_log_prob=nowhere, beta=0.1))


def test_compiled_a_pair_of_clips_is_what_it_is_eagerly():
    given = [torch.tensor(each) for each in (NEW, OLD, REWARD)]
    torch.compiler.reset()
    compiled = torch.compile(lambda *each: grpo_loss(*each, clip=(0.2, 0.28)), fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(*given), grpo_loss(*given, clip=(0.2, 0.28)))
    jitted = jax.jit(lambda *each: grpo_loss(*each, clip=(0.2, 0.28)))
    assert float(jitted(*map(jnp.asarray, (NEW, OLD, REWARD)))) == pytest.approx(float(grpo_loss(*given, clip=(0.2, 0.28))))


@pytest.mark.parametrize("baseline", [1, 1.0, np.float32(1), np.asarray(1), np.asarray(1.0, np.float32)], ids=repr)
def test_a_baseline_is_a_number_or_an_array_of_one(baseline):
    for kind in (np.float16, np.float64):
        found = kto_loss(CHOSEN.astype(kind), np.ones(5), baseline=baseline)
        assert found.dtype == kind
        assert found == pytest.approx(kto_loss(CHOSEN, np.ones(5), baseline=1.0), rel=1e-3)


# --- what is refused ---

ONE = np.log(np.full((2, 3), 0.5))
REFUSED = [
    ({"reward": np.asarray([1, 0, 1])}, ValueError, r"^reward must have the shape of log_prob .*reward \(3,\), log_prob \(2, 3\)"),
    ({"reward": np.asarray([True, False])}, TypeError, "^reward must be of an integer or real floating-point dtype, got bool"),
    ({"old_log_prob": ONE[:, :2]}, ValueError, r"log_prob \(2, 3\), old_log_prob \(2, 2\)"),
    ({"ref_log_prob": ONE[:1]}, ValueError, r"ref_log_prob \(1, 3\)"),
    ({"log_prob": ONE[:1], "old_log_prob": ONE[:1], "reward": np.ones(1)}, ValueError,
     r"^log_prob must have shape \(…, G, T\) with at least two answers and one token, got \(1, 3\)"),
    ({"log_prob": ONE[:, :0], "old_log_prob": ONE[:, :0]}, ValueError, r"^log_prob must have shape .*, got \(2, 0\)"),
    ({"log_prob": ONE[0], "old_log_prob": ONE[0]}, ValueError, r"^log_prob must have shape .*, got \(3,\)"),
    ({"mask": np.ones((2, 2), bool)}, ValueError, r"^mask must have shape \(2, 3\), got \(2, 2\)"),
    ({"mask": np.ones((2, 3))}, TypeError, "^mask must be of a boolean dtype, got float64"),
    ({"mask": np.zeros((2, 3), bool)}, ValueError, "^mask must count at least one token for reduction='mean', got 0"),
    ({"mask": np.zeros((2, 3), bool), "aggregation": "sequence"}, ValueError, "^mask must count at least one token"),
    ({"clip": (0.2,)}, TypeError, r"^clip must be a real number or a pair \(low, high\), got tuple"),
    ({"clip": (0.2, -0.1)}, ValueError, "^clip must be a positive, finite number, got -0.1"),
    ({"clip": (0.2, None)}, TypeError, "^clip must be a real number, got NoneType"),
    ({"beta": 0.1}, ValueError, "^ref_log_prob is missing: give it, or beta=0"),
    ({"beta": np.asarray(0.0)}, ValueError, "^ref_log_prob is missing"),
    ({"aggregation": "answer"}, ValueError, "^aggregation must be one of .*'token', 'sequence', 'constant'.*, got 'answer'"),
    ({"normalise": 1}, TypeError, "^normalise must be True or False, got int"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "error", "says"), REFUSED, ids=[says for *_, says in REFUSED])
def test_a_group_that_does_not_fit_is_named(changes, error, says):
    arguments = {"log_prob": ONE, "old_log_prob": ONE, "reward": np.asarray([1.0, 0.0])}
    with pytest.raises(error, match=says):
        grpo_loss(**arguments | changes)


def test_all_masked_there_is_a_sum_and_no_mean_and_traced_it_is_nan():
    reward, nothing = np.asarray([1.0, 0.0]), np.zeros((2, 3), bool)
    assert grpo_loss(ONE, ONE, reward, mask=nothing, reduction="sum") == 0
    jitted = jax.jit(lambda mask: grpo_loss(jnp.asarray(ONE), jnp.asarray(ONE), jnp.asarray(reward), mask=mask))
    assert np.isnan(jitted(jnp.asarray(nothing))) and np.isfinite(jitted(jnp.asarray(~nothing)))


@pytest.mark.parametrize("bad", [0.0, 0.5])
def test_a_mean_log_probability_of_0_or_more_is_named(bad):
    good = np.asarray([-1.0, -2.0])
    with pytest.raises(ValueError, match=rf"^rejected must be a mean log-probability below 0, got {bad:g} at index \(1,\)"):
        orpo_loss(good, np.asarray([-1.0, bad]))
    with pytest.raises(ValueError, match="^chosen must be a mean log-probability below 0"):
        orpo_loss(np.asarray([bad, -1.0]), good)
    jitted = jax.jit(lambda c, r: orpo_loss(c, r, reduction="none"))
    np.testing.assert_array_equal(np.isnan(jitted(jnp.asarray([bad, -1.0]), jnp.asarray(good))), [True, False])


@pytest.mark.parametrize(
    ("baseline", "error", "says"),
    [
        (np.zeros(2), ValueError, r"^baseline must be one number, of shape \(\), got \(2,\)"),
        ("0", TypeError, "^baseline must be an array, got str"),
        (None, TypeError, "^baseline must be an array, got NoneType"),
        (True, TypeError, "^baseline must be an array, got bool"),
        (torch.tensor(0.0), TypeError, "^arrays must come from one library"),
        (np.asarray(True), TypeError, "^baseline must be of an integer or real floating-point dtype, got bool"),
    ],
    ids=str,
)
def test_a_baseline_that_is_no_number_is_named(baseline, error, says):
    with pytest.raises(error, match=says):
        kto_loss(CHOSEN, np.ones(5), baseline=baseline)


def test_a_baseline_is_asked_for():
    with pytest.raises(TypeError, match="baseline"):
        kto_loss(CHOSEN, np.ones(5))


def test_a_verdict_that_is_none_is_named():
    with pytest.raises(ValueError, match=r"^desirable must be 0 or 1, got 0.5 at index \(1,\)"):
        kto_loss(CHOSEN[:2], np.asarray([1.0, 0.5]), baseline=0.0)
