"""What a cell shows: escaped HTML here, numbered Markdown with caption and text in Quarto."""

from __future__ import annotations

from pathlib import Path

import pytest

import ketanalysis as ka
from ketanalysis.study.blocks import (
    QuartoFigure,
    Said,
    TableBlock,
    WordsBlock,
    label,
    shown_figure,
)
from ketanalysis.tables import Column, Table
from ketanalysis.tables.quarto import to_quarto

HOSTILE = "<script>x</script> ![a](/etc/passwd) {{< include x >}} **b**"
TABLE = Table("Response", (Column("Arm", "left"), Column("n")), ((HOSTILE, "3"),), notes=("So.",))


@pytest.fixture
def quarto(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("QUARTO_FIG_WIDTH", "7")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_here_a_table_is_html_with_its_text_escaped() -> None:
    html = TableBlock(TABLE, name="response")._repr_html_() or ""
    assert "<script>" not in html
    assert "&lt;script&gt;x&lt;/script&gt; ![a](/etc/passwd)" in html


def test_in_quarto_a_table_is_a_numbered_float(quarto: Path) -> None:
    block = TableBlock(TABLE, "Who *responded*", "response")
    assert block._repr_html_() is None
    assert block._repr_markdown_() == to_quarto(
        TABLE, name="tbl-response", caption="Who *responded*"
    )


def test_in_quarto_a_text_beside_a_picture_runs_no_shortcode(quarto: Path) -> None:
    data = {"g": ["a", "a", "b", "b"], "v": [1, 2, 4, 6]}
    figure = ka.compare_groups(data, "v", "g", reference="a").plot()
    figure.ketanalysis_alt = "a {{< env HOME >}} &quot;"
    figure.ketanalysis_caption = "of {{< env HOME >}}"
    shown = shown_figure(figure, "a")._repr_markdown_()
    assert '{fig-alt="a {\u2060{< env HOME >}} &amp;quot;"}' in shown
    assert "\n\nof \\{\\{\\< env HOME \\>\\}\\}\u2060\n\n:::" in shown


def test_a_table_without_a_name_has_no_number() -> None:
    assert TableBlock(TABLE)._repr_markdown_().startswith("**Response**\n\n| Arm | n |")


def test_words_are_paragraphs_and_points() -> None:
    block = WordsBlock(Said("One <b>."), [Said("two", "Lead."), Said("three *")])
    assert block._repr_html_() == (
        "<p>One &lt;b&gt;.</p><ul><li><strong>Lead.</strong> two</li><li>three *</li></ul>"
    )
    assert block._repr_markdown_() == "One \\<b\\>\\.\n\n- **Lead\\.** two\n- three \\*"


def test_in_quarto_a_figure_is_a_picture_with_caption_and_text(quarto: Path) -> None:
    data = {"g": ["a", "a", "b", "b"], "v": [1, 2, 4, 6]}
    figure = ka.compare_groups(data, "v", "g", reference="a").plot()
    figure.ketanalysis_alt = 'a "quoted" text'
    shown = shown_figure(figure, "infusion anxiety")
    assert isinstance(shown, QuartoFigure)
    markdown = shown._repr_markdown_()
    assert markdown.startswith("::: {#fig-infusion-anxiety}\n\n![](<report-figures/")
    assert '{fig-alt="a \\"quoted\\" text"}' in markdown
    written = quarto / "report-figures" / "fig-infusion-anxiety.png"
    assert written.read_bytes().startswith(b"\x89PNG")


def test_a_picture_lies_beside_the_document_wherever_the_cells_run(
    quarto: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (quarto / "of the document").mkdir()
    monkeypatch.setenv("QUARTO_DOCUMENT_PATH", str(quarto / "of the document"))
    monkeypatch.setenv("QUARTO_DOCUMENT_FILE", "my paper.qmd")
    data = {"g": ["a", "a", "b", "b"], "v": [1, 2, 4, 6]}
    figure = ka.compare_groups(data, "v", "g", reference="a").plot()
    markdown = shown_figure(figure, "a")._repr_markdown_()
    path = "my paper_files/report-figures/fig-a.png"
    assert f"![](<{path}>)" in markdown
    assert (quarto / "of the document" / path).is_file()
    assert not (quarto / "report-figures").exists()


def test_here_a_figure_is_itself_with_a_label() -> None:
    data = {"g": ["a", "a", "b", "b"], "v": [1, 2, 4, 6]}
    figure = ka.compare_groups(data, "v", "g", reference="a").plot()
    assert shown_figure(figure, "groups") is figure
    assert figure.ketanalysis_label == "fig-groups"  # type: ignore[attr-defined]


def test_a_label_holds_letters_digits_and_hyphens() -> None:
    assert label("tbl", "Effect by guess!") == "tbl-effect-by-guess"
