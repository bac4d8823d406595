#!/usr/bin/env bash
# torch 2.13.0, cross_entropy and kl_div: a masked class makes the value NaN where the target is a distribution.
#
# Expected: a class masked by a logit of -inf, which the target gives probability 0, adds 0: 0 log 0 = 0; and the
#   one-hot rows of a label give what the label gives.
# Seen: with the label 1.3133, with its one-hot row NaN (0 times infinity), and the same in kl_div. The gradient is
#   right and finite in each case, so that training goes on while the logged loss is NaN.
# Touches: actions, moves or tokens masked by -inf, once labels are smoothed, mixed or distilled.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with torch==2.13.0 numpy==2.4.6
sees "cross_entropy, label: 1.3133, gradient [-0.731, 0.731, 0.0]
cross_entropy, one-hot: nan, gradient [-0.731, 0.731, 0.0]
kl_div, one-hot: nan, gradient [-0.731, 0.731, 0.0]" <<'PYTHON'
import torch
from torch.nn.functional import cross_entropy, kl_div, log_softmax

logits = torch.tensor([[1.0, 2.0, -torch.inf]], requires_grad=True)
one_hot = torch.tensor([[1.0, 0.0, 0.0]])
for name, loss in {
    "cross_entropy, label": lambda: cross_entropy(logits, torch.tensor([0])),
    "cross_entropy, one-hot": lambda: cross_entropy(logits, one_hot),
    "kl_div, one-hot": lambda: kl_div(log_softmax(logits, dim=-1), one_hot, reduction="batchmean"),
}.items():
    value = loss()
    (slope,) = torch.autograd.grad(value, logits)
    print(f"{name}: {value.item():.4f}, gradient {[round(each, 3) for each in slope[0].tolist()]}")
PYTHON
