"""Cells run by IPython in this process, their outputs recorded in order as plain items."""

from __future__ import annotations

import atexit
import io
import json
import os
import re
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ketanalysis.render.child_process import follow_parent
from ketanalysis.render.display import Item, describe

_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Recorder:
    """Takes what the running cell shows, prints and warns of."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.shown_figures: list[object] = []
        self.n_warnings = 0
        self.cell_name = ""
        self.as_is = False

    def begin(self, cell_name: str, *, as_is: bool) -> None:
        """Forget the last cell."""
        self.items, self.shown_figures, self.n_warnings = [], [], 0
        self.cell_name, self.as_is = cell_name, as_is

    def show(self, thing: object) -> None:
        """Record an object that the cell displays."""
        item = describe(thing, as_is=self.as_is)
        if item is not None:
            self.items.append(item)
            self.shown_figures.append(thing)

    def write(self, kind: str, text: str) -> None:
        """Record printed text, joined to what was printed just before."""
        text = _COLOUR.sub("", text)
        if self.items and self.items[-1]["type"] == kind:
            self.items[-1]["text"] += text
        elif text:
            self.items.append({"type": kind, "text": text})

    def warn(self, message: Any, category: type[Warning], *_: object, **__: object) -> None:
        """Record a warning without the path of the file that raised it."""
        self.n_warnings += 1
        self.write("message", f"{category.__name__}: {message}\n")

    def show_open_figures(self) -> None:
        """Record pyplot's open figures that were not displayed yet, and close all."""
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is None:
            return
        for number in pyplot.get_fignums():
            figure = pyplot.figure(number)
            if not any(figure is shown for shown in self.shown_figures):
                self.show(figure)
        pyplot.close("all")


class _Stream(io.TextIOBase):
    def __init__(self, recorder: Recorder, kind: str) -> None:
        self.recorder, self.kind = recorder, kind

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.recorder.write(self.kind, text)
        return len(text)


def make_shell(recorder: Recorder) -> Any:
    """Return an IPython shell that writes no file, prints no colour and tells the recorder."""
    from IPython.core.formatters import DisplayFormatter
    from traitlets.config import Config

    class Formatter(DisplayFormatter):
        def format(self, obj: Any, include: Any = None, exclude: Any = None) -> Any:
            # The object is recorded here; IPython's own rendering of it is not wanted.
            recorder.show(obj)
            return {}, {}

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.cache_size = 0
    shell = _shell_class(recorder).instance(config=config)
    shell.display_formatter = Formatter(parent=shell)
    return shell


def _shell_class(recorder: Recorder) -> Any:
    from IPython.core.compilerop import CachingCompiler
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets import Type

    class Compiler(CachingCompiler):
        def get_code_name(self, raw_code: str, code: str, number: int) -> str:
            return recorder.cell_name

    class Publisher(DisplayPublisher):
        def publish(self, data: Any, *args: Any, **kwargs: Any) -> None:
            if data:
                kinds = ", ".join(sorted(data))
                recorder.items.append({"type": "unreadable", "what": f"published {kinds}"})

    class Hook(DisplayHook):
        def write_output_prompt(self) -> None:
            pass

        def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
            pass

        def finish_displayhook(self) -> None:
            pass

    class Shell(InteractiveShell):
        compiler_class = Compiler
        displayhook_class = Type(Hook)
        display_pub_class = Type(Publisher)

        def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
            pass

    return Shell


def run_steps(folder: Path) -> None:
    """Run the steps of ``steps.json`` as a child that ends with its parent."""
    follow_parent(folder)
    run_cells(folder)


def run_cells(folder: Path) -> None:
    """Run the steps of ``steps.json`` in order; write each one's start and answer as a line."""
    given = json.loads((folder / "steps.json").read_text(encoding="utf-8"))
    recorder = Recorder()
    with (
        (folder / "answers.jsonl").open("w", encoding="utf-8") as answers,
        _fresh_settings(),
        _working_in(given["work_in"]),
        _shell(recorder) as shell,
        _recorded(recorder),
    ):
        for index, step in enumerate(given["steps"]):
            _tell(answers, {"begins": index})
            if step["kind"] == "cell":
                answer = _run_cell(shell, recorder, step, f"<cell of step {index}>")
            else:
                answer = _run_inline(shell, recorder, step["expression"])
            _tell(answers, {"step": index, "n_warnings": recorder.n_warnings, **answer})
            if "stop" in answer:
                return


@contextmanager
def _working_in(place: str | None) -> Iterator[None]:
    """Run the cells in a folder, where one is given, and not by its matplotlibrc."""
    if place is None:
        yield
        return
    import matplotlib  # noqa: F401 - before: on import it obeys that file of the working folder

    before = Path.cwd()
    os.chdir(place)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _fresh_settings() -> Iterator[None]:
    """Give the document the settings of a new process: warnings, figures, pyplot."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")
        pyplot.rcdefaults()
    # Entering forgets which warnings were given already, so that each document counts its own.
    with warnings.catch_warnings():
        yield


@contextmanager
def _shell(recorder: Recorder) -> Iterator[Any]:
    """Give a shell of the document's own; what it held is let go afterwards."""
    shell = make_shell(recorder)
    try:
        yield shell
    finally:
        atexit.unregister(shell.atexit_operations)
        shell.clear_instance()
        shell.user_ns.clear()


def _tell(answers: io.TextIOWrapper, line: dict[str, Any]) -> None:
    answers.write(json.dumps(line) + "\n")
    answers.flush()


@contextmanager
def _recorded(recorder: Recorder) -> Iterator[None]:
    kept = sys.stdout, sys.stderr, warnings.showwarning
    sys.stdout = _Stream(recorder, "stream")
    sys.stderr = _Stream(recorder, "message")
    warnings.showwarning = recorder.warn
    # Figures are shown at the end of their cell: plt.show() has nothing to do.
    warnings.filterwarnings("ignore", message=".*is non-interactive, and thus cannot be shown")
    try:
        yield
    finally:
        sys.stdout, sys.stderr, warnings.showwarning = kept


def _run_cell(shell: Any, recorder: Recorder, step: dict[str, Any], name: str) -> dict[str, Any]:
    recorder.begin(name, as_is=step["as_is"])
    before = set(shell.user_ns)
    result = shell.run_cell(step["code"], store_history=False)
    error = result.error_before_exec or result.error_in_exec
    if error is None:
        try:
            recorder.show_open_figures()
        except Exception as raised:  # a figure that cannot be drawn is an error of its cell
            error = raised
    answer: dict[str, Any] = {"items": recorder.items}
    if error is not None:
        failure = {"text": _last_words(error), "line": _line_of(error, name)}
        return {**answer, "error": failure, **({} if step["goes_on"] else {"stop": True})}
    params = step.get("params") or {}
    unknown = sorted(set(params) - set(shell.user_ns))
    if unknown:
        new = {key for key in set(shell.user_ns) - before if not key.startswith("_")}
        return {**answer, "unknown": unknown, "known": sorted(new), "stop": True}
    shell.user_ns.update(params)
    return answer


def _run_inline(shell: Any, recorder: Recorder, expression: str) -> dict[str, Any]:
    recorder.begin("<inline>", as_is=False)
    try:
        return {"text": str(shell.ev(expression))}
    except Exception as error:
        return {"error": {"text": _last_words(error), "line": None}, "stop": True}


def _last_words(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(error)[-1:]).strip()


def _line_of(error: BaseException, name: str) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == name:
        return error.lineno
    frames = traceback.walk_tb(error.__traceback__)
    lines = [line for frame, line in frames if frame.f_code.co_filename == name]
    return lines[-1] if lines else None
