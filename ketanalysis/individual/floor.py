"""From which score a relative change is taken, and which way is better: declared, or refused."""

from __future__ import annotations

from dataclasses import dataclass

from ketanalysis.definition import check_number
from ketanalysis.definitions import Response
from ketanalysis.errors import ArgumentError, check_one_of
from ketanalysis.instruments import Instrument, find_instrument
from ketanalysis.rates.criteria import scale_shape

BETTER = {"higher is worse": "lower", "higher is better": "higher", "higher is stronger": None}


@dataclass(frozen=True)
class Measured:
    """What a relative change on a scale is measured from.

    Attributes
    ----------
    floor
        The score of no symptoms, in points.
    better
        "lower" or "higher"; None where neither is known or none is better (a drug effect).
    """

    floor: float
    better: str | None

    def sentence(self, scale: str) -> str:
        """Return how a change of 100 % is meant."""
        whole = "the baseline itself" if self.floor == 0 else f"baseline minus {self.floor:g}"
        return f"Relative change in {scale}: (score minus baseline) over {whole}."


def measured_from(
    scale: str,
    response: Response | None = None,
    *,
    from_floor: bool | None = None,
    floor: float | None = None,
    better: str | None = None,
) -> Measured:
    """Return floor and direction of a scale: those of the rule, else the registry's, else declared.

    Raises
    ------
    ArgumentError
        A registered scale that starts above 0 without `from_floor`, an unregistered one
        without `floor`, or a declaration beside a rule or the registry that says it already.

    Examples
    --------
    >>> measured_from("MADRS")
    Measured(floor=0.0, better='lower')
    >>> measured_from("STAIS", from_floor=True).floor
    20.0
    """
    declared = {"from_floor": from_floor, "floor": floor, "better": better}
    given = [name for name, value in declared.items() if value is not None]
    if response is not None:
        _check_alone(given, "the response rule", "Response(...)")
        from_score, higher_is_worse = scale_shape(scale, response)
        return Measured(from_score, "lower" if higher_is_worse else "higher")
    known = find_instrument(scale)
    if known is None:
        return _declared(scale, from_floor, floor, better)
    _check_alone([name for name in given if name != "from_floor"], "the registry", "the call")
    return _registered(known, from_floor)


def _check_alone(given: list[str], who: str, where: str) -> None:
    if given:
        names = ", ".join(f"{name}=" for name in given)
        verb = "Write them in" if where.startswith("Response") else "Leave them out of"
        raise ArgumentError(f"{names} cannot stand beside {who}, which says it. {verb} {where}.")


def _registered(known: Instrument, from_floor: bool | None) -> Measured:
    if from_floor is not None:
        check_one_of("from_floor", from_floor, (True, False))
    elif known.floor > 0:
        raise ArgumentError(
            f"{known.id} starts at {known.floor:g}, so a share of the score is not a share of the "
            "symptoms. Declare from_floor=True (from the lowest score) or from_floor=False (of "
            "the raw score)."
        )
    return Measured(0.0 if from_floor is False else float(known.floor), BETTER.get(known.direction))


def _declared(
    scale: str, from_floor: bool | None, floor: float | None, better: str | None
) -> Measured:
    if from_floor is not None or floor is None:
        raise ArgumentError(
            f"{scale} is not in the registry of instruments, so its lowest score is not known. "
            "Declare floor= (the score of no symptoms; 0 where the scale starts there) instead of "
            "from_floor=."
            if from_floor is not None
            else f"{scale} is not in the registry of instruments, so its lowest score is not "
            "known. Declare floor= (the score of no symptoms; 0 where the scale starts there)."
        )
    check_number("floor", floor)
    if better is not None:
        check_one_of("better", better, ("lower", "higher"))
    return Measured(float(floor), better)
