"""The noise models of the toy losses, or why there is none."""

from lossbook._ops import namespace
from lossbook.lenses.answers import OneAnswer
from lossbook.lenses.classification import Categorical


class Steps(OneAnswer):
    """One class at each step, independent of the others."""

    name = "Categorical at each step"
    density = r"\prod_t q_{t, y_t}"

    def log_prob(self, y, prediction, lengths=None):
        """Return log q(y) of the steps that count."""
        xp = namespace(y=y, prediction=prediction)
        steps = Categorical(logits=True).log_prob(y, prediction)
        if lengths is not None:
            steps = xp.where(xp.arange(y.shape[-1]) < lengths[..., None], steps, 0.0)
        return xp.sum(steps, axis=-1)


NOISE_MODELS = {"toy_sequence_loss": Steps()}
NO_NOISE_MODEL = {"toy_list_loss": "the mean over a list is no sum of log-densities"}
