"""The command line: init, check, report, example, instruments, rules.

Exit code 0 is done (warnings too), 1 is errors found or a report that failed, 2 is wrong use.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from ketanalysis.errors import ArgumentError, ContractError, KetanalysisError

if TYPE_CHECKING:
    import polars as pl

    from ketanalysis.render import Rendered

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Analyses of ketamine and other rapid-acting antidepressant trials.",
)
StudyFolder = Annotated[Path, typer.Argument(help="The study folder, which holds study.toml.")]
TEMPLATE = """\
# A ketanalysis study. Fill in, then: ketanalysis check . && ketanalysis report .
# Paths are relative to this folder. Lines with # are comments.

[study]
title = "My trial"

[data]
scores = "data/scores.csv"            # CSV or Parquet; one row a subject, see [columns]
# subjects = "data/subjects.csv"      # one row a subject: arm, age, sex, ...
# items = "data/items.csv"            # USUBJID, AVISIT, PARAMCD, QSTESTCD (item), AVAL
# infusions = "data/infusions.csv"    # USUBJID, EXSEQ, AFRLT (hours), EXDOSE, EXDOSU, ...
# adverse_events = "data/events.csv"  # USUBJID, AEDECOD, AESEV, ...
# events = "data/intercurrent.csv"    # USUBJID, AFRLT, ICECAT
# concomitant = "data/drugs.csv"      # USUBJID, CMDECOD, CMCLAS, AFRLT, AFRLTEND (hours)
# vital_signs = "data/vitals.csv"     # USUBJID, PARAMCD, EXSEQ, AFRLT (hours), AVAL, AVALU
# missing_codes = ["ND", "-99"]       # what means missing in number columns
# encoding = "cp1252"                 # where a CSV file is not UTF-8

[columns]
subject = "id"
arm = "group"                         # leave arm and arms out in a single-arm study
arms = ["placebo", "ketamine"]        # in order, the reference first
wide = { MADRS = "madrs_{visit}" }    # one row a subject, a column a scale and visit
# scores = { MADRS = "madrs" }        # instead: one row a subject and visit, a column a scale
# parameter = "scale"                 # instead: one row a score; these columns name the scale
# value = "score"                     # and hold the score
# visit = "visit"                     # the column with the visit, but not with wide
# hour = "hours"                      # its time, if there is a column (or day, or study_day)
baseline_visit = "0h"

[columns.visits]                      # in order: visit = hours since the first infusion
"0h" = 0
"4h" = 4
"24h" = 24
"d14" = 336

[plan]
scale = "MADRS"
visit = "d14"
missing = ["nri", "observed"]         # the first is primary

[plan.response]
at_least = 0.5

[plan.remission]
at_most = 10
"""


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
def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make.")],
) -> None:
    """Write study.toml to fill in, and the folder data/."""
    path = folder / "study.toml"
    if path.exists():
        raise ArgumentError(f"{folder} already holds a study.toml; choose another folder.")
    (folder / "data").mkdir(parents=True, exist_ok=True)
    path.write_text(TEMPLATE, encoding="utf-8")
    typer.echo(f"Wrote {path} and {folder / 'data'}/. Put the data there and fill in study.toml.")


@app.command()
def check(study: StudyFolder) -> None:
    """Hold the data of a study against their contracts; no code of the folder is run."""
    from ketanalysis.study.folder import read_study

    try:
        trial = read_study(study).trial
    except ContractError as error:
        typer.echo(error.report.summary() if error.report is not None else str(error))
        raise typer.Exit(1) from None
    if trial.report is not None:
        typer.echo(trial.report.summary())
    typer.echo(f"\n{trial.summary()}")


@app.command()
def report(
    study: Annotated[Path | None, typer.Argument(help="The study folder.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="The file to write (default STUDY/output/report.html).")
    ] = None,
    example: Annotated[
        str | None, typer.Option(help="Report an example instead, such as ketamine.")
    ] = None,
) -> None:
    """Render the report of a study, or of an example."""
    if study is not None and example is None:
        rendered = _render(study, out or study / "output" / "report.html")
    elif example is not None and study is None:
        rendered = _render_example(example, out or Path(f"{example}.html"))
    else:
        raise ArgumentError("Give a study folder, or --example NAME.")
    typer.echo(f"Wrote {rendered.path} in {rendered.seconds:.1f} s ({rendered.renderer}).")


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
    typer.echo(message, err=True)
    sys.exit(code)


def _render_example(name: str, out: Path) -> Rendered:
    import tempfile

    from ketanalysis.study.folder import write_example_study

    with tempfile.TemporaryDirectory(prefix="ketanalysis-") as folder:
        return _render(write_example_study(name, Path(folder) / name), out)


def _render(study: Path, out: Path) -> Rendered:
    from ketanalysis.study.report import render_report

    return _with_progress(lambda: render_report(study, out=out))


def _with_progress(render: Callable[[], Rendered]) -> Rendered:
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        return render()
    with console.status("Rendering the report ..."):
        return render()


def _echo_frame(frame: pl.DataFrame) -> None:
    from ketanalysis.tables import Column, Table, to_text

    rows = tuple(tuple("" if cell is None else str(cell) for cell in row) for row in frame.rows())
    columns = tuple(Column(name, "left") for name in frame.columns)
    typer.echo(to_text(Table("", columns, rows)))
