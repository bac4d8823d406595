"""The distribution behind the CRF, over all chains of tags; and why masks, boxes and sets have no likelihood."""

from itertools import product

from lossbook._ops import namespace
from lossbook._types import Array
from lossbook.lenses.answers import OneAnswer


class EveryChain(OneAnswer):
    """A chain of tags, one of C at each step, weighed by the product of its factors; of a mask, its first steps."""

    name = "Gibbs distribution over chains"
    density = r"e^{s(y)} \big/ \sum_{y'} e^{s(y')}"

    def log_prob(
        self,
        transitions: Array,
        emissions: Array,
        y: Array,
        start: Array | None = None,
        end: Array | None = None,
        mask: Array | None = None,
    ) -> Array:
        """Return log q(y) of tags (…, T) for emissions (…, T, C), from all chains: for few steps and classes."""
        xp = namespace(emissions=emissions, transitions=transitions, y=y)
        *batch, steps, classes = emissions.shape
        if tuple(y.shape) != (*batch, steps) or tuple(transitions.shape) != (classes, classes):
            raise ValueError(
                f"y {tuple(y.shape)} and transitions {tuple(transitions.shape)} must fit emissions {emissions.shape}"
            )
        there = xp.ones(tuple(y.shape), dtype=xp.bool) if mask is None else mask
        last = there & ~xp.concat([there[..., 1:], xp.zeros_like(there[..., :1])], axis=-1)
        total, own = 0.0, 0.0
        for path in product(range(classes), repeat=steps):
            weight, same, before = 1.0, xp.ones(tuple(batch), dtype=xp.bool), None
            for t, k in enumerate(path):
                score = emissions[..., t, k] + (0.0 if before is None else transitions[before, k])
                score = score + (0.0 if start is None or t else start[k])
                score = score + (0.0 if end is None else xp.where(last[..., t], end[k], 0.0))
                # A step that is not there: one class of weight 1, so that no chain is told twice.
                weight = weight * xp.where(there[..., t], xp.exp(score), 1.0 if k == 0 else 0.0)
                same = same & (~there[..., t] | (y[..., t] == k))
                before = k
            total, own = total + weight, own + xp.where(same, weight, 0.0)
        return xp.log(own) - xp.log(total)


NOISE_MODELS = {"linear_chain_crf_loss": EveryChain()}

# Why a loss is no negative log-likelihood; where there are answers, the tests find the sum over some to vary.
NO_NOISE_MODEL = {
    **dict.fromkeys(
        ("structured_hinge_loss", "structured_perceptron_loss"), "the sum of exp(−L) over the chains depends on the scores"
    ),
    "sparsemax_loss": "it is 0 from a lead of 1 on, while the others' losses go on rising: the sum of exp(−L) depends on the scores",
    "entmax_loss": "above α = 1 the sum of exp(−L) over the classes depends on the scores; at 1 it is the categorical",
    **dict.fromkeys(
        ("dice_loss", "jaccard_loss", "tversky_loss"),
        "it is bounded by 1, and no sum over pixels: what exp(−L) adds up to over all masks depends on the prediction",
    ),
    "lovasz_hinge_loss": "what exp(−L) adds up to over all masks depends on the scores",
    "lovasz_softmax_loss": "it is bounded by 1: what exp(−L) adds up to over all labellings depends on the prediction",
    "boundary_loss": "linear in the prediction, and without a bound below in the distance: exp(−L) cannot be normalised",
    **dict.fromkeys(("iou_loss", "giou_loss", "diou_loss", "ciou_loss"), "it is bounded: exp(−L) adds up to ∞ over all boxes"),
    "set_matching_loss": "a least cost: nothing is observed; which pairs cost what is another loss' matter",
    "chamfer_loss": "of sets that hold the same points in other numbers it is 0: what exp(−L) adds up to over all sets depends on the first",
}
