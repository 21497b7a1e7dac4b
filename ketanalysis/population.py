"""Who is counted, and from which baseline: the named population of ADSL, ABLFL and BASE."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.definition import Definition, of_scale
from ketanalysis.errors import (
    ArgumentError,
    ContractError,
    EstimationError,
    check_one_of,
    listed,
    near_miss,
)
from ketanalysis.trial import Trial

POPULATION_FLAGS = {
    "ITT": "ITTFL",
    "safety": "SAFFL",
    "per protocol": "PPROTFL",
    "completers": "COMPLFL",
}
SELECTED = (
    "Completers are selected by what happened after treatment began: who left, often for want of "
    "effect or for side effects, is not counted, and arms are no longer the groups that were "
    "randomised. Show the result beside that of the ITT population."
)
SetAside = tuple[tuple[str, int], ...]
Chosen = tuple[pl.DataFrame, str, SetAside]


@dataclass(frozen=True, repr=False)
class Completers(Definition):
    """The completers as a population: the subjects of the ITT population scored at a visit.

    Not for a primary analysis: it leaves out those who left, and every result says so. Where
    ADSL has COMPLFL, ``population="completers"`` takes that flag instead.

    Parameters
    ----------
    visit
        The visit at which they must have a score of the scale that is analysed.

    Examples
    --------
    >>> from ketanalysis import Completers
    >>> print(Completers("Day 14").sentence("MADRS"))
    Completers are the subjects with a MADRS score at Day 14.
    """

    name: ClassVar[str] = "completers"

    visit: str

    def __post_init__(self) -> None:
        if not isinstance(self.visit, str) or not self.visit:
            raise ArgumentError(
                f"Completers needs the visit at which they must be scored, not {self.visit!r}."
            )

    def sentence(self, scale: str | None = None) -> str:
        """Return who the completers are."""
        return f"Completers are the subjects with a {of_scale(scale)}score at {self.visit}."


Population: TypeAlias = str | Completers


def check_population(population: Population) -> None:
    """Refuse what is no population."""
    if not isinstance(population, Completers):
        check_one_of("population", population, tuple(POPULATION_FLAGS))


def population_warnings(population: Population) -> tuple[str, ...]:
    """Return what a reader must know of the population: that completers are selected."""
    return (SELECTED,) if is_selected(population) else ()


def is_selected(population: Population) -> bool:
    """Whether a population is formed by what happened after treatment began."""
    return isinstance(population, Completers) or population == "completers"


def refuse_selected(population: Population, what: str) -> None:
    """Refuse completers where time runs from the start: they are known only at its end."""
    if is_selected(population):
        raise ArgumentError(
            f"{what} cannot be restricted to completers: who completed is known only at the end, "
            'and nobody among them can have left before. Use population="ITT".'
        )


def choose_population(trial: Trial, scores: pl.DataFrame, population: Population) -> Chosen:
    """Return the subjects of a population of the trial, a sentence on them, who is set aside."""
    adsl = trial.adsl
    check_population(population)
    if isinstance(population, Completers):
        everyone, sentence, out = choose_population(trial, scores, "ITT")
        chosen = everyone.join(
            _scored_at(scores, population.visit), on="USUBJID", how="semi", maintain_order="left"
        )
        left = everyone.height - chosen.height
        out = (*out, *_counted(f"no score at {population.visit}", left))
        return chosen, f"{sentence} with a score at {population.visit} (completers)", out
    flag = POPULATION_FLAGS[population]
    if flag in adsl.columns:
        chosen = adsl.filter(pl.col(flag).cast(pl.String) == "Y")
        if chosen.is_empty():
            held = adsl[flag].cast(pl.String).unique().sort()
            raise EstimationError(
                f"The {population} population is empty: no subject of ADSL has {flag} = Y "
                f"(it holds {listed(held)})."
            )
        left = adsl.height - chosen.height
        reason = f"not in the {population} population ({flag} is not Y)"
        return chosen, f"{population} population ({flag} = Y)", _counted(reason, left)
    if population != "ITT":
        raise ArgumentError(
            f"The {population} population needs the column ADSL.{flag}, which holds Y for its "
            f"subjects; ADSL has {listed(adsl.columns, 20)}. Add {flag} (Y or N) to the subjects, "
            f"or name another population{_declared(population)}."
        )
    if trial.subjects_given:
        return adsl, "all subjects of ADSL", ()
    return those_with_baseline(adsl, scores)


def _declared(population: str) -> str:
    """Say how completers are declared without a flag."""
    return ': Completers("VISIT") are those with a score there' * (population == "completers")


def _scored_at(scores: pl.DataFrame, visit: str) -> pl.DataFrame:
    """Return the subjects with a score at a visit, or say which visits there are."""
    scored = scores.filter(pl.col("AVAL").is_not_null())
    held = scored["AVISIT"].cast(pl.String).unique(maintain_order=True).to_list()
    if visit not in held:
        raise ArgumentError(
            f"Completers must name a visit with scores: {listed(map(repr, held), 20)}; not "
            f"{visit!r}.{near_miss(visit, held)}"
        )
    return scored.filter(pl.col("AVISIT").cast(pl.String) == visit).select("USUBJID")


def those_with_baseline(subjects: pl.DataFrame, scores: pl.DataFrame) -> Chosen:
    """Return the subjects with a baseline: the population where no ADSL says more."""
    has, why, sentence = _rows_that_count(scores)
    chosen = subjects.join(scores.filter(has), on="USUBJID", how="semi", maintain_order="left")
    return chosen, sentence, _counted(why, subjects.height - chosen.height)


def _rows_that_count(rows: pl.DataFrame) -> tuple[pl.Series, str, str]:
    """Return which rows bring their subject in, why others stay out, and a sentence.

    A baseline does; where nobody has one, a score does.
    """
    has = rows.select(baseline_value(rows).is_not_null()).to_series()
    if has.any():
        return has, "no baseline", "subjects with a baseline (no ADSL was given)"
    return (
        rows["AVAL"].is_not_null(),
        "no score",
        "subjects with a score (no ADSL, no baseline)",
    )


def without_group(
    subjects: pl.DataFrame, by: tuple[str, ...], out: SetAside
) -> tuple[pl.DataFrame, SetAside]:
    """Set aside subjects without a value in a by-column, by reason."""
    for column in by:
        missing = subjects[column].null_count()
        if missing:
            subjects = subjects.filter(pl.col(column).is_not_null())
            out = (*out, (f"no {column}", missing))
    return subjects, out


def subject_codes(subject: pl.Series) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the subjects 0, 1, ...; also return the row at which each first stands."""
    if subject.null_count():
        raise ContractError(
            f"USUBJID must not be missing, but {subject.null_count()} rows have none."
        )
    codes, heads = runs_of(subject)
    is_grouped = 2 * len(heads) <= len(codes) and subject[heads].n_unique() == len(heads)
    if is_grouped or subject.is_sorted():
        return codes, heads
    codes = subject.hash().rank("dense").to_numpy().astype(np.int64) - 1
    heads = _first_rows(codes)
    if (subject[heads].gather(codes) == subject).all():
        return codes, heads
    codes = subject.rank("dense").to_numpy().astype(np.int64) - 1  # two ids had the same hash
    return codes, _first_rows(codes)


