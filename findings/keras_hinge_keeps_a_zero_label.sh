#!/usr/bin/env bash
# keras 3.15.1, losses.Hinge: labels 0 and 1 become signs, but only if the batch holds nothing else.
#
# Expected: "If binary (0 or 1) labels are provided we will convert them to -1 or 1": a 0 stands for -1.
# Seen: in a batch that also holds a -1, a 0 stays 0, and its example costs 1 at every score, without a slope.
# Touches: targets put together from sources of both conventions; such a batch trains on half of its negatives.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with keras==3.15.1 numpy==2.4.3 scipy==1.17.1 jax==0.10.2  # the last two are imported by the numpy backend
export KERAS_BACKEND=numpy
sees "labels 0 and 1: 0 costs 3.0 at score 2
labels -1, 0 and 1: 0 costs 1.0 at score 2" <<'PYTHON'
import numpy as np
from keras.losses import Hinge


def cost_of_the_zero(labels):
    scores = np.full((len(labels), 1), 2.0)
    return Hinge(reduction=None)(np.array(labels)[:, None], scores)[labels.index(0.0)]


print(f"labels 0 and 1: 0 costs {cost_of_the_zero([0.0, 1.0])} at score 2")
print(f"labels -1, 0 and 1: 0 costs {cost_of_the_zero([0.0, -1.0, 1.0])} at score 2")
PYTHON
