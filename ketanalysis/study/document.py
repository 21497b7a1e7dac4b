"""What the first cell of a report does: find the study, run its analyses, hold its sections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from ketanalysis.errors import ArgumentError, check_one_of, listed
from ketanalysis.examples import EXAMPLES, load_example
from ketanalysis.examples.protocol import example_sections
from ketanalysis.study.folder import Study
from ketanalysis.study.masking import mask_arms
from ketanalysis.study.remembered import once
from ketanalysis.study.running import StudyResults, as_study, run_study
from ketanalysis.study.sections import Section
from ketanalysis.study.sharing import SharedSection

NOT_BLINDED = -1
NOT_SHARED = 0


def open_report(
    study: str | Path,
    *,
    arm: str = "",
    trust_study_code: bool = False,
    blind_seed: int = NOT_BLINDED,
    share: int = NOT_SHARED,
    only: Sequence[str] | None = None,
) -> Section:
    """Run the analyses of a study and return the sections that a document shows.

    Answers "what can I show of this study in a document of my own?".

    Parameters
    ----------
    study
        A study folder, or the name of an example (``ketamine``, simulated).
    arm
        The planned arm to report alone; with "" all arms are reported and compared.
    trust_study_code
        Whether analyses that stand in the study folder are run in place of the shipped ones.
    blind_seed
        Masks the arms as Arm A, Arm B, ... in an order of this seed; -1 shows them.
    share
        The smallest count of subjects that may be shown, for a report that is passed on: from 3;
        5 and 11 are usual. Smaller ones are held back, and what they follow from; 0 shows all.
    only
        Names of the analyses to run, such as ``("relapse",)``; all of the plan unless given.

    Returns
    -------
    Section
        ``.table(name)``, ``.figure(name)``, ``.summary()`` and their siblings; ``.results``.

    Raises
    ------
    ArgumentError
        There is no such study, arm or analysis.
    ContractError
        The data break their contract.

    Examples
    --------
    >>> section = open_report("ketamine", arm="ketamine", only=("response",))
    >>> section.results["response"].inline("Day 14", "nri")
    '23/48 (48 %; 95 % CI 34 to 62)'
    """
    asked = None if only is None else tuple(only)
    if blind_seed == NOT_BLINDED:
        found = results_of(study, arm=arm, trust_study_code=trust_study_code, only=asked)
        return _section(found, None, share)
    if arm:
        raise ArgumentError("arm= names an arm, and blind_seed= masks them: give one of the two.")
    masked = mask_arms(find_study(study), blind_seed)
    found = run_study(masked.study, only=asked, trust_study_code=trust_study_code)
    return _section(found, masked.left_out, share)


def _section(results: StudyResults, left_out: tuple[str, ...] | None, share: int) -> Section:
    if share == NOT_SHARED:
        return Section(results, left_out)
    return SharedSection(results, left_out, share)


def results_of(
    study: str | Path, *, arm: str, trust_study_code: bool, only: tuple[str, ...] | None = None
) -> StudyResults:
    """Return the results that a document shows; a batch computes them once for all documents."""

    def run() -> StudyResults:
        whole = find_study(study)
        chosen = keep_arm(whole, arm) if arm else whole
        return run_study(chosen, only=only, trust_study_code=trust_study_code)

    found: StudyResults = once(("run", str(study), arm, trust_study_code, only), run)
    return found


def find_study(study: str | Path) -> Study:
    """Return the study of a folder, or an example by its name; a folder comes first."""
    if Path(study).exists() or str(study) not in EXAMPLES:
        if not Path(study).exists():
            raise ArgumentError(
                f"study must be a study folder or the name of an example ({listed(EXAMPLES)}), "
                f"not {str(study)!r}."
            )
        return as_study(study)
    sections, plan = example_sections(str(study))
    trial = load_example(str(study))
    return Study(trial, plan, sections["study"]["title"], notes=trial.notes)


def _of_one_arm(table: pl.DataFrame, arm: str) -> pl.DataFrame:
    """Return a table whose arms are this one alone, so that none is compared with nobody."""
    if not isinstance(table.schema.get("TRT01P"), pl.Enum):
        return table
    kept = pl.when(pl.col("TRT01P").cast(pl.String) == arm).then(pl.lit(arm))
    return table.with_columns(kept.cast(pl.Enum([arm])).alias("TRT01P"))


def keep_arm(study: Study, arm: str) -> Study:
    """Return the study with the subjects of one planned arm; the title says so."""
    trial = study.trial
    if not trial.arms:
        raise ArgumentError(f"arm={arm!r} cannot be chosen: the study has a single arm.")
    check_one_of("arm", arm, trial.arms)
    kept = trial.adsl.filter(pl.col("TRT01P").cast(pl.String) == arm)
    tables = {
        name: _of_one_arm(table, arm).join(
            kept.select("USUBJID"), on="USUBJID", how="semi", maintain_order="left"
        )
        for name, table in trial.tables().items()
    }
    return replace(
        study, trial=trial.with_(**tables, arms=(arm,)), title=f"{study.title}: {arm} alone"
    )
