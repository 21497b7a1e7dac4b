"""The parts of a report: what each section shows, with a sentence where there is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.glossary import method_words
from ketanalysis.instruments import find_instrument
from ketanalysis.study.abstract import conclusion, end_points, head_points, primary_result
from ketanalysis.study.answers import answer, name_scales, scales, subtitle, unbroken
from ketanalysis.study.anxiety_parts import asked_part
from ketanalysis.study.blocks import (
    QuartoFigure,
    Said,
    TableBlock,
    Words,
    WordsBlock,
    shown_figure,
)
from ketanalysis.study.own_code import own_code, own_code_table
from ketanalysis.study.provenance import inputs_table, packages_table, rows_table, seeds_table
from ketanalysis.study.questions import BESIDE, MAIN, TABLED, absence, question, topic
from ketanalysis.study.references import methods_of, works_behind
from ketanalysis.tables import Column, Table, tabulate
from ketanalysis.tables.quarto import is_in_quarto
from ketanalysis.tables.report import (
    audit_table,
    breaches_to_show,
    contrast_table,
    findings_table,
    shortened,
)
from ketanalysis.tables.words import (
    HANDLING_WORDS,
    at_visit,
    in_words,
    plain_words,
    without_columns,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ketanalysis.study.running import StudyResults

Block = TableBlock | WordsBlock


class Section:
    """The sections of the report of one study.

    Each method returns something that a cell of a Quarto document shows: a table, sentences or
    a figure. A question that the plan does not ask, or that the data refuse, is a sentence.
    """

    def __init__(self, results: StudyResults, left_out: tuple[str, ...] | None = None) -> None:
        self.results = results
        self.study = results.study
        self.left_out = left_out  # of a report with masked arms; None where they are shown

    def head(self) -> WordsBlock:
        """Return the study's name and its subjects for a page whose title cannot hold them.

        Quarto's header takes no inline code; the embedded renderer writes both into the title.
        """
        if not is_in_quarto():
            return WordsBlock()
        return WordsBlock(Said(subtitle(self.study, self.n_subjects()), f"{self.study.title}."))

    def summary(self) -> WordsBlock:
        """Return the structured abstract: what was asked, how, what was found, what follows."""
        return WordsBlock([*self._head(), *self._answers(is_main=True), *self._end()])

    def further(self) -> WordsBlock:
        """Return the other results, what was not answered, and what must not be overlooked."""
        points = self._answers(is_main=False)
        points += [
            Said(f"Not answered. {reason}", question(name))
            for name, reason in self.not_answered().items()
        ]
        warned = dict.fromkeys(w for r in self.results.values() for w in r.warnings)
        pieces: list[Words] = [points] if points else []
        if warned:
            pieces += [Said("", "Note well"), [Said(plain_words(one)) for one in warned]]
        return WordsBlock(*pieces)

    def _head(self) -> list[Said]:
        return head_points(self.study, self.n_subjects(), self.left_out)

    def _end(self) -> list[Said]:
        """Return harms where there is no record of any, the conclusion, registration, funding."""
        harms = []
        if self.study.trial.adae is None:
            harms = [Said("No records of adverse events were given.", "Harms.")]
        name = primary_result(self.results)
        # A short report asks other questions, and concludes nothing on this one.
        is_asked = name is None or name in self.results or bool(self.results.refused)
        said = [Said(self.conclusion(), "Conclusion.")] if is_asked else []
        return [*harms, *said, *end_points(self.study.plan)]

    def conclusion(self) -> str:
        """Return the primary estimate and its interval in plain words."""
        return conclusion(self.results)

    def _answers(self, *, is_main: bool) -> list[Said]:
        return [
            Said(self.sentence(name), question(name))
            for name in self.results
            if name not in BESIDE | TABLED and (name in MAIN) == is_main
        ]

    def sentence(self, name: str) -> str:
        """Return what a result says, in a sentence or more."""
        return answer(name, self.results[name], self.study)

    def not_answered(self) -> dict[str, str]:
        """Return what the data refused to answer, and why."""
        return dict(self.results.refused)

    def definitions(self) -> WordsBlock:
        """Return every definition of the plan as a sentence."""
        plan = self.study.plan
        known = [(scale, find_instrument(scale)) for scale in scales(self.study)]
        named = [f"{scale}: {one.name}." for scale, one in known if one and one.id == scale]
        missing = [HANDLING_WORDS[name] for name in plan.missing]
        primary = f"The primary comparison is made on {plan.scale} {at_visit(plan.visit)}."
        handled = f"Missing scores, primary analysis: {missing[0]}."
        if missing[1:]:
            handled += f" Beside it: {'; '.join(missing[1:])}."
        said = [_estimand(sentence) for sentence in plan.sentences()]
        return WordsBlock([Said(s) for s in [primary, *named, *said[:-1], handled, said[-1]]])

    def estimand(self) -> TableBlock:
        """Return the five attributes of ICH E9(R1), each declared or not."""
        pairs = [one.partition(": ") for one in self.study.plan.estimand.sentence().split("; ")]
        rows = tuple((name[:1].upper() + name[1:], text) for name, _, text in pairs)
        columns = (Column("Attribute", "left"), Column("Declared", "left"))
        return TableBlock(Table("Estimand (ICH E9(R1))", columns, rows), name="estimand")

    def n_subjects(self) -> int:
        """Return how many subjects the report is said to be of."""
        return self.study.trial.n_subjects

    def subjects(self) -> TableBlock:
        """Return how many subjects there are by arm, with scores and treated."""
        trial = self.study.trial
        scored = trial.adqs.filter(pl.col("AVAL").is_not_null()).select("USUBJID").unique()
        treated = trial.adex.select("USUBJID").unique() if trial.adex is not None else None
        arms: list[str | None] = [*trial.arms] or [None]
        rows = []
        for arm in arms:
            members = trial.adsl if arm is None else trial.adsl.filter(pl.col("TRT01P") == arm)
            infused = (
                [str(members.join(treated, on="USUBJID", how="semi").height)]
                if treated is not None
                else []
            )
            with_scores = members.join(scored, on="USUBJID", how="semi").height
            rows.append((arm or "All subjects", str(members.height), *infused, str(with_scores)))
        columns = (
            Column("Arm", "left"),
            Column("Subjects"),
            *([Column("With an infusion")] if treated is not None else []),
            Column("With any rating score"),
        )
        return TableBlock(Table("Subjects by arm", columns, tuple(rows)), name="subjects")

    def table(self, name: str) -> Block:
        """Return the table of a result, or why there is none."""
        result: Any = self.results.get(name)
        if result is None:
            return self._absent(name)
        said = tuple(self.study.plan.sentences())
        title = in_words(without_columns(result.title, getattr(result, "by", ())))
        table = shortened(tabulate(result), said=said)
        return TableBlock(table, name_scales(title, self.study), name)

    def part(self, name: str, part: str) -> Block | None:
        """Return what stands beside a comparison of responders, where the plan asks for it."""
        result: Any = self.results.get(name)
        table = None if result is None else asked_part(result, self.study.plan.anxiety, part)
        if table is None:
            return None
        title = in_words(without_columns(table.title, result.by))
        return TableBlock(
            shortened(table, said=()), name_scales(title, self.study), f"{name}-{part}"
        )

    def figure(self, name: str, **options: Any) -> Figure | QuartoFigure | None:
        """Return the figure of a result, or nothing; options as in its ``plot``."""
        result = self.results.get(name)
        if result is None:
            return None
        figure: Any = result.plot(**options)
        caption = getattr(figure, "ketanalysis_caption", "")
        if caption:
            figure.ketanalysis_caption = name_scales(caption, self.study)
        kind = f"-{options['kind']}" if "kind" in options else ""
        return shown_figure(figure, f"{name}{kind}")  # type: ignore[no-any-return]

    def attenuation(self, name: str) -> Figure | QuartoFigure | None:
        """Return what was felt infusion by infusion, or nothing where there was one infusion."""
        result: Any = self.results.get(name)
        if result is None or result.trend.is_empty():
            return None
        return self.figure(name, kind="attenuation")

    def contrasts(self, name: str) -> Block | None:
        """Return every contrast of a rate: difference, ratios, number needed to treat."""
        result: Any = self.results.get(name)
        if result is None or result.contrasts.is_empty():
            return None
        return TableBlock(contrast_table(result), name=f"{name}-contrasts")

    def audit(self, name: str) -> Block | None:
        """Return who was counted and who was not, by reason."""
        result = self.results.get(name)
        if result is None or result.audit.is_empty():
            return self._absent(name) if name == "response" else None
        table = audit_table(result, tuple(self.study.trial.arms))
        return TableBlock(table, name=f"{name}-audit")

    def methods(self) -> WordsBlock:
        """Return the methods of every result in sentences, each where it is used first."""
        paragraphs, said = [], set()
        for name, result in self.results.items():
            if name in BESIDE:
                continue
            notes = [n for n in result.notes if not n.startswith("Sources: ") and n not in said]
            said.update(notes)
            if notes:
                paragraphs.append(Said(plain_words(" ".join(notes)), f"{topic(name)}."))
        return WordsBlock(*paragraphs)

    def references(self) -> WordsBlock:
        """Return the literature of the methods that were used."""
        said = [note for result in self.results.values() for note in result.notes]
        methods = [name for result in self.results.values() for name in methods_of(result)]
        works = works_behind([*said, *map(method_words, methods), "E9(R1)"])
        return WordsBlock([Said(work) for work in works])

    def findings(self) -> Block:
        """Return what the check of the data found, without subject identifiers."""
        report = self.study.trial.report
        if self.left_out is not None:
            return WordsBlock(Said("Findings are not shown while the arms are masked."))
        if report is None:
            return WordsBlock(Said("The data were not checked."))
        acute = self.study.plan.acute
        breaches = breaches_to_show(report, acute.scales if acute is not None else ())
        if not breaches:
            return WordsBlock(Said("The check of the data found nothing."))
        return TableBlock(findings_table(breaches), name="findings")

    def reading(self) -> WordsBlock:
        """Return what was recognised while reading, and how many checks were not run."""
        report = self.study.trial.report
        pieces: list[Words] = []
        if report is not None and report.not_run.height:
            pieces.append(Said(f"{_counted(report.not_run.height)} not run: not a pass."))
        if self.study.notes:
            pieces += [Said("While reading:"), [Said(note) for note in self.study.notes]]
        return WordsBlock(*pieces)

    def software(self) -> TableBlock:
        """Return packages and versions."""
        return TableBlock(packages_table(), name="software")

    def own_code(self) -> Block:
        """Return the analyses and reports of the study folder, where it holds any."""
        found = own_code(self.study.folder)
        if not found:
            return WordsBlock()
        table = own_code_table(found, is_trusted=self.results.is_trusted)
        return TableBlock(table, name="own-code")

    def inputs(self) -> TableBlock:
        """Return inputs with their hashes."""
        return TableBlock(inputs_table(self.study), name="inputs")

    def seeds(self) -> Block:
        """Return the seed of everything that was drawn at random."""
        table = seeds_table(self.study.plan)
        if not table.rows:
            return WordsBlock(Said("Nothing was drawn at random: the plan holds no seed."))
        return TableBlock(table, name="seeds")

    def rows(self) -> TableBlock:
        """Return rows and subjects of every table that was read."""
        return TableBlock(rows_table(self.study.trial), name="rows")

    def _absent(self, name: str) -> WordsBlock:
        text = absence(name, self.results.refused)
        return WordsBlock(*([Said(unbroken(text))] if text else []))


def _estimand(sentence: str) -> str:
    """Return the sentence; an estimand of which nothing is declared in three words."""
    parts = sentence.removeprefix("Estimand: ").rstrip(".").split("; ")
    if sentence.startswith("Estimand: ") and all(p.endswith(": not declared") for p in parts):
        return "Estimand: not declared."
    return sentence


def _counted(checks: int) -> str:
    return "1 check was" if checks == 1 else f"{checks} checks were"
