"""A table in Quarto's words, read back by pandoc: each format gets the table that it can show."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pypandoc
import pytest

import ketanalysis as ka
from ketanalysis.render.nodes import find, text_of
from ketanalysis.render.quarto import render_with_quarto
from ketanalysis.tables import Column, Table
from ketanalysis.tables.quarto import BREAKABLE, to_quarto

HOSTILE = '<script>x</script> ```` ::: {{< env HOME >}} \\{{< env HOME >}} #read("/etc/passwd") $x$'
TABLE = Table(
    "Response",
    (Column("Visit", "left"), Column("n", spanner="ketamine"), Column("%", spanner="ketamine")),
    (("Day 7", "11", "37"), ("Day 14", "13", "43")),
    (("Observed cases", 2),),
    ("Wilson intervals.", "Simulated data."),
)


def blocks_of(markdown: str) -> list[Any]:
    """Return the blocks as pandoc reads them; it is pandoc that Quarto reads by."""
    told = subprocess.run(
        [pypandoc.get_pandoc_path(), "-f", "markdown", "-t", "json"],
        input=markdown.encode(),
        capture_output=True,
        check=True,
    )
    read: list[Any] = json.loads(told.stdout)["blocks"]
    return read


def raws(blocks: Any) -> dict[str, list[str]]:
    """Return the raw blocks by format, in their order."""
    found: dict[str, list[str]] = {}
    for one in find(blocks, "RawBlock"):
        found.setdefault(one["c"][0], []).append(one["c"][1])
    return found


def test_a_named_table_is_a_float_for_every_format() -> None:
    before, numbered, behind = blocks_of(to_quarto(TABLE, name="tbl-response", caption="Who?"))
    assert before["c"] == ["typst", BREAKABLE]
    (name, _, _), content = numbered["c"]
    assert name == "tbl-response"
    assert text_of(content[-1]["c"]) == "Who?"
    assert list(raws([numbered])) == ["html", "typst", "openxml"]
    assert behind["c"][0] == "openxml"

    # What Quarto reads by itself is shown where none of the three is.
    (conditional,) = [one for one in content if one["t"] == "Div"]
    conditions = []
    while conditional["t"] == "Div":
        (_, classes, pairs), inside = conditional["c"]
        conditions += [(classes, pairs)]
        conditional = inside[0]
    assert conditions == [
        (["content-visible"], [["unless-format", one]]) for one in ("html", "typst", "docx")
    ]
    assert [text_of(one["c"]) for one in inside[1:]] == ["Wilson intervals.", "Simulated data."]
    assert "Simulated" not in inside[0]["c"][1]


def test_a_page_gets_headers_notes_and_groups() -> None:
    (page, rest) = raws(blocks_of(to_quarto(TABLE, name="tbl-a")))["html"]
    assert 'data-quarto-disable-processing="true"' in page
    assert 'role="group" aria-label="Table"' in page
    assert '<th scope="row" style="font-weight: normal; text-align: left">Day 14</th>' in page
    assert '<td style="text-align: right; white-space: nowrap">13</td>' in page
    assert "Wilson intervals." in page
    assert rest.startswith('<table class="ka-table">')
    assert 'colspan="3" scope="rowgroup"' in rest


def test_word_gets_a_table_that_needs_no_style_of_ours() -> None:
    kept, table = raws(blocks_of(to_quarto(TABLE, name="tbl-a")))["openxml"]
    assert kept.startswith("<w:p><w:pPr><w:keepNext/>")
    name_space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    tree = ElementTree.fromstring(f'<w:body xmlns:w="{name_space}">{table}</w:body>')
    w = f"{{{name_space}}}"
    assert [one.tag for one in tree] == [f"{w}tbl", f"{w}p", f"{w}p"]
    assert len(list(tree.iter(f"{w}tblHeader"))) == 2
    assert list(tree.iter(f"{w}pStyle")) == []
    sizes = {one.get(f"{w}val") for one in tree.iter(f"{w}sz")}
    assert sizes == {"17", "18"}  # half points: notes of 8.5, cells of 9
    rows = [
        ["".join(cell.itertext()) for cell in row.iter(f"{w}tc")] for row in tree.iter(f"{w}tr")
    ]
    assert rows[-1] == ["Day 14", "13", "43"]
    assert rows[2] == ["Observed cases"]


def test_typst_sets_it_as_wide_as_the_page_of_others(tmp_path: Path) -> None:
    import typst

    pieces = raws(blocks_of(to_quarto(TABLE, name="tbl-a")))["typst"]
    source = tmp_path / "a.typ"
    source.write_text("#set page(width: 8cm, height: 8cm, margin: 1cm)\n" + "\n".join(pieces))
    made: bytes = typst.compile(str(source))
    assert made.startswith(b"%PDF")
    assert "pt,)" not in pieces[1].splitlines()[3]
    widths = pieces[1].partition("columns: (")[2].partition(",)")[0].split(", ")
    assert all(one.endswith("%") for one in widths)
    assert sum(float(one.rstrip("%")) for one in widths) <= 100.01


def test_a_caption_stays_with_its_table_and_the_table_goes_on(tmp_path: Path) -> None:
    import typst

    long = Table("T", (Column("Visit", "left"),), tuple((f"Day {i}",) for i in range(99)))
    _, table = raws(blocks_of(to_quarto(long, name="tbl-a")))["typst"]
    float_ = f'#figure(kind: "quarto-float-tbl", supplement: "Table", caption: [C])[{table}]'
    top = "#set page(width: 8cm, height: 8cm, margin: 1cm)\n#set figure.caption(position: top)\n"
    source = tmp_path / "a.typ"
    pages = []
    for rule in ("", BREAKABLE):
        source.write_text(f"{top}{rule}\n#v(4.9cm)\n{float_}")
        pages.append([page.count(b"<use") for page in typst.compile(str(source), format="svg")])
    # A page that the table runs over; or the gap alone, and then caption and table on many.
    assert len(pages[0]) == 2
    assert pages[1][0] == 0
    assert len(pages[1]) > 4


def test_a_table_too_wide_for_the_page_stands_in_panels() -> None:
    columns = (Column("Visit", "left"), *(Column(f"a rather long head {i}") for i in range(30)))
    wide = Table("W", columns, (("Day 7", *(f"{i}.00 (0.00 to 9.99)" for i in range(30))),))
    found = raws(blocks_of(to_quarto(wide, name="tbl-a")))
    assert found["openxml"][1].count("<w:tbl>") == found["typst"][1].count("#table(") > 1
    assert found["openxml"][1].count("(continued)") == found["openxml"][1].count("<w:tbl>") - 1


def test_without_a_name_the_cell_numbers_it() -> None:
    blocks = blocks_of(to_quarto(TABLE, caption="Response *x*"))
    assert text_of(blocks[0]["c"]) == "Response *x*"
    assert set(raws(blocks)) == {"typst", "html"}
    assert "openxml" not in to_quarto(TABLE)
    assert '{.content-visible unless-format="docx"}' not in to_quarto(TABLE)


@pytest.mark.parametrize("name", ["tbl-a", ""])
def test_no_text_ends_its_block_or_runs(name: str) -> None:
    columns = (Column(HOSTILE, "left"), Column("n", spanner=HOSTILE))
    table = Table(HOSTILE, columns, ((HOSTILE, "3"),), ((HOSTILE, 1),), (HOSTILE,))
    markdown = to_quarto(table, name=name, caption=HOSTILE)
    assert "{{<" not in markdown
    blocks = blocks_of(markdown)
    found = raws(blocks)
    assert {kind: len(codes) for kind, codes in found.items()} == (
        {"typst": 2, "html": 2, "openxml": 2} if name else {"typst": 2, "html": 2}
    )
    assert not any("<script" in code for kind in set(found) - {"typst"} for code in found[kind])
    assert find(blocks, "Math", "Link", "Image", "Code") == []


def test_a_caption_keeps_braces_at_its_end() -> None:
    markdown = to_quarto(TABLE, name="tbl-a", caption="of {a}")
    assert "\n\nof \\{a\\}\u2060\n\n:::" in markdown


def test_in_quarto_a_result_shows_itself_so(monkeypatch: pytest.MonkeyPatch) -> None:
    result = ka.compare_groups({"g": list("aabb"), "v": [1, 2, 4, 6]}, "v", "g", reference="a")
    assert result._repr_html_().startswith("<table")
    assert result._repr_markdown_().startswith("**")
    monkeypatch.setenv("QUARTO_FIG_WIDTH", "7")
    assert result._repr_html_() is None
    table = result.ketanalysis_table
    assert result._repr_markdown_() == to_quarto(table, caption=table.title)


DOCUMENT = """---
title: A
jupyter: python3
execute:
  echo: false
