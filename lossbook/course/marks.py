"""A notebook that ran, as points and the reasons for those it lacks."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from lossbook.course.chapters import answers, grade_id, part
from lossbook.course.names import giver
from lossbook.course.restore import NOTES

__all__ = ["Graded", "Lost", "explain", "marks", "not_graded", "reason"]


@dataclass(frozen=True)
class Lost:
    """The points that a test cell gave too few, and why."""

    test: str
    points: float
    reason: str


@dataclass(frozen=True)
class Graded:
    """What became of one submission; `problem` says why it could not be graded, `notes` what was done to it."""

    file: Path
    assignment: str = ""
    points: float = 0
    of: float = 0
    lost: tuple[Lost, ...] = ()
    problem: str = ""
    notes: tuple[str, ...] = ()


def marks(file: Path, assignment: str, notebook: NotebookNode, problem: str = "") -> Graded:
    """Return what a notebook that ran is worth, by nbgrader's rules."""
    from nbgrader.utils import determine_grade

    tests = {grade_id(cell): cell for cell in notebook.cells if part(cell) == "test"}
    scores = {name: determine_grade(cell) for name, cell in tests.items()}
    of = sum(most for _, most in scores.values())
    notes = tuple(notebook.metadata[NOTES]["notes"])
    if problem:
        return Graded(file, assignment, 0, of, problem=problem, notes=notes)
    why = reasons(notebook)
    lost = tuple(Lost(name, most - score, why[name]) for name, (score, most) in scores.items() if score < most)
    return Graded(file, assignment, sum(score for score, _ in scores.values()), of, lost, notes=notes)


def reasons(notebook: NotebookNode) -> dict[str, str]:
    """Return why each test of a notebook that ran failed, or nothing."""
    cells = {grade_id(cell): cell for cell in notebook.cells if part(cell) in ("answer", "test")}
    # A test may fail because the answer's cell stopped: that is the reason to give.
    return {
        test: (reason(cells[answer]) if answer else "") or reason(cells[test]) for test, answer in answers(cells.values()).items()
    }


def reason(cell: NotebookNode) -> str:
    """Return the error of a cell in words, or nothing."""
    error: Any = next((output for output in cell.outputs if output.output_type == "error"), None)
    if error is None:
        return ""
    if error.ename == "NotImplementedError":
        return "not answered"
    if error.ename == "AssertionError":
        return error.evalue or "a test failed"
    return error.evalue if error.ename in ("Stopped", NOT_GRADED) else f"{error.ename}: {error.evalue}"


# The name of the error that stands in the tests of a notebook which could not be graded.
NOT_GRADED = "NotGraded"


def not_graded(notebook: NotebookNode, problem: str) -> None:
    """Say in all tests of a notebook why they could not run."""
    for cell in notebook.cells:
        if part(cell) == "test":
            cell.outputs = [NotebookNode(output_type="error", ename=NOT_GRADED, evalue=problem, traceback=[problem])]


def explain(notebook: NotebookNode, chapter: NotebookNode) -> None:
    """Add to a NameError which cell of the chapter usually makes the name."""
    sources = [cell.source for cell in chapter.cells if cell.cell_type == "code"]
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            missing = re.fullmatch(r"name '(\w+)' is not defined.*", output.get("evalue", ""), re.S)
            if missing and (line := giver(missing[1], sources)):
                output.evalue = f"name '{missing[1]}' is not defined; the chapter makes it in the cell with “{line}”"
