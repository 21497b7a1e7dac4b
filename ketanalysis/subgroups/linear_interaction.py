"""Does the effect on a change differ between subgroups? Models of the change with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.errors import EstimationError
from ketanalysis.formulas.reference_grid import reference_grid
from ketanalysis.mmrm.ancova import fit_ancova
from ketanalysis.mmrm.fit import fit_mmrm
from ketanalysis.mmrm.inference import JointTest
from ketanalysis.mmrm.means import estimate_contrasts
from ketanalysis.mmrm.result import ModelResult

LEVEL, VALUE = "SUBGROUP", "SUBGROUPVALUE"
MODELS = ("ancova", "mmrm")


@dataclass(frozen=True, eq=False)
class Changes:
    """The scores of a change.

    Attributes
    ----------
    rows
        One row a subject (analysis of covariance) or a subject and visit (mixed model):
        USUBJID, AVISIT, CHG, BASE, the arm, and `LEVEL` and `VALUE` where there are.
    arm
        The arm's column.
    visit
        The visit of the contrasts.
    model
        "ancova" or "mmrm".
    conf_level
        Confidence level.
    """

    rows: pl.DataFrame
    arm: str
    visit: str
    model: str
    conf_level: float

    def fitted(self, beside: str = "") -> ModelResult:
        """Return the model with the arm, and its interaction with `beside`."""
        frame = self.rows.drop_nulls([beside] if beside else [])
        effect = f"{self.arm}*{beside}" if beside else self.arm
        if self.model == "mmrm":
            formula = f"CHG ~ BASE*AVISIT + {effect}*AVISIT + us(AVISIT | USUBJID)"
            return fit_mmrm(frame, formula, conf_level=self.conf_level)
        return fit_ancova(
            frame.filter(pl.col("AVISIT") == self.visit).drop("AVISIT"),
            f"CHG ~ BASE + {effect}",
            conf_level=self.conf_level,
        )


def change_contrasts(changes: Changes, *, by_level: bool) -> list[dict[str, Any]]:
    """Return the adjusted differences of the arms, overall or within each subgroup."""
    fit = changes.fitted(LEVEL if by_level else "")
    within = [*(["AVISIT"] if changes.model == "mmrm" else []), *([LEVEL] if by_level else [])]
    table = estimate_contrasts(fit, changes.arm, by=within or None).table
    if "AVISIT" in within:
        table = table.filter(pl.col("AVISIT").cast(pl.String) == changes.visit)
    return table.to_dicts()


def change_interaction(changes: Changes, beside: str) -> tuple[JointTest, str]:
    """Return the F test of arm by subgroup (or by the score behind a cut) at the visit."""
    try:
        fit = changes.fitted(beside)
    except EstimationError as error:
        return JointTest(0), f"not estimable: {error}"
    spread = [beside] if beside == VALUE else []
    grid = reference_grid(fit.formula, fit.coding, fit.rows, spread=spread)
    names = [*(["AVISIT"] if changes.model == "mmrm" else []), beside, changes.arm]
    keys, rows = grid.means(names)
    if changes.model == "mmrm":
        own = [str(key["AVISIT"]) == changes.visit for key in keys]
        rows = rows[np.array(own)]
    sizes = [len(grid.levels[name]) for name in (beside, changes.arm)]
    steps = np.kron(_steps(sizes[0]), _steps(sizes[1]))
    if not len(steps):
        return JointTest(0), "not estimable: fewer than two subgroups have subjects"
    contrasts = steps @ rows
    if not fit.inference.reduced(contrasts)[1].all():
        return JointTest(0), "not estimable: nobody of an arm in a subgroup"
    return fit.inference.joint(contrasts), ""


def _steps(size: int) -> Any:
    return np.diff(np.eye(size), axis=0)


def with_levels(rows: pl.DataFrame, levels: Sequence[str]) -> pl.DataFrame:
    """Return rows whose subgroup is an Enum of the levels that are held, in order."""
    held = set(rows[LEVEL].drop_nulls())
    return rows.with_columns(pl.col(LEVEL).cast(pl.Enum([name for name in levels if name in held])))
