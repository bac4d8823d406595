"""What the classification losses promise beyond the laws: limits, extremes, reductions, shapes."""

import re

import numpy as np
import pytest
import torch
from torch.nn import functional

import lossbook as lb

EXTREMES = torch.tensor([-1e4, -200.0, -20.0, 0.0, 20.0, 200.0, 1e4])
ONES = torch.ones(7)


def value_and_gradient(function, logits, *arguments, **settings):
    logits = logits.clone().requires_grad_()
    values = function(logits, *arguments, reduction="none", **settings)
    values.sum().backward()
    return values.detach().double().numpy(), logits.grad.double().numpy()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64], ids=str)
def test_binary_cross_entropy_is_right_at_extreme_logits(dtype):
    values, slopes = value_and_gradient(lb.binary_cross_entropy_with_logits, EXTREMES.to(dtype), ONES.to(dtype))
    z = EXTREMES.to(dtype).double().numpy()
    tiny = 10 * float(torch.finfo(dtype).tiny)
    rtol = 4 * float(torch.finfo(dtype).eps)
    np.testing.assert_allclose(values, np.logaddexp(0, -z), rtol=rtol, atol=tiny)
    np.testing.assert_allclose(slopes, -np.exp(-np.logaddexp(0, z)), rtol=rtol, atol=tiny)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64], ids=str)
def test_cross_entropy_is_right_at_extreme_logits(dtype):
    logits = torch.stack([EXTREMES, torch.zeros(7)], dim=-1).to(dtype)
    values, slopes = value_and_gradient(lb.cross_entropy, logits, torch.zeros(7, dtype=torch.int64))
    z = EXTREMES.to(dtype).double().numpy()
    eps = float(torch.finfo(dtype).eps)
    np.testing.assert_allclose(values, np.logaddexp(0, -z), rtol=4 * eps, atol=eps)
    np.testing.assert_allclose(slopes[:, 0], -np.exp(-np.logaddexp(0, z)), rtol=4 * eps, atol=eps)


@pytest.mark.parametrize("gamma", [0.0, 0.1, 0.5, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64], ids=str)
def test_focal_has_finite_gradients_where_the_answer_is_certain(gamma, dtype):
    z = EXTREMES.to(dtype)
    for values, slopes in (
        value_and_gradient(lb.sigmoid_focal_loss, z, ONES.to(dtype), gamma=gamma),
        value_and_gradient(lb.focal_loss, torch.stack([z, 0 * z], -1), torch.zeros(7, dtype=torch.int64), gamma=gamma),
    ):
        assert np.all(np.isfinite(values)) and np.all(np.isfinite(slopes))
        assert values[-1] == 0 and np.all(slopes[-1] == 0)


def test_focal_at_gamma_zero_is_cross_entropy_to_the_last_bits_that_both_keep():
    generator = torch.Generator().manual_seed(0)
    logits, y = torch.randn(1000, 5, generator=generator) * 10, torch.randint(5, (1000,), generator=generator)
    focal, cross_entropy = lb.focal_loss(logits, y, gamma=0, reduction="none"), lb.cross_entropy(logits, y, reduction="none")
    torch.testing.assert_close(focal, cross_entropy, rtol=1e-6, atol=2e-7)
    exact = lb.focal_loss(logits.double(), y, gamma=0, reduction="none")
    assert torch.all((focal - exact).abs() <= 1e-5 * exact)
    z, soft = logits[:, 0], torch.rand(1000, generator=generator)
    assert torch.equal(
        lb.sigmoid_focal_loss(z, soft, gamma=0, reduction="none"),
        lb.binary_cross_entropy_with_logits(z, soft, reduction="none"),
    )


def test_focal_of_a_certain_answer_keeps_its_order_of_magnitude():
    """Through 1 − sigmoid(z) it would be stuck at 0 from a logit of 17 on."""
    z = np.asarray([20.0, 30.0], dtype=np.float32)
    exact = np.exp(-z.astype(np.float64)) ** 3  # (1 − q)² · (1 − q), nearly
    np.testing.assert_allclose(lb.sigmoid_focal_loss(z, np.ones_like(z), reduction="none"), exact, rtol=1e-5)


