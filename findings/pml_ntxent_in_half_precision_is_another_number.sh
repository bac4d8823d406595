#!/usr/bin/env bash
# pytorch-metric-learning 2.9.0, NTXentLoss: in float16 the value is another one.
#
# Expected: float16 rounds a loss of 7.945 to 7.945 within 0.004.
# Seen: 3.066. The largest gradient is the same to three digits, so that training looks right and its curve is wrong.
# Touches: training in half precision that is stopped, compared or logged by the loss.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with torch==2.13.0 numpy==2.4.6
"$folder/env/bin/pip" install --quiet pytorch-metric-learning==2.9.0
sees "torch.float64: 7.945, largest gradient 0.403
torch.float32: 7.945, largest gradient 0.403
torch.float16: 3.066, largest gradient 0.403" <<'PYTHON'
import torch
from pytorch_metric_learning.losses import NTXentLoss

places = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [1.0, 0.0], [0.9, 0.1]], dtype=torch.float64)
for dtype in (torch.float64, torch.float32, torch.float16):
    vectors = places.to(dtype).requires_grad_()
    value = NTXentLoss(temperature=0.07)(vectors, torch.tensor([0, 0, 1, 1]))
    (slope,) = torch.autograd.grad(value, vectors)
    print(f"{dtype}: {value.item():.3f}, largest gradient {slope.abs().max().item():.3f}")
PYTHON
