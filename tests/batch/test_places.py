"""Where a batch may be written, what its folders are called, and what `verify` sees."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import ketanalysis as ka
from ketanalysis.batch.naming import folder_name, study_ids
from ketanalysis.batch.running import BatchError
from ketanalysis.batch.tree import batch_hashes
from tests.batch.checked import check_out, inputs_of, make_studies, run_fake


@pytest.fixture
def studies(tmp_path: Path) -> list[Path]:
    return make_studies(tmp_path / "studies", {"a": "well", "b": "well"})


def test_a_folder_that_cannot_be_written_is_refused_before_any_analysis(
    tmp_path: Path, studies: list[Path]
) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "studies")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("x")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "ledger.jsonl").symlink_to(tmp_path / "file")
    for name, said in {
        "file": "out must be a plain folder: {} is a link or a file.",
        "link": "out must be a plain folder: {} is a link or a file.",
        "a\0b": "out must be the name of a folder, not {!r}.",
        "none/out": "out must be in a folder that exists, not {!r}.",
        "other": "out must be an empty folder or a batch: {} holds other files "
        "('thesis.txt').\n  Choose another folder.",
        "linked": "out must hold no links: {} holds 'ledger.jsonl'.",
    }.items():
        out = tmp_path / name
        with pytest.raises(ka.ArgumentError) as refused:
            run_fake(studies, out, resume=True)
        shown = {"none/out": str(out.parent), "a\0b": str(out)}.get(name, out)
        assert str(refused.value) == said.format(shown)
    run_fake(studies, tmp_path / "out")
    with pytest.raises(ka.ArgumentError) as refused:
        run_fake(studies, tmp_path / "out")
    assert str(refused.value) == (
        f"out must be a new folder: {tmp_path / 'out'} holds a batch already.\n"
        "  Go on with it by --resume (resume=True), or choose another folder."
    )
    with pytest.raises(ka.ArgumentError) as refused:
        run_fake(studies[:1], tmp_path / "out", resume=True)
    assert str(refused.value) == (
        f"out must be a batch of these studies: {tmp_path / 'out'} also holds 'b'.\n"
        "  Resume with the same studies, or choose another folder."
    )


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=100k", "none", str(place)]
    if os.getuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_full_stops_the_batch_and_is_resumed(
    tmp_path: Path, small_disk: Path
) -> None:
    studies = make_studies(tmp_path / "studies", {f"s{i}": "well" for i in range(6)})
    inputs = inputs_of(studies)
    filler, out = small_disk / "filler", small_disk / "out"
    run_fake(studies, tmp_path / "undisturbed")
    filler.write_bytes(b"x" * 60_000)
    with pytest.raises(BatchError) as stopped:
        run_fake(studies, out)
    assert "What was done is kept. Free space" in str(stopped.value)
    assert "No space left on device" in str(stopped.value)
    status = check_out(out, studies, inputs=inputs)
    assert set(status.values()) == {"done", "not started"}
    filler.unlink()
    subprocess.run(["mount", "-o", "remount,size=5m", str(small_disk)], check=True)
    run_fake(studies, out, resume=True)
    like = batch_hashes(tmp_path / "undisturbed")
    check_out(out, studies, inputs=inputs, like=like, exit_code=0)


def test_a_disk_that_is_read_only_is_refused(small_disk: Path, studies: list[Path]) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(ka.ArgumentError) as refused:
        run_fake(studies, small_disk / "out")
    assert str(refused.value) == (
        f"out must be a folder that can be written to: {small_disk / 'out'}: Read-only file system."
    )


def test_hostile_names_are_distinct_safe_and_kept_inside(tmp_path: Path) -> None:
    names = ["A_B", "A B", "S1", "s1", "é", "e\u0301", "-rf", "..x", "*", "[1]", "CON", "x" * 250]
    names += [
        "a\nb",
        "<script>alert(1)</script>"[:24].replace("/", "_"),
        "$(id)",
        "\udcff",
        "\\udcff",
        "a.",
    ]
    folders = [folder_name(name) for name in names]
    assert len({name.casefold() for name in folders}) == len(names)
    for name in folders:
        assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
        assert name[0] not in ".-"
        assert len(name) <= 73
    studies = make_studies(tmp_path / "studies", dict.fromkeys(names, "well"))
    inputs = inputs_of(studies)
    result = run_fake(studies, tmp_path / "out")
    assert result.reasons == {}
    check_out(tmp_path / "out", studies, inputs=inputs, exit_code=0)
    index = (tmp_path / "out" / "index.html").read_text()
    assert "<script" not in index
    assert {path.name for path in tmp_path.iterdir()} == {"studies", "out"}


def test_ids_take_as_many_parents_as_tell_them_apart(tmp_path: Path) -> None:
    made = make_studies(tmp_path, {"x/study": "well", "y/study": "well", "z": "well"})
    assert study_ids(made[:1]) == ["study"]
    assert study_ids(made[:2]) == ["x/study", "y/study"]
    with pytest.raises(ka.ArgumentError) as refused:
        study_ids([made[0], made[0] / "." / ".." / "study"])
    assert str(refused.value) == (f"studies must name each folder once; {made[0]} is twice.")
    with pytest.raises(ka.ArgumentError) as refused:
        study_ids([tmp_path / "none"])
    assert str(refused.value) == (
        f"studies must be study folders (with study.toml): there is no folder {tmp_path / 'none'}."
    )


def test_one_changed_byte_in_any_file_is_found(tmp_path: Path, studies: list[Path]) -> None:
    out = tmp_path / "out"
    run_fake(studies, out)
    whole = ka.verify_batch(out)
    assert whole.is_intact
    assert str(whole) == "11 files are as they were written."
    files = sorted(path for path in out.rglob("*") if path.is_file())
    assert len(files) == 11
    for path in files:
        good = path.read_bytes()
        for at in (0, len(good) // 2, len(good) - 1):
            path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
            assert not ka.verify_batch(out).is_intact, (path, at)
        path.write_bytes(good)
    (out / "more.txt").write_text("x")
    files[0].unlink()
    found = ka.verify_batch(out)
    assert (found.unknown, len(found.missing)) == (("more.txt",), 1)


def test_verify_needs_a_batch(tmp_path: Path) -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        ka.verify_batch(tmp_path)
    assert str(refused.value) == (
        f"out must be the folder of a batch: {tmp_path} holds no ledger.jsonl."
    )


def test_verify_looks_at_nothing_that_is_being_written(
    tmp_path: Path, studies: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    run_fake(studies, out)
    (out / ".staging" / "s1").mkdir(parents=True)
    # It is gone as soon as it was listed, as a worker's unfinished file is.
    (out / ".staging" / "s1" / ".report.html.part").symlink_to("nowhere")
    monkeypatch.setattr(Path, "is_symlink", lambda path: False)
    assert ka.verify_batch(out).is_intact
