r"""The density behind a loss: −log q(y | ŷ) = loss / scale + constant; or why there is none.

Minimising such a loss is maximum likelihood under the noise it assumes. Each noise model says
its density in its own words (`log_prob`), and apart from it which `scale` and `constant` make
the equation above true; the tests compare the two sides.
"""

from typing import Any

from lossbook.lenses import classification, distance, generative, ranking, regression, reinforcement, sequence, structured
from lossbook.lenses.classification import Bernoulli, Categorical
from lossbook.lenses.distance import CandidateByCosine, CandidateByProduct, NearestProxy
from lossbook.lenses.generative import NormalThroughFlow, Origin, RealOrFake
from lossbook.lenses.ranking import CorrectedSample, PlackettLuce
from lossbook.lenses.regression import GeneralisedNormal, HuberDensity, Laplace, Normal, SmoothLaplace
from lossbook.lenses.reinforcement import (
    AsymmetricNormal, BradleyTerry, BradleyTerryOfMeans, BradleyTerryOfOdds, BradleyTerryOfRatios,
)  # fmt: skip
from lossbook.lenses.sequence import EveryAlignment, EveryWay, NextToken
from lossbook.lenses.structured import EveryChain

__all__ = [
    "NOISE_MODELS", "NO_NOISE_MODEL", "AsymmetricNormal", "Bernoulli", "BradleyTerry", "BradleyTerryOfMeans", "BradleyTerryOfOdds",
    "BradleyTerryOfRatios", "CandidateByCosine", "CandidateByProduct", "Categorical", "CorrectedSample", "EveryAlignment",
    "EveryChain", "EveryWay", "GeneralisedNormal", "HuberDensity", "Laplace", "NearestProxy", "NextToken", "Normal",
    "NormalThroughFlow", "Origin", "PlackettLuce", "RealOrFake", "SmoothLaplace",
]  # fmt: skip

# By the name of the loss: its noise model, or why it has none.
FAMILIES = (regression, classification, distance, ranking, sequence, generative, structured, reinforcement)
NOISE_MODELS: dict[str, Any] = {name: model for family in FAMILIES for name, model in family.NOISE_MODELS.items()}
NO_NOISE_MODEL: dict[str, str] = {name: reason for family in FAMILIES for name, reason in family.NO_NOISE_MODEL.items()}
