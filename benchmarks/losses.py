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

SIZES = {
    "numbers": ((1_000,), (1_000_000,)),
    "classes": ((256, 10), (8192, 1000)),
    "triplets": ((1024, 256), (100_000, 256)),
    "batch": ((256, 256), (1024, 256), (4096, 256)),
    "proxies": ((256, 256),),
}
PROXIES = 10_000
# The inputs that a gradient flows into, beside the first.
MOVING = {"embedding", "negatives", "proxies"}
# From how many rows on a peer asks for more memory than the machine has: one compares all pairs
# with all pairs, the other each anchor with the others of all triplets.
TOO_MANY = {
    "pytorch_metric_learning.losses.NTXentLoss": 1024,
    "pytorch_metric_learning.losses.TripletMarginLoss": 100_000,
}
ROUNDS = 15
SECONDS = 0.04  # of one measurement


def sizes(loss):
    """Return the shapes at which a loss is measured."""
    last = loss.inputs[-1]
    if last in ("proxies", "negatives"):
        return SIZES["proxies" if last == "proxies" else "batch"]
    return SIZES["triplets" if last == "embedding" else "classes" if loss.prediction in OF_CLASSES else "numbers"]


def inputs(loss, shape):
    """Return inputs in float32 for numpy; the negatives are those of the batch."""
    random = np.random.default_rng(0)

    def scores(shape=shape):
        return random.normal(size=shape).astype(np.float32)

    rows = shape[:-1] if loss.prediction in (*OF_CLASSES, "embedding") else shape
    classes = PROXIES if "proxies" in loss.inputs else shape[-1]
    kinds = {
        "probability": lambda: 1 / (1 + np.exp(-scores())),
        "log-probabilities": lambda: np.asarray(torch.log_softmax(torch.tensor(scores()), dim=-1)),
        "distance": lambda: np.abs(scores()),
        "sign": lambda: 2 * random.integers(2, size=shape).astype(np.float32) - 1,
        "similar": lambda: random.integers(2, size=shape),
        "probabilities": lambda: random.dirichlet(np.ones(shape[-1]), size=rows).astype(np.float32),
        "class": lambda: random.integers(classes, size=rows),
        "class or probabilities": lambda: random.integers(classes, size=rows),
        "negatives": lambda: None,
        "proxies": lambda: scores((PROXIES, shape[-1])),
    }
    target = {"probability": lambda: random.integers(2, size=shape).astype(np.float32)}
    first, second, *rest = (kinds.get(kind, scores) for kind in loss.inputs)
    return [each() for each in (first, target.get(loss.target, second), *rest)]


def in_torch(compute, loss, given):
    """Return a function that runs one forward and backward pass."""
    given = [None if each is None else torch.tensor(each) for each in given]
    moving = [each for each, kind in zip(given, loss.inputs, strict=True) if each is not None and kind in MOVING] or given[:1]
    for each in moving:
        each.requires_grad_()

    def step():
        compute(*given).backward()
        # Freed here, so that its memory counts as the step's.
        for each in moving:
            each.grad = None

    return step


def in_jax(compute, loss, given):
    given = [None if each is None else jnp.asarray(each) for each in given]
    moving = [
        i for i, (each, kind) in enumerate(zip(given, loss.inputs, strict=True)) if each is not None and kind in MOVING
    ] or [0]
    both = jax.jit(jax.value_and_grad(compute, argnums=tuple(moving)))
    return lambda: jax.block_until_ready(both(*given))


def forward(compute, given):
    """scikit-learn's metrics have no backward pass."""
    return lambda: compute(*given)


def contests(loss, shape):
    """Yield for each peer its name and the steps to compare, the peer's first."""
    given = inputs(loss, shape)

    for peer in loss.peers:
        if shape[0] >= TOO_MANY.get(peer.path, np.inf):
            continue
        known = {name: value for name, value in loss.defaults.items() if peer.takes(name)}
        function = peer_function(peer)

        def theirs(*given, peer=peer, function=function, known=known):
            return peer.call(function, *given, **known).mean()

        ours = in_torch(loss.function, loss, given)
        if peer.library == "sklearn":
            compute = forward(lambda *given, call=peer.call, f=function, known=known: call(f, *given, **known), given)
            yield f"{peer.path}, forward", {"peer": compute, "eager": forward(loss.function, given)}
            continue
        compiled = in_torch(torch.compile(loss.function, fullgraph=True), loss, given)
        if peer.library == "optax":
            yield f"{peer.path}, jit", {"peer": in_jax(theirs, loss, given), "eager": ours, "compiled": compiled}
        elif peer.library == "torch":
            in_one = in_torch(torch.compile(theirs), loss, given)
            yield peer.path, {"peer": in_torch(theirs, loss, given), "eager": ours, "compiled": compiled, "compiled peer": in_one}
        elif peer.library == "pytorch_metric_learning":
            yield peer.path, {"peer": in_torch(theirs, loss, given), "eager": ours, "compiled": compiled}


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
    """Print what a loss and its peers on torch need; JAX keeps its memory to itself."""
    for peer, steps in contests(loss, shape):
        if peer.startswith(("torch", "pytorch")):
            ours, theirs = peak_memory(steps["eager"]), peak_memory(steps["peer"])
            print(
                f"{loss.name:<34}{'×'.join(map(str, shape)):>13}  {peer:<58}{theirs / 1e6:>8.0f}  {ours / theirs:.2f}", flush=True
            )


def main(names):
    warnings.filterwarnings("ignore", category=UserWarning, module="torch")
    unknown = set(names) - {loss.name for loss in LOSSES}
    if unknown:
        sys.exit(f"no such loss: {', '.join(unknown)}; there are {', '.join(loss.name for loss in LOSSES)}")
    chosen = [(loss, sizes(loss)) for loss in LOSSES if not names or loss.name in names]
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, float32, forward + backward of the mean")
    print(f"time: median of {ROUNDS} alternating rounds, in brackets the quartiles of the ratio\n")
    print(f"{'loss':<34}{'size':>13}  {'peer':<58}{'µs':>8}  {'eager / peer':<20}{'compiled / peer':<20}compiled / compiled")
    for loss, shapes in chosen:
        for shape in shapes:
            times(loss, shape)
    # After all timing, because it changes how the process gets its memory.
    print(f"\npeak memory of a step\n\n{'loss':<34}{'size':>13}  {'peer':<58}{'MB':>8}  eager / peer")
    for loss, shapes in chosen:
        for shape in shapes if loss.prediction == "embedding" else shapes[-1:]:
            memory(loss, shape)


if __name__ == "__main__":
    main(sys.argv[1:])
