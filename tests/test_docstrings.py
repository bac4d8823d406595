"""The examples in the docstrings of everything public are right."""

import doctest
import importlib

import pytest

import lossbook


@pytest.mark.parametrize("name", lossbook.__all__)
def test_a_docstring_has_an_example_and_it_is_right(name):
    function = getattr(lossbook, name)
    (found,) = doctest.DocTestFinder(recurse=False).find(function, name, globs=vars(importlib.import_module(function.__module__)))
    assert found.examples, f"{name}: no example"
    assert doctest.DocTestRunner().run(found).failed == 0


def test_the_packages_own_example_is_right():
    assert doctest.testmod(lossbook) == (0, 3)
