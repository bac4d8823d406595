"""Gradients: first and second ones where a loss is smooth, the chapters' own at kinks, finite ones at the limits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from inputs import CASE_IDS, CASES, moving, of_dtype

import lossbook as lb
from lossbook.checks import example, given_as

by_case = pytest.mark.parametrize(("loss", "settings"), CASES, ids=CASE_IDS)


def of_moving(loss, fed, settings, reduction="none"):
    """Return the loss as a function of what moves, and what moves."""
    positions = moving(loss)

    def function(*moved):
        given = list(fed)
        for position, value in zip(positions, moved, strict=True):
            given[position] = value
        return loss.function(*given, reduction=reduction, **settings)

    return function, [fed[position] for position in positions]


@by_case
def test_first_and_second_derivatives_are_those_of_the_loss(loss, settings):
    """At random places, where every loss is smooth: the kinks are lines and points."""
    tensors, made = given_as(torch.tensor, example(loss, shape=(2, 2), seed=1), settings)
    function, moved = of_moving(loss, tensors, made)
    for each in moved:
        each.requires_grad_()
    assert torch.autograd.gradcheck(function, moved)
    assert torch.autograd.gradgradcheck(function, moved, atol=1e-4)


@by_case
def test_every_way_to_a_gradient_gives_the_same(loss, settings):
    """autograd, torch.func.grad, vmap of it, torch.compile of it, jax.grad: of the sum over a batch."""
    fed = example(loss, shape=(3, 4), seed=2)
    tensors, made = given_as(torch.tensor, fed, settings)
    function, moved = of_moving(loss, tensors, made, "sum")
    all_of = tuple(range(len(moved)))
    for each in moved:
        each.requires_grad_()
    plain = torch.autograd.grad(function(*moved), moved)
    moved = [each.detach() for each in moved]

    in_func = torch.func.grad(function, argnums=all_of)(*moved)
    torch.compiler.reset()
    compiled = torch.compile(torch.func.grad(function, argnums=all_of), fullgraph=True, backend="aot_eager")(*moved)

    def one(*each):
        return torch.func.grad(lambda *first: loss.function(*first, *each[len(first) :], reduction="sum", **made))(*each[:1])

    shared = tuple(None if kind == "proxies" else 0 for kind in loss.inputs)
    mapped = torch.vmap(one, in_dims=shared)(*tensors[:0], *[each.detach() for each in tensors])

    arrays, in_jax = given_as(jnp.asarray, fed, settings)
    function, moved = of_moving(loss, arrays, in_jax, "sum")
    from_jax = jax.jit(jax.grad(function, argnums=all_of))(*moved)

    for slopes in (in_func, compiled, [mapped], from_jax):
        for right, slope in zip(plain, slopes, strict=False):
            np.testing.assert_allclose(np.asarray(slope), right.numpy(), rtol=1e-9, atol=1e-11)


# At a kink: the loss, its inputs, and the slope in the first of them that the chapter names.
ONE = [[1.0, 2.0]]
KINKS = {
    "L1, perfect": (lb.l1_loss, [[0.0], [0.0]], {}, [0]),
    "Lp at p = 1, perfect": (lb.lp_loss, [[0.0], [0.0]], {"p": 1.0}, [0]),
    "Lp at p = 1.5, perfect": (lb.lp_loss, [[0.0], [0.0]], {"p": 1.5}, [0]),
    "Huber, at δ": (lb.huber_loss, [[2.0, -2.0], [0.0, 0.0]], {"delta": 2.0}, [2, -2]),
    "smooth L1 at β = 0, perfect": (lb.smooth_l1_loss, [[0.0], [0.0]], {"beta": 0.0}, [0]),
    "smooth L1, at β": (lb.smooth_l1_loss, [[2.0, -2.0], [0.0, 0.0]], {"beta": 2.0}, [1, -1]),
    "hinge, at the margin": (lb.hinge_loss, [[1.0, -1.0], [1, -1]], {}, [-1, 1]),
    "squared hinge, at the margin": (lb.squared_hinge_loss, [[1.0, -1.0], [1, -1]], {}, [0, 0]),
    "multiclass hinge, at the margin": (lb.multiclass_hinge_loss, [[[2.0, 1.0, 0.0]], [0]], {}, [[-1, 1, 0]]),
    "contrastive, at the margin": (lb.contrastive_loss, [[1.0], [0]], {}, [0]),
    "triplet, all in one place": (lb.triplet_margin_loss, [ONE, ONE, ONE], {}, [[0, 0]]),
    "triplet of squares, all in one place": (lb.triplet_margin_loss, [ONE, ONE, ONE], {"squared": True}, [[0, 0]]),
    "angular triplet, all in one place": (lb.angular_triplet_loss, [ONE, ONE, ONE], {}, [[0, 0]]),
    "angular, all in one place": (lb.angular_loss, [ONE, ONE, ONE], {}, [[0, 0]]),
}


@pytest.mark.parametrize("place", KINKS)
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64], ids=str)
def test_the_slope_at_a_kink_is_the_chapters(place, dtype):
    function, fed, settings, slope = KINKS[place]
    fed = [torch.tensor(each, dtype=dtype if isinstance(np.ravel(each)[0], np.floating) else None) for each in fed]
    first = fed[0].requires_grad_()
    function(*fed, reduction="sum", **settings).backward()
    np.testing.assert_allclose(first.grad.double().numpy(), slope, atol=2 * float(torch.finfo(dtype).eps))


# How far a prediction may be out, in float16 too.
FAR = {
    "real": [0.0, 1e4],
    "logit": [0.0, 20.0, 2e4],
    "logits": [0.0, 20.0, 1e4],
    "score": [0.0, 1.0, 2e4],
    "scores": [0.0, 1.0, 2e4],
}


@by_case
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32], ids=str)
def test_gradients_are_finite_wherever_the_loss_is(loss, settings, dtype):
    """Far out and at 0, alike and opposite: where a formula written down as it stands gives NaN."""
    fed = example(loss, shape=(12,), seed=3)
    random = np.random.default_rng(4)

    def extreme(kind, value):
        if kind in FAR:
            return random.choice([*FAR[kind], *[-far for far in FAR[kind]]], size=value.shape)
        if kind == "distance":
            return random.choice([0.0, 1.0, 200.0], size=value.shape)
        if kind in ("embedding", "negatives", "proxies"):
            return random.choice([0.0, 1.0, -1.0, 8.0], size=value.shape)
        if kind == "log-probabilities":
            return np.where(value == value.max(axis=-1, keepdims=True), 0.0, -2e4)
        if kind == "probability":
            return np.where(value > 0.5, 1.0, 2.0**-14)
        if kind == "probabilities":
            return np.where(value == value.max(axis=-1, keepdims=True), 1.0, 0.0)
        return value

    extremes = [extreme(kind, each) for kind, each in zip(loss.inputs, fed, strict=True)]

    tensors, made = given_as(of_dtype(torch.tensor, dtype), extremes, settings)
    function, moved = of_moving(loss, tensors, made)
    for each in moved:
        each.requires_grad_()
    values = function(*moved)
    finite = torch.isfinite(values)
    assert finite.any()
    for slope in torch.autograd.grad(values[finite].sum(), moved):
        slope = slope if len(slope) != len(finite) else slope[finite]
        assert torch.all(torch.isfinite(slope)), slope
