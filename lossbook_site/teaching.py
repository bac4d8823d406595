"""What a chapter teaches: `{goals}` lists chapters with a goal, `chapter: goal` a line, and their exercises."""

from pathlib import Path

import nbformat
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from lossbook.course.chapters import tasks


class GoalsDirective(SphinxDirective):
    """A list of chapters; the exercises and their points are read from the notebooks."""

    has_content = True

    def run(self):
        box = nodes.container(classes=["goals"])
        lines = StringList(source=self.get_source_info()[0])
        for line in filter(None, self.content):
            chapter, _, goal = line.partition(": ")
            file = Path(self.env.srcdir, "chapters", f"{chapter}.ipynb")
            if not goal or not file.exists():
                raise self.error(f"write 'chapter: goal', with a chapter of the book, not {line!r}")
            self.env.note_dependency(str(file))
            found = tasks(nbformat.read(file, as_version=4))
            listed = ", ".join(f"{task.title} ({task.points})" for task in found)
            lines.append(
                f"- **[](/chapters/{chapter}.ipynb)**, {sum(task.points for task in found)} points. {goal} *Exercises:* {listed}.",
                chapter,
            )
        self.state.nested_parse(lines, self.content_offset, box)
        return [box]


def setup(app):
    app.add_directive("goals", GoalsDirective)
