"""Many calls: in order, bounded, each row with its answer or its own error."""

import asyncio
import contextvars
import gc
import itertools
import os
import socket
import threading
import time
import warnings
from pathlib import Path

import anyio
import anyio.lowlevel
import httpx
import pytest

import unillm
from tests.client.ways import ONCE, PATIENCE, QUICK, TICK, server, sync_client
from unillm._flow.pace import TIMES
from unillm._flow.window import AHEAD, BEHIND
from unillm.testing import Raw

HERE = "fake:fake-model"
SLOW = {"messages": "slow", "model": "fake:slow-first-token"}
"""A row whose answer takes a fifth of a second."""


def asked(fake):
    return [seen.messages[-1]["content"] for seen in fake.requests]


BODY = {
    "choices": [{"message": {"role": "assistant", "content": "yes"}, "finish_reason": "stop"}],
    "model": "m",
}


def texts(rows):
    return [row.response.text if row.response else type(row.error).__name__ for row in rows]


def said(*words):
    return [f"You said: {word}" for word in words]


class Broken:
    """A conversation that cannot be read."""

    def __iter__(self):
        raise LookupError("torn page")

    def __repr__(self):
        return "Broken()"


def workers():
    return [thread for thread in threading.enumerate() if thread.name == "unillm-map"]


@pytest.fixture(autouse=True)
def none_left():
    yield
    assert not workers()


@pytest.mark.parametrize("count", [0, 1, 2, 5, 40])
@pytest.mark.parametrize("concurrency", [1, 3, 64])
async def test_every_row_is_answered_in_order(way, fake, count, concurrency):
    words = [str(number) for number in range(count)]
    async with way.client(fake) as client:
        rows = client.map(words, concurrency=concurrency)
        found = await rows.collect()
        assert texts(found) == said(*words)
        assert [row.index for row in found] == list(range(count))
        assert [row.input for row in found] == words
        assert (rows.done, rows.failed, rows.resumed, rows.total) == (count, 0, 0, count)
        used = [row.response.usage.output_tokens for row in found]
        assert (rows.usage.output_tokens if rows.usage else 0) == sum(used)
    assert sorted(asked(fake)) == sorted(words)
    assert fake.connections_total <= concurrency


async def test_rows_of_every_kind(way, fake):
    rows = [
        "plain",
        unillm.UserMessage("message"),
        {"role": "user", "content": "dict"},
        ["first", {"role": "assistant", "content": "so"}, "list"],
        {"messages": "options", "temperature": 0.5, "system": "Be brief."},
        {"messages": ["options"], "model": "fake:other", "key": 7},
        (word for word in ["generator"]),
    ]
    async with way.client(fake) as client:
        found = await client.map(rows, concurrency=1, temperature=1.0, system="Hello.").collect()
    assert texts(found) == said(
        "plain", "message", "dict", "list", "options", "options", "generator"
    )
    assert [seen.fields["temperature"] for seen in fake.requests] == [1, 1, 1, 1, 0.5, 1, 1]
    assert [seen.model for seen in fake.requests][4:6] == ["fake-model", "other"]
    first = [seen.messages[0]["content"] for seen in fake.requests]
    assert first[4:6] == ["Be brief.", "Hello."]


