"""The laws that every loss obeys, by being listed in the taxonomy."""

import inspect
from itertools import pairwise, permutations

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from inputs import BOUNDS, CASE_IDS, CASES, inputs
from scipy.integrate import quad
from scipy.optimize import minimize, minimize_scalar
from scipy.special import expit, log_softmax, softmax

import lossbook
from lossbook.checks import (
    CLASSES, LAST, batched, call, example, flat, given_as, is_a_likelihood, peer_values, torch_gradient, understood,
)  # fmt: skip
from lossbook.taxonomy import LOSSES, OF_CLASSES

by_loss = pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
by_case = pytest.mark.parametrize(("loss", "settings"), CASES, ids=CASE_IDS)


def cases(condition):
    """Parametrise over the cases for which a condition on loss and settings holds."""
    chosen = [(*case, name) for case, name in zip(CASES, CASE_IDS, strict=True) if condition(*case)]
    return pytest.mark.parametrize(("loss", "settings"), [c[:2] for c in chosen], ids=[c[2] for c in chosen])


# The losses of relations have more than one input that moves: tests/test_distance.py holds them to these laws.
by_case_of_predictions = cases(lambda loss, settings: loss.prediction != "embedding")

by_peer = pytest.mark.parametrize(
    ("loss", "settings", "peer"),
    [(loss, s, peer) for loss, s in CASES for peer in loss.peers if understood(loss, peer, s) is not None],
    ids=lambda value: getattr(value, "name", None) or getattr(value, "library", None) or str(value),
)


@by_loss
def test_a_loss_is_public_and_has_a_peer(loss):
    assert getattr(lossbook, loss.name) is loss.function
    assert loss.peers, f"{loss.name} has no peer: name one in its record"


@by_peer
@given(data=st.data())
def test_value_equals_an_independent_peer(loss, settings, peer, data):
    fed = flat(loss, data.draw(inputs(loss)))
    if peer.library == "optax":
        # JAX compiles for each new shape: repeat the examples until there are always as many.
        rows = np.arange(64) % len(fed[0])
        fed = batched(loss, fed, lambda value, _: value[rows])
    expected = peer_values(peer, *fed, **understood(loss, peer, settings))
    assume(expected is not None)
    ours = call(loss, fed, settings, reduction="none" if expected.ndim else "mean")
    # Peers in the probabilities, or with 1 − p, lose digits of their own; those by way of the
    # arccosine, or of the square of a sum, lose half of them.
    rtol, atol = (1e-7, 1e-6) if loss.prediction == "embedding" else (1e-9, 1e-10)
    np.testing.assert_allclose(ours, expected, rtol=rtol, atol=atol)


@by_case_of_predictions
@given(data=st.data())
def test_gradient_lies_between_the_one_sided_differences(loss, settings, data):
    """Away from kinks the two differences agree, so this is the central difference's law; at a
    kink of a convex loss it says that the gradient is a subgradient."""
    y_hat, y = data.draw(inputs(loss))
    slope = torch_gradient(loss.function, (y_hat, y), settings)
    value = call(loss, (y_hat, y), settings)
    step = 1e-5 * np.maximum(1, np.abs(y_hat))
    for at in np.eye(CLASSES) if loss.prediction in OF_CLASSES else [1]:
        h = np.max(step * at, axis=-1) if loss.prediction in OF_CLASSES else step
        along = np.sum(slope * at, axis=-1) if loss.prediction in OF_CLASSES else slope
        right = (call(loss, (y_hat + step * at, y), settings) - value) / h
        left = (value - call(loss, (y_hat - step * at, y), settings)) / h
        # The differences carry the rounding of values that are large beside the step.
        noise = 1e-9 + 1e-15 * (np.abs(value) + BOUNDS.get(loss.prediction, 1)) / h * 8
        assert np.all(along >= np.minimum(left, right) - noise) and np.all(along <= np.maximum(left, right) + noise)


