"""A page in headless Chromium: on a desk, on a phone, to axe, and printed."""

from __future__ import annotations

import json
import os
import re
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import ketanalysis as ka
from ketanalysis.render import render_qmd
from ketanalysis.tables import to_html
from tests.render.pages import SAMPLE
from tests.shared import ROOT
from tests.tables.test_fitting import wide

# axe-core is nobody's dependency: `npm install axe-core`, here or where KETANALYSIS_AXE says.
AXE = Path(os.environ.get("KETANALYSIS_AXE", ROOT / "node_modules/axe-core/axe.min.js"))
COUNT = 26
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
SCRIPT = """<script>
window.addEventListener("load", async () => {
  const wide = document.documentElement.clientWidth;
  const over = [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > wide + 1)
    .filter((one) => !one.closest("pre, .table-scroll, .skip-link, math, figure"))
    .map((one) => one.tagName + ": " + one.textContent.slice(0, 60));
  const held = [...document.images].filter((one) => !one.naturalWidth).length;
  const found = window.axe ? (await axe.run(document, {runOnly: %s})).violations : [];
  const said = found.map((one) => one.id + ": " + one.nodes.map((n) => n.html.slice(0, 120)));
  const told = document.createElement("pre");
  told.id = "told";
  told.textContent = JSON.stringify({wide, over, held, said});
  document.body.replaceChildren(told);
});
</script>"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pages")
    sample = render_qmd(SAMPLE, folder / "sample.html").path
    study = ka.load_example("ketamine")
    plan = ka.Plan(scale="MADRS", visit="Day 14", missing="nri", response=ka.Response(at_least=0.5))
    report = ka.render_report(study, plan, folder / "brief.html", template="trial_report").path
    return [sample, report]


def opened(page: Path, width: int, *, axe: str = "") -> dict[str, Any]:
    """Return what Chromium tells of a page in a frame of this width; scripts are let in by us."""
    html = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text("utf-8"))
    body, end, rest = html.rpartition("</body>")
    script = SCRIPT % json.dumps(TAGS)
    lib = f"<script>{axe}</script>" if axe else ""
    inside = page.with_name(f"inside-{page.name}")
    inside.write_text(body + lib + script + end + rest, encoding="utf-8")
    # A window is never as narrow as a phone; a frame is.
    frame = page.with_name(f"frame-{page.name}")
    frame.write_text(
        f'<iframe id="f" width="{width}" height="900" style="border: 0" src="{inside.name}">'
        "</iframe><script>setInterval(() => {const t = "
        'document.getElementById("f").contentDocument.getElementById("told");'
        "if (t) document.body.replaceChildren(t)}, 200)</script>"
    )
    shown = run_chromium(
        *("--disable-web-security", "--allow-file-access-from-files", "--window-size=1400,1000"),
        *("--virtual-time-budget=30000", "--dump-dom", frame.as_uri()),
        profile=page.parent / "profile",
    )
    told = re.search(r'<pre id="told">(.*?)</pre>', shown, re.DOTALL)
    assert told is not None, shown[:500]
    found: dict[str, Any] = json.loads(unescape(told[1]))
    return found


def run_chromium(*options: str, profile: Path) -> str:
    """Return what headless Chromium wrote."""
    done = subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu"),
            *(f"--user-data-dir={profile}", *options),
        ],
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )
    return done.stdout


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("width", [360, 1200])
def test_a_page_fits_a_phone_and_a_desk(pages: list[Path], width: int) -> None:
    for page in pages:
        told = opened(page, width)
        assert width - 20 < told["wide"] <= width  # a scroll bar takes some
        assert told["over"] == [], page.name
        assert told["held"] == 0, f"{page.name}: a picture is not shown"


@pytest.mark.needs("chromium")
@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not at hand (KETANALYSIS_AXE)")
@pytest.mark.parametrize("width", [360, 1200])
def test_axe_finds_nothing(pages: list[Path], width: int) -> None:
    for page in pages:
        told = opened(page, width, axe=AXE.read_text(encoding="utf-8"))
        # The sample shows a table of great_tables, which has a head without words.
        foreign = "empty-table-header" if page.name == SAMPLE.with_suffix(".html").name else "-"
        assert [one for one in told["said"] if not one.startswith(foreign)] == [], page.name


# On paper -----------------------------------------------------------------------------------------


def printed(folder: Path, page: str) -> list[str]:
    """Return the text of each printed page."""
    (folder / "page.html").write_text(page, encoding="utf-8")
    address = (folder / "page.html").as_uri()
    out = f"--print-to-pdf={folder / 'page.pdf'}"
    run_chromium("--no-pdf-header-footer", out, address, profile=folder / "profile")
    done = subprocess.run(
        ["pdftotext", "-layout", folder / "page.pdf", "-"], capture_output=True, check=True
    )
    return done.stdout.decode().split("\f")[:-1]


def page_of(pages: list[str], words: str) -> int:
    found = [i for i, text in enumerate(pages) if re.search(rf"{words}(?!\d)", text)]
    assert len(found) == 1, (words, found)
    return found[0]


def with_body(page: Path, blocks: list[str]) -> str:
    """Return a page with other blocks for its own."""
    head, _, rest = page.read_text("utf-8").partition('<main id="main" tabindex="-1">')
    return f"{head}<main>{''.join(blocks)}</main>{rest.partition('</main>')[2]}"


@pytest.mark.needs("chromium", "pdftotext", "pdfimages")
def test_captions_stay_with_their_tables_and_pictures(pages: list[Path], tmp_path: Path) -> None:
    """A picture, a heading and a table, over and over: the picture taller each time."""
    report = pages[1].read_text("utf-8")
    table = re.search(r'<figure id="tbl-response".*?</figure>', report, re.DOTALL)
    picture = re.search(r'<figure id="fig-.*?</figure>', report, re.DOTALL)
    assert table is not None
    assert picture is not None
    blocks = []
    for k in range(COUNT):
        first_row = re.sub(r'(<th scope="row"[^>]*>)', rf"\1Row{k} ", table[0], count=1)
        tall = picture[0].replace("<img ", f'<img style="height: {80 + 5 * k}mm" ')
        blocks += [
            re.sub(r"Figure\s\d+", f"Figure {k}", tall),
            f"<h2>Section{k}</h2>",
            re.sub(r"Table\s\d+", f"Table {k}", first_row),
        ]

    sheets = printed(tmp_path, with_body(pages[1], blocks))

    listed = subprocess.run(
        ["pdfimages", "-list", tmp_path / "page.pdf"], capture_output=True, text=True, check=True
    )
    kinds = [line.split() for line in listed.stdout.splitlines()[2:]]
    pictures = [int(page) - 1 for page, _, kind, *_ in kinds if kind == "image"]
    assert pictures == [page_of(sheets, rf"Figure {k}\.") for k in range(COUNT)]
    for k in range(COUNT):
        places = [page_of(sheets, words) for words in (f"Section{k}", rf"Table {k}\.", f"Row{k}")]
        assert len(set(places)) == 1, (k, places)


@pytest.mark.needs("chromium", "pdftotext")
def test_notes_keep_a_row_above_them_and_a_wide_table_turns_its_page(
    pages: list[Path], tmp_path: Path
) -> None:
    def figure(caption: str, table: str) -> str:
        return (
            f'<figure class="table"><figcaption>{caption}</figcaption>'
            f'<div class="table-scroll">{table}</div></figure>'
        )

    rows = "".join(f"<tr><th>Row{i}</th><td>1</td></tr>" for i in range(200))
    foot = f"<tfoot><tr><td colspan='2'><p>{'A long note. ' * 200}</p></td></tr></tfoot>"
    long = f'<table class="ka-table"><thead><tr><th>Head</th></tr></thead>{rows}{foot}</table>'
    blocks = [
        figure("Long", long),
        figure("Turned", to_html(wide(10))),
        figure("Broader than a page", to_html(wide(30))),
    ]

    sheets = printed(tmp_path, with_body(pages[1], blocks))

    assert page_of(sheets, "Row199") == page_of(sheets, "Row198") == page_of(sheets, "A long note")
    assert all("Head" in text for text in sheets if "Row" in text)
    shapes = subprocess.run(
        ["pdfinfo", "-f", "1", "-l", f"{len(sheets)}", tmp_path / "page.pdf"],
        capture_output=True,
        text=True,
        check=True,
    )
    sizes = re.findall(r"size: +([\d.]+) x ([\d.]+)", shapes.stdout)
    turned = [float(width) > float(height) for width, height in sizes]
    assert turned[page_of(sheets, "Turned")]
    assert not turned[page_of(sheets, "Row0")]
    assert turned[page_of(sheets, "This table is wider than a page")]
