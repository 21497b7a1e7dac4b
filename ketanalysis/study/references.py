"""The literature behind the methods of a report: each work is cited where its method was used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

import polars as pl

from ketanalysis.results import Result

# Words of a method, as the notes of a result write them, and the work that describes it.
WORKS = (
    (("Wilson",), "Wilson EB (1927). J Am Stat Assoc 22:209-212."),
    (("Clopper-Pearson",), "Clopper CJ, Pearson ES (1934). Biometrika 26:404-413."),
    (("Miettinen-Nurminen",), "Miettinen O, Nurminen M (1985). Stat Med 4:213-226."),
    (("Newcombe",), "Newcombe RG (1998). Stat Med 17:873-890."),
    (
        ("Kaplan-Meier",),
        "Kaplan EL, Meier P (1958). J Am Stat Assoc 53:457-481.",
    ),
    (("og-rank",), "Mantel N (1966). Cancer Chemother Rep 50:163-170."),
    (("Cox model", "Cox regression"), "Cox DR (1972). J R Stat Soc B 34:187-220."),
    (("Gray's test",), "Gray RJ (1988). Ann Stat 16:1141-1154."),
    (("Turnbull", "interval-censored"), "Turnbull BW (1976). J R Stat Soc B 38:290-295."),
    (("Kenward-Roger", "Kenward and Roger"), "Kenward MG, Roger JH (1997). Biometrics 53:983-997."),
    (
        ("Restricted maximum likelihood", "mixed model for repeated measures"),
        "Mallinckrodt CH and others (2008). Drug Inf J 42:303-319.",
    ),
    (
        ("jump to reference", "copy reference", "copy increments"),
        "Carpenter JR, Roger JH, Kenward MG (2013). J Biopharm Stat 23:1352-1371.",
    ),
    (
        ("imputed many times", "multiple imputation"),
        "Rubin DB (1987). Multiple Imputation for Nonresponse in Surveys. Wiley.",
    ),
    (("Hedges g",), "Hedges LV (1981). J Educ Stat 6:107-128."),
    (("Welch",), "Welch BL (1938). Biometrika 29:350-362."),
    (("Mann-Whitney",), "Mann HB, Whitney DR (1947). Ann Math Stat 18:50-60."),
    (("Brunner-Munzel",), "Brunner E, Munzel U (2000). Biom J 42:17-25."),
    (("Holm",), "Holm S (1979). Scand J Stat 6:65-70."),
    (("DeLong",), "DeLong ER, DeLong DM, Clarke-Pearson DL (1988). Biometrics 44:837-845."),
    (("Firth",), "Firth D (1993). Biometrika 80:27-38."),
    (("Bang's",), "Bang H, Ni L, Davis CE (2004). Control Clin Trials 25:143-156."),
    (("James'",), "James KE and others (1996). Stat Med 15:1421-1434."),
    (
        ("generalised estimating equations",),
        "Liang KY, Zeger SL (1986). Biometrika 73:13-22.",
    ),
    (("Mancl-DeRouen",), "Mancl LA, DeRouen TA (2001). Biometrics 57:126-134."),
    (("Hyndman and Fan",), "Hyndman RJ, Fan Y (1996). Am Stat 50:361-365."),
    (
        ("E9(R1)",),
        "ICH E9(R1) (2019). Addendum on estimands and sensitivity analysis in clinical trials.",
    ),
)


def works_behind(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the works whose methods these sentences name, in the order of their first author."""
    said = " ".join(texts)
    return tuple(sorted(work for words, work in WORKS if any(word in said for word in words)))


def methods_of(result: Result) -> list[str]:
    """Return the names of the methods and tests in the tables of a result."""
    frames = [getattr(result, one.name) for one in fields(result)]
    found = [
        frame[column].drop_nulls().cast(pl.String).unique(maintain_order=True).to_list()
        for frame in frames
        if isinstance(frame, pl.DataFrame)
        for column in ("method", "test")
        if column in frame.columns
    ]
    return [name for names in found for name in names if name]
