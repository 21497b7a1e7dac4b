"""Quarto as the renderer: what it is asked, what it writes, and how it may fail."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

import ketanalysis as ka
from ketanalysis.render import RenderError
from ketanalysis.render.embedded import render_qmd
from ketanalysis.render.quarto import render_with_quarto
from ketanalysis.shipped import room

FAKE = """#!{python}
import json, os, sys, time
if sys.argv[1:] == ["--version"]:
    print("1.7.1"); sys.exit()
{does}
args = sys.argv[1:]
told = {{"args": args, "params": json.load(open("params.yml")), "files": sorted(os.listdir(".")),
        "python": os.environ["QUARTO_PYTHON"]}}
page = "<head></head>" + "x" * 9000 + json.dumps(told) + "x" * 9000
open(args[args.index("--output") + 1], "w").write(page)
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    def put(does: str = "") -> None:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        program = folder / "quarto"
        program.write_text(FAKE.format(python=sys.executable, does=does))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder), prepend=":")

    return put


@pytest.fixture
def document(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    for name in ("refs.bib", "_quarto.yml", ".hidden", "other.qmd"):
        (folder / name).write_text("")
    path = folder / "a.qmd"
    path.write_text("---\ntitle: A\n---\n")
    return path


def test_without_quarto_it_says_how_to_go_on(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ka.ArgumentError) as refused:
        render_with_quarto(document, tmp_path / "a.html")
    assert str(refused.value) == (
        "renderer='quarto' needs Quarto on the PATH, and there is none.\n"
        "  Install it, or leave renderer= out: the embedded renderer needs no Quarto."
    )


def test_quarto_is_asked_in_a_folder_of_its_own(fake, document: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    fake()
    out = tmp_path / "a.html"
    done = render_with_quarto(document, out, params={"study": "-P x:1", "arm": ""})
    assert (done.renderer, done.versions["quarto"]) == ("Quarto", "1.7.1")
    html = out.read_text()
    assert html.startswith(f"<head>\n<!-- made by ketanalysis {ka.__version__} -->")
    for said in (
        '"render", "a.qmd", "--to", "html", "--output", "out.html"',
        '"--execute-params", "params.yml"]',
        '"params": {"study": "-P x:1", "arm": ""}',
        '"files": ["a.qmd", "params.yml", "quarto.log", "refs.bib"]',
        f'"python": "{sys.executable}"',
    ):
        assert said in html
    render_with_quarto(document, out)  # its own page may be written over
    assert '"--execute-params"' not in out.read_text()


@pytest.mark.parametrize("ending", ["docx", "pdf", "html"])
def test_its_own_files_may_be_written_over_by_either_renderer(  # type: ignore[no-untyped-def]
    fake, ending: str, tmp_path: Path
) -> None:
    fake()
    source = tmp_path / "a.qmd"
    source.write_text("---\ntitle: A\n---\n\nText.\n")
    out = tmp_path / f"a.{ending}"
    render_qmd(source, out)
    render_with_quarto(source, out)
    assert b"made by ketanalysis" in out.read_bytes()
    render_with_quarto(source, out)
    render_qmd(source, out)
    assert b"files" not in out.read_bytes()[-9000:]


def test_a_file_of_somebody_else_is_not_written_over(fake, document: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    fake()
    out = tmp_path / "a.docx"
    out.write_text("mine")
    with pytest.raises(ka.ArgumentError, match="out must be free or a report of ketanalysis"):
        render_with_quarto(document, out)
    assert out.read_text() == "mine"


def test_pdf_goes_through_typst(fake, document: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    fake()
    render_with_quarto(document, tmp_path / "a.pdf")
    assert '"--to", "typst"' in (tmp_path / "a.pdf").read_text()
    with pytest.raises(ka.ArgumentError) as refused:
        render_with_quarto(document, tmp_path / "a.odt")
    assert str(refused.value) == "out must end in .html, .docx, .pdf, not '.odt'."


def test_a_quarto_that_fails_tells_its_last_words(fake, document: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    fake("print('No module named papermill'); sys.exit(3)")
    with pytest.raises(RenderError) as refused:
        render_with_quarto(document, tmp_path / "a.html")
    assert (
        "Quarto ended with code 3. Its Python needs nbclient, nbformat, ipykernel, papermill"
        in (str(refused.value))
    )
    assert str(refused.value).endswith("No module named papermill")
    assert not (tmp_path / "a.html").exists()


def test_a_quarto_that_hangs_is_ended_with_its_children(
    fake,  # type: ignore[no-untyped-def]
    document: Path,
    tmp_path: Path,
) -> None:
    fake("import subprocess; subprocess.run(['sleep', '600'])")
    began = time.monotonic()
    with pytest.raises(RenderError, match=r"Quarto took longer than 0\.5 seconds"):
        render_with_quarto(document, tmp_path / "a.html", timeout=0.5)
    assert time.monotonic() - began < 60  # not the ten minutes of the child


def test_a_quarto_that_writes_nothing_is_a_failure(fake, document: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    fake("sys.exit(0)")
    with pytest.raises(RenderError, match="Quarto ended without an output"):
        render_with_quarto(document, tmp_path / "a.html")


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("format: revealjs", "revealjs"),
        ("format:\n  revealjs:\n    theme: x\n  html: default", "revealjs"),
        ("format:\n  html: default\n  revealjs: default", "html"),
        ("format: {revealjs: default}", "revealjs"),
        ("format: docx", "html"),
        ("description: |\n  revealjs is not asked for", "html"),
        ("params:\n  revealjs: 1", "html"),
    ],
)
def test_slides_are_what_the_header_asks_for(
    fake,  # type: ignore[no-untyped-def]
    document: Path,
    tmp_path: Path,
    header: str,
    target: str,
) -> None:
    fake()
    document.write_text(f"---\ntitle: A\n{header}\n---\n  revealjs\n")
    out = tmp_path / "a.html"
    render_with_quarto(document, out)
    assert f'"--to", "{target}"' in out.read_text()


def test_a_header_that_cannot_be_read_is_refused_with_its_line(
    fake,  # type: ignore[no-untyped-def]
    document: Path,
    tmp_path: Path,
) -> None:
    fake()
    document.write_text("---\ntitle: [A\n---\n")
    with pytest.raises(RenderError, match=r"line \d: YAML cannot be read"):
        render_with_quarto(document, tmp_path / "a.html")


@pytest.mark.parametrize("name", sorted(path.stem for path in room("reports").glob("*.qmd")))
def test_the_shipped_documents_ask_for_documented_things(name: str) -> None:
    text = (room("reports") / f"{name}.qmd").read_text()
    header, body = text[4:].split("\n---\n", 1)
    assert "{python}" not in header  # Quarto runs no inline code there
    assert "#| tags: [parameters]\n" in body
    assert "html-math-method: mathml" in header
    assert "embed-resources: true" in header


@pytest.mark.needs("quarto")
@pytest.mark.parametrize("name", sorted(path.stem for path in room("reports").glob("*.qmd")))
def test_quarto_renders_the_shipped_documents(name: str, tmp_path: Path) -> None:
    out = tmp_path / f"{name}.html"
    render_with_quarto(room("reports") / f"{name}.qmd", out, params={"study": "ketamine"})
    html = out.read_text()
    assert "Simulated ketamine trial" in html
    assert "?fig-" not in html
    assert "?tbl-" not in html
