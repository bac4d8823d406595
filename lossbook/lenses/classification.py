"""The distributions behind the losses for classes."""

from lossbook._ops import classes_or_distributions, one_hot, same_shape
from lossbook._types import Array
from lossbook.lenses.answers import OneAnswer


class Bernoulli(OneAnswer):
    """A yes (1) or no (0), where yes has probability q; `logits` says that log(q / (1 − q)) is given."""

    name = "Bernoulli"
    density = r"q^{y}\,(1 - q)^{1 - y}"

    def __init__(self, *, logits: bool) -> None:
        self.logits = logits

    def log_prob(self, y: Array, prediction: Array) -> Array:
        """Return log q(y), elementwise; for a soft y, its expectation under a Bernoulli of that probability."""
        xp = same_shape(y=y, prediction=prediction)
        q = 1 / (1 + xp.exp(-prediction)) if self.logits else prediction
        return y * xp.log(q) + (1 - y) * xp.log(1 - q)


class Categorical(OneAnswer):
    """One of C classes, class k with probability q_k; `logits` says that q is their softmax.

    Without, the logarithms of q are given.
    """

    name = "Categorical"
    density = r"q_y"

    def __init__(self, *, logits: bool) -> None:
        self.logits = logits

    def log_prob(self, y: Array, prediction: Array) -> Array:
        """Return log q(y), for y a label, or a row of probabilities: then its expectation."""
        xp, prediction, y, labels = classes_or_distributions(prediction, y)
        q = xp.exp(prediction)
        if self.logits:
            q = q / xp.sum(q, axis=-1, keepdims=True)
        if labels:
            y = xp.astype(one_hot(q, y), q.dtype)
        return xp.sum(y * xp.log(q), axis=-1)


NOISE_MODELS = {
    "nll_loss": Categorical(logits=False),
    "cross_entropy": Categorical(logits=True),
    "binary_cross_entropy": Bernoulli(logits=False),
    "binary_cross_entropy_with_logits": Bernoulli(logits=True),
    "kl_divergence": Categorical(logits=False),
}

# Why a loss is no negative log-likelihood; the tests find the sum over the labels to vary.
NO_NOISE_MODEL = {
    "focal_loss": "for γ > 0 the sum of exp(−L) over the classes depends on the prediction",
    "sigmoid_focal_loss": "for γ > 0 the sum of exp(−L) over the two labels depends on the prediction",
    "hinge_loss": "the sum of exp(−L) over the two labels depends on the score",
    "squared_hinge_loss": "the sum of exp(−L) over the two labels depends on the score",
    "multiclass_hinge_loss": "the sum of exp(−L) over the classes depends on the scores",
}
