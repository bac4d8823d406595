"""A chapter's exercises, by nbgrader's convention: what is given, what is hidden, what tells right from wrong."""

from dataclasses import dataclass

from lossbook.course.names import python
from lossbook_site.reading import HIDDEN_TESTS, SOLUTION, STUB, replace_regions, without


@dataclass(frozen=True)
class Exercise:
    """One solution cell and the test cells that follow it."""

    chapter: str
    name: str
    before: tuple[str, ...]
    given: str
    tests: dict[str, str]

    @property
    def solution(self):
        return without(self.given, *SOLUTION)

    def stub(self, instead=STUB):
        """Return what students are given, with `instead` where they are to write."""
        return replace_regions(self.given, SOLUTION, instead)

    def visible(self, test):
        """Return the part of a test cell that students see."""
        return replace_regions(self.tests[test], HIDDEN_TESTS, "")


def exercises(chapter, cells):
    """Return the exercises of a notebook, given as its cells: dicts, or nbformat's own."""
    found, before = [], []
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        source = "".join(cell["source"])
        grading = cell["metadata"].get("nbgrader", {"solution": False, "grade": False})
        if grading["solution"]:
            found.append(Exercise(chapter, grading["grade_id"], tuple(before), source, {}))
        if grading["grade"]:
            found[-1].tests[grading["grade_id"]] = source
        else:
            before.append(python(without(source, *SOLUTION)))
    return found
