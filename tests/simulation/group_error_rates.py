"""How often do the tests of groups find a difference where there is none; what do intervals cover?

Writes group_error_rates.csv beside itself: python -m tests.simulation.group_error_rates
Every trial runs through ketanalysis itself. A rate is judged at three Monte Carlo standard
errors against what the method promises there:
"exactly" 0.05 where its null hypothesis holds as written, "at most" 0.05 where the method is
conservative by design or the scores are discrete, "about" within 0.015 where it is an
approximation, and "nothing" where another hypothesis is true (unequal spread and a test that
assumes it equal). For tests of pairs a trial counts once if any pair is found (the familywise
rate); for intervals the rate is that of intervals that miss the true value.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ketanalysis.groups.analysis_of_variance import anova, welch_anova
from ketanalysis.groups.ancova import adjusted_pairs, ancova
from ketanalysis.groups.brunner_munzel import brunner_munzel, brunner_munzel_permutation
from ketanalysis.groups.dominance import cliffs_delta, superiority
from ketanalysis.groups.kruskal_wallis import kruskal_wallis
from ketanalysis.groups.paired_differences import paired_t
from ketanalysis.groups.pairs import dunn, dunnett, games_howell, tukey
from ketanalysis.groups.permutation import permutation
from ketanalysis.groups.sign_flips import sign_flips
from ketanalysis.groups.signed_rank import sign_test, wilcoxon
from ketanalysis.multiplicity import adjust_p

SEED = 50_317
LEVEL = 0.05
ABOUT = 0.015
TABLE = Path(__file__).with_suffix(".csv")

Floats = NDArray[np.float64]
Groups = Sequence[Floats]
Draw = Callable[[np.random.Generator, int], Floats]
ALL_PAIRS = [(1, 0), (2, 0), (2, 1)]


def normal(sd: float) -> Draw:
    return lambda rng, n: rng.normal(20, sd, n)


def ratings(rng: np.random.Generator, n: int) -> Floats:
    """Return ratings of 0 to 100 in tens, nearly half of them 0: few values, many ties."""
    return np.where(rng.random(n) < 0.45, 0, np.ceil(10 * rng.beta(1, 2, n)) * 10)


def coarse_normal(sd: float) -> Draw:
    return lambda rng, n: np.round(rng.normal(20, sd, n))


# A design: how each group is drawn, with its number of subjects.
TWO = {
    "equal spread, 17 and 14": ((coarse_normal(8), 17), (coarse_normal(8), 14)),
    "smaller group twice the spread, 17 and 14": ((coarse_normal(5), 17), (coarse_normal(10), 14)),
    "zero-heavy ratings, 17 and 14": ((ratings, 17), (ratings, 14)),
    "equal spread, 6 and 5": ((normal(8), 6), (normal(8), 5)),
    "smaller group twice the spread, 7 and 6": ((normal(5), 7), (normal(10), 6)),
}
THREE = {
    "equal spread, 10 each": ((normal(8), 10), (normal(8), 10), (normal(8), 10)),
    "smallest group three times the spread": ((normal(4), 15), (normal(4), 10), (normal(12), 6)),
    "zero-heavy ratings, 10 each": ((ratings, 10), (ratings, 10), (ratings, 10)),
}


def p_of(test: Callable[..., Any]) -> Callable[[Groups], bool]:
    """Whether a test of two groups rejects; what is not estimable does not reject."""
    return lambda groups: bool(test(*groups).p_value < LEVEL)


def of_all(test: Callable[..., Any]) -> Callable[[Groups], bool]:
    return lambda groups: bool(test(groups).p_value < LEVEL)


def any_pair(pairs: Callable[[Groups], Sequence[Any]]) -> Callable[[Groups], bool]:
    return lambda groups: any(pair.p_adjusted < LEVEL for pair in pairs(groups))


def dunn_holm(groups: Groups) -> bool:
    p = adjust_p([pair.p_value for pair in dunn(groups, ALL_PAIRS)], "holm")
    return bool((p < LEVEL).any())


def misses(size: Callable[..., Any], true: float) -> Callable[[Groups], bool]:
    def outside(groups: Groups) -> bool:
        found = size(*groups)
        return bool(found.conf_low > true or found.conf_high < true)

    return outside


def excludes_0(test: Callable[..., Any]) -> Callable[[Groups], bool]:
    """Whether the interval of a shift leaves 0 out: the interval's own error rate."""

    def outside(groups: Groups) -> bool:
        found = test(*groups)
        return bool(found.conf_low > 0 or found.conf_high < 0)

    return outside


def paired(test: Callable[..., Any], spread: Draw) -> tuple[Any, Callable[[Groups], bool]]:
    """Return 16 subjects, each with a level of its own beside the spread, and the test."""

    def draw(rng: np.random.Generator) -> Groups:
        own = np.round(rng.normal(0, 6, 16))
        return own + spread(rng, 16), own + spread(rng, 16)

    return draw, p_of(test)


def adjusted(rng: np.random.Generator) -> Groups:
    """Return score, group and baseline of 14 and 17 subjects; the baseline explains half."""
    base, group = rng.normal(30, 6, 31), np.arange(31) < 14
    return base * 0.8 + rng.normal(0, 4.8, 31), group.astype(float), base


def ancova_rejects(groups: Groups) -> bool:
    value, group, base = groups
    fit = ancova(value, group.astype(np.int64), 2, (base - base.mean())[:, np.newaxis])
    return bool(adjusted_pairs(fit, [(1, 0)])[0].p_value < LEVEL)


