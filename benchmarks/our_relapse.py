"""Relapse rows by ketanalysis: one call, with the reason of everybody who does not enter.

python our_relapse.py FOLDER TINY REPEATS
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
from simulated_courses import VISITS
from stopwatch import measure

from ketanalysis import Among, Relapse, Response, Trial, time_to_relapse

RULE = Relapse(at_least=22, consecutive=2, dated="first", unconfirmed="censor")
AMONG = Among(Response(at_least=0.5), visit="Day 14")


def rows(trial: Trial) -> list[float]:
    found = time_to_relapse(
        trial, "MADRS", RULE, among=AMONG, origin="last infusion", redose="ignore"
    ).filter("entered")
    event = found["CNSR"] == 0
    sums = [found["AVAL"].filter(which).sum() for which in (event, ~event)]
    return [found.height, int(event.sum()), *sums]


def read(folder: str) -> Trial:
    scores, infusions = (pl.read_parquet(Path(folder, f"{n}.parquet")) for n in FILES)
    subjects = scores.select("USUBJID").unique(maintain_order=True)
    return Trial(
        adsl=subjects, adqs=scores, adex=infusions, arms=(), visits=VISITS, subjects_given=True
    )


FILES = ("scores", "infusions")

if __name__ == "__main__":
    data, tiny, repeats = sys.argv[1:]
    measure(rows, read(data), read(tiny), int(repeats))
