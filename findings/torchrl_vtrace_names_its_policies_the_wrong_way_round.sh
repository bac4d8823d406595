#!/usr/bin/env bash
# torchrl 0.14.1, vtrace_advantage_estimate: the docstring has the two policies the wrong way round.
#
# Expected: as the docstring says, log_pi "collection actor", log_mu "current actor"; V-trace's ratio is the current
#   policy's probability over the collector's. An action of probability 0.9 that was collected at 0.3 counts three times.
# Seen: the code forms exp(log_pi - log_mu), so that log_pi must be the current one. Called as the docstring says, the
#   action counts a third: each ratio is turned over. (The module VTrace passes them as the code wants them.)
# Touches: who calls the function, and not the module.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with torch==2.13.0 numpy==2.4.6 tensordict==0.14.3 torchrl==0.14.1
sees "log_pi (Tensor): collection actor log probability of taking actions in the environment.
log_mu (Tensor): current actor log probability of taking actions in the environment.
as the docstring says: 0.33
the other way round: 3.00" <<'PYTHON'
import torch
from torchrl.objectives.value.functional import vtrace_advantage_estimate as vtrace

for line in vtrace.__doc__.splitlines():
    if line.strip().startswith(("log_pi", "log_mu")):
        print(line.strip())
shape = (1, 1, 1)  # one episode of one step, which pays 1
collector, current = torch.full(shape, 0.3).log(), torch.full(shape, 0.9).log()
value, reward, done = torch.zeros(shape), torch.ones(shape), torch.ones(shape, dtype=torch.bool)
rest = {"rho_thresh": 10.0, "c_thresh": 10.0}
for name, log_pi, log_mu in [("as the docstring says", collector, current), ("the other way round", current, collector)]:
    _, target = vtrace(0.9, log_pi, log_mu, value, value, reward, done, **rest)
    print(f"{name}: {target.item():.2f}")
PYTHON
