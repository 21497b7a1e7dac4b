"""A report is written whole, and only where nothing of somebody else stands."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ketanalysis.errors import ArgumentError
from ketanalysis.render import render_qmd, writing

MARKER = '<meta name="generator" content="ketanalysis '


@pytest.fixture
def qmd(tmp_path: Path) -> Path:
    path = tmp_path / "a.qmd"
    path.write_text("---\ntitle: T\n---\n\nText.\n", encoding="utf-8")
    return path


def refused(qmd: Path, out: Path) -> str:
    with pytest.raises(ArgumentError) as caught:
        render_qmd(qmd, out)
    return str(caught.value)


def test_our_own_report_is_replaced(qmd: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.html"
    render_qmd(qmd, out)
    first = out.read_bytes()
    qmd.write_text("---\ntitle: U\n---\n", encoding="utf-8")
    render_qmd(qmd, out)
    assert MARKER.encode() in first
    assert b"<title>U</title>" in out.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "a.qmd"]


def test_a_file_of_somebody_else_is_kept(qmd: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.html"
    out.write_text("<html>mine</html>")
    assert refused(qmd, out) == (
        f"out must be free or a report of ketanalysis: {str(out)!r} is another file.\n"
        "  Move it away, or give another name."
    )
    assert out.read_text() == "<html>mine</html>"


def test_a_link_or_folder_is_not_written_through(qmd: Path, tmp_path: Path) -> None:
    target = tmp_path / "target.html"
    render_qmd(qmd, target)
    link = tmp_path / "link.html"
    link.symlink_to(target)
    assert refused(qmd, link) == f"out must be a plain file: {str(link)!r} is a link or a folder."
    folder = tmp_path / "folder.html"
    folder.mkdir()
    expected = f"out must be a plain file: {str(folder)!r} is a link or a folder."
    assert refused(qmd, folder) == expected


def test_what_cannot_be_written_is_refused_before_anything_runs(qmd: Path, tmp_path: Path) -> None:
    missing = tmp_path / "no" / "a.html"
    expected = f"out must be in a folder that exists, not {str(missing.parent)!r}."
    assert refused(qmd, missing) == expected
    said = "out must end in .html, .docx or .pdf, not '.odt'."
    assert refused(qmd, tmp_path / "a.odt") == said
    gone = tmp_path / "gone.qmd"
    expected = f"path must be a .qmd file that exists, not {str(gone)!r}."
    assert refused(gone, tmp_path / "a.html") == expected


def test_a_disk_that_fails_leaves_the_old_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "a.html"
    writing.write_whole(out, MARKER.encode() + b"1", MARKER)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        writing.write_whole(out, MARKER.encode() + b"2", MARKER)
    assert out.read_bytes() == MARKER.encode() + b"1"
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]
