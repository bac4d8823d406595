"""Numbers that papers and other libraries' documentation state, each with its source.

A number in a docstring is looked up in the installed library: if it is stated no longer, the test says so.
"""

import inspect
import math
from functools import partial
from itertools import pairwise
from pkgutil import resolve_name

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import log_softmax
from scipy.stats import norm

import lossbook as lb
from lossbook.checks import torch_gradient
from lossbook.lenses import HuberDensity
from lossbook.taxonomy import loss_of

ARRAY = np.asarray
# Inputs that several docstrings share.
LOGITS, THREE = ARRAY([[1.2, -0.8, -0.5], [0.9, -1.2, 1.1]]), ARRAY([[0.05, 0.95, 0], [0.1, 0.8, 0.1]])
SCORES, ANSWERS = ARRAY([-18.6, 0.51, 2.94, -12.8]), ARRAY([0.0, 1, 0, 0])
REGRESSION = ARRAY([2.5, 0.0, 2, 8]), ARRAY([3, -0.5, 2, 7])
TRIPLETS = ARRAY([[0.0, 0], [1, 1]]), ARRAY([[0.1, 0.1], [1.1, 1.1]]), ARRAY([[1.0, 0], [0, 1]])
POINTS = ARRAY([[0.9041, 0.0196], [-0.3108, -2.4423], [-0.4821, 1.059]]), ARRAY([[-2.1763, -0.4713], [-0.6986, 1.3702]])


def log(probabilities):
    with np.errstate(divide="ignore"):
        return np.log(probabilities)


def each_with_each(a, b):
    return np.stack([lb.euclidean_distance(a, np.broadcast_to(row, a.shape)) for row in b], axis=-1)


# Where it is stated, the number as it stands there, and ours.
DOCSTRINGS = [
    ("sklearn.metrics.mean_absolute_error", "0.5", partial(lb.l1_loss, *REGRESSION)),
    ("sklearn.metrics.mean_squared_error", "0.375", partial(lb.mse_loss, *REGRESSION)),
    ("sklearn.metrics.hinge_loss", "0.30", partial(lb.hinge_loss, ARRAY([-2.18, 2.36, 0.09]), ARRAY([-1, 1, 1]))),
    (
        "sklearn.metrics.log_loss",
        "0.21616",
        partial(lb.nll_loss, log([[0.1, 0.9], [0.9, 0.1], [0.8, 0.2], [0.35, 0.65]]), ARRAY([1, 0, 0, 1])),
    ),
    ("optax.softmax_cross_entropy", "0.2761 2.9518", partial(lb.cross_entropy, LOGITS, np.eye(3)[:2], reduction="none")),
    (
        "optax.softmax_cross_entropy_with_integer_labels",
        "0.2761 2.9518",
        partial(lb.nll_loss, log_softmax(LOGITS, axis=-1), ARRAY([0, 1]), reduction="none"),
    ),
    ("optax.losses.triplet_margin_loss", "0.1414 0.1414", partial(lb.triplet_margin_loss, *TRIPLETS, reduction="none")),
    ("torch.nn.BCEWithLogitsLoss", "0.20", partial(lb.binary_cross_entropy_with_logits, np.full(2, 1.5), np.ones(2))),
    ("torch.cdist", "3.1193, 2.0959", lambda: each_with_each(*POINTS)[0]),
    ("torch.cdist", "2.7138, 3.8322", lambda: each_with_each(*POINTS)[1]),
    ("torch.cdist", "2.2830, 0.3791", lambda: each_with_each(*POINTS)[2]),
    ("keras.losses.MeanSquaredError", "0.02", partial(lb.mse_loss, ARRAY([0.9, 0.1, 0.8]), ARRAY([1.0, 0, 1]))),
    ("keras.losses.MeanAbsoluteError", "0.5666667", partial(lb.l1_loss, ARRAY([1.9, 0.3, 1.8]), ARRAY([1, 0.3, 1]))),
    ("keras.losses.BinaryCrossentropy", "0.8654", partial(lb.binary_cross_entropy_with_logits, SCORES, ANSWERS)),
    ("keras.losses.BinaryFocalCrossentropy", "0.691", partial(lb.sigmoid_focal_loss, SCORES, ANSWERS, gamma=2)),
    ("keras.losses.BinaryFocalCrossentropy", "0.51", partial(lb.sigmoid_focal_loss, SCORES, ANSWERS, gamma=2, alpha=0.25)),
    ("keras.losses.BinaryFocalCrossentropy", "0.647", partial(lb.sigmoid_focal_loss, SCORES, ANSWERS, gamma=3)),
    ("keras.losses.CategoricalCrossentropy", "1.177", partial(lb.nll_loss, log(THREE), ARRAY([1, 2]))),
    (
        "keras.losses.CategoricalCrossentropy",
        "0.0513, 2.303",
        partial(lb.cross_entropy, log(THREE), ARRAY([1, 2]), reduction="none"),
    ),
    (
        "keras.losses.CategoricalFocalCrossentropy",
        "3.2058331e-05, 4.6627346e-01",
        partial(lb.focal_loss, log(THREE), ARRAY([1, 2]), alpha=np.full(3, 0.25), reduction="none"),
    ),
]


