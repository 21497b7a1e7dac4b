"""Two outcomes of the same subjects, one before the other: the 2 x 2 table and its measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ketanalysis.grid import Grid
from ketanalysis.rates.cells import none_if_nan
from ketanalysis.rates.criteria import Rule, obstacles
from ketanalysis.rates.handling import count_met
from ketanalysis.rates.proportions import proportion_interval
from ketanalysis.rates.two_proportions import risk_difference

GIVEN, NOT_GIVEN, DIFFERENCE = "given", "not given", "risk difference"


@dataclass(frozen=True, eq=False)
class Both:
    """The earlier and the later outcome of each subject, and who is counted, each (n,)."""

    earlier: NDArray[np.bool_]
    later: NDArray[np.bool_]
    is_counted: NDArray[np.bool_]
    why: tuple[tuple[str, str, NDArray[np.bool_]], ...]

    def cells(self, mask: NDArray[np.bool_]) -> list[dict[str, Any]]:
        """Return the two rows of the 2 x 2 table of a group."""
        rows = []
        for name, row in ((GIVEN, self.earlier), (NOT_GIVEN, ~self.earlier)):
            of = row & self.is_counted & mask
            count = int(np.count_nonzero(of & self.later))
            rows.append({"group": name, "count": count, "n": int(np.count_nonzero(of))})
        return rows

    def reasons(self, mask: NDArray[np.bool_]) -> list[dict[str, Any]]:
        """Return how many subjects of a group are in or out, by reason."""
        rows = [
            {"status": status, "reason": reason, "count": int(np.count_nonzero(who & mask))}
            for status, reason, who in self.why
        ]
        return [row for row in rows if row["count"]]


def both_outcomes(
    grid: Grid, given: Rule, rule: Rule, rows: tuple[int, int], handling: str
) -> Both:
    """Judge both outcomes under one handling of missing scores, each at its row of the scores."""
    first, last = count_met(grid, given, handling), count_met(grid, rule, handling)
    is_counted = np.asarray(first.counted[rows[0]] & last.counted[rows[1]])
    out = "included" if handling == "nri" else "excluded"
    failed = ": counted as failure" if handling == "nri" else ""
    carried = " or carried forward" if handling == "locf" else ""

    unjudged = dict((*obstacles(grid, given), *obstacles(grid, rule)))
    can_judge = ~np.any([*unjudged.values(), np.zeros(grid.n, dtype=bool)], axis=0)
    scores = grid.carried_forward() if handling == "locf" else grid.scores
    early, late = (np.isnan(scores[row]) for row in rows)
    why = (
        ("included", f"scored{carried} at both visits", ~early & ~late & can_judge),
        (out, f"no score at the earlier visit{failed}", early & ~late & can_judge),
        (out, f"no score at the later visit{failed}", ~early & late & can_judge),
        (out, f"no score at both visits{failed}", early & late & can_judge),
        *((out, f"{reason}{failed}", who) for reason, who in unjudged.items()),
    )
    return Both(first.met[rows[0]], last.met[rows[1]], is_counted, why)


def measures(
    pair: Both, mask: NDArray[np.bool_], ci: str, difference: str, conf_level: float
) -> list[dict[str, Any]]:
    """Return the two shares of a group, their difference, and how well one tells the other."""
    given, others = pair.cells(mask)
    a, n1, c, n0 = given["count"], given["n"], others["count"], others["n"]
    found = risk_difference(a, n1, c, n0, method=difference, conf_level=conf_level)
    shares = {
        GIVEN: (a, n1),
        NOT_GIVEN: (c, n0),
        "sensitivity": (a, a + c),
        "specificity": (n0 - c, n1 - a + n0 - c),
        "positive predictive value": (a, n1),
        "negative predictive value": (n0 - c, n0),
    }
    rows = [_share(name, count, n, ci, conf_level) for name, (count, n) in shares.items()]
    apart = {
        "measure": DIFFERENCE,
        "estimate": none_if_nan(found.estimate),
        "conf_low": none_if_nan(found.low),
        "conf_high": none_if_nan(found.high),
        "method": found.method,
        "p_value": none_if_nan(found.p_value),
        "test": found.test,
        "note": _note(n1, n0) or found.note,
    }
    return [*rows[:2], apart, *rows[2:]]


def _note(n1: int, n0: int) -> str:
    if n1 + n0 == 0:
        return "nobody is counted"
    return "nobody had the earlier outcome" if not n1 else "everybody had it" * (not n0)


def _share(name: str, count: int, n: int, ci: str, conf_level: float) -> dict[str, Any]:
    low, high = proportion_interval(count, n, ci, conf_level)
    return {
        "measure": name,
        "count": count,
        "n": n,
        "estimate": count / n if n else None,
        "conf_low": none_if_nan(float(low)),
        "conf_high": none_if_nan(float(high)),
        "method": ci,
        "note": "" if n else "no subjects",
    }
