"""The losses of The Loss Book: one readable function per loss, on the array API.

>>> import numpy as np
>>> from lossbook import huber_loss
>>> float(huber_loss(np.asarray([0.5, 3.0]), np.asarray([0.0, 0.0]), delta=1.0))
1.3125
"""

from lossbook import classification, distance, regression
from lossbook.classification import *  # noqa: F403
from lossbook.distance import *  # noqa: F403
from lossbook.regression import *  # noqa: F403

__all__ = [*regression.__all__, *classification.__all__, *distance.__all__]
