"""Small networks of one shape, trained side by side: their weights have a first axis that counts them.

A list of weights holds a matrix (networks, in, out) and a shift (networks, 1, out) of each layer in turn.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch

__all__ = ["Adam", "through"]


def through(weights: Sequence[Any], x: Any, bend: Callable[[Any], Any]) -> Any:
    """Return what the networks make of x (networks, points, in): linear layers, with a bend after each but the last."""
    *layers, last = zip(weights[::2], weights[1::2], strict=True)
    for matrix, shift in layers:
        x = bend(torch.baddbmm(shift, x, matrix))
    return torch.baddbmm(last[1], x, last[0])


class Adam:
    """Adam, without the second that torch.optim takes to load, and with a rate for each network where they differ.

    betas: what the running means of gradient and square keep at each step.
    """

    def __init__(self, weights: list[Any], betas: tuple[float, float] = (0.9, 0.999)) -> None:
        self.weights, self.betas, self.steps = weights, betas, 0
        self.first = [torch.zeros_like(w) for w in weights]
        self.second = [torch.zeros_like(w) for w in weights]

    @torch.no_grad()
    def step(self, cost: Any, rate: Any) -> None:
        """Move the weights down the cost's gradient, by a rate: a number, or an array (networks, 1, 1)."""
        self.steps += 1
        keep, keep_square = self.betas
        slopes = torch.autograd.grad(cost, self.weights)
        torch._foreach_lerp_(self.first, slopes, 1 - keep)
        torch._foreach_lerp_(self.second, torch._foreach_mul(slopes, slopes), 1 - keep_square)
        size = torch._foreach_div(self.second, 1 - keep_square**self.steps)
        torch._foreach_sqrt_(size)
        torch._foreach_add_(size, 1e-8)
        rate = rate / (1 - keep**self.steps)
        torch._foreach_add_(self.weights, [-rate * m for m in torch._foreach_div(self.first, size)])
