"""Published figures on how long a response lasts, as data: who, since when, by which rule.

Only what a source gives as a number stands here. No curve was measured with a ruler, and no data
were made up to fit one: the curves without maintenance were published without numbers at risk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import polars as pl

from ketanalysis.errors import ContractError, check_one_of
from ketanalysis.toml_records import read_record

TOPICS = ("durability",)
FREE, MEDIAN, MEAN = "share free", "median", "mean"
MEASURES = (FREE, MEDIAN, MEAN)
READ: Mapping[str, str] = MappingProxyType(
    {
        "abstract": "the abstract",
        "register": "the register of trials",
        "poster": "a poster",
        "second hand": "a copy by others",
    }
)
SCHEMA = {
    "study": pl.String,
    "topic": pl.String,
    "treatment": pl.String,
    "maintained": pl.Boolean,
    "among": pl.String,
    "origin": pl.String,
    "rule": pl.String,
    "rule_known": pl.Boolean,
    "measure": pl.String,
    "time": pl.Float64,
    "estimate": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "std_error": pl.Float64,
    "count": pl.Int64,
    "n": pl.Int64,
    "is_rounded": pl.Boolean,
    "citation": pl.String,
    "read": pl.String,
    "verified": pl.Boolean,
}


@dataclass(frozen=True)
class Figure:
    """One published number with all that it hangs on; see `published` for the fields."""

    study: str
    topic: str
    citation: str
    treatment: str
    among: str
    origin: str
    rule: str
    rule_known: bool
    maintained: bool
    measure: str
    estimate: float
    read: str
    verified: bool
    time: float | None = None
    count: int | None = None
    n: int | None = None
    std_error: float | None = None
    conf_low: float | None = None
    conf_high: float | None = None
    is_rounded: bool = False

    def __post_init__(self) -> None:
        is_share = self.measure == FREE
        if is_share and not 0 <= self.estimate <= 1:
            raise ContractError(
                f"estimate of {self.study} must be a share from 0 to 1, not {self.estimate:g}."
            )
        if self.count is None:
            return
        if not is_share or self.n is None or not 0 <= self.count <= self.n:
            raise ContractError(
                f"count of {self.study} must be subjects still free, of n in all, not "
                f"{self.count} of {self.n}."
            )
        if abs(self.count / self.n - self.estimate) > 1e-9:
            raise ContractError(
                f"estimate of {self.study} must be count / n, {self.count / self.n:.6g}, not "
                f"{self.estimate:g}."
            )


@dataclass(frozen=True)
class Figures:
    """All published figures."""

    figure: tuple[Figure, ...]


def published(topic: str | None = None) -> pl.DataFrame:
    """Return published figures on how long a response lasts, one row a figure.

    Answers "what did others find, among whom, from when, by which rule?". Not an effect to be
    expected: a median moves with the origin, the rule and who is counted, and no two of these
    studies share all three.

    Parameters
    ----------
    topic
        "durability"; all topics unless given.

    Returns
    -------
    polars.DataFrame
        study, topic, treatment, maintained (whether it went on after the origin), among, origin,
        rule (in words), rule_known (whether the rule was read), measure ("share free": still
        without relapse at `time`, 0 to 1; "median" or "mean": days), time (days after the
        origin; null where a share is over the whole follow-up), estimate, conf_low, conf_high,
        std_error, count (still free) and n (null where the source read does not give them),
        is_rounded (printed as "about"), citation, read (what of the source was read), verified.

    Raises
    ------
    ArgumentError
        The topic does not exist.

    Notes
    -----
    Shares of relapse are given as shares free of it. Missing values: null is what the source
    read does not give; nothing was filled in. An end of an interval that the source calls not
    estimable is null.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> found = ka.published("durability")
    >>> found.filter(study="Murrough 2013")["estimate"].to_list()
    [18.0]
    """
    if topic is not None:
        check_one_of("topic", topic, TOPICS)
    rows = [asdict(one) for one in _figures() if topic in (None, one.topic)]
    return pl.DataFrame([{name: row[name] for name in SCHEMA} for row in rows], schema=SCHEMA)


@cache
def _figures() -> tuple[Figure, ...]:
    path = Path(__file__).with_name("published.toml")
    allowed = {"topic": TOPICS, "measure": MEASURES, "read": tuple(READ)}
    return read_record(path, Figures, allowed).figure
