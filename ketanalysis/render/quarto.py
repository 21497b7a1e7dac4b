"""A document rendered by a Quarto on the PATH: the same file, another renderer."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Mapping
from html import unescape
from pathlib import Path

from ketanalysis import __version__
from ketanalysis.disclosure.hidden_words import pattern_of
from ketanalysis.errors import ArgumentError, listed
from ketanalysis.render.cells import Parameter
from ketanalysis.render.child_process import end_group
from ketanalysis.render.embedded import FORMS, Rendered
from ketanalysis.render.failure import RenderError
from ketanalysis.render.qmd import header_entries
from ketanalysis.render.writing import MADE_BY, check_may_write, write_whole

RENDERER = "Quarto"
SLIDES = "revealjs"
FORMATS = {".html": "html", ".docx": "docx", ".pdf": "typst"}
NEEDED = ("nbclient", "nbformat", "ipykernel", "papermill", "yaml")
# What a page of Quarto holds that no reader reads: programs, styles, and pictures as letters.
_UNREAD = re.compile(r"(?is)<(script|style)\b.*?</\1\s*>|\bdata:[^\s\"'<>]*")
_MARK = f"{MADE_BY} {__version__}"


def quarto_path() -> str:
    """Return the path of Quarto, or say how to go on without it."""
    found = shutil.which("quarto")
    if found is None:
        raise ArgumentError(
            "renderer='quarto' needs Quarto on the PATH, and there is none.\n"
            "  Install it, or leave renderer= out: the embedded renderer needs no Quarto."
        )
    return str(Path(found).resolve())


def render_with_quarto(
    path: Path,
    out: Path,
    *,
    params: Mapping[str, Parameter] | None = None,
    work_in: Path | None = None,
    hidden: tuple[str, ...] = (),
    timeout: float = 300,
) -> Rendered:
    """Render a Quarto document by Quarto itself; to .html it is slides where it asks for them.

    The promises of identical bytes and of a page without script are the embedded renderer's;
    they do not hold here.

    Parameters
    ----------
    path
        The .qmd file. It is copied, with the files beside it, to an empty folder of its own.
    out
        The file to write: .html, .docx, or .pdf (through Typst). A file that ketanalysis wrote,
        by whichever renderer, is written over, any other existing file is not.
    params
        Values for names that the cell tagged ``parameters`` sets; Quarto needs papermill then.
    work_in
        The folder in which the cells run; that of the copy unless given.
    hidden
        Words that the page must not show; the page that would is not written. For .html alone:
        what Quarto packs into .docx and .pdf is not searched.
    timeout
        Seconds after which Quarto and all that it started are ended.

    Returns
    -------
    Rendered
        The path of the output, the renderer with its versions, and the seconds taken.

    Raises
    ------
    ArgumentError
        There is no Quarto, or `out` has an ending that is not one of these, or not .html where
        words are hidden.
    RenderError
        Quarto failed, took too long, or wrote nothing (its last lines are in the message), or the
        page would show a hidden word.
    """
    began = time.monotonic()
    program = quarto_path()
    kind = FORMATS.get(out.suffix.lower())
    if kind is None:
        raise ArgumentError(f"out must end in {listed(FORMATS)}, not {out.suffix!r}.")
    if hidden and kind != "html":
        raise ArgumentError(
            f"out must end in .html where arms are masked and Quarto renders, not "
            f"{out.suffix!r}: what Quarto packs into such a file cannot be searched for their "
            "names.\n  Leave out renderer='quarto', or write .html."
        )
    marker = FORMS[out.suffix.lower()].marker
    check_may_write(out, marker)

    with tempfile.TemporaryDirectory(prefix="ketanalysis-") as folder:
        work = Path(folder)
        document = _copied(path, work)
        name = f"out{out.suffix.lower()}"
        (work / "params.yml").write_text(json.dumps(dict(params or {})), encoding="utf-8")
        target = SLIDES if kind == "html" and _is_slides(path) else kind
        command = [program, "render", document.name, "--to", target, "--output", name]
        command += ["--execute-params", "params.yml"] if params else []
        command += ["--execute-dir", str(work_in.resolve())] if work_in is not None else []
        _run(command, work, path, timeout)
        if not (work / name).is_file():
            raise RenderError("Quarto ended without an output.", file=path)
        _check_hidden(work / name, path, hidden)
        write_whole(out, _marked((work / name).read_bytes(), kind), marker)
    versions = {"ketanalysis": __version__, "quarto": quarto_version()}
    return Rendered(out, RENDERER, versions, time.monotonic() - began, 0)


def _marked(made: bytes, kind: str) -> bytes:
    """Return a file that says who made it, where `check_may_write` looks and no reader does."""
    if kind == "html":
        begin, head, rest = made.partition(b"<head>")
        return begin + head + f"\n<!-- {_MARK} -->".encode() + rest
    if kind == "typst":
        return made + f"\n% {_MARK}\n".encode()
    held = io.BytesIO(made)
    with zipfile.ZipFile(held, "a") as archive:
        archive.comment = _MARK.encode()
    return held.getvalue()


def quarto_version() -> str:
    """Return the version of the Quarto on the PATH."""
    told = subprocess.run([quarto_path(), "--version"], capture_output=True, timeout=60, check=True)
    return told.stdout.decode("utf-8", "replace").strip()


def _is_slides(path: Path) -> bool:
    """Whether the header asks for slides of reveal.js, and for no page."""

    def refuse(message: str, line: int) -> RenderError:
        return RenderError(message, file=path, line=line)

    lines = path.read_text("utf-8-sig").splitlines() or [""]
    given = header_entries(lines, refuse)[0].get("format")
    if given is None:
        return False
    names = list(given.value) if given.is_mapping else [given.value]
    return [name for name in names if name in (SLIDES, "html")][:1] == [SLIDES]


def _check_hidden(page: Path, path: Path, hidden: tuple[str, ...]) -> None:
    """Refuse a page that a reader could read a hidden word in."""
    if not hidden:
        return
    found = pattern_of(hidden).search(unescape(_UNREAD.sub(" ", page.read_text("utf-8"))))
    if found:
        raise RenderError(f"the page would show {found[0]!r}, which is hidden.", file=path)


def _copied(path: Path, work: Path) -> Path:
    """Return the copy of a document; pictures and bibliographies beside it come along."""
    for one in sorted(path.parent.iterdir()):
        if one.is_file() and not one.name.startswith(("_", ".")) and one.suffix != ".qmd":
            shutil.copyfile(one, work / one.name)
    return Path(shutil.copyfile(path, work / path.name))


def _run(command: list[str], work: Path, path: Path, timeout: float) -> None:
    env = {**os.environ, "QUARTO_PYTHON": sys.executable, "MPLBACKEND": "Agg"}
    with (work / "quarto.log").open("wb") as log:
        child = subprocess.Popen(
            command,
            cwd=work,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            code = child.wait(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise RenderError(f"Quarto took longer than {timeout:g} seconds.", file=path) from None
        finally:
            end_group(child)
    if code != 0:
        said = (work / "quarto.log").read_text("utf-8", errors="replace").strip().splitlines()
        last = "\n  ".join(said[-12:]) or "It said nothing."
        raise RenderError(
            f"Quarto ended with code {code}. Its Python needs {listed(NEEDED)}.\n  {last}",
            file=path,
        )
