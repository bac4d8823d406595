#!/usr/bin/env bash
# torch 2.13.0, torch.logaddexp: where one argument is far behind, its first derivative is 0 and its second one NaN.
#
# Expected: 0, as the sigmoid of the lead has it (and as jax gives); softplus of the lead, written by hand, does.
# Seen: 0 at a lead of 80, NaN at 100, in float32; 0 at 700 and NaN at 800 in float64.
# Touches: dynamic programmes over log-probabilities (CTC, transducers, soft-DTW) that mark the impossible with a low number,
#   once a Hessian or a gradient penalty is asked for.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with torch==2.13.0 numpy==2.4.6
sees "float32: 0 nan, softplus 0 0; float64: 0 nan, softplus 0 0" <<'PYTHON'
import torch
from torch.nn.functional import softplus


def second(function, lead, dtype):
    a = torch.tensor(-float(lead), dtype=dtype, requires_grad=True)
    (slope,) = torch.autograd.grad(function(a, torch.zeros((), dtype=dtype)), a, create_graph=True)
    return torch.autograd.grad(slope, a)[0].item()


def of_lead(a, b):
    return b + softplus(a - b)


told = []
for dtype, leads in ((torch.float32, (80, 100)), (torch.float64, (700, 800))):
    library = " ".join(f"{second(torch.logaddexp, lead, dtype):.0f}" for lead in leads)
    by_hand = " ".join(f"{second(of_lead, lead, dtype):.0f}" for lead in leads)
    told.append(f"{str(dtype).removeprefix('torch.')}: {library}, softplus {by_hand}")
print("; ".join(told))
PYTHON
