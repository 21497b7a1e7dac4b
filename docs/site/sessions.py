"""The blocks of a page run as one session: what each prints, and the figure it makes.

A page is Markdown. Its fences say what they are for:

``python``
    is run; with ``python {show="figure"}`` its last value is a figure, to be shown.
``sh``
    is run where a line begins with ``ketanalysis``; other lines are for the reader's shell.
``text``
    behind one of these is what was printed.
``toml {file="study/study.toml"}`` (or ``markdown``, ``csv``)
    is written to that file.
All else is for the reader only, as is what says ``{run="no"}``.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import io
import itertools
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[1]
DATA = DOCS / "data"
FENCE = re.compile(
    r"^(?P<mark>`{3,})(?P<language>\w*)[ ]*(?:\{(?P<options>[^}\n]*)\})?\n"
    r"(?P<code>.*?)^(?P=mark)[ ]*$\n?",
    re.MULTILINE | re.DOTALL,
)
OPTION = re.compile(r'(\w+)="([^"]*)"')
RUN = ("python", "sh")


@dataclass(frozen=True)
class Block:
    """One fence of a page, and where it stands in its text."""

    language: str
    options: dict[str, str]
    code: str
    start: int
    end: int

    @property
    def is_run(self) -> bool:
        """Whether running it can print something."""
        return self.language in RUN and self.options.get("run") != "no"


@dataclass(frozen=True)
class Ran:
    """A block that was run: what it printed, the value of its last expression, its figure."""

    block: Block
    printed: str = ""
    value: Any = None
    figure: Any = None


@dataclass
class Session:
    """What one page shares: its names and a folder with the data of the guides."""

    where: str
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})

    def run(self, block: Block) -> Ran:
        """Run one block in the current folder."""
        if "file" in block.options:
            path = Path(block.options["file"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.code, encoding="utf-8")
        if block.options.get("run") == "no":
            return Ran(block)
        if block.language == "sh":
            return Ran(block, "".join(map(run_command, block.code.splitlines())))
        if block.language == "python":
            return self._python(block)
        return Ran(block)

    def _python(self, block: Block) -> Ran:
        """Run the code; the value of a last expression is printed, as a console does."""
        printed, value = io.StringIO(), None
        *body, last = ast.parse(block.code).body
        where = f"{self.where}, block at {block.start}"
        with contextlib.redirect_stdout(printed):
            exec(compile(ast.Module(body, []), where, "exec"), self.names)
            if isinstance(last, ast.Expr):
                value = eval(compile(ast.Expression(last.value), where, "eval"), self.names)
            else:
                exec(compile(ast.Module([last], []), where, "exec"), self.names)
            if block.options.get("show") == "figure":
                return Ran(block, printed.getvalue(), value, value)
            if value is not None:
                print(repr(value))
        return Ran(block, printed.getvalue(), value)


def blocks_of(text: str) -> list[Block]:
    """Return the fences of a page in order."""
    return [
        Block(
            found["language"],
            dict(OPTION.findall(found["options"] or "")),
            found["code"],
            found.start(),
            found.end(),
        )
        for found in FENCE.finditer(text)
    ]


@functools.cache
def run_page(path: Path) -> list[Ran]:
    """Run the blocks of a page in a folder of its own and return what each did."""
    session = Session(path.name)
    with a_folder():
        return [session.run(block) for block in blocks_of(path.read_text(encoding="utf-8"))]


@contextlib.contextmanager
def a_folder() -> Iterator[Path]:
    """Work in a new folder that holds the data of the guides."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="ketanalysis-docs-") as name:
        for source in DATA.glob("*.csv"):
            shutil.copy(source, name)
        os.chdir(name)
        try:
            yield Path(name)
        finally:
            os.chdir(before)


def run_command(line: str) -> str:
    """Run ``ketanalysis ...`` and return what it printed; any other line prints nothing."""
    from typer.testing import CliRunner

    from ketanalysis.cli import app

    words = line.split("  #")[0].split()
    if words[:1] != ["ketanalysis"]:
        return ""
    done = CliRunner().invoke(app, words[1:], env={"COLUMNS": "88"})
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        return f"{done.output}{done.exception}\n"
    return done.output


def shown_outputs(text: str) -> list[tuple[Block, str | None]]:
    """Return each block that is run with the output that the page shows for it, or None."""
    blocks, found = blocks_of(text), []
    for number, block in enumerate(blocks):
        if block.is_run:
            after = blocks[number + 1] if number + 1 < len(blocks) else None
            is_output = after is not None and after.language == "text"
            is_next = is_output and not text[block.end : after.start].strip()  # type: ignore[union-attr]
            found.append((block, after.code if is_next else None))  # type: ignore[union-attr]
    return found


def tidied(printed: str) -> str:
    """Return printed text without spaces at the ends of lines, and empty lines around it."""
    lines = [line.rstrip() for line in printed.splitlines()]
    return "\n".join(lines).strip("\n") + "\n"


def with_outputs(path: Path) -> str:
    """Return the text of a page with every output that it shows written anew."""
    text = path.read_text(encoding="utf-8")
    printed = {ran.block.start: ran.printed for ran in run_page(path)}
    blocks = blocks_of(text)
    for block, after in reversed(list(itertools.pairwise(blocks))):
        if block.is_run and after.language == "text" and not text[block.end : after.start].strip():
            shown = f"```text\n{tidied(printed[block.start])}```\n"
            text = text[: after.start] + shown + text[after.end :]
    return text


if __name__ == "__main__":
    import sys

    for name in sys.argv[1:]:
        page = Path(name).resolve()
        page.write_text(with_outputs(page), encoding="utf-8")
