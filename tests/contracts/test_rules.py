"""The list of rules: each has its name, its meaning and its advice, and a contract asks for it."""

from __future__ import annotations

import pytest

from ketanalysis.contracts.contract import CONTRACTS, shipped_contract
from ketanalysis.contracts.rules import RULES, named_rule, rule_names
from ketanalysis.errors import ContractError
from ketanalysis.shipped import room


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ContractError, match=r"not 'trimed'\. Did you mean trimmed\?$"):
        named_rule("trimed", "USUBJID")


def test_every_rule_is_asked_for_by_a_contract_and_says_what_it_means() -> None:
    columns = [column for name in CONTRACTS for column in shipped_contract(name).columns]
    assert {rule for column in columns for rule in column.rules} == set(RULES)
    listing = rule_names()
    assert listing["rule"].to_list() == list(RULES)
    assert listing["meaning"].str.contains(r"^[A-Z].{8,}\.$").all()
    assert set(listing["severity"]) == {"error", "warning", "info"}


def test_the_readme_of_the_contracts_lists_every_rule() -> None:
    text = (room("schemas") / "README.md").read_text(encoding="utf-8")
    rows = [
        f"| `{rule}` | {meaning} | {severity} |" for rule, meaning, severity in rule_names().rows()
    ]
    assert "\n".join(rows) in text


@pytest.mark.parametrize("name", list(RULES))
def test_every_rule_bears_its_name_and_advises(name: str) -> None:
    rule = named_rule(name, "AVAL")
    assert rule.id == name
    assert rule.advice.endswith(".")
    assert rule.column in rule.needs
