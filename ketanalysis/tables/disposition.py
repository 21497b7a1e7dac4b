"""The flow of the subjects as a table: a line a stage and a reason, then who was seen when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ketanalysis.participants.flow import REACHED
from ketanalysis.participants.subject_rows import ALL
from ketanalysis.participants.variables import label_of
from ketanalysis.tables.baseline import group_of, share
from ketanalysis.tables.registry import table_of
from ketanalysis.tables.table import Column, Table

Line = tuple[str, ...]
BLOCKS = {
    "screened": "Enrolment",
    "entered": "Enrolment",
    "treated": "Treatment",
    "treatment": "Treatment",
    "study": "Follow-up",
    "analysed": "Analysis",
}
SEEN, KINDS = "Seen at the visit, n/N (%)", "Pattern of scores over the visits, n/N (%)"
KIND_WORDS = {
    "complete": "Scored at every visit",
    "monotone": "No score after some visit",
    "ongoing": "No later score yet, still in the study",
    "intermittent": "A visit missed between scores",
    "never scored": "Never scored",
}


@table_of("disposition")
def disposition(result: Any) -> Table:
    """Stages with their reasons, then the visits, then the patterns of missing scores."""
    rows = result.table.to_dicts()
    groups = list(dict.fromkeys(group_of(row, result.by) for row in rows))
    spanner = ", ".join(label_of(column, {}) for column in result.by)
    columns = [
        Column("Stage", "left"),
        *(
            Column("All subjects") if group == ALL else Column(group, spanner=spanner)
            for group in groups
        ),
    ]
    lines: list[Line] = []
    blocks: list[tuple[str, int]] = []
    for role, words, _, _ in result.stages:
        found = _stage(role, words, [r for r in rows if r["stage"] == words], groups, result.by)
        if blocks and blocks[-1][0] == BLOCKS[role]:
            blocks[-1] = (BLOCKS[role], blocks[-1][1] + len(found))
        else:
            blocks.append((BLOCKS[role], len(found)))
        lines += found
    for label, found in ((SEEN, _visits(result, groups)), (KINDS, _kinds(result, groups))):
        if found:
            lines += found
            blocks.append((label, len(found)))
    return Table(result.title, tuple(columns), tuple(lines), tuple(blocks), result.notes)


def sentence_case(text: str) -> str:
    """Return ``Lost to follow-up`` for ``LOST TO FOLLOW-UP``; short capitals stay (ECT)."""
    if text.isupper() and len(text) > 4:
        return text.capitalize()
    return text[:1].upper() + text[1:]


def negated(role: str, words: str) -> str:
    """Return what those are called who did not reach a stage: ``Not completed``."""
    if role == "analysed":
        return "Not analysed"
    if words.startswith("completed"):
        return "Not completed"
    if words.startswith("not "):
        return sentence_case(words.removeprefix("not "))
    return f"Not {words}"


def _stage(
    role: str, words: str, rows: list[dict[str, Any]], groups: Sequence[str], by: Sequence[str]
) -> list[Line]:
    reasons = dict.fromkeys(row["reason"] for row in rows if row["reason"] != REACHED)
    cells = {(group_of(row, by), row["reason"]): row for row in rows}

    def line(label: str, reason: str) -> Line:
        found = [cells.get((group, reason)) for group in groups]
        return (label, *(_cell(row, role, reason) for row in found))

    said = [line(sentence_case(words), REACHED)]
    if reasons:
        said.append((negated(role, words), *(_did_not(rows, group, by) for group in groups)))
    return [*said, *(line(f"– {sentence_case(reason)}", reason) for reason in reasons)]


def _did_not(rows: list[dict[str, Any]], group: str, by: Sequence[str]) -> str:
    """Return how many did not reach the stage, for any reason; "" where no arrow leads to it."""
    mine = [row for row in rows if group_of(row, by) == group and row["reason"] != REACHED]
    return share(sum(row["count"] for row in mine), mine[0]["total"]) if mine else ""


def _cell(row: dict[str, Any] | None, role: str, reason: str) -> str:
    """Return a count of those before it; where nobody was before it, the number alone."""
    if row is None:
        return ""
    is_first = role == "screened" or (role == "entered" and row["count"] == row["total"])
    return (
        str(row["count"]) if is_first and reason == REACHED else share(row["count"], row["total"])
    )


def _visits(result: Any, groups: Sequence[str]) -> list[Line]:
    rows = result.dropout.to_dicts()
    cells = {(group_of(row, result.by), row["AVISIT"]): row for row in rows}
    return [
        (
            visit,
            *(
                share(cells[group, visit]["n_scored"], cells[group, visit]["total"])
                for group in groups
            ),
        )
        for visit in dict.fromkeys(row["AVISIT"] for row in rows)
    ]


def _kinds(result: Any, groups: Sequence[str]) -> list[Line]:
    rows = result.patterns.to_dicts()
    total = {group_of(row, result.by): row["total"] for row in result.dropout.iter_rows(named=True)}
    counts: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (group_of(row, result.by), row["kind"])
        counts[key] = counts.get(key, 0) + row["count"]
    held = [kind for kind in KIND_WORDS if any(kind == found for _, found in counts)]
    return [
        (
            KIND_WORDS[kind],
            *(share(counts.get((group, kind), 0), total[group]) for group in groups),
        )
        for kind in held
    ]
