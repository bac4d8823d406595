"""What holds of the losses for sequences: all ways listed by hand, what libraries do, limits, and what is out of place."""

import math
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from lossbook import (
    cross_entropy, ctc_loss, distillation_loss, generalised_jsd_loss, kl_divergence, linear_cross_entropy, minimum_risk_loss,
    soft_dtw, soft_dtw_divergence, token_cross_entropy, transducer_loss, unlikelihood_loss,
)  # fmt: skip

RANDOM = np.random.default_rng(0)


def log_softmax(z):
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


# --- all ways, listed ---


def joined(path, blank):
    return [k for t, k in enumerate(path) if k != blank and (t == 0 or path[t - 1] != k)]


@pytest.mark.parametrize("blank", [0, 2])
@pytest.mark.parametrize("y", [[], [1], [1, 1], [1, 3], [3, 1, 3]])
def test_ctc_is_the_sum_over_all_paths(y, blank):
    z = RANDOM.normal(size=(5, 4)) * 2
    q = np.exp(log_softmax(z))
    chance = sum(
        math.prod(q[t, k] for t, k in enumerate(path)) for path in product(range(4), repeat=5) if joined(path, blank) == y
    )
    found = ctc_loss(z, np.asarray(y, dtype=np.int64), blank=blank)
    assert float(found) == pytest.approx(-math.log(chance), rel=1e-12)


@pytest.mark.parametrize("y", [[], [1], [2, 2], [1, 2, 1]])
def test_the_transducer_is_the_sum_over_all_ways(y):
    steps, places = 3, len(y) + 1
    q = np.exp(log_softmax(RANDOM.normal(size=(steps, places, 3)) * 2))

    def ways(t, u):
        if t == steps:
            return float(u == len(y))
        said = q[t, u, y[u]] * ways(t, u + 1) if u < len(y) else 0.0
        return said + q[t, u, 0] * ways(t + 1, u)

    assert float(transducer_loss(np.log(q), np.asarray(y, dtype=np.int64))) == pytest.approx(-math.log(ways(0, 0)), rel=1e-12)


def alignments(i, j):
    """Yield all ways from the first pair of two series to the pair (i, j)."""
    if (i, j) == (0, 0):
        yield [(0, 0)]
    for before in ((i - 1, j), (i, j - 1), (i - 1, j - 1)):
        if min(before) >= 0:
            yield from ([*way, (i, j)] for way in alignments(*before))


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (3, 4), (5, 2)])
@pytest.mark.parametrize("gamma", [0.1, 2.0])
def test_soft_dtw_is_the_sum_over_all_alignments(shape, gamma):
    x, y = (RANDOM.normal(size=(size, 2)) for size in shape)
    costs = [sum(np.sum((x[i] - y[j]) ** 2) for i, j in way) for way in alignments(shape[0] - 1, shape[1] - 1)]
    expected = -gamma * math.log(sum(math.exp(-cost / gamma) for cost in costs))
    assert float(soft_dtw(x, y, gamma=gamma)) == pytest.approx(expected, rel=1e-10)
    # As γ → 0, the cheapest alignment.
    assert float(soft_dtw(x, y, gamma=1e-9)) == pytest.approx(min(costs), rel=1e-6)


# --- what the gradients are ---


def gradient(loss, *fed, **settings):
    first = torch.tensor(fed[0], requires_grad=True)
    loss(first, *map(torch.tensor, fed[1:]), reduction="sum", **settings).backward()
    return first.grad.numpy()


def test_ctcs_gradient_is_prediction_minus_occupancy():
    z, y = RANDOM.normal(size=(4, 3)), [1, 2]
    q = np.exp(log_softmax(z))
    occupancy, total = np.zeros((4, 3)), 0.0
    for path in product(range(3), repeat=4):
        if joined(path, 0) == y:
            chance = math.prod(q[t, k] for t, k in enumerate(path))
            total += chance
            occupancy[np.arange(4), path] += chance
    np.testing.assert_allclose(gradient(ctc_loss, z, np.asarray(y)), q - occupancy / total, atol=1e-12)


def test_minimum_risk_at_alpha_1_descends_as_reinforce_with_the_mean_cost_as_baseline():
    log_p, cost = log_softmax(RANDOM.normal(size=5)), RANDOM.normal(size=5)
    p = np.exp(log_p)
    np.testing.assert_allclose(gradient(minimum_risk_loss, log_p, cost), p * (cost - p @ cost), atol=1e-14)


