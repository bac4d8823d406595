"""A course made of chapters: what teachers and students get."""

import json
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
import yaml
from courses import by_name, make_course
from nbformat import NotebookNode

from lossbook.course import fork as texts
from lossbook.course.chapters import chapters, part, read, tasks
from lossbook.course.check import table
from lossbook.course.feedback import feedback
from lossbook.course.fork import fork
from lossbook.course.marks import marks
from lossbook.course.places import CourseError
from lossbook.course.restore import NOTES
from lossbook_site.reading import HIDDEN_TESTS, replace_regions

ROOT = Path(__file__).parents[1]
COMMAND = Path(sys.executable).with_name("lossbook-course")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("course"))


def test_addresses_are_those_of_the_book():
    config = yaml.safe_load((ROOT / "_config.yml").read_text())
    assert f"{texts.BOOK}/" == config["sphinx"]["config"]["html_baseurl"]
    assert f"git+{config['repository']['url']}" == texts.PACKAGE


def test_a_fork_stands_alone(course):
    readme = (course / "README.md").read_text()
    assert "- `toy-toy`: [toy/toy](https://the-loss-book.github.io/loss-book/chapters/toy/toy.html), 5 points" in readme
    assert (course / "requirements.txt").read_text().splitlines()[-1] == f"lossbook[course] @ {texts.PACKAGE}"
    text, _, checked, *_ = read(course / "source/toy-toy/toy.ipynb").cells
    assert f"[Huber]({texts.BOOK}/chapters/regression/huber.html#definition)" in text.source
    assert f"[all]({texts.BOOK}/chapters/index.html)" in text.source
    assert checked.source == "print(1)"


def test_what_the_exercises_need_is_locked(course):
    """Jupyter shows such cells as read-only, and nbgrader knows them."""
    released = read(course / "release/toy-toy/toy.ipynb")
    locked = {name: cell for name, cell in by_name(released).items() if part(cell) == "set-up"}
    assert [cell.source for cell in locked.values()] == ["import numpy as np\n\nfour = 4"]
    assert [cell.metadata.editable for cell in locked.values()] == [False]


@pytest.fixture(scope="module")
def every(tmp_path_factory):
    """A course of every chapter."""
    to = tmp_path_factory.mktemp("every") / "course"
    fork(list(chapters(ROOT)), to, ROOT)
    return to


def notebooks(folder):
    files = sorted(folder.glob("*/*.ipynb"))
    assert len(files) == len(chapters(ROOT)) > 0
    return {file.stem: read(file) for file in files}


def test_every_chapter_can_be_forked(every):
    """The students' version holds no solution, no hidden test and no link into the book's folder."""
    for file, notebook in notebooks(every / "release").items():
        whole = json.dumps(notebook)
        assert not re.search("BEGIN SOLUTION|END SOLUTION|HIDDEN TESTS|NBVAL|MARK SCHEME", whole), file
        assert not re.search(r"\]\((?!https?:)[^)#]*\.(?:ipynb|md)", whole), file
        graded = by_name(notebook)
        assert any(part(cell) == "test" for cell in graded.values())
        for cell in graded.values():
            assert ("raise NotImplementedError()" in cell.source) == (part(cell) == "answer"), file
        assert all(not cell.outputs for cell in notebook.cells if cell.cell_type == "code"), file


def lines(text):
    return {line.strip() for line in text.splitlines() if len(line.strip()) > 8}


def test_no_chapter_s_feedback_shows_a_hidden_test(every):
    """Neither the page nor the table, from a notebook that holds all of them; what students may see is there."""
    for file, notebook in notebooks(every / "source").items():
        notebook.metadata[NOTES] = {"notes": []}
        tests = [cell for cell in notebook.cells if part(cell) == "test"]
        for cell in tests:
            cell.metadata.nbgrader.score = 0
            cell.outputs = [
                NotebookNode(output_type="error", ename="AssertionError", evalue="wrong", traceback=cell.source.splitlines())
            ]
        visible = lines("\n".join(replace_regions(cell.source, HIDDEN_TESTS, "") for cell in tests))
        answers = lines("\n".join(cell.source for cell in notebook.cells if part(cell) == "answer"))
        hidden = lines("\n".join(cell.source for cell in tests)) - visible - answers
        page = feedback(notebook)
        shown = unescape(re.sub("<[^>]+>", "", page.replace("<pre>", "\n"))) + table([marks(Path(file), "all", notebook)])
        assert hidden and not hidden & lines(shown), file
        assert visible <= lines(shown), file
        assert all(task.title in shown for task in tasks(notebook)), file
        assert not re.search(r"<script|(?:src|href)=.https?://(?!the-loss-book|doi|arxiv)", page), file
        assert "<code>\\" not in page, file  # each formula became MathML


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


def test_a_folder_in_which_nbgrader_finds_nothing_is_refused(tmp_path):
    with pytest.raises(CourseError, match=re.escape("nbgrader finds nothing in a folder with [ or ] in its path")):
        fork(["regression/huber"], tmp_path / "my [new] course", ROOT)


@pytest.mark.parametrize("to", ["my course", "what's new", 'a "quoted" one'])
def test_make_takes_any_folder_s_name(tmp_path, to):
    """What make would run, with a command in place of the real one that prints its arguments."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/lossbook-course").write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    (tmp_path / "bin/lossbook-course").chmod(0o755)
    (tmp_path / "stamp").touch()
    done = subprocess.run(
        ["make", "-s", "-o", ".venv/course.stamp", "course", f"BIN={tmp_path / 'bin'}", "CHAPTERS=lenses/kl lenses/nll", f"TO={tmp_path / to}"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["fork", "lenses/kl", "lenses/nll", "--to", str(tmp_path / to)]


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["fork", "regression/huber", "--to", "x"], "run this in the book's folder, or name that folder with --book"),
        (["check", "a.ipynb"], "is no course (it has no gradebook.db): name its folder with --course"),
        (["check", "a.ipynb", "--limit", "-1"], "the limit must be a positive number of seconds, not -1"),
        (["report"], "is no course (it has no gradebook.db): name its folder with --course"),
    ],
)
def test_the_command_says_what_is_wrong(tmp_path, arguments, answer):
    done = subprocess.run([COMMAND, *arguments], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("lossbook-course: ") and answer in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--help"], ["fork", "check", "report"]), (["fork", "--help"], ["CHAPTER", "--to"]),
        (["check", "--help"], ["--limit", "--course"]), (["report", "--help"], ["--names", "--course"]),
    ],
)  # fmt: skip
def test_the_command_explains_itself(arguments, words):
    done = subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=True)
    assert all(word in done.stdout for word in words)
