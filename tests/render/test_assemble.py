"""References, numbers, parts for one format, pictures and citations of the author's text."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from ketanalysis.render import html
from ketanalysis.render.pandoc import write_tree
from tests.render.pages import assert_is_inert, refusal, render_text

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
TABLE = "| a |\n|---|\n| 1 |\n\n: Caption {#tbl-a}\n"


@pytest.mark.parametrize(
    "body, message",
    [
        ("# A\n\nSee @fig-x.\n",
         "FILE, line 6: the reference @fig-x leads to nothing.\n  There are: none."),
        (f"{TABLE}\nSee @tbl-b.\n",
         "FILE, line 10: the reference @tbl-b leads to nothing.\n  There are: @tbl-a."),
        ("As [@nobody] said.\n",
         "FILE, line 4: the citation @nobody is in no bibliography.\n"
         "  For a plain @ write \\@; for a bibliography, name its file in the header."),
        (f"{TABLE}\n[@tbl-a; @nobody]\n",
         "FILE, line 10: @tbl-a cannot share its brackets with a citation."),
        ("# A {#sec-a}\n\n# B {#sec-a}\n", "FILE, line 4: the identifier sec-a is given twice."),
        ("::: {.panel-tabset}\nx\n:::\n",
         "FILE, line 4: a part of class panel-tabset cannot be honoured."),
        ("::: {layout-ncol=2}\nx\n:::\n", "FILE, line 4: layout-ncol cannot be honoured."),
        ("::: {.callout-hint}\nx\n:::\n",
         "FILE, line 4: a part of class callout-hint cannot be honoured."),
        ("::: {.content-visible when-profile=a}\nx\n:::\n",
         "FILE, line 4: a content-visible part must name one when-format or unless-format."),
        ("a <script>alert(1)</script>\n", "FILE, line 4: raw HTML must not hold <script>."),
        ("\n```{=html}\n<iframe src=x></iframe>\n```\n",
         "FILE, line 6: raw HTML must not hold <iframe>."),
        ("<div onclick='x'>z</div>\n",
         "FILE, line 4: the text must not hold the attribute onclick of <div>."),
        ("[x](javascript:alert)\n",
         "FILE, line 4: the text must not hold the link 'javascript:alert'."),
        ("[x]{style='background:url(y)'}\n",
         "FILE, line 4: the text must not hold the style 'background:url(y)'."),
        ("![a](https://example.org/x.png)\n",
         "FILE, line 4: a picture must be a .png, .jpg, .jpeg, .gif, .svg file in the report's "
         "own folder, not 'https://example.org/x.png'."),
        ("![a](/etc/passwd)\n",
         "FILE, line 4: a picture must be a .png, .jpg, .jpeg, .gif, .svg file in the report's "
         "own folder, not '/etc/passwd'."),
        ("![a](../x.png)\n",
         "FILE, line 4: a picture must be a .png, .jpg, .jpeg, .gif, .svg file in the report's "
         "own folder, not '../x.png'."),
        ("![a](x.png)\n", "FILE, line 4: the picture x.png is missing."),
        ("![](pixel.png)\n",
         "FILE, line 4: a picture must have a text for those who do not see it."),
        ("![a](pixel.png){fig-align=left}\n",
         "FILE, line 4: a picture's fig-align cannot be honoured."),
    ],
)  # fmt: skip
def test_what_leads_nowhere_is_refused(tmp_path: Path, body: str, message: str) -> None:
    (tmp_path / "pixel.png").write_bytes(PIXEL)
    assert refusal(tmp_path, body) == message


def test_sections_are_numbered_below_the_title(tmp_path: Path) -> None:
    body = "## A\n\n### A one\n\n## B {#sec-b}\n\n### B one\n\n## C {-}\n\n@sec-b and @Sec-b\n"
    page = render_text(tmp_path, body, header="title: T\nnumber-sections: true")
    headings = [(one.tag, one.text) for one in page.all() if one.tag in ("h1", "h2", "h3", "h4")]
    assert headings == [
        ("h1", "T"), ("h2", "1 A"), ("h3", "1.1 A one"), ("h2", "2 B"), ("h3", "2.1 B one"),
        ("h2", "C"),
    ]  # fmt: skip
    assert [link.text for link in page.all("a", href="#sec-b")] == ["Section 2", "Section 2"]


def test_an_unnumbered_section_is_referred_to_by_its_title(tmp_path: Path) -> None:
    page = render_text(tmp_path, "# The model {#sec-m}\n\nIn @sec-m.\n")
    assert page.one("a", href="#sec-m").text == "Section “The model”"


def test_a_picture_of_the_author_is_embedded(tmp_path: Path) -> None:
    (tmp_path / "pixel.png").write_bytes(PIXEL)
    body = '![A *dot*](pixel.png){#fig-dot fig-alt="One pixel"}\n\nSee @fig-dot.\n'
    page = render_text(tmp_path, body)
    picture = page.one("img")
    assert base64.b64decode(picture.attrs["src"].removeprefix("data:image/png;base64,")) == PIXEL
    assert picture.attrs["alt"] == "One pixel"
    assert page.one("figcaption").text == "Figure 1. A dot"
    assert page.one("a", href="#fig-dot").text == "Figure 1"


def test_many_pictures_stand_in_their_places_and_pandoc_passes_none_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [f"{number}.png" for number in range(12)]
    for number, file in enumerate(files):
        (tmp_path / file).write_bytes(PIXEL + bytes([number]))
    given: list[str] = []

    def write(blocks: list[Any], *rest: Any) -> str:
        given.append(json.dumps(blocks))
        return write_tree(blocks, *rest)

    monkeypatch.setattr(html, "write_tree", write)
    page = render_text(tmp_path, "".join(f"![a]({file})\n\n" for file in reversed(files)))
    sources = [one.attrs["src"].partition(",")[2] for one in page.all("img")]
    assert [base64.b64decode(source)[-1] for source in sources] == [*range(11, -1, -1)]
    assert "data:" not in given[0]


def test_titles_are_words_and_not_lists(tmp_path: Path) -> None:
    header = "title: '2026. A *trial*'\nsubtitle: '- not a list'\nabstract: '# not a heading'"
    page = render_text(tmp_path, "", header=header)
    assert page.one("h1").text == "2026. A trial"
    assert page.one("p", class_="subtitle").text == "- not a list"
    assert page.one("div", class_="abstract").text == "# not a heading"


def test_a_caption_cannot_open_a_block(tmp_path: Path) -> None:
    header = 'title: "a\\n\\n:::"\nsubtitle: "```"'
    page = render_text(tmp_path, "", header=header)
    assert page.one("h1").text == "a :::"
    assert page.one("p", class_="subtitle").text == "```"


def test_headings_made_of_the_same_words_differ_in_their_anchor(tmp_path: Path) -> None:
    body = "# Main\n\n# Contents\n\n# Same\n\n# Same\n\n# 1 % é\n"
    page = render_text(tmp_path, body)
    anchors = [one.attrs["id"] for one in page.one("main").all("h2")]
    assert anchors == ["main-2", "contents-2", "same", "same-2", "section-1"]
    assert_is_inert(page)


def test_inline_code_in_a_place_without_text_is_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, "\n    indented `{python} 1`\n")
    assert said == (
        "FILE, line 5: inline code cannot stand here: write it in the text, not in code, "
        "raw HTML, a link's target or an attribute."
    )


@pytest.mark.parametrize("name", ["../refs.bib", "refs.txt", "/etc/passwd"])
def test_a_bibliography_of_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    said = refusal(tmp_path, "", header=f"title: T\nbibliography: {name}")
    assert said == (
        "FILE, line 3: bibliography must be a .bib or .json file in the report's own folder, "
        f"not {name!r}."
    )


def test_a_bibliography_of_the_network_is_not_fetched(tmp_path: Path) -> None:
    said = refusal(tmp_path, "", header="title: T\nbibliography: https://example.org/a.bib")
    assert said == "FILE, line 3: bibliography https://example.org/a.bib is missing."


def test_a_citation_style_of_the_author_is_used(tmp_path: Path) -> None:
    (tmp_path / "refs.json").write_text(
        '[{"id": "a", "type": "book", "title": "An invented book", '
        '"author": [{"family": "Example"}], "issued": {"date-parts": [[2020]]}}]'
    )
    (tmp_path / "own.csl").write_text(
        '<style xmlns="http://purl.org/net/xbiblio/csl" class="in-text" version="1.0"><info>'
        "<title>Own</title><id>own</id><updated>2020-01-01T00:00:00+00:00</updated></info>"
        '<citation><layout prefix="[" suffix="]"><text variable="citation-number"/></layout>'
        '</citation><bibliography><layout><text variable="title"/></layout></bibliography></style>'
    )
    header = "title: T\nbibliography: refs.json\ncsl: own.csl"
    page = render_text(tmp_path, "As @a says.\n", header=header)
    assert page.one("a", href="#ref-a").text == "1"
    assert page.one("div", id="refs").text == "An invented book"
    assert page.one("h2").text == "References"


def test_what_a_bibliography_holds_is_readable(tmp_path: Path) -> None:
    """Signs that turn the writing or break a file come in through no reference either."""
    (tmp_path / "refs.json").write_text(
        '[{"id": "a", "type": "book", "title": "Turned \\u202e12.5 and \\u0001 <b>", '
        '"author": [{"family": "Exam\\uffffple"}], "issued": {"date-parts": [[2020]]}}]'
    )
    (tmp_path / "more.bib").write_text(
        "@book{b, author = {Sam\u2066ple, Bo}, title = {Of \u202d34}, year = {2021}}"
    )
    header = "title: T\nbibliography: [refs.json, more.bib]"
    shown = render_text(tmp_path, "As @a and @b say.\n", header=header).one("div", id="refs").text
    assert "Turned \ufffd12.5 and \ufffd <b>" in shown
    assert "Exam\ufffdple" in shown
    assert "Of \ufffd34" in shown
    assert "Sam\ufffdple" in shown
