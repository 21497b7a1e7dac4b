"""Word and PDF files read back: headings, captions, tables, pictures with texts, references."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

import ketanalysis as ka
from ketanalysis.render import Rendered, RenderError, render_qmd
from ketanalysis.render.docx import reference_document
from ketanalysis.render.word_contents import with_page_numbers
from tests.render.pages import SAMPLE

docx = pytest.importorskip("docx", reason="the extra [report] is not installed")

TABLES = """---
title: "Of `{python} arm`"
format:
  docx:
    toc: true
  typst:
    toc: true
---

```{python}
#| include: false
from ketanalysis.tables import Column, Table, to_html
arm = "# *x* $y$ <script>1</script> ![a](/etc/passwd) #read(\\"/etc/passwd\\")"

class Shown:
    columns = (Column("Arm", "left"), Column("n", spanner="Both"), Column("p", spanner="Both"))
    ketanalysis_table = Table(
        "A title", columns,
        ((arm, "1", "2"), ("b", "3", "4")), (("Group one", 1), ("Group two", 1)), ("A note.",))
    ketanalysis_caption = "Who & what"
    ketanalysis_label = "tbl-one"
    def _repr_html_(self):
        return to_html(self.ketanalysis_table, has_caption=False)
```

# First {#sec-first}

See @tbl-one and @sec-first.

```{python}
#| echo: false
Shown()
```

::: {.content-visible when-format="docx"}
Only in Word.
:::

