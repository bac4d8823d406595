"""Losses for a continuous target. The residual is r = ŷ − y throughout."""

from lossbook._ops import at_least, no_silent_nan, positive, power_of_size, reduce, same_shape, steepness, within
from lossbook._types import Array, Reduction, Scalar

__all__ = ["l1_loss", "mse_loss", "lp_loss", "huber_loss", "smooth_l1_loss"]


@no_silent_nan
def l1_loss(y_hat: Array, y: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Absolute error, also called L1 loss or MAE.

    .. math:: L(r) = |r| \qquad r = \hat y - y

    Parameters
    ----------
    y_hat, y : array of float, shape (...)
        Prediction and target, of one shape.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in the units of y

    Raises
    ------
    TypeError
        If an argument is not an array of real floats.
    ValueError
        If the shapes differ, inputs are too large for a value (∞ − ∞), the reduction is
        unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(l1_loss(np.asarray([2.5, 0.0]), np.asarray([3.0, -0.5])))
    0.5

    References
    ----------
    Koenker and Bassett (1978), https://doi.org/10.2307/1913643.
    Chapter: regression/l1.
    """
    xp = same_shape(y_hat=y_hat, y=y)
    return reduce(xp.abs(y_hat - y), reduction)


@no_silent_nan
def mse_loss(y_hat: Array, y: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Squared error, also called L2 loss or MSE.

    .. math:: L(r) = r^2 \qquad r = \hat y - y

    There is no factor ½ (as in PyTorch's ``mse_loss``; optax's ``l2_loss`` has it).

    Parameters
    ----------
    y_hat, y : array of float, shape (...)
        Prediction and target, of one shape.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in squared units of y

    Raises
    ------
    TypeError
        If an argument is not an array of real floats.
    ValueError
        If the shapes differ, inputs are too large for a value (∞ − ∞), the reduction is
        unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(mse_loss(np.asarray([2.5, 0.0]), np.asarray([3.0, 2.0])))
    2.125

    References
    ----------
    Gauss (1809); see Stigler (1981), https://doi.org/10.1214/aos/1176345451.
    Chapter: regression/l2.
    """
    same_shape(y_hat=y_hat, y=y)
    r = y_hat - y
    return reduce(r * r, reduction)


@no_silent_nan
def lp_loss(y_hat: Array, y: Array, *, p: Scalar = 2.0, reduction: Reduction = "mean") -> Array:
    r"""The p-th power of the absolute error: L1 at p = 1, L2 at p = 2.

    .. math:: L(r) = |r|^p \qquad r = \hat y - y

    No root is taken: the sum over a batch is the p-th power of the error vector's p-norm.

    Parameters
    ----------
    y_hat, y : array of float, shape (...)
        Prediction and target, of one shape.
    p : float >= 1
        The power. Below 1 the loss would not be convex and its gradient at 0 infinite.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in units of y to the power p

    Raises
    ------
    TypeError
        If an argument is not an array of real floats, or p is not a number.
    ValueError
        If the shapes differ, p is below 1 or infinite, inputs are too large for a value
        (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(lp_loss(np.asarray([2.0, 0.0]), np.asarray([0.0, 1.0]), p=3.0))
    4.5

    References
    ----------
    Rice and White (1964), https://doi.org/10.1137/1006061. Chapter: regression/lp.
    """
    same_shape(y_hat=y_hat, y=y)
    p = at_least(1, y_hat, p=p)
    return reduce(power_of_size(y_hat - y, p), reduction)


@no_silent_nan
def huber_loss(y_hat: Array, y: Array, *, delta: Scalar = 1.0, reduction: Reduction = "mean") -> Array:
    r"""Huber loss: quadratic near zero, linear in the tails.

    .. math:: L(r) = \begin{cases} r^2/2 & |r| \le \delta \\
                     \delta\,(|r| - \delta/2) & |r| > \delta \end{cases}
                     \qquad r = \hat y - y

    Parameters
    ----------
    y_hat, y : array of float, shape (...)
        Prediction and target, of one shape.
    delta : float > 0
        Where quadratic turns linear, in the units of y.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in squared units of y

    Raises
    ------
    TypeError
        If an argument is not an array of real floats, or delta is not a number.
    ValueError
        If the shapes differ, delta is not positive and finite, inputs are too large for a
        value (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(huber_loss(np.asarray([0.5, 3.0]), np.asarray([0.0, 0.0]), delta=1.0))
    1.3125

    References
    ----------
    Huber (1964), https://doi.org/10.1214/aoms/1177703732. Chapter: regression/huber.
    """
    same_shape(y_hat=y_hat, y=y)
    delta = positive(y_hat, delta=delta)
    # The pull is r, but at most delta in size. The product is then
    # r²/2 below delta, and delta (|r| - delta/2) above.
    r = y_hat - y
    pull = within(r, delta)
    return reduce(pull * (r - pull / 2), reduction)


@no_silent_nan
def smooth_l1_loss(y_hat: Array, y: Array, *, beta: Scalar = 1.0, reduction: Reduction = "mean") -> Array:
    r"""Smooth L1 loss: Huber's loss divided by its threshold, so that the tails have slope 1.

    .. math:: L(r) = \begin{cases} r^2/(2\beta) & |r| \le \beta \\
                     |r| - \beta/2 & |r| > \beta \end{cases}
                     \qquad r = \hat y - y

    Parameters
    ----------
    y_hat, y : array of float, shape (...)
        Prediction and target, of one shape.
    beta : float >= 0
        Where quadratic turns linear, in the units of y; 0 gives the L1 loss.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in the units of y

    Raises
    ------
    TypeError
        If an argument is not an array of real floats, or beta is not a number.
    ValueError
        If the shapes differ, beta is negative or infinite, inputs are too large for a value
        (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(smooth_l1_loss(np.asarray([1.0, 3.0]), np.asarray([0.0, 0.0]), beta=2.0))
    1.125

    References
    ----------
    Girshick (2015), https://arxiv.org/abs/1504.08083. Chapter: regression/huber.
    """
    same_shape(y_hat=y_hat, y=y)
    beta = at_least(0, y_hat, beta=beta)
    # The slope is r / beta, but at most 1 in size. The product is then
    # r²/(2 beta) below beta, and |r| - beta/2 above.
    r = y_hat - y
    slope = steepness(r, beta)
    return reduce(slope * (r - beta / 2 * slope), reduction)
