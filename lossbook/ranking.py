"""Losses for an order as the target: of each list only who stands above whom counts."""

from lossbook._ops import mean_over_pairs, no_silent_nan, of_lists, ranked, softplus
from lossbook._types import Array, Reduction

__all__ = ["pairwise_logistic_loss"]


@no_silent_nan
def pairwise_logistic_loss(
    scores: Array, relevance: Array, *, mask: Array | None = None, strip: int | None = None, reduction: Reduction = "mean"
) -> Array:
    r"""RankNet: of two items, the more relevant one should have the higher score.

    .. math:: L(z, y) = \frac{1}{|P|} \sum_{(i, j) \in P} \log\bigl(1 + e^{-(z_i - z_j)}\bigr)
              \qquad P = \{(i, j) : y_i > y_j\}

    Parameters
    ----------
    scores : array of float, shape (..., N)
        The model's score of each item of a list.
    relevance : array of int or float, shape (..., N)
        How relevant each item is, at least 0; only the order counts.
    mask : array of bool, shape (..., N), optional
        True where an item is there; what stands elsewhere reaches neither value nor gradient.
    strip : int >= 1, optional
        How many rows of the (N, N) square of pairs to work on at a time: no more are held. Left
        out, all are held at once.
    reduction : {"mean", "sum", "none"}
        "mean" is over lists, each of which is a mean over its pairs; a list without a pair costs
        0, with gradient 0, and counts.

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If scores is not an array of real floats, relevance not one of numbers, mask not one of
        booleans, or strip is no whole number.
    ValueError
        If the shapes differ, a list has no places, a relevance is negative or not finite, strip is
        below 1, inputs are too large for a value (∞ − ∞), the reduction is unknown, or an empty
        batch is to be averaged.
    NotImplementedError
        If torch.compile, torch.func or second derivatives in torch meet a strip.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(pairwise_logistic_loss(np.asarray([2.0, 1.0, 0.0]), np.asarray([0, 2, 1]))), 4)
    1.2512

    References
    ----------
    Burges et al. (2005), https://doi.org/10.1145/1102351.1102363. Chapter: ranking/pairwise_logistic.
    """
    _, s, grades, there = ranked(scores, relevance, mask)
    values = mean_over_pairs(lambda lead: softplus(-lead), s, grades, there, strip=strip)
    return of_lists(values, s, scores, reduction)
