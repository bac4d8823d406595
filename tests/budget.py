"""What the tests take, in seconds: by kind, by loss and by chapter, beside what each may take.

No test fails for being slow. Whoever adds a loss or a chapter sees at the end of the run what it
costs. What several tests share (a fixture, a kernel, a compilation) counts where it is first used.
"""

from collections import Counter
from pathlib import Path

from lossbook.taxonomy import LOSSES, Identity, Loss

ROOT = Path(__file__).parents[1]
CHAPTERS = {file.relative_to(ROOT / "chapters").with_suffix("").as_posix() for file in (ROOT / "chapters").rglob("*.ipynb")}

NAMES = {loss.name for loss in LOSSES}

BUDGETS = {"loss": 4, "chapter": 12}

by_kind, tests, shares = Counter(), Counter(), {"loss": Counter(), "chapter": Counter()}


def kind_of(path):
    """Return what the tests of a file are called in the table."""
    if path.suffix == ".ipynb":
        return "notebooks"
    return "pages" if path.parent.name == "site" else path.stem.removeprefix("test_").replace("_", " ")


def losses_of(value):
    """Return the names of the losses that a test's parameter speaks of: a record, an identity, a function, a name."""
    if isinstance(value, Identity):
        value = value.losses
    if isinstance(value, tuple | list):
        return [name for each in value for name in losses_of(each)]
    name = value if isinstance(value, str) else getattr(value, "name", getattr(value, "__name__", None))
    return [name] if isinstance(name, str) and name in NAMES else []


def chapters_of(value):
    """Return the chapters that a test's parameter speaks of: an exercise, an answer to it, a notebook or a page."""
    if isinstance(value, Loss):
        return []  # has a budget of its own
    value = getattr(getattr(value, "exercise", value), "chapter", value)
    if isinstance(value, tuple | list):
        return [name for each in value for name in chapters_of(each)]
    name = value.removeprefix("chapters/").removesuffix(".html").removesuffix(".ipynb") if isinstance(value, str) else None
    return [name] if name in CHAPTERS else []


def pytest_itemcollected(item):
    values = list(item.callspec.params.values()) if hasattr(item, "callspec") else []
    if item.path.suffix == ".ipynb":
        values.append(item.path.as_posix().rpartition("/chapters/")[2])
    item.user_properties += [
        ("kind", kind_of(item.path)),
        ("loss", losses_of(values)),
        ("chapter", chapters_of(values)),
    ]


def pytest_runtest_logreport(report):
    told = dict(report.user_properties)
    by_kind[told["kind"]] += report.duration
    tests[told["kind"]] += report.when == "call"
    for subject, seconds in shares.items():
        for name in told[subject]:
            seconds[name] += report.duration / len(told[subject])


def pytest_terminal_summary(terminalreporter, config):
    if config.get_verbosity() < 0 or not by_kind:
        return
    write, width = terminalreporter.write_line, config.get_terminal_writer().fullwidth
    terminalreporter.write_sep("=", "seconds by kind of test, by loss, by chapter")
    for kind, seconds in by_kind.most_common():
        write(f"{kind:<24}{seconds:8.1f}{seconds / by_kind.total():7.0%}{tests[kind]:8} tests")
    for subject, seconds in shares.items():
        if not seconds:
            continue
        budget = BUDGETS[subject]
        write("")
        write(f"of {budget} s for each {subject} ({len(seconds)}, together {seconds.total():.0f} s)")
        column = max(map(len, seconds)) + 8
        cells = [f"{name:<{column - 8}}{took:6.1f}  " for name, took in seconds.most_common()]
        each = max(1, width // column)
        for start in range(0, len(cells), each):
            write("".join(cells[start : start + each]).rstrip())
        over = [name for name, took in seconds.most_common() if took > budget]
        write(f"over {budget} s: {', '.join(over) or 'none'}", yellow=bool(over))
