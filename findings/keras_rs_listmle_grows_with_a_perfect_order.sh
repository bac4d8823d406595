#!/usr/bin/env bash
# keras-rs 0.4.0 (keras 3.15.1 on torch 2.13.0), ListMLELoss: the better the order, the larger the loss.
#
# Expected: of a list in the right order the loss falls as the best item's lead grows, and its gradient pushes the best up.
# Seen: from a lead of about 20 on it rises, 74.9 at a lead of 60 where 0.313 is right, and the gradient pushes the best
#   item down: after the maximum is subtracted, a small constant is added to the tail's sums, which it then outweighs.
# Touches: rankers whose scores grow; a sum of logits of 25 is soon reached without a penalty.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with torch==2.13.0 numpy==2.4.6
"$folder/env/bin/pip" install --quiet keras==3.15.1 keras-rs==0.4.0
sees "lead 5: loss 0.3, slope of the best item -0.01
lead 60: loss 74.9, slope of the best item 2.00" <<'PYTHON'
import os

os.environ["KERAS_BACKEND"] = "torch"
import keras_rs
import torch

loss = keras_rs.losses.ListMLELoss()
for lead in (5.0, 60.0):
    scores = torch.tensor([[lead, 0.0, -1.0]], requires_grad=True)
    value = loss(torch.tensor([[2.0, 1.0, 0.0]]), scores)
    (slope,) = torch.autograd.grad(value, scores)
    print(f"lead {lead:g}: loss {value.item():.1f}, slope of the best item {slope[0, 0].item():.2f}")
PYTHON
