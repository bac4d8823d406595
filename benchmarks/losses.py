"""Each loss beside its PyTorch peer, forward and backward, in one run.

The two are timed alternately, so that a busy moment of the machine falls on both, and the ratio
of each round is taken before the median. A ratio below 1 means that `lossbook` is faster.
"""

import statistics
import warnings

import torch
from torch.utils.benchmark import Timer

from lossbook.tables import peer_function
from lossbook.taxonomy import LOSSES

SIZES = (1_000, 1_000_000)
ROUNDS = 15
SECONDS = 0.04  # of one measurement


def step(compute, prediction, target):
    """One forward and backward pass."""
    prediction.grad = None
    compute(prediction, target).backward()


def ours(loss, settings):
    return lambda prediction, target: loss.function(prediction, target, **settings)


def theirs(peer, settings):
    function = peer_function(peer)
    return lambda prediction, target: torch.mean(peer.call(function, prediction, target, **settings))


def timers(variants, size):
    """Return a timer and a repetition count for each variant, warmed up (and so compiled)."""
    generator = torch.Generator().manual_seed(0)
    made = {}
    for name, compute in variants.items():
        prediction = torch.randn(size, generator=generator, requires_grad=True)
        target = torch.randn(size, generator=generator)
        timer = Timer("step(compute, prediction, target)", globals={**globals(), **locals()}, num_threads=torch.get_num_threads())
        step(compute, prediction, target)
        once = timer.timeit(5).mean
        made[name] = timer, max(1, int(SECONDS / once))
    return made


def ratios(variants, size):
    """Return for each variant the median time, and the median and quartiles of its ratio to the first."""
    made = timers(variants, size)
    rounds = [{name: timer.timeit(number).mean for name, (timer, number) in made.items()} for _ in range(ROUNDS)]
    reference = next(iter(variants))
    table = {}
    for name in variants:
        each = [round_[name] / round_[reference] for round_ in rounds]
        low, middle, high = statistics.quantiles(each, n=4)
        table[name] = statistics.median(round_[name] for round_ in rounds), middle, low, high
    return table


def main():
    warnings.filterwarnings("ignore", category=UserWarning, module="torch")
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, float32, forward + backward of the mean")
    print(f"median of {ROUNDS} alternating rounds; in brackets the quartiles of the ratio\n")
    print(f"{'loss':<16}{'size':>9}   {'peer':<36}{'µs':>8}   {'eager / peer':<22}{'compiled / peer':<22}compiled / compiled peer")
    for loss in LOSSES:
        peer = next(peer for peer in loss.peers if peer.library == "torch")
        settings = {name: h.values[-1] for name, h in loss.hyperparameters.items()}
        for size in SIZES:
            torch.compiler.reset()
            table = ratios(
                {
                    "peer": theirs(peer, settings),
                    "eager": ours(loss, settings),
                    "compiled": torch.compile(ours(loss, settings), fullgraph=True),
                    "compiled peer": torch.compile(theirs(peer, settings)),
                },
                size,
            )
            columns = [f"{middle:.2f} ({low:.2f}–{high:.2f})" for _, middle, low, high in table.values()]
            against_compiled = table["compiled"][0] / table["compiled peer"][0]
            print(
                f"{loss.name:<16}{size:>9,}   {peer.path:<36}{1e6 * table['peer'][0]:>8.1f}   "
                f"{columns[1]:<22}{columns[2]:<22}{against_compiled:.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
