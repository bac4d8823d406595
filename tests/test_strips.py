"""Losses worked through in strips: the same values and gradients, and no array of all rows with all candidates."""

import functools
import inspect
import math

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from test_distance import Largest
from torch.nn import functional

import lossbook
from lossbook import (
    cross_entropy, info_nce_loss, linear_cross_entropy, n_pair_loss, pairwise_hinge_loss, pairwise_logistic_loss,
    proxy_nca_loss, proxy_softmax_loss,
)  # fmt: skip

RANDOM = np.random.default_rng(0)
ANCHOR, POSITIVE = RANDOM.normal(size=(2, 2, 7, 4))
NEGATIVES, CLASSES = RANDOM.normal(size=(2, 7, 3, 4)), RANDOM.normal(size=(5, 4))
Y = RANDOM.integers(0, 5, size=(2, 7))
MASK = np.arange(14).reshape(2, 7) % 3 != 1
LISTS = RANDOM.normal(size=(2, 14)), RANDOM.integers(0, 4, size=(2, 14))
THERE = RANDOM.random(size=(2, 14)) < 0.8

# Every loss that takes strips: its inputs by position, and those by name.
IN_STRIPS = {
    "n_pair_loss, in batch": (n_pair_loss, (ANCHOR, POSITIVE), {}),
    "n_pair_loss": (n_pair_loss, (ANCHOR, POSITIVE, NEGATIVES), {}),
    "info_nce_loss, in batch": (info_nce_loss, (ANCHOR, POSITIVE), {}),
    "info_nce_loss": (info_nce_loss, (ANCHOR, POSITIVE, NEGATIVES), {"temperature": np.asarray(0.3)}),
    "proxy_softmax_loss": (proxy_softmax_loss, (ANCHOR, Y, CLASSES), {}),
    "proxy_nca_loss": (proxy_nca_loss, (ANCHOR, Y, CLASSES), {}),
    "pairwise_logistic_loss": (pairwise_logistic_loss, LISTS, {}),
    "pairwise_logistic_loss, masked": (pairwise_logistic_loss, LISTS, {"mask": THERE}),
    "pairwise_hinge_loss": (pairwise_hinge_loss, LISTS, {"margin": np.asarray(0.3), "mask": THERE}),
    "linear_cross_entropy": (linear_cross_entropy, (ANCHOR, CLASSES, Y), {}),
    "linear_cross_entropy, all": (
        linear_cross_entropy,
        (ANCHOR, CLASSES, Y),
        {"bias": RANDOM.normal(size=5), "mask": MASK, "label_smoothing": np.asarray(0.2)},
    ),
}
by_loss = pytest.mark.parametrize(("loss", "fed", "named"), IN_STRIPS.values(), ids=IN_STRIPS)
by_reduction = pytest.mark.parametrize("reduction", ["none", "sum", "mean"])


def made(make, fed, named):
    return [make(each) for each in fed], {name: make(value) for name, value in named.items()}


def test_every_loss_that_takes_strips_is_here():
    taking = {name for name in lossbook.__all__ if "strip" in inspect.signature(getattr(lossbook, name)).parameters}
    assert taking == {loss.__name__ for loss, _, _ in IN_STRIPS.values()}


@by_loss
@pytest.mark.parametrize("make", [np.asarray, torch.tensor, array_api_strict.asarray], ids=["numpy", "torch", "strict"])
def test_strips_leave_the_value_as_it_is(loss, fed, named, make):
    arrays, others = made(make, fed, named)
    for reduction in ("none", "sum", "mean"):
        expected = loss(*arrays, **others, strip=None, reduction=reduction)
        for strip in (1, 3, 7, 1000):
            found = loss(*arrays, **others, strip=strip, reduction=reduction)
            assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
            np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=1e-12, atol=1e-13)