def test_minimum_risk_at_a_small_alpha_is_the_mean_cost():
    log_p, cost = RANDOM.normal(size=(2, 5))
    assert float(minimum_risk_loss(log_p, cost, alpha=1e-9)) == pytest.approx(np.mean(cost), abs=1e-8)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("lead", [10.0, 40.0, 500.0])
def test_unlikelihood_keeps_its_gradient_where_1_minus_q_is_rounded_to_0(lead, dtype):
    z = torch.tensor([lead, 0.0, 0.0], dtype=dtype, requires_grad=True)
    value = unlikelihood_loss(z, torch.tensor([True, False, False]))
    value.backward()
    assert value.item() == pytest.approx(lead - math.log(2) + math.log1p(2 * math.exp(-lead)), rel=1e-6)
    np.testing.assert_allclose(z.grad, np.asarray([1, -0.5, -0.5]) / (1 + 2 * math.exp(-lead)), rtol=1e-5)


def test_unlikelihood_of_two_that_lead_together():
    values = unlikelihood_loss(np.asarray([[3.0, 3.0, 1.0]]), np.asarray([[True, True, False]]))
    q = math.exp(3) / (2 * math.exp(3) + math.exp(1))
    assert float(values) == pytest.approx(-2 * math.log(1 - q), rel=1e-12)


# --- masks, lengths, and what cannot be ---


def test_token_mean_is_over_the_steps_that_count():
    z, y = RANDOM.normal(size=(2, 4, 3)), RANDOM.integers(3, size=(2, 4))
    mask = np.asarray([[True] * 4, [True, False, False, False]])
    each = token_cross_entropy(z, np.where(mask, y, -100), mask=mask, reduction="none")
    assert np.all(each[~mask] == 0)
    assert float(token_cross_entropy(z, y, mask=mask)) == pytest.approx(each.sum() / 5, rel=1e-12)
    ignored = torch.nn.functional.cross_entropy(torch.tensor(z).flatten(0, 1), torch.tensor(np.where(mask, y, -100)).flatten())
    assert float(token_cross_entropy(z, y, mask=mask)) == pytest.approx(ignored.item(), rel=1e-12)


MASKED = {
    "token cross-entropy": (token_cross_entropy, RANDOM.integers(3, size=(2, 4))),
    "unlikelihood": (unlikelihood_loss, np.ones((2, 4, 3), dtype=bool)),
    "distillation": (distillation_loss, RANDOM.normal(size=(2, 4, 3))),
    "JSD": (generalised_jsd_loss, RANDOM.normal(size=(2, 4, 3))),
}


@pytest.mark.parametrize(("loss", "target"), MASKED.values(), ids=MASKED)
def test_where_no_step_counts_there_is_a_sum_and_no_mean(loss, target):
    fed, nothing = (RANDOM.normal(size=(2, 4, 3)), target), np.zeros((2, 4), dtype=bool)
    assert float(loss(*fed, mask=nothing, reduction="sum")) == 0
    with pytest.raises(ValueError, match="sum of the batch's weights must be positive for reduction='mean'"):
        loss(*fed, mask=nothing)


def test_minus_100_is_no_label_where_it_counts():
    with pytest.raises(ValueError, match=r"^y must be a class from 0 to 2, got -100 at index \(1,\)"):
        token_cross_entropy(np.zeros((2, 3)), np.asarray([1, -100]))


@pytest.mark.parametrize("make", [np.asarray, torch.tensor, jnp.asarray], ids=["numpy", "torch", "jax"])
def test_what_no_alignment_reaches_costs_infinity_and_leaves_the_rest_alone(make):
    z, y = RANDOM.normal(size=(3, 3, 3)), np.asarray([[1, 1], [1, 2], [2, 2]])
    lengths, target_lengths = np.asarray([2, 3, 0]), np.asarray([2, 2, 0])
    values = ctc_loss(*map(make, (z, y)), lengths=make(lengths), target_lengths=make(target_lengths), reduction="none")
    values = np.asarray(values)
    assert values[0] == np.inf and values[2] == 0 and values[1] == pytest.approx(float(ctc_loss(z[1], y[1])), rel=1e-6)
    assert float(ctc_loss(*map(make, (z, y)), lengths=make(lengths), target_lengths=make(target_lengths))) == math.inf


