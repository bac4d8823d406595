"""Every class of input there is, and what the losses make of it, as the records of the kinds say it.

Where a record says `value`, it is the right one; `nan` is NaN, in and out; `error` names the argument;
`either` is the right value, or an error that names the argument. Whatever comes in is left as it was.
"""

import inspect
import re

import array_api_strict
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from inputs import by_case, by_loss, of_dtype

from lossbook.checks import batched, call, example, given_as, hard_example, there
from lossbook.taxonomy import KINDS, LOSSES, NUMBERS, TYPES, loss_of


def numbers_in_inputs():
    """Yield each loss, position of an input, number of its form, and what each number does there."""
    for loss in LOSSES:
        for which, kind in enumerate(loss.kinds):
            forms = [KINDS[name] for name in kind.forms if name is not None] or [kind]
            for form, each in enumerate(forms):
                for column, content in zip(NUMBERS, each.numbers.split(), strict=False):
                    yield pytest.param(loss, which, form, column, content, id=f"{loss.name}-{loss.names[which]}-{column}")


def alike(fed):
    return [None if each is None else np.array(each) for each in fed]


def assert_untouched(fed, before):
    for each, was in zip(fed, before, strict=True):
        if was is not None:
            np.testing.assert_array_equal(np.asarray(each.detach() if isinstance(each, torch.Tensor) else each), was)


def exact(loss, fed, number):
    """Return the loss in float64; of an infinite number, the limit: what 1e150 gives, and ∞ from 1e100 on."""
    with np.errstate(all="ignore"):
        wide = [each.astype(np.float64) if each is not None and each.dtype == np.float32 else each for each in fed]
        if not np.isinf(number):
            return call(loss, wide, {})
        wide = [np.clip(each, -1e150, 1e150) if each is not None and each.dtype == np.float64 else each for each in wide]
        values = call(loss, wide, {})
        return np.where(np.abs(values) > 1e100, np.copysign(np.inf, values), values)


def in_float32(fed):
    return [each.astype(np.float32) if each is not None and each.dtype == np.float64 else each for each in fed]


def that_count(loss, fed, which):
    """Return the places in an input that are there and that the loss reads, in a random order."""
    counts = there(loss, fed)[which]
    if which == 0 and loss.reads is not None:
        counts = counts & loss.reads(*fed)
    return np.random.default_rng(which).permutation(np.argwhere(counts))


@pytest.mark.parametrize(("loss", "which", "form", "number", "answer"), list(numbers_in_inputs()))
@pytest.mark.parametrize("make", [np.array, torch.tensor], ids=["numpy", "torch"])
def test_a_number(loss, which, form, number, answer, make, request):
    """In one place after another: what it does to its own row, and that the other rows stay what they were."""
    number, name, kind = float(number), loss.names[which], loss.kinds[which]
    for seed in range(40 if request.config.getoption("deep") else 4):
        fed = in_float32(hard_example(loss, (4, 5), seed=2 * seed + form))
        if fed[which] is None:
            return
        fed[which] = fed[which].astype(np.float32)
        place = tuple(that_count(loss, fed, which)[0])
        fed[which][place] = number
        before = alike(fed)
        arrays = [None if each is None else make(each) for each in fed]
        try:
            with np.errstate(all="ignore"):
                ours = np.asarray(loss(*arrays, reduction="none"))
        except ValueError as error:
            assert answer in ("error", "either") and re.search(rf"^(each row of )?{name} (must|leaves) .*, got ", str(error)), (
                error
            )
            continue
        finally:
            assert_untouched(arrays, before)
        assert answer != "error"
        row = ours if kind.shared else ours[place[: ours.ndim]]
        if answer == "nan":
            counted = there(loss, fed)[0][place[: ours.ndim]] if loss.keeps else ...
            assert np.all(np.isnan(row[counted]))
            with np.errstate(all="ignore"):
                assert all(np.isnan(float(loss(*arrays, reduction=reduction))) for reduction in ("mean", "sum"))
            continue
        # Float64 holds rows of probabilities to a sum of 1 more strictly.
        if kind.form(fed[which]).whole and abs(np.sum(fed[which][place[:-1]], dtype=np.float64) - 1) > 1e-6:
            continue
        right = exact(loss, fed, number)
        with np.errstate(over="ignore"):
            right = right.astype(np.float32).astype(np.float64)
        atol = 1e-5
        if loss.prediction.relation:
            largest = max(float(np.max(np.abs(each[np.isfinite(each)]), initial=1)) for each in fed if each is not None)
            with np.errstate(over="ignore"):
                atol = 2e-4 * largest**loss.degree
        np.testing.assert_allclose(ours, right, rtol=1e-5, atol=atol)


