"""F tests of whole terms, of type III."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from ketanalysis.errors import check_one_of
from ketanalysis.formulas.reference_grid import reference_grid
from ketanalysis.mmrm.covariance import Floats
from ketanalysis.mmrm.inference import Inference, JointTest
from ketanalysis.mmrm.means import NOT_ESTIMABLE
from ketanalysis.mmrm.one_thread import one_thread
from ketanalysis.mmrm.result import ModelResult
from ketanalysis.results import Result

TERM_COLUMNS = {
    "term": pl.String,
    "df_num": pl.Int64,
    **dict.fromkeys(("df_den", "statistic", "p_value"), pl.Float64),
    "note": pl.String,
}
NO_DF = "not estimable: no degrees of freedom are left for the error"
TESTS: dict[str, Callable[[Inference, Floats], JointTest]] = {
    "joint": Inference.joint,
    "smallest": Inference.joint_smallest,
}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class TermsResult(Result):
    """F tests of whole terms: term, df_num, df_den, statistic, p_value, note."""

    kind: ClassVar[str] = "terms"

    scale: str = ""


@one_thread()
def compare_terms(fit: ModelResult, *, denominator: str = "joint") -> TermsResult:
    """Test whole terms by F tests: does the course differ between the arms at all?

    Type III tests in the sense of R's ``emmeans::joint_tests`` and SAS: each term's contrasts
    of least-squares means, averaged over the other factors with equal weights, numbers at
    their means.

    Parameters
    ----------
    fit
        A result of `fit_mmrm` or `fit_ancova`.
    denominator
        "joint": the F statistic and its degrees of freedom by the method of the fit
        (Kenward-Roger scales F; Satterthwaite's by Fai and Cornelius), as mmrm's ``df_md`` and
        SAS. "smallest": F without a scale and the smallest df of the orthogonal contrasts,
        as emmeans.

    Returns
    -------
    TermsResult
        One row a term: df_num, df_den, statistic (F), p_value; a note where some of the
        contrasts are not estimable.

    Raises
    ------
    ArgumentError
        `denominator` is neither of the two.

    Notes
    -----
    Source: Searle (1987), Linear Models for Unbalanced Data, chapter 9.
    Checked against: R emmeans::joint_tests on mmrm fits, tests/mmrm/test_reference.py.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> fit = ka.fit_mmrm(ka.load_example("ketamine"),
    ...     "CHG ~ BASE + TRT01P*AVISIT + us(AVISIT | USUBJID)", scale="MADRS")
    >>> ka.compare_terms(fit).table["term"].to_list()
    ['BASE', 'TRT01P', 'AVISIT', 'TRT01P:AVISIT']
    """
    check_one_of("denominator", denominator, tuple(TESTS))
    rows = []
    for term in fit.formula.terms:
        names = [f.column for f in term]
        numbers = [n for n in names if not _is_factor(fit, n)]
        grid = reference_grid(fit.formula, fit.coding, fit.rows, spread=numbers)
        _, means = grid.means(names)
        steps = _interaction([len(grid.levels[name]) for name in names])
        joint = TESTS[denominator](fit.inference, steps @ means)
        note = NOT_ESTIMABLE if joint.df_num < len(steps) else ""
        note = NO_DF if not note and joint.p_value is None else note
        rows.append(
            {
                "term": ":".join(f.label for f in term),
                "df_num": joint.df_num,
                "df_den": joint.df_den,
                "statistic": joint.statistic,
                "p_value": joint.p_value,
                "note": note,
            }
        )
    return TermsResult(
        table=pl.DataFrame(rows, schema=TERM_COLUMNS),
        title=f"F tests of the terms: {fit.formula.text}",
        audit=fit.audit,
        notes=(*fit.notes, "Tests of type III: contrasts of least-squares means, equal weights."),
        warnings=fit.warnings,
        conf_level=fit.conf_level,
        simulated=fit.simulated,
        from_pandas=fit.from_pandas,
        scale=fit.scale,
    )


def _interaction(sizes: list[int]) -> Floats:
    """Return the interaction contrasts of factors with so many levels, (contrasts, means)."""
    steps: Floats = np.ones((1, 1))
    for size in sizes:
        steps = np.asarray(np.kron(steps, np.diff(np.eye(size), axis=0)), dtype=np.float64)
    return steps


def _is_factor(fit: ModelResult, column: str) -> bool:
    return column in fit.coding.levels or f"factor({column})" in fit.coding.levels
