"""What a check found: every breach of the data's contract, as frame, text and query listing."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from ketanalysis.errors import ContractError, listed

SEVERITIES = ("error", "warning", "info")
MOST_ROWS = 1_000
FINDING_SCHEMA = {
    "table": pl.String,
    "row": pl.Int64,
    "USUBJID": pl.String,
    "AVISIT": pl.String,
    "PARAMCD": pl.String,
    "column": pl.String,
    "value": pl.String,
    "rule": pl.String,
    "message": pl.String,
    "severity": pl.String,
}
ROW_SCHEMA = {name: FINDING_SCHEMA[name] for name in ("row", "USUBJID", "AVISIT", "PARAMCD")} | {
    "value": pl.String
}
COUNT_SCHEMA = {
    "table": pl.String,
    "rule": pl.String,
    "column": pl.String,
    "severity": pl.String,
    "count": pl.Int64,
    "listed": pl.Int64,
}
NOT_RUN_SCHEMA = {
    "table": pl.String,
    "rule": pl.String,
    "column": pl.String,
    "status": pl.String,
    "reason": pl.String,
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Breach:
    """One demand of one rule that some rows of a table do not meet.

    Attributes
    ----------
    table, column
        Where: the table in lower case, and the column to blame (None: the whole table).
    rule
        The name of the rule, and in `source` the file that asks for it.
    severity
        ``error``, ``warning`` or ``info``.
    demand
        The sentence without its subject and its end: ``must be between 0 and 60 for MADRS``.
    advice
        What the person can do.
    count
        How many rows break it, exactly.
    rows
        The first of them: row (1 is the first data row; null where the whole column or table
        is meant), USUBJID, AVISIT, PARAMCD, value.
    states_value
        Whether the sentence ends with ``, not <value>``.
    is_quoted
        Whether values are text and stand in quotation marks.
    """

    table: str
    column: str | None
    rule: str
    severity: str
    demand: str
    advice: str
    source: str
    count: int = 1
    rows: pl.DataFrame = field(default_factory=lambda: one_row())
    states_value: bool = False
    is_quoted: bool = False

    @property
    def subject(self) -> str:
        """What the sentence is about: ``ADQS.AVAL``, or ``ADQS`` for a whole table."""
        return f"{self.table.upper()}.{self.column}" if self.column else self.table.upper()

    def sentence(self) -> str:
        """Return the demand as one sentence, with the values that break it."""
        start = f"{self.subject} {self.demand}"
        if not self.states_value:
            return f"{printable(start)}."
        values = self.rows["value"].unique(maintain_order=True).to_list()
        return f"{printable(start)}, not {listed(map(self._shown, values), most=5)}."

    def text(self) -> str:
        """Return the breach as the three lines of an error: what, where, what to do."""
        return f"{self.sentence()}\n  {self._where()} {self._rule()}\n  {self.advice}"

    def frame(self) -> pl.DataFrame:
        """Return one row a finding, in the columns of `CheckReport.findings`."""
        start = f"{self.subject} {self.demand}"
        message = pl.lit(f"{start}.")
        if self.states_value:
            mark = '"' if self.is_quoted else ""
            shown = pl.format(f"{mark}{{}}{mark}", pl.col("value"))
            value = pl.when(pl.col("value").is_null()).then(pl.lit("missing")).otherwise(shown)
            message = pl.format("{}, not {}.", pl.lit(start), value)
        told = self.rows.rechunk().select(
            pl.lit(self.table).alias("table"),
            *("row", "USUBJID", "AVISIT", "PARAMCD"),
            pl.lit(self.column, dtype=pl.String).alias("column"),
            "value",
            pl.lit(self.rule).alias("rule"),
            message.alias("message"),
            pl.lit(self.severity).alias("severity"),
        )
        return told.cast(pl.Schema(FINDING_SCHEMA))

    def _shown(self, value: str | None) -> str:
        if value is None:
            return "missing"
        return f'"{printable(value)}"' if self.is_quoted else printable(value)

    def _where(self) -> str:
        numbers = self.rows["row"].drop_nulls().to_list()
        if not numbers:
            return "The whole column." if self.column else "The whole table."
        where = f"{'Row' if self.count == 1 else 'Rows'} {_some(numbers, self.count)}"
        subjects = _distinct(self.rows["USUBJID"])
        if subjects:
            noun = "subject" if len(subjects) == 1 else "subjects"
            where += f" ({noun} {_first_two(subjects)})"
        visits = [f'"{visit}"' for visit in _distinct(self.rows["AVISIT"])]
        if visits:
            where += f", {'visit' if len(visits) == 1 else 'visits'} {_first_two(visits)}"
        return f"{where}."

    def _rule(self) -> str:
        return f"Rule `{self.rule}` of {self.source}."


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CheckReport:
    """Every finding of a check at once, and what could not be checked.

    Use it to see all that is wrong with a table, to send queries to the sites (`listing`), or
    to stop (`raise_for_errors`). It holds subject identifiers: it is for the person who holds
    the data and is never part of a report that is passed on.

    Attributes
    ----------
    breaches
        What was found, one `Breach` a rule and demand.
    not_run
        Rules that could not run: table, rule, column, status (``not_checked``), reason. A rule
        that did not run is not a pass.
    checked
        The tables that were checked and their numbers of rows.
    """

    breaches: tuple[Breach, ...] = ()
    not_run: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=NOT_RUN_SCHEMA))
    checked: tuple[tuple[str, int], ...] = ()

    @cached_property
    def findings(self) -> pl.DataFrame:
        """One row a finding: table, row, USUBJID, AVISIT, PARAMCD, column, value, rule, message.

        ``row`` counts data rows from 1 and is null where a whole column or table is meant; the
        last column is the severity. At most 1,000 rows a rule are listed; `counts` is exact.
        """
        frames = [breach.frame() for breach in self.breaches]
        return pl.concat([pl.DataFrame(schema=FINDING_SCHEMA), *frames])

    @cached_property
    def counts(self) -> pl.DataFrame:
        """One row a rule: how many rows break it (exact), and how many of them are listed."""
        rows = [
            (b.table, b.rule, b.column, b.severity, b.count, b.rows.height) for b in self.breaches
        ]
        counts = pl.DataFrame(rows, schema=COUNT_SCHEMA, orient="row")
        keys = ["table", "rule", "column", "severity"]
        return counts.group_by(keys, maintain_order=True).agg(pl.col("count", "listed").sum())

    @property
    def errors(self) -> pl.DataFrame:
        """The findings that stop an analysis."""
        return self._of("error")

    @property
    def warnings(self) -> pl.DataFrame:
        """The findings that a reader of the results must know."""
        return self._of("warning")

    @property
    def infos(self) -> pl.DataFrame:
        """The findings that are only worth knowing."""
        return self._of("info")

    @property
    def ok(self) -> bool:
        """Whether there is no error; warnings and rules that did not run leave it True."""
        return not any(breach.severity == "error" for breach in self.breaches)

    def summary(self) -> str:
        """Return all breaches as text, the errors first, and the rules that did not run."""
        parts = [self._headline()]
        for severity, title in zip(SEVERITIES, ("Errors", "Warnings", "Information"), strict=True):
            blocks = [b.text() for b in self.breaches if b.severity == severity]
            parts += [title, *blocks] if blocks else []
        if self.not_run.height:
            parts.append("Not checked (a rule that did not run is not a pass)")
            parts.append("\n".join(self._not_run_lines()))
        return "\n\n".join([*parts, *self._cap_note()])

    def listing(self) -> pl.DataFrame:
        """Return the findings as a query listing: sorted by subject, then table and row."""
        return self.findings.sort("USUBJID", "table", "row", nulls_last=True, maintain_order=True)

    def raise_for_errors(self) -> None:
        """Raise `ContractError` with the text of all errors, if there is one.

        The exception carries this report as ``report`` and no data frame of the caller.
        """
        blocks = [b.text() for b in self.breaches if b.severity == "error"]
        if blocks:
            raise ContractError("\n\n".join([*blocks, *self._cap_note()]), report=self)

    def _of(self, severity: str) -> pl.DataFrame:
        return self.findings.filter(pl.col("severity") == severity)

    def _headline(self) -> str:
        tables = ", ".join(f"{name} ({n:,} rows)" for name, n in self.checked) or "nothing"
        n = {s: sum(b.count for b in self.breaches if b.severity == s) for s in SEVERITIES}
        return (
            f"Checked {tables}: {_counted(n['error'], 'error')}, "
            f"{_counted(n['warning'], 'warning')}, {n['info']:,} for information."
        )

    def _not_run_lines(self) -> list[str]:
        keys = ["table", "column", "reason"]
        grouped = self.not_run.group_by(keys, maintain_order=True).agg("rule")
        return [
            f"{table.upper()}.{column}: {', '.join(rules)}. {reason}"
            for table, column, reason, rules in grouped.iter_rows()
        ]

    def _cap_note(self) -> list[str]:
        if not (self.counts["count"] > self.counts["listed"]).any():
            return []
        return [f"At most {MOST_ROWS:,} rows a rule are listed; the counts are of all rows."]

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.summary())}</pre>"


def one_row(value: str | None = None) -> pl.DataFrame:
    """Return the one finding of a whole column or table: no row number, perhaps a value."""
    return pl.DataFrame([(None, None, None, None, value)], schema=ROW_SCHEMA, orient="row")


def join_reports(reports: Iterable[CheckReport]) -> CheckReport:
    """Return one report of several, in the order given."""
    held = list(reports)
    return CheckReport(
        breaches=tuple(breach for report in held for breach in report.breaches),
        not_run=pl.concat(
            [pl.DataFrame(schema=NOT_RUN_SCHEMA), *(report.not_run for report in held)]
        ),
        checked=tuple(table for report in held for table in report.checked),
    )


def printable(text: str) -> str:
    """Return text with every control character replaced by a visible mark."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _distinct(values: pl.Series) -> list[str]:
    return [printable(v) for v in values.drop_nulls().unique(maintain_order=True).to_list()]


def _first_two(names: list[str]) -> str:
    return ", ".join(names if len(names) <= 2 else [*names[:2], "\N{HORIZONTAL ELLIPSIS}"])


def _some(numbers: list[int], count: int) -> str:
    if count <= 3:
        shown = [str(n) for n in numbers]
        return shown[0] if count == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
    return f"{numbers[0]}, {numbers[1]} and {count - 2:,} more"
