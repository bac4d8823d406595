"""A course made of chapters, and submissions of every kind graded by the real nbgrader."""

import csv
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import psutil
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook

from lossbook.course import coursework
from lossbook.course.coursework import CourseError, check, fork

ROOT = Path(__file__).parents[1]
COMMAND = Path(sys.executable).with_name("lossbook-course")


def answer(name, source):
    """Return an answer's cell, as an author writes it."""
    return graded(source, grade_id=name, solution=True, grade=False, locked=False)


def grading(name, points, source):
    """Return a test cell."""
    return graded(source, grade_id=name, solution=False, grade=True, locked=True, points=points)


def graded(source, **of):
    return new_code_cell(source, metadata={"nbgrader": {"schema_version": 3, "task": False, "cell_type": "code", **of}})


TOY = new_notebook(
    cells=[
        new_markdown_cell("# Toy\n\nBeside [Huber](../regression/huber.ipynb#pictures) and [all](../index.md)."),
        new_code_cell("# NBVAL_CHECK_OUTPUT\nprint(1)"),
        new_code_cell("two = 2"),
        new_markdown_cell("### Exercise 1: double it (2 points)"),
        answer("toy-double", "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"),
        grading(
            "toy-double-number", 1,
            'assert double(2) == 4, "twice two is four"\n'
            '### BEGIN HIDDEN TESTS\nassert double(3) == 6, "wrong at three"\n### END HIDDEN TESTS',
        ),
        grading(
            "toy-double-word", 1,
            'assert double("a") == "aa", "a word is written twice"\n'
            '### BEGIN HIDDEN TESTS\nassert double("") == "", "wrong for an empty word"\n### END HIDDEN TESTS',
        ),
        new_markdown_cell("### Exercise 2: guess (3 points)"),
        answer("toy-guess", "guess = ...\n### BEGIN SOLUTION\nguess = 7\n### END SOLUTION"),
        grading(
            "toy-guess-number", 3,
            'assert guess is not ..., "fill in a number"\n'
            '### BEGIN HIDDEN TESTS\nassert guess == 7, "another number"\n### END HIDDEN TESTS',
        ),
    ]
)  # fmt: skip