# Kinds of inputs without bounds: where two of them are infinite, ∞ − ∞ may be asked for.
def is_unbounded(kind):
    return dict(zip(NUMBERS, kind.numbers.split(), strict=False)).get("inf") in ("value", "either")


@by_loss
@pytest.mark.parametrize("make", [np.array, torch.tensor], ids=["numpy", "torch"])
def test_infinities_that_meet_leave_a_value_or_name_an_argument(loss, make, request):
    for seed in range(50 if request.config.getoption("deep") else 6):
        fed = in_float32(hard_example(loss, (3, 4), seed))
        random = np.random.default_rng(seed)
        for i, kind in enumerate(loss.kinds):
            if fed[i] is not None and is_unbounded(kind):
                fed[i] = random.choice(np.asarray([np.inf, -np.inf, 1.0], dtype=np.float32), size=fed[i].shape)
                if min(kind.refused, default=0) < 0:
                    fed[i] = np.abs(fed[i])
        arrays = [None if each is None else make(each) for each in fed]
        for reduction in ("none", "mean"):
            try:
                with np.errstate(all="ignore"):
                    ours = np.asarray(loss(*arrays, reduction=reduction))
            except ValueError as error:
                assert re.search(rf"^({'|'.join(loss.names)}) leaves .*, got -?inf", str(error)), error
            else:
                assert not np.any(np.isnan(ours))


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if loss.inputs == ("real", "real")], ids=lambda loss: loss.name)
def test_infinity_is_at_no_distance_from_itself(loss):
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="^y_hat leaves the loss without a value, got inf"):
        loss(np.asarray([1.0, np.inf]), np.asarray([2.0, np.inf]))


HALF = np.asarray([np.inf], dtype=np.float16)
BEYOND = [
    # A margin beyond float16's largest number is infinite there.
    ("hinge_loss", (HALF, np.ones_like(HALF)), {"margin": 1e5}),
    ("contrastive_loss", (HALF, np.zeros_like(HALF)), {"margin": 1e5}),
    # The factor before an infinite cross-entropy is rounded to 0.
    ("sigmoid_focal_loss", (np.asarray([np.inf]), np.asarray([0.99])), {"gamma": 500.0}),
]


@pytest.mark.parametrize(("name", "fed", "settings"), BEYOND, ids=[name for name, _, _ in BEYOND])
def test_infinity_beside_a_hyperparameter_out_of_reach_is_named(name, fed, settings):
    loss = loss_of(name)
    says = f"^{loss.names[0]} leaves the loss without a value, got inf"
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=says):
        loss(*fed, **settings)


class NotAnArray:
    def __repr__(self):
        return "NotAnArray()"


OF_ANOTHER_TYPE = {
    "list": np.ndarray.tolist,
    "None": lambda array: None,
    "object": lambda array: NotAnArray(),
    "torch": torch.tensor,
}


BY_TYPE = [
    pytest.param(loss, which, column, answer, id=f"{loss.name}-{loss.names[which]}-{column}")
    for loss in LOSSES
    for which, kind in enumerate(loss.kinds)
    for column, answer in zip(TYPES, kind.types.split(), strict=True)
    if column != "torch" or len(loss.kinds) > 1  # alone, it is of one library
]


@pytest.mark.parametrize(("loss", "which", "kind", "answer"), BY_TYPE)
def test_a_type(loss, which, kind, answer):
    """One input of another type among the others, which are numpy's, in float64 or int64."""
    fed = list(hard_example(loss, (3, 4), bound=None if loss.has_answers else 0.75, plain=True))
    if kind == "None" and inspect.signature(loss.function).parameters[loss.names[which]].default is None:
        left_out = [None if None in kind.forms or i == which else fed[i] for i, kind in enumerate(loss.kinds)]
        assert np.all(np.isfinite(loss(*left_out)))
        return
    usual = fed[which].dtype
    if kind in OF_ANOTHER_TYPE:
        fed[which] = OF_ANOTHER_TYPE[kind](fed[which])
    else:
        with np.errstate(all="ignore"):
            fed[which] = fed[which].astype(kind)
    if answer == "error":
        with pytest.raises(TypeError) as caught:
            loss(*fed)
        name, message = loss.names[which], str(caught.value)
        if kind == "torch":
            assert re.search(rf"^arrays must come from one library: .*\b{name} is a torch\.Tensor", message), message
            assert " is a numpy.ndarray" in message
        elif kind in OF_ANOTHER_TYPE:
            assert message.startswith(f"{name} must be an array, got {type(fed[which]).__name__}: "), message
        else:
            assert re.search(rf"^{name} must .* dtype, .*{kind}", message), message
    else:
        wide = alike(fed)
        wide[which] = wide[which].astype(usual)
        with np.errstate(all="ignore"):
            expected = call(loss, wide, {})
            ours = loss(*fed, reduction="none")
        floats = [each.dtype for each, kind in zip(fed, loss.kinds, strict=True) if each is not None and not kind.few]
        assert ours.dtype == np.result_type(*[dtype for dtype in floats if dtype.kind == "f"])
        tolerance = 1e-12 if loss.kinds[which].few or fed[which].dtype != np.float32 else 1e-4
        np.testing.assert_allclose(ours, expected, rtol=tolerance, atol=tolerance)


