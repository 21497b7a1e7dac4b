"""One table in every form, read back: the same cells, spanners, groups of rows and notes."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import ketanalysis as ka
from ketanalysis.tables import Column, Table
from ketanalysis.tables.fitting import PADDING, PAGE, breadth, column_widths
from ketanalysis.tables.latex import PACKAGES, escape_latex
from ketanalysis.tables.rtf import escape_rtf
from ketanalysis.tables.sheets import harmless, sheet_rows
from ketanalysis.tables.typst import literal
from ketanalysis.tables.writing import FORMS

pypandoc = pytest.importorskip("pypandoc", reason="the extra [report] is not installed")

HOSTILE = (
    "<script>alert(1)</script>",
    "![a](/etc/passwd)",
    "\\input{/etc/passwd}",
    '#read("/etc/passwd")',
    "$x^2$ & 5 % of_all ~ {b} [c]",
    "{{< include /etc/passwd >}}",
    "=cmd|' /C calc'!A0",
    "@SUM(1)",
    "\uff1dHYPERLINK(1)",
    "Größe µ − → 🙂 שלום",
    '" onload="x',
    "a\\'5cb \\par }",
)
ROWS = tuple((text, f"{place}.5", "−1") for place, text in enumerate(HOSTILE))
TABLE = Table(
    "Response <b> & #title",
    (Column("Arm", "left"), Column("n", spanner="Both & all"), Column("p", spanner="Both & all")),
    ROWS,
    (("First_group", 5), ("Second $group", len(ROWS) - 5)),
    ("A note: 5 % _of_ all.", "And <another>."),
)
CELLS = [cell for row in ROWS for cell in row]
SAID = ["Both & all", "Arm", "First_group", "Second $group", *CELLS, *TABLE.notes, TABLE.title]


# The fonts of a PDF lack two signs.
PDF_ROWS = tuple((one.replace("🙂", "☺").replace("\uff1d", "="), *rest) for one, *rest in ROWS)
PDF_TABLE = replace(TABLE, rows=PDF_ROWS)


def written(folder: Path, ending: str, table: Any = None) -> Path:
    if table is None:
        table = PDF_TABLE if ending == ".pdf" else TABLE
    return ka.write_table(table, folder / f"table{ending}")


def squeezed(text: str) -> str:
    """Return a text without blanks and without what pandoc's smart reading changes."""
    return re.sub(r"[\s\u00a0]", "", text).replace("\u2019", "'").replace("\u201d", '"')


def assert_all_said(text: str) -> None:
    shown = squeezed(text)
    missing = [one for one in SAID if squeezed(one) not in shown]
    assert not missing, missing


def pandoc_text(path: Path, dialect: str) -> str:
    """Return every word of a file as pandoc reads it; raw code would be a node of its own."""
    tree = json.loads(pypandoc.convert_file(str(path), "json", format=dialect))
    words: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            assert node.get("t") not in ("RawBlock", "RawInline", "Math", "Image", "Link"), node
            if node.get("t") == "Str":
                words.append(node["c"])
            elif node.get("t") in ("Space", "SoftBreak"):
                words.append(" ")
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for one in node:
                walk(one)

    walk(tree["blocks"])
    return "".join(words)


def latex_text(path: Path) -> str:
    """Return what pandoc reads in LaTeX, but for what it does not know and drops with the text.

    That is how the texts of a column are aligned, the sign for a grave accent, and where a word
    may be broken.
    """
    text = path.read_text(encoding="utf-8").replace("\\textasciigrave{}", "`")
    text = re.sub(r">\{\\ragged(?:left|right)\\arraybackslash\}", "", text)
    read = path.with_name("for-pandoc.tex")
    read.write_text(text.replace("\\allowbreak{}", ""), encoding="utf-8")
    return pandoc_text(read, "latex-smart")


# --- each form read back -------------------------------------------------------------------------


