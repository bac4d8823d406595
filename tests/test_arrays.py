"""The same numbers in other arrays: label dtypes, layouts, half precision, mixed dtypes, masks; and what errors say of them."""

import math
import subprocess
import sys

import array_api_strict
import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
import torch
from inputs import by_case, by_loss
from scipy.special import log_softmax

import lossbook as lb
from lossbook.checks import call, example, given_as
from lossbook.taxonomy import LOSSES
from lossbook.taxonomy.kinds import size_of

# --- labels ---

MANY = 300
STRICT = array_api_strict.asarray
TORCH = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.uint16, torch.uint32, torch.uint64]
NUMPY = [np.dtype(f"{kind}{bits}") for kind in ("int", "uint") for bits in (8, 16, 32, 64)]
LABELS = [
    *[(lambda y, dtype=dtype: np.asarray(y, dtype), np.asarray, f"numpy {dtype}") for dtype in [*NUMPY, np.dtype(">i4")]],
    *[(lambda y, dtype=dtype: jnp.asarray(y, dtype), jnp.asarray, f"jax {dtype}") for dtype in NUMPY],
    *[(lambda y, dtype=dtype: torch.tensor(y, dtype=dtype), torch.tensor, str(dtype)) for dtype in TORCH],
    *[(lambda y, dtype=dtype: STRICT(np.asarray(y, dtype)), STRICT, f"strict {dtype}") for dtype in NUMPY],
]  # fmt: skip
by_labels = pytest.mark.parametrize(("labels", "make"), [each[:2] for each in LABELS], ids=[each[2] for each in LABELS])


def of_many_classes(loss):
    """Return inputs with more classes than a narrow dtype can count: scores, or an embedding, and those beside the label."""
    random = np.random.default_rng(0)
    first, *rest = [
        random.normal(
            size=(*([] if kind.shared else [3]), *(MANY if axis == loss.target.names else size_of(axis) for axis in kind.axes))
        )
        for kind in (loss.kinds[0], *loss.kinds[2 : len(loss.inputs)])
    ]
    if not loss.prediction.relation:
        # Where a label is counted modulo 256, or by its sign, another class is looked up.
        first[..., 261] = 9.0
        first = loss.prediction.of_free(first)
    return first, rest


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if loss.target.names], ids=lambda loss: loss.name)
@by_labels
def test_labels_may_be_of_a_dtype_that_cannot_count_the_classes(loss, labels, make):
    first, rest = of_many_classes(loss)
    y = [5, 1 if 0 in loss.target.refused else 0, 127]
    y = np.broadcast_to(np.reshape(y, (3, *[1] * len(loss.target.axes))), (3, *loss.target.sizes)).tolist()
    expected = loss.function(first, np.asarray(y), *rest, reduction="none")
    ours = loss.function(make(first), labels(y), *map(make, rest), reduction="none")
    np.testing.assert_allclose(np.asarray(ours), expected, rtol=1e-12)


def test_a_label_counted_modulo_256_would_be_another_class():
    z = np.zeros((1, MANY))
    z[0, 5], z[0, 261] = 1, 9
    assert lb.multiclass_hinge_loss(z, np.asarray([5], np.uint8)) == 9
    assert lb.cross_entropy(torch.zeros(1, 256), torch.tensor([5], dtype=torch.uint8)).item() == pytest.approx(math.log(256))


@pytest.mark.parametrize(
    "loss",
    [loss for loss in LOSSES if loss.target.few and loss.target.answers is not None and not loss.target.names],
    ids=lambda loss: loss.name,
)
@by_labels
def test_answers_of_two_may_be_of_any_integer_dtype(loss, labels, make):
    y = [1, 1, 1] if -1 in loss.target.answers else [1, 0, 1]
    first, beside, name = np.asarray([0.5, 2.0, 0.25]), example(loss, shape=(3,))[2:], loss.names[1]
    made = [make(each) for each in beside]
    ours = loss(make(first), labels(y), *made, reduction="none")
    np.testing.assert_allclose(np.asarray(ours), loss(first, np.asarray(y), *beside, reduction="none"))
    with pytest.raises(ValueError, match=f"^{name} must be .*, got 255 at"):
        loss(make(first), make(np.asarray([1, 255, 1])), *made)
    with pytest.raises(ValueError, match=f"^{name} must be .*, got 100 at"):
        loss(make(first), labels([1, 100, 1]), *made)


