"""Every class of input there is, and what the losses make of it: tables, which are the tests.

Where a table says `value`, it is the right one; `nan` is NaN, in and out; `error` names the argument;
`either` is the right value, or an error that names the argument. Whatever comes in is left as it was.
"""

import re

import array_api_strict
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import settings as at_most
from hypothesis import strategies as st
from inputs import CASE_IDS, CASES, inputs, names, of_dtype

from lossbook.checks import CLASSES, batched, call, example, given_as
from lossbook.taxonomy import LOSSES, OF_CLASSES, loss_of

by_loss = pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
by_case = pytest.mark.parametrize(("loss", "settings"), CASES, ids=CASE_IDS)

# What one number does, by the kind of the input that it stands in.
NUMBERS = """
                         0       -0      1e-40   1e30    -1e30   inf     -inf    nan
real                     value   value   value   value   value   value   value   nan
log-probabilities        value   value   value   value   value   value   value   nan
logits                   value   value   value   value   value   either  value   nan
logit                    value   value   value   value   value   either  either  nan
score                    value   value   value   value   value   value   value   nan
scores                   value   value   value   value   value   value   value   nan
probability              value   value   value   error   error   error   error   nan
probabilities            either  either  either  error   error   error   error   nan
class_or_probabilities   either  either  either  error   error   error   error   nan
sign                     error   error   error   error   error   error   error   error
similar                  value   value   error   error   error   error   error   error
distance                 value   value   value   value   error   value   error   nan
embedding                value   value   value   either  either  either  either  nan
negatives                value   value   value   either  either  either  either  nan
proxies                  value   value   value   either  either  either  either  nan
"""

# What one input of another type does among the others, which are numpy's, in float64 or int64.
TYPES = """
            numbers  class  sign   similar
list        error    error  error  error
None        error    error  error  error
object      error    error  error  error
torch       error    error  error  error
complex128  error    error  error  error
bool        error    error  error  value
int8        error    value  value  value
int64       error    value  value  value
float32     value    error  value  value
float64     value    error  value  value
"""


def cells(table):
    """Yield the row, the column and the content of each cell."""
    head, *rows = table.strip("\n").splitlines()
    for row in rows:
        name, *contents = row.split()
        for column, content in zip(head.split(), contents, strict=True):
            yield name, column, content


def of_kind(kind):
    return [(loss, i) for loss in LOSSES for i, each in enumerate(loss.inputs) if each.replace(" ", "_") == kind]


def alike(fed):
    return [None if each is None else np.array(each) for each in fed]


def assert_untouched(fed, before):
    for each, was in zip(fed, before, strict=True):
        if was is not None:
            np.testing.assert_array_equal(np.asarray(each.detach() if isinstance(each, torch.Tensor) else each), was)


# How a loss grows with the largest number in its embeddings, by which the rounding error grows too.
DEGREE = {"triplet_margin_loss": 1, "n_pair_loss": 1, "angular_triplet_loss": 0, "info_nce_loss": 0}


def exact(loss, fed, number):
    """Return the loss in float64; of an infinite number, the limit: what 1e150 gives, and ∞ from 1e100 on."""
    with np.errstate(all="ignore"):
        wide = [each.astype(np.float64) if each is not None and each.dtype == np.float32 else each for each in fed]
        if not np.isinf(number):
            return call(loss, wide, {})
        wide = [np.clip(each, -1e150, 1e150) if each is not None and each.dtype == np.float64 else each for each in wide]
        values = call(loss, wide, {})
        return np.where(np.abs(values) > 1e100, np.copysign(np.inf, values), values)


