"""The neutral table in every format: what goes in comes out, and nothing from data acts."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from ketanalysis.tables import Column, Table, to_gt, to_html, to_markdown, to_text

HOSTILE = '<script>alert(1)</script> | ![x](/etc/file) $\\foo{$ {{< include x >}} "quoted" & `code`'
TABLE = Table(
    "Response by arm",
    (
        Column("Visit", "left"),
        Column("n/N", spanner="A rather long arm"),
        Column("%", spanner="A rather long arm"),
        Column("p"),
    ),
    (("Day 7", "3/10", "30", "0.031"), ("Day 14", "17/31", "55", "<0.001")),
    (("Observed", 1), ("NRI", 1)),
    ("Wilson intervals.",),
)


class Reader(HTMLParser):
    """Collects the cells by row, and every tag that is not of a table."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.other: list[str] = []
        self.is_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")
            self.is_cell = True
        elif tag not in {"table", "caption", "thead", "tbody", "tfoot", "p", "span"}:
            self.other.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self.is_cell = False

    def handle_data(self, data: str) -> None:
        if self.is_cell:
            self.rows[-1][-1] += data


def read_html(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


def test_text_shows_spanners_groups_and_aligned_columns() -> None:
    assert to_text(TABLE) == "\n".join(
        [
            "        A rather long arm",
            "Visit             n/N   %       p",
            "Observed",
            "Day 7            3/10  30   0.031",
            "NRI",
            "Day 14          17/31  55  <0.001",
        ]
    )


def test_html_holds_every_cell_with_its_headers() -> None:
    reader = read_html(to_html(TABLE))
    assert reader.rows == [
        ["", "A rather long arm", ""],
        ["Visit", "n/N", "%", "p"],
        ["Observed"],
        ["Day 7", "3/10", "30", "0.031"],
        ["NRI"],
        ["Day 14", "17/31", "55", "<0.001"],
        ["Wilson intervals."],
    ]
    assert "<caption>Response by arm</caption>" in to_html(TABLE)
    assert "<caption>" not in to_html(TABLE, has_caption=False)


def test_hostile_text_is_only_text_in_html() -> None:
    table = Table(HOSTILE, (Column(HOSTILE, "left"),), ((HOSTILE,),), ((HOSTILE, 1),), (HOSTILE,))
    reader = read_html(to_html(table))
    assert reader.other == []
    assert reader.rows == [[HOSTILE]] * 4


def test_hostile_text_is_only_text_in_markdown() -> None:
    pypandoc = pytest.importorskip("pypandoc", reason="the extra [report] is not installed")
    table = Table(HOSTILE, (Column(HOSTILE, "left"), Column("b")), ((HOSTILE, "x\ny"),))
    html = pypandoc.convert_text(to_markdown(table), "html", format="markdown")
    reader = read_html(html)
    assert "<script" not in html
    assert "<img" not in html
    assert [" ".join(cell.split()) for cell in reader.rows[1]] == [HOSTILE, "x y"]


def test_great_tables_shows_the_same_cells() -> None:
    html = to_gt(TABLE).as_raw_html()
    for row in TABLE.rows:
        for cell in row:
            assert cell.replace("<", "&lt;") in html
    assert "A rather long arm" in html
    assert "Wilson intervals." in html


def test_a_table_that_does_not_fit_together_is_refused() -> None:
    with pytest.raises(ValueError, match="rows must have 1 cells, not \\[2\\]"):
        Table("t", (Column("a"),), (("1", "2"),))
    with pytest.raises(ValueError, match="row groups must hold 1 rows, not 2"):
        Table("t", (Column("a"),), (("1",),), (("g", 2),))