def last_digit(text):
    """Return one unit of a number's last digit: some docstrings round, and some cut off."""
    mantissa, _, exponent = text.partition("e")
    return 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


@pytest.mark.parametrize(("path", "stated", "ours"), DOCSTRINGS, ids=[f"{path}: {stated}" for path, stated, _ in DOCSTRINGS])
def test_a_value_of_a_docstring(path, stated, ours, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert stated in resolve_name(path).__doc__
    numbers = stated.replace(",", " ").split()
    for text, value in zip(numbers, np.atleast_1d(ours()), strict=True):
        # Keras computes in float32.
        assert float(value) == pytest.approx(float(text), abs=last_digit(text), rel=2e-6)


# Ours, and the same default where another library has it.
DEFAULTS = [
    ("lp_loss", "p", "torch.nn.PairwiseDistance", "p"),
    ("huber_loss", "delta", "torch.nn.functional.huber_loss", "delta"),
    ("smooth_l1_loss", "beta", "torch.nn.functional.smooth_l1_loss", "beta"),
    ("cross_entropy", "label_smoothing", "torch.nn.functional.cross_entropy", "label_smoothing"),
    ("focal_loss", "gamma", "optax.sigmoid_focal_loss", "gamma"),
    ("sigmoid_focal_loss", "gamma", "optax.sigmoid_focal_loss", "gamma"),
    ("hinge_loss", "margin", "torch.nn.functional.multi_margin_loss", "margin"),
    ("squared_hinge_loss", "margin", "torch.nn.functional.multi_margin_loss", "margin"),
    ("multiclass_hinge_loss", "margin", "torch.nn.functional.multi_margin_loss", "margin"),
    ("contrastive_loss", "margin", "torch.nn.functional.hinge_embedding_loss", "margin"),
    ("triplet_margin_loss", "margin", "torch.nn.functional.triplet_margin_loss", "margin"),
    ("info_nce_loss", "temperature", "pytorch_metric_learning.losses.NTXentLoss", "temperature"),
]


@pytest.mark.parametrize(("loss", "name", "path", "theirs"), DEFAULTS)
def test_a_default_is_the_one_of_another_library(loss, name, path, theirs):
    assert loss_of(loss).defaults[name] == inspect.signature(resolve_name(path)).parameters[theirs].default


# --- papers ---


@pytest.mark.parametrize(("share", "k"), [(0.01, 1.945), (0.05, 1.399), (0.1, 1.140), (0.2, 0.862)])
def test_hubers_threshold_for_a_share_of_outliers(share, k):
    """Huber (1964), table I: in the middle his density is the Normal's, times what is left of 1."""
    left = math.sqrt(2 * math.pi) / math.exp(HuberDensity().constant(delta=k, sigma=1.0))
    assert 1 - left == pytest.approx(share, abs=2e-4)


def test_hubers_threshold_of_95_percent_efficiency():
    """Holland and Welsch (1977), table 1: with k = 1.345 the variance at the Normal is 1/0.95 of the mean's."""
    k = 1.345

    def slope(x):
        return torch_gradient(lb.huber_loss, (ARRAY([x]), ARRAY([0.0])), {"delta": k})[0]

    edges = [-12, -k, k, 12]
    square = sum(quad(lambda x: slope(x) ** 2 * norm.pdf(x), a, b)[0] for a, b in pairwise(edges))
    curvature = quad(norm.pdf, -k, k)[0]
    assert curvature**2 / square == pytest.approx(0.95, abs=5e-4)


@pytest.mark.parametrize(("q", "times"), [(0.9, 100), (0.968, 1000)])
def test_focal_loss_turns_easy_examples_down(q, times):
    """Lin et al. (2017), section 3.2: with γ = 2, a hundredth at 0.9 and about a thousandth at 0.968 of cross-entropy."""
    z, y = ARRAY([math.log(q / (1 - q))]), ARRAY([1.0])
    ratio = lb.sigmoid_focal_loss(z, y, reduction="sum") / lb.binary_cross_entropy_with_logits(z, y, reduction="sum")
    assert ratio == pytest.approx(1 / times, rel=0.03)


def test_focal_loss_turns_wrong_answers_down_by_four_at_most():
    """Lin et al. (2017), section 3.2, of q ≤ ½ and γ = 2."""
    z = -np.linspace(0, 30, 301)
    ratio = lb.sigmoid_focal_loss(z, np.ones(301), reduction="none") / lb.binary_cross_entropy_with_logits(
        z, np.ones(301), reduction="none"
    )
    assert ratio[0] == pytest.approx(1 / 4) and np.all(ratio >= 1 / 4)


def test_kullback_leibler_of_a_binomial_and_a_uniform_distribution():
    """The worked example of Wikipedia's article, after Kullback (1959), table 2.1 of Information Theory and Statistics."""
    binomial, uniform = ARRAY([[9.0, 12, 4]]) / 25, np.full((1, 3), 1 / 3)
    one = (32 * math.log(2) + 55 * math.log(3) - 50 * math.log(5)) / 25
    other = (-4 * math.log(2) - 6 * math.log(3) + 6 * math.log(5)) / 3
    assert (round(one, 7), round(other, 6)) == (0.0852996, 0.097455)
    assert lb.kl_divergence(log(uniform), binomial) == pytest.approx(one)
    assert lb.kl_divergence(log(binomial), uniform) == pytest.approx(other)


def test_the_best_that_a_generator_can_do():
    """Goodfellow et al. (2014), theorem 1: the minimum of their criterion, minus our loss, is −log 4, at a blind guess."""
    blind = np.zeros(2)
    assert -lb.gan_discriminator_loss(blind, blind) == pytest.approx(-math.log(4))


def test_the_divergence_of_the_variational_autoencoder():
    """Kingma and Welling (2014), appendix B: −KL = ½ Σ (1 + log σ² − μ² − σ²)."""
    mean, variance = ARRAY([0.3, -1.2, 2.0]), ARRAY([0.5, 1.0, 3.0])
    stated = np.sum(1 + np.log(variance) - mean**2 - variance) / 2
    assert -lb.normal_kl(mean, np.log(variance)) == pytest.approx(stated)


@pytest.mark.parametrize(
    ("loss", "name", "value"),
    [
        # van den Oord et al. (2017), section 3.2: "We use β = 0.25 in all our experiments".
        ("vector_quantisation_loss", "beta", 0.25),
        # Gulrajani et al. (2017), section 4: a length of 1, from both sides.
        ("gradient_penalty", "target", 1.0),
    ],
)
def test_a_default_is_the_papers(loss, name, value):
    assert loss_of(loss).defaults[name] == value
