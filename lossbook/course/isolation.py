"""A submission's cells run in a process of its own: away from the course, for a bounded time, with bounded means.

Where bubblewrap works, that process has no network and sees Python and its packages only, all read-only but an
empty folder. Elsewhere it has the rights of whoever grades, in an empty folder far from the course.
"""

import json
import os
import queue
import re
import shutil
import signal
import site
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
import uuid
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import psutil
from nbformat import NotebookNode, ValidationError, from_dict
from nbformat.v4.nbbase import validate

import lossbook
from lossbook.course.chapters import CHAPTER, part
from lossbook.course.names import imported
from lossbook.course.restore import NOTES, SKIP
from lossbook.course.runner import PATIENCE

__all__ = ["CELL", "UNPROTECTED", "protected", "run"]

# The share of a submission's time that one cell may take: several tests may meet one endless answer.
CELL = 1 / 8
# Seconds that a cell may go on after it was told to stop, and that a cell of the chapter may take.
GRACE, CHAPTERS_OWN = 10, 600
# Seconds between two looks at what a submission has started and written.
LOOK = 0.25
# How many processes a submission may start, and how many bytes it may write.
PROCESSES, DISK = 50, 200_000_000
# What one process of it may use: address space written to, the largest file, no memory dumps.
BOUNDS = {"RLIMIT_DATA": 4 << 30, "RLIMIT_FSIZE": DISK, "RLIMIT_CORE": 0}
# Bytes of one answer.
ANSWER = 50_000_000

UNPROTECTED = (
    "bubblewrap is missing or does not work here: submissions run in folders of their own, "
    "but with your rights, and could read or change your files"
)
FORGED = "it wrote into the grading's own channel"
# Of the environment, no more than programs need to start: it may hold what is secret.
ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")
TOKEN = "LOSSBOOK_SUBMISSION"


class Failed(Exception):
    """Why a submission could not be graded."""


