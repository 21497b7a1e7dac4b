"""A study with its arms masked: everything is computed, and nobody reads which arm is which.

The arms get the names Arm A, Arm B, ... by a seed, and stand in the order of these names, so that
the role of a reference tells nothing either: a difference is B minus A, whichever that is. What
tells an arm otherwise is taken out before anything is computed: doses, names of the drug, columns
whose values differ from arm to arm, guesses of the treatment, and every section of the plan that
names an arm.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.contracts.contract import shipped_contract
from ketanalysis.disclosure.hidden_words import pattern_of
from ketanalysis.errors import ArgumentError
from ketanalysis.study.folder import Study
from ketanalysis.study.plan import Plan
from ketanalysis.trial import Trial

# Columns that tell what was given.
TELLING = ("TRT01A", "EXDOSE", "EXDOSU", "EXTRT", "EXADJ")
MASK = "(arm)"
# Words of an arm's name that say nothing of what was given.
GENERAL = {
    *("active", "control", "double", "fixed", "group", "higher", "infusion", "infusions", "lower"),
    *("repeated", "sequence", "single", "standard", "therapy", "treatment", "usual", "weekly"),
}


@dataclass(frozen=True)
class Masked:
    """A masked study, the words that must not be read in its report, and what was left out."""

    study: Study
    hidden: tuple[str, ...]
    left_out: tuple[str, ...]


def mask_arms(study: Study, seed: int) -> Masked:
    """Return the study with its arms as Arm A, Arm B, ... in an order of this seed.

    Parameters
    ----------
    study
        A study with two arms or more.
    seed
        Which arm gets which name. Who knows it can tell the arms: keep it with the code list.

    Raises
    ------
    ArgumentError
        The study has a single arm, or the seed is no whole number from 0.
    """
    arms = study.trial.arms
    if len(arms) < 2:
        raise ArgumentError("A blinded report needs two arms; this study has one.")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ArgumentError(f"blind_seed must be a whole number from 0, not {seed!r}.")
    if len(arms) > 26:
        raise ArgumentError(f"A blinded report has at most 26 arms, not {len(arms)}.")

    shuffled = np.random.default_rng(seed).permutation(len(arms))
    names = {arms[at]: f"Arm {chr(65 + place)}" for place, at in enumerate(shuffled)}
    words = [*arms, *_telling_words(arms)]
    found = pattern_of(words)
    trial, columns = _trial(study.trial, names, found)
    plan, sections = _plan(study.plan, found)
    masked = replace(
        study,
        trial=trial,
        plan=plan,
        title=found.sub(MASK, study.title),
        notes=tuple(found.sub(MASK, note) for note in study.notes),
        inputs={found.sub(MASK, name): sha for name, sha in study.inputs.items()},
    )
    return Masked(masked, tuple(dict.fromkeys(words)), (*columns, *sections))


def _telling_words(arms: tuple[str, ...]) -> list[str]:
    """Return the words of some names and not of all, such as the drug in "ketamine 0.5 mg/kg"."""
    words = [re.findall(r"[^\W\d_]{6,}", arm.lower()) for arm in arms]
    common = set.intersection(*map(set, words)) | GENERAL
    return sorted({word for one in words for word in one} - common)


def _trial(
    trial: Trial, names: Mapping[str, str], found: re.Pattern[str]
) -> tuple[Trial, list[str]]:
    kind = pl.Enum(sorted(names.values()))
    tables: dict[str, pl.DataFrame | None] = {}
    left_out: list[str] = []
    for table, frame in trial.tables().items():
        kept = frame
        if "TRT01P" in frame.columns:
            renamed = pl.col("TRT01P").cast(pl.String).replace_strict(names, return_dtype=kind)
            kept = frame.with_columns(renamed)
        telling = [n for n in kept.columns if _tells(kept, n, found)]
        if table in ("adsl", "adex"):  # who they are, and how infusions were given
            by_arm = _with_arm(kept, trial.adsl)
            telling += [n for n in kept.columns if n not in telling and _divides(by_arm, n)]
        needed = [name for name in telling if _is_needed(table, name)]
        if needed and table in ("adsl", "adqs"):
            raise ArgumentError(
                f"A blinded report cannot be made: {table.upper()}.{needed[0]} names an arm, and "
                "no analysis can do without it.\n  Give its values names that tell no arm."
            )
        if needed:  # what is left of the table answers no question
            left_out.append(table.upper())
            tables[table] = None
            continue
        left_out += [f"{table.upper()}.{name}" for name in telling]
        tables[table] = kept.drop(telling)
    notes = tuple(found.sub(MASK, note) for note in trial.notes)
    label = found.sub(MASK, trial.label)
    masked = trial.with_(
        **tables, arms=tuple(sorted(names.values())), notes=notes, label=label, report=None
    )
    return masked, left_out


def _tells(frame: pl.DataFrame, name: str, found: re.Pattern[str]) -> bool:
    """Whether a column says what was given: by its name, or because a value names an arm."""
    if name in TELLING or (name != "TRT01P" and found.search(name)):
        return True
    if name in ("USUBJID", "TRT01P") or not isinstance(
        frame.schema[name], pl.String | pl.Enum | pl.Categorical
    ):
        return False
    values = frame[name].cast(pl.String).unique().drop_nulls()
    return any(found.search(value) for value in values)


def _with_arm(frame: pl.DataFrame, adsl: pl.DataFrame) -> pl.DataFrame:
    if "TRT01P" in frame.columns:
        return frame
    return frame.join(adsl.select("USUBJID", "TRT01P"), on="USUBJID", how="left")


def _is_needed(table: str, name: str) -> bool:
    column = shipped_contract(table).column(name)
    return column is not None and column.required


def _divides(frame: pl.DataFrame, name: str) -> bool:
    """Whether a column codes the arms: no value of one arm is a value of another.

    Of a column with many values, such as a weight, this may be so by chance, and tells nobody.
    """
    if name in ("USUBJID", "TRT01P"):
        return False
    values = frame.select("TRT01P", name).drop_nulls("TRT01P").unique()
    arms = values["TRT01P"].n_unique()
    return values[name].n_unique() == values.height <= 3 * arms and arms > 1


def _plan(plan: Plan, found: re.Pattern[str]) -> tuple[Plan, list[str]]:
    """Return the plan without the sections that name an arm; sentences have the arms masked."""
    written, left_out = plan.to_dict(), []
    for section in list(written):
        if section in ("estimand", "protocol"):
            written[section] = _masked(written[section], found)
        elif found.search(repr(written[section])):
            left_out.append(f"[plan.{section}]")
            del written[section]
    if written.get("durability", {}).pop("published", None):
        # Figures of others name their treatment, and one may be that of an arm.
        left_out.append("[plan.durability] published")
    if "[plan.imputation]" in left_out and "sensitivity" in written:
        # Its imputed rows need what was left out.
        left_out.append("[plan.sensitivity]")
        del written["sensitivity"]
    return Plan.from_dict(written), left_out


def _masked(value: Any, found: re.Pattern[str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _masked(one, found) for key, one in value.items()}
    return found.sub(MASK, value) if isinstance(value, str) else value
