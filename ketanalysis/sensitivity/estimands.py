"""One question under many rules, visits and handlings: does the conclusion hang on a choice?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import polars as pl

from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of
from ketanalysis.grid import names_given, score_grid
from ketanalysis.imputation.settings import Imputation
from ketanalysis.imputation.shared_draws import sharing_draws
from ketanalysis.meaningful import MeaningfulChange
from ketanalysis.population import Population
from ketanalysis.rates.contrasts import has_order, sides_of
from ketanalysis.rates.handling import HANDLINGS, STRATEGY_OF
from ketanalysis.rates.handling import IMPUTED as IMPUTED_WORDS
from ketanalysis.rates.meaningful_change import estimate_meaningful_change
from ketanalysis.rates.response import estimate_remission, estimate_response
from ketanalysis.results import Result
from ketanalysis.sensitivity.changes import MIXED, change_rows

CHANGE = "change"
Endpoint: TypeAlias = Response | Remission | MeaningfulChange | str
RISK, POINTS = "risk difference", "difference in change"
TABLE = {
    "role": pl.String,
    "endpoint": pl.String,
    "AVISIT": pl.String,
    "missing": pl.String,
    "contrast": pl.String,
    "measure": pl.String,
    "estimate": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "p_value": pl.Float64,
    "method": pl.String,
    "n": pl.Int64,
    "n_reference": pl.Int64,
    "note": pl.String,
}
AUDIT = ("endpoint", "AVISIT", "missing", "status", "reason", "count")
NRI_ONLY = "nri"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class SensitivityResult(Result):
    """The difference between arms under every rule, visit and handling of missing scores.

    Attributes
    ----------
    table
        One row an analysis and contrast: role ("primary" or "sensitivity"), endpoint, AVISIT,
        missing, contrast, measure ("risk difference", 0 to 1, or "difference in change",
        points), estimate, conf_low, conf_high, p_value, method, n, n_reference, note.
    scale, by
        The scale, and the column of the arms.
    arms
        The arms in order, the reference first.
    imputation
        How scores were imputed, or None.
    """

    kind: ClassVar[str] = "sensitivity"

    scale: str = ""
    by: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()
    imputation: Imputation | None = None


def estimate_sensitivity(
    data: Any,
    scale: str,
    endpoints: Endpoint | Sequence[Endpoint],
    by: str = "TRT01P",
    *,
    visits: str | Sequence[str],
    missing: str | Sequence[str],
    imputation: Imputation | None = None,
    population: Population = "ITT",
    difference: str = "miettinen-nurminen",
    conf_level: float = 0.95,
) -> SensitivityResult:
    """Estimate the difference between arms under every rule, visit and handling that is named.

    Answers "does the conclusion hang on one choice of ours?". Not a search for the analysis with
    the smallest p value: the first endpoint, visit and handling named are the primary analysis,
    and every other row is there to be looked at, whatever it says.

    Parameters
    ----------
    data, scale, population
        As in `estimate_response`.
    endpoints
        Rules (`Response`, `Remission`, `MeaningfulChange`) and "change" (points from baseline),
        the primary one first.
    by
        The column of the arms, in order, the reference first.
    visits
        Visits, the primary one first.
    missing
        Handlings of missing scores, the primary one first: those of `estimate_response`, and
        "mmrm" (the mixed model, of "change" only). "nri" is of rules only.
    imputation
        How scores are imputed; needed by "mi", "j2r", "cr", "cir" and "lmcf". Its covariates
        stand in the analyses of change too.
    difference
        Interval of a risk difference of scores that are not imputed, as in
        `estimate_response`.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    SensitivityResult
        Every combination as a row; one that the data do not allow has no estimate, and a note.

    Raises
    ------
    ArgumentError
        Nothing named, a name that does not exist, arms without an order, a handling that no
        endpoint takes.
    ContractError, EstimationError
        As `estimate_response`.

    Notes
    -----
    Missing values: that is the question; `audit` counts everybody under every handling.
    p values are not adjusted: the rows are one question asked again, not many questions.
    Source: ICH E9(R1) (2019), section A.5.2.
    Checked against: every row is what `estimate_response`, `fit_ancova`, `fit_mmrm` or
    `estimate_imputed_change` gives alone, tests/sensitivity/test_estimands.py.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> grid = ka.estimate_sensitivity(
    ...     ka.load_example("ketamine"), "MADRS", [ka.Response(at_least=0.5), "change"],
    ...     visits=["Day 14", "24 h"], missing=["nri", "observed"])
    >>> grid.table["role"].to_list().count("primary")
    1
    """
    check_conf_level(conf_level)
    chosen = _endpoints(endpoints)
    shown, handlings = _visits(visits), _handlings(missing, chosen)
    grid = score_grid(data, scale, by, population=population, visits=shown)
    _check_arms(grid.subjects[by], by)
    rows: list[dict[str, Any]] = []
    audits: list[pl.DataFrame] = []
    with sharing_draws():
        for words, endpoint in chosen.items():
            if isinstance(endpoint, str):
                own = [name for name in handlings if name != NRI_ONLY]
                change = change_rows(
                    data, scale, by, own, shown, population, _used(imputation, own), conf_level
                )
                rows += [{"endpoint": words, "measure": POINTS} | row for row in change]
                continue
            own = [name for name in handlings if name != MIXED]
            if not own:
                continue
            given = {
                "missing": own,
                "visits": shown,
                "population": population,
                "difference": difference,
                "imputation": _used(imputation, own),
                "conf_level": conf_level,
            }
            result = _estimate_of(endpoint)(data, scale, endpoint, by, **given)
            rows += [{"endpoint": words} | row for row in _rate_rows(result, by)]
            audits.append(result.audit.with_columns(endpoint=pl.lit(words)))
    table = _in_order(rows, list(chosen), shown, handlings)
    return SensitivityResult(
        table=table,
        title=f"{scale} under every rule, visit and handling of missing scores by {by}",
        audit=_audit(audits),
        notes=tuple(_notes(grid.population, table, imputation, difference)),
        conf_level=conf_level,
        simulated=grid.simulated,
        from_pandas=grid.from_pandas,
        warnings=grid.warnings,
        scale=scale,
        by=(by,),
        arms=tuple(grid.subjects[by].dtype.categories),  # type: ignore[attr-defined]
        imputation=imputation,
    )


def endpoint_words(endpoint: Endpoint) -> str:
    """Return an endpoint in a few words: ``response, improvement of at least 50 %``."""
    if isinstance(endpoint, str):
        return "change from baseline"
    sentence = endpoint.sentence().partition(". ")[0].rstrip(".")
    label, _, rest = sentence.partition(" is ")
    rest = rest.removeprefix("an ").removeprefix("a ").replace(" from baseline", "")
    return f"{label.lower()}, {rest}"


def _endpoints(given: Endpoint | Sequence[Endpoint]) -> dict[str, Endpoint]:
    kinds = (Response, Remission, MeaningfulChange)
    several = [given] if isinstance(given, (str, *kinds)) else list(given)
    if not several:
        raise ArgumentError('endpoints must name a rule or "change".')
    for one in several:
        if not isinstance(one, kinds) and one != CHANGE:
            raise ArgumentError(
                'endpoints must be rules, such as Response(at_least=0.5), and "change", not '
                f"{one!r}."
            )
    return {endpoint_words(one): one for one in several}


def _visits(given: str | Sequence[str]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(names_given("visits", given, "a visit")))
    if not names:
        raise ArgumentError("visits must name a visit.")
    return names


def _handlings(given: str | Sequence[str], endpoints: dict[str, Endpoint]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(names_given("missing", given, "a handling")))
    if not names:
        raise ArgumentError("missing must name a handling of missing scores.")
    for name in names:
        check_one_of("missing", name, (*HANDLINGS, *STRATEGY_OF, MIXED))
    has_change, has_rule = (
        any(isinstance(one, str) is is_change for one in endpoints.values())
        for is_change in (True, False)
    )
    if MIXED in names and not has_change:
        raise ArgumentError(
            'missing="mmrm" is a model of points: add "change" to the endpoints, or leave it out.'
        )
    if NRI_ONLY in names and not has_rule:
        raise ArgumentError(
            'missing="nri" counts failures of a rule: add a rule to the endpoints, or leave it out.'
        )
    first = next(iter(endpoints.values()))
    if names[0] == (NRI_ONLY if isinstance(first, str) else MIXED):
        raise ArgumentError(
            "The first endpoint and the first handling are the primary analysis, and "
            f'missing="{names[0]}" does not go with {endpoint_words(first)}. Name another first.'
        )
    return names


def _check_arms(arms: pl.Series, by: str) -> None:
    if not has_order(arms) or not isinstance(arms.dtype, pl.Enum):
        raise ArgumentError(
            f"The arms in {by} have no declared order: give {by} as a polars Enum (pandas: an "
            "ordered Categorical), the reference first."
        )
    if arms.n_unique() < 2:
        raise ArgumentError(f"A comparison needs two arms, and {by} holds one.")


def _used(imputation: Imputation | None, handlings: Sequence[str]) -> Imputation | None:
    """Return the settings where a handling needs them: without one they would be refused."""
    return imputation if any(name in STRATEGY_OF for name in handlings) else None


def _estimate_of(rule: Endpoint) -> Any:
    if isinstance(rule, Remission):
        return estimate_remission
    return estimate_response if isinstance(rule, Response) else estimate_meaningful_change


def _rate_rows(result: Any, by: str) -> Iterator[dict[str, Any]]:
    """Yield the risk differences of a result of rates, by the first method of each handling."""
    first = pl.col("method").first().over("missing")
    rows = result.contrasts.filter(pl.col("measure") == RISK).filter(pl.col("method") == first)
    sizes = {
        (row["AVISIT"], row["missing"], str(row[by])): row["n"] for row in result.table.to_dicts()
    }
    arms = list(dict.fromkeys(arm for _, _, arm in sizes))
    for row in rows.to_dicts():
        sides = sides_of(row["contrast"], arms)
        assert sides is not None
        group, reference = sides
        where = (row["AVISIT"], row["missing"])
        counts = {"n": sizes[*where, group], "n_reference": sizes[*where, reference]}
        yield {name: row[name] for name in TABLE if name in row} | counts


def _in_order(
    rows: list[dict[str, Any]],
    endpoints: list[str],
    visits: Sequence[str],
    handlings: Sequence[str],
) -> pl.DataFrame:
    """Return the rows by endpoint, visit and handling as they were named, with their role."""
    primary = (endpoints[0], visits[0], handlings[0])
    place = {name: i for names in (endpoints, visits, handlings) for i, name in enumerate(names)}
    for row in rows:
        where = (row["endpoint"], row["AVISIT"], row["missing"])
        row["role"] = "primary" if where == primary else "sensitivity"
    rows.sort(key=lambda r: (place[r["endpoint"]], place[r["AVISIT"]], place[r["missing"]]))
    kept = [{name: row.get(name) for name in TABLE} for row in rows]
    return pl.DataFrame(kept, schema={**TABLE, "AVISIT": pl.Enum(list(visits))})


def _audit(audits: list[pl.DataFrame]) -> pl.DataFrame:
    if not audits:
        return pl.DataFrame(schema={"status": pl.String, "reason": pl.String, "count": pl.Int64})
    whole = pl.concat(audits, how="diagonal")
    front = [name for name in whole.columns if name not in AUDIT]
    return whole.select(*front, *AUDIT)


def _notes(
    population: str, table: pl.DataFrame, imputation: Imputation | None, difference: str
) -> Iterator[str]:
    words = {**HANDLINGS, **IMPUTED_WORDS, MIXED: "mixed model for repeated measures, all scores"}
    names = table["missing"].unique(maintain_order=True).to_list()
    yield f"Population: {population}."
    yield f"Missing scores: {'; '.join(f'{name}: {words[name]}' for name in names)}."
    yield (
        "The first endpoint, visit and handling are the primary analysis; the others are there to "
        "show whether its conclusion hangs on one choice. p values are not adjusted."
    )
    if POINTS in table["measure"]:
        more = imputation.covariates if imputation is not None else ()
        among = ", ".join(["baseline", *more])
        yield (
            f"Differences in change are adjusted for {among}: observed and carried-forward scores "
            "by analysis of covariance; the mixed model has an unstructured covariance and degrees "
            "of freedom of Kenward and Roger (linear, as SAS)."
        )
    if imputation is not None and any(name in STRATEGY_OF for name in names):
        yield imputation.sentence()