@by_labels
def test_a_label_that_is_no_class_is_named_in_every_dtype(labels, make):
    with pytest.raises(ValueError, match=r"^y must be a class from 0 to 2, got 3 at index \(1,\)"):
        lb.nll_loss(make(np.zeros((2, 3))), labels([0, 3]))


def test_a_sign_beyond_an_unsigned_dtype_is_refused():
    """255 is −1 only to those who count modulo 256."""
    for y in (np.asarray([255, 1], np.uint8), torch.tensor([255, 1], dtype=torch.uint8)):
        with pytest.raises(ValueError, match="^y must be −1 or 1, got 255"):
            lb.hinge_loss(torch.ones(2) if isinstance(y, torch.Tensor) else np.ones(2), y)


# --- layouts ---


def swapped(array):
    return array.astype(array.dtype.newbyteorder())


LAYOUTS = {
    "Fortran order": np.asfortranarray,
    "negative strides": lambda array: array[::-1].copy()[::-1],
    "big-endian": swapped,
    "reversed axes": lambda array: np.ascontiguousarray(array.T).T,
}


@by_case
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_the_layout_of_an_array_does_not_matter(loss, settings, layout, dtype):
    fed = [each.astype(dtype) if each.dtype == np.float64 else each for each in example(loss, shape=(5,))]
    # A single number has no layout but one of its bytes.
    laid = LAYOUTS[layout]
    arrays, made = given_as(lambda each: laid(each) if each.ndim or laid is swapped else each, fed, settings)
    for reduction in ("none", "mean", "sum"):
        ours = loss(*arrays, reduction=reduction, **made)
        assert ours.dtype == dtype and ours.dtype.isnative
        # In another order the sums are rounded otherwise, in float32 too.
        tolerance = {"rtol": 2e-3, "atol": 1e-3} if dtype == np.float16 else {"rtol": 1e-12, "atol": 1e-14}
        np.testing.assert_allclose(ours, call(loss, fed, settings, reduction=reduction), **tolerance)


# --- half precision ---


HALF = [(np.asarray, np.float16), (jnp.asarray, jnp.float16), (jnp.asarray, jnp.bfloat16)]
by_half = pytest.mark.parametrize(("make", "dtype"), HALF, ids=["numpy float16", "jax float16", "jax bfloat16"])


@by_half
@pytest.mark.parametrize("order", ["C", "F"])
def test_sums_of_half_precision_are_made_in_single(make, dtype, order):
    """Of 70,000 terms that half precision could not add up, nor even count."""
    count = 70_000
    rtol = 2 * float(jnp.finfo(dtype).eps)

    def array(values):
        return make(np.asarray(values, order=order)).astype(dtype)

    zeros, one = np.zeros((2, count), np.float32), make(np.zeros(2, np.int64))
    right = math.log(count)
    np.testing.assert_allclose(float(lb.cross_entropy(array(zeros), one)), right, rtol=rtol)
    np.testing.assert_allclose(float(lb.cross_entropy(array(zeros), one, label_smoothing=0.5)), right, rtol=rtol)
    np.testing.assert_allclose(float(lb.focal_loss(array(zeros), one, gamma=0.0)), right, rtol=rtol)
    ones = np.ones((2, count), np.float32)
    np.testing.assert_allclose(float(lb.cosine_similarity(array(ones), array(ones))[0]), 1, rtol=rtol)
    np.testing.assert_allclose(float(lb.euclidean_distance(array(ones), array(0 * ones))[0]), count**0.5, rtol=rtol)
    np.testing.assert_allclose(float(lb.mse_loss(array(ones), array(0 * ones))), 1, rtol=rtol)
    np.testing.assert_allclose(
        float(lb.mse_loss(array(ones / 128), array(0 * ones), reduction="sum")), 2 * count / 128**2, rtol=rtol
    )


