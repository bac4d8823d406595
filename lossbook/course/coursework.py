"""Chapters as the assignments of a course, in the convention of nbgrader, which does the work.

    lossbook-course fork regression/huber classification/focal --to ~/my-course
    lossbook-course check submissions/*.ipynb --course ~/my-course

What nbgrader lacks stands here: a chapter copied out of the book so that it stands alone, a table of
the points lost with the reasons, a limit to what a submission may cost, and files that are no answer.
"""

import argparse
import difflib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

__all__ = ["CourseError", "Graded", "Lost", "Task", "chapters", "check", "fork", "table", "tasks"]

BOOK = "https://the-loss-book.github.io/loss-book"
PACKAGE = "git+https://github.com/the-loss-book/loss-book"

# The share of a submission's time that one cell may take: several tests may meet one endless answer.
CELL = 1 / 8

# The tag of the cells that a chapter brings: grading may leave them out, and never a student's own.
CHAPTER = "chapter"

CONFIG = """\
# nbgrader's settings for this course; `nbgrader --help-all` lists them all.
c = get_config()

c.CourseDirectory.course_id = "{course}"

# A test cell that a student deleted comes back before grading.
c.OverwriteCells.add_missing_cells = True

# Cells of the chapter that no exercise and no student's cell uses are not run: grading is twice as fast.
c.Autograde.autograde_preprocessors.insert(0, "lossbook.course.grading.SkipUnused")

# Seconds that one cell of a submission may run: the slowest of a chapter take about five.
c.Execute.timeout = 60
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
    nbgrader generate_feedback {first}       # a page for each student, in feedback/
    nbgrader export                          # all grades, in grades.csv

## On JupyterHub

With nbgrader's exchange, nothing is sent by hand: `nbgrader release_assignment {first}` hands out,
students fetch and submit from the Assignments tab, `nbgrader collect {first}` brings their work in.
nbgrader's documentation says how to set it up for many courses and graders.

The chapters' text and figures are CC BY 4.0, their code MIT: keep the credit, change what you like.
"""


class CourseError(Exception):
    """What a teacher can mend; its text says how."""


@dataclass(frozen=True)
class Task:
    """One exercise, as its heading states it."""

    number: int
    title: str
    points: int


@dataclass(frozen=True)
class Lost:
    """The points that a test cell gave, and why no more."""

    test: str
    points: float
    reason: str


@dataclass(frozen=True)
class Graded:
    """What became of one submission; `problem` says why it could not be graded."""

    file: Path
    assignment: str = ""
    points: float = 0
    of: float = 0
    lost: tuple[Lost, ...] = ()
    problem: str = ""


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
        if tasks(nbformat.read(file, as_version=4))
    }


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

    api = _nbgrader()
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{to.name}-", dir=to.parent) as unfinished:
        made = Path(unfinished) / "course"
        _write_course(made, names, known, course=re.sub(r"\W+", "-", to.name))
        for number, name in enumerate(names, start=1):
            _say(f"[{number}/{len(names)}] {name} …")
            result = api.NbGraderAPI(config=_config(made)).generate_assignment(_assignment(name))
            if not result["success"]:
                raise CourseError(f"nbgrader could not make the students' version of {name}:\n{result['log']}")
        if to.exists():
            to.rmdir()
        made.rename(to)
    _say(f"{to} is ready: README.md there says what comes next")


def check(submissions: list[Any], course: str | Path = ".", limit: float = 120) -> list[Graded]:
    """Grade notebooks in a copy of a course, and return what became of each.

    Parameters
    ----------
    submissions : list of path
        Notebooks under any name: their exercises tell which assignment they answer.
    course : path
        A folder that `fork` made.
    limit : float
        Seconds after which a submission is stopped; a cell is interrupted after an eighth of them.

    Raises
    ------
    CourseError
        If there is no course, the limit is not positive, or nbgrader is missing.
    """
    if not limit > 0:
        raise CourseError(f"the limit must be a positive number of seconds, not {limit:g}")
    course = Path(course).expanduser()
    if not (course / "gradebook.db").exists():
        raise CourseError(f"{course} is no course (it has no gradebook.db): name its folder with --course")
    _nbgrader()
    results = []
    with tempfile.TemporaryDirectory(prefix="check-") as folder:
        copy = Path(folder)
        shutil.copy(course / "nbgrader_config.py", copy)
        shutil.copy(course / "gradebook.db", copy)
        shutil.copytree(course / "source", copy / "source")
        known = {file: _answered_by(nbformat.read(file, as_version=4)) for file in copy.glob("source/*/*.ipynb")}
        for number, file in enumerate(map(Path, submissions), start=1):
            _say(f"[{number}/{len(submissions)}] {file} …", end=" ")
            start = time.monotonic()
            results.append(_grade(file, copy, known, student=f"submission-{number}", limit=limit))
            _say(f"{results[-1].problem or _out_of(results[-1])}, {time.monotonic() - start:.0f} s")
    return results


