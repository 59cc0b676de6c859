"""What observers and the log are told."""

# pyright: reportOptionalMemberAccess=false

import logging
import subprocess
import sys

import pytest

import unillm
from tests.client.ways import KEY, ONCE, QUICK, read_all
from unillm.testing import Answer, FakeCall, faults

PROMPT = "a-prompt-that-stays-in"
ANSWER = "an-answer-that-stays-in"


async def test_a_call_is_told_once(way, fake):
    records = []
    tags = {"team": "blue"}
    async with way.client(fake, observers=[records.append], session="s1") as client:
        r = await client.chat("Hi", tags=tags)
        (record,) = records
        assert (record.outcome, record.error, record.streamed) == ("ok", None, False)
        assert record.response == r
        assert record.attempts == r.attempts
        assert (record.provider, record.model) == ("fake", "fake-model")
        assert (record.tags, record.session) == (tags, "s1")
        assert record.duration >= r.attempts[0].duration >= 0
        assert record.started_at <= r.attempts[0].started_at
        async with client.stream("Hi", session="s2") as stream:
            await read_all(stream)
            assert len(records) == 2
    assert records[1].streamed
    assert records[1].response == stream.response
    assert (records[1].tags, records[1].session) == ({}, "s2")
    assert len(records) == 2
    assert records[0].operation != records[1].operation
    assert b"blue" not in fake.requests[0].body
    assert b"s1" not in fake.requests[0].body


async def test_observers_of_a_call_are_told_instead_of_the_clients(way, fake):
    always, once = [], []
    async with way.client(fake, observers=[always.append]) as client:
        await client.chat("Hi", observers=[once.append])
        async with client.stream("Hi", observers=once.append) as stream:
            await read_all(stream)
        assert [record.streamed for record in once] == [False, True]
        await client.chat("Hi", observers=())
        assert always == []
        await client.chat("Hi")
    assert len(always) == 1
    assert len(once) == 2


async def test_a_failure_is_told_once(way, fake):
    records = []
    fake.enqueue(faults.get("status-503"), faults.get("status-429"), faults.get("cut-in-text"))
    async with way.client(fake, observers=[records.append], retry=QUICK) as client:
        with pytest.raises(unillm.IncompleteStreamError) as caught:
            async with client.stream("Hi") as stream:
                await read_all(stream)
    (record,) = records
    assert (record.outcome, record.error) == ("error", caught.value)
    assert record.attempts == caught.value.attempts
    assert [(a.number, a.outcome, a.status) for a in record.attempts] == [
        (1, "error", 503),
        (2, "error", 429),
        (3, "error", 200),
    ]
    assert record.response.text == caught.value.partial.text != ""


async def test_a_cancelled_stream_is_told_once(way, fake):
    records = []
    async with way.client(fake, observers=[records.append]) as client:
        async with client.stream("Hi", model="fake:stall-in-text") as stream:
            await anext(stream)
            assert records == []
        (record,) = records
        await stream.close()
    assert (record.outcome, record.error) == ("cancelled", None)
    assert [(a.outcome, a.status) for a in record.attempts] == [("cancelled", 200)]
    assert record.response.text == stream.partial.text != ""
    assert len(records) == 1


async def test_invalid_calls_are_told_as_an_error_with_the_answer(way, fake):
    records = []
    fake.enqueue(Answer("Well", tool_calls=[FakeCall("nobody", {})]))
    async with way.client(fake, observers=[records.append]) as client:
        with pytest.raises(unillm.ToolArgumentsError):
            await client.chat("Hi", tools=[unillm.Tool(name="somebody")])
    (record,) = records
    assert (record.outcome, record.response.text) == ("error", "Well")
    assert [a.outcome for a in record.attempts] == ["ok"]


async def test_a_call_refused_before_sending_is_not_told(way, fake):
    records = []
    async with way.client(fake, observers=[records.append]) as client:
        with pytest.raises(unillm.InvalidRequestError):
            await client.chat([])
    assert records == []


