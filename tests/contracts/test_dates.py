"""Dates in columns that no contract names: of the calendar or not."""

from __future__ import annotations

import polars as pl

from ketanalysis.contracts.checking import check_frame


def test_dates_that_no_contract_holds_must_be_of_the_calendar() -> None:
    good = [
        "2026-02-28",
        "2024-02-29T23:59",
        "2026-03",
        "2026",
        "2026---15",
        "2026-03-05T10:20:30Z",
    ]
    bad = ["2026-02-30", "2026-13", "05.03.2026", "2026-03-05T24:10", "2025-02-29T10", "2026-3-5"]
    cells = [*good, *bad, None, ""]
    n = len(cells)
    infusions = pl.DataFrame(
        {"USUBJID": [f"{i:02}" for i in range(n)], "EXSEQ": [1] * n, "AFRLT": [0.0] * n}
    )
    report = check_frame(infusions.with_columns(EXSTDTC=pl.Series(cells)), "adex")
    (told,) = [one for one in report.breaches if one.rule == "date"]
    assert (told.count, told.severity) == (len(bad), "warning")
    assert told.rows["value"].to_list() == bad
    assert (
        "ADEX.EXSTDTC should be a date of the calendar by ISO 8601, such as 2026-03-05T14:30 or "
        '2026-03, not "2026-02-30".'
    ) in report.warnings["message"].to_list()
    assert report.infos["message"].to_list() == [
        "ADEX.EXSTDTC is not in the contract: it is kept, and only its dates are checked."
    ]
    dates = infusions.with_columns(EXSTDTC=pl.date(2026, 1, 1))
    assert [one.rule for one in check_frame(dates, "adex").breaches] == ["unknown_column"]
