"""The commands on many studies: batch reports them, verify compares the files with the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ketanalysis.characters import SHOWN, readable
from ketanalysis.errors import ArgumentError

if TYPE_CHECKING:
    from ketanalysis.batch.running import BatchResult, Progress

MOST_TOLD = 20  # studies that failed, on the terminal; the index has them all


def batch(
    studies: Annotated[list[Path] | None, typer.Argument(help="The study folders.")] = None,
    out: Annotated[Path | None, typer.Option(help="The folder to write.")] = None,
    plan: Annotated[
        Path | None, typer.Option(help="A TOML file with a section [batch]; options go before it.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(help="Studies at a time (1).")] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds a study may take (600).")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a batch: only what is not done is done.")
    ] = False,
    formats: Annotated[
        str | None, typer.Option("--format", help="html, docx, pdf: one or more, with commas.")
    ] = None,
    split_by: Annotated[
        str | None, typer.Option(help="A column of the subjects: one study for each value.")
    ] = None,
    template: Annotated[str | None, typer.Option(help="The document (trial_report).")] = None,
    arm: Annotated[str | None, typer.Option(help="One planned arm, reported alone.")] = None,
    share: Annotated[
        int | None,
        typer.Option(help="To be passed on: no count of fewer subjects is shown, nor follows."),
    ] = None,
    memory: Annotated[float | None, typer.Option(help="Gigabytes a worker may have.")] = None,
    backend: Annotated[str | None, typer.Option(help="local or dask (local).")] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="The address of a dask scheduler, for --backend dask.")
    ] = None,
    trust_study_code: Annotated[
        bool,
        typer.Option(
            "--trust-study-code",
            help="Run the analyses and reports that stand in the study folders: programs.",
        ),
    ] = False,
    show_values: Annotated[
        bool,
        typer.Option(
            "--show-values", help="Show the text of errors, which may hold values of the data."
        ),
    ] = False,
) -> None:
    """Report many studies; one that fails, hangs or crashes costs no other."""
    from ketanalysis.batch.running import run_studies
    from ketanalysis.batch.settings import read_batch_plan, settings_from

    planned = read_batch_plan(plan) if plan is not None else {}
    options = {
        "jobs": jobs,
        "timeout": timeout,
        "formats": formats.split(",") if formats is not None else None,
        "template": template,
        "arm": arm,
        "share": share,
        "memory": memory,
        "backend": backend,
        "trust_study_code": trust_study_code,
        "show_values": show_values,
    }
    given = planned | {key: value for key, value in options.items() if value is not None}
    folders = list(studies or planned.get("studies", ()))
    target = out or planned.get("out")
    if target is None:
        raise ArgumentError("Give --out DIR, the folder to write.")
    settings = settings_from(given)
    try:
        split = split_by or planned.get("split_by")
        with (
            _progress(None if split else len(folders)) as progress,
            _scheduler(scheduler) as client,
        ):
            result = run_studies(
                folders,
                target,
                settings,
                resume=resume,
                split_by=split,
                client=client,
                progress=progress,
            )
    except KeyboardInterrupt:
        typer.echo("Stopped. What was done is kept; go on by --resume.", err=True)
        raise typer.Exit(130) from None
    typer.echo(_told(result, Path(target)))
    raise typer.Exit(result.exit_code)


def verify(
    out: Annotated[Path, typer.Argument(help="The folder of a batch.")],
) -> None:
    """Compute all hashes of a batch anew; one changed byte is found."""
    from ketanalysis.batch.verifying import verify_batch

    found = verify_batch(out)
    typer.echo(str(found))
    raise typer.Exit(0 if found.is_intact else 1)


def _told(result: BatchResult, out: Path) -> str:
    """Return how a batch ended: what failed and why, and where to read on."""
    n_failed = len(result.reasons)
    kept = f" ({result.n_kept} of them before)" if result.n_kept else ""
    studies = f"{len(result.studies)} {'study' if len(result.studies) == 1 else 'studies'}"
    lines = [f"{studies}: {len(result.studies) - n_failed} done{kept}, {n_failed} failed."]
    reasons = list(result.reasons.items())
    lines += [f"  {_in_line(study)}: {readable(reason)}" for study, reason in reasons[:MOST_TOLD]]
    lines += [f"  and {n_failed - MOST_TOLD} more"] if n_failed > MOST_TOLD else []
    if result.n_held_back:
        lines += [f"Not reported and not named, to be passed on: {result.n_held_back}."]
    lines += [f"See {out / 'index.html'}."]
    if reasons:
        lines += ["When it is mended, run the same command again with --resume."]
    return "\n".join(lines)


def _in_line(name: str) -> str:
    """Return a name as a terminal shows it, which it cannot steer."""
    return readable(name).replace("\n", SHOWN)


@contextmanager
def _progress(total: int | None) -> Iterator[Progress]:
    """Show a bar on a terminal, and nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

    console = Console(stderr=True)
    columns = ("Studies", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        bar_id = bar.add_task("studies", total=total)

        def tell(study: str, status: str) -> None:
            bar.advance(bar_id)
            if status == "failed" and console.is_terminal:
                bar.console.print(f"{_in_line(study)}: failed", markup=False)

        yield tell


@contextmanager
def _scheduler(address: str | None) -> Iterator[Any]:
    if address is None:
        yield None
        return
    from ketanalysis.batch.backends import distributed_package

    with distributed_package().Client(address) as client:
        yield client
