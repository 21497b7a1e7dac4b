"""Text from data is text on the page, whatever it looks like and wherever it enters."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ketanalysis.characters import readable
from tests.render.pages import Element, assert_is_inert, refusal, render_text

CANARY = "canary-5f1d-of-a-local-file"
PAYLOADS = [
    "<script>alert(1)</script>",
    "</td></table></main><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src='javascript:alert(1)'></iframe>",
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    "<!-- <b>remark</b> -->",
    "]]> <![CDATA[x]]>",
    "![](canary.png)",
    "![x](/etc/passwd)",
    "[click](javascript:alert(1))",
    "<https://example.org/x>",
    "{{< include canary.txt >}}",
    "```{python}\nimport os\n```",
    "`{python} 1 + 1`",
    "~~~ x",
    "::: {.callout-note}\nx\n:::",
    "---\ntitle: other\n---",
    "a | b | c",
    "|---|---|",
    "# heading",
    "- item",
    "1. item",
    "$x^2$ $$y$$ ${title}$ $title$ $for(x)$",
    "\\begin{x} \\input{canary.txt}",
    "*emphasis* _under_ ~sub~ ^sup^",
    "[^1] @fig-x [@cite] @nobody",
    "{#id .class onclick=x}",
    "{=html}",
    "<style>*{display:none}</style>",
    "&lt;script&gt; &amp; &#60;b&#62;",
    "%%html\n<b>x</b>",
    "{{style}} {{generator}}",
    "line\nline\r\nline\tTAB",
    "\x00\x1b[31mred\x1b[0m\x07",
    "\ud800 lone",
    "\u202egnp.exe",
    "a\ufffeb\uffffc",
    "…” “quoted” – dash",
    "a" * 500,
]
CELL = """```{{python}}
#| include: false
import html, json, pathlib, warnings
PAYLOADS = json.loads(pathlib.Path({data!r}).read_text())

class Shown:
    def __init__(self, html, caption=None):
        self.html, self.ketanalysis_caption = html, caption
    def _repr_html_(self):
        return self.html
```

"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("payloads")
    (folder / "data.json").write_text(json.dumps(PAYLOADS))
    (folder / "canary.txt").write_text(CANARY)
    (folder / "canary.png").write_text(CANARY)
    return folder


@pytest.fixture(scope="module")
def page(folder: Path) -> Element:
    inline = "\n".join(f"[`{{python}} PAYLOADS[{n}]`]{{.inline}}\n" for n in range(len(PAYLOADS)))
    body = (
        CELL.format(data=str(folder / "data.json"))
        + "```{python}\n#| label: tbl-data\n#| echo: false\n"
        "rows = ''.join(f'<tr><td>{html.escape(p)}</td></tr>' for p in PAYLOADS)\n"
        "Shown(f'<table>{rows}</table>', caption=' / '.join(PAYLOADS))\n```\n\n"
        "```{python}\n#| echo: false\nimport matplotlib.pyplot as plt\n"
        "fig, ax = plt.subplots(figsize=(1, 1))\nax.set_title('<x> a | b')\n"
        "fig.ketanalysis_caption = PAYLOADS[0]\nfig.ketanalysis_alt = ' / '.join(PAYLOADS)\n```\n\n"
        "```{python}\n#| echo: false\nprint('\\n'.join(PAYLOADS))\n```\n\n"
        "```{python}\n#| echo: false\nPAYLOADS[:12]\n```\n\n"
        "```{python}\n#| echo: false\n#| warning: true\nwarnings.warn(PAYLOADS[0])\n```\n\n"
        "```{python}\n#| echo: false\n#| error: true\nraise ValueError(PAYLOADS[1])\n```\n\n"
        "```{python}\n#| echo: false\n#| output: asis\nprint(PAYLOADS[0], PAYLOADS[13])\n```\n\n"
        f"{inline}\n## A heading of `{{python}} PAYLOADS[5]`\n"
    )
    return render_text(folder, body, header="title: 'T `{python} PAYLOADS[1]`'\ntoc: true")