@pytest.mark.parametrize(
    ("loss", "which", "number", "answer"),
    [
        pytest.param(loss, which, float(number), answer, id=f"{loss.name}-{names(loss)[which]}-{number}")
        for kind, number, answer in cells(NUMBERS)
        for loss, which in of_kind(kind)
    ],
)
@at_most(max_examples=12)
@given(data=st.data())
def test_a_number(loss, which, number, answer, data):
    fed = list(data.draw(inputs(loss, width=32)))
    assume(fed[which] is not None)
    if loss.inputs[which] == "class or probabilities":
        assume(fed[which].dtype != np.int64)
    fed[which] = fed[which].astype(np.float32)
    place = tuple(data.draw(st.integers(0, side - 1)) for side in fed[which].shape)
    if loss.function.__name__ == "nll_loss":  # which reads its label's entry only
        place = (*place[:-1], int(fed[1][place[:-1]]))
    fed[which][place] = number
    make = data.draw(st.sampled_from([np.array, torch.tensor]))
    before = alike(fed)
    arrays = [None if each is None else make(each) for each in fed]

    name = names(loss)[which]
    try:
        with np.errstate(all="ignore"):
            ours = np.asarray(loss.function(*arrays, reduction="none"))
    except ValueError as error:
        assert answer in ("error", "either") and re.search(rf"^(each row of )?{name} (must|leaves) .*, got ", str(error)), error
        return
    finally:
        assert_untouched(arrays, before)
    assert answer != "error"
    row = ours[place[: ours.ndim]] if loss.inputs[which] != "proxies" else ours
    if answer == "nan":
        assert np.all(np.isnan(row))
        with np.errstate(all="ignore"):
            assert all(np.isnan(loss.function(*arrays, reduction=reduction)) for reduction in ("mean", "sum"))
        return
    if loss.inputs[which] in ("probabilities", "class or probabilities"):  # which float64 holds to a sum of 1 more strictly
        assume(abs(np.sum(fed[which][place[:-1]], dtype=np.float64) - 1) < 1e-6)
    right = exact(loss, fed, number)
    with np.errstate(over="ignore"):
        right = right.astype(np.float32).astype(np.float64)
    atol = 1e-5
    if loss.prediction == "embedding":
        largest = max(float(np.max(np.abs(each[np.isfinite(each)]), initial=1)) for each in fed if each is not None)
        with np.errstate(over="ignore"):
            atol = 2e-4 * largest ** DEGREE.get(loss.name, 2)
    np.testing.assert_allclose(ours, right, rtol=1e-5, atol=atol)


# Kinds of inputs without bounds: where two of them are infinite, ∞ − ∞ may be asked for.
UNBOUNDED = {kind for kind, number, answer in cells(NUMBERS) if number == "inf" and answer != "error"}


@by_loss
@at_most(max_examples=12)
@given(data=st.data())
def test_infinities_that_meet_leave_a_value_or_name_an_argument(loss, data):
    fed = list(data.draw(inputs(loss, width=32)))
    random = np.random.default_rng(data.draw(st.integers(0, 9)))
    for i, kind in enumerate(loss.inputs):
        if fed[i] is not None and kind.replace(" ", "_") in UNBOUNDED:
            fed[i] = random.choice(np.asarray([np.inf, -np.inf, 1.0], dtype=np.float32), size=fed[i].shape)
    if "distance" in loss.inputs:
        fed[0] = np.abs(fed[0])
    make = data.draw(st.sampled_from([np.array, torch.tensor]))
    arrays = [None if each is None else make(each) for each in fed]
    for reduction in ("none", "mean"):
        try:
            with np.errstate(all="ignore"):
                ours = np.asarray(loss.function(*arrays, reduction=reduction))
        except ValueError as error:
            assert re.search(rf"^({'|'.join(names(loss))}) leaves .*, got -?inf", str(error)), error
        else:
            assert not np.any(np.isnan(ours))


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if loss.inputs == ("real", "real")], ids=lambda loss: loss.name)
def test_infinity_is_at_no_distance_from_itself(loss):
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="^y_hat leaves the loss without a value, got inf"):
        loss.function(np.asarray([1.0, np.inf]), np.asarray([2.0, np.inf]))


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
    says = f"^{names(loss)[0]} leaves the loss without a value, got inf"
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=says):
        loss.function(*fed, **settings)


# Kinds of inputs that hold one of few answers, and no numbers to compute with.
FEW = ("class", "class or probabilities", "sign", "similar")


