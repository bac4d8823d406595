"""A chapter as its reader should see it, without what it says to the tools of tests and teachers.

Exercises follow nbgrader's convention; on the page they are a task, its solution under a fold,
and a check. The notebook that a page offers for download stays as its author wrote it.
"""

import json
import re
from textwrap import indent

from sphinx.errors import SphinxError

SOLUTION = ("### BEGIN SOLUTION", "### END SOLUTION")
HIDDEN_TESTS = ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
NBVAL = "# NBVAL_CHECK_OUTPUT"
STUB = "# YOUR CODE HERE\nraise NotImplementedError()\n"
CHECK = "check"  # the tag of a cell that only asserts; its first comment says what


class NotebookError(SphinxError):
    category = "Notebook error"


def replace_regions(source, markers, replacement):
    """Replace what stands between two markers, and the markers, at the first one's indentation."""
    begin, end = markers
    region = rf"^([ \t]*){begin}[ \t]*\n.*?^[ \t]*{end}[ \t]*(?:\n|\Z)"
    replaced = re.sub(region, lambda found: indent(replacement, found[1]), source, flags=re.S | re.M)
    for marker in markers:
        if marker in replaced:
            raise ValueError(f"{marker!r} has no counterpart:\n{source}")
    return replaced


def without(source, *markers):
    """Return the source without the lines that hold one of the markers."""
    return re.sub(rf"^[ \t]*(?:{'|'.join(markers)})[ \t]*(?:\n|\Z)", "", source, flags=re.M)


def split_comment(source):
    """Return the sentence in the comment that a cell begins with, and the rest of the cell."""
    comment = re.match(r"(?:#.*\n?)*", source)[0]
    said = " ".join(line.removeprefix("#").strip() for line in comment.splitlines())
    return said, source[len(comment) :].lstrip("\n")


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
    if cell["cell_type"] != "code":
        return [cell]
    source = without("".join(cell["source"]), NBVAL)
    grading = cell["metadata"].get("nbgrader")
    if not grading:
        if CHECK in cell["metadata"].get("tags", ()):
            said, rest = split_comment(source)
            return [tagged(cell, rest, "hide-input", mystnb={"code_prompt_show": f"Checked. {said}".rstrip()})]
        return [tagged(cell, source)]
    source = replace_regions(source, HIDDEN_TESTS, "")
    if grading["solution"]:
        stub = replace_regions(source, SOLUTION, STUB)
        if stub == source:  # without markers, the whole cell is the solution
            stub = STUB
        return [
            tagged(cell, stub, "exercise-task", "skip-execution"),
            tagged(
                cell, without(source, *SOLUTION), "exercise-solution", "hide-cell",
                suffix="solution", mystnb={"code_prompt_show": "Show a solution"},
            ),
        ]  # fmt: skip
    if grading["grade"]:
        worth = f"points-{grading.get('points', 0)}"
        return [tagged(cell, source, "exercise-check", worth)] if source.strip() else []
    return [tagged(cell, source)]


def for_reading(notebook):
    """Return a notebook (as a dict) with every cell prepared for the page."""
    cells = [new for cell in notebook["cells"] for new in shown(cell)]
    for cell in cells:
        for marker in (*SOLUTION, *HIDDEN_TESTS):
            if marker in "".join(cell["source"]):
                raise ValueError(f"{marker!r} stands in a cell without nbgrader's metadata:\n" + "".join(cell["source"]))
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    if code:
        code[0]["metadata"]["mystnb"] = {"code_prompt_show": "Set-up"}
    return {**notebook, "cells": cells}


def prepare(app, docname, source):
    if app.env.doc2path(docname).endswith(".ipynb"):
        try:
            source[0] = json.dumps(for_reading(json.loads(source[0])))
        except ValueError as error:
            raise NotebookError(f"{docname}: {error}") from error


def setup(app):
    app.connect("source-read", prepare)
