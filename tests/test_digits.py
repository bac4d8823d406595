"""The Distance part's experiment: what it measures, that every recipe learns, and its pictures."""

import numpy as np
import pytest
import torch

from lossbook.book import digits
from lossbook.book.digits import RECIPES, recall_at_1, train
from lossbook.taxonomy import LOSSES


@pytest.fixture(scope="module")
def run():
    return train(digits.contrastive, steps=60, snapshots=5)


def test_recall_counts_whose_nearest_other_is_of_the_same_class():
    points = np.asarray([[0.0, 0], [0, 1], [5, 0], [5, 3], [9, 0]])
    assert recall_at_1(points, np.asarray([0, 0, 1, 1, 2])) == 0.8
    assert recall_at_1(points, np.arange(5)) == 0


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)
def test_every_recipe_learns(recipe):
    made = train(recipe.loss(0), steps=100, snapshots=2, directions=recipe.directions)
    assert made.recall(-1) > made.recall(0) + 0.2


def test_every_loss_of_the_part_is_in_a_recipe():
    assert {f"distance/{recipe.chapter}" for recipe in RECIPES} == {loss.chapter for loss in LOSSES if loss.family == "distance"}


def test_a_run_depends_on_its_seed_alone(run):
    again = train(digits.contrastive, steps=60, snapshots=5)
    np.testing.assert_array_equal(again.embeddings, run.embeddings)
    assert not np.allclose(train(digits.contrastive, steps=60, snapshots=5, seed=1).embeddings, run.embeddings)


def test_a_run_looks_more_often_at_first_and_at_both_ends(run):
    assert run.steps[0] == 0 and run.steps[-1] == 60
    assert np.all(np.diff(run.steps, 2) > 0)
    assert run.embeddings.shape == (5, digits.HELD_OUT, 2) and run.lost.shape == (5,)
    assert run.images.shape == (digits.HELD_OUT, 8, 8) and run.images.max() == 1


def test_directions_are_compared_at_unit_length():
    made = train(digits.info_nce, steps=5, snapshots=2, directions=True)
    np.testing.assert_allclose(np.linalg.norm(made.compared(), axis=-1), 1, rtol=1e-5)
    assert not np.allclose(np.linalg.norm(made.embeddings[-1], axis=-1), 1)


def test_proxies_move_with_the_network():
    loss = digits.proxy_softmax()
    before = loss.points.detach().clone()
    train(loss, steps=5, snapshots=2)
    assert torch.all(torch.any(loss.points != before, dim=-1))


def test_path_is_a_film_of_digits(run):
    made = digits.path(run, "Digits.")
    assert len(made.data) == 10 and {trace.mode for trace in made.data} == {"text"}
    assert sum(len(trace.x) for trace in made.data) == digits.SHOWN
    assert [frame.name for frame in made.frames] == [str(step) for step in run.steps]
    assert [button.label for button in made.layout.updatemenus[0].buttons] == ["Play", "Pause"]


def test_neighbours_show_a_mistake_of_each_class_that_makes_one(run):
    made = digits.neighbours(run, "Neighbours.")
    found = digits.nearest(run.compared())
    for k, told in enumerate(made.layout.xaxis.ticktext):
        others = set(run.label[found][run.label == k]) - {k}
        assert (told == str(k)) if not others else told in {f"{k}→{other}" for other in others}
    assert (
        made.layout.meta["alt"] == f"Neighbours. The labels below, from left to right: {', '.join(made.layout.xaxis.ticktext)}."
    )
