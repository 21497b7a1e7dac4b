"""The command line: init, check, report, render, batch, verify, example, instruments, rules.

Exit code 0 is done (warnings too), 1 is errors found or a report that failed, 2 is wrong use.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from ketanalysis import batch_commands, study_commands
from ketanalysis.characters import readable
from ketanalysis.errors import ArgumentError, ContractError, KetanalysisError

if TYPE_CHECKING:
    import polars as pl

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Analyses of ketamine and other rapid-acting antidepressant trials.",
)
StudyFolder = Annotated[Path, typer.Argument(help="The study folder, which holds study.toml.")]
app.command()(study_commands.init)


def print_version(is_asked: bool) -> None:
    """Print the version and stop, where `--version` was written."""
    if is_asked:
        from ketanalysis import __version__

        typer.echo(f"ketanalysis {__version__}")
        raise typer.Exit


@app.callback()
def start(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=print_version, is_eager=True, help="Print the version and stop."
        ),
    ] = False,
) -> None:
    """Take the options that stand before the command."""


@app.command()
def check(study: StudyFolder) -> None:
    """Hold the data of a study against their contracts; no code of the folder is run."""
    from ketanalysis.study.folder import read_study

    try:
        trial = read_study(study).trial
    except ContractError as error:
        typer.echo(readable(error.report.summary() if error.report is not None else str(error)))
        raise typer.Exit(1) from None
    if trial.report is not None:
        typer.echo(readable(trial.report.summary()))
    typer.echo(f"\n{readable(trial.summary())}")


app.command()(study_commands.report)
app.command()(batch_commands.batch)
app.command()(batch_commands.verify)
app.command()(study_commands.render)


@app.command()
def example(
    name: Annotated[str, typer.Argument(help="The example, such as ketamine.")] = "ketamine",
    out: Annotated[Path, typer.Option(help="The study folder to make.")] = Path("ketamine-study"),
) -> None:
    """Write an example as a study folder: CSV files and study.toml."""
    from ketanalysis.study.folder import write_example_study

    folder = write_example_study(name, out)
    typer.echo(f"Wrote {folder}. Next: ketanalysis check {folder} ; ketanalysis report {folder}")


@app.command()
def instruments(
    name: Annotated[
        str | None, typer.Argument(help="One rating scale, such as MADRS, with all its facts.")
    ] = None,
) -> None:
    """List the rating scales of the registry, or all facts of one; unverified facts say so."""
    from ketanalysis.instruments import instrument
    from ketanalysis.instruments import instruments as registry

    if name is not None:
        typer.echo(str(instrument(name)))
        return
    import polars as pl

    ends = [pl.col(end).cast(pl.String).str.strip_suffix(".0") for end in ("low", "high")]
    is_read = pl.when("verified").then(pl.lit("verified")).otherwise(pl.lit("not verified"))
    span = pl.concat_str(*ends, separator=" to ").alias("range")
    shown = ("scale", "name", "items", span, "direction", "scoring", is_read.alias("range read"))
    _echo_frame(registry().select(shown))
    typer.echo("\nAll facts of one: ketanalysis instruments MADRS")


@app.command()
def rules() -> None:
    """List the published relapse rules."""
    from ketanalysis.durability.library import relapse_rules

    _echo_frame(relapse_rules())


def main() -> NoReturn:
    """Run the command line; every refusal is one message and its exit code."""
    try:
        app()
    except ArgumentError as error:
        _stop(str(error), 2)
    except KetanalysisError as error:
        _stop(str(error), 1)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _stop(f"{place}{error.strerror or error}.", 1)
    sys.exit(0)


def _stop(message: str, code: int) -> NoReturn:
    # Names and values of data that others sent must not steer the terminal.
    typer.echo(readable(message), err=True)
    sys.exit(code)


def _echo_frame(frame: pl.DataFrame) -> None:
    from ketanalysis.tables import Column, Table, to_text

    rows = tuple(tuple("" if cell is None else str(cell) for cell in row) for row in frame.rows())
    columns = tuple(Column(name, "left") for name in frame.columns)
    typer.echo(to_text(Table("", columns, rows)))
