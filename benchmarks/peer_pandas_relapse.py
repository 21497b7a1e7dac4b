"""Relapse rows in pandas, two ways.

    python peer_pandas_relapse.py grouped|pivoted FOLDER TINY REPEATS

`grouped` is how it is mostly written: shift and first within the subject. `pivoted` is the
quickest that we know: a column a visit, arrays from then on. Subject ids are Arrow text and
become numbers once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from stopwatch import measure

Data = tuple[pd.DataFrame, pd.DataFrame]


def grouped(data: Data) -> list[float]:
    rows, entered, last, _ = entry(data)
    later = rows.join(entered[["entry"]], on="subject", how="inner")
    later = later[(later["AFRLT"] > later["entry"]) & later["AVAL"].notna()]
    later = later.sort_values(["subject", "AFRLT"], kind="stable")
    later["bad"] = later["AVAL"] >= 22
    following = later.groupby("subject", sort=False)["bad"].shift(-1, fill_value=False)
    relapse = later[later["bad"] & following].groupby("subject", sort=False)["AFRLT"].first()
    free = later[~later["bad"]].groupby("subject", sort=False)["AFRLT"].last()
    end = entered.join(last.rename("last"), how="inner")
    end["relapse"], end["free"] = relapse, free
    end["time"] = (end["relapse"].fillna(end["free"]).fillna(end["entry"]) - end["last"]) / 24
    return told(end["time"], end["relapse"].notna())


def pivoted(data: Data) -> list[float]:
    rows, entered, last, n = entry(data)
    end = entered.join(last.rename("last"), how="inner")
    visit = rows["AVISIT"].cat.codes.to_numpy()
    shape = (len(rows["AVISIT"].cat.categories), n)
    score, hour = np.full(shape, np.nan), np.full(shape, np.nan)
    score[visit, rows["subject"]] = rows["AVAL"]
    hour[visit, rows["subject"]] = rows["AFRLT"]
    who = end.index.to_numpy()
    start = end["entry"].to_numpy()
    began, free = np.full(len(who), np.nan), start.copy()
    relapse = np.full(len(who), np.nan)
    for own, when in zip(score[:, who], hour[:, who], strict=True):
        judged = (when > start) & ~np.isnan(own)
        bad = judged & (own >= 22)
        good = judged & ~bad
        confirmed = bad & ~np.isnan(began) & np.isnan(relapse)
        relapse[confirmed] = began[confirmed]
        begins = bad & np.isnan(began)
        began[begins] = when[begins]
        began[good] = np.nan
        free[good] = when[good]
    event = ~np.isnan(relapse)
    time = (np.where(event, relapse, free) - end["last"].to_numpy()) / 24
    return told(pd.Series(time), pd.Series(event))


def entry(data: Data) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series, int]:
    """Return the rows, the responders of Day 14 with their hour of entry, their last infusion."""
    scores, infusions = data
    codes, ids = pd.factorize(scores["USUBJID"])
    rows = scores[["AVISIT", "AFRLT", "AVAL", "ABLFL"]].assign(subject=codes)
    start = rows[rows["ABLFL"] == "Y"].set_index("subject")["AVAL"]
    at = rows[rows["AVISIT"] == "Day 14"].set_index("subject")[["AFRLT", "AVAL"]]
    entered = at[at["AVAL"] <= start.reindex(at.index) / 2].rename(columns={"AFRLT": "entry"})
    infused = infusions.assign(subject=ids.get_indexer(infusions["USUBJID"]))
    infused = infused.join(entered[["entry"]], on="subject", how="inner")
    last = infused[infused["AFRLT"] <= infused["entry"]].groupby("subject")["AFRLT"].max()
    return rows, entered, last, len(ids)


def told(time: pd.Series, event: pd.Series) -> list[float]:
    return [len(time), int(event.sum()), float(time[event].sum()), float(time[~event].sum())]


def read(folder: str) -> Data:
    scores, infusions = (
        pd.read_parquet(Path(folder, f"{name}.parquet")).astype({"USUBJID": "string[pyarrow]"})
        for name in ("scores", "infusions")
    )
    return scores, infusions


if __name__ == "__main__":
    form, folder, tiny, repeats = sys.argv[1:]
    work: Any = {"grouped": grouped, "pivoted": pivoted}[form]
    measure(work, read(folder), read(tiny), int(repeats))