---

See @tbl-response.

```{python}
from ketanalysis.study.blocks import TableBlock
from ketanalysis.render.quarto import render_with_quarto
from ketanalysis.tables import Column, Table

HOSTILE = "a {{< env HOME >}} b"
columns = (Column("Visit", "left"), Column("n", spanner=HOSTILE), Column("%", spanner=HOSTILE))
rows = tuple((f"Day {i}", "13", HOSTILE) for i in range(120))
TableBlock(Table("T", columns, rows, ((HOSTILE, 120),), (HOSTILE, "The end.")), HOSTILE, "response")
```
"""


@pytest.mark.needs("quarto", "pdftotext")
def test_a_long_table_is_whole_in_what_quarto_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/somebodys/home")
    source = tmp_path / "a.qmd"
    source.write_text(DOCUMENT)
    for ending in ("html", "docx", "pdf"):
        render_with_quarto(source, tmp_path / f"a.{ending}")
    page = (tmp_path / "a.html").read_text()
    with zipfile.ZipFile(tmp_path / "a.docx") as archive:
        word = archive.read("word/document.xml").decode()
    told = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "a.pdf", "-"], capture_output=True, check=True
    )
    paper = told.stdout.decode()
    for text in (page, word, paper):
        assert text.count("Day 119") == 1
        assert "somebodys" not in text
        assert "The end." in text
        assert "?@tbl" not in text
    assert paper.count("Visit") > 1  # its head stands on every page
