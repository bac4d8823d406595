#!/usr/bin/env bash
# keras-rs 0.4.0 (keras 3.15.1 on torch 2.13.0), RemoveAccidentalHits: the logits come back as they went in.
#
# Expected: candidates that are the positive once more get a score so low that the softmax leaves nothing of them.
# Seen: what is added to them is 1e-40, a number next to 0 and not one far below it; a softmax over the "cleaned" logits gives
#   the second copy of the positive the same share as the first.
# Touches: retrieval with negatives from the batch, where popular items meet themselves.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with torch==2.13.0 numpy==2.4.6
"$folder/env/bin/pip" install --quiet keras==3.15.1 keras-rs==0.4.0
sees "shares of the three candidates, the third the same item as the first: 0.333 0.333 0.333" <<'PYTHON'
import os

os.environ["KERAS_BACKEND"] = "torch"
import keras_rs
import numpy as np
import torch

layer = keras_rs.layers.RemoveAccidentalHits()
labels = np.array([[1.0, 0.0, 0.0]], dtype="float32")
logits = layer(np.zeros((1, 3), dtype="float32"), labels, np.array([7, 8, 7]))
shares = torch.softmax(torch.as_tensor(logits), dim=-1)[0]
print("shares of the three candidates, the third the same item as the first:", *(f"{share:.3f}" for share in shares))
PYTHON
