"""Losses in strips beside the same with all rows at once: time and peak memory, each in a process of its own.

`python benchmarks/strips.py` runs all, forward and backward, in float32 on two threads, and writes what it finds into
`lossbook/book/speed.json`, for the page *Speed*. `make bench` runs it after the other losses.
"""

import json
import statistics
import subprocess
import sys
from functools import partial
from timeit import timeit

import torch
from losses import peak_memory
from torch.nn import functional

from lossbook import (
    info_nce_loss, linear_cross_entropy, pairwise_hinge_loss, pairwise_logistic_loss, proxy_softmax_loss,
)  # fmt: skip
from lossbook.book.speed import MEASURED

TAU, D = 0.07, 256
ROUNDS = 3


def info_nce(batch):
    """Return the contestants in picking each of a batch's positives among all, and their inputs' shapes."""

    def at_once(anchor, positive):
        anchor, positive = (functional.normalize(each, dim=-1) for each in (anchor, positive))
        return functional.cross_entropy(anchor @ positive.T / TAU, torch.arange(batch))

    return {
        "strips": partial(info_nce_loss, temperature=TAU, strip=256),
        "all at once": partial(info_nce_loss, temperature=TAU),
        "torch.nn.functional.cross_entropy": at_once,
    }, [(batch, D), (batch, D)]


def linear(rows, classes):
    y = torch.arange(rows) * 7919 % classes
    options = torch.nn.LinearCrossEntropyOptions()
    return {
        "strips": lambda hidden, weight: linear_cross_entropy(hidden, weight, y),
        "torch.nn.functional.cross_entropy": lambda hidden, weight: functional.cross_entropy(hidden @ weight.T, y),
        "torch.nn.functional.linear_cross_entropy, chunked": lambda hidden, weight: functional.linear_cross_entropy(
            hidden, weight, y, options=options
        ),
    }, [(rows, D), (classes, D)]


def proxies(rows, classes):
    y = torch.arange(rows) * 7919 % classes
    return {
        "strips": lambda embedding, points: proxy_softmax_loss(embedding, y, points, strip=128),
        "all at once": lambda embedding, points: proxy_softmax_loss(embedding, y, points),
    }, [(rows, D), (classes, D)]


def pairs(loss, lists, items):
    y = torch.arange(lists * items).reshape(lists, items) * 7919 % 5
    return {
        "strips": lambda scores: loss(scores, y, strip=64),
        "all at once": lambda scores: loss(scores, y),
    }, [(lists, items)]


TASKS = {
    "InfoNCE, 16,384 pairs": partial(info_nce, 16_384),
    "Linear cross-entropy, 4,096 rows, 32,000 classes": partial(linear, 4096, 32_000),
    "Linear cross-entropy, 4,096 rows, 128,000 classes": partial(linear, 4096, 128_000),
    "Proxy softmax, 1,024 rows, 100,000 classes": partial(proxies, 1024, 100_000),
    "Pairwise logistic, 16 lists of 2,000": partial(pairs, pairwise_logistic_loss, 16, 2000),
    "Pairwise hinge, 16 lists of 2,000": partial(pairs, pairwise_hinge_loss, 16, 2000),
}
GROWTH = (1024, 4096, 16_384, 65_536)
# From here on, all pairs at once would not fit.
TOO_MANY = 32_768


def measured(contestants, shapes, name, rounds=ROUNDS):
    """Return the seconds and the peak memory in bytes of one step, forward and backward."""
    generator = torch.Generator().manual_seed(0)
    arrays = [(torch.randn(shape, generator=generator) / 16).requires_grad_() for shape in shapes]

    def step():
        contestants[name](*arrays).backward()
        for each in arrays:
            each.grad = None

    memory = peak_memory(step)
    return {"seconds": statistics.median(timeit(step, number=1) for _ in range(rounds)), "bytes": memory}


def in_a_process(*what):
    """Measure one contestant in a fresh process."""
    done = subprocess.run([sys.executable, __file__, *map(str, what)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main():
    tasks, growth = [], []
    for task, make in TASKS.items():
        for name in make()[0]:
            found = in_a_process(task, name)
            tasks.append({"task": task, "name": name, **found})
            print(f"{task:<52}{name:<52}{found['seconds']:8.2f} s {found['bytes'] / 1e6:8.0f} MB", flush=True)
    for batch in GROWTH:
        for name in ("strips", "all at once"):
            if name == "strips" or batch < TOO_MANY:
                found = in_a_process(batch, name)
                growth.append({"batch": batch, "name": name, **found})
                print(f"InfoNCE, {batch:<43}{name:<52}{found['seconds']:8.2f} s {found['bytes'] / 1e6:8.0f} MB", flush=True)
    numbers = json.loads(MEASURED.read_text(encoding="utf-8"))
    numbers["strips"] = {"tasks": tasks, "growth": growth}
    MEASURED.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        torch.set_num_threads(2)
        if sys.argv[1].isdigit():  # of the growth, once: the last batch takes minutes
            found = measured(*info_nce(int(sys.argv[1])), sys.argv[2], rounds=1)
        else:
            found = measured(*TASKS[sys.argv[1]](), sys.argv[2])
        print(json.dumps(found))
    else:
        main()
