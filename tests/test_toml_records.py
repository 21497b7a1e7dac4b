"""A registry file of one's own: it is read when it is in form, and refused by field when not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ketanalysis.cutoffs import cutoffs
from ketanalysis.errors import ContractError
from ketanalysis.instruments import REGISTRY, instrument, instruments, read_instruments
from tests.test_instruments import IDS


def own_folder(tmp_path: Path, text: str, name: str = "own.toml") -> Path:
    """Write one file into a registry folder of its own."""
    folder = tmp_path / "registry"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_adding_an_instrument_is_copying_one_file(tmp_path: Path) -> None:
    folder = tmp_path / "registry"
    shutil.copytree(REGISTRY, folder)
    text = (folder / "GAD7.toml").read_text(encoding="utf-8")
    text = text.replace('id = "GAD7"', 'id = "GADX"').replace('"GAD-7"', '"GAD-X"')
    (folder / "GADX.toml").write_text(text, encoding="utf-8")
    assert instrument("gad-x", folder=folder).id == "GADX"
    assert set(instruments(folder=folder)["scale"]) == {*instruments()["scale"], "GADX"}
    assert [*read_instruments(folder)] == sorted([*IDS, "GADX"])
    assert cutoffs("GADX", folder=folder)["scale"].unique().to_list() == ["GADX"]


@pytest.mark.parametrize(
    "old, new, message",
    [
        (
            "[recall]",
            "[recal]",
            "registry/own.toml: the field must be one of id, name, measures, rater, direction, "
            "structure, scoring, aliases, part_of, family, version, bands, other_bands, cutoffs, "
            "mcid, subscales, missing_items, recall, licence, not 'recal'. Did you mean recall?",
        ),
        ("items = 7\n", "", "registry/own.toml: structure must have the field 'items'."),
        (
            "items = 7\n",
            'items = "7"\n',
            "registry/own.toml: structure: items must be a whole number, not '7'.",
        ),
        (
            "verified = true",
            "verified = 1",
            "registry/own.toml: bands: verified must be true or false, not 1.",
        ),
        (
            'comparator = "<"',
            'comparator = "=<"',
            "registry/own.toml: cutoffs: comparator must be one of '<', '<=', '>', '>=', "
            "not '=<'. Did you mean <?",
        ),
        (
            'aliases = ["GAD-7"]',
            'aliases = "GAD-7"',
            "registry/own.toml: aliases must be a list, not 'GAD-7'.",
        ),
        (
            "high = 21\nfloor",
            "high = 28\nfloor",
            "registry/own.toml: The range of GAD7 must be 0 to 21 by its scoring (sum), "
            "not 0 to 28.",
        ),
        (
            "low = 10, high = 14",
            "low = 11, high = 14",
            "registry/own.toml: bands: Band 'moderate' must start at 10, one above 'mild', "
            "not at 11.",
        ),
        (
            "low = 15, high = 21",
            "low = 15, high = 20",
            "registry/own.toml: The bands of GAD7 must run from 0 to 21, not from 0 to 20.",
        ),
        (
            'locator = "fis.uke.de"\n',
            "",
            "registry/own.toml: mcid: A verified fact must have a locator, not 'Toussaint 2020' "
            "alone.",
        ),
        (
            "item_high = [3]",
            "item_high = [3, 3]",
            "registry/own.toml: item_high must hold one number, or one for each of 7 items, not 2.",
        ),
    ],
)
def test_a_file_out_of_form_is_refused_by_field(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    text = (REGISTRY / "GAD7.toml").read_text(encoding="utf-8")
    assert old in text
    folder = own_folder(tmp_path, text.replace(old, new))
    with pytest.raises(ContractError) as refusal:
        read_instruments(folder)
    assert str(refusal.value) == message


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    folder = own_folder(tmp_path, "id = ")
    with pytest.raises(ContractError, match=r"^registry/own\.toml cannot be read as TOML: "):
        read_instruments(folder)


def test_two_files_cannot_claim_one_name(tmp_path: Path) -> None:
    text = (REGISTRY / "GAD7.toml").read_text(encoding="utf-8")
    folder = own_folder(tmp_path, text, "a.toml")
    own_folder(tmp_path, text.replace('id = "GAD7"', 'id = "GADX"'), "b.toml")
    with pytest.raises(ContractError) as refusal:
        read_instruments(folder)
    assert str(refusal.value) == (
        "A name must belong to one instrument; 'gad-7' is claimed by GAD7 and GADX in registry/."
    )
