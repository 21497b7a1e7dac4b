"""The Python side of a contender's process: warm up, time, look at the memory, print JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

Data = TypeVar("Data")
STATUS = Path("/proc/self/status")
RESET = Path("/proc/self/clear_refs")


def measure(work: Callable[[Data], Any], data: Data, tiny: Data, repeats: int) -> None:
    """Time `work(data)` and print what `contest.take_turns` reads.

    The call on the tiny data pays for imports and first calls. Peak memory is the resident
    memory of the whole process (interpreter, libraries and data included) at its highest since
    the data were read.
    """
    work(tiny)
    has_reset = reset_peak()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        answer = work(data)
        seconds.append(time.perf_counter() - start)
    peak = peak_bytes() if has_reset else None
    print(json.dumps({"seconds": seconds, "peak": peak, "answer": answer}))


def reset_peak() -> bool:
    """Whether the peak could be set back (Linux)."""
    try:
        RESET.write_text("5")
    except OSError:
        return False
    return True


def peak_bytes() -> int:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
