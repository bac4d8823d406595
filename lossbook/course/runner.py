"""The process in which a submission runs: it is told one cell after another and answers with what it gave.

`isolation` starts it. Cells of the student run as in a notebook, by IPython. Those of the course (set-up and
tests) run past everything that a student's cell may have changed in IPython, and with the libraries'
functions as they were before.
"""

import ast
import builtins
import importlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from traceback import walk_tb
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from lossbook.course.libraries import Libraries
from lossbook.course.names import Names, names_of, python

# Seconds of waiting, for the network say, that count as one of computing.
PATIENCE = 4
# Characters of a cell's output that are kept.
OUTPUT = 20_000
# Characters of an error's message.
MESSAGE = 500
# The file that the course's cells are said to stand in.
COURSE = "<course>"


class Stopped(BaseException):
    """A cell's time is over."""


class Shell(InteractiveShell):
    """IPython that keeps an error's traceback in place of printing it."""

    traceback: list[str]

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        self.traceback = list(stb)


class Printed:
    """What a cell prints, up to a limit."""

    def __init__(self) -> None:
        self.text, self.left = "", OUTPUT

    def write(self, text: str) -> int:
        if self.left:
            self.text += text[: self.left]
            self.left = max(0, self.left - len(text))
            if not self.left:
                self.text += "\n… cut: there was more …"
        return len(text)

    def flush(self) -> None:
        """Do nothing: all is written."""

    def isatty(self) -> bool:
        return False


class Runner:
    """A notebook's names, and the libraries around them."""

    def __init__(self, modules: list[str], packages: list[str], names: list[str], answered: list[str]) -> None:
        for module in modules:
            try:
                importlib.import_module(module)
            except Exception:  # the cell that needs it will say so
                continue
        self.shell = Shell.instance(config=Config(HistoryManager={"enabled": False}))
        self.libraries = Libraries({"builtins", *packages}, set(names))
        self.answered = set(answered)
        self.course: dict[str, Any] = {}  # the functions, classes and modules that the set-up gives
        self.process = os.getpid()

    def step(self, part: str, source: str, seconds: float | None) -> dict[str, Any]:
        """Run a cell and return what it printed and showed, and what it had replaced."""
        run = {"test": self._test, "set-up": self._set_up}.get(part, self._cell)
        spent = _clock()
        try:
            with _for_at_most(seconds, spent):
                found = run(source)
        except Stopped:
            found = {"outputs": [_error("Stopped", f"stopped after {seconds:g} s")]}
        if os.getpid() != self.process:  # a cell forked, and this is the child
            os._exit(0)
        return {"seconds": spent(), **found}

    def _cell(self, source: str) -> dict[str, Any]:
        """Run a cell as a notebook does."""
        printed, errors = Printed(), Printed()
        self.shell.traceback = []
        with capture_output(stdout=False, stderr=False, display=True) as shown, redirect_stdout(printed), redirect_stderr(errors):
            result = self.shell.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
        outputs: list[dict[str, Any]] = [
            {"output_type": "stream", "name": name, "text": stream.text}
            for name, stream in (("stdout", printed), ("stderr", errors))
            if stream.text
        ]
        outputs += [
            {"output_type": "display_data", "data": _plain(output.data), "metadata": {}}
            for output in getattr(shown, "outputs", [])
        ]
        error = result.error_before_exec or result.error_in_exec
        if isinstance(error, Stopped):
            raise error
        if error is not None:
            outputs.append(_error(type(error).__name__, _said(error), self.shell.traceback))
        return {"outputs": outputs}

    def _set_up(self, source: str) -> dict[str, Any]:
        """Run a cell of the course, and keep what it gives."""
        replaced = self.libraries.replaced()
        try:
            self._run(source, self.shell.user_ns)
        except Exception as error:
            return {"outputs": [_error(type(error).__name__, _said(error))], "replaced": replaced}
        for name in names_of(source).anew | names_of(source).perhaps:
            value = self.shell.user_ns.get(name)
            if callable(value) or isinstance(value, type(sys)):
                self.course[name] = value
        return {"outputs": [], "replaced": replaced}

    def _test(self, source: str) -> dict[str, Any]:
        """Run a test with the course's and the libraries' functions."""
        replaced, given, names = self.libraries.replaced(), self.shell.user_ns, names_of(source)
        world = self._world(names, replaced)
        outputs = []
        try:
            value = self._run(source, world)
            if type(value) in (int, float):  # nbgrader's way to give a part of the points
                outputs = [
                    {
                        "output_type": "execute_result",
                        "execution_count": None,
                        "metadata": {},
                        "data": {"text/plain": repr(value)},
                    }
                ]
        except Stopped:
            raise
        except BaseException as error:
            lines = [line for frame, line in walk_tb(error.__traceback__) if frame.f_code.co_filename == COURSE]
            where = [f"line {line} of the test" for line in lines[:1]]
            outputs = [_error(type(error).__name__, _said(error), where)]
        given.update({name: world[name] for name in names.anew | names.perhaps if name in world})
        if during := self.libraries.replaced():
            outputs = [_error("AssertionError", f"the answer replaced {', '.join(during)} while the test ran")]
        return {"outputs": outputs, "replaced": replaced}

    def _world(self, names: Names, replaced: list[str]) -> dict[str, Any]:
        """Return the names for a test: the student's, but those that it takes from course and Python as these have them."""
        world = {**self.shell.user_ns, "__builtins__": builtins}
        for name in (names.takes | names.later) - self.answered:
            if name in self.course:
                if world.get(name) is not self.course[name]:
                    world[name] = self.course[name]
                    replaced.append(name)
            elif name in world and hasattr(builtins, name):
                del world[name]
                replaced.append(name)
        return world

    def _run(self, source: str, names: dict[str, Any]) -> Any:
        """Run a cell of the course, without leaving its text in reach; return the value of a last expression."""
        tree = ast.parse(python(source))
        last = tree.body[-1] if tree.body else None
        with redirect_stdout(Printed()), redirect_stderr(Printed()):
            if not isinstance(last, ast.Expr):
                return exec(compile(tree, COURSE, "exec"), names)
            exec(compile(ast.Module(tree.body[:-1], []), COURSE, "exec"), names)
            return eval(compile(ast.Expression(last.value), COURSE, "eval"), names)


