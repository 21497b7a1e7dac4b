"""Response rates in pandas, two ways.

    python peer_pandas.py grouped|pivoted SCORES.parquet TINY.parquet REPEATS

`grouped` is how it is mostly written: the missing rows are added, the score is carried forward
within the subject. `pivoted` is the quickest that we know: one column a visit, carried along
the row. Subject ids are Arrow text (quicker and smaller than Python objects), the rest are
categories; subjects become numbers once, strings are not touched again.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pandas as pd
from stopwatch import measure

Z = 1.959963984540054


def grouped(scores: pd.DataFrame) -> list[Any]:
    start, later = split(scores)
    visits = later["AVISIT"].cat.categories[1:]
    every = pd.DataFrame(
        {
            "subject": np.repeat(start.index.to_numpy(), len(visits)),
            "visit": np.tile(np.arange(1, len(visits) + 1, dtype=np.int8), len(start)),
        }
    )
    scored = pd.DataFrame(
        {
            "subject": later.index.to_numpy(),
            "visit": later["AVISIT"].cat.codes.to_numpy(),
            "score": later["AVAL"].to_numpy(),
        }
    )
    rows = every.merge(scored, on=["subject", "visit"], how="left")
    rows["arm"] = np.repeat(start["TRT01P"].array, len(visits))
    half = np.repeat(start["AVAL"].to_numpy() / 2, len(visits))
    rows["carried"] = rows.groupby("subject", sort=False)["score"].ffill()
    rows["responded"] = rows["score"] <= half
    rows["responded_carried"] = rows["carried"] <= half
    counts = rows.groupby(["arm", "visit"], observed=True).agg(
        n=("responded", "size"),
        n_observed=("score", "count"),
        n_locf=("carried", "count"),
        observed=("responded", "sum"),
        locf=("responded_carried", "sum"),
    )
    pairs = {
        "observed": (counts["observed"], counts["n_observed"]),
        "locf": (counts["locf"], counts["n_locf"]),
        "nri": (counts["observed"], counts["n"]),
    }
    return with_wilson(pairs, list(visits))


def pivoted(scores: pd.DataFrame) -> list[Any]:
    start, later = split(scores)
    visits = later["AVISIT"].cat.categories[1:]
    scored = pd.DataFrame(
        {
            "subject": later.index.to_numpy(),
            "visit": later["AVISIT"].cat.codes.to_numpy(),
            "score": later["AVAL"].to_numpy(),
        }
    )
    wide = scored.pivot(index="subject", columns="visit", values="score").reindex(start.index)
    carried = wide.ffill(axis=1)
    half = start["AVAL"] / 2
    arm = start["TRT01P"]

    def by_arm(frame: pd.DataFrame) -> pd.Series:
        return frame.groupby(arm, observed=True).sum().stack()

    observed = by_arm(wide.le(half, axis=0))
    everyone = by_arm(pd.DataFrame(True, index=wide.index, columns=wide.columns))
    pairs = {
        "observed": (observed, by_arm(wide.notna())),
        "locf": (by_arm(carried.le(half, axis=0)), by_arm(carried.notna())),
        "nri": (observed, everyone),
    }
    return with_wilson(pairs, list(visits))


def split(scores: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the baselines, one row a subject, and the later scores; both by subject number."""
    columns = ["USUBJID", "TRT01P", "AVISIT", "AVAL", "ABLFL"]
    rows = scores.loc[scores["PARAMCD"] == "MADRS", columns]
    rows.index = pd.Index(pd.factorize(rows.pop("USUBJID"))[0], name="subject")
    is_baseline = rows["ABLFL"] == "Y"
    return rows[is_baseline & rows["AVAL"].notna()], rows[~is_baseline]


def with_wilson(pairs: dict[str, tuple[pd.Series, pd.Series]], visits: list[str]) -> list[Any]:
    rows = []
    for missing, (count, n) in pairs.items():
        x, size = count.to_numpy(dtype=float), n.to_numpy(dtype=float)
        middle = (x + Z**2 / 2) / (size + Z**2)
        half = Z * np.sqrt(x * (size - x) / size + Z**2 / 4) / (size + Z**2)
        table = zip(count.index, x, size, x / size, middle - half, middle + half, strict=True)
        rows += [
            (arm, visits[visit - 1], missing, int(count), int(size), *map(float, rest))
            for (arm, visit), count, size, *rest in table
        ]
    return rows


def read(path: str) -> pd.DataFrame:
    return pd.read_parquet(path).astype({"USUBJID": "string[pyarrow]"})


if __name__ == "__main__":
    form, data, tiny, repeats = sys.argv[1:]
    work = {"grouped": grouped, "pivoted": pivoted}[form]
    measure(work, read(data), read(tiny), int(repeats))