@by_half
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_valid_row_of_half_precision_is_not_refused(make, dtype, order):
    p = np.asarray(np.full((2, 4096), 1 / 4096, np.float32), order=order)
    log_q = make(np.asarray(np.full((2, 4096), -math.log(4096), np.float32), order=order)).astype(dtype)
    p = make(p).astype(dtype)
    assert abs(float(lb.kl_divergence(log_q, p))) < 0.1
    np.testing.assert_allclose(float(lb.cross_entropy(log_q, p)), math.log(4096), rtol=2 * float(jnp.finfo(dtype).eps))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_lengths_and_sums_of_exponentials_of_half_precision_in_torch(dtype):
    """With the slow path that a zero vector asks for, too."""
    a = torch.ones(2, 70_000, dtype=dtype)
    a[1] = 0
    eps = torch.finfo(dtype).eps
    torch.testing.assert_close(
        lb.euclidean_distance(a, 0 * a).double(), torch.tensor([70_000**0.5, 0], dtype=torch.float64), rtol=eps, atol=0
    )
    torch.testing.assert_close(
        lb.cosine_similarity(a, a).double(), torch.tensor([1.0, 0.0], dtype=torch.float64), rtol=2 * eps, atol=0
    )
    assert lb.proxy_nca_loss(torch.zeros(1, 2, dtype=dtype), torch.tensor([0]), torch.zeros(70_000, 2, dtype=dtype)).isfinite()


# --- lengths of any size in jax, whose unit is a constant to the gradient ---

LENGTHS = [
    (jnp.float16, 600.0),
    (jnp.float16, 1e-3),
    (jnp.float32, 1e-20),
    (jnp.float32, 1e30),
    (jnp.bfloat16, 1e-20),
    (jnp.float64, 1e-200),
]


@pytest.mark.parametrize(("dtype", "size"), LENGTHS, ids=str)
@pytest.mark.parametrize("traced", [False, True], ids=["eager", "jit"])
def test_the_slope_of_a_length_is_a_unit_vector(dtype, size, traced):
    a = jnp.asarray([[size / 2, size]], dtype)
    slope = jax.grad(lambda a: lb.euclidean_distance(a, 0 * a).sum())
    found = np.asarray((jax.jit(slope) if traced else slope)(a), np.float64)
    np.testing.assert_allclose(found, [[1 / 5**0.5, 2 / 5**0.5]], rtol=4 * float(jnp.finfo(dtype).eps))
    flat = jax.grad(lambda a: lb.cosine_similarity(a, jnp.ones_like(a)).sum())(a) * a.dtype.type(size)
    np.testing.assert_allclose(np.asarray(flat, np.float64), [[0.8 / 10**0.5, -0.4 / 10**0.5]], rtol=0.02)


# --- arrays with a mask, and others that do not behave as arrays ---


@by_case
def test_a_mask_or_a_matrix_is_refused_for_every_argument(loss, settings):
    fed, made = given_as(np.asarray, example(loss, shape=(2,)), settings)
    arguments = {**dict(zip(loss.names, fed, strict=True)), **made}
    for name, value in arguments.items():
        if not isinstance(value, np.ndarray | float) or isinstance(value, bool):
            continue
        for kind in (np.ma.masked_array, lambda each: np.asarray(each).view(np.matrix) if np.ndim(each) == 2 else None):
            bad = kind(value)
            if bad is not None:
                with pytest.raises(TypeError, match=f"^{name} must be .*, got {type(bad).__name__}"):
                    loss(**arguments | {name: bad})


@by_loss
def test_numpys_bfloat16_is_named(loss):
    fed = [np.asarray(each) for each in example(loss, shape=(2,))]
    fed[0] = fed[0].astype(ml_dtypes.bfloat16)
    with pytest.raises(TypeError, match=f"^{loss.names[0]} must be of a real floating-point dtype, got bfloat16"):
        loss(*fed)


# --- mixed dtypes ---

MIXED = [
    (np.asarray, np.float32, np.float64), (np.asarray, np.float16, np.float32),
    (torch.tensor, torch.float32, torch.float64), (torch.tensor, torch.bfloat16, torch.float32),
    (torch.tensor, torch.float16, torch.bfloat16), (jnp.asarray, jnp.bfloat16, jnp.float32),
    (jnp.asarray, jnp.float16, jnp.bfloat16), (array_api_strict.asarray, array_api_strict.float32, array_api_strict.float64),
]  # fmt: skip


