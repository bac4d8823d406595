"""The cheapest assignment in torch, as one operation that no compiler looks into: imported only once torch is there."""

from typing import Any

import torch

from lossbook._ops import matching


@torch.library.custom_op("lossbook::cheapest", mutates_args=())
def columns(cost: torch.Tensor) -> torch.Tensor:
    """Return what `matching.solved` returns."""
    return torch.as_tensor(matching.solved(cost.double().cpu().numpy()), device=cost.device)


@columns.register_fake
def _shape(cost: torch.Tensor) -> torch.Tensor:
    return torch.empty_like(cost[..., 0], dtype=torch.int64)


@columns.register_vmap
def _mapped(info: Any, in_dims: Any, cost: torch.Tensor) -> Any:
    return columns(cost.movedim(in_dims[0], 0)), 0
