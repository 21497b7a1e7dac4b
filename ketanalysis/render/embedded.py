"""The embedded renderer: a .qmd with Python cells to one self-contained page, without Quarto."""

from __future__ import annotations

import importlib.metadata
import json
import math
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import unescape as html_unescape
from pathlib import Path

from ketanalysis import __version__
from ketanalysis.disclosure.hidden_words import pattern_of
from ketanalysis.errors import ArgumentError
from ketanalysis.render import docx, html, pandoc, pdf
from ketanalysis.render.assemble import assemble
from ketanalysis.render.cells import Answer, CellRun, Parameter
from ketanalysis.render.failure import RenderError
from ketanalysis.render.nodes import Node
from ketanalysis.render.qmd import Document, parse_qmd
from ketanalysis.render.writing import check_may_write, write_whole

RENDERER = "ketanalysis embedded renderer"
_BIBLIOGRAPHIES = (".bib", ".json")


@dataclass(frozen=True)
class Form:
    """One format: its name in a document, who writes it, by what a file of ours is known."""

    output: str
    write: Callable[..., bytes]
    marker: str
    packages: tuple[str, ...] = ()


_HTML = Form("html", html.write_html, html.marker(""))
FORMS = {
    ".html": _HTML,
    ".htm": _HTML,
    ".docx": Form("docx", docx.write_docx, docx.marker(""), ("python-docx",)),
    ".pdf": Form("typst", pdf.write_pdf, pdf.marker(""), ("typst",)),
}


@dataclass(frozen=True)
class Rendered:
    """A report that was written.

    ``path`` is the file, ``renderer`` who made it, ``versions`` the versions of what made it,
    ``seconds`` how long it took and ``n_warnings`` how many Python warnings its cells raised.
    """

    path: Path
    renderer: str
    versions: Mapping[str, str]
    seconds: float
    n_warnings: int


def render_qmd(
    path: Path,
    out: Path,
    *,
    params: Mapping[str, Parameter] | None = None,
    titles: Mapping[str, str] | None = None,
    work_in: Path | None = None,
    hidden: tuple[str, ...] = (),
    timeout: float = 300,
) -> Rendered:
    r"""Render a Quarto document to one self-contained HTML, Word or PDF file, without Quarto.

    Not for documents from somebody else: the cells are programs and are run. What the data
    hold is never read as Markdown or HTML.

    Parameters
    ----------
    path
        The .qmd file.
    out
        The file to write; its ending, .html, .docx or .pdf, is the format. A file that
        ketanalysis did not write is never overwritten.
    params
        Values for names that the cell tagged ``parameters`` sets.
    titles
        Plain texts that stand in place of the header's ``title`` and ``subtitle``.
    work_in
        The folder in which the cells run; an empty one of their own unless given.
    hidden
        Words that the page must not hold, in any case of letters; a page that would is refused.
    timeout
        Seconds that all cells together may take.

    Returns
    -------
    Rendered
        The path of the output, the renderer with its versions, and the seconds taken.

    Raises
    ------
    RenderError
        The document asks for what cannot be honoured, a cell fails or takes too long, or the
        page would hold something that runs or loads. Nothing is written.
    ArgumentError
        `path`, `out`, `params` or `timeout` is out of place, or the extra is not installed.

    Notes
    -----
    The same document, parameters and versions give the same bytes. Figures are PNG at 200 dots
    per inch, formulas are MathML, there is no script, and the page loads nothing. On paper code
    is not folded, and contents of a Word file have no numbers of pages.

    Inline code in the header's title, subtitle, author and abstract runs after the last cell.
    A figure's caption and alternative text come from ``fig-cap`` and ``fig-alt``, else from its
    attributes ``ketanalysis_caption`` and ``ketanalysis_alt``. An Axes or a list of lines that
    ends a cell shows nothing: its figure does.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> text = "---\ntitle: Two\n---\n\nOne and one is `{python} 1 + 1`.\n"
    >>> _ = (folder / "two.qmd").write_text(text)
    >>> render_qmd(folder / "two.qmd", folder / "two.html").path.name
    'two.html'
    """
    began = time.monotonic()
    path, out = Path(path), Path(out)
    _check_arguments(path, out, timeout)
    form = FORMS[out.suffix.lower()]
    given = _checked_params(params or {})
    document = parse_qmd(path.absolute(), titles, form.output)
    bibliography = _bibliography(document)
    _check_params_cell(document, given)

    with CellRun(document, given, timeout, work_in) as run:
        # Pandoc reads the text while the cells run.
        blocks = _read_markdown(document)
        references = _references(document, bibliography)
        answers = run.answers()
    _check_hidden(document, titles or {}, answers, hidden)
    version = __version__
    n_warnings = sum(answer.n_warnings for answer in answers)
    try:
        assembled = assemble(document, blocks, answers, output=form.output, references=references)
        footer = _footer(version, answers, document)
        made = form.write(
            document, assembled, version=version, footer=footer, bibliography=bibliography
        )
    except pandoc.PandocError as error:
        raise document.refuse(str(error), None) from None
    write_whole(out, made, form.marker)
    versions = {
        "ketanalysis": version,
        "pandoc": pandoc.pandoc_version(),
        "python": platform.python_version(),
        "ipython": importlib.metadata.version("ipython"),
        **{name: importlib.metadata.version(name) for name in form.packages},
    }
    return Rendered(out, RENDERER, versions, time.monotonic() - began, n_warnings)


