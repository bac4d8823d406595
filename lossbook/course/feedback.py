"""The page that a student gets back: points and reasons, the exercises, their answers, and no hidden test."""

import re
from html import escape
from typing import Any

from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, GetGrades
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from traitlets import default

from lossbook.course.chapters import CHAPTER, grade_id, part
from lossbook.course.marks import reason, reasons
from lossbook.course.pages import page, prose
from lossbook.course.restore import NOTES

__all__ = ["Page", "Scores", "feedback"]

# Lines and characters of an output that a page shows.
LINES, CHARACTERS = 40, 4_000

# nbgrader's step that brings points and comments out of the gradebook.
Scores = GetGrades


class Page(Exporter):
    """nbgrader's feedback as such a page."""

    @default("file_extension")
    def _html(self) -> str:
        return ".html"

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        """Return the page of a graded notebook."""
        graded, resources = super().from_notebook_node(nb, resources, **kw)
        return feedback(graded, resources["nbgrader"].get("late_penalty") or 0), resources


def feedback(notebook: NotebookNode, late: float = 0) -> str:
    """Return the page of a notebook that ran and whose cells carry their points.

    Parameters
    ----------
    notebook : NotebookNode
        As nbgrader's autograded folder holds it, with `score` and `comment` from the gradebook.
    late : float
        The points that coming late costs.
    """
    why = reasons(notebook)
    title = next((found[1] for cell in notebook.cells if (found := re.match(r"# (.+)", cell.source))), "Feedback")
    sections = _sections(notebook)
    worth = [cell.metadata.nbgrader for _, cells in sections for cell in cells if "score" in _of(cell)]
    points, most = sum(of.score for of in worth) - late, sum(of.points for of in worth)
    contents, body = "", ""
    for number, (heading, cells) in enumerate(sections, start=1):
        own = [cell for cell in cells if "score" in _of(cell)]
        got = f": {sum(_of(cell).score for cell in own):g} of {sum(_of(cell).points for cell in own):g} points" if own else ""
        missed = "".join(
            f"<li>−{_of(cell).points - _of(cell).score:g}  {escape(grade_id(cell))}: {escape(why[grade_id(cell)])}</li>"
            for cell in own
            if part(cell) == "test" and _of(cell).score < _of(cell).points
        )
        contents += f'<li><a href="#part-{number}">{escape(heading)}</a>{got}{f"<ul>{missed}</ul>" if missed else ""}</li>'
        body += f'<section id="part-{number}">{"".join(_shown(cell, why) for cell in cells)}</section>'
    notes = "".join(f"<li>{escape(note)}</li>" for note in notebook.metadata.get(NOTES, {}).get("notes", ()))
    penalty = f"<p>Handed in late: −{late:g}.</p>" if late else ""
    return page(
        f"{title}: {points:g} of {most:g} points",
        f"<style>{HtmlFormatter().get_style_defs('pre')}</style>"
        f"<h1>{escape(title)}: {points:g} of {most:g} points</h1>{penalty}"
        f'<nav aria-label="Exercises"><ol>{contents}</ol></nav>{f"<ul>{notes}</ul>" if notes else ""}{body}',
    )


def _of(cell: NotebookNode) -> Any:
    return cell.metadata.get("nbgrader", {})


def _sections(notebook: NotebookNode) -> list[tuple[str, list[NotebookNode]]]:
    """Return the exercises with their cells, and after them the student's other cells."""
    exercises: list[tuple[str, list[NotebookNode]]] = []
    other: list[NotebookNode] = []
    inside = False
    for cell in notebook.cells:
        heading = re.match(r"(#+) (.+)", cell.source) if cell.cell_type == "markdown" else None
        if heading and (heading[1] == "###" and heading[2].startswith("Exercise")):
            inside = True
            exercises.append((re.sub(r" \(\d+ points?\)$", "", heading[2]), []))
        elif heading and len(heading[1]) < 3:
            inside = False
        theirs = cell.cell_type == "code" and CHAPTER not in cell.metadata.get("tags", []) and part(cell) != "set-up"
        if inside:
            exercises[-1][1].append(cell)
        elif theirs or part(cell) in ("test", "answer", "written"):
            other.append(cell)
    return [*exercises, *([("Other cells of yours", other)] if other else [])]


def _shown(cell: NotebookNode, why: dict[str, str]) -> str:
    """Return a cell of the page as HTML."""
    kind, of = part(cell), _of(cell)
    comment = f'<div class="comment">{prose(of.comment)}</div>' if of.get("comment") else ""
    if kind == "test":
        visible, _ = ClearHiddenTests().preprocess_cell(cell, {}, 0)
        missed = of.score < of.points
        said = escape(why[grade_id(cell)]) if missed else "passed"
        return (
            f'<div class="test{" missed" if missed else ""}"><p>{of.score:g} of {of.points:g} points '
            f'<span class="soft">{escape(grade_id(cell))}</span>: {said}</p>'
            f"<details><summary>What you see of the test</summary>{_code(visible.source)}</details></div>"
        )
    points = f"<p>{of.score:g} of {of.points:g} points</p>" if "score" in of else ""
    if cell.cell_type == "markdown":
        visible, _ = ClearMarkScheme().preprocess_cell(cell, {}, 0) if kind == "written" else (cell, None)
        return prose(visible.source) + points + comment
    if cell.cell_type != "code":
        return ""
    return _code(cell.source) + "".join(_output(output) for output in cell.outputs) + points + comment


def _code(source: str) -> str:
    return str(highlight(source, PythonLexer(), HtmlFormatter())) if source.strip() else ""


def _output(output: Any) -> str:
    """Return what a cell printed or showed: text, a picture, or a figure in words."""
    if output.output_type == "stream":
        return f"<pre>{_cut(output.text)}</pre>"
    if output.output_type == "error":
        return f"<pre>{_cut(reason(NotebookNode(outputs=[output])))}</pre>"
    data = output.data
    alt = data.get("application/vnd.plotly.v1+json", {}).get("layout", {}).get("meta", {})
    if isinstance(alt, dict) and alt.get("alt"):
        return f"<figure><figcaption>Figure. {escape(alt['alt'])}</figcaption></figure>"
    if "image/png" in data:
        return f'<figure><img alt="A figure of yours" src="data:image/png;base64,{escape(data["image/png"])}"></figure>'
    return f"<pre>{_cut(data.get('text/plain', ''))}</pre>"


def _cut(text: str) -> str:
    """Return an output's beginning, and say so."""
    lines = text[:CHARACTERS].splitlines()
    whole = len(text) <= CHARACTERS and len(lines) <= LINES
    return escape("\n".join(lines[:LINES])) + ("" if whole else "\n… cut: there was more …")
