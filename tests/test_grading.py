"""A course graded by nbgrader itself, as its README says: grades, pages and the class at a glance."""

import csv
import json
import re
import shlex
from glob import glob
from html import unescape
from pathlib import Path

import forked
import nbformat
import pytest
from courses import DOUBLE, by_name, handed_in, make_course
from nbgrader.api import Gradebook

from lossbook.course.chapters import read
from lossbook.course.places import CourseError, gradebook_url
from lossbook.course.report import report

ROOT = Path(__file__).parents[1]
# Wrong in what is hidden, and as loud, curious and harmful as can be.
BOB = """\
import inspect, os, sys
for up in range(6):
    for file in ("gradebook.db", "source/toy-toy/toy.ipynb"):
        if os.path.exists("../" * up + file):
            open("../" * up + file, "w").write("mine")
print("flood\\n" * 100_000)
def double(x):
    frame = sys._getframe(1)
    try:
        print(inspect.getsource(frame))
    except OSError:
        pass
    return 4 if x == 2 else x + x if x == "a" else 0
"""
FIGURE = "from lossbook.book.figures import figure, line\nfigure(line([0, 1], [0, 1], 'a'), x='x', y='y', alt='A rising <line>.')"


def put_in(course, student, notebook, mark=""):
    folder = course / "submitted" / student / "toy-toy"
    folder.mkdir(parents=True)
    (folder / "toy.ipynb").write_text(mark + nbformat.writes(notebook), encoding="utf-8")


MODULES = {"nbgrader": "nbgrader", "lossbook-course": "lossbook.course.command"}


@pytest.fixture(scope="module")
def run():
    """Run a command in a course's folder as a shell does; return what it said."""
    with forked.python("nbgrader.apps.nbgraderapp", "lossbook.course.command") as python:

        def run(command, course):
            program, *arguments = shlex.split(command)
            arguments = [file for argument in arguments for file in sorted(glob(argument, root_dir=course)) or [argument]]
            done = python(course, MODULES[program], *arguments)
            assert program == "nbgrader" or not done.returncode, done.stdout
            return done.stdout

        yield run


def with_a_figure(notebook):
    notebook.cells += [nbformat.v4.new_code_cell(FIGURE), nbformat.v4.new_markdown_cell("Mine: <script>alert(1)</script>")]


@pytest.fixture(scope="module")
def course(tmp_path_factory, run):
    """A course after every command of its README that needs no network, in order."""
    to = make_course(tmp_path_factory.mktemp("course"))
    put_in(to, "ada", handed_in(to, change=with_a_figure), mark="\ufeff")
    put_in(to, "bob", handed_in(to, toy_double=BOB))
    put_in(to, "cyd", handed_in(to, toy_double="import os\nos._exit(0)"))
    twice = handed_in(to, toy_double=DOUBLE.replace("2", "3"))
    twice.cells.append(nbformat.from_dict(by_name(twice)["toy-double"]))
    put_in(to, "dan", twice)
    (to / "downloads").mkdir()
    (to / "downloads/ada.ipynb").write_bytes((to / "submitted/ada/toy-toy/toy.ipynb").read_bytes())
    commands = re.findall(r"^    ((?:nbgrader|lossbook-course) [^#\n]*)", (to / "README.md").read_text(), re.M)
    assert len(commands) == 6
    for command in commands:
        said = run(command, to)
        assert "has changed" not in said and "exists multiple times" not in said
    return to


def test_grades_stand_in_the_gradebook(course):
    with Gradebook(gradebook_url(course)) as gradebook:
        grades = {name: gradebook.find_submission("toy-toy", name).score for name in ("ada", "bob", "cyd", "dan")}
    assert grades == {"ada": 5, "bob": 3, "cyd": 0, "dan": 3}
    with (course / "grades.csv").open() as file:
        written = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file) if row["assignment"] == "toy-toy"}
    assert written == grades


def test_what_nothing_uses_is_not_run(course):
    graded = read(course / "autograded/ada/toy-toy/toy.ipynb")
    unused = next(cell for cell in graded.cells if cell.source == "print(1)")
    assert not unused.outputs


