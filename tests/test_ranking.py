"""What is the losses for an order's own: lists in which nothing is compared, items that are not there, long lists in half precision."""

from math import log

import numpy as np
import pytest
import torch

import lossbook as lb
from lossbook import ranking

RANDOM = np.random.default_rng(0)
OF_LISTS = [getattr(lb, name) for name in ranking.__all__]
by_loss = pytest.mark.parametrize("loss", OF_LISTS, ids=lambda loss: loss.__name__)

# Nothing to compare: the grades of a list, and which of its items are there.
NOTHING = [([1, 1, 1], [True] * 3), ([0, 0, 0], [True] * 3), ([2, 1, 0], [False] * 3), ([2, 1, 1], [False, True, True])]


@by_loss
@pytest.mark.parametrize(("grades", "mask"), NOTHING)
def test_a_list_with_nothing_to_compare_costs_nothing_and_counts_in_the_mean(loss, grades, mask):
    scores = torch.tensor([[0.5, -1.0, 2.0]] * 2, dtype=torch.float64, requires_grad=True)
    relevance, mask = torch.tensor([[2, 1, 0], grades]), torch.tensor([[True] * 3, mask])
    none = loss(scores, relevance, mask=mask, reduction="none")
    assert none[0] != 0 and none[1] == 0
    torch.testing.assert_close(loss(scores, relevance, mask=mask), none[0] / 2)
    (slope,) = torch.autograd.grad(none.sum(), scores)
    assert slope[0].any() and not slope[1].any()


@by_loss
@pytest.mark.parametrize("grades", [[2, 1, 0], [1, 1, 1]])
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
    assert lb.pairwise_logistic_loss(np.zeros(6), np.asarray([0, 0, 3, 1, 0, 2])) == pytest.approx(log(2))


@by_loss
def test_lists_that_do_not_fit_are_named(loss):
    with pytest.raises(ValueError, match=r"^scores must have shape \(…, N\) with at least one item, got \(2, 0\)"):
        loss(np.zeros((2, 0)), np.zeros((2, 0)))
    with pytest.raises(ValueError, match=r"^mask must have shape \(2, 3\), got \(3,\)"):
        loss(np.zeros((2, 3)), np.zeros((2, 3)), mask=np.ones(3, dtype=bool))
    with pytest.raises(TypeError, match=r"^mask must be of a boolean dtype, got float64"):
        loss(np.zeros((2, 3)), np.zeros((2, 3)), mask=np.ones((2, 3)))
