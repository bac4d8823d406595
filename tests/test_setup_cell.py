"""The set-up cell of a chapter, where the book's package is missing, as on Colab."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import nbformat

from lossbook.course.fork import PACKAGE

ROOT = Path(__file__).parents[1]


def test_it_installs_the_package_and_the_chapter_goes_on(tmp_path):
    """Everything but the package is there, which comes from this repository's last commit."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "fresh"], check=True)
    cells = nbformat.read(ROOT / "chapters/regression/huber.ipynb", as_version=4).cells
    first = next(cell.source for cell in cells if cell.cell_type == "code")
    assert PACKAGE in first
    # An editable package stays out of reach on this path, all others are found.
    environment = os.environ | {"PYTHONPATH": sysconfig.get_path("purelib"), "IPYTHONDIR": str(tmp_path)}
    here = f"git+file://localhost{ROOT}"  # pip asks for a host
    checks = "assert huber_loss(np.array([0.5]), np.zeros(1)) == 0.125\nprint(lossbook.__file__)"
    (tmp_path / "cell.ipy").write_text(f"{first.replace(PACKAGE, here)}\nimport lossbook\n{checks}")
    done = subprocess.run(
        [tmp_path / "fresh/bin/python", "-m", "IPython", "cell.ipy"],
        cwd=tmp_path, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert str(tmp_path / "fresh") in done.stdout