@by_loss
@pytest.mark.parametrize(("make", "narrow", "wide"), MIXED, ids=lambda value: getattr(value, "__name__", str(value)))
def test_dtypes_that_are_mixed_promote(loss, make, narrow, wide):
    """As in the library; an answer of two and a label are no numbers to compute with."""
    fed = [
        np.asarray([[0.5, 0.25, 0.25]] * 3) if kind.whole else each
        for kind, each in zip(loss.kinds, example(loss, (3,)), strict=True)
    ]
    floats = [i for i, each in enumerate(fed) if each.dtype == np.float64 and not loss.kinds[i].few]
    for one in floats:
        arrays = [make(each, dtype=wide if i == one else narrow) if i in floats else make(each) for i, each in enumerate(fed)]
        ours = loss(*arrays, reduction="none")
        library = lb._ops.namespace(ours=ours)
        expected = library.result_type(*[arrays[i] for i in floats])
        assert ours.dtype == expected
        alike = loss(*[library.astype(a, expected) if i in floats else a for i, a in enumerate(arrays)], reduction="none")
        np.testing.assert_allclose(np.asarray(ours.double() if make is torch.tensor else ours, np.float64),
                                   np.asarray(alike.double() if make is torch.tensor else alike, np.float64), rtol=0.1, atol=0.1)  # fmt: skip


@pytest.mark.parametrize(("name", "weight"), [("nll_loss", "weight"), ("cross_entropy", "weight"), ("focal_loss", "alpha")])
@pytest.mark.parametrize("soft", [False, True])
def test_weights_of_another_dtype_promote(name, weight, soft):
    logits = torch.log_softmax(torch.randn(4, 3, generator=torch.Generator().manual_seed(0)), -1)
    y = torch.full((4, 3), 1 / 3) if soft and name == "cross_entropy" else torch.tensor([0, 1, 2, 1])
    settings = {"label_smoothing": 0.1} if name == "cross_entropy" else {}
    ours = getattr(lb, name)(logits, y, **{weight: torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)}, **settings)
    assert ours.dtype == torch.float64
    single = getattr(lb, name)(logits, y, **{weight: torch.tensor([0.5, 1.0, 2.0])}, **settings)
    assert ours.item() == pytest.approx(single.item(), rel=1e-6)


# --- infinities that have a value ---

INF = math.inf


def with_slope(function, first, *rest, **settings):
    """Return the unreduced losses, and the gradient of their sum where they are finite."""
    x = torch.tensor(first, requires_grad=True)
    losses = function(x, *map(torch.tensor, rest), reduction="none", **settings)
    losses[losses.isfinite()].sum().backward()
    return losses.tolist(), x.grad.tolist()


def test_an_infinite_logit_has_a_loss_and_no_slope_where_it_is_right():
    logits, y = [-INF, INF, -INF, INF, -INF, INF], [0.0, 1.0, 1.0, 0.0, 0.9, 0.9]
    for function, settings in (
        (lb.binary_cross_entropy_with_logits, {}),
        (lb.binary_cross_entropy_with_logits, {"pos_weight": 2.0}),
        (lb.binary_cross_entropy_with_logits, {"pos_weight": 1.0}),
        (lb.sigmoid_focal_loss, {}),
        (lb.sigmoid_focal_loss, {"gamma": 0.0}),
    ):
        values, slopes = with_slope(function, logits, y, **settings)
        assert values == [0, 0, INF, INF, INF, INF] and slopes[:2] == [0, 0]
        for make in (np.asarray, jnp.asarray):
            assert np.asarray(function(make(logits), make(y), reduction="none", **settings)).tolist() == values


def test_a_weight_of_zero_silences_an_infinite_class():
    z, y, w = [[0.0, -INF], [0.0, 1.0]], [1, 0], [1.0, 0.0]
    rest = math.log1p(math.e)
    for make in (np.asarray, torch.tensor, jnp.asarray):
        weight = make(np.asarray(w))
        logits = make(np.asarray(z))
        with np.errstate(divide="ignore"):
            log_probs = make(log_softmax(np.asarray(z), axis=-1))
        for losses in (
            lb.cross_entropy(logits, make(np.asarray(y)), weight=weight, reduction="none"),
            lb.nll_loss(log_probs, make(np.asarray(y)), weight=weight, reduction="none"),
            lb.cross_entropy(logits, make(np.asarray([[0.0, 1.0], [1.0, 0.0]])), weight=weight, reduction="none"),
            lb.focal_loss(logits, make(np.asarray(y)), gamma=0.0, alpha=weight, reduction="none"),
        ):
            np.testing.assert_allclose(np.asarray(losses), [0, rest], rtol=1e-12)
        smoothed = lb.cross_entropy(logits, make(np.asarray(y)), weight=weight, label_smoothing=0.5, reduction="none")
        np.testing.assert_allclose(np.asarray(smoothed), [0, 0.75 * rest], rtol=1e-12)
        certain = lb.cross_entropy(logits, make(np.asarray([0, 0])), label_smoothing=1.0, reduction="none")
        assert np.asarray(certain)[0] == INF


