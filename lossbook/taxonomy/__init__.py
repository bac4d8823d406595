"""The taxonomy as data: one record per loss, one per identity between losses.

The book's pages and the package's tests are both made from these records, so a property that
is claimed here is a property that is tested.
"""

from collections.abc import Callable
from typing import Any

from lossbook.taxonomy import classification, distance, generative, ranking, regression, reinforcement, sequence, structured
from lossbook.taxonomy.identities import IDENTITIES
from lossbook.taxonomy.kinds import KINDS, NUMBERS, SIZES, TYPES, Kind
from lossbook.taxonomy.records import (
    Claim, Curve, Family, Hyperparameter, Identity, Lipschitz, Loss, Minimiser, Peer,
)  # fmt: skip

__all__ = [
    "FAMILIES", "IDENTITIES", "KINDS", "LOSSES", "NUMBERS", "SIZES", "TYPES", "Claim", "Curve", "Family", "Hyperparameter",
    "Identity", "Kind", "Lipschitz", "Loss", "Minimiser", "Peer", "chapters", "loss_of",
]  # fmt: skip


FAMILIES = (
    Family("regression", "Regression", "The target is a number, and the error has a size."),
    Family(
        "classification", "Classification", "The target is a class, and the prediction a distribution over classes.",
        essays=("two_lenses",),
    ),
    Family(
        "distance", "Distance", "The target is a relation: alike things near, unlike things far.",
        essays=("at_scale",),
    ),
    Family("ranking", "Ranking", "The target is an order: only who stands above whom counts.", essays=("clicks",)),
    Family(
        "sequence", "Sequence", "The target is one thing after another, its alignment known or not.",
        essays=("at_scale",),
    ),
    Family("generative", "Generative", "The target is a whole distribution to sample from."),
    Family("structured", "Structured", "The target has parts that depend on one another."),
    Family(
        "reinforcement", "Reinforcement learning", "The target is a return that the model's own actions bring about.",
        essays=("off_policy",),
    ),
)  # fmt: skip

LOSSES: tuple[Loss, ...] = (
    *regression.LOSSES, *classification.LOSSES, *distance.LOSSES, *ranking.LOSSES, *sequence.LOSSES, *generative.LOSSES,
    *structured.LOSSES, *reinforcement.LOSSES,
)  # fmt: skip


def loss_of(function: Callable[..., Any] | str) -> Loss:
    """Return the record of a loss, given the function or its name."""
    name = function if isinstance(function, str) else function.__name__
    for loss in LOSSES:
        if loss.name == name:
            return loss
    raise KeyError(f"no record for {name!r}; the taxonomy holds {[loss.name for loss in LOSSES]}")


def chapters(family: str) -> list[Loss]:
    """Return the first loss of each chapter of a family, in the book's order."""
    first: dict[str, Loss] = {}
    for loss in LOSSES:
        if loss.family == family:
            first.setdefault(loss.chapter, loss)
    return list(first.values())