def table(results: list[Graded]) -> str:
    """Return the results as text: a line per submission, and one for each point lost."""
    width = max(len(str(result.file)) for result in results)
    lines = []
    for result in results:
        lines.append(f"{result.file!s:{width}}  {result.assignment or '–'}  {_out_of(result)}".rstrip())
        lines += [f"    not graded: {result.problem}"] if result.problem else []
        lines += [f"    −{lost.points:g}  {lost.test}: {lost.reason}" for lost in result.lost]
    return "\n".join(lines)


def _nbgrader() -> Any:
    """Return nbgrader's own interface."""
    if importlib.util.find_spec("nbgrader") is None:
        raise CourseError("nbgrader is missing: install lossbook[course]")
    # It calls alembic by name, also where this environment is not activated.
    scripts, path = sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)
    if scripts not in path.split(os.pathsep):
        os.environ["PATH"] = scripts + os.pathsep + path
    from nbgrader import apps

    return apps


def _config(course: Path) -> Any:
    from traitlets.config.loader import PyFileConfigLoader

    config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    config.CourseDirectory.root = str(course)
    config.NbGraderAPI.log_level = "ERROR"
    return config


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
        notebook = nbformat.read(known[name], as_version=4)
        for cell in notebook.cells:
            cell.source = _standing_alone(cell, name)
            if cell.cell_type == "code" and "nbgrader" not in cell.metadata:
                cell.metadata["tags"] = [*cell.metadata.get("tags", []), CHAPTER]
        target = folder / "source" / _assignment(name) / known[name].name
        target.parent.mkdir(parents=True)
        nbformat.write(notebook, target)
        sums = sum(task.points for task in tasks(notebook))
        listed.append(f"- `{_assignment(name)}`: [{name}]({BOOK}/chapters/{name}.html), {sums} points")
    words = {"course": course, "book": BOOK, "package": PACKAGE, "version": version("lossbook"), "first": _assignment(names[0])}
    for file, text in (("nbgrader_config.py", CONFIG), ("requirements.txt", REQUIREMENTS), ("README.md", README)):
        (folder / file).write_text(text.format(assignments="\n".join(listed), **words), encoding="utf-8")


def _standing_alone(cell: NotebookNode, chapter: str) -> str:
    """Return a cell's source without what only the book has: neighbouring files, and notes to its tests."""
    if cell.cell_type == "code":
        return cell.source.removeprefix("# NBVAL_CHECK_OUTPUT\n")

    def on_the_website(link: re.Match[str]) -> str:
        page = Path(os.path.normpath(Path("chapters", chapter).parent / link[1])).with_suffix(".html")
        return f"]({BOOK}/{page.as_posix()}{link[2] or ''})"

    return re.sub(r"\]\((?!\w+:)([^)#\s]+\.(?:ipynb|md))(#[^)\s]*)?\)", on_the_website, cell.source)


def _grade(file: Path, course: Path, known: dict[Any, Any], student: str, limit: float) -> Graded:
    """Grade one submission with nbgrader, in a folder that may be written to; `known` are its sources and their tests."""
    try:
        notebook = nbformat.read(file, as_version=4)
    except OSError as error:
        return Graded(file, problem=f"cannot be opened ({error.strerror})")
    except Exception as error:  # nbformat lets errors of many kinds through
        return Graded(file, problem=f"is no readable notebook ({str(error).splitlines()[0]})")
    ids = {cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells}
    source, answered_by = max(known.items(), key=lambda item: len(ids & set(item[1].values())))
    if not ids & set(answered_by.values()):
        return Graded(file, problem="holds no exercise of this course")
    for missing in set(answered_by.values()) - ids:
        notebook.cells.append(_empty_answer(missing))  # nbgrader puts a deleted test behind its answer

    assignment, name = source.parent.name, source.stem
    target = course / "submitted" / student / assignment / f"{name}.ipynb"
    target.parent.mkdir(parents=True)
    nbformat.write(notebook, target)
    problem = _autograde(course, assignment, student, limit)
    with closing(_gradebook(course)) as gradebook:
        if problem:  # which may have come before nbgrader knew of the submission
            return Graded(file, assignment, 0, gradebook.find_notebook(name, assignment).max_score, problem=problem)
        part = gradebook.find_submission_notebook(name, assignment, student)
        done = course / "autograded" / student / assignment / f"{name}.ipynb"
        errors = _errors(nbformat.read(done, as_version=4))
        grades = {grade.name: grade for grade in part.grades}
        lost = tuple(
            # A test may fail because the answer's cell stopped: that is the reason to give.
            Lost(test, grades[test].max_score - grades[test].score, _in_words(errors[answer] or errors[test], limit))
            for test, answer in answered_by.items()
            if grades[test].score < grades[test].max_score
        )
        return Graded(file, assignment, part.score, part.max_score, lost)


