#!/usr/bin/env bash
# transformers 5.24.0 (torch 2.13.0), RepetitionPenaltyLogitsProcessor: adding one number to all logits changes what it does.
#
# Expected: logits are known up to a number that all share, and a penalty does not see it.
# Seen: what was said is divided by the penalty where its logit is positive, and multiplied where it is negative; the share of
#   a repeated word, 0.574 without penalty, is 0.450 with it, and 0.574, 0.249 or 0.000 where 3 or 10 is taken off all logits, or
#   50 added.
# Touches: one setting for two models, or for logits and log-probabilities.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with torch==2.13.0 transformers==5.24.0
sees "plain 0.574; shifted by 0: 0.450, -3: 0.574, -10: 0.249, 50: 0.000" <<'PYTHON'
import torch
from transformers import RepetitionPenaltyLogitsProcessor

penalise, said = RepetitionPenaltyLogitsProcessor(penalty=1.2), torch.tensor([[0]])
logits = torch.tensor([[3.0, 2.5, 1.0]])
shares = {shift: penalise(said, logits + shift).softmax(-1)[0, 0].item() for shift in (0, -3, -10, 50)}
told = ", ".join(f"{shift}: {share:.3f}" for shift, share in shares.items())
print(f"plain {logits.softmax(-1)[0, 0].item():.3f}; shifted by {told}")
PYTHON
