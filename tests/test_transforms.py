"""What compilers and mappers make of a loss: few compilations, any size, and NaN where an eager call refuses."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from inputs import Compilations, by_loss

import lossbook as lb
from lossbook.checks import call, example, given_as
from lossbook.taxonomy import KINDS, LOSSES, loss_of
from lossbook.taxonomy.kinds import size_of


class Criterion(torch.nn.Module):
    def __init__(self, loss):
        super().__init__()
        self.loss = loss

    def forward(self, *each):
        return self.loss(*each)


def tensors_of(loss, size):
    return given_as(torch.tensor, example(loss, shape=(size,)), {})[0]


@by_loss
def test_ten_sizes_take_two_compilations(loss):
    """Nothing is reset in between: one loss does not use up what the compiler allows the next one."""
    backend = Compilations()
    compiled = torch.compile(loss.function, fullgraph=True, backend=backend)
    for size in range(2, 12):
        tensors = tensors_of(loss, size)
        positional, named = loss.passed(tensors)
        torch.testing.assert_close(compiled(*positional, **named), loss(*tensors))
    assert backend.count <= 2


@by_loss
def test_an_exported_batch_may_have_any_size(loss):
    batch = torch.export.Dim("batch", min=2)
    sizes = tuple({} if kind.shared else {0: batch} for kind in loss.kinds)
    exported = torch.export.export(Criterion(loss), tuple(tensors_of(loss, 5)), dynamic_shapes=(sizes,), strict=False).module()
    for size in (2, 9):
        tensors = tensors_of(loss, size)
        torch.testing.assert_close(exported(*tensors), loss(*tensors))


@by_loss
def test_a_traced_batch_may_have_any_size(loss):
    with warnings.catch_warnings():
        # It is deprecated, and warns that shapes are compared while it traces.
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(Criterion(loss), tuple(tensors_of(loss, 5)))
    for size in (2, 9):
        tensors = tensors_of(loss, size)
        torch.testing.assert_close(traced(*tensors), loss(*tensors))


def all_there(loss, fed):
    """Return inputs of which everything counts."""
    counted = [
        np.full_like(each, size_of(kind.counts)) if kind.counts else each for kind, each in zip(loss.kinds, fed, strict=True)
    ]
    return [np.ones_like(each) if kind.masks else each for kind, each in zip(loss.kinds, counted, strict=True)]


def refused(loss):
    """Yield inputs of three examples, of which an eager call refuses the second."""
    plain = all_there(loss, example(loss, shape=(3,), seed=6))
    for which, kind in enumerate(loss.kinds):
        for bad in kind.refused:
            fed = [np.array(each) for each in plain]
            fed[which][(1, *[0] * len(kind.axes))] = bad
            yield fed
    if KINDS["probabilities"] in (loss.target, *(KINDS[form] for form in loss.target.forms)):
        rows = np.full((3, 3), 1 / 3)
        rows[1, 0] = 0.5
        yield plain[0], rows, *plain[2:]


def ways(loss):
    """Return what traces a loss without its values: in torch, and in jax."""
    shared = tuple(None if kind.shared else 0 for kind in loss.kinds)

    def unreduced(*each):
        return loss(*each, reduction="none")

    torch.compiler.reset()
    return {
        "torch.compile": (torch.tensor, torch.compile(unreduced, fullgraph=True, backend="aot_eager")),
        "torch.vmap": (torch.tensor, torch.vmap(unreduced, in_dims=shared)),
        "jax.jit": (jnp.asarray, jax.jit(unreduced)),
        "jax.vmap": (jnp.asarray, jax.vmap(unreduced, in_axes=shared)),
    }


@pytest.mark.parametrize(
    "loss", [each for each in LOSSES if any(kind.refused for kind in each.kinds)], ids=lambda loss: loss.name
)
def test_what_an_eager_call_refuses_is_nan_where_traced(loss):
    """In the one example that it is about: in its value, and in its gradient."""
    plain = list(refused(loss))
    for name, (make, traced) in ways(loss).items():
        for fed in plain:
            with pytest.raises(ValueError):
                loss(*fed)
            arrays = [make(each) for each in fed]
            assert np.isnan(np.asarray(traced(*arrays))).tolist() == [False, True, False], (name, fed)
            if make is torch.tensor:
                arrays[0].requires_grad_()
                slope = torch.autograd.grad(traced(*arrays).sum(), arrays[0])[0].numpy()
            else:
                slope = np.asarray(jax.grad(lambda first, rest=arrays[1:], f=traced: f(first, *rest).sum())(arrays[0]))
            nan = np.isnan(slope).reshape(3, -1)
            assert nan[1].any() and not nan[[0, 2]].any(), (name, fed, slope)


WEIGHTED = [
    ("nll_loss", "weight"),
    ("cross_entropy", "weight"),
    ("focal_loss", "alpha"),
    ("binary_cross_entropy_with_logits", "pos_weight"),
]


@pytest.mark.parametrize(("name", "weight"), WEIGHTED)
def test_weights_that_an_eager_call_refuses_are_nan_where_traced(name, weight):
    """Refused are all weights, and so all losses are NaN."""
    loss = loss_of(name)
    fed = example(loss, shape=(4,) if loss.prediction.axes else (4, 3))
    tensors, arrays = given_as(torch.tensor, fed, {})[0], given_as(jnp.asarray, fed, {})[0]
    torch.compiler.reset()
    compiled = torch.compile(lambda w: loss.function(*tensors, reduction="none", **{weight: w}), fullgraph=True, backend="eager")
    jitted = jax.jit(lambda w: loss.function(*arrays, reduction="none", **{weight: w}))
    good = np.asarray([1.0, 0.5, 2.0])
    expected = call(loss, fed, {weight: good})
    for make, traced in ((torch.tensor, compiled), (jnp.asarray, jitted)):
        np.testing.assert_allclose(np.asarray(traced(make(good))), expected, rtol=1e-12)
        for bad in (-1.0, np.nan, np.inf):
            assert np.all(np.isnan(np.asarray(traced(make(np.asarray([1.0, bad, 2.0]))))))


@pytest.mark.parametrize("function", [lb.nll_loss, lb.cross_entropy])
def test_a_batch_of_weight_zero_has_no_mean_where_traced(function):
    logits, y, weight = np.log(np.full((2, 3), 1 / 3)), np.asarray([0, 0]), np.asarray([0.0, 1.0, 1.0])
    assert np.isnan(jax.jit(lambda *each: function(*each[:2], weight=each[2]))(logits, y, weight))
    compiled = torch.compile(lambda *each: function(*each[:2], weight=each[2]), fullgraph=True, backend="eager")
    assert torch.isnan(compiled(*map(torch.tensor, (logits, y, weight))))


@by_loss
def test_jax_differentiates_a_loss_that_is_nan(loss):
    """Outside jit the values are known, but they are no plain numbers. Where NaN is refused, so it is here."""
    first, *rest = (jnp.asarray(each) for each in all_there(loss, example(loss, shape=(3,))))
    spoilt = first.at[1].set(jnp.nan)
    if loss.prediction.numbers.endswith("error"):
        with pytest.raises(ValueError, match=f"^{loss.names[0]} must {loss.prediction.rule}, got nan at index"):
            jax.value_and_grad(lambda first: loss(first, *rest))(spoilt)
        return
    value, slope = jax.value_and_grad(lambda first: loss(first, *rest))(spoilt)
    assert np.isnan(value) and slope.shape == first.shape


@pytest.mark.parametrize("function", [lb.mse_loss, lb.huber_loss, lb.binary_cross_entropy_with_logits])
def test_the_slope_at_nan_is_nan_in_jax(function):
    slope = jax.grad(lambda first: function(first, jnp.ones(3)))(jnp.asarray([0.5, jnp.nan, 0.25]))
    assert np.isnan(slope).tolist() == [False, True, False]


RULES = [
    (lb.binary_cross_entropy, [[0.5, 1.5], [0.0, 1.0]], "probs must lie in .0, 1.*got 1.5"),
    (lb.contrastive_loss, [[0.5, -1.5], [0, 1]], "distance must be at least 0, got -1.5"),
    (lb.mse_loss, [[np.inf, 1.0], [np.inf, 1.0]], "y_hat leaves the loss without a value, got inf"),
]


@pytest.mark.parametrize(("function", "fed", "says"), RULES, ids=[function.__name__ for function, _, _ in RULES])
def test_a_rule_about_what_is_differentiated_gives_its_own_error(function, fed, says):
    first, target = map(jnp.asarray, fed)
    with pytest.raises(ValueError, match=says):
        jax.grad(lambda first: function(first, target))(first)
    x, target = map(torch.tensor, fed)
    with pytest.raises(ValueError, match=says):
        torch.func.grad(lambda first: function(first, target))(x)