def test_zero_times_log_zero_is_zero_and_leaves_no_nan():
    q = torch.tensor([0.0, 1.0, 0.0, 1.0], requires_grad=True)
    y = torch.tensor([0.0, 1.0, 1.0, 0.0], requires_grad=True)
    losses = lb.binary_cross_entropy(q, y, reduction="none")
    assert losses.tolist() == [0, 0, float("inf"), float("inf")]
    losses[:2].sum().backward()
    assert q.grad[:2].tolist() == [1, -1]
    assert torch.all(torch.isfinite(y.grad[:2]))


def test_kl_of_the_impossible():
    log_q = torch.tensor([[0.0, -torch.inf], [0.0, -torch.inf]], requires_grad=True)
    p = torch.tensor([[1.0, 0.0], [0.5, 0.5]])
    losses = lb.kl_divergence(log_q, p, reduction="none")
    assert losses.tolist() == [0, float("inf")]
    losses[0].backward()
    assert log_q.grad.tolist() == [[-1, 0], [0, 0]]


def test_a_masked_class_costs_nothing_where_the_target_rules_it_out():
    logits = torch.tensor([[1.0, 2.0, -torch.inf]], requires_grad=True)
    soft = torch.tensor([[0.25, 0.75, 0.0]])
    loss = lb.cross_entropy(logits, soft)
    loss.backward()
    assert loss.item() == pytest.approx(functional.cross_entropy(logits[:, :2], soft[:, :2]).item())
    assert torch.all(torch.isfinite(logits.grad))


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_weighted_reductions_are_pytorchs(reduction, smoothing):
    generator = torch.Generator().manual_seed(1)
    logits, weight = torch.randn(6, 4, 3, generator=generator), torch.tensor([0.5, 1.0, 4.0])
    hard = torch.randint(3, (6, 4), generator=generator)
    soft = torch.softmax(torch.randn(6, 4, 3, generator=generator), -1)
    settings = {"weight": weight, "label_smoothing": smoothing, "reduction": reduction}
    for y, theirs in ((hard, hard), (soft, soft.movedim(-1, 1))):
        expected = functional.cross_entropy(logits.movedim(-1, 1), theirs, **settings)
        torch.testing.assert_close(lb.cross_entropy(logits, y, **settings), expected)


def test_pos_weight_may_differ_from_column_to_column():
    generator = torch.Generator().manual_seed(2)
    logits, y, weight = (
        torch.randn(5, 3, generator=generator),
        torch.rand(5, 3, generator=generator),
        torch.tensor([1.0, 2.0, 9.0]),
    )
    expected = functional.binary_cross_entropy_with_logits(logits, y, pos_weight=weight)
    torch.testing.assert_close(lb.binary_cross_entropy_with_logits(logits, y, pos_weight=weight), expected)
    with pytest.raises(ValueError, match=r"^pos_weight must have shape \(3,\), .* got \(5,\)"):
        lb.binary_cross_entropy_with_logits(logits, y, pos_weight=torch.ones(5))
    with pytest.raises(TypeError, match="^pos_weight must be an array, got str"):
        lb.binary_cross_entropy_with_logits(logits, y, pos_weight="2")


def test_a_batch_of_weight_zero_has_no_mean():
    log_probs, y, weight = np.log(np.full((2, 3), 1 / 3)), np.asarray([0, 0]), np.asarray([0.0, 1.0, 1.0])
    assert lb.nll_loss(log_probs, y, weight=weight, reduction="sum") == 0
    for function in (lb.nll_loss, lb.cross_entropy):
        with pytest.raises(ValueError, match="the sum of the batch's weights must be positive for reduction='mean', got 0"):
            function(log_probs, y, weight=weight)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64])
