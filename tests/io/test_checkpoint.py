"""A file of answers that were paid for."""

import os
import signal
import subprocess
import sys
import threading
import warnings
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import unillm
from unillm import InvalidRequestError
from unillm._io.checkpoint import HEADER, Checkpoint


@pytest.fixture
def path(tmp_path):
    return tmp_path / "answers.jsonl"


def filled(path, *keys):
    checkpoint = Checkpoint.open(path)
    for index, key in enumerate(keys):
        checkpoint.save(key, index, response={"text": f"of {key}"})
    checkpoint.close()
    return path.read_bytes()


def keys_in(path, *keys):
    checkpoint = Checkpoint.open(path)
    found = {key for key in keys if checkpoint.has(key)}
    for key in found:
        assert checkpoint.load(key)["response"] == {"text": f"of {key}"}
    checkpoint.close()
    return found


def test_answers_notes_and_failures(path):
    checkpoint = Checkpoint.open(path)
    checkpoint.save("a", 0, response=1)
    checkpoint.note("batch", {"id": "b-1"})
    checkpoint.failed("b", 1, "RateLimitError: slower")
    checkpoint.failed(None, 2, "InvalidRequestError: no")
    for _ in range(2):
        assert (len(checkpoint), checkpoint.has("a"), checkpoint.has("b")) == (1, True, False)
        assert checkpoint.load("a") == {"key": "a", "index": 0, "response": 1}
        assert (checkpoint.notes("batch"), checkpoint.notes("other")) == ([{"id": "b-1"}], [])
        checkpoint.close()
        checkpoint = Checkpoint.open(path)
    checkpoint.close()


def test_the_last_answer_of_a_key_counts(path):
    checkpoint = Checkpoint.open(path)
    checkpoint.save("a", 0, response=1)
    checkpoint.save("a", 0, response=2)
    assert checkpoint.load("a")["response"] == 2
    checkpoint.close()


def test_what_is_not_there(path):
    checkpoint = Checkpoint.open(path)
    with pytest.raises(KeyError):
        checkpoint.load("a")
    checkpoint.close()


def test_every_cut_of_the_last_line_costs_that_line_alone(path):
    whole = filled(path, "a", "b", "c")
    begin = whole.rindex(b"\n", 0, -1) + 1
    for cut in range(begin, len(whole)):
        path.write_bytes(whole[:cut])
        # Only its end is missing from the last of these: the line itself is whole.
        expected = {"a", "b", "c"} if cut == len(whole) - 1 else {"a", "b"}
        assert keys_in(path, "a", "b", "c") == expected
        assert path.read_bytes() == (whole if "c" in expected else whole[:begin])


def test_every_cut_of_the_first_line_begins_anew(path):
    for cut in range(len(HEADER)):
        path.write_bytes(HEADER[:cut])
        assert keys_in(path, "a") == set()
        assert path.read_bytes() == HEADER


def test_after_a_cut_new_lines_are_whole(path):
    path.write_bytes(filled(path, "a", "b")[:-5])
    checkpoint = Checkpoint.open(path)
    checkpoint.save("c", 2, response={"text": "of c"})
    checkpoint.close()
    assert keys_in(path, "a", "b", "c") == {"a", "c"}


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"[]", b"null", b'{"a":1}', b'{"key":3}', b'{"note":"x"}', b"\0\0", b"\xff"],
    ids=repr,
)
def test_a_damaged_line_in_the_middle_is_refused_and_nothing_changed(path, line):
    whole = filled(path, "a", "b").split(b"\n")
    damaged = b"\n".join([*whole[:2], line, *whole[2:]])
    path.write_bytes(damaged)
    with pytest.raises(unillm.InvalidRequestError, match="line 3 is none of its lines"):
        Checkpoint.open(path)
    assert path.read_bytes() == damaged


@pytest.mark.parametrize("text", [b"hello", b'{"id":1}\n', b'{"unillm_checkpoint":2}\n', b"\n"])
def test_other_files_are_left_alone(path, text):
    path.write_bytes(text)
    with pytest.raises(unillm.InvalidRequestError, match="left as it is"):
        Checkpoint.open(path)
    assert path.read_bytes() == text


def test_two_at_once_are_refused(path):
    first = Checkpoint.open(path)
    with pytest.raises(unillm.InvalidRequestError, match="being written by another"):
        Checkpoint.open(path)
    first.close()
    Checkpoint.open(path).close()


