"""What each number rests on: the page says what the docstrings say, and all of it exists."""

from __future__ import annotations

import inspect
import re

from docs.site.methods import bases, methods_page
from docs.site.names import CHECKED, entries
from tests.shared import ROOT

ORACLE = re.compile(r"tests/oracle/[\w.]+\.csv")


def test_whatever_was_checked_is_on_the_page() -> None:
    told = [one.name for one in entries() if CHECKED in (inspect.getdoc(one.object) or "")]
    assert sorted(basis.entry.name for basis in bases()) == sorted(told)
    body = methods_page().body
    assert all(f'href="{basis.entry.url}"' in body for basis in bases())


def test_every_oracle_exists_with_its_script() -> None:
    named = {path for basis in bases() for path in ORACLE.findall(basis.checked)}
    assert len(named) > 10
    for path in named:
        assert (ROOT / path).is_file(), path


def test_every_oracle_of_the_tests_is_named() -> None:
    """A file of reference numbers that no docstring names checks nothing that a reader can find.

    The data that its script wrote beside it, which bear the script's or a shorter name, may
    stay unnamed.
    """
    named = " ".join(basis.checked for basis in bases())
    beside = {"proportion_coverage", "documents"}  # a property; the pages for R users
    folder = ROOT / "tests" / "oracle"
    held = {path.stem for path in folder.glob("*.csv")} - beside
    found = {stem for stem in held if re.search(rf"\b{stem}\b", named)}
    scripts = [path.read_text(encoding="utf-8") for path in folder.glob("*.R")]
    of_found = "\n".join(text for text in scripts if any(stem in text for stem in found))
    assert {stem for stem in held - found if stem not in of_found} == set()


def test_an_oracle_of_r_has_a_tolerance() -> None:
    without = [
        basis.entry.name
        for basis in bases()
        if "oracle" in basis.checked and "(R " in basis.checked and not basis.tolerances
    ]
    assert set(without) == {"compare_groups", "steps_at", "cohens_d"}  # as what they stand on


def test_a_method_has_its_source() -> None:
    without = {basis.entry.name for basis in bases() if not basis.source}
    assert "estimate_response" not in without
    assert "logrank" not in without
