"""A batch that is passed on: everything it wrote is attacked for what its reports hold back."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ketanalysis as ka
from ketanalysis.batch.ledger import read_lines
from ketanalysis.batch.passing_on import held_levels
from ketanalysis.disclosure.suppression import is_small
from ketanalysis.errors import TooFewError
from ketanalysis.study.shared_cells import count_in
from tests.batch.checked import make_studies, run_fake

pytest.importorskip("pypandoc", reason="the extra [report] is not installed")
SHARE = 5
PLAN = ka.Plan(
    scale="MADRS", visit="d14", missing=("observed", "nri"), response=ka.Response(at_least=0.5)
)
# Site → arm → final scores; the baseline is 30, so 15 and less is a response. None is missing.
SCORES = {
    "north": {"placebo": [12] * 3 + [25] * 17, "ketamine": [12] * 11 + [25] * 9},
    "east": {"placebo": [12] * 6 + [25] * 10, "ketamine": [12] * 9 + [25] * 5 + [None] * 2},
    "secret-few": {"placebo": [12, 25, 25], "ketamine": [12] * 8},
    "secret-next": {"placebo": [12] * 5 + [25] * 5, "ketamine": [12] * 5 + [25] * 6},
}


def write(folder: Path, sites: list[str], *, worst: float = 25) -> Path:
    """Write a study of these sites; every subject is called a secret."""
    rows = [
        {"SITEID": site, "arm": arm, "madrs_0h": 30, "madrs_d14": score}
        for site in sites
        for arm, scores in SCORES[site].items()
        for score in scores
    ]
    rows[0]["madrs_d14"] = worst
    frame = pl.DataFrame(rows).with_row_index("at")
    trial = ka.as_trial(
        frame.with_columns(id=pl.format("SECRET-{}", "at")),
        subject="id",
        arm="arm",
        arms=["placebo", "ketamine"],
        wide={"MADRS": "madrs_{visit}"},
        visits={"0h": 0, "d14": 336},
        baseline_visit="0h",
        subject_columns=["SITEID"],
    )
    return ka.write_study(folder, trial, PLAN, "Trial")


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("shared")
    write(place / "whole", list(SCORES), worst=12)
    done = ka.run_batch(
        place / "whole", place / "out", split_by="SITEID", share=SHARE, formats=["html", "docx"]
    )
    assert (done.exit_code, done.n_held_back) == (0, 2), done.reasons
    assert list(done.studies) == ["SITEID = east", "SITEID = north"]
    return place / "out"


def test_no_file_names_a_subject_or_a_value_with_few(split: Path) -> None:
    for path in [*split.rglob("*")]:
        assert "secret" not in str(path.relative_to(split)).lower()
        if path.is_file():
            assert b"secret" not in path.read_bytes().lower(), path
    for path in split.rglob("*.parquet"):
        assert "secret" not in pl.read_parquet(path).write_csv().lower(), path


def test_no_small_count_is_told_by_the_estimates(split: Path) -> None:
    cells = pl.read_parquet(split / "results.parquet")
    assert json.loads((split / "results.json").read_text(encoding="utf-8"))[0].keys() <= {
        *cells.columns
    }
    assert cells.filter("is_held_back")["text"].null_count() == cells["is_held_back"].sum() > 0
    counted = 0
    of_one = cells.filter(analysis="response", part="table", column="n/N").drop_nulls("text")
    for _, group in of_one.group_by("study", "group"):
        shares = [found for text in group["text"] if (found := count_in(text))]
        counted += len(shares)
        known = {(0, SCORES_OF[group["study"][0], group["group"][0]]), *shares}
        for (a, n), (b, m) in combinations([(n, total) for n, total in known if total], 2):
            apart = [abs(n - m), *([abs(a - b)] if a and b else [])]
            assert not any(is_small(one, SHARE) for one in apart)
        assert not any(
            is_small(one, SHARE) for n, total in shares if total for one in (n, total - n)
        )
    assert counted > 2


SCORES_OF = {
    (f"SITEID = {site}", arm): len(scores)
    for site, arms in SCORES.items()
    for arm, scores in arms.items()
}


def test_what_a_report_holds_back_the_estimates_and_the_index_do_too(split: Path) -> None:
    cells = pl.read_parquet(split / "results.parquet").filter(study="SITEID = north")
    response = cells.filter(analysis="response", part="table", group="placebo", column="n/N")
    assert response["is_held_back"].to_list() == [True, True]  # 3 of 20
    assert cells.filter(part="contrasts")["is_held_back"].all()
    index = (split / "index.html").read_text(encoding="utf-8")
    assert "3/20" not in index
    assert "Some counts are fewer than 5: the table shows the others." in index
    assert "not shown" in index
    assert "Not reported and not named" in index
    assert ": 2 values of the column that the study was split by." in index
    said = json.loads(next(split.glob("SITEID_north-*/study.json")).read_text(encoding="utf-8"))
    assert said["findings"] is None
    assert said["arms"] == {"placebo": 20, "ketamine": 20}


def test_the_same_batch_is_verified_and_its_share_is_no_other(split: Path, tmp_path: Path) -> None:
    whole = split.parent / "whole"
    assert ka.verify_batch(split).is_intact
    for share, words in ((None, "without share"), (11, "with share=11")):
        with pytest.raises(ka.ArgumentError) as refused:
            ka.run_batch(whole, split, split_by="SITEID", share=share, resume=True)
        assert str(refused.value) == (
            f"share must be as the batch was begun: {split} was begun with share=5, and now it "
            f"is asked {words}.\n  Its ledger keeps what was said then. Choose another folder."
        )
    assert ka.verify_batch(split).is_intact
    formats = ["html", "docx"]
    done = ka.run_batch(whole, split, split_by="SITEID", share=SHARE, formats=formats, resume=True)
    assert done.n_kept == 2
    # Nor is a batch that tells everything gone on with as one that is passed on.
    fakes = make_studies(tmp_path / "studies", {"a": "contract"})
    assert run_fake(fakes, tmp_path / "out").reasons
    with pytest.raises(ka.ArgumentError, match=r"was begun without share, and now .* share=5"):
        run_fake(fakes, tmp_path / "out", resume=True, share=5)


def test_a_failure_tells_nothing_of_the_data(tmp_path: Path) -> None:
    studies = [
        write(tmp_path / "few", ["north", "secret-few"]),
        write(tmp_path / "wrong", ["north"]),
        write(tmp_path / "lone", ["secret-few"]),
    ]
    scores = tmp_path / "wrong" / "data" / "adqs.parquet"
    pl.read_parquet(scores).with_columns(AVAL=pl.col("AVAL") + 60).write_parquet(scores)
    done = ka.run_batch(studies, tmp_path / "out", share=SHARE)
    assert done.reasons == {
        "lone": "placebo: fewer than 5 subjects; nothing of so few can be passed on. Leave the "
        "arm out of the trial, or join it to another.",
        "wrong": "ContractError: the data break their contract.",
    }
    for study in ("lone", "wrong"):
        (folder,) = (tmp_path / "out").glob(f"{study}-*")
        assert [path.name for path in folder.iterdir()] == ["failure.html"]
    for line in read_lines(tmp_path / "out"):
        assert "scale_range" not in json.dumps(line)


def test_errors_are_named_and_not_quoted(tmp_path: Path) -> None:
    kinds = ("raise", "contract", "kill", "change")
    fakes = make_studies(tmp_path / "studies", {kind: kind for kind in kinds})
    done = run_fake(fakes, tmp_path / "out", share=5)
    assert done.reasons == {
        "raise": "TwoArguments: what it says is not shown in what is passed on.",
        "contract": "ContractError: the data break their contract.",
        "kill": "worker killed (signal 9)",
        "change": "changed: behave was changed or removed while the study was reported.",
    }
    for path in (tmp_path / "out").rglob("*"):
        assert path.is_dir() or b"SECRET" not in path.read_bytes(), path


LEVELS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=2, max_size=6)


@given(LEVELS, st.sampled_from([3, 5]))
def test_the_size_of_an_arm_that_is_not_reported_does_not_follow(
    sizes: list[tuple[int, int]], share: int
) -> None:
    """A reader knows the arms of the trial and of each study shown, and takes the rest."""
    counts = {str(i): {"a": a, "b": b} for i, (a, b) in enumerate(sizes)}
    try:
        held = held_levels(counts, share, "SITEID")
    except TooFewError:
        return
    for level, arms in counts.items():
        assert level in held or min(arms.values()) >= share
    for arm in ("a", "b"):
        rest = sum(counts[level][arm] for level in held)
        assert not is_small(rest, share)
        if any(is_small(counts[level][arm], share) for level in held):
            assert len(held) > 1
    if all(n >= share for arms in counts.values() for n in arms.values()):
        assert not held


def test_a_split_of_which_nothing_is_left_is_refused() -> None:
    # East alone would tell the four of the west.
    counts = {"west": {"a": 4, "b": 9}, "east": {"a": 30, "b": 9}}
    with pytest.raises(TooFewError) as refused:
        held_levels(counts, 5, "SITEID")
    assert str(refused.value) == (
        "share=5 leaves no value of SITEID: each has an arm with fewer than 5 subjects, or would "
        "tell of one that has.\n  Join values, or choose another column."
    )
    third = {"south": {"a": 6, "b": 6}, "north": {"a": 20, "b": 20}}
    assert held_levels(counts | third, 5, "SITEID") == {"west", "south"}
