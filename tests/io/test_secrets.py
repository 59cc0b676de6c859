"""A key is nowhere in what a failed call leaves behind."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false

import logging
import pickle
import traceback
from functools import partial

import httpx
import pytest

import unillm
from tests.client.ways import KEY, ONCE, QUICK, read_all, server
from tests.io.carriers import CARRIERS, carried
from unillm.testing import Answer, Raw, faults

FAILING = unillm.Timeout(first_token=0.04, idle=0.04)


def echo(status=401):
    message = f"Incorrect API key provided: {KEY}. You sent Bearer {KEY}."
    error = {"message": message, "type": "t", "code": f"bad_{KEY}", "param": {KEY: [KEY]}}
    return Raw.of_json({"error": error}, status=status)


def echo_in_stream():
    return Raw.of_events({"error": {"message": f"the key {KEY} is bad", "code": 400}})


def page():
    body = f"<html>{KEY}</html>".encode()
    return Raw(status=403, segments=[body], headers={"content-type": "text/html"})


def plain():
    return Raw(status=400, segments=[f"no: {KEY}".encode()], headers={"content-type": "text/plain"})


QUOTES = {
    "401 that echoes the key": echo,
    "500 that echoes the key, three times": lambda: echo(500),
    "an error in the stream": echo_in_stream,
    "a page": page,
    "plain text": plain,
    "a redirect": lambda: Raw(status=307, headers={"location": f"http://x.invalid/{KEY}?k={KEY}"}),
}
FAULTS = (
    "cut-before-head",
    "cut-in-head",
    "garbage-instead-of-http",
    "reset-in-text",
    "stall-before-head",
    "stall-in-text",
    "bad-chunk-size",
    "status-503",
)


def cases():
    for name, reply in QUOTES.items():
        yield pytest.param((reply, True, "own"), id=name)
    for name in FAULTS:
        for carrier in CARRIERS if name.startswith("stall") else ["own"]:
            yield pytest.param((partial(faults.get, name), False, carrier), id=f"{name}, {carrier}")


def chain(error):
    """Give an exception and all it is chained to."""
    links, found = [error], []
    while links:
        link = links.pop()
        if link is not None and not any(link is one for one in found):
            found.append(link)
            links += (link.__cause__, link.__context__)
    return found


def left_behind(error, *, quoted=False):
    """Give every text that shows something of an exception.

    What the server said stands in local variables of ours: they are left out if it quotes the key.
    """
    for link in chain(error):
        yield str(link)
        yield repr(link)
        yield repr(link.args)
        yield repr(vars(link))
        yield repr(getattr(link, "__notes__", ()))
        for frame, _ in traceback.walk_tb(link.__traceback__):
            place = frame.f_code.co_filename
            if "tests" in place:
                continue
            assert "unillm" in place, f"a foreign frame is left: {place}"
            for name, value in frame.f_locals.items():
                if not quoted:
                    yield f"{frame.f_code.co_qualname} {name}={value!r}"
    yield "".join(traceback.format_exception(error))
    yield pickle.dumps(error).decode("latin-1")


def test_the_search_finds_what_it_should():
    def fail():
        raise LookupError

    def fail_and_tell():
        key = KEY
        try:
            fail()
        except LookupError as error:
            error.request = key
            raise ZeroDivisionError from error

    with pytest.raises(ZeroDivisionError) as caught:
        fail_and_tell()
    assert any(KEY in text for text in left_behind(caught.value))


@pytest.mark.parametrize("case", list(cases()))
async def test_a_failed_call_shows_no_key(way, fake, case, caplog):
    reply, quoted, carrier = case
    records = []
    fake.enqueue(*(reply() for _ in range(3)))
    options = {"retry": QUICK, "timeout": FAILING, "observers": [records.append]}
    with caplog.at_level(logging.DEBUG, "unillm"):
        async with carried(way, fake, carrier, **options) as client:
            with pytest.raises(unillm.UnillmError) as caught:
                async with client.stream("Hi") as stream:
                    await read_all(stream)
            assert KEY not in repr(client)
    for text in left_behind(caught.value, quoted=quoted):
        assert KEY not in text
    (record,) = records
    assert KEY not in repr(record)
    assert KEY not in repr(record.attempts)
    for log in caplog.records:
        assert log.name != "unillm" or KEY not in repr(vars(log)) + log.getMessage()


ELSEWHERE = {
    "a header": {"extra_headers": {"X-Goog-Api-Key": KEY}},
    "a header of two words": {"extra_headers": {"authorization": f"Bearer {KEY}"}},
    "the query": {"extra_query": {"token": KEY}},
    "the base_url": {},
}


@pytest.mark.parametrize("where", ELSEWHERE)
async def test_a_key_sent_elsewhere_is_not_shown_either(way, fake, where, caplog):
    fake.enqueue(echo(503), echo())
    base_url = f"{fake.base_url}?code={KEY}" if where == "the base_url" else fake.base_url
    providers = [server(base_url=base_url, api_key="some-other-key")]
    with caplog.at_level(logging.DEBUG):
        async with way.client(fake, providers=providers, retry=QUICK) as client:
            with pytest.raises(unillm.AuthenticationError) as caught:
                await client.chat("Hi", **ELSEWHERE[where])
    for text in left_behind(caught.value, quoted=True):
        assert KEY not in text
    assert "***" in str(caught.value)
    logged = [record.getMessage() for record in caplog.records if record.name != "httpcore.http11"]
    # httpx logs its requests, aiohttp none of them.
    assert any("HTTP Request: POST" in message for message in logged) or way.name == "aiohttp"
    assert not any(KEY in message for message in logged)


async def test_a_plain_header_or_parameter_is_shown(way, fake):
    error = {"error": {"message": "version 2024-05-01-preview is unknown to My Application"}}
    fake.enqueue(Raw.of_json(error, status=400))
    async with way.client(fake) as client:
        with pytest.raises(unillm.BadRequestError, match=r"2024-05-01-preview.*My Application"):
            await client.chat(
                "Hi",
                extra_headers={"x-title": "My Application"},
                extra_query={"api-version": "2024-05-01-preview"},
            )


async def test_a_retried_attempt_shows_no_key(way, fake):
    records = []
    fake.enqueue(echo(503))
    async with way.client(fake, retry=QUICK, observers=[records.append]) as client:
        r = await client.chat("Hi")
    assert len(r.attempts) == 2
    assert "***" in r.attempts[0].error
    assert KEY not in repr(r) + r.to_json() + repr(r.attempts) + repr(records)


async def test_a_cancelled_stream_shows_no_key_of_its_attempts(way, fake):
    records = []
    fake.enqueue(echo(503), faults.get("stall-in-text"))
    async with (
        way.client(fake, retry=QUICK, observers=[records.append]) as client,
        client.stream("Hi") as stream,
    ):
        await anext(stream)
    (record,) = records
    assert [attempt.outcome for attempt in record.attempts] == ["error", "cancelled"]
    assert KEY not in repr(record.attempts)


async def test_a_connection_that_fails_shows_no_key(way, fake):
    base_url = fake.base_url
    fake.stop()
    async with way.client(fake, providers=[server(base_url=base_url)], retry=ONCE) as client:
        with pytest.raises(unillm.ConnectError) as caught:
            await client.chat("Hi")
    for text in left_behind(caught.value):
        assert KEY not in text


@pytest.mark.parametrize(
    ("key", "options"),
    [
        (f"{KEY}\nx", {}),
        (f"{KEY}\u2028x", {}),
        (KEY, {"extra_headers": {"x-a": "b\r\nc"}}),
        (KEY, {"extra_headers": {"x-a": f"{KEY}\nx"}}),
    ],
)
async def test_what_cannot_be_sent_shows_no_key(way, fake, key, options):
    async with way.client(fake, providers=[server(fake, api_key=key)]) as client:
        with pytest.raises(unillm.UnillmError) as caught:
            await client.chat("Hi", **options)
    texts = [str(caught.value), repr(caught.value), repr(vars(caught.value))]
    texts.append("".join(traceback.format_exception(caught.value)))
    assert not any(KEY in text for text in texts)


async def test_a_transport_that_quotes_its_headers_shows_no_key(way, fake):
    def refuse(request):
        raise httpx.ConnectError(f"cannot send {dict(request.headers)}", request=request)

    async def refuse_later(request):
        refuse(request)

    http = {"transport": httpx.MockTransport(refuse if way.is_sync else refuse_later)}
    async with carried(way, fake, "httpx", http=http, retry=ONCE) as client:
        with pytest.raises(unillm.ConnectError) as caught:
            await client.chat("Hi")
    for link in chain(caught.value):
        assert KEY not in str(link) + repr(link) + repr(vars(link))
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_what_holds_a_key_does_not_show_it(fake):
    provider = server(fake)
    client = unillm.Client(providers=[provider], model="fake:m")
    flow, operation, _ = client._config.operation(
        unillm._client.config.Call("Hi", None, None, None, {}, stream=False), asynchronous=False
    )
    shown = (provider, client, client._config, client._config.servers, operation, flow)
    assert not any(KEY in repr(one) for one in shown)
    assert KEY not in repr(operation.target)


ERRORS = (
    unillm.RateLimitError(
        "slow down",
        status=429,
        code="c",
        body={"a": [1]},
        retry_after=2.5,
        provider="p",
        model="m",
        request_id="r",
        retryable=False,
    ),
    unillm.FirstTokenTimeoutError("late", provider="p"),
    unillm.UnsupportedFeatureError("no"),
    unillm.RouteExhaustedError("all failed", errors=[unillm.ConnectError("x")]),
)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickling(error, protocol):
    back = pickle.loads(pickle.dumps(error, protocol))
    assert type(back) is type(error)
    assert str(back) == str(error)
    assert back.args == error.args
    left, right = vars(back) | {"errors": None}, vars(error) | {"errors": None}
    assert left == right
    assert back.retryable is error.retryable


async def test_an_error_of_a_call_survives_pickling(way, fake):
    async with way.client(fake, timeout=FAILING, retry=ONCE) as client:
        for fault in ("stall-in-text", "cut-in-text", "status-400", "error-in-text"):
            with pytest.raises(unillm.UnillmError) as caught:
                async with client.stream("Hi", model=f"fake:{fault}") as stream:
                    await read_all(stream)
            error = caught.value
            back = pickle.loads(pickle.dumps(error))
            assert type(back) is type(error)
            assert vars(back) == vars(error)
            assert (back.partial, back.attempts) == (error.partial, error.attempts)


async def test_a_dummy_key_garbles_no_words(way, fake):
    error = {"message": "The context window is exceeded by x", "code": "context_length_exceeded"}
    fake.enqueue(Raw.of_json({"error": error}, status=400))
    async with way.client(fake, providers=[server(fake, api_key="x")]) as client:
        with pytest.raises(unillm.ContextLengthError, match="window is exceeded by") as caught:
            await client.chat("Hi")
    assert caught.value.code == "context_length_exceeded"


@pytest.mark.parametrize("length", [8, 9, 40, 2000])
def test_a_key_is_hidden_whole_or_cut(length):
    key = "".join(chr(ord("a") + at % 26) for at in range(length))
    for shown in range(8, length + 1, max(1, length // 7)):
        text = f"[{key[:shown]}] and [{key[:shown]}]"
        assert unillm._io.secrets._without(text, (key,)) == "[***] and [***]"
    assert unillm._io.secrets._without(key[:7], (key,)) == key[:7]
    assert unillm._io.secrets._without(key * 3, (key,)) == "***" * 3


def test_hiding_a_key_is_linear_work():
    key, text = "k" * 2_000, "k" * 1_000_000
    assert unillm._io.secrets._without(text, (key,)) == "***" * 500


async def test_an_error_of_a_hook_keeps_no_request(way, fake):
    def check(response):
        response.raise_for_status()

    async def check_later(response):
        check(response)

    fake.enqueue(echo())
    hooks = {"response": [check if way.is_sync else check_later]}
    async with carried(way, fake, "httpx", http={"event_hooks": hooks}, retry=ONCE) as client:
        with pytest.raises(unillm.TransportError) as caught:
            await client.chat("Hi")
    links = [link for link in chain(caught.value) if isinstance(link, httpx.HTTPStatusError)]
    assert links
    for link in links:
        assert not any(isinstance(v, httpx.Request | httpx.Response) for v in vars(link).values())


async def test_what_an_answer_says_of_itself_shows_no_key(way, fake):
    """A host that repeats the key where it names its model, or its tier."""
    told = []
    said = {"model": f"m-{KEY}", "extra": {"service_tier": KEY}}
    fake.enqueue(Answer("Hi", **said), Raw.of_events({"model": f"m-{KEY}", "choices": []}))
    async with carried(way, fake, "httpx", retry=ONCE, observers=[told.append]) as client:
        await client.chat("Hi")
        with pytest.raises(unillm.UnillmError) as caught:
            async with client.stream("Hi") as stream:
                await read_all(stream)
    attempts = [*caught.value.attempts, *told[0].attempts, *told[1].attempts]
    assert len(attempts) == 3
    assert all(attempt.served_model for attempt in attempts)
    assert KEY not in repr(attempts)
    assert KEY not in repr([record.cost for record in told])


def test_notes_and_members_of_a_group_are_looked_at_too():
    inner = ValueError(f"no {KEY}")
    inner.add_note(f"sent {KEY}")
    group = ExceptionGroup("several", [inner])
    error = unillm.TransportError("it failed", request_id=f"r-{KEY}")
    error.__cause__ = group
    unillm._io.secrets.scrub(error, (KEY,))
    assert KEY not in "".join(traceback.format_exception(error)) + str(error)
