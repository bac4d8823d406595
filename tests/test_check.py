"""Submissions of every kind, graded: what they are worth, and that none reaches beyond its own."""

import re
import sys
from pathlib import Path

import nbformat
import psutil
import pytest
from courses import DOUBLE, by_name, handed_in, make_course
from nbformat.v4 import new_code_cell, new_notebook

from lossbook.course import isolation
from lossbook.course.check import check, table
from lossbook.course.command import main
from lossbook.course.fork import fork

ROOT = Path(__file__).parents[1]

ENDLESS = "def double(x):\n    while True:\n        pass"
STUBBORN = "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
STUB = "raise NotImplementedError()"


def twice(notebook):
    """Copy the answer and a test as Jupyter does, names and all, and change the copy."""
    cells = by_name(notebook)
    for name in ("toy-double", "toy-double-number"):
        copy = nbformat.from_dict({**cells[name], "source": "double = len"})
        notebook.cells.append(copy)


def edit(old, new):
    """Change a cell of the chapter."""

    def change(notebook):
        (cell,) = (cell for cell in notebook.cells if cell.source == old)
        cell.source = new

    return change


def without(source):
    def change(notebook):
        notebook.cells = [cell for cell in notebook.cells if cell.source != source]

    return change


SET_UP = "import numpy as np\n\nfour = 4"
SUBMISSIONS = {
    "right": {},
    "half": {"toy_double": "def double(x):\n    return x + 2 if x != 'a' else 'aa'"},
    "empty": {"toy_double": f"def double(x):\n    {STUB}", "toy_guess": f"guess = ...\n{STUB}"},
    "crashing": {"toy_double": "1 / 0"},
    "misspelt": {"toy_double": "def double(x:\n    return 2 * x"},
    "dying": {"toy_double": "import os\nos._exit(1)"},
    "tampered": {
        "toy_double": "double = len", "toy_double_number": "pass", "toy_double_word": "pass", "drop": ["toy-guess-number"],
    },
    "cut": {"drop": ["toy-double", "toy-double-word"]},
    "with the chapter": {"toy_double": "def double(x):\n    return two * x"},
    "slow chapter": {"change": edit("two = 2", "import time\ntwo = time.sleep(1) or 2"), "toy_double": "def double(x):\n    return two * x"},
    "twice": {"change": twice},
    "changed set-up": {"change": edit(SET_UP, "import math\nnp = four = 3"), "toy_double": "def double(x):\n    return x * int(math.sqrt(4))"},
    "no set-up": {"change": without(SET_UP)},
    "changed chapter": {"change": without("two = 2"), "toy_double": "def double(x):\n    return two * x"},
    "warned": {"toy_double": "import warnings\ndef double(x):\n    warnings.warn('mind')\n    print('here')\n    return 2 * x"},
    "odd": {"change": lambda notebook: notebook.cells[1].metadata.update(tags=5)},
    "last": {},
}  # fmt: skip
SLOW = {"endless": {"toy_double": ENDLESS}, "stubborn": {"toy_double": STUBBORN}}
# Each would earn its points without grading's care.
CHEATS = {
    "replacing": {"toy_double": "double = len\nnp.allclose = lambda *a, **k: True\nimport builtins\nbuiltins.sum = lambda x: 1"},
    "inside": {"toy_double": "double = len\nimport numpy._core.numeric as inside\ninside.isclose = lambda *a, **k: np.True_"},
    "by code": {"toy_double": "double = len\nnp.isclose._implementation.__code__ = (lambda *a, **k: np.True_).__code__"},
    "renaming": {"toy_double": "double = len\nclass np:\n    def allclose(*a): return True\nfour = 4\ndouble = len"},
    "during": {"toy_double": "def double(x):\n    np.allclose = lambda *a, **k: True\n    return 0"},
    "stripping": {
        "toy_double": "import ast\nclass Strip(ast.NodeTransformer):\n    def visit_Assert(self, node):\n        return ast.Pass()\n"
        "get_ipython().ast_transformers.append(Strip())\ndouble = len",
    },
    "tracing": {
        "toy_double": "import sys\ndef double(x):\n    sys.settrace(lambda *a: None)\n    return 0",
    },
    "forging": {
        "toy_double": "import json, os\nfor fd in range(3, 20):\n    try:\n"
        "        os.write(fd, json.dumps({'number': 3, 'outputs': [], 'seconds': 0}).encode() + b'\\n')\n"
        "    except OSError:\n        pass\ndouble = len",
    },
    "shadowing": {"toy_double": f"{DOUBLE}\nsum = 3"},
}  # fmt: skip
MARK = "86399.25"  # seconds of a sleep that nobody else sleeps
DAMAGE = {
    "overwriting": "for up in range(6):\n    try:\n        open('../' * up + 'gradebook.db', 'w').write('mine')\n    except OSError:\n        pass",
    "reading": "import pathlib\nassert not [*pathlib.Path('..').rglob('*.ipynb'), *pathlib.Path('../../source').rglob('*')]",
    "listing": "import os\nassert {*os.listdir('.'), *os.listdir('..')} <= {'work', '.ipython'}",
    "deleting": "import shutil\nshutil.rmtree('..', ignore_errors=True)",
    "asking": "import os\nassert not [name for name in os.environ if 'SECRET' in name]",
    "leaving": f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep({MARK})'], start_new_session=True)",
}
EXCESS = {
    "filling": "import time\nwith open('large', 'wb') as file:\n    for _ in range(40):\n        file.write(bytes(1_000_000))\n        file.flush()\n        time.sleep(0.01)",
    "starting": f"import subprocess, time\nall = [subprocess.Popen(['sleep', '{MARK}']) for _ in range(12)]\ntime.sleep(0.4)",
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def graded(course, tmp_path_factory):
    """Grade submissions by name, in one run; neither the course nor any process is left changed."""
    folder = tmp_path_factory.mktemp("handed in")

    def grade(submissions, limit=120, extra=()):
        files = []
        for name, how in submissions.items():
            nbformat.write(handed_in(course, **how), folder / f"{name}.ipynb")
            files.append(folder / f"{name}.ipynb")
        before = {file: file.read_bytes() for file in course.rglob("*") if file.is_file()}
        found = check([*files, *extra], course, limit=limit)
        assert before == {file: file.read_bytes() for file in course.rglob("*") if file.is_file()}
        assert not [process for process in psutil.process_iter(["cmdline"]) if MARK in " ".join(process.info["cmdline"] or ())]
        return {result.file.stem: result for result in found}

    return grade


@pytest.fixture(scope="module")
def results(graded, tmp_path_factory):
    """What became of honest and of broken submissions."""
    folder = tmp_path_factory.mktemp("no submissions")
    nbformat.write(new_notebook(cells=[new_code_cell("1 + 1")]), folder / "foreign.ipynb")
    (folder / "damaged.ipynb").write_text('{"cells": [')
    return graded(SUBMISSIONS, extra=[folder / f"{name}.ipynb" for name in ("damaged", "foreign", "missing")])


@pytest.fixture(scope="module")
def slow(graded):
    """What became of submissions that take too long; a cell has half a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(isolation, "GRACE", 1)
        return graded(SLOW, limit=4)


def reasons(result):
    return {lost.test: lost.reason for lost in result.lost}


@pytest.mark.parametrize(
    "name", ["right", "with the chapter", "slow chapter", "twice", "changed set-up", "no set-up", "warned", "last"]
)
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


def test_an_endless_answer_loses_its_own_points(slow):
    assert slow["endless"].points == 3
    assert set(reasons(slow["endless"]).values()) == {"stopped after 0.5 s"}


def test_a_cell_that_resists_is_reported(slow):
    assert (slow["stubborn"].problem, slow["stubborn"].points, slow["stubborn"].of) == (
        "a cell went on after it was interrupted",
        0,
        5,
    )


def test_a_submission_is_stopped_after_the_limit(graded):
    many = [new_code_cell("while True:\n    pass") for _ in range(12)]
    (late,) = graded({"late": {"change": lambda notebook: notebook.cells.extend(many)}}, limit=0.4).values()
    assert (late.problem, late.points, late.of) == ("stopped after 0.4 s", 0, 5)


def test_a_process_that_ends_itself_is_reported(results):
    assert results["dying"].points == 0
    assert results["dying"].problem == "it ended its own process (out of memory, or a call to exit)"


def test_a_crash_loses_its_own_points(results):
    assert results["crashing"].points == 3
    assert set(reasons(results["crashing"]).values()) == {"ZeroDivisionError: division by zero"}


def test_an_error_of_syntax_names_a_line_and_no_file(results):
    assert set(reasons(results["misspelt"]).values()) == {"SyntaxError: '(' was never closed (line 1)"}


def test_tampered_and_deleted_tests_are_the_original_ones_again(results):
    assert (results["tampered"].points, results["tampered"].of) == (3, 5)
    assert reasons(results["tampered"]) == {
        "toy-double-number": "TypeError: object of type 'int' has no len()",
        "toy-double-word": "a word is written twice",
    }


def test_a_deleted_answer_is_an_empty_one(results):
    assert reasons(results["cut"]) == {"toy-double-number": "not answered", "toy-double-word": "not answered"}


def test_copies_are_dropped_and_named(results):
    assert results["twice"].notes == (
        "toy-double stands twice: the first counts",
        "toy-double-number stands twice: the first counts",
    )


def test_a_changed_set_up_is_named(results):
    assert results["changed set-up"].notes == ("toy-set-up-1 was changed: it is the chapter's again",)


def test_a_missing_name_comes_with_the_line_that_makes_it(results):
    said = "NameError: name 'two' is not defined; the chapter makes it in the cell with “two = 2”"
    assert set(reasons(results["changed chapter"]).values()) == {said}


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("damaged", "no readable notebook"),
        ("foreign", "holds no exercise of this course"),
        ("missing", "No such file"),
        ("odd", "grading failed: TypeError: argument of type 'int' is not iterable"),
    ],
)
def test_what_is_no_submission_is_named(results, name, problem):
    assert problem in results[name].problem


def test_the_table_gives_a_reason_for_each_point(results):
    text = table([results["right"], results["half"], results["twice"], results["damaged"]])
    assert re.search(r"right.ipynb +toy-toy +5 of 5 points$", text, re.M)
    assert "    −1  toy-double-number: wrong at three\n" in text
    assert "    toy-double stands twice: the first counts\n" in text
    assert re.search(r"damaged.ipynb +–\n +not graded: is no readable notebook", text)


@pytest.fixture(scope="module")
def cheats(graded):
    return graded(CHEATS)


@pytest.mark.parametrize(
    ("name", "points", "replaced"),
    [
        ("replacing", 3, ["sum", "numpy.allclose"]),
        ("inside", 3, ["numpy._core.numeric.isclose"]),
        ("by code", 3, ["numpy._core.numeric.isclose"]),
        ("renaming", 3, ["np"]),
        ("during", 3, []),
        ("stripping", 3, []),
        ("tracing", 3, []),
        ("shadowing", 5, ["sum"]),
    ],
)
def test_tests_run_with_the_functions_of_the_libraries(cheats, name, points, replaced):
    assert cheats[name].points == points
    assert sorted(cheats[name].notes) == sorted(f"{one} was replaced: the tests had the original" for one in replaced)


def test_what_is_replaced_while_a_test_runs_is_its_reason(cheats):
    assert reasons(cheats["during"])["toy-double-number"] == "the answer replaced numpy.allclose while the test ran"
    assert reasons(cheats["tracing"])["toy-double-number"] == "the answer replaced sys.settrace while the test ran"


def test_a_forged_result_is_none(cheats):
    assert (cheats["forging"].points, cheats["forging"].problem) == (0, "it wrote into the grading's own channel")


WALLS = pytest.mark.parametrize(
    "walls",
    [False, pytest.param(True, marks=pytest.mark.skipif(not isolation.protected(), reason="bubblewrap does not work here"))],
)


@WALLS
def test_damage_reaches_nothing(graded, monkeypatch, capsys, walls):
    """With and without a sandbox: the course stays, the others are graded, and nothing runs on."""
    monkeypatch.setattr(isolation, "protected", lambda: walls)
    monkeypatch.setattr("lossbook.course.check.protected", lambda: walls)
    monkeypatch.setenv("SECRET", "a token, say")
    found = graded({name: {"toy_double": f"{code}\n{DOUBLE}"} for name, code in DAMAGE.items()} | {"right": {}})
    assert {name: (result.points, result.problem) for name, result in found.items()} == dict.fromkeys([*DAMAGE, "right"], (5, ""))
    assert capsys.readouterr().err.count("with your rights") == (not walls)


@WALLS
def test_excess_is_stopped(graded, monkeypatch, walls):
    monkeypatch.setattr(isolation, "protected", lambda: walls)
    monkeypatch.setattr(isolation, "DISK", 10_000_000)
    monkeypatch.setattr(isolation, "PROCESSES", 8)
    found = graded({name: {"toy_double": f"{code}\n{DOUBLE}"} for name, code in EXCESS.items()}, limit=40)
    assert found["starting"].problem == "it started more than 8 processes"
    if walls:
        assert set(reasons(found["filling"]).values()) == {"OSError: [Errno 28] No space left on device"}
    else:
        assert found["filling"].problem == "it wrote more than 10 megabytes"


@pytest.mark.skipif(not isolation.protected(), reason="bubblewrap does not work here")
def test_the_sandbox_has_no_network_and_none_of_the_files(graded, course):
    code = f"import os, socket\nassert not os.path.exists({str(course)!r}) and not os.path.exists(os.path.expanduser('~root/.bashrc'))\n"
    network = "try:\n    socket.create_connection(('192.0.2.1', 80), timeout=0.2)\nexcept OSError as error:\n    assert error.errno == 101, error\n"
    found = graded({"looking": {"toy_double": code + network + DOUBLE}})
    assert reasons(found["looking"]) == {}


def test_a_notebook_may_begin_with_a_byte_order_mark_and_output_may_have_a_code_page(course, tmp_path, monkeypatch):
    text = nbformat.writes(handed_in(course, toy_guess="guess = 8"))
    (tmp_path / "marked.ipynb").write_bytes(b"\xef\xbb\xbf" + text.encode())
    with (tmp_path / "out.txt").open("w", encoding="cp1252") as out:
        monkeypatch.setattr(sys, "stdout", out)
        assert main(["check", str(tmp_path / "marked.ipynb"), "--course", str(course)]) == 0
    assert "    −3  toy-guess-number: another number\n" in (tmp_path / "out.txt").read_text(encoding="utf-8")


def test_a_real_chapter(tmp_path):
    """The source document's formula, handed in as a solution to the chapter that corrects it."""
    to = tmp_path / "course"
    fork(["regression/huber"], to, ROOT)
    formula = "def my_huber(y_hat, y, delta):\n    r = abs(y_hat - y)\n    return (r < delta) * r**2 + (r >= delta) * r"
    for name, sources in (("ada", {}), ("bob", {"huber_implement": formula})):
        nbformat.write(handed_in(to, "regression-huber", **sources), tmp_path / f"{name}.ipynb")
    solved, slip = check([tmp_path / "ada.ipynb", tmp_path / "bob.ipynb"], to)
    assert (solved.points, solved.of, solved.notes) == (8, 8, ())
    assert reasons(slip)["huber-implement-far"] == "your loss is discontinuous at |r| = delta"
    assert len(slip.lost) == 3
    # The teaching page shows this very table.
    shown = (ROOT / "chapters/teaching/index.md").read_text(encoding="utf-8")
    assert "\n".join(table([slip]).splitlines()[1:]) in shown
