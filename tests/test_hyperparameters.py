"""Hyperparameters as arrays: every numeric one may be a number or a 0-d array, through which a gradient flows."""

from fractions import Fraction

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from inputs import Compilations

from lossbook import binary_cross_entropy_with_logits, huber_loss, info_nce_loss, smooth_l1_loss
from lossbook.checks import call, example, given_as
from lossbook.taxonomy import LOSSES

NUMERIC = [
    (loss, name, float(value))
    for loss in LOSSES
    for name, hyperparameter in loss.hyperparameters.items()
    for value in hyperparameter.values
    if isinstance(value, float | int) and not isinstance(value, bool) and not (hyperparameter.whole or hyperparameter.names)
]
by_value = pytest.mark.parametrize(("loss", "name", "value"), NUMERIC, ids=[f"{lo.name}-{n}={v:g}" for lo, n, v in NUMERIC])
# One value of each is enough where only its kind matters.
ONE_EACH = list({(loss.name, name): (loss, name, value) for loss, name, value in NUMERIC}.values())
by_number = pytest.mark.parametrize(("loss", "name", "value"), ONE_EACH, ids=[f"{lo.name}-{n}" for lo, n, _ in ONE_EACH])


def beside(loss, name, value):
    """Return a hyperparameter's value, with the other settings at which it matters."""
    return {name: value, **loss.hyperparameters[name].beside}


MAKERS = {"numpy": np.asarray, "torch": torch.tensor, "jax": jnp.asarray, "strict": array_api_strict.asarray}


def single(fed):
    return [each.astype(np.float32) if each.dtype == np.float64 else each for each in fed]


@by_value
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_0d_array_is_taken_as_its_number(loss, name, value, make):
    fed = example(loss)
    expected = call(loss, fed, beside(loss, name, value))
    arrays, _ = given_as(make, fed, {})
    ours = loss(*arrays, reduction="none", **beside(loss, name, make(np.asarray(value))))
    np.testing.assert_allclose(np.asarray(ours), expected, rtol=1e-12, atol=1e-14)


@by_number
@pytest.mark.parametrize("make", [np.asarray, torch.tensor, jnp.asarray], ids=["numpy", "torch", "jax"])
def test_no_number_changes_the_dtype(loss, name, value, make):
    """Neither numpy's own numbers, nor a 0-d array of another precision, nor a fraction."""
    arrays, _ = given_as(make, single(example(loss)), {})
    plain = loss(*arrays, reduction="none", **beside(loss, name, value))
    for given in (np.float64(value), np.float32(value), make(np.asarray(value)), Fraction(value)):
        ours = loss(*arrays, reduction="none", **beside(loss, name, given))
        assert ours.dtype == plain.dtype == arrays[0].dtype
        np.testing.assert_allclose(np.asarray(ours), np.asarray(plain), rtol=2e-5, atol=1e-7)


@by_value
def test_a_gradient_flows_into_it(loss, name, value):
    fed, step = example(loss, seed=5), 1e-6

    def at(number):
        return float(call(loss, fed, beside(loss, name, number), reduction="mean"))

    # A little inside, where the range ends.
    inside = value + 2 * step if value in (0, loss.hyperparameters[name].edge[0]) else value
    difference = (at(inside + step) - at(inside - step)) / (2 * step)

    tensors, _ = given_as(torch.tensor, fed, {})
    tensors[0].requires_grad_()  # also of what is a constant there is a backward pass
    learned = torch.tensor(inside, dtype=torch.float64, requires_grad=True)
    (found,) = torch.autograd.grad(
        loss(*tensors, **beside(loss, name, learned)), learned, allow_unused=True, materialize_grads=True
    )
    arrays, _ = given_as(jnp.asarray, fed, {})
    slope = jax.grad(lambda number: loss(*arrays, **beside(loss, name, number)))(inside)
    expected = 0.0 if loss.hyperparameters[name].constant else difference
    np.testing.assert_allclose([found.item(), slope], expected, rtol=1e-6, atol=1e-8)


