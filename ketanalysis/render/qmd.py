"""A .qmd file taken apart: header, cells, inline code, and the author's Markdown between.

Where a cell or an inline expression stood, the Markdown holds a placeholder that begins with
an unguessable token; what they show is put back into pandoc's syntax tree, never into text.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ketanalysis.render.failure import RenderError
from ketanalysis.render.options import CellOptions, Header, read_cell_options, read_header
from ketanalysis.render.yaml_lines import Entry, Refuse, read_yaml
from ketanalysis.tables.markdown import escape_markdown

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_CELL_INFO = re.compile(r"\{([A-Za-z]+)(.*)\}\s*")
_HIDDEN_CELL = re.compile(r"[ \t>*+-]+`{3,}\{[A-Za-z]+")
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_INLINE = re.compile(r"\{([a-z]+)\} +(.+)")


@dataclass(frozen=True)
class Cell:
    """A ```{python} cell; `line` is the line of its fence."""

    number: int
    line: int
    code: str
    options: CellOptions

    @property
    def name(self) -> str:
        """The label, else the cell's place in the document."""
        return self.options.label or f"number {self.number}"


@dataclass(frozen=True)
class Inline:
    """An inline `{python} expression`."""

    line: int
    expression: str


@dataclass(frozen=True)
class Snippet:
    """Author's Markdown from outside the body: a title, a caption, the abstract."""

    key: str
    text: str
    line: int


@dataclass(frozen=True)
class Document:
    """A parsed .qmd.

    `steps` are cells and inline expressions in the order in which they run; placeholders name
    a step by its index. `origin` holds, for each line of `markdown`, its line in the file.
    """

    path: Path
    header: Header
    steps: tuple[Cell | Inline, ...]
    markdown: str
    origin: tuple[int, ...]
    snippets: tuple[Snippet, ...]
    token: str
    lines: tuple[str, ...] = field(repr=False)

    def refuse(self, message: str, line: int | None, cell: str | None = None) -> RenderError:
        """Return the error that names this file and the line."""
        return RenderError(message, file=self.path, line=line, cell=cell)

    def line_of(self, text: str) -> int | None:
        """Return the first line of the file that holds `text`."""
        return next((at for at, line in enumerate(self.lines, 1) if text in line), None)


def parse_qmd(
    path: Path, titles: Mapping[str, str] | None = None, output: str = "html"
) -> Document:
    """Return the parts of a .qmd file; refuse what cannot be honoured, with its line.

    `titles`, plain texts by name (title, subtitle), stand in place of the header's.
    `output` is the format whose options are read: html, docx or typst.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise RenderError("the file must be UTF-8 text.", file=path) from None
    lines = tuple(text.replace("\r\n", "\n").split("\n"))
    scan = _Scan(path, lines, output)
    body_at = scan.read_header()
    scan.take_titles(titles or {})
    scan.read_body(body_at)
    snippets = scan.take_snippets()
    return Document(
        path=path,
        header=scan.header,
        steps=tuple(scan.steps),
        markdown="\n".join(scan.out),
        origin=tuple(scan.origin),
        snippets=snippets,
        token=scan.token,
        lines=lines,
    )


def header_entries(lines: Sequence[str], refuse: Refuse) -> tuple[dict[str, Entry], int]:
    """Return the named entries of a document's header, and the line after it (from 0)."""
    if lines[0].rstrip() != "---":
        raise refuse("the file must begin with a YAML header between lines of ---.", 1)
    for at, line in enumerate(lines[1:], 1):
        if line.rstrip() in ("---", "..."):
            return read_yaml("\n".join(lines[1:at]), 2, refuse), at + 1
    raise refuse("the YAML header must end with a line of ---.", 1)


class _Scan:
    def __init__(self, path: Path, lines: Sequence[str], output: str) -> None:
        self.path = path
        self.output = output
        self.lines = lines
        self.token = f"k{secrets.token_hex(16)}"
        self.steps: list[Cell | Inline] = []
        self.out: list[str] = []
        self.origin: list[int] = []
        self.header = Header(title="")

    def refuse(self, message: str, line: int) -> RenderError:
        return RenderError(message, file=self.path, line=line)

    def keep(self, line: int, *texts: str) -> None:
        self.out.extend(texts)
        self.origin.extend([line] * len(texts))

    def read_header(self) -> int:
        entries, end = header_entries(self.lines, self.refuse)
        self.header = read_header(entries, self.refuse, self.output)
        return end

    def take_titles(self, titles: Mapping[str, str]) -> None:
        for name, text in titles.items():
            lines = {**self.header.lines, name: self.header.lines.get(name, 1)}
            words: Any = {name: escape_markdown(text), "lines": lines}
            self.header = replace(self.header, **words)

    def read_body(self, at: int) -> None:
        while at < len(self.lines):
            line = self.lines[at]
            fence = _FENCE.fullmatch(line)
            if fence:
                end = self.end_of_fence(at, fence[1])
                self.read_fence(at, end, fence[2].strip())
                at = end + 1
            elif line.startswith("<!--"):
                at = self.skip_comment(at)
            else:
                self.read_text(at)
                at += 1

    def end_of_fence(self, at: int, marks: str) -> int:
        closing = re.compile(rf" {{0,3}}{re.escape(marks[0])}{{{len(marks)},}}\s*")
        for end in range(at + 1, len(self.lines)):
            if closing.fullmatch(self.lines[end]):
                return end
        raise self.refuse(f"the block that begins here must be closed with {marks}.", at + 1)

    def read_fence(self, at: int, end: int, info: str) -> None:
        known = _CELL_INFO.fullmatch(info)
        if known is not None and self.lines[at][:1] == " ":
            raise self.refuse("a cell must start at the left margin.", at + 1)
        if known is None:
            self.keep(at + 1, *self.lines[at : end + 1])
        elif known[1] == "python" and not known[2].strip():
            self.read_cell(at, end)
        elif known[1] == "python":
            raise self.refuse("a cell's options must be `#|` lines, not in its fence.", at + 1)
        else:
            raise self.refuse(f"cells of {known[1]} cannot be run: only {{python}}.", at + 1)

    def read_cell(self, at: int, end: int) -> None:
        inside = self.lines[at + 1 : end]
        heads = [line for line in inside if line.startswith("#|")]
        if list(inside[: len(heads)]) != heads:
            late = next(n for n, line in enumerate(inside) if line.startswith("#|") and n > 0)
            raise self.refuse("`#|` options must stand first in their cell.", at + 2 + late)
        yaml = "\n".join(line[2:].removeprefix(" ") for line in heads)
        entries = read_yaml(yaml, at + 2, self.refuse)
        options = read_cell_options(entries, self.header.cell_defaults, self.refuse)
        cells = [step for step in self.steps if isinstance(step, Cell)]
        self.check_cell(options, cells, at + 1)
        cell = Cell(len(cells) + 1, at + 1, "\n".join(inside), options)
        self.keep(at + 1, "", f"::: {{.{self.token} step={len(self.steps)}}}", ":::", "")
        self.steps.append(cell)

    def check_cell(self, options: CellOptions, others: list[Cell], line: int) -> None:
        for other in others:
            if options.label and options.label == other.options.label:
                raise self.refuse(
                    f"the label {options.label} is taken by the cell in line {other.line}.", line
                )
            if options.is_parameters and other.options.is_parameters:
                raise self.refuse(
                    f"only one cell can be tagged parameters; line {other.line} is.", line
                )

    def skip_comment(self, at: int) -> int:
        for end in range(at, len(self.lines)):
            if "-->" in self.lines[end]:
                rest = self.lines[end].partition("-->")[2].strip()
                if rest:
                    raise self.refuse("nothing can follow --> on its line.", end + 1)
                self.keep(at + 1, "")
                return end + 1
        raise self.refuse("the comment that begins here must end with -->.", at + 1)

    def read_text(self, at: int) -> None:
        line = self.lines[at]
        if _HIDDEN_CELL.match(line):
            raise self.refuse("a cell must start at the left margin.", at + 1)
        bare = _CODE_SPAN.sub("", line)
        if "{{<" in bare:
            raise self.refuse("shortcodes {{< … >}} cannot be honoured.", at + 1)
        if "`{python}" in bare:
            raise self.refuse("inline code must end on its own line.", at + 1)
        self.keep(at + 1, self.with_inlines(line, at + 1))

    def with_inlines(self, text: str, line: int) -> str:
        def replaced(span: re.Match[str]) -> str:
            inline = _INLINE.fullmatch(span[2])
            if len(span[1]) > 1 or inline is None:
                return span[0]
            if inline[1] != "python":
                raise self.refuse(f"inline code of {inline[1]} cannot be run.", line)
            self.steps.append(Inline(line, inline[2].strip()))
            return f"`{self.token}-{len(self.steps) - 1}`"

        return _CODE_SPAN.sub(replaced, text)

    def take_snippets(self) -> tuple[Snippet, ...]:
        """Put the header's texts and the captions behind the body, to be read by pandoc too.

        The header's inline code runs last: by then every cell has run.
        """
        header = self.header
        found = [
            Snippet(key, text, header.lines.get(key, 1))
            for key, texts in {
                "title": (header.title,),
                "subtitle": (header.subtitle,),
                "author": header.authors,
                "abstract": (header.abstract,),
            }.items()
            for text in texts
            if text is not None
        ]
        for index, step in enumerate(self.steps):
            if isinstance(step, Cell):
                for kind, text in (("fig", step.options.fig_cap), ("tbl", step.options.tbl_cap)):
                    if text is not None:
                        found.append(Snippet(f"{kind}-{index}", text, step.line))
        for number, snippet in enumerate(found):
            # The leading word keeps pandoc from reading "1. Title" as a list.
            words = " ".join(snippet.text.split())
            text = self.with_inlines(words, snippet.line)
            fence = f"::: {{.{self.token} snippet={number}}}"
            self.keep(snippet.line, "", fence, f"{self.token} {text}", "", ":::", "")
        return tuple(found)
