"""Where a course keeps its things, and nbgrader with the settings of a course."""

import importlib.util
import os
import sysconfig
from pathlib import Path
from typing import Any

__all__ = ["CourseError", "gradebook", "gradebook_url", "nbgrader", "settings"]


class CourseError(Exception):
    """What a teacher can mend; its text says how."""


def nbgrader() -> Any:
    """Return nbgrader's own interface."""
    if importlib.util.find_spec("nbgrader") is None:
        raise CourseError("nbgrader is missing: install lossbook[course]")
    # It calls alembic by name, also where this environment is not activated.
    scripts, path = sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)
    if scripts not in path.split(os.pathsep):
        os.environ["PATH"] = scripts + os.pathsep + path
    from nbgrader import apps

    return apps


def settings(course: Path) -> Any:
    """Return what a course's nbgrader_config.py sets."""
    from traitlets.config.loader import PyFileConfigLoader

    config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.db_url = gradebook_url(course)
    return config


def gradebook_url(course: Path) -> str:
    """Return the address of a course's gradebook, quoted only where its path needs it (a "?", say)."""
    from sqlalchemy.engine import URL, make_url

    path = str(course.absolute() / "gradebook.db")
    url = f"sqlite:///{path}"
    return url if make_url(url).database == path else URL.create("sqlite", database=path).render_as_string()


def gradebook(course: Path) -> Any:
    """Open a course's gradebook."""
    if not (course / "gradebook.db").exists():
        raise CourseError(f"{course} is no course (it has no gradebook.db): name its folder with --course")
    nbgrader()
    from nbgrader.api import Gradebook

    return Gradebook(gradebook_url(course))
