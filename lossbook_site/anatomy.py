"""The book held to its plan: every chapter in the contents, in its sections, with its loss.

`problems` looks without executing anything and says of each fault what to do about it.
`python -m lossbook_site.anatomy` prints them for the book in this folder, and fails if there are any.
"""

import ast
import re
import sys
from pathlib import Path

import nbformat
import yaml

from lossbook.course.chapters import tasks
from lossbook.taxonomy import FAMILIES, LOSSES
from lossbook_site.reading import CHECK

LOSS_SECTIONS = (
    "In short",
    "Why this loss",
    "Definition",
    "Through the likelihood lens",
    "Through the Kullback–Leibler lens",
    "Implementation",
    "At work",
    "Choosing",
    "Pitfalls",
    "In other libraries",
    "Exercises",
    "Source note",
    "References",
)
LENS_SECTIONS = (
    "In short",
    "The question",
    "Derivation",
    "Worked examples",
    "Pitfalls",
    "Exercises",
    "Source note",
    "References",
)
ESSAY_SECTIONS = tuple(section for section in LENS_SECTIONS if section != "Worked examples")
# Only where the source document slips.
OPTIONAL = {"Source note"}

# What the lines of a loss's card, In short, begin with.
CARD = ("Use it when", "Rather not when", "The safe call", "A number that gives a bug away", "What it cannot see")

# Before the exercises.
WORDS, OPEN_CELLS = 2500, 30

CHECKED = "# NBVAL_CHECK_OUTPUT"


def problems(root: Path) -> list[str]:
    """Return a sentence for each way in which the book under `root` departs from its plan."""
    notebooks, found = _read_notebooks(root)
    found += _contents(root)
    found += _losses(root)
    found += _grade_ids(notebooks)
    found += _goals(root, notebooks)
    repository = yaml.safe_load((root / "_config.yml").read_text())["repository"]["url"]
    for path, notebook in notebooks.items():
        found += [f"{path}: {fault}" for fault in _chapter(path, notebook, repository)]
    return found


def _read_notebooks(root):
    notebooks, found = {}, []
    for file in sorted((root / "chapters").rglob("*.ipynb")):
        if ".ipynb_checkpoints" in file.parts:
            continue
        path = file.relative_to(root).as_posix()
        try:
            notebooks[path] = nbformat.read(file, as_version=4)
            nbformat.validate(notebooks[path])
        except Exception as error:  # nbformat lets errors of many kinds through
            reason = str(error).splitlines()[0]
            found.append(f"{path} is no readable notebook ({reason}): restore it with git, or save it anew from Jupyter")
            notebooks.pop(path, None)
    return notebooks, found


def _contents(root):
    """Compare the chapters folder with _toc.yml, both ways."""
    toc = yaml.safe_load((root / "_toc.yml").read_text())
    listed = {toc["root"], *(entry["file"] for entry in _entries(toc))}
    files = {
        file.relative_to(root).with_suffix("").as_posix()
        for kind in ("*.ipynb", "*.md")
        for file in (root / "chapters").rglob(kind)
        if ".ipynb_checkpoints" not in file.parts
    }
    return [
        *(f"{page} is a page in the folder but not in _toc.yml: add it there, or move it out of chapters/" for page in sorted(files - listed)),
        *(f"_toc.yml names {page}, which has no file: write that page, or take it out of _toc.yml" for page in sorted(listed - files)),
    ]  # fmt: skip


def _entries(node):
    """Yield every entry of a table of contents that names a file, at any depth."""
    for key in ("parts", "chapters", "sections"):
        for entry in node.get(key, ()):
            if "file" in entry:
                yield entry
            yield from _entries(entry)


def _losses(root):
    """Compare the taxonomy with the families' folders, both ways."""
    promised = {loss.chapter for loss in LOSSES} | set(_essays())
    written = {f"{family.slug}/{file.stem}" for family in FAMILIES for file in (root / "chapters" / family.slug).glob("*.ipynb")}
    return [
        *(
            f"{loss.name} has no chapter: write chapters/{loss.chapter}.ipynb, or correct its record in lossbook/taxonomy/{loss.family}.py"
            for loss in LOSSES
            if loss.chapter not in written
        ),
        *(
            f"the essay {chapter} has no notebook: write chapters/{chapter}.ipynb, or take it out of its family in lossbook/taxonomy/__init__.py"
            for chapter in _essays()
            if chapter not in written
        ),
        *(
            f"chapters/{chapter}.ipynb has no loss: add a record to LOSSES in lossbook/taxonomy/{chapter.split('/')[0]}.py with chapter={chapter!r}"
            for chapter in sorted(written - promised)
        ),
    ]


def _essays():
    """Return the chapters of a family that have no loss of their own."""
    return [f"{family.slug}/{name}" for family in FAMILIES for name in family.essays]


def _sections(path):
    """Return the sections that a notebook of the book has, by where it stands; a reference page is free."""
    chapter = Path(path).relative_to("chapters").with_suffix("").as_posix()
    if chapter.startswith("reference/"):
        return None
    if chapter in _essays():
        return ESSAY_SECTIONS
    return LENS_SECTIONS if chapter.startswith("lenses/") else LOSS_SECTIONS


