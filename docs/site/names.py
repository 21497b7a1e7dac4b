"""What is documented: the public names by family, what they return, the numbers underneath."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import pkgutil
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import ketanalysis

REFERENCE, NUMBERS = "ketanalysis.html", "numbers.html"
RETURNED = "What the functions return"
CHECKED = "Checked against"
STUB = Path(ketanalysis.__file__).with_suffix(".pyi")


@dataclass(frozen=True)
class Entry:
    """One name of the reference, and the page on which it stands."""

    name: str
    object: Any
    family: str
    page: str
    anchor: str

    @property
    def module(self) -> str:
        """The module in which it is defined."""
        return str(self.object.__module__)

    @property
    def url(self) -> str:
        """Where its article stands."""
        return f"{self.page}#{self.anchor}"

    @property
    def is_public(self) -> bool:
        """Whether ``ketanalysis.NAME`` is how one imports it."""
        return self.name in dir(ketanalysis)


@functools.cache
def public_entries() -> tuple[Entry, ...]:
    """Return the public names in the order of ``__init__.pyi``, each with its family."""
    text = STUB.read_text(encoding="utf-8")
    headings = [
        (number, line[2:3].upper() + line[3:])
        for number, line in enumerate(text.splitlines(), start=1)
        if line.startswith("# ")
    ]
    return tuple(
        Entry(alias.name, getattr(ketanalysis, alias.name), family, REFERENCE, alias.name)
        for node in ast.parse(text).body
        if isinstance(node, ast.ImportFrom)
        for family in [next(title for at, title in reversed(headings) if at < node.lineno)]
        for alias in node.names
    )


@functools.cache
def returned_entries() -> tuple[Entry, ...]:
    """Return the classes that public functions return and that are no public names."""
    public = {entry.name for entry in public_entries()}
    classes = {
        name: value
        for module in modules()
        for name, value in vars(module).items()
        if inspect.isclass(value) and value.__module__ == module.__name__
    }
    named: dict[str, None] = {}
    for entry in public_entries():
        for name in re.findall(r"\w+", return_annotation(entry.object)):
            if name in classes and name not in public:
                named[name] = None
    return tuple(Entry(name, classes[name], RETURNED, REFERENCE, name) for name in named)


@functools.cache
def number_entries() -> tuple[Entry, ...]:
    """Return the functions of numbers that have an oracle of their own, by module."""
    public = {entry.object for entry in public_entries() if inspect.isfunction(entry.object)}
    found = [
        (name, value)
        for module in modules()
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__
        if not name.startswith("_") and value not in public
        if CHECKED in (inspect.getdoc(value) or "")
    ]
    times = Counter(name for name, _ in found)
    return tuple(
        Entry(name, value, value.__module__, NUMBERS, name if times[name] == 1 else _full(value))
        for name, value in found
    )


def _full(value: Any) -> str:
    return f"{value.__module__}.{value.__name__}"


def entries() -> tuple[Entry, ...]:
    """Return everything that has an article."""
    return (*public_entries(), *returned_entries(), *number_entries())


@functools.cache
def modules() -> tuple[ModuleType, ...]:
    """Return every module of the package, imported, in the order of their names."""
    walked = pkgutil.walk_packages(ketanalysis.__path__, "ketanalysis.")
    names = sorted(found.name for found in walked if "_shipped" not in found.name)
    return tuple(importlib.import_module(name) for name in names)


@functools.cache
def urls() -> dict[str, str]:
    """Return where each name that a docstring may mention has its article.

    A class gives its members too (``Trial.notes``); the public name wins over a number
    underneath that is called the same, which is then found by its module.
    """
    found: dict[str, str] = {}
    for entry in reversed(entries()):
        found[f"{entry.module}.{entry.name}"] = entry.url
        found[entry.name] = entry.url
        for member in dir(entry.object) if inspect.isclass(entry.object) else ():
            if not member.startswith("_"):
                found[f"{entry.name}.{member}"] = entry.url
    return found


def return_annotation(value: Any) -> str:
    """Return what a function says that it returns, as written; empty for all else."""
    if not inspect.isfunction(value):
        return ""
    annotation = inspect.signature(value).return_annotation
    return "" if annotation is inspect.Signature.empty else str(annotation).strip("'\"")