class NotAnArray:
    def __repr__(self):
        return "NotAnArray()"


OF_ANOTHER_TYPE = {
    "list": np.ndarray.tolist,
    "None": lambda array: None,
    "object": lambda array: NotAnArray(),
    "torch": torch.tensor,
}


@pytest.mark.parametrize(
    ("loss", "which", "kind", "answer"),
    [
        pytest.param(loss, which, kind, answer, id=f"{loss.name}-{names(loss)[which]}-{kind}")
        for kind, column, answer in cells(TYPES)
        for loss in LOSSES
        for which, each in enumerate(loss.inputs)
        if column == (each.split()[0] if each in FEW else "numbers")
    ],
)
@at_most(max_examples=4)
@given(data=st.data())
def test_a_type(loss, which, kind, answer, data):
    fed = list(data.draw(inputs(loss, bound=0.75 if loss.prediction == "real" else None, plain=True)))
    if kind == "None" and loss.inputs[which] == "negatives":
        assume(fed[0].ndim > 1 and fed[0].shape[-2] > 1)
        assert np.all(np.isfinite(loss.function(*fed[:which], None)))  # the batch serves
        return
    if kind in OF_ANOTHER_TYPE:
        fed[which] = OF_ANOTHER_TYPE[kind](fed[which])
    else:
        with np.errstate(all="ignore"):
            fed[which] = fed[which].astype(kind)
    if answer == "error":
        with pytest.raises(TypeError) as caught:
            loss.function(*fed)
        name, message = names(loss)[which], str(caught.value)
        if kind == "torch":
            assert re.search(rf"^arrays must come from one library: .*\b{name} is a torch\.Tensor", message), message
            assert " is a numpy.ndarray" in message
        elif kind in OF_ANOTHER_TYPE:
            assert message.startswith(f"{name} must be an array, got {type(fed[which]).__name__}: "), message
        else:
            assert re.search(rf"^{name} must .* dtype, .*{kind}", message), message
    else:
        wide = alike(fed)
        wide[which] = wide[which].astype({"f": "float64", "i": "int64", "b": "int64"}[wide[which].dtype.kind])
        with np.errstate(all="ignore"):
            expected = call(loss, wide, {})
            ours = loss.function(*fed, reduction="none")
        floats = [each.dtype for each, kind in zip(fed, loss.inputs, strict=True) if each is not None and kind not in FEW]
        assert ours.dtype == np.result_type(*[dtype for dtype in floats if dtype.kind == "f"])
        tolerance = 1e-12 if fed[which].dtype != np.float32 or loss.inputs[which] in FEW else 1e-4
        np.testing.assert_allclose(ours, expected, rtol=tolerance, atol=tolerance)


def strided(array):
    """Return the same numbers with the axes stored in another order, and every other one only."""
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
@at_most(max_examples=6)
@given(data=st.data())
def test_another_array(loss, settings, kind, data):
    # JAX compiles for each new shape.
    fed = example(loss, seed=data.draw(st.integers(0, 1000))) if kind == "jax" else data.draw(inputs(loss))
    arrays, made = given_as(ARRAYS[kind], fed, settings)
    before = alike(fed)
    ours = loss.function(*arrays, reduction="none", **made)
    assert_untouched(arrays, before)
    assert not isinstance(ours, torch.Tensor) or ours.requires_grad == (kind == "requires grad")
    ours = np.asarray(ours.detach() if isinstance(ours, torch.Tensor) else ours)
    np.testing.assert_allclose(ours, call(loss, fed, settings), rtol=1e-11, atol=1e-12)


@by_case
@at_most(max_examples=6)
@given(seed=st.integers(0, 1000))
def test_one_example_without_a_batch(loss, settings, seed):
    batch = example(loss, shape=(2, 3), seed=seed)
    one = batched(loss, batch, lambda value, own: value[1, 2])
    value = call(loss, one, settings)
    assert value.shape == ()
    np.testing.assert_allclose(value, call(loss, batch, settings)[1, 2], rtol=1e-12)


