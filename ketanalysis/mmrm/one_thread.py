"""One thread for small matrices: several only wait for each other, and take many times as long.

The matrices of a mixed model have tens of rows. A linear algebra library that shares them out
among threads loses, and on a busy machine loses much; and the last digits may then depend on
the number of threads.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from threading import Lock
from typing import Any

_lock = Lock()
_within = 0
_held = ExitStack()


@contextmanager
def one_thread() -> Iterator[None]:
    """Let numpy's linear algebra use one thread; what was set before comes back at the end.

    The setting is one for the whole process: the first to enter makes it, the last to leave
    takes it back.
    """
    global _within
    with _lock:
        if _within == 0:
            _held.enter_context(_threads().limit(limits=1, user_api="blas"))
        _within += 1
    try:
        yield
    finally:
        with _lock:
            _within -= 1
            if _within == 0:
                _held.close()


@cache
def _threads() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
