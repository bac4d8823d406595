"""Worlds so small that every value is known exactly: states, actions, and where each leads.

A policy is an array (S, A) of probabilities; a value is one of a state (S) or of an action (S, A).
"""

from typing import Any, NamedTuple

import numpy as np

__all__ = ["Steps", "World", "action_values", "best_values", "greedy", "gym_world", "play", "state_values", "visits"]


class World(NamedTuple):
    """What follows what: S states, A actions."""

    moves: Any  # (S, A, S): the probability of each next state; the states where an episode ends lead to themselves
    rewards: Any  # (S, A, S): the reward on the way there; 0 out of an end
    ends: Any  # (S) of bool: where an episode is over
    start: Any  # (S): the probability to begin there


class Steps(NamedTuple):
    """Episodes that were played, as arrays (episodes, T)."""

    state: Any
    action: Any
    reward: Any
    next_state: Any
    over: Any  # whether the step led to an end
    there: Any  # whether the step was taken: False once the episode is over


def gym_world(name: str, **options: Any) -> World:
    """Return a world of gymnasium's toy text, by its table: `gym_world("FrozenLake-v1")`."""
    import gymnasium

    env: Any = gymnasium.make(name, **options).unwrapped
    states, actions = len(env.P), len(env.P[0])
    moves, total = np.zeros((2, states, actions, states))
    ends = np.zeros(states, dtype=bool)
    for s in range(states):
        for a in range(actions):
            for share, s_next, reward, over in env.P[s][a]:
                moves[s, a, s_next] += share
                total[s, a, s_next] += share * reward
                ends[s_next] |= over
    # An end's own row of the table is not to be relied on: CliffWalking's goal can be walked out of.
    moves[ends], total[ends] = np.eye(states)[ends][:, None], 0.0
    rewards = np.divide(total, moves, out=np.zeros_like(total), where=moves > 0)
    return World(moves, rewards, ends, np.asarray(env.initial_state_distrib, dtype=float))


def action_values(world: World, values: Any, discount: float) -> Any:
    """Return what each action is worth (S, A), if the states have these values: one step of look-ahead."""
    ahead = world.rewards + discount * np.where(world.ends, 0.0, values)
    return np.sum(world.moves * ahead, axis=-1)


def _under(world: World, policy: Any) -> tuple[Any, Any]:
    """Return where each state leads, under a policy, without what leads to an end; and the reward expected there."""
    on = np.einsum("sa,sat->st", policy, world.moves) * ~world.ends
    return on, np.einsum("sa,sat,sat->s", policy, world.moves, world.rewards)


def state_values(world: World, policy: Any, discount: float) -> Any:
    """Return the exact values (S) of a policy: Bellman's equations, solved."""
    on, reward = _under(world, policy)
    return np.linalg.solve(np.eye(len(on)) - discount * on, reward)


def visits(world: World, policy: Any, discount: float = 1.0) -> Any:
    """Return how often a policy is in each state during an episode, on average, each step counted by its discount (S)."""
    on, _ = _under(world, policy)
    return np.linalg.solve(np.eye(len(on)) - discount * on.T, world.start * ~world.ends)


def greedy(values: Any) -> Any:
    """Return the policy that takes the best action; of equal ones the first."""
    return np.eye(values.shape[-1])[np.argmax(values, axis=-1)]


def best_values(world: World, discount: float) -> Any:
    """Return the values (S, A) of the best policy: look ahead until nothing moves."""
    values = np.zeros(world.rewards.shape[:2])
    while True:
        ahead = action_values(world, values.max(axis=-1), discount)
        if np.allclose(ahead, values, rtol=0, atol=1e-12):
            return ahead
        values = ahead


def play(world: World, policy: Any, episodes: int, steps: int, random: np.random.Generator) -> Steps:
    """Return so many episodes under a policy, cut off after so many steps."""

    def drawn(shares: Any) -> Any:
        """Return one place of each row, drawn by its shares."""
        up_to = np.cumsum(shares, axis=-1)
        return np.sum(up_to[..., :-1] <= random.random((len(shares), 1)) * up_to[..., -1:], axis=-1)

    state = drawn(np.broadcast_to(world.start, (episodes, len(world.start))))
    taken = []
    for _ in range(steps):
        action = drawn(policy[state])
        following = drawn(world.moves[state, action])
        there, over = ~world.ends[state], world.ends[following]
        taken.append((state, action, world.rewards[state, action, following], following, over, there))
        state = following
    return Steps(*(np.stack(each, axis=1) for each in zip(*taken, strict=True)))
