"""How nbval runs the notebooks: in forked kernels, which find what `lossbook[chapters]` brings and nothing else.

So a chapter that is copied out of the book runs wherever that is installed.
"""

from importlib.metadata import packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from lossbook_site import kernels


def brought(requirement):
    """Return the names of the distributions that a requirement installs."""
    names, due = set(), [Requirement(requirement)]
    while due:
        wanted = due.pop()
        name = canonicalize_name(wanted.name)
        if name in names and not wanted.extras:
            continue
        names.add(name)
        for each in map(Requirement, requires(name) or ()):
            if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in wanted.extras or {""}):
                due.append(each)
    return names


def others(requirement):
    """Return the names of the modules and distributions that are installed, but not by a requirement."""
    own = brought(requirement)
    hidden = {
        module: names
        for module, names in packages_distributions().items()
        if own.isdisjoint(canonicalize_name(name) for name in names)
    }
    return {*hidden, *(name for names in hidden.values() for name in names)}


def pytest_configure(config):
    if config.option.nbval_lax:
        kernels.use(PYTHONPATH=str(Path(__file__).with_name("alone")), HIDDEN=" ".join(others("lossbook[chapters]")))
