"""What `import lossbook` loads, how long it takes, and what its wheel holds."""

import json
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pytest
import yaml

import lossbook
from lossbook.checks import example as example_of
from lossbook.taxonomy import LOSSES, loss_of

ROOT = Path(__file__).parents[1]

IMPORT = """
import sys, time
import numpy
start = time.perf_counter()
import lossbook
print(time.perf_counter() - start)
print(*sorted({name.split(".")[0] for name in sys.modules}))
"""


def test_import_is_light():
    # The fastest of three: a busy machine makes a start slow, never fast.
    runs = [
        subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True).stdout.splitlines()
        for _ in range(3)
    ]
    assert min(float(seconds) for seconds, _ in runs) < 0.3
    loaded = set(runs[0][1].split())
    assert not loaded & {"torch", "plotly", "jax", "scipy", "sphinx", "IPython"}


def test_the_public_names_are_the_losses_and_what_measures():
    # The layer's cross-entropy is cross-entropy, and has its record.
    helpers = [
        "euclidean_distance",
        "cosine_similarity",
        "angle",
        "linear_cross_entropy",
        "ndcg",
        "viterbi",
        "sparsemax",
        "entmax",
        "generalised_advantages",
        "vtrace_targets",
    ]
    assert sorted(lossbook.__all__) == sorted([*helpers, *(loss.name for loss in LOSSES)])


VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The wheel and the source distribution."""
    to = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "build", "--no-isolation", "--outdir", to, ROOT], check=True, capture_output=True)
    (wheel,), (source,) = to.glob("*.whl"), to.glob("*.tar.gz")
    return wheel, source


def test_the_wheel_holds_lossbook_and_nothing_of_the_site(built):
    wheel = zipfile.ZipFile(built[0])
    assert {name.split("/")[0] for name in wheel.namelist()} == {"lossbook", f"lossbook-{VERSION}.dist-info"}
    assert "lossbook/py.typed" in wheel.namelist()
    metadata = wheel.read(f"lossbook-{VERSION}.dist-info/METADATA").decode()
    needed = [line for line in metadata.splitlines() if line.startswith("Requires-Dist") and "extra ==" not in line]
    assert needed == ["Requires-Dist: numpy>=2.0", "Requires-Dist: array-api-compat>=1.11"]


def test_the_source_distribution_holds_lossbook_and_what_builds_it(built):
    with tarfile.open(built[1]) as source:
        names = {name.partition("/")[2] for name in source.getnames()}
    modules = {f"lossbook/{file.name}" for file in (ROOT / "lossbook").iterdir() if file.is_file()}
    assert modules <= names
    beside = {name for name in names if name and not name.startswith(("lossbook/", "lossbook.egg-info"))}
    assert beside == {"lossbook", "pyproject.toml", "setup.cfg", "MANIFEST.in", "README.md", "LICENSE", "PKG-INFO"}


def test_both_are_fit_for_an_index(built):
    done = subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *built], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


# Every loss on one input; JSON, because nothing of the tests' environment is there.
EVERY_LOSS = """
import json, sys
import numpy as np
import lossbook
given = json.load(open(sys.argv[1]))
print(json.dumps({
    name: np.asarray(
        getattr(lossbook, name)(*map(np.asarray, inputs), reduction="none", **{key: np.asarray(each) for key, each in named.items()}, **asked)
    ).tolist()
    for name, (inputs, named, asked) in given.items()
}))
"""


def test_the_oldest_numpy_allowed_alone_is_enough(built, tmp_path):
    """In an environment of its own: the README's example, and every loss with the same values as here."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    python = tmp_path / "bare/bin/python"
    pip = [sys.executable, "-m", "pip", "--python", python]
    oldest = ["numpy==2.0.*", "array-api-compat==1.11"]
    subprocess.run([*pip, "install", "--quiet", "--no-compile", *oldest, built[0]], check=True, capture_output=True)
    installed = subprocess.run([*pip, "list", "--format=freeze"], capture_output=True, text=True, check=True).stdout
    assert {line.partition("==")[0].replace("_", "-") for line in installed.splitlines()} == {
        "array-api-compat",
        "lossbook",
        "numpy",
    }

    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    done = subprocess.run([python, "-c", example], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == re.search(r"# (\S+)", example)[1], done.stderr

    given = {}
    for loss in LOSSES:
        if not loss.needs:
            inputs, named = loss.passed([each.tolist() for each in example_of(loss)])
            given[loss.name] = inputs, {name: each for name, each in named.items() if name in loss.named}, loss.asked
    (tmp_path / "given.json").write_text(json.dumps(given))
    done = subprocess.run([python, "-c", EVERY_LOSS, "given.json"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for name, values in json.loads(done.stdout).items():
        inputs, named, _ = given[name]
        here = loss_of(name)(*map(np.asarray, (*inputs, *named.values())), reduction="none")
        np.testing.assert_allclose(values, here, rtol=1e-12, err_msg=name)


def test_the_newest_change_is_of_this_version():
    first = re.search(r"^## (\S+),", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert first[1] == VERSION == yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"]


def test_the_version_is_that_of_the_project():
    assert lossbook.__version__ == VERSION
    with pytest.raises(AttributeError, match="module 'lossbook' has no attribute 'version'"):
        _ = lossbook.version


def test_binder_has_what_a_chapter_imports():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    *packages, with_pip = yaml.safe_load((ROOT / ".binder/environment.yml").read_text(encoding="utf-8"))["dependencies"]
    told = {re.match(r"[a-z-]+", line)[0].removesuffix("-cpu") for line in packages + with_pip["pip"]}
    needed = {re.match(r"[a-z-]+", line)[0] for line in project["dependencies"] + project["optional-dependencies"]["chapters"]}
    # Binder brings Jupyter's kernel; conda calls torch pytorch.
    assert needed - {"ipykernel", "torch"} | {"pytorch"} <= told