def test_focal_of_an_infinite_logit_has_a_value():
    values, slopes = with_slope(lb.focal_loss, [[INF, 0.0], [0.0, -INF], [0.0, INF], [-INF, 0.0]], [0, 0, 0, 0])
    assert values == [0, 0, INF, INF] and slopes[:2] == [[0, 0], [0, 0]]


# --- precision ---

CERTAIN = [
    (np.asarray, np.float32, 20.0), (torch.tensor, torch.float32, 20.0), (jnp.asarray, jnp.float32, 20.0),
    (torch.tensor, torch.bfloat16, 8.0), (jnp.asarray, jnp.bfloat16, 8.0), (np.asarray, np.float64, 40.0),
]  # fmt: skip


@pytest.mark.parametrize(("make", "dtype", "z"), CERTAIN, ids=lambda value: getattr(value, "__name__", str(value)))
def test_focal_of_a_certain_answer_keeps_its_digits(make, dtype, z):
    exact = math.log1p(math.exp(-z)) * (1 / (1 + math.exp(z))) ** 2
    eps = float(torch.finfo(dtype).eps) if isinstance(dtype, torch.dtype) else float(jnp.finfo(dtype).eps)
    for ours in (
        lb.focal_loss(make([[z, 0.0]], dtype=dtype), make([0])),
        lb.sigmoid_focal_loss(make([z], dtype=dtype), make([1.0], dtype=dtype)),
    ):
        np.testing.assert_allclose(float(ours), exact, rtol=6 * eps)


# --- jax as users have it, without 64 bits ---

WITHOUT_X64 = """
import warnings
import jax, jax.numpy as jnp, numpy as np, lossbook
from lossbook.checks import example, given_as
from lossbook.taxonomy import LOSSES
assert not jax.config.jax_enable_x64
warnings.simplefilter("error")
for loss in LOSSES:
    for make in (jnp.asarray, lambda each: jnp.asarray(each, jnp.int8 if each.dtype == np.int64 else None)):
        given = [each.astype(np.float32) if each.dtype == np.float64 else each for each in example(loss, shape=(3,))]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            arrays, _ = given_as(make, given, {})
        value, slope = jax.jit(jax.value_and_grad(loss))(*arrays)
        np.testing.assert_allclose(value, loss(*given), rtol=1e-4)
        assert value.dtype == jnp.float32 and np.all(np.isfinite(slope))
        loss(*arrays)
jax.jit(lossbook.contrastive_loss)(jnp.ones(3), jnp.ones(3, bool))
jax.jit(lossbook.info_nce_loss)(jnp.ones((3, 2)), jnp.ones((3, 2)))
"""


def test_jax_without_64_bits_is_not_warned():
    done = subprocess.run([sys.executable, "-c", WITHOUT_X64], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# --- what errors say ---


@by_loss
def test_an_error_is_short_however_long_the_argument(loss):
    fed = list(example(loss, shape=(2,)))
    for which, name in enumerate(loss.names):
        for bad in ([1.5] * 10**5, {"a": [1.5] * 10**5}, "a" * 10**5, [[1.5] * 1000] * 1000):
            with pytest.raises(TypeError, match=f"^{name} must be an array, got {type(bad).__name__}") as caught:
                loss(*fed[:which], bad, *fed[which + 1 :])
            assert len(str(caught.value)) < 200 and str(caught.value).count("1.5") <= 1


@pytest.mark.parametrize(
    "loss", [loss for loss in LOSSES if loss.prediction.axes == ("C",) and loss.target.names], ids=lambda loss: loss.name
)
def test_one_hot_rows_of_integers_are_named_as_such(loss):
    with pytest.raises(ValueError, match="one-hot"):
        loss.function(example(loss, shape=(3,))[0], np.eye(3, dtype=np.int64))


def test_probabilities_that_are_logits_are_told_where_to_go():
    with pytest.raises(
        ValueError, match=r"^probs must lie in \[0, 1\].*binary_cross_entropy_with_logits.*, got 3 at index \(0,\)"
    ):
        lb.binary_cross_entropy(np.asarray([3.0]), np.asarray([1.0]))