@pytest.mark.parametrize("wrong", [3, None, "", b"x", True], ids=repr)
def test_what_is_no_path(wrong):
    with pytest.raises(unillm.InvalidRequestError, match="path of a file"):
        Checkpoint.open(wrong)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(unillm.InvalidRequestError, match="cannot be opened"):
        Checkpoint.open(tmp_path / "nowhere" / "file")
    with pytest.raises(unillm.InvalidRequestError, match="cannot be opened"):
        Checkpoint.open(tmp_path)


def test_one_that_was_removed_is_not_written(path):
    with closing(Checkpoint.open(path)) as checkpoint:
        checkpoint.save("a", 0)
        path.unlink()
        with pytest.raises(InvalidRequestError, match="removed"):
            checkpoint.save("b", 1)


def test_a_forked_process_does_not_keep_the_lock(path):
    checkpoint = Checkpoint.open(path)
    read, write = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other tests' threads
        child = os.fork()
    if not child:
        os.close(write)
        os.read(read, 1)  # until the parent is done
        os._exit(0)
    checkpoint.close()
    Checkpoint.open(path).close()
    os.close(write)
    os.waitpid(child, 0)
    os.close(read)


def test_a_forked_process_does_not_give_the_lock_back(path):
    checkpoint = Checkpoint.open(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other tests' threads
        child = os.fork()
    if not child:
        checkpoint.close()
        os._exit(0)
    os.waitpid(child, 0)
    with pytest.raises(InvalidRequestError, match="being written"):
        Checkpoint.open(path)
    checkpoint.close()


def test_a_closed_one_is_not_written(path):
    checkpoint = Checkpoint.open(path)
    checkpoint.close()
    checkpoint.close()
    with pytest.raises(unillm.InvalidRequestError, match="closed"):
        checkpoint.save("a", 0, response=1)


def test_a_full_disk_leaves_whole_lines(path, monkeypatch):
    checkpoint = Checkpoint.open(path)
    checkpoint.save("a", 0, response={"text": "of a"})
    write = os.pwrite

    def half(file, data, place):
        if len(data) < 20:
            raise OSError(28, "No space left on device")
        return write(file, data[: len(data) // 2], place)

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", half)
        with pytest.raises(unillm.InvalidRequestError, match="No space left"):
            checkpoint.save("b", 1, response={"text": "of b"})
    checkpoint.save("c", 2, response={"text": "of c"})
    checkpoint.close()
    assert keys_in(path, "a", "b", "c") == {"a", "c"}


def test_what_is_no_json_is_refused(path):
    checkpoint = Checkpoint.open(path)
    with pytest.raises(unillm.InvalidRequestError, match="JSON"):
        checkpoint.save("a", 0, response=object())
    checkpoint.close()
    assert path.read_bytes() == HEADER


def test_many_threads_write_whole_lines(path):
    checkpoint = Checkpoint.open(path)

    def write(who):
        for number in range(50):
            key = f"{who}-{number}"
            checkpoint.save(key, number, response={"text": f"of {key}"})

    threads = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    checkpoint.close()
    keys = {f"{who}-{number}" for who in range(4) for number in range(50)}
    assert keys_in(path, *keys) == keys


def test_long_lines(path):
    text = "long " * 200_000
    checkpoint = Checkpoint.open(path)
    checkpoint.save("a", 0, response=text)
    checkpoint.save("b", 1, response="short")
    checkpoint.close()
    checkpoint = Checkpoint.open(path)
    assert checkpoint.load("a")["response"] == text
    assert checkpoint.load("b")["response"] == "short"
    checkpoint.close()


WRITES = """
import sys
from unillm._io.checkpoint import Checkpoint
checkpoint = Checkpoint.open(sys.argv[1])
number = 0
while True:
    checkpoint.save(str(number), number, response={"text": f"of {number}"})
    number += 1
    print(number, flush=True)
"""


def test_a_kill_loses_nothing_that_was_written_and_gives_the_lock_back(path):
    command = [sys.executable, "-c", WRITES, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == 200:
                break
        process.send_signal(signal.SIGKILL)
        last = [200, *(int(line) for line in process.stdout if line.endswith("\n"))][-1]
    keys = {str(number) for number in range(last)}
    assert keys_in(path, *keys) == keys


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200), position=st.integers(0, 10_000))
def test_no_damage_is_more_than_a_refusal(path, data, position):
    path.unlink(missing_ok=True)
    whole = filled(path, "a", "b", "c")
    place = position % (len(whole) + 1)
    path.write_bytes(whole[:place] + data + whole[place:])
    try:
        checkpoint = Checkpoint.open(path)
    except unillm.InvalidRequestError:
        return
    for key in ("a", "b", "c"):
        assert not checkpoint.has(key) or checkpoint.load(key)["key"] == key
    checkpoint.close()
