#!/usr/bin/env bash
# keras 3.15.1, keras.ops.sparsemax: wrong wherever two classes have a share.
#
# Expected: the nearest distribution to the scores (Martins and Astudillo, 2016), which its documentation names. For the
#   scores (1, 0.5, -1): (0.75, 0.25, 0), which sums to 1 and is no farther from the scores than any other.
# Seen: (0.25, 0, 0): the threshold is taken one class too early, and the shares sum to 0.25. Where one class leads all
#   others by 1 or more, the result is right, so that a test on clear scores does not see it.
# Touches: sparse attention, and sparsemax as an activation. Mended in its repository (pull request 23469), not in this release.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with torch==2.13.0 keras==3.15.1
sees "Keras [0.25, 0.0, 0.0] sum 0.25; nearest [0.75, 0.25, 0.0]; a clear lead [1.0, 0.0, 0.0]" <<'PYTHON'
import os

os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np
from keras import ops


def nearest(z):
    """Return the nearest distribution, its threshold found by halving."""
    low, high = z.max() - 1, z.max()
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(z - middle, 0).sum() > 1 else (low, middle)
    return np.maximum(z - low, 0)


z = np.array([1.0, 0.5, -1.0])
found = ops.convert_to_numpy(ops.sparsemax(ops.convert_to_tensor(z[None], dtype="float64")))[0]
clear = ops.convert_to_numpy(ops.sparsemax(ops.convert_to_tensor(np.array([[2.0, 0.5, -1.0]]), dtype="float64")))[0]
print(
    f"Keras {found.round(4).tolist()} sum {found.sum():.2f}; nearest {nearest(z).round(4).tolist()}; "
    f"a clear lead {clear.round(4).tolist()}"
)
PYTHON
