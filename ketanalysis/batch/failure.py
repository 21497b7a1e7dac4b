"""Why a study failed, in words that may be passed on: no subject, no path, no value of the data."""

from __future__ import annotations

import errno
import signal
from collections.abc import Mapping
from typing import Any

from ketanalysis.batch.outcome import FAILED, FULL, Job, Outcome
from ketanalysis.errors import ContractError, KetanalysisError, TooFewError

CHECK = "Run `ketanalysis check` on the study folder, correct the data, and resume the batch."
REPORT = "Run `ketanalysis report` on the study folder alone to see the whole message."
_FULL = (errno.ENOSPC, errno.EDQUOT)


class InputChanged(KetanalysisError):
    """A file of the study was changed or removed while the study was reported."""

    def __init__(self, name: str) -> None:
        super().__init__(f"changed: {name} was changed or removed while the study was reported.")


def outcome_of(error: BaseException, job: Job, facts: dict[str, Any]) -> Outcome:
    """Return how a study ended that raised."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return Outcome(FULL, f"{error.strerror}: {job.hide(str(error.filename or job.target))}")
    if isinstance(error, MemoryError):
        return Outcome(FAILED, "out of memory", _more_memory(), facts)
    if job.options.get("share") is None:
        reason, advice = _words(error, show_values=bool(job.options.get("show_values")))
    else:
        reason, advice = _shared_words(error)
    return Outcome(FAILED, job.hide(reason), advice, facts)


def _words(error: BaseException, *, show_values: bool) -> tuple[str, str]:
    name = type(error).__name__
    if show_values:
        return f"{name}: {_text(error)}", REPORT
    if isinstance(error, OSError):
        place = f": {error.filename}" if error.filename else ""
        return f"{error.strerror or name}{place}", "Mend what is said, and resume the batch."
    if isinstance(error, ContractError):
        return _breaches(error), CHECK
    if isinstance(error, KetanalysisError) and name != "RenderError":
        return _text(error), "Correct the study folder, and resume the batch."
    where = "".join(
        f", {key} {getattr(error, key)}" for key in ("line", "cell") if _has(error, key)
    )
    return (
        f"{name}{where}: its text may hold values of the data and is not shown here.",
        f"{REPORT} With --show-values the batch shows it too.",
    )


def _shared_words(error: BaseException) -> tuple[str, str]:
    """Return the words for a page that is passed on: nothing that was made from the data."""
    if isinstance(error, OSError | TooFewError | InputChanged):
        return _words(error, show_values=False)
    name = type(error).__name__
    if isinstance(error, ContractError):
        return f"{name}: the data break their contract.", CHECK
    return f"{name}: what it says is not shown in what is passed on.", REPORT


def _has(error: BaseException, key: str) -> bool:
    return getattr(error, key, None) is not None


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # an exception whose own text raises is still an exception
        return "(it has no text)"


def _breaches(error: ContractError) -> str:
    """Return which rules the data break, and how often: no subject and no value."""
    if error.report is None:
        return "ContractError: a data file cannot be read: `ketanalysis check` says why."
    rows = error.report.counts.filter(severity="error").sort("table", "column", "rule")
    broken = [
        f"{row['table']}.{row['column'] or '(table)'}: rule {row['rule']}, {row['count']} rows"
        for row in rows.iter_rows(named=True)
    ]
    return f"ContractError: the data break their contract ({'; '.join(broken)})."


def ended(code: int, memory: float | None) -> Outcome:
    """Return how a study ended whose worker is gone, by the code that the system gives."""
    if code < 0:
        reason = f"worker killed (signal {-code})"
        known = {signal.SIGKILL: "Something on this machine killed it: often a lack of memory."}
        advice = known.get(signal.Signals(-code), "A library crashed, or memory was lacking.")
    else:
        reason, advice = f"worker ended with code {code}", "Something in the study ended Python."
    if memory is not None:
        advice += f" The limit was {memory:g} GB a worker."
    return Outcome(FAILED, reason, f"{advice} Resume the batch to try it again. {REPORT}")


def over_time(seconds: float) -> Outcome:
    """Return how a study ended that took too long."""
    return Outcome(
        FAILED,
        f"timeout: it took longer than {seconds:g} seconds and was stopped",
        "Resume the batch with a larger --timeout, or look what takes so long. " + REPORT,
    )


def not_plain(facts: Mapping[str, Any]) -> Outcome:
    """Return how a study ended whose code put there what no report is."""
    return Outcome(
        FAILED,
        "the folder of its output was taken away, or held a link or another thing that is no file",
        f"Look what the code of the study folder does, and resume the batch. {REPORT}",
        facts,
    )


def _more_memory() -> str:
    return "Resume the batch with fewer --jobs or a larger --memory. " + REPORT
