"""The number of threads: one within, and what was set before when the last one leaves."""

from __future__ import annotations

import threading

import pytest
from threadpoolctl import threadpool_limits

import ketanalysis as ka
from ketanalysis.mmrm.one_thread import _threads, one_thread
from tests.mmrm.test_hard_cases import FORMULA, made


def threads() -> set[int]:
    """The numbers of threads of numpy's libraries; scipy brings one of its own later."""
    return {held["num_threads"] for held in _threads().info() if held["user_api"] == "blas"}


def test_one_within_and_the_former_number_after() -> None:
    with threadpool_limits(limits=2, user_api="blas"):
        before = threads()
        with one_thread():
            assert threads() == {1}
            with one_thread():
                assert threads() == {1}
            assert threads() == {1}
        assert threads() == before


def test_an_error_gives_the_threads_back() -> None:
    with threadpool_limits(limits=2, user_api="blas"):
        before = threads()
        with pytest.raises(ka.ArgumentError), one_thread():
            raise ka.ArgumentError("no")
        assert threads() == before


def test_fits_in_several_threads_at_once_agree() -> None:
    """To the last digits, which may hang on the number of threads; the setting comes back."""
    frame = made()
    before = threads()
    alone = ka.fit_mmrm(frame, FORMULA).table
    found = []
    fits = [
        threading.Thread(target=lambda: found.append(ka.fit_mmrm(frame, FORMULA).table))
        for _ in range(4)
    ]
    for fit in fits:
        fit.start()
    for fit in fits:
        fit.join()
    for table in found:
        assert table["std_error"].to_list() == pytest.approx(alone["std_error"].to_list(), rel=1e-9)
    assert threads() == before
