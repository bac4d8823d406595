"""What the losses' heavy peers compute, stored for the pages: a build of the book need not install them.

python -m lossbook.book.peers   runs each and writes `peers.json`, which nobody else does
"""

import inspect
import json
import os
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lossbook.checks import evidence_of_peers, peer_function
from lossbook.taxonomy import LOSSES

__all__ = ["arguments", "distribution", "run", "stored"]

STORED = Path(__file__).with_name("peers.json")


@cache
def stored() -> Any:
    """Return what the last run found, by the loss' name and the peer's path."""
    return json.loads(STORED.read_text(encoding="utf-8"))


def run() -> Any:
    """Compare each heavy peer with its loss: its version, its arguments, how many inputs, the largest error."""
    return {
        loss.name: {
            peer.path: {
                "version": version(distribution(peer.library)),
                "arguments": arguments(peer_function(peer)),
                "inputs": found.inputs,
                "error": found.error,
            }
            for peer, found in zip(loss.heavy_peers, evidence_of_peers(loss, loss.heavy_peers), strict=True)
        }
        for loss in LOSSES
        if loss.heavy_peers
    }


def distribution(library: str) -> str:
    """Return the name under which an index has a library."""
    return {"torchcrf": "pytorch-crf"}.get(library, library.replace("_", "-"))


def arguments(function: Callable[..., Any]) -> list[str]:
    """Return a function's arguments and defaults, without those kept for old code only."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # built into the library in C
        return []
    return [
        p.name if p.default is p.empty else f"{p.name}={p.default!r}"
        for p in parameters
        if p.name not in ("size_average", "reduce")
    ]


if __name__ == "__main__":
    os.environ["JAX_ENABLE_X64"] = "1"  # as in the tests; JAX reads it when it is imported
    STORED.write_text(json.dumps(run(), indent=1) + "\n", encoding="utf-8")
