"""The laws that every loss obeys, by being listed in the taxonomy."""

import inspect
from itertools import pairwise

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from inputs import CASES, by_case, by_loss, cases, directions, own_axes
from scipy.integrate import quad
from scipy.optimize import minimize, minimize_scalar

import lossbook
from lossbook.checks import (
    answers, batched, call, example, flat, given_as, hyperparameters, is_a_likelihood, of_examples, peer_values, there, torch_gradient,
    understood,
)  # fmt: skip
from lossbook.taxonomy import LOSSES

REDUCTIONS = ("none", "sum", "mean")

# The losses of relations have more than one input that moves: tests/test_distance.py holds them to these laws.
by_case_of_predictions = cases(lambda loss, settings: not loss.prediction.relation)

by_peer = pytest.mark.parametrize(
    ("loss", "settings", "peer"),
    [(loss, s, peer) for loss, s in CASES for peer in loss.peers if understood(loss, peer, s) is not None],
    ids=lambda value: getattr(value, "name", None) or getattr(value, "library", None) or str(value),
)


def losses_that(condition):
    chosen = [loss for loss in LOSSES if condition(loss)]
    return pytest.mark.parametrize("loss", chosen, ids=[loss.name for loss in chosen])


@by_loss
def test_a_loss_is_public_and_has_a_peer(loss):
    assert getattr(lossbook, loss.name) is loss.function
    assert loss.peers, f"{loss.name} has no peer: name one in its record"


@by_peer
def test_value_equals_an_independent_peer(loss, settings, peer, many):
    for fed in (flat(loss, fed) for fed in many(loss)):
        if peer.library in ("optax", "rax"):
            # JAX compiles for each new shape: repeat the examples until there are always as many.
            rows = np.arange(96) % len(fed[0])
            fed = batched(loss, fed, lambda value, _, rows=rows: value[rows])
        expected = peer_values(peer, *fed, **understood(loss, peer, settings))
        if expected is None:
            continue
        ours = call(loss, fed, settings, reduction="none" if expected.ndim else "mean")
        rtol, atol = loss.prediction.close
        np.testing.assert_allclose(ours, expected, rtol=rtol, atol=atol)


@by_case_of_predictions
def test_gradient_lies_between_the_one_sided_differences(loss, settings, many):
    """Away from kinks the two differences agree, so this is the central difference's law; at a
    kink of a convex loss it says that the gradient is a subgradient."""
    for of in loss.stated_in:
        kind, own, share = loss.kinds[of], own_axes(loss.kinds[of]), loss.share(of, settings)
        for fed in many(loss):
            slope = torch_gradient(loss, fed, settings, of=of)
            value, near = of_examples(loss, call(loss, fed, settings)), loss.around(fed)
            step = 1e-5 * np.maximum(1, np.abs(fed[of]))
            for at in directions(kind):
                h, along = np.max(step * at, axis=own), np.sum(slope * at, axis=own)
                moved = [(*fed[:of], fed[of] + side * step * at, *fed[of + 1 :]) for side in (1, -1)]
                above, below = (of_examples(loss, call(near, each, settings)) for each in moved)
                right, left = share * (above - value) / h, share * (value - below) / h
                # The differences carry the rounding of values that are large beside the step.
                noise = 1e-9 + 1e-15 * (np.abs(value) + kind.bound) / h * 8
                inside = (along >= np.minimum(left, right) - noise) & (along <= np.maximum(left, right) + noise)
                assert np.all(inside | ~np.broadcast_to(loss.apart(*fed), inside.shape))


@by_case
def test_numpy_torch_and_strict_agree(loss, settings, many):
    for fed in many(loss):
        for reduction in REDUCTIONS:
            expected = call(loss, fed, settings, reduction=reduction)
            in_torch = call(loss, fed, settings, reduction=reduction, make=torch.tensor)
            strict = call(loss, fed, settings, reduction=reduction, make=array_api_strict.asarray)
            np.testing.assert_allclose(in_torch.numpy(), expected, rtol=1e-11, atol=1e-12)
            np.testing.assert_allclose(np.asarray(strict), expected, rtol=1e-11, atol=1e-12)