def test_word_holds_a_real_table(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx", reason="the extra [report] is not installed")
    made = docx.Document(str(written(tmp_path, ".docx")))
    (table,) = made.tables
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    assert rows[:3] == [["", "Both & all", "Both & all"], ["Arm", "n", "p"], ["First_group"] * 3]
    assert [tuple(row) for row in rows[3:8]] == list(ROWS[:5])
    assert [tuple(row) for row in rows[9:]] == list(ROWS[5:])
    assert_all_said("\n".join([*map(" ".join, rows), *(one.text for one in made.paragraphs)]))
    assert made.core_properties.author == ""


def test_word_files_are_packed_and_tell_nothing_of_a_template(tmp_path: Path) -> None:
    pytest.importorskip("docx", reason="the extra [report] is not installed")
    with zipfile.ZipFile(written(tmp_path, ".docx")) as made:
        assert {one.compress_type for one in made.infolist()} == {zipfile.ZIP_DEFLATED}
        names = made.namelist()
        told = b"".join(made.read(name) for name in names)
    assert not {"docProps/thumbnail.jpeg", "docProps/app.xml"} & set(names)
    for word in (b"thumbnail", b"docProps/app", b"Macintosh", b"python-docx"):
        assert word not in told


def test_latex_is_read_back(tmp_path: Path) -> None:
    path = written(tmp_path, ".tex")
    assert_all_said(latex_text(path))
    text = path.read_text(encoding="utf-8")
    for word in (
        "\\toprule",
        "\\midrule",
        "\\endhead",
        "\\cmidrule(lr){2-3}",
        "\\multicolumn{2}{c}",
    ):
        assert word in text
    assert PACKAGES == ("booktabs", "longtable", "array", "pdflscape")


def test_typst_is_read_back(tmp_path: Path) -> None:
    typst = pytest.importorskip("typst", reason="the extra [report] is not installed")
    path = written(tmp_path, ".typ")
    told = typst.query(str(path), "table")
    for text in [*CELLS, "Both & all", "First_group"]:
        assert json.dumps(text, ensure_ascii=False)[1:-1] in told


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not on the PATH")
def test_a_pdf_is_read_back(tmp_path: Path) -> None:
    done = subprocess.run(
        ["pdftotext", "-layout", written(tmp_path, ".pdf"), "-"], capture_output=True, check=True
    )
    shown = squeezed(done.stdout.decode())
    # Hebrew is read in the order in which it stands.
    said = [*(row[0] for row in PDF_ROWS), *SAID[:4], *TABLE.notes, TABLE.title]
    missing = [one for one in said if "ש" not in one and squeezed(one) not in shown]
    assert not missing, missing
    assert "☺" in shown


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not on the PATH")
def test_a_word_longer_than_its_column_stays_in_it(tmp_path: Path) -> None:
    long = "a" * 150
    table = Table("T", (Column("A", "left"), Column("B", "left")), ((long, long),))
    done = subprocess.run(
        ["pdftotext", "-bbox", written(tmp_path, ".pdf", table), "-"],
        capture_output=True,
        check=True,
    )
    boxes = re.findall(r'xMin="([\d.]+)".*?xMax="([\d.]+)".*?>a[a\u200b]*<', done.stdout.decode())
    assert len(boxes) > 2
    # A4 less margins of 2 cm: 56.7 to 538.6 points, and two columns of the same breadth.
    assert all(float(right) <= 538.6 for _, right in boxes)
    assert all(float(right) <= 297.7 for left, right in boxes if float(left) < 297.6)


def test_head_words_are_not_broken_where_the_page_holds_them() -> None:
    labels = ("Groups", "Responders", "Non-responders", *["Half-width difference,"] * 4, "keeps")
    table = Table("T", tuple(map(Column, labels)), (("midazolam,", *["13"] * 7),))
    widths = column_widths(table)
    assert sum(widths) <= PAGE
    for label, width in zip(labels, widths, strict=True):
        assert width >= max(map(breadth, label.split())) + PADDING


def test_intervals_stay_whole_beside_a_long_sentence() -> None:
    interval = "−10.7 (−19.9 to −1.4)"
    columns = (Column("Measure", "left"), Column("Estimate (95 % CI)"), Column("p"))
    table = Table("T", columns, (("a sentence of many words " * 9, interval, "0.112"),))
    sentence, middle, last = column_widths(table)
    assert sentence + middle + last <= PAGE
    assert middle >= breadth(interval) + PADDING
    assert last >= breadth("0.112") + PADDING


def test_rtf_is_read_back(tmp_path: Path) -> None:
    path = written(tmp_path, ".rtf")
    text = path.read_bytes().decode("ascii")  # nothing else stands in the file
    rows = [read_cells(row) for row in re.findall(r"\\trowd.*?\\row\}", text, re.DOTALL)]
    assert rows[0] == ["", "Both & all"]
    assert rows[1] == ["Arm", "n", "p"]
    assert rows[2] == ["First_group"]
    assert [tuple(row) for row in rows[3:8]] == list(ROWS[:5])
    assert text.count("\\trhdr") == 2
    assert text.count("{") - text.count("\\{") == text.count("}") - text.count("\\}")


def read_cells(row: str) -> list[str]:
    """Return the texts of an RTF row, by the rules of the format alone."""
    found = re.findall(r"\\sa20 (?:\\b )?(.*?)\\cell", row, re.DOTALL)
    return list(map(read_text, found))


def read_paragraphs(text: str) -> list[str]:
    """Return the texts of the paragraphs of an RTF file that stand in no row."""
    return [read_text(one) for one in re.findall(r"\{\\pard(?:\\[a-z0-9]+)+ (.*?)\\par\}", text)]


def read_text(text: str) -> str:
    units = re.sub(r"\\(?:([\\{}])|u(-?\d+)\?)", read_sign, text)
    return units.encode("utf-16", "surrogatepass").decode("utf-16")


def read_sign(found: re.Match[str]) -> str:
    return found[1] or chr(int(found[2]) % 65536)


def test_a_page_is_read_back(tmp_path: Path) -> None:
    assert_all_said(pandoc_text(written(tmp_path, ".html"), "html"))


def test_markdown_is_read_back(tmp_path: Path) -> None:
    path = written(tmp_path, ".md")
    text = pandoc_text(path, "markdown-smart")
    shown = squeezed(text)
    missing = [one for one in [*CELLS, *TABLE.notes, TABLE.title] if squeezed(one) not in shown]
    assert not missing


def test_plain_text_holds_all(tmp_path: Path) -> None:
    assert_all_said(written(tmp_path, ".txt").read_text(encoding="utf-8"))


def test_csv_is_names_and_rows_for_every_reader(tmp_path: Path) -> None:
    rows = rows_of(written(tmp_path, ".csv"))
    assert rows[0] == ["Group", "Arm", "Both & all: n", "Both & all: p"]
    assert rows[1] == ["First_group", HOSTILE[0], "0.5", "−1"]
    assert len(rows) == 1 + len(ROWS)
    told = {row[1] for row in rows}
    assert told >= {"'=cmd|' /C calc'!A0", "'@SUM(1)", "'\uff1dHYPERLINK(1)"}


def test_csv_with_its_title_has_all_that_the_table_says(tmp_path: Path) -> None:
    rows = rows_of(ka.write_table(TABLE, tmp_path / "a.csv", header="title"))
    assert rows[0] == [TABLE.title, "", "", ""]
    assert rows[1] == ["", "", "Both & all", "Both & all"]
    assert rows[2] == ["Group", "Arm", "n", "p"]
    assert rows[3] == ["First_group", HOSTILE[0], "0.5", "−1"]
    assert [row[0] for row in rows[-2:]] == list(TABLE.notes)


def rows_of(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_a_sheet_is_text_and_no_formula(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    pytest.importorskip("xlsxwriter", reason="the extra [io] is not installed")
    sheet = openpyxl.load_workbook(written(tmp_path, ".xlsx")).active
    found = [[cell for cell in row] for row in sheet.iter_rows()]
    assert {cell.data_type for row in found for cell in row if cell.value is not None} == {"s"}
    rows = [[cell.value or "" for cell in row] for row in found]
    assert rows[0][0] == TABLE.title
    assert rows[1:] == sheet_rows(TABLE)


# --- rules of all forms --------------------------------------------------------------------------


@pytest.mark.parametrize("ending", sorted(FORMS))
def test_the_same_table_gives_the_same_bytes(tmp_path: Path, ending: str) -> None:
    first = written(tmp_path, ending).read_bytes()
    (tmp_path / "other").mkdir()
    assert written(tmp_path / "other", ending).read_bytes() == first
    assert b"root:x:0" not in first
    assert str(tmp_path).encode() not in first


@pytest.mark.parametrize("ending", sorted(FORMS))
def test_table_1_of_a_trial_is_written(tmp_path: Path, ending: str) -> None:
    baseline = ka.tabulate_baseline(ka.load_example("ketamine"), by="TRT01P")
    assert written(tmp_path, ending, baseline).stat().st_size > 500


def refusal(result: Any, path: Path, **options: Any) -> str:
    with pytest.raises(ka.ArgumentError) as refused:
        ka.write_table(result, path, **options)
    return str(refused.value)


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    assert refusal(TABLE, tmp_path / "a.odt") == (
        "path must end in .docx, .pdf, .rtf, .tex, .typ, .html, .md, .txt, .csv, .xlsx, not '.odt'."
    )
    assert refusal(3, tmp_path / "a.md") == "result must be a result of an analysis, not int."
    assert refusal(TABLE, tmp_path / "a.csv", header="all") == (
        "header must be columns or title, not 'all'."
    )


def test_a_file_that_is_there_stays_unless_it_may_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("mine")
    assert refusal(TABLE, path) == f"{path} is already there; overwrite=True replaces it."
    assert path.read_text() == "mine"
    ka.write_table(TABLE, path, overwrite=True)
    assert path.read_text().startswith("**Response")


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_place_that_is_no_file_is_refused(tmp_path: Path, overwrite: bool) -> None:
    def said(path: Path) -> str:
        return refusal(TABLE, path, overwrite=overwrite)

    (tmp_path / "folder.md").mkdir()
    (tmp_path / "broken.md").symlink_to(tmp_path / "nowhere.md")
    (tmp_path / "file").write_text("mine")
    assert said(tmp_path / "no" / "a.md") == (
        f"path must be in a folder that exists, not {str(tmp_path / 'no')!r}.\n"
        "  Make the folder first, or give another path."
    )
    assert said(tmp_path / "file" / "a.md").startswith("path must be in a folder that exists")
    assert said(tmp_path / "broken.md") == (
        f"path must be a file or free, not a link: {str(tmp_path / 'broken.md')!r}.\n"
        "  Name the file that it leads to, or remove the link."
    )
    assert said(tmp_path / "folder.md") == (
        "path must be a file or free, not a folder or a device: "
        f"{str(tmp_path / 'folder.md')!r}.\n  Give the name of a file."
    )
    long = tmp_path / f"{'a' * 300}.md"
    assert said(long) == (
        f"path must be a file that can be written, not {str(long)!r}: File name too long.\n"
        "  Give another path."
    )
    assert said(tmp_path / "a\x00.md").endswith("embedded null byte.\n  Give another path.")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["broken.md", "file", "folder.md"]


def test_each_form_escapes_what_it_would_read() -> None:
    assert escape_latex("50 % {\\x}") == r"50 \% \{\textbackslash{}x\}"
    assert escape_rtf("a\\b{é🙂") == "a\\\\b\\{\\u233?\\u-10179?\\u-8638?"
    assert literal('a"\\\n\x00') == '"a\\"\\\\\\n\\u{0}"'
    assert harmless("-1.5") == "-1.5"
    assert harmless("-x") == "'-x"
    assert harmless("\t=1") == "'\t'=1"
    assert escape_latex("a---b--c") == "a-{}-{}-b-{}-c"
