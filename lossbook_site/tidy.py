"""Store notebooks without outputs, except of the cells whose output is checked.

python -m lossbook_site.tidy FOLDER
"""

import sys
from pathlib import Path

import nbformat

from lossbook_site.anatomy import CHECKED


def tidied(notebook):
    """Return a notebook stripped of what a run leaves behind."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.execution_count = None
            if CHECKED not in cell.source:
                cell.outputs = []
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = None
    return notebook


def main(folder):
    for file in sorted(Path(folder).rglob("*.ipynb")):
        before = file.read_text(encoding="utf-8")
        after = nbformat.writes(tidied(nbformat.reads(before, as_version=4))) + "\n"
        if after != before:
            file.write_text(after, encoding="utf-8")
            print(f"tidied {file}")


if __name__ == "__main__":
    main(sys.argv[1])