async def test_an_observer_that_raises_is_logged_and_harmless(way, fake, caplog):
    told = []

    def fail(record):
        raise ZeroDivisionError

    async with way.client(fake, observers=[fail, told.append]) as client:
        with caplog.at_level(logging.ERROR, "unillm"):
            assert (await client.chat("Hi")).text == "You said: Hi"
            assert len(caplog.records) == 1
            with pytest.raises(unillm.BadRequestError):
                await client.chat("Hi", model="fake:status-400")
    assert len(told) == 2
    assert [record.exc_info[0] for record in caplog.records] == [ZeroDivisionError] * 2
    assert "call is not affected" in caplog.text


async def test_one_observer_need_not_be_in_a_list(way, fake):
    told = []
    async with way.client(fake, observers=told.append) as client:
        await client.chat("Hi")
    assert len(told) == 1


async def test_the_log_tells_the_steps_but_no_content(way, fake, caplog):
    fake.enqueue(faults.get("status-503"), Answer(ANSWER), faults.get("status-401"))
    async with way.client(fake, retry=QUICK) as client:
        with caplog.at_level(logging.DEBUG, "unillm"):
            await client.chat(PROMPT, extra_query={"q": PROMPT})
            with pytest.raises(unillm.AuthenticationError):
                await client.chat(PROMPT)
    ours = [record for record in caplog.records if record.name == "unillm"]
    told = "\n".join(record.getMessage() for record in ours)
    assert "POST http://127.0.0.1:" in told
    assert "status 503" in told
    assert "retrying in 0.00 s after OverloadedError (fake)" in told
    assert "fake:fake-model ok after" in told
    assert "fake:fake-model AuthenticationError after" in told
    for secret in (KEY, PROMPT, ANSWER):
        assert secret not in told
        assert not any(secret in repr(vars(record)) for record in ours)


SCRIPT = f"""
import unillm
from unillm.testing import Answer, FakeProvider
with FakeProvider() as fake:
    fake.enqueue(Answer({ANSWER!r}))
    providers = [unillm.Provider("fake", base_url=fake.base_url, api_key={KEY!r})]
    for _ in range(2):
        with unillm.Client(providers=providers, retry=unillm.RetryPolicy(max_attempts=1)) as client:
            client.chat({PROMPT!r}, model="fake:m")
            try:
                client.chat({PROMPT!r}, model="fake:status-500")
            except unillm.ServerError:
                pass
"""


@pytest.mark.parametrize(("level", "lines"), [("debug", True), ("INFO", False)])
def test_the_environment_can_ask_for_the_log(level, lines):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT],
        env={"UNILLM_LOG": level, "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    assert bool(done.stderr) is lines
    assert done.stderr.count("unillm DEBUG POST http://127.0.0.1") == 4 * lines
    for secret in (KEY, PROMPT, ANSWER, "Bearer"):
        assert secret not in done.stderr


def test_a_level_that_is_none_is_told():
    done = subprocess.run(
        [sys.executable, "-c", "import unillm; unillm.Client()"],
        env={"UNILLM_LOG": "loud", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "UNILLM_LOG='LOUD' is no level: use debug, info, warning or error" in done.stderr


def test_a_program_that_logs_for_itself_shows_a_line_once():
    done = subprocess.run(
        [sys.executable, "-c", f"import logging; logging.basicConfig(level='DEBUG')\n{SCRIPT}"],
        env={"UNILLM_LOG": "debug", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.count("unillm DEBUG POST http://127.0.0.1") == 4
    assert "DEBUG:unillm" not in done.stderr


def test_a_record_shows_no_content(fake):
    records = []
    with unillm.Client(
        providers=[unillm.Provider("fake", base_url=fake.base_url, api_key=KEY)],
        observers=[records.append],
        retry=ONCE,
    ) as client:
        fake.enqueue(Answer(ANSWER))
        client.chat(PROMPT, model="fake:m")
    assert ANSWER not in repr(records)
    assert KEY not in repr(records)
    assert KEY not in records[0].response.to_json()
