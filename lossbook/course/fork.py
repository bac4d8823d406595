"""A course made of chapters: sources for the teacher, a version without solutions for students, settings for nbgrader."""

import difflib
import os
import re
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from lossbook.course.chapters import CHAPTER, chapters, part, read, tasks
from lossbook.course.names import used
from lossbook.course.places import CourseError, nbgrader, settings

__all__ = ["BOOK", "PACKAGE", "fork"]

BOOK = "https://the-loss-book.github.io/loss-book"
PACKAGE = "git+https://github.com/the-loss-book/loss-book"

CONFIG = """\
# nbgrader's settings for this course; `nbgrader --help-all` lists them all.
c = get_config()

c.CourseDirectory.course_id = "{course}"

# Submissions run apart from the course and from each other; feedback holds no hidden test.
from lossbook.course.grading import configure

configure(c, __file__)

# Seconds after which a submission is stopped, one of its cells after an eighth of them. The chapter's own
# cells do not count.
c.RunApart.limit = 120
"""

REQUIREMENTS = """\
# What the teacher's machine needs. The course was made with lossbook {version}; to stay with just that
# version, write @ and a commit of the book behind the address.
lossbook[course] @ {package}
"""

README = """\
# {course}

Chapters of [The Loss Book]({book}/) as nbgrader assignments:

{assignments}

| Folder | Holds |
|---|---|
| `source/` | the chapters with their solutions and hidden tests: yours alone |
| `release/` | the same without: what students get |
| `submitted/` | what they hand in, as `submitted/STUDENT/ASSIGNMENT/NOTEBOOK.ipynb` |
| `gradebook.db` | nbgrader's record of assignments and grades |

Commands are given for the first assignment, and run in this folder.

## Set up, once

    python -m venv .venv
    .venv/bin/pip install torch==2.13.0      # on Linux: a CPU build first, if you have one at hand
    .venv/bin/pip install -r requirements.txt
    source .venv/bin/activate

## Hand out

Give students `release/{first}/`. A notebook needs nothing beside itself: its first cell installs
`lossbook` where it is missing, and its links lead to the book's website. What they need to work at home:

    pip install "lossbook[chapters] @ {package}" jupyterlab

They fill in the cells that say `YOUR CODE HERE` and run the cells below, whose messages say what is
still wrong. Each of those cells is worth a part of its exercise's points, and holds further tests that
they do not see.

## Change

Edit `source/{first}/` in Jupyter (View › Right sidebar › Create assignment shows ids and points), then
make the student version anew:

    nbgrader generate_assignment {first} --force

## Collect and look

Any folder with any file names will do; this changes nothing in the course:

    lossbook-course check downloads/*.ipynb

## Grade

Put the notebooks where nbgrader looks for them (`nbgrader zip_collect --help` unpacks a learning
platform's archive), then:

    nbgrader autograde {first}
    lossbook-course report                   # the class at a glance, in report.html
    nbgrader generate_feedback {first}       # a page for each student, in feedback/
    nbgrader export                          # all grades, in grades.csv

Students' code runs in a process and an empty folder of its own, for a bounded time. Install bubblewrap
(`apt-get install bubblewrap`, on Linux) and it has no network and sees none of your files; without it, the code
has the rights that you have, and grading says so.

## On JupyterHub

With nbgrader's exchange, nothing is sent by hand: `nbgrader release_assignment {first}` hands out,
students fetch and submit from the Assignments tab, `nbgrader collect {first}` brings their work in.
nbgrader's documentation says how to set it up for many courses and graders.

The chapters' text and figures are CC BY 4.0, their code MIT: keep the credit, change what you like.
"""


