"""The losses for an order."""

from functools import partial
from itertools import permutations
from math import log2, sqrt
from typing import Any

import numpy as np

from lossbook import ranking
from lossbook._ops import namespace
from lossbook.taxonomy.kinds import SIZES
from lossbook.taxonomy.records import NO, YES, Curve, Hyperparameter, Lipschitz, Loss, Minimiser, Peer

N = SIZES["N"]


def _some_grades(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with each item as the relevant one, and with grades of several items."""
    scores, _, *rest = fed
    graded = [[3.0, 2.0, 1.0, 0.0], [0.0, 1.0, 3.0, 1.0], [30.0, 0.0, 0.0, 0.0]]
    return [(scores, np.broadcast_to(grades, scores.shape), *rest) for grades in (*np.eye(N), *graded)]


def _every_order(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with each order of all items as the right one."""
    scores, _, *rest = fed
    orders = [np.broadcast_to(np.asarray(order, float), scores.shape) for order in permutations(range(N))]
    return [(scores, order, *(None for _ in rest)) for order in orders]


def _each_of_sample(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with each of the candidates as the positive."""
    positive, negatives, *chances = fed
    negatives = np.zeros((*positive.shape, SIZES["K"])) if negatives is None else negatives
    every = np.concatenate([positive[..., None], negatives], axis=-1)
    chance = np.concatenate([chances[0][..., None], chances[1]], axis=-1) if chances and chances[0] is not None else None

    def told(k: int) -> tuple[Any, ...]:
        own = () if chance is None else (chance[..., k], np.delete(chance, k, axis=-1))
        return (every[..., k], np.delete(every, k, axis=-1), *own)

    return [told(k) for k in range(every.shape[-1])]


_OF_LISTS: dict[str, Any] = {
    "symbols": ("z", "y"),
    "arguments": "z, y",
    "inputs": ("scores of a list", "relevance"),
    "named": {"mask": "mask of a list"},
    "answers": _some_grades,
    "orderless": ("N",),
}
_OF_PAIRS: dict[str, Any] = {**_OF_LISTS, "where": r"P = \{(i, j) : y_i > y_j\}"}
_MARGIN = Hyperparameter("m", "the lead from which on a pair costs nothing, positive", (1.0, 0.5), (1e-9, 0))


def _nowhere_level(scores: Any, *_: Any) -> Any:
    """Return whether no two scores of a list are so close that a small step changes their order."""
    ordered = np.sort(scores, axis=-1)
    return np.all(np.diff(ordered, axis=-1) > 1e-3 * (1 + np.abs(ordered[..., 1:])), axis=-1)


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


def _in_rax_by_lambda(loss: Any, scores: Any, relevance: Any, mask: Any, k: Any) -> Any:
    import jax
    import rax

    mask = namespace(scores=scores).ones_like(scores, dtype=bool) if mask is None else mask
    weight = partial(rax.dcg_lambdaweight, normalize=True, topn=k)
    each: Any = jax.vmap(lambda s, r, m: loss(s, r, where=m, lambdaweight_fn=weight, reduce_fn=jax.numpy.sum))
    return each(scores, relevance, mask) / scores.shape[-1]


def _lists(scores: Any, relevance: Any, mask: Any) -> tuple[Any, Any, Any]:
    """Return torch lists, masked items as far below all others as a number goes and without relevance, and who is there."""
    if mask is None:
        return scores, relevance, relevance >= 0
    return scores.masked_fill(~mask, -1e9), relevance.masked_fill(~mask, 0), mask


def _warp(relu: Any, scores: Any, relevance: Any, mask: Any, margin: float) -> Any:
    s, y, there = _lists(scores, relevance, mask)
    relevant = (y > 0) & there
    short = relu(margin - s[..., None] + s[..., None, :]) * ((y == 0) & there)[..., None, :]
    close = (short > 0).sum(-1)
    steps = s.new_tensor(range(close.shape[-1] + 1))
    weight = ((steps > 0) / steps.clamp(min=1)).cumsum(0)[close]
    return (weight * short.sum(-1) / close.clamp(min=1) * relevant).sum(-1) / relevant.sum(-1).clamp(min=1)


def _list_mle(logcumsumexp: Any, scores: Any, relevance: Any, mask: Any) -> Any:
    s, y, there = _lists(scores, relevance, mask)
    order = (y + 1.0 * there).argsort(dim=-1, descending=True, stable=True)
    s, there = s.gather(-1, order), there.gather(-1, order)
    return ((logcumsumexp(s.flip(-1), -1).flip(-1) - s) * there).sum(-1)


def _lambda_rank(log_sigmoid: Any, scores: Any, relevance: Any, mask: Any, sigma: float, k: Any) -> Any:
    s, y, there = _lists(scores, relevance, mask)
    gain, places = 2.0**y - 1, s.argsort(dim=-1, descending=True, stable=True).argsort(-1)
    steps = s.new_tensor(range(s.shape[-1]))
    discount = (steps < (k or len(steps))) / (steps + 2).log2()
    best = (gain.sort(-1, descending=True).values * discount).sum(-1)
    swap = ((gain[..., None] - gain[..., None, :]) * (discount[places][..., None] - discount[places][..., None, :])).abs()
    counts = (y[..., None] > y[..., None, :]) & there[..., None] & there[..., None, :]
    costs = swap * counts * -log_sigmoid(sigma * (s[..., None] - s[..., None, :]))
    return costs.sum((-2, -1)) / best.clamp(min=1e-300)


def _approx_ndcg(sigmoid: Any, scores: Any, relevance: Any, mask: Any, temperature: float) -> Any:
    s, y, there = _lists(scores, relevance, mask)
    gain = 2.0**y - 1
    # Half an item is above itself.
    ranks = 0.5 + (sigmoid((s[..., None, :] - s[..., None]) / temperature) * there[..., None, :]).sum(-1)
    best = (gain.sort(-1, descending=True).values / (s.new_tensor(range(s.shape[-1])) + 2).log2()).sum(-1)
    return (1 - (gain / (1 + ranks).log2()).sum(-1) / best.clamp(min=1e-300)) * (best > 0)


def _cross_entropy(of: Any, scores: Any, p: Any, mask: Any) -> Any:
    """Return the cross-entropy of torch scores and probabilities, those of masked items 0."""
    if mask is None:
        return of(scores, p, reduction="none")
    # A number that leaves nothing of the item, and no product 0 · ∞.
    return of(scores.masked_fill(~mask, -1e9), p, reduction="none") * mask.any(-1)


def _softmax_of(grades: Any, mask: Any) -> Any:
    return (grades if mask is None else grades.masked_fill(~mask, -1e9)).softmax(-1) * (1.0 if mask is None else mask)


def _shares_of(grades: Any, mask: Any) -> Any:
    counted = grades if mask is None else grades * mask
    return counted / counted.sum(-1, keepdim=True).clamp(min=1e-300)


def _corrected(of: Any, positive: Any, negatives: Any, positive_log_q: Any, negative_log_q: Any) -> Any:
    """Return the cross-entropy of torch scores less the logs of their chances, with the first as the class."""
    xp = namespace(positive=positive)
    scores = xp.concat([positive[..., None], negatives], axis=-1)
    if positive_log_q is not None:
        scores = scores - xp.concat([positive_log_q[..., None], negative_log_q], axis=-1)
    return of(scores, xp.zeros(len(scores), dtype=xp.int64), reduction="none")


def _steepest_of_lambda(sigma: float, k: Any) -> float:
    """Return the length of the gradient where the relevant items, as many as make it longest, are far below all others."""
    discount = np.asarray([1 / log2(place + 1) if k is None or place <= k else 0.0 for place in range(1, N + 1)])
    longest = 0.0
    for n in range(1, N):
        weights = (discount[:-n, None] - discount[None, -n:]) / np.sum(discount[:n])
        longest = max(longest, float(np.hypot(np.linalg.norm(weights.sum(axis=0)), np.linalg.norm(weights.sum(axis=1)))))
    return sigma * longest


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
        gradient=r"\frac{1}{|P|} \Bigl(\sum_{j \,:\, (j, i) \in P} (1 - q_{ji}) - \sum_{j \,:\, (i, j) \in P} (1 - q_{ij})\Bigr)",
        **{**_OF_PAIRS, "where": _OF_PAIRS["where"] + r", \; q_{ij} = \operatorname{sigmoid}(z_i - z_j)"},
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
    Loss(
        function=ranking.pairwise_hinge_loss,
        title="Pairwise hinge",
        chapter="ranking/pairwise_hinge",
        synonyms=("ranking SVM", "margin ranking loss"),
        summary="Of two items, the more relevant one ahead by a margin.",
        formula=r"\frac{1}{|P|} \sum_{(i, j) \in P} \max\bigl(0, m - (z_i - z_j)\bigr)",
        gradient=r"\frac{1}{|P|} \bigl(|\{j : (j, i) \in P,\; z_j - z_i \le m\}| - |\{j : (i, j) \in P,\; z_i - z_j \le m\}|\bigr)",
        **_OF_PAIRS,
        units="those of the scores",
        hyperparameters={"margin": _MARGIN},
        convex=YES,
        smooth=NO,
        lipschitz=Lipschitz(r"$\sqrt{N / (N - 1)}$", lambda margin: sqrt(N / (N - 1))),
        minimiser=Minimiser("every list in which each pair is in order, by the margin at least", None),
        peers=(
            Peer(
                "torch.nn.functional.margin_ranking_loss",
                "takes pairs, and 1 where the first is to be higher; a margin of 0 unless told",
                lambda f, s, r, mask, margin: _mean_of_pairs(
                    lambda behind: f(-behind, 0 * behind, 1 + 0 * behind, margin=margin, reduction="none"), s, r, mask
                ),
            ),
            Peer(
                "rax.pairwise_hinge_loss",
                "a margin of 1; a mean over the pairs of the whole batch: here list by list",
                _in_rax,
            ),
        ),
        reference="Joachims (2002), https://doi.org/10.1145/775047.775067",
        curve=Curve("lead of the relevant item", -2, 2, lambda lead: ranking.pairwise_hinge_loss(*_two(lead), reduction="none")),
    ),
    Loss(
        function=ranking.warp_loss,
        title="WARP",
        chapter="ranking/pairwise_hinge",
        synonyms=("weighted approximate-rank pairwise loss",),
        summary="A hinge for each relevant item, the heavier the more items stand above it.",
        formula=r"\frac{1}{|R|} \sum_{i \in R} \frac{h_{|V_i|}}{|V_i|} \sum_{j \in V_i} (m - z_i + z_j)",
        gradient=r"-\frac{h_{|V_i|}}{|R|} \text{ for } i \in R; \quad \frac{1}{|R|} \sum_{j \,:\, i \in V_j} \frac{h_{|V_j|}}{|V_j|}"
        r" \text{ for the others}",
        **_OF_LISTS,
        where=r"R = \{i : y_i > 0\}, \; V_i = \{j : y_j = 0,\; z_j > z_i - m\}, \; h_n = 1 + \tfrac12 + \dots + \tfrac1n",
        units="those of the scores",
        hyperparameters={"margin": _MARGIN},
        convex=NO,
        smooth=NO,
        lipschitz=Lipschitz(
            r"none, it jumps; the norm of its gradient is at most $\sqrt{N / (N - 1)}\,h_{N-1}$",
            lambda margin: sqrt(N / (N - 1)) * sum(1 / k for k in range(1, N)),
        ),
        minimiser=Minimiser("every list in which each relevant item leads each other one by the margin", None),
        peers=(
            Peer(
                "torch.nn.functional.relu",
                "none of its own: a few lines; lightfm draws rivals until one is within the margin, at most ten, and only trains",
                _warp,
            ),
        ),
        reference="Weston et al. (2011), https://www.ijcai.org/Proceedings/11/Papers/460.pdf",
        curve=Curve("lead of the relevant item", -2, 2, lambda lead: ranking.warp_loss(*_two(lead), reduction="none")),
    ),
    Loss(
        function=ranking.list_net_loss,
        title="ListNet",
        chapter="ranking/list_net",
        summary="The whole list at once: the softmax of the scores beside that of the grades.",
        formula=r"-\sum_i p_i \log q_i",
        gradient=r"q_i - p_i",
        **_OF_LISTS,
        where=r"p = \operatorname{softmax}(y), \; q = \operatorname{softmax}(z)",
        units="nats",
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz(r"$\sqrt2$", lambda: sqrt(2)),
        minimiser=Minimiser(r"$\operatorname{softmax}(z)$ the mean of $\operatorname{softmax}(y)$", None),
        peers=(
            Peer(
                "torch.nn.functional.cross_entropy",
                "takes the softmax of the grades as probabilities",
                lambda f, s, r, mask: _cross_entropy(f, s, _softmax_of(r, mask), mask),
            ),
        ),
        reference="Cao et al. (2007), https://doi.org/10.1145/1273496.1273513",
        curve=Curve("lead of the relevant item", -3, 3, lambda lead: ranking.list_net_loss(*_two(lead), reduction="none")),
    ),
    Loss(
        function=ranking.listwise_softmax_loss,
        title="Listwise softmax",
        chapter="ranking/list_net",
        summary="The softmax of the scores beside each item's share of the relevance: clicks, purchases, grades.",
        formula=r"-\sum_i p_i \log q_i",
        gradient=r"q_i - p_i",
        **_OF_LISTS,
        where=r"p_i = y_i / \textstyle\sum_j y_j, \; q = \operatorname{softmax}(z)",
        units="nats",
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz(r"$\sqrt2$", lambda: sqrt(2)),
        minimiser=Minimiser(r"$\operatorname{softmax}(z)$ the mean share, over the lists with any relevance", None),
        peers=(
            Peer(
                "torch.nn.functional.cross_entropy",
                "takes the shares as probabilities",
                lambda f, s, r, mask: _cross_entropy(f, s, _shares_of(r, mask), mask),
            ),
            Peer(
                "optax.losses.ranking_softmax_loss",
                "does not divide by the sum of the relevance",
                lambda f, s, r, mask: f(s, r, where=mask, reduce_fn=None) / (r if mask is None else r * mask).sum(-1).clip(1e-30),
            ),
            Peer(
                "rax.softmax_loss",
                "does not divide by the sum of the relevance; a mean over the batch: here list by list",
                lambda f, s, r, mask: _in_rax(f, s, r, mask) / (r if mask is None else r * mask).sum(-1).clip(1e-30),
            ),
        ),
        reference="Bruch et al. (2019), https://doi.org/10.1145/3341981.3344221",
        curve=Curve(
            "lead of the relevant item", -3, 3, lambda lead: ranking.listwise_softmax_loss(*_two(lead), reduction="none")
        ),
    ),
    Loss(
        function=ranking.list_mle_loss,
        title="ListMLE",
        chapter="ranking/list_mle",
        synonyms=("Plackett–Luce loss",),
        summary="The likelihood of the whole order: a race that is drawn from the top, place by place.",
        formula=r"\sum_i \Bigl(\log \sum_{j \ge i} e^{z_{(j)}} - z_{(i)}\Bigr)",
        gradient=r"\sum_{j \,:\, y_j \ge y_i} \frac{e^{z_i}}{\sum_{l \,:\, y_l \le y_j} e^{z_l}} - 1 \quad\text{without ties}",
        **{**_OF_LISTS, "answers": _every_order, "orderless": ()},
        where=r"(1), (2), \dots \text{ the items in the order of falling } y",
        units="nats",
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz(r"$\sqrt{N (N - 1)}$", lambda: sqrt(N * (N - 1))),
        minimiser=Minimiser("the Plackett–Luce scores nearest in Kullback–Leibler divergence, if there is a minimum", None),
        peers=(
            Peer("torch.logcumsumexp", "none of its own: one line over the scores in the right order, from the last", _list_mle),
            Peer("rax.listmle_loss", "a mean over lists: here list by list", _in_rax),
        ),
        reference="Xia et al. (2008), https://doi.org/10.1145/1390156.1390306",
        curve=Curve("lead of the relevant item", -3, 3, lambda lead: ranking.list_mle_loss(*_two(lead), reduction="none")),
    ),
    Loss(
        function=ranking.lambda_rank_loss,
        title="LambdaRank",
        chapter="ranking/lambda_rank",
        synonyms=("LambdaMART", "LambdaLoss"),
        summary="Pairs again, each weighed by what a swap of its two items would change in NDCG.",
        formula=r"\sum_{(i, j) \in P} |\Delta \mathrm{NDCG}_{ij}| \log\bigl(1 + e^{-\sigma (z_i - z_j)}\bigr)",
        gradient=r"\sum_{j \,:\, (j, i) \in P} \lambda_{ji} - \sum_{j \,:\, (i, j) \in P} \lambda_{ij}",
        **{
            **_OF_PAIRS,
            "where": _OF_PAIRS["where"]
            + r", \; \lambda_{ij} = \sigma\,|\Delta \mathrm{NDCG}_{ij}|\,\operatorname{sigmoid}\bigl(\sigma (z_j - z_i)\bigr)",
        },
        units="nats, weighted",
        hyperparameters={
            "sigma": Hyperparameter(r"\sigma", "how steep the logistic function is, positive", (1.0, 2.0), (1e-9, 0)),
            "k": Hyperparameter("k", "how many places from the top count, 1 or more; all, where left out", (None, 2), whole=True),
        },
        convex=NO,
        smooth=NO,
        apart=_nowhere_level,
        lipschitz=Lipschitz(
            "none, it jumps; the norm of its gradient is at most the one where all relevant items stand last", _steepest_of_lambda
        ),
        minimiser=Minimiser("none: it falls to 0 as the leads grow in the right order", None),
        peers=(
            Peer("torch.nn.functional.logsigmoid", "none of its own: a few lines", _lambda_rank),
            Peer(
                "rax.pairwise_logistic_loss",
                "with `lambdaweight_fn=dcg_lambdaweight`, `normalize=True` and a sum: our value times the list's size",
                _in_rax_by_lambda,
            ),
        ),
        reference="Burges et al. (2006), https://papers.nips.cc/paper/2971-learning-to-rank-with-nonsmooth-cost-functions",
        curve=Curve("lead of the relevant item", -3, 3, lambda lead: ranking.lambda_rank_loss(*_two(lead), reduction="none")),
    ),
    Loss(
        function=ranking.approx_ndcg_loss,
        title="Approximate NDCG",
        chapter="ranking/approx_ndcg",
        synonyms=("soft NDCG",),
        summary="The measure itself, with ranks made soft.",
        formula=r"1 - \frac{1}{\mathrm{IDCG}} \sum_i \frac{2^{y_i} - 1}{\log_2(1 + \rho_i)}",
        gradient=r"\frac{\ln 2}{\mathrm{IDCG}} \sum_j \frac{2^{y_j} - 1}{(1 + \rho_j) \ln^2(1 + \rho_j)}"
        r"\,\frac{\partial \rho_j}{\partial z_i}",
        **_OF_LISTS,
        where=r"\rho_i = 1 + \sum_{j \ne i} \operatorname{sigmoid}\bigl((z_j - z_i) / \tau\bigr)",
        rounding=1e-14,  # one less a number near one
        units="a share of the best order's gain",
        hyperparameters={
            "temperature": Hyperparameter(r"\tau", "how much of a lead counts as one, positive", (0.1, 1.0), (1e-9, 0)),
        },
        convex=NO,
        smooth=YES,
        lipschitz=Lipschitz(r"bounded, in proportion to $1 / \tau$", lambda temperature: None),
        minimiser=Minimiser("none: its lower bound is approached by long leads in the order of falling mean gain / IDCG", None),
        peers=(Peer("torch.sigmoid", "none of its own: a few lines", _approx_ndcg),),
        reference="Qin et al. (2010), https://doi.org/10.1007/s10791-009-9124-x",
        curve=Curve("lead of the relevant item", -1, 1, lambda lead: ranking.approx_ndcg_loss(*_two(lead), reduction="none")),
    ),
    Loss(
        function=ranking.sampled_softmax_loss,
        title="Sampled softmax",
        chapter="ranking/sampled_softmax",
        synonyms=("logQ correction",),
        summary="A softmax over a million items, from the positive and a handful of others.",
        formula=r"-\log \frac{e^{z^+ - \log Q^+}}{e^{z^+ - \log Q^+} + \sum_j e^{z^-_j - \log Q^-_j}}",
        gradient=r"q^+ - 1",
        symbols=("z^+", "z^-"),
        arguments="z^+, z^-",
        where=r"q^+ = e^{-L}, \; Q \text{ the chance to be drawn}",
        inputs=("score of the positive", "scores of a sample"),
        named={"positive_log_q": "log-chance", "negative_log_q": "log-chances"},
        answers=_each_of_sample,
        units="nats",
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("1", lambda: 1.0),
        minimiser=Minimiser(r"with log q, $\log p + c$, as for the full softmax, at every K", None),
        peers=(Peer("torch.nn.functional.cross_entropy", "takes the corrected scores, and class 0", _corrected),),
        reference="Bengio and Senécal (2008), https://doi.org/10.1109/TNN.2007.912312",
        curve=Curve(
            "score of the positive",
            -3,
            3,
            lambda s: ranking.sampled_softmax_loss(s, np.zeros((*np.shape(s), 4)), reduction="none"),
        ),
    ),
)
