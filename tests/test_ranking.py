"""What is the losses for an order's own: orders counted one by one, the measure beside scikit-learn's, lists in which nothing is compared."""

from itertools import permutations
from math import log, log2

import numpy as np
import pytest
import torch
from sklearn.metrics import ndcg_score

import lossbook as lb
from lossbook import ranking

RANDOM = np.random.default_rng(0)
OF_LISTS = [getattr(lb, name) for name in ranking.__all__ if name not in ("sampled_softmax_loss", "ndcg")]
by_loss = pytest.mark.parametrize("loss", OF_LISTS, ids=lambda loss: loss.__name__)


def test_the_probabilities_of_all_orders_of_five_sum_to_one():
    scores = RANDOM.normal(size=5) * 3
    orders = [np.asarray(order, float) for order in permutations(range(5))]
    total = sum(np.exp(-lb.list_mle_loss(scores, order)) for order in orders)
    assert len(orders) == 120 and total == pytest.approx(1, abs=1e-12)


def test_equal_grades_stand_in_the_order_given():
    scores = np.asarray([0.3, -1.0, 2.0])
    assert lb.list_mle_loss(scores, np.asarray([1, 1, 0])) == lb.list_mle_loss(scores, np.asarray([2, 1, 0]))


# Nothing to compare: the loss, and what is its list without.
OF_PAIRS = (lb.pairwise_logistic_loss, lb.pairwise_hinge_loss, lb.lambda_rank_loss)
NOTHING = [
    *((loss, grades, None) for loss in OF_PAIRS for grades in ([1, 1, 1], [0, 0, 0])),
    *((loss, [2, 1, 1], [False, True, True]) for loss in OF_PAIRS),
    *((lb.warp_loss, grades, None) for grades in ([1, 2, 1], [0, 0, 0])),
    *((loss, [0, 0, 0], None) for loss in (lb.listwise_softmax_loss, lb.approx_ndcg_loss)),
    *((loss, [2, 1, 0], [False] * 3) for loss in OF_LISTS),
]


@pytest.mark.parametrize(("loss", "grades", "mask"), NOTHING)
def test_a_list_with_nothing_to_compare_costs_nothing_and_counts_in_the_mean(loss, grades, mask):
    scores = torch.tensor([[0.5, -1.0, 2.0]] * 2, dtype=torch.float64, requires_grad=True)
    relevance = torch.tensor([[2, 1, 0], grades])
    mask = torch.tensor([[True] * 3, mask or [True] * 3])
    none = loss(scores, relevance, mask=mask, reduction="none")
    assert none[0] != 0 and none[1] == 0
    torch.testing.assert_close(loss(scores, relevance, mask=mask), none[0] / 2)
    (slope,) = torch.autograd.grad(none.sum(), scores)
    assert slope[0].any() and not slope[1].any()


@by_loss
def test_grades_all_alike_are_a_list_all_the_same(loss):
    """Where the formula has no pairs, it holds."""
    value = loss(np.asarray([0.5, -1.0, 2.0]), np.asarray([1, 1, 1]))
    assert (value == 0) == (loss in (*OF_PAIRS, lb.warp_loss))


@by_loss
@pytest.mark.parametrize("grades", [[2, 1, 0], [1, 1, 1], [0, 0, 0]])
def test_a_nan_makes_its_own_list_nan_and_no_other(loss, grades):
    scores = torch.tensor([[0.5, -1.0, 2.0], [0.5, float("nan"), 2.0]], requires_grad=True)
    values = loss(scores, torch.tensor([[2, 1, 0], grades]), reduction="none")
    assert torch.isnan(values).tolist() == [False, True]
    (slope,) = torch.autograd.grad(values[0], scores)
    assert torch.isfinite(slope[0]).all() and slope[0].any()


