#!/usr/bin/env bash
# tslearn 0.10.0, cdist_soft_dtw_normalized and SoftDTWLossPyTorch(normalize=True): documented as positive, below 0.
#
# Expected: at least 0, as both docstrings say of the normalised form.
# Seen: -0.944 for two parallel lines of 50 steps, 1.2 a step, 0.6 apart, at gamma = 1. It is no rounding error: the sums over
#   alignments, of positive numbers only, say the same. With the squared distance the soft-DTW divergence may be negative.
# Touches: a loss that is watched for reaching 0, or whose square root is taken.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with torch==2.13.0 tslearn==0.10.0
sees "cdist_soft_dtw_normalized -0.944, SoftDTWLossPyTorch -0.944, alignments 2.6 times too many" <<'PYTHON'
import math

import numpy as np
import torch
from tslearn.metrics import SoftDTWLossPyTorch, cdist_soft_dtw_normalized

x = 1.2 * np.arange(50.0)[:, None]
y = x + 0.6


def alignments(a, b):
    z = np.zeros((len(a) + 1, len(b) + 1))
    z[0, 0] = 1
    for i in range(len(a)):
        for j in range(len(b)):
            z[i + 1, j + 1] = math.exp(-((a[i, 0] - b[j, 0]) ** 2)) * (z[i, j] + z[i, j + 1] + z[i + 1, j])
    return z[-1, -1]


loss = SoftDTWLossPyTorch(gamma=1.0, normalize=True)
print(
    f"cdist_soft_dtw_normalized {cdist_soft_dtw_normalized(np.stack([x, y]), gamma=1.0)[0, 1]:.3f},",
    f"SoftDTWLossPyTorch {loss(torch.tensor(x)[None], torch.tensor(y)[None]).item():.3f},",
    f"alignments {alignments(x, y) / math.sqrt(alignments(x, x) * alignments(y, y)):.1f} times too many",
)
PYTHON
