"""What a subgroup is: a column of the subjects, or a cut that is declared on a baseline score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ketanalysis.comparison import COMPARATORS, WORDS
from ketanalysis.definition import Definition, one_bound, points_words
from ketanalysis.errors import ArgumentError

OPPOSITE = {"at_least": "below", "above": "at_most", "at_most": "above", "below": "at_least"}


@dataclass(frozen=True, repr=False)
class Subgroup(Definition):
    """A way to divide the subjects by what was known before treatment.

    Parameters
    ----------
    label
        What it is called, such as "anxious depression".
    column
        A column of ADSL; without a bound its categories are the subgroups.
    scale
        PARAMCD of a scale instead of a column: its baseline score, which needs a bound. A scale
        that the trial holds only as items (HAMD_AS, MADRS_SI) is scored from them.
    at_least, above, at_most, below
        Where a number is cut; at most one is written, and none is implied.

    Raises
    ------
    ArgumentError
        No label, both or neither of column and scale, a scale without a cut, or several bounds.

    Examples
    --------
    >>> from ketanalysis import Subgroup
    >>> print(Subgroup("anxious depression", scale="HAMD_AS", at_least=7))
    Subgroup "anxious depression": baseline HAMD_AS of at least 7, against less than 7.
    >>> print(Subgroup("diagnosis", column="DIAG"))
    Subgroup "diagnosis": the categories of DIAG.
    """

    name: ClassVar[str] = "subgroup"

    label: str
    column: str | None = None
    scale: str | None = None
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.label, str) or not self.label.strip():
            raise ArgumentError(
                'Subgroup needs a label, such as Subgroup("sex", column="SEX"), not '
                f"{self.label!r}."
            )
        if (self.column is None) == (self.scale is None):
            raise ArgumentError(
                f"Subgroup({self.label!r}) needs either column= (of ADSL) or scale= (a baseline "
                "score)."
            )
        if self.scale is not None and not self.is_cut:
            raise ArgumentError(
                f"Subgroup({self.label!r}, scale={self.scale!r}) needs a cut: exactly one of "
                f"{', '.join(f'{name}=' for name in COMPARATORS)}. A score without a cut is no "
                "subgroup."
            )
        if self.is_cut:
            one_bound(self, COMPARATORS)

    @property
    def is_cut(self) -> bool:
        """Whether a number is cut in two."""
        return any(getattr(self, name) is not None for name in COMPARATORS)

    @property
    def source(self) -> str:
        """The column or scale that it is made of."""
        return str(self.column or self.scale)

    @property
    def levels(self) -> tuple[str, str]:
        """The two sides of a cut, the one that is not met first: the reference."""
        name, bound = one_bound(self, COMPARATORS)
        return (
            f"{WORDS[OPPOSITE[name]]} {points_words(bound)}",
            f"{WORDS[name]} {points_words(bound)}",
        )

    def sentence(self, scale: str | None = None) -> str:
        """Return the definition as a sentence of a protocol."""
        if not self.is_cut:
            return f'Subgroup "{self.label}": the categories of {self.source}.'
        other, met = self.levels
        what = f"baseline {self.scale}" if self.scale else self.source
        return f'Subgroup "{self.label}": {what} of {met}, against {other}.'
