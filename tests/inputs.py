"""Inputs for the laws, and what the laws are parametrised over."""

import numpy as np
import pytest

from lossbook.checks import hyperparameters
from lossbook.taxonomy import LOSSES

# Every loss at every setting.
CASES = [(loss, settings) for loss in LOSSES for settings in hyperparameters(loss)]
CASE_IDS = [f"{loss.name}({', '.join(f'{k}={v}' for k, v in settings.items())})" for loss, settings in CASES]

by_loss = pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)


def cases(condition=lambda loss, settings: True):
    """Parametrise over the cases for which a condition on loss and settings holds."""
    chosen = [(*case, name) for case, name in zip(CASES, CASE_IDS, strict=True) if condition(*case)]
    return pytest.mark.parametrize(("loss", "settings"), [c[:2] for c in chosen], ids=[c[2] for c in chosen])


by_case = cases()


def in_width(value, width):
    """Return an array with its floats in another width, and 0 in place of what is too small for all its digits."""
    if value is None or value.dtype != np.float64:
        return value
    narrow = value.astype(f"float{width}")
    return np.where(np.abs(narrow) < np.finfo(narrow.dtype).smallest_normal, narrow.dtype.type(0), narrow)


def of_dtype(make, dtype):
    """Return what makes arrays as `make` does, with float64 in another dtype."""
    return lambda values: make(values, dtype=dtype) if values.dtype == np.float64 else make(values)


def own_axes(kind):
    """Return the places of a kind's own axes in an array of it."""
    return tuple(range(-len(kind.axes), 0))


def directions(kind):
    """Return the directions in which one number of a kind's own axes can be moved."""
    count = int(np.prod(kind.sizes))
    return np.eye(count).reshape(count, *kind.sizes)


class Compilations:
    """A backend of torch.compile that leaves each graph as it is, and counts them."""

    def __init__(self):
        self.count = 0

    def __call__(self, graph, _):
        self.count += 1
        return graph
