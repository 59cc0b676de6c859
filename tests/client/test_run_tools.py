"""What runs do with tools: threads, time limits, errors, approval."""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

import asyncio
import contextvars
import threading

import anyio
import pytest
from PIL import Image

import unillm
from tests.client.histories import require_valid, results
from tests.client.test_run import boom, calls, get_time, get_weather
from tests.client.ways import async_client, read_all, sync_client
from unillm.testing import Answer, FakeCall


@pytest.mark.parametrize("parallel", [True, False])
async def test_results_are_in_the_order_of_the_calls(way, fake, parallel):
    order = []
    slow = threading.Event()

    def look(city: str) -> str:
        if city == "Paris" and parallel:
            slow.wait(5)
        order.append(city)
        if city == "Rome":
            slow.set()
        return city

    fake.enqueue(calls("Paris", "Rome", name="look"), Answer("."))
    async with way.client(fake) as client:
        run = await client.run("Hi", tools=[look], parallel=parallel)
    assert results(run.messages) == ["Paris", "Rome"]
    assert order == (["Rome", "Paris"] if parallel else ["Paris", "Rome"])


async def test_fifty_calls_are_made_at_the_same_time(way, fake):
    many = threading.Barrier(50, timeout=10)

    def meet(city: str) -> str:
        many.wait()
        return city

    cities = [f"c{n}" for n in range(50)]
    fake.enqueue(calls(*cities, name="meet"), Answer("."))
    async with way.client(fake) as client:
        run = await client.run("Hi", tools=[meet])
    assert results(run.messages) == cities


WHO = contextvars.ContextVar("WHO", default="nobody")


@pytest.mark.parametrize("count", [1, 2])
async def test_a_tool_sees_the_context_of_its_caller(way, fake, count):
    def who(city: str) -> str:
        return WHO.get()

    token = WHO.set("me")
    fake.enqueue(calls(*"ab"[:count], name="who"), Answer("."))
    async with way.client(fake) as client:
        run = await client.run("Hi", tools=[who])
    WHO.reset(token)
    assert results(run.messages) == ["me"] * count


def test_one_call_is_made_in_the_callers_own_thread_if_it_may_take_its_time(fake):
    threads = []

    def where(city: str) -> None:
        threads.append(threading.current_thread())

    with sync_client(fake) as client:
        fake.enqueue(calls("a", name="where"), Answer("."))
        client.run("Hi", tools=[where])
        fake.enqueue(calls("a", name="where"), Answer("."))
        client.run("Hi", tools=[where], tool_timeout=60)
    assert threads[0] is threading.current_thread()
    assert threads[1] is not threading.current_thread()
    assert threads[1].daemon


async def test_a_tool_that_takes_too_long_is_given_up(way, fake):
    stuck = threading.Event()

    def look(city: str) -> str:
        if city == "Paris":
            stuck.wait(30)
        return city

    async def look_later(city: str) -> str:
        if city == "Paris":
            await anyio.sleep_forever()
        return city

    async with way.client(fake) as client:
        for tool in [look] if way.is_sync else [look, look_later]:
            fake.enqueue(calls("Paris", "Rome", name=tool.__name__), Answer("."))
            run = await client.run("Hi", tools=[tool], tool_timeout=0.2)
            late, good = results(run.messages)
            assert "given up after 0.2 s" in late
            assert good == "Rome"
            assert run.notes == (unillm.Note("tool_timed_out", f"{tool.__name__}: timed out"),)
    stuck.set()


@pytest.mark.parametrize("cities", ["a", "ab"], ids=["one", "two"])
async def test_what_a_tool_raises_is_told_or_raised_itself(way, fake, cities):
    async with way.client(fake) as client:
        fake.enqueue(calls(*cities, name="boom"), Answer("."))
        run = await client.run("Hi", tools=[boom])
        assert results(run.messages) == [f"The tool failed: LookupError: {c}" for c in cities]
        fake.enqueue(calls(*cities, name="boom"))
        with pytest.raises(LookupError, match="a") as caught:
            await client.run("Hi", tools=[boom], on_tool_error="raise")
    require_valid(caught.value.run.messages)
    assert len(results(caught.value.run.messages)) == len(cities)