def _graded(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the answers and tests among a notebook's cells."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and "nbgrader" in cell.metadata]


def _answered_by(notebook: NotebookNode) -> dict[str, Any]:
    """Return the id of each test cell with that of the answer it tests."""
    found: dict[str, Any] = {}
    answer = None
    for cell in _graded(notebook):
        if cell.metadata.nbgrader.grade:
            found[cell.metadata.nbgrader.grade_id] = answer
        else:
            answer = cell.metadata.nbgrader.grade_id
    return found


def _gradebook(course: Path) -> Any:
    from nbgrader.api import Gradebook

    return Gradebook(f"sqlite:///{course / 'gradebook.db'}")


def _empty_answer(name: str) -> NotebookNode:
    cell = nbformat.v4.new_code_cell("raise NotImplementedError()")
    cell.metadata["nbgrader"] = {
        "grade_id": name, "solution": True, "grade": False, "locked": False, "task": False,
        "schema_version": 3, "cell_type": "code",
    }  # fmt: skip
    return cell


def _autograde(course: Path, assignment: str, student: str, limit: float) -> str:
    """Run nbgrader on one submission; return what went wrong, or nothing."""
    import psutil

    command = [sys.executable, "-m", "nbgrader", "autograde", assignment, f"--student={student}"]
    process = subprocess.Popen(
        [*command, f"--Execute.timeout={max(1, round(limit * CELL))}"],
        cwd=course, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        _, log = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        # The kernel, a process of its own, would go on.
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
        process.kill()
        process.communicate()
        return f"stopped after {limit:g} s"
    if "DeadKernelError" in log:
        return "it ended its own kernel (out of memory, or a call to exit)"
    if "CellTimeoutError" in log:
        return "a cell went on after it was interrupted"
    if process.returncode:
        return f"nbgrader failed: {log.strip().splitlines()[-1]}"
    return ""


def _errors(notebook: NotebookNode) -> dict[str, Any]:
    """Return the error of each answer and test, by its id, and None where there is none."""
    return {
        cell.metadata.nbgrader.grade_id: next((output for output in cell.outputs if output.output_type == "error"), None)
        for cell in _graded(notebook)
    }


def _in_words(error: Any, limit: float) -> str:
    if error.ename == "NotImplementedError":
        return "not answered"
    if error.ename in ("KeyboardInterrupt", "CellTimeoutError"):
        return f"stopped after {limit * CELL:g} s"
    if error.ename == "AssertionError":
        return error.evalue or "a test failed"
    return f"{error.ename}: {error.evalue}"


def _out_of(result: Graded) -> str:
    return f"{result.points:g} of {result.of:g} points" if result.of else ""


def _say(text: str, end: str = "\n") -> None:
    print(text, file=sys.stderr, end=end, flush=True)


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="lossbook-course", description="Chapters of The Loss Book as a course.")
    commands = parser.add_subparsers(required=True, metavar="fork | check")

    parse = commands.add_parser("fork", help="make an nbgrader course of some chapters")
    parse.add_argument("chapters", nargs="+", metavar="CHAPTER", help="such as regression/huber")
    parse.add_argument("--to", required=True, metavar="FOLDER", help="the course's folder, a new or an empty one")
    parse.add_argument("--book", default=".", metavar="FOLDER", help="the book's folder (default: this one)")
    parse.set_defaults(run=lambda given: fork(given.chapters, given.to, given.book))

    parse = commands.add_parser("check", help="grade notebooks and say why points are lost; the course stays as it is")
    parse.add_argument("submissions", nargs="+", metavar="SUBMISSION", help="a notebook, under any name")
    parse.add_argument("--course", default=".", metavar="FOLDER", help="the course's folder (default: this one)")
    parse.add_argument(
        "--limit", type=float, default=120, metavar="SECONDS",
        help="stop a submission after so long, one of its cells after an eighth of it (default: 120)",
    )  # fmt: skip
    parse.set_defaults(run=_check_and_print)

    given = parser.parse_args(arguments)
    try:
        return given.run(given)
    except CourseError as error:
        return f"lossbook-course: {error}"


def _check_and_print(given: argparse.Namespace) -> int:
    """Print the table; the status is 1 if a submission could not be graded."""
    results = check(given.submissions, given.course, given.limit)
    print(table(results))
    return int(any(result.problem for result in results))


if __name__ == "__main__":
    sys.exit(main())
