"""Peers that many records name, and what translates for them."""

from typing import Any

import numpy as np

from lossbook._ops import namespace, one_hot
from lossbook.taxonomy.records import Peer


def in_torch(name: str, convention: str = "the same") -> Peer:
    return Peer(
        f"torch.nn.functional.{name}",
        convention,
        lambda f, y_hat, y, **hyperparameters: f(y_hat, y, reduction="none", **hyperparameters),
    )


def in_keras(name: str, convention: str, call: Any) -> Any:
    return Peer(f"keras.losses.{name}", f"target first; {convention}", call)


def zero_labels(values: Any) -> Any:
    return np.zeros(values.shape, dtype=np.int64)


def as_one_hot(z: Any, y: Any) -> Any:
    return namespace(z=z).astype(one_hot(z, y), z.dtype)
