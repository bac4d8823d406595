"""What `import lossbook` loads, how long it takes, and what its wheel holds."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import yaml

import lossbook

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


def test_the_public_names_are_the_losses_and_what_measures_near():
    from lossbook.taxonomy import LOSSES

    helpers = ["euclidean_distance", "cosine_similarity", "angle"]
    assert sorted(lossbook.__all__) == sorted([*helpers, *(loss.name for loss in LOSSES)])


def test_the_wheel_holds_lossbook_and_nothing_of_the_site(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, ROOT],
        check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    folders = {name.split("/")[0] for name in names}
    assert folders == {"lossbook", "lossbook-0.1.0.dist-info"}
    metadata = zipfile.ZipFile(wheel).read("lossbook-0.1.0.dist-info/METADATA").decode()
    needed = [line for line in metadata.splitlines() if line.startswith("Requires-Dist") and "extra ==" not in line]
    assert needed == ["Requires-Dist: numpy>=2.0", "Requires-Dist: array-api-compat>=1.11"]


def test_binder_has_what_a_chapter_imports():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    *packages, with_pip = yaml.safe_load((ROOT / ".binder/environment.yml").read_text(encoding="utf-8"))["dependencies"]
    told = {re.match(r"[a-z-]+", line)[0].removesuffix("-cpu") for line in packages + with_pip["pip"]}
    needed = {re.match(r"[a-z-]+", line)[0] for line in project["dependencies"] + project["optional-dependencies"]["chapters"]}
    # Binder brings Jupyter's kernel; conda calls torch pytorch.
    assert needed - {"ipykernel", "torch"} | {"pytorch"} <= told
