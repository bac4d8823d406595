"""Losses for a relation as the target: alike things near, unlike things far; and what measures near."""

import math

from lossbook._ops import (
    angle_between, between, boolean, candidates, dot, embeddings, from_centre, in_strips, log_softmax, logsumexp,
    nearness, no_silent_nan, norm, not_below, of_class, pick_of_many, picked, positive as above_zero, reduce,
    tangent, unit_vectors, without_class, yes_or_no,
)  # fmt: skip
from lossbook._types import Array, Reduction, Scalar

__all__ = [
    "euclidean_distance", "cosine_similarity", "angle", "contrastive_loss", "triplet_margin_loss",
    "angular_triplet_loss", "angular_loss", "n_pair_loss", "info_nce_loss", "proxy_softmax_loss", "proxy_nca_loss",
]  # fmt: skip


@no_silent_nan
def euclidean_distance(a: Array, b: Array) -> Array:
    r"""Length of the difference of two vectors, :math:`\lVert a - b \rVert`.

    Where the two are equal the gradient is 0.

    Parameters
    ----------
    a, b : array of float, shape (..., D)
        The vectors, of one shape.

    Returns
    -------
    array, shape (...), in the units of the vectors

    Raises
    ------
    TypeError
        If an argument is not an array of real floats.
    ValueError
        If the shapes differ, the vectors have no numbers, or they are too large for a value
        (∞ − ∞).

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(euclidean_distance(np.asarray([1.0, 2.0]), np.asarray([4.0, 6.0])))
    5.0

    References
    ----------
    Chapter: distance/pairwise_contrastive.
    """
    embeddings(a=a, b=b)
    return norm(a - b)


@no_silent_nan
def cosine_similarity(a: Array, b: Array) -> Array:
    r"""Cosine of the angle between two vectors, :math:`a \cdot b / (\lVert a \rVert \lVert b \rVert)`.

    That of a zero vector, which has no direction, is 0.

    Parameters
    ----------
    a, b : array of float, shape (..., D)
        The vectors, of one shape.

    Returns
    -------
    array, shape (...), from −1 to 1

    Raises
    ------
    TypeError
        If an argument is not an array of real floats.
    ValueError
        If the shapes differ, the vectors have no numbers, or they are too large for a value
        (∞ − ∞).

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(cosine_similarity(np.asarray([1.0, 0.0]), np.asarray([3.0, 4.0])))
    0.6

    References
    ----------
    Chapter: distance/info_nce.
    """
    embeddings(a=a, b=b)
    return dot(unit_vectors(a), unit_vectors(b))


@no_silent_nan
def angle(a: Array, b: Array) -> Array:
    r"""Angle between two vectors, :math:`2 \arctan(\lVert u - v \rVert / \lVert u + v \rVert)` of their unit vectors u, v.

    Exact for small angles too, where the arccosine of the cosine loses its digits. Where the
    vectors are parallel the gradient is 0; that to a zero vector, which has no direction, is π/2.

    Parameters
    ----------
    a, b : array of float, shape (..., D)
        The vectors, of one shape.

    Returns
    -------
    array, shape (...), in radians, from 0 to π

    Raises
    ------
    TypeError
        If an argument is not an array of real floats.
    ValueError
        If the shapes differ, the vectors have no numbers, or they are too large for a value
        (∞ − ∞).

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(angle(np.asarray([1.0, 0.0]), np.asarray([0.0, 2.0]))), 4)
    1.5708

    References
    ----------
    Kahan (2006), https://people.eecs.berkeley.edu/~wkahan/Mindless.pdf. Chapter: distance/angular.
    """
    embeddings(a=a, b=b)
    return angle_between(unit_vectors(a), unit_vectors(b))


@no_silent_nan
def contrastive_loss(distance: Array, similar: Array, *, margin: Scalar = 1.0, reduction: Reduction = "mean") -> Array:
    r"""Pairwise contrastive loss: similar pairs together, the others a margin apart.

    .. math:: L(d, y) = y\,d^2 + (1 - y) \max(0, m - d)^2

    where y is 1 for similar pairs and 0 for the others. Hadsell et al. have factors
    ½ and the opposite label, 0 for similar.

    Parameters
    ----------
    distance : array of float, shape (...)
        Distance of each pair, at least 0; euclidean_distance computes one.
    similar : array of bool, int or float, shape (...)
        1 where the pair is similar, 0 where it is not.
    margin : float > 0
        The distance m from which on a dissimilar pair costs nothing.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in squared units of the distance

    Raises
    ------
    TypeError
        If distance is not an array of real floats, similar not one of booleans or numbers, or
        margin not a number.
    ValueError
        If the shapes differ, a distance is negative, similar is neither 0 nor 1, margin is
        not positive and finite, inputs are too large for a value (∞ − ∞), the reduction is
        unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(contrastive_loss(np.asarray([0.5, 0.0]), np.asarray([1, 0])))
    0.625

    References
    ----------
    Hadsell et al. (2006), https://doi.org/10.1109/CVPR.2006.100.
    Chapter: distance/pairwise_contrastive.
    """
    xp, distance, similar = yes_or_no(distance, similar)
    margin = above_zero(distance, margin=margin)
    return reduce(xp.where(similar, distance, not_below(margin - distance, 0)) ** 2, reduction)


