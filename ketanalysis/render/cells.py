"""The cells' child process: started in an empty folder of its own, watched, ended, cleared up."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from ketanalysis.characters import all_readable
from ketanalysis.errors import ArgumentError, listed, near_miss
from ketanalysis.render.child_process import end_group, start_child
from ketanalysis.render.display import Item
from ketanalysis.render.qmd import Cell, Document, Inline
from ketanalysis.render.ready_child import ReadyChild, ready_child

Parameter = str | int | float | bool

# Whether cells run in this process: that of a batch's worker, which is a child itself.
_HERE: ContextVar[bool] = ContextVar("cells run here", default=False)


@dataclass(frozen=True)
class Answer:
    """What one step showed: a cell's items or an inline value's text."""

    items: tuple[Item, ...] = ()
    text: str = ""
    error: str | None = None
    n_warnings: int = 0


@dataclass
class CellRun:
    """One run of a document's cells, as a context manager.

    The cells run in an empty folder of their own, or in `work_in`. Entering starts the child, or
    takes one that waits; `answers` waits for it; leaving ends it and removes its folder, whatever
    happened.
    """

    document: Document
    params: Mapping[str, Parameter]
    timeout: float
    work_in: Path | None = None
    _folder: Path = field(init=False)
    _child: subprocess.Popen[bytes] | None = field(init=False, default=None)
    _deadline: float = field(init=False)

    def __enter__(self) -> CellRun:
        """Start the child; a document without code needs none."""
        ready = ready_child() if self.document.steps and not _HERE.get() else None
        self._folder = ready.folder if ready else Path(tempfile.mkdtemp(prefix="ketanalysis-"))
        self._deadline = time.monotonic() + self.timeout
        try:
            if self.document.steps:
                self._start(ready)
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return self

    def _start(self, ready: ReadyChild | None) -> None:
        steps = [self._step(step) for step in self.document.steps]
        work_in = None if self.work_in is None else str(self.work_in.resolve())
        given = json.dumps({"steps": steps, "work_in": work_in})
        (self._folder / "steps.json").write_text(given, encoding="utf-8")
        if _HERE.get():
            (self._folder / "work").mkdir(mode=0o700)
            _run_here(self._folder)
        elif ready is not None:
            self._child = ready.process
            ready.begin()
        else:
            self._child = start_child(self._folder, "ketanalysis.render.kernel:run_steps")

    def _step(self, step: Cell | Inline) -> dict[str, Any]:
        if isinstance(step, Inline):
            return {"kind": "inline", "expression": step.expression}
        options = step.options
        return {
            "kind": "cell",
            "code": step.code if options.eval else "",
            "as_is": options.output == "asis",
            "goes_on": options.error,
            "params": dict(self.params) if options.is_parameters else {},
        }

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the child and all that it started; remove its folder."""
        if self._child is not None:
            end_group(self._child)
        shutil.rmtree(self._folder, ignore_errors=True)

    def answers(self) -> tuple[Answer, ...]:
        """Wait for the child and return one answer a step, in the order of the steps.

        Raises
        ------
        RenderError
            A cell failed, the time was over, or the child ended before its last cell.
        """
        if self._child is not None:
            self._wait(self._child)
        lines, running = self._read()
        for line in lines:
            self._check(line)
        if len(lines) < len(self.document.steps):
            where = self._where(running)
            code = self._child.returncode if self._child is not None else 0
            raise self.document.refuse(
                f"Python ended here with code {code}. {self._last_words()}",
                where.line,
                _name(where),
            )
        return tuple(_answer(line) for line in lines)

    def _wait(self, child: subprocess.Popen[bytes]) -> None:
        try:
            child.wait(timeout=max(0.0, self._deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            end_group(child)
            _, running = self._read()
            where = self._where(running)
            raise self.document.refuse(
                f"the cells took longer than {self.timeout:g} seconds and were stopped here.",
                where.line,
                _name(where),
            ) from None

    def _read(self) -> tuple[list[dict[str, Any]], int]:
        lines: list[dict[str, Any]] = []
        running = 0
        with contextlib.suppress(FileNotFoundError):
            for text in (self._folder / "answers.jsonl").read_text("utf-8").splitlines():
                # The last line may be half written where the child was killed.
                with contextlib.suppress(json.JSONDecodeError):
                    # Every text from data enters here.
                    line = all_readable(json.loads(text))
                    running = line.get("begins", running)
                    lines += [line] if "step" in line else []
        return lines, running

    def _where(self, running: int) -> Cell | Inline:
        steps = self.document.steps
        return steps[running] if steps else Inline(1, "")

    def _check(self, line: dict[str, Any]) -> None:
        step = self.document.steps[line["step"]]
        if "unknown" in line:
            unknown, known = line["unknown"], line["known"]
            raise ArgumentError(
                f"params must be names that the cell tagged parameters sets, "
                f"not {listed(unknown)}.{near_miss(unknown[0], known)}\n"
                f"  {self.document.path}, line {step.line}, sets: {listed(known)}."
            )
        if "stop" in line:
            inside = line["error"]["line"]
            at = step.line + inside if isinstance(step, Cell) and inside else step.line
            raise self.document.refuse(line["error"]["text"], at, _name(step))

    def _last_words(self) -> str:
        path = self._folder / "log"
        log = path.read_text("utf-8", errors="replace").strip() if path.exists() else ""
        return log.splitlines()[-1] if log else "It said nothing."


@contextlib.contextmanager
def cells_here() -> Iterator[None]:
    """Run the cells of documents in this process, which must be a child that may be ended.

    Packages are then imported once for many documents. Each document has a shell, names, a
    working folder and figure settings of its own; its time is not limited.
    """
    token = _HERE.set(True)
    try:
        yield
    finally:
        _HERE.reset(token)


def _run_here(folder: Path) -> None:
    from ketanalysis.render.kernel import run_cells

    before = Path.cwd()
    os.chdir(folder / "work")
    try:
        run_cells(folder)
    finally:
        os.chdir(before)


def _answer(line: dict[str, Any]) -> Answer:
    return Answer(
        items=tuple(line.get("items", ())),
        text=line.get("text", ""),
        error=line["error"]["text"] if "error" in line else None,
        n_warnings=line["n_warnings"],
    )


def _name(step: Cell | Inline) -> str:
    return step.name if isinstance(step, Cell) else f"inline {step.expression}"
