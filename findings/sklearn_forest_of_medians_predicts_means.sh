#!/usr/bin/env bash
# scikit-learn 1.9.1, RandomForestRegressor(criterion="absolute_error"): with default leaves it predicts means.
#
# Expected: trained by absolute error, it predicts about the median of a skewed target that no input explains.
# Seen: about the mean. A default leaf holds a single target, which is its own median, and the forest averages
#   its trees. With leaves of 50 it comes down towards the median.
# Touches: who picks the criterion to be robust, or to predict typical values.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with scikit-learn==1.9.1
sees "targets: median 0.6, mean 1.0
default leaves: 1.0
leaves of 50: 0.7" <<'PYTHON'
import numpy as np
from sklearn.ensemble import RandomForestRegressor

random = np.random.default_rng(0)
x, y = random.normal(size=(600, 2)), random.exponential(size=600)
print(f"targets: median {np.median(y):.1f}, mean {y.mean():.1f}")
for name, leaf in (("default leaves", 1), ("leaves of 50", 50)):
    forest = RandomForestRegressor(50, criterion="absolute_error", min_samples_leaf=leaf, random_state=0).fit(x, y)
    print(f"{name}: {forest.predict(random.normal(size=(2000, 2))).mean():.1f}")
PYTHON
