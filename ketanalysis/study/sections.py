"""The parts of a report: what each section shows, with a sentence where there is nothing."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.glossary import method_words
from ketanalysis.rounding import number, p_digits, percent
from ketanalysis.study.provenance import inputs_table, packages_table, rows_table
from ketanalysis.tables import Column, Table, tabulate, to_html
from ketanalysis.text import SENTENCES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ketanalysis.study.running import StudyResults

ARM = ("by TRT01P", "by arm")
NOT_PLANNED = "The plan of this study does not ask this question."
# Results that one analysis gives beside its main one: shown in full, not in the summary.
BESIDE = {"course": "change", "response_by_visit": "response"}


class Block:
    """A piece of a page: HTML whose every text from the data is escaped."""

    def __init__(self, html: str, caption: str = "") -> None:
        self.html = html
        if caption:
            self.ketanalysis_caption = caption

    def _repr_html_(self) -> str:
        return self.html


class Section:
    """The sections of the report of one study.

    Each method returns something that a cell of a Quarto document shows: a `Block`, or a
    figure. A question that the plan does not ask, or that the data refuse, is a sentence.
    """

    def __init__(self, results: StudyResults) -> None:
        self.results = results
        self.study = results.study

    def subtitle(self) -> str:
        """Return what the report is about, in one line."""
        trial = self.study.trial
        arms = ", ".join(trial.arms) if trial.arms else "one arm"
        mark = "Simulated data, not a real trial. " if trial.simulated else ""
        return f"{mark}{trial.n_subjects} subjects; {arms}"

    def summary(self) -> Block:
        """Return the main results in sentences, one a question."""
        items = [
            f"<li>{escape(SENTENCES[result.kind](result))}</li>"
            for name, result in self.results.items()
            if name not in BESIDE
        ]
        refused = [
            f"<li>{escape(_question(name))}: not answered. {escape(reason)}</li>"
            for name, reason in self.results.refused.items()
        ]
        warned = [
            f"<li>{escape(warning)}</li>"
            for warning in dict.fromkeys(w for r in self.results.values() for w in r.warnings)
        ]
        note = f"<p>Note well:</p><ul>{''.join(warned)}</ul>" if warned else ""
        return Block(f"<ul>{''.join([*items, *refused])}</ul>{note}")

    def definitions(self) -> Block:
        """Return every definition of the plan as a sentence."""
        items = "".join(f"<li>{escape(s)}</li>" for s in self.study.plan.sentences())
        return Block(f"<ul>{items}</ul>")

    def subjects(self) -> Block:
        """Return how many subjects there are by arm, with scores and treated."""
        trial = self.study.trial
        scored = trial.adqs.filter(pl.col("AVAL").is_not_null()).select("USUBJID").unique()
        treated = trial.adex.select("USUBJID").unique() if trial.adex is not None else None
        arms: list[str | None] = [*trial.arms] or [None]
        rows = []
        for arm in arms:
            members = trial.adsl if arm is None else trial.adsl.filter(pl.col("TRT01P") == arm)
            infused = (
                str(members.join(treated, on="USUBJID", how="semi").height)
                if treated is not None
                else "not recorded"
            )
            with_scores = members.join(scored, on="USUBJID", how="semi").height
            rows.append((arm or "All", str(members.height), infused, str(with_scores)))
        columns = (
            Column("Arm", "left"),
            Column("Subjects"),
            Column("With an infusion"),
            Column("With a score"),
        )
        return _block(Table("Subjects by arm", columns, tuple(rows)))

    def table(self, name: str) -> Block:
        """Return the table of a result, or why there is none."""
        result = self.results.get(name)
        return _block(tabulate(result)) if result is not None else self._absent(name)

    def figure(self, name: str) -> Figure | None:
        """Return the figure of a result, or nothing."""
        result = self.results.get(name)
        return result.plot() if result is not None else None

    def contrasts(self, name: str) -> Block | None:
        """Return every contrast of a rate: difference, ratios, number needed to treat."""
        result: Any = self.results.get(name)
        if result is None or result.contrasts.is_empty():
            return None
        rows = tuple(_contrast_row(row) for row in result.contrasts.iter_rows(named=True))
        labels = ("Contrast", "Visit", "Missing scores", "Measure", "Estimate", "95 % CI", "p")
        lefts = {"Contrast", "Visit", "Missing scores", "Measure"}
        columns = tuple(Column(name, "left" if name in lefts else "right") for name in labels)
        notes = dict.fromkeys(
            f"{row['measure'].capitalize()}: interval by {method_words(row['method'])}"
            + (f", test {method_words(row['test'])}" if row["test"] else "")
            + "."
            for row in result.contrasts.iter_rows(named=True)
        )
        return _block(Table(f"Contrasts: {result.title}", columns, rows, notes=tuple(notes)))

    def audit(self, name: str) -> Block | None:
        """Return who was counted and who was not, by reason."""
        result = self.results.get(name)
        if result is None or result.audit.is_empty():
            return None
        frame = result.audit
        keys = [column for column in frame.columns if column != "count"]
        rows = tuple(
            tuple("" if row[c] is None else str(row[c]) for c in [*keys, "count"])
            for row in frame.iter_rows(named=True)
        )
        columns = (
            *(Column(_label(column), "left") for column in keys),
            Column("Subjects"),
        )
        return _block(Table(f"Subjects in and out: {result.title}", columns, rows))

    def methods(self) -> Block:
        """Return the methods of every result in sentences, each once."""
        paragraphs = []
        for name, result in self.results.items():
            if name in BESIDE:
                continue
            text = " ".join(result.notes)
            paragraphs.append(f"<p><strong>{escape(_question(name))}.</strong> {escape(text)}</p>")
        return Block("".join(paragraphs))

    def findings(self) -> Block:
        """Return what the check of the data found, without subject identifiers."""
        trial = self.study.trial
        report = trial.report
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.study.notes)
        told = f"<p>While reading:</p><ul>{notes}</ul>" if notes else ""
        if report is None or report.counts.is_empty():
            return Block(f"<p>The data keep their contracts: no finding.</p>{told}")
        rows = tuple(
            tuple("" if value is None else str(value) for value in row)
            for row in report.counts.rows()
        )
        columns = tuple(Column(_label(c), "left") for c in report.counts.columns)
        html = to_html(Table("Findings by rule", columns, rows), has_caption=False)
        return Block(f"{html}{told}")

    def software(self) -> Block:
        """Return packages and versions."""
        return _block(packages_table())

    def inputs(self) -> Block:
        """Return inputs with their hashes."""
        return _block(inputs_table(self.study))

    def rows(self) -> Block:
        """Return rows and subjects of every table that was read."""
        return _block(rows_table(self.study.trial))

    def _absent(self, name: str) -> Block:
        analysis = BESIDE.get(name, name)
        reason = self.results.refused.get(analysis)
        text = f"Not estimated: {reason}" if reason else NOT_PLANNED
        return Block(f"<p>{escape(text)}</p>")


def _block(table: Table) -> Block:
    return Block(to_html(table, has_caption=False), caption=table.title.replace(*ARM))


def _contrast_row(row: dict[str, Any]) -> tuple[str, ...]:
    is_difference = row["measure"] == "risk difference"
    digits = 1 if row["measure"] == "number needed to treat" else 2

    def shown(value: float | None) -> str:
        return f"{percent(value)} points" if is_difference else number(value, digits)

    ends = f"{shown(row['conf_low'])} to {shown(row['conf_high'])}"
    if is_difference:
        ends = f"{percent(row['conf_low'])} to {percent(row['conf_high'])}"
    return (
        row["contrast"],
        row["AVISIT"],
        row["missing"],
        row["measure"],
        shown(row["estimate"]),
        ends,
        p_digits(row["p_value"]) if row["test"] else "",
    )


def _question(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _label(column: str) -> str:
    return column if column.isupper() else column.replace("_", " ").capitalize()
