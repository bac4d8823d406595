"""The losses for an order."""

from math import sqrt
from typing import Any

import numpy as np

from lossbook import ranking
from lossbook._ops import namespace
from lossbook.taxonomy.kinds import SIZES
from lossbook.taxonomy.records import YES, Curve, Lipschitz, Loss, Minimiser, Peer

N = SIZES["N"]


def _some_grades(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with each item as the relevant one, and with grades of several items."""
    scores, _, *rest = fed
    graded = [[3.0, 2.0, 1.0, 0.0], [0.0, 1.0, 3.0, 1.0], [30.0, 0.0, 0.0, 0.0]]
    return [(scores, np.broadcast_to(grades, scores.shape), *rest) for grades in (*np.eye(N), *graded)]


_OF_LISTS: dict[str, Any] = {
    "symbols": ("z", "y"),
    "arguments": "z, y",
    "inputs": ("scores of a list", "relevance"),
    "named": {"mask": "mask of a list"},
    "answers": _some_grades,
    "orderless": ("N",),
}


def _mean_of_pairs(cost: Any, scores: Any, relevance: Any, mask: Any) -> Any:
    """Return each torch list's mean of the cost of how far the more relevant item of a pair is behind."""
    counts = relevance[..., None] > relevance[..., None, :]
    if mask is not None:
        counts = counts & mask[..., None] & mask[..., None, :]
    costs = cost(scores[..., None, :] - scores[..., None]) * counts
    return costs.sum((-2, -1)) / counts.sum((-2, -1)).clamp(min=1)


def _in_rax(loss: Any, scores: Any, relevance: Any, mask: Any) -> Any:
    """Return a loss of rax for each list on its own: in a batch, it would average over all pairs."""
    import jax

    mask = namespace(scores=scores).ones_like(scores, dtype=bool) if mask is None else mask
    return jax.vmap(lambda s, r, m: loss(s, r, where=m))(scores, relevance, mask)


def _two(lead: Any) -> tuple[Any, Any]:
    """Return lists of two items, of which the relevant one is ahead by the lead given."""
    return np.stack([lead, 0 * lead], axis=-1), np.broadcast_to([1.0, 0.0], (*np.shape(lead), 2))


LOSSES = (
    Loss(
        function=ranking.pairwise_logistic_loss,
        title="Pairwise logistic",
        chapter="ranking/pairwise_logistic",
        synonyms=("RankNet", "Bradley–Terry loss", "BPR loss"),
        summary="Of two items, the more relevant one above the other: Bradley and Terry's likelihood of who wins.",
        formula=r"\frac{1}{|P|} \sum_{(i, j) \in P} \log\bigl(1 + e^{-(z_i - z_j)}\bigr)",
        gradient=r"\frac{1}{|P|} \Bigl(\sum_{i \,:\, (i, k) \in P} (1 - q_{ik}) - \sum_{j \,:\, (k, j) \in P} (1 - q_{kj})\Bigr)",
        **_OF_LISTS,
        where=r"P = \{(i, j) : y_i > y_j\}, \; q_{ij} = \operatorname{sigmoid}(z_i - z_j)",
        units="nats",
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz(r"$\sqrt{N / (N - 1)}$", lambda: sqrt(N / (N - 1))),
        minimiser=Minimiser("each difference the log-odds of a comparison, where scores can be found that agree with all", None),
        peers=(
            Peer(
                "torch.nn.functional.softplus",
                "none of its own: one line over the differences of all pairs",
                _mean_of_pairs,
            ),
            Peer("rax.pairwise_logistic_loss", "a mean over the pairs of the whole batch: here list by list", _in_rax),
        ),
        reference="Burges et al. (2005), https://doi.org/10.1145/1102351.1102363",
        curve=Curve(
            "lead of the relevant item", -3, 3, lambda lead: ranking.pairwise_logistic_loss(*_two(lead), reduction="none")
        ),
    ),
)
