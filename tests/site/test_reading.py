"""A notebook as its reader sees it."""

import copy

import pytest

from lossbook_site.reading import for_reading


def code(source, tags=(), **grading):
    metadata = {"tags": list(tags)} if tags else {}
    if grading:
        metadata["nbgrader"] = {"grade": False, "solution": False, **grading}
    return {"cell_type": "code", "id": "it", "metadata": metadata, "source": source}


def read(*cells):
    return for_reading({"cells": list(cells), "nbformat": 4})["cells"]


SETUP = code("import lossbook", tags=["hide-input"])
TASK = code("def f(x):\n    ### BEGIN SOLUTION\n    y = 2 * x\n    return y\n    ### END SOLUTION\n", solution=True)
TESTS = code("assert f(1) == 2\n### BEGIN HIDDEN TESTS\nassert f(2) == 4\n### END HIDDEN TESTS", grade=True, points=2)


def test_solution_becomes_a_stub_and_a_fold():
    task, solution = read(TASK)
    assert task["source"] == "def f(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    assert "skip-execution" in task["metadata"]["tags"]
    assert solution["source"] == "def f(x):\n    y = 2 * x\n    return y"
    assert "hide-cell" in solution["metadata"]["tags"]
    assert solution["metadata"]["mystnb"] == {"code_prompt_show": "Show a solution"}
    assert task["id"] != solution["id"]


def test_solution_without_markers_is_all_of_the_cell():
    task, solution = read(code("answer = 42", solution=True))
    assert task["source"] == "# YOUR CODE HERE\nraise NotImplementedError()"
    assert solution["source"] == "answer = 42"


def test_every_solution_of_a_cell_is_replaced():
    regions = "### BEGIN SOLUTION\na = 1\n### END SOLUTION\nb = 2\n### BEGIN SOLUTION\nc = 3\n### END SOLUTION"
    task, _ = read(code(regions, solution=True))
    stub = "# YOUR CODE HERE\nraise NotImplementedError()"
    assert task["source"] == f"{stub}\nb = 2\n{stub}"


def test_hidden_tests_go_and_visible_ones_are_a_check():
    (check,) = read(TESTS)
    assert check["source"] == "assert f(1) == 2"
    assert check["metadata"]["tags"] == ["exercise-check", "points-2"]


def test_a_cell_of_hidden_tests_only_is_not_shown():
    hidden = "### BEGIN HIDDEN TESTS\nassert True\n### END HIDDEN TESTS"
    assert read(code(hidden, grade=True)) == []


def test_other_cells_stay_but_for_the_line_to_nbval():
    text = {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "# NBVAL_CHECK_OUTPUT"}
    plain = code("print(1)", tags=["hide-input"])
    checked = code(["# NBVAL_CHECK_OUTPUT\n", "print(1)"], tags=["hide-input"])
    assert read(SETUP, text, plain)[1:] == [text, plain]
    assert read(SETUP, checked)[1:] == [plain]


@pytest.mark.parametrize(
    ("source", "said", "shown"),
    [
        ("# The sum is 2,\n# and stays so.\n\nassert a == 2", "Checked. The sum is 2, and stays so.", "assert a == 2"),
        ("assert a == 2  # here", "Checked.", "assert a == 2  # here"),
    ],
)
def test_a_check_is_a_fold_that_says_what_was_checked(source, said, shown):
    _, check = read(SETUP, code(source, tags=["check"]))
    assert check["metadata"] == {"tags": ["check", "hide-input"], "mystnb": {"code_prompt_show": said}}
    assert check["source"] == shown


def test_the_first_code_is_called_the_set_up():
    setup, other = read(SETUP, SETUP)
    assert setup["metadata"]["mystnb"] == {"code_prompt_show": "Set-up"}
    assert "mystnb" not in other["metadata"]


def test_the_notebook_itself_is_not_changed():
    notebook = {"cells": [TASK, TESTS], "nbformat": 4}
    before = copy.deepcopy(notebook)
    for_reading(notebook)
    assert notebook == before


@pytest.mark.parametrize(
    "cell",
    [
        code("### BEGIN SOLUTION\nx = 1", solution=True),
        code("x = 1\n### END SOLUTION", solution=True),
        code("### BEGIN HIDDEN TESTS\nassert x", grade=True),
        code("### BEGIN SOLUTION\nx = 1\n### END SOLUTION"),
    ],
)
def test_a_lone_marker_is_an_error(cell):
    with pytest.raises(ValueError, match="###"):
        read(cell)
