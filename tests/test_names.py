"""Which cells give the names that others use: what grading may leave out, and where a name comes from."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from lossbook.course.names import giver, imported, used
from lossbook.course.restore import skip_unused

WANTS_X = "assert x"


@pytest.mark.parametrize(
    ("cells", "runs"),
    [
        (["x = 1", "y = 2", WANTS_X], [1, 0, 1]),
        (["import numpy as x", WANTS_X], [1, 1]),
        (["def x(): ...", WANTS_X], [1, 1]),
        (["x = 1", "x = 2", WANTS_X], [0, 1, 1]),
        (["x = 1", "x += 1", WANTS_X], [1, 1, 1]),
        (["x = 1", "x = x + 1", WANTS_X], [1, 1, 1]),
        (["x = 1", "if y:\n    x = 2", WANTS_X], [1, 1, 1]),
        (["x = []", "x.append(1)", WANTS_X], [1, 1, 1]),
        (["x = {}", "x[0] = 1", WANTS_X], [1, 1, 1]),
        (["x = {}", "x[0].a.add(1)", WANTS_X], [1, 1, 1]),
        (["x = 1", "x.a = 1", WANTS_X], [1, 1, 1]),
        (["import numpy as x", "x.fill_diagonal(y, 0)", WANTS_X], [1, 0, 1]),
        (["x = 1", "print(x)", WANTS_X], [1, 0, 1]),
        (["x = 1", "for x in [2]:\n    y = x", WANTS_X], [0, 1, 1]),
        (["y = 1", "x = [y for _ in [0]]", WANTS_X], [1, 1, 1]),
        (["y = 1", "x = [y for y in [0]]", WANTS_X], [0, 1, 1]),
        (["y = 1", "for y in [0]:\n    x = y", WANTS_X], [0, 1, 1]),
        (["y = 1", "def x(y):\n    return y", WANTS_X], [0, 1, 1]),
        # A function uses what is there when it is called, made before it or behind it.
        (["y = 1", "def x():\n    return y", "y = 2", WANTS_X], [1, 1, 1, 1]),
        (["x = lambda: y", "y = 2", WANTS_X], [1, 1, 1]),
        (["z = 1", "y = z", "x = y", WANTS_X], [1, 1, 1, 1]),
        (["%time x = 1", "x = 2", "x = (", "assert y"], [0, 0, 0, 1]),
        (["x = 1", "y = 2"], [0, 1]),
        # What does not run needs nothing.
        (["y = 1", "z = y", "x = 1", WANTS_X], [0, 0, 1, 1]),
        (["x = len", "x('a')", WANTS_X], [1, 0, 1]),
        (["x = 1", "y = [x for x in [0]]", WANTS_X], [1, 0, 1]),
    ],
)
def test_the_last_cell_runs_with_what_it_needs(cells, runs):
    certain = [False] * (len(cells) - 1) + [True]
    assert used(cells, certain) == [bool(run) for run in runs]


def test_only_the_chapter_s_own_cells_are_left_out():
    def cell(source, *tags):
        return new_code_cell(source, metadata={"tags": list(tags)})

    cells = [
        cell("x = 1", "chapter"),
        cell("y = 1", "chapter", "hide-input"),
        cell("z = 1", "skip-execution"),
        new_code_cell("assert x"),
    ]
    notebook = new_notebook(cells=cells)
    for _ in range(2):  # a notebook may come again
        skip_unused(notebook)
    assert [cell.metadata.get("tags") for cell in notebook.cells] == [
        ["chapter"], ["chapter", "hide-input", "skip-execution"], [], [],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "line"),
    [("np", "import numpy as np"), ("f", "def f(np):"), ("a", "a, b = 1, 2"), ("late", "late = 1"), ("nobody", "")],
)
def test_a_name_s_line_is_the_first_that_makes_it(name, line):
    cells = [
        "# np is numpy\nimport numpy as np\nprint(late)",
        "def f(np):\n    nobody = np",
        "a, b = 1, 2",
        "if a:\n    late = 1",
    ]
    assert giver(name, cells) == line


def test_imports_are_found_wherever_they_stand():
    cells = [
        "import a.b as c, d",
        "try:\n    from e.f import g\nexcept ImportError:\n    %pip install e",
        "def h():\n    import d",
        "import (",
    ]
    assert imported(cells) == ["a.b", "d", "e.f"]
