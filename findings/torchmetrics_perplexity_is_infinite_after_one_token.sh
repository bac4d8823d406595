#!/usr/bin/env bash
# torchmetrics 1.9.0 (torch 2.13.0), perplexity: one token that costs more than about 103 nats makes it infinite.
#
# Expected: exp of the mean cross-entropy, as its documentation has it: 14.8 for 99 tokens of log 5 nats and one of 110.
# Seen: inf at 110 nats and at 104, right at 90: it takes the logarithm of a softmax in float32, which is 0 there.
# Touches: perplexities over a corpus, in which one odd token decides; nothing says which.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with torch==2.13.0 numpy==2.4.6 torchmetrics==1.9.0
sees "90 nats: 12.1 for 12.1; 104 nats: inf for 13.9; 110 nats: inf for 14.8" <<'PYTHON'
import torch
from torch.nn.functional import cross_entropy
from torchmetrics.functional.text import perplexity

told = []
for nats in (90, 104, 110):
    logits, y = torch.zeros(1, 100, 5), torch.zeros(1, 100, dtype=torch.int64)
    logits[0, 0, 1] = nats
    told.append(f"{nats} nats: {perplexity(logits, y).item():.1f} for {cross_entropy(logits[0], y[0]).exp().item():.1f}")
print("; ".join(told))
PYTHON