@no_silent_nan
def triplet_margin_loss(
    anchor: Array, positive: Array, negative: Array, *, margin: Scalar = 1.0, squared: bool = False, reduction: Reduction = "mean"
) -> Array:
    r"""Triplet loss: the negative must be farther from the anchor than the positive, by a margin.

    .. math:: L(a, a^+, a^-) = \max\bigl(0, d(a, a^+) - d(a, a^-) + m\bigr)

    d is the Euclidean distance, as in PyTorch, or its square, as in FaceNet: then the margin is
    one of squared distances.

    Parameters
    ----------
    anchor, positive, negative : array of float, shape (..., D)
        The embeddings of each triplet, of one shape.
    margin : float > 0
        The lead m from which on a triplet costs nothing, in the units of d.
    squared : bool
        Whether d is the squared distance.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in the units of d

    Raises
    ------
    TypeError
        If an embedding is not an array of real floats, margin not a number, or squared neither
        True nor False.
    ValueError
        If the shapes differ, margin is not positive and finite, inputs are too large for a
        value (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(triplet_margin_loss(np.asarray([[0.0, 0.0]]), np.asarray([[3.0, 4.0]]), np.asarray([[0.0, 4.5]])))
    1.5

    References
    ----------
    Schroff et al. (2015), https://doi.org/10.1109/CVPR.2015.7298682. Chapter: distance/triplet.
    """
    embeddings(anchor=anchor, positive=positive, negative=negative)
    margin = above_zero(anchor, margin=margin)
    boolean(squared=squared)
    to_positive, to_negative = anchor - positive, anchor - negative
    if squared:
        gap = dot(to_positive, to_positive) - dot(to_negative, to_negative)
    else:
        gap = norm(to_positive) - norm(to_negative)
    return reduce(not_below(gap + margin, 0), reduction)


@no_silent_nan
def angular_triplet_loss(
    anchor: Array, positive: Array, negative: Array, *, margin: Scalar = 0.5, reduction: Reduction = "mean"
) -> Array:
    r"""Triplet loss in angles: the negative's direction must be farther off than the positive's.

    .. math:: L(a, a^+, a^-) = \max\bigl(0, \cos\theta^- - \cos(\theta^+ + m)\bigr)

    θ⁺ and θ⁻ are the angles of positive and negative to the anchor, seen from the origin. Where
    θ⁺ + m exceeds π, the cosine would turn back and reward a worse positive; from there on it
    is mirrored at −1, to −2 − cos(θ⁺ + m).

    Parameters
    ----------
    anchor, positive, negative : array of float, shape (..., D)
        The embeddings of each triplet, of one shape; their lengths do not matter.
    margin : float in (0, π)
        The lead m from which on a triplet costs nothing, in radians.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), a difference of cosines

    Raises
    ------
    TypeError
        If an embedding is not an array of real floats, or margin not a number.
    ValueError
        If the shapes differ, margin is outside (0, π), inputs are too large for a value
        (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(angular_triplet_loss(np.asarray([[1.0, 0.0]]), np.asarray([[2.0, 0.5]]), np.asarray([[1.0, 1.0]])))
    0.0

    References
    ----------
    Deng et al. (2019), https://doi.org/10.1109/CVPR.2019.00482. Chapter: distance/angular.
    """
    xp = embeddings(anchor=anchor, positive=positive, negative=negative)
    margin = between(0, math.pi, "π", anchor, margin=margin)
    a, near, far = unit_vectors(anchor), unit_vectors(positive), unit_vectors(negative)
    reach = angle_between(a, near) + margin
    asked = xp.where(reach <= math.pi, xp.cos(reach), -2 - xp.cos(reach))
    return reduce(not_below(dot(a, far) - asked, 0), reduction)


