"""What two programs give: the pages print what R wrote and what we compute, and no more."""

from __future__ import annotations

import math
import os
import re
import subprocess
from pathlib import Path

import pytest

from docs.site.both_sides import (
    ORACLE,
    PAGES,
    Claim,
    claims_of,
    flat,
    is_as_printed,
    r_values,
    values_of,
)
from docs.site.sessions import DOCS, blocks_of, run_page
from tests.shared import ROOT, is_close

RTOL = 1e-8  # R and we compute in double precision; a block of R that is less exact says so
CLAIMS = [
    (page, claim)
    for page in PAGES
    for claim in claims_of((DOCS / f"{page}.md").read_text(encoding="utf-8"))
]


def rtol_of(claim: Claim) -> float:
    return max(float(side.block.options.get("rtol", RTOL)) for side in claim.sides)


def same(ours: float, theirs: float, rtol: float) -> bool:
    if math.isnan(theirs) or math.isinf(theirs):
        return math.isnan(ours) == math.isnan(theirs) and (math.isnan(ours) or ours == theirs)
    return is_close(ours, theirs, rtol=rtol)


def ids(case: tuple[str, Claim]) -> str:
    return f"{case[0]}: {case[1].section}"


@pytest.mark.parametrize("case", CLAIMS, ids=ids)
def test_a_claim_is_what_was_computed(case: tuple[str, Claim]) -> None:
    page, claim = case
    ran = {one.block.start: one for one in run_page(DOCS / f"{page}.md")}
    values = values_of(page, claim, ran)
    for side, numbers in zip(claim.sides, values, strict=True):
        assert len(numbers) == len(side.printed), f"{side.program}: {numbers}"
        for number, printed in zip(numbers, side.printed, strict=True):
            loose = max(rtol_of(claim), 1e-7)
            assert is_as_printed(number, printed, loose), f"{side.program}: {number}, {printed}"
    if claim.is_same:
        pairs = zip(values[0], values[1], strict=True)
        assert all(same(ours, theirs, rtol_of(claim)) for theirs, ours in pairs), values
    else:
        assert len({tuple(map(str, numbers)) for numbers in values}) > 1, "no difference"


def test_the_pages_claim_much() -> None:
    assert len(CLAIMS) > 40
    sections = [(page, claim.section) for page, claim in CLAIMS]
    titles = {
        page: re.findall(r"^### (.+)$", (DOCS / f"{page}.md").read_text(), re.MULTILINE)
        for page in PAGES
    }
    for page, found in titles.items():
        assert len(set(found)) == len(found), f"{page}: two sections of one title"
    claimed = {section for page, section in sections if page == "for-r-users"}
    assert claimed == set(titles["for-r-users"]), "a function of R without its number"


def test_every_r_block_is_in_the_oracle() -> None:
    for page in PAGES:
        blocks = blocks_of((DOCS / f"{page}.md").read_text(encoding="utf-8"))
        run = [b for b in blocks if b.language == "r" and b.options.get("run") != "no"]
        assert len(run) == len([key for key in r_values() if key[0] == page])


R_PACKAGES = ("survival", "cmprsk", "coin", "effectsize", "pROC", "brglm2", "BayesFactor")


def packages_are_there() -> bool:
    needed = ", ".join(f'"{name}"' for name in R_PACKAGES)
    asked = f"quit(status = !all(sapply(c({needed}), requireNamespace)))"
    return subprocess.run(["Rscript", "-e", asked], capture_output=True).returncode == 0


@pytest.mark.needs("Rscript")
def test_r_still_gives_what_the_oracle_holds(tmp_path: Path) -> None:
    if not packages_are_there():
        pytest.skip(f"R has not the packages {', '.join(R_PACKAGES)}")
    again = tmp_path / "again.csv"
    script = ROOT / "tests" / "oracle" / "documents.R"
    in_utc = {**os.environ, "TZ": "UTC"}
    subprocess.run(["Rscript", script, again], cwd=ROOT, check=True, env=in_utc)
    loose = {
        (page, claim.section): rtol_of(claim) for page, claim in CLAIMS if rtol_of(claim) > RTOL
    }
    held, written = ORACLE.read_text().splitlines(), again.read_text().splitlines()
    assert len(held) == len(written)
    for old, new in zip(held[1:], written[1:], strict=True):
        *where, before = re.findall(r'"((?:[^"]|"")*)"|(?<=,)(\d+)(?=,)', old)
        *there, after = re.findall(r'"((?:[^"]|"")*)"|(?<=,)(\d+)(?=,)', new)
        assert where == there
        rtol = loose.get((where[0][0], where[1][0].replace('""', '"')), RTOL)
        numbers = [math.nan if x[0] == "NA" else float(x[0]) for x in (before, after)]
        assert same(numbers[1], numbers[0], rtol), (old, new)


@pytest.mark.parametrize(
    "value, printed, is_right",
    [
        (0.37772167, "0.37772", True),
        (0.37772167, "0.37773", False),
        (-2.5, "-2.5", True),
        (2.38e-3, "0.0024", True),
        (1.25e-5, "1.2e-5", True),
        (math.inf, "inf", True),
        (math.nan, "NaN", True),
        (1.0, "NaN", False),
    ],
)
def test_a_printed_number(value: float, printed: str, is_right: bool) -> None:
    assert is_as_printed(value, printed) is is_right


def test_numbers_at_any_depth() -> None:
    assert flat([1, (2.5, [True]), None, "word"])[:3] == [1.0, 2.5, 1.0]
    assert math.isnan(flat(None)[0])


def test_a_wrong_claim_is_seen() -> None:
    text = "### f\n```r\n1\n```\n```python\n2\n```\nBoth: 1.\n\n### g\n```python\n3\n```\n"
    (claim,) = claims_of(text)
    assert claim.section == "f"
    assert [side.program for side in claim.sides] == ["R", "ketanalysis"]
    assert claim.is_same