def cells(notebook):
    """Return a notebook's graded cells and answers by their ids."""
    return {
        cell.metadata.nbgrader.grade_id: cell
        for cell in notebook.cells
        if "nbgrader" in cell.metadata and cell.cell_type == "code"
    }


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course of a toy chapter and a real one, whose book is gone."""
    book, to = tmp_path_factory.mktemp("book"), tmp_path_factory.mktemp("courses") / "my course"
    (book / "chapters/toy").mkdir(parents=True)
    nbformat.write(TOY, book / "chapters/toy/toy.ipynb")
    (book / "chapters/regression").mkdir()
    shutil.copy(ROOT / "chapters/regression/huber.ipynb", book / "chapters/regression")
    fork(["toy/toy", "regression/huber"], to, book)
    shutil.rmtree(book)
    return to


@pytest.fixture(scope="module")
def hand_in(course, tmp_path_factory):
    """Write a submission: the released chapter, with some cells written anew (or deleted)."""
    folder = tmp_path_factory.mktemp("handed in")

    def write(name, assignment="toy-toy", drop=(), **sources):
        ((released,), (solved,)) = ((course / part / assignment).glob("*.ipynb") for part in ("release", "source"))
        notebook, solutions = nbformat.read(released, as_version=4), cells(nbformat.read(solved, as_version=4))
        for grade_id, cell in cells(notebook).items():
            if cell.metadata.nbgrader.solution:
                cell.source = sources.get(grade_id.replace("-", "_"), solutions[grade_id].source)
            elif (test := grade_id.replace("-", "_")) in sources:
                cell.source, cell.metadata.nbgrader.points = sources[test], 100
        gone = [cell for grade_id, cell in cells(notebook).items() if grade_id in drop]
        notebook.cells = [cell for cell in notebook.cells if cell not in gone]
        nbformat.write(notebook, folder / f"{name}.ipynb")
        return folder / f"{name}.ipynb"

    return write


ENDLESS = "def double(x):\n    while True:\n        pass"
STUBBORN = "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
STUB = "raise NotImplementedError()"


@pytest.fixture(scope="module")
def results(course, hand_in):
    """What became of toy submissions, by name."""
    files = [
        hand_in("right"),
        hand_in("half", toy_double="def double(x):\n    return x + 2 if x != 'a' else 'aa'"),
        hand_in("empty", toy_double=f"def double(x):\n    {STUB}", toy_guess=f"guess = ...\n{STUB}"),
        hand_in("endless", toy_double=ENDLESS),
        hand_in("stubborn", toy_double=STUBBORN),
        hand_in("crashing", toy_double="1 / 0"),
        hand_in("dying", toy_double="import os\nos._exit(1)"),
        hand_in("tampered", toy_double="double = len", toy_double_number="pass", toy_double_word="pass", drop=["toy-guess-number"]),
        hand_in("cut", drop=["toy-double", "toy-double-word"]),
        hand_in("with the chapter", toy_double="def double(x):\n    return two * x"),
        hand_in("last"),
    ]  # fmt: skip
    foreign, damaged = files[0].with_name("foreign.ipynb"), files[0].with_name("damaged.ipynb")
    nbformat.write(new_notebook(cells=[new_code_cell("1 + 1")]), foreign)
    damaged.write_text(files[0].read_text()[:200])
    files[3:3] = [damaged, foreign, files[0].with_name("missing.ipynb")]
    before = {file: file.read_bytes() for file in course.rglob("*") if file.is_file()}
    found = check(files, course, limit=24)
    assert before == {file: file.read_bytes() for file in course.rglob("*") if file.is_file()}
    return {result.file.stem: result for result in found}


def reasons(result):
    return {lost.test: lost.reason for lost in result.lost}


@pytest.mark.parametrize("name", ["right", "with the chapter", "last"])
def test_the_right_answer_gets_every_point_whatever_the_others_do(results, name):
    assert (results[name].points, results[name].of, results[name].lost) == (5, 5, ())


def test_half_an_answer_gets_the_points_of_what_is_right(results):
    assert results["half"].points == 3
    assert reasons(results["half"]) == {
        "toy-double-number": "wrong at three",
        "toy-double-word": 'TypeError: can only concatenate str (not "int") to str',
    }


def test_an_empty_submission_gets_none(results):
    assert results["empty"].points == 0
    assert set(reasons(results["empty"]).values()) == {"not answered"}


def test_an_endless_answer_loses_its_own_points(results):
    assert results["endless"].points == 3
    assert set(reasons(results["endless"]).values()) == {"stopped after 3 s"}


def test_a_cell_that_resists_is_reported(results):
    assert results["stubborn"].problem == "a cell went on after it was interrupted"
    assert results["stubborn"].points == 0


def test_a_submission_is_stopped_after_the_limit_with_its_kernel(course, hand_in):
    before = psutil.Process().children(recursive=True)  # a browser of other tests, say
    (result,) = check([hand_in("late")], course, limit=3)
    assert (result.problem, result.points, result.of) == ("stopped after 3 s", 0, 5)
    assert set(psutil.Process().children(recursive=True)) <= set(before)


def test_a_submission_stopped_before_it_began_is_reported(course, hand_in):
    (result,) = check([hand_in("late")], course, limit=0.01)
    assert (result.problem, result.points, result.of) == ("stopped after 0.01 s", 0, 5)


def test_a_crash_loses_its_own_points(results):
    assert results["crashing"].points == 3
    assert set(reasons(results["crashing"]).values()) == {"ZeroDivisionError: division by zero"}


def test_a_kernel_that_dies_is_reported(results):
    assert results["dying"].points == 0
    assert "ended its own kernel" in results["dying"].problem


def test_tampered_and_deleted_tests_are_the_original_ones_again(results):
    assert (results["tampered"].points, results["tampered"].of) == (3, 5)
    assert reasons(results["tampered"]) == {
        "toy-double-number": "TypeError: object of type 'int' has no len()",
        "toy-double-word": "a word is written twice",
    }


def test_a_deleted_answer_is_an_empty_one(results):
    assert reasons(results["cut"]) == {"toy-double-number": "not answered", "toy-double-word": "not answered"}


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("damaged", "no readable notebook"),
        ("foreign", "holds no exercise of this course"),
        ("missing", "No such file"),
    ],
)
def test_what_is_no_submission_is_named(results, name, problem):
    assert problem in results[name].problem


def test_the_table_gives_a_reason_for_each_point(results):
    text = coursework.table([results["right"], results["half"], results["damaged"]])
    assert re.search(r"right.ipynb +toy-toy +5 of 5 points$", text, re.M)
    assert "    −1  toy-double-number: wrong at three\n" in text
    assert re.search(r"damaged.ipynb +–\n +not graded: is no readable notebook", text)


def test_a_real_chapter(course, hand_in):
    """The source document's formula, handed in as a solution to the chapter that corrects it."""
    files = [
        hand_in("solved", "regression-huber"),
        hand_in("source", "regression-huber", huber_implement="def my_huber(y_hat, y, delta):\n"
            "    r = abs(y_hat - y)\n    return (r < delta) * r**2 + (r >= delta) * r"),
    ]  # fmt: skip
    solved, slip = check(files, course)
    assert (solved.points, solved.of) == (8, 8)
    assert reasons(slip)["huber-implement-far"] == "your loss is discontinuous at |r| = delta"
    assert len(slip.lost) == 3
    # The teaching page shows this very table.
    shown = (ROOT / "chapters/teaching/index.md").read_text(encoding="utf-8")
    assert "\n".join(coursework.table([slip]).splitlines()[1:]) in shown


