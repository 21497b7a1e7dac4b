"""A curve of one's own beside published figures: the same time, and what else is not the same."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import polars as pl

from ketanalysis.errors import ArgumentError, check_one_of
from ketanalysis.grid import by_columns, names_given
from ketanalysis.literature.published import FREE, MEDIAN, READ, published
from ketanalysis.rates.proportions import proportion_interval
from ketanalysis.results import Result
from ketanalysis.survival.estimates import estimate_milestones
from ketanalysis.survival.results import Asked, SurvivalResult

MOVER = "newcombe-type"
TABLE = {
    "study": pl.String,
    "treatment": pl.String,
    "among": pl.String,
    "measure": pl.String,
    "time": pl.Float64,
    "estimate": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "published": pl.Float64,
    "published_low": pl.Float64,
    "published_high": pl.Float64,
    "published_count": pl.Int64,
    "published_n": pl.Int64,
    "difference": pl.Float64,
    "difference_low": pl.Float64,
    "difference_high": pl.Float64,
    "method": pl.String,
    "note": pl.String,
}
NOT_A_CONTROL = (
    "A published figure is not a control group: subjects, rule, visits and care differ, and a "
    "difference may be that of any of them. There is no test."
)
NO_TIME = "The published share is over the whole follow-up, which has no one length: side by side."
NO_COUNT = "The source read does not say how many were counted: side by side."
NO_MEAN = "A mean needs everybody's relapse: this curve gives a restricted mean (rmst) instead."
BEYOND = "Beyond the follow-up here."
NO_WIDTH = "The share here has no interval: side by side."
NO_MEDIAN = "Not estimable here."
SIDE = "Medians stand side by side, without a difference."


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class PublishedComparison(Result):
    """A curve beside published figures.

    Attributes
    ----------
    table
        One row a group and published figure: the by-column, study, treatment and among (theirs),
        measure ("share free", 0 to 1; "median" or "mean", days), time (days; null where there is
        none), estimate, conf_low, conf_high (here; null where the curve gives none), published,
        published_low, published_high (of a share with known counts Wilson's), published_count
        (still free), published_n, difference (here minus published, of shares), difference_low,
        difference_high, method, note.
    figures
        The published figures, as `published` gives them.
    differs
        One row a study, treatment and aspect ("set", "origin", "rule", "treatment"): here and
        there, in words.
    curve
        The curve that was compared.
    by, time_unit
        As in `SurvivalResult`.
    """

    kind: ClassVar[str] = "published_comparison"

    curve: SurvivalResult
    figures: pl.DataFrame = field(default_factory=pl.DataFrame)
    differs: pl.DataFrame = field(default_factory=pl.DataFrame)
    by: tuple[str, ...] = ()
    time_unit: str = "days"


def compare_published(
    result: SurvivalResult,
    study: str | Sequence[str],
    *,
    among: str | None = None,
    origin: str | None = None,
    rule: str | None = None,
) -> PublishedComparison:
    """Lay published figures beside a relapse curve, each at its own time.

    Answers "how does this compare with what others found?". Not a test of superiority over an
    earlier trial, and never a comparison of curves: none of theirs was published with numbers at
    risk, so only the numbers that they print stand here.

    Parameters
    ----------
    result
        A result of `estimate_relapse`, in days, or of `estimate_survival` (then with `among`,
        `origin` and `rule`).
    study
        Names of studies of `published`, such as "McInnes 2022".
    among, origin, rule
        In words: who is in the curve, from when it counts, and what counts as relapse. A result
        of `estimate_relapse` knows them.

    Returns
    -------
    PublishedComparison
        One row a group and figure; what differs is in ``differs`` and in the notes.

    Raises
    ------
    ArgumentError
        A study that does not exist, a curve that is not in days, or one that does not say whom
        it counts.

    Notes
    -----
    Shares are subtracted only where the published count and number are known; the interval is by
    the method of variance estimates recovery from the ends of the curve's interval and of
    Wilson's, the published study taken as independent. With both ends Wilson's it is Newcombe's
    method 10. Late entry, censoring and the type of interval are the curve's own.

    Source: Zou and Donner 2008, Stat Med 27:1693, equation (6); Newcombe 1998, Stat Med 17:873.
    Checked against: tests/oracle/published.csv (R 4.2.2, survival::survfit for the curve, prop.test
    for Wilson's ends), relative 1e-9.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> relapse = ka.estimate_relapse(
    ...     ka.load_example("ketamine"), "MADRS",
    ...     ka.Relapse(at_least=22, consecutive=1, dated="first"),
    ...     among=ka.Among(ka.Response(at_least=0.5), visit="Day 14"),
    ...     origin="last infusion", redose="censor")
    >>> beside = ka.compare_published(relapse, "Murrough 2013")
    >>> beside.table["published"].to_list()
    [18.0]
    """
    own = _checked(result, Asked(among or "", origin or "", rule or ""))
    found = _chosen(study)
    by_columns(list(result.by), tuple(TABLE))
    rows = [row for figure in found.to_dicts() for row in _rows(result, figure)]
    keys = {column: result.medians.schema[column] for column in result.by}
    differs = _differs(found, own)
    return PublishedComparison(
        table=pl.DataFrame(rows, schema={**keys, **TABLE}),
        title=f"Published figures beside: {result.title.partition(': ')[2] or result.title}",
        definition=result.definition,
        audit=result.audit,
        notes=(
            NOT_A_CONTROL,
            f"Here: {_sentence(own.among)} The clock starts at {own.origin}. {own.rule}",
            *_there(found),
            *_method_notes(rows, result),
        ),
        warnings=(*_warnings(found), *result.warnings),
        conf_level=result.conf_level,
        simulated=result.simulated,
        from_pandas=result.from_pandas,
        curve=result,
        figures=found,
        differs=differs,
        by=result.by,
        time_unit=result.time_unit,
    )


def _checked(result: Any, given: Asked) -> Asked:
    if not isinstance(result, SurvivalResult):
        raise ArgumentError(
            "result must be a curve of estimate_relapse or estimate_survival, not "
            f"{type(result).__name__}."
        )
    if result.time_unit != "days":
        raise ArgumentError(
            f"Published figures are in days, and this curve counts {result.time_unit}: estimate it "
            "in days."
        )
    said = [name for name, words in given._asdict().items() if words]
    if result.asked is not None:
        if said:
            raise ArgumentError(
                f"{said[0]}= is for a curve that does not say it; this one does: "
                f"{getattr(result.asked, said[0])}"
            )
        return result.asked
    if len(said) < len(given):
        raise ArgumentError(
            "among=, origin= and rule= must say in words whom this curve counts, from when, and "
            "what counts as the event: without them nobody sees what is compared."
        )
    return given


def _chosen(study: Any) -> pl.DataFrame:
    figures = published()
    known = figures["study"].unique(maintain_order=True).to_list()
    names = names_given("study", study, "a study of published()")
    if not names:
        raise ArgumentError("study must name a study of published().")
    for name in names:
        check_one_of("study", name, known)
    return pl.concat([figures.filter(study=name) for name in dict.fromkeys(names)])


def _rows(result: SurvivalResult, figure: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield one row a group for a published figure."""
    low, high = figure["conf_low"], figure["conf_high"]
    if figure["count"] is not None:
        ends = proportion_interval(figure["count"], figure["n"], "wilson", result.conf_level)
        low, high = (float(end) for end in ends)
    base = {name: figure[name] for name in ("study", "treatment", "among", "measure", "time")}
    base |= {"published": figure["estimate"], "published_low": low, "published_high": high}
    base |= {"published_count": figure["count"], "published_n": figure["n"]}
    for key, own in _own(result, figure):
        row = dict.fromkeys(TABLE) | base | key | own
        yield row | _difference(row)


def _own(
    result: SurvivalResult, figure: dict[str, Any]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the key of each group and what the curve gives of the same measure."""
    ends = ("conf_low", "conf_high")
    shares = None
    if figure["measure"] == FREE and figure["time"] is not None:
        shares = estimate_milestones(result, [figure["time"]]).table.to_dicts()
    for place, row in enumerate(result.medians.to_dicts()):
        key = {column: row[column] for column in result.by}
        if shares is not None:
            own = shares[place]
            note = BEYOND if own["survival"] is None else ""
            yield key, {"estimate": own["survival"], **{e: own[e] for e in ends}, "note": note}
        elif figure["measure"] == MEDIAN:
            note = SIDE if row["median"] is not None else NO_MEDIAN
            yield key, {"estimate": row["median"], **{e: row[e] for e in ends}, "note": note}
        else:
            yield key, {"note": NO_TIME if figure["measure"] == FREE else NO_MEAN}


def _difference(row: dict[str, Any]) -> dict[str, Any]:
    """Return the difference of two shares, with an interval where the counts are known."""
    own, theirs = row["estimate"], row["published"]
    if row["measure"] != FREE or own is None:
        return {}
    if row["published_count"] is None:
        return {"note": NO_COUNT}
    low, high = row["conf_low"], row["conf_high"]
    if low is None or high is None or low == high:
        return {"note": NO_WIDTH}
    below = math.hypot(own - low, row["published_high"] - theirs)
    above = math.hypot(high - own, theirs - row["published_low"])
    apart = own - theirs
    ends = {"difference_low": apart - below, "difference_high": apart + above}
    return {"difference": apart, **ends, "method": MOVER}


def _differs(found: pl.DataFrame, own: Asked) -> pl.DataFrame:
    rows = []
    for figure in found.unique(("study", "treatment", "among"), maintain_order=True).to_dicts():
        went_on = "went on" if figure["maintained"] else "ended at the origin"
        pairs = (
            ("set", own.among, figure["among"]),
            ("origin", own.origin, figure["origin"]),
            ("rule", own.rule, figure["rule"]),
            ("treatment", "as in this trial", f"{figure['treatment']}; it {went_on}"),
        )
        rows += [(figure["study"], figure["treatment"], *pair) for pair in pairs]
    columns = ("study", "treatment", "aspect", "here", "there")
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def _there(found: pl.DataFrame) -> Iterator[str]:
    """Yield who, since when and by which rule of each study, in one sentence."""
    for (study,), own in found.group_by("study", maintain_order=True):
        first = own.row(0, named=True)
        sets = " and ".join(own["among"].unique(maintain_order=True))
        read = READ[first["read"]]
        yield (
            f"{study}: {sets}, counted from {first['origin']}; relapse: {first['rule']} "
            f"({first['citation']}; read: {read})."
        )


def _method_notes(rows: list[dict[str, Any]], result: SurvivalResult) -> Iterator[str]:
    if any(row["method"] for row in rows):
        yield (
            "Differences are here minus published, in percentage points; their "
            f"{100 * result.conf_level:g} % intervals are Newcombe's, from the curve's "
            f"{result.conf_type} interval and Wilson's of the published counts."
        )
    if any(row["published_low"] is not None and row["measure"] == FREE for row in rows):
        yield "Intervals of published shares are Wilson's, from the counts."


def _warnings(found: pl.DataFrame) -> Iterator[str]:
    for (study,), own in found.group_by("study", maintain_order=True):
        if not own["rule_known"].all():
            yield (
                f"The rule of relapse of {study} could not be read: the figures may count "
                "something else."
            )
        if own["maintained"].any():
            kept = own.filter("maintained")["treatment"].unique(maintain_order=True)
            yield f"In an arm of {study} treatment went on ({'; '.join(kept)})."


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
