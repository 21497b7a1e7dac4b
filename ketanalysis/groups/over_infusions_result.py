"""What a comparison of responders over infusions returns, and the sentences under it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import polars as pl

from ketanalysis.groups.responders_result import GROUP, REFERENCE
from ketanalysis.rates.handling import HANDLINGS
from ketanalysis.results import Result
from ketanalysis.rounding import number

TABLE_SCHEMA: Mapping[str, Any] = {
    **dict.fromkeys(("outcome", "missing", "infusion", "measure", "contrast", "role"), pl.String),
    **dict.fromkeys(("n", "n_reference"), pl.Int64),
    **dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), pl.Float64),
    **dict.fromkeys(("df", "statistic", "p_value"), pl.Float64),
    "note": pl.String,
}
MEANS_SCHEMA: Mapping[str, Any] = {
    **dict.fromkeys(("outcome", "missing", "group", "AVISIT", "infusion"), pl.String),
    "n": pl.Int64,
    **dict.fromkeys(("mean", "estimate", "std_error", "df"), pl.Float64),
    **dict.fromkeys(("conf_low", "conf_high"), pl.Float64),
    "note": pl.String,
}
UNEVEN = 0.1  # of the scores: what the groups may differ in without a word


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class InfusionGroupsResult(Result):
    """A score over infusions in responders and non-responders.

    Attributes
    ----------
    table
        One row a contrast of the mixed model, by-group and handling of missing response scores:
        the difference (responder minus non-responder, in points) over all infusions with equal
        weights, the slopes of both groups and their difference (points an infusion; below 0
        anxiety fades), and the difference at each infusion. What cannot be estimated is null,
        and ``note`` says why.
    means
        One row a group and infusion: subjects with a score, their mean, and the mean of the
        model with its interval.
    by
        The by-columns.
    outcome, scale
        The score that is compared, and the scale of the response.
    """

    kind: ClassVar[str] = "infusion groups"

    means: pl.DataFrame = field(default_factory=pl.DataFrame)
    by: tuple[str, ...] = ()
    scale: str = ""
    outcome: str = ""
    group: str = GROUP
    reference: str = REFERENCE


def infusion_notes(
    rule: str,
    covariance: str,
    terms: Mapping[str, str],
    handlings: Sequence[str],
    allowed: Sequence[str],
) -> tuple[str, ...]:
    """Return the definition, the model, the handling of missing scores, what was allowed."""
    held = ", ".join(f"{name} ({how})" for name, how in terms.items())
    missing = "; ".join(f"{name}: {HANDLINGS[name]}" for name in handlings)
    return (
        rule,
        "Differences are responder minus non-responder, by a mixed model of group and infusion"
        f"{', adjusted for ' + held if held else ''} (restricted likelihood, covariance of the "
        f"infusions {covariance}, Kenward-Roger degrees of freedom, linear).",
        "A slope is that of the straight line through a group's means, in points an infusion. "
        "Differences at single infusions are not adjusted for their number.",
        "Scores after a subject stopped are taken to be missing at random: those who stopped "
        "would have gone on as others of their group with the same scores. If anxiety of which "
        "no score tells made them stop, the late means are too low.",
        f"Missing response scores: {missing}. Under nri, those who left count as non-responders: "
        "when anxiety makes subjects leave, that row shows a link by definition.",
        *allowed,
    )


def infusion_warnings(
    means: pl.DataFrame,
    order: Sequence[str],
    infusions: Sequence[str],
    response_visit: str,
    by: Sequence[str],
) -> tuple[str, ...]:
    """Warn of infusions at or after response, and of groups that got other numbers of them."""
    end = order.index(response_visit)
    late = [
        f"{place + 1} ({visit})"
        for place, visit in enumerate(infusions)
        if order.index(visit) >= end
    ]
    said = []
    if late:
        said.append(
            f"Infusion{'s' if len(late) > 1 else ''} {', '.join(late)} "
            f"{'are' if len(late) > 1 else 'is'} not before {response_visit}: anxiety was rated "
            "when response was already known, and cannot be read as predicting it."
        )
    return (*said, *_uneven(means, len(infusions), by))


def _uneven(means: pl.DataFrame, k: int, by: Sequence[str]) -> Iterator[str]:
    """Say where the groups were rated at unlike numbers of infusions: no mean of all is fair."""
    if means.is_empty():
        return
    own = means.filter(pl.col("missing") == means["missing"][0])
    each = own.group_by([*by, "group"], maintain_order=True).agg(
        pl.col("n").sum().alias("scores"), pl.col("n").max().alias("most")
    )
    for key, pair in each.group_by([*by], maintain_order=True) if by else [((), each)]:
        rated = {
            row["group"]: row["scores"] / row["most"]
            for row in pair.iter_rows(named=True)
            if row["most"]
        }
        if len(rated) < 2 or abs(rated[GROUP] - rated[REFERENCE]) < UNEVEN * k:
            continue
        where = f" ({', '.join(map(str, key))})" if key else ""
        yield (
            f"Responders were rated at {number(rated[GROUP], 1)} of {k} infusions on average and "
            f"non-responders at {number(rated[REFERENCE], 1)}{where}: a mean over the infusions "
            "each subject had compares other infusions in one group than in the other. No such "
            "mean is taken here; the model compares the groups at the same infusions."
        )