def fork(names: list[str], to: str | Path, book: str | Path = ".") -> None:
    """Make a course of some chapters in a new folder, with the students' version of each.

    Parameters
    ----------
    names : list of str
        Chapters such as "regression/huber".
    to : path
        The course's folder: a new or an empty one.
    book : path
        The book's folder.

    Raises
    ------
    CourseError
        If a chapter is unknown, or the folder has something in it, or nbgrader is missing or refuses.
    """
    to, known = Path(to).expanduser().resolve(), chapters(book)
    names = list(dict.fromkeys(names))
    for name in names:
        if name not in known:
            raise CourseError(f"no chapter with exercises is called {name!r}: {_closest(name, known)}")
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise CourseError(f"{to} is not an empty folder: name a new one, nothing is written over")

    if special := set("*[]") & set(str(to)):
        raise CourseError(f"nbgrader finds nothing in a folder with {' or '.join(sorted(special))} in its path: {to}")

    api = nbgrader()
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{to.name}-", dir=to.parent) as unfinished:
        made = Path(unfinished) / "course"
        _write_course(made, names, known, course=re.sub(r"\W+", "-", to.name))
        for number, name in enumerate(names, start=1):
            print(f"[{number}/{len(names)}] {name} …", file=sys.stderr)
            config = settings(made)
            config.NbGraderAPI.log_level = "ERROR"
            result = api.NbGraderAPI(config=config).generate_assignment(_assignment(name))
            if not result["success"]:
                raise CourseError(f"nbgrader could not make the students' version of {name}:\n{result['log']}")
        if to.exists():
            to.rmdir()
        made.rename(to)
    print(f"{to} is ready: README.md there says what comes next", file=sys.stderr)


def _closest(name: str, known: dict[Any, Any]) -> str:
    """Return the sentence that helps with an unknown name."""
    short = {chapter.split("/")[1]: chapter for chapter in known}
    close = difflib.get_close_matches(name, known, n=3)
    close += [short[last] for last in difflib.get_close_matches(name.split("/")[-1], short, n=3)]
    if close:
        return f"did you mean {' or '.join(dict.fromkeys(close))}?"
    return f"there are {', '.join(known)}"


def _assignment(chapter: str) -> str:
    return chapter.replace("/", "-")


def _write_course(folder: Path, names: list[str], known: dict[Any, Any], course: str) -> None:
    """Write a course without its students' versions."""
    listed = []
    for name in names:
        notebook = read(known[name])
        for cell in notebook.cells:
            cell.source = _standing_alone(cell, name)
            if cell.cell_type == "code" and "nbgrader" not in cell.metadata:
                cell.metadata["tags"] = [*cell.metadata.get("tags", []), CHAPTER]
        _lock_set_up(notebook, known[name].stem.replace("_", "-"))
        target = folder / "source" / _assignment(name) / known[name].name
        target.parent.mkdir(parents=True)
        nbformat.write(notebook, target)
        sums = sum(task.points for task in tasks(notebook))
        listed.append(f"- `{_assignment(name)}`: [{name}]({BOOK}/chapters/{name}.html), {sums} points")
    words = {"course": course, "book": BOOK, "package": PACKAGE, "version": version("lossbook"), "first": _assignment(names[0])}
    for file, text in (("nbgrader_config.py", CONFIG), ("requirements.txt", REQUIREMENTS), ("README.md", README)):
        (folder / file).write_text(text.format(assignments="\n".join(listed), **words), encoding="utf-8")


def _lock_set_up(notebook: NotebookNode, name: str) -> None:
    """Lock the cells that the exercises need, so that nbgrader knows them as the course's."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    runs = used([cell.source for cell in cells], [bool(part(cell)) for cell in cells])
    needed = [cell for cell, run in zip(cells, runs, strict=True) if run and not part(cell)]
    for number, cell in enumerate(needed, start=1):
        cell.metadata["nbgrader"] = {
            "grade_id": f"{name}-set-up-{number}", "locked": True, "grade": False, "solution": False, "task": False,
            "schema_version": 3, "cell_type": "code",
        }  # fmt: skip


def _standing_alone(cell: NotebookNode, chapter: str) -> str:
    """Return a cell's source without what only the book has: neighbouring files, and notes to its tests."""
    if cell.cell_type == "code":
        return cell.source.removeprefix("# NBVAL_CHECK_OUTPUT\n")

    def on_the_website(link: re.Match[str]) -> str:
        page = Path(os.path.normpath(Path("chapters", chapter).parent / link[1])).with_suffix(".html")
        return f"]({BOOK}/{page.as_posix()}{link[2] or ''})"

    return re.sub(r"\]\((?!\w+:)([^)#\s]+\.(?:ipynb|md))(#[^)\s]*)?\)", on_the_website, cell.source)
