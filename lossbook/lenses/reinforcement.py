"""The distributions behind the losses of rewards and preferences: of a return, and of which of two answers is preferred."""

import math

from lossbook._ops import between, positive, same_shape
from lossbook._types import Array
from lossbook.lenses.answers import OneAnswer
from lossbook.lenses.classification import Categorical


class BradleyTerry(OneAnswer):
    """One of two answers is preferred, each with a probability that grows with e to its reward."""

    name = "Bradley–Terry"
    density = r"e^{z^+} / (e^{z^+} + e^{z^-})"

    def log_prob(self, rejected: Array, chosen: Array) -> Array:
        """Return the log-probability that the chosen one is preferred to the rejected one, for rewards (…)."""
        xp = same_shape(rejected=rejected, chosen=chosen)
        return -xp.log1p(xp.exp(rejected) / xp.exp(chosen))


class BradleyTerryOfRatios:
    """The same where a reward is β times the log-ratio of policy and reference."""

    name = "Bradley–Terry"
    density = r"(\rho^+)^\beta / \bigl((\rho^+)^\beta + (\rho^-)^\beta\bigr)"

    def log_prob(self, rejected: Array, chosen: Array, *, beta: float = 0.1) -> Array:
        """Return the log-probability that the chosen one is preferred to the rejected one, for log-ratios (…)."""
        same_shape(rejected=rejected, chosen=chosen)
        positive(beta=beta)
        return BradleyTerry().log_prob(beta * rejected, beta * chosen)

    def scale(self, *, beta: float = 0.1) -> float:
        """Return what divides the loss: 1, whatever β, which is part of the density."""
        positive(beta=beta)
        return 1.0

    def constant(self, *, beta: float = 0.1) -> float:
        """Return what the loss leaves out: nothing, since the probabilities sum to 1 already."""
        positive(beta=beta)
        return 0.0


class BradleyTerryOfMeans:
    """The same where a reward is β times the mean log-probability of a token; without a margin, which favours neither."""

    name = "Bradley–Terry"
    density = r"(p^+)^\beta / \bigl((p^+)^\beta + (p^-)^\beta\bigr)"

    def log_prob(self, rejected: Array, chosen: Array, *, beta: float = 2.0) -> Array:
        """Return the log-probability that the chosen one is preferred to the rejected one, for mean log-probabilities (…)."""
        return BradleyTerryOfRatios().log_prob(rejected, chosen, beta=beta)

    def scale(self, *, beta: float = 2.0) -> float:
        """Return what divides the loss: 1, whatever β, which is part of the density."""
        return BradleyTerryOfRatios().scale(beta=beta)

    def constant(self, *, beta: float = 2.0) -> float:
        """Return what the loss leaves out: nothing, since the probabilities sum to 1 already."""
        return BradleyTerryOfRatios().constant(beta=beta)


class BradleyTerryOfOdds(OneAnswer):
    """One of two answers is preferred, in proportion to the odds of a token of it."""

    name = "Bradley–Terry"
    density = r"o^+ / (o^+ + o^-), \; o = p / (1 - p)"

    def log_prob(self, rejected: Array, chosen: Array) -> Array:
        """Return the log-probability that the chosen one is preferred to the rejected one, for mean log-probabilities (…)."""
        xp = same_shape(rejected=rejected, chosen=chosen)
        of_rejected, of_chosen = (-xp.exp(each) / xp.expm1(each) for each in (rejected, chosen))
        return -xp.log1p(of_rejected / of_chosen)


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


NOISE_MODELS = {
    "preference_loss": BradleyTerry(),
    "dpo_loss": BradleyTerryOfRatios(),
    "orpo_loss": BradleyTerryOfOdds(),
    "simpo_loss": BradleyTerryOfMeans(),
    "expectile_loss": AsymmetricNormal(),
    "conservative_loss": Categorical(logits=True),
}

# Why a loss is no negative log-likelihood; where there are answers, the tests find the sum over some of them to vary.
NO_NOISE_MODEL = {
    "td_loss": "a Normal of the target, but the target is the model's own guess of what comes, and no observation",
    "q_learning_loss": "a Normal of the target of one action, but the target is the best of the model's own guesses, and no observation",
    "categorical_td_loss": "a cross-entropy to a distribution that the model itself foretells, and no answer; of a target sure of one atom it would be the categorical",
    "quantile_td_loss": "of one quantile at κ = 0 it is the asymmetric Laplace; several of them make a sum that is none",
    "policy_gradient_loss": "a surrogate: its gradient is right, its value says nothing; exp(−L) is π to the power of the advantage",
    "ppo_loss": "a surrogate, cut off on one side: its gradient is right at the old policy, its value says nothing",
    "soft_policy_loss": "the reverse divergence: the policy comes first, the values stand in for the target's logarithm, and nothing is observed",
    "ipo_loss": "the sum of exp(−L) over which of the two is preferred depends on the log-ratios",
    "kto_loss": "it is bounded, so that the sum of exp(−L) over good and bad depends on the log-ratio",
    "grpo_loss": "no loss of an observation: a surrogate of which the gradient alone is meant, where the policy has not moved",
    "advantage_weighted_loss": "a likelihood with weights: exp(−L) is π to the power of the weight, and sums to 1 at a weight of 1 only",
}
