"""A course of a toy chapter, and submissions to it."""

import shutil

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from lossbook.course.chapters import grade_id, part
from lossbook.course.fork import fork


def answer(name, source):
    """Return an answer's cell, as an author writes it."""
    return graded(source, grade_id=name, solution=True, grade=False, locked=False)


def grading(name, points, source):
    """Return a test cell."""
    return graded(source, grade_id=name, solution=False, grade=True, locked=True, points=points)


def graded(source, **of):
    return new_code_cell(source, metadata={"nbgrader": {"schema_version": 3, "task": False, "cell_type": "code", **of}})


DOUBLE = "def double(x):\n    return 2 * x"
TOY = new_notebook(
    cells=[
        new_markdown_cell("# Toy\n\nBeside [Huber](../regression/huber.ipynb#definition) and [all](../index.md)."),
        new_code_cell("import numpy as np\n\nfour = 4"),
        new_code_cell("# NBVAL_CHECK_OUTPUT\nprint(1)"),
        new_code_cell("two = 2"),
        new_markdown_cell("### Exercise 1: double it (2 points)\n\nWrite $x \\mapsto 2x$."),
        answer("toy-double", "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"),
        grading(
            "toy-double-number", 1,
            'assert np.allclose(double(2), four), "twice two is four"\n'
            '### BEGIN HIDDEN TESTS\nassert np.allclose(double(3), 6), "wrong at three"\n### END HIDDEN TESTS',
        ),
        grading(
            "toy-double-word", 1,
            'assert double("a") == "aa", "a word is written twice"\n'
            '### BEGIN HIDDEN TESTS\nassert double("") == "" and sum([1]) == 1, "wrong for an empty word"\n### END HIDDEN TESTS',
        ),
        new_markdown_cell("### Exercise 2: guess (3 points)"),
        answer("toy-guess", "guess = ...\n### BEGIN SOLUTION\nguess = 7\n### END SOLUTION"),
        grading(
            "toy-guess-number", 3,
            'assert guess is not ..., "fill in a number"\n'
            '### BEGIN HIDDEN TESTS\nassert guess == 7, "another number"\n### END HIDDEN TESTS',
        ),
    ]
)  # fmt: skip


def by_name(notebook):
    """Return a notebook's cells that a course knows, by their names."""
    return {grade_id(cell): cell for cell in notebook.cells if grade_id(cell)}


def make_course(folder):
    """Return a new course of the toy chapter, whose book is gone; its folder's name is an unusual one."""
    (folder / "book/chapters/toy").mkdir(parents=True)
    nbformat.write(TOY, folder / "book/chapters/toy/toy.ipynb")
    fork(["toy/toy"], folder / "my course?", folder / "book")
    shutil.rmtree(folder / "book")
    return folder / "my course?"


def handed_in(course, assignment="toy-toy", drop=(), change=None, **sources):
    """Return a submission: the released notebook with solutions, but some cells written anew (or dropped)."""
    ((released,), (solved,)) = ((course / part / assignment).glob("*.ipynb") for part in ("release", "source"))
    notebook, solutions = nbformat.read(released, as_version=4), by_name(nbformat.read(solved, as_version=4))
    for name, cell in by_name(notebook).items():
        if part(cell) == "answer":
            cell.source = solutions[name].source
        if (written := sources.get(name.replace("-", "_"))) is not None:
            cell.source = written
            if part(cell) == "test":
                cell.metadata.nbgrader.points = 100
    notebook.cells = [cell for cell in notebook.cells if grade_id(cell) not in drop]
    if change:
        change(notebook)
    return notebook
