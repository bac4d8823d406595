#!/usr/bin/env bash
# stable-baselines3 2.9.2, DQN: of a skewed reward it does not learn the mean, and takes the worse action.
#
# Expected: the value of an action that ends the episode is its mean reward, here 10 with probability 0.1, so 1; the other
#   action pays 0.5 for sure. Q-learning's loss is squared error (Watkins and Dayan, 1992).
# Seen: all actions tried alike, it gives the risky action about 0.1 and takes the sure one. The loss is smooth L1, whose
#   slope stops at 1, and no argument changes it: errors of 9 count no more than errors of 1. Rewards divided by 10 are
#   learned right. (The clipped error is Mnih et al.'s; that it moves the fixed point so far goes unsaid.)
# Touches: rare large rewards, and any comparison with an implementation that squares.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with torch==2.13.0 gymnasium==1.4.0 stable-baselines3==2.9.2
sees "rewards of 10: worth under 0.2 True, takes the sure one True; rewards of 1: worth under 0.02 False, takes the sure one False" <<'PYTHON'
import gymnasium
import numpy as np
import torch
from stable_baselines3 import DQN

torch.set_num_threads(1)


class Bet(gymnasium.Env):
    """One state, two actions, one step: a sure half of `unit`, or ten of it with probability 0.1."""

    observation_space = gymnasium.spaces.Box(0, 1, (1,), np.float32)
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self, unit):
        self.unit = unit

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return np.ones(1, np.float32), {}

    def step(self, action):
        paid = 10 * (self.np_random.random() < 0.1) if action else 0.5
        return np.ones(1, np.float32), float(self.unit * paid), True, False, {}


def learned(unit):
    model = DQN(
        "MlpPolicy", Bet(unit), learning_rate=1e-3, buffer_size=5000, learning_starts=500, batch_size=128,
        exploration_initial_eps=1.0, exploration_final_eps=1.0, seed=0, device="cpu", policy_kwargs={"net_arch": [16]},
    )
    model.learn(6000)
    risky = model.q_net(torch.ones(1, 1))[0, 1].item()
    sure = model.predict(np.ones(1, np.float32), deterministic=True)[0] == 0
    return f"worth under {0.2 * unit:g} {risky < 0.2 * unit}, takes the sure one {sure}"


print(f"rewards of 10: {learned(1.0)}; rewards of 1: {learned(0.1)}")
PYTHON
