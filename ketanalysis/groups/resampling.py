"""Every way to split subjects into two groups: all of them, or as many as a seed draws.

Nothing here is drawn without a seed, and a p value never comes from resamples where all
splits can be counted. Subjects are numbered in the order of their scores, so that the order of
rows changes no draw.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, combinations, islice

import numpy as np
from numpy.typing import NDArray

from ketanalysis.errors import ArgumentError

Places = NDArray[np.int64]

MOST_SPLITS = 1_000_000  # about a second of work for the slowest statistic
CELLS = 2_000_000  # of one block of splits: 16 MB
FEWEST = 99


@dataclass(frozen=True)
class Draws:
    """How resamples are drawn: the seed and their number; None where none was named."""

    seed: int | None = None
    resamples: int | None = None

    def __post_init__(self) -> None:
        """Refuse what is no whole number, or too few resamples to speak of 5 %."""
        for name, given, least in (("seed", self.seed, 0), ("resamples", self.resamples, FEWEST)):
            is_whole = isinstance(given, int | np.integer) and not isinstance(given, bool)
            if given is not None and not (is_whole and given >= least):
                raise ArgumentError(f"{name} must be a whole number from {least}, not {given!r}.")

    def check(self, test: str, n: int) -> None:
        """Refuse to draw without a seed and a number of resamples."""
        if self.seed is None or self.resamples is None:
            raise ArgumentError(
                f"test {test!r} cannot count every split of {n} subjects, and needs both seed= "
                "and resamples=, for example seed=1, resamples=9999."
            )

    def words(self, what: str = "splits") -> str:
        """Return how the splits came, for the method of a row."""
        return f"{self.resamples:,} random {what}, seed {self.seed}"

    def generator(self) -> np.random.Generator:
        """Return a new generator at the seed."""
        return np.random.default_rng(self.seed)


NOTHING_DRAWN = Draws()


def can_enumerate(n: int, size: int) -> bool:
    """Whether `n` subjects have at most a million splits with `size` in the first group."""
    return math.comb(n, size) <= MOST_SPLITS


def all_splits(n: int, size: int) -> Iterator[Places]:
    """Yield every choice of `size` of `n` places, in blocks of shape ``(m, size)``."""
    rows = combinations(range(n), size)
    each = max(1, CELLS // n)
    while block := list(islice(rows, each)):
        flat = np.fromiter(chain.from_iterable(block), dtype=np.int64, count=len(block) * size)
        yield flat.reshape(len(block), size)


def random_splits(n: int, size: int, draws: Draws) -> Iterator[Places]:
    """Yield random choices of `size` of `n` places, in blocks of shape ``(m, size)``."""
    generator, left = draws.generator(), int(draws.resamples or 0)
    while left:
        rows = min(left, max(1, CELLS // n))
        order = np.argpartition(generator.random((rows, n)), size - 1, axis=1)
        yield np.sort(order[:, :size], axis=1)
        left -= rows


def membership(chosen: Places, n: int) -> NDArray[np.int64]:
    """Return 1 where a place was chosen and 0 elsewhere, shape ``(m, n)``."""
    member = np.zeros((chosen.shape[0], n), dtype=np.int64)
    np.put_along_axis(member, chosen, 1, axis=1)
    return member
