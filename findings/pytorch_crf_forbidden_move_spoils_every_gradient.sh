#!/usr/bin/env bash
# pytorch-crf 0.7.2, CRF: a move forbidden by -inf turns the gradient of all moves into NaN.
#
# Expected: a move whose score is -inf has probability 0 and gradient 0, and the other moves keep theirs; that is how a
#   CRF is told which tags may follow which, and its value is right.
# Seen: the log-likelihood is finite and right, but if a tag cannot be reached at some step before the last (here tag 2 at
#   step 2, as no move leads to it), the gradients of all nine moves are NaN: log-sum-exp of nothing but -inf.
# Touches: training with hard rules on tags (BIO). A large finite score, -10000 in place of -inf, keeps the gradients.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with torch==2.13.0 numpy==2.4.6 pytorch-crf==0.7.2
sees "-inf: value -2.1927, by all chains -2.1927, NaN in 9 of 9 slopes; -10000: value -2.1927, by all chains -2.1927, NaN in 0 of 9 slopes" <<'PYTHON'
from itertools import product

import torch
from torchcrf import CRF

emissions = torch.tensor([[[0.5, 0.2, -0.3], [0.1, 0.4, 0.3], [0.2, -0.1, 0.6]]])
path = torch.tensor([[0, 1, 1]])
told = []
for low in (float("-inf"), -10000.0):
    crf = CRF(3, batch_first=True)
    with torch.no_grad():
        crf.transitions.zero_()
        crf.transitions[:, 2] = low
        crf.start_transitions.zero_()
        crf.end_transitions.zero_()
    value = crf(emissions, path)
    (slope,) = torch.autograd.grad(value, crf.transitions)


    def score(tags):
        total = sum(emissions[0, t, k] for t, k in enumerate(tags))
        return total + sum(crf.transitions[a, b] for a, b in zip(tags, tags[1:]))


    every = torch.stack([score(tags) for tags in product(range(3), repeat=3)])
    right = score(path[0].tolist()) - torch.logsumexp(every, 0)
    name = "-inf" if low == float("-inf") else "-10000"
    told.append(f"{name}: value {value.item():.4f}, by all chains {right.item():.4f}, NaN in {int(slope.isnan().sum())} of 9 slopes")
print("; ".join(told))
PYTHON
