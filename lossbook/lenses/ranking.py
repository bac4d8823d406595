"""Why the losses for an order are no negative log-likelihoods; the tests find the sum over some grades to vary."""

from typing import Any

NOISE_MODELS: dict[str, Any] = {}

NO_NOISE_MODEL = {
    "pairwise_logistic_loss": "a mean over pairs: the comparisons of one list share their items, and are no independent draws",
}
