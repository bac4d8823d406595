"""What the losses for distributions make of single inputs: plain loops, digits, gradients in closed form, and what is refused."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from inputs import Compilations

from lossbook import (
    elbo_loss, flow_nll_loss, gradient_penalty, iwae_loss, normal_kl, vector_quantisation_loss, wasserstein_critic_loss,
)  # fmt: skip

RANDOM = np.random.default_rng(0)
MEAN, LOG_VARIANCE = RANDOM.normal(size=(2, 4, 3))


# --- plain loops ---


def test_the_bounds_are_sums_over_latent_numbers():
    kl = [
        sum((m * m + math.exp(v) - 1 - v) / 2 for m, v in zip(means, log_variances, strict=True))
        for means, log_variances in zip(MEAN, LOG_VARIANCE, strict=True)
    ]
    np.testing.assert_allclose(normal_kl(MEAN, LOG_VARIANCE, reduction="none"), kl, rtol=1e-13)
    costs = RANDOM.normal(size=4)
    found = elbo_loss(costs, MEAN, LOG_VARIANCE, beta=0.3, reduction="none")
    np.testing.assert_allclose(found, [cost + 0.3 * each for cost, each in zip(costs, kl, strict=True)], rtol=1e-13)
    weights = [-math.log(sum(map(math.exp, row)) / 3) for row in MEAN]
    np.testing.assert_allclose(iwae_loss(MEAN, reduction="none"), weights, rtol=1e-13)


def test_a_flow_s_likelihood_is_a_product_of_densities():
    for z, log_det in zip(MEAN, (-1.0, 0.0, 0.5, 2.0), strict=True):
        density = math.prod(math.exp(-number * number / 2) / math.sqrt(2 * math.pi) for number in z) * math.exp(log_det)
        assert flow_nll_loss(z, np.asarray(log_det)) == pytest.approx(-math.log(density), rel=1e-12)


def test_at_beta_0_a_variance_beyond_all_numbers_costs_nothing():
    log_variance = torch.tensor([[800.0, 0.0]], requires_grad=True)
    loss = elbo_loss(torch.tensor([1.5]), torch.zeros(1, 2), log_variance, beta=0.0)
    loss.backward()
    assert float(loss) == 1.5
    assert log_variance.grad.tolist() == [[0.0, 0.0]]


# --- digits ---

SINGLE = [(np.asarray, np.float32), (torch.tensor, torch.float32), (jnp.asarray, jnp.float32)]


@pytest.mark.parametrize(("make", "dtype"), SINGLE, ids=["numpy", "torch", "jax"])
@pytest.mark.parametrize("v", [1e-2, -1e-2, 1e-3, -1e-3])
def test_normal_kl_near_0_keeps_digits(make, dtype, v):
    exact = v * v / 4 * (1 + v / 3 + v * v / 12)
    v32 = make([v], dtype=dtype)
    assert float(normal_kl(0 * v32, v32)) == pytest.approx(exact, rel=5e-4)
    # Written down as it stands, it is off by more than that.
    naive = (np.exp(np.float32(v)) - 1 - np.float32(v)) / 2
    assert float(naive) != pytest.approx(exact, rel=5e-4)


@pytest.mark.parametrize("make", [lambda x: np.asarray(x, np.float16), lambda x: torch.tensor(x, dtype=torch.float16)])
def test_sums_over_many_numbers_of_half_precision_are_made_in_single(make):
    ones = make(np.ones((1, 30_000)))
    tolerance = {"rel": 1e-3}
    assert float(normal_kl(ones, 0 * ones)) == pytest.approx(15_000, **tolerance)
    assert float(elbo_loss(0 * ones[:, 0], ones, 0 * ones)) == pytest.approx(15_000, **tolerance)
    assert float(flow_nll_loss(ones, 0 * ones[:, 0])) == pytest.approx(15_000 * (1 + math.log(2 * math.pi)), **tolerance)
    assert float(vector_quantisation_loss(ones, 0 * ones)) == pytest.approx(37_500, **tolerance)
    assert float(gradient_penalty(ones)) == pytest.approx((math.sqrt(30_000) - 1) ** 2, **tolerance)
    assert float(iwae_loss(ones)) == -1


@pytest.mark.parametrize(
    ("dtype", "size", "target"),
    [(torch.float16, 100.0, 10.0), (torch.float16, 1e-6, 1.0), (torch.float32, 1e15, 1.0), (torch.float32, 1e-30, 1.0)],
)
def test_the_slope_of_the_penalty_of_a_gradient_of_any_size(dtype, size, target):
    g = torch.tensor([[0.6 * size, 0.8 * size]], dtype=dtype, requires_grad=True)
    (slope,) = torch.autograd.grad(gradient_penalty(g, target=target), g)
    u = g.detach().double().numpy() / np.linalg.norm(g.detach().double().numpy())
    np.testing.assert_allclose(slope.double().numpy(), 2 * (size - target) * u, rtol=4 * torch.finfo(dtype).eps)


# --- gradients in closed form ---


def test_quantisation_moves_each_side_by_its_own_term():
    a, c = (torch.tensor(each, requires_grad=True) for each in (MEAN, LOG_VARIANCE))
    beta = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    vector_quantisation_loss(a, c, beta=beta, reduction="sum").backward()
    apart = MEAN - LOG_VARIANCE
    np.testing.assert_allclose(a.grad, 0.6 * apart, rtol=1e-12)
    np.testing.assert_allclose(c.grad, -2 * apart, rtol=1e-12)
    assert beta.grad.item() == pytest.approx(np.sum(apart**2))
    hessian = jax.hessian(lambda a, c: vector_quantisation_loss(a, c, beta=0.3), argnums=(0, 1))(*jnp.asarray([[[1.0]], [[2.0]]]))
    assert [[float(each.squeeze()) for each in row] for row in hessian] == [[pytest.approx(0.6), 0], [0, 2]]


def test_a_penalty_reaches_the_critic():
    """In the gradient of a critic w·x that is penalised: 2 (‖w‖ − ν) w / ‖w‖."""
    w = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    x = torch.zeros(5, 2, dtype=torch.float64, requires_grad=True)
    (g,) = torch.autograd.grad((x @ w).sum(), x, create_graph=True)
    gradient_penalty(g).backward()
    np.testing.assert_allclose(w.grad, [4.8, 6.4])


@pytest.mark.parametrize("target", [0.0, 1.5])
def test_the_slope_in_the_length_asked_for(target):
    """At 0 too, where the loss is written otherwise."""
    g = torch.tensor([[3.0, 4.0]], dtype=torch.float64)
    nu = torch.tensor(target, dtype=torch.float64, requires_grad=True)
    gradient_penalty(g, target=nu).backward()
    assert nu.grad.item() == pytest.approx(-2 * (5 - target))
    assert jax.grad(lambda nu: gradient_penalty(jnp.asarray(g.numpy()), target=nu))(target) == pytest.approx(-2 * (5 - target))


# --- compiled ---


@pytest.mark.parametrize(
    "call",
    [lambda x: iwae_loss(x), lambda x: flow_nll_loss(x, x[..., 0]), lambda x: normal_kl(x, x), lambda x: gradient_penalty(x)],
    ids=["iwae_loss", "flow_nll_loss", "normal_kl", "gradient_penalty"],
)
def test_ten_sizes_of_the_last_axis_take_two_compilations(call):
    backend = Compilations()
    torch.compiler.reset()
    compiled = torch.compile(call, fullgraph=True, backend=backend)
    for size in range(2, 12):
        x = torch.linspace(-1, 1, 3 * size).reshape(3, size)
        torch.testing.assert_close(compiled(x), call(x))
    assert backend.count <= 2


# --- what is refused ---

ROW, NUMBER = np.zeros((2, 3)), np.zeros(2)
REFUSED = [
    (lambda: iwae_loss(np.zeros((2, 0))), r"^log_weights must have shape \(…, K\) with at least one sample, got \(2, 0\)"),
    (lambda: iwae_loss(np.asarray(0.0)), r"^log_weights must have shape \(…, K\) with at least one sample, got \(\)"),
    (lambda: normal_kl(ROW[:, :0], ROW[:, :0]), r"^mean must have shape \(…, D\) with D at least 1, got \(2, 0\)"),
    (lambda: elbo_loss(NUMBER, ROW, ROW[:, :2]), r"^shapes must be the same .*mean \(2, 3\), log_variance \(2, 2\)"),
    (
        lambda: elbo_loss(ROW, ROW, ROW),
        r"^reconstruction must have the shape of mean without its last axis: got reconstruction \(2, 3\), mean \(2, 3\)",
    ),
    (
        lambda: flow_nll_loss(ROW, ROW),
        r"^log_det must have the shape of z without its last axis: got log_det \(2, 3\), z \(2, 3\)",
    ),
    (lambda: gradient_penalty(ROW, target=-0.5), "^target must be a finite number of at least 0, got -0.5"),
    (lambda: vector_quantisation_loss(ROW, ROW, beta=-1), "^beta must be a finite number of at least 0, got -1.0"),
    (
        lambda: wasserstein_critic_loss(np.asarray([1.0, np.inf]), np.asarray([0.0, np.inf])),
        r"^real leaves the loss without a value, got inf at index \(1,\)",
    ),
]


@pytest.mark.parametrize(("call", "says"), REFUSED, ids=[says[1:40] for _, says in REFUSED])
def test_what_is_refused_is_named(call, says):
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=says):
        call()
