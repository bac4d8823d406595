"""Exercises as a reader should see them: the task, a check, and the solution under a fold.

Chapters keep exercises in nbgrader's convention, which teachers' tools need and readers do not.
The notebook that a page offers for download stays as its author wrote it.
"""

import json
import re

SOLUTION = ("### BEGIN SOLUTION", "### END SOLUTION")
HIDDEN_TESTS = ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
STUB = "# YOUR CODE HERE\nraise NotImplementedError()\n"


def replace_regions(source, markers, replacement):
    """Replace what stands between two markers, and the markers, at the first one's indentation."""
    begin, end = markers
    region = rf"^([ \t]*){begin}\n.*?^[ \t]*{end}(?:\n|\Z)"
    return re.sub(
        region,
        lambda found: re.sub("^", found[1], replacement, flags=re.M).rstrip(" \t"),
        source,
        flags=re.S | re.M,
    )


def without_markers(source, markers):
    """Return the source without the lines that hold the markers."""
    return re.sub(rf"^[ \t]*(?:{'|'.join(markers)})(?:\n|\Z)", "", source, flags=re.M)


def tagged(cell, source, *tags, suffix="", **metadata):
    """Return a copy of a code cell with another source, further tags and metadata."""
    known = cell["metadata"]
    new = {
        **cell,
        "source": source.rstrip("\n"),
        "metadata": {**known, "tags": [*known.get("tags", []), *tags], **metadata},
    }
    if suffix:
        new["id"] = f"{cell['id']}-{suffix}"
    return new


def shown(cell):
    """Return the cells that stand on the page for one cell of the notebook."""
    grading = cell["metadata"].get("nbgrader")
    if cell["cell_type"] != "code" or not grading:
        return [cell]
    source = replace_regions("".join(cell["source"]), HIDDEN_TESTS, "")
    if grading["solution"]:
        stub = replace_regions(source, SOLUTION, STUB)
        if stub == source:  # without markers, the whole cell is the solution
            stub = STUB
        return [
            tagged(cell, stub, "exercise-task", "skip-execution"),
            tagged(
                cell, without_markers(source, SOLUTION), "exercise-solution", "hide-cell",
                suffix="solution", mystnb={"code_prompt_show": "Show a solution"},
            ),
        ]  # fmt: skip
    if grading["grade"]:
        return [tagged(cell, source, "exercise-check")] if source.strip() else []
    return [cell]


def for_reading(notebook):
    """Return a notebook (as a dict) with every exercise prepared for the page."""
    cells = [new for cell in notebook["cells"] for new in shown(cell)]
    for cell in cells:
        for marker in (*SOLUTION, *HIDDEN_TESTS):
            if marker in "".join(cell["source"]):
                raise ValueError(
                    f"{marker!r} has no counterpart, or stands outside an nbgrader cell:\n"
                    + "".join(cell["source"])
                )
    return {**notebook, "cells": cells}


def prepare(app, docname, source):
    if app.env.doc2path(docname).endswith(".ipynb"):
        try:
            source[0] = json.dumps(for_reading(json.loads(source[0])))
        except ValueError as error:
            raise ValueError(f"{docname}: {error}") from error


def setup(app):
    app.connect("source-read", prepare)