def test_the_impossible_takes_no_gradient_and_a_share_of_the_mean():
    z, y = torch.tensor(RANDOM.normal(size=(2, 2, 3)), requires_grad=True), torch.tensor([[1, 1], [1, 2]])
    ctc_loss(z, y).backward()
    assert torch.all(z.grad[0] == 0)
    alone = torch.tensor(z[1].detach().numpy(), requires_grad=True)
    ctc_loss(alone, y[1]).backward()
    torch.testing.assert_close(z.grad[1], alone.grad / 2)


@pytest.mark.parametrize("loss", [ctc_loss, transducer_loss])
def test_logits_of_minus_infinity_close_a_way(loss):
    """A class that cannot be said: where the target needs it, there is no way left."""
    shape = (2, 3, 3) if loss is ctc_loss else (2, 3, 2, 3)
    z = RANDOM.normal(size=shape)
    z[..., 2] = -np.inf
    y = torch.tensor([[1], [2]])
    z = torch.tensor(z, requires_grad=True)
    values = loss(z, y, reduction="none")
    assert torch.isfinite(values[0]) and values[1] == math.inf
    values.sum().backward()
    assert torch.all(torch.isfinite(z.grad)) and torch.all(z.grad[1] == 0) and torch.any(z.grad[0] != 0)


def test_no_steps_say_nothing_and_nothing_else():
    empty = np.zeros((0, 3))
    assert float(ctc_loss(empty, np.zeros(0, dtype=np.int64))) == 0
    assert float(ctc_loss(empty, np.asarray([1]))) == np.inf


def test_a_long_sequence_in_float32_keeps_its_digits():
    z, y = RANDOM.normal(size=(800, 6)) * 3, RANDOM.integers(1, 6, size=200)
    exact = float(ctc_loss(z, y))
    assert float(ctc_loss(z.astype(np.float32), y)) == pytest.approx(exact, rel=1e-5)
    expected = torch.nn.functional.ctc_loss(
        torch.tensor(z).log_softmax(-1), torch.tensor(y), torch.tensor(800), torch.tensor(200), reduction="none"
    )
    assert exact == pytest.approx(expected.item(), rel=1e-12)


# --- distillation ---


@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_the_jensen_shannon_form_tends_to_both_divergences(temperature):
    z, teacher = RANDOM.normal(size=(2, 5, 4))
    log_q, log_p = log_softmax(z / temperature), log_softmax(teacher / temperature)
    small = 1e-7
    forward = generalised_jsd_loss(z, teacher, beta=small, temperature=temperature) / small
    reverse = generalised_jsd_loss(z, teacher, beta=1 - small, temperature=temperature) / small
    assert float(forward) == pytest.approx(float(kl_divergence(log_q, np.exp(log_p))), rel=1e-5)
    assert float(reverse) == pytest.approx(float(kl_divergence(log_p, np.exp(log_q))), rel=1e-5)


def test_the_factor_keeps_the_gradients_size():
    z, teacher = RANDOM.normal(size=(2, 5, 4))
    slopes = [gradient(distillation_loss, z, teacher, temperature=t) for t in (100.0, 1000.0)]
    z, teacher = (each - each.mean(axis=-1, keepdims=True) for each in (z, teacher))
    for slope in slopes:
        np.testing.assert_allclose(slope, (z - teacher) / 4, atol=0.05)


# --- soft-DTW ---


def test_soft_dtw_of_a_series_and_itself_is_negative_and_the_divergence_0():
    x = RANDOM.normal(size=(6, 2))
    assert float(soft_dtw(x, x, gamma=1.0)) < 0
    assert float(soft_dtw_divergence(x, x, gamma=1.0)) == 0


def test_a_series_is_no_resting_place_of_soft_dtw_to_itself_and_one_of_the_divergence():
    x = torch.tensor(RANDOM.normal(size=(6, 1)))
    for loss, still in ((soft_dtw, False), (soft_dtw_divergence, True)):
        moved = x.clone().requires_grad_()
        loss(moved, x).backward()
        assert (moved.grad.abs().max() < 1e-10) == still


