"""The sums over time beside rlax's, jitted and mapped over the batch: python benchmarks/returns.py (rlax must be there)."""

from timeit import repeat

import jax
import jax.numpy as jnp
import numpy as np
import rlax
import torch

import lossbook as lb

SHAPE = (1024, 128)
ROUNDS, CALLS = 11, 20


def rlax_gae(reward, value, next_value):
    """Return rlax's advantages: it takes the values of all states as one array of T + 1."""
    values = jnp.concatenate([value, next_value[:, -1:]], axis=-1)
    of_one = lambda r, v: rlax.truncated_generalized_advantage_estimation(r, 0.99 * jnp.ones_like(r), 0.95, v)  # noqa: E731
    return jax.vmap(of_one)(reward, values)


def rlax_vtrace(log_ratio, reward, value, next_value):
    of_one = lambda w, r, v, u: rlax.vtrace_td_error_and_advantage(v, u, r, 0.99 * jnp.ones_like(r), w)  # noqa: E731
    found = jax.vmap(of_one)(jnp.exp(log_ratio), reward, value, next_value)
    return found.errors + value, found.pg_advantage


PAIRS = {"generalised_advantages": (lb.generalised_advantages, rlax_gae), "vtrace_targets": (lb.vtrace_targets, rlax_vtrace)}


def inputs(count):
    """Return `count` arrays whose last two are the values of states one after the other: rlax takes no others."""
    random = np.random.default_rng(0)
    states = random.normal(size=(SHAPE[0], SHAPE[1] + 1))
    given = [*random.normal(size=(count - 2, *SHAPE)) / 4, states[:, :-1], states[:, 1:]]
    return [each.astype(np.float32) for each in given]


def alone(function, given):
    """Return the step without arguments, after it ran once, and what it gave."""
    found = function(*given)
    return (lambda: jax.block_until_ready(function(*given))), jax.tree.map(np.asarray, found)


def main():
    for name, (ours, theirs) in PAIRS.items():
        given = inputs(4 if ours is lb.vtrace_targets else 3)
        tensors, arrays = [torch.tensor(each) for each in given], [jnp.asarray(each) for each in given]
        steps = {
            "rlax, jit": alone(jax.jit(theirs), arrays),
            "jit": alone(jax.jit(ours), arrays),
            "eager": alone(ours, tensors),
            "compiled": alone(torch.compile(ours, fullgraph=True), tensors),
        }
        right = steps["rlax, jit"][1]
        for step, (run, found) in steps.items():
            off = max(np.max(np.abs(a - b)) for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(right), strict=True))
            seconds = sorted(repeat(run, repeat=ROUNDS, number=CALLS))[ROUNDS // 2] / CALLS
            print(f"{name:<24}{step:<10} {1e3 * seconds:8.3f} ms, off by {off:.1e}", flush=True)


if __name__ == "__main__":
    main()
