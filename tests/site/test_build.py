"""The build itself: it needs no Node of the system, fails where it must, and leaves nothing running."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from conftest import ROOT
from lossbook_site import vendor

JUPYTER_BOOK = Path(sys.executable).with_name("jupyter-book")


@pytest.fixture
def build(tmp_path):
    """Build a book of one page with the book's own settings, without anything on the PATH."""

    def run(text):
        shutil.copy(ROOT / "_config.yml", tmp_path)
        (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: index\n")
        (tmp_path / "index.md").write_text(text)
        return subprocess.Popen(
            [JUPYTER_BOOK, "build", ".", "-W", "-n", "--keep-going"],
            cwd=tmp_path, env=os.environ | {"PATH": ""}, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    return run


def test_no_process_outlives_the_build(build, tmp_path):
    process = build("# A page\n\nWith a formula, $\\hat y$.\n")
    output, _ = process.communicate(timeout=120)  # the pipe closes with the last process
    assert process.returncode == 0, output
    assert "katex-mathml" in (tmp_path / "_build" / "html" / "index.html").read_text()
    assert not [p.pid for p in psutil.process_iter() if os.getsid(p.pid) == process.pid]


def test_a_wrong_formula_fails_the_build_by_name(build):
    process = build("# A page\n\nWith a formula, $\\frac{1$.\n")
    output, _ = process.communicate(timeout=120)
    assert process.returncode != 0
    assert "index: KaTeX parse error" in output
    assert "\\frac{1" in output


def test_the_typesetter_ends_with_a_build_that_is_killed():
    script = (
        "import os, signal\n"
        "from lossbook_site.formulas import typeset\n"
        "typeset('x', display=False)\n"
        "print(typeset.node.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL
    psutil.wait_procs([psutil.Process(int(killed.stdout))], timeout=5)
    assert not psutil.pid_exists(int(killed.stdout))


def test_an_npm_that_fails_is_explained(tmp_path):
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "package-lock.json").write_text("not a lock file")
    with pytest.raises(vendor.ExtensionError, match="npm registry"):
        vendor.install(tmp_path)
