"""Each loss beside its peers, in one run: time, forward and with backward, and peak memory; and how both grow.

The contestants are timed alternately, so that a busy moment of the machine falls on all, and the
ratio of each round is taken before the median. A ratio below 1 means that `lossbook` is faster,
or takes less memory. What is found of a loss goes at once into `lossbook/book/speed.json`, from which the page *Speed* is
made: of all losses, or by `python benchmarks/losses.py cross_entropy` of those that it names; of the others stays what stands there.
"""

import ctypes
import gc
import json
import platform
import statistics
import sys
import time
import warnings
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from timeit import Timer

import jax
import jax.numpy as jnp
import lightgbm
import numpy as np
import torch

from lossbook.book.speed import MEASURED
from lossbook.checks import peer_function
from lossbook.taxonomy import LOSSES

# For each layout of the inputs the two shapes that are compared, and those along which time and memory grow.
SIZES = {
    "numbers": ((1_000,), (1_000_000,)),
    "classes": ((256, 10), (8192, 1000)),
    "triplets": ((1024, 256), (100_000, 256)),
    "vectors": ((1024, 64), (65_536, 64)),
    "batch": ((256, 256), (4096, 256)),
    "proxies": ((64, 256), (1024, 256)),
    "lists": ((256, 100), (16, 2000)),
    "samples": ((256, 100), (4096, 1000)),
    "candidates": ((256, 10), (2048, 200)),  # the peer holds all classes against all
    "steps": ((8, 50, 32), (32, 200, 64)),
    "places": ((8, 25, 32), (32, 100, 64)),
    "chains": ((8, 32, 16), (32, 128, 32)),
    "series": ((8, 32, 128), (32, 128, 128)),
    "clouds": ((1, 256, 64), (1, 2048, 64)),
    "masks": ((8, 64, 64), (8, 256, 256)),
    "pixels": ((8, 4096), (8, 65_536)),
    "pixels of classes": ((8, 4096, 4), (8, 65_536, 4)),
    "boxes": ((1_000, 4), (1_000_000, 4)),
    "pairs": ((8, 100, 101), (64, 300, 301)),
    "actions": ((256, 18), (1024, 128)),
    "atoms": ((256, 51), (1024, 128)),
    "quantiles": ((256, 32), (1024, 128)),
    "groups": ((8, 8, 64), (64, 8, 512)),
}
# The axes of one example, of which a shape's last numbers are the sizes, where it has more than one, or no usual one.
AXES = {
    "steps": ("T", "C"), "places": ("T", "C"), "chains": ("S", "C"), "series": ("T", "D"), "clouds": ("N", "D"), "masks": ("H", "W"),
    "pixels": ("P",), "pixels of classes": ("P", "C"), "boxes": ("4",), "pairs": ("M", "M+1"),
    "actions": ("A",), "atoms": ("M",), "quantiles": ("M",), "groups": ("G", "T"),
}  # fmt: skip
BATCHES = (64, 256, 1024, 4096, 8192)
GROWTH = {
    "numbers": tuple((10**power,) for power in range(3, 8)),
    "classes": tuple((batch, 1000) for batch in BATCHES),
    "triplets": tuple((batch, 256) for batch in BATCHES),
    "vectors": tuple((batch, 64) for batch in BATCHES),
    "batch": tuple((batch, 256) for batch in BATCHES),
    "proxies": tuple((batch, 256) for batch in BATCHES),
    "lists": tuple((batch, 100) for batch in (16, 64, 256, 1024)),
    "samples": tuple((batch, 100) for batch in BATCHES),
    "candidates": tuple((batch, 1000) for batch in BATCHES),
    "steps": tuple((batch, 50, 32) for batch in (4, 16, 64, 256)),
    "places": tuple((batch, 25, 32) for batch in (4, 16, 64, 256)),
    "chains": tuple((batch, 32, 32) for batch in (4, 16, 64, 256)),
    "series": tuple((batch, 32, 128) for batch in (4, 16, 64, 256)),
    "clouds": tuple((1, points, 64) for points in (256, 512, 1024, 2048)),
    "masks": tuple((batch, 64, 64) for batch in (4, 16, 64, 256)),
    "pixels": tuple((batch, 4096) for batch in (4, 16, 64, 256)),
    "pixels of classes": tuple((batch, 4096, 4) for batch in (4, 16, 64, 256)),
    "boxes": tuple((10**power, 4) for power in range(3, 8)),
    "pairs": tuple((batch, 100, 101) for batch in (4, 16, 64, 256)),
    "actions": tuple((batch, 128) for batch in BATCHES),
    "atoms": tuple((batch, 51) for batch in BATCHES),
    "quantiles": tuple((batch, 32) for batch in BATCHES),
    "groups": tuple((batch, 8, 512) for batch in (4, 16, 64, 256)),
}
PROXIES = 10_000
# From how many rows on a peer asks for more memory than the machine has: one compares all pairs
# with all pairs, the other each anchor with the others of all triplets.
TOO_MANY = {
    "pytorch_metric_learning.losses.NTXentLoss": 1024,
    "pytorch_metric_learning.losses.TripletMarginLoss": 100_000,
}
# The compiler writes out every step of a lattice: from so many steps on it takes longer than anybody would wait.
UNROLLED = 200
ROUNDS = 11
SECONDS = 0.03  # of one measurement


