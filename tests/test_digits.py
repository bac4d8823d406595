"""The Distance part's experiments: what they measure, that every recipe learns, and the pictures."""

import numpy as np
import pytest
import torch

from lossbook.book import digits
from lossbook.book.digits import RECIPES, recall_at_1, six_splits, train, train_six
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


def cosines(z):
    """A loss for six networks: digits of one class look one way, others do not."""
    z = torch.nn.functional.normalize(z, dim=-1)
    label = torch.arange(z.shape[1] // 6).repeat_interleave(6)
    return ((z @ z.mT - 1.0 * (label[:, None] == label)) ** 2).mean(dim=(1, 2)).sum()


def test_each_split_uses_every_digit_once():
    pixels, label, *parts = six_splits()
    assert pixels.shape == (6, 1797, 64) and label.shape == (1797,)
    assert [part.shape for part in parts] == [(6, 1000), (6, 300), (6, 497)]
    assert np.all(np.sort(np.concatenate(parts, axis=1), axis=1) == np.arange(1797))
    assert len(np.unique(parts[0], axis=0)) == 6


def test_six_networks_learn_and_depend_on_their_arguments_alone():
    start, made = (train_six(cosines, rate=1e-2, steps=steps) for steps in (0, 40))
    assert made.shape == (6, 1797, 8) and not made.requires_grad
    assert np.all(digits.recalls(made) > digits.recalls(start) - 0.01)
    assert np.all(digits.verify(made) < digits.verify(start) - 0.05)
    torch.testing.assert_close(train_six(cosines, rate=1e-2, steps=40), made)
    assert not torch.allclose(train_six(cosines, rate=1e-3, steps=40), made)


def test_six_networks_see_the_classes_and_labels_they_are_given():
    label, seen = six_splits().label, []
    swapped = [9 - label] * 6
    classes = [[k, 9] for k in range(6)]

    def look(z):
        seen.append(z.shape)
        return (z * extra).sum()

    extra = torch.ones(6, 1, 3, requires_grad=True)
    train_six(look, rate=1e-2, D=3, steps=2, labels=swapped, classes=classes, extra=(extra,))
    assert seen == [(6, 12, 3)] * 2
    assert torch.all(extra != 1)
    plain, moved = (train_six(cosines, rate=1e-2, steps=2, classes=classes, labels=given) for given in (None, swapped))
    assert not torch.allclose(plain, moved)


def test_distances_keep_the_digits_of_far_points():
    z = 1000 + torch.tensor([[0.0, 0], [3, 4]]).repeat(20, 1)
    assert digits.distances(z)[0, 1] == 5 and digits.distances(z)[0, 2] == 0


def test_the_fitted_threshold_makes_the_fewest_mistakes():
    d, similar = np.asarray([0.1, 0.5, 0.4, 0.9, 1.2]), np.asarray([True, True, False, False, False])
    assert digits.fit_threshold(d, similar) == 0.5
    assert digits.mistakes(d, similar, 0.5) == pytest.approx(1 / 6)
    assert digits.mistakes(d, similar, 0.1) == pytest.approx(1 / 4)
    drawn = np.random.default_rng(0)
    d, similar = drawn.random(200), drawn.random(200) < 0.3
    least = min(digits.mistakes(d, similar, each) for each in d)
    assert digits.mistakes(d, similar, digits.fit_threshold(d, similar)) == least


def test_judging_reads_the_rows_it_is_given():
    label = six_splits().label
    perfect = torch.nn.functional.one_hot(torch.tensor(label), 10).float().expand(6, -1, -1)
    assert np.all(digits.recalls(perfect) == 1) and np.all(digits.verify(perfect) == 0)
    d, similar = digits.pairs(perfect[0], np.arange(30))
    assert d.shape == similar.shape == (435,) and np.all((d == 0) == similar)
    spoiled = perfect.clone()
    rows = np.tile(np.arange(40), (6, 1))
    spoiled[:, :40] = 0
    assert np.all(digits.recalls(spoiled, rows) < 1) and np.all(digits.verify(spoiled, judged=rows) > 0.2)
    assert np.all(digits.verify(spoiled, fitted=rows, judged=rows) > 0.2)


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
