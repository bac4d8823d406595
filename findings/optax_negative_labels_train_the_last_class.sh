#!/usr/bin/env bash
# optax 0.2.8 (jax 0.10.2), softmax_cross_entropy_with_integer_labels: padding labels train a class.
#
# Expected: a label of -1 or -100, the usual marks of padding, is refused or skipped.
# Seen: it counts from the end, without a word: of 1,000 classes, -1 trains class 999 and -100 class 900.
# Touches: token losses ported from PyTorch, where -100 is left out by default.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with optax==0.2.8 jax==0.10.2
sees "label -1: class 999 is pulled up
label -100: class 900 is pulled up" <<'PYTHON'
import jax
import jax.numpy as jnp
import optax


def loss(logits, label):
    return optax.softmax_cross_entropy_with_integer_labels(logits, jnp.asarray(label))


for label in (-1, -100):
    slope = jax.grad(loss)(jnp.zeros(1000), label)
    print(f"label {label}: class {int(jnp.argmin(slope))} is pulled up")
PYTHON
