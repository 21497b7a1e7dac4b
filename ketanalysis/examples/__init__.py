"""Simulated trials whose truth is known: for learning, for tests, never for conclusions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from ketanalysis.errors import ArgumentError, check_one_of

if TYPE_CHECKING:
    from ketanalysis.trial import Trial

EXAMPLES = ("ketamine",)
FILES = {
    "subjects": "adsl.csv",
    "scores": "adqs.csv",
    "infusions": "adex.csv",
    "adverse_events": "adae.csv",
    "events": "adice.csv",
    "concomitant": "adcm.csv",
    "vital_signs": "advs.csv",
}


def load_example(name: str, *, seed: int | None = None) -> Trial:
    """Return a simulated trial by name: what does a trial look like in this package?

    Labelled as simulated wherever it is shown. Not for conclusions about any treatment.

    Parameters
    ----------
    name
        "ketamine": ketamine against midazolam, 48 subjects an arm, six infusions in two weeks,
        then follow-up to day 84 without treatment.
    seed
        Seed of the random numbers; the example's own unless given.

    Returns
    -------
    A trial with scores (MADRS, HAMA, ASC_ANX; CADSS around each infusion), infusions, adverse
    events, intercurrent events, concomitant treatments and vital signs; ADSL says who left and
    why. Visits and readings that were missed have no row.

    Raises
    ------
    ArgumentError
        Where there is no such example; the message lists all.

    Examples
    --------
    >>> load_example("ketamine").n_subjects
    96
    """
    frames = example_frames(name, seed=seed)
    from ketanalysis.examples.ketamine_design import ARMS, LABEL
    from ketanalysis.examples.ketamine_dissociation import ALL_VISITS
    from ketanalysis.intake.trials import as_trial

    return as_trial(
        frames["scores"],
        subject="USUBJID",
        parameter="PARAMCD",
        value="AVAL",
        visit="AVISIT",
        visits=ALL_VISITS,
        hour="AFRLT",
        baseline_visit="Baseline",
        subjects=frames["subjects"],
        arm="TRT01P",
        arms=ARMS,
        infusions=frames["infusions"],
        adverse_events=frames["adverse_events"],
        events=frames["events"],
        concomitant=frames["concomitant"],
        vital_signs=frames["vital_signs"],
        label=LABEL,
        simulated=True,
    )


def example_frames(name: str, *, seed: int | None = None) -> dict[str, pl.DataFrame]:
    """Return the raw tables of an example, as a study would hand them over.

    ``subjects``, ``scores``, ``infusions``, ``adverse_events``, ``events``, ``concomitant`` and
    ``vital_signs`` in CDISC columns; see `ketanalysis.examples.ketamine.simulate_ketamine`.

    Raises
    ------
    ArgumentError
        Where there is no such example.

    Examples
    --------
    >>> example_frames("ketamine")["subjects"].height
    96
    """
    check_one_of("name", name, EXAMPLES)
    from ketanalysis.examples.ketamine import simulate_ketamine
    from ketanalysis.examples.ketamine_design import SEED

    return simulate_ketamine(SEED if seed is None else seed)


def write_example(
    folder: str | Path, name: str = "ketamine", *, seed: int | None = None
) -> dict[str, Path]:
    """Write the raw tables of an example into ``folder/data/`` as CSV: a study to start from.

    An existing file is never written over.

    Parameters
    ----------
    folder
        The study folder; it and ``data/`` are made where they are not there.

    Returns
    -------
    The path of each file: ``subjects`` (adsl.csv), ``scores`` (adqs.csv), ``infusions``
    (adex.csv), ``adverse_events`` (adae.csv), ``events`` (adice.csv), ``concomitant``
    (adcm.csv), ``vital_signs`` (advs.csv).

    Raises
    ------
    ArgumentError
        Where there is no such example, or one of the files is there already.
    """
    frames = example_frames(name, seed=seed)
    data = Path(folder) / "data"
    paths = {table: data / file for table, file in FILES.items()}
    there = [path.name for path in paths.values() if path.exists()]
    if there:
        raise ArgumentError(
            f"{data} already holds {', '.join(there)}, which cannot be written over. "
            "Name another folder, or move the files away."
        )

    data.mkdir(parents=True, exist_ok=True)
    for table, path in paths.items():
        frames[table].write_csv(path)
    return paths


def truth(name: str = "ketamine") -> pl.DataFrame:
    """Return what was put into an example: what should its analysis find?

    One row a quantity and arm: ``quantity``, ``arm``, ``value``, ``unit``, ``source``. A
    single trial of this size scatters around these values.

    Raises
    ------
    ArgumentError
        Where there is no such example.

    Examples
    --------
    >>> truth("ketamine").columns
    ['quantity', 'arm', 'value', 'unit', 'source']
    """
    check_one_of("name", name, EXAMPLES)
    from ketanalysis.examples.ketamine_truth import ketamine_truth

    return ketamine_truth()