def _chapter(path, notebook, repository):
    """Yield what is wrong inside one notebook."""
    if (sections := _sections(path)) is not None:
        yield from _headings(notebook, sections)
        yield from _card(notebook, sections)
        yield from _length(notebook)
        yield from _exercises(notebook)

    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if not code or f"git+{repository}" not in code[0].source:
        yield f"the first code cell must install lossbook where it is missing, from git+{repository}: copy it from another chapter"
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (directive := re.search(r"^(```|:::)\{.*|\{[a-z:-]+\}`", cell.source, re.M)):
            yield f"the MyST markup {directive[0]!r} shows as raw text in Jupyter: use plain Markdown"
    for cell in code:
        checked = CHECKED in cell.source
        if cell.outputs and not checked:
            yield f"a cell is stored with its output ({_start(cell)}): run `make tidy`"
        if checked and not cell.outputs:
            yield f"a checked cell has no stored output ({_start(cell)}): run the notebook, save it, and run `make tidy`"


def _headings(notebook, sections):
    """Yield where the sections are not those of the plan, in its order."""
    headings = [
        line[3:].strip()
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("## ")
    ]
    for section in sections:
        if section not in headings and section not in OPTIONAL:
            yield f"the section '## {section}' is missing: write it (CONTRIBUTING.md says what it holds)"
    for heading in headings:
        if heading not in sections:
            yield f"'## {heading}' is no section of a chapter: make it '### {heading}' inside one of {', '.join(sections)}"
    known = [heading for heading in headings if heading in sections]
    if known != sorted(known, key=sections.index):
        yield f"the sections stand in the order {known}: put them in the order {list(sections)}"


def _card(notebook, sections):
    """Yield what the card at the top of a chapter lacks."""
    card = next((cell.source for cell in notebook.cells if cell.source.startswith("## In short")), "")
    lines = re.findall(r"^- \*\*(.*?)\*\*", card, re.M)
    if sections is LOSS_SECTIONS and lines != list(CARD):
        yield f"the lines of '## In short' begin with {lines}: let them be a list that begins with {list(CARD)}, each in bold"
    if not 3 <= len(lines) <= 5:
        yield f"'## In short' has {len(lines)} lines that begin with words in bold: give it a list of three to five"


def _length(notebook):
    """Yield by how much the text before the exercises is too long, and cells that should be folded."""
    words = cells = 0
    for cell in notebook.cells:
        if cell.source.startswith("## Exercises"):
            break
        tags = cell.metadata.get("tags", ())
        if cell.cell_type == "markdown":
            words += len(re.sub(r"\$\$.*?\$\$|\$.*?\$|\]\(.*?\)", " ", cell.source, flags=re.S).split())
        elif CHECK in tags:
            if not cell.source.startswith("#"):
                yield f"a check does not say what it checks ({_start(cell)}): begin it with a sentence in a comment"
        elif not {"hide-input", "remove-input"} & set(tags):
            cells += 1
            if _asserts(cell):
                yield f"an open cell ends in an assertion ({_start(cell)}): give it the tag {CHECK!r}"
    if words > WORDS:
        yield f"{words} words stand before the exercises: leave at most {WORDS}"
    if cells > OPEN_CELLS:
        yield f"{cells} cells before the exercises are open: fold those that set up, draw or check, and leave at most {OPEN_CELLS}"


def _asserts(cell):
    """Return whether a cell ends in an assertion."""
    code = re.sub(r"^(\s*)%.*$", r"\1pass", cell.source, flags=re.M)
    last = ast.parse(code).body[-1]
    while isinstance(last, ast.For | ast.With):
        last = last.body[-1]
    return isinstance(last, ast.Assert)


def _exercises(notebook):
    """Yield where an exercise's heading, solution and tests do not fit together."""
    headings = tasks(notebook)
    if not 2 <= len(headings) <= 4:
        yield f"{len(headings)} headings read '### Exercise 1: … (3 points)': give the chapter two to four exercises"
    numbers = [task.number for task in headings]
    if numbers != list(range(1, len(headings) + 1)):
        yield f"the exercises are numbered {numbers}: number them from 1"

    points, task = {}, None
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (found := re.findall(r"^### Exercise (\d+):", cell.source, re.M)):
            task = int(found[-1])
        meta = cell.metadata.get("nbgrader")
        if meta is None:
            continue
        points[task] = points.get(task, 0) + meta.get("points", 0)
        name = meta["grade_id"]
        if meta["solution"] and "### BEGIN SOLUTION" not in cell.source:
            yield f"the cell {name!r} is a solution without the marker '### BEGIN SOLUTION': mark what the student writes"
        if meta["grade"] and "### BEGIN HIDDEN TESTS" not in cell.source:
            yield f"the cell {name!r} has no hidden tests: without them the visible ones can be passed by heart"
    for task in headings:
        if (given := points.get(task.number, 0)) != task.points:
            yield f"exercise {task.number} promises {task.points} points, its test cells give {given}: make them agree"


def _grade_ids(notebooks):
    """Find exercise ids that stand twice in the book."""
    first, found = {}, []
    for path, notebook in notebooks.items():
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in first:
                found.append(f"{path}: the exercise id {name!r} stands in {first[name]} already: choose another")
            elif name is not None:
                first[name] = path
    return found


def _goals(root, notebooks):
    """Find chapters with exercises that have no goal on the teaching page."""
    page = (root / "chapters/teaching/index.md").read_text(encoding="utf-8")
    listed = re.findall(r"^(\w+/\w+): ", page.partition("```{goals}")[2], re.M)
    return [
        f"{path} has exercises but no goal: add a line to {{goals}} in chapters/teaching/index.md"
        for path, notebook in notebooks.items()
        if tasks(notebook) and path.removeprefix("chapters/").removesuffix(".ipynb") not in listed
    ]


def _start(cell):
    lines = [line for line in cell.source.splitlines() if line.strip() and line != CHECKED]
    return repr(lines[0])


if __name__ == "__main__":
    sys.exit("\n".join(problems(Path())) or 0)
