#!/usr/bin/env bash
# rlax 0.1.9 (jax 0.10.2), lambda_returns, n_step_bootstrapped_returns: targets let the gradient through by default.
#
# Expected: that a target is a constant by default, as it is inside td_learning and td_lambda of the same library
#   (stop_target_gradients=True there).
# Seen: the functions that return the target itself have stop_target_gradients=False. The square of (target − value),
#   at trace 0 the very error of td_lambda, has another gradient: the last value, which only targets use, moves too.
# Touches: a value loss written as the square of (lambda_returns − value), which is then the residual gradient.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with jax==0.10.2 rlax==0.1.9 numpy==2.4.6
sees "td_lambda                   [1.0, 1.0, 0.0]
lambda_returns              [1.0, 0.5, -0.5]
n_step_bootstrapped_returns [1.0, 0.5, -0.5]
lambda_returns, stopped     [1.0, 1.0, 0.0]" <<'PYTHON'
import jax
import jax.numpy as jnp
import rlax

reward, discount = jnp.zeros(2), jnp.full(2, 0.5)
ways = {
    "td_lambda": lambda v: rlax.td_lambda(v[:-1], reward, discount, v[1:], 0.0),
    "lambda_returns": lambda v: rlax.lambda_returns(reward, discount, v[1:], 0.0) - v[:-1],
    "n_step_bootstrapped_returns": lambda v: rlax.n_step_bootstrapped_returns(reward, discount, v[1:], 1) - v[:-1],
    "lambda_returns, stopped": lambda v: rlax.lambda_returns(reward, discount, v[1:], 0.0, True) - v[:-1],
}
for name, error in ways.items():
    slope = jax.grad(lambda v, error=error: jnp.sum(error(v) ** 2))(jnp.ones(3))
    print(f"{name:27} {slope.tolist()}")
PYTHON