async def test_half_characters_in_an_error_or_a_reason_do_not_end_the_run(way, fake):
    def find(city: str) -> str:
        raise FileNotFoundError(f"{city}/\udcff")

    fake.enqueue(calls("a", name="find"), calls("b", name="find"), Answer("."))
    allowed = iter([True, "Not \udcff."])
    async with way.client(fake) as client:
        run = await client.run("Hi", tools=[find], approve=lambda _: next(allowed))
    failed, refused = results(run.messages)
    assert failed == "The tool failed: FileNotFoundError: a/?"
    assert refused == "This call was not executed: Not ?."


async def raised_by(stream):
    try:
        async with stream:
            await read_all(stream)
    except BaseException as error:  # noqa: BLE001 - what is tested
        return type(error)
    return None


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, StopIteration, StopAsyncIteration])
@pytest.mark.parametrize("cities", ["a", "ab"], ids=["one", "two"])
@pytest.mark.parametrize("own", [{}, {"on_tool_error": "raise"}, {"tool_timeout": 60}], ids=str)
async def test_whatever_a_tool_raises_the_history_is_whole(way, fake, kind, cities, own):
    def end(city: str) -> str:
        raise kind

    fake.enqueue(calls(*cities, name="end"), Answer("."))
    async with way.client(fake) as client:
        stream = client.run_stream("Hi", tools=[end], **own)
        raised = await raised_by(stream)
    if not issubclass(kind, Exception):
        assert raised is kind
    else:
        # As itself it would be taken for the end of the events.
        assert raised is (RuntimeError if "on_tool_error" in own else None)
    require_valid(stream.messages)
    assert len(results(stream.messages)) == len(cities)


async def test_an_async_tool_that_ends_the_program_ends_the_run(fake, way):
    if way.is_sync:
        fake.enqueue("Hi")
        with sync_client(fake) as client, pytest.raises(unillm.InvalidRequestError, match="async"):
            client.run("Hi", tools=[get_time])
        return

    class EndError(BaseException):
        pass

    async def end(city: str) -> str:
        raise EndError

    fake.enqueue(calls("a", "b", name="end"))
    async with way.client(fake) as client:
        stream = client.run_stream("Hi", tools=[end])
        with pytest.raises(EndError):
            await read_all(stream)
    require_valid(stream.messages)


async def test_async_and_plain_tools_beside_each_other(way, fake):
    if way.is_sync:
        with sync_client(fake) as client, pytest.raises(unillm.InvalidRequestError, match="async"):
            client.run_stream("Hi", tools=[get_time])
        return

    def wrapped(city: str):
        return get_time(city)

    both = [FakeCall(name, {"city": "x"}) for name in ("get_time", "get_weather", "wrapped")]
    fake.enqueue(Answer(tool_calls=both), Answer("."))
    async with way.client(fake) as client:
        run = await client.run("Hi", tools=[get_time, get_weather, wrapped])
    time = '{"city":"x","time":"12:00"}'
    assert results(run.messages) == [time, "Sunny in x.", time]


def test_a_plain_tool_that_gives_something_async_is_told_of(fake):
    def wrapped(city: str):
        return get_time(city)

    fake.enqueue(calls("x", name="wrapped"), Answer("."))
    with sync_client(fake) as client:
        run = client.run("Hi", tools=[wrapped])
    assert "use unillm.AsyncClient" in results(run.messages)[0]


async def test_a_tool_that_runs_a_run(way, fake):
    """Nested, with the same client, beside each other and one in the other."""
    fake.enqueue(calls("a", "b", name="delegate"))

    def delegate(city: str) -> str:
        return client.inner.run(f"Ask {city}").text

    async def delegate_later(city: str) -> str:
        return (await client.run(f"Ask {city}")).text

    tool = unillm.tool(delegate if way.is_sync else delegate_later, name="delegate")
    async with way.client(fake) as client:
        run = await client.run("Hi", tools=[tool])
    assert results(run.messages) == ["You said: Ask a", "You said: Ask b"]


