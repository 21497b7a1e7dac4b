"""Response and remission: a share of improvement from baseline, and a score that is well again.

Both are frozen, print as a protocol sentence, and never imply a comparator: at_least, above,
at_most or below is written. The decision itself is made by `ketanalysis.comparison`, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from ketanalysis.comparison import COMPARATORS, WORDS, Comparator
from ketanalysis.definition import (
    Bounded,
    check_number,
    check_share,
    of_scale,
    one_bound,
    points_words,
    share_words,
)
from ketanalysis.errors import ArgumentError, check_one_of


@dataclass(frozen=True, repr=False, kw_only=True)
class Response(Bounded):
    """Response: an improvement from baseline by a share of it; partial below a second share.

    Parameters
    ----------
    at_least, above
        The share of improvement, 0 to 1; exactly one of the two is written
        (``at_least=0.5`` includes a reduction of exactly half, ``above=0.5`` does not).
    below, at_most
        For a partial response, the share that the improvement stays below, or does not
        exceed: ``Response(at_least=0.25, below=0.5)`` is a partial response of 25 to 49 %.
        Beside a lower bound only. There is no rule for non-response: it is what is left of
        `estimate_response_levels`, where a missing score can count as one.
    from_floor
        On a scale whose lowest score is above 0 (STAI-S: 20), whether the share is taken of
        the distance to that floor (True) or of the raw score (False). Refused when left out
        on such a scale; without meaning on the others.
    floor, better
        For a scale that is not in the registry: its lowest score, from which the share is
        then taken, and whether "lower" or "higher" scores are better. On registered scales
        the registry answers.

    Raises
    ------
    ArgumentError
        No comparator or two, a share outside 0 to 1, an upper bound that is not above the
        lower one, or a `floor` beside from_floor=False.

    Examples
    --------
    >>> from ketanalysis import Response
    >>> print(Response(at_least=0.5))
    Response is an improvement of at least 50 % from baseline.
    >>> print(Response(at_least=0.25, below=0.5))
    Partial response is an improvement of at least 25 % and less than 50 % from baseline.
    """

    name: ClassVar[str] = "response"
    comparators: ClassVar[tuple[str, ...]] = ("at_least", "above")
    ceilings: ClassVar[tuple[str, ...]] = ("below", "at_most")

    at_least: float | None = None
    above: float | None = None
    below: float | None = None
    at_most: float | None = None
    from_floor: bool | None = None
    floor: float | None = None
    better: Literal["lower", "higher"] | None = None

    def __post_init__(self) -> None:
        self._check_bounds()
        if self.better is not None:
            check_one_of("better", self.better, ("lower", "higher"))
        if self.from_floor is not None:
            check_one_of("from_floor", self.from_floor, (True, False))
        if self.floor is not None:
            check_number("Response(floor=...)", self.floor)
            if self.from_floor is False:
                raise ArgumentError(
                    "floor= is the score that the share is measured from, and from_floor=False "
                    "measures none: give one of the two."
                )

    def _check_bounds(self) -> None:
        written = [name for name in self.ceilings if getattr(self, name) is not None]
        if written and self.at_least is None and self.above is None:
            raise ArgumentError(
                f"Response({written[0]}=...) alone would be non-response, and a missing score that "
                "counts as failure would then count as a good outcome. Estimate the levels "
                "instead: estimate_response_levels(..., levels=(0.25, 0.5))."
            )
        check_share(f"Response({self.comparator}=...)", self.bound)
        if self.ceiling is None:
            return
        comparator, highest = self.ceiling
        check_share(f"Response({comparator}=...)", highest)
        if highest <= self.bound:
            raise ArgumentError(
                f"Response({comparator}={highest:g}) must be above its lower bound, "
                f"{self.comparator}={self.bound:g}."
            )

    @property
    def ceiling(self) -> tuple[Comparator, float] | None:
        """The comparator and the share of the upper bound of a partial response, or None."""
        if self.below is None and self.at_most is None:
            return None
        return one_bound(self, self.ceilings)

    @property
    def label(self) -> str:
        """What the rule defines: "response", or "partial response" below an upper bound."""
        return "response" if self.ceiling is None else "partial response"

    def sentence(self, scale: str | None = None) -> str:
        """Return for example "Response is an improvement of at least 50 % from baseline."."""
        where = f" in {scale}" if scale else ""
        better = f" ({self.better} scores are better)" if self.better else ""
        bounds = [(self.comparator, self.bound), *([self.ceiling] if self.ceiling else [])]
        words = " and ".join(f"{WORDS[name]} {share_words(share)}" for name, share in bounds)
        return (
            f"{self.label.capitalize()} is an improvement{where}{better} of {words} from "
            f"baseline{self._share_of()}."
        )

    def _share_of(self) -> str:
        if self.floor is not None:
            return f", measured from the lowest score, {points_words(self.floor)}"
        if self.from_floor is None:
            return ""
        return (
            ", measured from the scale's lowest score"
            if self.from_floor
            else ", as a share of the raw score"
        )


@dataclass(frozen=True, repr=False, kw_only=True)
class Remission(Bounded):
    """Remission: a score on the healthy side of a cut-off, whatever the baseline.

    Parameters
    ----------
    at_most, below
        The cut-off in points; exactly one comparator is written. For MADRS both
        ``at_most=10`` and ``below=10`` are in use, and ``at_most=12``: there is no default.
    at_least, above
        For a scale on which higher scores are better.

    Raises
    ------
    ArgumentError
        No comparator or several.

    Examples
    --------
    >>> from ketanalysis import Remission
    >>> print(Remission(at_most=10))
    Remission is a score of at most 10.
    """

    name: ClassVar[str] = "remission"
    label: ClassVar[str] = "remission"
    comparators: ClassVar[tuple[str, ...]] = COMPARATORS

    at_most: float | None = None
    below: float | None = None
    at_least: float | None = None
    above: float | None = None

    def __post_init__(self) -> None:
        one_bound(self, self.comparators)

    def sentence(self, scale: str | None = None) -> str:
        """Return for example "Remission is a MADRS score of at most 10."."""
        bound = points_words(self.bound)
        return f"Remission is a {of_scale(scale)}score of {WORDS[self.comparator]} {bound}."
