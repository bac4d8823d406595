"""What holds of the losses that put noise on a sample: expectations by quadrature, the papers' weights, what is read."""

import math

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar

from lossbook import denoising_score_matching_loss, diffusion_loss, flow_matching_loss, noise_contrastive_loss

RANDOM = np.random.default_rng(0)

# --- denoising score matching ---

POINTS, SIGMA = np.asarray([-1.0, 0.5, 2.0]), 0.7


def score_of_the_noised(at):
    """Return the score of the mixture of Normals that noise makes of three points."""
    weights = np.exp(-((at[..., None] - POINTS) ** 2) / (2 * SIGMA**2))
    return np.sum(weights * (POINTS - at[..., None]), axis=-1) / np.sum(weights, axis=-1) / SIGMA**2


MODELS = {"right": score_of_the_noised, "flat": np.zeros_like, "linear": lambda at: 0.3 - at, "wavy": np.sin}


def both_kinds(score):
    """Return the expected loss, and the explicit one, by quadrature."""
    noise, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = np.broadcast_to(weights / weights.sum() / len(POINTS), (len(POINTS), len(noise)))
    at = POINTS[:, None] + SIGMA * noise
    drawn = np.broadcast_to(noise, at.shape)
    ours = denoising_score_matching_loss(score(at)[..., None], drawn[..., None], SIGMA, reduction="none")
    explicit = SIGMA**2 / 2 * (score(at) - score_of_the_noised(at)) ** 2
    return np.sum(weights * ours), np.sum(weights * explicit)


def test_denoising_is_explicit_score_matching_but_for_a_constant():
    denoising, explicit = np.transpose([both_kinds(score) for score in MODELS.values()])
    np.testing.assert_allclose(denoising - explicit, (denoising - explicit)[0], rtol=1e-6)
    assert explicit[0] < 1e-12 < min(explicit[1:]) and denoising[0] > 0.1


def test_a_noise_level_may_be_a_number_or_one_for_each():
    score, noise = RANDOM.normal(size=(2, 4, 3))
    each = np.asarray([0.5, 1.0, 0.5, 2.0])
    rows = [float(denoising_score_matching_loss(s, e, float(level))) for s, e, level in zip(score, noise, each, strict=True)]
    np.testing.assert_allclose(denoising_score_matching_loss(score, noise, each, reduction="none"), rows, rtol=1e-12)
    level = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    denoising_score_matching_loss(torch.tensor(score), torch.tensor(noise), level, reduction="sum").backward()
    assert level.grad.item() == pytest.approx(np.sum(score * (0.5 * score + noise)), rel=1e-12)


# --- diffusion ---

U, X, NOISE = RANDOM.normal(size=(3, 5, 4))
SHARE = np.asarray([0.01, 0.3, 0.5, 0.9, 0.999])
SNR = SHARE / (1 - SHARE)
# The weight of the squared error of what is predicted, as Hang et al. (2023), section 3.3, have it for min_snr.
WEIGHTS = {
    ("noise", "snr"): 1 + 0 * SNR,
    ("sample", "snr"): SNR,
    ("velocity", "snr"): SNR / (SNR + 1),
    ("noise", "min_snr"): np.minimum(SNR, 5) / SNR,
    ("sample", "min_snr"): np.minimum(SNR, 5),
    ("velocity", "min_snr"): np.minimum(SNR, 5) / (SNR + 1),
}
TARGETS = {
    "noise": NOISE,
    "sample": X,
    "velocity": np.sqrt(SHARE)[:, None] * NOISE - np.sqrt(1 - SHARE)[:, None] * X,
}


@pytest.mark.parametrize(("predicts", "weighting"), WEIGHTS, ids=[" ".join(each) for each in WEIGHTS])
def test_a_weighting_is_the_papers_weight_of_what_is_predicted(predicts, weighting):
    error = np.mean((U - TARGETS[predicts]) ** 2, axis=-1)
    plain = diffusion_loss(U, X, NOISE, SHARE, predicts=predicts, reduction="none")
    ours = diffusion_loss(U, X, NOISE, SHARE, predicts=predicts, weighting=weighting, reduction="none")
    np.testing.assert_allclose(plain, error, rtol=1e-12)
    np.testing.assert_allclose(ours, WEIGHTS[predicts, weighting] * error, rtol=1e-12)


@pytest.mark.parametrize("weighting", ["snr", "min_snr"])
def test_what_is_predicted_does_not_matter_where_the_sample_is_weighed(weighting):
    """A model that predicts noise, and what it says of sample and velocity: one loss."""
    signal, rest = np.sqrt(SHARE)[:, None], np.sqrt(1 - SHARE)[:, None]
    seen = signal * X + rest * NOISE
    sample = (seen - rest * U) / signal
    said = {"noise": U, "sample": sample, "velocity": signal * U - rest * sample}
    values = [
        diffusion_loss(u, X, NOISE, SHARE, predicts=each, weighting=weighting, reduction="none") for each, u in said.items()
    ]
    np.testing.assert_allclose(values[1:], [values[0]] * 2, rtol=1e-9)


def test_what_is_not_needed_is_not_read():
    assert np.isfinite(diffusion_loss(U, np.nan * X, NOISE, SHARE))
    assert np.isfinite(diffusion_loss(U, X, np.nan * NOISE, SHARE, predicts="sample"))
    assert np.isnan(diffusion_loss(U, np.nan * X, NOISE, SHARE, predicts="velocity"))


