"""Runs a reader's code in the page and tells what it prints, what it is worth, and where it fails."""

import ast
import io
import json
import linecache
import math
import traceback
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module

import lossbook  # at once: the first run need not wait for it  # noqa: F401

CODE = "your code"
LONGEST = 100_000  # of the output, in characters
FRAMES = 4  # of a reader's own functions that an error shows


class Output(io.TextIOBase):
    """A stream that goes to the page line by line, up to a length."""

    left = LONGEST

    def __init__(self, tell, kind):
        self.tell, self.kind, self.line = tell, kind, ""

    def write(self, text):
        self.line += text
        if "\n" in text or len(self.line) > LONGEST:
            self.flush()
        return len(text)

    def flush(self):
        text, self.line = self.line[: Output.left], ""
        if text:
            self.tell(self.kind, text)
            Output.left -= len(text)
            if not Output.left:
                self.tell("cut", None)


def answer(request, tell):
    """Do what the page asks for."""
    asked, Output.left = json.loads(request), LONGEST
    out, err = Output(tell, "out"), Output(tell, "err")
    with redirect_stdout(out), redirect_stderr(err):
        given = names(asked)
        try:
            value = run(asked["code"], CODE, given)
        except BaseException as error:  # whatever a reader's code may raise
            out.flush(), err.flush()
            tell("error", explain(error))
        else:
            out.flush(), err.flush()
            if "tests" not in asked and value is not None:
                show(value, tell)
        for number, test in enumerate(asked.get("tests", ())):
            if test is not None:
                words = failure(test, number, given)
                tell("check", json.dumps([number, words]))
        out.flush(), err.flush()


def names(asked):
    """Return the names that a reader's code starts with: those of a module, or of a chapter's set-up."""
    if "module" in asked:
        return dict(vars(import_module(asked["module"])))
    given = {"__name__": "__main__"}
    run(asked["setUp"], "the chapter's set-up", given)
    return given


def run(source, file, given):
    """Run some code; return the value of its last expression. Its functions can be asked for their source."""
    linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
    tree = ast.parse(source, file)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, file, "exec"), given)
    return eval(compile(ast.Expression(last.value), file, "eval"), given) if last else None


def failure(test, number, given):
    """Return why a test fails, in words, or None. It runs alone: nothing that another test made is there."""
    try:
        run(test, f"check {number + 1}", dict(given))
    except NotImplementedError:
        return "not answered"
    except AssertionError as error:
        return str(error) or "a test failed"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return None


def explain(error):
    """Return an error with the places in the reader's code that led to it."""
    lines = []
    for frame in [each for each in traceback.extract_tb(error.__traceback__) if each.filename == CODE][-FRAMES:]:
        within = "" if frame.name == "<module>" else f", in {frame.name}"
        lines += [f"Line {frame.lineno}{within}:", f"    {frame.line}"]
    said = "".join(traceback.format_exception_only(error)).rstrip()
    return "\n".join([*lines, said.replace(f'  File "{CODE}", line', "Line")])


def show(value, tell):
    """Tell the page a value: a figure as one, all else as Python writes it."""
    if isinstance(value, dict) and isinstance(value.get("data"), (list, tuple)):
        tell("figure", json.dumps({"layout": {}, **plain(value)}))
    else:
        tell("value", repr(value)[:LONGEST])


def plain(value):
    """Return a figure's part as JSON has it: lists for arrays, nothing for what is no number."""
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value
