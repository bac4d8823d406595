"""Small worlds: the values that are solved for are those that are played."""

import numpy as np
import pytest

from lossbook.book.worlds import World, action_values, best_values, greedy, gym_world, play, state_values, visits

WORLDS = {"FrozenLake-v1": {}, "CliffWalking-v1": {"is_slippery": True}, "Taxi-v4": {}}


@pytest.fixture(scope="module", params=WORLDS)
def world(request):
    return gym_world(request.param, **WORLDS[request.param])


def test_moves_are_probabilities_and_ends_hold(world):
    assert np.allclose(world.moves.sum(axis=-1), 1) and np.isclose(world.start.sum(), 1)
    assert world.ends.any()
    ends = np.flatnonzero(world.ends)
    assert np.all(world.moves[ends, :, ends] == 1) and np.all(world.rewards[ends] == 0)


def test_values_solve_bellman(world):
    policy = np.random.default_rng(0).dirichlet(np.ones(world.moves.shape[1]), size=len(world.start))
    values = state_values(world, policy, 0.9)
    assert np.allclose(values, np.sum(policy * action_values(world, values, 0.9), axis=-1))
    assert np.all(values[world.ends] == 0)


def test_no_policy_is_better_than_the_best(world):
    best = best_values(world, 0.9)
    assert np.allclose(state_values(world, greedy(best), 0.9), best.max(axis=-1))
    uniform = np.full_like(best, 1 / best.shape[1])
    assert np.all(state_values(world, uniform, 0.9) <= best.max(axis=-1) + 1e-9)


def test_visits_times_rewards_are_the_value_of_the_start(world):
    policy = np.full(world.moves.shape[:2], 1 / world.moves.shape[1])
    reward = np.einsum("sa,sat,sat->s", policy, world.moves, world.rewards)
    assert np.isclose(visits(world, policy, 0.9) @ reward, world.start @ state_values(world, policy, 0.9))


def test_play_earns_what_is_solved_for():
    # From 0 to 1 or 2; from 1 the episode ends, from 2 it goes on to 1.
    moves = np.zeros((3, 2, 3))
    moves[0, 0, 1], moves[0, 1, 1:], moves[1, :, 1], moves[2, :, 1] = 1, (0.25, 0.75), 1, 1
    rewards = np.zeros((3, 2, 3))
    rewards[0, 0, 1], rewards[0, 1, 2], rewards[2, :, 1] = 1, -1, 4
    small = World(moves, rewards, np.array([False, True, False]), np.array([1.0, 0, 0]))
    policy = np.array([[0.5, 0.5], [1, 0], [0, 1]])
    seen = play(small, policy, 40_000, 5, np.random.default_rng(1))
    earned = np.sum(seen.reward * 0.5 ** np.arange(5), axis=1)
    told = state_values(small, policy, 0.5)[0]
    assert told == 0.5 + 0.5 * (0.75 * (-1 + 0.5 * 4))
    assert abs(earned.mean() - told) < 4 * earned.std() / 200
    assert seen.there[:, 0].all() and not seen.there[:, 2:].any()
    assert np.isclose(seen.there.sum(axis=1).mean(), visits(small, policy).sum(), atol=0.02)
    assert np.array_equal(seen.over & seen.there, seen.there & (seen.next_state == 1))
    assert np.all(seen.reward[~seen.there] == 0)
