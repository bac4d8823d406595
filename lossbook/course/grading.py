"""nbgrader's steps for a course: what its `nbgrader_config.py` puts in place by `configure`."""

import os
from io import StringIO
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    IgnorePattern,
    LimitOutput,
    NbGraderPreprocessor,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from traitlets import Float

from lossbook.course.feedback import Page, Scores
from lossbook.course.isolation import UNPROTECTED, protected, run
from lossbook.course.marks import explain, not_graded
from lossbook.course.places import gradebook_url
from lossbook.course.restore import SKIP, Original, original, restore, skip_unused

__all__ = ["Exporter", "Restore", "RunApart", "SkipUnused", "configure"]


def configure(config: Any, file: str) -> None:
    """Let nbgrader grade as this package does; `file` is the configuration that asks for it, in the course's folder."""
    config.CourseDirectory.db_url = gradebook_url(Path(file).parent)
    config.Autograde.exporter_class = Exporter
    # nbgrader's own steps, with Restore before them and RunApart in the place of Execute
    config.Autograde.sanitize_preprocessors = [
        Restore, ClearOutput, DeduplicateIds, OverwriteKernelspec, OverwriteCells, CheckCellMetadata,
    ]  # fmt: skip
    config.Autograde.autograde_preprocessors = [
        RunApart, IgnorePattern, ClearMetadataPreprocessor, LimitOutput, SaveAutoGrades, AssignLatePenalties, CheckCellMetadata,
    ]  # fmt: skip
    config.GenerateFeedback.exporter_class = Page
    config.GenerateFeedback.preprocessors = [Scores]


class Exporter(NotebookExporter):
    """nbgrader's reading of a submission, which may begin with a byte-order mark."""

    def from_file(self, file_stream: Any, *arguments: Any, **keywords: Any) -> Any:
        """Read a notebook from an open file."""
        return super().from_file(StringIO(file_stream.read().removeprefix("\ufeff")), *arguments, **keywords)


class _Step(NbGraderPreprocessor):  # type: ignore[misc]
    def of_course(self, resources: Any) -> Original:
        """Return what the course holds of the notebook at hand."""
        at = resources["nbgrader"]
        course = self.parent.parent.coursedir
        source = course.format_path(course.source_directory, ".", at["assignment"])
        with Gradebook(at["db_url"]) as gradebook:
            return original(gradebook, at["assignment"], at["notebook"], Path(source, f"{at['notebook']}.ipynb"))


class Restore(_Step):
    """The first step: what is not the student's is the course's again."""

    def preprocess(self, notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Restore a submission."""
        restore(notebook, self.of_course(resources))
        return notebook, resources


class RunApart(_Step):
    """The step that runs a notebook."""

    limit = Float(120, help="Seconds after which a submission is stopped, one of its cells after an eighth of them.").tag(
        config=True
    )

    def preprocess(self, notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Run a notebook in a process of its own."""
        if not protected() and not RunApart._said:
            self.log.warning(UNPROTECTED)
            RunApart._said = True
        skip_unused(notebook)
        if problem := run(notebook, self.limit, threads=os.cpu_count() or 1):
            self.log.warning("%s: %s", resources["nbgrader"]["student"], problem)
            not_graded(notebook, problem)
        explain(notebook, self.of_course(resources).chapter)
        return notebook, resources

    _said = False


class SkipUnused(RunApart):
    """The step that courses of earlier versions name: it comes before nbgrader's own, and leaves that nothing to run."""

    def preprocess(self, notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Restore and run a notebook, and tag what ran."""
        restore(notebook, self.of_course(resources))
        notebook, resources = super().preprocess(notebook, resources)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.metadata["tags"] = sorted({*cell.metadata.get("tags", []), SKIP})
        return notebook, resources