@by_case
@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@given(data=st.data())
def test_numpy_torch_and_strict_agree(loss, settings, reduction, data):
    fed = data.draw(inputs(loss))
    expected = call(loss, fed, settings, reduction=reduction)
    in_torch = call(loss, fed, settings, reduction=reduction, make=torch.tensor)
    strict = call(loss, fed, settings, reduction=reduction, make=array_api_strict.asarray)
    np.testing.assert_allclose(in_torch.numpy(), expected, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(np.asarray(strict), expected, rtol=1e-11, atol=1e-12)


@by_case
@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_jit_compile_and_vmap_trace_the_whole_function(loss, settings, reduction):
    fed = example(loss)
    expected = call(loss, fed, settings, reduction=reduction)

    (first, *rest), made = given_as(jnp.asarray, fed, settings)
    jitted = jax.jit(lambda *each: loss.function(*each, reduction=reduction, **made))
    np.testing.assert_allclose(jitted(first, *rest), expected, rtol=1e-11)
    assert np.all(np.isfinite(jax.grad(lambda a: jnp.sum(jitted(a, *rest)))(first)))

    tensors, made = given_as(torch.tensor, fed, settings)
    # backend="eager" traces as every backend does and leaves out the slow code generation.
    torch.compiler.reset()
    traced = torch.compile(lambda *each: loss.function(*each, reduction=reduction, **made), fullgraph=True, backend="eager")
    np.testing.assert_allclose(traced(*tensors), expected, rtol=1e-11)
    over = tuple(None if kind == "proxies" else 0 for kind in loss.inputs)
    mapped = torch.vmap(lambda *each: loss.function(*each, reduction="none", **made), in_dims=over)(*tensors)
    np.testing.assert_allclose(mapped, call(loss, fed, settings), rtol=1e-11)


@by_case
def test_an_exported_loss_has_the_same_value(loss, settings):
    class Criterion(torch.nn.Module):
        def forward(self, *each):
            return loss.function(*each, **made)

    tensors, made = given_as(torch.tensor, example(loss), settings)
    exported = torch.export.export(Criterion(), tuple(tensors), strict=False).module()
    np.testing.assert_allclose(exported(*tensors), call(loss, example(loss), settings, reduction="mean"), rtol=1e-11)


@by_case
@given(data=st.data())
def test_float32_is_finite_wherever_the_value_is(loss, settings, data):
    bound = {"embedding": 2.0**50}.get(
        loss.prediction, 1e30 if loss.prediction in ("real", "score", "scores", "distance") else 1e4
    )
    fed = data.draw(inputs(loss, bound=float(np.float32(bound)), width=32))
    wide = [each.astype(np.float64) if each is not None and each.dtype == np.float32 else each for each in fed]
    with np.errstate(over="ignore"):
        exact = call(loss, wide, settings)
        ours = call(loss, fed, settings)
    fits = np.abs(exact) < 0.9 * np.finfo(np.float32).max
    # ŷ − y itself is rounded to float32, which a power p magnifies p times; so is what softmax and KL add up.
    atol = 2e-6 if loss.prediction in OF_CLASSES else 1e-37
    if loss.prediction == "embedding":
        # Products and squares of the numbers are rounded, and then subtracted from each other.
        atol = 1e-5 * max(float(np.max(np.abs(each))) for each in wide if each is not None and each.dtype == np.float64) ** 2
    np.testing.assert_allclose(ours[fits], exact[fits], rtol=1e-5, atol=atol)
    assert np.all(np.isfinite(torch_gradient(loss.function, fed, settings)[fits]))


@by_case_of_predictions
@given(data=st.data())
def test_small_dtypes_keep_small_gradients(loss, settings, data):
    """Cancellation would round them to 0, and training in float16 or bfloat16 would stop early."""
    y_hat, y = data.draw(inputs(loss, bound=1.0 if loss.prediction == "real" else 8.0, width=16, plain=True))
    y = np.zeros_like(y_hat) if loss.prediction == "real" else y
    wide = y.astype(np.float64) if y.dtype == np.float16 else y
    exact = torch_gradient(loss.function, (y_hat.astype(np.float64), wide), settings)
    ours = torch_gradient(loss.function, (y_hat, y), settings)
    rtol, atol = (5e-3, 1e-6) if loss.prediction == "real" else (2e-2, 2e-3)
    np.testing.assert_allclose(ours, exact, rtol=rtol, atol=atol)


# --- the likelihood lens ---


def widths(loss, value):
    """Return the noise model's own parameters: those that are no hyperparameters of the loss."""
    parameters = inspect.signature(loss.noise_model.scale).parameters
    return {name: value for name in parameters if name not in loss.hyperparameters}


def every_answer(loss, fed):
    """Return, for one batch of inputs, the batch with each possible answer as the target."""
    first, target, *rest = fed
    shape = first.shape[:-1] if loss.prediction in LAST else first.shape
    if loss.inputs[-1] == "negatives":
        candidates = np.concatenate([target[..., None, :], rest[0]], axis=-2)
        return [(first, candidates[..., k, :], np.delete(candidates, k, axis=-2)) for k in range(candidates.shape[-2])]
    if loss.target == "embedding":
        return [(first, target, *rest), (first, *rest, target)]
    if loss.target == "sign":
        return [(first, np.full(shape, -1)), (first, np.full(shape, 1))]
    if loss.target == "similar":
        return [(first, np.full(shape, 0)), (first, np.full(shape, 1))]
    if loss.target == "probability":
        return [(first, np.zeros(shape)), (first, np.ones(shape))]
    labels = [np.full(shape, c) for c in range(CLASSES)]
    return [(first, np.eye(CLASSES)[label] if loss.target == "probabilities" else label, *rest) for label in labels]


@cases(is_a_likelihood)
@pytest.mark.parametrize("width", [0.5, 1.0, 3.0])
@given(data=st.data())
def test_negative_log_density_is_loss_over_scale_plus_constant(loss, settings, width, data):
    prediction, target, *rest = fed = data.draw(inputs(loss, bound=32.0 if loss.prediction == "real" else 8.0, plain=True))
    model = loss.noise_model
    known = inspect.signature(model.scale).parameters
    all_settings = {k: v for k, v in settings.items() if k in known} | widths(loss, width)
    expected = call(loss, fed, settings) / model.scale(**all_settings) + model.constant(**all_settings)
    np.testing.assert_allclose(-model.log_prob(target, prediction, *rest, **all_settings), expected, rtol=1e-10, atol=1e-10)


@cases(lambda loss, settings: is_a_likelihood(loss, settings) and loss.target == "real")
@pytest.mark.parametrize("width", [0.5, 1.0, 3.0])
def test_density_integrates_to_one(loss, settings, width):
    model, settings_of_noise = loss.noise_model, {**settings, **widths(loss, width)}

    def density(y):
        return float(np.exp(model.log_prob(np.float64(y), np.float64(0.7), **settings_of_noise)))

    kinks = [0.7 + side * k for k in (0.0, *settings.values()) for side in (-1, 1)]
    edges = sorted({-np.inf, *kinks, np.inf})
    area = sum(quad(density, a, b, epsabs=1e-11)[0] for a, b in pairwise(edges))
    assert area == pytest.approx(1, abs=1e-7)


@cases(lambda loss, settings: is_a_likelihood(loss, settings) and loss.target != "real")
@given(data=st.data())
def test_probabilities_of_all_labels_sum_to_one(loss, settings, data):
    answers = every_answer(loss, data.draw(inputs(loss, bound=8.0, plain=True)))
    known = {name: settings[name] for name in inspect.signature(loss.noise_model.scale).parameters}
    total = sum(np.exp(loss.noise_model.log_prob(y, y_hat, *rest, **known)) for y_hat, y, *rest in answers)
    np.testing.assert_allclose(total, 1, rtol=1e-9)


@cases(lambda loss, settings: loss.noise_model is None and settings.get("gamma") != 0)
def test_without_noise_model_the_sum_over_the_labels_varies(loss, settings):
    total = sum(np.exp(-call(loss, fed, settings)) for fed in every_answer(loss, example(loss)))
    assert np.ptp(total) > 0.1, "exp(−L) would be a likelihood but for a constant"


# --- the Kullback–Leibler lens ---


@cases(lambda loss, settings: loss.target == "real")
def test_population_minimiser_is_the_stated_one(loss, settings):
    samples = np.random.default_rng(3).exponential(size=2001)

    def expected_loss(constant):
        return float(loss.function(np.full_like(samples, constant), samples, **settings))

    stated = float(loss.minimiser.of(samples, **settings))
    found = minimize_scalar(expected_loss, bounds=(0, samples.max()), method="bounded", options={"xatol": 1e-9}).x
    assert stated == pytest.approx(found, abs=2e-3)
    assert expected_loss(stated) <= expected_loss(found) + 1e-9


# From free numbers to a prediction, and from a prediction to what it says: probabilities or scores.
PREDICTION = {"log-probabilities": lambda u: log_softmax(u, axis=-1), "probability": expit, "distance": np.exp}
MEANING = {"log-probabilities": np.exp, "logits": softmax, "logit": expit}


def expected_under(p, loss, settings, y_hat):
    """Return the expected loss of one prediction, when the answers have the probabilities p."""
    answers = every_answer(loss, (y_hat, None))
    return sum(w * float(call(loss, fed, settings)) for w, fed in zip(p, answers, strict=True))


def best_prediction(loss, settings, p):
    """Return by search the prediction that minimises the expected loss under p, and that expected loss."""
    to_prediction = PREDICTION.get(loss.prediction, lambda u: u)

    def expected_loss(free):
        return expected_under(p, loss, settings, to_prediction(np.asarray(free)))

    if loss.prediction in OF_CLASSES:
        start = minimize(expected_loss, np.zeros(CLASSES), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
        free = minimize(expected_loss, start.x, method="BFGS", options={"gtol": 1e-9}).x
    else:
        free = minimize_scalar(expected_loss, bounds=(-9, 9), method="bounded", options={"xatol": 1e-10}).x
    return to_prediction(free), expected_loss(free)


@cases(lambda loss, settings: loss.target != "real" and loss.minimiser.of is not None)
@pytest.mark.parametrize("p", [(0.2, 0.3, 0.5), (0.1, 0.62, 0.28)])
def test_best_prediction_is_the_stated_one(loss, settings, p):
    p = np.asarray(p) if loss.prediction in OF_CLASSES else np.asarray([1 - p[0], p[0]])
    found, lowest = best_prediction(loss, settings, p)
    given_p = p if loss.prediction in OF_CLASSES else p[1]
    arrays = {name: np.asarray(v) if isinstance(v, tuple) else v for name, v in settings.items()}
    stated = loss.minimiser.of(given_p, **arrays)
    if loss.prediction == "scores":
        # Scores are determined but for what they share, and between ties not at all: compare what they cost.
        assert expected_under(p, loss, settings, stated) <= lowest + 1e-6
    else:
        np.testing.assert_allclose(MEANING.get(loss.prediction, lambda q: q)(found), stated, atol=2e-5)


@cases(lambda loss, settings: loss.proper is not None)
def test_properness_is_as_claimed(loss, settings):
    p = np.asarray([0.2, 0.3, 0.5]) if loss.prediction in OF_CLASSES else np.asarray([0.8, 0.2])
    found, _ = best_prediction(loss, settings, p)
    truth = p if loss.prediction in OF_CLASSES else p[1]
    off = np.max(np.abs(MEANING.get(loss.prediction, lambda q: q)(found) - truth))
    assert (off < 1e-4) == loss.proper.holds(**settings), off


# --- the properties claimed in the records ---

GRID = np.unique(np.concatenate([np.linspace(-40, 40, 161), np.linspace(-1, 1, 41)]))


def predictions_along(loss, grid):
    """Return predictions that run along a grid: one for each value, or, of classes, several.

    Of the three scores one moves, one stays at 0, and one is far below or at 0 too.
    """
    if loss.prediction == "probability":
        return np.unique(expit(grid / 4))
    if loss.prediction == "distance":
        return np.unique(np.abs(grid))
    if loss.prediction not in OF_CLASSES:
        return grid
    rows = [order for t in grid for low in (-1e3, 0.0) for order in permutations((t, 0.0, low))]
    return np.asarray(rows)


def with_targets(loss, y_hat):
    """Return predictions with the targets at which a property is looked at: 0, or each answer."""
    return [(y_hat, np.zeros(y_hat.shape))] if loss.target == "real" else every_answer(loss, (y_hat, None))


@by_case_of_predictions
def test_convexity_is_as_claimed(loss, settings):
    points = predictions_along(loss, GRID[::2] if loss.prediction in OF_CLASSES else GRID)
    random = np.random.default_rng(0)
    left, right = random.integers(len(points), size=(2, 40_000))
    a, b = points[left], points[right]
    convex = all(
        np.all(call(loss, ((a + b) / 2, y), settings) <= (call(loss, (a, y), settings) + call(loss, (b, y), settings)) / 2 + 1e-9)
        for _, y in with_targets(loss, a)
    )
    assert convex == loss.convex.holds(**settings)


@by_case_of_predictions
def test_smoothness_is_as_claimed(loss, settings):
    """Smooth: the gradient has no jump. Looked for where pieces can meet."""
    numbers = [value for value in settings.values() if isinstance(value, float)]
    joints = np.asarray([side * k for k in (0.0, *numbers, 1.0) for side in (-1, 1)])
    if loss.prediction == "probability":
        joints = np.asarray([0.25, 0.5, 0.75])
    if loss.prediction == "distance":
        joints = joints[joints > 0]
    moved = [np.eye(CLASSES)[c] for c in range(CLASSES)] if loss.prediction in OF_CLASSES else [np.asarray(1.0)]

    def jump(h):
        largest = 0.0
        for along in moved:
            right, left = (np.multiply.outer(joints + side * h, along) for side in (1, -1))
            for _, y in with_targets(loss, right):
                difference = torch_gradient(loss.function, (right, y), settings) - torch_gradient(
                    loss.function, (left, y), settings
                )
                largest = max(largest, np.abs(difference).max())
        return largest

    near = jump(1e-8)
    smooth = near < 1e-3 or near < jump(1e-4) / 10
    assert smooth == loss.smooth.holds(**settings)


def steepest(loss, settings, grid):
    """Return the largest length of the gradient along a grid."""
    points = predictions_along(loss, grid)
    slopes = [torch_gradient(loss.function, fed, settings) for fed in with_targets(loss, points)]
    if loss.prediction in OF_CLASSES:
        slopes = [np.linalg.norm(slope, axis=-1) for slope in slopes]
    return max(np.abs(slope).max() for slope in slopes)


@by_case_of_predictions
def test_lipschitz_constant_is_as_claimed(loss, settings):
    constant = loss.lipschitz.constant(**settings)
    found = steepest(loss, settings, GRID)
    if np.isfinite(constant):
        # Where the record gives a bound ("at most"), it is not reached at every setting.
        assert (0.9 if "at most" in loss.lipschitz.text else 1 - 5e-3) * constant <= found <= constant * (1 + 1e-6)
    else:
        assert steepest(loss, settings, (2 if loss.prediction == "probability" else 1e6) * GRID) > 100 * found
