"""The sentences under a flow of subjects: where each stage is from, and how drop-out is counted."""

from __future__ import annotations

from collections.abc import Sequence

from ketanalysis.errors import listed
from ketanalysis.participants.dropout import Seen

NOT_THERE = {
    "screened": "Who was screened and not randomised is not recorded.",
    "treated": "Who was treated is not recorded (no SAFFL, no infusions).",
    "treatment": "Who completed treatment is not recorded (no EOTSTT).",
    "study": "Who completed the study is not recorded (no EOSSTT, COMPLFL, ADICE or scores).",
    "analysed": "Who was analysed is not recorded (no ITTFL, FASFL, PPROTFL or SAFFL).",
}


def disposition_notes(
    stages: Sequence[tuple[str, str, str, str]],
    held: Seen | None,
    scale: str | None,
    visits: Sequence[str],
) -> tuple[str, ...]:
    """Return the notes of the flow, each a sentence."""
    sources = "; ".join(f"{words}: {source}" for _, words, source, _ in stages)
    roles = {role for role, *_ in stages}
    absent = [text for role, text in NOT_THERE.items() if role not in roles]
    return (f"Sources: {sources}.", *absent, *_seen_notes(held, scale, visits))


def _seen_notes(held: Seen | None, scale: str | None, visits: Sequence[str]) -> tuple[str, ...]:
    if held is None:
        return ()
    what = f"a {scale} score" if scale else "a score on any scale"
    ongoing = (
        " Visits after the last score of a subject who is still in the study are not yet due."
        if held.ongoing.any()
        else ""
    )
    note = (
        f"Seen at a visit: {what}. A subject has left after the last score; a visit without one "
        f"before that is intermittent.{ongoing}"
    )
    unseen = [repr(visit) for visit in visits if visit not in held.visits]
    without = f"Visits without any {scale} score" if scale else "Visits without any score"
    never = (f"{without}, which are not in the table: {listed(unseen, 4)}.",) if unseen else ()
    return (note, *never)
