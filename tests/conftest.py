"""Settings for all tests."""

import jax
import numpy as np
import pytest
import torch
from inputs import in_width

from lossbook.checks import hard_example

pytest_plugins = ["budget", "notebooks"]

# Peers are compared in double precision.
jax.config.update("jax_enable_x64", True)
# The tests' processes share the cores: threads of torch's own would wait for one another, longer than they compute.
torch.set_num_threads(1)


def pytest_addoption(parser):
    parser.addoption("--deep", action="store_true", help="run the laws on many more inputs, and every check on every page")


@pytest.fixture
def many(request):
    """What yields inputs that break formulas: two large batches, and with --deep fifty small ones of all shapes."""
    count = 52 if request.config.getoption("deep") else 2

    def inputs(record, *, width=64, **how):
        for seed in range(count):
            sides = np.random.default_rng(seed).integers(2, 6, size=1 + seed % 3)
            shape = (96,) if seed < 2 else tuple(map(int, sides))
            yield [in_width(each, width) for each in hard_example(record, shape, seed, **how)]

    return inputs
