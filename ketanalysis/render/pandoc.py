"""Pandoc run in its sandbox: Markdown to a syntax tree, and a tree to a page."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ketanalysis.characters import all_readable
from ketanalysis.errors import KetanalysisError
from ketanalysis.render.nodes import walk

# Identifiers are made after the values stand in the headings; the header is read by us.
AUTHOR = "markdown-auto_identifiers-implicit_header_references-yaml_metadata_block+table_attributes"
# What a cell writes `asis`: no attributes, no citations, no metadata, no files.
CELL = "commonmark+pipe_tables"
# What a cell shows as HTML and was cleaned, for files that have no HTML.
HTML = "html-native_divs-native_spans"

_CITING = ("--citeproc", "--bibliography=", "--csl=")
_SECONDS = 120
_DUPLICATE = re.compile(r"Duplicate identifier '(.+?)'")
_LINE = re.compile(r"line (\d+)")


class PandocError(KetanalysisError):
    """Pandoc refused or warned; `line` is the line of its input, if it named one.

    `duplicate` is the identifier that was given twice, if that was it.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        found = _LINE.search(message)
        self.line = int(found[1]) if found else None
        twice = _DUPLICATE.search(message)
        self.duplicate = twice[1] if twice else None


def missing_extra() -> str | None:
    """Return one sentence if a package that reports need is missing, else None."""
    names = ("IPython", "yaml", "pypandoc", "matplotlib")
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if not missing:
        try:
            pandoc_path()
        except OSError:
            missing = ["pandoc"]
    if not missing:
        return None
    return f"Reports need {' and '.join(missing)}: run pip install 'ketanalysis[report]'."


@functools.cache
def pandoc_path() -> str:
    """Return the path of the pandoc that came with pypandoc."""
    import pypandoc

    return str(Path(pypandoc.get_pandoc_path()).resolve())


@functools.cache
def pandoc_version() -> str:
    """Return pandoc's version, such as 3.9."""
    told = subprocess.run(
        [pandoc_path(), "--version"], capture_output=True, timeout=_SECONDS, check=True
    )
    return told.stdout.decode("utf-8").split()[1]


def read_markdown(text: str, dialect: str) -> list[dict[str, Any]]:
    """Return the blocks of a Markdown text."""
    tree = json.loads(run_pandoc(["-f", dialect, "-t", "json"], text))
    blocks: list[dict[str, Any]] = tree["blocks"]
    return blocks


def read_references(bibliography: Path) -> frozenset[str]:
    """Return the keys of a bibliography (.bib, .json or .yaml)."""
    formats = {".bib": "biblatex", ".json": "csljson"}
    dialect = formats[bibliography.suffix.lower()]
    text = bibliography.read_text(encoding="utf-8-sig")
    found = json.loads(run_pandoc(["-f", dialect, "-t", "csljson"], text))
    return frozenset(str(one["id"]) for one in found)


def write_tree(blocks: list[dict[str, Any]], meta: dict[str, Any], arguments: Sequence[str]) -> str:
    """Return the page that pandoc writes from a tree."""
    return write_bytes(blocks, meta, arguments).decode("utf-8")


def write_bytes(
    blocks: list[dict[str, Any]], meta: dict[str, Any], arguments: Sequence[str]
) -> bytes:
    """Return the file that pandoc writes from a tree."""
    tree: Any = {"pandoc-api-version": _api_version(), "meta": meta, "blocks": blocks}
    citing = [one for one in arguments if one.startswith(_CITING)]
    if citing:
        # What a bibliography holds comes in here, and like all text may only hold what is readable.
        cited = _run(["-f", "json", "-t", "json", *citing], json.dumps(tree))
        tree = walk(all_readable(json.loads(cited)), _as_span)
        arguments = [one for one in arguments if one not in citing]
    return _run(["-f", "json", *arguments], json.dumps(tree))


@functools.cache
def _api_version() -> list[int]:
    version: list[int] = json.loads(run_pandoc(["-f", "markdown", "-t", "json"], ""))[
        "pandoc-api-version"
    ]
    return version


def run_pandoc(arguments: Sequence[str], text: str) -> str:
    """Return what pandoc makes of a text; a warning is an error, so that nothing is lost."""
    return _run(arguments, text).decode("utf-8")


def _as_span(node: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Return a citation that is written out; a format with citations of its own asks no more."""
    if node["t"] != "Cite":
        return None
    cited, words = node["c"]
    keys = " ".join(one["citationId"] for one in cited)
    return [{"t": "Span", "c": [["", ["citation"], [["cites", keys]]], walk(words, _as_span)]}]


def _run(arguments: Sequence[str], text: str) -> bytes:
    done = subprocess.run(
        [pandoc_path(), "--sandbox", "--wrap=none", "--eol=lf", *arguments],
        input=text.encode("utf-8"),
        capture_output=True,
        timeout=_SECONDS,
        check=False,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": os.devnull},
        cwd=Path(pandoc_path()).parent,
    )
    told = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode != 0 or "[WARNING]" in told:
        raise PandocError(" ".join(told.removeprefix("[WARNING]").split()) or "pandoc failed.")
    return done.stdout
