"""A submission made ready: whatever is not the student's to write is the course's again, and what nothing needs is left out."""

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from lossbook.course.chapters import CHAPTER, grade_id, part, read
from lossbook.course.names import names_of, used

__all__ = ["NOTES", "SKIP", "Original", "of_course", "original", "restore", "skip_unused"]

# Where a notebook carries what the report is to say about it.
NOTES = "lossbook"
# nbclient, and this package, leave cells with this tag alone.
SKIP = "skip-execution"


@dataclass(frozen=True)
class Original:
    """What a course holds of a notebook: its own cells in the gradebook, and the whole chapter in its sources."""

    assignment: str
    name: str
    cells: tuple[NotebookNode, ...]
    chapter: NotebookNode

    @property
    def answered(self) -> set[str]:
        """The names that answers are to give."""
        names = [names_of(cell.source) for cell in self.cells if part(cell) == "answer"]
        return set().union(*(given.anew | given.perhaps for given in names))


def original(gradebook: Any, assignment: str, name: str, source: Path) -> Original:
    """Return a notebook as nbgrader's gradebook has it; `source` is the teacher's file."""
    notebook = gradebook.find_notebook(name, assignment)
    points = {cell.name: cell.max_score for cell in (*notebook.grade_cells, *notebook.task_cells)}
    grades, answers, tasks = (
        {cell.name for cell in cells} for cells in (notebook.grade_cells, notebook.solution_cells, notebook.task_cells)
    )
    cells = []
    for row in notebook.source_cells:
        cell = nbformat.v4.new_code_cell(row.source) if row.cell_type == "code" else nbformat.v4.new_markdown_cell(row.source)
        cell.metadata["nbgrader"] = {
            "grade_id": row.name, "grade": row.name in grades, "solution": row.name in answers, "task": row.name in tasks,
            "locked": row.locked, "cell_type": row.cell_type, "checksum": row.checksum, "schema_version": 3,
            **({"points": points[row.name]} if row.name in points else {}),
        }  # fmt: skip
        cells.append(cell)
    return Original(assignment, name, tuple(cells), read(source))


def of_course(gradebook: Any, course: Path) -> list[Original]:
    """Return all notebooks of a course."""
    return [
        original(gradebook, assignment.name, notebook.name, course / "source" / assignment.name / f"{notebook.name}.ipynb")
        for assignment in gradebook.assignments
        for notebook in assignment.notebooks
    ]


def restore(notebook: NotebookNode, original: Original) -> None:
    """Give a submission the course's cells again, in place; its metadata then say what was done.

    The first cell of a name counts. Tests and set-up are the original ones; a set-up cell that was changed
    stays before it, as the student's own. What is missing stands behind what it stood behind.
    """
    own = {grade_id(cell): cell for cell in original.cells}
    notes: dict[str, None] = {}
    cells: list[NotebookNode] = []
    found: dict[str, NotebookNode] = {}
    for cell in notebook.cells:
        name = grade_id(cell)
        if name in found:
            notes[f"{name} stands twice: the first counts"] = None
            continue
        cell.metadata.pop("nbgrader", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if name not in own:
            cells.append(cell)
            continue
        whole = deepcopy(own[name])
        if part(whole) in ("answer", "written"):
            whole.source = cell.source
        elif part(whole) == "set-up":
            whole.metadata["tags"] = cell.metadata.get("tags", [])
            if cell.source != whole.source:
                notes[f"{name} was changed: it is the chapter's again"] = None
                cell.metadata["tags"] = []
                cells.append(cell)
        found[name] = whole
        cells.append(whole)
    before = -1
    for name, cell in own.items():
        if name in found:
            before = cells.index(found[name])
        else:
            before += 1
            cells.insert(before, deepcopy(cell))
    notebook.cells = cells
    # Ids must differ, and a copied cell may bring its own along.
    notebook.nbformat_minor = 5
    ids = {None}
    for cell in cells:
        if cell.get("id") in ids:
            cell["id"] = nbformat.v4.new_raw_cell().id
        ids.add(cell["id"])
    notebook.metadata[NOTES] = {"notes": list(notes), "answered": sorted(original.answered)}


def skip_unused(notebook: NotebookNode) -> None:
    """Tag the cells of a notebook that are not to run: its chapter's whose names nothing uses."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    certain = [bool(part(cell)) or CHAPTER not in cell.metadata.get("tags", []) for cell in cells]
    for cell, runs in zip(cells, used([cell.source for cell in cells], certain), strict=True):
        tags = cell.metadata.setdefault("tags", [])
        if not runs and SKIP not in tags:
            tags.append(SKIP)
        elif runs and SKIP in tags:  # a student's
            tags.remove(SKIP)
