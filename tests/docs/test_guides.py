"""The guides: every block runs, what is shown was printed, every link, path and name exists."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ketanalysis as ka
from docs.site.guides import guide_paths
from docs.site.sessions import (
    DATA,
    DOCS,
    FENCE,
    Block,
    Session,
    a_folder,
    blocks_of,
    run_command,
    run_page,
    shown_outputs,
    tidied,
)
from ketanalysis.cli import app
from tests.shared import ROOT

PAGES = guide_paths()
LANGUAGES = {"python", "r", "sh", "text", "toml", "csv", "markdown"}
LINK = re.compile(r"\[[^\]]*\]\(([^)]+)\)")
NAME = re.compile(r"\bka\.(\w+)")
IMPORT = re.compile(r"`ketanalysis\.([\w.]+)`")
PATH = re.compile(r"`((?:schemas|ketanalysis|analyses|reports|tests|docs)/[\w./-]*)`")


def by_name(path: Path) -> str:
    return path.name


def prose(text: str) -> str:
    return FENCE.sub("", text)


@pytest.fixture(params=PAGES, ids=by_name)
def page(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_every_page_of_the_folder_is_in_the_site() -> None:
    assert {path.name for path in DOCS.glob("*.md")} == {path.name for path in PAGES}


def test_the_blocks_are_of_known_kinds(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert {block.language for block in blocks_of(text)} <= LANGUAGES
    assert text.count("```") % 2 == 0
    assert "```" not in prose(text), "a fence that the pages do not know"


def test_what_a_page_shows_was_printed(page: Path) -> None:
    printed = {ran.block.start: ran.printed for ran in run_page(page)}
    for block, shown in shown_outputs(page.read_text(encoding="utf-8")):
        if shown is not None:
            assert tidied(printed[block.start]) == shown, block.code


def test_every_link_leads_to_a_page(page: Path) -> None:
    for target in LINK.findall(prose(page.read_text(encoding="utf-8"))):
        assert re.fullmatch(r"[\w-]+\.md", target), f"{target}: a page of the site, or no link"
        assert (DOCS / target).is_file(), target


def test_every_page_is_linked_from_the_first() -> None:
    linked = set(LINK.findall((DOCS / "index.md").read_text(encoding="utf-8")))
    assert linked == {path.name for path in PAGES} - {"index.md"}


def test_every_name_of_the_package_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    missing = {name for name in NAME.findall(text) if name not in ka.__all__}
    assert not missing, "names that do not exist"
    for dotted in IMPORT.findall(text):
        module, _, name = dotted.rpartition(".")
        assert hasattr(sys.modules[f"ketanalysis.{module}"], name), dotted


def test_every_path_exists(page: Path) -> None:
    for path in PATH.findall(page.read_text(encoding="utf-8")):
        assert (ROOT / path).exists(), path


def test_every_command_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    lines = [line for b in blocks_of(text) if b.language == "sh" for line in b.code.splitlines()]
    lines += re.findall(r"`(ketanalysis [a-z][^`]*)`", prose(text))
    for line in lines:
        for name, options in re.findall(r"\bketanalysis ([a-z]+)([^|;&]*)", line):
            shown = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"})
            assert shown.exit_code == 0, line
            assert all(option in shown.output for option in re.findall(r"--[a-z-]+", options)), line
    usage = (ROOT / "run").read_text(encoding="utf-8")
    assert all(f"./run {name} " in usage for name in re.findall(r"\./run (\w+)", text))


def test_a_guide_is_one_page(page: Path) -> None:
    assert len(re.findall(r"^# ", prose(page.read_text(encoding="utf-8")), re.MULTILINE)) == 1
    if page.stem not in ("for-r-users", "differs-from-r"):
        assert len(page.read_text(encoding="utf-8").splitlines()) < 500


def test_the_document_of_the_reports_page_runs() -> None:
    """Its cells in their order, then the inline code, where the study is; and as a page."""
    (document,) = (
        block.code
        for block in blocks_of((DOCS / "reports.md").read_text(encoding="utf-8"))
        if block.options.get("file") == "paper.qmd"
    )
    cells = re.findall(r"^```\{python\}\n(.*?)^```$", document, re.MULTILINE | re.DOTALL)
    (inline,) = re.findall(r"`\{python\} ([^`]+)`", document)
    session = Session("reports.md")
    with a_folder():
        run_command("ketanalysis example --out my-study")
        ran = [session.run(Block("python", {}, cell, 0, 0)) for cell in [*cells, inline]]
        Path("paper.qmd").write_text(document, encoding="utf-8")
        made = ka.render_document("paper.qmd", "paper.html").path.read_text(encoding="utf-8")
    assert "Response was seen in 23/48 (48 %; 95 % CI 34 to 62)" in made
    assert 'alt="Bars: the share of responders by visit, higher under ketamine."' in made
    assert "Figure 1." in made
    assert "Table 1." in made
    assert ran[1].value.ketanalysis_alt
    assert ran[-1].value == "23/48 (48 %; 95 % CI 34 to 62)"


def test_the_data_are_what_their_script_writes(tmp_path: Path) -> None:
    script = tmp_path / "sheet.py"
    script.write_bytes((DATA / "sheet.py").read_bytes())
    subprocess.run([sys.executable, script], check=True)
    written = {path.name: path.read_bytes() for path in tmp_path.glob("*.csv")}
    assert written == {path.name: path.read_bytes() for path in DATA.glob("*.csv")}
    assert len(written) == 4
