"""What was computed of a study, kept while its documents are made: once, not once a document."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_KEPT: ContextVar[dict[Hashable, Any] | None] = ContextVar("studies remembered", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Read and run each study once while this lasts; outside of it nothing is kept.

    For studies that do not change meanwhile: who uses it compares the hashes of the files.
    """
    token = _KEPT.set({})
    try:
        yield
    finally:
        _KEPT.reset(token)


def once(key: Hashable, make: Callable[[], Any]) -> Any:
    """Return what `make` returns; while studies are remembered, make it once a key."""
    kept = _KEPT.get()
    if kept is None:
        return make()
    if key not in kept:
        kept[key] = make()
    return kept[key]
