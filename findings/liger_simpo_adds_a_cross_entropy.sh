#!/usr/bin/env bash
# liger-kernel 0.8.5, LigerFusedLinearSimPOLoss: by default it adds the chosen answer's cross-entropy, at full weight.
#
# Expected: the paper's loss, which its own docstring writes out: minus log sigmoid of β times the lead, less γ.
# Seen: that, 0.9434, plus the mean cross-entropy of the chosen tokens, 2.7102; compute_nll_loss=False gives the paper's.
# Touches: runs called SimPO are mostly imitation; the function's own default is False, the module's True.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with torch==2.13.0 numpy==2.4.6
"$folder/env/bin/pip" install --quiet --no-deps liger-kernel==0.8.5
sees "SimPO 0.9434, by default 3.6535, with compute_nll_loss=False 0.9434, cross-entropy of the chosen 2.7102" <<'PYTHON'
import torch
from liger_kernel.chunked_loss import LigerFusedLinearSimPOLoss
from torch.nn.functional import logsigmoid

torch.manual_seed(0)
weight, hidden, tokens = torch.randn(7, 5), torch.randn(4, 6, 5), torch.randint(7, (4, 6))
log_prob = torch.log_softmax(hidden @ weight.T, -1).gather(-1, tokens[..., None])[..., 0].mean(1)
chosen, rejected = log_prob[:2], log_prob[2:]
simpo = -logsigmoid(0.1 * (chosen - rejected) - 0.5).mean()
usual, without = (
    LigerFusedLinearSimPOLoss(compiled=False, **more)(weight, hidden, tokens)[0] for more in ({}, {"compute_nll_loss": False})
)
print(
    f"SimPO {simpo:.4f}, by default {usual:.4f}, with compute_nll_loss=False {without:.4f}, "
    f"cross-entropy of the chosen {-chosen.mean():.4f}"
)
PYTHON