def at_every_setting(loss, make, fed):
    """Return a function of the inputs that gives the loss at every setting, to be traced once.

    All settings share one reduction's code: at the first it is traced in each way, at the others as a mean."""
    made = [given_as(make, fed, settings)[1] for settings in hyperparameters(loss)]
    ways = [(settings, way) for number, settings in enumerate(made) for way in (REDUCTIONS if number == 0 else ("mean",))]
    return lambda *each: [loss(*each, reduction=way, **settings) for settings, way in ways]


@by_loss
def test_jit_compile_and_vmap_trace_the_whole_function(loss):
    fed = example(loss)
    expected = at_every_setting(loss, np.asarray, fed)(*fed)

    in_jax = [jnp.asarray(each) for each in fed]
    found = jax.jit(at_every_setting(loss, jnp.asarray, fed))(*in_jax)
    for value, right in zip(found, expected, strict=True):
        np.testing.assert_allclose(value, right, rtol=1e-11, atol=loss.rounding)

    tensors = [torch.tensor(each) for each in fed]
    function = at_every_setting(loss, torch.tensor, fed)
    # backend="eager" traces as every backend does and leaves out the slow code generation.
    torch.compiler.reset()
    for value, right in zip(torch.compile(function, fullgraph=True, backend="eager")(*tensors), expected, strict=True):
        np.testing.assert_allclose(value, right, rtol=1e-11, atol=loss.rounding)
    over = tuple(None if kind.shared else 0 for kind in loss.kinds)
    for settings in hyperparameters(loss):
        made = given_as(torch.tensor, fed, settings)[1]
        mapped = torch.vmap(lambda *each, made=made: loss(*each, reduction="none", **made), in_dims=over)(*tensors)
        np.testing.assert_allclose(mapped, call(loss, fed, settings), rtol=1e-11, atol=loss.rounding)


@by_loss
def test_an_exported_loss_has_the_same_value(loss):
    fed = example(loss)

    class Criterion(torch.nn.Module):
        def forward(self, *each):
            return function(*each)

    tensors, function = [torch.tensor(each) for each in fed], at_every_setting(loss, torch.tensor, fed)
    exported = torch.export.export(Criterion(), tuple(tensors), strict=False).module()
    for value, right in zip(exported(*tensors), at_every_setting(loss, np.asarray, fed)(*fed), strict=True):
        np.testing.assert_allclose(value, right, rtol=1e-11, atol=loss.rounding)


@by_case
def test_float32_is_finite_wherever_the_value_is(loss, settings, many):
    for fed in many(loss, bound=float(np.float32(loss.prediction.widest)), width=32):
        wide = [each.astype(np.float64) if each is not None and each.dtype == np.float32 else each for each in fed]
        with np.errstate(over="ignore"):
            exact = call(loss, wide, settings)
            ours = call(loss, fed, settings)
        fits = np.abs(exact) < 0.9 * np.finfo(np.float32).max
        # ŷ − y itself is rounded to float32, which a power p magnifies p times; so is what softmax and KL add up.
        largest = max(float(np.max(np.abs(each))) for each in wide if each is not None and each.dtype == np.float64)
        np.testing.assert_allclose(ours[fits], exact[fits], rtol=1e-5, atol=loss.prediction.float32(largest))
        assert np.all(np.isfinite(torch_gradient(loss, fed, settings)[fits]))


