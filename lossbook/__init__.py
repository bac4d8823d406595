"""The losses of The Loss Book: one readable function per loss, on the array API.

>>> import numpy as np
>>> from lossbook import huber_loss
>>> float(huber_loss(np.asarray([0.5, 3.0]), np.asarray([0.0, 0.0]), delta=1.0))
1.3125

Types, dtypes and shapes are always checked. Values are checked where they are known: an eager call
raises; where a compiler traces (jax.jit, torch.compile, vmap), what it would refuse becomes NaN.
A numeric hyperparameter is a number, or a 0-d array through which a gradient flows.
"""

from typing import Any

from lossbook import classification, distance, generative, ranking, regression, reinforcement, sequence, structured
from lossbook.classification import *  # noqa: F403
from lossbook.distance import *  # noqa: F403
from lossbook.generative import *  # noqa: F403
from lossbook.ranking import *  # noqa: F403
from lossbook.regression import *  # noqa: F403
from lossbook.reinforcement import *  # noqa: F403
from lossbook.sequence import *  # noqa: F403
from lossbook.structured import *  # noqa: F403

FAMILIES = (regression, classification, distance, ranking, sequence, generative, structured, reinforcement)
__all__ = [name for family in FAMILIES for name in family.__all__]


def __getattr__(name: str) -> Any:
    """Look the version up where it is asked for: what finds it takes longer to import than all losses."""
    if name == "__version__":
        from importlib.metadata import version

        return version("lossbook")
    raise AttributeError(f"module 'lossbook' has no attribute {name!r}")
