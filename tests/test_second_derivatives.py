"""Second derivatives where a loss has a kink, or a formula written down as it stands has one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from inputs import by_case

import lossbook as lb
from lossbook.checks import example, given_as

ZERO = [0.0]
ONE = [1.0, 2.0]
# At each place: the loss, its inputs, and its second derivative in the first of them: in closed form where there is
# one, and that of one side where the slope has a corner.
PLACES = {
    "L1, perfect": (lb.l1_loss, [ZERO, ZERO], {}, [[0]]),
    "L2, perfect": (lb.mse_loss, [ZERO, ZERO], {}, [[2]]),
    "Lp at p = 1, perfect": (lb.lp_loss, [ZERO, ZERO], {"p": 1.0}, [[0]]),
    "Lp at p = 2, perfect": (lb.lp_loss, [ZERO, ZERO], {"p": 2.0}, [[2]]),
    "Lp at p = 3, perfect": (lb.lp_loss, [ZERO, ZERO], {"p": 3.0}, [[0]]),
    "Lp at p = 3, at 2": (lb.lp_loss, [[2.0], ZERO], {"p": 3.0}, [[12]]),
    "Huber, perfect": (lb.huber_loss, [ZERO, ZERO], {}, [[1]]),
    "Huber, at δ": (lb.huber_loss, [[2.0], ZERO], {"delta": 2.0}, [[1]]),
    "Huber, beyond δ": (lb.huber_loss, [[3.0], ZERO], {"delta": 2.0}, [[0]]),
    "smooth L1, perfect": (lb.smooth_l1_loss, [ZERO, ZERO], {"beta": 2.0}, [[0.5]]),
    "smooth L1, at β": (lb.smooth_l1_loss, [[-2.0], ZERO], {"beta": 2.0}, [[0.5]]),
    "smooth L1 at β = 0, perfect": (lb.smooth_l1_loss, [ZERO, ZERO], {"beta": 0.0}, [[0]]),
    "binary cross-entropy, undecided": (lb.binary_cross_entropy_with_logits, [ZERO, [1.0]], {}, [[0.25]]),
    "binary cross-entropy, soft and undecided": (lb.binary_cross_entropy_with_logits, [ZERO, [0.5]], {}, [[0.25]]),
    "hinge, at the margin": (lb.hinge_loss, [[1.0], [1]], {}, [[0]]),
    "squared hinge, at the margin": (lb.squared_hinge_loss, [[1.0], [1]], {}, [[2]]),
    "multiclass hinge, at the margin": (lb.multiclass_hinge_loss, [[2.0, 1.0], 0], {}, [[0, 0], [0, 0]]),
    "cross-entropy, undecided": (lb.cross_entropy, [[0.0, 0.0], 0], {}, [[0.25, -0.25], [-0.25, 0.25]]),
    "contrastive, alike in one place": (lb.contrastive_loss, [ZERO, [1]], {}, [[2]]),
    "contrastive, at the margin": (lb.contrastive_loss, [[1.0], [0]], {}, [[2]]),
    "distance, in one place": (lb.euclidean_distance, [ONE, ONE], {}, [[0, 0], [0, 0]]),
    "cosine, from nowhere": (lb.cosine_similarity, [[0.0, 0.0], ONE], {}, [[0, 0], [0, 0]]),
    "angle, in one place": (lb.angle, [ONE, ONE], {}, [[0, 0], [0, 0]]),
    "triplet of squares, in one place": (lb.triplet_margin_loss, [ONE, ONE, ONE], {"squared": True}, [[0, 0], [0, 0]]),
    "triplet, in one place": (lb.triplet_margin_loss, [ONE, ONE, ONE], {}, [[0, 0], [0, 0]]),
    "Normal KL, at its least": (lambda v: lb.normal_kl(0 * v, v), [[0.0, 0.0]], {}, [[0.5, 0], [0, 0.5]]),
    "gradient penalty, of nothing": (lb.gradient_penalty, [[0.0, 0.0]], {}, [[0, 0], [0, 0]]),
    "gradient penalty at ν = 0, of nothing": (lb.gradient_penalty, [[0.0, 0.0]], {"target": 0.0}, [[2, 0], [0, 2]]),
    "Dice, both masks empty": (lambda q, y: lb.dice_loss(q[None], y[None]), [[0.0, 0.0], [0.0, 0.0]], {}, [[0, 0], [0, 0]]),
    "IoU, two points in one place": (lb.iou_loss, [[0.0] * 4, [0.0] * 4], {}, np.zeros((4, 4))),
    "CIoU, two points in one place": (lb.ciou_loss, [[0.0] * 4, [0.0] * 4], {}, np.zeros((4, 4))),
    "gradient penalty, of the right length": (lb.gradient_penalty, [[0.6, 0.8]], {}, [[0.72, 0.96], [0.96, 1.28]]),
    "TD, at its target": (lb.td_loss, [ZERO, ZERO, ZERO], {}, [[2]]),
    "expectile, too high": (lb.expectile_loss, [ONE[:1], ZERO], {"level": 0.75}, [[0.5]]),
    "quantile TD at κ = 0, at the sample": (lb.quantile_td_loss, [ZERO, ZERO], {"kappa": 0.0}, [[0]]),
    "quantile TD, within κ": (lb.quantile_td_loss, [ONE[:1], ZERO], {"kappa": 2.0}, [[0.25]]),
    "PPO, where nothing has moved": (lb.ppo_loss, [ZERO, ZERO, [2.0]], {}, [[-2]]),
    "PPO, beyond the bound": (lb.ppo_loss, [[1.0], ZERO, [2.0]], {}, [[0]]),
}  # fmt: skip


def twice_backward(f, x):
    x.requires_grad_()
    (slope,) = torch.autograd.grad(f(x), x, create_graph=True)
    if not slope.requires_grad:  # it is a constant
        return np.zeros((slope.numel(), slope.numel()))
    rows = [torch.autograd.grad(each, x, retain_graph=True, allow_unused=True, materialize_grads=True)[0] for each in slope]
    return torch.stack(rows).numpy()


WAYS = {
    "torch, backward twice": (torch.tensor, twice_backward),
    "torch.func": (torch.tensor, lambda f, x: torch.func.hessian(f)(x).numpy(force=True)),
    "jax": (jnp.asarray, lambda f, x: jax.hessian(f)(x)),
    "jax, jit": (jnp.asarray, lambda f, x: jax.jit(jax.hessian(f))(x)),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("place", PLACES)
def test_the_second_derivative_is_the_closed_form(place, way):
    function, fed, settings, expected = PLACES[place]
    make, hessian = WAYS[way]
    first, *rest = [make(np.asarray(each)) for each in fed]
    np.testing.assert_allclose(hessian(lambda x: function(x, *rest, **settings).sum(), first), expected, atol=1e-12)


@by_case
def test_no_coincidence_poisons_a_gradient_penalty(loss, settings):
    """Numbers that are all 0, vectors that coincide in nowhere: beside others, in one batch."""
    fed = [np.array(each) for each in example(loss, shape=(3,), seed=1)]
    for kind, each in zip(loss.kinds, fed, strict=True):
        if not (kind.few or kind.shared or kind.refused):
            each[0] = 0.0
    tensors, made = given_as(torch.tensor, fed, settings)
    x = tensors[0].requires_grad_()
    (slope,) = torch.autograd.grad(loss(*tensors, reduction="sum", **made), x, create_graph=True)
    if slope.requires_grad:
        (slope * slope).sum().backward()
        assert torch.all(torch.isfinite(x.grad)), x.grad