::: {.callout-note title="Mind"}
A remark.
:::
"""


@pytest.fixture(scope="module")
def word(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return render_qmd(SAMPLE, tmp_path_factory.mktemp("word") / "sample.docx")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    (folder / "own.qmd").write_text(TABLES)
    for ending in ("docx", "pdf"):
        render_qmd(folder / "own.qmd", folder / f"own.{ending}")
    return folder


def words_of(path: Path) -> str:
    return "\n".join(one.text for one in docx.Document(str(path)).paragraphs)


def parts_of(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as file:
        return {
            name: file.read(name).decode("utf-8", "replace")
            for name in file.namelist()
            if name.endswith((".xml", ".rels"))
        }


# --- Word ----------------------------------------------------------------------------------------


def test_a_word_file_has_headings_captions_and_who_made_it(word: Rendered) -> None:
    paragraphs = docx.Document(str(word.path)).paragraphs
    by_style: dict[str, list[str]] = {}
    for one in paragraphs:
        by_style.setdefault(one.style.name, []).append(one.text)
    assert by_style["Title"] == ["A sample report of STUDY-1"]
    assert by_style["Heading 1"][0] == "1 Results"
    assert any(
        text.startswith("Figure 1. Mean score over time") for text in by_style["Image Caption"]
    )
    assert any(text.startswith("Table 1. Mean scores") for text in by_style["Table Caption"])
    assert by_style["Made By"][0].startswith("Rendered by ketanalysis’ embedded renderer")
    assert word.versions["python-docx"]


def test_pictures_of_a_word_file_have_their_text(word: Rendered) -> None:
    drawing = parts_of(word.path)["word/document.xml"]
    assert 'descr="Line chart: both arms fall from 30' in drawing


def test_a_table_of_ours_is_a_real_table(own: Path) -> None:
    (table,) = docx.Document(str(own / "own.docx")).tables
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    arm = '# *x* $y$ <script>1</script> ![a](/etc/passwd) #read("/etc/passwd")'
    assert rows == [
        ["", "Both", "Both"],  # a merged cell is told once a column
        ["Arm", "n", "p"],
        ["Group one"] * 3,
        [arm, "1", "2"],
        ["Group two"] * 3,
        ["b", "3", "4"],
    ]
    xml = table._tbl.xml
    assert xml.count("<w:tblHeader/>") == 2
    assert xml.count("<w:cantSplit/>") == 6
    said = words_of(own / "own.docx")
    assert "Table 1. Who & what" in said
    assert "A note." in said
    assert "See Table\u00a01 and" in said
    assert "Only in Word." in said
    assert f"Of {arm}" in said


def test_contents_of_a_word_file_refer_to_the_pages_of_their_headings(own: Path) -> None:
    document = parts_of(own / "own.docx")["word/document.xml"]
    lines = re.findall(r'<w:hyperlink w:anchor="([^"]+)">.*?</w:hyperlink>(.*?)</w:p>', document)
    pages = [
        (name, re.findall(r'instr=" PAGEREF (\w+) .h " w:dirty="true"', x)) for name, x in lines
    ]
    contents = [(name, found) for name, found in pages if found]
    assert [name for name, _ in contents] == ["sec_first"]
    for name, found in contents:
        assert found == [name]
        assert re.fullmatch(r"[A-Za-z]\w{0,39}", name)
        assert len(re.findall(rf'<w:bookmarkStart [^<>]*w:name="{name}"', document)) == 1


def test_names_that_are_one_in_word_stay_two() -> None:
    line = '<w:bookmarkStart w:id="1" w:name="{}" /><w:hyperlink w:anchor="{}">x</w:hyperlink>'
    made = with_page_numbers("".join(line.format(name, name) for name in ("a-b", "a_b", "a.b")))
    assert re.findall(r'name="([^"]+)"', made) == re.findall(r'anchor="([^"]+)"', made)
    assert len(set(re.findall(r'name="([^"]+)"', made))) == 3


def test_a_word_file_tells_no_author_time_or_place(word: Rendered, own: Path) -> None:
    for path in (word.path, own / "own.docx"):
        text = "\n".join(parts_of(path).values())
        for word_ in (str(Path.home()), "python-docx", "dc:creator", "/tmp/", "root:x"):
            assert word_ not in text
        with zipfile.ZipFile(path) as file:
            assert {one.date_time for one in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}


# --- PDF -----------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not on the PATH")
def test_a_pdf_holds_the_same(own: Path) -> None:
    told = subprocess.run(
        ["pdftotext", "-layout", own / "own.pdf", "-"], capture_output=True, check=True
    )
    text = " ".join(told.stdout.decode().split())
    for said in (
        "Table 1. Who & what",
        "Group one",
        "A note.",
        "See Table 1 and",
        "Contents",
        "Mind A remark.",
        '![a](/etc/passwd) #read("/etc/passwd")',
    ):
        assert said in text
    assert "Only in Word" not in text
    assert "root:x" not in text


def test_a_pdf_is_tagged_and_tells_no_time(own: Path) -> None:
    made = (own / "own.pdf").read_bytes()
    assert made.startswith(b"%PDF-1.7")
    assert b"/MarkInfo" in made
    assert b"/StructTreeRoot" in made
    assert b"/CreationDate" not in made
    assert made.rstrip().endswith(f"% made by ketanalysis {ka.__version__}".encode())


def test_a_pdf_of_the_sample_is_made(tmp_path: Path) -> None:
    done = render_qmd(SAMPLE, tmp_path / "sample.pdf")
    assert done.versions["typst"]
    assert done.path.read_bytes().startswith(b"%PDF-1.7")


def test_letters_that_a_pdf_cannot_show_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.qmd"
    path.write_text("---\ntitle: A\n---\n\nSite 東 and µ.\n", encoding="utf-8")
    with pytest.raises(RenderError) as refused:
        render_qmd(path, tmp_path / "a.pdf")
    assert str(refused.value) == (
        f"{path}: a PDF must hold letters of its own fonts alone, and they lack 東 (U+6771).\n"
        "  Write .docx or .html, which take the fonts of whoever reads them, or change the text."
    )


# --- both ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["docx", "pdf"])
def test_the_same_input_gives_the_same_bytes(
    own: Path, tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    again = tmp_path / f"other.{ending}"
    render_qmd(own / "own.qmd", again)
    assert again.read_bytes() == (own / f"own.{ending}").read_bytes()
    render_qmd(own / "own.qmd", again)  # a file of ours may be written over


@pytest.mark.parametrize("ending", ["docx", "pdf"])
def test_what_no_file_can_hold_is_seen(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "a.qmd"
    path.write_text(
        "---\ntitle: A&#65535;\n---\n\nIn the text: &#65535;.\n\n```{python}\n#| echo: false\n"
        "from ketanalysis.tables import Column, Table, to_html\nclass Shown:\n"
        "    ketanalysis_table = Table('T\\x00', (Column('\\uffff'),), (('12\\u202e.5',),))\n"
        "    def _repr_html_(self):\n        return to_html(self.ketanalysis_table)\n"
        "Shown()\n```\n"
    )
    out = render_qmd(path, tmp_path / f"a.{ending}").path
    if ending == "docx":
        (table,) = docx.Document(str(out)).tables
        assert [row.cells[0].text for row in table.rows] == ["\ufffd", "12\ufffd.5"]
        assert "In the text: \ufffd." in words_of(out)
        assert docx.Document(str(out)).core_properties.title == "A\ufffd"


@pytest.mark.parametrize("ending", ["docx", "pdf"])
def test_a_file_of_somebody_else_stays(own: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"mine.{ending}"
    out.write_bytes(b"mine")
    with pytest.raises(ka.ArgumentError, match="out must be free or a report of ketanalysis"):
        render_qmd(own / "own.qmd", out)


def test_html_of_the_author_is_refused_on_paper(tmp_path: Path) -> None:
    path = tmp_path / "a.qmd"
    path.write_text("---\ntitle: A\n---\n\nOne<br>two.\n")
    with pytest.raises(RenderError) as refused:
        render_qmd(path, tmp_path / "a.docx")
    assert str(refused.value) == (
        f"{path}, line 5: raw HTML cannot be honoured in a docx file: '<br>'.\n"
        '  Put it between ::: {.content-visible when-format="html"} and :::.'
    )


def test_options_are_those_of_the_format_that_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.qmd"
    path.write_text("---\ntitle: A\nformat:\n  docx:\n    reference-doc: x.docx\n---\n\nOne.\n")
    render_qmd(path, tmp_path / "a.html")
    with pytest.raises(RenderError, match="option of format docx 'reference-doc' cannot be"):
        render_qmd(path, tmp_path / "a.docx")


def test_pandas_tables_are_tables_on_paper(tmp_path: Path) -> None:
    path = tmp_path / "a.qmd"
    path.write_text(
        "---\ntitle: A\n---\n\n```{python}\n#| echo: false\nimport pandas as pd\n"
        "pd.DataFrame({'arm': ['<i>'], 'n': [31]})\n```\n"
    )
    render_qmd(path, tmp_path / "a.docx")
    (table,) = docx.Document(str(tmp_path / "a.docx")).tables
    assert [cell.text for cell in table.rows[1].cells] == ["0", "<i>", "31"]


def test_the_reference_document_has_every_style_that_is_used() -> None:
    names = {one.name for one in docx.Document(io.BytesIO(reference_document())).styles}
    assert names >= {"Title", "Table Caption", "Image Caption", "TableText", "TableNote", "Callout"}