@by_loss
@pytest.mark.parametrize("make", [np.asarray, torch.tensor], ids=["numpy", "torch"])
def test_an_empty_batch_has_a_sum_and_no_mean(loss, make):
    empty = [make(each) for each in example(loss, shape=(0, 2))]
    assert loss.function(*empty, reduction="sum") == 0
    assert loss.function(*empty, reduction="none").shape == (0, 2)
    with pytest.raises(ValueError, match=r"empty batch is undefined.*\(0, 2\)"):
        loss.function(*empty)


@by_case
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32], ids=str)
def test_the_mean_of_a_large_batch_overflows_nowhere(loss, settings, dtype):
    """In float16 the count itself is infinite, and so would be the sum."""
    small, count = example(loss, shape=(1000,)), 100
    small = [np.round(each * 8) / 8 if kind == "real" else each for each, kind in zip(small, loss.inputs, strict=True)]
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
@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_dtype_in_is_dtype_out(loss, settings, make, dtype, tolerance, reduction):
    # Values that every dtype holds exactly, so that only the loss' own rounding is seen.
    number = np.asarray([-3.0, 0.5, 2.0, 1.25])
    vector = np.stack([number, -number[::-1] / 2], axis=-1)
    prediction = {
        "probability": [0.75, 0.5, 0.25, 0.125], "distance": [3.0, 0.5, 2.0, 1.25], "embedding": vector,
    }  # fmt: skip
    target = {
        "real": [1.0, 0.5, -0.25, 1.0],
        "probability": [1.0, 0.5, 0.0, 0.25],
        "sign": [1, -1, -1, 1],
        "similar": [1, 0, 0, 1],
        "probabilities": [[1.0, 0, 0], [0.25, 0.25, 0.5], [0, 0, 1.0], [0, 0.75, 0.25]],
        "embedding": vector[:, ::-1] / 2,
    }
    third = {"embedding": -vector, "negatives": np.stack([vector[::-1], -vector, vector / 4], axis=1), "proxies": vector[:3]}
    y_hat = np.stack([number, -number / 2, 0 * number], axis=-1) if loss.prediction in OF_CLASSES else number
    fed = [
        np.asarray(prediction.get(loss.prediction, y_hat)),
        np.asarray(target.get(loss.target, [0, 2, 1, 0])),
        *(third[kind] for kind in loss.inputs[2:]),
    ]

    made = call(loss, fed, settings, make=of_dtype(make, dtype), reduction=reduction)
    assert made.dtype == dtype
    expected = call(loss, fed, settings, reduction=reduction)
    got = np.asarray(made.double() if isinstance(made, torch.Tensor) else made, dtype=np.float64)
    # What is divided by the temperature brings its rounding along.
    atol = 0 if loss.prediction == "real" else tolerance / settings.get("temperature", 1)
    np.testing.assert_allclose(got, expected, rtol=2 * tolerance, atol=atol)


# --- what does not fit ---


def arguments(loss, **changes):
    """Return valid inputs by name, with changes."""
    return {**dict(zip(names(loss), example(loss, shape=(2,)), strict=True)), **changes}


@by_loss
def test_different_shapes_are_named(loss):
    prediction, target, *rest = example(loss, shape=(3,))
    longer = target[..., None]
    with pytest.raises(ValueError) as caught:
        loss.function(prediction, longer, *rest)
    for name, array in zip(names(loss)[:2], (prediction, longer), strict=True):
        assert f"{name} {array.shape}" in str(caught.value)


@by_loss
def test_unknown_reduction_is_named(loss):
    with pytest.raises(ValueError, match="reduction must be one of .*'mean', 'sum', 'none'.* got 'average'"):
        loss.function(**arguments(loss), reduction="average")