def test_the_teachers_readme_can_be_followed(course, hand_in, tmp_path):
    """Every command of it that needs no network, in order; grades are then read from the gradebook."""
    copy = tmp_path / "copy"
    shutil.copytree(course, copy)
    for student, answer in (("ada", "def double(x):\n    return 2 * x"), ("bob", "def double(x):\n    return 4")):
        (copy / "submitted" / student / "toy-toy").mkdir(parents=True)
        shutil.copy(hand_in(student, toy_double=answer), copy / "submitted" / student / "toy-toy/toy.ipynb")
    (copy / "downloads").mkdir()
    shutil.copy(copy / "submitted/ada/toy-toy/toy.ipynb", copy / "downloads/ada.ipynb")
    commands = re.findall(r"^    ((?:nbgrader|lossbook-course) [^#\n]*)", (copy / "README.md").read_text(), re.M)
    assert len(commands) == 5
    coursework._nbgrader()  # the commands are found as in an activated environment
    for command in commands:
        done = subprocess.run(command, shell=True, cwd=copy, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    with Gradebook(f"sqlite:///{copy / 'gradebook.db'}") as gradebook:
        grades = {name: gradebook.find_submission("toy-toy", name).score for name in ("ada", "bob")}
    assert grades == {"ada": 5, "bob": 3}
    with (copy / "grades.csv").open() as file:
        written = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file) if row["assignment"] == "toy-toy"}
    assert written == grades
    assert (copy / "feedback/bob/toy-toy/toy.html").exists()
    graded = nbformat.read(copy / "autograded/ada/toy-toy/toy.ipynb", as_version=4)
    unused = next(cell for cell in graded.cells if cell.source == "print(1)")
    assert not unused.outputs


def test_addresses_are_those_of_the_book():
    config = yaml.safe_load((ROOT / "_config.yml").read_text())
    assert f"{coursework.BOOK}/" == config["sphinx"]["config"]["html_baseurl"]
    assert f"git+{config['repository']['url']}" == coursework.PACKAGE


def test_a_fork_stands_alone(course):
    readme = (course / "README.md").read_text()
    assert "- `toy-toy`: [toy/toy](https://the-loss-book.github.io/loss-book/chapters/toy/toy.html), 5 points" in readme
    assert (course / "requirements.txt").read_text().splitlines()[-1] == f"lossbook[course] @ {coursework.PACKAGE}"
    text, checked, *_ = nbformat.read(course / "source/toy-toy/toy.ipynb", as_version=4).cells
    assert f"[Huber]({coursework.BOOK}/chapters/regression/huber.html#pictures)" in text.source
    assert f"[all]({coursework.BOOK}/chapters/index.html)" in text.source
    assert checked.source == "print(1)"


def test_every_chapter_can_be_forked(tmp_path):
    """The students' version holds no solution, no hidden test and no link into the book's folder."""
    names = list(coursework.chapters(ROOT))
    fork(names, tmp_path / "all", ROOT)
    released = sorted((tmp_path / "all/release").glob("*/*.ipynb"))
    assert len(released) == len(names) > 0
    for file in released:
        notebook = nbformat.read(file, as_version=4)
        whole = json.dumps(notebook)
        assert not re.search("BEGIN SOLUTION|END SOLUTION|HIDDEN TESTS|NBVAL|MARK SCHEME", whole), file
        assert not re.search(r"\]\((?!https?:)[^)#]*\.(?:ipynb|md)", whole), file
        graded = cells(notebook)
        assert any(cell.metadata.nbgrader.grade for cell in graded.values())
        for cell in graded.values():
            assert ("raise NotImplementedError()" in cell.source) == cell.metadata.nbgrader.solution, file
        assert all(not cell.outputs for cell in notebook.cells if cell.cell_type == "code"), file


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("regression/hubert", "did you mean regression/huber"),
        ("huber", "did you mean regression/huber"),
        ("classification/triplet", "distance/triplet"),
        ("reference/map", "no chapter with exercises is called 'reference/map'"),
        ("qqq", "there are classification/binary_cross_entropy, "),
    ],
)
def test_an_unknown_chapter_is_answered_with_the_closest(tmp_path, name, answer):
    with pytest.raises(CourseError, match=re.escape(answer)):
        fork([name], tmp_path / "course", ROOT)
    assert not list(tmp_path.iterdir())


def test_nothing_is_written_over(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    for to in (tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(CourseError, match="not an empty folder"):
            fork(["regression/huber"], to, ROOT)
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["fork", "regression/huber", "--to", "x"], "run this in the book's folder, or name that folder with --book"),
        (["check", "a.ipynb"], "is no course (it has no gradebook.db): name its folder with --course"),
        (["check", "a.ipynb", "--limit", "-1"], "the limit must be a positive number of seconds, not -1"),
    ],
)
def test_the_command_says_what_is_wrong(tmp_path, arguments, answer):
    done = subprocess.run([COMMAND, *arguments], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("lossbook-course: ") and answer in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--help"], ["fork", "check"]), (["fork", "--help"], ["CHAPTER", "--to"]), (["check", "--help"], ["--limit", "--course"])],
)  # fmt: skip
def test_the_command_explains_itself(arguments, words):
    done = subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=True)
    assert all(word in done.stdout for word in words)
