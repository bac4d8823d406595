#!/usr/bin/env bash
# scikit-learn 1.9.1, metrics.hinge_loss: a batch of only positive labels is read as only negative.
#
# Expected: labels of -1 and 1 are signs, as they are in any other batch: two positives with score 0.3
#   cost max(0, 1 - 0.3) = 0.7.
# Seen: 1.3. The labels are binarised by the classes that occur; a single class becomes "no", whichever it is.
#   With labels=[-1, 1] given, the same.
# Touches: a metric that is averaged over small or sorted batches, or taken of one class alone.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with scikit-learn==1.9.1
sees "both classes in the batch: 0.70
positives alone: 1.30" <<'PYTHON'
from sklearn.metrics import hinge_loss

print(f"both classes in the batch: {hinge_loss([1, 1, -1], [0.3, 0.3, -0.3]):.2f}")
print(f"positives alone: {hinge_loss([1, 1], [0.3, 0.3]):.2f}")
PYTHON
