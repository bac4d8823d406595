"""The book holds to its plan, and each departure from it is told in a sentence."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from lossbook import taxonomy
from lossbook_site import anatomy, tidy

ROOT = Path(__file__).parents[1]


def test_the_book_holds_to_its_plan():
    assert anatomy.problems(ROOT) == []


@pytest.fixture
def copy(tmp_path):
    """A copy of the book to break."""
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "chapters", tmp_path / "chapters")
    return tmp_path


def the_problem(root):
    (problem,) = anatomy.problems(root)
    return problem


def edit(root, path, change):
    """Apply a change to a notebook of the copy."""
    file = root / path
    notebook = nbformat.read(file, as_version=4)
    change(notebook)
    nbformat.write(notebook, file)


def cell_with(notebook, text):
    return next(cell for cell in notebook.cells if text in cell.source)


HUBER = "chapters/regression/huber.ipynb"


@pytest.mark.parametrize("text", ["", "not json", "{}", '{"cells": 3}', "[]"])
def test_an_unreadable_notebook(copy, text):
    (copy / HUBER).write_text(text)
    problem = the_problem(copy)
    assert problem.startswith(f"{HUBER} is no readable notebook (")
    assert problem.endswith("restore it with git, or save it anew from Jupyter")


def test_the_command_prints_the_problems_and_fails(copy):
    command = [sys.executable, "-m", "lossbook_site.anatomy"]
    assert subprocess.run(command, cwd=copy).returncode == 0
    (copy / HUBER).write_text("not json")
    failed = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    assert failed.returncode == 1
    assert failed.stderr.startswith(f"{HUBER} is no readable notebook (")


def test_a_missing_section(copy):
    edit(copy, HUBER, lambda nb: nb.cells.remove(cell_with(nb, "## Why this loss")))
    assert the_problem(copy).startswith(f"{HUBER}: the section '## Why this loss' is missing: write it")


def test_a_section_of_its_own(copy):
    edit(copy, HUBER, lambda nb: nb.cells.append(nbformat.v4.new_markdown_cell("## My thoughts")))
    assert "'## My thoughts' is no section of a chapter: make it '### My thoughts' inside" in the_problem(copy)


def test_sections_out_of_order(copy):
    def swap(notebook):
        cell = cell_with(notebook, "## References")
        notebook.cells.remove(cell)
        notebook.cells.insert(0, cell)

    edit(copy, HUBER, swap)
    assert "the sections stand in the order ['References', 'In short'" in the_problem(copy)


def test_a_card_that_lacks_a_line(copy):
    def rename(notebook):
        card = cell_with(notebook, "## In short")
        card.source = card.source.replace("**The safe call**", "**Call**")

    edit(copy, HUBER, rename)
    problem = the_problem(copy)
    assert "the lines of '## In short' begin with ['Use it when', 'Rather not when', 'Call'" in problem
    assert "begins with ['Use it when', 'Rather not when', 'The safe call'" in problem


def test_text_that_is_too_long(copy):
    """Formulas and what follows the exercises do not count."""

    def lengthen(notebook):
        cell_with(notebook, "## Why this loss").source += "\n\n" + "a word " * 1250 + "$a b c d$"
        cell_with(notebook, "## References").source += "\n\n" + "a word " * 2000

    edit(copy, HUBER, lengthen)
    assert re.search(r"huber.ipynb: \d+ words stand before the exercises: leave at most 2500$", the_problem(copy))


def test_cells_that_should_be_folded(copy):
    def unfold(notebook):
        cell = cell_with(notebook, "## Definition")
        place = notebook.cells.index(cell) + 1
        asserting = nbformat.v4.new_code_cell("for x in (1, 2):\n    assert x")
        silent = nbformat.v4.new_code_cell("assert 1 == 1", metadata={"tags": ["check"]})
        notebook.cells[place:place] = [asserting, silent, *(nbformat.v4.new_code_cell("x = 1") for _ in range(30))]

    edit(copy, HUBER, unfold)
    ends, says, many = anatomy.problems(copy)
    assert "an open cell ends in an assertion ('for x in (1, 2):'): give it the tag 'check'" in ends
    assert "a check does not say what it checks ('assert 1 == 1'): begin it with a sentence in a comment" in says
    assert "cells before the exercises are open: fold those that set up, draw or check, and leave at most 30" in many


def test_a_page_missing_from_the_contents(copy):
    (copy / "chapters/reference/extra.md").write_text("# Extra\n")
    assert the_problem(copy) == (
        "chapters/reference/extra is a page in the folder but not in _toc.yml: add it there, or move it out of chapters/"
    )


def test_contents_that_name_no_page(copy):
    (copy / "chapters/reference/notation.md").unlink()
    assert the_problem(copy) == (
        "_toc.yml names chapters/reference/notation, which has no file: write that page, or take it out of _toc.yml"
    )


def test_a_chapter_without_a_loss(copy, monkeypatch):
    kept = tuple(loss for loss in taxonomy.LOSSES if loss.chapter != "regression/huber")
    monkeypatch.setattr(anatomy, "LOSSES", kept)
    assert the_problem(copy) == (
        "chapters/regression/huber.ipynb has no loss: add a record to LOSSES in lossbook/taxonomy/regression.py "
        "with chapter='regression/huber'"
    )


def test_a_loss_without_a_chapter(copy):
    (copy / "chapters/regression/l1.ipynb").unlink()
    toc = copy / "_toc.yml"
    toc.write_text("".join(line for line in toc.open() if "regression/l1" not in line))
    assert the_problem(copy) == (
        "l1_loss has no chapter: write chapters/regression/l1.ipynb, or correct its record in lossbook/taxonomy/regression.py"
    )


def test_a_first_cell_that_does_not_install(copy):
    edit(copy, HUBER, lambda nb: cell_with(nb, "%pip").update(source="import lossbook"))
    assert "the first code cell must install lossbook where it is missing" in the_problem(copy)


def test_markup_that_jupyter_does_not_show(copy):
    edit(copy, HUBER, lambda nb: nb.cells[0].update(source="# Huber\n\nSee {doc}`l1`."))
    assert "the MyST markup '{doc}`' shows as raw text in Jupyter" in the_problem(copy)


def test_a_stored_output_and_its_cure(copy):
    output = nbformat.v4.new_output("stream", text="3")
    edit(copy, HUBER, lambda nb: cell_with(nb, "at_a_glance(huber_loss)").outputs.append(output))
    assert the_problem(copy).endswith("a cell is stored with its output ('at_a_glance(huber_loss)'): run `make tidy`")
    tidy.main(copy / "chapters")
    assert anatomy.problems(copy) == []


def test_a_checked_cell_without_output(copy):
    edit(copy, HUBER, lambda nb: cell_with(nb, "NBVAL_CHECK_OUTPUT").update(outputs=[]))
    assert "a checked cell has no stored output" in the_problem(copy)


def test_an_exercise_id_that_stands_twice(copy):
    def rename(notebook):
        cell_with(notebook, "def my_huber").metadata.nbgrader.grade_id = "huber-predict"

    edit(copy, HUBER, rename)
    assert f"the exercise id 'huber-predict' stands in {HUBER} already: choose another" in the_problem(copy)


def test_points_that_do_not_add_up(copy):
    edit(copy, HUBER, lambda nb: cell_with(nb, "at |r| = delta").metadata.nbgrader.update(points=7))
    assert "exercise 1 promises 3 points, its test cells give 9" in the_problem(copy)


@pytest.mark.parametrize(
    ("heading", "says"),
    [
        ("### Exercise 5: predict, then run (2 points)", "the exercises are numbered [1, 5, 3]"),
        ("### Exercise 2: predict, then run", "1 headings read '### Exercise 1:"),
    ],
)
def test_exercises_that_are_not_counted(copy, heading, says):
    def rename(notebook):
        for cell in notebook.cells:
            cell.source = cell.source.replace("### Exercise 2: predict, then run (2 points)", heading)
        if "points" not in heading:
            cell = next(cell for cell in notebook.cells if cell.source.startswith("### Exercise 3"))
            cell.source = cell.source.replace("### Exercise 3", "### The last")

    edit(copy, HUBER, rename)
    assert any(says in problem for problem in anatomy.problems(copy))


@pytest.mark.parametrize(
    ("marker", "says"),
    [
        ("### BEGIN SOLUTION", "is a solution without the marker"),
        ("### BEGIN HIDDEN TESTS", "has no hidden tests"),
    ],
)
def test_an_exercise_without_its_markers(copy, marker, says):
    def strip(notebook):
        cell = cell_with(notebook, marker)
        cell.source = cell.source.replace(marker, "")

    edit(copy, HUBER, strip)
    assert says in the_problem(copy)


def test_a_chapter_without_a_goal(copy):
    page = copy / "chapters/teaching/index.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("regression/huber: ", "regression/hubert: "), encoding="utf-8")
    assert the_problem(copy).startswith("chapters/regression/huber.ipynb has exercises but no goal: ")


def test_every_notebook_is_stored_tidy():
    for file in (ROOT / "chapters").rglob("*.ipynb"):
        stored = file.read_text(encoding="utf-8")
        assert tidy.text(nbformat.reads(stored, as_version=4)) == stored, f"{file.name}: run `make tidy`"
