#!/usr/bin/env bash
# torchrl 0.14.1 (torch 2.13.0), GRPOLoss with kl_to_ref_coeff: the penalty is averaged over places that the mask leaves out.
#
# Expected: the objective and the penalty are means over the same tokens, those that the mask counts.
# Seen: the penalty is set to 0 at the other places (padding, and the prompt's tokens) and then averaged over all of them.
#   Four tokens of an answer in 4, 8 and 16 places: the objective stays, the penalty is the whole, a half and a quarter.
# Touches: the divergence's weight depends on how long prompts are and how far a batch is padded; coefficients carried over
#   from other libraries are too small.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with torch==2.13.0 torchrl==0.14.1 numpy==2.4.6
sees " 4 places: objective -0.5000, penalty 0.1744 = 1.00 of the tokens' mean
 8 places: objective -0.5000, penalty 0.0872 = 0.50 of the tokens' mean
16 places: objective -0.5000, penalty 0.0436 = 0.25 of the tokens' mean" <<'PYTHON'
import torch
from tensordict import TensorDict
from torchrl.objectives.llm import GRPOLoss

TOKENS = torch.tensor([[-1.0, -0.5, -2.0, -0.3], [-0.7, -1.2, -0.1, -0.9]])


class Distribution:
    def __init__(self, places):
        self.mask = (torch.arange(places) < 4).expand(2, places)

    def log_prob(self, action):
        return torch.nn.functional.pad(TOKENS, (0, self.mask.shape[1] - 4))


class Actor(torch.nn.Module):
    in_keys, out_keys = ["tokens"], ["log_probs"]

    def __init__(self, places):
        super().__init__()
        self.places = places

    def get_dist(self, tensordict, logits_key=None):
        return Distribution(self.places)


ref = torch.full((2, 4), -1.0)
d = ref - TOKENS
told = (d.expm1() - d).mean()
for places in (4, 8, 16):
    pad = (0, places - 4)
    data = TensorDict(
        {
            "tokens": {"full": torch.zeros(2, places, dtype=torch.long)},
            "log_probs": {"full": torch.nn.functional.pad(TOKENS, pad)},
            "next": {"ref_log_probs": {"full": torch.nn.functional.pad(ref, pad)}},
            "advantage": torch.tensor([2.0, -1.0])[:, None, None].expand(2, places, 1),
        },
        [2],
    )
    loss = GRPOLoss(Actor(places), kl_to_ref_coeff=1.0, entropy_bonus=False, masking_strategy="generic")(data)
    penalty = loss.loss_kl_to_ref
    print(f"{places:2} places: objective {loss.loss_objective:.4f}, penalty {penalty:.4f} = {penalty / told:.2f} of the tokens' mean")
PYTHON
