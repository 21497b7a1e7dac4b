"""The parts of a report: what each section shows, with a sentence where there is nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.instruments import find_instrument
from ketanalysis.study.provenance import inputs_table, packages_table, rows_table
from ketanalysis.tables import Column, Table, tabulate, to_html
from ketanalysis.tables.report import audit_table, contrast_table, findings_table, shortened
from ketanalysis.tables.words import (
    HANDLING_WORDS,
    at_visit,
    contrast_words,
    in_words,
    plain_words,
    without_columns,
)
from ketanalysis.text import SENTENCES, STYLES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ketanalysis.study.running import StudyResults

NR = "median not reached "
NOT_PLANNED = "The plan of this study does not ask this question."
# Why an analysis gave nothing, in words; the plan or the data leave it out.
ABSENT = {
    "response": "The plan declares no definition of response; response was not analysed.",
    "remission": "The plan declares no definition of remission; remission was not analysed.",
    "relapse": "The plan declares no definition of relapse; relapse was not analysed.",
    "infusion_anxiety": "The plan asks for no comparison of anxiety; none was made.",
    "adverse_events": "The study holds no records of adverse events; none were analysed.",
    "adverse_events_by_infusion": "No anxiety or dissociation is recorded with its infusion.",
    "model_contrasts": "The plan declares no mixed model; the change was not modelled.",
    "sensitivity": "The plan asks for no sensitivity analyses; none were made.",
    "prediction": "The plan names nothing that might predict response; no model was fitted.",
    "prediction_roc": "The plan names no score to be looked at alone.",
    "early_improvement": "The plan names no early improvement to be looked at.",
    "blinding": "The plan names no guesses of the treatment; blinding was not examined.",
}
QUESTIONS = {
    "baseline": "Who are the subjects?",
    "disposition": "Who left, and when?",
    "change": "How did scores change?",
    "symptom_change": "How did scores change, by the mixed model?",
    "model_contrasts": "How did scores change, by the mixed model?",
    "sensitivity": "Does the conclusion hang on one choice?",
    "response": "How many responded?",
    "remission": "How many remitted?",
    "relapse": "How long did it last without maintenance?",
    "infusion_anxiety": "Did anxiety differ between responders and non-responders?",
    "adverse_events": "How many had adverse events?",
    "prediction": "What predicts response?",
    "prediction_roc": "How well does a score alone tell responders apart?",
    "early_improvement": "Does early improvement tell who will respond?",
    "blinding": "Was the treatment guessed?",
    "safety": "How many had adverse events?",
}
# The analysis that a result comes from, where it has another name.
ANALYSES = {
    "course": "change",
    "model": "symptom_change",
    "model_means": "symptom_change",
    "model_contrasts": "symptom_change",
    "response_by_visit": "response",
    **dict.fromkeys(
        (
            "prediction_validated",
            "prediction_calibration",
            "prediction_benefit",
            "prediction_roc",
            "early_improvement",
        ),
        "prediction",
    ),
    "effect_by_guess": "blinding",
    "adverse_events": "safety",
    "adverse_events_by_infusion": "safety",
}
# Results that one analysis gives beside its main one: shown in full, not in the summary.
BESIDE = {
    "baseline",
    "course",
    "model",
    "model_means",
    "response_by_visit",
    "prediction_validated",
    "prediction_calibration",
    "prediction_benefit",
    "effect_by_guess",
    "adverse_events_by_infusion",
}
HASH = re.compile(r">([0-9a-f]{64})<")


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
        names = [*trial.arms]
        arms = f"{len(names)} arms: {', '.join(names)}" if len(names) > 1 else "one arm"
        mark = "Simulated data, not a real trial. " if trial.simulated else ""
        return f"{mark}{trial.n_subjects} subjects, {arms}"

    def summary(self) -> Block:
        """Return the main results in sentences, one a question."""
        items = [self._answer(name) for name in self.results if name not in BESIDE]
        items += [
            f"<li><strong>{escape(_question(name))}</strong> Not answered. {escape(reason)}</li>"
            for name, reason in self.results.refused.items()
        ]
        warned = [
            f"<li>{escape(plain_words(warning))}</li>"
            for warning in dict.fromkeys(w for r in self.results.values() for w in r.warnings)
        ]
        note = f"<p><strong>Note well</strong></p><ul>{''.join(warned)}</ul>" if warned else ""
        return Block(f"<ul>{''.join(items)}</ul>{note}")

    def _answer(self, name: str) -> str:
        result: Any = self._at_the_visit(self.results[name])
        text = SENTENCES[result.kind](result, STYLES["plain"]).removeprefix(f"{result.title}. ")
        text = in_words(self._in_words(text.replace(": All ", ": ", 1).removeprefix("All: ")))
        visit = self.study.plan.visit
        text = text.replace(f" at {visit}", f" {at_visit(visit)}", 1)
        if result.kind == "rates":
            handling = result.table["missing"][0]
            text = text.replace(f"({handling})", f"with {HANDLING_WORDS[handling]}", 1)
            text = self._minus(text, result.contrasts)
        if result.kind in ("contrasts", "sensitivity"):
            text = self._minus(text, result.table)
        if result.kind == "survival":
            text = text.replace(" to NR) ", " to not reached) ").replace("median NR ", NR)
        rule: Any = result.definition if name in {"response", "remission", "relapse"} else None
        if rule is not None:
            first, _, _ = rule.sentence(self.study.plan.scale).partition(". ")
            text = f"{first.rstrip('.')}. {text}"
        return f"<li><strong>{escape(_question(name))}</strong> {escape(_unbroken(text))}</li>"

    def _minus(self, text: str, contrasts: pl.DataFrame) -> str:
        """Return the text with ``drug minus placebo`` for ``drug - placebo``."""
        for contrast in contrasts["contrast"].unique(maintain_order=True):
            text = text.replace(contrast, contrast_words(contrast, self.study.trial.arms))
        return text

    def _at_the_visit(self, result: Any) -> Any:
        """Return the contrasts of a model at the primary visit alone; other results as they are."""
        if result.kind != "contrasts" or "AVISIT" not in result.table.columns:
            return result
        visit = pl.col("AVISIT").cast(pl.String) == self.study.plan.visit
        return replace(result, table=result.table.filter(visit))

    def _in_words(self, text: str) -> str:
        """Return the text with the name of each scale at its first mention."""
        for scale in self._scales():
            known = find_instrument(scale)
            if known is not None and known.id == scale and "_" in scale:
                text = text.replace(scale, f"{known.name} ({scale})", 1)
        return plain_words(text)

    def _scales(self) -> list[str]:
        plan = self.study.plan
        others = plan.anxiety.outcomes if plan.anxiety is not None else ()
        return list(dict.fromkeys([plan.scale, *others]))

    def definitions(self) -> Block:
        """Return every definition of the plan as a sentence."""
        plan = self.study.plan
        known = [(scale, find_instrument(scale)) for scale in self._scales()]
        named = [f"{scale}: {one.name}." for scale, one in known if one and one.id == scale]
        missing = [HANDLING_WORDS[name] for name in plan.missing]
        primary = f"The primary comparison is made on {plan.scale} {at_visit(plan.visit)}."
        handled = f"Missing scores, primary analysis: {missing[0]}."
        if missing[1:]:
            handled += f" Beside it: {'; '.join(missing[1:])}."
        said = [_estimand(sentence) for sentence in plan.sentences()]
        items = "".join(f"<li>{escape(s)}</li>" for s in [primary, *named, *said[:-1], handled])
        return Block(f"<ul>{items}<li>{escape(said[-1])}</li></ul>")

    def estimand(self) -> Block:
        """Return the five attributes of ICH E9(R1), each declared or not."""
        pairs = [one.partition(": ") for one in self.study.plan.estimand.sentence().split("; ")]
        rows = tuple((name[:1].upper() + name[1:], text) for name, _, text in pairs)
        columns = (Column("Attribute", "left"), Column("Declared", "left"))
        return _block(Table("Estimand (ICH E9(R1))", columns, rows))

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
        return _block(Table("Subjects by arm", columns, tuple(rows)))

    def table(self, name: str) -> Block:
        """Return the table of a result, or why there is none."""
        result: Any = self.results.get(name)
        if result is None:
            return self._absent(name)
        said = tuple(self.study.plan.sentences())
        title = in_words(without_columns(result.title, getattr(result, "by", ())))
        return _block(shortened(tabulate(result), said=said), self._in_words(title))

    def figure(self, name: str) -> Figure | None:
        """Return the figure of a result, or nothing."""
        result = self.results.get(name)
        if result is None:
            return None
        figure: Any = result.plot()
        caption = getattr(figure, "ketanalysis_caption", "")
        if caption:
            figure.ketanalysis_caption = self._in_words(caption)
        return figure  # type: ignore[no-any-return]

    def contrasts(self, name: str) -> Block | None:
        """Return every contrast of a rate: difference, ratios, number needed to treat."""
        result: Any = self.results.get(name)
        if result is None or result.contrasts.is_empty():
            return None
        return _block(contrast_table(result))

    def audit(self, name: str) -> Block | None:
        """Return who was counted and who was not, by reason."""
        result = self.results.get(name)
        if result is None or result.audit.is_empty():
            return self._absent(name) if name == "response" else None
        return _block(audit_table(result, tuple(self.study.trial.arms)))

    def methods(self) -> Block:
        """Return the methods of every result in sentences, each once."""
        paragraphs = []
        for name, result in self.results.items():
            if name in BESIDE:
                continue
            notes = [note for note in result.notes if not note.startswith("Sources: ")]
            text = plain_words(" ".join(notes))
            paragraphs.append(f"<p><strong>{escape(_topic(name))}.</strong> {escape(text)}</p>")
        return Block("".join(paragraphs))

    def findings(self) -> Block:
        """Return what the check of the data found, without subject identifiers."""
        report = self.study.trial.report
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.study.notes)
        told = f"<p>While reading:</p><ul>{notes}</ul>" if notes else ""
        if report is not None and report.not_run.height:
            told = f"<p>{_counted(report.not_run.height)} not run: not a pass.</p>{told}"
        if report is None:
            return Block(f"<p>The data were not checked.</p>{told}")
        if report.counts.is_empty():
            return Block(f"<p>The check of the data found nothing.</p>{told}")
        html = to_html(findings_table(report), has_caption=False)
        return Block(f"{html}{told}")

    def software(self) -> Block:
        """Return packages and versions."""
        return _block(packages_table())

    def inputs(self) -> Block:
        """Return inputs with their hashes."""
        block = _block(inputs_table(self.study))
        block.html = HASH.sub(r'><code class="ka-hash">\1</code><', block.html)
        return block

    def rows(self) -> Block:
        """Return rows and subjects of every table that was read."""
        return _block(rows_table(self.study.trial))

    def _absent(self, name: str) -> Block:
        analysis = ANALYSES.get(name, name)
        reason = self.results.refused.get(analysis)
        if not reason and name in BESIDE and name not in ABSENT:
            return Block("")  # its main result has said why there is nothing
        text = f"Not estimated: {reason}" if reason else ABSENT.get(name, NOT_PLANNED)
        return Block(f"<p>{escape(text)}</p>")


def _block(table: Table, caption: str = "") -> Block:
    return Block(to_html(table, has_caption=False), caption=caption or table.title)


def _question(name: str) -> str:
    return QUESTIONS.get(name, f"{_topic(name)}.")


def _unbroken(text: str) -> str:
    """Return the text with ``95 %`` and ``p = 0.03`` kept on one line."""
    space = "\N{NO-BREAK SPACE}"
    return re.sub(r"\b([pn]) = ", rf"\1{space}={space}", text.replace(" %", f"{space}%"))


def _topic(name: str) -> str:
    if name == "infusion_anxiety":
        return "Anxiety"
    return name.replace("_", " ").capitalize()


def _estimand(sentence: str) -> str:
    """Return the sentence; an estimand of which nothing is declared in three words."""
    parts = sentence.removeprefix("Estimand: ").rstrip(".").split("; ")
    if sentence.startswith("Estimand: ") and all(p.endswith(": not declared") for p in parts):
        return "Estimand: not declared."
    return sentence


def _counted(checks: int) -> str:
    return "1 check was" if checks == 1 else f"{checks} checks were"
