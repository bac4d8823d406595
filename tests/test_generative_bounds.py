"""What the bounds bound and the games measure: expectations by quadrature beside closed forms."""

import math

import numpy as np
import pytest
import torch
from numpy.polynomial.hermite_e import hermegauss
from scipy.integrate import quad
from scipy.stats import norm

from lossbook import (
    elbo_loss, flow_nll_loss, gan_discriminator_loss, gan_generator_loss, hinge_discriminator_loss, iwae_loss,
    least_squares_discriminator_loss, normal_kl, vector_quantisation_loss, wasserstein_critic_loss,
)  # fmt: skip
from lossbook.lenses import NOISE_MODELS

# Two distributions on the line, on a grid whose sums are integrals to twelve digits.
X = np.linspace(-14, 14, 28_001)
STEP = X[1] - X[0]
P = 0.6 * norm.pdf(X, -1, 0.7) + 0.4 * norm.pdf(X, 2, 1.1)
Q = norm.pdf(X, 0.3, 1.6)


def integral(values):
    return float(np.sum(values) * STEP)


def kl(p, q):
    return integral(p * np.log(p / q))


# --- a Normal latent number z, and x = 2 z + ε/2 ---

NODES, WEIGHTS = hermegauss(60)
WEIGHTS = WEIGHTS / math.sqrt(2 * math.pi)
OBSERVED = 1.3
EVIDENCE = -norm.logpdf(OBSERVED, 0, math.sqrt(4.25))
APPROXIMATIONS = [(8 / 17 * OBSERVED, 1 / 17), (0.5, 0.1), (0.0, 1.0), (-1.0, 0.3)]
by_approximation = pytest.mark.parametrize(("mean", "variance"), APPROXIMATIONS)


def as_log_variance(variance):
    return np.asarray([math.log(variance)])


def log_weights(z, mean, variance):
    """Return log p(x, z) − log q(z given x)."""
    joint = norm.logpdf(OBSERVED, 2 * z, 0.5) + norm.logpdf(z)
    return joint - norm.logpdf(z, mean, math.sqrt(variance))


@pytest.mark.parametrize(("mean", "variance"), [(0.0, 1.0), (1.5, 0.2), (-0.3, 4.0)])
def test_normal_kl_is_the_integral(mean, variance):
    p = norm(mean, math.sqrt(variance))
    expected = quad(lambda z: p.pdf(z) * (p.logpdf(z) - norm.logpdf(z)), -25, 25, points=[mean], limit=200)[0]
    assert normal_kl(np.asarray([mean]), as_log_variance(variance)) == pytest.approx(expected, abs=1e-9)


def elbo_of(mean, variance):
    reconstruction = -np.sum(WEIGHTS * norm.logpdf(OBSERVED, 2 * (mean + math.sqrt(variance) * NODES), 0.5))
    return float(elbo_loss(np.asarray(reconstruction), np.asarray([mean]), as_log_variance(variance)))


@by_approximation
def test_the_elbo_is_off_by_the_divergence_from_the_posterior(mean, variance):
    m, v = 8 / 17 * OBSERVED, 1 / 17
    gap = (math.log(v / variance) + (variance + (mean - m) ** 2) / v - 1) / 2
    assert elbo_of(mean, variance) == pytest.approx(EVIDENCE + gap, rel=1e-10)


@by_approximation
def test_more_samples_make_the_bound_tighter(mean, variance):
    log_w = log_weights(mean + math.sqrt(variance) * NODES, mean, variance)
    one = np.sum(WEIGHTS * iwae_loss(log_w[:, None], reduction="none"))
    pairs = np.stack(np.meshgrid(log_w, log_w), axis=-1)
    two = np.sum(np.outer(WEIGHTS, WEIGHTS) * iwae_loss(pairs, reduction="none"))
    assert one == pytest.approx(elbo_of(mean, variance), rel=1e-10)
    assert EVIDENCE - 1e-12 <= two <= one + 1e-12
    assert (one - two < 1e-9) == ((mean, variance) == APPROXIMATIONS[0])


@pytest.mark.parametrize(("mean", "variance"), [(0.5, 0.1), (0.0, 1.0)])
@pytest.mark.parametrize("count", [1, 2])
def test_the_mean_weight_is_right_on_average(mean, variance, count):
    def density(z):
        return norm.pdf(z, mean, math.sqrt(variance))

    z = np.linspace(-9, 9, 2001)
    spread = density(z) * (z[1] - z[0])
    drawn = np.stack(np.meshgrid(*[log_weights(z, mean, variance)] * count), axis=-1)
    chance = spread if count == 1 else np.outer(spread, spread)
    assert np.sum(chance * np.exp(-iwae_loss(drawn, reduction="none"))) == pytest.approx(math.exp(-EVIDENCE), rel=1e-8)


# --- flows ---


def test_the_density_of_a_flow_integrates_to_one():
    x = np.linspace(-6, 6, 6001)
    z, log_det = np.sinh(x) + x / 2, np.log(np.cosh(x) + 0.5)
    density = np.exp(-flow_nll_loss(z[:, None], log_det, reduction="none"))
    assert np.sum(density) * (x[1] - x[0]) == pytest.approx(1, abs=1e-9)


