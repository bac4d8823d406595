"""The distributions behind the losses for sequences: what is said step by step, or along every way that says the same."""

from typing import Any

from lossbook._ops import floating, namespace
from lossbook._types import Array
from lossbook.lenses.answers import OneAnswer
from lossbook.lenses.classification import Categorical


def _shares(logits: Any, y: Any, axes: int) -> Any:
    """Return the softmax of logits with `axes` axes of their own, beside labels (…, U)."""
    xp = floating(logits=logits)
    if tuple(y.shape[:-1]) != tuple(logits.shape[:-axes]):
        raise ValueError(f"y {tuple(y.shape)} must have the batch of logits {tuple(logits.shape)} and one axis")
    weights = xp.exp(logits - xp.max(logits, axis=-1, keepdims=True))
    return weights / xp.sum(weights, axis=-1, keepdims=True)


class NextToken(OneAnswer):
    """One of C classes at each step, given those before; nothing is said where a mask is False."""

    name = "Categorical"
    density = r"q_y"

    def log_prob(self, y: Array, prediction: Array, mask: Array | None = None) -> Array:
        """Return log q(y) of each step (…, T)."""
        each = Categorical(logits=True).log_prob(y, prediction)
        return each if mask is None else namespace(each=each).where(mask, each, 0.0)


class EveryAlignment(OneAnswer):
    """At each step one of C classes, 0 the blank; what is said is left when neighbours that repeat are joined and blanks dropped."""

    name = "Categorical at each step"
    density = r"\sum_{\pi \,:\, B(\pi) = y} \prod_t q_{t, \pi_t}"

    def log_prob(self, y: Array, prediction: Array, lengths: Array | None = None, target_lengths: Array | None = None) -> Array:
        """Return log q(y) for labels (…, U) and logits (…, T, C), from all that can be said: for few steps and classes."""
        xp, q = namespace(y=y, prediction=prediction), _shares(prediction, y, 2)
        *batch, steps, classes = q.shape
        # The chance of having said something so far, with the last step's class.
        chances: dict[Any, Any] = {((), 0): xp.ones(tuple(batch), dtype=q.dtype)}
        for t in range(steps):
            live = xp.ones(tuple(batch), dtype=xp.bool) if lengths is None else lengths > t
            later = {key: xp.where(live, 0.0, chance) for key, chance in chances.items()}
            for (said, last), chance in chances.items():
                for k in range(classes):
                    key = said if k in (0, last) else (*said, k), k
                    later[key] = later.get(key, 0.0) + xp.where(live, chance * q[..., t, k], 0.0)
            chances = later
        count = y.shape[-1] if target_lengths is None else target_lengths
        total = xp.zeros(tuple(batch), dtype=q.dtype)
        for (said, _), chance in chances.items():
            if len(said) <= y.shape[-1]:
                right = xp.ones(tuple(batch), dtype=xp.bool) & (count == len(said))
                for u, k in enumerate(said):
                    right = right & (y[..., u] == k)
                total = total + xp.where(right, chance, 0.0)
        return xp.log(total)


class EveryWay(OneAnswer):
    """At each step any number of labels, each chosen after those before, then the blank, class 0."""

    name = "Categorical at each place"
    density = r"\sum_{\text{ways}} \prod_{(t, u)} q_{t, u, k}"

    def log_prob(self, y: Array, prediction: Array, lengths: Array | None = None, target_lengths: Array | None = None) -> Array:
        """Return log q(y) for labels (…, U) and logits (…, T, U + 1, C), place by place."""
        xp, q = namespace(y=y, prediction=prediction), _shares(prediction, y, 3)
        *batch, steps, places, classes = q.shape
        zeros = xp.zeros(tuple(batch), dtype=q.dtype)
        chances: dict[tuple[int, int], Any] = {(0, 0): 1.0 + zeros}
        total = zeros
        for t in range(steps):
            for u in range(places):
                if (t, u) != (0, 0):
                    waited = chances[t - 1, u] * q[..., t - 1, u, 0] if t else zeros
                    said = sum(xp.where(y[..., u - 1] == k, q[..., t, u - 1, k], 0.0) for k in range(1, classes)) if u else zeros
                    chances[t, u] = waited + (chances[t, u - 1] * said if u else zeros)
                ends = (steps if lengths is None else lengths) == t + 1
                full = (places - 1 if target_lengths is None else target_lengths) == u
                last = (zeros == 0) & ends & full
                total = total + xp.where(last, chances[t, u] * q[..., t, u, 0], 0.0)
        return xp.log(total)


NOISE_MODELS = {"token_cross_entropy": NextToken(), "ctc_loss": EveryAlignment(), "transducer_loss": EveryWay()}

# Why a loss is no negative log-likelihood; the tests find the sum over some answers to vary.
NO_NOISE_MODEL = {
    "unlikelihood_loss": "of one candidate it is the likelihood of a label known to be another, but for log(C − 1); over sets of several, the sum of exp(−L) depends on the logits",
    "soft_dtw": "−log of a sum over alignments, but of weights and no probabilities: what exp(−L) sums to over y depends on x and γ",
    "soft_dtw_divergence": "a difference of three such sums",
    "minimum_risk_loss": "an expected cost, bounded by the largest: the sum of exp(−L) depends on the log-probabilities",
    "distillation_loss": "the target is a distribution and no answer; of a teacher that is sure it would be the categorical",
    "generalised_jsd_loss": "it is bounded, so that the sum of exp(−L) over the classes depends on the logits",
}