def _clock() -> Callable[[], float]:
    """Return what tells the seconds of computing since now; a busy machine's other work is not counted, waiting a little."""
    computing, waiting = time.process_time(), time.monotonic()
    return lambda: max(time.process_time() - computing, (time.monotonic() - waiting) / PATIENCE)


@contextmanager
def _for_at_most(seconds: float | None, spent: Callable[[], float]) -> Iterator[None]:
    """Raise Stopped in the main thread after some seconds; what runs then goes on or ends by its own choice."""
    if seconds is None:
        yield
        return
    over = threading.Event()

    def stop(*_: Any) -> None:
        if not over.is_set():
            raise Stopped

    def watch() -> None:
        while not over.wait(min(0.1, seconds / 10)):
            if spent() >= seconds:
                if hasattr(signal, "pthread_kill"):  # ends a sleep, too
                    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
                else:
                    signal.raise_signal(signal.SIGINT)
                return

    signal.signal(signal.SIGINT, stop)
    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _error(name: str, value: str, traceback: Any = ()) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": value, "traceback": [*traceback, f"{name}: {value}"]}


def _said(error: BaseException) -> str:
    """Return an error's message, without names of files that nobody has."""
    if isinstance(error, SyntaxError):
        return f"{error.msg} (line {error.lineno})"
    said = str(error)
    return said if len(said) <= MESSAGE else f"{said[:MESSAGE]} …"


def _plain(data: Any) -> dict[str, Any]:
    """Return a shown object's forms, of which a page can use these."""
    kinds = ("text/plain", "image/png", "application/vnd.plotly.v1+json")
    return {kind: data[kind] for kind in kinds if kind in data}


def _bound(bounds: dict[str, int]) -> None:
    """Set what this process and all that it starts may use, where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for name, value in bounds.items():
        if hasattr(resource, name):
            _, hard = resource.getrlimit(getattr(resource, name))
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(getattr(resource, name), (value, value))


def main() -> None:
    """Answer a line of JSON with another one, until there is none."""
    # Both ways are this process's own: what a cell does to standard input and output does not meet them.
    asked = os.fdopen(os.dup(0), encoding="utf-8")
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    start = json.loads(asked.readline())
    _bound(start.pop("bounds"))
    runner = Runner(**start)
    os.dup2(nowhere, 2)
    print(json.dumps({"number": 0}), file=answer, flush=True)
    for number, line in enumerate(asked, start=1):
        reply = runner.step(**json.loads(line))
        print(json.dumps({"number": number, **reply}), file=answer, flush=True)


if __name__ == "__main__":
    main()
