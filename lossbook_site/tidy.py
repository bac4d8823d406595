"""Store notebooks without outputs, except of the cells whose output is checked.

python -m lossbook_site.tidy FOLDER
"""

import sys
from pathlib import Path

import nbformat

from lossbook_site.anatomy import CHECKED


def tidied(notebook):
    """Return a notebook stripped of what a run leaves behind.

    A checked cell keeps its output and the number that a run from top to bottom gives it
    (nbval takes a cell without a number for one that was never run).
    """
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    for number, cell in enumerate(code, start=1):
        if CHECKED not in cell.source:
            cell.outputs = []
        cell.execution_count = number if cell.outputs else None
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = number
    return notebook


def text(notebook):
    """Return a notebook as it is to be stored."""
    return nbformat.writes(tidied(notebook)) + "\n"


def main(folder):
    for file in sorted(Path(folder).rglob("*.ipynb")):
        before = file.read_text(encoding="utf-8")
        after = text(nbformat.reads(before, as_version=4))
        if after != before:
            file.write_text(after, encoding="utf-8")
            print(f"tidied {file}")


if __name__ == "__main__":
    main(sys.argv[1])
