"""A process that dies anywhere, and another that goes on: each batch is submitted once."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

import unillm
from tests.client.ways import KEY, QUICK
from unillm._client import batches
from unillm._client.batches import BatchAsked
from unillm._client.config import Call, Config
from unillm._flow import batch as flow
from unillm._io.checkpoint import Checkpoint
from unillm._io.driver import Driver
from unillm.testing import FakeBatch, FakeTransport

PROMPTS = ("one", "two", "three")


class Killed(BaseException):
    """The process is gone."""


class Mortal(Driver):
    """A driver that dies at one of its effects: before it is done, or before its answer is seen."""

    at = -1
    after = False

    def _step(self):
        steps = self.__dict__.setdefault("steps", count())
        number = next(steps)
        if number == Mortal.at and not Mortal.after:
            raise Killed
        super()._step()
        if number == Mortal.at:
            raise Killed


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(flow, "FIRST_PAUSE", 0.0)
    monkeypatch.setattr(flow, "MAX_PAUSE", 0.0)
    monkeypatch.setattr(batches, "Driver", Mortal)


class Process:
    """What one process does with a list of rows and a checkpoint."""

    def __init__(self, fake, path):
        self.fake = fake
        self.path = path
        server = unillm.Provider("fake", base_url="http://box/v1", api_key=KEY, profile="openai")
        self.config = Config.read(providers=[server], options={"retry": QUICK})

    def run(self, prompts=PROMPTS):
        """Run to the end, or to its death."""
        checkpoint = Checkpoint.open(self.path)
        try:
            rows = [(i, f"key {p}", self.exchanged(p), self.config) for i, p in enumerate(prompts)]
            left = [row for row in rows if not checkpoint.has(row[1])]

            def answer(index, came):
                assert isinstance(came, unillm.ChatResponse)
                assert came.text == f"You said: {prompts[index]}"
                assert not checkpoint.has(rows[index][1])
                checkpoint.save(rows[index][1], index, response=came)

            asked = BatchAsked(self.config, left, answer=answer, notebook=checkpoint)
            batches.run_batches(asked, self.fake)
            assert all(checkpoint.has(key) for _, key, *_ in rows)
        finally:
            checkpoint.close()

    def exchanged(self, prompt):
        call = Call(prompt, "fake:gpt-6-luna", None, None, {}, stream=False)
        return self.config.prepared(call, asynchronous=False)


def batches_of(fake):
    return fake._service.router.batches._batches


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_whoever_goes_on_after_a_crash_submits_nothing_again(tmp_path, monkeypatch, after):
    monkeypatch.setattr(Mortal, "after", after)
    for at in count():
        fake = FakeTransport(api_key=KEY)
        process = Process(fake, tmp_path / f"{after} {at}")
        monkeypatch.setattr(Mortal, "at", at)
        try:
            process.run()
        except Killed:
            monkeypatch.setattr(Mortal, "at", -1)
            process.run()
        else:
            break
        assert len(batches_of(fake)) == 1, f"killed at effect {at}"
    assert at > 40


def test_crash_after_crash_submits_nothing_again(tmp_path, monkeypatch):
    """Die a little later each time, over the same checkpoint."""
    fake = FakeTransport(api_key=KEY)
    process = Process(fake, tmp_path / "rows")
    for at in range(0, 400, 7):
        monkeypatch.setattr(Mortal, "at", at)
        try:
            process.run()
            break
        except Killed:
            continue
    assert len(batches_of(fake)) == 1


def test_a_lost_answer_and_a_crash_at_once(tmp_path, monkeypatch):
    for at in range(0, 60, 3):
        fake = FakeTransport(api_key=KEY, batch=FakeBatch(lost=1))
        process = Process(fake, tmp_path / str(at))
        monkeypatch.setattr(Mortal, "at", at)
        with pytest.raises(Killed):
            process.run()
        monkeypatch.setattr(Mortal, "at", -1)
        process.run()
        assert len(batches_of(fake)) == 1


def test_a_file_that_is_gone_is_uploaded_again(tmp_path):
    fake = FakeTransport(api_key=KEY)
    process = Process(fake, tmp_path / "rows")
    checkpoint = Checkpoint.open(process.path)
    ids = [batches.custom_id(f"key {prompt}") for prompt in PROMPTS]
    checkpoint.note("batch", {"tag": "t", "step": "planned", "ids": ids, "provider": "fake"})
    checkpoint.note("batch", {"tag": "t", "step": "uploaded", "file": "file-gone"})
    checkpoint.close()
    process.run()
    assert len(batches_of(fake)) == 1


def test_rows_that_are_new_get_a_batch_of_their_own(tmp_path):
    fake = FakeTransport(api_key=KEY)
    process = Process(fake, tmp_path / "rows")
    process.run(PROMPTS[:2])
    process.run(PROMPTS)
    process.run(PROMPTS)
    files = [s for s in fake.requests if s.method == "POST" and s.path.endswith("/files")]
    assert len(batches_of(fake)) == len(files) == 2


def test_a_batch_is_found_on_a_later_page(tmp_path, monkeypatch):
    fake = FakeTransport(api_key=KEY)
    process = Process(fake, tmp_path / "rows")
    process.run()
    (batch,) = batches_of(fake).values()
    made = fake._service.router.batches
    for number in range(3):
        fields = {**batch.fields, "id": f"newer_{number}", "input_file_id": "x", "metadata": None}
        batches_of(fake)[f"newer_{number}"] = replace(batch, fields=fields)
    original = type(made)._list
    monkeypatch.setattr(
        type(made),
        "_list",
        lambda self, seen: original(self, replace(seen, query={**seen.query, "limit": "1"})),
    )
    again = Process(fake, tmp_path / "again")
    checkpoint = Checkpoint.open(again.path)
    ids = [batches.custom_id(f"key {prompt}") for prompt in PROMPTS]
    tag, file = batch.fields["metadata"]["unillm"], batch.fields["input_file_id"]
    checkpoint.note("batch", {"tag": tag, "step": "planned", "ids": ids, "provider": "fake"})
    checkpoint.note("batch", {"tag": tag, "step": "uploaded", "file": file})
    checkpoint.close()
    again.run()
    assert len(batches_of(fake)) == 4
    assert [s.query.get("after") for s in fake.requests if s.path.endswith("/batches")][-1] == (
        "newer_0"
    )