@by_case_of_predictions
def test_small_dtypes_keep_small_gradients(loss, settings, many):
    """Cancellation would round them to 0, and training in float16 or bfloat16 would stop early."""
    of_number = not loss.has_answers
    rtol, atol = (5e-3, 1e-6) if of_number else (2e-2, 2e-3)
    for y_hat, *rest in many(loss, bound=1.0 if of_number else 8.0, width=16, plain=True):
        if of_number and loss.has_target:
            rest = [np.zeros_like(y_hat), *rest[1:]]
        ours = torch_gradient(loss, (y_hat, *rest), settings)
        y_hat, *rest = (
            each.astype(np.float64) if each is not None and each.dtype == np.float16 else each for each in (y_hat, *rest)
        )
        # Nearer to a margin than the dtype can tell, the slope of either side is right.
        reach = 0 if of_number else np.finfo(np.float16).eps * np.maximum(1, np.abs(y_hat))
        moves = [0.0, *(side * reach * at for at in directions(loss.prediction) for side in (-1, 1))]
        exact = [torch_gradient(loss, (y_hat + move, *rest), settings) for move in moves]
        lowest, highest = np.min(exact, axis=0), np.max(exact, axis=0)
        np.testing.assert_allclose(ours, np.clip(ours, lowest, highest), rtol=rtol, atol=atol)


# --- lists and sequences: what is masked, how they are padded, in which order they come ---


def masks(loss):
    return any(kind.masks or kind.counts for kind in loss.kinds)


def value_and_gradients(loss, fed, settings):
    """Return the losses, and the gradient of their sum in each input that moves, in torch."""
    tensors, made = given_as(torch.tensor, fed, settings)
    for i in loss.moving:
        tensors[i].requires_grad_()
    values = loss(*tensors, reduction="none", **made)
    slopes = torch.autograd.grad(values.sum(), [tensors[i] for i in loss.moving])
    return values.detach().numpy(), [slope.numpy() for slope in slopes]


def assert_same(found, expected, where=lambda slope: slope):
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-12, atol=1e-13)
    for slope, right in zip(found[1], expected[1], strict=True):
        np.testing.assert_allclose(where(slope), right, rtol=1e-11, atol=1e-13)


@cases(lambda loss, settings: masks(loss))
@pytest.mark.parametrize("junk", [float("nan"), float("inf"), -1e30, 0.0])
def test_what_is_masked_reaches_neither_value_nor_gradient(loss, settings, junk):
    fed = example(loss)
    counts = there(loss, fed)
    assert not all(np.all(count) for count in counts), "nothing is masked in the example"
    fill = {"f": junk, "i": -(10**6), "b": False}
    changed = [np.where(count, each, fill[each.dtype.kind]).astype(each.dtype) for each, count in zip(fed, counts, strict=True)]
    expected = value_and_gradients(loss, fed, settings)
    assert_same(value_and_gradients(loss, changed, settings), expected)
    for i, slope in zip(loss.moving, expected[1], strict=True):
        assert np.all(slope[~counts[i]] == 0)
    np.testing.assert_allclose(call(loss, changed, settings), expected[0], rtol=1e-11, atol=1e-12)


@cases(lambda loss, settings: masks(loss))
def test_padding_changes_nothing(loss, settings):
    fed = example(loss)
    for by in loss.kinds:
        for name in (axis for axis in by.axes if axis not in by.full) if by.masks else filter(None, [by.counts]):
            padded, slices = [], []
            for kind, each in zip(loss.kinds, fed, strict=True):
                axes = [axis.partition("+")[0] for axis in kind.axes]
                if name in axes:
                    place = axes.index(name) - len(axes)
                    junk = {"f": np.nan, "i": -1, "b": False}[each.dtype.kind]
                    wide = [(0, 3 if axis == each.ndim + place else 0) for axis in range(each.ndim)]
                    slices.append((..., slice(0, each.shape[place]), *[slice(None)] * (-place - 1)))
                    each = np.pad(each, wide, constant_values=junk)
                else:
                    slices.append(...)
                padded.append(each)
            values, slopes = value_and_gradients(loss, padded, settings)
            cut = [slope[slices[i]] for i, slope in zip(loss.moving, slopes, strict=True)]
            values = values[slices[0]] if name in loss.keeps else values
            assert_same((values, cut), value_and_gradients(loss, fed, settings))