def lightgbm_round(scores, relevance):
    """Return a round of boosting that finds nothing to split: LightGBM computes the forces, and gives them to nobody else."""
    settings = {"objective": "lambdarank", "verbosity": -1, "num_threads": torch.get_num_threads()}
    whole = {"lambdarank_truncation_level": scores.shape[-1], "lambdarank_norm": False}
    rows = lightgbm.Dataset(
        np.zeros((scores.size, 1)), relevance.ravel(), group=[scores.shape[-1]] * len(scores), init_score=scores.ravel(),
        params=settings,
    )  # fmt: skip
    return lightgbm.Booster({**settings, **whole}, rows).update


# Libraries that keep a loss' gradient to themselves: what comes nearest to it.
TRAINERS = {"lambda_rank_loss": {"lightgbm.lambdarank, one round": lightgbm_round}}

# The libraries whose functions take torch's arrays and have a backward pass; of the heavy peers, these are timed, and those in JAX.
IN_TORCH = (
    "torch", "pytorch_metric_learning", "tslearn", "warprnnt_numba", "torchcrf", "torch_struct", "entmax", "monai", "kornia",
)  # fmt: skip
# Of a lattice, a plan or an assignment, these peers are loops from place to place: to be right, not quick.
PLAIN = ("torch.logaddexp", "torch.logsumexp", "torch.amax", "torch.amin")


def layout(loss):
    """Return how the inputs of a loss lie in memory, what its sizes go by: the last input that is no plain number decides."""
    return next((kind.layout for kind in reversed(loss.kinds) if kind.layout != "numbers"), "numbers")


