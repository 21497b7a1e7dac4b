"""The cumulative response against R, on made-up trials and on a real one; refusals; words."""

from __future__ import annotations

import pytest

from ketanalysis.definitions import Remission, Response
from ketanalysis.durability.cumulative_response import estimate_cumulative_response
from ketanalysis.errors import ArgumentError
from tests.durability.infusion_data import HALF, RULES, TRIALS, close, ketamine, oracle, trial_of
from tests.shared import is_close, reference, reference_value, requires_shared
from tests.test_real_trial import trial

SET, NAME = "antidepressant_data", "time_to_first_response_km"
TIMES = [7, 14, 28, 42]


@requires_shared
@pytest.mark.parametrize("conf_type", ["log", "log-log"])
def test_the_shares_of_a_real_trial(conf_type: str) -> None:
    """Goldstein et al. 2004: 1 - S at days 7, 14, 28 and 42, with the interval turned round."""
    result = estimate_cumulative_response(
        trial(), "HAMD17", Response(at_least=0.5), "TRT01P", times=TIMES, conf_type=conf_type
    )
    ours = {(row["TRT01P"], row["time"]): row for row in result.table.iter_rows(named=True)}
    entry = reference()["results"][SET][NAME]
    seen = 0
    for row in reference_value(SET, NAME)["km"][f"conf_{conf_type}"]["at_times"]:
        one = ours[row["strata"].removeprefix("g="), row["time"]]
        seen += 1
        assert one["n_at_risk"] == row["n.risk"]
        for name, theirs in (
            ("estimate", 1 - row["surv"]),
            ("std_error", row["std.err"]),
            ("conf_low", 1 - row["upper"]),
            ("conf_high", 1 - row["lower"]),
        ):
            assert is_close(one[name], theirs, rtol=entry["rtol"], atol=entry["atol"]), name
    assert seen == 8


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", TRIALS)
def test_cumulative_shares_are_those_of_r(name: str, rule: str) -> None:
    times = [0.1, 1.1, 3.1, 7, 12.5]
    result = estimate_cumulative_response(
        trial_of(name), "MADRS", RULES[rule], "TRT01P", times=times
    )
    theirs = {
        (row["arm"], float(row["at"])): row
        for row in oracle("infusions")
        if (row["trial"], row["record"], row["rule"]) == (name, "cumulative", rule)
    }
    seen = 0
    for ours in result.table.iter_rows(named=True):
        row = theirs.get((ours["TRT01P"], ours["time"]))
        if row is None:
            assert (ours["estimate"], ours["note"]) == (None, "beyond the last follow-up")
            continue
        seen += 1
        assert (ours["n_at_risk"], ours["n_event"]) == (int(row["n_at_risk"]), int(row["count"]))
        assert ours["estimate"] == pytest.approx(float(row["estimate"]), rel=1e-9, abs=1e-12)
        if ours["estimate"] == 0:
            assert (ours["conf_low"], ours["note"]) == (None, "nobody has responded yet")
        elif ours["estimate"] < 1:
            assert close(ours["conf_low"], row["conf_low"])
            assert close(ours["conf_high"], row["conf_high"])
    assert seen == len(theirs) >= 6


def test_cumulative_needs_times_and_says_where_it_ends() -> None:
    trial = ketamine()
    with pytest.raises(ArgumentError) as refused:
        estimate_cumulative_response(trial, "MADRS", HALF)
    assert str(refused.value) == (
        "times= must name the days since the first infusion by which the share is meant, such as "
        "times=[1, 7, 14]."
    )
    with pytest.raises(ArgumentError, match=r"^times must be one or more times of 0 or later"):
        estimate_cumulative_response(trial, "MADRS", HALF, times=[-1])
    result = estimate_cumulative_response(trial, "MADRS", HALF, "TRT01P", times=[15, 200])
    assert result.inline(15, arm="ketamine") == "60 % (95 % CI 46 to 75)"
    assert result.inline(200, arm="ketamine") == "not estimable (beyond the last follow-up)"
    assert any(w.startswith("Nothing is estimated beyond the last") for w in result.warnings)
    assert result.text("apa").startswith(
        "Response on MADRS by 200 days: midazolam not estimable (beyond the last follow-up), 18 "
        "seen to respond; "
    )
    assert "At risk: still followed and not responding just before the time." in result.summary()
    remitted = estimate_cumulative_response(trial, "MADRS", Remission(at_most=10), times=[15])
    assert remitted.title == "Cumulative remission on MADRS"
    assert remitted.plot(show_band=False).axes[0].collections
