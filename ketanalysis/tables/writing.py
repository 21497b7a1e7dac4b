"""One table to one file: the ending says which form; written whole, or not at all."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any, get_args

from ketanalysis.errors import ArgumentError, listed
from ketanalysis.tables.fitting import fit
from ketanalysis.tables.html import to_html
from ketanalysis.tables.latex import to_latex
from ketanalysis.tables.letters import letters_refused
from ketanalysis.tables.markdown import to_markdown
from ketanalysis.tables.plain import to_text
from ketanalysis.tables.rtf import to_rtf
from ketanalysis.tables.sheets import Header, to_csv, to_xlsx
from ketanalysis.tables.table import Table
from ketanalysis.tables.typst import literal, to_typst
from ketanalysis.tables.word_file import to_word
from ketanalysis.whole_files import put_in_place

_STYLE = (
    "body{font-family:sans-serif;margin:2em}table{border-collapse:collapse;"
    "border-top:2px solid;border-bottom:2px solid}caption{text-align:left;font-weight:bold}"
    "thead tr:last-child>*{border-bottom:2px solid}th,td{padding:.2em .6em}"
)


def write_table(
    result: Any, path: str | Path, *, header: Header = "columns", overwrite: bool = False
) -> Path:
    """Write the table of a result to a file: for a paper, a supplement, a spreadsheet.

    Parameters
    ----------
    result
        Any result of an analysis, or a `Table` of its own.
    path
        Its ending is the form: .docx (a real Word table, three lines, its head on every page),
        .pdf and .typ (Typst), .rtf, .tex (booktabs, longtable), .html, .md, .txt, .csv and
        .xlsx (the printed cells, as text).
    header
        What a .csv file holds; every other form has the title and the notes. "columns": one row
        of names (spanner and label of a column) and the rows, which every reader takes, without
        title and notes. "title": the title, spanners and labels above the rows, the notes below.
    overwrite
        Whether a file that is there may be replaced; a folder or a link never is.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ArgumentError
        The ending or the header is none of these, the file is there, its place is a folder, a
        link or cannot be written to, the result has no table, a text is too long for a cell of
        .xlsx or has letters that the fonts of a .pdf lack, or a package that the form needs is not
        installed.

    Notes
    -----
    Missing values are shown as the table of the result shows them. Every text stays text:
    nothing in it is markup, code, a file to be included or a formula; in .csv an apostrophe
    stands before what a spreadsheet would compute. In the place of what no document can hold
    (control characters, lone surrogates, noncharacters, signs that turn the direction of
    writing) stands U+FFFD. On paper a wide table has smaller type, a turned page, or panels that
    repeat its labels, by the rule of `ketanalysis.tables.fitting`. The same table gives the same
    bytes.

    Examples
    --------
    >>> import tempfile
    >>> import ketanalysis as ka
    >>> data = {"g": ["a", "a", "b", "b"], "v": [1, 2, 4, 6]}
    >>> compared = ka.compare_groups(data, "v", "g", reference="a")
    >>> write_table(compared, Path(tempfile.mkdtemp()) / "table1.rtf").name
    'table1.rtf'
    """
    out = Path(path)
    form = FORMS.get(out.suffix.lower())
    if form is None:
        raise ArgumentError(f"path must end in {listed(FORMS)}, not {out.suffix!r}.")
    table = result if isinstance(result, Table) else getattr(result, "ketanalysis_table", None)
    if not isinstance(table, Table):
        raise ArgumentError(f"result must be a result of an analysis, not {type(result).__name__}.")
    if header not in get_args(Header):
        raise ArgumentError(f"header must be {' or '.join(get_args(Header))}, not {header!r}.")
    _check_place(out, overwrite=overwrite)

    made = to_csv(table, header).encode() if out.suffix.lower() == ".csv" else form(table)
    try:
        put_in_place(out, made)
    except (OSError, ValueError) as error:
        raise _not_writable(out, error) from error
    return out


def _check_place(out: Path, *, overwrite: bool) -> None:
    """Refuse a place that is no file of its own in a folder that is there."""
    try:
        if not out.parent.is_dir():
            raise ArgumentError(
                f"path must be in a folder that exists, not {str(out.parent)!r}.\n"
                "  Make the folder first, or give another path."
            )
        if out.is_symlink():
            raise ArgumentError(
                f"path must be a file or free, not a link: {str(out)!r}.\n"
                "  Name the file that it leads to, or remove the link."
            )
        if out.exists() and not out.is_file():
            raise ArgumentError(
                f"path must be a file or free, not a folder or a device: {str(out)!r}.\n"
                "  Give the name of a file."
            )
        is_there = out.exists()
    except OSError as error:
        raise _not_writable(out, error) from error
    if is_there and not overwrite:
        raise ArgumentError(f"{out} is already there; overwrite=True replaces it.")


def _not_writable(out: Path, error: Exception) -> ArgumentError:
    reason = getattr(error, "strerror", None) or str(error)
    return ArgumentError(
        f"path must be a file that can be written, not {str(out)!r}: {reason}.\n"
        "  Give another path."
    )


def _text(write: Callable[[Table], str]) -> Callable[[Table], bytes]:
    return lambda table: write(table).encode("utf-8")


def _page(table: Table) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(table.title)}</title><style>{_STYLE}</style></head>\n"
        f"<body>{to_html(table)}</body></html>\n"
    )


def _plain(table: Table) -> str:
    return "\n\n".join([table.title, to_text(table), *table.notes]) + "\n"


def _typst(table: Table) -> str:
    fitted = fit(table)
    flipped = "true" if fitted.is_turned else "false"
    lines = [
        f"#set document(title: {literal(table.title)}, date: none)",
        f'#set page(paper: "a4", margin: 2cm, flipped: {flipped})',
        '#set text(lang: "en", size: 10pt)',
    ]
    for panel in fitted.panels:
        lines.append(f"#block(sticky: true, strong({literal(panel.title)}))")
        lines.append(to_typst(panel, fitted))
    return "\n".join([*lines, ""])


def _pdf(table: Table) -> bytes:
    _need("typst", ".pdf")
    import typst

    source = _typst(table)
    refused = letters_refused(source)
    if refused is not None:
        raise ArgumentError(f"path must end in another form: {refused}")
    made: bytes = typst.compile(
        source.encode("utf-8"), font_paths=[], ignore_system_fonts=True, timestamp=0
    )
    return made


def _docx(table: Table) -> bytes:
    _need("docx", ".docx")
    return to_word(table)


def _need(package: str, ending: str) -> None:
    if importlib.util.find_spec(package) is None:
        raise ArgumentError(
            f"A {ending} file needs {package}: run pip install 'ketanalysis[report]'."
        )


FORMS: dict[str, Callable[[Table], bytes]] = {
    ".docx": _docx,
    ".pdf": _pdf,
    ".rtf": _text(to_rtf),
    ".tex": _text(to_latex),
    ".typ": _text(_typst),
    ".html": _text(_page),
    ".md": _text(to_markdown),
    ".txt": _text(_plain),
    ".csv": _text(to_csv),
    ".xlsx": to_xlsx,
}
