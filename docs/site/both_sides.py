"""Claims that programs give numbers: lines like ``Both: 1.2.`` or ``R: 1.2; ketanalysis: 1.3.``.

A section of a page has a block for each program, in the order in which the claim names them. The
numbers of R come from `tests/oracle/documents.csv`, which `tests/oracle/documents.R` writes from
the R blocks of the pages; all others are the value of the last line of their Python block.
"""

from __future__ import annotations

import csv
import functools
import itertools
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from docs.site.sessions import DOCS, Block, Ran, blocks_of, run_page

ORACLE = DOCS.parent / "tests" / "oracle" / "documents.csv"
PAGES = ("for-r-users", "differs-from-r")
HEADING = re.compile(r"^#{2,3} (?P<title>.+)$", re.MULTILINE)
PROGRAMS = ("Both", "R", "lifelines", "pingouin", "scipy", "statsmodels", "ketanalysis")
CLAIM = re.compile(rf"^(?:{'|'.join(PROGRAMS)}): .*\.$", re.MULTILINE)
NUMBER = re.compile(r"[-−]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|inf|NaN)")
OURS = PROGRAMS[-1]
DIGITS = 5


@dataclass(frozen=True)
class Side:
    """One program's part of a claim: its block, and the numbers as the page prints them."""

    program: str
    block: Block
    place: int  # of the block among those of its language in the section, from 1
    printed: tuple[str, ...]


@dataclass(frozen=True)
class Claim:
    """What a section claims."""

    section: str
    start: int
    text: str
    sides: tuple[Side, ...]

    @property
    def is_same(self) -> bool:
        """Whether the programs are said to give the same."""
        return self.text.startswith("Both:")


def claims_of(text: str) -> list[Claim]:
    """Return the claims of a page, each with the blocks of its section before it."""
    found = []
    for title, start, end in _sections(text):
        blocks = [
            block
            for block in blocks_of(text)
            if start <= block.start < end
            and block.language in ("r", "python")
            and block.options.get("run") != "no"
        ]
        for one in CLAIM.finditer(text, start, end):
            found.append(_claim(title, one, [b for b in blocks if b.start < one.start()]))
    return found


def _sections(text: str) -> Iterator[tuple[str, int, int]]:
    inside = [(block.start, block.end) for block in blocks_of(text)]
    headings = [
        found
        for found in HEADING.finditer(text)
        if not any(start <= found.start() < end for start, end in inside)
    ]
    ends = [*(found.start() for found in headings[1:]), len(text)][: len(headings)]
    for found, end in zip(headings, ends, strict=True):
        yield found["title"], found.end(), end


def _claim(section: str, found: re.Match[str], blocks: list[Block]) -> Claim:
    text = found[0]
    if text.startswith("Both:"):
        told = {"R": text.partition(":")[2], OURS: text.partition(":")[2]}
    else:
        parts = (part.partition(":") for part in text.rstrip(".").split(";"))
        told = {name.strip(): numbers for name, _, numbers in parts}
    last = blocks[-len(told) :]
    sides = tuple(
        Side(name, block, _place(block, blocks), tuple(NUMBER.findall(numbers)))
        for (name, numbers), block in zip(told.items(), last, strict=True)
    )
    return Claim(section, found.start(), text, sides)


def _place(block: Block, blocks: list[Block]) -> int:
    return [one for one in blocks if one.language == block.language].index(block) + 1


@functools.cache
def r_values() -> dict[tuple[str, str, int], list[float]]:
    """Return what R gave for the R blocks: (page, section, place in the section) → numbers."""
    found: dict[tuple[str, str, int], list[float]] = {}
    with ORACLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = (row["page"], row["section"], int(row["place"]))
            found.setdefault(key, []).append(_number(row["value"]))
    return found


def _number(text: str) -> float:
    return math.nan if text == "NA" else float(text)


def values_of(page: str, claim: Claim, ran: Mapping[int, Ran]) -> list[list[float]]:
    """Return the unrounded numbers of each side of a claim."""
    return [
        r_values().get((page, claim.section, side.place), [])
        if side.block.language == "r"
        else flat(ran[side.block.start].value)
        for side in claim.sides
    ]


def flat(value: Any) -> list[float]:
    """Return the numbers in a value: a number, or lists and arrays of them at any depth."""
    if value is None:
        return [math.nan]
    if isinstance(value, bool | int | float):
        return [float(value)]
    if hasattr(value, "tolist"):
        return flat(value.tolist())
    if isinstance(value, str):
        return []
    return list(itertools.chain.from_iterable(map(flat, value)))


def is_as_printed(value: float, printed: str, rtol: float = 1e-7) -> bool:
    """Whether a number, rounded to the digits that are printed, is what is printed.

    A number that is itself known to `rtol` only may round to the next digit.
    """
    text = printed.replace("−", "-")
    if text in ("inf", "-inf", "NaN"):
        return math.isnan(value) if text == "NaN" else value == float(text)
    exponent = Decimal(text).as_tuple().exponent
    assert isinstance(exponent, int)
    return abs(value - float(text)) <= 0.5 * 10.0**exponent + rtol * abs(value)


def printed(values: list[float]) -> str:
    """Return numbers with five digits, as a claim prints them."""
    shown = ", ".join(f"{value:.{DIGITS}g}" for value in values)
    return shown.replace("nan", "NaN").replace("e-0", "e-")


def with_claims(path: Path) -> str:
    """Return the text of a page with the numbers of every claim written anew."""
    text = path.read_text(encoding="utf-8")
    ran = {one.block.start: one for one in run_page(path)}
    for claim in reversed(claims_of(text)):
        sides = values_of(path.stem, claim, ran)
        if claim.is_same:
            new = f"Both: {printed(sides[-1])}."
        else:
            names = (side.program for side in claim.sides)
            told = (f"{name}: {printed(side)}" for name, side in zip(names, sides, strict=True))
            new = "; ".join(told) + "."
        text = text[: claim.start] + new + text[claim.start + len(claim.text) :]
    return text


if __name__ == "__main__":
    for name in PAGES:
        page = DOCS / f"{name}.md"
        page.write_text(with_claims(page), encoding="utf-8")
