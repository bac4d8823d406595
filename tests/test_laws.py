"""The laws that every loss obeys, by being listed in the taxonomy."""

import inspect

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from inputs import CASE_IDS, CASES, pairs
from scipy.integrate import quad
from scipy.optimize import minimize_scalar

import lossbook
from lossbook.tables import peer_values
from lossbook.taxonomy import LOSSES

by_loss = pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
by_case = pytest.mark.parametrize(("loss", "settings"), CASES, ids=CASE_IDS)
by_peer = pytest.mark.parametrize(
    ("loss", "settings", "peer"),
    [(loss, settings, peer) for loss, settings in CASES for peer in loss.peers],
    ids=[f"{case}-{peer.library}" for (loss, _), case in zip(CASES, CASE_IDS, strict=True) for peer in loss.peers],
)


def torch_gradient(loss, y_hat, y, **settings):
    prediction = torch.tensor(y_hat, requires_grad=True)
    loss.function(prediction, torch.tensor(y), reduction="sum", **settings).backward()
    return prediction.grad.numpy()


@by_loss
def test_a_loss_is_public_and_has_a_peer(loss):
    assert getattr(lossbook, loss.name) is loss.function
    assert loss.peers, f"{loss.name} has no peer: name one in its record"


@by_peer
@given(data=st.data())
def test_value_equals_an_independent_peer(loss, settings, peer, data):
    y_hat, y = data.draw(pairs(loss))
    y_hat, y = y_hat.ravel(), y.ravel()
    expected = peer_values(peer, y_hat, y, **settings)
    reduction = "none" if expected.ndim else "mean"
    ours = loss.function(y_hat, y, reduction=reduction, **settings)
    np.testing.assert_allclose(ours, expected, rtol=1e-10, atol=1e-12)


@by_case
@given(data=st.data())
def test_gradient_lies_between_the_one_sided_differences(loss, settings, data):
    """Away from kinks the two differences agree, so this is the central difference's law; at a
    kink of a convex loss it says that the gradient is a subgradient."""
    y_hat, y = data.draw(pairs(loss))

    def value(at):
        return loss.function(at, y, reduction="none", **settings)

    step = 1e-5 * np.maximum(1, np.abs(y_hat))
    right = (value(y_hat + step) - value(y_hat)) / step
    left = (value(y_hat) - value(y_hat - step)) / step
    slope = torch_gradient(loss, y_hat, y, **settings)
    # The differences carry the rounding of values that are large beside the step.
    noise = 1e-9 + 1e-15 * np.abs(value(y_hat)) / step * 8
    low, high = np.minimum(left, right), np.maximum(left, right)
    assert np.all(slope >= low - noise) and np.all(slope <= high + noise)


