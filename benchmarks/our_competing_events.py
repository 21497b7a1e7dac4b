"""Cumulative incidence of two events, and Cox's model of one of them, by ketanalysis.

`incidence` is the question on a frame, with its checks and the audit; `arrays` is the curve alone;
`cox` is the model.

Call: our_competing_events.py incidence|arrays|cox ROWS.parquet TINY.parquet REPEATS
"""

from __future__ import annotations

import sys

import polars as pl
from stopwatch import measure

from ketanalysis import estimate_cumulative_incidence, fit_cox
from ketanalysis.survival.cumulative_incidence import cumulative_incidence, incidence_at

TIMES = [30.0 * i for i in range(1, 11)]


def incidence(rows: pl.DataFrame) -> list[float]:
    found = estimate_cumulative_incidence(rows, causes=[1, 2], censored=0, variance="aalen")
    return found.milestones(TIMES).table.filter(cause="1")["estimate"].fill_null(-1.0).to_list()


def arrays(rows: pl.DataFrame) -> list[float]:
    curve = cumulative_incidence(
        rows["AVAL"].to_numpy(), rows["event_code"].to_numpy(), n_causes=2, variance="aalen"
    )
    return [float(share) for share in incidence_at(curve, TIMES).incidence[:, 0]]


def cox(rows: pl.DataFrame) -> list[float]:
    table = fit_cox(rows, "TRT01P + AGE", event="event_code", event_value=1).table
    return [*table["coefficient"], *table["std_error"]]


if __name__ == "__main__":
    form, data, tiny, repeats = sys.argv[1:]
    work = {"incidence": incidence, "arrays": arrays, "cox": cox}[form]
    measure(work, pl.read_parquet(data), pl.read_parquet(tiny), int(repeats))
