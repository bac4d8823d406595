r"""The density behind a loss: −log q(y | ŷ) = loss / scale + constant; or why there is none.

Minimising such a loss is maximum likelihood under the noise it assumes. Each noise model says
its density in its own words (`log_prob`), and apart from it which `scale` and `constant` make
the equation above true; the tests compare the two sides.
"""

import math

from lossbook._ops import at_least, classes, classes_or_distributions, floating, one_hot, positive, same_shape, unit_vectors
from lossbook._types import Array

__all__ = [
    "NOISE_MODELS", "NO_NOISE_MODEL", "Bernoulli", "CandidateByCosine", "CandidateByProduct", "Categorical",
    "GeneralisedNormal", "HuberDensity", "Laplace", "NearestProxy", "Normal", "SmoothLaplace",
]  # fmt: skip


class Laplace:
    """Laplace noise of scale b (> 0, in the units of y): heavy, exponential tails."""

    name = "Laplace"
    density = r"\frac{1}{2b}\,e^{-|r|/b}"

    def log_prob(self, y: Array, y_hat: Array, *, b: float = 1.0) -> Array:
        """Return log q(y | ŷ), elementwise, for y and ŷ of one shape."""
        xp = same_shape(y=y, y_hat=y_hat)
        constant = self.constant(b=b)
        return -xp.abs(y - y_hat) / b - constant

    def scale(self, *, b: float = 1.0) -> float:
        """Return what divides the L1 loss."""
        positive(b=b)
        return b

    def constant(self, *, b: float = 1.0) -> float:
        """Return what is left at a residual of 0: the log of the normaliser."""
        positive(b=b)
        return math.log(2 * b)


class Normal:
    """Normal noise of standard deviation sigma (> 0, in the units of y)."""

    name = "Normal"
    density = r"\frac{1}{\sqrt{2\pi}\,\sigma}\,e^{-r^2/(2\sigma^2)}"

    def log_prob(self, y: Array, y_hat: Array, *, sigma: float = 1.0) -> Array:
        """Return log q(y | ŷ), elementwise, for y and ŷ of one shape."""
        same_shape(y=y, y_hat=y_hat)
        constant = self.constant(sigma=sigma)
        z = (y - y_hat) / sigma
        return -(z * z) / 2 - constant

    def scale(self, *, sigma: float = 1.0) -> float:
        """Return what divides the squared error."""
        positive(sigma=sigma)
        return 2 * sigma**2

    def constant(self, *, sigma: float = 1.0) -> float:
        """Return what is left at a residual of 0: the log of the normaliser."""
        positive(sigma=sigma)
        return math.log(math.sqrt(2 * math.pi) * sigma)


class GeneralisedNormal:
    """Noise with density ∝ exp(−|r/s|^p): Laplace at p = 1, Normal at p = 2, uniform as p → ∞.

    s (> 0) is its width in the units of y, p (≥ 1) its power.
    """

    name = "generalised normal"
    density = r"\frac{p}{2s\,\Gamma(1/p)}\,e^{-|r/s|^p}"

    def log_prob(self, y: Array, y_hat: Array, *, p: float = 2.0, s: float = 1.0) -> Array:
        """Return log q(y | ŷ), elementwise, for y and ŷ of one shape."""
        xp = same_shape(y=y, y_hat=y_hat)
        constant = self.constant(p=p, s=s)
        return -(xp.abs((y - y_hat) / s) ** p) - constant

    def scale(self, *, p: float = 2.0, s: float = 1.0) -> float:
        """Return what divides the Lp loss."""
        at_least(1, p=p)
        positive(s=s)
        return s**p

    def constant(self, *, p: float = 2.0, s: float = 1.0) -> float:
        """Return what is left at a residual of 0: the log of the normaliser."""
        at_least(1, p=p)
        positive(s=s)
        return math.log(2 * s / p) + math.lgamma(1 / p)