async def test_the_instructions_of_a_conversation_stay_before_the_clients(way, fake):
    own = [{"role": "system", "content": "own"}, "hi"]
    async with way.client(fake, system="default") as client:
        await client.map([own, "hi"], concurrency=1).collect()
    assert [seen.messages[0]["content"] for seen in fake.requests] == ["own", "default"]
    assert len(fake.requests[0].messages) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        3,
        [],
        {},
        {"text": "hi"},
        {"messages": []},
        {"messages": "hi", "temprature": 1},
        {"messages": "hi", "temperature": "hot"},
        {"messages": "hi", "concurrency": 3},
        {"messages": "hi", "output": dict},
        {"messages": "hi", "key": ""},
        {"messages": "hi", "key": 1.5},
        {"messages": "hi", "model": 3},
        {"messages": "hi", "model": "openai:gpt-5.5"},
        {"messages": "hi", "system": 3},
        {"messages": "hi", "tools": "hammer"},
        {"messages": "hi", "tools": [3]},
        Broken(),
    ],
    ids=repr,
)
async def test_what_is_wrong_with_a_row_is_its_error(way, fake, wrong):
    async with way.client(fake) as client:
        rows = client.map(["a", wrong, "b"], concurrency=2)
        found = await rows.collect()
    names_nobody = isinstance(wrong, dict) and wrong.get("model") == "openai:gpt-5.5"
    error = "UnknownModelError" if names_nobody else "InvalidRequestError"
    assert texts(found) == ["You said: a", error, "You said: b"]
    assert isinstance(found[1].error, unillm.InvalidRequestError)
    assert found[1].error.__traceback__ is None
    assert (rows.done, rows.failed, rows.errors) == (3, 1, {error: 1})


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ("hello", {}, "write \\[row\\]"),
        ({"messages": "hi"}, {}, "write \\[row\\]"),
        (3, {}, "not int"),
        ([], {"concurrency": 0}, "concurrency"),
        ([], {"concurrency": 2.5}, "concurrency"),
        ([], {"concurrency": True}, "concurrency"),
        ([], {"progress": "yes"}, "progress"),
        ([], {"batch": 1}, "batch"),
        ([], {"retries": 2}, "output="),
        ([], {"temprature": 2}, "temperature"),
        ([], {"model": 3}, "model"),
        ([], {"system": 3}, "system"),
    ],
)
async def test_what_cannot_be_meant_is_said_at_once(way, fake, rows, options, message):
    async with way.client(fake) as client:
        with pytest.raises(unillm.InvalidRequestError, match=message):
            client.map(rows, **options)


async def test_an_unknown_provider_is_everybodys(way, fake):
    async with way.client(fake) as client:
        with pytest.raises(unillm.InvalidRequestError, match="openai"):
            await client.map(["a"], model="openai:gpt-5.5").collect()


async def test_a_length_may_be_unknown(way, fake):
    class Endless(list):
        def __len__(self):
            raise TypeError("no length")

    async with way.client(fake) as client:
        rows = client.map(Endless(["a"]))
        assert rows.total is None
        assert texts(await rows.collect()) == said("a")


async def test_an_input_that_raises_does_so_after_its_rows(way, fake):
    def words():
        yield "a"
        yield "b"
        raise LookupError("no more")

    async with way.client(fake) as client:
        rows = client.map(words())
        assert texts([await anext(rows), await anext(rows)]) == said("a", "b")
        with pytest.raises(LookupError, match="no more"):
            await anext(rows)
        assert rows.total is None
        assert await rows.collect() == []


async def test_a_reader_that_stops_is_not_asked_much_ahead_of(way, fake):
    taken = []

    def words():
        for number in itertools.count():
            taken.append(number)
            # What comes next when he stops is done once it is taken: it is not waited for.
            yield 5 if number == 5 else str(number)

    async with way.client(fake) as client:
        async with client.map(words(), concurrency=3) as rows:
            async for row in rows:
                if row.index == 4:
                    break
            before, ahead = len(taken), 5 + AHEAD * 3
            # Who reads advances the input himself where there are threads.
            least = before if way.is_sync else ahead
            await way.until(lambda: rows.done == len(taken) >= least)
            await way.pause(0.05)
        assert len(taken) == (before if way.is_sync else max(before, ahead))
        await way.until(lambda: fake.in_flight == 0)
    assert len(fake.requests) <= len(taken)


async def test_a_slow_row_does_not_stop_those_behind_it(way, fake):
    words = [str(number) for number in range(BEHIND * 2 + 20)]
    async with way.client(fake) as client:
        rows = client.map([SLOW, *words], concurrency=2)
        ahead = [rows.done - row.index async for row in rows]
    assert max(ahead) > AHEAD * 2
    assert max(ahead) <= BEHIND * 2


async def test_rows_fail_for_themselves(way, fake):
    models = ["fake:fake-model", "fake:status-400", "fake:garbage-body", "fake:status-500"]
    rows = [{"messages": "hi", "model": models[number % 4]} for number in range(12)]
    async with way.client(fake, retry=QUICK) as client:
        running = client.map(rows, concurrency=4)
        found = await running.collect()
    expected = ["You said: hi", "BadRequestError", "MalformedResponseError", "ServerError"]
    assert texts(found) == expected * 3
    assert running.errors == {
        "BadRequestError": 3,
        "MalformedResponseError": 3,
        "ServerError": 3,
    }
    assert [len(row.error.attempts) for row in found[1:4]] == [1, 1, 3]
    assert fake.bill["status-500"].requests == 9
    assert "9 failed" in repr(running)
    assert "ServerError" in repr(found[3])


