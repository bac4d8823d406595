#!/usr/bin/env bash
# rlax 0.1.9 (jax 0.10.2), clipped_surrogate_pg_loss: one ratio that overflows makes a gradient of NaN.
#
# Expected: a good action whose ratio is far above the bound has a gradient of 0, as at any ratio above it.
# Seen: up to a log-ratio of 88 it is 0; at 89, where the ratio overflows in float32, the loss is right and the gradient NaN.
#   0 from the minimum times infinity from the exponential, which the caller takes. In float16 it begins at a log-ratio of 12.
# Touches: PPO for long sequences and densities, in half precision above all; torch.min(ratio * A, ratio.clamp(…) * A) does the same.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with rlax==0.1.9 jax==0.10.2
sees "log-ratio 1: loss -1.2, gradient 0
log-ratio 88: loss -1.2, gradient 0
log-ratio 89: loss -1.2, gradient nan" <<'PYTHON'
import jax
import jax.numpy as jnp
import rlax


def loss(log_ratio):
    return rlax.clipped_surrogate_pg_loss(jnp.exp(log_ratio), jnp.ones(1), 0.2)


for log_ratio in (1.0, 88.0, 89.0):
    value, slope = jax.value_and_grad(loss)(jnp.full(1, log_ratio))
    print(f"log-ratio {log_ratio:g}: loss {value:.1f}, gradient {slope[0]:g}")
PYTHON