@pytest.mark.parametrize("make", [np.asarray, torch.tensor], ids=["numpy", "torch"])
def test_labels_may_be_of_any_integer_dtype(dtype, make):
    scores, y, weight = np.random.default_rng(0).normal(size=(5, 3)), np.asarray([0, 1, 2, 1, 0]), np.asarray([1.0, 2.0, 3.0])
    for function, settings in (
        (lb.nll_loss, {"weight": weight}), (lb.cross_entropy, {"weight": weight}),
        (lb.focal_loss, {"alpha": weight}), (lb.multiclass_hinge_loss, {}),
    ):  # fmt: skip
        made = function(make(scores), make(y.astype(dtype)), **{name: make(value) for name, value in settings.items()})
        np.testing.assert_allclose(made, function(scores, y, **settings))


@pytest.mark.parametrize("function", [lb.nll_loss, lb.cross_entropy, lb.focal_loss, lb.multiclass_hinge_loss])
def test_a_single_example_needs_no_batch_axis(function):
    scores = np.asarray([0.5, -1.0, 2.0])
    assert function(scores, np.int64(1)) == function(scores[None], np.asarray([1]))
    with pytest.raises(ValueError, match="^y must be a class from 0 to 2, got 3$"):
        function(scores, np.int64(3))


@pytest.mark.parametrize("name", ["nll_loss", "cross_entropy", "focal_loss", "multiclass_hinge_loss"])
@pytest.mark.parametrize("shape", [(), (4, 0)])
def test_scores_without_classes_are_named(name, shape):
    with pytest.raises(ValueError, match=rf"with at least one class, got {re.escape(str(shape))}$"):
        getattr(lb, name)(np.zeros(shape), np.zeros(shape[:-1], dtype=np.int64))


def test_one_class_leaves_nothing_to_learn():
    scores, y = torch.randn(4, 1, requires_grad=True), torch.zeros(4, dtype=torch.int64)
    for function in (lb.cross_entropy, lb.focal_loss, lb.multiclass_hinge_loss):
        loss = function(scores, y)
        assert loss == 0
        (slope,) = torch.autograd.grad(loss, scores)
        assert torch.all(slope == 0)


def test_float_labels_are_told_what_is_due():
    with pytest.raises(
        TypeError,
        match=r"class labels of an integer dtype, or probabilities in the shape of logits \(4, 3\): got float64 of shape \(4,\)",
    ):
        lb.cross_entropy(np.zeros((4, 3)), np.zeros(4))


def test_targets_of_half_precision_may_sum_to_one_as_well_as_they_can():
    third = torch.full((2, 3), 1 / 3)
    for dtype in (torch.float16, torch.bfloat16, torch.float32):
        loss = lb.cross_entropy(torch.zeros(2, 3, dtype=dtype), third.to(dtype))
        assert loss.item() == pytest.approx(np.log(3), rel=1e-2)


def test_rows_of_float32_may_sum_to_one_but_for_rounding():
    logits, third = np.zeros((1, 3), dtype=np.float32), np.full((1, 3), 1 / 3)
    assert lb.cross_entropy(logits, (third * (1 + 2e-4)).astype(np.float32)) == pytest.approx(np.log(3), rel=1e-3)
    with pytest.raises(ValueError, match=r"each row of y must sum to 1, got 1.001 at index \(0,\)"):
        lb.cross_entropy(logits, (third * (1 + 1e-3)).astype(np.float32))


def test_weights_of_many_axes_are_those_of_the_last():
    with pytest.raises(ValueError, match=r"^weight must have shape \(4,\), one weight for each class, got \(3,\)"):
        lb.cross_entropy(np.zeros((2, 3, 4)), np.zeros((2, 3), dtype=int), weight=np.ones(3))


def test_the_logistic_loss_lies_above_the_hinge_and_meets_it_in_both_tails():
    z, yes = np.linspace(-60, 60, 2401), np.ones(2401)
    above = lb.binary_cross_entropy_with_logits(z - 1, yes, reduction="none") - lb.hinge_loss(z, yes, reduction="none")
    assert np.all(above >= 0) and above.max() == pytest.approx(np.log(2)) and z[above.argmax()] == 1
    assert above[0] < 1e-12 and above[-1] < 1e-12
