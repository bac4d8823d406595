#!/usr/bin/env bash
# scikit-learn 1.9.1, QuantileRegressor with its defaults: standardised inputs get weights of exactly 0.
#
# Expected: alpha=1.0 is a mild penalty, as in Ridge, or one that a target of larger numbers outgrows.
# Seen: a slope of 3, and one of 3,000, both come out as 0, and the prediction is the median. The penalty
#   alpha * |w| stands beside the mean pinball loss, whose slope in w is at most half the mean absolute input,
#   0.4 on standardised inputs, whatever the target's scale: at alpha=1 no weight pays for itself.
# Touches: who takes L1 regression from scikit-learn without alpha=0.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with scikit-learn==1.9.1
sees "slope 3: alpha=1 0, alpha=0 3
slope 3000: alpha=1 0, alpha=0 3000" <<'PYTHON'
import numpy as np
from sklearn.linear_model import QuantileRegressor

x = np.random.default_rng(0).normal(size=(200, 1))
x = (x - x.mean()) / x.std()
for slope in (3, 3000):
    given, without = (QuantileRegressor(**setting).fit(x, slope * x[:, 0]).coef_[0] for setting in ({}, {"alpha": 0}))
    print(f"slope {slope}: alpha=1 {given:.4g}, alpha=0 {without:.4g}")
PYTHON
