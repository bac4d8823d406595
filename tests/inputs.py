"""Inputs for the laws: what a prediction and a target of each kind look like."""

from itertools import product

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lossbook.taxonomy import LOSSES

SHAPES = hnp.array_shapes(min_dims=1, max_dims=3, max_side=5)


def _floats(bound, width=64):
    return st.floats(-bound, bound, width=width, allow_subnormal=False)


@st.composite
def real_pairs(draw, bound=1024.0, width=64):
    """A prediction and a target of one shape."""
    shape = draw(SHAPES)
    arrays = hnp.arrays(np.dtype(f"float{width}"), shape, elements=_floats(bound, width))
    return draw(arrays), draw(arrays)


# One strategy for each (prediction, target) that the taxonomy names.
PAIRS = {("real", "real"): real_pairs}


def pairs(loss, **options):
    """Return the strategy for a loss' prediction and target."""
    return PAIRS[loss.prediction, loss.target](**options)


def hyperparameters(loss):
    """Return every combination of the values at which a loss is tested."""
    values = [h.values for h in loss.hyperparameters.values()]
    return [dict(zip(loss.hyperparameters, each, strict=True)) for each in product(*values)]


# Every loss at every setting: what the laws are parametrised over.
CASES = [(loss, settings) for loss in LOSSES for settings in hyperparameters(loss)]
CASE_IDS = [f"{loss.name}({', '.join(f'{k}={v:g}' for k, v in settings.items())})" for loss, settings in CASES]
