"""What a page offers to try, and what its Python is made of: the build's side, and the script that runs a reader's code."""

import hashlib
import io
import json
import zipfile
from importlib.util import module_from_spec, spec_from_file_location

import numpy as np
import pytest
from sphinx.errors import ExtensionError

import lossbook
from lossbook_site import live, pyodide
from lossbook_site.exercises import Exercise


def offered(before, given, *tests):
    return live.offered(Exercise("part/chapter", "name", before, given, {str(number): test for number, test in enumerate(tests)}))


SOLVED = "def f(x):\n    ### BEGIN SOLUTION\n    return np.abs(x)\n    ### END SOLUTION"


def test_an_exercise_takes_along_the_statements_it_needs_and_what_is_light():
    before = (
        "import numpy as np\nimport torch\nfrom lossbook.book.figures import line",
        "a = 1\nb = torch.ones(2)\nc = a + 1\nd = 2",
        "def g(): return np.ones(2)\ndef h(): return torch.ones(2)\ndef i(): return d",
    )
    found = offered(before, SOLVED, "assert f(a) == c")
    assert found["setUp"] == "import numpy as np\na = 1\nc = a + 1\ndef g(): return np.ones(2)"
    assert found["code"] == "def f(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"


def test_a_test_that_needs_another_library_stays_in_the_notebook():
    found = offered(("import numpy as np\nimport torch",), SOLVED, "assert f(1)", "assert f(torch.ones(1))", "import scipy")
    assert found["tests"] == ["assert f(1)", None, None]


@pytest.mark.parametrize(
    ("given", "test", "lacks"),
    [
        (SOLVED.replace("np", "torch"), "assert f(1)", ["torch"]),
        (f"from scipy.stats import norm\n{SOLVED}", "assert f(1)", ["scipy"]),
        (SOLVED, "assert f(torch.ones(1))", ["torch"]),
        (SOLVED, "import lossbook.book", ["lossbook"]),
        (SOLVED, "import json, tkinter, msvcrt, math", ["msvcrt", "tkinter"]),
    ],
)
def test_an_exercise_that_cannot_be_solved_in_the_page_says_what_it_lacks(given, test, lacks):
    assert offered(("import numpy as np\nimport torch",), given, test) == {"lacks": lacks}


def test_hidden_tests_are_not_offered():
    test = "assert f(1)\n### BEGIN HIDDEN TESTS\nassert f(-7) == 7\n### END HIDDEN TESTS"
    assert "-7" not in json.dumps(offered(("import numpy as np",), SOLVED, test))


def test_a_function_is_offered_with_its_example_where_that_runs():
    code = live.function("huber_loss")["code"]
    assert code.startswith("def huber_loss(") and code.endswith("# 1.3125")
    assert live.function("set_matching_loss") is None  # SciPy
    assert live.function("log_softmax") is None  # not public


@pytest.fixture
def distribution(monkeypatch, tmp_path):
    """A distribution of Pyodide's whose wheel of numpy has these bytes, and a place for what is fetched."""
    listed = {"packages": {"numpy": {"file_name": "numpy.whl", "sha256": hashlib.sha256(b"numpy").hexdigest()}}}
    monkeypatch.setattr(pyodide, "distributed", lambda: listed)
    monkeypatch.setattr(pyodide, "KEPT", tmp_path / "kept")
    monkeypatch.delenv(pyodide.FOLDER, raising=False)
    return listed["packages"]["numpy"]


def test_numpy_comes_from_the_folder_and_its_hash_is_checked(distribution, monkeypatch, tmp_path):
    monkeypatch.setenv(pyodide.FOLDER, str(tmp_path))
    with pytest.raises(ExtensionError, match=r"which LOSSBOOK_PYODIDE_WHEELS names, has no numpy\.whl"):
        pyodide.numpy_wheel()
    file = tmp_path / "numpy.whl"
    file.write_bytes(b"numpy")
    assert pyodide.numpy_wheel() == file
    file.write_bytes(b"another")
    with pytest.raises(ExtensionError) as refused:
        pyodide.numpy_wheel()
    assert all(word in str(refused.value) for word in (str(file), hashlib.sha256(b"another").hexdigest(), distribution["sha256"]))


