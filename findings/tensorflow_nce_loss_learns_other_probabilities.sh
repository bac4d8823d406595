#!/usr/bin/env bash
# tensorflow 2.21.0, nce_loss with its own sampler and few classes: what it learns are not the probabilities.
#
# Expected: e to the score is the class's probability, and all of them add up to 1, as under noise-contrastive estimation.
# Seen: it draws without repeats and puts an estimated expected count for the noise's density: six classes and three draws give
#   0.41 for a class of 0.35, and a total of 1.05. With repeats both come out.
# Touches: probabilities read off a model that tf.nn.nce_loss trained, with few classes or many draws.
set -euo pipefail
source "$(dirname "$0")/_env.sh"
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1

with tensorflow-cpu==2.21.0 numpy==2.4.6
sees "the class of 0.35, and the total: by default 0.41 1.05, with repeats 0.34 1.00" <<'PYTHON'
import numpy as np
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.keras.utils.set_random_seed(0)
p = np.array([0.35, 0.25, 0.15, 0.12, 0.08, 0.05])
rng = np.random.default_rng(0)


def learned(repeats):
    """e to the free scores of six classes, a mean over the second half of 6,000 steps."""
    score, nothing = tf.Variable(tf.fill([6], float(np.log(1 / 6)))), tf.zeros((6, 1))
    found = np.zeros(6)

    @tf.function
    def step(labels, rate):
        drawn = tf.random.log_uniform_candidate_sampler(labels, 1, 3, False, 6) if repeats else None
        with tf.GradientTape() as tape:
            losses = tf.nn.nce_loss(nothing, score, labels, tf.zeros((256, 1)), 3, 6, sampled_values=drawn)
            loss = tf.reduce_mean(losses)
        score.assign_sub(rate * tf.convert_to_tensor(tape.gradient(loss, score)))

    for i in range(6000):
        labels = tf.constant(rng.choice(6, size=(256, 1), p=p), tf.int64)
        step(labels, tf.constant(0.5 if i < 3000 else 0.05))
        found += np.exp(score.numpy()) / 3000 if i >= 3000 else 0
    return f"{found[0]:.2f} {found.sum():.2f}"


print(f"the class of 0.35, and the total: by default {learned(False)}, with repeats {learned(True)}")
PYTHON
