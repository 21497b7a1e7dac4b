"""Where the reference results and other people's data are, if they are there at all."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
DATA = SHARED / "data"
ORACLE = Path(__file__).resolve().parent / "oracle"

requires_shared = pytest.mark.skipif(
    not (SHARED / "oracle" / "reference.json").exists(),
    reason="the shared reference data (../shared) are not beside this checkout",
)


@cache
def reference() -> dict[str, Any]:
    """Return the whole reference file: results of R and SAS by data set and name."""
    return json.loads((SHARED / "oracle" / "reference.json").read_text(encoding="utf-8"))


def reference_value(dataset: str, name: str) -> Any:
    """Return one reference value; R's "Inf" stays the string it is in the file."""
    return reference()["results"][dataset][name]["value"]


def is_close(ours: float, theirs: float, *, rtol: float, atol: float = 0.0) -> bool:
    """Compare as the reference file asks: |a - b| <= atol + rtol * |b|."""
    return abs(ours - theirs) <= atol + rtol * abs(theirs)
