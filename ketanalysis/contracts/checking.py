"""The check of a trial against its contracts: every finding of every table at once.

The contract and its rules are compiled to Pandera, which says which rules are broken; polars
then finds the rows. Nothing is repaired, and no exception of Pandera (which would hold the
data) leaves this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from ketanalysis.contracts.column_rules import (
    DATES,
    KINDS,
    NUMBERS,
    TEXTS,
    accepts,
    possible_date,
)
from ketanalysis.contracts.compiled import broken_rules, usable
from ketanalysis.contracts.contract import Column, Contract, shipped_contract
from ketanalysis.contracts.event_rules import infusion_rules
from ketanalysis.contracts.findings import (
    MOST_ROWS,
    NOT_RUN_SCHEMA,
    Breach,
    CheckReport,
    join_reports,
)
from ketanalysis.contracts.identifiers import kind_of_identifier
from ketanalysis.contracts.item_rules import item_total
from ketanalysis.contracts.reading_rules import reading_rules
from ketanalysis.contracts.rule import Rule, text
from ketanalysis.contracts.subject_rules import declared_arm, has_scores, known_subject
from ketanalysis.errors import ArgumentError, listed, near_miss
from ketanalysis.trial import Trial

PLACES = ("USUBJID", "AVISIT", "PARAMCD")


def check_trial(trial: Trial) -> CheckReport:
    """Hold all tables of a trial against their contracts: what is wrong, and where?

    Use it to see every finding before an analysis, or to write queries to the sites; `as_trial`
    and the readers have called it already and raise on its errors. Not for a table that is not
    yet in CDISC columns: `as_trial` brings it there.

    Parameters
    ----------
    trial
        The trial; nothing in it is changed.

    Returns
    -------
    CheckReport
        All findings of all tables, errors, warnings and information, one row a finding, and
        the rules that could not run. Missing values are findings only where the contract
        refuses them.

    Raises
    ------
    ArgumentError
        Where `trial` is no Trial, or one of its tables is no polars DataFrame.

    Examples
    --------
    >>> import polars as pl
    >>> from ketanalysis.trial import Trial
    >>> scores = {"USUBJID": ["01"], "PARAMCD": ["MADRS"], "AVISIT": ["Baseline"],
    ...           "AVISITN": [0], "AFRLT": [0.0], "AVAL": [70], "ABLFL": ["Y"]}
    >>> trial = Trial(adsl=pl.DataFrame({"USUBJID": ["01"]}), adqs=pl.DataFrame(scores))
    >>> print(check_trial(trial).errors["message"].item())
    ADQS.AVAL must be between 0 and 60 for MADRS, not 70.
    """
    if not isinstance(trial, Trial):
        raise ArgumentError(
            f"check_trial needs a Trial, not {type(trial).__name__}: as_trial makes one from a "
            "data frame of your own."
        )
    tables = trial.tables()
    for name, table in tables.items():
        _check_polars(table, name)
    extra = {name: _between_tables(trial, name) for name in tables}
    return join_reports(check_frame(f, name, extra=extra[name]) for name, f in tables.items())


def _check_polars(table: object, name: str) -> None:
    if not isinstance(table, pl.DataFrame):
        kind = type(table)
        raise ArgumentError(
            f"The table {name} of the trial must be a polars DataFrame, not "
            f"{kind.__module__.split('.')[0]}.{kind.__qualname__}: as_trial makes a Trial from a "
            "data frame of your own."
        )


def check_frame(
    frame: Any, name: str, *, contract: Contract | None = None, extra: Sequence[Rule] = ()
) -> CheckReport:
    """Hold one table against its contract: what is wrong with it, and where?

    Parameters
    ----------
    frame
        Any data frame, also one with columns missing or of a wrong type; the rules that need
        those columns stand in ``.not_run`` of the report.
    name
        The table: "adsl", "adqs", "adqsitem", "adex", "adae", "adice", "adcm", "advs" or
        "adtte".
    contract
        Another contract than the one that ships, from `read_contract`.
    extra
        Rules beside those of the contract.

    Returns
    -------
    CheckReport
        As `check_trial`.

    Raises
    ------
    ArgumentError
        Where `frame` is no data frame, or no table has the name.

    Examples
    --------
    >>> import polars as pl
    >>> print(check_frame(pl.DataFrame({"USUBJID": [1, 2]}), "adsl").summary())
    Checked adsl (2 rows): 1 error, 0 warnings, 0 for information.
    <BLANKLINE>
    Errors
    <BLANKLINE>
    ADSL.USUBJID must be text, not Int64: leading zeros are lost (007 becomes 7).
      The whole column. Rule `type` of schemas/adsl.toml.
      Read the column as text.
    <BLANKLINE>
    Not checked (a rule that did not run is not a pass)
    <BLANKLINE>
    ADSL.USUBJID: unique, missing, trimmed, near_duplicate. USUBJID must first be of the right type.
    """
    from ketanalysis.frames import to_polars

    contract = contract or shipped_contract(name)
    table = to_polars(frame, name)
    rules = [*contract.rules(), *extra]
    if not table.height:
        breaches = _presence(table, contract, name)
        if not contract.may_be_empty:
            breaches.append(_no_rows(contract, name))
        not_run = pl.DataFrame(schema=NOT_RUN_SCHEMA)
    else:
        relied = usable(table, contract)
        runnable = [rule for rule in rules if relied.issuperset(rule.needs)]
        broken = broken_rules(contract, runnable, table)
        breaches = _presence(table, contract, name)
        for rule in runnable:
            if (rule.column, rule.id) in broken:
                breaches += locate(rule, table, name, contract.source)
        not_run = _not_run(rules, table, contract, name)
    return CheckReport(breaches=tuple(breaches), not_run=not_run, checked=((name, table.height),))


def locate(rule: Rule, frame: pl.DataFrame, table: str, source: str) -> list[Breach]:
    """Return the rows that break a rule, one `Breach` a demand, each with its exact count.

    At most 1,000 rows a rule are kept, the first ones.
    """
    # One chunk: pl.format of polars 2.1 panics on chunks of which a filter emptied the first.
    failing = frame.with_row_index("row", offset=1).filter(rule.mask(frame)).rechunk()
    cell = rule.value(failing) if rule.value is not None else text(rule.column)
    demand = pl.lit(rule.demand) if isinstance(rule.demand, str) else rule.demand
    rows = failing.select(
        pl.col("row").cast(pl.Int64), *_places(frame), cell.alias("value"), demand.alias("demand")
    )
    counts = rows.group_by("demand", maintain_order=True).len()
    kept = rows.head(MOST_ROWS)
    return [
        Breach(
            table=table,
            column=rule.column,
            rule=rule.id,
            severity=rule.severity,
            demand=words,
            advice=rule.advice,
            source=source,
            count=count,
            rows=kept.filter(pl.col("demand") == words).drop("demand"),
            states_value=rule.states_value,
            is_quoted=rule.is_quoted,
        )
        for words, count in counts.iter_rows()
    ]


def _places(frame: pl.DataFrame) -> list[pl.Expr]:
    """Return the columns that tell where a row is, as text; null where the table has none."""
    return [
        text(name) if name in frame.columns else pl.lit(None, dtype=pl.String).alias(name)
        for name in PLACES
    ]


def _presence(frame: pl.DataFrame, contract: Contract, table: str) -> list[Breach]:
    """Return what is wrong with the columns as such: absent, of a wrong type, not named."""
    unnamed = [name for name in frame.columns if contract.column(name) is None]
    breaches = []
    for column in contract.columns:
        if column.name in frame.columns:
            breaches += _wrong_type(frame, column, contract, table)
        elif column.required:
            breaches.append(_absent(column, unnamed, contract, table))
    for name in unnamed:
        is_date = name.endswith(DATES) and accepts("text", frame.schema[name])
        breaches.append(_unnamed(frame[name], contract, table, is_date=is_date))
        if is_date:
            breaches += locate(possible_date(name), frame, table, contract.source)
    return breaches


def _absent(column: Column, unnamed: list[str], contract: Contract, table: str) -> Breach:
    return Breach(
        table=table,
        column=column.name,
        rule="required",
        severity="error",
        demand=f"must be there ({column.label}); the table has no such column",
        advice=f"Add the column, or name yours {column.name}.{near_miss(column.name, unnamed)}",
        source=contract.source,
    )


def _unnamed(cells: pl.Series, contract: Contract, table: str, *, is_date: bool) -> Breach:
    # Dates of a trial under CDISC's names are its own; those of birth and death are told by name.
    kind = kind_of_identifier(cells.clear() if cells.name.endswith(DATES) else cells)
    checked = ", and only its dates are checked" if is_date else " and not checked"
    what = "" if kind is None else f"; it may hold {kind} of subjects"
    advice = f"Nothing to do, if the name is right.{near_miss(cells.name, contract.names)}"
    if kind is not None:
        advice = "Leave the column out, unless an analysis needs it: it may tell who a subject is."
    return Breach(
        table=table,
        column=cells.name,
        rule="unknown_column" if kind is None else "direct_identifier",
        severity="info" if kind is None else "warning",
        demand=f"is not in the contract: it is kept{checked}{what}",
        advice=advice,
        source=contract.source,
    )


def _no_rows(contract: Contract, table: str) -> Breach:
    return Breach(
        table=table,
        column=None,
        rule="rows",
        severity="error",
        demand="must have rows, not 0 data rows",
        advice="Check that the file is whole and that no filter took all rows away.",
        source=contract.source,
    )


def _wrong_type(
    frame: pl.DataFrame, column: Column, contract: Contract, table: str
) -> list[Breach]:
    """Return a wrong type: cell by cell where text stands among numbers, else the column."""
    cells = frame[column.name]
    if accepts(column.type, cells.dtype):
        return []
    is_text = accepts("text", cells.dtype)
    if column.type in NUMBERS and is_text:
        found = locate(_odd_text(column), frame, table, contract.source)
        if found:
            return found
    because = ": leading zeros are lost (007 becomes 7)" if cells.dtype.is_numeric() else ""
    kind = "text" if is_text else str(cells.dtype)
    as_what = "text" if column.type in TEXTS else column.type
    return [
        Breach(
            table=table,
            column=column.name,
            rule="type",
            severity="error",
            demand=f"must be {KINDS[column.type]}, not {kind}"
            + (because if column.type in TEXTS else ""),
            advice=f"Read the column as {as_what}.",
            source=contract.source,
        )
    ]


def _odd_text(column: Column) -> Rule:
    cell = text(column.name).str.strip_chars()
    return Rule(
        id="type",
        column=column.name,
        needs=(column.name,),
        demand=f"must be {KINDS[column.type]}",
        advice="Correct the cells, or declare the codes that mean a missing value.",
        fails=lambda _: cell.cast(pl.Float64, strict=False).is_null() & (cell != ""),
    )


def _not_run(
    rules: Iterable[Rule], frame: pl.DataFrame, contract: Contract, table: str
) -> pl.DataFrame:
    """Return the rules that could not run and why; one on an absent optional column is none."""
    relied = usable(frame, contract)
    rows = []
    for rule in rules:
        lacking = [name for name in rule.needs if name not in relied]
        column = contract.column(rule.column)
        is_optional = column is None or not column.required
        if not lacking or (is_optional and rule.column not in frame.columns):
            continue
        absent = [name for name in lacking if name not in frame.columns]
        wrong = [name for name in lacking if name in frame.columns]
        reasons = [f"The table has no {listed(absent)}."] if absent else []
        reasons += [f"{listed(wrong)} must first be of the right type."] if wrong else []
        rows.append((table, rule.id, rule.column, "not_checked", " ".join(reasons)))
    return pl.DataFrame(rows, schema=NOT_RUN_SCHEMA, orient="row")


def _between_tables(trial: Trial, name: str) -> list[Rule]:
    """Return the rules that hold a table against the others and against what was declared."""
    if "USUBJID" not in trial.adsl.columns:
        return []
    if name != "adsl":
        severity = "error" if trial.subjects_given else "warning"
        rules = [known_subject(trial.adsl["USUBJID"], severity)]
        if name == "advs":
            return [*rules, *reading_rules(trial.adex)]
        if name == "adae":
            return [*rules, *infusion_rules(trial.adex)]
        has_items = name == "adqs" and trial.adqsitem is not None
        return [*rules, item_total(trial.adqsitem)] if has_items else rules  # type: ignore[arg-type]
    rules = [has_scores(trial.adqs["USUBJID"])] if "USUBJID" in trial.adqs.columns else []
    return [*rules, declared_arm(trial.arms)] if trial.arms else rules
