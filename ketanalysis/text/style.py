"""How a number is written in a sentence: plainly, or in the manner of APA or JAMA.

The digits are those of `ketanalysis.rounding` in every manner; what differs is the dress: a
leading zero or none, brackets or parentheses, ``55 %`` or ``55%``, ``p`` or ``P``.
Sources: Publication Manual of the American Psychological Association (2020), 7th edition,
sections 6.36 (leading zeros), 6.43 and 6.44 (p values, intervals); AMA Manual of Style (2020),
11th edition, chapter 19.5 (P values) and 18.4 (percentages), which JAMA follows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ketanalysis.errors import check_one_of
from ketanalysis.rounding import (
    NOT_ESTIMABLE,
    counted,
    interval,
    number,
    p_digits,
    p_value,
    percent,
    round_half_up,
)


@dataclass(frozen=True)
class Style:
    """One manner of writing; the methods return text.

    Attributes
    ----------
    name
        "plain", "apa" or "jama".
    sign
        The per cent sign with what stands before it.
    """

    name: str
    sign: str

    def p(self, p: float | None) -> str:
        """Return ``p = 0.031`` (plain), ``p = .031`` (APA) or ``P = .03`` (JAMA)."""
        if self.name == "plain":
            return p_value(p)
        letter = "p" if self.name == "apa" else "P"
        digits = p_digits(p) if self.name == "apa" else _ama_digits(p)
        if digits == NOT_ESTIMABLE:
            return f"{letter} not estimable"
        bound, shown = (digits[0], digits[1:]) if digits[0] in "<>" else ("=", digits)
        return f"{letter} {bound} {shown.removeprefix('0')}"

    def percent(self, proportion: float | None, digits: int = 0) -> str:
        """Return a proportion as a percentage with its sign: ``55 %`` or ``55%``."""
        return f"{percent(proportion, digits)}{self.sign}"

    def level(self, conf_level: float) -> str:
        """Return ``95 % CI`` or ``95% CI``."""
        return f"{conf_level * 100:g}{self.sign} CI"

    def ci(
        self,
        low: float | None,
        high: float | None,
        digits: int = 1,
        *,
        conf_level: float,
        infinite: str = NOT_ESTIMABLE,
    ) -> str:
        """Return an interval with its level.

        ``95 % CI 1.2 to 3.4``, ``95% CI [1.2, 3.4]`` (APA) or ``95% CI, 1.2-3.4`` (JAMA, which
        writes "to" where an end is negative or no number).
        """
        ends = (number(low, digits, infinite=infinite), number(high, digits, infinite=infinite))
        return self._between(*ends, interval(low, high, digits, infinite=infinite), conf_level)

    def ci_percent(self, low: float | None, high: float | None, *, conf_level: float) -> str:
        """Return an interval of proportions in per cent: ``95 % CI 36 to 73``."""
        first, last = percent(low), percent(high)
        return self._between(
            self._signed(first), self._signed(last), f"{first} to {last}", conf_level
        )

    def _signed(self, percentage: str) -> str:
        return f"{percentage}{self.sign}" if percentage[-1].isdigit() else percentage

    def _between(self, low: str, high: str, plain: str, conf_level: float) -> str:
        level = self.level(conf_level)
        if self.name == "plain":
            return f"{level} {plain}"
        if self.name == "apa":
            return f"{level} [{low}, {high}]"
        is_range = low[0].isdigit() and high[0].isdigit()
        return f"{level}, {low}-{high}" if is_range else f"{level}, {low} to {high}"

    def share(
        self,
        count: int | None,
        n: int,
        estimate: float | None,
        low: float | None,
        high: float | None,
        *,
        conf_level: float,
    ) -> str:
        """Return a share: ``17/31 (55 %; 95 % CI 36 to 73)``, or as the manner writes it."""
        shown, ends = self.percent(estimate), self.ci_percent(low, high, conf_level=conf_level)
        subjects = counted(count, estimate, n)
        if self.name == "jama":
            return f"{subjects} of {n} ({shown} [{ends}])"
        return f"{subjects}/{n} ({shown}{';' if self.name == 'plain' else ','} {ends})"


STYLES = {
    "plain": Style("plain", " %"),
    "apa": Style("apa", "%"),
    "jama": Style("jama", "%"),
}


def style_named(name: str) -> Style:
    """Return a manner of writing by name, or say which there are."""
    check_one_of("style", name, tuple(STYLES))
    return STYLES[name]


def _ama_digits(p: float | None) -> str:
    """Return the digits of a P value by the AMA manual.

    Two decimals; three below .01, and where two would hide which side of .05 it is on.
    """
    if p is None or math.isnan(p):
        return NOT_ESTIMABLE
    if p < 0.001:
        return "<0.001"
    if p > 0.99:
        return ">0.99"
    if p < 0.01 or (p < 0.05 and round_half_up(p, 2) >= 0.05):
        return number(p, 3)
    return number(p, 2)