@by_loss
def test_relevance_below_0_counts_only_where_the_item_is_there(loss):
    scores, relevance = np.zeros((1, 3)), np.asarray([[1.0, -1.0, 0.0]])
    with pytest.raises(ValueError, match=r"^relevance must be a finite number of at least 0, got -1 at index \(0, 1\)"):
        loss(scores, relevance)
    assert np.isfinite(loss(scores, relevance, mask=np.asarray([[True, False, True]])))


@by_loss
def test_float16_holds_lists_of_two_thousand(loss):
    """Numbers of pairs, and sums over a list, are beyond it."""
    scores, relevance = RANDOM.normal(size=(2, 2000)), RANDOM.integers(0, 4, size=(2, 2000))
    ours = loss(torch.tensor(scores, dtype=torch.float16), torch.tensor(relevance))
    assert ours.dtype == torch.float16
    np.testing.assert_allclose(float(ours), float(loss(scores, relevance)), rtol=2e-3)


def test_the_value_at_a_blind_guess():
    scores, relevance = np.zeros(6), np.asarray([0, 0, 0, 1, 0, 0])
    assert lb.pairwise_logistic_loss(scores, relevance) == pytest.approx(log(2))
    assert lb.pairwise_logistic_loss(scores, np.asarray([0, 0, 3, 1, 0, 2])) == pytest.approx(log(2))
    assert lb.pairwise_hinge_loss(scores, relevance) == 1
    assert lb.listwise_softmax_loss(scores, relevance) == pytest.approx(log(6))
    assert lb.list_mle_loss(scores, relevance) == pytest.approx(log(720))
    assert lb.warp_loss(scores, relevance) == pytest.approx(1 + 1 / 2 + 1 / 3 + 1 / 4 + 1 / 5)


def test_the_weights_are_constants_to_the_gradient():
    """WARP's and LambdaRank's: the slope is that of the pairs, each times its weight."""
    scores = torch.tensor([0.3, 0.0, -0.4], dtype=torch.float64, requires_grad=True)
    relevance = torch.tensor([0, 1, 0])
    lb.warp_loss(scores, relevance).backward()
    np.testing.assert_allclose(scores.grad, 1.5 * np.asarray([0.5, -1, 0.5]))
    scores.grad = None
    lb.lambda_rank_loss(scores, relevance).backward()
    up, down = (1 - 1 / log2(3)) / (1 + np.exp(-0.3)), (1 / log2(3) - 1 / 2) / (1 + np.exp(0.4))
    np.testing.assert_allclose(scores.grad, [up, -up - down, down])


# --- each loss of one list, by plain loops ---


def pairs_of(grades):
    return [(i, j) for i in range(len(grades)) for j in range(len(grades)) if grades[i] > grades[j]]


def mean(costs):
    return sum(costs) / max(1, len(costs))


def in_order(items, keys):
    """Items by falling keys, equal ones as they come."""
    return sorted(items, key=lambda i: -keys[i])


def pairwise_logistic(scores, grades):
    return mean([np.log1p(np.exp(scores[j] - scores[i])) for i, j in pairs_of(grades)])


def pairwise_hinge(scores, grades):
    return mean([max(0, 1 - scores[i] + scores[j]) for i, j in pairs_of(grades)])


def warp(scores, grades):
    costs = []
    for i in np.flatnonzero(grades > 0):
        short = [1 - scores[i] + scores[j] for j in np.flatnonzero(grades == 0) if 1 - scores[i] + scores[j] > 0]
        costs.append(sum(1 / k for k in range(1, len(short) + 1)) * mean(short))
    return mean(costs)


def softmax_beside(weights, scores):
    return sum(-p / max(1e-9, sum(weights)) * (s - np.log(sum(np.exp(scores)))) for p, s in zip(weights, scores, strict=True))


def list_mle(scores, grades):
    order = in_order(range(len(scores)), grades)
    return sum(np.log(sum(np.exp(scores[order[place:]]))) - scores[i] for place, i in enumerate(order))


def best_gain(grades, k=None):
    return sum((2.0**grade - 1) / log2(1 + place) for place, grade in enumerate(sorted(grades, reverse=True)[:k], 1))


