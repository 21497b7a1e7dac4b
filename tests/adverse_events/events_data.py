"""A trial of eight subjects whose events are counted by hand in the tests."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.trial import Trial

ARMS = ("placebo", "drug")
# Subjects A to D on placebo, E to H on drug. H is not exposed. Two infusions each at 0 and 48 h,
# but D has one. E has anxiety at both infusions, worse at the second.
SOC = {
    "Anxiety": "Psychiatric disorders",
    "Dissociation": "Psychiatric disorders",
    "Nausea": "Gastrointestinal disorders",
}
ROWS: list[tuple[Any, ...]] = [
    # subject, event, severity, serious, related, action, start, end, infusion, way
    ("A", "Nausea", "MILD", "N", "NOT RELATED", "DOSE NOT CHANGED", -5.0, 1.0, None, "checklist"),
    ("B", "Anxiety", "MODERATE", "N", "RELATED", "DRUG INTERRUPTED", 0.5, 2.5, 1, "checklist"),
    ("E", "Anxiety", "MILD", "N", "RELATED", "DOSE NOT CHANGED", 0.25, 0.75, 1, "checklist"),
    ("E", "Anxiety", "SEVERE", "Y", "RELATED", "DRUG WITHDRAWN", 48.5, None, 2, "checklist"),
    ("E", "Dissociation", "MILD", "N", "RELATED", "DOSE NOT CHANGED", 0.5, 1.5, 1, "checklist"),
    ("F", "Dissociation", "MODERATE", "N", None, "DOSE REDUCED", 49.0, 50.0, None, "checklist"),
    ("G", "Nausea", None, None, "RELATED", "stopped", 24.0, 30.0, None, "checklist"),
    ("H", "Nausea", "SEVERE", "Y", "RELATED", "DRUG WITHDRAWN", 1.0, 2.0, 1, "checklist"),
]
COLUMNS = (
    *("USUBJID", "AEDECOD", "AESEV", "AESER", "AEREL", "AEACN", "AFRLT", "AFRLTEND", "EXSEQ"),
    "AEASCERT",
)


def trial(**changes: Any) -> Trial:
    adae = pl.DataFrame(ROWS, schema=list(COLUMNS), orient="row", infer_schema_length=None)
    adae = adae.with_columns(AESOC=pl.col("AEDECOD").replace_strict(SOC))
    given = [(s, k, 48.0 * (k - 1)) for s in "ABCDEFG" for k in (1, 2) if (s, k) != ("D", 2)]
    made = Trial(
        adsl=pl.DataFrame(
            {
                "USUBJID": list("ABCDEFGH"),
                "TRT01P": pl.Series(["placebo"] * 4 + ["drug"] * 4, dtype=pl.Enum(ARMS)),
                "SAFFL": ["Y"] * 7 + ["N"],
                "DAYS": [14.0] * 7 + [0.0],
            }
        ),
        adqs=pl.DataFrame({"USUBJID": ["A"], "PARAMCD": ["MADRS"]}),
        adex=pl.DataFrame(given, schema=["USUBJID", "EXSEQ", "AFRLT"], orient="row"),
        adae=adae,
        arms=ARMS,
    )
    return made.with_(**changes)
