"""Where the workers of a batch run: on this machine, or on the machines of a dask cluster."""

from __future__ import annotations

import importlib
import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ketanalysis.batch.hands import Hand
from ketanalysis.batch.outcome import FAILED, Job, Outcome
from ketanalysis.batch.settings import Settings
from ketanalysis.errors import ArgumentError

Ended = tuple[Job, Outcome]


def outcomes(jobs: Sequence[Job], settings: Settings, client: Any = None) -> Iterator[Ended]:
    """Yield each study with how it ended, as they end; the workers end with the iteration."""
    if not jobs:
        return
    if settings.backend == "dask":
        yield from _on_dask(jobs, settings, client)
    else:
        yield from _here(jobs, settings)


def _hand(settings: Settings) -> Hand:
    # Code of a study may leave anything behind in its process: the next study begins anew.
    most = 1 if settings.trust_study_code else settings.recycle_after
    return Hand(settings.worker(), settings.timeout, most)


def _here(jobs: Sequence[Job], settings: Settings) -> Iterator[Ended]:
    """Give the studies to workers of this machine: a thread waits for each worker."""
    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    ended: queue.SimpleQueue[Ended | BaseException] = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)
    hands = [_hand(settings) for _ in range(min(settings.jobs, len(jobs)))]
    stop = threading.Event()
    threads = [
        threading.Thread(target=_work, args=(hand, waiting, ended, stop), daemon=True)
        for hand in hands
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in jobs:
            one = ended.get()
            if isinstance(one, BaseException):
                raise one
            yield one
    finally:
        stop.set()
        while not waiting.empty():
            waiting.get()
        for hand in hands:
            hand.stop()
        for thread in threads:
            thread.join()


def _work(
    hand: Hand,
    waiting: queue.SimpleQueue[Job],
    ended: queue.SimpleQueue[Ended | BaseException],
    stop: threading.Event,
) -> None:
    try:
        while not stop.is_set():
            job = waiting.get_nowait()
            ended.put((job, hand.do(job)))
    except queue.Empty:
        pass
    except BaseException as error:  # told to the thread that waits
        ended.put(error)
    finally:
        hand.end()


def _on_dask(jobs: Sequence[Job], settings: Settings, client: Any) -> Iterator[Ended]:
    """Give the studies to the workers of a cluster: each keeps a worker of ours beside it."""
    with _client(client, min(settings.jobs, len(jobs))) as cluster:
        futures = {cluster.submit(_do_there, job, settings, pure=False): job for job in jobs}
        try:
            for future in distributed_package().as_completed(list(futures)):
                yield futures[future], _outcome(future)
        finally:
            cluster.cancel(list(futures))
            cluster.run(_end_there, on_error="ignore")


def distributed_package() -> Any:
    """Return the package distributed, or say which extra has it."""
    try:
        return importlib.import_module("distributed")
    except ImportError:
        raise ArgumentError(
            "backend='dask' needs distributed: run pip install 'ketanalysis[dask]'."
        ) from None


def _outcome(future: Any) -> Outcome:
    error = future.exception()
    if error is None:
        outcome: Outcome = future.result()
        return outcome
    return Outcome(
        FAILED,
        f"the worker of the cluster was lost ({type(error).__name__})",
        "Look at the cluster, and resume the batch.",
    )


@contextmanager
def _client(client: Any, jobs: int) -> Iterator[Any]:
    dask = distributed_package()
    if client is not None:
        yield client
        return
    try:
        yield dask.get_client()
        return
    except ValueError:
        pass
    with (
        dask.LocalCluster(n_workers=jobs, threads_per_worker=1, dashboard_address=None) as cluster,
        dask.Client(cluster) as own,
    ):
        yield own


# One worker of ours for each thread of a dask worker.
_THERE: dict[int, Hand] = {}


def _do_there(job: Job, settings: Settings) -> Outcome:
    """Run one study beside a dask worker; the hand stays warm for the thread's next study."""
    thread = threading.get_ident()
    if thread not in _THERE or _THERE[thread].setting != settings.worker():
        _THERE[thread] = _hand(settings)
    return _THERE[thread].do(job)


def _end_there() -> None:
    while _THERE:
        _, hand = _THERE.popitem()
        hand.stop()
        hand.end()
