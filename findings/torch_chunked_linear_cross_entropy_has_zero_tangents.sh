#!/usr/bin/env bash
# torch 2.13.0, linear_cross_entropy with options=: forward mode and the Hessian are 0, without an error.
#
# Expected: the numbers of cross_entropy of the product, or an error: the documentation calls both unsupported.
# Seen: the slope along a direction is 0 in forward mode and 0.006 by backward; the largest second derivative is 0 and not 0.038.
# Touches: Hessian-vector products, Gauss-Newton and sharpness measures of a language model whose last layer works in chunks.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with torch==2.13.0 numpy==2.4.6
sees "of the product: backward 0.0065, forward 0.0065, Hessian 0.038; in chunks: backward 0.0065, forward 0.0000, Hessian 0.000" <<'PYTHON'
import torch
from torch.nn import functional

torch.manual_seed(0)
hidden, weight = torch.randn(64, 8, dtype=torch.float64), torch.randn(50, 8, dtype=torch.float64)
y, ones = torch.arange(64) % 50, torch.ones(64, 8, dtype=torch.float64)
options = torch.nn.LinearCrossEntropyOptions()
ways = {
    "of the product": lambda h: functional.cross_entropy(h @ weight.T, y),
    "in chunks": lambda h: functional.linear_cross_entropy(h, weight, y, options=options),
}
told = []
for name, loss in ways.items():
    leaf = hidden.clone().requires_grad_()
    backward = (torch.autograd.grad(loss(leaf), leaf)[0] * ones).sum().item()
    forward = torch.func.jvp(loss, (hidden,), (ones,))[1].item()
    hessian = torch.autograd.functional.hessian(loss, hidden).abs().max().item()
    told.append(f"{name}: backward {backward:.4f}, forward {forward:.4f}, Hessian {hessian:.3f}")
print("; ".join(told))
PYTHON