@by_loss
@by_reduction
def test_strips_leave_every_gradient_as_it_is(loss, fed, named, reduction):
    def gradients(strip):
        arrays, others = made(torch.tensor, fed, named)
        moved = [each.requires_grad_() for each in [*arrays, *others.values()] if each.is_floating_point()]
        values = loss(*arrays, **others, strip=strip, reduction=reduction)
        # Each value weighs something else.
        upstream = torch.arange(1.0, values.numel() + 1, dtype=torch.float64).reshape(values.shape)
        return torch.autograd.grad(values, moved, upstream)

    expected = gradients(None)
    for strip in (1, 4):
        for slope, right in zip(gradients(strip), expected, strict=True):
            np.testing.assert_allclose(slope, right, rtol=1e-11, atol=1e-13)


@by_loss
def test_strips_leave_the_gradient_of_some_inputs_as_it_is(loss, fed, named):
    """Where not all move: the gradient of each one alone."""
    arrays, others = made(torch.tensor, fed, named)
    names = [*inspect.signature(loss).parameters][: len(arrays)]
    every = {**dict(zip(names, arrays, strict=True)), **others}
    for name in (name for name, value in every.items() if value.is_floating_point()):
        slopes = []
        for strip in (None, 4):
            moved = every[name].clone().requires_grad_()
            slopes += torch.autograd.grad(loss(**{**every, name: moved}, strip=strip), moved)
        np.testing.assert_allclose(slopes[1], slopes[0], rtol=1e-11, atol=1e-13)


@by_loss
def test_jax_compiles_and_differentiates_strips(loss, fed, named):
    arrays, others = made(jnp.asarray, fed, named)
    places = tuple(i for i, each in enumerate(arrays) if each.dtype == jnp.float64)

    @functools.partial(jax.jit, static_argnums=0)
    def traced(strip, *each):
        slopes = jax.grad(lambda *each: loss(*each, **others, strip=strip), argnums=places)(*each)
        return slopes, [loss(*each, **others, strip=strip, reduction=reduction) for reduction in ("none", "sum", "mean")]

    for found, right in zip(jax.tree.leaves(traced(4, *arrays)), jax.tree.leaves(traced(None, *arrays)), strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-11, atol=1e-13)


def test_jax_takes_second_derivatives_through_strips():
    def hessian(strip):
        loss = functools.partial(n_pair_loss, positive=jnp.asarray(POSITIVE[0, :3]), strip=strip)
        return jax.jit(jax.hessian(loss))(jnp.asarray(ANCHOR[0, :3]))

    np.testing.assert_allclose(hessian(2), hessian(None), rtol=1e-9, atol=1e-11)


@by_loss
@pytest.mark.parametrize("reduction", ["none", "mean"])
def test_torch_says_where_strips_cannot_go(loss, fed, named, reduction):
    """No wrong second derivative, and no gradient that is silently missing."""
    arrays, others = made(torch.tensor, fed, named)
    first = arrays[0].requires_grad_()
    value = loss(*arrays, **others, strip=3, reduction=reduction).sum()
    with pytest.raises(NotImplementedError, match="second derivatives cannot go through strips: leave strip out"):
        torch.autograd.grad(value, first, create_graph=True)
    with pytest.raises(NotImplementedError, match="torch.func cannot work in strips: leave strip out"):
        torch.func.grad(lambda each: loss(each, *arrays[1:], **others, strip=3, reduction="sum"))(first.detach())
    compiled = torch.compile(lambda each: loss(each, *arrays[1:], **others, strip=3), fullgraph=True, backend="eager")
    with pytest.raises(Exception, match="cannot work in strips: leave strip out"):
        compiled(first.detach())
    # With strips as large as the batch nothing is cut, and all of it works.
    torch.autograd.grad(loss(*arrays, **others, strip=14).sum(), first, create_graph=True)


