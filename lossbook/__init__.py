"""The losses of The Loss Book: one readable function per loss, on the array API.

>>> import numpy as np
>>> from lossbook import huber_loss
>>> float(huber_loss(np.asarray([0.5, 3.0]), np.asarray([0.0, 0.0]), delta=1.0))
1.3125
"""

from lossbook.regression import huber_loss, l1_loss, lp_loss, mse_loss, smooth_l1_loss

__all__ = ["huber_loss", "l1_loss", "lp_loss", "mse_loss", "smooth_l1_loss"]
