#!/usr/bin/env bash
# rlax 0.1.9 (jax 0.10.2), expectile_loss: the docstring names the wrong side.
#
# Expected, from the docstring: `expectile` "represents the weights assigned to predictions that over-estimate targets".
# Seen: it is the weight of predictions that underestimate, as in the paper it cites (implicit Q-learning); those that
#   overestimate get 1 - expectile.
# Also: the gradient flows into the targets, with opposite sign; the paper holds them constant.
# Touches: a level chosen by the docstring, which gives the low expectile where the high one is wanted.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with rlax==0.1.9 jax==0.10.2
sees "says over-estimate: True
prediction 1 too high: 0.1
prediction 1 too low: 0.9
slope in the target: 1.8" <<'PYTHON'
import inspect

import jax
import jax.numpy as jnp
import rlax

zero, one = jnp.zeros(1), jnp.ones(1)
said = " ".join(inspect.getdoc(rlax.expectile_loss).split())
print("says over-estimate:", "weights assigned to predictions that over-estimate targets" in said)
print(f"prediction 1 too high: {rlax.expectile_loss(one, zero, 0.9)[0]:.1f}")
print(f"prediction 1 too low: {rlax.expectile_loss(zero, one, 0.9)[0]:.1f}")
slope = jax.grad(lambda y: rlax.expectile_loss(zero, y, 0.9).sum())(one)
print(f"slope in the target: {slope[0]:.1f}")
PYTHON