def test_the_density_of_a_coupling_integrates_to_one():
    x = np.stack(np.meshgrid(np.linspace(-9, 9, 901), np.linspace(-40, 40, 4001), indexing="ij"), axis=-1)
    log_scale, shift = np.tanh(x[..., 0]), np.sin(3 * x[..., 0])
    z = np.stack([x[..., 0], np.exp(log_scale) * x[..., 1] + shift], axis=-1)
    assert np.sum(np.exp(NOISE_MODELS["flow_nll_loss"].log_prob(log_scale, z))) * 0.02**2 == pytest.approx(1, abs=1e-9)


def test_a_flow_is_torchs_transformed_distribution():
    from torch.distributions import AffineTransform, Independent, Normal, SigmoidTransform, TransformedDistribution

    # From the latent to the data; the loss asks for the way back.
    to_data = [AffineTransform(torch.tensor([0.5, -1.0]), torch.tensor([2.0, 0.3])), SigmoidTransform()]
    model = TransformedDistribution(Independent(Normal(torch.zeros(2), torch.ones(2)), 1), to_data)
    x = torch.rand(20, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 0.9 + 0.05
    logit = torch.logit(x)
    z = (logit - to_data[0].loc) / to_data[0].scale
    log_det = (-torch.log(x * (1 - x)) - torch.log(to_data[0].scale)).sum(-1)
    torch.testing.assert_close(flow_nll_loss(z, log_det, reduction="none"), -model.log_prob(x))


# --- the best discriminators ---


def expected(loss, scores):
    """Return the expected loss of a discriminator with scores along the grid: real examples are drawn from P, fakes from Q."""
    nothing = np.zeros_like(scores)
    # Of a pair, the two losses add up: each beside a score of 0, of which one too many is taken off.
    of_real, of_fake = loss(scores, nothing, reduction="none"), loss(nothing, scores, reduction="none")
    return integral(P * of_real + Q * of_fake) - float(loss(nothing[:1], nothing[:1]))


GAMES = {
    "GAN": (
        gan_discriminator_loss,
        np.log(P / Q),
        # 2 log 2 − 2 JS
        2 * math.log(2) - kl(P, (P + Q) / 2) - kl(Q, (P + Q) / 2),
    ),
    "least squares": (least_squares_discriminator_loss, P / (P + Q), 1 / 4 - integral((P - Q) ** 2 / (P + Q)) / 8),
    "hinge": (hinge_discriminator_loss, np.sign(P - Q), 2 * integral(np.minimum(P, Q))),
}


@pytest.mark.parametrize("game", GAMES)
def test_the_best_discriminator_measures_a_divergence(game):
    loss, best, value = GAMES[game]
    lowest = expected(loss, best)
    assert lowest == pytest.approx(value, abs=1e-9)
    random = np.random.default_rng(0)
    for size in (1e-3, 0.1, 1.0):
        for _ in range(5):
            bump = size * np.sin(random.uniform(0.2, 3) * X + random.uniform(0, 6))
            assert expected(loss, best + bump) > lowest


def test_two_equal_distributions_leave_a_blind_guess():
    """Goodfellow et al. (2014), theorem 1: −log 4 is the best that a generator can do, there with the opposite sign."""
    zero, half = np.zeros(3), np.full(3, 0.5)
    assert gan_discriminator_loss(zero, zero) == pytest.approx(math.log(4))
    assert least_squares_discriminator_loss(half, half) == 1 / 4
    assert hinge_discriminator_loss(zero, zero) == 2


def test_the_best_critic_measures_the_area_between_the_distribution_functions():
    ahead = np.cumsum(P - Q) * STEP
    distance = integral(np.abs(ahead))
    best = -np.cumsum(np.sign(ahead)) * STEP
    assert expected(wasserstein_critic_loss, best) == pytest.approx(-distance, abs=2e-3)
    random = np.random.default_rng(0)
    for _ in range(20):
        critic = np.cumsum(random.choice([-1.0, 1.0], size=28).repeat(1001)[: len(X)]) * STEP
        assert expected(wasserstein_critic_loss, critic) > -distance


def test_the_saturating_generator_learns_nothing_where_it_is_found_out():
    for saturating, slope in ((False, -1 / (1 + math.exp(-10))), (True, -1 / (1 + math.exp(10)))):
        z = torch.tensor(-10.0, dtype=torch.float64, requires_grad=True)
        gan_generator_loss(z, saturating=saturating).backward()
        assert z.grad.item() == pytest.approx(slope, rel=1e-9)


def test_a_code_comes_to_rest_at_the_mean_of_what_it_stands_for():
    vectors = torch.tensor(np.random.default_rng(0).normal(size=(7, 3)))
    code = vectors.mean(0).requires_grad_()
    vector_quantisation_loss(vectors, code.expand(7, 3)).backward()
    np.testing.assert_allclose(code.grad, 0, atol=1e-15)
