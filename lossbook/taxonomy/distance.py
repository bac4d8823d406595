"""The losses for relations."""

from collections.abc import Callable
from math import inf, pi, tan
from typing import Any

import numpy as np

from lossbook import distance
from lossbook._ops import namespace
from lossbook.taxonomy.peers import zero_labels
from lossbook.taxonomy.records import NO, YES, Claim, Curve, Hyperparameter, Lipschitz, Loss, Minimiser, Peer


def _each_candidate(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with each of the candidates as the positive."""
    anchor, positive, negatives = fed
    every = np.concatenate([positive[..., None, :], negatives], axis=-2)
    return [(anchor, every[..., k, :], np.delete(every, k, axis=-2)) for k in range(every.shape[-2])]


_OF_TRIPLET: dict[str, Any] = {
    "symbols": ("a", "a^+", "a^-"),
    "arguments": "a, a^+, a^-",
    "inputs": ("embedding", "embedding", "embedding"),
    # Which of two is the positive?
    "answers": lambda fed: [(fed[0], fed[1], fed[2]), (fed[0], fed[2], fed[1])],
}
_OF_CANDIDATES: dict[str, Any] = {
    "symbols": ("a", "a^+", "a^-"),
    "arguments": "a, a^+, a^-",
    "inputs": ("embedding", "embedding", "negatives"),
    "units": "nats",
    "answers": _each_candidate,
}
_OF_PROXIES: dict[str, Any] = {
    "symbols": ("a", "y", "c"),
    "arguments": "a, y, c",
    "inputs": ("embedding", "class", "proxies"),
    "units": "nats",
}


def _angular_triplet(cosine: Callable[..., Any], anchor: Any, positive: Any, negative: Any, margin: float) -> Any:
    """Return the angular triplet loss by way of the arccosine, from a torch cosine."""
    reach = cosine(anchor, positive).clamp(-1, 1).acos() + margin
    asked = reach.cos().where(reach <= pi, -2 - reach.cos())
    return (cosine(anchor, negative) - asked).clamp(min=0)


def at_unit_length(vectors: Any) -> Any:
    xp = namespace(vectors=vectors)
    length = xp.linalg.vector_norm(vectors, axis=-1, keepdims=True)
    return vectors / xp.where(length == 0, 1.0, length)


def pick(anchor: Any, positive: Any, negatives: Any) -> Any:
    """Return each anchor's inner products with its candidates, and the place of the positive among them."""
    xp = namespace(anchor=anchor)
    row = xp.broadcast_to(xp.arange(anchor.shape[-2]), anchor.shape[:-1])
    if negatives is None:
        return anchor @ xp.matrix_transpose(positive), row
    every = xp.concat([positive[..., None, :], negatives], axis=-2)
    return xp.sum(every * anchor[..., None, :], axis=-1), 0 * row


def pick_by_cosine(anchor: Any, positive: Any, negatives: Any, temperature: float) -> Any:
    if negatives is not None:
        negatives = at_unit_length(negatives)
    return pick(at_unit_length(anchor) / temperature, at_unit_length(positive), negatives)


def _ntxent(of: Callable[..., Any], anchor: Any, positive: Any, negatives: Any, temperature: float) -> Any:
    """Return what pytorch-metric-learning computes, told which pairs are positive and which negative."""
    xp = namespace(anchor=anchor)
    rows = xp.arange(anchor.shape[0])
    if len(rows) == 1:  # for which it returns 0, whatever the negatives
        return None
    if negatives is None:
        # Labels that are the same object would leave the diagonal, the positives, out.
        return of(temperature)(anchor, rows, ref_emb=positive, ref_labels=rows.clone())
    count, each = negatives.shape[:2]
    of_row = rows.repeat_interleave(each)
    pairs = (rows, rows, of_row, count + xp.arange(count * each))
    flat = negatives.reshape(count * each, -1)
    return of(temperature)(anchor, rows, pairs, ref_emb=xp.concat([positive, flat]), ref_labels=xp.concat([rows, of_row + count]))


def _n_pairs(of: Callable[..., Any], anchor: Any, positive: Any, negatives: Any) -> Any:
    """Return what pytorch-metric-learning computes of the anchors and positives of a batch, as they are."""
    if negatives is not None:
        return None
    from pytorch_metric_learning.distances import DotProductSimilarity

    xp = namespace(anchor=anchor)
    rows = xp.arange(anchor.shape[0])
    # Told by name which pairs there are: labels alone would make it choose.
    pairs = (rows, rows + anchor.shape[0], rows[:0], rows[:0])
    compute = of(distance=DotProductSimilarity(normalize_embeddings=False))
    return compute(xp.concat([anchor, positive]), xp.concat([rows, rows]), pairs)


def _triplets(of: Callable[..., Any], anchor: Any, positive: Any, negative: Any, margin: float, squared: bool) -> Any:
    """Return what pytorch-metric-learning computes of these triplets, by the plain or squared distance."""
    from pytorch_metric_learning.distances import LpDistance
    from pytorch_metric_learning.reducers import MeanReducer

    xp = namespace(anchor=anchor)
    rows = xp.arange(anchor.shape[0])
    compute = of(margin, distance=LpDistance(normalize_embeddings=False, power=2 if squared else 1), reducer=MeanReducer())
    others = xp.concat([positive, negative])
    return compute(anchor, rows, (rows, rows, rows + rows.shape[0]), ref_emb=others, ref_labels=xp.concat([rows, rows]))


def _proxy_nca(of: Callable[..., Any], embedding: Any, y: Any, proxies: Any) -> Any:
    """Return what pytorch-metric-learning computes, with the given proxies in place of its own."""
    from pytorch_metric_learning.distances import LpDistance

    compute = of(*proxies.shape, distance=LpDistance(normalize_embeddings=False, power=2))
    # Not by assignment to its parameter, which would cut the proxies off from their gradient.
    del compute.proxies
    compute.proxies = proxies
    return compute(embedding, y)


def _squared_distances(a: Any, b: Any) -> Any:
    """Return ‖a − b‖² of each row of a and each of b, multiplied out as it is usually done."""
    return (a * a).sum(-1)[:, None] - 2 * a @ b.T + (b * b).sum(-1)


def _without_own(scores: Any, y: Any) -> Any:
    """Return log Σ exp of the torch scores of the other classes, less that of the own."""
    own = scores.gather(-1, y[:, None])
    return scores.scatter(-1, y[:, None], -inf).logsumexp(-1) - own[:, 0]


def _plane(*points: Any) -> Any:
    """Return points of the plane, given as pairs of coordinates that may be arrays, in one shape."""
    shape = np.broadcast_shapes(*(np.shape(c) for point in points for c in point))
    return tuple(np.stack([np.broadcast_to(c, shape) * 1.0 for c in point], axis=-1) for point in points)


def _circle(angles: Any) -> Any:
    return np.cos(angles), np.sin(angles)


LOSSES = (
    Loss(
        function=distance.contrastive_loss,
        title="Pairwise contrastive",
        chapter="distance/pairwise_contrastive",
        synonyms=("siamese loss",),
        summary="Pairs: similar ones together, the others a margin apart.",
        formula=r"y\,d^2 + (1 - y) \max(0, m - d)^2",
        gradient=r"2\,y\,d - 2\,(1 - y) \max(0, m - d)",
        symbols=("d", "y"),
        arguments="d, y",
        where="",
        inputs=("distance", "similar"),
        units="those of d, squared",
        hyperparameters={
            "margin": Hyperparameter(
                "m", "the distance from which on a dissimilar pair costs nothing, positive", (1.0, 0.5), (1e-9, 0)
            ),
        },
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("none", lambda margin: inf),
        minimiser=Minimiser(
            r"$(1 - \lambda)\,m$, where a share $\lambda$ of the pairs is similar", lambda p, margin: (1 - p) * margin
        ),
        peers=(
            Peer(
                "torch.nn.functional.hinge_embedding_loss",
                "linear in the distance, so squared here; dissimilar is −1",
                lambda f, d, y, margin: f(d, 2 * y - 1, margin=margin, reduction="none") ** 2,
            ),
        ),
        reference="Hadsell et al. (2006), https://doi.org/10.1109/CVPR.2006.100",
        curve=Curve(
            "distance of a dissimilar pair",
            0,
            2,
            lambda d: distance.contrastive_loss(d, np.zeros_like(d), reduction="none"),
        ),
    ),
    Loss(
        function=distance.triplet_margin_loss,
        title="Triplet",
        degree=1,
        chapter="distance/triplet",
        synonyms=("FaceNet loss",),
        summary="Triplets: the negative farther off than the positive, by a margin.",
        formula=r"\max\bigl(0, d^+ - d^- + m\bigr)",
        gradient=r"\frac{a - a^+}{d^+} - \frac{a - a^-}{d^-} \quad\text{where } L > 0",
        **_OF_TRIPLET,
        where=r"d^\pm = \lVert a - a^\pm \rVert, \text{ or its square}",
        units="those of the distance",
        hyperparameters={
            "margin": Hyperparameter("m", "the lead from which on a triplet costs nothing, positive", (1.0, 0.5), (1e-9, 0)),
            "squared": Hyperparameter("", "whether $d$ is the squared distance", (False, True)),
        },
        convex=Claim("with squared distances", lambda margin, squared: squared),
        smooth=NO,
        lipschitz=Lipschitz("2; none with squared distances", lambda margin, squared: inf if squared else 2.0),
        minimiser=Minimiser("every triplet with $d^- \\ge d^+ + m$", None),
        peers=(
            Peer(
                "torch.nn.functional.triplet_margin_loss",
                "adds 1e-6 to each difference, unless told",
                lambda f, a, p, n, margin: f(a, p, n, margin=margin, eps=0.0, reduction="none"),
            ),
            Peer(
                "torch.nn.functional.triplet_margin_with_distance_loss",
                "takes any distance function",
                lambda f, a, p, n, margin, squared: f(
                    a,
                    p,
                    n,
                    margin=margin,
                    reduction="none",
                    distance_function=lambda u, v: ((u - v) ** 2).sum(-1) if squared else (u - v).norm(dim=-1),
                ),
            ),
            Peer(
                "optax.losses.triplet_margin_loss",
                "adds 1e-6 to each squared distance, unless told",
                lambda f, a, p, n, margin: f(a, p, n, margin=margin, eps=0.0),
            ),
            Peer(
                "pytorch_metric_learning.losses.TripletMarginLoss",
                "embeddings to unit length and a mean over non-zero triplets, unless told; averages by default",
                _triplets,
            ),
        ),
        reference="Schroff et al. (2015), https://doi.org/10.1109/CVPR.2015.7298682",
        curve=Curve(
            "distance to the negative, with the positive at 1",
            0,
            3,
            lambda d: distance.triplet_margin_loss(*_plane((0, 0), (0, 1), (d, 0)), reduction="none"),
        ),
    ),
    Loss(
        function=distance.angular_triplet_loss,
        title="Angular",
        degree=0,
        chapter="distance/angular",
        summary="The triplet loss in angles: only directions count, and the margin is an angle.",
        formula=r"\max\bigl(0, \cos\theta^- - \cos(\theta^+ + m)\bigr)",
        gradient=r"|\sin(\theta^+ + m)|\,\nabla_a \theta^+ - \sin\theta^-\,\nabla_a \theta^- \quad\text{where } L > 0",
        **_OF_TRIPLET,
        where=r"\theta^\pm \text{ the angle between } a \text{ and } a^\pm",
        units="a difference of cosines",
        hyperparameters={
            "margin": Hyperparameter(
                "m", "the lead from which on a triplet costs nothing, in radians, between 0 and π", (0.5, 2.0), (pi - 1e-9, pi)
            ),
        },
        convex=NO,
        smooth=NO,
        lipschitz=Lipschitz(r"none: it grows as $1 / \lVert a \rVert$", lambda margin: inf),
        minimiser=Minimiser(r"every triplet with $\theta^- \ge \theta^+ + m$", None),
        peers=(
            Peer(
                "torch.nn.functional.cosine_similarity",
                "none of its own: three lines with the cosine and its arccosine",
                _angular_triplet,
            ),
        ),
        reference="Deng et al. (2019), https://doi.org/10.1109/CVPR.2019.00482",
        curve=Curve(
            "angle to the positive, with negatives at π/2",
            0,
            pi,
            lambda t: distance.angular_triplet_loss(*_plane((1, 0), _circle(t), (0, 1)), reduction="none"),
        ),
    ),
    Loss(
        function=distance.angular_loss,
        title="Angular (Wang et al.)",
        chapter="distance/angular",
        summary="Bounds the angle at which the negative sees anchor and positive.",
        formula=r"\max\bigl(0, \lVert a - a^+ \rVert^2 - 4 \tan^2\alpha\, \lVert a^- - c \rVert^2\bigr)",
        gradient=r"2\,(a - a^+) - 4 \tan^2\alpha\,(c - a^-) \quad\text{where } L > 0",
        **_OF_TRIPLET,
        where=r"c = (a + a^+) / 2",
        units="those of the embeddings, squared",
        hyperparameters={
            "alpha": Hyperparameter(
                r"\alpha",
                "half the angle at which a negative may see the pair, in radians, between 0 and π/2",
                (pi / 4, 0.6, 1.0),
                (pi / 2 - 1e-9, pi / 2),
            ),
        },
        convex=Claim(r"where $\alpha \le \pi / 4$", lambda alpha: alpha <= pi / 4),
        smooth=NO,
        lipschitz=Lipschitz("none", lambda alpha: inf),
        minimiser=Minimiser(
            "every triplet whose negative lies outside the ball around $c$ of radius $\\lVert a - a^+ \\rVert / (2 \\tan\\alpha)$",
            None,
        ),
        peers=(
            Peer(
                "torch.nn.functional.pairwise_distance",
                "none of its own: one line with its distance",
                lambda f, a, p, n, alpha: (f(a, p, eps=0.0) ** 2 - 4 * tan(alpha) ** 2 * f(n, (a + p) / 2, eps=0.0) ** 2).clamp(
                    min=0
                ),
            ),
        ),
        reference="Wang et al. (2017), https://doi.org/10.1109/ICCV.2017.283",
        curve=Curve(
            "distance of the negative from the middle",
            0,
            2,
            lambda d: distance.angular_loss(*_plane((-1, 0), (1, 0), (0, d)), reduction="none"),
        ),
    ),
    Loss(
        function=distance.n_pair_loss,
        title="N-pair",
        degree=1,
        chapter="distance/n_pair",
        synonyms=("multi-class N-pair loss",),
        summary="Many negatives at once: pick the positive by its inner product.",
        formula=r"\log\Bigl(1 + \sum_j e^{a \cdot a^-_j - a \cdot a^+}\Bigr)",
        gradient=r"\sum_j q_j\,(a^-_j - a^+)",
        **_OF_CANDIDATES,
        where=r"q_j = e^{a \cdot a^-_j - a \cdot a^+ - L}",
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("none", lambda: inf),
        minimiser=Minimiser("none: $L$ falls towards 0 as the gaps $a \\cdot a^+ - a \\cdot a^-_j$ grow", None),
        peers=(
            Peer(
                "torch.nn.functional.cross_entropy",
                "none of its own: its cross-entropy of the inner products",
                lambda f, a, p, n: f(*pick(a, p, n), reduction="none"),
            ),
            Peer(
                "optax.softmax_cross_entropy_with_integer_labels",
                "none of its own: its cross-entropy of the inner products",
                lambda f, a, p, n: f(*pick(a, p, n)),
            ),
            Peer(
                "pytorch_metric_learning.losses.NPairsLoss",
                "embeddings to unit length, unless told; negatives from the batch; averages by default",
                _n_pairs,
            ),
        ),
        reference="Sohn (2016), https://papers.nips.cc/paper/6200-improved-deep-metric-learning-with-multi-class-n-pair-loss-objective",
        curve=Curve(
            "lead of the right answer",
            -4,
            6,
            lambda s: distance.n_pair_loss(  # type: ignore[misc]
                *_plane((1, 0), (s, 0)), negatives=np.zeros((*s.shape, 8, 2)), reduction="none"
            ),
        ),
    ),
    Loss(
        function=distance.info_nce_loss,
        title="InfoNCE",
        degree=0,
        chapter="distance/info_nce",
        synonyms=("NT-Xent", "SimCLR", "CPC", "contrastive predictive coding", "CLIP"),
        summary="Pick the positive among many by its direction; a temperature sets how sharply.",
        formula=r"-\log \frac{e^{\cos(a, a^+)/\tau}}{e^{\cos(a, a^+)/\tau} + \sum_j e^{\cos(a, a^-_j)/\tau}}",
        gradient=r"\frac1\tau \sum_j q_j\,\nabla_a\bigl(\cos(a, a^-_j) - \cos(a, a^+)\bigr)",
        **_OF_CANDIDATES,
        where=r"q_j = e^{(\cos(a, a^-_j) - \cos(a, a^+))/\tau - L}",
        hyperparameters={
            "temperature": Hyperparameter(r"\tau", "what the cosines are divided by, positive", (0.07, 1.0), (1e-3, 0)),
        },
        convex=NO,
        smooth=Claim("away from zero vectors", lambda temperature: True),
        lipschitz=Lipschitz(r"none: it grows as $1 / \lVert a \rVert$", lambda temperature: inf),
        minimiser=Minimiser(
            r"for one anchor, $a^+$ along $a$ and all $a^-_j$ opposite: $L = \log(1 + K e^{-2/\tau})$; in a batch the floor is higher",
            None,
        ),
        peers=(
            Peer(
                "torch.nn.functional.cross_entropy",
                "none of its own: its cross-entropy of the cosines over τ",
                lambda f, a, p, n, temperature: f(*pick_by_cosine(a, p, n, temperature), reduction="none"),
            ),
            Peer(
                "optax.softmax_cross_entropy_with_integer_labels",
                "none of its own (ntxent takes anchors for candidates, too): its cross-entropy of the cosines over τ",
                lambda f, a, p, n, temperature: f(*pick_by_cosine(a, p, n, temperature)),
            ),
            Peer(
                "pytorch_metric_learning.losses.NTXentLoss",
                "pairs are told by labels or indices; averages by default",
                _ntxent,
            ),
        ),
        reference="van den Oord et al. (2018), https://arxiv.org/abs/1807.03748",
        curve=Curve(
            "angle to the positive, with negatives at π/2",
            0,
            pi,
            lambda t: distance.info_nce_loss(  # type: ignore[misc]
                *_plane((1, 0), _circle(t)),
                negatives=np.broadcast_to([0.0, 1.0], (*t.shape, 8, 2)),
                temperature=0.5,
                reduction="none",
            ),
        ),
    ),
    Loss(
        function=distance.proxy_softmax_loss,
        title="Proxy",
        chapter="distance/proxy",
        synonyms=("NormFace", "NormSoftmax"),
        summary="Each class has a point of its own, and the nearest point should be the right one.",
        formula=r"-\log \frac{e^{-\lVert a - c_y \rVert^2}}{\sum_k e^{-\lVert a - c_k \rVert^2}}",
        gradient=r"2 \sum_k q_k\,(c_k - c_y)",
        **_OF_PROXIES,
        where=r"q_k = e^{-\lVert a - c_k \rVert^2} / \sum_j e^{-\lVert a - c_j \rVert^2}",
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz(r"none ($2 \max_k \lVert c_k - c_y \rVert$ for given proxies)", lambda: inf),
        minimiser=Minimiser(r"the $a$ at which $\sum_k q_k\,c_k = \sum_k p_k\,c_k$", None),
        peers=(
            Peer(
                "torch.nn.functional.cross_entropy",
                "none of its own: its cross-entropy of minus the squared distances",
                lambda f, a, y, c: f(-_squared_distances(a, c), y, reduction="none"),
            ),
            Peer(
                "optax.softmax_cross_entropy_with_integer_labels",
                "none of its own: its cross-entropy of minus the squared distances",
                lambda f, a, y, c: f(-_squared_distances(a, c), y),
            ),
            Peer(
                "pytorch_metric_learning.losses.ProxyNCALoss",
                "holds the proxies itself; embeddings and proxies to unit length, unless told; averages by default",
                _proxy_nca,
            ),
        ),
        reference="Teh et al. (2020), https://doi.org/10.1007/978-3-030-58586-0_27",
        curve=Curve(
            "place between the two proxies",
            -1,
            3,
            lambda x: distance.proxy_softmax_loss(
                _plane((x, 0))[0], zero_labels(x), np.asarray([[0.0, 0], [2, 0]]), reduction="none"
            ),
        ),
    ),
    Loss(
        function=distance.proxy_nca_loss,
        title="Proxy-NCA",
        chapter="distance/proxy",
        summary="Near the own proxy, far from all others: the own one is missing from the sum.",
        formula=r"-\log \frac{e^{-\lVert a - c_y \rVert^2}}{\sum_{k \ne y} e^{-\lVert a - c_k \rVert^2}}",
        gradient=r"2 \sum_{k \ne y} q_k\,(c_k - c_y)",
        **_OF_PROXIES,
        where=r"q_k = e^{-\lVert a - c_k \rVert^2} / \sum_{j \ne y} e^{-\lVert a - c_j \rVert^2}",
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz(r"none ($2 \max_k \lVert c_k - c_y \rVert$ for given proxies)", lambda: inf),
        minimiser=Minimiser(
            "none if a plane has $c_y$ on one side and all other proxies on the other: $L$ falls without bound", None
        ),
        peers=(
            Peer(
                "torch.cdist",
                "none of its own: one line with its distances",
                lambda f, a, y, c: _without_own(-(f(a, c) ** 2), y),
            ),
        ),
        reference="Movshovitz-Attias et al. (2017), https://doi.org/10.1109/ICCV.2017.47",
        curve=Curve(
            "place between the two proxies",
            -1,
            3,
            lambda x: distance.proxy_nca_loss(
                _plane((x, 0))[0], zero_labels(x), np.asarray([[0.0, 0], [2, 0]]), reduction="none"
            ),
        ),
    ),
)