@losses_that(lambda loss: loss.orderless)
def test_the_order_of_elements_changes_nothing(loss):
    fed = example(loss)
    for settings in hyperparameters(loss):
        for name in loss.orderless:
            places = [kind.axes.index(name) - len(kind.axes) if name in kind.axes else None for kind in loss.kinds]
            size = next(each.shape[place] for each, place in zip(fed, places, strict=True) if place is not None)
            order = np.random.default_rng(5).permutation(size)

            def moved(each, place, order=order):
                return each if place is None else np.take(each, order, axis=place)

            turned = [moved(each, place) for each, place in zip(fed, places, strict=True)]
            values, slopes = value_and_gradients(loss, fed, settings)
            values = moved(values, places[0]) if name in loss.keeps else values
            expected = values, [moved(slope, places[i]) for i, slope in zip(loss.moving, slopes, strict=True)]
            assert_same(value_and_gradients(loss, turned, settings), expected)


@by_case
def test_there_is_one_value_for_each_of_the_batch(loss, settings):
    assert call(loss, example(loss, (4, 3)), settings).shape == (4, 3, *loss.kept_sizes)


@losses_that(lambda loss: loss.constant)
def test_constants_take_no_gradient(loss):
    fed = example(loss)
    for settings in hyperparameters(loss):
        tensors, made = given_as(torch.tensor, fed, settings)
        constants = [loss.names.index(name) for name in loss.constant]
        moved = [tensors[i].requires_grad_() for i in (*constants, loss.moving[0])]
        *none, some = torch.autograd.grad(loss(*tensors, reduction="sum", **made), moved, allow_unused=True)
        assert all(each is None or not each.any() for each in none) and some.any()

        arrays, made = given_as(jnp.asarray, fed, settings)
        slopes = jax.grad(lambda *each, made=made: loss(*each, reduction="sum", **made), argnums=tuple(constants))(*arrays)
        assert not any(slope.any() for slope in slopes)


# --- the likelihood lens ---


def widths(loss, value):
    """Return the noise model's own parameters: those that are no hyperparameters of the loss."""
    parameters = inspect.signature(loss.noise_model.scale).parameters
    return {name: value for name in parameters if name not in loss.hyperparameters}


@cases(is_a_likelihood)
@pytest.mark.parametrize("width", [0.5, 1.0, 3.0])
def test_negative_log_density_is_loss_over_scale_plus_constant(loss, settings, width, many):
    model = loss.noise_model
    known = inspect.signature(model.scale).parameters
    all_settings = {k: v for k, v in settings.items() if k in known} | widths(loss, width)
    for fed in many(loss, bound=8.0 if loss.has_answers else 32.0, plain=True):
        prediction, target, *rest = fed
        expected = call(loss, fed, settings) / model.scale(**all_settings) + model.constant(**all_settings)
        found = -model.log_prob(target, prediction, *rest, **all_settings)
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


@cases(lambda loss, settings: is_a_likelihood(loss, settings) and loss.has_target and not loss.has_answers)
@pytest.mark.parametrize("width", [0.5, 1.0, 3.0])
def test_density_integrates_to_one(loss, settings, width):
    model, settings_of_noise = loss.noise_model, {**settings, **widths(loss, width)}

    def density(y):
        return float(np.exp(model.log_prob(np.float64(y), np.float64(0.7), **settings_of_noise)))

    kinks = [0.7 + side * k for k in (0.0, *settings.values()) for side in (-1, 1)]
    edges = sorted({-np.inf, *kinks, np.inf})
    area = sum(quad(density, a, b, epsabs=1e-11)[0] for a, b in pairwise(edges))
    assert area == pytest.approx(1, abs=1e-7)


@cases(lambda loss, settings: is_a_likelihood(loss, settings) and loss.has_answers)
def test_probabilities_of_all_labels_sum_to_one(loss, settings, many):
    known = {name: settings[name] for name in inspect.signature(loss.noise_model.scale).parameters}
    for fed in many(loss, bound=8.0, plain=True):
        total = sum(np.exp(loss.noise_model.log_prob(y, y_hat, *rest, **known)) for y_hat, y, *rest in answers(loss, fed))
        np.testing.assert_allclose(total, 1, rtol=1e-9)