@by_case
@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@given(data=st.data())
def test_numpy_torch_and_strict_agree(loss, settings, reduction, data):
    y_hat, y = data.draw(pairs(loss))
    expected = loss.function(y_hat, y, reduction=reduction, **settings)
    in_torch = loss.function(torch.tensor(y_hat), torch.tensor(y), reduction=reduction, **settings)
    strict = loss.function(array_api_strict.asarray(y_hat), array_api_strict.asarray(y), reduction=reduction, **settings)
    np.testing.assert_allclose(in_torch.numpy(), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(np.asarray(strict), expected, rtol=1e-12, atol=1e-12)


@by_case
@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_jit_and_compile_trace_the_whole_function(loss, settings, reduction):
    y_hat, y = np.random.default_rng(0).normal(size=(2, 4, 3)) * 3
    expected = loss.function(y_hat, y, reduction=reduction, **settings)

    def call(a, b):
        return loss.function(a, b, reduction=reduction, **settings)

    np.testing.assert_allclose(jax.jit(call)(y_hat_jax := jnp.asarray(y_hat), jnp.asarray(y)), expected, rtol=1e-12)
    assert np.all(np.isfinite(jax.grad(lambda a: jnp.sum(call(a, jnp.asarray(y))))(y_hat_jax)))
    # backend="eager" traces as every backend does and leaves out the slow code generation.
    torch.compiler.reset()
    traced = torch.compile(call, fullgraph=True, backend="eager")
    np.testing.assert_allclose(traced(torch.tensor(y_hat), torch.tensor(y)), expected, rtol=1e-12)


@by_case
@pytest.mark.parametrize(
    ("make", "dtype", "tolerance"),
    [
        (np.asarray, np.float16, 4e-3),
        (np.asarray, np.float32, 1e-6),
        (np.asarray, np.float64, 1e-12),
        (torch.tensor, torch.float16, 4e-3),
        (torch.tensor, torch.bfloat16, 4e-2),
        (torch.tensor, torch.float32, 1e-6),
        (torch.tensor, torch.float64, 1e-12),
        (jnp.asarray, jnp.bfloat16, 4e-2),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_dtype_in_is_dtype_out(loss, settings, make, dtype, tolerance, reduction):
    # Values that every dtype holds exactly, so that only the loss' own rounding is seen.
    y_hat, y = np.asarray([-3.0, 0.5, 2.0, 1.25]), np.asarray([1.0, 0.5, -0.25, 1.0])
    made = loss.function(make(y_hat, dtype=dtype), make(y, dtype=dtype), reduction=reduction, **settings)
    assert made.dtype == dtype
    expected = loss.function(y_hat, y, reduction=reduction, **settings)
    got = np.asarray(made.double() if isinstance(made, torch.Tensor) else made, dtype=np.float64)
    np.testing.assert_allclose(got, expected, rtol=tolerance)


@by_case
@given(data=st.data())
def test_float32_is_finite_wherever_the_value_is(loss, settings, data):
    y_hat, y = data.draw(pairs(loss, bound=float(np.float32(1e30)), width=32))
    with np.errstate(over="ignore"):
        exact = loss.function(y_hat.astype(np.float64), y.astype(np.float64), reduction="none", **settings)
        ours = loss.function(y_hat, y, reduction="none", **settings)
    fits = np.abs(exact) < 0.9 * np.finfo(np.float32).max
    # y_hat − y itself is rounded to float32, which a power p magnifies p times.
    np.testing.assert_allclose(ours[fits], exact[fits], rtol=1e-5, atol=1e-37)


@by_case
@given(data=st.data())
def test_small_dtypes_keep_the_gradient_of_small_residuals(loss, settings, data):
    """Cancellation would round it to 0, and training in float16 or bfloat16 would stop early."""
    y_hat, _ = data.draw(pairs(loss, bound=1.0, width=16))
    y = np.zeros_like(y_hat)
    exact = torch_gradient(loss, y_hat.astype(np.float64), y.astype(np.float64), **settings)
    ours = torch_gradient(loss, y_hat, y, **settings)
    np.testing.assert_allclose(ours, exact, rtol=5e-3, atol=1e-6)


@by_case
def test_inputs_are_left_as_they_were(loss, settings):
    y_hat, y = np.random.default_rng(1).normal(size=(2, 6))
    y_hat.flags.writeable = y.flags.writeable = False
    loss.function(y_hat, y, **settings)


# --- the likelihood lens ---


@by_case
@pytest.mark.parametrize("width", [0.5, 1.0, 3.0])
@given(data=st.data())
def test_negative_log_density_is_loss_over_scale_plus_constant(loss, settings, width, data):
    y_hat, y = data.draw(pairs(loss, bound=32.0))
    model, settings_of_noise = loss.noise_model, {**settings, **widths(loss, width)}
    loss_value = loss.function(y_hat, y, reduction="none", **settings)
    expected = loss_value / model.scale(**settings_of_noise) + model.constant(**settings_of_noise)
    np.testing.assert_allclose(-model.log_prob(y, y_hat, **settings_of_noise), expected, rtol=1e-10, atol=1e-10)


@by_case
@pytest.mark.parametrize("width", [0.5, 1.0, 3.0])
def test_density_integrates_to_one(loss, settings, width):
    model, settings_of_noise = loss.noise_model, {**settings, **widths(loss, width)}

    def density(y):
        return float(np.exp(model.log_prob(np.float64(y), np.float64(0.7), **settings_of_noise)))

    kinks = [0.7 + side * k for k in (0.0, *settings.values()) for side in (-1, 1)]
    edges = sorted({-np.inf, *kinks, np.inf})
    area = sum(quad(density, a, b, epsabs=1e-11)[0] for a, b in zip(edges, edges[1:], strict=False))
    assert area == pytest.approx(1, abs=1e-7)


def widths(loss, value):
    """Return the noise model's own parameters: those that are no hyperparameters of the loss."""
    parameters = inspect.signature(loss.noise_model.scale).parameters
    return {name: value for name in parameters if name not in loss.hyperparameters}


# --- the Kullback–Leibler lens ---


@by_case
def test_population_minimiser_is_the_stated_one(loss, settings):
    samples = np.random.default_rng(3).exponential(size=2001)

    def expected_loss(constant):
        return float(loss.function(np.full_like(samples, constant), samples, **settings))

    stated = float(loss.minimiser.of(samples, **settings))
    found = minimize_scalar(expected_loss, bounds=(0, samples.max()), method="bounded", options={"xatol": 1e-9}).x
    assert stated == pytest.approx(found, abs=2e-3)
    assert expected_loss(stated) <= expected_loss(found) + 1e-9


# --- the properties claimed in the records ---

GRID = np.unique(np.concatenate([np.linspace(-40, 40, 161), np.linspace(-1, 1, 41)]))


@by_case
def test_convexity_is_as_claimed(loss, settings):
    a, b = (points.ravel() for points in np.meshgrid(GRID, GRID))
    zero = np.zeros_like(a)
    middle, left, right = (
        loss.function(at, zero, reduction="none", **settings) for at in ((a + b) / 2, a, b)
    )
    convex = bool(np.all(middle <= (left + right) / 2 + 1e-9))
    assert convex == loss.convex.holds(**settings)


@by_case
def test_smoothness_is_as_claimed(loss, settings):
    """Smooth: the gradient has no jump. Looked for where pieces can meet."""
    joints = np.asarray([side * k for k in (0.0, *settings.values(), 1.0) for side in (-1, 1)])
    jumps = [
        np.abs(torch_gradient(loss, joints + h, 0 * joints, **settings) - torch_gradient(loss, joints - h, 0 * joints, **settings)).max()
        for h in (1e-4, 1e-8)
    ]  # fmt: skip
    smooth = jumps[1] < 1e-3 or jumps[1] < jumps[0] / 10
    assert smooth == loss.smooth.holds(**settings)


@by_case
def test_lipschitz_constant_is_as_claimed(loss, settings):
    steepest = np.abs(torch_gradient(loss, GRID, 0 * GRID, **settings)).max()
    constant = loss.lipschitz.constant(**settings)
    if np.isfinite(constant):
        assert steepest == pytest.approx(constant)
    else:
        wider = np.abs(torch_gradient(loss, 1e6 * GRID, 0 * GRID, **settings)).max()
        assert wider > 100 * steepest


# --- bad input ---


class NotAnArray:
    def __repr__(self):
        return "NotAnArray()"


@by_loss
@pytest.mark.parametrize("name", ["y_hat", "y"])
@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ([1.0, 2.0], "array, got list"),
        (None, "array, got NoneType"),
        (NotAnArray(), "array, got NotAnArray"),
        (np.asarray([1, 2]), "real floating-point dtype, got int64"),
        (np.asarray([True, False]), "real floating-point dtype, got bool"),
        (np.asarray([1j, 2]), "real floating-point dtype, got complex128"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, np.ndarray) else str(value.dtype),
)
def test_what_is_no_float_array_is_named(loss, name, bad, says):
    arguments = {"y_hat": np.ones(2), "y": np.ones(2), name: bad}
    with pytest.raises(TypeError, match=f"^{name} must be .*{says}"):
        loss.function(**arguments)


@by_loss
def test_different_shapes_are_named(loss):
    with pytest.raises(ValueError, match=r"y_hat \(3, 1\), y \(3,\)"):
        loss.function(np.ones((3, 1)), np.ones(3))


@by_loss
def test_two_libraries_are_named(loss):
    with pytest.raises(TypeError, match=r"one library: y_hat is a numpy\.ndarray, y is a torch\.Tensor"):
        loss.function(np.ones(3), torch.ones(3))


@by_loss
def test_unknown_reduction_is_named(loss):
    with pytest.raises(ValueError, match="reduction must be one of .*'mean', 'sum', 'none'.* got 'average'"):
        loss.function(np.ones(3), np.ones(3), reduction="average")


@by_loss
def test_an_empty_batch_has_a_sum_and_no_mean(loss):
    empty = np.ones((0, 3))
    assert loss.function(empty, empty, reduction="sum") == 0
    assert loss.function(empty, empty, reduction="none").shape == (0, 3)
    with pytest.raises(ValueError, match=r"empty batch is undefined.*\(0, 3\)"):
        loss.function(empty, empty)


by_hyperparameter = pytest.mark.parametrize(
    ("loss", "name"), [(loss, name) for loss in LOSSES for name in loss.hyperparameters]
)


@by_hyperparameter
@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf"), -float("inf")])
def test_a_hyperparameter_outside_its_range_is_named(loss, name, bad):
    with pytest.raises(ValueError, match=f"^{name} must be .*, got {bad!r}"):
        loss.function(np.ones(3), np.ones(3), **{name: bad})


@by_hyperparameter
@pytest.mark.parametrize("bad", ["1", None, True, [1.0], np.ones(2)])
def test_a_hyperparameter_that_is_no_number_is_named(loss, name, bad):
    with pytest.raises(TypeError, match=f"^{name} must be a real number, got {type(bad).__name__}"):
        loss.function(np.ones(3), np.ones(3), **{name: bad})
