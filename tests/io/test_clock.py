"""Ids that nobody else has."""

import multiprocessing
import random
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from unillm._io import clock


def test_an_id_is_thirty_two_hexadecimal_digits_and_comes_once():
    with ThreadPoolExecutor(8) as threads:
        several = threads.map(lambda _: [clock.unique() for _ in range(500)], range(16))
        made = [one for ids in several for one in ids]
    assert len(set(made)) == len(made) == 8_000
    assert all(re.fullmatch(r"[0-9a-f]{32}", one) for one in made)


def test_a_program_that_seeds_its_chance_does_not_repeat_ids(monkeypatch):
    monkeypatch.setattr(clock, "time_ns", lambda: 0)
    random.seed(1)
    first = clock.unique()
    random.seed(1)
    assert clock.unique() != first


def test_processes_woken_from_one_snapshot_have_ids_of_their_own(monkeypatch):
    class Snapshot:
        def getrandbits(self, count: int) -> int:
            return 1 << (count - 1)

    monkeypatch.setattr(clock, "_chance", lambda _: Snapshot())
    moments = iter([1_764_000_000_000_000_000, 1_764_000_000_000_000_001])
    monkeypatch.setattr(clock, "time_ns", lambda: next(moments))
    assert clock.unique() != clock.unique()


def _told(ends: Any) -> None:
    ends.send([clock.unique() for _ in range(10)])  # with the same moment, for it was forked


@pytest.mark.skipif(sys.platform == "win32", reason="nothing forks there")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_forked_processes_do_not_draw_what_others_drew(monkeypatch):
    monkeypatch.setattr(clock, "time_ns", lambda: 0)
    forks: Any = multiprocessing.get_context("fork")
    made = [clock.unique()]
    for _ in range(2):
        here, there = forks.Pipe()
        child = forks.Process(target=_told, args=(there,))
        child.start()
        made += here.recv()
        child.join()
    made += [clock.unique() for _ in range(10)]
    assert len(set(made)) == len(made) == 31
