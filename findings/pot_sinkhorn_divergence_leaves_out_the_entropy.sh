#!/usr/bin/env bash
# POT 0.9.7, ot.bregman.empirical_sinkhorn_divergence: leaves out the entropy of the plans.
#
# Expected: with its documentation's formula, OT_ε(x, y) − ½ OT_ε(x, x) − ½ OT_ε(y, y), where each term holds the cost
#   and the entropy that its plan is found with. Its loss of one plan, computed here from the plan: 1.8779.
# Seen: 2.1243, the cost ⟨P, C⟩ alone in all three terms. In that form the value has no sign that is proved, and its
#   gradient is not the one that the plan's optimality makes cheap.
# Touches: comparisons with geomloss and with papers (Feydy et al., 2019), whose divergence holds the entropy.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with numpy==2.4.6 scipy==1.17.0 POT==0.9.7
sees "POT 2.1243; with the entropy 1.8779; costs alone 2.1243" <<'PYTHON'
import numpy as np
import ot

random = np.random.default_rng(0)
x, y = random.normal(size=(6, 2)), random.normal(size=(5, 2)) + 1
epsilon = 1.0  # beside squared distances


def parts(a, b):
    cost = ot.dist(a, b)
    p, q = np.full(len(a), 1 / len(a)), np.full(len(b), 1 / len(b))
    plan = ot.sinkhorn(p, q, cost, epsilon, method="sinkhorn_log", stopThr=1e-13, numItermax=100_000)
    entropy = epsilon * np.sum(plan * np.log(plan / np.outer(p, q)))
    return np.array([np.sum(plan * cost), np.sum(plan * cost) + entropy])


costs, whole = parts(x, y) - parts(x, x) / 2 - parts(y, y) / 2
found = float(ot.bregman.empirical_sinkhorn_divergence(x, y, epsilon, stopThr=1e-13, numIterMax=100_000))
print(f"POT {found:.4f}; with the entropy {whole:.4f}; costs alone {costs:.4f}")
PYTHON