def test_a_share_near_either_end_has_a_finite_loss_and_slope():
    share = torch.tensor([1e-30, 1e-7, 1 - 2.0**-24], requires_grad=True)
    for predicts, weighting in WEIGHTS:
        u = torch.ones(3, 2, requires_grad=True)
        values = diffusion_loss(
            u, 0 * u.detach(), 0.5 * u.detach(), share, predicts=predicts, weighting=weighting, reduction="none"
        )
        slopes = torch.autograd.grad(values.sum(), (u, share))
        assert all(torch.all(torch.isfinite(each)) for each in (values, *slopes)), (predicts, weighting)


# --- flow matching ---


def test_the_conditional_and_the_marginal_velocity_have_one_gradient():
    """Of all pairs of three beginnings and three ends: those that meet at a point share its velocity, their mean."""
    x0, x1 = np.meshgrid([0.0, 1.0, 2.0], [2.0, 3.0, 4.0], indexing="ij")
    at = (x0 + x1) / 2
    marginal = np.asarray([[np.mean((x1 - x0)[at == each]) for each in row] for row in at])
    slopes = []
    for target in (x1 - x0, marginal):
        weight = torch.tensor([0.3, -0.2], dtype=torch.float64, requires_grad=True)
        velocity = weight[0] * torch.tensor(at) + weight[1]
        flow_matching_loss(velocity[..., None], torch.zeros(3, 3, 1), torch.tensor(target)[..., None]).backward()
        slopes.append(weight.grad)
    torch.testing.assert_close(*slopes)


def test_a_path_far_from_the_origin_keeps_its_digits():
    x0, way = RANDOM.normal(size=(2, 6, 3)).astype(np.float16)
    near = flow_matching_loss(way * 0, x0, x0 + way)
    assert near.dtype == np.float16 and float(near) == pytest.approx(np.mean(way.astype(float) ** 2), rel=5e-3)


# --- noise-contrastive estimation ---


def test_the_best_log_ratio_is_that_of_the_densities():
    """On three places, with K points of noise: each place's share of the expected loss has its least value there."""
    p, q, count = np.asarray([0.5, 0.3, 0.2]), np.asarray([0.2, 0.2, 0.6]), 5
    for data, noise in zip(p, q, strict=True):

        def expected(g, data=data, noise=noise):
            values = [float(noise_contrastive_loss(np.asarray(a), np.asarray([b]))) for a, b in ((g, -40.0), (40.0, g))]
            return data * values[0] + count * noise * values[1]

        found = minimize_scalar(expected, bounds=(-8, 8), method="bounded", options={"xatol": 1e-9}).x
        assert found == pytest.approx(math.log(data / (count * noise)), abs=1e-5)


# --- what is out of place ---

BAD = {
    "points of another shape": (lambda: diffusion_loss(U, X[:, :2], NOISE, SHARE), ValueError, "shapes must be the same"),
    "a share for each number": (
        lambda: diffusion_loss(U, X, NOISE, np.full((5, 4), 0.5)),
        ValueError,
        "alpha_bar must have shape (5,), a number for each example, got (5, 4)",
    ),
    "a share as a number": (lambda: diffusion_loss(U, X, NOISE, 0.5), TypeError, "alpha_bar must be an array, got float"),
    "no signal": (
        lambda: diffusion_loss(U, X, NOISE, 0 * SHARE),
        ValueError,
        "alpha_bar must lie between 0 and 1, both excluded, got 0 at index (0,)",
    ),
    "another prediction": (
        lambda: diffusion_loss(U, X, NOISE, SHARE, predicts="epsilon"),
        ValueError,
        "predicts must be one of ('noise', 'sample', 'velocity'), got 'epsilon'",
    ),
    "another weighting": (
        lambda: diffusion_loss(U, X, NOISE, SHARE, weighting="min-snr"),
        ValueError,
        "weighting must be one of ('simple', 'snr', 'min_snr'), got 'min-snr'",
    ),
    "a bound that is not in force": (
        lambda: diffusion_loss(U, X, NOISE, SHARE, min_snr=-1.0),
        ValueError,
        "min_snr must be a positive, finite number, got -1.0",
    ),
    "a level of 0": (
        lambda: denoising_score_matching_loss(U, NOISE, 0.0),
        ValueError,
        "sigma must be a positive, finite number, got 0.0",
    ),
    "a level for each number": (
        lambda: denoising_score_matching_loss(U, NOISE, np.ones((5, 4))),
        ValueError,
        "sigma must have shape (5,), a number for each example, got (5, 4)",
    ),
    "a level as a word": (
        lambda: denoising_score_matching_loss(U, NOISE, "1"),
        TypeError,
        "sigma must be an array, got str: '1'",
    ),
    "no noise to tell data from": (
        lambda: noise_contrastive_loss(np.zeros(2), np.zeros((2, 0))),
        ValueError,
        "noise_log_ratio must have the shape of data_log_ratio and a last axis of at least one number",
    ),
    "vectors without numbers": (
        lambda: flow_matching_loss(*np.zeros((3, 2, 0))),
        ValueError,
        "velocity must have shape (…, D) with D at least 1, got (2, 0)",
    ),
}


@pytest.mark.parametrize(("call", "error", "says"), BAD.values(), ids=BAD)
def test_what_is_out_of_place_is_named(call, error, says):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value).startswith(says)
