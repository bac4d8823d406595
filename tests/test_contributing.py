"""CONTRIBUTING.md, followed to the letter in a copy of the project."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import forked
import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
# What the copy's tests import, besides the copy itself.
IMPORTED = (
    "array_api_strict", "jax", "optax", "plotly.graph_objects", "pytest", "pytorch_metric_learning.losses", "scipy.integrate",
    "scipy.optimize", "scipy.stats", "sklearn.datasets", "sklearn.linear_model", "torch",
)  # fmt: skip
SECTIONS = re.findall(r"^\| ([^|`]+) \| ", TEXT, re.M)[1:]


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """The project after steps 1 to 4."""
    root = tmp_path_factory.mktemp("fork")
    for folder in ("lossbook", "lossbook_site", "chapters", "tests"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    for file in ("_config.yml", "_toc.yml", "pyproject.toml"):
        shutil.copy(ROOT / file, root)

    for path, code in re.findall(r"<!-- append to (\S+) -->\n```python\n(.*?)```", TEXT, re.S):
        with (root / path).open("a", encoding="utf-8") as file:
            file.write("\n\n" + code)
    ((path, record),) = re.findall(r"<!-- add to LOSSES in (\S+) -->\n```python\n(.*?)```", TEXT, re.S)
    taxonomy = (root / path).read_text(encoding="utf-8")
    end = taxonomy.rindex(")\n")  # LOSSES ends the file
    (root / path).write_text(taxonomy[:end] + record + taxonomy[end:], encoding="utf-8")
    (commands,) = re.findall(r"### 4\..*?```bash\n(.*?)```", TEXT, re.S)
    subprocess.run(["bash", "-euc", commands], cwd=root, check=True)
    return root


@pytest.fixture(scope="module")
def run():
    with forked.python(*IMPORTED) as run:
        yield run


def outcome(run, root, *arguments):
    return run(root, "pytest", "-q", "-p", "no:cacheprovider", *arguments)


def printed(run, root, code):
    """Return what some code prints that runs in the copy."""
    (root / "printed.py").write_text(code, encoding="utf-8")
    return run(root, "printed").stdout


def test_the_new_loss_obeys_every_law(followed, run):
    (command,) = re.findall(r"^\.venv/bin/pytest (.*)$", TEXT, re.M)
    result = outcome(run, followed, *command.split())
    assert result.returncode == 0, result.stdout[-3000:]
    passed = int(re.search(r"(\d+) passed", result.stdout)[1])
    assert passed > 100


def test_the_new_code_is_typed(followed):
    if (ROOT / ".mypy_cache").exists():  # what a run on the project has learned of the libraries
        shutil.copytree(ROOT / ".mypy_cache", followed / ".mypy_cache")
    result = subprocess.run([sys.executable, "-m", "mypy"], cwd=followed, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_a_wrong_claim_in_the_record_is_caught(followed, run):
    path = followed / "lossbook/taxonomy/regression.py"
    right = path.read_text(encoding="utf-8")
    start = right.index("regression.quantile_loss,\n        title")
    try:
        path.write_text(right[:start] + right[start:].replace("smooth=NO", "smooth=YES", 1), encoding="utf-8")
        result = outcome(run, followed, "tests/test_laws.py", "-k", "quantile_loss and claimed")
    finally:
        path.write_text(right, encoding="utf-8")
    assert "test_smoothness_is_as_claimed" in result.stdout and result.returncode == 1


def test_the_book_has_the_new_chapter_in_its_place(followed, run):
    code = "from pathlib import Path; from lossbook_site.anatomy import problems; print(problems(Path()))"
    assert printed(run, followed, code) == "[]\n"
    assert "- file: chapters/regression/quantile\n" in (followed / "_toc.yml").read_text()


def test_the_new_chapters_exercises_are_graded(followed, run):
    result = outcome(run, followed, "tests/test_exercises.py", "-k", "quantile")
    assert result.returncode == 0, result.stdout[-3000:]


def test_the_new_loss_is_on_the_reference_pages_by_itself(followed, run):
    code = """
from lossbook.book import atlas
pages = {
    "map": atlas.taxonomy_map().html, "links": atlas.links().rows, "comparison": atlas.comparison().rows,
    "crosswalk": atlas.crosswalk().rows, "how we know": atlas.how_we_know().rows,
    "curves": [trace.name for figure in atlas.compared() for trace in figure.data],
}
print([name for name, page in pages.items() if "Quantile" not in str(page)])
"""
    assert printed(run, followed, code) == "[]\n"


def test_a_loss_that_no_question_leads_to_is_told(followed, run):
    result = outcome(run, followed, "tests/test_atlas.py", "-k", "reached")
    assert result.returncode == 1 and "quantile_loss" in result.stdout


def test_the_sections_told_are_the_sections_tested():
    from lossbook_site.anatomy import LOSS_SECTIONS

    told = [section for section in SECTIONS if section in LOSS_SECTIONS]
    assert tuple(told) == LOSS_SECTIONS


def test_every_make_target_told_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    for name in ("CONTRIBUTING.md", "README.md", ".github/workflows/release.yml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        told = set(re.findall(r"`?make ([a-z]+)`?", text)) | set(" ".join(re.findall(r"run: make (.+)", text)).split())
        assert told and told <= targets, f"{name} names {told - targets}"
