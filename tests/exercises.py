"""The book's exercises, each run with only those cells of its chapter that it needs."""

import linecache
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
import yaml

from lossbook.course.names import python, used
from lossbook_site.reading import HIDDEN_TESTS, SOLUTION, replace_regions, without

ROOT = Path(__file__).parent.parent
WRONG_ANSWERS = Path(__file__).parent / "wrong_answers"


@dataclass(frozen=True)
class Exercise:
    """One solution cell and the test cells that follow it."""

    chapter: str
    name: str
    before: tuple[str, ...]
    given: str
    tests: dict[str, str]

    @property
    def solution(self):
        return without(self.given, *SOLUTION)

    def stub(self, instead):
        """Return what students are given, with `instead` where they are to write."""
        return replace_regions(self.given, SOLUTION, instead)

    def visible(self, test):
        """Return the part of a test cell that students see."""
        return replace_regions(self.tests[test], HIDDEN_TESTS, "")


@dataclass(frozen=True)
class WrongAnswer:
    """An answer that a student might give, and the test cells that must catch it."""

    exercise: Exercise
    wrong: str
    caught: frozenset[str]
    code: str


def exercises(file):
    """Return the exercises of a notebook."""
    chapter = file.relative_to(ROOT / "chapters").with_suffix("").as_posix()
    found, before = [], []
    for cell in nbformat.read(file, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        grading = cell.metadata.get("nbgrader", {"solution": False, "grade": False})
        if grading["solution"]:
            found.append(Exercise(chapter, grading["grade_id"], tuple(before), cell.source, {}))
        if grading["grade"]:
            found[-1].tests[grading["grade_id"]] = cell.source
        else:
            before.append(python(without(cell.source, *SOLUTION)))
    return found


EXERCISES = {
    exercise.name: exercise
    for file in sorted((ROOT / "chapters").rglob("*.ipynb"))
    if ".ipynb_checkpoints" not in file.parts
    for exercise in exercises(file)
}


def wrong_answers():
    """Return the wrong answers that are stored for all exercises."""
    return [
        WrongAnswer(EXERCISES[name], entry["wrong"], frozenset(entry["caught"]), entry["code"])
        for file in sorted(WRONG_ANSWERS.rglob("*.yml"))
        for name, entries in yaml.safe_load(file.read_text(encoding="utf-8")).items()
        for entry in entries
    ]


@cache
def needed(before, *code):
    """Return those cells, in their order, that give the names which some code uses."""
    sources = [*before, *(python(source) for source in code)]
    runs = used(sources, [number >= len(before) for number in range(len(sources))])
    return tuple(source for source, run in zip(before, runs[: len(before)], strict=True) if run)


@cache
def world(chosen):
    """Return the names that these cells leave behind; exercises that begin alike share the run."""
    if not chosen:
        return {"__name__": "__main__"}
    left = dict(world(chosen[:-1]))
    run(chosen[-1], left)
    return left


def run(source, given):
    """Run a cell on some names; its functions can be asked for their source, as in a notebook."""
    file = f"cell {hash(source):x}"
    linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
    exec(compile(python(source), file, "exec"), given)


def grade(exercise, answer, parts=None):
    """Run an answer and the exercise's tests; return the error of each test that fails.

    As in a notebook, an error in the answer stops only its cell. Each test runs alone: it may use
    the chapter and the answer, nothing that another test made.
    """
    tests = exercise.tests if parts is None else parts
    given = dict(world(needed(exercise.before, exercise.solution, *exercise.tests.values(), answer)))
    with suppress(Exception):  # whatever a student's code may raise
        run(answer, given)
    errors = {}
    for name, source in tests.items():
        try:
            run(source, dict(given))
        except Exception as error:
            errors[name] = error
    return errors