def lambda_rank(scores, grades, k=None):
    rank = {i: place for place, i in enumerate(in_order(range(len(scores)), scores), 1)}
    discount = {i: 1 / log2(1 + rank[i]) if k is None or rank[i] <= k else 0 for i in rank}
    return sum(
        abs((2.0 ** grades[i] - 2.0 ** grades[j]) * (discount[i] - discount[j])) * np.log1p(np.exp(scores[j] - scores[i]))
        / best_gain(grades, k)
        for i, j in pairs_of(grades)
    )  # fmt: skip


def approx_ndcg(scores, grades):
    if not any(grades):
        return 0
    ranks = [1 + sum(1 / (1 + np.exp((s - other) / 0.1)) for other in scores) - 0.5 for s in scores]
    return 1 - sum((2.0**grade - 1) / log2(1 + rank) for grade, rank in zip(grades, ranks, strict=True)) / best_gain(grades)


BY_LOOPS = {
    lb.pairwise_logistic_loss: pairwise_logistic,
    lb.pairwise_hinge_loss: pairwise_hinge,
    lb.warp_loss: warp,
    lb.list_net_loss: lambda scores, grades: softmax_beside(np.exp(grades), scores),
    lb.listwise_softmax_loss: lambda scores, grades: softmax_beside(grades, scores),
    lb.list_mle_loss: list_mle,
    lb.lambda_rank_loss: lambda_rank,
    lb.approx_ndcg_loss: approx_ndcg,
}


