"""Each loss beside its peers, in one run: time of forward and backward, and peak memory.

The contestants are timed alternately, so that a busy moment of the machine falls on all, and the
ratio of each round is taken before the median. A ratio below 1 means that `lossbook` is faster,
or takes less memory. `python benchmarks/losses.py cross_entropy` times the losses it names.
"""

import ctypes
import gc
import statistics
import sys
import warnings
from pathlib import Path
from timeit import Timer

import jax
import jax.numpy as jnp
import numpy as np
import torch

from lossbook.tables import peer_function
from lossbook.taxonomy import LOSSES, OF_CLASSES

SIZES = {"numbers": ((1_000,), (1_000_000,)), "classes": ((256, 10), (8192, 1000))}
ROUNDS = 15
SECONDS = 0.04  # of one measurement


def inputs(loss, shape):
    """Return a prediction and a target in float32 for numpy."""
    random = np.random.default_rng(0)
    scores = random.normal(size=shape).astype(np.float32)
    prediction = {
        "probability": lambda: 1 / (1 + np.exp(-scores)),
        "log-probabilities": lambda: scores - np.log(np.sum(np.exp(scores), axis=-1, keepdims=True)),
    }.get(loss.prediction, lambda: scores)()
    target = {
        "real": lambda: random.normal(size=shape).astype(np.float32),
        "probability": lambda: random.integers(2, size=shape).astype(np.float32),
        "sign": lambda: 2 * random.integers(2, size=shape).astype(np.float32) - 1,
        "probabilities": lambda: random.dirichlet(np.ones(shape[-1]), size=shape[:-1]).astype(np.float32),
    }.get(loss.target, lambda: random.integers(shape[-1], size=shape[:-1]))()
    return prediction, target


def in_torch(compute, prediction, target):
    """Return a function that runs one forward and backward pass."""
    prediction, target = torch.tensor(prediction, requires_grad=True), torch.tensor(target)

    def step():
        compute(prediction, target).backward()
        # Freed here, so that its memory counts as the step's.
        prediction.grad = None

    return step


def in_jax(compute, prediction, target):
    prediction, target = jnp.asarray(prediction), jnp.asarray(target)
    both = jax.jit(jax.value_and_grad(compute))
    return lambda: jax.block_until_ready(both(prediction, target))


def forward(compute, prediction, target):
    """scikit-learn's metrics have no backward pass."""
    return lambda: compute(prediction, target)


def contests(loss, shape):
    """Yield for each peer its name and the steps to compare, the peer's first."""
    pair = inputs(loss, shape)

    def ours(prediction, target):
        return loss.function(prediction, target)

    for peer in loss.peers:
        known = {name: value for name, value in loss.defaults.items() if peer.takes(name)}
        function = peer_function(peer)

        def theirs(prediction, target, peer=peer, function=function, known=known):
            return peer.call(function, prediction, target, **known).mean()

        if peer.library == "torch":
            yield peer.path, {
                "peer": in_torch(theirs, *pair),
                "eager": in_torch(ours, *pair),
                "compiled": in_torch(torch.compile(ours, fullgraph=True), *pair),
                "compiled peer": in_torch(torch.compile(theirs), *pair),
            }
        elif peer.library == "optax":
            yield f"{peer.path}, jit", {
                "peer": in_jax(theirs, *pair),
                "eager": in_torch(ours, *pair),
                "compiled": in_torch(torch.compile(ours, fullgraph=True), *pair),
            }
        elif peer.library == "sklearn":
            yield f"{peer.path}, forward", {
                "peer": forward(lambda *given: peer.call(function, *given, **known), *pair),
                "eager": forward(ours, *pair),
            }


def ratios(steps):
    """Return for each step the median time, and the median and quartiles of its ratio to the peer."""
    timers = {}
    for name, step in steps.items():
        step()
        timer = Timer(step)
        timers[name] = timer, max(1, int(SECONDS / (timer.timeit(3) / 3)))
    rounds = [{name: timer.timeit(n) / n for name, (timer, n) in timers.items()} for _ in range(ROUNDS)]
    table = {}
    for name in steps:
        low, middle, high = statistics.quantiles([each[name] / each["peer"] for each in rounds], n=4)
        table[name] = statistics.median(each[name] for each in rounds), f"{middle:.2f} ({low:.2f}–{high:.2f})"
    return table


def peak_memory(step):
    """Return the bytes that a warm step adds to the process at its highest, where Linux tells."""
    status, reset = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not reset.exists():
        return float("nan")

    def kilobytes(field):
        return int(status.read_text().split(f"{field}:")[1].split()[0])

    libc = ctypes.CDLL("libc.so.6")
    # From 1 MB on an array gets pages of its own, which go back to the system when it is freed.
    libc.mallopt(-3, 1 << 20)
    step()
    gc.collect()
    libc.malloc_trim(0)
    reset.write_text("5")
    before = kilobytes("VmRSS")
    step()
    return 1024 * max(1, kilobytes("VmHWM") - before)


def times(loss, shape):
    """Print how long a loss and each of its peers take."""
    for peer, steps in contests(loss, shape):
        torch.compiler.reset()
        table = ratios(steps)
        columns = [table[name][1] if name in table else "" for name in ("eager", "compiled")]
        both = f"{table['compiled'][0] / table['compiled peer'][0]:.2f}" if "compiled peer" in table else ""
        print(
            f"{loss.name:<34}{'×'.join(map(str, shape)):>13}  {peer:<58}{1e6 * table['peer'][0]:>8.0f}  "
            f"{columns[0]:<20}{columns[1]:<20}{both}",
            flush=True,
        )


def memory(loss, shape):
    """Print what a loss and its PyTorch peer need; JAX keeps its memory to itself."""
    peer, steps = next(contest for contest in contests(loss, shape) if "compiled peer" in contest[1])
    ours, theirs = peak_memory(steps["eager"]), peak_memory(steps["peer"])
    print(f"{loss.name:<34}{'×'.join(map(str, shape)):>13}  {peer:<58}{theirs / 1e6:>8.0f}  {ours / theirs:.2f}", flush=True)


def main(names):
    warnings.filterwarnings("ignore", category=UserWarning, module="torch")
    unknown = set(names) - {loss.name for loss in LOSSES}
    if unknown:
        sys.exit(f"no such loss: {', '.join(unknown)}; there are {', '.join(loss.name for loss in LOSSES)}")
    chosen = [
        (loss, SIZES["classes" if loss.prediction in OF_CLASSES else "numbers"])
        for loss in LOSSES
        if not names or loss.name in names
    ]
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, float32, forward + backward of the mean")
    print(f"time: median of {ROUNDS} alternating rounds, in brackets the quartiles of the ratio\n")
    print(f"{'loss':<34}{'size':>13}  {'peer':<58}{'µs':>8}  {'eager / peer':<20}{'compiled / peer':<20}compiled / compiled")
    for loss, shapes in chosen:
        for shape in shapes:
            times(loss, shape)
    # After all timing, because it changes how the process gets its memory.
    print(f"\npeak memory of a step\n\n{'loss':<34}{'size':>13}  {'peer':<58}{'MB':>8}  eager / peer")
    for loss, shapes in chosen:
        memory(loss, shapes[-1])


if __name__ == "__main__":
    main(sys.argv[1:])
