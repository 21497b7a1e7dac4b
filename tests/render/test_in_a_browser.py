"""A page in headless Chromium: as wide as the screen and no wider, and without a finding of axe."""

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
from tests.render.pages import SAMPLE
from tests.shared import ROOT

# axe-core is nobody's dependency: `npm install axe-core`, here or where KETANALYSIS_AXE says.
AXE = Path(os.environ.get("KETANALYSIS_AXE", ROOT / "node_modules/axe-core/axe.min.js"))
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
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
    done = subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-web-security"),
            *("--allow-file-access-from-files", "--window-size=1400,1000"),
            *(f"--user-data-dir={page.parent / 'profile'}", "--virtual-time-budget=30000"),
            *("--dump-dom", frame.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )
    told = re.search(r'<pre id="told">(.*?)</pre>', done.stdout, re.DOTALL)
    assert told is not None, done.stdout[:500]
    found: dict[str, Any] = json.loads(unescape(told[1]))
    return found


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
        assert told["said"] == [], page.name
