"""What a chapter's notebook says about its exercises."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from lossbook.course.places import CourseError

__all__ = ["CHAPTER", "Task", "answers", "chapters", "grade_id", "part", "read", "tasks"]

# The tag of the cells that a chapter brings: grading may leave them out, and never a student's own.
CHAPTER = "chapter"


@dataclass(frozen=True)
class Task:
    """One exercise, as its heading states it."""

    number: int
    title: str
    points: int


def read(file: str | Path) -> NotebookNode:
    """Return the notebook in a file, with or without a byte-order mark."""
    return nbformat.reads(Path(file).read_text(encoding="utf-8-sig"), as_version=4)


def tasks(notebook: NotebookNode) -> list[Task]:
    """Return the exercises of a notebook, from the headings `### Exercise 1: title (3 points)`."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    found = re.findall(r"^### Exercise (\d+): (.*) \((\d+) points?\)$", text, re.M)
    return [Task(int(number), title, int(points)) for number, title, points in found]


def chapters(book: str | Path) -> dict[str, Path]:
    """Return the notebooks with exercises of the book in a folder, by name ("regression/huber")."""
    folder = Path(book) / "chapters"
    if not folder.is_dir():
        raise CourseError(f"{folder} is no folder: run this in the book's folder, or name that folder with --book")
    return {
        file.relative_to(folder).with_suffix("").as_posix(): file
        for file in sorted(folder.glob("*/*.ipynb"))
        if tasks(read(file))
    }


def grade_id(cell: NotebookNode) -> str:
    """Return nbgrader's name of a cell, or nothing."""
    of = cell.metadata.get("nbgrader")
    name = of.get("grade_id") if isinstance(of, dict) else None
    return name if isinstance(name, str) else ""


def part(cell: NotebookNode) -> str:
    """Return what a cell is to a course: an "answer", a "test", a "written" answer, the "set-up", or nothing of these."""
    if not grade_id(cell):
        return ""
    of = cell.metadata.nbgrader
    if of.get("task") or (of.get("grade") and of.get("solution")):
        return "written"
    return "test" if of.get("grade") else "answer" if of.get("solution") else "set-up" if of.get("locked") else ""


def answers(cells: Any) -> dict[str, str]:
    """Return the name of each test among some cells with that of the answer it tests."""
    found, answer = {}, ""
    for cell in cells:
        if part(cell) == "answer":
            answer = grade_id(cell)
        elif part(cell) == "test":
            found[grade_id(cell)] = answer
    return found