def draw_of(design: Sequence[tuple[Draw, int]]) -> Callable[[np.random.Generator], Groups]:
    return lambda rng: [draw(rng, n) for draw, n in design]


Cell = tuple[str, str, Any, Callable[[Groups], bool], str, int]
EQUAL, UNEQUAL, ZEROS, SMALL, SMALL_UNEQUAL = TWO
THREE_EQUAL, THREE_UNEQUAL, THREE_ZEROS = THREE


def cells() -> list[Cell]:
    """Return name, design, draw, whether a trial counts, promise, number of trials."""

    def two(name: str, test: Any, design: str, promise: str, trials: int = 10_000) -> Cell:
        return name, design, draw_of(TWO[design]), test, promise, trials

    def three(name: str, test: Any, design: str, promise: str, trials: int = 10_000) -> Cell:
        return name, design, draw_of(THREE[design]), test, promise, trials

    bm, bmp = p_of(brunner_munzel), p_of(brunner_munzel_permutation)
    shuffle, tuk = p_of(permutation), any_pair(lambda g: tukey(g, ALL_PAIRS))
    gh, dun = any_pair(lambda g: games_howell(g, ALL_PAIRS)), any_pair(lambda g: dunnett(g, 0))
    half, zero = misses(superiority, 0.5), misses(cliffs_delta, 0.0)
    return [
        two("brunner-munzel", bm, EQUAL, "about"),
        two("brunner-munzel", bm, UNEQUAL, "about"),
        two("brunner-munzel", bm, ZEROS, "about"),
        two("brunner-munzel", bm, SMALL, "nothing"),
        two("brunner-munzel-permutation", bmp, SMALL, "at most", 4_000),
        two("brunner-munzel-permutation", bmp, SMALL_UNEQUAL, "about", 4_000),
        two("permutation", shuffle, EQUAL, "at most", 4_000),
        two("permutation", shuffle, ZEROS, "at most", 4_000),
        two("permutation", shuffle, SMALL, "at most", 4_000),
        two("permutation", shuffle, UNEQUAL, "nothing", 4_000),
        two("interval of permutation", excludes_0(permutation), EQUAL, "at most", 4_000),
        two("interval of permutation", excludes_0(permutation), ZEROS, "at most", 4_000),
        two("interval of superiority (Newcombe)", half, EQUAL, "about"),
        two("interval of superiority (Newcombe)", half, ZEROS, "about"),
        two("interval of superiority (Newcombe)", half, SMALL, "about"),
        two("interval of cliffs-delta (Feng)", zero, EQUAL, "about"),
        two("interval of cliffs-delta (Feng)", zero, UNEQUAL, "about"),
        two("interval of cliffs-delta (Feng)", zero, ZEROS, "about"),
        three("anova", of_all(anova), THREE_EQUAL, "exactly"),
        three("anova", of_all(anova), THREE_UNEQUAL, "nothing"),
        three("welch-anova", of_all(welch_anova), THREE_EQUAL, "about"),
        three("welch-anova", of_all(welch_anova), THREE_UNEQUAL, "about"),
        three("kruskal-wallis", of_all(kruskal_wallis), THREE_EQUAL, "about"),
        three("kruskal-wallis", of_all(kruskal_wallis), THREE_ZEROS, "about"),
        three("tukey", tuk, THREE_EQUAL, "exactly", 4_000),
        three("tukey", tuk, THREE_UNEQUAL, "nothing", 4_000),
        three("games-howell", gh, THREE_EQUAL, "about", 1_500),
        three("games-howell", gh, THREE_UNEQUAL, "about", 1_500),
        three("dunnett", dun, THREE_EQUAL, "exactly", 4_000),
        three("dunn, holm", dunn_holm, THREE_EQUAL, "at most"),
        three("dunn, holm", dunn_holm, THREE_ZEROS, "at most"),
        ("ancova", "baseline explains half", adjusted, ancova_rejects, "exactly", 10_000),
        ("paired-t", "16 pairs", *paired(paired_t, normal(5)), "exactly", 10_000),
        ("wilcoxon", "16 pairs", *paired(wilcoxon, coarse_normal(5)), "about", 10_000),
        (
            "wilcoxon-exact",
            "16 pairs",
            *paired(lambda x, y: wilcoxon(x, y, "exact"), coarse_normal(5)),
            "at most",
            4_000,
        ),
        ("sign", "16 pairs", *paired(sign_test, coarse_normal(5)), "at most", 10_000),
        ("permutation of signs", "16 pairs", *paired(sign_flips, ratings), "at most", 4_000),
    ]


def verdict(rate: float, error: float, promise: str) -> str:
    """Judge a rate at three Monte Carlo standard errors."""
    if promise == "nothing":
        return "not judged"
    slack = 3 * error + (ABOUT if promise == "about" else 0)
    too_low = promise in ("exactly", "about") and rate < LEVEL - slack
    return "broken" if rate > LEVEL + slack or too_low else "kept"


def run(cell: Cell, number: int, trials: int, seed: int = SEED) -> dict[str, Any]:
    """Return the row of one cell."""
    name, design, draw, counts, promise, _ = cell
    rng = np.random.default_rng([seed, number])
    found = sum(counts(draw(rng)) for _ in range(trials))
    error = float(np.sqrt(LEVEL * (1 - LEVEL) / trials))
    return {
        "test": name,
        "design": design,
        "trials": trials,
        "rejected": found,
        "rate": round(found / trials, 4),
        "mc_error": round(error, 5),
        "promise": promise,
        "verdict": verdict(found / trials, error, promise),
    }


def main() -> None:
    rows = [run(cell, number, cell[-1]) for number, cell in enumerate(cells())]
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
