"""The distributions behind the losses for rewards that come late."""

import math

from lossbook._ops import between, positive, same_shape
from lossbook._types import Array
from lossbook.lenses.classification import Categorical


class AsymmetricNormal:
    """Two halves of Normals that meet at the prediction, of unequal widths; at level ½ a Normal of standard deviation sigma."""

    name = "asymmetric Normal"
    density = r"\frac{1}{Z}\,e^{-L_\ell(v, y)/\sigma^2}"

    def log_prob(self, y: Array, prediction: Array, *, level: float = 0.7, sigma: float = 1.0) -> Array:
        """Return log q(y | v), elementwise, for y and v of one shape."""
        xp = same_shape(y=y, prediction=prediction)
        constant = self.constant(level=level, sigma=sigma)
        z = (y - prediction) / sigma
        return -xp.where(z > 0, level * z**2, (1 - level) * z**2) - constant

    def scale(self, *, level: float = 0.7, sigma: float = 1.0) -> float:
        """Return what divides the loss."""
        between(0, 1, "1", level=level)
        positive(sigma=sigma)
        return sigma**2

    def constant(self, *, level: float = 0.7, sigma: float = 1.0) -> float:
        """Return what is left at a residual of 0: the log of the normaliser, of one half and of the other."""
        between(0, 1, "1", level=level)
        positive(sigma=sigma)
        return math.log(math.sqrt(math.pi) / 2 * sigma * (level**-0.5 + (1 - level) ** -0.5))


NOISE_MODELS = {"expectile_loss": AsymmetricNormal(), "conservative_loss": Categorical(logits=True)}

# Why a loss is no negative log-likelihood; the tests find the sum over some answers to vary.
NO_NOISE_MODEL = {
    "td_loss": "a Normal of the target, but the target is the model's own guess of what comes, and no observation",
    "q_learning_loss": "a Normal of the target of one action, but the target is the best of the model's own guesses, and no observation",
    "categorical_td_loss": "a cross-entropy to a distribution that the model itself foretells, and no answer; of one that is sure it would be the categorical",
    "quantile_td_loss": "of one quantile at κ = 0 it is the asymmetric Laplace; several of them make a sum that is none",
    "policy_gradient_loss": "a surrogate: its gradient is right, its value says nothing; exp(−L) is π to the power of the advantage",
    "ppo_loss": "a surrogate, cut off on one side: its gradient is right at the old policy, its value says nothing",
    "soft_policy_loss": "the reverse divergence: the policy comes first, the values stand in for the target's logarithm, and nothing is observed",
    "advantage_weighted_loss": "a likelihood with weights: exp(−L) is π to the power of the weight, and sums to 1 at a weight of 1 only",
}