def run(notebook: NotebookNode, limit: float, threads: int = 1) -> str:
    """Run the cells of a restored notebook in place; return what made that impossible, or nothing.

    Parameters
    ----------
    notebook : NotebookNode
        Its cells get their outputs. Those tagged to be skipped are left alone.
    limit : float
        Seconds of computing for all cells of the student and the tests; one is stopped after an eighth of them.
    threads : int
        How many threads a library may use.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and SKIP not in cell.metadata.get("tags", [])]
    of_course = [cell for cell in cells if part(cell) or CHAPTER in cell.metadata.get("tags", [])]
    about = notebook.metadata[NOTES]
    start = {
        "modules": imported([cell.source for cell in cells]),  # before the first cell: imports take nobody's time
        "packages": sorted({name.partition(".")[0] for name in imported([cell.source for cell in of_course])}),
        "names": sorted({name for cell in of_course if part(cell) != "answer" for name in re.findall(r"\w+", cell.source)}),
        "answered": about["answered"],
        "bounds": BOUNDS,
    }
    replaced: dict[str, None] = {}
    left = limit
    with tempfile.TemporaryDirectory(prefix="submission-", ignore_cleanup_errors=True) as outside:
        folder = Path(outside, "work")  # above it is nothing but it
        folder.mkdir()
        apart = _Apart(folder, threads)
        try:
            apart.ask(start, CHAPTERS_OWN, f"importing took longer than {CHAPTERS_OWN} s")
            for cell in cells:
                kind = part(cell)
                question = {"part": kind, "source": cell.source, "seconds": limit * CELL}
                if kind == "set-up" or (not kind and CHAPTER in cell.metadata.get("tags", [])):
                    question["seconds"] = None
                    answer = apart.ask(question, CHAPTERS_OWN, f"a cell of the chapter took longer than {CHAPTERS_OWN} s")
                else:
                    answer = apart.ask(question, PATIENCE * limit * CELL + GRACE, "a cell went on after it was interrupted")
                    left -= answer["seconds"]
                if left <= 0:
                    raise Failed(f"stopped after {limit:g} s")
                cell.outputs = [from_dict(output) for output in answer["outputs"]]
                replaced.update(dict.fromkeys(answer.get("replaced", ())))
        except Failed as failed:
            return str(failed)
        finally:
            apart.end()
            about["notes"] += [f"{name} was replaced: the tests had the original" for name in replaced]
    return ""


@cache
def protected() -> bool:
    """Whether bubblewrap is there and works."""
    if not shutil.which("bwrap"):
        return False
    with tempfile.TemporaryDirectory() as folder:
        return not subprocess.run(
            [*_walls(Path(folder)), sys.executable, "-c", ""], capture_output=True, env=_environment("")
        ).returncode


def _walls(folder: Path) -> list[str]:
    """Return the beginning of a command line that runs the rest of it in a sandbox."""
    system = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime"]
    python = [
        sys.prefix,
        sys.base_prefix,
        *sysconfig.get_paths().values(),
        *site.getsitepackages(),
        str(Path(lossbook.__file__).parent),
    ]
    seen = dict.fromkeys(path for path in (*system, *python) if Path(path).exists())
    bounded = ["--size", str(DISK), "--tmpfs"]
    return [
        "bwrap", "--unshare-all", "--die-with-parent", "--new-session",
        "--proc", "/proc", "--dev", "/dev", *bounded, "/dev/shm", *bounded, "/tmp",
        *(word for path in seen for word in ("--ro-bind", path, path)),
        *bounded, str(folder), "--chdir", str(folder), "--remount-ro", "/dev", "--remount-ro", "/", "--",
    ]  # fmt: skip


def _environment(token: str, home: str = "/tmp", threads: int = 1) -> dict[str, str]:
    return {
        **{name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
        "HOME": home, "TMPDIR": home, "USER": "student", "OMP_NUM_THREADS": str(threads), "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1", "PLOTLY_RENDERER": "plotly_mimetype", "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        TOKEN: token,
    }  # fmt: skip


class _Apart:
    """The process apart, and the way to it."""

    def __init__(self, folder: Path, threads: int) -> None:
        self.folder, self.token, self.asked = folder, uuid.uuid4().hex, -1
        self.process = subprocess.Popen(
            [*(_walls(folder) if protected() else ()), sys.executable, "-m", "lossbook.course.runner"],
            cwd=folder, env=_environment(self.token, str(folder), threads), start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.answers: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout
        while line := self.process.stdout.readline(ANSWER):
            self.answers.put(line)
        self.answers.put(b"")

    def ask(self, message: Any, seconds: float, late: str) -> Any:
        """Send a message and return its answer; `late` says what it means if none comes in time."""
        assert self.process.stdin
        if not self.answers.empty() and self.answers.queue[0]:
            raise Failed(FORGED)
        self.asked += 1
        with suppress(OSError):  # it has ended: the answer will say so
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()
        end = time.monotonic() + seconds
        line = None
        while line is None and (wait := end - time.monotonic()) > 0:
            try:
                line = self.answers.get(timeout=min(wait, LOOK))
            except queue.Empty:
                self._look()
        if line is None:
            raise Failed(late)
        if not line:
            raise Failed(self._last_words())
        try:
            answer = json.loads(line)
            for output in answer.get("outputs", ()):
                validate(output, "output")
        except (ValueError, AttributeError, ValidationError) as error:
            raise Failed(FORGED) from error
        if answer.get("number") != self.asked:
            raise Failed(FORGED)
        return answer

    def _look(self) -> None:
        """See to it that it keeps within its bounds."""
        if len(_started_with(self.token)) > PROCESSES:
            raise Failed(f"it started more than {PROCESSES} processes")
        if _bytes_in(self.folder) > DISK:  # the sandbox has a bound of its own
            raise Failed(f"it wrote more than {DISK // 1_000_000} megabytes")

    def _last_words(self) -> str:
        assert self.process.stderr
        if self.asked:
            return "it ended its own process (out of memory, or a call to exit)"
        said = self.process.stderr.read().decode(errors="replace").strip()
        return f"its process did not start: {said.splitlines()[-1] if said else 'no reason given'}"

    def end(self) -> None:
        """End the process, and whatever it has started."""
        if hasattr(os, "killpg"):
            with suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        for _ in range(20):  # a process may start another one before it ends
            for process in (left := _started_with(self.token)):
                with suppress(psutil.Error):
                    process.kill()
            if not left:
                break
            psutil.wait_procs(left, timeout=1)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]


def _started_with(token: str) -> list[Any]:
    """Return the running processes that have a token in their environment."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(TOKEN) == token:
                found.append(process)
    return found


def _bytes_in(folder: Path) -> int:
    total = 0
    for where, _, files in os.walk(folder):
        for file in files:
            with suppress(OSError):  # gone meanwhile
                total += os.lstat(Path(where, file)).st_size
    return total