@no_silent_nan
def angular_loss(
    anchor: Array, positive: Array, negative: Array, *, alpha: Scalar = math.pi / 4, reduction: Reduction = "mean"
) -> Array:
    r"""Angular loss: bounds the angle at which the negative sees anchor and positive.

    .. math:: L(a, a^+, a^-) = \max\Bigl(0, \lVert a - a^+ \rVert^2
              - 4 \tan^2\alpha\, \bigl\lVert a^- - \tfrac{a + a^+}{2} \bigr\rVert^2\Bigr)

    Parameters
    ----------
    anchor, positive, negative : array of float, shape (..., D)
        The embeddings of each triplet, of one shape.
    alpha : float in (0, π/2)
        Half the angle allowed, in radians.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in squared units of the embeddings

    Raises
    ------
    TypeError
        If an embedding is not an array of real floats, or alpha not a number.
    ValueError
        If the shapes differ, alpha is outside (0, π/2), inputs are too large for a value
        (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(angular_loss(np.asarray([[0.0, 0.0]]), np.asarray([[2.0, 0.0]]), np.asarray([[1.0, 0.5]])))
    3.0

    References
    ----------
    Wang et al. (2017), https://doi.org/10.1109/ICCV.2017.283. Chapter: distance/angular.
    """
    embeddings(anchor=anchor, positive=positive, negative=negative)
    alpha = between(0, math.pi / 2, "π/2", anchor, alpha=alpha)
    side = anchor - positive
    median = negative - (anchor + positive) / 2
    return reduce(not_below(dot(side, side) - 4 * tangent(alpha) ** 2 * dot(median, median), 0), reduction)


@no_silent_nan
def n_pair_loss(
    anchor: Array, positive: Array, negatives: Array | None = None, *, strip: int | None = None, reduction: Reduction = "mean"
) -> Array:
    r"""N-pair loss: among many candidates, pick the positive by its inner product.

    .. math:: L(a, a^+, a^-) = \log\Bigl(1 + \sum_j e^{a \cdot a^-_j - a \cdot a^+}\Bigr)

    It is the cross-entropy of the inner products as logits, with the positive as the class.
    Sohn adds a penalty on the squared lengths of the embeddings, which is left to the caller.

    Parameters
    ----------
    anchor, positive : array of float, shape (..., D)
        The embeddings of each pair, of one shape.
    negatives : array of float, shape (..., K, D), optional
        K negatives for each anchor. Without them the batch, on the axis before the last, serves:
        each anchor's negatives are the positives of the others.
    strip : int >= 1, optional
        How many rows of the batch to work on at a time: the scores of no more are held, and the
        gradient is made with them. Left out, all are held at once.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If an embedding is not an array of real floats, or strip is no whole number.
    ValueError
        If the shapes do not fit, there is no negative (K = 0, or a batch of one), inputs
        are too large for a value (∞ − ∞), strip is below 1, the reduction is unknown, or an empty batch is to
        be averaged.
    NotImplementedError
        If torch.compile, torch.func or second derivatives in torch meet a strip.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(n_pair_loss(np.asarray([[1.0, 0.0], [0.0, 1.0]]), np.asarray([[2.0, 0.0], [0.0, 2.0]]))), 4)
    0.1269

    References
    ----------
    Sohn (2016), https://papers.nips.cc/paper/6200-improved-deep-metric-learning-with-multi-class-n-pair-loss-objective.
    Chapter: distance/n_pair.
    """
    pick_of_many(anchor, positive, negatives)
    rows, shared = candidates(anchor, positive, negatives)
    return in_strips(picked, rows, shared, strip=strip, reduction=reduction, grouped=negatives is None)


