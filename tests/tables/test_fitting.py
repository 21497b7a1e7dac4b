"""How a table fits paper: the rule, and each form for paper read back with wide tables."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import ketanalysis as ka
from ketanalysis.tables import Column, Table
from ketanalysis.tables.fitting import PAGE, SIZES, TURNED_PAGE, fit
from ketanalysis.tables.latex import to_latex
from tests.tables.test_written import read_cells

CELLS = ("48", "−10.7 (8.3)", "−10.7 (−19.9 to −1.4)")
HEADS = ("n", "Mean (SD)", "Difference (95 % CI)")


def wide(count: int, *, n_labels: int = 1) -> Table:
    """Return a table of `count` columns beside its labels, three under each spanner."""
    labels = (*(Column(f"Label {i}", "left") for i in range(n_labels)),)
    columns = (Column(HEADS[i % 3], spanner=f"Visit {i // 3}") for i in range(count))
    cells = [CELLS[i % 3] for i in range(count)]
    rows = tuple((*[name] * n_labels, *cells) for name in ("MADRS total score", "HAMA") * 2)
    return Table("Wide", (*labels, *columns), rows, (("One", 2), ("Two", 2)), ("A note.",))


@pytest.mark.parametrize(
    ("count", "is_turned", "size", "panels"),
    # By hand: the labels need 1982, three columns 600 + 1142 + 2072; a page holds 9638 or 14570 in
    # type of 9 points, and as much more as the type is smaller.
    [
        (6, False, 9.0, 1),  # 9610
        (7, False, 8.0, 1),  # 10210, of 10204 at 8.5 points and 10842 at 8
        (8, True, 9.0, 1),  # 11352
        (11, True, 8.5, 1),  # 15166, of 15427
        (12, True, 7.5, 1),  # 17238, of 16391 at 8 points and 17484 at 7.5
        (13, True, 7.0, 1),  # 17838, of 18732
        (14, True, 9.0, 2),  # 18980
    ],
)
def test_the_page_turns_and_the_type_shrinks_with_what_the_columns_need(
    count: int, is_turned: bool, size: float, panels: int
) -> None:
    fitted = fit(wide(count))
    assert (fitted.is_turned, fitted.size, len(fitted.panels)) == (is_turned, size, panels)


@pytest.mark.parametrize("count", range(1, 40))
@pytest.mark.parametrize("may_turn", [True, False])
def test_every_column_and_row_is_in_some_panel(count: int, may_turn: bool) -> None:
    table = wide(count)
    fitted = fit(table, may_turn=may_turn)
    assert fitted.is_turned <= may_turn
    assert SIZES[-1] <= fitted.size <= SIZES[0]
    beside = [column for panel in fitted.panels for column in panel.columns[1:]]
    assert beside == list(table.columns[1:])
    for panel in fitted.panels:
        assert panel.columns[0] == table.columns[0]
        assert [row[0] for row in panel.rows] == [row[0] for row in table.rows]
        assert panel.row_groups == table.row_groups
        assert sum(fitted.widths(panel)) <= fitted.width
        # No spanner is divided: three columns stand under each.
        assert (len(panel.columns) - 1) % 3 == 0 or panel is fitted.panels[-1]
    titles = [panel.title for panel in fitted.panels]
    assert titles == ["Wide", *["Wide (continued)"] * (len(titles) - 1)]
    assert [panel.notes for panel in fitted.panels][-1] == ("A note.",)
    assert sum(len(panel.notes) for panel in fitted.panels) == 1


def test_panels_are_of_like_breadth() -> None:
    counts = [len(panel.columns) - 1 for panel in fit(wide(27)).panels]
    assert counts == [9, 9, 9]


def test_several_columns_of_labels_are_repeated_while_half_the_page_holds_them() -> None:
    panels = fit(wide(30, n_labels=2)).panels
    assert len(panels) > 1
    assert all(
        [one.label for one in panel.columns[:2]] == ["Label 0", "Label 1"] for panel in panels
    )


def test_no_word_is_so_long_that_the_page_turns_for_it() -> None:
    table = Table("T", (Column("A", "left"), Column("B", "left")), (("a" * 500, "b" * 500),))
    assert not fit(table).is_turned
    only = Table("T", tuple(Column("c" * 90) for _ in range(30)), ())
    assert all(len(panel.columns) >= 2 for panel in fit(only).panels)
    assert fit(Table("T", (Column(""),), ())).panels[0].columns == (Column(""),)


def test_the_order_of_rows_and_copies_of_rows_change_nothing() -> None:
    table = wide(14)
    more = Table(table.title, table.columns, tuple(reversed(table.rows)) * 3)
    one, other = fit(table), fit(more)
    assert (one.is_turned, one.size) == (other.is_turned, other.size)
    assert [p.columns for p in one.panels] == [p.columns for p in other.panels]


# --- each form for paper -------------------------------------------------------------------------

PANELS = [[column.label for column in panel.columns] for panel in fit(wide(27)).panels]


def test_word_has_a_turned_page_and_a_table_a_panel(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx", reason="the extra [report] is not installed")
    made = docx.Document(str(ka.write_table(wide(27), tmp_path / "a.docx")))
    (section,) = made.sections
    assert section.orientation == 1
    assert section.page_width > section.page_height
    assert [[c.text for c in table.rows[1].cells] for table in made.tables] == PANELS
    assert [one.text for one in made.paragraphs] == [
        "Wide",
        *["", "Wide (continued)"] * 2,
        "A note.",
    ]
    smaller = docx.Document(str(ka.write_table(wide(13), tmp_path / "b.docx")))
    (table,) = smaller.tables
    assert {cell.paragraphs[0].runs[0].font.size.pt for cell in table.rows[3].cells} == {7.0}


def test_rtf_has_a_turned_page_and_a_table_a_panel(tmp_path: Path) -> None:
    text = ka.write_table(wide(27), tmp_path / "a.rtf").read_text(encoding="ascii")
    assert r"\paperw16838\paperh11906\landscape" in text
    rows = [read_cells(row) for row in re.findall(r"\\trowd.*?\\row\}", text, re.DOTALL)]
    heads = [row for row in rows if row[0] == "Label 0"]
    assert heads == PANELS
    edges = [int(edge) for edge in re.findall(r"\\cellx(\d+)", text)]
    assert max(edges) <= TURNED_PAGE
    upright = ka.write_table(wide(3), tmp_path / "b.rtf").read_text(encoding="ascii")
    assert "landscape" not in upright
    assert max(int(edge) for edge in re.findall(r"\\cellx(\d+)", upright)) <= PAGE


def test_latex_has_a_turned_page_and_folds_its_columns() -> None:
    text = to_latex(wide(27))
    assert text.startswith("\\begin{landscape}\n")
    assert text.count("\\begin{longtable}") == len(PANELS)
    assert text.count("\\caption*{Wide (continued)}") == 2
    shares = re.findall(r"p\{\\dimexpr ([\d.]+)\\linewidth-2\\tabcolsep\}", text)
    assert len(shares) == sum(map(len, PANELS))
    assert sum(map(float, shares[: len(PANELS[0])])) <= 1
    assert "landscape" not in to_latex(wide(3))
    long = Table("", (Column("A", "left"),), (("a" * 150,),), (("a sentence " * 30, 1),))
    assert "a\\allowbreak{}a" in to_latex(long)
    assert "\\parbox[t]" in to_latex(long)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not on the PATH")
def test_a_pdf_has_a_turned_page_and_nothing_beyond_it(tmp_path: Path) -> None:
    pytest.importorskip("typst", reason="the extra [report] is not installed")
    path = ka.write_table(wide(27), tmp_path / "a.pdf")
    done = subprocess.run(["pdftotext", "-bbox", path, "-"], capture_output=True, check=True)
    told = done.stdout.decode()
    assert re.search(r'<page width="841\.\d+" height="595\.\d+"', told)
    assert max(map(float, re.findall(r'xMax="([\d.]+)"', told))) <= 841.9 - 56.6
    assert told.count(">(continued)<") == 2
    assert told.count(">−1.4)<") == 4 * 27 // 3


def test_a_text_at_the_start_of_a_row_is_no_option_of_the_line_before() -> None:
    table = Table("Doses", (Column("Dose", "left"),), (("*as planned*",), ("[reduced]",)))
    text = to_latex(table)
    assert "{*}as planned{*} \\\\" in text
    assert "{[}reduced{]} \\\\" in text
