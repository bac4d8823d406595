"""The entropic plan in torch, as one operation that no compiler looks into: imported only once torch is there."""

from typing import Any

import torch

from lossbook._ops import samples


@torch.library.custom_op("lossbook::balanced", mutates_args=())
def balanced(scaled: torch.Tensor, symmetric: bool, steps: int, within: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Return what `samples.balanced` returns: the number of its steps depends on the numbers."""
    return samples.balanced(scaled, symmetric, steps, within)


@balanced.register_fake
def _shapes(scaled: torch.Tensor, symmetric: bool, steps: int, within: float) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.empty_like(scaled[..., 0]), torch.empty_like(scaled[..., 0, 0])


@balanced.register_vmap
def _mapped(info: Any, in_dims: Any, scaled: torch.Tensor, *how: Any) -> Any:
    return balanced(scaled.movedim(in_dims[0], 0), *how), (0, 0)
