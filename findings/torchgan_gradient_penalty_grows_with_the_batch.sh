#!/usr/bin/env bash
# torchgan 0.1.0 (torch 2.13.0), wasserstein_gradient_penalty: takes one length of the whole batch's gradients.
#
# Expected: (‖g‖ − 1)² of each example, averaged (Gulrajani et al., 2017): 0 for a critic of slope 1 everywhere.
# Seen: the gradients of all examples count as one vector, so that n examples of slope 1 cost (√n − 1)²: 3.343 for 8,
#   49 for 64. What it asks for is a slope of 1/√n, which depends on the batch.
# Touches: Wasserstein GANs with a penalty, whose critic becomes flatter the larger the batch.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with torch==2.13.0 numpy==2.4.6 torchgan==0.1.0
sees "1 example: 0.000; 8 examples: 3.343; 64 examples: 49.000" <<'PYTHON'
import torch

# torchgan imports torchvision, whose compiled part need not fit this torch; nothing of it is used here.
vision = torch.library.Library("torchvision", "FRAGMENT")
for name in ("nms", "qnms"):
    vision.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

from torchgan.losses.functional import wasserstein_gradient_penalty

told = []
for n in (1, 8, 64):
    x = torch.randn(n, 5, generator=torch.Generator().manual_seed(0), requires_grad=True)
    scores = x[:, :1]  # the slope is 1 at every point
    penalty = wasserstein_gradient_penalty(x, scores).item()
    told.append(f"{n} example{'s' * (n > 1)}: {penalty:.3f}")
print("; ".join(told))
PYTHON
