"""Losses for an order as the target: of each list only who stands above whom counts, the top more than the rest."""

from lossbook._ops import (
    above, chosen_of_sample, discounts, expectation, falling, gains, harmonic, ideal, in_order, log_shares,
    log_softmax, log_tail_sums, mean_over_pairs, no_silent_nan, not_below, of_lists, positive as above_zero, present_discounts,
    quotient, ranked, reduce, shared_discounts, sigmoid, softplus, whole,
)  # fmt: skip
from lossbook._types import Array, Reduction, Scalar

__all__ = [
    "pairwise_logistic_loss", "pairwise_hinge_loss", "warp_loss", "list_net_loss", "listwise_softmax_loss", "list_mle_loss",
    "lambda_rank_loss", "approx_ndcg_loss", "sampled_softmax_loss", "ndcg",
]  # fmt: skip


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


@no_silent_nan
def pairwise_hinge_loss(
    scores: Array,
    relevance: Array,
    *,
    margin: Scalar = 1.0,
    mask: Array | None = None,
    strip: int | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Ranking SVM: of two items, the more relevant one should lead by a margin.

    .. math:: L(z, y) = \frac{1}{|P|} \sum_{(i, j) \in P} \max\bigl(0, m - (z_i - z_j)\bigr)
              \qquad P = \{(i, j) : y_i > y_j\}

    Parameters
    ----------
    scores : array of float, shape (..., N)
        The model's score of each item of a list.
    relevance : array of int or float, shape (..., N)
        How relevant each item is, at least 0; only the order counts.
    margin : float > 0
        The lead m from which on a pair costs nothing, in the units of the scores.
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
    array, scalar or shape (...), in the units of the scores

    Raises
    ------
    TypeError
        If scores is not an array of real floats, relevance not one of numbers, mask not one of
        booleans, margin not a number, or strip is no whole number.
    ValueError
        If the shapes differ, a list has no places, a relevance is negative or not finite, margin is
        not positive and finite, strip is below 1, inputs are too large for a value (∞ − ∞), the
        reduction is unknown, or an empty batch is to be averaged.
    NotImplementedError
        If torch.compile, torch.func or second derivatives in torch meet a strip.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(pairwise_hinge_loss(np.asarray([2.0, 1.0, 0.5]), np.asarray([0, 2, 1])))
    1.6666666666666667

    References
    ----------
    Joachims (2002), https://doi.org/10.1145/775047.775067. Chapter: ranking/pairwise_hinge.
    """
    _, s, grades, there = ranked(scores, relevance, mask)
    margin = above_zero(s, margin=margin)
    values = mean_over_pairs(lambda lead, margin: not_below(margin - lead, 0), s, grades, there, margin, strip=strip)
    return of_lists(values, s, scores, reduction)


@no_silent_nan
def warp_loss(
    scores: Array, relevance: Array, *, margin: Scalar = 1.0, mask: Array | None = None, reduction: Reduction = "mean"
) -> Array:
    r"""WARP: a hinge for each relevant item, the heavier the lower its rank.

    .. math:: L(z, y) = \frac{1}{|R|} \sum_{i \in R} \Bigl(\sum_{k=1}^{|V_i|} \frac1k\Bigr)
              \frac{1}{|V_i|} \sum_{j \in V_i} (m - z_i + z_j)

    R are the items with y > 0; :math:`V_i` are those with y = 0 that come within the margin of
    item i. The weight of the rank is a constant to the gradient. WSABIE draws one item of
    :math:`V_i`; this is the mean over all.

    Parameters
    ----------
    scores : array of float, shape (..., N)
        The model's score of each item of a list.
    relevance : array of int or float, shape (..., N)
        Above 0 where an item is relevant, 0 where it is not.
    margin : float > 0
        The lead m from which on an item is out of reach, in the units of the scores.
    mask : array of bool, shape (..., N), optional
        True where an item is there; what stands elsewhere reaches neither value nor gradient.
    reduction : {"mean", "sum", "none"}
        "mean" is over lists, each of which is a mean over its relevant items; a list without a
        relevant or without an irrelevant item costs 0, with gradient 0, and counts.

    Returns
    -------
    array, scalar or shape (...), in the units of the scores

    Raises
    ------
    TypeError
        If scores is not an array of real floats, relevance not one of numbers, mask not one of
        booleans, or margin not a number.
    ValueError
        If the shapes differ, a list has no places, a relevance is negative or not finite, margin is
        not positive and finite, inputs are too large for a value (∞ − ∞), the reduction is unknown,
        or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(warp_loss(np.asarray([2.0, 1.0, 0.5]), np.asarray([0, 1, 0])))
    1.875

    References
    ----------
    Weston et al. (2011), https://www.ijcai.org/Proceedings/11/Papers/460.pdf. Chapter: ranking/pairwise_hinge.
    """
    xp, s, grades, there = ranked(scores, relevance, mask)
    margin = above_zero(s, margin=margin)
    relevant, opposed = grades > 0, (grades[..., None] > 0) & (grades == 0)[..., None, :] & there[..., None, :]
    short = xp.where(opposed, margin - s[..., None] + s[..., None, :], 0.0)
    short = xp.where(short <= 0, 0.0, short)
    rivals = xp.sum(xp.astype(short > 0, s.dtype), axis=-1)
    weight = quotient(harmonic(rivals, s.shape[-1]), rivals)
    items = xp.sum(xp.astype(relevant, s.dtype), axis=-1)
    return of_lists(quotient(xp.sum(weight * xp.sum(short, axis=-1), axis=-1), items), s, scores, reduction)


@no_silent_nan
def list_net_loss(scores: Array, relevance: Array, *, mask: Array | None = None, reduction: Reduction = "mean") -> Array:
    r"""ListNet: cross-entropy between the softmax of the grades and that of the scores.

    .. math:: L(z, y) = -\sum_i \operatorname{softmax}(y)_i \log \operatorname{softmax}(z)_i

    Parameters
    ----------
    scores : array of float, shape (..., N)
        The model's score of each item of a list.
    relevance : array of int or float, shape (..., N)
        How relevant each item is, at least 0.
    mask : array of bool, shape (..., N), optional
        True where an item is there; what stands elsewhere reaches neither value nor gradient.
    reduction : {"mean", "sum", "none"}
        "mean" is over lists; a list without any item costs 0, with gradient 0, and counts.

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If scores is not an array of real floats, relevance not one of numbers, or mask not one of
        booleans.
    ValueError
        If the shapes differ, a list has no places, a relevance is negative or not finite, inputs are
        too large for a value (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(list_net_loss(np.asarray([2.0, 1.0, 0.0]), np.asarray([0, 2, 1]))), 4)
    1.5623

    References
    ----------
    Cao et al. (2007), https://doi.org/10.1145/1273496.1273513. Chapter: ranking/list_net.
    """
    xp, s, grades, there = ranked(scores, relevance, mask)
    p = xp.where(there, xp.exp(log_shares(grades, there)), 0.0)
    return of_lists(-expectation(p, log_shares(s, there)), s, scores, reduction)


@no_silent_nan
def listwise_softmax_loss(scores: Array, relevance: Array, *, mask: Array | None = None, reduction: Reduction = "mean") -> Array:
    r"""Cross-entropy between each item's share of the relevance and the softmax of the scores.

    .. math:: L(z, y) = -\sum_i \frac{y_i}{\sum_j y_j} \log \operatorname{softmax}(z)_i

    Parameters
    ----------
    scores : array of float, shape (..., N)
        The model's score of each item of a list.
    relevance : array of int or float, shape (..., N)
        How relevant each item is, at least 0: clicks, purchases, grades.
    mask : array of bool, shape (..., N), optional
        True where an item is there; what stands elsewhere reaches neither value nor gradient.
    reduction : {"mean", "sum", "none"}
        "mean" is over lists; a list without relevance costs 0, with gradient 0, and counts.

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If scores is not an array of real floats, relevance not one of numbers, or mask not one of
        booleans.
    ValueError
        If the shapes differ, a list has no places, a relevance is negative or not finite, inputs are
        too large for a value (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(listwise_softmax_loss(np.asarray([2.0, 1.0, 0.0]), np.asarray([0, 1, 0]))), 4)
    1.4076

    References
    ----------
    Bruch et al. (2019), https://doi.org/10.1145/3341981.3344221. Chapter: ranking/list_net.
    """
    xp, s, grades, there = ranked(scores, relevance, mask)
    p = quotient(grades, xp.sum(grades, axis=-1, keepdims=True))
    return of_lists(-expectation(p, log_shares(s, there)), s, scores, reduction)


@no_silent_nan
def list_mle_loss(scores: Array, relevance: Array, *, mask: Array | None = None, reduction: Reduction = "mean") -> Array:
    r"""ListMLE: minus the log-probability of the items' right order, drawn one after the other.

    .. math:: L(z, y) = \sum_i \Bigl(\log \sum_{j \ge i} e^{z_{(j)}} - z_{(i)}\Bigr)

    where (1), (2), … are the items in the order of falling relevance, equal ones as they come.
    The probability is Plackett and Luce's: each place takes an item of those left, with the
    softmax of their scores.

    Parameters
    ----------
    scores : array of float, shape (..., N)
        The model's score of each item of a list.
    relevance : array of int or float, shape (..., N)
        How relevant each item is, at least 0; only the order counts.
    mask : array of bool, shape (..., N), optional
        True where an item is there; what stands elsewhere reaches neither value nor gradient.
    reduction : {"mean", "sum", "none"}
        "mean" is over lists, each of which is a sum over its places; a list without any item
        costs 0, with gradient 0, and counts.

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If scores is not an array of real floats, relevance not one of numbers, or mask not one of
        booleans.
    ValueError
        If the shapes differ, a list has no places, a relevance is negative or not finite, inputs are
        too large for a value (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(list_mle_loss(np.asarray([2.0, 1.0, 0.0]), np.asarray([0, 2, 1]))), 4)
    3.5345

    References
    ----------
    Xia et al. (2008), https://doi.org/10.1145/1390156.1390306. Chapter: ranking/list_mle.
    """
    xp, s, grades, there = ranked(scores, relevance, mask)
    order = falling(grades, there)
    s_sorted = in_order(s, order)
    values = xp.where(in_order(there, order), log_tail_sums(s_sorted) - s_sorted, 0.0)
    return of_lists(xp.sum(values, axis=-1), s, scores, reduction)


@no_silent_nan
def lambda_rank_loss(
    scores: Array,
    relevance: Array,
    *,
    sigma: Scalar = 1.0,
    k: int | None = None,
    mask: Array | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""LambdaRank: each pair weighs what swapping its two items would change in NDCG.

    .. math:: L(z, y) = \sum_{(i, j) \in P} |\Delta \mathrm{NDCG@k}_{ij}|
              \log\bigl(1 + e^{-\sigma (z_i - z_j)}\bigr)
              \qquad P = \{(i, j) : y_i > y_j\}

    The gain of an item is :math:`2^y - 1`, the discount of a place 1/log₂(1 + rank) and 0 beyond
    k. The weights belong to the present order and are constants to the gradient; equal scores
    stand in the order given.

    Parameters
    ----------
    scores : array of float, shape (..., N)
        The model's score of each item of a list.
    relevance : array of int or float, shape (..., N)
        The grade of each item, at least 0.
    sigma : float > 0
        How steep the logistic function is.
    k : int >= 1, optional
        How many places from the top count; beyond the list's length, or left out, all.
    mask : array of bool, shape (..., N), optional
        True where an item is there; what stands elsewhere reaches neither value nor gradient.
    reduction : {"mean", "sum", "none"}
        "mean" is over lists, each of which is a sum over its pairs; a list without a pair costs 0,
        with gradient 0, and counts.

    Returns
    -------
    array, scalar or shape (...), in nats, weighted by differences of NDCG

    Raises
    ------
    TypeError
        If scores is not an array of real floats, relevance not one of numbers, mask not one of
        booleans, sigma not a number, or k no whole number.
    ValueError
        If the shapes differ, a list has no places, a relevance is negative or not finite, sigma is
        not positive and finite, k is below 1, inputs are too large for a value (∞ − ∞), the
        reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(lambda_rank_loss(np.asarray([2.0, 1.0, 0.0]), np.asarray([0, 2, 1]))), 4)
    0.7159

    References
    ----------
    Burges et al. (2006), https://papers.nips.cc/paper/2971-learning-to-rank-with-nonsmooth-cost-functions.
    Chapter: ranking/lambda_rank.
    """
    xp, s, grades, there = ranked(scores, relevance, mask)
    sigma, k = above_zero(s, sigma=sigma), whole(k=k)
    gain, discount = gains(grades), present_discounts(s, there, k)
    change = xp.abs((gain[..., None] - gain[..., None, :]) * (discount[..., None] - discount[..., None, :]))
    pairs = above(grades, there)
    lead = xp.where(pairs, s[..., None] - s[..., None, :], 0.0)
    total = xp.sum(xp.where(pairs, change * softplus(-sigma * lead), 0.0), axis=(-2, -1))
    return of_lists(quotient(total, ideal(gain, k)), s, scores, reduction)


@no_silent_nan
def approx_ndcg_loss(
    scores: Array, relevance: Array, *, temperature: Scalar = 0.1, mask: Array | None = None, reduction: Reduction = "mean"
) -> Array:
    r"""One minus NDCG with soft ranks in place of ranks.

    .. math:: L(z, y) = 1 - \frac{1}{\mathrm{IDCG}} \sum_i \frac{2^{y_i} - 1}{\log_2(1 + \rho_i)}
              \qquad \rho_i = 1 + \sum_{j \ne i} \operatorname{sigmoid}\Bigl(\frac{z_j - z_i}{\tau}\Bigr)

    Parameters
    ----------
    scores : array of float, shape (..., N)
        The model's score of each item of a list.
    relevance : array of int or float, shape (..., N)
        The grade of each item, at least 0.
    temperature : float > 0
        The lead τ, in the units of the scores, at which another item counts as above or below by e to 1.
    mask : array of bool, shape (..., N), optional
        True where an item is there; what stands elsewhere reaches neither value nor gradient.
    reduction : {"mean", "sum", "none"}
        "mean" is over lists; a list without relevance costs 0, with gradient 0, and counts.

    Returns
    -------
    array, scalar or shape (...), a share of the best order's gain

    Raises
    ------
    TypeError
        If scores is not an array of real floats, relevance not one of numbers, mask not one of
        booleans, or temperature not a number.
    ValueError
        If the shapes differ, a list has no places, a relevance is negative or not finite,
        temperature is not positive and finite, inputs are too large for a value (∞ − ∞), the
        reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(approx_ndcg_loss(np.asarray([2.0, 1.0, 0.0]), np.asarray([0, 2, 1]))), 4)
    0.341

    References
    ----------
    Qin et al. (2010), https://doi.org/10.1007/s10791-009-9124-x. Chapter: ranking/approx_ndcg.
    """
    xp, s, grades, there = ranked(scores, relevance, mask)
    temperature = above_zero(s, temperature=temperature)
    behind = sigmoid((s[..., None, :] - s[..., None]) / temperature)
    # An item is half above itself.
    ranks = 0.5 + xp.sum(xp.where(there[..., None, :], behind, 0.0), axis=-1)
    gain = gains(grades)
    best = ideal(gain, None)
    reached = quotient(xp.sum(gain * discounts(ranks, None), axis=-1), best)
    return of_lists(xp.where(best == 0, 0.0, 1 - reached), s, scores, reduction)


@no_silent_nan
def sampled_softmax_loss(
    positive: Array,
    negatives: Array,
    *,
    positive_log_q: Array | None = None,
    negative_log_q: Array | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Softmax over the positive and a sample of the others, corrected for how the sample was drawn.

    .. math:: L(z^+, z^-) = -\log \frac{e^{z^+ - \log Q^+}}{e^{z^+ - \log Q^+} + \sum_j e^{z^-_j - \log Q^-_j}}

    Parameters
    ----------
    positive : array of float, shape (...)
        The score of the item to be picked.
    negatives : array of float, shape (..., K)
        The scores of K items drawn for it.
    positive_log_q : array of float, shape (...), optional
        Log-probability at which the sampling draws the positive, at most 0.
    negative_log_q : array of float, shape (..., K), optional
        The same of the negatives. Both are given, or neither: then nothing is corrected.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If an argument is not an array of real floats.
    ValueError
        If the shapes do not fit, there is no negative (K = 0), one log q is given without the other
        or is above 0, inputs are too large for a value (∞ − ∞), the reduction is unknown, or an
        empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(sampled_softmax_loss(np.asarray([1.0]), np.asarray([[0.0, 0.5]]))), 4)
    0.6803

    References
    ----------
    Bengio and Senécal (2008), https://doi.org/10.1109/TNN.2007.912312. Chapter: ranking/sampled_softmax.
    """
    return reduce(-log_softmax(chosen_of_sample(positive, negatives, positive_log_q, negative_log_q))[..., 0], reduction)


@no_silent_nan
def ndcg(scores: Array, relevance: Array, *, k: int | None = None, mask: Array | None = None) -> Array:
    r"""Normalised discounted cumulative gain: the share of the best order's gain that the scores' order reaches.

    .. math:: \mathrm{NDCG@k} = \frac{1}{\mathrm{IDCG}} \sum_{i} \frac{2^{y_i} - 1}{\log_2(1 + \mathrm{rank}_i)}

    over the items of rank at most k. Items of equal score share their places evenly, so that a model that tells
    nothing apart gets what a random order gets on average. A list without relevance has 1: no order of it is wrong.

    Parameters
    ----------
    scores : array of float, shape (..., N)
        The model's score of each item of a list.
    relevance : array of int or float, shape (..., N)
        The grade of each item, at least 0.
    k : int >= 1, optional
        How many places from the top count; beyond the list's length, or left out, all.
    mask : array of bool, shape (..., N), optional
        True where an item is there.

    Returns
    -------
    array, shape (...), from 0 to 1; no gradient flows through it

    Raises
    ------
    TypeError
        If scores is not an array of real floats, relevance not one of numbers, mask not one of
        booleans, or k no whole number.
    ValueError
        If the shapes differ, a list has no places, a relevance is negative or not finite, or k is below 1.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(ndcg(np.asarray([2.0, 1.0, 0.0]), np.asarray([0, 2, 1]))), 4)
    0.659

    References
    ----------
    Järvelin and Kekäläinen (2002), https://doi.org/10.1145/582415.582418; for equal scores, McSherry and Najork (2008),
    https://doi.org/10.1007/978-3-540-78646-7_38. Chapter: ranking/lambda_rank.
    """
    xp, s, grades, there = ranked(scores, relevance, mask)
    gain, k = gains(grades), whole(k=k)
    best = ideal(gain, k)
    reached = quotient(xp.sum(gain * shared_discounts(s, there, k), axis=-1), best)
    return of_lists(xp.where(best == 0, 1.0, reached), s, scores, "none")
