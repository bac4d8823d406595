"""The table at the end of a run: whose time a test's is."""

from pathlib import Path

import pytest
from budget import chapters_of, kind_of, losses_of
from exercises import EXERCISES, wrong_answers

from lossbook import huber_loss
from lossbook.taxonomy import IDENTITIES, LOSSES


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("tests/test_every_input.py", "every input"),
        ("tests/site/test_pages.py", "pages"),
        ("chapters/regression/huber.ipynb", "notebooks"),
    ],
)
def test_a_test_is_of_its_file_s_kind(path, kind):
    assert kind_of(Path(path)) == kind


def test_losses_are_found_in_records_identities_functions_and_names():
    loss = LOSSES[0]
    assert losses_of([(loss, "y", 3), "huber_loss", huber_loss, None]) == [loss.name, "huber_loss", "huber_loss"]
    assert losses_of([IDENTITIES[0]]) == list(IDENTITIES[0].losses)


def test_chapters_are_found_in_exercises_answers_and_pages():
    assert chapters_of([EXERCISES["huber-implement"], LOSSES[0], "no page"]) == ["regression/huber"]
    assert chapters_of(wrong_answers()[0]) == [wrong_answers()[0].exercise.chapter]
    assert chapters_of([("chapters/regression/huber.html", "dark", 390), "regression/huber.ipynb"]) == 2 * ["regression/huber"]
