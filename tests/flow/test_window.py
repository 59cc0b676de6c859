"""Which rows are taken, begun and handed out."""

import math
from dataclasses import dataclass
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from unillm._flow.window import AHEAD, BEHIND, Window


@dataclass
class Job:
    index: int
    not_before: float = 0.0


def never(_):
    return 0.0


def take(window):
    job = Job(window.place())
    window.add(job)
    return job


def test_rows_begin_in_order_as_many_as_wait():
    window = Window(2)
    jobs = [take(window), take(window)]
    assert not window.has_room()
    assert [window.begin(0.0, never), window.begin(0.0, never)] == jobs
    assert window.begin(0.0, never) == math.inf
    assert window.has_room()


def test_one_that_may_not_begin_yet_lets_others_pass():
    window = Window(2)
    first, second = take(window), take(window)
    first.not_before = 5.0
    assert window.begin(0.0, never) is second
    assert window.begin(0.0, never) == 5.0
    assert window.begin(5.0, never) is first


def test_one_asked_again_comes_before_those_behind_it():
    window = Window(3)
    first, second, third = (take(window) for _ in range(3))
    assert window.begin(0.0, never) is first
    window.add_again(first)
    assert [window.begin(0.0, never) for _ in range(3)] == [first, second, third]


def test_the_longest_of_two_reasons_to_wait_holds():
    window = Window(1)
    take(window).not_before = 5.0
    assert window.begin(0.0, lambda _: 3.0) == 5.0
    assert window.begin(0.0, lambda _: 9.0) == 9.0


def test_a_slow_reader_holds_the_input_back():
    window = Window(2)
    while window.has_room():
        job = take(window)
        assert window.begin(0.0, never) is job
        window.put(job.index, "done")
    assert window.taken == AHEAD * 2


def test_a_slow_row_lets_those_behind_it_be_asked():
    window = Window(2)
    take(window)
    window.begin(0.0, never)
    while window.has_room():
        job = take(window)
        window.begin(0.0, never)
        window.put(job.index, "done")
    assert window.taken == BEHIND * 2
    assert window.pop() is None
    window.put(0, "at last")
    assert window.pop() == "at last"


@given(st.integers(1, 5), st.integers())
def test_everything_comes_out_in_order_and_bounded(concurrency, seed):
    window, running, out, random = Window(concurrency), [], [], Random(seed)
    while len(out) < 40:
        deed = random.choice(["take", "begin", "end", "pop"])
        if deed == "take" and window.has_room() and window.taken < 40:
            take(window)
        elif deed == "begin" and len(running) < concurrency:
            job = window.begin(0.0, never)
            if isinstance(job, Job):
                running.append(job)
        elif deed == "end" and running:
            job = running.pop(random.randrange(len(running)))
            if random.random() < 0.2:
                window.add_again(job)
            else:
                window.put(job.index, job.index)
        elif deed == "pop":
            came = window.pop()
            if came is not None:
                out.append(came)
        assert window.taken - window.handed <= BEHIND * concurrency
        # Those asked again come on top of those that wait for their first time.
        assert window.waiting <= 2 * concurrency
    assert out == list(range(40))
