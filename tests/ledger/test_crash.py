"""Killed at any moment: what was acknowledged is there, the file is sound, the loss is told."""

import os
import random
import signal
import subprocess
import sys
import textwrap
from contextlib import closing

import pytest

from tests.ledger.made import record
from unillm.ledger import Flushed, Ledger
from unillm.ledger.place import place_of

KILLED = """
    import sys
    from tests.ledger.made import record
    from unillm.ledger import Ledger
    where, name = sys.argv[1:]
    ledger = Ledger(where, queue=500)
    for number in range(100_000):
        ledger.record(record(operation=f"{name}-{number}", tags={"n": str(number % 7)}))
        if number % 50 == 49:
            done = ledger.flush()
            assert done.pending == 0
            print(done.written, flush=True)
"""


def kill_one(where, name, after):
    """Run a program that records, kill it, and tell how many operations it knew to be written."""
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KILLED), where, name],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    with child:
        lines = [child.stdout.readline() for _ in range(1 + after // 10)]
        # At no particular place of what it does next.
        for _ in range(after * 1_000):
            os.getpid()
        child.send_signal(signal.SIGKILL)
        lines += child.stdout.readlines()
    assert child.returncode == -signal.SIGKILL
    whole = [line for line in lines if line.endswith("\n")]
    return int(whole[-1])


def killed(where, rounds, caplog):
    chance = random.Random(f"kill {rounds}")
    acknowledged = {}
    for turn in range(rounds):
        name = f"run{turn}"
        acknowledged[name] = kill_one(where, name, chance.randrange(100))
    with Ledger(where) as ledger:
        ledger.record(record(operation="after"))
        ledger.flush()
        found = [entry.operation for entry in ledger.operations()]
        losses = ledger.losses
        total = ledger.spend("tag:n").total
    for name, count in acknowledged.items():
        there = {operation for operation in found if operation.startswith(f"{name}-")}
        assert there >= {f"{name}-{number}" for number in range(count)}
        # They come in order: what is there beyond is whole batches of what followed.
        assert there == {f"{name}-{number}" for number in range(len(there))}
    assert total.calls == len(found) == len(set(found))
    assert [loss.at_most for loss in losses] == [500] * rounds
    # Each is told once, by whoever opens the ledger next.
    assert caplog.text.count("ended without closing the ledger") == 1
    assert "up to 500 operations may be missing" in caplog.text
    return losses


def test_what_was_acknowledged_is_there(where, caplog):
    (loss,) = killed(where, 1, caplog)
    assert loss.written > 0
    if "://" not in where:
        with closing(place_of(where).open()) as connection:
            assert connection.rows("PRAGMA integrity_check") == [("ok",)]
    with Ledger(where) as again:
        again.record(record())
    assert caplog.text.count("ended without closing") == 1
    assert again.losses == (loss,)
    spent = again.spend()
    assert (spent.at_most, spent.dropped) == (500, 0)
    assert "up to 500 operations may be missing" in spent._repr_html_()


@pytest.mark.slow
def test_what_was_acknowledged_is_there_after_many_crashes(where, caplog):
    losses = killed(where, 12, caplog)
    assert len({loss.pid for loss in losses}) == 12
    if "://" not in where:
        with closing(place_of(where).open()) as connection:
            assert connection.rows("PRAGMA integrity_check") == [("ok",)]


TWO = """
    import sys
    from tests.ledger.made import record
    from unillm.ledger import Ledger
    where, name = sys.argv[1:]
    with Ledger(where) as ledger:
        for number in range(1_500):
            ledger.record(record(operation=f"{name}-{number}", tags={"n": str(number % 7)}))
        assert ledger.flush(60).pending == 0
"""


def test_two_processes_write_at_once(where):
    children = [
        subprocess.Popen([sys.executable, "-c", textwrap.dedent(TWO), where, name])
        for name in ("a", "b")
    ]
    assert [child.wait(100) for child in children] == [0, 0]
    ledger = Ledger(where)
    assert ledger.spend().total.calls == 3_000
    assert sum(row.calls for row in ledger.spend("tag:n").rows) == 3_000
    assert len({entry.operation for entry in ledger.operations()}) == 3_000
    assert ledger.losses == ()


AT_EXIT = """
    import sys
    from tests.ledger.made import record
    from unillm.ledger import Ledger
    ledger = Ledger(sys.argv[1])
    for _ in range(700):
        ledger.record(record())
"""


def test_the_end_of_the_program_writes_what_there_is(where):
    subprocess.run([sys.executable, "-c", textwrap.dedent(AT_EXIT), where], check=True, timeout=60)
    ledger = Ledger(where)
    assert ledger.spend().total.calls == 700
    assert ledger.losses == ()


DROPPED = """
    import sys
    from tests.ledger.made import record
    from unillm.ledger import Ledger

    def main():
        ledger = Ledger(sys.argv[1])
        for _ in range(700):
            ledger.record(record())

    main()
"""


def test_a_program_that_drops_its_ledger_and_ends_loses_nothing(where):
    """So does every script whose client is a variable of its main function."""
    subprocess.run([sys.executable, "-c", textwrap.dedent(DROPPED), where], check=True, timeout=60)
    ledger = Ledger(where)
    assert ledger.spend().total.calls == 700
    assert ledger.losses == ()


FORKED = """
    import os, sys, multiprocessing
    from tests.ledger.made import record
    from unillm.ledger import Ledger
    where = sys.argv[1]
    ledger = Ledger(where)

    def child(name):
        for number in range(100):
            ledger.record(record(operation=f"{name}-{number}"))

    for number in range(100):
        ledger.record(record(operation=f"parent-{number}"))
    pid = os.fork()          # the queue of the parent is full of what the child must not write
    if pid == 0:
        child("fork")
        done = ledger.flush()
        os._exit(0 if (done.written, done.pending) == (100, 0) else 1)
    assert os.waitpid(pid, 0)[1] == 0
    pid = os.fork()          # the child ends as Python does
    if pid == 0:
        child("exit")
        sys.exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    if pid:
        made = multiprocessing.get_context("fork").Process(target=child, args=("process",))
        made.start()
        made.join()
        assert made.exitcode == 0
        for number in range(100, 200):
            ledger.record(record(operation=f"parent-{number}"))
        done = ledger.close()
        assert (done.written, done.dropped) == (200, 0), done
"""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_process_has_its_own_queue_thread_and_connection(where):
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(FORKED), where],
        check=True,
        timeout=100,
    )
    ledger = Ledger(where)
    found = [entry.operation.partition("-")[0] for entry in ledger.operations()]
    counts = {name: found.count(name) for name in sorted(set(found))}
    assert counts == {"exit": 100, "fork": 100, "parent": 200, "process": 100}


SECOND = """
    import sys
    from tests.ledger.made import record
    from unillm.ledger import Ledger
    with Ledger(sys.argv[1]) as ledger:
        ledger.record(record(operation="elsewhere"))
"""


def test_a_second_ledger_of_the_same_file_takes_no_lock_from_the_first(tmp_path):
    """Else whoever closes the file last elsewhere would delete the log that is written here."""
    where = str(tmp_path / "ledger.db")
    with Ledger(where) as first:
        first.record(record(operation="before"))
        first.flush()
        Ledger(where)
        subprocess.run([sys.executable, "-c", textwrap.dedent(SECOND), where], check=True)
        first.record(record(operation="after"))
        assert first.flush() == Flushed(written=2, pending=0, dropped=0)
        names = "import sys; from unillm.ledger import Ledger; "
        names += "print(*sorted(e.operation for e in Ledger(sys.argv[1]).operations()))"
        read = subprocess.run(
            [sys.executable, "-c", names, where], check=True, capture_output=True, text=True
        )
    assert read.stdout.split() == ["after", "before", "elsewhere"]
