"""The mixed model for repeated measures: unstructured, REML, and the contrast at every visit."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from contest import Contender, Goal, Runs, Section, ratio, table, take_turns

OURS = "ketanalysis, Satterthwaite"
KENWARD_ROGER = "ketanalysis, Kenward-Roger"
GLS = "R nlme::gls, no degrees of freedom"
MMRM = "R mmrm, Satterthwaite"
MMRM_KR = "R mmrm, Kenward-Roger"
SIZES = ((200, 4), (1000, 5), (1000, 10))
LARGE = ((10_000, 5), (100_000, 5))  # ours alone: how the cost grows
GOALS = {(200, 4): 10, (1000, 5): 50, (1000, 10): 100}
GLS_UP_TO = 5000  # rows: beyond, gls takes minutes
SEED = 20_240_302
TOLERANCE = 2e-4  # of a standard error's share: gls and mmrm stop a little short of the maximum


def run(rounds: int) -> list[Section]:
    return [section(n, m, rounds) for n, m in (*SIZES, *LARGE)]


def section(n: int, m: int, rounds: int) -> Section:
    with tempfile.TemporaryDirectory(prefix="ketanalysis-bench-") as folder:
        data = Path(folder, "data.parquet")
        write_scores(data, n, m)
        csv = data.with_suffix(".csv")
        contenders = [
            Contender.python(OURS, "our_mixed_model.py", "satterthwaite", data, 5),
            Contender.python(KENWARD_ROGER, "our_mixed_model.py", "kenward-roger", data, 5),
        ]
        if (n, m) in SIZES:
            contenders += [
                Contender.r(MMRM, "peer_mmrm.R", csv, "Satterthwaite"),
                Contender.r(MMRM_KR, "peer_mmrm.R", csv, "Kenward-Roger"),
            ]
        if n * m <= GLS_UP_TO:
            contenders.append(Contender.r(GLS, "peer_gls.R", csv))
        runs = take_turns(contenders, rounds)
    lines, failures = table(runs, OURS, differs)
    told = [f"- {goal}" for goal in goals(runs, n, m)]
    heading = f"MMRM, {n:,} subjects, {m} visits"
    spread = f"Medians of {rounds} rounds (least to most), with all contrasts of the visits."
    return Section(heading, (spread, "", *lines, "", *told), tuple(failures))


def write_scores(path: Path, n: int, m: int) -> None:
    """Write change scores with one correlation, a drift between arms and drop-out."""
    random = np.random.default_rng(SEED + n + m)
    sigma = 36 * (0.6 + 0.4 * np.eye(m))
    base = random.normal(32, 4, n).round(1)
    y = random.multivariate_normal(np.zeros(m), sigma, n, method="cholesky")
    arm = np.arange(n) % 2
    y += -np.arange(1, m + 1) * (1 + 0.5 * arm[:, None]) - 0.3 * (base[:, None] - 32)
    stays = np.cumprod(np.c_[np.ones(n), random.random((n, m - 1)) > 0.03], axis=1).astype(bool)
    subject, visit = np.nonzero(stays)
    frame = pl.DataFrame(
        {
            "USUBJID": pl.Series([f"S{i:06d}" for i in subject]),
            "ARM": pl.Series(np.array(["a", "b"])[arm[subject]], dtype=pl.Enum(["a", "b"])),
            "AVISIT": pl.Series(
                [f"V{v + 1:02d}" for v in visit], dtype=pl.Enum([f"V{v + 1:02d}" for v in range(m)])
            ),
            "BASE": base[subject],
            "CHG": y[subject, visit],
        }
    )
    frame.write_parquet(path)
    frame.write_csv(path.with_suffix(".csv"))


def goals(runs: dict[str, Runs], n: int, m: int) -> list[Goal]:
    found = []
    pairs = [(MMRM, OURS, GOALS.get((n, m), 0)), (GLS, OURS, 100)]
    if (n, m) == (1000, 10):
        pairs.append((MMRM_KR, KENWARD_ROGER, 100))
    for peer, own, least in pairs:
        if peer in runs and not runs[peer].not_run:
            times = ratio(runs[peer].seconds, runs[own].seconds).median
            found.append(Goal(f"{least} x as quick as {peer}", times, least))
    return found


def differs(ours: list[list[float]], theirs: list[list[float]]) -> str:
    """Return the first difference; rows are estimate and standard error of each visit."""
    if len(ours) != len(theirs):
        return f"{len(theirs)} visits, not {len(ours)}"
    for visit, (mine, other) in enumerate(zip(ours, theirs, strict=True), start=1):
        if abs(mine[0] - other[0]) > TOLERANCE * other[1]:
            return f"visit {visit}: estimate {other[0]}, not {mine[0]}"
        if abs(mine[1] / other[1] - 1) > 0.02:  # Kenward-Roger's is a little larger
            return f"visit {visit}: standard error {other[1]}, not {mine[1]}"
    return ""
