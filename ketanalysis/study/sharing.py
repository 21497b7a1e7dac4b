"""The sections of a report that is passed on: no small count is shown, nor follows from others.

What is not known to be safe is not shown. A table whose counts are understood has the cells in
question held back; every other is shown whole or not at all, and so are the sentences and figures
of its result. Figures that draw single subjects or single events are left out, and so is whatever
quotes the data: findings of the check, notes on reading.

What this does not do: means, spreads and model estimates are shown, and with much arithmetic a
reader may guess from them how many scores were missing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from ketanalysis.disclosure.suppression import check_min_cell, is_small
from ketanalysis.errors import TooFewError, listed
from ketanalysis.study.abstract import primary_result
from ketanalysis.study.arm_sizes import sizes_of
from ketanalysis.study.blocks import Said, TableBlock, Words, WordsBlock
from ketanalysis.study.questions import question
from ketanalysis.study.running import StudyResults
from ketanalysis.study.sections import Block, Section
from ketanalysis.study.shared_cells import (
    Cells,
    blocks_of,
    is_clear,
    small_in_rows,
    with_cells_held_back,
)
from ketanalysis.study.shared_subjects import small_in_baseline, small_in_flow
from ketanalysis.study.shared_tables import (
    arms_with_few,
    small_in_audit,
    small_in_course,
    small_in_events,
    small_in_milestones,
    small_in_sensitivity,
    small_in_shares,
)
from ketanalysis.study.shared_words import harmless_words
from ketanalysis.tables import Table, tabulate
from ketanalysis.tables.report import audit_table
from ketanalysis.tables.words import HANDLING_NAMES, HANDLING_WORDS, plain_words

# Results whose table says nothing of counts, and the results whose counts they rest on.
RESTS_ON = {
    "relapse_means": ("relapse",),
    "relapse_visits": ("relapse",),
    "relapse_visits_test": ("relapse",),
    "relapse_published": ("relapse", "relapse_milestones"),
    "prediction": ("prediction_roc",),
    "prediction_validated": ("prediction_roc",),
}
# Many shares of the same subjects, which differ by few: held back whole.
NEVER = {"relapse_rules", "prediction_calibration"}
# Analyses whose audit gives the fate of each subject, beside who is in and who is not.
BY_FATE = {
    "survival",
    "milestones",
    "rmst",
    "interval_survival",
    "interval_comparison",
    "published_comparison",
}
# Figures of groups. The others draw single subjects or single events.
OF_GROUPS = {
    "course",
    "model_means",
    "response_by_visit",
    "sensitivity",
    "subgroups",
    "suicidal_ideation_subgroups",
    "adverse_events",
    "prediction",
    "prediction_validated",
    "early_improvement",
    "anxiety_over_infusions",
    "blinding",
    "effect_by_guess",
}


class SharedSection(Section):
    """The sections of a report for others than those who may see the data.

    Parameters
    ----------
    results, left_out
        As in `Section`.
    min_cell
        The smallest count of subjects that may be shown: from 3; 5 and 11 are usual.

    Raises
    ------
    ArgumentError
        `min_cell` is no such number, or (a TooFewError) an arm has fewer subjects.
    """

    def __init__(
        self, results: StudyResults, left_out: tuple[str, ...] | None, min_cell: int
    ) -> None:
        super().__init__(results, left_out)
        self.min_cell = check_min_cell(min_cell)
        self.sizes = sizes_of(self.study.trial.adsl, self.study.trial.arms)
        few = [arm for arm, size in self.sizes.items() if size < min_cell]
        if few:
            raise TooFewError(
                f"{listed(few)}: fewer than {min_cell} subjects; nothing of so few can be passed "
                "on. Leave the arm out of the trial, or join it to another."
            )

    def _held(self) -> Said:
        return Said(f"Held back: it would tell a count of fewer than {self.min_cell} subjects.")

    def _undrawn(self) -> Said:
        return Said(
            "No figure: it would draw single subjects or events, or tell a count of fewer than "
            f"{self.min_cell} subjects."
        )

    def summary(self) -> WordsBlock:
        """Return the structured abstract, with what this report holds back."""
        answers = self._answers(is_main=True)
        return WordsBlock([*self._head(), self._told(), *answers, *self._end()])

    def conclusion(self) -> str:
        """Return the conclusion, unless the result that it rests on is held back."""
        name = primary_result(self.results)
        is_held = name is not None and name in self.results and not self._is_said(name)
        return self._held().text if is_held else super().conclusion()

    def _told(self) -> Said:
        return Said(
            f"Counts of 1 to {self.min_cell - 1} subjects are held back, and with them what they "
            "would follow from; figures and listings of single subjects are left out. No subject "
            "is named. Means and model estimates are shown as they are.",
            "To be passed on.",
        )

    def further(self) -> WordsBlock:
        """Return the other results; warnings that hold a number are left out."""
        points = self._answers(is_main=False)
        points += [
            Said(f"Not answered. {reason}".strip(), question(name))
            for name, reason in self.not_answered().items()
        ]
        warned = dict.fromkeys(
            plain_words(w)
            for r in self.results.values()
            for w in r.warnings
            if harmless_words(w) == w
        )
        pieces: list[Words] = [points] if points else []
        if warned:
            pieces += [Said("", "Note well"), [Said(one) for one in warned]]
        return WordsBlock(*pieces)

    def sentence(self, name: str) -> str:
        """Return what a result says, or what stands in its place."""
        return super().sentence(name) if self._is_said(name) else self._unsaid(name)

    def not_answered(self) -> dict[str, str]:
        """Return what was not answered and why; a reason that holds a number is left out."""
        return {name: harmless_words(reason) for name, reason in self.results.refused.items()}

    def is_whole(self, name: str) -> bool:
        """Whether everything of a result may be shown: none of its counts is held back."""
        result: Any = self.results.get(name)
        if result is None or name in NEVER:
            return False
        if not all(self.is_whole(one) for one in RESTS_ON.get(name, ())):
            return False
        table = tabulate(result)
        found = self._cells(name, table)
        return not found if found is not None else self._is_clear(result, table)

    def _is_said(self, name: str) -> bool:
        """Whether the sentence of a result may be said; that of a rate has its first row alone."""
        result: Any = self.results[name]
        if result.kind != "rates":
            return self.is_whole(name)
        return result.table["missing"][0] not in self._handlings_held(name)

    def _unsaid(self, name: str) -> str:
        """Return what stands in place of a sentence: nothing of its result is shown, or a part."""
        if self._cells(name, tabulate(self.results[name])) is None:
            return self._held().text
        return f"Some counts are fewer than {self.min_cell}: the table shows the others."

    def _handlings_held(self, name: str) -> set[str]:
        """Return the handlings of missing scores of which a rate has a cell held back."""
        result: Any = self.results.get(name)
        if result is None:
            return set()
        table = tabulate(result)
        rows = {i for i, _ in small_in_shares(table, self.sizes, self.min_cell)}
        names = {f"Missing scores: {HANDLING_WORDS[name]}": name for name in HANDLING_WORDS}
        return {names[label] for label, lines in blocks_of(table) if rows & set(lines)}

    def table(self, name: str) -> Block:
        """Return the table of a result with small cells held back, or why there is none."""
        result: Any = self.results.get(name)
        if result is None:
            return self._absent(name)
        cells = self._cells(name, tabulate(result))
        block = super().table(name)
        if cells is None and not self.is_whole(name):
            return WordsBlock(self._held())
        return self._with(block, cells or set())

    def _with(self, block: Any, cells: Cells) -> Block:
        """Return a block whose table has these cells held back, and no note that may count."""
        table: Table = block.ketanalysis_table
        notes = tuple(kept for note in table.notes if (kept := harmless_words(note)))
        block.ketanalysis_table = with_cells_held_back(
            replace(table, notes=notes), cells, self.min_cell
        )
        return block  # type: ignore[no-any-return]

    def _cells(self, name: str, table: Table) -> Cells | None:
        """Return the cells to hold back; None where a table is shown whole or not at all."""
        kind = self.results[name].kind
        if kind == "baseline":
            return small_in_baseline(table, self.min_cell)
        if kind == "disposition":
            return small_in_flow(table, self.sizes, self.min_cell)
        if kind == "change":
            return small_in_course(table, self.sizes, self.min_cell)
        if kind == "rates":
            return small_in_shares(table, self.sizes, self.min_cell)
        if kind in ("adverse events", "adverse events by infusion"):
            return small_in_events(table, self.sizes, self.min_cell)
        if kind == "sensitivity":
            held = {
                endpoint: {HANDLING_NAMES[one] for one in self._handlings_held(endpoint)}
                for endpoint in ("response", "remission")
            }
            return small_in_sensitivity(table, held, self.sizes, self.min_cell)
        if kind == "survival":
            few = self._few_in_audit(self.results[name])
            return {
                (i, j)
                for i, row in enumerate(table.rows)
                for j in range(1, len(row))
                if row[0] in few or (row[0] == "All" and few)
            }
        if kind == "milestones" and "relapse" in self.results:
            return small_in_milestones(self.results[name], self.results["relapse"], self.min_cell)
        return None

    def _few_in_audit(self, result: Any) -> set[str]:
        """Return the arms of which the audit must not tell who is in, with and without event."""
        table = audit_table(result, tuple(self.study.trial.arms))
        return {
            arm for arm, held in arms_with_few(table, self.sizes, self.min_cell).items() if held
        }

    def _is_clear(self, result: Any, table: Table) -> bool:
        """Whether neither the table nor those in and out of the analysis tell a small count."""
        if not is_clear(table, self.min_cell, self._totals()):
            return False
        audit: pl.DataFrame = result.audit
        if audit.is_empty():
            return False
        counts = audit["count"]
        if result.kind in BY_FATE:
            keys = [name for name in audit.columns if name not in ("reason", "count")]
            counts = audit.group_by(keys).agg(pl.col("count").sum())["count"]
        return not any(is_small(count, self.min_cell) for count in counts)

    def _totals(self) -> set[int]:
        return {*self.sizes.values(), self.n_subjects()}

    def part(self, name: str, part: str) -> Block | None:
        """Return what stands beside a comparison of responders, where nothing of it is small."""
        block = super().part(name, part)
        if block is None or not isinstance(block, TableBlock):
            return block
        if not self.is_whole(name):
            return None  # its table has said so
        if is_clear(block.ketanalysis_table, self.min_cell, self._totals()):
            return self._with(block, ())
        return WordsBlock(self._held())

    def figure(self, name: str, **options: Any) -> Any:
        """Return a figure of groups of which nothing is held back; of the flow, its table."""
        if name not in self.results:
            return None
        if name == "disposition":
            return self.table(name)
        is_of_groups = name in OF_GROUPS or options.get("kind") == "forest"
        if is_of_groups and self.is_whole(name):
            return super().figure(name, **options)
        if isinstance(self.table(name), WordsBlock):
            return None  # its table has said so
        return WordsBlock(self._undrawn())

    def contrasts(self, name: str) -> Block | None:
        """Return the contrasts of a rate; those of a handling that is held back are too."""
        block = super().contrasts(name)
        if block is None or not isinstance(block, TableBlock):
            return block
        held = {HANDLING_NAMES[one] for one in self._handlings_held(name)}
        table = block.ketanalysis_table
        rows = [
            i for label, at in blocks_of(table) if label.rpartition(", ")[2] in held for i in at
        ]
        return self._with(block, {(i, j) for i in rows for j in range(1, len(table.columns))})

    def audit(self, name: str) -> Block | None:
        """Return who was counted and who was not, with small reasons held back."""
        block = super().audit(name)
        if not isinstance(block, TableBlock):
            return block
        table = block.ketanalysis_table
        return self._with(block, small_in_audit(table, self.sizes, self.min_cell))

    def n_subjects(self) -> int:
        """Return how many subjects the arms have: of those without an arm, the rest would tell."""
        return sum(self.sizes.values())

    def subjects(self) -> TableBlock:
        """Return how many subjects there are by arm."""
        block = super().subjects()
        table = block.ketanalysis_table
        cells: set[tuple[int, int]] = set()
        for column in range(1, len(table.columns)):
            cells |= small_in_rows(table, column, lambda row: int(row[1]), self.min_cell)
        self._with(block, cells)
        return block

    def methods(self) -> WordsBlock:
        """Return the methods in sentences; one that holds a count is left out."""
        kept: list[Words] = []
        for piece in super().methods().pieces:
            if isinstance(piece, Said) and (text := harmless_words(piece.text)):
                kept.append(Said(text, piece.lead))
        return WordsBlock(*kept)

    def findings(self) -> Block:
        """Return nothing of the findings: they quote data."""
        return WordsBlock(Said("Findings are not shown in a report that is passed on."))

    def reading(self) -> WordsBlock:
        """Return nothing of the reading: its notes quote data."""
        return WordsBlock()

    def rows(self) -> TableBlock:
        """Return rows and subjects of every table that was read."""
        block = super().rows()
        whole = self.n_subjects()
        table = block.ketanalysis_table
        cells = small_in_rows(table, 2, lambda row: whole, self.min_cell)
        more = {(i, 2) for i, row in enumerate(table.rows) if int(row[2]) > whole}
        few = {(i, j) for i, _ in cells | more for j in (1, 2)}
        self._with(block, few)
        return block
