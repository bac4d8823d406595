"""The command `lossbook-course`."""

import argparse
import sys
from typing import Any

from lossbook.course.check import check, table
from lossbook.course.fork import fork
from lossbook.course.places import CourseError
from lossbook.course.report import report

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if not stream.isatty() and hasattr(stream, "reconfigure"):  # a file with a code page, on Windows, lacks the minus sign
            stream.reconfigure(encoding="utf-8")
    parser = argparse.ArgumentParser(prog="lossbook-course", description="Chapters of The Loss Book as a course.")
    commands = parser.add_subparsers(required=True, metavar="fork | check | report")

    parse = commands.add_parser("fork", help="make an nbgrader course of some chapters")
    parse.add_argument("chapters", nargs="+", metavar="CHAPTER", help="such as regression/huber")
    parse.add_argument("--to", required=True, metavar="FOLDER", help="the course's folder, a new or an empty one")
    parse.add_argument("--book", default=".", metavar="FOLDER", help="the book's folder (default: this one)")
    parse.set_defaults(run=lambda given: fork(given.chapters, given.to, given.book))

    parse = commands.add_parser("check", help="grade notebooks and say why points are lost; the course stays as it is")
    parse.add_argument("submissions", nargs="+", metavar="SUBMISSION", help="a notebook, under any name")
    parse.add_argument("--course", default=".", metavar="FOLDER", help="the course's folder (default: this one)")
    parse.add_argument(
        "--limit", type=float, default=120, metavar="SECONDS",
        help="stop a submission after so long, one of its cells after an eighth of it (default: 120)",
    )  # fmt: skip
    parse.set_defaults(run=_check_and_print)

    parse = commands.add_parser("report", help="write what nbgrader graded as a page, the class at a glance")
    parse.add_argument("--course", default=".", metavar="FOLDER", help="the course's folder (default: this one)")
    parse.add_argument("--names", action="store_true", help="list the students by name")
    parse.set_defaults(run=lambda given: print(report(given.course, given.names)))

    given = parser.parse_args(arguments)
    try:
        return given.run(given)
    except CourseError as error:
        return f"lossbook-course: {error}"


def _check_and_print(given: argparse.Namespace) -> int:
    """Print the table; the status is 1 if a submission could not be graded."""
    results = check(given.submissions, given.course, given.limit)
    print(table(results))
    return int(any(result.problem for result in results))


if __name__ == "__main__":
    sys.exit(main())