@no_silent_nan
def info_nce_loss(
    anchor: Array,
    positive: Array,
    negatives: Array | None = None,
    *,
    temperature: Scalar = 0.07,
    strip: int | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""InfoNCE: among many candidates, pick the positive by its cosine similarity.

    .. math:: L(a, a^+, a^-) = -\log \frac{e^{\cos(a, a^+)/\tau}}
              {e^{\cos(a, a^+)/\tau} + \sum_j e^{\cos(a, a^-_j)/\tau}}

    Also called NT-Xent. A zero vector, which has no direction, has cosine 0 with all others.

    Parameters
    ----------
    anchor, positive : array of float, shape (..., D)
        The embeddings of each pair, of one shape; their lengths do not matter.
    negatives : array of float, shape (..., K, D), optional
        K negatives for each anchor. Without them the batch, on the axis before the last, serves:
        each anchor's negatives are the positives of the others.
    temperature : float > 0
        What the cosines are divided by.
    strip : int >= 1, optional
        How many rows of the batch to work on at a time: the scores of no more are held, and the
        gradient is made with them. Left out, all are held at once.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If an embedding is not an array of real floats, or temperature not a number, or strip is no whole number.
    ValueError
        If the shapes do not fit, there is no negative (K = 0, or a batch of one),
        temperature is not positive and finite, inputs are too large for a value (∞ − ∞),
        strip is below 1, the reduction is unknown, or an empty batch is to be averaged.
    NotImplementedError
        If torch.compile, torch.func or second derivatives in torch meet a strip.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> anchor = np.asarray([[1.0, 0.0], [0.0, 1.0]])
    >>> positive = np.asarray([[2.0, 1.0], [0.0, 2.0]])
    >>> round(float(info_nce_loss(anchor, positive, temperature=0.5)), 4)
    0.2203

    References
    ----------
    van den Oord et al. (2018), https://arxiv.org/abs/1807.03748. Chapter: distance/info_nce.
    """
    pick_of_many(anchor, positive, negatives)
    temperature = above_zero(anchor, temperature=temperature)
    if negatives is not None:
        negatives = unit_vectors(negatives)
    rows, shared = candidates(unit_vectors(anchor) / temperature, unit_vectors(positive), negatives)
    return in_strips(picked, rows, shared, strip=strip, reduction=reduction, grouped=negatives is None)


@no_silent_nan
def proxy_softmax_loss(
    embedding: Array, y: Array, proxies: Array, *, strip: int | None = None, reduction: Reduction = "mean"
) -> Array:
    r"""Softmax over proxies: each class has a point, and the nearest point should be the right one.

    .. math:: L(a, y, c) = -\log \frac{e^{-\lVert a - c_y \rVert^2}}{\sum_k e^{-\lVert a - c_k \rVert^2}}

    Parameters
    ----------
    embedding : array of float, shape (..., D)
        The embedding a of each example.
    y : array of int, shape (...)
        The class, from 0 to C − 1.
    proxies : array of float, shape (C, D)
        The point of each class; usually learned with the embedding.
    strip : int >= 1, optional
        How many rows of the batch to work on at a time: the scores of no more are held, and the
        gradient is made with them. Left out, all are held at once.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If embedding or proxies is not an array of real floats, or y not one of integers, or strip is no whole number.
    ValueError
        If the shapes do not fit, there are fewer than two proxies, a label has no proxy,
        inputs are too large for a value (∞ − ∞), strip is below 1, the reduction is unknown, or an empty
        batch is to be averaged.
    NotImplementedError
        If torch.compile, torch.func or second derivatives in torch meet a strip.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> embedding = np.asarray([[1.0, 0.0]])
    >>> y = np.asarray([0])
    >>> proxies = np.asarray([[1.0, 1.0], [-1.0, 0.0]])
    >>> round(float(proxy_softmax_loss(embedding, y, proxies)), 4)
    0.0486

    References
    ----------
    Teh et al. (2020), https://doi.org/10.1007/978-3-030-58586-0_27. Chapter: distance/proxy.
    """
    embedding, y, proxies = from_centre(embedding, y, proxies)

    def term(embedding: Array, y: Array, proxies: Array, squares: Array) -> Array:
        return -of_class(log_softmax(nearness(embedding, proxies, squares)), y)

    return in_strips(term, (embedding, y), (proxies, dot(proxies, proxies)), strip=strip, reduction=reduction)


@no_silent_nan
def proxy_nca_loss(
    embedding: Array, y: Array, proxies: Array, *, strip: int | None = None, reduction: Reduction = "mean"
) -> Array:
    r"""Proxy-NCA: near the proxy of its own class, far from those of all others.

    .. math:: L(a, y, c) = -\log \frac{e^{-\lVert a - c_y \rVert^2}}{\sum_{k \ne y} e^{-\lVert a - c_k \rVert^2}}

    The own proxy is missing from the sum, so that the loss has no lower bound. The paper gives
    embeddings and proxies one length, which is left to the caller.

    Parameters
    ----------
    embedding : array of float, shape (..., D)
        The embedding a of each example.
    y : array of int, shape (...)
        The class, from 0 to C − 1.
    proxies : array of float, shape (C, D)
        The point of each class; usually learned with the embedding.
    strip : int >= 1, optional
        How many rows of the batch to work on at a time: the scores of no more are held, and the
        gradient is made with them. Left out, all are held at once.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If embedding or proxies is not an array of real floats, or y not one of integers, or strip is no whole number.
    ValueError
        If the shapes do not fit, there are fewer than two proxies, a label has no proxy,
        inputs are too large for a value (∞ − ∞), strip is below 1, the reduction is unknown, or an empty
        batch is to be averaged.
    NotImplementedError
        If torch.compile, torch.func or second derivatives in torch meet a strip.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(proxy_nca_loss(np.asarray([[1.0, 0.0]]), np.asarray([0]), np.asarray([[1.0, 1.0], [-1.0, 0.0]])))
    -3.0

    References
    ----------
    Movshovitz-Attias et al. (2017), https://doi.org/10.1109/ICCV.2017.47. Chapter: distance/proxy.
    """
    embedding, y, proxies = from_centre(embedding, y, proxies)

    def term(embedding: Array, y: Array, proxies: Array, squares: Array) -> Array:
        scores = nearness(embedding, proxies, squares)
        return logsumexp(without_class(scores, y)) - of_class(scores, y)

    return in_strips(term, (embedding, y), (proxies, dot(proxies, proxies)), strip=strip, reduction=reduction)