def strided(array):
    """Return the same numbers with the axes stored in another order, and every other one only."""
    if array.ndim == 0:
        return array
    apart = np.repeat(np.moveaxis(array, 0, -1), 2, axis=-1)
    return np.moveaxis(apart[..., ::2], -1, 0)


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def requiring_gradients(array):
    return torch.tensor(array, requires_grad=array.dtype == np.float64)


def in_inference_mode(array):
    with torch.inference_mode():
        return torch.tensor(array)


# The same numbers in other arrays, all inputs at once: the loss is what it was.
ARRAYS = {
    "strided": strided,
    "read-only": read_only,
    "requires grad": requiring_gradients,
    "inference mode": in_inference_mode,
    "jax": jnp.asarray,
    "strict": array_api_strict.asarray,
}


@by_case
@pytest.mark.parametrize("kind", ARRAYS)
def test_another_array(loss, settings, kind, many):
    # JAX compiles for each new shape.
    for fed in (example(loss, seed=seed) for seed in range(2)) if kind == "jax" else many(loss):
        arrays, made = given_as(ARRAYS[kind], fed, settings)
        before = alike(fed)
        ours = loss(*arrays, reduction="none", **made)
        assert_untouched(arrays, before)
        assert not isinstance(ours, torch.Tensor) or ours.requires_grad == (kind == "requires grad")
        ours = np.asarray(ours.detach() if isinstance(ours, torch.Tensor) else ours)
        np.testing.assert_allclose(ours, call(loss, fed, settings), rtol=1e-11, atol=1e-12)


@by_case
def test_one_example_without_a_batch(loss, settings):
    batch = example(loss, shape=(2, 3), seed=1)
    every = call(loss, batch, settings)
    for i, j in np.ndindex(2, 3):
        one = batched(loss, batch, lambda value, own, at=(i, j): value[at])
        value = call(loss, one, settings)
        assert value.shape == loss.kept_sizes
        np.testing.assert_allclose(value, every[i, j], rtol=1e-12)


@by_loss
@pytest.mark.parametrize("make", [np.asarray, torch.tensor], ids=["numpy", "torch"])
def test_an_empty_batch_has_a_sum_and_no_mean(loss, make):
    empty = [make(each) for each in example(loss, shape=(0, 2))]
    assert loss(*empty, reduction="sum") == 0
    shape = (0, 2, *loss.kept_sizes)
    assert loss(*empty, reduction="none").shape == shape
    with pytest.raises(ValueError, match=rf"empty batch is undefined.*{re.escape(str(shape))}"):
        loss(*empty)


@by_case
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32], ids=str)
def test_the_mean_of_a_large_batch_overflows_nowhere(loss, settings, dtype):
    """In float16 the count itself is infinite, and so would be the sum."""
    small, count = example(loss, shape=(1000,)), 100
    small = [each if loss.has_answers or kind.few else kind.coarse(each) for each, kind in zip(small, loss.kinds, strict=True)]
    large = batched(loss, small, lambda value, own: np.concatenate([value] * count))

    make = of_dtype(torch.tensor, dtype)
    ours = call(loss, large, settings, make=make, reduction="mean")
    one = call(loss, small, settings, make=make, reduction="mean")
    np.testing.assert_allclose(float(ours), float(one), rtol=4 * float(torch.finfo(dtype).eps), atol=1e-6)


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
def test_dtype_in_is_dtype_out(loss, settings, make, dtype, tolerance):
    # Values that every dtype holds exactly, so that only the loss' own rounding is seen.
    fed = [each if kind.few else kind.coarse(each) for each, kind in zip(example(loss, (4,), seed=6), loss.kinds, strict=True)]
    for reduction in ("none", "sum", "mean"):
        made = call(loss, fed, settings, make=of_dtype(make, dtype), reduction=reduction)
        assert made.dtype == dtype
        expected = call(loss, fed, settings, reduction=reduction)
        got = np.asarray(made.double() if isinstance(made, torch.Tensor) else made, dtype=np.float64)
        # What is divided by the temperature brings its rounding along.
        atol = tolerance / settings.get("temperature", 1) if loss.has_answers else loss.rounding * tolerance / 1e-12
        np.testing.assert_allclose(got, expected, rtol=2 * tolerance, atol=atol)