# For each kind, what is out of place, and the rule that is then told.
BAD_VALUES = {
    "class": ([-1, -100, CLASSES], "be a class from 0 to 2"),
    "class or probabilities": ([-1, -100, CLASSES], "be a class from 0 to 2"),
    "probability": ([-0.25, 1.5, np.inf], "lie in [0, 1]"),
    "probabilities": ([-0.5, 1.25], "lie in [0, 1]"),
    "sign": ([0, 2], "be −1 or 1"),
    "similar": ([-1, 2], "be 0 or 1"),
    "distance": ([-0.5, -np.inf], "be at least 0"),
}


@pytest.mark.parametrize(
    ("loss", "which", "bad", "rule"),
    [
        (loss, which, bad, BAD_VALUES[kind][1])
        for loss in LOSSES
        for which, kind in enumerate(loss.inputs)
        if kind in BAD_VALUES
        for bad in BAD_VALUES[kind][0]
    ],
    ids=lambda value: getattr(value, "name", None) or str(value),
)
@pytest.mark.parametrize("make", [np.asarray, torch.tensor, array_api_strict.asarray], ids=["numpy", "torch", "strict"])
def test_a_value_out_of_place_is_named_with_its_place(loss, which, bad, rule, make):
    fed = list(example(loss))
    index = (2, 1, *[0] * (fed[which].ndim - 2))
    fed[which][index] = bad
    with pytest.raises(ValueError) as caught:
        loss.function(*map(make, fed))
    assert str(caught.value) == f"{names(loss)[which]} must {rule}, got {bad:g} at index {index}"


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if "probabilities" in loss.target], ids=lambda loss: loss.name)
def test_a_row_that_does_not_sum_to_one_is_named_with_its_place(loss):
    y_hat, _ = example(loss)
    p = np.full(y_hat.shape, 0.25)
    p[..., 0] = 0.5
    p[1, 2, 0] = 0.75
    with pytest.raises(ValueError, match=rf"each row of {names(loss)[1]} must sum to 1, got 1.25 at index \(1, 2\)"):
        loss.function(y_hat, p)


def hyperparameters_that(condition):
    chosen = [(loss, name) for loss in LOSSES for name, h in loss.hyperparameters.items() if condition(h)]
    return pytest.mark.parametrize(("loss", "name"), chosen, ids=[f"{loss.name}-{name}" for loss, name in chosen])


def is_array(hyperparameter):
    return any(isinstance(value, tuple) for value in hyperparameter.values)


def is_switch(hyperparameter):
    return all(isinstance(value, bool) for value in hyperparameter.values)


by_number = hyperparameters_that(lambda h: not is_array(h) and not is_switch(h))
by_switch = hyperparameters_that(is_switch)
by_weights = hyperparameters_that(is_array)


@by_number
@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf"), -float("inf")])
def test_a_hyperparameter_outside_its_range_is_named(loss, name, bad):
    with pytest.raises(ValueError, match=f"^{name} must be .*, got {bad!r}"):
        loss.function(**arguments(loss), **{name: bad})


@by_number
def test_a_range_ends_where_it_is_said_to(loss, name):
    inside, outside = loss.hyperparameters[name].edge
    assert np.isfinite(loss.function(**arguments(loss), **{name: inside}))
    with pytest.raises(ValueError, match=f"^{name} must be .*, got {outside!r}"):
        loss.function(**arguments(loss), **{name: outside})


@by_number
@pytest.mark.parametrize("bad", ["1", None, True, [1.0], np.ones(2)])
def test_a_hyperparameter_that_is_no_number_is_named(loss, name, bad):
    optional = None in loss.hyperparameters[name].values
    if (bad is None and optional) or (name == "pos_weight" and isinstance(bad, np.ndarray)):
        pytest.skip("allowed here")
    with pytest.raises(TypeError, match=f"^{name} must be .*, got {type(bad).__name__}"):
        loss.function(**arguments(loss), **{name: bad})


@by_switch
@pytest.mark.parametrize("bad", [1, "yes", None])
def test_a_switch_that_is_neither_on_nor_off_is_named(loss, name, bad):
    with pytest.raises(TypeError, match=f"^{name} must be True or False, got {type(bad).__name__}"):
        loss.function(**arguments(loss), **{name: bad})


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
        loss.function(**arguments(loss), **{name: bad})
