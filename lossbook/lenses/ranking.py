"""The distributions behind the losses for an order: which order, or which item of a sample."""

from lossbook._ops import floating, same_shape
from lossbook._types import Array
from lossbook.lenses.answers import OneAnswer


class PlackettLuce(OneAnswer):
    """An order of N items, drawn from the top: each place takes one of those left, in proportion to e to its score."""

    name = "Plackett–Luce"
    density = r"\prod_i e^{z_{(i)}} / \sum_{j \ge i} e^{z_{(j)}}"

    def log_prob(self, relevance: Array, scores: Array, mask: Array | None = None) -> Array:
        """Return the log-probability of the order of falling relevance (…, N), equal ones as they come."""
        xp = same_shape(relevance=relevance, scores=scores)
        weights = xp.exp(scores) if mask is None else xp.where(mask, xp.exp(scores), 0.0)
        # Item j is left when item i is taken: it is less relevant, or as relevant and not before it.
        place = xp.arange(scores.shape[-1])
        level = relevance[..., None] == relevance[..., None, :]
        left = (relevance[..., None] > relevance[..., None, :]) | (level & (place[:, None] <= place))
        among = xp.sum(xp.where(left, weights[..., None, :], 0.0), axis=-1)
        there = weights > 0
        return xp.sum(xp.where(there, scores - xp.log(xp.where(there, among, 1.0)), 0.0), axis=-1)


class CorrectedSample(OneAnswer):
    """One of a positive and K items drawn, each with a probability that grows with e to its score over its chance to be drawn."""

    name = "Categorical"
    density = r"\frac{e^{z^+}}{Q^+} / \bigl(\frac{e^{z^+}}{Q^+} + \sum_j \frac{e^{z^-_j}}{Q^-_j}\bigr)"

    def log_prob(
        self, negatives: Array, positive: Array, positive_log_q: Array | None = None, negative_log_q: Array | None = None
    ) -> Array:
        """Return log q(positive) for scores positive (…) and negatives (…, K), and the logs of their chances."""
        xp = floating(negatives=negatives, positive=positive)
        if tuple(negatives.shape[:-1]) != tuple(positive.shape):
            raise ValueError(
                f"negatives {tuple(negatives.shape)} must have the shape of positive {tuple(positive.shape)} and one axis"
            )
        chosen, others = xp.exp(positive), xp.exp(negatives)
        if positive_log_q is not None:
            chosen, others = chosen / xp.exp(positive_log_q), others / xp.exp(negative_log_q)
        return xp.log(chosen / (chosen + xp.sum(others, axis=-1)))


NOISE_MODELS = {"list_mle_loss": PlackettLuce(), "sampled_softmax_loss": CorrectedSample()}

# Why a loss is no negative log-likelihood; the tests find the sum over some grades to vary.
NO_NOISE_MODEL = {
    "pairwise_logistic_loss": "a mean over pairs: the comparisons of one list share their items, and are no independent draws",
    "pairwise_hinge_loss": "the sum of exp(−L) over the two answers to which item is the better depends on their lead",
    "warp_loss": "the sum of exp(−L) over the answers to which item is the relevant one depends on the scores",
    "list_net_loss": "the target is a distribution over the items and no answer; of one-hot shares it would be the categorical",
    "listwise_softmax_loss": "a likelihood (categorical) where one item is relevant; shares of several items are no answer",
    "lambda_rank_loss": "its weights change with the scores, and with them what exp(−L) sums to",
    "approx_ndcg_loss": "it is bounded, so that the sum of exp(−L) over the answers depends on the scores",
}