def on_a_page(text: str) -> str:
    """Return what a reader sees: control characters replaced, white space folded."""
    return " ".join(readable(text).split())


def test_nothing_of_it_runs(page: Element) -> None:
    assert_is_inert(page)
    assert len(page.all("table")) == 1
    assert len(page.all("img")) == 1
    assert len(page.all("h1")) == 1
    assert page.all("h4") == []


def test_no_local_file_is_on_the_page(folder: Path, page: Element) -> None:
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert CANARY not in html
    assert "root:x" not in html


def test_inline_values_are_words(page: Element) -> None:
    shown = [span.text for span in page.all("span", class_="inline")]
    assert shown == [on_a_page(payload) for payload in PAYLOADS]


def test_cells_of_a_table_are_words(page: Element) -> None:
    # A parser drops NUL and reads a carriage return as white space, as a browser does.
    shown = [
        cell.text.replace("\ufffd", "") for cell in page.one("figure", id="tbl-data").all("td")
    ]
    expected = [on_a_page(p).replace("\ufffd", "") for p in PAYLOADS]
    escapes = str.maketrans("", "", "\x00\x1b\x07")
    assert [one.translate(escapes) for one in shown] == expected


def test_captions_and_alternative_texts_are_words(page: Element) -> None:
    every = on_a_page(" / ".join(PAYLOADS))
    caption = page.one("figure", id="tbl-data").one("figcaption").text
    assert caption == f"Table 1. {every}"
    assert page.one("img").attrs["alt"] == every


def test_printed_text_is_words(page: Element) -> None:
    printed = page.all("pre", class_="output")[0].text
    colourless = on_a_page("\n".join(PAYLOADS).replace("\x1b[31m", "").replace("\x1b[0m", ""))
    assert printed == colourless
    assert page.one("pre", class_="message").text == f"UserWarning: {PAYLOADS[0]}"
    assert page.one("pre", class_="error").text == f"ValueError: {PAYLOADS[1]}"


def test_titles_and_headings_are_words(page: Element) -> None:
    assert page.one("h1").text == f"T {PAYLOADS[1]}"
    assert page.one("title").text == f"T {PAYLOADS[1]}"
    assert page.one("h2").text == f"A heading of {PAYLOADS[5]}"
    assert page.one("h2").attrs["id"] == "a-heading-of-script-alert-1-script"
    assert page.one("nav").one("a").text == f"A heading of {PAYLOADS[5]}"


def test_markdown_of_a_cell_reads_no_file_and_holds_no_html(page: Element) -> None:
    assert f"{PAYLOADS[0]} {PAYLOADS[13]}" in page.one("main").text


def test_an_unescaped_label_is_refused(tmp_path: Path) -> None:
    body = (
        "```{python}\n#| label: tbl-a\nclass Shown:\n    def _repr_html_(self):\n"
        "        return '<table><tr><td><script>alert(1)</script></td></tr></table>'\n"
        "Shown()\n```\n"
    )
    assert refusal(tmp_path, body) == (
        "FILE, line 4, cell tbl-a: the HTML that the cell shows must not hold <script>."
    )


def test_a_picture_written_by_a_cell_as_markdown_is_refused(tmp_path: Path) -> None:
    body = "```{python}\n#| output: asis\nprint('![](canary.png)')\n```\n"
    assert refusal(tmp_path, body) == (
        "FILE, line 4, cell number 1: Markdown that a cell writes must not hold pictures."
    )


def test_a_figure_without_a_text_is_refused(tmp_path: Path) -> None:
    body = (
        "```{python}\n#| label: fig-a\nfrom matplotlib.figure import Figure\n"
        "Figure(figsize=(1, 1))\n```\n"
    )
    assert refusal(tmp_path, body) == (
        "FILE, line 4, cell fig-a: a figure must have a text for those who do not see it.\n"
        "  Write `#| fig-alt:` in the cell, or set the figure's ketanalysis_alt."
    )
