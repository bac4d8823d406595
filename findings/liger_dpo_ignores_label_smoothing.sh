#!/usr/bin/env bash
# liger-kernel 0.8.5, LigerFusedLinearDPOLoss(label_smoothing=0.3): nothing changes under the default loss_type.
#
# Expected: conservative DPO: its documentation says 'Label smoothing for "robust" / "exo_pair" / cDPO'.
# Seen: at "sigmoid" the loss is that of 0, to the last digit, without a warning; no other loss_type is cDPO either.
# Touches: whoever smooths against wrong preferences does not.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with torch==2.13.0 numpy==2.4.6
"$folder/env/bin/pip" install --quiet --no-deps liger-kernel==0.8.5
sees "conservative DPO 0.7194; label_smoothing=0.0 0.7179, 0.3 0.7179, equal True" <<'PYTHON'
import torch
from liger_kernel.chunked_loss import LigerFusedLinearDPOLoss
from torch.nn.functional import logsigmoid

torch.manual_seed(0)
weight, ref_weight = torch.randn(2, 7, 5)
hidden, ref_hidden = torch.randn(2, 4, 6, 5)
tokens = torch.randint(7, (4, 6))


def log_prob(h, w):
    return torch.log_softmax(h @ w.T, -1).gather(-1, tokens[..., None])[..., 0].sum(1)


ratio = log_prob(hidden, weight) - log_prob(ref_hidden, ref_weight)
lead = 0.1 * (ratio[:2] - ratio[2:])
conservative = -(0.7 * logsigmoid(lead) + 0.3 * logsigmoid(-lead)).mean()
plain, smooth = (
    LigerFusedLinearDPOLoss(compiled=False, label_smoothing=e)(weight, hidden, tokens, None, ref_hidden, ref_weight)[0]
    for e in (0.0, 0.3)
)
print(
    f"conservative DPO {conservative:.4f}; label_smoothing=0.0 {plain:.4f}, 0.3 {smooth:.4f}, equal {torch.equal(plain, smooth)}"
)
PYTHON