def runs_of(subject: pl.Series) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the runs of one subject's rows 0, 1, ..., (n,), and return where each begins.

    As polars' ``rle_id``, in a quarter of its time on text.

    Examples
    --------
    >>> codes, heads = runs_of(pl.Series(["S1", "S1", "S2", "S1"]))
    >>> codes.tolist(), heads.tolist()
    ([0, 0, 1, 2], [0, 2, 3])
    """
    n = len(subject)
    begins = np.ones(n, dtype=bool)
    if n:
        own, before = subject.slice(1), subject.slice(0, n - 1)
        differs = own.ne_missing(before) if subject.null_count() else own != before
        begins[1:] = differs.to_numpy()
    heads = np.flatnonzero(begins)
    return np.repeat(np.arange(len(heads)), np.diff(heads, append=n)), heads


def places_of(subject: pl.Series, among: pl.Series) -> NDArray[np.int64]:
    """Return where each row's subject stands in `among`, which holds each once; -1 for nowhere.

    Rows of one subject mostly stand together, so that subjects are looked up once a run of rows.
    """
    codes, heads = runs_of(subject)
    held = subject[heads].cast(pl.String)
    listed_ = among.cast(pl.String)
    if len(held) == len(listed_) and (held == listed_).fill_null(False).all():
        return codes
    index = pl.DataFrame({"USUBJID": listed_}).with_row_index("place")
    found = pl.DataFrame({"USUBJID": held}).join(
        index, on="USUBJID", how="left", maintain_order="left"
    )
    places: NDArray[np.int64] = found["place"].cast(pl.Int64).fill_null(-1).to_numpy()
    return np.asarray(places[codes])


def _first_rows(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    heads = np.empty(int(codes.max(initial=-1)) + 1, dtype=np.int64)
    heads[codes[::-1]] = np.arange(len(codes))[::-1]
    return heads


def population_of_rows(
    rows: pl.DataFrame,
    codes: NDArray[np.int64],
    subjects: pl.DataFrame,
    by: tuple[str, ...],
    population: Population = "ITT",
) -> tuple[NDArray[np.bool_], str, SetAside]:
    """Return who of a bare frame's subjects is counted, (n,), a sentence, who is set aside."""
    has, why, sentence = _rows_that_count(rows)
    is_in = np.zeros(subjects.height, dtype=bool)
    is_in[codes[has.to_numpy()]] = True
    left_out = _counted(why, subjects.height - int(is_in.sum()))
    if isinstance(population, Completers):
        scored = subjects["USUBJID"].is_in(_scored_at(rows, population.visit)["USUBJID"].implode())
        left = int(np.count_nonzero(is_in & ~scored.to_numpy()))
        is_in &= scored.to_numpy()
        left_out = (*left_out, *_counted(f"no score at {population.visit}", left))
        sentence = f"{sentence} with a score at {population.visit} (completers)"
    chosen, out = without_group(subjects.filter(is_in), by, left_out)
    if chosen.height < is_in.sum():
        is_in &= ~subjects.select(pl.any_horizontal(pl.col(by).is_null())).to_series().to_numpy()
    return is_in, sentence, out


