#!/usr/bin/env bash
# rlax 0.1.9, rlax.quantile_regression_loss: stop_target_gradients=True stops no gradient.
#
# Documented: "Whether or not to apply stop gradient to targets", True by default.
# Seen: the gradient in dist_target is the same with True and with False, and not 0. What is stopped is the indicator of
#   a negative error, which has no gradient anyway. quantile_q_learning stops its targets itself, and is not concerned.
#   categorical_td_learning, its neighbour for atoms, keeps the promise.
# Touches: who calls the loss with targets of the net that is trained: it follows the whole gradient, without a word.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with numpy==2.4.6 jax==0.10.2 rlax==0.1.9
sees "True: [0.0, 0.5]; False: [0.0, 0.5]; of atoms, True: 0.0, False: 0.161" <<'PYTHON'
import jax
import jax.numpy as jnp
import rlax

quantiles, levels, target = jnp.asarray([0.0, 2.0]), jnp.asarray([0.25, 0.75]), jnp.asarray([1.0, 3.0])


def of_target(stop):
    loss = lambda y: rlax.quantile_regression_loss(quantiles, levels, y, 1.0, stop)
    return [round(float(each), 3) for each in jax.grad(loss)(target)]


def of_atoms(stop):
    atoms = jnp.linspace(-2.0, 2.0, 5)
    scores, following = jnp.arange(5.0), jnp.asarray([0.0, 1.0, 2.0, 0.0, 0.0])
    loss = lambda z: rlax.categorical_td_learning(atoms, scores, 0.3, 0.9, atoms, z, stop)
    return round(float(jnp.abs(jax.grad(loss)(following)).max()), 3)


print(f"True: {of_target(True)}; False: {of_target(False)}; of atoms, True: {of_atoms(True)}, False: {of_atoms(False)}")
PYTHON