def steps_of(loss, shape):
    """Return how many steps a loss goes through one after the other: those of a chain, or the diagonals of its lattice."""
    if layout(loss) == "chains":
        return shape[-2]
    if "lengths" not in loss.named:
        return 0
    if layout(loss) == "series":
        return 2 * shape[-2] - 1
    return shape[-2] + (shape[-2] // 5 if layout(loss) == "places" else 0)


def inputs(loss, shape):
    """Return inputs in float32 for numpy; the negatives are those of the batch."""
    random = np.random.default_rng(0)
    own = AXES.get(layout(loss), ("D",) if any(kind.axes for kind in loss.kinds) else ())
    rows, last = shape[: len(shape) - len(own)], shape[len(shape) - len(own) :]
    sizes = {"C": PROXIES if layout(loss) == "proxies" else shape[-1], **dict.fromkeys(("D", "N", "N'", "K"), shape[-1])}
    if len(own) > 1:
        sizes |= {"M": shape[-2], "S": shape[-2], "U": shape[-2] // 5, "U+1": shape[-2] // 5 + 1}
    sizes |= dict(zip(own, last, strict=True))

    def drawn(kind):
        if None in kind.forms:
            return None
        own = tuple(sizes[axis] for axis in kind.axes)
        if kind.names is not None:
            return random.integers(int(0 in kind.refused), sizes[kind.names], size=(*rows, *own))
        values = kind.draw(random, own if kind.shared else (*rows, *own))
        return values.astype(np.float32) if values.dtype == np.float64 else values

    return [drawn(kind) for kind in loss.kinds]


def moving(loss, given):
    """Return the positions of the inputs that a gradient flows into."""
    return tuple(i for i in loss.moving if given[i] is not None)


def in_torch(compute, loss, given, backward):
    """Return a function that runs one pass forward, or forward and backward."""
    given = [None if each is None else torch.tensor(each) for each in given]

    def forward():
        with torch.no_grad():
            compute(*given)

    if not backward:
        return forward
    moved = [given[i].requires_grad_() for i in moving(loss, given)]

    def both():
        compute(*given).backward()
        # Freed here, so that its memory counts as the step's.
        for each in moved:
            each.grad = None

    return both


def in_jax(compute, loss, given, backward):
    given = [None if each is None else jnp.asarray(each) for each in given]
    step = jax.jit(jax.value_and_grad(compute, argnums=moving(loss, given)) if backward else compute)
    return lambda: jax.block_until_ready(step(*given))


def contestants(loss, shape, backward):
    """Return the steps to compare, by name: the loss in two ways, and its peers."""
    given = inputs(loss, shape)
    steps = {"eager": in_torch(loss, loss, given, backward)}
    if steps_of(loss, shape) <= UNROLLED:
        compiled = replace(loss, function=torch.compile(loss.function, fullgraph=True))
        steps["compiled"] = in_torch(compiled, loss, given, backward)
    for peer in loss.everywhere:
        if shape[0] >= TOO_MANY.get(peer.path, np.inf) or (
            peer.path in PLAIN and (steps_of(loss, shape) or layout(loss) in ("clouds", "pairs"))
        ):
            continue
        known = {name: value for name, value in loss.defaults.items() if peer.takes(name)}
        function = peer_function(peer)

        def theirs(*given, peer=peer, function=function, known=known):
            return peer.call(function, *given, **known).mean()

        if peer.library in IN_TORCH:
            steps[peer.path] = in_torch(theirs, loss, given, backward)
            if peer.library == "torch":
                steps[f"{peer.path}, compiled"] = in_torch(torch.compile(theirs), loss, given, backward)
        elif peer.library in ("optax", "rax", "rlax"):
            steps[f"{peer.path}, jit"] = in_jax(theirs, loss, given, backward)
            steps["jit"] = in_jax(loss.__call__, loss, given, backward)
        elif peer in loss.peers and not backward:  # scikit-learn's metrics and SciPy's functions have no backward pass
            steps[peer.path] = lambda call=peer.call, function=function, known=known: call(function, *given, **known)
    if backward:
        steps |= {name: make(*given[:2]) for name, make in TRAINERS.get(loss.name, {}).items()}
    return steps


def alternate(steps):
    """Return for each round the seconds that each step takes."""
    timers = {}
    for name, step in steps.items():
        step()
        timer = Timer(step)
        timers[name] = timer, max(1, int(SECONDS / (timer.timeit(2) / 2)))
    return [{name: timer.timeit(n) / n for name, (timer, n) in timers.items()} for _ in range(ROUNDS)]


def times(loss, shape, backward):
    """Yield for each peer its time, and the quartiles of the ratios of ours to it."""
    torch.compiler.reset()
    rounds = alternate(contestants(loss, shape, backward))
    peers = [name for name in rounds[0] if name not in ("eager", "compiled", "jit") and not name.endswith(", compiled")]
    for peer in peers:

        def quartiles(ours, theirs):
            if not {ours, theirs} <= rounds[0].keys():
                return None
            return [round(q, 3) for q in statistics.quantiles([each[ours] / each[theirs] for each in rounds], n=4)]

        yield {
            "loss": loss.name,
            "shape": shape,
            "pass": "forward and backward" if backward else "forward",
            "peer": peer,
            "seconds": statistics.median(each[peer] for each in rounds),
            "eager": quartiles("eager", peer),
            "compiled": quartiles("compiled", peer),
            "both compiled": quartiles("jit", peer) if peer.endswith(", jit") else quartiles("compiled", f"{peer}, compiled"),
        }


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


def memory(loss, shape):
    """Yield the peak of each peer on torch, forward and backward, and ours beside it; JAX keeps its memory to itself."""
    torch.compiler.reset()
    steps = contestants(loss, shape, backward=True)
    ours = {name: peak_memory(steps[name]) for name in ("eager", "compiled") if name in steps}
    for peer, step in steps.items():
        if peer.startswith(IN_TORCH) and not peer.endswith(", compiled"):
            theirs = peak_memory(step)
            yield {
                "loss": loss.name,
                "shape": shape,
                "peer": peer,
                "bytes": theirs,
                **{name: round(ours[name] / theirs, 3) if name in ours else None for name in ("eager", "compiled")},
            }


def growth(loss):
    """Yield the time and the peak memory of a pass forward and backward at growing sizes."""
    for shape in GROWTH[layout(loss)]:
        step = in_torch(loss, loss, inputs(loss, shape), backward=True)
        rounds = alternate({"eager": step})
        yield {
            "loss": loss.name,
            "shape": shape,
            "seconds": statistics.median(each["eager"] for each in rounds),
            "bytes": peak_memory(step),
        }


def of_a_mask():
    """Return the seconds in which a compiled function writes which of 1e6 numbers are positive: as booleans, as floats."""
    numbers = torch.tensor(np.random.default_rng(0).normal(size=1_000_000).astype(np.float32))
    kinds = {"booleans": torch.bool, "floats": torch.float32}
    steps = {name: partial(torch.compile(lambda x, kind=kind: (x > 0).to(kind)), numbers) for name, kind in kinds.items()}
    rounds = alternate(steps)
    return {name: statistics.median(each[name] for each in rounds) for name in steps}


def shown(row):
    """Return a row as a line of text."""
    numbers = {
        name: f"{value[1]:.2f} ({value[0]:.2f}–{value[2]:.2f})" if isinstance(value, list) else value
        for name, value in row.items()
        if name not in ("loss", "shape", "peer", "pass") and value is not None
    }
    texts = [f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}" for name, value in numbers.items()]
    size = "×".join(map(str, row["shape"]))
    return f"{row['loss']:<33}{size:>11}  {row.get('pass', ''):<21}{row.get('peer', ''):<58}" + "  ".join(texts)


def measured_with():
    """Return what the numbers depend on."""
    return {
        "torch": torch.__version__.partition("+")[0],
        "jax": jax.__version__,
        "threads": torch.get_num_threads(),
        "processor": platform.machine(),
        "rounds": ROUNDS,
    }


def keep(part, loss, rows):
    """Write what was found of a loss in the place of what stood there."""
    stands = json.loads(MEASURED.read_text(encoding="utf-8"))
    rows = [row for row in stands[part] if row["loss"] != loss.name] + rows
    order = [each.name for each in LOSSES]
    stands[part] = sorted((row for row in rows if row["loss"] in order), key=lambda row: order.index(row["loss"]))
    when = stands["when"] | {loss.name: date.today().isoformat()}
    stands |= measured_with() | {"when": {name: when[name] for name in order if name in when}}
    MEASURED.write_text(json.dumps(stands, indent=1) + "\n", encoding="utf-8")


def gather(part, title, losses, of):
    """Print and keep the rows of each loss as they come."""
    print(f"\n{title}", flush=True)
    for loss in losses:
        rows = []
        for row in of(loss):
            print(shown(row), flush=True)
            rows.append(row)
        keep(part, loss, rows)


def main(names):
    warnings.filterwarnings("ignore", category=UserWarning, module="torch")
    unknown = set(names) - {loss.name for loss in LOSSES}
    if unknown:
        sys.exit(f"no such loss: {', '.join(unknown)}; there are {', '.join(loss.name for loss in LOSSES)}")
    stands = json.loads(MEASURED.read_text(encoding="utf-8"))
    other = {key: stands[key] for key, value in measured_with().items() if stands[key] != value}
    if names and other:
        sys.exit(f"what stands there was measured with {other}, and this is {measured_with()}: run all losses")
    chosen = [loss for loss in LOSSES if not names or loss.name in names]
    start = time.perf_counter()

    def large(loss):
        # Small arrays are lost in what the process holds anyway; triplets have a peer that takes no large ones.
        return SIZES[layout(loss)] if layout(loss) == "triplets" else SIZES[layout(loss)][-1:]

    gather(
        "times",
        f"time of the mean in float32: median of {ROUNDS} alternating rounds, in brackets the quartiles",
        chosen,
        lambda loss: (row for shape in SIZES[layout(loss)] for backward in (False, True) for row in times(loss, shape, backward)),
    )
    if not names:
        MEASURED.write_text(json.dumps(json.loads(MEASURED.read_text()) | {"mask": of_a_mask()}, indent=1) + "\n")
    # After all timing, because it changes how the process gets its memory.
    gather(
        "memory",
        "peak memory, forward and backward",
        chosen,
        lambda loss: (row for shape in large(loss) for row in memory(loss, shape)),
    )
    gather("growth", "growth, eager, forward and backward", chosen, growth)
    print(f"\n{(time.perf_counter() - start) / 60:.0f} minutes")


if __name__ == "__main__":
    main(sys.argv[1:])
