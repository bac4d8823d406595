"""Notebooks graded side by side, as nbgrader would; the course stays as it is."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from threading import Lock
from typing import Any

from lossbook.course.chapters import grade_id, read
from lossbook.course.isolation import UNPROTECTED, protected, run
from lossbook.course.marks import Graded, explain, marks
from lossbook.course.places import CourseError, gradebook
from lossbook.course.restore import Original, of_course, restore, skip_unused

__all__ = ["check", "table"]

# Submissions that run at the same time.
AT_ONCE = 2
# One at a time: in Python before 3.11.8 and 3.12.3, threads that parse at the same moment may end in a SystemError.
PARSING = Lock()


def check(submissions: list[Any], course: str | Path = ".", limit: float = 120) -> list[Graded]:
    """Grade notebooks as a course would, and return what became of each.

    Parameters
    ----------
    submissions : list of path
        Notebooks under any name: their exercises tell which assignment they answer.
    course : path
        A folder that `fork` made.
    limit : float
        Seconds after which a submission is stopped; a cell is stopped after an eighth of them. What the
        chapter's own cells take does not count.

    Raises
    ------
    CourseError
        If there is no course, the limit is not positive, or nbgrader is missing.
    """
    if not limit > 0:
        raise CourseError(f"the limit must be a positive number of seconds, not {limit:g}")
    known = _known(Path(course).expanduser())
    if not protected():
        _say(UNPROTECTED)
    files = [Path(file) for file in submissions]
    results: dict[int, Graded] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            jobs = {pool.submit(_timed, _grade, file, known, limit): number for number, file in enumerate(files)}
            for job in as_completed(jobs):
                number = jobs[job]
                results[number], seconds = job.result()
                said = results[number].problem or out_of(results[number])
                _say(f"[{len(results)}/{len(files)}] {files[number]}: {said}, {seconds:.0f} s")
        except BaseException:  # a teacher who stops waits for two submissions, not for all
            pool.shutdown(cancel_futures=True)
            raise
    return [results[number] for number in range(len(files))]


def table(results: list[Graded]) -> str:
    """Return the results as text: a line per submission, one for each point lost, and what else there is to know."""
    width = max(len(str(result.file)) for result in results)
    lines = []
    for result in results:
        lines.append(f"{result.file!s:{width}}  {result.assignment or '–'}  {out_of(result)}".rstrip())
        lines += [f"    not graded: {result.problem}"] if result.problem else []
        lines += [f"    −{lost.points:g}  {lost.test}: {lost.reason}" for lost in result.lost]
        lines += [f"    {note}" for note in result.notes]
    return "\n".join(lines)


def out_of(result: Graded) -> str:
    """Return the points as words, or nothing for what is no submission."""
    return f"{result.points:g} of {result.of:g} points" if result.of else ""


def _known(course: Path) -> list[Original]:
    """Return the notebooks of a course, read from a copy of its gradebook."""
    if not (course / "gradebook.db").exists():
        raise CourseError(f"{course} is no course (it has no gradebook.db): name its folder with --course")
    with tempfile.TemporaryDirectory(prefix="gradebook-") as copy:
        shutil.copy(course / "gradebook.db", copy)
        book = gradebook(Path(copy))
        try:
            return of_course(book, course)
        finally:
            book.close()


def _grade(file: Path, known: list[Original], limit: float) -> Graded:
    """Grade one submission."""
    try:
        notebook = read(file)
    except OSError as error:
        return Graded(file, problem=f"cannot be opened ({error.strerror})")
    except Exception as error:  # nbformat lets errors of many kinds through
        return Graded(file, problem=f"is no readable notebook ({str(error).splitlines()[0]})")
    ids = {grade_id(cell) for cell in notebook.cells}
    answered = max(known, key=lambda one: len(ids & {grade_id(cell) for cell in one.cells}))
    if not ids & {grade_id(cell) for cell in answered.cells}:
        return Graded(file, problem="holds no exercise of this course")
    try:
        with PARSING:
            restore(notebook, answered)
            skip_unused(notebook)
        problem = run(notebook, limit, threads=max(1, (os.cpu_count() or 1) // AT_ONCE))
        with PARSING:
            explain(notebook, answered.chapter)
        return marks(file, answered.assignment, notebook, problem)
    except Exception as error:  # whatever one notebook holds, the others are graded
        return Graded(file, answered.assignment, problem=f"grading failed: {type(error).__name__}: {error}")


def _timed(work: Callable[..., Graded], *arguments: Any) -> tuple[Graded, float]:
    start = time.monotonic()
    result = work(*arguments)
    return result, time.monotonic() - start


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
