#!/usr/bin/env bash
# lightgbm 4.7.0, objective lambdarank: two items whose scores part by a millionth are pulled twelve times as hard as before.
#
# Expected: forces that change smoothly with the lead, as in the paper; `lambdarank_norm` is described as normalising the
#   lambdas for different queries.
# Seen: with lambdarank_norm (the default) a pair's force is also divided by 0.01 + |lead|, but only in queries whose scores
#   are not all equal. In queries of two items: 0.23 at a lead of 0, 2.62 at 1e-6, 0.13 at 1; without lambdarank_norm 0.18, 0.18
#   and 0.10.
# Touches: objectives that are to reproduce it, the second round of every training, and training continued from near ties.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with lightgbm==4.7.0 numpy==2.4.6 scipy==1.17.1
sees "lambdarank_norm=False: 0.1845, 0.1845, 0.1836, 0.0993
lambdarank_norm=True: 0.2266, 2.6221, 2.1376, 0.1294" <<'PYTHON'
import lightgbm
import numpy as np


def step(lead, norm):
    """The step that one round takes at the better of two items, in many like queries: gradient over hessian, known apart."""
    lists = 200
    better = np.tile([1, 0], lists)
    rows = lightgbm.Dataset(
        better[:, None] * 1.0, better, group=[2] * lists, init_score=better * lead, params={"verbosity": -1, "min_data_in_bin": 1}
    )
    booster = lightgbm.Booster({
        "objective": "lambdarank", "verbosity": -1, "learning_rate": 1.0, "lambdarank_norm": norm, "num_leaves": 2,
        "lambda_l2": 1e9, "min_sum_hessian_in_leaf": 0, "min_data_in_leaf": 1, "deterministic": True, "num_threads": 1,
    }, rows)
    booster.update()
    return 1e9 * booster.predict(np.array([[1.0]]))[0] / lists


for norm in (False, True):
    forces = [step(lead, norm) for lead in (0.0, 1e-6, 0.01, 1.0)]
    print(f"lambdarank_norm={norm}: " + ", ".join(f"{force:.4f}" for force in forces))
PYTHON
