"""The sample of everything, rendered and read back: structure, words, bytes and time."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from ketanalysis import __version__
from ketanalysis.render import Rendered, render_qmd
from tests.render.pages import SAMPLE, Element, assert_is_inert, read_page


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return render_qmd(SAMPLE, tmp_path_factory.mktemp("sample") / "sample.html")


@pytest.fixture(scope="module")
def html(rendered: Rendered) -> str:
    return rendered.path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> Element:
    return read_page(html)


def caption(page: Element, identifier: str) -> str:
    return page.one("figure", id=identifier).one("figcaption").text


def test_the_result_tells_who_made_it(rendered: Rendered, page: Element) -> None:
    assert rendered.renderer == "ketanalysis embedded renderer"
    assert list(rendered.versions) == ["ketanalysis", "pandoc", "python", "ipython"]
    assert rendered.n_warnings == 2
    assert page.one("footer").text == (
        f"Rendered by ketanalysis’ embedded renderer {__version__}; "
        f"pandoc {rendered.versions['pandoc']}. 1 Python warning not shown."
    )


def test_it_is_quick(rendered: Rendered) -> None:
    # About 3.5 seconds on two cores, most of it the import of matplotlib and Great Tables;
    # the bound leaves room for a machine that does other things meanwhile.
    assert rendered.seconds < 20


def test_the_same_input_gives_the_same_bytes(
    rendered: Rendered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    again = render_qmd(SAMPLE, tmp_path / "other name.html")
    assert again.path.read_bytes() == rendered.path.read_bytes()


def test_parameters_reach_the_page(tmp_path: Path) -> None:
    path = tmp_path / "a.qmd"
    path.write_text(
        "---\ntitle: 'Of `{python} study`'\n---\n"
        "```{python}\n#| tags: [parameters]\n#| include: false\nstudy = 'none'\n```\n"
    )
    render_qmd(path, tmp_path / "a.html", params={"study": "</title><script>1</script>"})
    page = read_page((tmp_path / "a.html").read_text(encoding="utf-8"))
    assert_is_inert(page)
    assert page.one("h1").text == "Of </title><script>1</script>"
    assert page.one("title").text == "Of </title><script>1</script>"


def test_nothing_runs_loads_or_leaks(page: Element, html: str) -> None:
    assert_is_inert(page)
    assert page.one("meta", name="generator").attrs["content"] == f"ketanalysis {__version__}"
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    assert page.all("meta")[2].attrs == {"http-equiv": "Content-Security-Policy", "content": policy}
    assert not re.search(r"k[0-9a-f]{32}", html), "a placeholder"
    assert str(Path.home()) not in html
    assert str(SAMPLE.parent) not in html
    assert "/tmp/" not in html


def test_the_page_has_landmarks_and_one_first_heading(page: Element) -> None:
    body = page.one("body")
    landmarks = [one.tag for one in body.inside if isinstance(one, Element)]
    assert landmarks == ["a", "header", "nav", "main", "footer"]
    assert page.one("html").attrs["lang"] == "en"
    assert page.one("h1").text == "A sample report of STUDY-1"
    assert body.one("a", href="#main").text == "Skip to the text"
    levels = [int(one.tag[1]) for one in page.all() if re.fullmatch("h[1-6]", one.tag)]
    assert levels == [1, 2, 3, 2, 2]


def test_every_anchor_exists_once(page: Element) -> None:
    identifiers = [one.attrs["id"] for one in page.all() if "id" in one.attrs]
    assert len(set(identifiers)) == len(identifiers)
    for link in page.all("a"):
        if link.attrs["href"].startswith("#"):
            assert link.attrs["href"][1:] in identifiers
    for element in page.all():
        for name in element.attrs.get("aria-labelledby", "").split():
            assert name in identifiers


def test_the_title_block(page: Element) -> None:
    header = page.one("header")
    assert header.one("p", class_="authors").text == "Ada Example, Bo Sample"
    assert header.one("p", class_="date").text == "23 November 2026"
    assert header.one("div", class_="abstract").text.startswith("Forty simulated subjects")


def test_the_contents(page: Element) -> None:
    links = [link.text for link in page.one("nav").all("a")]
    assert links == ["1 Results", "1.1 Means", "2 Model", "References"]


def test_references_are_links_with_numbers(page: Element) -> None:
    said = page.one("main").text
    assert "measured in 40 subjects, as others have done (Example and Sample 2020)." in said
    assert "See Figure 1, Table 1 and Section 2; the numbers alone are 1 and panel 1." in said
    assert "Table 3 is the author’s own; Table 2 is not." in said
    assert "The model is that of Equation 1" in said


def test_captions(page: Element) -> None:
    assert caption(page, "fig-course").startswith("Figure 1. Mean score over time, simulated;")
    assert caption(page, "tbl-means") == ("Table 1. Mean scores by arm and day, with a footnote1.")
    assert caption(page, "tbl-gt") == "Table 2. Responders of <STUDY-1> & others"
    assert caption(page, "tbl-scales") == "Table 3. Scales of this report"


def test_every_figure_has_a_text(page: Element) -> None:
    texts = [picture.attrs["alt"] for picture in page.all("img")]
    assert texts == [
        "Line chart: both arms fall from 30, the second further, to 12 on day 7.",
        "Histogram of residuals around zero",
    ]


def test_every_table_scrolls_in_a_named_region(page: Element) -> None:
    regions = page.all("div", class_="table-scroll")
    assert len(regions) == len(page.all("table")) == 4
    for region in regions:
        assert region.attrs["role"] == "region"
        assert region.attrs["tabindex"] == "0"
        assert "aria-labelledby" in region.attrs or region.attrs["aria-label"] == "Table"
        assert len(region.all("table")) == 1


def test_the_numbers_of_a_table_are_all_there(page: Element) -> None:
    rows = [[cell.text for cell in row.inside if isinstance(cell, Element)]
            for row in page.one("figure", id="tbl-gt").one("tbody").all("tr")]  # fmt: skip
    assert rows == [["midazolam", "20", "22.0"], ["ketamine", "20", "12.3"]]


def test_code_and_printed_text(page: Element) -> None:
    folded = page.one("details", class_="cell-code")
    assert folded.one("summary").text == "How it was computed"
    assert folded.one("pre").text.startswith("# A fit, in a few lines.")
    outputs = [one.text for one in page.all("pre", class_="output")]
    assert outputs == ["slope 2.00, intercept 1.00", "2.0"]
    assert page.one("pre", class_="message").text == "UserWarning: the sample is small"
    assert page.one("pre", class_="error").text == (
        "ValueError: baseline is missing in <b>3</b> subjects"
    )


def test_callouts(page: Element) -> None:
    notes = page.all("div", role="note")
    assert [note.attrs["aria-label"] for note in notes] == ["Note", "Warning", "Tip"]
    assert notes[0].text == "Simulated data No person was treated. See Section 1."
    assert notes[1].one("summary").text == "Few events"
    assert "open" not in notes[1].one("details").attrs


def test_parts_for_one_format(page: Element) -> None:
    said = page.one("main").text
    assert "This stands in the HTML only." in said
    assert "DOCX" not in said
    assert "This is hidden" not in said


def test_what_cells_write_as_markdown(page: Element) -> None:
    said = page.one("main").text
    assert "Written by a cell: emphasis, <b>no HTML</b>." in said
    assert [item.text for item in page.one("main").all("ul")[0].all("li")] == ["first", "second"]


def test_formulas_are_mathml(page: Element) -> None:
    assert len(page.all("math")) == 3
    assert page.one("div", id="eq-model").one("span", class_="equation-number").text == "(1)"


def test_the_style_reaches_contrast(html: str) -> None:
    """WCAG 2 AA asks for 4.5 : 1 of text; every colour of text here is on white or the tint."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    named = dict(re.findall(r"--(ink|quiet|accent|tint): (#[0-9a-f]{6})", html))
    texts = [named["ink"], named["quiet"], named["accent"]]
    texts += re.findall(r"(?:[{ ;]color|--kind): (#[0-9a-f]{6})", html.partition("</style>")[0])
    assert len(texts) > 8
    for colour in texts:
        assert (light(named["tint"]) + 0.05) / (light(colour) + 0.05) >= 4.5, colour