@by_number
def test_traced_it_has_the_same_value_and_gradient_and_is_nan_out_of_range(loss, name, value):
    fed = example(loss)
    expected = call(loss, fed, beside(loss, name, value), reduction="mean")
    arrays, _ = given_as(jnp.asarray, fed, {})
    tensors, _ = given_as(torch.tensor, fed, {})
    torch.compiler.reset()
    compiled = torch.compile(lambda number: loss(*tensors, **beside(loss, name, number)), fullgraph=True, backend="eager")
    mapped = torch.vmap(lambda number: loss(*tensors, **beside(loss, name, number)))
    jitted = jax.jit(lambda number: loss(*arrays, **beside(loss, name, number)))
    tried = (
        lambda number: compiled(torch.tensor(number, dtype=torch.float64)),
        lambda number: mapped(torch.tensor([number], dtype=torch.float64))[0],
        lambda number: jitted(jnp.asarray(number)),
    )
    for traced in tried:
        np.testing.assert_allclose(float(traced(value)), expected, rtol=1e-11)
        for bad in (-1.0, np.nan, np.inf):
            assert np.isnan(float(traced(bad)))


@by_number
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_out_of_range_an_array_is_named_like_a_number(loss, name, value, make):
    arrays, _ = given_as(make, example(loss), {})
    for bad in (-1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match=f"^{name} must be .*, got {bad!r}"):
            loss(*arrays, **{name: make(np.asarray(bad))})


@by_number
def test_what_is_no_number_is_named(loss, name, value):
    arrays, _ = given_as(np.asarray, example(loss), {})
    wrong = [np.asarray(True), np.asarray(1j), np.asarray([value, value]), np.ma.masked_array(value)]
    for bad in wrong:
        if bad.shape == (2,) and loss.hyperparameters[name].arrays:
            continue
        with pytest.raises(TypeError, match=f"^{name} must be .*, got {type(bad).__name__}"):
            loss(*arrays, **{name: bad})
    with pytest.raises(TypeError, match=f"^arrays must come from one library: .*{name} is a torch.Tensor"):
        loss(*arrays, **{name: torch.tensor(value)})


def test_a_number_that_changes_is_compiled_twice():
    torch.compiler.reset()
    r, zero = torch.tensor([0.5, 3.0]), torch.zeros(2)
    for function, name in ((huber_loss, "delta"), (smooth_l1_loss, "beta")):
        backend = Compilations()
        compiled = torch.compile(function, fullgraph=True, backend=backend)
        for number in (0.5, 1.0, 1.5, 2.5):
            torch.testing.assert_close(compiled(r, zero, **{name: number}), function(r, zero, **{name: number}))
        assert backend.count <= 2


def test_a_temperature_is_learned():
    """CLIP's: the logarithm is the parameter."""
    a, b = torch.randn(2, 8, 4, generator=torch.Generator().manual_seed(0))
    log_t = torch.zeros((), requires_grad=True)
    before = info_nce_loss(a, b, temperature=log_t.exp())
    before.backward()
    with torch.no_grad():
        log_t -= 0.1 * log_t.grad
    assert info_nce_loss(a, b, temperature=log_t.exp()) < before


def test_smooth_l1_is_l1_at_a_learned_width_of_zero():
    beta = torch.zeros((), dtype=torch.float64, requires_grad=True)
    y_hat = torch.tensor([-2.0, 0.0, 3.0], dtype=torch.float64, requires_grad=True)
    losses = smooth_l1_loss(y_hat, torch.zeros_like(y_hat), beta=beta, reduction="none")
    assert losses.tolist() == [2, 0, 3]
    losses.sum().backward()
    assert y_hat.grad.tolist() == [-1, 0, 1] and beta.grad.item() == -1


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("shape", [(), (1,)])
def test_pos_weight_may_be_an_array_of_one(make, shape):
    logits, y = make(np.asarray([[0.5, -1.0, 2.0]])), make(np.asarray([[1.0, 1.0, 0.0]]))
    expected = binary_cross_entropy_with_logits(logits, y, pos_weight=3.0)
    ours = binary_cross_entropy_with_logits(logits, y, pos_weight=make(np.full(shape, 3.0)))
    np.testing.assert_allclose(float(ours), float(expected), rtol=1e-14)
    with pytest.raises(ValueError, match="^pos_weight must be a finite number of at least 0, got -1"):
        binary_cross_entropy_with_logits(logits, y, pos_weight=make(np.full(shape, -1.0)))


def test_numpys_numbers_compile_with_torch_tensors():
    """The compiler sees them as arrays."""
    r, zero = torch.tensor([0.5, 3.0]), torch.zeros(2)
    torch.compiler.reset()
    compiled = torch.compile(huber_loss, fullgraph=True, backend="eager")(r, zero, delta=np.float64(0.7))
    assert compiled.dtype == torch.float32
    torch.testing.assert_close(compiled, huber_loss(r, zero, delta=0.7))