def test_no_array_is_larger_than_a_strip_of_scores():
    anchor, positive = (torch.randn(512, 8, requires_grad=True) for _ in range(2))
    classes, y = torch.randn(300, 8, requires_grad=True), torch.arange(512) % 300
    for compute, largest in (
        (lambda: info_nce_loss(anchor, positive, strip=16), 16 * 512),
        (lambda: n_pair_loss(anchor, positive, strip=16, reduction="none").sum(), 16 * 512),
        (lambda: proxy_softmax_loss(anchor, y, classes, strip=16), 16 * 300),
        (lambda: linear_cross_entropy(anchor, classes, y, strip=16), 16 * 300),
    ):
        with Largest() as seen:
            compute().backward()
        assert seen.numbers == largest


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_half_precision_adds_up_in_float32(dtype):
    """Added up in bfloat16, 2048 losses of 10.8 would stop growing long before their sum."""
    random = torch.Generator().manual_seed(0)
    hidden, weight = torch.randn(2048, 16, generator=random), torch.randn(5000, 16, generator=random)
    y = torch.randint(5000, (2048,), generator=random)
    hidden, weight = (each.to(dtype).requires_grad_() for each in (hidden, weight))
    exact_h, exact_w = (each.detach().double().requires_grad_() for each in (hidden, weight))
    value, exact = linear_cross_entropy(hidden, weight, y, strip=8), cross_entropy(exact_h @ exact_w.T, y)
    eps = torch.finfo(dtype).eps
    assert value.dtype == dtype and value.item() == pytest.approx(exact.item(), rel=2 * eps)
    value.backward()
    exact.backward()
    for each, right in ((hidden, exact_h), (weight, exact_w)):
        assert each.grad.dtype == dtype
        error = (each.grad.double() - right.grad).norm() / right.grad.norm()
        assert error < 4 * eps


def test_jax_adds_up_half_precision_in_float32():
    hidden, weight = (RANDOM.normal(size=(size, 16)).astype(jnp.bfloat16) for size in (2048, 500))
    y = RANDOM.integers(0, 500, size=2048)

    def slope(dtype):
        arrays = [jnp.asarray(each).astype(dtype) for each in (hidden, weight)]
        return np.asarray(
            jax.grad(lambda h, w: linear_cross_entropy(h, w, jnp.asarray(y), strip=8), argnums=1)(*arrays), np.float64
        )

    exact = slope(jnp.float64)
    assert np.linalg.norm(slope(jnp.bfloat16) - exact) / np.linalg.norm(exact) < 0.03


# --- the linear layer ---


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("strip", [None, 5])
def test_linear_cross_entropy_is_that_of_the_product(smoothing, strip):
    bias = RANDOM.normal(size=5)
    expected = cross_entropy(ANCHOR @ CLASSES.T + bias, Y, label_smoothing=smoothing, reduction="none")
    found = linear_cross_entropy(ANCHOR, CLASSES, Y, bias=bias, label_smoothing=smoothing, strip=strip, reduction="none")
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    counted = linear_cross_entropy(ANCHOR, CLASSES, Y, bias=bias, mask=MASK, label_smoothing=smoothing, strip=strip)
    assert float(counted) == pytest.approx(expected[MASK].mean(), rel=1e-12)


def test_linear_cross_entropy_is_pytorchs():
    hidden, weight, y = (torch.tensor(each) for each in (ANCHOR.reshape(14, 4), CLASSES, Y.ravel()))
    expected = functional.linear_cross_entropy(hidden, weight, y)
    assert float(linear_cross_entropy(hidden, weight, y, strip=3)) == pytest.approx(float(expected), rel=1e-12)


@pytest.mark.parametrize("strip", [None, 4])
@pytest.mark.parametrize("make", [np.asarray, torch.tensor, jnp.asarray], ids=lambda make: make.__module__)
def test_what_is_masked_reaches_neither_value_nor_gradient(strip, make):
    dirty = make(np.where(MASK[..., None], ANCHOR, np.nan)), make(CLASSES), make(np.where(MASK, Y, -100))
    clean = make(ANCHOR), make(CLASSES), make(Y)
    for reduction in ("none", "sum", "mean"):
        found, right = (
            np.asarray(linear_cross_entropy(*fed, mask=make(MASK), strip=strip, reduction=reduction)) for fed in (dirty, clean)
        )
        np.testing.assert_allclose(found, right, rtol=1e-12)
        assert reduction != "none" or np.all(found[~MASK] == 0)
    if make is torch.tensor:
        slopes = []
        for hidden, weight, y in (dirty, clean):
            moved = hidden.requires_grad_(), weight.requires_grad_()
            slopes.append(torch.autograd.grad(linear_cross_entropy(*moved, y, mask=make(MASK), strip=strip), moved))
        for slope, right in zip(*slopes, strict=True):
            np.testing.assert_allclose(slope, right, rtol=1e-12, atol=1e-14)
        assert np.all(slopes[0][0].numpy()[~MASK] == 0)


