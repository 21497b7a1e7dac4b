"""A child that was started early runs the cells of the first document, and never stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from ketanalysis.render import cells, ready_child
from ketanalysis.render.ready_child import ReadyChild, child_getting_ready
from tests.render.pages import render_text

BODY = "One and one is `{python} 1 + 1`, in `{python} __import__('os').getpid()`.\n"


def waiting() -> ReadyChild:
    held = ready_child._READY.get()
    assert held is not None
    return held[0]


def test_the_first_document_takes_the_child_that_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*given: object) -> None:
        raise AssertionError("another child was started")

    monkeypatch.setattr(cells, "start_child", none)
    with child_getting_ready():
        child = waiting()
        page = render_text(tmp_path, BODY)
        assert f"One and one is 2, in {child.process.pid}." in page.one("main").text
        assert child.process.poll() is not None
        assert not child.folder.exists()
        assert ready_child.ready_child() is None


def test_a_child_that_nobody_takes_ends() -> None:
    with child_getting_ready():
        child = waiting()
        assert child.folder.is_dir()
    assert child.process.poll() is not None
    assert not child.folder.exists()
    assert ready_child.ready_child() is None


def test_a_child_that_ended_is_not_taken() -> None:
    with child_getting_ready():
        child = waiting()
        child.process.kill()
        child.process.wait()
        assert ready_child.ready_child() is None


def test_one_that_ends_once_it_was_taken_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = ReadyChild.begin

    def begin_too_late(child: ReadyChild) -> None:
        child.process.kill()
        child.process.wait()
        begin(child)

    monkeypatch.setattr(ReadyChild, "begin", begin_too_late)
    with child_getting_ready(), pytest.raises(Exception, match="Python ended here with code -9"):
        render_text(tmp_path, BODY)
