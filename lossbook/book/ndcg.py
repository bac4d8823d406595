"""NDCG in six libraries on the same lists, stored for the page: a build of the book need not install them.

python -m lossbook.book.ndcg   runs each and writes `ndcg.json`, which nobody else does
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from lossbook.book.tables import Table
from lossbook.ranking import ndcg

__all__ = ["run", "stored", "table"]

STORED = Path(__file__).with_name("ndcg.json")

# Scores and grades of one list or two, and what they ask.
_ORDINARY = ([2.0, 3.0, 1.0, 0.0], [3, 0, 1, 2])
LISTS = {
    "a list": [_ORDINARY],
    "constant, best first": [([0.0] * 4, [3, 2, 1, 0])],
    "constant, worst first": [([0.0] * 4, [0, 1, 2, 3])],
    "beside a list without relevance": [_ORDINARY, ([1.0, 2.0, 3.0, 4.0], [0] * 4)],
}


def _which(scores: Any) -> Any:
    """Return the number of each item's list, the lists one behind the other."""
    return np.repeat(np.arange(len(scores)), scores.shape[1])


def _book(scores: Any, grades: Any) -> Any:
    return ndcg(scores, grades).mean()


def _scikit_learn(scores: Any, grades: Any) -> Any:
    from sklearn.metrics import ndcg_score

    return ndcg_score(grades, scores)


def _torchmetrics(scores: Any, grades: Any) -> Any:
    import torch
    from torchmetrics.retrieval import RetrievalNormalizedDCG

    return RetrievalNormalizedDCG()(
        *(torch.tensor(each.ravel()) for each in (scores, grades)), indexes=torch.tensor(_which(scores))
    )


def _catboost(scores: Any, grades: Any) -> Any:
    from catboost.utils import eval_metric

    return eval_metric(grades.ravel(), scores.ravel(), "NDCG", group_id=_which(scores), thread_count=1)[0]


def _rax(scores: Any, grades: Any) -> Any:
    import rax

    return rax.ndcg_metric(scores, grades)


def _lightgbm(scores: Any, grades: Any) -> Any:
    """Score by the start alone: a feature that is always 0 gives no tree."""
    import lightgbm

    quiet = {"verbosity": -1, "num_threads": 1}
    rows = lightgbm.Dataset(
        np.zeros((scores.size, 1)), grades.ravel(), group=[scores.shape[1]] * len(scores), init_score=scores.ravel(), params=quiet
    )
    seen: Any = {}
    lightgbm.train(
        {"objective": "lambdarank", "metric": "ndcg", "eval_at": [scores.shape[1]], **quiet},
        rows, 1, valid_sets=[rows], callbacks=[lightgbm.record_evaluation(seen)],
    )  # fmt: skip
    return seen["training"][f"ndcg@{scores.shape[1]}"][0]


def _xgboost(scores: Any, grades: Any) -> Any:
    import xgboost

    rows = xgboost.DMatrix(np.zeros((scores.size, 1)), grades.ravel(), base_margin=scores.ravel())
    rows.set_group([scores.shape[1]] * len(scores))
    untrained = xgboost.train({"objective": "rank:ndcg", "eval_metric": "ndcg", "nthread": 1}, rows, 0)
    return untrained.eval(rows).split(":")[1]


# The name of the package to install, and how to ask it.
LIBRARIES = {
    "scikit-learn": _scikit_learn,
    "torchmetrics": _torchmetrics,
    "catboost": _catboost,
    "rax": _rax,
    "lightgbm": _lightgbm,
    "xgboost-cpu": _xgboost,
}
BOOK = "this book"


def run() -> Any:
    """Return, by library, its version and its mean NDCG of each of the LISTS."""
    asked = {BOOK: _book, **LIBRARIES}
    return {
        name: {"version": None if name == BOOK else version(name), "values": [_value(ask, of) for of in LISTS.values()]}
        for name, ask in asked.items()
    }


def _value(ask: Any, lists: Any) -> float:
    return round(float(ask(*(np.asarray(each) for each in zip(*lists, strict=True)))), 4)


def stored() -> Any:
    """Return what the last run found."""
    return json.loads(STORED.read_text(encoding="utf-8"))


def table() -> Table:
    """Return the last run's values, a library a row."""
    rows = [[" ".join(filter(None, (name, told["version"]))), *told["values"]] for name, told in stored().items()]
    return Table(["Mean NDCG by", *LISTS], rows, ".3f")


if __name__ == "__main__":
    STORED.write_text(json.dumps(run(), indent=1) + "\n", encoding="utf-8")