def page(course, student):
    return (course / f"feedback/{student}/toy-toy/toy.html").read_text(encoding="utf-8")


def words(page):
    return unescape(re.sub("<style>.*?</style>|<[^>]+>", "", page, flags=re.S))


@pytest.mark.parametrize("student", ["ada", "bob", "cyd", "dan"])
def test_a_page_shows_no_hidden_test(course, student):
    shown = words(page(course, student))
    assert "assert np.allclose(double(2), four)" in shown
    assert "double(3)" not in shown and 'double("")' not in shown and "guess == 7" not in shown


def test_a_page_begins_with_points_and_reasons(course):
    shown = words(page(course, "bob"))
    top = shown[: shown.index("def double")]
    assert "Toy: 3 of 5 points" in top
    assert "Exercise 1: double it: 0 of 2 points" in top and "Exercise 2: guess: 3 of 3 points" in top
    assert "−1  toy-double-number: wrong at three" in top and "−1  toy-double-word: wrong for an empty word" in top
    assert "it ended its own process" in words(page(course, "cyd"))
    assert "toy-double stands twice: the first counts" in words(page(course, "dan"))


def test_a_page_needs_no_network_and_runs_nothing(course):
    shown = page(course, "ada")
    assert "Figure. A rising &lt;line&gt;." in shown
    assert "<math" in shown and "$" not in words(shown)
    assert "<script" not in shown and not re.search(r"(?:src|href)=.https?://(?!the-loss-book)", shown)


def test_a_flood_is_cut(course):
    shown = page(course, "bob")
    assert "… cut: there was more …" in shown and shown.count("flood") < 60


def test_the_report_shows_the_class_without_names(course):
    assert (course / "report.html").exists()
    shown = report(course).read_text(encoding="utf-8")
    said = words(re.sub("<script.*?</script>", "", shown, flags=re.S))
    assert "4 submissions. Of 5 points, half of them have 3 or more; the lowest is 0, the highest 5." in said
    assert not re.search(r"\b(ada|bob|cyd|dan)\b", said)
    rows = {
        row[0]: row[1:] for row in (re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall("<tr>.*?</tr>", shown)) if row
    }
    assert rows["toy-double-number"][:3] == ["1", "3", "1"]
    assert "1 × wrong at three" in rows["toy-double-number"][3] and "1 × twice two is four" in rows["toy-double-number"][3]
    assert rows["toy-guess-number"] == ["3", "1", "0", "1 × it ended its own process (out of memory, or a call to exit)"]
    alts = re.findall('aria-label="(.*?)"', shown)
    assert alts[0] == "Points reached, by exercise: Exercise 1: double it, 25%; Exercise 2: guess, 75%."
    assert "toy-double-number, 3, 1 of them in its hidden part only" in alts[1]
    assert not re.search(r"(?:src|href)=.https?://", re.sub("<script.*?</script>", "", shown, flags=re.S))


def test_the_report_lists_names_if_asked_for(course):
    shown = report(course, names=True).read_text(encoding="utf-8")
    assert re.findall(r"<tr><td>(\w+)</td>.*?([\d.]+)</td></tr>", shown) == [
        ("ada", "5"),
        ("bob", "3"),
        ("cyd", "0"),
        ("dan", "3"),
    ]


def test_courses_of_the_first_version_are_graded_apart_too(tmp_path, run):
    """Their settings name one step, before nbgrader's own Execute."""
    to = make_course(tmp_path).rename(tmp_path / "old")
    with pytest.raises(CourseError, match="nothing is graded yet in .*: run nbgrader autograde first"):
        report(to)
    (to / "nbgrader_config.py").write_text(
        "c = get_config()\nc.OverwriteCells.add_missing_cells = True\n"
        'c.Autograde.autograde_preprocessors.insert(0, "lossbook.course.grading.SkipUnused")\n'
    )
    put_in(to, "bob", handed_in(to, toy_double=BOB))
    run("nbgrader autograde toy-toy", to)
    with Gradebook(gradebook_url(to)) as gradebook:
        assert gradebook.find_submission("toy-toy", "bob").score == 3
    assert "double(3)" in json.dumps(read(to / "source/toy-toy/toy.ipynb"))  # is whole