@by_loss
def test_a_loss_is_what_plain_loops_make_of_the_items_that_are_there(loss):
    random = np.random.default_rng(1)
    # Whole numbers: scores tie, and so do grades.
    scores, relevance = random.integers(-2, 3, size=(40, 6)) / 2, random.integers(0, 3, size=(40, 6))
    mask = random.random(size=(40, 6)) < 0.7
    ours = loss(np.where(mask, scores, np.nan), np.where(mask, relevance, 9), mask=mask, reduction="none")
    told = [BY_LOOPS[loss](s[m], r[m]) if m.any() else 0 for s, r, m in zip(scores, relevance, mask, strict=True)]
    np.testing.assert_allclose(ours, told, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("k", [1, 3, 6, 100])
def test_a_place_beyond_k_counts_for_nothing(k):
    scores, relevance = RANDOM.normal(size=(20, 6)), RANDOM.integers(0, 4, size=(20, 6))
    told = [lambda_rank(s, r, k) for s, r in zip(scores, relevance, strict=True)]
    np.testing.assert_allclose(lb.lambda_rank_loss(scores, relevance, k=k, reduction="none"), told, rtol=1e-12)


# --- the measure, the limits ---


@pytest.mark.parametrize("k", [None, 1, 3, 10])
@pytest.mark.parametrize("levels", [2, 50])
def test_ndcg_is_scikit_learns_of_the_gains(k, levels):
    """It shares the places of equal scores evenly, too."""
    scores, relevance = RANDOM.integers(0, levels, size=(40, 7)).astype(float), RANDOM.integers(0, 4, size=(40, 7))
    relevance[:, 0] = 1
    told = [ndcg_score(2.0 ** r[None] - 1, s[None], k=k) for s, r in zip(scores, relevance, strict=True)]
    np.testing.assert_allclose(lb.ndcg(scores, relevance, k=k), told, rtol=1e-12)


def test_ndcg_of_a_mask_is_that_of_the_items_left():
    scores, relevance = RANDOM.normal(size=(20, 6)), RANDOM.integers(0, 4, size=(20, 6))
    mask = RANDOM.random(size=(20, 6)) < 0.7
    ours = lb.ndcg(np.where(mask, scores, np.nan), np.where(mask, relevance, -1), mask=mask)
    told = [lb.ndcg(s[m], r[m]) if m.any() else 1 for s, r, m in zip(scores, relevance, mask, strict=True)]
    np.testing.assert_allclose(ours, told, rtol=1e-12)


def test_ndcg_of_nothing_relevant_is_1_and_takes_grades_of_any_size():
    assert lb.ndcg(np.asarray([3.0, 1.0]), np.asarray([0, 0])) == 1
    assert lb.ndcg(np.asarray([3.0, 1.0]), np.asarray([0, 1])) == pytest.approx(1 / log2(3))
    assert lb.ndcg(np.asarray([3.0, 1.0]), np.asarray([0.0, 1e30])) == pytest.approx(1 / log2(3))
    assert lb.ndcg(np.asarray([3.0, 1.0]), np.asarray([0.0, 1e-30])) == pytest.approx(1 / log2(3))


def test_the_approximation_becomes_the_measure_as_the_temperature_falls():
    scores, relevance = RANDOM.permutation(np.tile(np.arange(8.0), (30, 1)), axis=1), RANDOM.integers(0, 4, size=(30, 8))
    exact = 1 - lb.ndcg(scores, relevance)
    apart = [
        np.abs(lb.approx_ndcg_loss(scores, relevance, temperature=t, reduction="none") - exact).max() for t in (1, 0.3, 0.1, 0.03)
    ]
    assert apart[0] > apart[1] > apart[2] > apart[3] and apart[3] < 1e-12


def test_the_correction_turns_a_sample_into_the_full_softmax():
    """Sampled in proportion to q, the corrected sum over the sample is on average that over all."""
    random = np.random.default_rng(0)
    scores, q = random.normal(size=50), random.dirichlet(np.full(50, 5.0))
    drawn = random.choice(50, size=(200, 5000), p=q)
    corrected = np.exp(scores[drawn] - np.log(q[drawn])).mean(axis=-1)
    assert corrected.mean() == pytest.approx(np.exp(scores).sum(), rel=5e-3)
    # Of all items, each once, with one chance for all: the softmax itself.
    even = np.full(50, -log(50))
    ours = lb.sampled_softmax_loss(scores[0], scores[1:], positive_log_q=even[0], negative_log_q=even[1:])
    assert ours == pytest.approx(float(lb.cross_entropy(scores, np.asarray(0))))


BAD = [
    ({"negative_log_q": None}, "negative_log_q is missing: give both log q, or neither"),
    ({"positive_log_q": None}, "positive_log_q is missing: give both log q, or neither"),
    (
        {"negatives": np.zeros((2, 0))},
        r"negatives must have the shape of positive and a last axis of at least one number: got .*\(2, 0\)",
    ),
    ({"negatives": np.zeros((3, 4))}, r"negatives must have the shape of positive .*: got negatives \(3, 4\), positive \(2,\)"),
    (
        {"negative_log_q": np.zeros((2, 3))},
        r"log q must have the shapes of the scores: .*negative_log_q \(2, 3\), negatives \(2, 4\)",
    ),
]


@pytest.mark.parametrize(("change", "says"), BAD)
def test_a_sample_that_does_not_fit_is_named(change, says):
    fed = {
        "positive": np.zeros(2),
        "negatives": np.zeros((2, 4)),
        "positive_log_q": np.zeros(2),
        "negative_log_q": np.zeros((2, 4)),
    }
    with pytest.raises(ValueError, match=f"^{says}"):
        lb.sampled_softmax_loss(**{**fed, **change})


@by_loss
def test_lists_that_do_not_fit_are_named(loss):
    with pytest.raises(ValueError, match=r"^scores must have shape \(…, N\) with at least one item, got \(2, 0\)"):
        loss(np.zeros((2, 0)), np.zeros((2, 0)))
    with pytest.raises(ValueError, match=r"^mask must have shape \(2, 3\), got \(3,\)"):
        loss(np.zeros((2, 3)), np.zeros((2, 3)), mask=np.ones(3, dtype=bool))
    with pytest.raises(TypeError, match=r"^mask must be of a boolean dtype, got float64"):
        loss(np.zeros((2, 3)), np.zeros((2, 3)), mask=np.ones((2, 3)))
