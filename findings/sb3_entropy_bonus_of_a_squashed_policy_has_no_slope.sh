#!/usr/bin/env bash
# stable-baselines3 2.9.2, A2C and PPO with a squashed Gaussian: the entropy bonus has a gradient of mean 0.
#
# Expected: ent_coef asks for entropy, as with the Gaussian that is not squashed; and as torchrl has it, which draws a
#   sample through which the gradient flows where entropy has no formula.
# Seen: entropy() is None there, and the bonus becomes the mean of −log π over the actions that were played. Its value
#   estimates the entropy; its gradient is a mean of −∇ log π, which is 0 over the policy's own actions. Over 20,000
#   actions in log_std: 0 within 0.05, where the gradient of the true entropy is 0.76.
# Touches: use_sde=True with squash_output=True and ent_coef > 0: noise in place of exploration.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with torch==2.13.0 numpy==2.4.6 gymnasium==1.4.0 stable-baselines3==2.9.2
sees "not squashed: bonus 1.0, entropy 1.0; squashed: bonus 0.0, entropy 0.8" <<'PYTHON'
import math

import gymnasium
import numpy as np
import torch
from stable_baselines3 import A2C


class Nothing(gymnasium.Env):
    observation_space = gymnasium.spaces.Box(-1, 1, (1,), np.float32)
    action_space = gymnasium.spaces.Box(-1, 1, (1,), np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return np.ones(1, np.float32), {}

    def step(self, action):
        return np.ones(1, np.float32), 0.0, True, False, {}


def slopes(squash, n=20_000):
    """The gradient in log_std of A2C's entropy bonus, and that of the entropy."""
    settings = {"squash_output": squash, "log_std_init": -1.0, "net_arch": []}
    policy = A2C("MlpPolicy", Nothing(), use_sde=True, seed=0, policy_kwargs=settings).policy
    states = torch.ones(n, 1)
    policy.reset_noise(n)
    with torch.no_grad():
        actions = policy.get_distribution(states).get_actions()
    _, log_prob, entropy = policy.evaluate_actions(states, actions)
    bonus = -log_prob if entropy is None else entropy  # as in A2C.train and PPO.train
    (slope,) = torch.autograd.grad(bonus.mean(), policy.log_std)
    normal = policy.get_distribution(states).distribution
    u = normal.mean + normal.stddev * torch.randn(n, 1)
    true = math.log(2 * math.pi * math.e) / 2 + normal.stddev.log()
    if squash:
        true = true + torch.log(1 - torch.tanh(u) ** 2 + 1e-6)
    (right,) = torch.autograd.grad(true.mean(), policy.log_std)
    return f"bonus {abs(slope.item()):.1f}, entropy {right.item():.1f}"


print(f"not squashed: {slopes(False)}; squashed: {slopes(True)}")
PYTHON
