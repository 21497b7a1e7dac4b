"""The commands init, report and render: a study folder, its report, a document of one's own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ketanalysis.errors import ArgumentError

if TYPE_CHECKING:
    from ketanalysis.render import Rendered


def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make, or the study folder.")],
    eject: Annotated[
        list[str] | None,
        typer.Option(
            help="Copy a shipped analysis or report (relapse, trial_report, ...) to the study, "
            "to be changed there; run it with --trust-study-code."
        ),
    ] = None,
) -> None:
    """Write study.toml to fill in, and the folder data/; or copy a shipped analysis."""
    if eject:
        _eject(folder, eject)
        return
    from ketanalysis.study.template import TEMPLATE

    path = folder / "study.toml"
    if path.exists():
        raise ArgumentError(f"{folder} already holds a study.toml; choose another folder.")
    (folder / "data").mkdir(parents=True, exist_ok=True)
    path.write_text(TEMPLATE, encoding="utf-8")
    typer.echo(f"Wrote {path} and {folder / 'data'}/. Put the data there and fill in study.toml.")


def report(
    study: Annotated[Path | None, typer.Argument(help="The study folder.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The file to write, .html, .docx or .pdf (STUDY/output/report.html)."),
    ] = None,
    example: Annotated[
        str | None, typer.Option(help="Report an example instead, such as ketamine.")
    ] = None,
    template: Annotated[
        str, typer.Option(help="The document: trial_report, relapse_brief, data_check, ...")
    ] = "trial_report",
    arm: Annotated[str, typer.Option(help="One planned arm, to be reported alone.")] = "",
    renderer: Annotated[
        str, typer.Option(help="embedded, or quarto: a Quarto on the PATH.")
    ] = "embedded",
    trust_study_code: Annotated[
        bool,
        typer.Option(
            "--trust-study-code",
            help="Run the analyses and the report that stand in the study folder. They are "
            "programs: only for folders whose author you trust.",
        ),
    ] = False,
    blind_seed: Annotated[
        int | None,
        typer.Option(help="Mask the arms as Arm A, Arm B, ...: which is which, by this seed."),
    ] = None,
    share: Annotated[
        int | None,
        typer.Option(
            help="A report to be passed on: the smallest count of subjects that may be shown, "
            "such as 5 or 11. Smaller ones are held back, and what would tell them."
        ),
    ] = None,
) -> None:
    """Render the report of a study, or of an example."""
    options: dict[str, Any] = {
        "template": template,
        "arm": arm,
        "renderer": renderer,
        "trust_study_code": trust_study_code,
        "blind_seed": blind_seed,
        "share": share,
    }
    if (study is None) == (example is None):
        raise ArgumentError("Give a study folder, or --example NAME.")
    with _early_child(renderer):
        if study is not None:
            rendered = _render(study, out or study / "output" / "report.html", options)
        else:
            rendered = _render_example(str(example), out or Path(f"{example}.html"), options)
    typer.echo(f"Wrote {rendered.path} in {rendered.seconds:.1f} s ({rendered.renderer}).")


def render(
    document: Annotated[Path, typer.Argument(help="The .qmd file; its cells are run.")],
    out: Annotated[
        Path | None,
        typer.Option(help="The file to write, .html, .docx or .pdf (beside the document)."),
    ] = None,
    params: Annotated[
        list[str] | None,
        typer.Option(
            "-P", help="A value for the cell tagged parameters, as in Quarto: name:value."
        ),
    ] = None,
    renderer: Annotated[
        str, typer.Option(help="embedded, or quarto: a Quarto on the PATH.")
    ] = "embedded",
) -> None:
    """Render a document of your own, with or without Quarto."""
    from ketanalysis.render.own_document import render_document

    given = dict(map(_parameter, params or ()))
    rendered = _with_progress(
        lambda: render_document(document, out, params=given, renderer=renderer)
    )
    typer.echo(f"Wrote {rendered.path} in {rendered.seconds:.1f} s ({rendered.renderer}).")


def _parameter(written: str) -> tuple[str, str | int | float | bool]:
    """Return name and value of ``name:value``; a number or true and false are read as such."""
    name, colon, text = written.partition(":")
    if not colon:
        raise ArgumentError(f"-P must be name:value, not {written!r}.")
    if text in ("true", "false"):
        return name, text == "true"
    for kind in (int, float):
        try:
            return name, kind(text)
        except ValueError:
            continue
    return name, text


def _eject(folder: Path, names: list[str]) -> None:
    from ketanalysis.study.own_code import eject

    if not (folder / "study.toml").is_file():
        raise ArgumentError(f"{folder} is no study folder: it holds no study.toml.")
    for name in names:
        typer.echo(f"Wrote {eject(folder, name)}. Run it with --trust-study-code.")


def _render_example(name: str, out: Path, options: dict[str, Any]) -> Rendered:
    import tempfile

    from ketanalysis.study.folder import write_example_study

    with tempfile.TemporaryDirectory(prefix="ketanalysis-") as folder:
        return _render(write_example_study(name, Path(folder) / name), out, options)


def _render(study: Path, out: Path, options: dict[str, Any]) -> Rendered:
    from ketanalysis.study.report import render_report

    return _with_progress(lambda: render_report(study, out=out, **options))


def _early_child(renderer: str) -> AbstractContextManager[None]:
    """Start the child of the cells, so that it imports while the study is read."""
    if renderer != "embedded":
        return nullcontext()
    from ketanalysis.render.ready_child import child_getting_ready

    return child_getting_ready()


def _with_progress(render: Callable[[], Rendered]) -> Rendered:
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        return render()
    with console.status("Rendering the report ..."):
        return render()
