"""The vital signs that the package knows: units, plausible ranges, and which way is worse.

The ranges are wide on purpose: a value outside is a slip of the keyboard or of the unit, not a
sign of illness. They are ours, and no limit of any protocol. A unit is never guessed: 16 is a
plausible systolic pressure in kPa and an impossible one in mmHg.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ketanalysis.instrument_facts import Fact

HIGHEST, LOWEST = "highest", "lowest"
WORSTS = (HIGHEST, LOWEST)
MMHG_PER_KPA = 1000 / 133.3224  # NIST SP 811 (2008), appendix B.8: mmHg, conventional, in Pa


@dataclass(frozen=True, kw_only=True)
class VitalSign(Fact):
    """One vital sign.

    Attributes
    ----------
    code, name
        PARAMCD (CDISC's code of the test, or the one in common use) and the words for it.
    worst
        Which reading of an infusion is its worst: "highest" or "lowest". Empty where the
        source names none; the caller must then say it.
    ranges
        Unit, and the lowest and highest value that is plausible in it, one a unit.
    """

    code: str
    name: str
    worst: str
    ranges: tuple[tuple[str, float, float], ...]

    @property
    def units(self) -> tuple[str, ...]:
        """The units in which the reading may be given."""
        return tuple(unit for unit, _, _ in self.ranges)

    def plausible(self, unit: str) -> tuple[float, float] | None:
        """Return the lowest and highest plausible value in a unit, or None."""
        return next(((low, high) for name, low, high in self.ranges if name == unit), None)


def _pressure(low: float, high: float) -> tuple[tuple[str, float, float], ...]:
    in_kpa = (round(low / MMHG_PER_KPA, 1), round(high / MMHG_PER_KPA, 1))
    return (("mmHg", low, high), ("kPa", *in_kpa))


_RATE = (("beats/min", 25.0, 220.0), ("bpm", 25.0, 220.0))
_SATURATION = (("%", 50.0, 100.0),)
_RAISED: dict[str, Any] = {
    "citation": "Glue 2018, J Psychopharmacol 32:663: blood pressure rises after ketamine",
    "verified": False,
    "worst": HIGHEST,
}
_FASTER: dict[str, Any] = {
    "citation": "general knowledge: ketamine raises the heart rate",
    "verified": False,
    "worst": HIGHEST,
}
_SEDATED: dict[str, Any] = {
    "citation": "general knowledge: sedation lowers oxygen saturation and breathing rate",
    "verified": False,
    "worst": LOWEST,
}
_SIGNS = (
    VitalSign(code="SYSBP", name="systolic blood pressure", ranges=_pressure(50, 280), **_RAISED),
    VitalSign(code="DIABP", name="diastolic blood pressure", ranges=_pressure(25, 180), **_RAISED),
    VitalSign(code="MAP", name="mean arterial pressure", ranges=_pressure(35, 220), **_RAISED),
    VitalSign(code="HR", name="heart rate", ranges=_RATE, **_FASTER),
    VitalSign(code="PULSE", name="pulse rate", ranges=_RATE, **_FASTER),
    VitalSign(code="SPO2", name="oxygen saturation", ranges=_SATURATION, **_SEDATED),
    VitalSign(code="OXYSAT", name="oxygen saturation", ranges=_SATURATION, **_SEDATED),
    VitalSign(
        code="RESP",
        name="respiratory rate",
        ranges=(("breaths/min", 4.0, 60.0), ("/min", 4.0, 60.0)),
        **_SEDATED,
    ),
    VitalSign(
        code="TEMP",
        name="temperature",
        worst="",
        ranges=(("C", 33.0, 42.0), ("F", 91.4, 107.6)),
        citation="general knowledge: neither way is a known effect of ketamine",
        verified=False,
    ),
)
VITAL_SIGNS: Mapping[str, VitalSign] = MappingProxyType({sign.code: sign for sign in _SIGNS})
SATURATIONS = ("SPO2", "OXYSAT")


def vital_name(code: str) -> str:
    """Return the words for a vital sign, or its code where it is not known here.

    Examples
    --------
    >>> vital_name("SPO2"), vital_name("ETCO2")
    ('oxygen saturation', 'ETCO2')
    """
    known = VITAL_SIGNS.get(code)
    return known.name if known else code
