"""Real studies in a batch: the report of the plain command, the numbers of the functions."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.batch.overview import _common_definitions
from ketanalysis.batch.tree import batch_hashes
from ketanalysis.batch_commands import _told
from tests.batch.checked import run_fake

pytest.importorskip("pypandoc", reason="the extra [report] is not installed")
REAL = "ketanalysis.batch.task:report_study"
PLAN = ka.Plan(
    scale="MADRS", visit="d14", missing=("observed",), response=ka.Response(at_least=0.5)
)


def write(folder: Path, n_subjects: int, shift: int, end: int = 12) -> Path:
    """Write a small study of two arms and two sites; one subject has no site."""
    frame = pl.DataFrame(
        {
            "id": [f"{i:02}" for i in range(n_subjects)],
            "arm": ["placebo" if i % 2 else "<b>ketamine</b>" for i in range(n_subjects)],
            "SITEID": [["01", "02"][i > 2] if i else None for i in range(n_subjects)],
            "madrs_0h": [30 + (i * shift) % 7 for i in range(n_subjects)],
            "madrs_d14": [end + (i * 5) % 13 for i in range(n_subjects)],
        }
    )
    trial = ka.as_trial(
        frame,
        subject="id",
        arm="arm",
        arms=["placebo", "<b>ketamine</b>"],
        wide={"MADRS": "madrs_{visit}"},
        visits={"0h": 0, "d14": 336},
        baseline_visit="0h",
        subject_columns=["SITEID"],
    )
    return ka.write_study(folder, trial, PLAN, f"Trial {folder.name}")


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("studies")
    made = [write(folder / "one", 12, 3), write(folder / "two", 14, 2)]
    (folder / "bad").mkdir()
    broken = write(folder / "bad", 12, 3)
    scores = pl.read_parquet(broken / "data" / "adqs.parquet")
    scores.with_columns(AVAL=pl.col("AVAL") + 60).write_parquet(broken / "data" / "adqs.parquet")
    return [*made, broken]


@pytest.fixture(scope="module")
def out(studies: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("batch") / "out"
    result = run_fake(studies, place, task=REAL, timeout=300)
    assert result.reasons == {
        "bad": "ContractError: the data break their contract "
        "(adqs.AVAL: rule scale_range, 24 rows)."
    }
    return place


def test_the_report_is_that_of_the_plain_command(
    studies: list[Path], out: Path, tmp_path: Path
) -> None:
    ka.render_report(studies[1], out=tmp_path / "report.html")
    warm = next(out.glob("two-*/report.html"))
    assert warm.read_bytes() == (tmp_path / "report.html").read_bytes()


def test_the_estimates_are_those_of_the_functions(studies: list[Path], out: Path) -> None:
    table = pl.read_parquet(out / "results.parquet")
    assert table["study"].unique().sort().to_list() == ["one", "two"]
    for study in studies[:2]:
        result = ka.run_study(study)["response"]
        rows = table.filter(study=study.name, analysis="response", part="table")
        assert rows["estimate"].to_list() == result.table["estimate"].to_list()
        assert rows["TRT01P"].to_list() == result.table["TRT01P"].cast(pl.String).to_list()
        rows = table.filter(study=study.name, analysis="response", part="contrasts")
        assert rows["conf_low"].to_list() == result.contrasts["conf_low"].to_list()
    rows = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert len(rows) == table.height
    assert "USUBJID" not in table.columns


def test_the_index_escapes_what_comes_from_data_and_names_no_machine(
    out: Path, studies: list[Path]
) -> None:
    index = (out / "index.html").read_text(encoding="utf-8")
    assert "<b>" not in index
    assert "&lt;b&gt;ketamine&lt;/b&gt;: 7" in index
    assert "<script" not in index
    for path in out.rglob("*"):
        if path.is_file():
            assert str(studies[0].parent).encode() not in path.read_bytes(), path
            assert str(out.parent).encode() not in path.read_bytes(), path


def test_other_surroundings_give_the_same_bytes(
    studies: list[Path], out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"TZ": "Asia/Tokyo", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "2"}.items():
        monkeypatch.setenv(name, value)
    run_fake(studies[::-1], tmp_path / "out", task=REAL, jobs=2, timeout=300)
    assert batch_hashes(tmp_path / "out") == batch_hashes(out)


def test_a_study_is_split_and_nobody_is_left_out(studies: list[Path], tmp_path: Path) -> None:
    from ketanalysis.batch.splitting import split_study

    parts = split_study(studies[0], "SITEID", tmp_path)
    sizes = {name: ka.read_study(folder).trial.n_subjects for name, folder in parts.folders.items()}
    assert sizes == {"SITEID = 01": 2, "SITEID = 02": 9, "SITEID: no value": 1}
    with pytest.raises(ka.ArgumentError) as refused:
        split_study(studies[0], "SITE", tmp_path / "x")
    assert str(refused.value).endswith("not 'SITE'. Did you mean SITEID?")


def test_dask_gives_the_same_bytes(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="the extra [dask] is not installed")
    from tests.batch.checked import make_studies

    behaviours = {"a": "well", "b": "raise", "c": "kill", "d": "well"}
    fakes = make_studies(tmp_path / "studies", behaviours)
    run_fake(fakes, tmp_path / "local")
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster),
    ):
        run_fake(fakes, tmp_path / "dask", backend="dask")
    assert batch_hashes(tmp_path / "dask") == batch_hashes(tmp_path / "local")


def test_the_index_says_first_what_failed_and_each_definition_once(out: Path) -> None:
    index = (out / "index.html").read_text(encoding="utf-8")
    before, _, table = index.partition('<table class="studies"')
    assert "3 studies: 2 done, 1 failed" in before
    assert re.search(r'<li><a href="bad-\w+/failure.html">bad</a>: ContractError: the data', before)
    assert "run the same command again with <code>--resume</code>" in before
    assert "Response is an improvement in MADRS of at least 50\N{NO-BREAK SPACE}%" in before
    assert "Response is" not in table
    assert table.count("Response on MADRS at d14") == 2
    failure = next(out.glob("bad-*/failure.html")).read_text(encoding="utf-8")
    assert "<p>Run <code>ketanalysis check</code> on the study folder" in failure
    assert "No report was made." in failure
    assert "stands beside this page" not in failure  # nothing was computed


def test_definitions_that_differ_stand_with_their_study() -> None:
    def said(share: int) -> dict[str, object]:
        figure = {"definition": f"At least {share}.", "text": "13/48"}
        return {"key_figures": {"response": figure, "relapse": {"definition": "R.", "text": "-"}}}

    assert _common_definitions([said(50), {}, said(40)]) == {"relapse": "R."}
    assert _common_definitions([said(50), {}, said(50)])["response"] == "At least 50."


def test_the_terminal_tells_twenty_failures_and_how_many_more() -> None:
    reasons = {f"s{i:02}": "why" for i in range(23)} | {"s18": "it\x1b]0;x\x07"}
    reasons = {"s00\n\x1b[2J" if name == "s00" else name: why for name, why in reasons.items()}
    studies = dict.fromkeys(reasons, "failed") | {"t": "done"}
    lines = _told(ka.BatchResult(Path("o"), studies, reasons, 1, 2), Path("o")).splitlines()
    assert lines[0] == "24 studies: 1 done (1 of them before), 23 failed."
    assert lines[1] == "  s00\ufffd\ufffd[2J: why"
    assert lines[19] == "  s18: it\ufffd]0;x\ufffd"
    assert lines[20:] == [
        "  s19: why",
        "  and 3 more",
        "Not reported and not named, to be passed on: 2.",
        "See o/index.html.",
        "When it is mended, run the same command again with --resume.",
    ]
