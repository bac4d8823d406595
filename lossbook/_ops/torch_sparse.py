"""The threshold of entmax in torch, as one operation that no compiler looks into: imported only once torch is there."""

from typing import Any

import torch

from lossbook._ops import sparse

# How many numbers are worked on at a time: few enough to stay near the processor from step to step.
NUMBERS = 1 << 16


@torch.library.custom_op("lossbook::threshold", mutates_args=())
def threshold(v: torch.Tensor, beta: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return what `sparse.found` returns: the number of its steps depends on the numbers."""
    if beta.ndim:
        return sparse.found(v, beta)
    # A plain number: then powers are powers, and quick.
    rows = v.reshape(-1, v.shape[-1])
    pieces = [sparse.found(piece, beta.item()) for piece in rows.chunk(1 + rows.numel() // NUMBERS)]
    w, steepness = (torch.cat(each).reshape(v[..., :1].shape) for each in zip(*pieces, strict=True))
    return w, steepness


@threshold.register_fake
def _shapes(v: torch.Tensor, beta: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.empty_like(v[..., :1]), torch.empty_like(v[..., :1])


@threshold.register_vmap
def _mapped(info: Any, in_dims: Any, v: torch.Tensor, beta: torch.Tensor) -> Any:
    of_v, of_beta = in_dims
    v = v[None].expand(info.batch_size, *v.shape) if of_v is None else v.movedim(of_v, 0)
    if of_beta is not None:
        beta = beta.movedim(of_beta, 0)
        # One for each of the batch, whatever axes the scores have.
        beta = beta.reshape(beta.shape[0], *[1] * (v.ndim - beta.ndim), *beta.shape[1:])
    return threshold(v, beta), (0, 0)
