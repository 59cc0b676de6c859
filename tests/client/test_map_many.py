"""Ten thousand rows against a provider that fails, through a kill, in bounded memory."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from unillm.testing import FakeProvider

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

PROGRAM = Path(__file__).parent / "mapping_program.py"
ROWS = 10_000
FAULTS = {
    "status-429": 0.01,
    "status-503": 0.01,
    "status-500": 0.01,
    "reset-before-head": 0.01,
    "garbage-body": 0.005,
    "status-400": 0.005,
}
PATIENCE = 120.0


@pytest.fixture
def faulty():
    with FakeProvider(faults=FAULTS) as fake:
        yield fake


def program(fake, way, rows, path="-"):
    command = [sys.executable, str(PROGRAM), fake.base_url, way, str(rows), str(path)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def result_of(process):
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    return json.loads(out)


def answered(path):
    """Give the places of the rows whose answers a file holds, torn last line left out."""
    lines = [line for line in path.read_bytes().split(b"\n")[1:-1] if b'{"key":' in line[:8]]
    return {json.loads(line)["index"] for line in lines}


@pytest.mark.parametrize("program_way", ["sync", "asyncio"])
def test_every_row_is_answered_or_has_its_error_and_none_is_paid_twice(
    faulty, tmp_path, program_way
):
    path = tmp_path / "answers.jsonl"
    process = program(faulty, program_way, ROWS, path)
    give_up = time.monotonic() + PATIENCE
    while not path.exists() or path.read_bytes().count(b"\n") < ROWS // 3:
        assert process.poll() is None
        assert time.monotonic() < give_up
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    paid = answered(path)
    assert ROWS // 4 < len(paid) < ROWS
    assert faulty.wait(in_flight=0)
    before = len(faulty.requests)

    came = result_of(program(faulty, program_way, ROWS, path))
    errors = sum(came["errors"].values())
    assert came["count"] == ROWS == came["right"] + errors
    assert came["resumed"] == len(paid)
    assert 0 < errors < ROWS * 0.03
    again = {int(seen.messages[-1]["content"].split()[1]) for seen in faulty.requests[before:]}
    assert not again & paid
    assert len(again) + len(paid) == ROWS
    assert len(answered(path)) == came["right"]


@pytest.mark.parametrize("program_way", ["sync", "asyncio"])
def test_memory_is_flat(tmp_path, program_way):
    peaks = []
    for rows in (2_000, ROWS):
        with FakeProvider() as fake:
            came = result_of(program(fake, program_way, rows, tmp_path / str(rows)))
        assert came["right"] == rows
        peaks.append(came["peak"])
    # Kilobytes. The answers of those 8,000 rows alone would take 50,000; their keys are kept.
    assert peaks[1] - peaks[0] < 16_000
