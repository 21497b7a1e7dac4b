"""How long does it last, with what visits can tell: relapse lies between two of them."""

from __future__ import annotations

from typing import Any

from ketanalysis.definitions import Among, RelapseRule
from ketanalysis.durability.curve import known_from, of_trial
from ketanalysis.durability.relapse import derived_rows
from ketanalysis.errors import ArgumentError
from ketanalysis.interval_censored.interval_survival import estimate_interval_survival
from ketanalysis.interval_censored.results import IntervalSurvivalResult


def estimate_relapse_intervals(
    data: Any,
    scale: str,
    rule: RelapseRule,
    by: str | None = None,
    *,
    among: Among | None = None,
    origin: str | float | None = None,
    redose: str | None = None,
    population: str = "ITT",
    naive: str = "right",
    resamples: int | None = None,
    seed: int | None = None,
    conf_level: float = 0.95,
    known_at: str | None = None,
) -> IntervalSurvivalResult:
    """Estimate how many are still free of relapse, which is only seen at visits (Turnbull).

    Answers "how long does it last?" without a date for what nobody saw: relapse came after the
    last visit without it and until the first visit with it, however the rule dates it. It is a
    conditional curve of those who entered, as `estimate_relapse`, whose curve with every relapse
    at the visit that saw it stands beside.

    Parameters
    ----------
    data, scale, rule, by, among, origin, redose, population
        As in `estimate_relapse`. The estimate takes no late entry: where entry is known after
        the origin, the clock must start there (``origin="entry"``) or later.
    naive, resamples, seed, conf_level
        As in `estimate_interval_survival`.
    known_at
        ``"baseline"`` declares that `by` was known then; columns of a trial's ADSL need none,
        unless their name says otherwise.

    Returns
    -------
    IntervalSurvivalResult
        As `estimate_interval_survival`.

    Raises
    ------
    ArgumentError, ContractError
        As `time_to_relapse` and `estimate_interval_survival`.
    EstimationError
        Nobody enters, or subjects enter after the origin.

    Notes
    -----
    Checked against: every number is that of `estimate_interval_survival` on the rows of
    `time_to_relapse`, tests/durability/test_relapse_intervals.py.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> curve = ka.estimate_relapse_intervals(
    ...     ka.load_example("ketamine"), "MADRS",
    ...     ka.Relapse(at_least=22, consecutive=1, dated="first"), by="TRT01P",
    ...     among=ka.Among(ka.Response(at_least=0.5), visit="Day 14"),
    ...     origin="entry", redose="censor")
    >>> curve.medians.height
    2
    """
    rows, grid, notes = derived_rows(data, scale, rule, among, origin, redose, by, population)
    known = known_from(data, by, known_at)
    if known is not None and not isinstance(known, str):
        raise ArgumentError(
            'known_at must be "baseline" here: the interval-censored estimate takes no late '
            "entry. Start the clock when the groups are known (origin=)."
        )
    result = estimate_interval_survival(
        rows,
        by=by,
        known_at=known,
        naive=naive,
        resamples=resamples,
        seed=seed,
        conf_level=conf_level,
    )
    title = (
        f"Interval-censored estimate (Turnbull): free of relapse on {scale}, among those who "
        "entered"
    )
    return of_trial(result, grid, title, by, rule, notes)
