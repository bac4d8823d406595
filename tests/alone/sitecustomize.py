"""Hides what HIDDEN names, modules and distributions, from a Python that starts with this folder on its path."""

import os
import sys
from importlib.machinery import PathFinder

HIDDEN = frozenset(os.environ["HIDDEN"].split())


class Finder(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name in HIDDEN else super().find_spec(name, path, target)

    @staticmethod
    def find_distributions(context):
        return () if context.name in HIDDEN else PathFinder.find_distributions(context)


sys.meta_path[sys.meta_path.index(PathFinder)] = Finder