def is_baseline_row(rows: pl.DataFrame) -> pl.Expr:
    """Return which rows are flagged as baseline by ABLFL."""
    if "ABLFL" not in rows.columns:
        return pl.lit(False)
    flag = rows.schema["ABLFL"]
    if isinstance(flag, pl.Enum) and "Y" in flag.categories:
        return pl.col("ABLFL").eq_missing(pl.lit("Y", dtype=flag))
    return pl.col("ABLFL").cast(pl.String).eq_missing(pl.lit("Y"))


def baseline_value(rows: pl.DataFrame) -> pl.Expr:
    """Return the baseline that each row states: its score where flagged, else its BASE."""
    score = pl.when(is_baseline_row(rows)).then(pl.col("AVAL").cast(pl.Float64))
    beside = [pl.col("BASE").cast(pl.Float64)] if "BASE" in rows.columns else []
    return pl.coalesce(score, *beside)


def baseline_of(
    rows: pl.DataFrame, codes: NDArray[np.int64], n: int, scale: str
) -> NDArray[np.float64]:
    """Return the one baseline of each subject, shape (n,), NaN for none; two are refused.

    ``codes`` numbers the subject of each row, 0 to n - 1.
    """
    stated = rows.select(baseline_value(rows)).to_series()
    where = np.flatnonzero(stated.is_not_null().to_numpy())
    values, whose = stated.drop_nulls().to_numpy(), codes[where]
    baseline = np.full(n, np.nan)
    baseline[whose[::-1]] = values[::-1]
    differs = np.flatnonzero(baseline[whose] != values)
    if len(differs):
        first = differs[0]
        subject = rows["USUBJID"][int(where[first])]
        several = len(np.unique(whose[differs]))
        raise ContractError(
            f"A subject can have one {scale} baseline; {several} "
            f"{'has' if several == 1 else 'have'} several, first subject {subject} "
            f"({baseline[whose[first]]:g} and "
            f'{values[first]:g}). Flag one row with ABLFL = "Y", and let BASE be the same in all '
            "rows of the subject."
        )
    return baseline


def baseline_visits(
    rows: pl.DataFrame, codes: NDArray[np.int64], numbers: NDArray[Any], n: int
) -> NDArray[np.int64]:
    """Return the place of each subject's flagged baseline among the visits, (n,), or -1."""
    is_flagged = rows.select(is_baseline_row(rows) & pl.col("AVAL").is_not_null()).to_series()
    flagged = np.flatnonzero(is_flagged.to_numpy())
    places = np.full(n, -1, dtype=np.int64)
    at = numbers[flagged]
    for visit in np.unique(at):  # in order: the last flagged visit stays
        places[codes[flagged[at == visit]]] = visit
    return places


def check_after_own(
    scores: NDArray[np.float64],
    hours: NDArray[np.float64],
    own: NDArray[np.int64],
    subjects: pl.DataFrame,
    order: list[str],
    scale: str,
) -> None:
    """Refuse a score after a subject's own baseline at a visit that is baseline in others."""
    last = int(own.max(initial=-1))
    for visit in range(last + 1):
        between = (own >= 0) & (own < visit) & ~np.isnan(scores[visit]) & ~(hours[visit] <= 0)
        if between.any():
            who, late = (subjects["USUBJID"][int(np.argmax(x))] for x in (between, own == last))
            raise ContractError(
                f"{scale} baselines must stand before treatment: that of subject {late} is at "
                f"{order[last]!r}, and subject {who} has a score after its own baseline at "
                f"{order[visit]!r}, which would count as before treatment. Correct ABLFL."
            )


def check_not_baseline(
    visit: str,
    scores: NDArray[np.float64],
    hours: NDArray[np.float64],
    baseline: NDArray[np.float64],
    scale: str,
) -> None:
    """Refuse a first visit that may be the baseline itself: it would be carried forward."""
    scored = ~np.isnan(scores)
    if np.isnan(hours[scored]).all() and (scores[scored] == baseline[scored]).all():
        raise ContractError(
            f"At {visit!r} every {scale} score equals BASE, as if it were the baseline itself. "
            'Add ABLFL: "Y" on baseline rows, empty in the others.'
        )


def before_treatment(hours: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether all scores of a visit were taken at or before the start of treatment."""
    known, is_after = ~np.isnan(hours), hours > 0
    return np.asarray(known.any(axis=1) & ~is_after.any(axis=1))


def _counted(reason: str, count: int) -> SetAside:
    return ((reason, count),) if count else ()
