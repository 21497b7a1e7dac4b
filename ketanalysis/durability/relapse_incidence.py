"""How many relapse, where some are infused again first: relapse and re-dosing that compete."""

from __future__ import annotations

from typing import Any

from ketanalysis.definitions import Among, RelapseRule
from ketanalysis.durability.curve import check_known_at, known_from, of_trial
from ketanalysis.durability.relapse import derived_rows
from ketanalysis.survival.incidence import estimate_cumulative_incidence
from ketanalysis.survival.incidence_results import CumulativeIncidence


def estimate_relapse_incidence(
    data: Any,
    scale: str,
    rule: RelapseRule,
    by: str | None = None,
    *,
    among: Among | None = None,
    origin: str | float | None = None,
    population: str = "ITT",
    variance: str = "greenwood",
    conf_type: str = "log-log",
    conf_level: float = 0.95,
    known_at: str | float | None = None,
) -> CumulativeIncidence:
    """Estimate the share that relapses, and the share infused again before that (Aalen-Johansen).

    Answers "what share has relapsed by day 28, where a further infusion can come first?". A
    curve of `estimate_relapse` with the infusion as censoring answers another question: how
    long it would last if nobody were infused again, and if those who were are like the others.

    Parameters
    ----------
    data, scale, rule, by, among, origin, population, known_at
        As in `estimate_relapse`. What a further infusion does is settled: it competes.
    variance, conf_type, conf_level
        As in `estimate_cumulative_incidence`.

    Returns
    -------
    CumulativeIncidence
        As `estimate_cumulative_incidence`, of the causes "relapse" and "further infusion";
        `tte` holds the rows of `time_to_relapse` and `audit` counts who entered and who did
        not, by reason.

    Raises
    ------
    ArgumentError, ContractError
        As `time_to_relapse` and `estimate_cumulative_incidence`.
    EstimationError
        Nobody enters.

    Notes
    -----
    A relapse that is first seen at the visit of the further infusion, before it, is a relapse.

    Checked against: the rows of `time_to_relapse`; tests/oracle/cumulative_incidence.csv
    (R 4.2.2, survival::survfit and cmprsk::cuminc), all columns, relative 1e-10.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> found = ka.estimate_relapse_incidence(
    ...     ka.load_example("ketamine"), "MADRS",
    ...     ka.Relapse(at_least=22, consecutive=1, dated="first"), by="TRT01P",
    ...     among=ka.Among(ka.Response(at_least=0.5), visit="24 h"), origin="criterion met")
    >>> found.causes
    ('relapse', 'further infusion')
    """
    check_known_at(known_at)
    tte, grid, notes = derived_rows(data, scale, rule, among, origin, "competing", by, population)

    found = estimate_cumulative_incidence(
        tte,
        by=by,
        entry="entry",
        variance=variance,
        conf_type=conf_type,
        conf_level=conf_level,
        known_at=known_from(data, by, known_at),
    )
    title = (
        f"Cumulative incidence with {conf_type} {100 * conf_level:g} % intervals: relapse on "
        f"{scale} or a further infusion, among those who entered"
    )
    return of_trial(found, grid, title, by, rule, notes)
