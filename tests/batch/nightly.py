"""The long fault runs of a batch: python -m tests.batch.nightly OUT.md [kills=200] [seed=20] ...

`kills`: the parent killed at random times, which `seed` decides; `points`: every fsync, replace and
write that the parent or a worker makes cut by strace (killed, an input/output error, a full disk);
`disks`: a disk that is full after 1, 2, 3, ... pages; `studies`: 500 studies of which 1, 50 and 500
are bad. Only what is named is run; all of it where nothing is. After each fault the invariants are
checked, the batch is resumed, and its tree compared with an undisturbed one.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from ketanalysis.batch.lock import LOCK
from ketanalysis.batch.tree import batch_hashes
from tests.batch.checked import (
    check_out,
    environment,
    fake_command,
    inputs_of,
    make_studies,
    run_command,
    run_fake,
)

CALLS = {
    "fsync": ("error=EIO", "signal=KILL"),
    "rename": ("error=EIO", "signal=KILL"),
    "write": ("error=ENOSPC", "signal=KILL"),
}


def kills(folder: Path, count: int, seed: int) -> Iterator[str]:
    """Kill the parent at random times, each run on the tree that the last one left."""
    studies = make_studies(folder / "studies", {f"s{i:02}": "slow" for i in range(40)})
    inputs, chance = inputs_of(studies), random.Random(seed)
    run_fake(studies, folder / "undisturbed", jobs=2)
    like, n_ended = batch_hashes(folder / "undisturbed"), 0
    out = folder / "out 0"
    for number in range(count):
        run = subprocess.Popen(
            fake_command(studies, out, resume=True), env=environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        # Every other time while it works, as soon as the folder is its own; else from its start.
        while number % 2 and run.poll() is None and not _is_held(out, run.pid):
            time.sleep(0.01)
        time.sleep(chance.random() * 3)
        run.kill()
        run.wait()
        status = check_out(out, studies, inputs=inputs) if out.exists() else {}
        if list(status.values()).count("done") == len(studies):
            done = run_fake(studies, out, resume=True)
            check_out(out, studies, inputs=inputs, like=like, exit_code=done.exit_code)
            n_ended += 1
            out = folder / f"out {number + 1}"
    done = run_fake(studies, out, resume=True)
    check_out(out, studies, inputs=inputs, like=like, exit_code=done.exit_code)
    yield f"| parent killed at random | {count} | {n_ended + 1} whole trees compared | 0 |"


def _is_held(out: Path, pid: int) -> bool:
    try:
        return (out / LOCK).read_text().startswith(f"{pid} ")
    except OSError:
        return False


def points(folder: Path, most: int) -> Iterator[str]:
    """Cut the run at its first, second, ... call of a kind, in the files of the batch alone."""
    studies = make_studies(folder / "studies", {f"s{i}": "well" for i in range(3)})
    inputs = inputs_of(studies)
    run_fake(studies, folder / "undisturbed")
    like = batch_hashes(folder / "undisturbed")
    for call, faults in CALLS.items():
        for fault in faults:
            hit = 0
            for number in range(1, most + 1):
                out = folder / f"{call} {fault} {number}"
                was_cut = traced(call, fault, number, fake_command(studies, out, jobs=1), folder)
                check_out(out, studies, inputs=inputs) if out.exists() else {}
                hit += was_cut
                done = run_fake(studies, out, resume=True)
                check_out(out, studies, inputs=inputs, like=like, exit_code=done.exit_code)
                if not was_cut:
                    break
            yield f"| {fault} at the Nth {call} | {hit} | each resumed and compared | 0 |"


def traced(call: str, fault: str, number: int, command: list[str], folder: Path) -> bool:
    """Run a command under strace; return whether the fault came."""
    log = folder / "strace.log"
    names = {"rename": "rename,renameat,renameat2", "fsync": "fsync,fdatasync"}.get(call, call)
    trace = [
        *("strace", "-f", "-qq", "-o", str(log), "-e", f"trace={names}"),
        *("-e", f"inject={names}:{fault}:when={number}"),
    ]
    if call == "write":
        # Other writes (the pipes, the log) are no writes to a disk that is full.
        out = folder / f"{call} {fault} {number}"
        trace += ["-P", str(out / "ledger.jsonl"), "-P", str(out / "index.html")]
        out.mkdir()
    ended = run_command([*trace, *command], timeout=120)
    # A run that is not cut gives 0, as all of its studies are sound.
    if fault == "signal=KILL":
        return bool(ended.returncode)
    has_come = "INJECTED" in log.read_text(errors="replace")
    assert ended.returncode in (1, 2) if has_come else ended.returncode == 0, ended.stderr
    return has_come


def disks(folder: Path, most: int) -> Iterator[str]:
    """Run on a disk of one page more each time, until all fits; then give it room and resume."""
    studies = make_studies(folder / "studies", {f"s{i:02}": "well" for i in range(30)})
    inputs = inputs_of(studies)
    run_fake(studies, folder / "undisturbed", jobs=2)
    like, n_full = batch_hashes(folder / "undisturbed"), 0
    disk = folder / "disk"
    disk.mkdir()
    for pages in range(1, most + 1):
        size = f"size={pages * 4096}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", str(disk)], check=True)
        try:
            out = disk / "out"
            ended = run_command(fake_command(studies, out), timeout=120)
            if ended.returncode:
                assert "No space left on device" in ended.stderr, ended.stderr
                assert ended.returncode in (1, 2), ended.stderr
            n_full += ended.returncode != 0
            check_out(out, studies, inputs=inputs) if out.exists() else {}
            subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
            done = run_fake(studies, out, resume=True, jobs=2)
            check_out(out, studies, inputs=inputs, like=like, exit_code=done.exit_code)
        finally:
            subprocess.run(["umount", str(disk)], check=True)
        if not ended.returncode:
            break
    yield f"| full disk after N pages | {n_full} | each resumed and compared | 0 |"


def isolation(folder: Path, count: int) -> Iterator[str]:
    """Run many studies of which 1, some and all are bad; compare the sound ones."""
    names = [f"s{i:03}" for i in range(count)]
    sound = make_studies(folder / "studies", dict.fromkeys(names, "well"))
    run_fake(sound, folder / "sound", jobs=2)
    like = batch_hashes(folder / "sound")
    kinds = ("raise", "kill", "abort", "leave", "contract")
    for n_bad in (1, count // 10, count):
        bad = random.Random(n_bad).sample(names, n_bad)
        behaviours = {name: kinds[i % len(kinds)] for i, name in enumerate(bad)}
        make_studies(folder / "studies", dict.fromkeys(names, "well") | behaviours)
        out = folder / f"bad {n_bad}"
        result = run_fake(sound, out, jobs=2)
        assert sorted(result.reasons) == sorted(bad)
        check_out(out, sound, inputs=inputs_of(sound), exit_code=1)
        now = batch_hashes(out)
        for name in set(names) - set(bad):
            for file, sha in like.items():
                assert not file.startswith(f"{name}-") or now[file] == sha, file
        yield f"| {count} studies, {n_bad} bad | {count} | the others byte for byte | 0 |"


PARTS = {"points": points, "disks": disks, "studies": isolation, "kills": kills}
COUNTS = {"kills": 200, "points": 100, "disks": 100, "studies": 500}


def main(report: str, *asked: str) -> None:
    """Run what is asked and write the table."""
    given = {name: int(count) for name, _, count in (one.partition("=") for one in asked)}
    seed = given.pop("seed", 20)
    counts = given or COUNTS
    rows: list[str] = []
    with tempfile.TemporaryDirectory() as place:
        for name, count in counts.items():
            more = (seed,) if name == "kills" else ()
            rows += PARTS[name](Path(place) / name, count, *more)
    head = "| fault | times | checked | violations |\n|---|--:|---|--:|\n"
    Path(report).write_text(head + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
