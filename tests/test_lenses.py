"""The noise models against independent densities, and their errors."""

import inspect

import numpy as np
import pytest
import torch
from scipy import stats

from lossbook.checks import example
from lossbook.lenses import NOISE_MODELS, Bernoulli, Categorical
from lossbook.taxonomy import loss_of

# scipy takes the log of a density, which is 0 beyond 745 widths; the inputs stay well inside.
REAL = loss_of("l1_loss")
by_width = pytest.mark.parametrize("width", [0.1, 0.7, 1.0, 10.0])


def pairs(many, record, **how):
    """Return all inputs of a loss of two as one batch."""
    return (
        np.concatenate([np.reshape(each, (-1, *each.shape[each.ndim - len(kind.axes) :])) for each in column])
        for kind, column in zip(record.kinds, zip(*many(record, **how), strict=True), strict=True)
    )


@by_width
def test_laplace_is_scipys(many, width):
    y_hat, y = pairs(many, REAL, bound=16.0)
    ours = NOISE_MODELS["l1_loss"].log_prob(y, y_hat, b=width)
    np.testing.assert_allclose(ours, stats.laplace.logpdf(y, y_hat, width), rtol=1e-10, atol=1e-10)


@by_width
def test_normal_is_scipys(many, width):
    y_hat, y = pairs(many, REAL, bound=16.0)
    ours = NOISE_MODELS["mse_loss"].log_prob(y, y_hat, sigma=width)
    np.testing.assert_allclose(ours, stats.norm.logpdf(y, y_hat, width), rtol=1e-10, atol=1e-10)


@by_width
@pytest.mark.parametrize("p", [1.0, 1.3, 2.0, 6.0])
def test_generalised_normal_is_scipys(many, width, p):
    y_hat, y = pairs(many, REAL, bound=16.0)
    ours = NOISE_MODELS["lp_loss"].log_prob(y, y_hat, p=p, s=width)
    np.testing.assert_allclose(ours, stats.gennorm.logpdf(y, p, y_hat, width), rtol=1e-9, atol=1e-9)


@by_width
def test_hubers_density_has_the_normal_and_the_laplace_as_its_limits(many, width):
    sigma, (y_hat, y) = width, pairs(many, REAL, bound=16.0)
    huber = NOISE_MODELS["huber_loss"]
    wide = huber.log_prob(y, y_hat, delta=1e4, sigma=sigma)
    np.testing.assert_allclose(wide, stats.norm.logpdf(y, y_hat, sigma), rtol=1e-9, atol=1e-9)
    narrow = huber.log_prob(y, y_hat, delta=1e-6, sigma=1e-3)
    np.testing.assert_allclose(narrow, stats.laplace.logpdf(y, y_hat, 1.0), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", NOISE_MODELS)
def test_a_width_is_given_by_name_and_is_1_or_as_in_the_loss_where_it_is_not(name):
    model, known = NOISE_MODELS[name], loss_of(name).defaults
    for method in (model.log_prob, model.scale, model.constant):
        for each in inspect.signature(method).parameters.values():
            if each.default not in (each.empty, None):  # None: an array that may be left out
                assert (each.kind, each.default) == (each.KEYWORD_ONLY, known.get(each.name, 1.0)), (method, each)


@pytest.mark.parametrize("model", [Bernoulli, Categorical])
def test_what_a_model_is_given_is_said_by_name(model):
    with pytest.raises(TypeError, match="positional argument"):
        model(True)


@pytest.mark.parametrize(
    ("loss", "name"),
    [("l1_loss", "b"), ("mse_loss", "sigma"), ("lp_loss", "s"), ("huber_loss", "sigma"), ("huber_loss", "delta")],
)
def test_a_width_that_is_not_positive_is_named(loss, name):
    model = NOISE_MODELS[loss]
    for method in (model.scale, model.constant, lambda **h: model.log_prob(np.ones(2), np.ones(2), **h)):
        with pytest.raises(ValueError, match=f"{name} must be a positive, finite number, got 0"):
            method(**{name: 0})


@pytest.mark.parametrize(("loss", "name", "least", "wrong"), [("lp_loss", "p", 1, 0.5), ("smooth_l1_loss", "beta", 0, -0.5)])
def test_a_power_below_1_and_a_rounding_below_0_are_named(loss, name, least, wrong):
    model = NOISE_MODELS[loss]
    for method in (model.scale, model.constant, lambda **h: model.log_prob(np.ones(2), np.ones(2), **h)):
        method(**{name: least})
        with pytest.raises(ValueError, match=f"{name} must be a finite number of at least {least}, got {wrong}"):
            method(**{name: wrong})


@pytest.mark.parametrize("name", NOISE_MODELS)
def test_shapes_must_agree(name):
    y_hat, y, *rest = example(loss_of(name))
    with pytest.raises(ValueError, match=r"\((4, 3|3, 3), (\d, )?1\)"):
        NOISE_MODELS[name].log_prob(y[..., None], y_hat, *rest)


def test_categorical_is_torchs(many):
    log_q, y = map(torch.tensor, pairs(many, loss_of("nll_loss"), plain=True))
    expected = torch.distributions.Categorical(logits=log_q).log_prob(y)
    np.testing.assert_allclose(NOISE_MODELS["nll_loss"].log_prob(y, log_q), expected, rtol=1e-9)
    np.testing.assert_allclose(NOISE_MODELS["cross_entropy"].log_prob(y, log_q + 3), expected, rtol=1e-9)


def test_bernoulli_is_scipys(many):
    q, y = pairs(many, loss_of("binary_cross_entropy"), plain=True)
    expected = stats.bernoulli.logpmf(y, q)
    np.testing.assert_allclose(NOISE_MODELS["binary_cross_entropy"].log_prob(y, q), expected, rtol=1e-9)
    with_logits = NOISE_MODELS["binary_cross_entropy_with_logits"].log_prob(y, np.log(q / (1 - q)))
    np.testing.assert_allclose(with_logits, expected, rtol=1e-9)