@cases(lambda loss, settings: loss.noise_model is None and loss.has_answers and not loss.likelihood_at(**settings))
def test_without_noise_model_the_sum_over_the_labels_varies(loss, settings):
    total = sum(np.exp(-call(loss, fed, settings)) for fed in answers(loss, example(loss)))
    assert np.ptp(total) > 0.1, "exp(−L) would be a likelihood but for a constant"


# --- the Kullback–Leibler lens ---


@cases(lambda loss, settings: loss.has_target and not loss.has_answers)
def test_population_minimiser_is_the_stated_one(loss, settings):
    samples = np.random.default_rng(3).exponential(size=2001)

    def expected_loss(constant):
        return float(loss(np.full_like(samples, constant), samples, **settings))

    stated = float(loss.minimiser.of(samples, **settings))
    found = minimize_scalar(expected_loss, bounds=(0, samples.max()), method="bounded", options={"xatol": 1e-9}).x
    assert stated == pytest.approx(found, abs=2e-3)
    assert expected_loss(stated) <= expected_loss(found) + 1e-9


@cases(lambda loss, settings: not loss.has_target and loss.minimiser.of is not None)
def test_a_loss_without_a_target_is_least_where_it_is_stated_to_be(loss, settings, many):
    lowest = call(loss, [np.asarray(each) for each in loss.minimiser.of(**settings)], settings)
    for fed in many(loss):
        assert np.all(call(loss, fed, settings) >= lowest - 1e-12)


def expected_under(p, loss, settings, y_hat):
    """Return the expected loss of one prediction, when the answers have the probabilities p."""
    possible = answers(loss, (y_hat, None))
    return sum(w * float(call(loss, fed, settings)) for w, fed in zip(p, possible, strict=True))


