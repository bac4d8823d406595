"""The functions of libraries as they are before a student's code runs, to notice which of them it replaces."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

__all__ = ["Libraries"]

MISSING = object()
HEAP_TYPE = 1 << 9  # a class made by Python code, whose methods can be replaced
DEPTH = 2  # a function, what it calls, and what that calls


class Libraries:
    """The functions, classes, methods and modules of some packages that code with some names in it can meet.

    Parameters
    ----------
    packages : set of str
        Such as {"builtins", "numpy"}; what of them is imported counts.
    names : set of str
        Such as {"np", "allclose"}; those in what such functions call are added.
    """

    def __init__(self, packages: set[str], names: set[str]) -> None:
        modules = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in packages}
        self._files = {str(Path(file).parent) for module in modules.values() if (file := getattr(module, "__file__", None))}
        owners: dict[Any, str] = {}
        for name, module in modules.items():
            owners[module] = name
            for value in list(vars(module).values()):
                if _is(value, type) and value.__flags__ & HEAP_TYPE and str(value.__module__).partition(".")[0] in packages:
                    owners.setdefault(value, f"{name}.{value.__name__}")
        definitions = {owner: _definitions(owner) for owner in owners}
        for _ in range(DEPTH):
            used = [value for found in definitions.values() for name, value in found.items() if name in names]
            names = names.union(*(_names(function.__code__) for value in used for function in _functions(value)))
        self._modules = modules
        self._held = [
            (
                owner,
                name,
                {attribute: value for attribute, value in definitions[owner].items() if attribute in names},
                set(vars(owner)),
            )
            for owner, name in owners.items()
            if isinstance(owner, type) or not names.isdisjoint(definitions[owner])
        ]
        self._known = {id(value) for _, _, held, _ in self._held for value in held.values()}
        self._inside = {
            function: (function.__code__, function.__defaults__, function.__kwdefaults__)
            for _, _, held, _ in self._held
            for value in held.values()
            for function in _functions(value)
        }
        self._names = names

    def replaced(self) -> list[str]:
        """Put back what was replaced since, and return its names."""
        names: dict[str, None] = {}
        for name, module in self._modules.items():
            if sys.modules.get(name) is not module:
                sys.modules[name] = module
                names[name] = None
        for owner, name, held, own in self._held:
            now = vars(owner)
            for attribute, value in held.items():
                if (new := now.get(attribute, MISSING)) is value:
                    continue
                if self._by_the_library(new):
                    held[attribute] = new
                else:
                    setattr(owner, attribute, value)
                    names[f"{name}.{attribute}".removeprefix("builtins.")] = None
            if isinstance(owner, type):  # a new method would stand before an inherited one
                for attribute in (now.keys() - own) & self._names:
                    inherited = any(attribute in vars(base) for base in owner.__mro__[1:])
                    if callable(now[attribute]) and inherited and not self._by_the_library(now[attribute]):
                        delattr(owner, attribute)
                        names[f"{name}.{attribute}"] = None
        for function, (code, defaults, keywords) in self._inside.items():
            if function.__code__ is not code or function.__defaults__ is not defaults or function.__kwdefaults__ is not keywords:
                function.__code__, function.__defaults__, function.__kwdefaults__ = code, defaults, keywords
                names[f"{function.__module__}.{function.__qualname__}"] = None
        for name, get, put in (("sys.settrace", sys.gettrace, sys.settrace), ("sys.setprofile", sys.getprofile, sys.setprofile)):
            if get() is not None:
                put(None)
                names[name] = None
        return list(names)

    def _by_the_library(self, value: Any) -> bool:
        """Whether a library itself put this in the place of something: torch wraps some functions at their first call."""
        function = value.fget if _is(value, property) else value
        if id(function) in self._known or not _is(function, FunctionType):
            return False
        return str(Path(function.__code__.co_filename).parent) in self._files


def _is(value: Any, kind: Any) -> bool:
    """Return isinstance, without a word to objects that answer for their class."""
    return issubclass(type(value), kind)


def _definitions(owner: Any) -> dict[str, Any]:
    """Return the public functions, classes, methods and modules of a module or class."""
    return {
        name: value
        for name, value in list(vars(owner).items())
        if (not name.startswith("_") or name.endswith("__")) and (callable(value) or _is(value, (ModuleType, property)))
    }


def _functions(value: Any) -> Iterator[FunctionType]:
    """Return the Python function in something, if there is one."""
    # numpy's functions are objects around the one that does the work
    inside = value._implementation if hasattr(type(value), "_implementation") else value
    if _is(inside, FunctionType):
        yield inside


def _names(code: CodeType) -> set[str]:
    """Return the names that a function's code uses."""
    inner = (constant for constant in code.co_consts if _is(constant, CodeType))
    return set(code.co_names).union(*map(_names, inner))