class HuberDensity:
    """Huber's least favourable noise: Normal in the middle, Laplace beyond delta.

    sigma (> 0) is the standard deviation of the Normal part, delta (> 0) the half-width of
    that part, both in the units of y.
    """

    name = "Huber's density"
    density = r"\frac{1}{Z}\,e^{-L_\delta(r)/\sigma^2}"

    def log_prob(self, y: Array, y_hat: Array, *, delta: float = 1.0, sigma: float = 1.0) -> Array:
        """Return log q(y | ŷ), elementwise, for y and ŷ of one shape."""
        xp = same_shape(y=y, y_hat=y_hat)
        constant = self.constant(delta=delta, sigma=sigma)
        r = xp.abs(y - y_hat)
        normal = -((r / sigma) ** 2) / 2
        laplace = -(delta / sigma**2) * (r - delta / 2)
        return xp.where(r <= delta, normal, laplace) - constant

    def scale(self, *, delta: float = 1.0, sigma: float = 1.0) -> float:
        """Return what divides the Huber loss."""
        positive(delta=delta, sigma=sigma)
        return sigma**2

    def constant(self, *, delta: float = 1.0, sigma: float = 1.0) -> float:
        """Return what is left at a residual of 0: the log of the normaliser.

        The middle integrates to √(2π)·σ·erf(κ/√2) with κ = δ/σ, the two tails together to
        2·(σ/κ)·exp(−κ²/2).
        """
        positive(delta=delta, sigma=sigma)
        kappa = delta / sigma
        middle = math.sqrt(2 * math.pi) * math.erf(kappa / math.sqrt(2))
        tails = 2 / kappa * math.exp(-kappa * kappa / 2)
        return math.log(sigma * (middle + tails))


class SmoothLaplace:
    """The noise behind smooth L1: Laplace of scale 1 with its peak rounded off below beta (≥ 0).

    It is Huber's density with δ = σ² = beta, and Laplace's at beta = 0.
    """

    name = "Huber's density"
    density = r"\frac{1}{Z}\,e^{-L_\beta(r)}"

    def log_prob(self, y: Array, y_hat: Array, *, beta: float = 1.0) -> Array:
        """Return log q(y | ŷ), elementwise, for y and ŷ of one shape."""
        at_least(0, beta=beta)
        if beta == 0:
            return Laplace().log_prob(y, y_hat)
        return HuberDensity().log_prob(y, y_hat, delta=beta, sigma=math.sqrt(beta))

    def scale(self, *, beta: float = 1.0) -> float:
        """Return what divides the smooth L1 loss: 1."""
        at_least(0, beta=beta)
        return 1.0

    def constant(self, *, beta: float = 1.0) -> float:
        """Return what is left at a residual of 0: the log of the normaliser."""
        at_least(0, beta=beta)
        if beta == 0:
            return Laplace().constant()
        return HuberDensity().constant(delta=beta, sigma=math.sqrt(beta))


class OneAnswer:
    """What the models of one answer among several share: the loss is −log q itself."""

    def scale(self) -> float:
        """Return what divides the loss: 1."""
        return 1.0

    def constant(self) -> float:
        """Return what the loss leaves out: nothing, since the probabilities sum to 1 already."""
        return 0.0


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
        xp, labels = classes_or_distributions(prediction, y)
        q = xp.exp(prediction)
        if self.logits:
            q = q / xp.sum(q, axis=-1, keepdims=True)
        if labels:
            y = xp.astype(one_hot(q, y), q.dtype)
        return xp.sum(y * xp.log(q), axis=-1)


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
        classes(drawn, y, name="embedding")
        return xp.log(xp.sum(xp.where(one_hot(drawn, y), drawn, 0.0), axis=-1) / xp.sum(drawn, axis=-1))


NOISE_MODELS = {
    "l1_loss": Laplace(),
    "mse_loss": Normal(),
    "lp_loss": GeneralisedNormal(),
    "huber_loss": HuberDensity(),
    "smooth_l1_loss": SmoothLaplace(),
    "nll_loss": Categorical(logits=False),
    "cross_entropy": Categorical(logits=True),
    "binary_cross_entropy": Bernoulli(logits=False),
    "binary_cross_entropy_with_logits": Bernoulli(logits=True),
    "kl_divergence": Categorical(logits=False),
    "n_pair_loss": CandidateByProduct(),
    "info_nce_loss": CandidateByCosine(),
    "proxy_softmax_loss": NearestProxy(),
}

# Why a loss is no negative log-likelihood; the tests find the sum over the labels to vary.
NO_NOISE_MODEL = {
    "focal_loss": "for γ > 0 the sum of exp(−L) over the classes depends on the prediction",
    "sigmoid_focal_loss": "for γ > 0 the sum of exp(−L) over the two labels depends on the prediction",
    "hinge_loss": "the sum of exp(−L) over the two labels depends on the score",
    "squared_hinge_loss": "the sum of exp(−L) over the two labels depends on the score",
    "multiclass_hinge_loss": "the sum of exp(−L) over the classes depends on the scores",
    "contrastive_loss": "the sum of exp(−L) over the two labels depends on the distance",
    "triplet_margin_loss": "the sum of exp(−L) over the two answers to which is the nearer depends on the distances",
    "angular_triplet_loss": "the sum of exp(−L) over the two answers to which is the nearer depends on the angles",
    "angular_loss": "the sum of exp(−L) over the two answers to which is the nearer depends on the distances",
    "proxy_nca_loss": "the sum of exp(−L) over the classes depends on the embedding",
}
