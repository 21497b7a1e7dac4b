"""One thread for small matrices: several only wait for each other, and take many times as long.

The matrices of a mixed model have tens of rows. A linear algebra library that shares them out
among threads loses, and on a busy machine loses much; and the last digits may then depend on
the number of threads.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

_setter = Lock()  # held by the one call that made the setting


@contextmanager
def one_thread() -> Iterator[None]:
    """Let numpy's linear algebra use one thread; what was set before comes back at the end.

    The setting is one for the whole process. The call that makes it takes it back, as threadpoolctl
    asks; calls within, or beside it in other threads, leave it alone.
    """
    if not _setter.acquire(blocking=False):
        yield
        return
    try:
        with _threads().limit(limits=1, user_api="blas"):
            yield
    finally:
        _setter.release()


@cache
def _threads() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
