"""The distributions behind the losses for relations: which candidate, or which proxy."""

import math

from lossbook._ops import classes, floating, one_hot, positive, same_shape, unit_vectors
from lossbook._types import Array
from lossbook.lenses.answers import OneAnswer


class CandidateByProduct(OneAnswer):
    """One of K + 1 candidates, each with a probability that grows with the exponential of its inner product."""

    name = "Categorical"
    density = r"e^{a \cdot a^+} / \bigl(e^{a \cdot a^+} + \sum_j e^{a \cdot a^-_j}\bigr)"

    def log_prob(self, positive: Array, anchor: Array, negatives: Array) -> Array:
        """Return log q(positive | anchor) for candidates positive (…, D) and negatives (…, K, D)."""
        xp = same_shape(positive=positive, anchor=anchor)
        chosen = xp.exp(xp.sum(anchor * positive, axis=-1))
        others = xp.sum(xp.exp(xp.sum(anchor[..., None, :] * negatives, axis=-1)), axis=-1)
        return xp.log(chosen / (chosen + others))


class CandidateByCosine:
    """One of K + 1 candidates, each with a probability that grows with the exponential of its cosine over τ."""

    name = "Categorical"
    density = r"e^{\cos(a, a^+)/\tau} / \bigl(e^{\cos(a, a^+)/\tau} + \sum_j e^{\cos(a, a^-_j)/\tau}\bigr)"

    def log_prob(self, positive: Array, anchor: Array, negatives: Array, *, temperature: float = 0.07) -> Array:
        """Return log q(positive | anchor) for candidates positive (…, D) and negatives (…, K, D)."""
        self.scale(temperature=temperature)
        positive, anchor, negatives = (unit_vectors(each) for each in (positive, anchor, negatives))
        return CandidateByProduct().log_prob(positive, anchor / temperature, negatives)

    def scale(self, *, temperature: float = 0.07) -> float:
        """Return what divides the loss: 1, whatever the temperature, which is part of the density."""
        positive(temperature=temperature)
        return 1.0

    def constant(self, *, temperature: float = 0.07) -> float:
        """Return what the loss leaves out: nothing, since the probabilities sum to 1 already."""
        positive(temperature=temperature)
        return 0.0


class NearestProxy(OneAnswer):
    """The class that drew a point, when each draws from a Normal of variance ½ around its proxy, all equally often."""

    name = "Categorical"
    density = r"e^{-\lVert a - c_y \rVert^2} / \sum_k e^{-\lVert a - c_k \rVert^2}"

    def log_prob(self, y: Array, embedding: Array, proxies: Array) -> Array:
        """Return log q(y | embedding) by Bayes' rule, for labels y (…), embeddings (…, D) and proxies (C, D)."""
        xp = floating(embedding=embedding, proxies=proxies)
        drawn = xp.prod(xp.exp(-((embedding[..., None, :] - proxies) ** 2)) / math.sqrt(math.pi), axis=-1)
        _, drawn, y = classes(drawn, y, name="embedding")
        return xp.log(xp.sum(xp.where(one_hot(drawn, y), drawn, 0.0), axis=-1) / xp.sum(drawn, axis=-1))


NOISE_MODELS = {
    "n_pair_loss": CandidateByProduct(),
    "info_nce_loss": CandidateByCosine(),
    "proxy_softmax_loss": NearestProxy(),
}

# Why a loss is no negative log-likelihood; the tests find the sum over the labels to vary.
NO_NOISE_MODEL = {
    "contrastive_loss": "the sum of exp(−L) over the two labels depends on the distance",
    "triplet_margin_loss": "the sum of exp(−L) over the two answers to which is the nearer depends on the distances",
    "angular_triplet_loss": "the sum of exp(−L) over the two answers to which is the nearer depends on the angles",
    "angular_loss": "the sum of exp(−L) over the two answers to which is the nearer depends on the distances",
    "proxy_nca_loss": "the sum of exp(−L) over the classes depends on the embedding",
}