def _check_arguments(path: Path, out: Path, timeout: float) -> None:
    missing = pandoc.missing_extra()
    if missing is not None:
        raise ArgumentError(missing)
    if path.suffix.lower() != ".qmd" or not path.is_file():
        raise ArgumentError(f"path must be a .qmd file that exists, not {str(path)!r}.")
    if out.suffix.lower() not in FORMS:
        raise ArgumentError(f"out must end in .html, .docx or .pdf, not {out.suffix!r}.")
    if not (timeout > 0 and math.isfinite(timeout)):
        raise ArgumentError(f"timeout must be above 0 seconds, not {timeout!r}.")
    check_may_write(out, FORMS[out.suffix.lower()].marker)


def _check_hidden(
    document: Document,
    titles: Mapping[str, str],
    answers: tuple[Answer, ...],
    hidden: tuple[str, ...],
) -> None:
    """Refuse a page of which the title, the text or a cell holds a hidden word."""
    if not hidden:
        return
    texts: list[tuple[object, int | None]] = [
        (list(titles.values()), None),
        (document.markdown, None),
    ]
    for step, answer in zip(document.steps, answers, strict=True):
        items = [{key: told for key, told in item.items() if key != "png"} for item in answer.items]
        texts.append(([items, answer.text, answer.error], step.line))
    for text, line in texts:
        found = pattern_of(hidden).search(html_unescape(json.dumps(text, ensure_ascii=False)))
        if found:
            raise document.refuse(f"the page would show {found[0]!r}, which is hidden.", line)


def _checked_params(params: Mapping[str, Parameter]) -> dict[str, Parameter]:
    for name, value in params.items():
        if not name.isidentifier():
            raise ArgumentError(f"params must be named like Python variables, not {name!r}.")
        given: object = value
        if not isinstance(given, str | int | float | bool):
            kind = type(given).__name__
            raise ArgumentError(f"params[{name!r}] must be a text, number or truth, not {kind}.")
    return dict(params)


def _check_params_cell(document: Document, params: Mapping[str, Parameter]) -> None:
    tagged = any(getattr(getattr(s, "options", None), "is_parameters", 0) for s in document.steps)
    if params and not tagged:
        raise ArgumentError(
            f"params cannot be set: no cell of {document.path} is tagged parameters."
        )


def _bibliography(document: Document) -> list[Path]:
    folder = document.path.parent.resolve()
    names = [("bibliography", name) for name in document.header.bibliography]
    if document.header.csl is not None:
        names.append(("csl", document.header.csl))
    found = []
    for key, name in names:
        file = (folder / name).resolve()
        endings = _BIBLIOGRAPHIES if key == "bibliography" else (".csl",)
        if file.suffix.lower() not in endings or not file.is_relative_to(folder):
            raise document.refuse(
                f"{key} must be a {' or '.join(endings)} file in the report's own folder, "
                f"not {name!r}.",
                document.header.lines[key],
            )
        if not file.is_file():
            raise document.refuse(f"{key} {name} is missing.", document.header.lines[key])
        found += [file] if key == "bibliography" else []
    return found


def _read_markdown(document: Document) -> list[Node]:
    try:
        return pandoc.read_markdown(document.markdown, pandoc.AUTHOR)
    except pandoc.PandocError as error:
        if error.duplicate is not None:
            # Pandoc's line is where the block ended.
            line = document.line_of(f"#{error.duplicate}")
            raise document.refuse(
                f"the identifier {error.duplicate} is given twice.", line
            ) from None
        line = document.origin[error.line - 1] if error.line else None
        raise document.refuse(str(error), line) from None


def _references(document: Document, bibliography: list[Path]) -> frozenset[str]:
    found: set[str] = set()
    for file in bibliography:
        try:
            found |= pandoc.read_references(file)
        except pandoc.PandocError as error:
            raise document.refuse(
                f"the bibliography {file.name} cannot be read: {error}",
                document.header.lines["bibliography"],
            ) from None
    return frozenset(found)


def _footer(version: str, answers: tuple[Answer, ...], document: Document) -> str:
    hidden = sum(
        answer.n_warnings
        for answer, step in zip(answers, document.steps, strict=True)
        if not getattr(getattr(step, "options", None), "warning", False)
    )
    made = (
        f"Rendered by ketanalysis’ embedded renderer {version}; pandoc {pandoc.pandoc_version()}."
    )
    if hidden == 0:
        return made
    return f"{made} {hidden} Python warning{'s' if hidden > 1 else ''} not shown."


__all__ = ["RENDERER", "RenderError", "Rendered", "render_qmd"]
