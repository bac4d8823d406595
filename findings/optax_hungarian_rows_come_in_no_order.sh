#!/usr/bin/env bash
# optax 0.2.8, optax.assignment.hungarian_algorithm: the rows that it returns are in no order.
#
# Expected, by whoever knows scipy.optimize.linear_sum_assignment: two arrays i, j with i = 0, 1, 2 …, so that
#   cost[arange(N), j] is the cost of each row, and predictions[j] stands beside the targets.
# Seen: of a 3 x 5 matrix the rows come as 2, 1, 0 here. cost[i, j] adds up to the least cost; cost[arange(3), j], of the
#   same call, to another assignment's.
# Touches: losses of sets (DETR), where targets and matched predictions are paired by place.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with numpy==2.4.6 scipy==1.17.1 jax==0.10.2 optax==0.2.8
sees "rows [2, 1, 0] columns [2, 4, 1]: -3.723, by place -0.584; SciPy rows [0, 1, 2] columns [1, 4, 2]: -3.723" <<'PYTHON'
import jax.numpy as jnp
import numpy as np
from optax.assignment import hungarian_algorithm
from scipy.optimize import linear_sum_assignment

cost = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)
i, j = map(np.asarray, hungarian_algorithm(jnp.asarray(cost)))
rows, columns = linear_sum_assignment(cost)
print(
    f"rows {i.tolist()} columns {j.tolist()}: {cost[i, j].sum():.3f}, by place {cost[np.arange(3), j].sum():.3f}; "
    f"SciPy rows {rows.tolist()} columns {columns.tolist()}: {cost[rows, columns].sum():.3f}"
)
PYTHON
