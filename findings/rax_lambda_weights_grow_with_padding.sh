#!/usr/bin/env bash
# rax 0.4.0 (jax 0.10.2), dcg_lambdaweight: the value of a list depends on how far it is padded.
#
# Expected: the documented weight of a pair, |change in gain| · |change in discount| / ideal DCG, which knows nothing of
#   items that `where` leaves out.
# Seen: each weight also carries the length of the array as a factor, masked places included: the sum over the pairs of
#   one list of three is 3, 6 and 30 times the formula's when it is padded to 3, 6 and 30 places.
# Touches: step sizes tuned at one padded length, and batches that are padded to their longest list.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with jax==0.10.2 rax==0.4.0 numpy==2.4.6
sees "by the formula 0.7159
padded to  3:  2.148 =  3.0 times
padded to  6:  4.296 =  6.0 times
padded to 30: 21.478 = 30.0 times" <<'PYTHON'
from functools import partial

import jax.numpy as jnp
import numpy as np
import rax

scores, grades = np.array([2.0, 1.0, 0.0]), np.array([0.0, 2.0, 1.0])
gain, discount = 2**grades - 1, 1 / np.log2(np.arange(2, 5))
ideal = np.sort(gain)[::-1] @ discount
told = sum(
    (gain[i] - gain[j]) * abs(discount[i] - discount[j]) / ideal * np.log1p(np.exp(scores[j] - scores[i]))
    for i in range(3)
    for j in range(3)
    if grades[i] > grades[j]
)
print(f"by the formula {told:.4f}")
weights = partial(rax.dcg_lambdaweight, normalize=True)
for length in (3, 6, 30):
    padded = [jnp.zeros(length).at[:3].set(each) for each in (scores, grades)]
    there = jnp.arange(length) < 3
    value = rax.pairwise_logistic_loss(*padded, where=there, lambdaweight_fn=weights, reduce_fn=jnp.sum)
    print(f"padded to {length:2}: {value:6.3f} = {value / told:4.1f} times")
PYTHON