@pytest.mark.parametrize(
    ("model", "error"),
    [
        ("status-401", unillm.AuthenticationError),
        ("status-402", unillm.InsufficientBalanceError),
        ("status-404-model", unillm.ModelNotFoundError),
        ("status-404-path", unillm.NotFoundError),
        ("status-429-quota", unillm.InsufficientBalanceError),
        ("status-429-retry-after-long", unillm.RateLimitError),
    ],
)
async def test_what_every_row_would_meet_is_raised(way, fake, model, error):
    async with way.client(fake, model=f"fake:{model}") as client:
        rows = client.map(map(str, range(1_000)), concurrency=4)
        with pytest.raises(error):
            await rows.collect()
        with pytest.raises(StopAsyncIteration):
            await anext(rows)
    assert len(fake.requests) <= 8


async def test_a_key_that_is_missing_is_raised(way, fake, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    async with way.client(fake, providers=["openai"], model="openai:gpt-5.5") as client:
        with pytest.raises(unillm.AuthenticationError):
            await client.map(["a"]).collect()


async def test_a_model_of_a_rows_own_that_is_not_there_costs_those_rows_alone(way, fake):
    wrong = {"messages": "hi", "model": "fake:status-404-model"}
    async with way.client(fake) as client:
        found = await client.map(["a", *[wrong] * 20, "b"], concurrency=1).collect()
    assert texts(found) == [*said("a"), *["ModelNotFoundError"] * 20, *said("b")]
    assert fake.bill["status-404-model"].requests == 1
    assert "not asked" in str(found[5].error)


async def test_money_that_runs_out_ends_it_for_the_rows_not_asked(way, fake):
    fake.enqueue("a", *[unillm.testing.faults.get("status-402")] * 3)
    async with way.client(fake) as client:
        found = await client.map(map(str, range(50)), concurrency=1).collect()
    assert texts(found) == ["a", *["InsufficientBalanceError"] * 49]
    assert len(fake.requests) == 4


async def test_one_refusal_by_mistake_ends_nothing(way, fake):
    fault = unillm.testing.faults.get("status-401")
    fake.enqueue("a", fault, fault, "d", fault)
    async with way.client(fake) as client:
        found = await client.map(list("abcdef"), concurrency=1).collect()
    expected = ["a", *["AuthenticationError"] * 2, "d", "AuthenticationError", *said("f")]
    assert texts(found) == expected


async def test_too_many_requests_are_waited_out(way, fake):
    limited = unillm.testing.faults.get("status-429-retry-after-ms")
    fake.enqueue(*[limited] * 6, unillm.testing.faults.get("status-503"))
    async with way.client(fake, retry=QUICK) as client:
        rows = client.map(list("abcde"), concurrency=3)
        found = await rows.collect()
    assert texts(found) == said(*"abcde")
    assert len(fake.requests) == 5 + 7
    attempts = [row.response.attempts for row in found]
    assert sum(len(one) - 1 for one in attempts) == 7
    for one in attempts:
        assert [attempt.number for attempt in one] == list(range(1, len(one) + 1))
    assert rows.failed == 0


@pytest.mark.parametrize(("model", "kind"), [("status-429", "RateLimit"), ("status-503", "Over")])
async def test_attempts_do_not_multiply(way, fake, model, kind):
    rows = [{"messages": "hi", "model": f"fake:{model}"}]
    async with way.client(fake, retry=QUICK) as client:
        (row,) = await client.map(rows).collect()
    assert type(row.error).__name__.startswith(kind)
    assert len(row.error.attempts) == len(fake.requests) == TIMES + 1


async def test_other_attempts_of_a_row_count_through_its_waits(way, fake):
    broken, limited = (unillm.testing.faults.get(f"status-{n}") for n in (500, 429))
    fake.enqueue(broken, limited, broken, limited, broken)
    async with way.client(fake, retry=QUICK) as client:
        (row,) = await client.map(["hi"]).collect()
    assert type(row.error) is unillm.ServerError
    assert [attempt.status for attempt in row.error.attempts] == [500, 429, 500, 429, 500]


async def test_who_wants_one_attempt_gets_one(way, fake):
    rows = [{"messages": "hi", "model": "fake:status-429"}, "b"]
    async with way.client(fake, retry=ONCE) as client:
        found = await client.map(rows).collect()
    assert texts(found) == ["RateLimitError", *said("b")]
    assert fake.bill["status-429"].requests == 1


def limits(**told):
    return {f"x-ratelimit-{name.replace('_', '-')}": value for name, value in told.items()}


async def test_what_is_left_is_on_answers_and_errors(way, fake):
    headers = limits(limit_requests="60", remaining_requests="59", reset_requests="1s")
    refusal = Raw.of_json({"error": {"message": "no"}}, status=429, headers=headers)
    fake.enqueue(Raw.of_json(BODY, headers=headers), refusal)
    async with way.client(fake, retry=ONCE) as client:
        answer = await client.chat("hi")
        with pytest.raises(unillm.RateLimitError) as caught:
            await client.chat("hi")
        assert (await client.chat("hi")).rate_limits is None
    expected = unillm.RateLimit(of="requests", name="requests", limit=60, remaining=59, reset=1.0)
    assert answer.rate_limits.requests == expected
    assert caught.value.rate_limits == answer.rate_limits
    assert unillm.ChatResponse.from_json(answer.to_json()) == answer


@pytest.mark.parametrize("reset", ["99999999999999", "90d", "999999"])
async def test_a_limit_said_not_to_be_lifted_holds_nobody_for_ever(way, fake, reset):
    headers = limits(limit_requests="60", remaining_requests="0", reset_requests=reset)
    fake.enqueue(*[Raw.of_json(BODY, headers=headers)] * 5)
    async with way.client(fake) as client:
        found = await client.map(list("abcde"), concurrency=3).collect()
    assert texts(found) == ["yes"] * 5


async def test_nothing_is_begun_while_nothing_is_left(way, fake):
    headers = limits(limit_requests="2", remaining_requests="0", reset_requests="400ms")
    fake.enqueue(Raw.of_json(BODY, headers=headers))
    async with way.client(fake) as client:
        await client.map(list("abc"), concurrency=1).collect()
    first, second, third = (seen.at for seen in fake.requests)
    # One of two comes back after half of the time.
    assert second - first >= 0.15
    assert third - second >= 0.15


def test_two_readers_are_refused(fake):
    refused = []

    def words():
        yield "a"
        try:
            next(rows)
        except unillm.InvalidRequestError as error:
            refused.append(str(error))

    with sync_client(fake) as client:
        rows = client.map(words(), concurrency=2)
        assert texts(rows) == said("a")
    assert len(refused) == 1
    assert "read them in one" in refused[0]


async def test_a_closed_client_is_said(way, fake):
    client = way.client(fake)
    rows = client.map(list("abc"))
    await client.close()
    with pytest.raises(unillm.InvalidRequestError, match="closed"):
        await rows.collect()


def one_good(model, count=8):
    """Give a row that is answered, and then others of a model that does not."""
    return ["good", *[{"messages": "bad", "model": f"fake:{model}"} for _ in range(count)]]


def after(count, fake):
    """Give an observer that holds an answer back until so many requests are there.

    `Client` advances the input only until there is a row to hand out: an answer that is there at
    once would be read before the next row is asked.
    """

    def observe(_):
        give_up = time.monotonic() + PATIENCE
        while len(fake.requests) < count and time.monotonic() < give_up:
            time.sleep(TICK)

    return observe


@pytest.mark.parametrize("fault", ["stall-before-head", "stall-in-body", "status-500"])
async def test_leaving_calls_off_what_is_being_asked(way, fake, fault):
    told = []
    observers = [told.append, *([after(3, fake)] if way.is_sync else [])]
    # After a 500 it pauses: that is called off too.
    options = {"retry": unillm.RetryPolicy(first_wait=60.0, max_wait=60.0)}
    async with way.client(fake, observers=observers, **options) as client:
        async with client.map(one_good(fault), concurrency=3) as rows:
            assert texts([await anext(rows)]) == said("good")
            await way.until(lambda: len(fake.requests) >= 3)
        await way.until(lambda: fake.in_flight == 0)
        with pytest.raises(StopAsyncIteration):
            await anext(rows)
    assert {record.outcome for record in told} == {"ok", "cancelled"}


def test_leaving_calls_off_what_a_client_of_ones_own_asks(fake):
    with httpx.Client() as own, sync_client(fake, http_client=own) as client:
        client.chat("a connection that is used again")
        rows = client.map(one_good("stall-before-head"), concurrency=3, observers=[after(4, fake)])
        with rows:
            assert texts([next(rows)]) == said("good")
            assert len(fake.requests) >= 4
        assert fake.wait(in_flight=0)


def test_leaving_calls_off_what_is_being_sent(fake):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/v1"
        servers = [server(fake), unillm.Provider("deaf", base_url=url, api_key="k")]
        with sync_client(fake, providers=servers) as client:
            rows = ["good", {"messages": "x" * 20_000_000, "model": "deaf:m"}]
            # What is accepted is read by nobody: its sender waits when the buffers are full.
            taken = []
            observers = [lambda _: taken or taken.append(deaf.accept())]
            with client.map(rows, concurrency=2, observers=observers) as found:
                assert texts([next(found)]) == said("good")
            assert not workers()
        taken[0][0].close()


def test_another_thread_may_close(fake):
    with sync_client(fake, model="fake:stall-before-head") as client:
        rows = client.map(["a"], concurrency=1)
        closer = threading.Thread(target=lambda: (fake.wait(in_flight=1), rows.close()))
        closer.start()
        assert list(rows) == []
        closer.join()


def started_only(number, monkeypatch):
    """Let so many threads be started, and no more."""
    left = [None] * number

    def start(thread):
        if not left:
            raise RuntimeError("can't start new thread")
        left.pop()
        thread.start()

    monkeypatch.setattr("unillm._client.threads.start", start)


def test_with_fewer_threads_than_wanted_rows_are_asked_all_the_same(fake, monkeypatch):
    started_only(1, monkeypatch)
    with sync_client(fake) as client:
        assert texts(client.map([*"abcd"], concurrency=3).collect()) == said(*"abcd")


def test_without_any_thread_it_is_said(fake, monkeypatch, tmp_path):
    started_only(0, monkeypatch)
    with sync_client(fake) as client:
        rows = client.map([*"abcd"], concurrency=3, checkpoint=tmp_path / "file")
        with pytest.raises(unillm.InvalidRequestError, match="no thread can be started"):
            rows.collect()
        assert client.map([], checkpoint=tmp_path / "file").collect() == []


async def test_who_is_told_may_close(way, fake):
    def tell(progress):
        if progress.done and way.is_sync:
            rows.inner.close()
        elif progress.done:
            rows._source.drop()

    async with way.client(fake) as client:
        rows = client.map(map(str, range(100)), concurrency=2, progress=tell)
        assert len([row async for row in rows]) < 100


def test_a_process_that_was_forked_leaves_the_calls_of_its_parent(fake):
    rows, observers = one_good("stall-before-head", count=2), [after(3, fake)]
    with sync_client(fake) as client, client.map(rows, concurrency=3, observers=observers) as found:
        assert texts([next(found)]) == said("good")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads
            child = os.fork()
        if not child:
            found.close()
            os._exit(0)
        os.waitpid(child, 0)
        # A request that is cut off is sent again after a pause; none was.
        time.sleep(0.2)
        assert (len(fake.requests), fake.in_flight) == (3, 2)


async def test_rows_that_nobody_holds_are_called_off(way, fake):
    async with way.client(fake) as client:
        async for row in client.map(one_good("stall-before-head"), concurrency=3):
            assert texts([row]) == said("good")
            break
        gc.collect()
        await way.until(lambda: not workers() and fake.in_flight == 0)
        assert texts([row]) == said("good")


async def test_rows_that_were_never_begun(way, fake, tmp_path):
    async with way.client(fake) as client:
        client.map(["a"], checkpoint=tmp_path / "file")
        async with client.map(["a"], checkpoint=tmp_path / "file"):
            pass
        await client.map(["a"], checkpoint=tmp_path / "file").close()
    assert not list(tmp_path.iterdir())
    assert not fake.requests


async def test_context_is_carried(way, fake):
    var = contextvars.ContextVar("var", default="none")
    seen = []
    async with way.client(fake, observers=[lambda _: seen.append(var.get())]) as client:
        var.set("mine")
        await client.map(list("abc"), concurrency=2).collect()
    assert seen == ["mine"] * 3


async def test_progress_is_told_where_rows_are_read(way, fake):
    told, thread = [], threading.get_ident()

    def tell(progress):
        assert threading.get_ident() == thread
        told.append(progress)

    async with way.client(fake) as client:
        await client.map(["a", None, "b"], concurrency=1, progress=tell).collect()
    cost = unillm.Cost(reason="no price of fake:fake-model is known")
    assert told[-1] == unillm.MapProgress(done=3, failed=1, resumed=0, total=3, cost=cost)
    assert [one.done for one in told] == sorted({one.done for one in told})


async def test_who_is_told_may_raise(way, fake):
    def tell(_):
        raise LookupError("mine")

    async with way.client(fake) as client:
        with pytest.raises(LookupError, match="mine"):
            await client.map(list("abc"), progress=tell).collect()


def test_an_interrupt_ends_it(fake):
    def words():
        yield "a"
        yield "b"
        raise KeyboardInterrupt

    with sync_client(fake) as client:
        rows = client.map(words(), concurrency=1)
        with pytest.raises(KeyboardInterrupt):
            list(rows)
        assert list(rows) == []
        assert not workers()


def test_files_are_given_back(fake, tmp_path):
    def files():
        return len(list(Path("/proc/self/fd").iterdir()))

    with sync_client(fake) as client:
        client.map(list("abc"), checkpoint=tmp_path / "one", concurrency=1).collect()
        before = files()
        for name in ("two", "three"):
            client.map(list("abc"), checkpoint=tmp_path / name, concurrency=1).collect()
        assert files() == before


async def test_an_input_that_ends_the_program_does_so(way, fake):
    class Ending(BaseException):
        """Such as KeyboardInterrupt; that one asyncio does not even hand to who awaits it."""

    def words():
        yield "a"
        raise Ending

    async with way.client(fake) as client:
        with pytest.raises(Ending):
            await client.map(words(), concurrency=1).collect()


LOOPS = pytest.mark.parametrize("way", ["asyncio", "trio"], indirect=True)


@LOOPS
async def test_async_input(way, fake):
    closed = []

    async def words():
        try:
            for word in "abcdef":
                await anyio.lowlevel.checkpoint()
                yield word
        finally:
            closed.append(True)

    async with way.client(fake) as client:
        assert texts(await client.map(words(), concurrency=2).collect()) == said(*"abcdef")
        async with client.map(words(), concurrency=1) as rows:
            await anext(rows)
    assert closed == [True, True]


def test_async_input_needs_the_async_client(fake):
    async def words():
        yield "a"

    given = words()
    with sync_client(fake) as client, pytest.raises(unillm.InvalidRequestError, match="AsyncClie"):
        client.map(given)


@LOOPS
async def test_rows_are_handed_out_while_the_input_waits(way, fake):
    more = anyio.Event()

    async def words():
        yield "a"
        await more.wait()
        yield "b"

    async with way.client(fake) as client:
        rows = client.map(words(), concurrency=4)
        assert texts([await anext(rows)]) == said("a")
        more.set()
        assert texts(await rows.collect()) == said("b")


@LOOPS
async def test_a_reader_that_is_cancelled_may_read_on(way, fake):
    async with way.client(fake) as client:
        rows = client.map([SLOW, "b"])
        with anyio.move_on_after(0.02) as scope:
            await anext(rows)
        assert scope.cancelled_caught
        assert len(await rows.collect()) == 2


@LOOPS
@pytest.mark.parametrize("steps", range(12))
async def test_cancelled_at_any_point(way, fake, steps):
    async with way.client(fake) as client:
        with anyio.CancelScope() as scope:
            rows = client.map(list("abcdefgh"), concurrency=2)
            async with rows, anyio.create_task_group() as group:

                async def cancel():
                    for _ in range(steps * 3):
                        await anyio.lowlevel.checkpoint()
                    scope.cancel()

                group.start_soon(cancel)
                async for _ in rows:
                    pass
        await way.until(lambda: fake.in_flight == 0)
        assert (await client.chat("still there")).text == "You said: still there"


@LOOPS
async def test_two_tasks_are_refused(way, fake):
    came = []

    async def read(rows):
        try:
            came.append((await anext(rows)).index)
        except unillm.InvalidRequestError as error:
            came.append("read them in one" in str(error))

    async with way.client(fake) as client, client.map([SLOW, "b"]) as rows:
        async with anyio.create_task_group() as group:
            group.start_soon(read, rows)
            group.start_soon(read, rows)
        assert came == [True, 0]
        assert len(await rows.collect()) == 1


def test_rows_do_not_outlive_their_loop(fake):
    client = unillm.AsyncClient(providers=[server(fake)], model=HERE)
    held = []

    async def begin():
        held.append(client.map(list("abcdef"), concurrency=1))
        return await anext(held[0])

    assert asyncio.run(begin()).index == 0
    with pytest.raises(unillm.InvalidRequestError, match="another event loop"):
        asyncio.run(held[0].collect())


def test_the_sync_one_works_inside_a_running_loop(fake):
    async def main():
        with sync_client(fake) as client:
            return client.map(list("abc")).collect()

    assert texts(asyncio.run(main())) == said(*"abc")