def best_prediction(loss, settings, p):
    """Return by search the prediction that minimises the expected loss under p, and that expected loss."""
    kind = loss.prediction

    def expected_loss(free):
        return expected_under(p, loss, settings, kind.of_free(np.asarray(free)))

    if kind.axes:
        start = minimize(expected_loss, np.zeros(kind.sizes), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
        free = minimize(expected_loss, start.x, method="BFGS", options={"gtol": 1e-9}).x
    else:
        free = minimize_scalar(expected_loss, bounds=(-9, 9), method="bounded", options={"xatol": 1e-10}).x
    return kind.of_free(free), expected_loss(free)


def as_shares(loss, p):
    """Return probabilities of all answers, and what stands for them in the record: of two answers, that of yes."""
    if len(loss.target.answers) > 2:
        return np.asarray(p), np.asarray(p)
    return np.asarray([1 - p[0], p[0]]), p[0]


@cases(lambda loss, settings: loss.has_target and loss.has_answers and loss.minimiser.of is not None)
@pytest.mark.parametrize("p", [(0.2, 0.3, 0.5), (0.1, 0.62, 0.28)])
def test_best_prediction_is_the_stated_one(loss, settings, p):
    p, share = as_shares(loss, p)
    found, lowest = best_prediction(loss, settings, p)
    arrays = {name: np.asarray(v) if isinstance(v, tuple) else v for name, v in settings.items()}
    stated = loss.minimiser.of(share, **arrays)
    if loss.prediction.determined:
        np.testing.assert_allclose(loss.prediction.says(found), stated, atol=2e-5)
    else:  # between ties not at all: compare what they cost
        assert expected_under(p, loss, settings, stated) <= lowest + 1e-6


@cases(lambda loss, settings: loss.proper is not None)
def test_properness_is_as_claimed(loss, settings):
    p, truth = as_shares(loss, (0.2, 0.3, 0.5))
    found, _ = best_prediction(loss, settings, p)
    off = np.max(np.abs(loss.prediction.says(found) - truth))
    assert (off < 1e-4) == loss.proper.holds(**settings), off


# --- the properties claimed in the records ---

GRID = np.unique(np.concatenate([np.linspace(-40, 40, 161), np.linspace(-1, 1, 41)]))


def with_targets(loss, values, of):
    """Return inputs with values in one place at which a property is looked at: beside the target 0, or each answer.

    Without a target, what stands beside them is an example's."""
    if loss.has_target:
        return answers(loss, (values, None)) if loss.has_answers else [(values, np.zeros(values.shape))]
    fed = list(example(loss, values.shape[: values.ndim - len(loss.kinds[of].axes)]))
    fed[of] = values
    return answers(loss, fed) if loss.has_answers else [fed]


@by_case_of_predictions
def test_convexity_is_as_claimed(loss, settings):
    """Where there are many answers, they share the pairs out: each pair is looked at beside some of them."""

    def convex(of):
        points = loss.kinds[of].along(GRID[::2] if loss.kinds[of].axes else GRID)
        pairs = np.random.default_rng(0).integers(len(points), size=(2, 40_000))
        every = max(1, len(with_targets(loss, points, of)) // 4)
        return all(convex_between(points[pairs[:, i::every]], slice(i, None, every), of) for i in range(every))

    def convex_between(ends, some, of):
        a, b = ends
        fed = (with_targets(loss, each, of)[some] for each in ((a + b) / 2, a, b))
        return all(
            np.all(call(loss, inside, settings) <= (call(loss, left, settings) + call(loss, right, settings)) / 2 + 1e-9)
            for inside, left, right in zip(*fed, strict=True)
        )

    assert all(map(convex, loss.stated_in)) == loss.convex.holds(**settings)


@by_case_of_predictions
def test_smoothness_is_as_claimed(loss, settings):
    """Smooth: the gradient has no jump. Looked for where pieces can meet."""
    numbers = [value for value in settings.values() if isinstance(value, float)]
    places = np.asarray([side * k for k in (0.0, *numbers, 1.0) for side in (-1, 1)])

    def jump(h, of):
        kind = loss.kinds[of]
        steps = (np.multiply.outer(kind.joints(places) + side * h, directions(kind)) for side in (1, -1))
        # All in one batch: a call costs more than what it computes.
        both = (with_targets(loss, kind.rest + step.reshape(-1, *kind.sizes), of) for step in steps)
        return max(
            np.abs(torch_gradient(loss, right, settings, of=of) - torch_gradient(loss, left, settings, of=of)).max()
            for right, left in zip(*both, strict=True)
        )

    def smooth(of):
        near = jump(1e-8, of)
        return near < 1e-3 or near < jump(1e-4, of) / 10

    assert all(map(smooth, loss.stated_in)) == loss.smooth.holds(**settings)


def steepest(loss, settings, grid, *, stretched=False):
    """Return the largest length of a gradient along a grid, or along one stretched as far as its kind goes."""

    def slopes(of):
        kind = loss.kinds[of]
        points = kind.along((kind.stretch if stretched else 1) * grid)
        for fed in with_targets(loss, points, of):
            yield np.sqrt(np.sum(torch_gradient(loss, fed, settings, of=of) ** 2, axis=own_axes(kind))).max()

    return max(max(slopes(of)) for of in loss.stated_in)


@by_case_of_predictions
def test_lipschitz_constant_is_as_claimed(loss, settings):
    constant = loss.lipschitz.constant(**settings)
    found = steepest(loss, settings, GRID)
    if constant is None:  # there is one, but no formula for it
        assert steepest(loss, settings, GRID, stretched=True) < 1.5 * found
    elif np.isfinite(constant):
        # Where the record gives a bound ("at most"), it is not reached at every setting.
        assert (0.9 if "at most" in loss.lipschitz.text else 1 - 5e-3) * constant <= found <= constant * (1 + 1e-6)
    else:
        assert steepest(loss, settings, GRID, stretched=True) > 100 * found
