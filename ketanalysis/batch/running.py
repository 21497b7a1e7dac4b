"""A batch: every study reported, what is done kept, what failed explained, all in a ledger."""

from __future__ import annotations

import errno
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ketanalysis.batch.backends import outcomes
from ketanalysis.batch.failure import not_plain
from ketanalysis.batch.ledger import Ledger, Line
from ketanalysis.batch.lock import locked
from ketanalysis.batch.naming import folder_name, study_ids
from ketanalysis.batch.outcome import DONE, FAILED, FULL, Job, Outcome
from ketanalysis.batch.overview import write_failure, write_overview
from ketanalysis.batch.settings import Settings, settings_from
from ketanalysis.batch.splitting import Split, split_study
from ketanalysis.batch.tree import (
    SUMMARY,
    clear_staging,
    file_hashes,
    is_plain,
    make_anew,
    prepare,
    put_folder,
    staged,
)
from ketanalysis.errors import ArgumentError, KetanalysisError
from ketanalysis.reading.files import file_sha256
from ketanalysis.study.own_code import code_hashes
from ketanalysis.study.provenance import package_versions

Progress = Callable[[str, str], None]
STOPPING = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


class BatchError(KetanalysisError):
    """The batch stopped before its end; what was done is kept, and can be resumed."""


@dataclass(frozen=True)
class BatchResult:
    """How a batch ended.

    Attributes
    ----------
    path
        The output folder.
    studies
        Study id → "done" or "failed", by id.
    reasons
        Study id → why it failed.
    n_kept
        How many studies were done before, and were not done again.
    n_held_back
        How many values of a split are not reported, in a batch to be passed on.
    """

    path: Path
    studies: dict[str, str]
    reasons: dict[str, str]
    n_kept: int
    n_held_back: int = 0

    @property
    def exit_code(self) -> int:
        """0 where every study is done, 1 where one failed."""
        return 1 if self.reasons else 0


def run_batch(
    studies: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    jobs: int = 1,
    timeout: float = 600,
    formats: Sequence[str] = ("html",),
    resume: bool = False,
    split_by: str | None = None,
    template: str = "trial_report",
    arm: str = "",
    trust_study_code: bool = False,
    show_values: bool = False,
    share: int | None = None,
    memory: float | None = None,
    recycle_after: int = 50,
    backend: str = "local",
    client: Any = None,
    progress: Progress | None = None,
) -> BatchResult:
    """Report many studies, each in a process of its own that costs no other study when it dies.

    Answers "what did each of these studies find, and which could not be reported, and why?".
    Not for one study: `render_report` makes its report.

    Parameters
    ----------
    studies
        Study folders; with `split_by`, the one study that is split.
    out
        The folder to write: a folder a study, ``index.html``, the estimates of all studies as
        ``results.parquet`` and ``results.json``, and ``ledger.jsonl`` with every hash.
    jobs
        How many studies are reported at a time.
    timeout
        Seconds after which a study is stopped, and has failed.
    formats
        The reports of each study: "html", "docx", "pdf", one or more.
    resume
        Whether `out` is an earlier batch to go on with. A study is done again unless its
        inputs, its options, the package versions and every file it wrote are as the ledger says.
    split_by
        A column of ADSL, such as SITEID: each of its values is reported as a study of its own,
        however small; subjects without a value are one more.
    template, arm, trust_study_code
        As in `render_report`.
    show_values
        Whether a failure page shows the text of errors, which may hold values of the data.
    share
        As in `render_report`, for a batch that is passed on: the index, the estimates and the
        failure pages tell no small count either. A split leaves out values with an arm of few
        subjects, and as many more as are needed that their number does not follow.
    memory
        Gigabytes of address space that a worker may have; no limit unless given.
    recycle_after
        A worker is replaced after so many studies, so that its memory stays flat.
    backend
        "local", or "dask": the workers run where the workers of `client` are; all of them must
        see the same file system.
    client
        A ``distributed.Client``; the current one, or one of `jobs` local processes, unless given.
    progress
        Called with the id of each study and its status when it has ended.

    Returns
    -------
    BatchResult
        The status of each study, and why it failed.

    Raises
    ------
    ArgumentError
        An argument is wrong, `out` cannot be written to, is in use, or is not ours. Nothing
        was analysed.
    BatchError
        The disk is full; what was done is kept.

    Notes
    -----
    The files depend on the studies and on what is asked of them, not on the number of jobs, the
    order of the studies or the backend; times stand in the ledger alone.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> ka.run_batch(["study-a", "study-b"], "reports", jobs=2)  # doctest: +SKIP
    """
    given = locals()
    settings = settings_from({key: given[key] for key in given if key != "studies"})
    folders = [studies] if isinstance(studies, str | Path) else list(studies)
    return run_studies(
        [Path(folder) for folder in folders],
        Path(out),
        settings,
        resume=resume,
        split_by=split_by,
        client=client,
        progress=progress or (lambda study, status: None),
    )