def test_numpy_is_fetched_once(distribution, monkeypatch):
    asked = []

    def fetch(address, timeout):
        asked.append(address)
        return io.BytesIO(b"numpy")

    monkeypatch.setattr(pyodide, "urlopen", fetch)
    file = pyodide.numpy_wheel()
    assert pyodide.numpy_wheel() == file and file.read_bytes() == b"numpy"
    assert asked == [f"{pyodide.address()}numpy.whl"] and asked[0].startswith("https://")


def test_without_a_network_there_is_none(distribution, monkeypatch):
    monkeypatch.setattr(pyodide, "address", lambda: "http://127.0.0.1:9/")
    assert pyodide.numpy_wheel() is None


def test_the_pinned_pyodide_has_a_numpy_of_its_own_python():
    listed = pyodide.distributed()
    python, abi = "".join(listed["info"]["python"].split(".")[:2]), listed["info"]["abi_version"]
    assert f"-cp{python}-cp{python}-pyemscripten_{abi}_wasm32.whl" in listed["packages"]["numpy"]["file_name"]


def test_a_wheel_holds_the_package_and_records_it(tmp_path):
    file = pyodide.wheel("lossbook", lossbook, tmp_path)
    held = zipfile.ZipFile(file)
    record = held.read(f"{'-'.join(file.name.split('-')[:2])}.dist-info/RECORD").decode().splitlines()
    assert [line.split(",")[0] for line in record] == held.namelist()
    assert "lossbook/regression.py" in held.namelist() and not [name for name in held.namelist() if "__pycache__" in name]
    first = file.read_bytes()
    assert pyodide.wheel("lossbook", lossbook, tmp_path).read_bytes() == first


@pytest.fixture(scope="module")
def runner():
    spec = spec_from_file_location("runner", pyodide.SOURCES / "runner.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def heard(runner, code, **given):
    """Return what the page hears of a run, by kind."""
    told = {}
    runner.answer(
        json.dumps({"setUp": "import numpy as np", "code": code, **given}),
        lambda kind, value: told.setdefault(kind, []).append(value),
    )
    return told


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("1 + 1", {"value": ["2"]}),
        ("x = 1", {}),
        ("", {}),
        ("None", {}),
        ("print('a')\nprint('b', end='')", {"out": ["a\n", "b"]}),
        ("import sys\nprint('a', file=sys.stderr)", {"err": ["a\n"]}),
        ("raise SystemExit(2)", {"error": ["Line 1:\n    raise SystemExit(2)\nSystemExit: 2"]}),
        ("def f():\n    f.x\nf()", {"error": [
            "Line 3:\n    f()\nLine 2, in f:\n    f.x\nAttributeError: 'function' object has no attribute 'x'",
        ]}),
        ("import inspect\ndef f(): return 1\ninspect.getsource(f)", {"value": ["'def f(): return 1\\n'"]}),
    ],
)  # fmt: skip
def test_what_the_page_hears_of_a_run(runner, code, told):
    assert heard(runner, code) == told


def test_output_is_cut(runner):
    told = heard(runner, "while True:\n    print('x' * 999)\n    n = globals().get('n', 0) + 1\n    if n == 200: break")
    assert sum(map(len, told["out"])) == runner.LONGEST and told["cut"] == [None]


def test_a_figure_is_told_as_json_without_nan(runner):
    told = heard(runner, "{'data': [{'y': np.array([1.0, np.nan])}]}")
    assert json.loads(told["figure"][0]) == {"layout": {}, "data": [{"y": [1.0, None]}]}


def test_each_check_runs_alone_and_fails_in_its_own_words(runner):
    tests = ["y = x", "assert y", None, "assert x == 2, 'x is two'", "assert x == 2", "raise NotImplementedError"]
    told = [json.loads(each) for each in heard(runner, "x = 1", tests=tests)["check"]]
    assert told == [
        [0, None], [1, "NameError: name 'y' is not defined"], [3, "x is two"], [4, "a test failed"], [5, "not answered"],
    ]  # fmt: skip


def test_a_function_runs_among_the_names_of_its_module_and_leaves_them_as_they_are(runner):
    code = "import numpy as np\ndef huber_loss(x): return same_shape(x=x)\nhuber_loss(np.ones(1)) is not None"
    assert heard(runner, code, module="lossbook.regression") == {"value": ["True"]}
    assert float(lossbook.huber_loss(np.ones(1), np.zeros(1))) == 0.5
