"""How a name is called: its arguments with types and defaults, as its source writes them."""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Any, get_args

REQUIRED = ""
MADE = "..."  # a default that is made anew for each object


@dataclass(frozen=True)
class Argument:
    """One argument of a call, or one of the marks ``*`` and ``/`` between them."""

    name: str
    type: str = ""
    default: str = REQUIRED

    @property
    def is_mark(self) -> bool:
        """Whether this is ``*`` or ``/``."""
        return self.name in ("*", "/")

    def __str__(self) -> str:
        return f"{self.name}={self.default}" if self.default else self.name


def arguments(value: Any) -> tuple[Argument, ...]:
    """Return the arguments of a function, or of making a dataclass; none for all else."""
    if inspect.isclass(value):
        return _of_class(value) if is_dataclass(value) else ()
    return _of_function(value)


def call(name: str, value: Any) -> str:
    """Return the call with its defaults: one line where it is short, else a line an argument."""
    given = [str(argument) for argument in arguments(value) if argument.name != "self"]
    line = f"{name}({', '.join(given)})"
    if len(line) <= 72:
        return line
    inner = "".join(f"    {argument},\n" for argument in given)
    return f"{name}(\n{inner})"


def spelt_out(written: str, names: dict[str, Any]) -> str:
    """Return a type with its aliases replaced by what they stand for: ``Visits`` says little."""
    shown = written
    for word in re.findall(r"\b[A-Z]\w+", written):
        alias = names.get(word)
        if get_args(alias) and "numpy" not in str(alias):
            meant = re.sub(r"\b(?:collections\.abc|typing|pathlib)\.", "", str(alias))
            shown = re.sub(rf"\b{word}\b(?!\[)", meant, shown)
    return shown


def _of_class(value: type[Any]) -> tuple[Argument, ...]:
    found: list[Argument] = []
    names = vars(sys.modules[value.__module__])
    for each in fields(value):
        if not each.init:
            continue
        if each.kw_only and not any(argument.is_mark for argument in found):
            found.append(Argument("*"))
        made = each.default_factory is not MISSING
        default = REQUIRED if each.default is MISSING else shown(each.default)
        written = spelt_out(str(each.type).strip("'\""), names)
        found.append(Argument(each.name, written, MADE if made else default))
    return tuple(found)


def _of_function(value: Any) -> tuple[Argument, ...]:
    source = textwrap.dedent(inspect.getsource(value))
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.FunctionDef)
    args, names = node.args, value.__globals__
    plain = [*args.posonlyargs, *args.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(args.defaults)) + [*args.defaults]
    found = [_argument(each, default, names) for each, default in zip(plain, defaults, strict=True)]
    if args.posonlyargs:
        found.insert(len(args.posonlyargs), Argument("/"))
    if args.vararg:
        found.append(_argument(args.vararg, None, names, "*"))
    elif args.kwonlyargs:
        found.append(Argument("*"))
    by_name = zip(args.kwonlyargs, args.kw_defaults, strict=True)
    found += [_argument(each, default, names) for each, default in by_name]
    if args.kwarg:
        found.append(_argument(args.kwarg, None, names, "**"))
    return tuple(found)


def _argument(
    node: ast.arg, default: ast.expr | None, names: dict[str, Any], stars: str = ""
) -> Argument:
    written = ast.unparse(node.annotation).strip("'\"") if node.annotation else ""
    return Argument(
        stars + node.arg,
        spelt_out(written, names),
        REQUIRED if default is None else ast.unparse(default).replace("'", '"'),
    )


def shown(value: object) -> str:
    """Return a value as one writes it, texts in double quotes."""
    return repr(value).replace("'", '"')
