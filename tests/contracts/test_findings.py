from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from ketanalysis.contracts.findings import (
    FINDING_SCHEMA,
    ROW_SCHEMA,
    Breach,
    CheckReport,
    join_reports,
)
from ketanalysis.errors import ContractError


def range_breach(rows: Sequence[tuple[object, ...]], count: int | None = None) -> Breach:
    return Breach(
        table="adqs",
        column="AVAL",
        rule="scale_range",
        severity="error",
        demand="must be between 0 and 60 for MADRS",
        advice="Correct the score, or name another instrument in PARAMCD.",
        source="schemas/adqs.toml",
        count=count or len(rows),
        rows=pl.DataFrame(rows, schema=ROW_SCHEMA, orient="row"),
        states_value=True,
    )


FIVE = [
    (17, "S012", "Day 7", "MADRS", "70"),
    (42, "S031", "Day 7", "MADRS", "70"),
    (50, "S033", "Day 7", "MADRS", "70"),
    (51, "S034", "Day 7", "MADRS", "70"),
    (60, "S035", "Day 7", "MADRS", "70"),
]

NOTE = Breach(
    table="adqs",
    column="SITE<b>",
    rule="unknown_column",
    severity="info",
    demand="is not in the contract: it is kept and not checked",
    advice="Nothing to do, if the name is right.",
    source="schemas/adqs.toml",
)


def test_five_rows_are_told_in_the_house_words() -> None:
    assert range_breach(FIVE).text() == (
        "ADQS.AVAL must be between 0 and 60 for MADRS, not 70.\n"
        '  Rows 17, 42 and 3 more (subjects S012, S031, …), visit "Day 7". '
        "Rule `scale_range` of schemas/adqs.toml.\n"
        "  Correct the score, or name another instrument in PARAMCD."
    )


def test_one_row_is_told_in_the_singular() -> None:
    assert range_breach(FIVE[:1]).text().splitlines()[1] == (
        '  Row 17 (subject S012), visit "Day 7". Rule `scale_range` of schemas/adqs.toml.'
    )


def test_three_rows_are_all_named_and_distinct_values_listed() -> None:
    rows = [
        (3, "S1", "Day 1", "MADRS", "70"),
        (5, "S1", "Day 2", "MADRS", "-1"),
        (9, "S2", "Day 3", "MADRS", None),
    ]
    assert range_breach(rows).text().splitlines()[:2] == [
        "ADQS.AVAL must be between 0 and 60 for MADRS, not 70, -1, missing.",
        '  Rows 3, 5 and 9 (subjects S1, S2), visits "Day 1", "Day 2", …. '
        "Rule `scale_range` of schemas/adqs.toml.",
    ]


def test_findings_have_the_declared_columns_and_one_message_a_row() -> None:
    findings = CheckReport(breaches=(range_breach(FIVE), NOTE)).findings
    assert dict(findings.schema) == FINDING_SCHEMA
    assert findings.row(0, named=True) == {
        "table": "adqs",
        "row": 17,
        "USUBJID": "S012",
        "AVISIT": "Day 7",
        "PARAMCD": "MADRS",
        "column": "AVAL",
        "value": "70",
        "rule": "scale_range",
        "message": "ADQS.AVAL must be between 0 and 60 for MADRS, not 70.",
        "severity": "error",
    }
    assert findings["row"].to_list() == [17, 42, 50, 51, 60, None]


def test_errors_warnings_and_infos_are_told_apart() -> None:
    report = CheckReport(breaches=(range_breach(FIVE), NOTE))
    assert (report.errors.height, report.warnings.height, report.infos.height) == (5, 0, 1)
    assert not report.ok
    assert CheckReport(breaches=(NOTE,)).ok


def test_the_exact_count_is_kept_and_said_when_rows_are_not_all_listed() -> None:
    report = CheckReport(breaches=(range_breach(FIVE, count=12_345),))
    assert report.counts.row(0) == ("adqs", "scale_range", "AVAL", "error", 12_345, 5)
    assert "Rows 17, 42 and 12,343 more" in report.summary()
    last = "At most 1,000 rows a rule are listed; the counts are of all rows."
    assert report.summary().splitlines()[-1] == last
    assert last not in CheckReport(breaches=(range_breach(FIVE),)).summary()


def test_the_summary_is_grouped_by_severity_and_counts() -> None:
    report = CheckReport(breaches=(NOTE, range_breach(FIVE[:1])), checked=(("adqs", 1240),))
    assert report.summary() == (
        "Checked adqs (1,240 rows): 1 error, 0 warnings, 1 for information.\n"
        "\n"
        "Errors\n"
        "\n"
        "ADQS.AVAL must be between 0 and 60 for MADRS, not 70.\n"
        '  Row 17 (subject S012), visit "Day 7". Rule `scale_range` of schemas/adqs.toml.\n'
        "  Correct the score, or name another instrument in PARAMCD.\n"
        "\n"
        "Information\n"
        "\n"
        "ADQS.SITE<b> is not in the contract: it is kept and not checked.\n"
        "  The whole column. Rule `unknown_column` of schemas/adqs.toml.\n"
        "  Nothing to do, if the name is right."
    )


def test_the_listing_is_sorted_by_subject() -> None:
    rows = [(1, "S2", None, None, "70"), (2, "S1", None, None, "70"), (3, None, None, None, "70")]
    report = CheckReport(breaches=(NOTE, range_breach(rows)))
    assert report.listing()["USUBJID"].to_list() == ["S1", "S2", None, None]


def test_html_is_escaped() -> None:
    shown = CheckReport(breaches=(NOTE,))._repr_html_()
    assert "SITE&lt;b&gt;" in shown
    assert "<b>" not in shown


def test_control_characters_are_made_visible() -> None:
    rows = [(1, "S\x1b[2J1", None, None, "70")]
    assert "(subject S\N{REPLACEMENT CHARACTER}[2J1)" in range_breach(rows).text()


def test_raise_for_errors_says_the_errors_only_and_carries_the_report() -> None:
    report = CheckReport(breaches=(NOTE, range_breach(FIVE[:1])))
    with pytest.raises(ContractError) as caught:
        report.raise_for_errors()
    assert str(caught.value) == range_breach(FIVE[:1]).text()
    assert caught.value.report is report
    CheckReport(breaches=(NOTE,)).raise_for_errors()


def test_joined_reports_keep_everything_in_order() -> None:
    joined = join_reports(
        [
            CheckReport(breaches=(NOTE,), checked=(("adsl", 2),)),
            CheckReport(breaches=(range_breach(FIVE),), checked=(("adqs", 9),)),
        ]
    )
    assert joined.checked == (("adsl", 2), ("adqs", 9))
    assert joined.findings.height == 6


def test_nothing_checked_says_so() -> None:
    assert repr(CheckReport()) == "Checked nothing: 0 errors, 0 warnings, 0 for information."
