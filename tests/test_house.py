"""The house: who may import whom, and that it is ready for lists and sequences.

A toy loss of each, added to a copy of the package by records alone, obeys every law.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOYS = ROOT / "tests/toys"

# The rooms of the package, and those that each may import from.
OPS = {"_ops", "_types"}
LOSSES_AND_LENSES = {"families", "lenses", *OPS}
MAY_IMPORT = {
    "_types": set(),
    "_ops": OPS,
    "families": OPS,
    "lenses": {"lenses", *OPS},
    "taxonomy": {"taxonomy", *LOSSES_AND_LENSES},
    "checks": {"taxonomy", *LOSSES_AND_LENSES},
    "book": {"book", "checks", "taxonomy", *LOSSES_AND_LENSES},
    "course": {"course", "book", "checks", "taxonomy", *LOSSES_AND_LENSES},
}


def room_of(name):
    """Return the room of a module or name of the package, given without "lossbook."."""
    first = name.split(".")[0]
    return first if first in MAY_IMPORT else "families"


def imported(file):
    """Yield the modules and names of the package that a file imports, without "lossbook."."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "lossbook":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lossbook."):
            yield node.module.removeprefix("lossbook.")
        elif isinstance(node, ast.Import):
            yield from (alias.name.removeprefix("lossbook.") for alias in node.names if alias.name.startswith("lossbook."))


FILES = sorted(file for file in (ROOT / "lossbook").rglob("*.py") if file.parent.name != "lossbook" or file.stem != "__init__")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_arrows_run_one_way(file):
    room = room_of(file.relative_to(ROOT / "lossbook").with_suffix("").as_posix().replace("/", "."))
    assert {room_of(name) for name in imported(file)} <= MAY_IMPORT[room]


# Where the toys go in the copy, and what makes them known there.
MOVED = {"losses": "toys", "records": "taxonomy/toys", "lenses": "lenses/toys"}
KNOWN = {
    "__init__": "from lossbook import toys\nfrom lossbook.toys import *\n\n__all__ += toys.__all__\n",
    "taxonomy/__init__": "from lossbook.taxonomy import toys\n\nLOSSES += toys.LOSSES\n",
    "lenses/__init__": (
        "from lossbook.lenses import toys\n\nNOISE_MODELS.update(toys.NOISE_MODELS)\nNO_NOISE_MODEL.update(toys.NO_NOISE_MODEL)\n"
    ),
    "taxonomy/kinds": (TOYS / "kinds.py").read_text(encoding="utf-8"),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The package and its tests, with the toy losses."""
    root = tmp_path_factory.mktemp("house")
    for folder in ("lossbook", "tests"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__", "site", "wrong_answers"))
    shutil.copy(ROOT / "pyproject.toml", root)
    for toy, place in MOVED.items():
        shutil.copy(TOYS / f"{toy}.py", root / f"lossbook/{place}.py")
    for place, code in KNOWN.items():
        with (root / f"lossbook/{place}.py").open("a", encoding="utf-8") as file:
            file.write(f"\n{code}")
    return root


def asked(root, selected):
    """Run the laws selected in the copy; return what pytest says."""
    files = [f"tests/test_{name}.py" for name in ("laws", "every_input", "gradients", "checks", "taxonomy")]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files, "-k", selected]
    return subprocess.run(command, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True).stdout


def test_toy_losses_of_lists_and_sequences_obey_every_law(copy):
    said = asked(copy, "toy_")
    assert re.search(r"^\d+ passed, \d+ deselected", said, re.M), said[-3000:]
    # Two losses, one setting each, four laws of their own among the others.
    assert int(re.search(r"(\d+) passed", said)[1]) > 150


WRONG = {
    "r = xp.where(mask, scores - relevance, 0.0)": "r = scores - relevance",
    "xp.sum(r * r, axis=-1)": "(xp.sum(r * r, axis=-1) + r[..., 0])",
    "logits = xp.where(counted[..., None], logits, 0.0)": "pass",
    "xp.where(counted, values, 0.0)": "values",
}
CAUGHT = (
    "test_what_is_masked_reaches_neither_value_nor_gradient[nan-toy_list_loss()]",
    "test_the_order_of_elements_changes_nothing[toy_list_loss]",
    "test_what_is_masked_reaches_neither_value_nor_gradient[nan-toy_sequence_loss()]",
    "test_padding_changes_nothing[toy_sequence_loss()]",
)


def test_toys_that_break_the_laws_of_lists_and_sequences_are_caught(copy):
    path = copy / "lossbook/toys.py"
    text = path.read_text(encoding="utf-8")
    for right, wrong in WRONG.items():
        assert text.count(right) == 1
        text = text.replace(right, wrong)
    path.write_text(text, encoding="utf-8")
    said = asked(copy, "toy_ and (what_is_masked or padding or the_order)")
    assert all(f"FAILED tests/test_laws.py::{law}" in said for law in CAUGHT), said[-3000:]
