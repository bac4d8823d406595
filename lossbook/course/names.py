"""Which cells of a notebook give the names that others use: what grading need not run, and where a name comes from.

Most of a chapter's time goes to figures, experiments and other libraries; grading would spend it for each
student. Wherever the reading of a cell is in doubt, the cell runs.
"""

import ast
import re
import symtable
from dataclasses import dataclass, field

from IPython.core.inputtransformer2 import TransformerManager

__all__ = ["Names", "giver", "imported", "names_of", "python", "used"]


def used(sources: list[str], certain: list[bool]) -> list[bool]:
    """Tell of each cell whether it is to run: it is certain, or gives a name that a cell which runs uses.

    Parameters
    ----------
    sources : list of str
        The cells, in their order.
    certain : list of bool
        Which of them run in any case.
    """
    cells = [names_of(source) for source in sources]
    modules = set().union(*(cell.imported for cell in cells))  # np.fill_diagonal(x, 0) leaves np as it was
    later: set[str] = set()  # functions use names when they are called, wherever these were made
    while True:
        wanted: set[str] = set()
        kept: list[bool] = []
        for cell, sure in zip(reversed(cells), reversed(certain), strict=True):
            gives = cell.anew | cell.perhaps | cell.changed - modules
            kept.append(sure or not gives.isdisjoint(wanted | later))
            if kept[-1]:
                wanted = wanted - cell.anew | cell.takes
        runs = kept[::-1]
        more = set().union(*(cell.later for cell, run in zip(cells, runs, strict=True) if run))
        if more <= later:
            return runs
        later |= more


def python(source: str) -> str:
    """Return a cell's source as Python, its magics as calls."""
    return TransformerManager().transform_cell(source)


def imported(sources: list[str]) -> list[str]:
    """Return the modules that some cells import, in their order."""
    found = {}
    for source in sources:
        try:
            tree = ast.parse(python(source))
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found.update(dict.fromkeys(alias.name for alias in node.names))
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found[node.module] = None
    return list(found)


def giver(name: str, sources: list[str]) -> str:
    """Return the first line with a name of the first of these cells that makes it, or nothing."""
    for source in sources:
        names = names_of(source)
        if name in names.anew | names.perhaps:
            line = re.search(rf"^(?!\s*#).*\b{name}\b.*$", source, re.M)
            return line[0].strip() if line else ""
    return ""


@dataclass
class Names:
    """A cell's dealings with the notebook's names."""

    anew: set[str] = field(default_factory=set)  # made in any case, whatever was there before
    perhaps: set[str] = field(default_factory=set)  # made under a condition
    changed: set[str] = field(default_factory=set)  # changed in place
    imported: set[str] = field(default_factory=set)
    takes: set[str] = field(default_factory=set)  # read from cells before
    later: set[str] = field(default_factory=set)  # read by its functions


def names_of(source: str) -> Names:
    """Return a cell's dealings with the notebook's names."""
    try:
        statements = ast.parse(python(source)).body
    except SyntaxError:
        return Names()  # running will say so; it makes nothing
    names = Names()
    for statement in statements:
        _read(statement, names)
    return names


def _read(statement: ast.stmt, names: Names) -> None:
    """Add a statement's names to those of the statements before it."""
    if isinstance(statement, ast.For):  # its head makes what its body reads
        head = ast.copy_location(ast.Assign([statement.target], statement.iter, lineno=0), statement)
        for part in (head, *statement.body, *statement.orelse):
            _read(part, names)
        return
    makes, reads, later = _scopes(symtable.symtable(ast.unparse(statement), "cell", "exec"))
    if isinstance(statement, ast.AugAssign):
        reads = reads | makes
    names.takes |= reads - names.anew
    names.later |= later
    names.changed |= _changed(statement)
    names.imported |= makes if isinstance(statement, (ast.Import, ast.ImportFrom)) else set()
    if isinstance(statement, (ast.If, ast.Try, ast.While)):
        names.perhaps |= makes
    else:
        names.anew |= makes


def _scopes(table: symtable.SymbolTable, deferred: bool = False) -> tuple[set[str], set[str], set[str]]:
    """Return the names of the notebook that a scope makes, reads at once, and reads when it is called."""
    deferred = deferred or (table.get_type() == "function" and not table.get_name().endswith(("comp", "genexpr")))
    own = [symbol for symbol in table.get_symbols() if table.get_type() == "module" or symbol.is_global()]
    makes = {symbol.get_name() for symbol in own if symbol.is_assigned() or symbol.is_imported()}
    reads = {symbol.get_name() for symbol in own if symbol.is_referenced()}
    at_once, later = (set[str](), reads) if deferred else (reads, set[str]())
    makes = set() if deferred else makes
    for inner in table.get_children():
        makes_too, at_once_too, later_too = _scopes(inner, deferred)
        makes, at_once, later = makes | makes_too, at_once | at_once_too, later | later_too
    return makes, at_once, later


def _changed(statement: ast.stmt) -> set[str]:
    """Return the names whose things a statement changes in place: x[0] = 1, x.a = 1, x.append(1)."""
    found = set()
    place: ast.AST
    for node in ast.walk(statement):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            place = node.value.func
        elif isinstance(getattr(node, "ctx", None), ast.Store):
            place = node
        else:
            continue
        inside = False
        while not isinstance(place, ast.Name) and (deeper := getattr(place, "value", getattr(place, "func", None))):
            place, inside = deeper, True
        if inside and isinstance(place, ast.Name):
            found.add(place.id)
    return found
