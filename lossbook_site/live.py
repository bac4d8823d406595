"""What a reader can try in the page: exercises, the source of functions, the playground.

A page only marks the places; what is tried there stands in a file per page, fetched at the first click. An exercise is
offered where its stub, its solution and a test ask for nothing but numpy, lossbook and the standard library. Hidden
tests and solutions stay in the notebook.
"""

import ast
import builtins
import json
import re
import shutil
import sys
from doctest import DocTestParser
from functools import cache, lru_cache
from html import escape
from importlib.util import find_spec
from itertools import compress
from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

import lossbook
from lossbook.book.tables import source
from lossbook.course.names import imported, python, used
from lossbook.taxonomy import FAMILIES, LOSSES
from lossbook_site import pyodide, vendor
from lossbook_site.exercises import exercises
from lossbook_site.reading import STUB

HEAVY = {"book", "course"}  # what of lossbook is for notebooks and teachers
WITHOUT = "The exercises run in Jupyter: the links at the top of the page open its notebook in Colab or Binder, or download it."

log = logging.getLogger(__name__)


def light(module):
    """Tell whether a module can be imported in the page."""
    top, *inner = module.split(".")
    return top in ("numpy", "array_api_compat") or (top == "lossbook" and HEAVY.isdisjoint(inner)) or standard(top)


@cache
def standard(module):
    """Tell whether a module is of the standard library, and of that part of it that Pyodide has."""
    made = find_spec(module) if module in sys.stdlib_module_names else None
    return made is not None and (not str(made.origin).endswith(".py") or module in pyodide.modules())


def missing(*codes):
    """Return the libraries which some code imports, and which the page does not have."""
    return sorted({module.split(".")[0] for module in imported(list(codes)) if not light(module)})


@lru_cache(maxsize=256)
def statements(cell):
    """Return the statements of a cell, each as it is written."""
    try:
        body = ast.parse(cell).body
    except SyntaxError:  # of a cell that shows one
        return ()
    lines = cell.splitlines()
    starts = [min(each.lineno for each in (one, *getattr(one, "decorator_list", ()))) for one in body]
    return tuple("\n".join(lines[start - 1 : one.end_lineno]) for start, one in zip(starts, body, strict=True))


def before(exercise):
    """Return the statements of the cells before an exercise."""
    return [statement for cell in exercise.before for statement in statements(cell)]


def needed(earlier, *codes):
    """Tell of each statement whether it gives a name which some code uses."""
    certain = [False] * len(earlier) + [True] * len(codes)
    return used([*earlier, *map(python, codes)], certain)[: len(earlier)]


def at_hand(earlier):
    """Tell of each statement whether it is there even if no solution takes it: an import, or a function of such things only."""
    fits = [bool(re.match(r"import |from |def ", each)) and not missing(each) for each in earlier]
    return [fit and all(compress(fits, needed(earlier, each))) for each, fit in zip(earlier, fits, strict=True)]


def lacks(earlier, *codes):
    """Return the libraries that some code, with the statements it needs, asks for in vain."""
    return missing(*codes, *compress(earlier, needed(earlier, *codes)))


def offered(exercise):
    """Return what the page needs of an exercise; or, where it cannot be solved there, the libraries that it lacks."""
    earlier = before(exercise)
    if libraries := lacks(earlier, exercise.solution):
        return {"lacks": libraries}
    visible = {test: exercise.visible(test) for test in exercise.tests}
    asks = {test: lacks(earlier, exercise.solution, code) for test, code in visible.items()}
    here = {test for test, libraries in asks.items() if not libraries}
    if not here:
        return {"lacks": sorted(set().union(*asks.values()))}
    asked = needed(earlier, exercise.solution, *(visible[test] for test in here))
    given = [each for each, *keep in zip(earlier, asked, at_hand(earlier), strict=True) if any(keep)]
    stub = exercise.stub()
    return {
        "setUp": "\n".join(given),
        "code": STUB if stub == exercise.given else stub.rstrip("\n"),
        "tests": [visible[test] if test in here else None for test in exercise.tests],
    }


def example(function):
    """Return the examples of a function's docstring as code, what they print as comments."""
    lines = []
    for each in DocTestParser().get_examples(function.__doc__ or ""):
        lines += [each.source.rstrip("\n"), *(f"# {line}" for line in each.want.splitlines())]
    return "\n".join(lines)


@cache
def function(name):
    """Return what the page needs of a function of the package, or None where it cannot be run there."""
    made = getattr(lossbook, name, None)
    if name not in lossbook.__all__ or not example(made) or not without_others(example(made), made):
        return None
    return {"module": made.__module__, "code": f"{source(made).code}\n\n\n{example(made)}"}


def without_others(code, function):
    """Tell whether an example runs without a library that the page does not have."""
    ordinary = builtins.__import__

    def only_light(name, globals=None, locals=None, fromlist=(), level=0):
        builtins.__import__ = ordinary  # to look a module up may import others
        known = level or light(name)
        builtins.__import__ = only_light
        if not known:
            raise ModuleNotFoundError(name)
        return ordinary(name, globals, locals, fromlist, level)

    builtins.__import__ = only_light
    try:
        exec(code, dict(vars(sys.modules[function.__module__])))
    except ModuleNotFoundError:
        return False
    finally:
        builtins.__import__ = ordinary
    return True


