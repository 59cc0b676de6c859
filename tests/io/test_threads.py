"""Threads, and what they are told with, where Ctrl-C may strike."""

import signal
import threading

import pytest

from unillm._io.threads import Flag, join, start


def test_a_flag_wakes_all_who_wait():
    flag, woken = Flag(), []

    def wait():
        flag.wait()
        woken.append(flag.is_set())

    threads = [threading.Thread(target=wait) for _ in range(5)]
    for thread in threads:
        start(thread)
    assert not flag.is_set()
    flag.set()
    flag.set()
    for thread in threads:
        join(thread)
    flag.wait()
    assert woken == [True] * 5


@pytest.mark.parametrize("seconds", [-1.0, 0.0, 0.001])
def test_a_flag_is_waited_for_no_longer_than_that(seconds):
    flag = Flag()
    flag.wait(seconds)
    assert not flag.is_set()


class Unable(threading.Thread):
    def start(self):
        raise RuntimeError("can't start new thread")


class Struck(threading.Thread):
    def join(self, timeout=None):
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            threading.Lock().release()


def test_a_thread_that_cannot_be_started():
    with pytest.raises(RuntimeError, match="can't start new thread"):
        start(Unable())


def test_who_never_began_and_oneself_are_not_waited_for():
    join(threading.Thread())
    join(threading.current_thread())
    assert threading.current_thread().is_alive()


@pytest.fixture
def heard():
    """Ctrl-C as Python hears it: a process that a shell starts beside it ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard")
def test_ctrl_c_that_a_join_made_another_error_is_ctrl_c():
    with pytest.raises(KeyboardInterrupt):
        join(Struck())