def run_studies(
    folders: list[Path],
    out: Path,
    settings: Settings,
    *,
    resume: bool,
    split_by: str | None = None,
    client: Any = None,
    progress: Progress,
) -> BatchResult:
    """Run a batch with settings that were checked."""
    ids = study_ids(folders)
    if split_by is not None and len(folders) != 1:
        raise ArgumentError(f"split_by is for one study folder, not for {len(folders)}.")
    out = out.absolute()
    prepare(out, resume=resume)
    with locked(out), _signals():
        clear_staging(out)
        try:
            found = Split(dict(zip(ids, folders, strict=True)))
            if split_by is not None:
                place, kept = staged(out, "split"), settings
                found = split_study(folders[0], split_by, place, share=kept.share, arm=kept.arm)
            return _Batch(out, settings, found.folders, progress, found.n_held_back).run(client)
        except OSError as error:
            raise BatchError(
                f"The batch was stopped: {error.filename or out}: {error.strerror or error}.\n"
                f"  What was done is kept. {_remedy(error)}, and run again with --resume."
            ) from None
        finally:
            clear_staging(out)


def _remedy(error: OSError) -> str:
    """Return what lets a batch go on that the system stopped."""
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return "Allow more open files (ulimit -n) or take fewer jobs"
    return "Free space or mend the disk"