def test_the_divergence_can_be_negative():
    """Two lines, one above the other: Z itself, of positive numbers only, says so too."""
    x = 1.2 * np.arange(50.0)[:, None]
    y = x + 0.6
    assert float(soft_dtw_divergence(x, y, gamma=1.0)) == pytest.approx(-0.944, abs=1e-3)

    def ways(a, b):
        z = np.zeros((len(a) + 1, len(b) + 1))
        z[0, 0] = 1
        for i, j in product(range(len(a)), range(len(b))):
            z[i + 1, j + 1] = math.exp(-float((a[i, 0] - b[j, 0]) ** 2)) * (z[i, j] + z[i, j + 1] + z[i + 1, j])
        return z[-1, -1]

    assert ways(x, y) > 2 * math.sqrt(ways(x, x) * ways(y, y))


# --- a linear layer in front ---


@pytest.mark.parametrize("strip", [2, None])
def test_linear_cross_entropy_is_that_of_the_product_with_its_z_loss(strip):
    hidden, weight, y = RANDOM.normal(size=(2, 3, 4)), RANDOM.normal(size=(5, 4)), RANDOM.integers(5, size=(2, 3))
    found = linear_cross_entropy(hidden, weight, y, z_weight=0.1, label_smoothing=0.2, strip=strip)
    assert float(found) == pytest.approx(
        float(token_cross_entropy(hidden @ weight.T, y, z_weight=0.1, label_smoothing=0.2)), rel=1e-12
    )
    assert float(linear_cross_entropy(hidden, weight, y)) == pytest.approx(float(cross_entropy(hidden @ weight.T, y)), rel=1e-12)


# --- what is out of place ---

Z, Y = np.zeros((2, 4, 3)), np.ones((2, 2), dtype=np.int64)
BAD = {
    "three axes for a transducer": (lambda: transducer_loss(Z[0], Y[0]), "logits must have shape (…, T, U + 1, C)"),
    "no room for a transducer's labels": (lambda: transducer_loss(np.zeros((2, 4, 2, 3)), Y), "y must have shape (…, U) beside logits"),
    "a batch of another size": (lambda: ctc_loss(Z, Y[:1]), "y must have shape (…, U) beside logits (…, T, C): got y (1, 2)"),
    "a length for each step": (lambda: ctc_loss(Z, Y, lengths=Y), "lengths must have shape (2,), a number for each sequence, got (2, 2)"),
    "a length beyond T": (lambda: ctc_loss(Z, Y, lengths=np.asarray([4, 5])), "lengths must lie between 0 and 4, got 5 at index (1,)"),
    "no steps for a transducer": (
        lambda: transducer_loss(np.zeros((2, 4, 3, 3)), Y, lengths=np.asarray([0, 1])),
        "lengths must lie between 1 and 4, got 0 at index (0,)",
    ),
    "the blank among the labels": (
        lambda: ctc_loss(Z, 0 * Y),
        "y must be a class from 0 to 2 other than the blank, 0, got 0 at index (0, 0)",
    ),
    "a series without steps": (lambda: soft_dtw(np.zeros((0, 1)), np.zeros((2, 1))), "x must have shape (…, steps, D)"),
    "other vectors": (lambda: soft_dtw(np.zeros((2, 1)), np.zeros((2, 2))), "x and y must be alike but for their number of steps"),
    "no candidates": (lambda: minimum_risk_loss(np.zeros(0), np.zeros(0)), "log_probs must have shape (…, K) with at least one candidate"),
    "a single class": (lambda: unlikelihood_loss(np.zeros((2, 1)), np.zeros((2, 1), dtype=bool)), "logits must have at least two classes"),
    "a mask of the classes": (
        lambda: token_cross_entropy(Z, np.ones((2, 4), dtype=np.int64), mask=Z == 0),
        "mask must have shape (2, 4), got (2, 4, 3)",
    ),
    "β at its end": (lambda: generalised_jsd_loss(Z, Z, beta=1.0), "beta must be a number between 0 and 1, got 1.0"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "says"), BAD.values(), ids=BAD)
def test_what_is_out_of_place_is_named(call, says):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value).startswith(says)


def test_traced_what_would_be_refused_becomes_nan_for_its_sequence_alone():
    z, y = jnp.asarray(RANDOM.normal(size=(3, 4, 3))), jnp.asarray([[1, 2], [0, 2], [1, 2]])
    values = jax.jit(lambda lengths: ctc_loss(z, y, lengths=lengths, reduction="none"))(jnp.asarray([4, 4, 5]))
    assert np.isfinite(values[0]) and np.isnan(values[1]) and np.isnan(values[2])
