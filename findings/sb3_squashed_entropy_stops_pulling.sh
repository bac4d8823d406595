#!/usr/bin/env bash
# stable-baselines3 2.9.2, SquashedDiagGaussianDistribution.log_prob: where the action is saturated, entropy pulls no more.
#
# Expected: the slope of -log_prob in the mean tends to -2 far out, as the stable form 2 (log 2 - u - softplus(-2u)) has it.
# Seen: log(1 - a^2 + 1e-6), as the source says ("avoid NaN"): the slope is -1.9 at a mean of 3, -0.1 at 10.
# Touches: SAC whose policy has run into the bounds of its actions: the term that should bring it back has no gradient there.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with stable-baselines3==2.9.2 torch==2.13.0 numpy==2.4.6
sees "mean 3: stable -1.9, library -1.9; mean 10: stable -2.0, library -0.1" <<'PYTHON'
import math

import torch
from stable_baselines3.common.distributions import SquashedDiagGaussianDistribution
from torch.nn.functional import softplus

noise = torch.randn(1000, 1, generator=torch.Generator().manual_seed(0))
told = []
for place in (3.0, 10.0):
    mean = torch.full((1000, 1), place, requires_grad=True)
    u = mean + noise
    stable = -noise**2 / 2 - math.log(2 * math.pi) / 2 - 2 * (math.log(2) - u - softplus(-2 * u))
    squashed = SquashedDiagGaussianDistribution(1).proba_distribution(mean, torch.zeros(1000, 1))
    library = squashed.log_prob(torch.tanh(u), u)
    by_hand, theirs = (torch.autograd.grad(-each.sum(), mean, retain_graph=True)[0].mean() for each in (stable, library))
    told.append(f"mean {place:.0f}: stable {by_hand:.1f}, library {theirs:.1f}")
print("; ".join(told))
PYTHON