@dataclass
class _Batch:
    """One run: what is done is found, the rest is done, everything is written down."""

    out: Path
    settings: Settings
    folders: dict[str, Path]
    progress: Progress
    n_held_back: int

    def run(self, client: Any) -> BatchResult:
        self.ledger = Ledger.open(self.out)
        self._refuse_others()
        self._refuse_another_share()
        for name in SUMMARY:
            (self.out / name).unlink(missing_ok=True)
        self.versions = package_versions()
        self._clear_strays()
        kept = [study for study in sorted(self.folders) if self._is_done(study)]
        self.ledger.append(
            event="run",
            studies=sorted(self.folders),
            versions=self.versions,
            share=self.settings.share,
        )
        todo = [self._job(study) for study in sorted(self.folders) if study not in kept]
        for study in kept:
            self.progress(study, "kept")
        for job, outcome in outcomes(todo, self.settings, client):
            self._take(job, outcome)
        write_overview(
            self.out,
            sorted(self.folders),
            self._status(),
            share=self.settings.share,
            n_held_back=self.n_held_back,
        )
        hashes = {name: file_sha256(self.out / name) for name in SUMMARY}
        status = self._status()
        reasons = {name: line["reason"] for name, line in status.items() if line["reason"]}
        ended = {name: line["status"] for name, line in status.items()}
        result = BatchResult(self.out, ended, reasons, len(kept), self.n_held_back)
        self.ledger.append(event="end", outputs=hashes, exit_code=result.exit_code)
        return result

    def _job(self, study: str) -> Job:
        target = staged(self.out, folder_name(study))
        return Job(study, str(self.folders[study].resolve()), str(target), self.settings.options())

    def _take(self, job: Job, outcome: Outcome) -> None:
        """Give what a study wrote its place, then write it down."""
        if outcome.status == FULL:
            raise BatchError(
                f"The disk is full ({outcome.reason}).\n  What was done is kept. Free space, and "
                "run again with --resume."
            )
        target = Path(job.target)
        if not is_plain(target):
            make_anew(target)
            outcome = not_plain(outcome.facts)
        for part in target.rglob(".*.part"):
            if part.is_file():
                part.unlink()
        if outcome.status == FAILED:
            write_failure(target, job.study, outcome)
        outputs = put_folder(target, self.out, folder_name(job.study))
        self.ledger.append(
            event="study",
            study=job.study,
            folder=folder_name(job.study),
            status=outcome.status,
            reason=outcome.reason,
            advice=outcome.advice,
            config=self.settings.config_hash(),
            versions=self.versions,
            outputs=outputs,
            **{"inputs": {}, "seeds": {}, **outcome.facts},
        )
        self.progress(job.study, outcome.status)

    def _status(self) -> dict[str, Line]:
        written = self.ledger.studies()
        return {study: written[study] for study in sorted(self.folders) if study in written}

    def _refuse_others(self) -> None:
        others = sorted(set(self.ledger.studies()) - set(self.folders))
        if others:
            raise ArgumentError(
                f"out must be a batch of these studies: {self.out} also holds {others[0]!r}.\n"
                "  Resume with the same studies, or choose another folder."
            )

    def _refuse_another_share(self) -> None:
        """Refuse what would stand beside lines of the ledger that tell more, or less."""
        run = self.ledger.last("run")
        before, now = None if run is None else run.get("share"), self.settings.share
        if run is not None and before != now:
            raise ArgumentError(
                f"share must be as the batch was begun: {self.out} was begun "
                f"{_with_share(before)}, and now it is asked {_with_share(now)}.\n"
                "  Its ledger keeps what was said then. Choose another folder."
            )

    def _clear_strays(self) -> None:
        """Remove the files of a study that a run left before it could write the study down."""
        known = {line["folder"] for line in self.ledger.studies().values()}
        ours = {folder_name(study) for study in self.folders}
        for name in ours - known:
            shutil.rmtree(self.out / name, ignore_errors=True)

    def _is_done(self, study: str) -> bool:
        line = self.ledger.studies().get(study)
        if line is None or line["status"] != DONE:
            return False
        if (line["config"], line["versions"]) != (self.settings.config_hash(), self.versions):
            return False
        now = {
            f"{line['folder']}/{name}": sha
            for name, sha in file_hashes(self.out / line["folder"]).items()
        }
        return bool(now == line["outputs"] and self._inputs_now(study, line) == line["inputs"])

    def _inputs_now(self, study: str, line: Line) -> dict[str, str]:
        folder = self.folders[study]
        files = {name: folder / name for name in line["inputs"]}
        now = {name: file_sha256(path) for name, path in files.items() if path.is_file()}
        return now | code_hashes(folder, is_trusted=self.settings.trust_study_code)


def _with_share(share: int | None) -> str:
    return "without share" if share is None else f"with share={share}"


@contextmanager
def _signals() -> Iterator[None]:
    """Turn a signal to stop into an exception: the workers are ended and the folder is let go.

    While that is done, further signals are not listened to. One that is ignored stays so (nohup).
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _: object) -> None:
        for one in before:
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)

    before = {one: signal.getsignal(one) for one in STOPPING}
    before = {one: held for one, held in before.items() if held not in (None, signal.SIG_IGN)}
    for one in before:
        signal.signal(one, stop)
    try:
        yield
    finally:
        for one, held in before.items():
            signal.signal(one, held)