# --- what does not fit ---


def arguments(loss, **changes):
    """Return valid inputs, and settings without a default, by name, with changes."""
    return {**dict(zip(loss.names, example(loss, shape=(2,)), strict=True)), **loss.asked, **changes}


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if len(loss.inputs) > 1], ids=lambda loss: loss.name)
def test_different_shapes_are_named(loss):
    prediction, target, *rest = example(loss, shape=(3,))
    longer = target[..., None]
    with pytest.raises(ValueError) as caught:
        loss(prediction, longer, *rest)
    for name, array in zip(loss.names[:2], (prediction, longer), strict=True):
        assert f"{name} {array.shape}" in str(caught.value)


@by_loss
def test_unknown_reduction_is_named(loss):
    with pytest.raises(ValueError, match="reduction must be one of .*'mean', 'sum', 'none'.* got 'average'"):
        loss.function(**arguments(loss), reduction="average")


@pytest.mark.parametrize(
    ("loss", "which", "bad"),
    [(loss, which, bad) for loss in LOSSES for which, kind in enumerate(loss.kinds) for bad in kind.refused],
    ids=lambda value: getattr(value, "name", None) or str(value),
)
@pytest.mark.parametrize("make", [np.asarray, torch.tensor, array_api_strict.asarray], ids=["numpy", "torch", "strict"])
def test_a_value_out_of_place_is_named_with_its_place(loss, which, bad, make):
    fed = list(example(loss))
    index = tuple(map(int, that_count(loss, fed, which)[0]))
    fed[which][index] = bad
    with pytest.raises(ValueError) as caught:
        loss(*map(make, fed))
    said = f"{loss.names[which]} must {loss.kinds[which].rule}"
    # A hint may stand between the rule and what breaks it.
    assert re.fullmatch(
        rf"{re.escape(said)}( \(of logits, .*\))?, got {bad:g} at index {re.escape(str(index))}", str(caught.value)
    )


@pytest.mark.parametrize(
    "loss",
    [loss for loss in LOSSES if KINDS["probabilities"] in (loss.target, *(KINDS[form] for form in loss.target.forms))],
    ids=lambda loss: loss.name,
)
def test_a_row_that_does_not_sum_to_one_is_named_with_its_place(loss):
    y_hat, _ = example(loss)
    p = np.full(y_hat.shape, 0.25)
    p[..., 0] = 0.5
    p[1, 2, 0] = 0.75
    with pytest.raises(ValueError, match=rf"each row of {loss.names[1]} must sum to 1, got 1.25 at index \(1, 2\)"):
        loss(y_hat, p)


def hyperparameters_that(condition):
    chosen = [(loss, name) for loss in LOSSES for name, h in loss.hyperparameters.items() if condition(h)]
    return pytest.mark.parametrize(("loss", "name"), chosen, ids=[f"{loss.name}-{name}" for loss, name in chosen])


def is_array(hyperparameter):
    return any(isinstance(value, tuple) for value in hyperparameter.values)


def is_pair(hyperparameter):
    return any(isinstance(value, list) for value in hyperparameter.values)


def is_switch(hyperparameter):
    return all(isinstance(value, bool) for value in hyperparameter.values)


def is_choice(hyperparameter):
    return all(isinstance(value, str) for value in hyperparameter.values)


by_number = hyperparameters_that(
    lambda h: not is_array(h) and not is_pair(h) and not is_switch(h) and not is_choice(h) and not h.whole and not h.names
)
by_element = hyperparameters_that(lambda h: h.names)
by_count = hyperparameters_that(lambda h: h.whole)
by_switch = hyperparameters_that(is_switch)
by_choice = hyperparameters_that(is_choice)
by_pair = hyperparameters_that(is_pair)
by_weights = hyperparameters_that(is_array)


@by_number
@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf"), -float("inf")])
def test_a_hyperparameter_outside_its_range_is_named(loss, name, bad):
    with pytest.raises(ValueError, match=f"^{name} must be .*, got {bad!r}"):
        loss.function(**arguments(loss, **{name: bad}))


@by_number
def test_a_range_ends_where_it_is_said_to(loss, name):
    inside, outside = loss.hyperparameters[name].edge
    assert np.isfinite(loss.function(**arguments(loss, **{name: inside})))
    with pytest.raises(ValueError, match=f"^{name} must be .*, got {outside!r}"):
        loss.function(**arguments(loss, **{name: outside}))


