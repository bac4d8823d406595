#!/usr/bin/env bash
# torch 2.13.0, lp_pool1d: the p-norm of a window is none where a number is negative.
#
# Expected: (sum of |x|^p)^(1/p), the norm that it is named after; at p = 1 the sum of the sizes.
# Seen: x^p is summed as it stands. The window [-2, 1] has the "norm" -1 at p = 1 and NaN at p = 3, where
#   vector_norm gives 3 and 2.08; only even powers agree.
# Touches: power pooling behind a layer that may give negative numbers.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with torch==2.13.0 numpy==2.4.6
sees "p = 1: lp_pool1d -1.00, vector_norm 3.00
p = 2: lp_pool1d 2.24, vector_norm 2.24
p = 3: lp_pool1d nan, vector_norm 2.08" <<'PYTHON'
import torch
from torch.nn.functional import lp_pool1d

window = torch.tensor([[[-2.0, 1.0]]])
for p in (1, 2, 3):
    pooled, norm = lp_pool1d(window, p, kernel_size=2).item(), torch.linalg.vector_norm(window, p).item()
    print(f"p = {p}: lp_pool1d {pooled:.2f}, vector_norm {norm:.2f}")
PYTHON
