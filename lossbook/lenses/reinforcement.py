"""The distributions behind the losses of rewards and preferences: which of two answers is preferred."""

from lossbook._ops import positive, same_shape
from lossbook._types import Array
from lossbook.lenses.answers import OneAnswer


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


NOISE_MODELS = {
    "preference_loss": BradleyTerry(),
    "dpo_loss": BradleyTerryOfRatios(),
    "orpo_loss": BradleyTerryOfOdds(),
    "simpo_loss": BradleyTerryOfMeans(),
}

# Why a loss is no negative log-likelihood; where there are answers, the tests find the sum over them to vary.
NO_NOISE_MODEL = {
    "ipo_loss": "the sum of exp(−L) over which of the two is preferred depends on the log-ratios",
    "kto_loss": "it is bounded, so that the sum of exp(−L) over good and bad depends on the log-ratio",
    "grpo_loss": "no loss of an observation: a surrogate whose gradient alone is right, and only where the policy has not moved",
}