@by_number
@pytest.mark.parametrize("bad", ["1", None, True, [1.0], np.ones(2)])
def test_a_hyperparameter_that_is_no_number_is_named(loss, name, bad):
    optional = None in loss.hyperparameters[name].values
    if (bad is None and optional) or (loss.hyperparameters[name].arrays and isinstance(bad, np.ndarray)):
        pytest.skip("allowed here")
    with pytest.raises(TypeError, match=f"^{name} must be .*, got {type(bad).__name__}"):
        loss.function(**arguments(loss, **{name: bad}))


@by_count
@pytest.mark.parametrize("bad", [0, -1])
def test_a_count_below_1_is_named(loss, name, bad):
    with pytest.raises(ValueError, match=f"^{name} must be at least 1, got {bad}"):
        loss.function(**arguments(loss, **{name: bad}))


@by_count
@pytest.mark.parametrize("bad", [2.0, "all", True, [1], np.ones(2)])
def test_a_count_that_is_no_whole_number_is_named(loss, name, bad):
    with pytest.raises(TypeError, match=f"^{name} must be a whole number, or None, got {type(bad).__name__}"):
        loss.function(**arguments(loss, **{name: bad}))


@by_element
@pytest.mark.parametrize("bad", [-1, 3])
def test_what_names_no_element_is_named(loss, name, bad):
    with pytest.raises(ValueError, match=f"^{name} must be a class from 0 to 2, got {bad}"):
        loss.function(**arguments(loss, **{name: bad}))


@by_element
@pytest.mark.parametrize("bad", [1.0, "first", True, None, np.ones(2)])
def test_what_names_an_element_is_a_whole_number(loss, name, bad):
    with pytest.raises(TypeError, match=f"^{name} must be a whole number, got {type(bad).__name__}"):
        loss.function(**arguments(loss, **{name: bad}))


@by_switch
@pytest.mark.parametrize("bad", [1, "yes", None])
def test_a_switch_that_is_neither_on_nor_off_is_named(loss, name, bad):
    with pytest.raises(TypeError, match=f"^{name} must be True or False, got {type(bad).__name__}"):
        loss.function(**arguments(loss, **{name: bad}))


@by_choice
@pytest.mark.parametrize("bad", ["another", 1, None, ["noise"], np.ones(2)])
def test_what_is_none_of_the_choices_is_named(loss, name, bad):
    with pytest.raises(ValueError, match=f"^{name} must be one of .*, got ") as caught:
        loss.function(**arguments(loss, **{name: bad}))
    assert all(repr(choice) in str(caught.value) for choice in loss.hyperparameters[name].values)


@by_pair
@pytest.mark.parametrize(
    ("bad", "error"), [
        ([1.0, 0.0], ValueError), ([1.0, 1.0], ValueError), ([0.0, np.nan], ValueError), ([-np.inf, 1.0], ValueError),
        ([1.0], TypeError), (1.0, TypeError), (None, TypeError), ([1, 2, 3], TypeError), (["0", "1"], TypeError), ([True, 2], TypeError),
    ], ids=str,
)  # fmt: skip
def test_two_numbers_that_are_no_low_and_high_one_are_named(loss, name, bad, error):
    with pytest.raises(error, match=f"^{name} must be .*, got "):
        loss.function(**arguments(loss, **{name: bad}))


@by_weights
@pytest.mark.parametrize(
    ("bad", "error", "says"),
    [
        ([1.0, 1.0, 1.0], TypeError, "be an array, got list"),
        (2.0, TypeError, "be an array, got float"),
        (np.asarray([1, 1, 1]), TypeError, "be of a real floating-point dtype, got int64"),
        (np.ones(2), ValueError, r"have shape \(3,\), one weight for each class, got \(2,\)"),
        (np.ones((1, 3)), ValueError, r"have shape \(3,\), one weight for each class, got \(1, 3\)"),
        (np.asarray([1, -0.5, 1]), ValueError, r"be finite and at least 0, got -0.5 at index \(1,\)"),
        (np.asarray([1, 1, np.inf]), ValueError, r"be finite and at least 0, got inf at index \(2,\)"),
        (np.asarray([np.nan, 1, 1]), ValueError, r"be finite and at least 0, got nan at index \(0,\)"),
    ],
    ids=["list", "number", "integers", "short", "two axes", "negative", "infinite", "nan"],
)
def test_bad_weights_are_named(loss, name, bad, error, says):
    with pytest.raises(error, match=f"^{name} must {says}"):
        loss.function(**arguments(loss, **{name: bad}))