async def test_a_result_that_is_no_json_is_told_or_raised(way, fake):
    def odd(city: str) -> object:
        return object()

    async with way.client(fake) as client:
        fake.enqueue(calls("a", name="odd"), Answer("."))
        run = await client.run("Hi", tools=[odd])
        assert "cannot be written as JSON" in results(run.messages)[0]
        fake.enqueue(calls("a", name="odd"))
        with pytest.raises(unillm.InvalidRequestError, match="return text"):
            await client.run("Hi", tools=[odd], on_tool_error="raise")


@pytest.mark.parametrize("answer", [True, False, "Not today."], ids=str)
async def test_the_caller_is_asked_before_a_call(way, fake, answer):
    asked = []

    def approve(call):
        asked.append(call.arguments)
        return answer

    async def approve_later(call):
        await anyio.sleep(0.001)
        return approve(call)

    async with way.client(fake) as client:
        for how in [approve] if way.is_sync else [approve, approve_later]:
            fake.enqueue(calls("a", "b"), Answer("."))
            run = await client.run("Hi", tools=[get_weather], approve=how)
            made = [text.startswith("Sunny in") for text in results(run.messages)]
            assert made == [answer is True] * 2
            require_valid(run.messages)
    assert asked[:2] == [{"city": "a"}, {"city": "b"}]


async def test_what_approve_raises_ends_the_run_before_anything_is_made(way, fake):
    def approve(call):
        raise PermissionError

    fake.enqueue(calls("a"))
    async with way.client(fake) as client:
        with pytest.raises(PermissionError) as caught:
            await client.run("Hi", tools=[boom, get_weather], approve=approve)
    require_valid(caught.value.run.messages)
    assert "was not executed" in results(caught.value.run.messages)[0]


def test_an_async_approve_needs_the_async_client(fake):
    async def approve(call):
        return True

    fake.enqueue(calls("a"))
    with sync_client(fake) as client, pytest.raises(unillm.InvalidRequestError, match="is async"):
        client.run("Hi", tools=[get_weather], approve=approve)


async def test_an_image_that_a_tool_gives_is_shown_to_the_model(way, fake):
    def draw(city: str):
        return ["Here:", Image.new("RGB", (2, 2), city)]

    def approve(call):
        call.arguments["city"] = "blue"
        return True

    fake.enqueue(calls("red", name="draw"), Answer("Blue."))
    async with way.client(fake) as client:
        run = await client.run("Hi", tools=[draw], approve=approve)
    (content,) = results(run.messages)
    changed, text, image = content
    assert changed.text == '[Executed with other arguments: {"city":"blue"}]'
    assert text.text == "Here:"
    assert image.media_type == "image/png"
    assert image.url in fake.requests[-1].body.decode()
    assert unillm.RunResult.from_json(run.to_json()) == run


async def lose(city: str) -> str:
    lost = asyncio.ensure_future(asyncio.sleep(60))
    lost.cancel()
    await lost
    return city


async def stop(city: str) -> str:
    asyncio.current_task().cancel()
    await asyncio.sleep(60)
    return city


def on_asyncio(fake, *names):
    async def main():
        fake.enqueue(Answer(tool_calls=[FakeCall(n, {"city": "b"}) for n in names]), Answer("."))
        async with async_client(fake) as client:
            return await client.run("Hi", tools=[lose, stop, get_time])

    return results(asyncio.run(main()).messages)


LOST = "The tool failed: RuntimeError: something that it waited for was cancelled"


def test_what_a_tool_waits_for_may_be_cancelled_without_the_run(fake):
    assert on_asyncio(fake, "lose") == [LOST]
    assert on_asyncio(fake, "lose", "get_time") == [LOST, '{"city":"b","time":"12:00"}']


def test_a_tool_that_cancels_itself_cancels_those_beside_it(fake):
    told = on_asyncio(fake, "stop", "get_time")
    assert all("was begun and then cancelled" in text for text in told)
    with pytest.raises(asyncio.CancelledError):
        on_asyncio(fake, "stop")
