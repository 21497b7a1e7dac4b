"""Relapse rows and curves against a loop and survival in R 4.2.2 (tests/oracle/relapse.R)."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

from ketanalysis.definitions import Among, Relapse, RelapseRule, Response
from ketanalysis.durability.relapse import estimate_relapse, time_to_relapse
from ketanalysis.survival.comparison import compare_survival
from ketanalysis.trial import Trial
from tests.durability.relapse_data import AMONG, SINGLE, STAY, Subject, trial_of
from tests.shared import ORACLE

# What R was asked (tests/oracle/relapse.R), in our words.
ORACLE_PLANS: dict[str, tuple[Relapse, dict[str, Any]]] = {
    "single": (
        SINGLE,
        {"origin": "last infusion", "redose": "censor"},
    ),
    "confirmed": (
        Relapse(
            at_least=22,
            consecutive=2,
            gap_days=(5, 15),
            events=(STAY,),
            dated="confirming",
            unconfirmed="censor",
        ),
        {"origin": "entry", "redose": "event"},
    ),
    "loss": (
        Relapse(
            improvement_below=0.5,
            consecutive=2,
            events=(STAY,),
            dated="midpoint",
            unconfirmed="event",
        ),
        {"origin": "first infusion", "redose": "ignore"},
    ),
}


def oracle() -> pl.DataFrame:
    return pl.read_csv(ORACLE / "relapse.csv", infer_schema_length=None)


def oracle_trial() -> Trial:
    """The made-up trial of the oracle: visits are named by their planned day."""
    rows = oracle().filter(pl.col("plan").is_null())
    rows = rows.with_columns(USUBJID=pl.col("subject").cast(pl.String).str.zfill(3))
    subjects = {}
    for (name,), mine in rows.group_by("USUBJID", maintain_order=True):
        kinds = mine.partition_by("record", as_dict=True)
        who, scores, infusions = (kinds[(kind,)] for kind in ("subject", "score", "infusion"))
        stays = kinds.get(("event",), mine.clear())["time"]
        subjects[str(name)] = Subject(
            scores.select("entry", "value").rows(),
            baseline=who["value"].item(),
            infusions=infusions["time"].to_list(),
            events=[(day, STAY) for day in stays],
            arm=("placebo", "drug")[who["group"].item()],
        )
    trial = trial_of(subjects)
    made = rows.filter(pl.col("record") == "score").select(
        "USUBJID", AFRLT="entry", made=pl.col("time") * 24
    )
    adqs = trial.adqs.join(
        made.with_columns(pl.col("AFRLT") * 24), on=["USUBJID", "AFRLT"], how="left"
    )
    return trial.with_(adqs=adqs.with_columns(AFRLT=pl.coalesce("made", "AFRLT")).drop("made"))


def of_plan(plan: str, record: str) -> pl.DataFrame:
    return oracle().filter((pl.col("plan") == plan) & (pl.col("record") == record))


@pytest.mark.parametrize("plan", ORACLE_PLANS)
def test_rows_are_those_of_a_loop_in_r(plan: str) -> None:
    rule, options = ORACLE_PLANS[plan]
    rows = time_to_relapse(oracle_trial(), "MADRS", rule, among=AMONG, **options)
    ours = rows.filter("entered").select("AVAL", "CNSR", "entry")
    theirs = of_plan(plan, "row")
    assert rows["entered"].sum() == theirs.height > 20
    assert [int(name) for name in rows.filter("entered")["USUBJID"]] == theirs["subject"].to_list()
    assert ours["CNSR"].to_list() == theirs["value"].cast(pl.Int64).to_list()
    # Times are sums and differences of a few exact decimals.
    np.testing.assert_allclose(ours["AVAL"], theirs["time"], rtol=1e-12)
    np.testing.assert_allclose(ours["entry"], theirs["entry"], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("plan", ORACLE_PLANS)
def test_curve_medians_and_test_are_those_of_r(plan: str) -> None:
    rule, options = ORACLE_PLANS[plan]
    result = estimate_relapse(oracle_trial(), "MADRS", rule, "TRT01P", among=AMONG, **options)
    for place, arm in enumerate(("placebo", "drug")):
        ours = result.table.filter((pl.col("TRT01P") == arm) & (pl.col("time") > 0))
        theirs = of_plan(plan, "curve").filter(pl.col("group") == place)
        assert ours.height == theirs.height > 5
        for column, other in (
            ("time", "time"),
            ("n_at_risk", "n_at_risk"),
            ("n_event", "n_event"),
            ("survival", "value"),
            ("conf_low", "conf_low"),
            ("conf_high", "conf_high"),
        ):
            # Products of at most 60 ratios, and logs of them: about 1e-14; R prints 17 digits.
            np.testing.assert_allclose(
                ours[column].cast(pl.Float64), theirs[other].cast(pl.Float64), rtol=1e-9
            )
        median = result.medians.filter(pl.col("TRT01P") == arm).row(0, named=True)
        reference = of_plan(plan, "median").filter(pl.col("group") == place).row(0, named=True)
        for column, other in (
            ("median", "value"),
            ("conf_low", "conf_low"),
            ("conf_high", "conf_high"),
        ):
            expected = reference[other]
            assert median[column] == pytest.approx(
                np.inf if expected is None else expected, rel=1e-9
            )
    test = of_plan(plan, "test").row(0, named=True)
    # coxph iterates nothing at its start, so its score test is exact to rounding.
    assert result.tests["statistic"].item() == pytest.approx(test["value"], rel=1e-9)
    assert result.tests["p_value"].item() == pytest.approx(test["p_value"], rel=1e-9)


def test_compare_survival_takes_the_late_entry() -> None:
    rule, options = ORACLE_PLANS["loss"]
    result = estimate_relapse(oracle_trial(), "MADRS", rule, "TRT01P", among=AMONG, **options)
    for entry in ("entry", None):
        again = compare_survival(result.tte, "TRT01P", entry=entry)
        assert again.table["p_value"].item() == result.tests["p_value"].item()
    without = compare_survival(result.tte.drop("entry"), "TRT01P")
    assert without.table["p_value"].item() != result.tests["p_value"].item()


# --- many rules, origins and entries: rows of a loop in R (tests/oracle/relapse_rules.R) ----------

HALF = Response(at_least=0.5)
LAST = {"origin": "last infusion", "redose": "censor", "among": Among(HALF, visit="d14")}
FIRST_MET = Among(HALF, first_met=True)
CENSOR: dict[str, Any] = {"dated": "first", "unconfirmed": "censor"}
EVENT: dict[str, Any] = {"dated": "first", "unconfirmed": "event"}
CONFIRMING: dict[str, Any] = {"dated": "confirming", "unconfirmed": "censor"}
MIDPOINT: dict[str, Any] = {"dated": "midpoint", "unconfirmed": "censor"}
TWICE: dict[str, Any] = {"consecutive": 2}
THRICE: dict[str, Any] = {"consecutive": 3}
ONCE: dict[str, Any] = {"consecutive": 1, "dated": "first"}


def after_infusion(take: str) -> Among:
    return Among(HALF, infusion=3, within=(0, 240), take=take)


RULES: dict[str, tuple[RelapseRule, dict[str, Any]]] = {
    "single": (Relapse(at_least=22, **ONCE), {}),
    "sustain": (
        Relapse(at_least=22, **TWICE, gap_days=(5, 15), events=STAY, **CONFIRMING),
        {"redose": "event"},
    ),
    "landmark_day": (
        Relapse(at_least=22, **TWICE, **MIDPOINT),
        {"origin": 20, "redose": "competing"},
    ),
    "landmark_visit": (Relapse(improvement_below=0.5, events=STAY, **ONCE), {"origin": "d21"}),
    "excursion": (
        Relapse(improvement_below=0.5, **THRICE, excursions=1, **EVENT),
        {"origin": "entry", "redose": "ignore"},
    ),
    "excursions_gap": (
        Relapse(at_least=18, **THRICE, gap_days=(3, 16), excursions=2, **CONFIRMING),
        {"origin": "first infusion", "redose": "ignore"},
    ),
    "unmissed": (Relapse(at_least=18, **TWICE, missed=0, **CENSOR), {"redose": "ignore"}),
    "one_missed": (
        Relapse(at_least=18, **THRICE, missed=1, dated="midpoint", unconfirmed="event"),
        {"redose": "competing"},
    ),
    "within": (Relapse(at_least=20, **TWICE, within_days=21, events=STAY, **EVENT), {}),
    "return_to": (
        Relapse(return_to=0.8, **ONCE),
        {"among": FIRST_MET, "origin": "entry", "redose": "ignore"},
    ),
    "lost": (Relapse(lost_at_least=0.5, **TWICE, **MIDPOINT), {"origin": "criterion met"}),
    "core": (
        Relapse(at_least=16, **TWICE, events=STAY, **CONFIRMING)
        & Relapse(rise_at_least=10, rise_from="entry"),
        {"redose": "competing"},
    ),
    "best": (
        Relapse(rise_at_least=8, rise_from="best", **ONCE),
        {"among": after_infusion("last")},
    ),
    "first_after": (
        Relapse(at_least=22, **TWICE, **CENSOR),
        {"among": after_infusion("first"), "origin": "entry", "redose": "competing"},
    ),
    "riluzole": (
        Relapse(at_least=18, **TWICE, gap_days=(0, 20), within_days=40, **CENSOR)
        & Relapse(scale="CGII", at_least=4),
        {"redose": "ignore"},
    ),
    "either": (
        Relapse(at_least=24) | Relapse(scale="CGII", at_least=6, **TWICE, **EVENT),
        {"redose": "ignore"},
    ),
    "two_ways": (
        Relapse(at_least=22, **TWICE, **CONFIRMING) | Relapse(at_least=30, **ONCE),
        {},
    ),
    "two_scales": (
        Relapse(improvement_below=0.5, **TWICE, **CENSOR)
        | Relapse(
            scale="CGII",
            rise_at_least=2,
            rise_from="entry",
            **TWICE,
            gap_days=(5, 20),
            events=STAY,
            dated="confirming",
            unconfirmed="event",
        ),
        {"redose": "event"},
    ),
}


@cache
def rules_oracle() -> pl.DataFrame:
    return pl.read_csv(ORACLE / "relapse_rules.csv", infer_schema_length=None)


@cache
def rules_trial() -> Trial:
    """The random trial of the oracle: visits are named by their planned day, made on another."""
    given = rules_oracle().filter(pl.col("plan").is_null())
    subjects = {}
    made: dict[tuple[str, str, str], float] = {}
    for (number,), mine in given.group_by("subject", maintain_order=True):
        name = f"{number:03d}"
        kinds = mine.partition_by("record", as_dict=True)
        scores = kinds.get(("score",), mine.clear())
        cgi = kinds.get(("cgi",), mine.clear())
        for scale, rows in (("MADRS", scores), ("CGII", cgi)):
            for day, planned in rows.select("time", "entry").rows():
                made[name, scale, f"d{planned:g}"] = day * 24
        events = kinds.get(("event",), mine.clear())["time"]
        subjects[name] = Subject(
            scores.select("entry", "value").rows(),
            baseline=kinds[("subject",)]["value"].item(),
            infusions=kinds[("infusion",)]["time"].to_list(),
            events=[(day, STAY) for day in events],
            impression=dict(cgi.select("entry", "value").rows()),
        )
    trial = trial_of(subjects)
    keys = zip(*(trial.adqs[c] for c in ("USUBJID", "PARAMCD", "AVISIT")), strict=True)
    hours = [made.get(key, hour) for key, hour in zip(keys, trial.adqs["AFRLT"], strict=True)]
    return trial.with_(adqs=trial.adqs.with_columns(AFRLT=pl.Series(hours)))


@pytest.mark.parametrize("plan", RULES)
def test_every_rule_gives_the_rows_of_a_loop_in_r(plan: str) -> None:
    rule, options = RULES[plan]
    rows = time_to_relapse(rules_trial(), "MADRS", rule, **(LAST | options))
    theirs = rules_oracle().filter(pl.col("plan") == plan)
    assert theirs.height == rows.height == 90
    assert [int(name) for name in rows["USUBJID"]] == theirs["subject"].to_list()
    assert rows["reason"].to_list() == theirs["reason"].to_list()
    assert rows["CNSR"].to_list() == theirs["cnsr"].to_list()
    assert rows.filter(pl.col("CNSR") == 0).height >= 5
    for ours, other in (("AVAL", "time"), ("AVALLO", "low"), ("AVALHI", "high"), ("entry",) * 2):
        # Sums and halves of quarters of a day: exact but for the way through hours.
        mine, expected = (c.cast(pl.Float64).fill_null(np.nan) for c in (rows[ours], theirs[other]))
        np.testing.assert_allclose(mine, expected, rtol=1e-12, atol=1e-12)


def test_the_oracle_has_every_exit() -> None:
    assert set(RULES) == set(rules_oracle()["plan"].drop_nulls())
    reasons = rules_oracle()["reason"].drop_nulls().unique()
    assert set(reasons) >= {
        *("relapse", "relapse, not confirmed", "hospitalisation", "further infusion"),
        *("end of observation", "no score after entry", "no response at d14"),
        "last assessment qualified, not confirmed",
        "relapse before the origin",
    }