@pytest.mark.parametrize("strip", [None, 4])
@pytest.mark.parametrize("make", [np.asarray, torch.tensor], ids=["numpy", "torch"])
def test_where_nothing_counts_there_is_a_sum_and_no_mean(strip, make):
    fed = [make(each) for each in (ANCHOR, CLASSES, Y)]
    nothing = make(np.zeros_like(MASK))
    assert float(linear_cross_entropy(*fed, mask=nothing, strip=strip, reduction="sum")) == 0
    with pytest.raises(ValueError, match="sum of the batch's weights must be positive for reduction='mean', got 0"):
        linear_cross_entropy(*fed, mask=nothing, strip=strip)


# --- bad input ---


@by_loss
@pytest.mark.parametrize(
    ("bad", "error", "says"),
    [
        (0, ValueError, "strip must be at least 1, got 0"),
        (-3, ValueError, "strip must be at least 1, got -3"),
        (2.0, TypeError, "strip must be a whole number, or None, got float: 2.0"),
        (True, TypeError, "strip must be a whole number, or None, got bool: True"),
        ("all", TypeError, "strip must be a whole number, or None, got str: 'all'"),
    ],
)
def test_a_strip_that_is_no_number_of_rows_is_named(loss, fed, named, bad, error, says):
    with pytest.raises(error, match=says):
        loss(*fed, **named, strip=bad)


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"weight": CLASSES[:, :3]}, ValueError, r"got weight \(5, 3\), hidden \(2, 7, 4\)"),
        ({"weight": CLASSES[0]}, ValueError, r"got weight \(4,\), hidden \(2, 7, 4\)"),
        ({"weight": CLASSES[:0]}, ValueError, r"at least one class .* got weight \(0, 4\)"),
        ({"weight": CLASSES.astype(int)}, TypeError, "weight must be of a real floating-point dtype, got int64"),
        ({"y": Y + 1}, ValueError, "y must be a class from 0 to 4, got 5"),
        ({"y": Y[0]}, ValueError, r"y must have the shape of hidden .* got y \(7,\), hidden \(2, 7, 4\)"),
        ({"y": 1.0 * Y}, TypeError, "y must hold class labels of an integer dtype, got float64"),
        ({"bias": np.ones(4)}, ValueError, r"bias must have shape \(5,\), one number for each class, got \(4,\)"),
        ({"bias": [0.0] * 5}, TypeError, "bias must be an array, got list"),
        ({"mask": MASK[0]}, ValueError, r"mask must have shape \(2, 7\), got \(7,\)"),
        ({"mask": 1.0 * MASK}, TypeError, "mask must be of a boolean dtype, got float64"),
        ({"mask": MASK.tolist()}, TypeError, "mask must be an array, got list"),
        ({"label_smoothing": 1.5}, ValueError, r"label_smoothing must be a number in \[0, 1\], got 1.5"),
        ({"reduction": "average"}, ValueError, "reduction must be one of .* got 'average'"),
    ],
)
@pytest.mark.parametrize("strip", [None, 3])
def test_what_does_not_fit_is_named(change, error, says, strip):
    with pytest.raises(error, match=says):
        linear_cross_entropy(**{"hidden": ANCHOR, "weight": CLASSES, "y": Y, "strip": strip, **change})


def test_a_blind_layer_costs_log_c():
    assert float(linear_cross_entropy(ANCHOR, 0 * CLASSES, Y)) == pytest.approx(math.log(5))
