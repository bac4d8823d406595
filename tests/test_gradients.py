"""Gradients: first and second ones where a loss is smooth, the chapters' own at kinks, finite ones at the limits."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from inputs import by_case, by_loss, cases, of_dtype

import lossbook as lb
from lossbook.checks import example, given_as, hyperparameters


def of_moving(loss, fed, settings, reduction="none"):
    """Return the loss as a function of what moves, and what moves."""

    def function(*moved):
        given = list(fed)
        for position, value in zip(loss.moving, moved, strict=True):
            given[position] = value
        return loss(*given, reduction=reduction, **settings)

    return function, [fed[position] for position in loss.moving]


@cases(lambda loss, settings: not loss.shares and loss.held is None)
def test_first_and_second_derivatives_are_those_of_the_loss(loss, settings, request):
    """At random places, where every loss is smooth: the kinks are lines and points."""
    tensors, made = given_as(torch.tensor, example(loss, shape=(2, 2), seed=1), settings)
    function, moved = of_moving(loss, tensors, made)
    for each in moved:
        each.requires_grad_()
    # Along a random direction; in every one with --deep.
    fast = not request.config.getoption("deep")
    assert torch.autograd.gradcheck(function, moved, fast_mode=fast)
    assert not loss.twice or torch.autograd.gradgradcheck(function, moved, atol=1e-4, fast_mode=fast)


@cases(lambda loss, settings: loss.shares)
def test_what_is_held_back_leaves_a_share_of_the_derivatives(loss, settings):
    """In each input alone: across inputs, what one holds back is constant to the other."""
    fed = example(loss, shape=(2, 2), seed=1)
    tensors, made = given_as(torch.tensor, fed, settings)
    for i in loss.moving:
        share, direction, step = loss.share(i, settings), np.random.default_rng(2).normal(size=fed[i].shape), 1e-3

        def along(t, i=i, direction=direction):
            moved = [*tensors[:i], tensors[i] + t * torch.tensor(direction), *tensors[i + 1 :]]
            return loss(*moved, reduction="sum", **made)

        left, middle, right = (along(side * step).item() for side in (-1, 0, 1))
        t = torch.zeros((), dtype=torch.float64, requires_grad=True)
        (slope,) = torch.autograd.grad(along(t), t, create_graph=True)
        bend = torch.autograd.grad(slope, t)[0] if slope.requires_grad else 0.0
        expected = [(right - left) / (2 * step), (right - 2 * middle + left) / step**2]
        np.testing.assert_allclose([slope.item(), float(bend)], share * np.asarray(expected), rtol=1e-6, atol=1e-7)


@cases(lambda loss, settings: loss.held is not None)
def test_what_is_held_has_no_part_in_the_derivatives(loss, settings):
    """The first one is that of the loss with this part held at what it is there; and so is the second."""
    tensors, made = given_as(torch.tensor, example(loss, shape=(2, 2), seed=1), settings)
    near = loss.around([each.clone() for each in tensors])
    for i in loss.moving:
        tensors[i].requires_grad_()
    moved = [tensors[i] for i in loss.moving]
    assert torch.autograd.gradcheck(of_moving(near, tensors, made)[0], moved)
    bends = []
    for each in (loss, near):
        slopes = torch.autograd.grad(each(*tensors, reduction="none", **made).sum(), moved, create_graph=True)
        direction = sum((slope * slope).sum() for slope in slopes)
        bends.append((*slopes, *torch.autograd.grad(direction, moved)))
    for ours, expected in zip(*bends, strict=True):
        torch.testing.assert_close(ours, expected, rtol=1e-10, atol=1e-12)


def at_every_setting(loss, make, fed):
    """Return the sums of the losses at all settings, mixed into one number, as a function of what moves, and what moves.

    One trace then serves all settings; the factors keep any two of them from cancelling.
    """
    settings = [given_as(make, fed, each)[1] for each in hyperparameters(loss)]
    fed = [make(each) for each in fed]
    functions = [of_moving(loss, fed, each, "sum")[0] for each in settings]
    factors = [1 + math.sqrt(2 + i) for i in range(len(functions))]

    def mixed(*moved):
        return sum(factor * each(*moved) for factor, each in zip(factors, functions, strict=True))

    return mixed, [fed[position] for position in loss.moving]


@by_loss
def test_every_way_to_a_gradient_gives_the_same(loss):
    """autograd, torch.func.grad, vmap of it, torch.compile of it, jax.grad: of the sum over a batch."""
    fed = example(loss, shape=(3, 4), seed=2)
    function, moved = at_every_setting(loss, torch.tensor, fed)
    all_of = tuple(range(len(moved)))
    for each in moved:
        each.requires_grad_()
    plain = torch.autograd.grad(function(*moved), moved)
    moved = [each.detach() for each in moved]

    in_func = torch.func.grad(function, argnums=all_of)(*moved)
    torch.compiler.reset()
    compiled = torch.compile(torch.func.grad(function, argnums=all_of), fullgraph=True, backend="aot_eager")(*moved)

    function, moved = at_every_setting(loss, jnp.asarray, fed)
    from_jax = jax.jit(jax.grad(function, argnums=all_of))(*moved)

    for slopes in (in_func, compiled, from_jax):
        for right, slope in zip(plain, slopes, strict=True):
            np.testing.assert_allclose(np.asarray(slope), right.numpy(), rtol=1e-9, atol=1e-11)


@by_case
def test_a_gradient_for_each_example_is_that_of_the_sum(loss, settings):
    tensors, made = given_as(torch.tensor, example(loss, shape=(3, 4), seed=2), settings)

    def one(*each):
        return torch.func.grad(lambda *first: loss(*first, *each[len(first) :], reduction="sum", **made))(*each[:1])

    shared = tuple(None if kind.shared else 0 for kind in loss.kinds)
    function, moved = of_moving(loss, tensors, made, "sum")
    of_sum = torch.func.grad(function)(*moved)
    np.testing.assert_allclose(torch.vmap(one, in_dims=shared)(*tensors), of_sum, rtol=1e-9, atol=1e-11)


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
    "hinge GAN, at the margin": (lb.hinge_discriminator_loss, [[1.0], [-1.0]], {}, [-1]),
    "gradient penalty, of nothing": (lb.gradient_penalty, [[[0.0, 0.0]]], {}, [[0, 0]]),
    "gradient penalty at ν = 0, of nothing": (lb.gradient_penalty, [[[0.0, 0.0]]], {"target": 0.0}, [[0, 0]]),
    "Dice, both masks empty": (lb.dice_loss, [[[0.0, 0.0]], [[0.0, 0.0]]], {}, [[0, 0]]),
    "Jaccard, both masks empty": (lb.jaccard_loss, [[[0.0, 0.0]], [[0.0, 0.0]]], {}, [[0, 0]]),
    "Tversky, both masks empty": (lb.tversky_loss, [[[0.0, 0.0]], [[0.0, 0.0]]], {}, [[0, 0]]),
    "Tversky at γ = ½, perfect": (lb.tversky_loss, [[[1.0, 0.0]], [[1.0, 0.0]]], {"gamma": 0.5}, [[0, 0]]),
    "Lovász hinge, at the margin": (lb.lovasz_hinge_loss, [[1.0, -1.0], [1, 0]], {}, [-1, 0]),
    "IoU, boxes that touch": (lb.iou_loss, [[0.0, 0.0, 1.0, 1.0], [1.0, 0.0, 2.0, 1.0]], {}, [0, 0, -0.5, 0]),
    "CIoU, two points in one place": (lb.ciou_loss, [[0.0] * 4, [0.0] * 4], {}, [0, 0, 0, 0]),
    "Chamfer, in one place": (lb.chamfer_loss, [[[1.0, 2.0]], [[1.0, 2.0]]], {}, [[0, 0]]),
    "expectile, perfect": (lb.expectile_loss, [[1.0], [1.0]], {}, [0]),
    "quantile TD at κ = 0, at the sample": (lb.quantile_td_loss, [[[1.0]], [[1.0]]], {"kappa": 0.0}, [[0]]),
    "quantile TD, at κ": (lb.quantile_td_loss, [[[2.0]], [[0.0]]], {"kappa": 2.0}, [[0.5]]),
    "PPO, where nothing has moved": (lb.ppo_loss, [[-1.0, -1.0], [-1.0, -1.0], [2.0, -2.0]], {}, [-2, 2]),
}


@pytest.mark.parametrize("place", KINKS)
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64], ids=str)
def test_the_slope_at_a_kink_is_the_chapters(place, dtype):
    function, fed, settings, slope = KINKS[place]
    fed = [torch.tensor(each, dtype=dtype if isinstance(np.ravel(each)[0], np.floating) else None) for each in fed]
    first = fed[0].requires_grad_()
    function(*fed, reduction="sum", **settings).backward()
    np.testing.assert_allclose(first.grad.double().numpy(), slope, atol=2 * float(torch.finfo(dtype).eps))


@by_case
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32], ids=str)
def test_gradients_are_finite_wherever_the_loss_is(loss, settings, dtype):
    """Far out and at 0, alike and opposite: where a formula written down as it stands gives NaN."""
    fed = example(loss, shape=(12,), seed=3)
    random = np.random.default_rng(4)
    extremes = [kind.far(random, each) for kind, each in zip(loss.kinds, fed, strict=True)]

    tensors, made = given_as(of_dtype(torch.tensor, dtype), extremes, settings)
    function, moved = of_moving(loss, tensors, made)
    for each in moved:
        each.requires_grad_()
    values = function(*moved)
    finite = torch.isfinite(values)
    assert finite.any()
    # At some settings, not all that moves is read.
    slopes = torch.autograd.grad(values[finite].sum(), moved, allow_unused=True, materialize_grads=True)
    for i, slope in zip(loss.moving, slopes, strict=True):
        assert torch.all(torch.isfinite(slope if loss.kinds[i].shared else slope[finite])), slope
