"""What every test shares: programs that may be absent, and examples that never change."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import settings

EXPECT_ALL = os.environ.get("KETANALYSIS_TEST_ALL") == "1"
NEEDS_SHARED = "reference data"  # these files are nobody's to install: always a skip

os.environ.setdefault("MPLBACKEND", "agg")
settings.register_profile("house", derandomize=True, deadline=None, database=None)
settings.load_profile("house")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test marked `needs("Rscript")` where that program is not on the PATH."""
    for marker in item.iter_markers("needs"):
        for program in marker.args:
            if shutil.which(program) is None:
                pytest.skip(f"{program} is not on the PATH")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, Any]:
    """With `./run test --all`, a test that is skipped for want of a program fails."""
    report = yield
    if EXPECT_ALL and report.skipped and not hasattr(report, "wasxfail"):
        reason = str(call.excinfo.value) if call.excinfo else ""
        if NEEDS_SHARED not in reason:
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} must run with --all, and was skipped: {reason}"
    return report
