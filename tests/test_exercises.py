"""Every exercise tells a right answer from an empty one and from the wrong ones that students give.

The wrong answers stand in `wrong_answers/`, a file per chapter: for each exercise what is wrong, the
test cells that must catch it (these and no others), and the code that stands in the solution's place.
"""

import pytest
from exercises import EXERCISES, grade, wrong_answers

WRONG = wrong_answers()
STUBS = {"unwritten": "raise NotImplementedError()\n", "passed over": "pass\n"}


@pytest.fixture(params=EXERCISES.values(), ids=EXERCISES)
def exercise(request):
    return request.param


def test_the_solution_gets_every_point(exercise):
    assert grade(exercise, exercise.solution) == {}


@pytest.mark.parametrize("instead", STUBS.values(), ids=STUBS)
def test_an_empty_answer_gets_none(exercise, instead):
    assert grade(exercise, exercise.stub(instead)).keys() == exercise.tests.keys()


@pytest.mark.parametrize("answer", WRONG, ids=[f"{answer.exercise.name}: {answer.wrong}" for answer in WRONG])
def test_a_wrong_answer_loses_the_points_of_what_is_wrong_and_is_told_why(answer):
    errors = grade(answer.exercise, answer.code)
    assert errors.keys() == answer.caught
    for error in errors.values():
        assert isinstance(error, AssertionError) and str(error), f"no reason in words: {error!r}"


def test_nothing_can_be_passed_by_heart(exercise):
    """Of each test cell, some wrong answer passes what students see and fails what they do not."""
    visible = {test: exercise.visible(test) for test in exercise.tests}
    unseen = set(exercise.tests)
    for answer in WRONG:
        if answer.exercise is exercise:
            unseen -= answer.caught - grade(exercise, answer.code, visible).keys()
    assert not unseen, f"no wrong answer passes the visible tests of {unseen}: add one, or a hidden test with more teeth"