def of_notebook(chapter, file):
    """Return what can be tried on a notebook's page, by name, and what a notebook of its own starts with."""
    cells = json.loads(Path(file).read_text(encoding="utf-8"))["cells"]
    # The first cell fetches the package where it is missing.
    first = next(("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"), "")
    installs = re.split(r"^(?=import |from )", first, maxsplit=1, flags=re.M)[0].strip()
    return {each.name: offered(each) for each in exercises(chapter, cells)}, installs


class Places(SphinxPostTransform):
    """Marks where something can be tried, and writes what it is."""

    default_priority = 100

    def run(self):
        docname = self.env.docname
        if self.app.builder.format != "html":
            return
        playground = [node for node in self.document.findall(nodes.container) if "playground" in node["classes"]]
        cells = list(
            self.document.findall(lambda node: isinstance(node, nodes.Element) and node.get("nb_element") == "cell_code")
        )
        asked = [cell for cell in cells if "tag_exercise-task" in cell["classes"]]
        if asked:
            section = next(section for section in self.document.findall(nodes.section) if "exercises" in section["ids"])
            section.insert(1, nodes.raw("", f'<p class="live-elsewhere">{WITHOUT}</p>', format="html"))
        if not self.config.lossbook_live:
            for box in playground:
                del box[0]  # the choice
            return
        places, installs = {}, ""
        if asked:
            found, installs = of_notebook(docname.removeprefix("chapters/"), self.env.doc2path(docname))
            for cell, (name, of) in zip(asked, found.items(), strict=True):
                if "lacks" in of:
                    cell += lacking(of["lacks"])
                    continue
                title = next(cell.parent.findall(nodes.title)).astext()
                places[name] = {"title": re.sub(r" \(\d+ points?\)$", "", title), **of}
                cell += mark(name)
        for cell in cells:
            for code in cell.findall(nodes.literal_block) if "tag_remove-input" in cell["classes"] else ():
                name = re.match(r"def (\w+)\(|", code.astext())[1]
                if name and (of := function(name)):
                    places[name] = {"title": name, **of}
                    cell += mark(name)
        if playground:
            places |= {loss.name: {"title": loss.name, **of} for loss in LOSSES if (of := function(loss.name))}
        if places:
            target = Path(self.app.outdir, "_static", "live", f"{docname}.json")
            target.parent.mkdir(parents=True, exist_ok=True)
            about = {"title": self.env.titles[docname].astext(), "installs": installs, "places": places}
            target.write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")


def mark(name):
    return nodes.raw("", f'<div class="live" data-live="{escape(name)}" hidden></div>', format="html")


def lacking(libraries):
    words = f"Needs {', '.join(libraries)}: to be done in the notebook."
    return nodes.raw("", f'<p class="live live-not">{words}</p>', format="html")


class Playground(SphinxDirective):
    """All losses that run in the page, by family; what stands in the directive is for pages without Python."""

    has_content = True

    def run(self):
        box = nodes.container(classes=["playground"])
        families = [
            (family.title, [loss for loss in LOSSES if loss.family == family.slug and function(loss.name)]) for family in FAMILIES
        ]
        options = "".join(
            f'<optgroup label="{escape(title)}">'
            + "".join(f'<option value="{loss.name}">{escape(loss.title)}: {loss.name}</option>' for loss in losses)
            + "</optgroup>"
            for title, losses in families
        )
        html = (
            '<div class="live" data-live="" hidden><label for="playground-loss">Loss</label> '
            f'<select id="playground-loss" autocomplete="off">{options}</select></div>'
        )
        box += nodes.raw("", html, format="html")
        elsewhere = nodes.container(classes=["live-elsewhere"])
        self.state.nested_parse(self.content, self.content_offset, elsewhere)
        box += elsewhere
        return [box]


def look(app, config):
    """Find out whether this build has live Python; pages are written anew when that changes."""
    vendor.install(vendor.ASSETS)
    app.lossbook_numpy = pyodide.numpy_wheel()
    config.lossbook_live = app.lossbook_numpy is not None
    if not config.lossbook_live:
        log.info(
            f"without live Python: numpy's wheel for the browser is out of reach (name a folder that has it in {pyodide.FOLDER})"
        )


def describe(app, docname, templatename, context, doctree):
    context["has_live"] = 'data-live="' in context.get("body", "")


def finish(app, exception):
    if exception or app.builder.format != "html":
        return
    site = Path(app.outdir)
    folder = site / "_static" / "live"
    if not app.config.lossbook_live:  # an earlier build may have had it
        shutil.rmtree(folder, ignore_errors=True)
        (site / "live-sw.js").unlink(missing_ok=True)
    elif folder.exists():  # there is something to try
        pyodide.provide(folder, app.lossbook_numpy)
        pyodide.remember(site)


def setup(app):
    app.add_config_value("lossbook_live", False, "html")
    app.connect("config-inited", look)
    app.add_directive("playground", Playground)
    app.add_post_transform(Places)
    app.connect("html-page-context", describe)
    app.connect("build-finished", finish)
