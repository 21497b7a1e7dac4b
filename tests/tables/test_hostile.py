"""Hostile texts through every form: they are shown as they are, and nothing in them is at work."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import pytest

import ketanalysis as ka
from ketanalysis.characters import SHOWN, all_readable, readable
from ketanalysis.tables import Column, Table
from ketanalysis.tables.letters import letters_refused
from ketanalysis.tables.sheets import harmless
from ketanalysis.tables.writing import FORMS
from tests.render.pages import assert_is_inert, read_page
from tests.tables.hostile import CANARY, PAYLOADS, table_of
from tests.tables.test_written import latex_text, pandoc_text, read_cells, read_paragraphs, squeezed

TABLE = table_of(PAYLOADS)
WORDS = {
    ".tex": re.compile(r"\\(?:input|include|immediate|write|catcode|hline|end\{verb)"),
    ".rtf": re.compile(r"(?<!\\)\\(?:field|object|objdata|bin|fldinst)"),
    ".md": re.compile(r"\{\{<|```|!\[|^:::|(?<!\\)<[a-z!/]", re.MULTILINE),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "canary.txt").write_text(CANARY)
    for ending in sorted(FORMS.keys() - {".pdf"}):
        ka.write_table(TABLE, folder / f"table{ending}")
    return folder


def assert_all_shown(text: str, texts: tuple[str, ...] = PAYLOADS) -> None:
    shown = squeezed(text)
    missing = [one for one in texts if squeezed(readable(one)) not in shown]
    assert not missing, missing


@pytest.mark.parametrize("ending", sorted(FORMS.keys() - {".pdf"}))
def test_no_file_holds_another_file_or_what_no_file_can_hold(folder: Path, ending: str) -> None:
    made = (folder / f"table{ending}").read_bytes()
    if ending in (".docx", ".xlsx"):
        with zipfile.ZipFile(io.BytesIO(made)) as parts:
            made = b"".join(parts.read(name) for name in parts.namelist() if "xml" in name)
    text = made.decode("utf-8")  # a lone surrogate would not be UTF-8
    assert CANARY not in text
    assert "root:x:0" not in text
    assert readable(text) == text.replace("\r\n", "\n")
    assert not WORDS.get(ending, re.compile("(?!)")).search(text)


# --- each form read back -------------------------------------------------------------------------


def test_word_shows_them(folder: Path) -> None:
    docx = pytest.importorskip("docx", reason="the extra [report] is not installed")
    made = docx.Document(str(folder / "table.docx"))
    (table,) = made.tables
    first = [row.cells[0].text for row in table.rows[2:]]
    assert first == [readable(one) for text in PAYLOADS for one in (text, text)]
    assert [one.text for one in made.paragraphs[-len(PAYLOADS) :]] == list(TABLE.notes)
    assert made.core_properties.title == TABLE.title[:255]
    with zipfile.ZipFile(folder / "table.docx") as parts:
        document = parts.read("word/document.xml").decode()
    assert "<w:instrText" not in document
    assert "<w:altChunk" not in document


def test_a_sheet_shows_them_as_text(folder: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    sheet = openpyxl.load_workbook(folder / "table.xlsx").active
    cells = [cell for row in sheet.iter_rows(min_row=4) for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.hyperlink is None for cell in cells)
    first = [row[1].value for row in sheet.iter_rows(min_row=4, max_row=3 + len(PAYLOADS))]
    assert first == list(map(readable, PAYLOADS))


def test_no_reader_of_csv_finds_a_formula(folder: Path) -> None:
    text = (folder / "table.csv").read_bytes().decode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    cells = [cell for row in rows for cell in row]
    # A program that was told another separator than the comma, and knows no quotes.
    pieces = re.split(r"[;\t\r\n]", text)
    assert [one for one in [*cells, *pieces] if is_formula(one)] == []
    bare = [row[1].replace("'", "") for row in rows[1:]]
    assert bare == [readable(text).replace("'", "") for text in PAYLOADS]


def is_formula(cell: str) -> bool:
    seen = [sign for sign in cell if sign.isprintable() and not sign.isspace()]
    seen = [sign for sign in seen if unicodedata.category(sign) != "Mn" and sign != "\u3164"]
    start = unicodedata.normalize("NFKC", "".join(seen[:1]))
    return start in {*"=+-@"} or cell[:1] in {*"\t\r\n"}


def test_a_page_shows_them(folder: Path) -> None:
    page = read_page((folder / "table.html").read_text(encoding="utf-8"))
    assert_is_inert(page)
    assert len(page.all("table")) == 1
    assert page.all("img") == page.all("a") == []
    assert [squeezed(one.text) for one in page.all("th", scope="row")] == [
        squeezed(readable(text)) for text in PAYLOADS
    ]
    assert_all_shown(page.one("tfoot").text)
    assert_all_shown(page.one("title").text)


@pytest.mark.parametrize("dialect", ["markdown-smart", "gfm", "commonmark_x-smart"])
def test_markdown_shows_them(folder: Path, dialect: str) -> None:
    assert_all_shown(pandoc_text(folder / "table.md", dialect))


def test_latex_shows_them(folder: Path) -> None:
    assert_all_shown(latex_text(folder / "table.tex"))


def test_rtf_shows_them(folder: Path) -> None:
    text = (folder / "table.rtf").read_bytes().decode("ascii")
    rows = [read_cells(row) for row in re.findall(r"\\trowd.*?\\row\}", text, re.DOTALL)]
    first = [squeezed(row[0]) for row in rows[2:]]
    assert first == [squeezed(readable(one)) for text in PAYLOADS for one in (text, text)]
    assert [squeezed(note) for note in TABLE.notes] == [
        squeezed(note) for note in read_paragraphs(text)[1:]
    ]


def test_typst_shows_them(folder: Path) -> None:
    typst = pytest.importorskip("typst", reason="the extra [report] is not installed")
    told = json.loads(typst.query(str(folder / "table.typ"), "table"))
    assert_all_shown("\n".join(inside(told, "text")))
    assert {*inside(told, "func")} <= {
        "table",
        "header",
        "hline",
        "cell",
        "strong",
        "text",
        "sequence",
    }


def inside(tree: Any, key: str) -> list[str]:
    """Return every text that stands under a key."""
    if isinstance(tree, list):
        return [one for branch in tree for one in inside(branch, key)]
    if not isinstance(tree, dict):
        return []
    own = [tree[key]] if isinstance(tree.get(key), str) else []
    return own + [one for branch in tree.values() for one in inside(branch, key)]


def test_plain_text_shows_them(folder: Path) -> None:
    assert_all_shown((folder / "table.txt").read_text(encoding="utf-8"))


def test_a_pdf_shows_what_its_fonts_hold_and_refuses_the_rest(tmp_path: Path) -> None:
    pytest.importorskip("typst", reason="the extra [report] is not installed")
    path = tmp_path / "a.pdf"
    with pytest.raises(ka.ArgumentError) as refused:
        ka.write_table(TABLE, path)
    assert str(refused.value) == (
        "path must end in another form: a PDF must hold letters of its own fonts alone, and they "
        "lack \ufe62 (U+FE62), \uff0b (U+FF0B), \uff0d (U+FF0D), \uff1d (U+FF1D), "
        "\uff20 (U+FF20).\n"
        "  Write .docx or .html, which take the fonts of whoever reads them, or change the text."
    )
    assert not path.exists()
    held = tuple(text for text in PAYLOADS if not re.search("[\ufe62\uff0b-\uff20]", text))
    assert len(held) >= len(PAYLOADS) - 3
    assert ka.write_table(table_of(held), path).read_bytes().startswith(b"%PDF-1.7")
    many = "".join(map(chr, range(0x4E00, 0x4E40)))
    assert (letters_refused(many) or "").partition("\n")[0].endswith("(U+4E09) and more.")


# --- what is replaced ----------------------------------------------------------------------------


def test_what_no_file_can_hold_is_shown_in_its_place() -> None:
    assert readable("a\x00b\x0b\x1f\x7f\x85\r\nc\rd\te") == (f"a{SHOWN}b{SHOWN * 4}\nc\nd\te")
    assert readable("\ufffe\uffff\ufdd0\U0010ffff") == SHOWN * 4
    assert readable("12\u202e.5\u2066") == f"12{SHOWN}.5{SHOWN}"
    assert readable("\ud83d\ude42 \ud800") == f"🙂 {SHOWN}"
    assert readable("\ufeff\u200b\u200fµ\ue000") == "\ufeff\u200b\u200fµ\ue000"
    assert all_readable({"a": ["\x00", 1, None]}) == {"a": [SHOWN, 1, None]}


@pytest.mark.parametrize("number", ["-1.5", "+3", "0.25", "12"])
def test_numbers_of_a_sheet_are_untouched(number: str) -> None:
    assert harmless(number) == number


def test_a_text_too_long_for_a_cell_of_excel_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter", reason="the extra [io] is not installed")
    with pytest.raises(ka.ArgumentError) as refused:
        ka.write_table(Table("", (Column("a"),), (("a" * 40000,),)), tmp_path / "a.xlsx")
    assert str(refused.value) == (
        "A cell of an .xlsx file must have at most 32,767 signs, not 40,000: "
        f"'{'a' * 40}' and so on.\n  Write a .csv file, or shorten the text."
    )
