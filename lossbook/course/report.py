"""A class at a glance: how nbgrader's grades spread over the exercises, and what was missed by how many."""

import re
from collections import Counter
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from plotly.offline import get_plotlyjs

from lossbook.book.figures import BLUE, GREY, RED, bars, figure
from lossbook.course.chapters import grade_id, part, read
from lossbook.course.marks import reasons
from lossbook.course.pages import page
from lossbook.course.places import CourseError, gradebook

__all__ = ["report"]


@dataclass
class _Answered:
    """A student's notebook: the points of each test or written answer, and why tests failed."""

    student: str
    points: dict[str, float]
    why: dict[str, str]
    hidden: set[str]  # tests of which the part that students see passed


def report(course: str | Path = ".", names: bool = False) -> Path:
    """Write report.html into a course's folder, from its gradebook and its autograded notebooks.

    Parameters
    ----------
    course : path
        A folder that `fork` made, with submissions that nbgrader graded.
    names : bool
        Whether to list the students' points by name.
    """
    course = Path(course).expanduser()
    book = gradebook(course)
    try:
        sections = [
            _section(assignment.name, notebook, course, names)
            for assignment in book.assignments
            for notebook in assignment.notebooks
        ]
    finally:
        book.close()
    if not any(sections):
        raise CourseError(f"nothing is graded yet in {course}: run nbgrader autograde first")
    file = course / "report.html"
    body = f"<script>{get_plotlyjs()}</script><h1>The class at a glance</h1>{''.join(sections)}"
    file.write_text(page("The class at a glance", body), encoding="utf-8")
    return file


def _section(assignment: str, notebook: Any, course: Path, names: bool) -> str:
    """Return what the report says about one notebook of a course."""
    source = read(course / "source" / assignment / f"{notebook.name}.ipynb")
    most = {cell.name: cell.max_score for cell in (*notebook.grade_cells, *notebook.task_cells)}
    answered = [
        _answered(submission, course / "autograded" / submission.student.id / assignment / f"{notebook.name}.ipynb")
        for submission in notebook.submissions
    ]
    if not answered:
        return ""
    exercises = _exercises(source, most)
    totals = sorted(sum(one.points.values()) for one in answered)
    share = [
        sum(one.points[test] for one in answered for test in tests) / len(answered) / sum(most[test] for test in tests)
        for tests in exercises.values()
    ]
    missed = {test: [one for one in answered if one.points[test] < most[test]] for test in most}
    hidden = {test: sum(test in one.hidden for one in ones) for test, ones in missed.items()}
    return (
        f"<h2>{escape(assignment)}</h2>"
        f"<p>{len(answered)} {'submission' if len(answered) == 1 else 'submissions'}. Of {sum(most.values()):g} points, "
        f"half of them have {totals[len(totals) // 2]:g} or more; the lowest is {totals[0]:g}, the highest {totals[-1]:g}.</p>"
        + _drawn(
            figure(
                bars([_short(title) for title in exercises], [100 * value for value in share], "points", BLUE),
                x="exercise", y="points reached, in %", y_range=(0, 100), height=320,
                alt="Points reached, by exercise: " + "; ".join(f"{title}, {value:.0%}" for title, value in zip(exercises, share, strict=True)) + ".",
            )
        )
        + _drawn(
            figure(
                bars(list(most), [hidden[test] for test in most], "only the hidden part", RED),
                bars(list(most), [len(missed[test]) - hidden[test] for test in most], "what they could see", GREY),
                x="test", y="missed by", height=380,
                alt="Tests missed, by number of students: " + "; ".join(
                    f"{test}, {len(ones)}, {hidden[test]} of them in its hidden part only" for test, ones in missed.items()
                ) + ".",
            ).update_layout(barmode="stack").update_yaxes(dtick=max(1, len(answered) // 5))
        )
        + _reasons(exercises, most, missed, hidden)
        + (_names(exercises, answered) if names else "")
    )  # fmt: skip


def _answered(submission: Any, file: Path) -> _Answered:
    notebook = read(file) if file.exists() else NotebookNode(cells=[])
    points = {grade.name: grade.score for grade in submission.grades}
    cells = {grade_id(cell): cell for cell in notebook.cells if part(cell) == "test"}
    return _Answered(
        submission.student.id, points, reasons(notebook), {name for name, cell in cells.items() if _failed_hidden(cell)}
    )


def _failed_hidden(cell: NotebookNode) -> bool:
    """Whether a test failed in its hidden part; the runner says in which line."""
    lines = cell.source.splitlines()
    begins = next((number for number, line in enumerate(lines, start=1) if "BEGIN HIDDEN TESTS" in line), len(lines) + 1)
    for output in cell.outputs:
        at = re.search(r"^line (\d+) of the test$", "\n".join(output.get("traceback", ())), re.M)
        if at and int(at[1]) > begins:
            return True
    return False


def _exercises(source: NotebookNode, most: dict[str, float]) -> dict[str, list[str]]:
    """Return the exercises by their titles, each with what is graded in it."""
    found: dict[str, list[str]] = {}
    title = "Before the exercises"
    for cell in source.cells:
        if heading := re.match(r"### (Exercise .+?)( \(\d+ points?\))?$", cell.source, re.M):
            title = heading[1]
        if grade_id(cell) in most:
            found.setdefault(title, []).append(grade_id(cell))
    return found


def _short(title: str) -> str:
    """Return an exercise's title as a figure has room for it."""
    return title.removeprefix("Exercise ")


def _drawn(made: Any) -> str:
    """Return a figure as HTML, with its alternative text."""
    drawing = made.to_html(full_html=False, include_plotlyjs=False, default_width="100%")
    return f'<figure role="img" aria-label="{escape(made.layout.meta["alt"])}">{drawing}</figure>'


def _reasons(exercises: dict[str, list[str]], most: dict[str, float], missed: Any, hidden: dict[str, int]) -> str:
    """Return the table of tests: who missed them, in numbers, and the commonest reasons."""
    rows = ""
    for title, tests in exercises.items():
        rows += f'<tr><th colspan="5">{escape(title)}</th></tr>'
        for test in tests:
            said = Counter(one.why.get(test) or "no reason given" for one in missed[test]).most_common(3)
            why = "<br>".join(f"{count} × {escape(text)}" for text, count in said)
            numbers = (f"{most[test]:g}", len(missed[test]), hidden[test])
            rows += (
                f"<tr><td>{escape(test)}</td>"
                + "".join(f'<td class="number">{number}</td>' for number in numbers)
                + f"<td>{why}</td></tr>"
            )
    return (
        '<table><thead><tr><th>Test</th><th class="number">Points</th><th class="number">Missed by</th>'
        '<th class="number">Hidden part only</th><th>Commonest reasons</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _names(exercises: dict[str, list[str]], answered: list[_Answered]) -> str:
    """Return the table of students."""
    heads = "".join(f'<th class="number">{escape(_short(title))}</th>' for title in exercises)
    rows = "".join(
        f"<tr><td>{escape(one.student)}</td>"
        + "".join(f'<td class="number">{sum(one.points[test] for test in tests):g}</td>' for tests in exercises.values())
        + f'<td class="number">{sum(one.points.values()):g}</td></tr>'
        for one in sorted(answered, key=lambda one: one.student)
    )
    return f'<table><thead><tr><th>Student</th>{heads}<th class="number">All</th></tr></thead><tbody>{rows}</tbody></table>'
