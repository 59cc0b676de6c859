"""The transport over aiohttp: how it is chosen, and what it does as the one over httpx does."""

import asyncio
import builtins
import contextlib
import gc
import socket
import subprocess
import sys
import threading
import weakref
from typing import Any

import httpx
import pytest
import trio

import unillm
from tests.client.ways import KEY, ONCE, async_client, read_all, server, sync_client
from unillm._io import aiohttp_sessions
from unillm._io.aiohttp_async import AsyncAiohttpTransport
from unillm._io.httpx_async import AsyncHttpxTransport
from unillm._io.proxies import Proxies
from unillm.testing import Answer, Raw, faults
from unillm.types.transport import Limits, WireRequest

LIMITS = Limits(connect=5, head=None, read=None)
NAMED = {"httpx": AsyncHttpxTransport, "aiohttp": AsyncAiohttpTransport}


def transport_of(client):
    return client._connection.transport()


class Silent(threading.Thread):
    """A server that accepts a connection and reads nothing."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self.listening.getsockname()[1]}/v1"
        self.closed = threading.Event()
        self.requests = 0
        self.start()

    def run(self):
        connection, _ = self.listening.accept()
        with connection:
            self.closed.wait(20)


class Leaving(Silent):
    """A server that reads a request and hangs up."""

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listening.accept()
                with connection:
                    self.requests += bool(connection.recv(65536))


def over_aiohttp(fake, **options):
    return async_client(fake, transport="aiohttp", **options)


@pytest.mark.parametrize("name", NAMED)
def test_it_is_chosen_by_its_name(fake, name):
    assert type(transport_of(async_client(fake, transport=name))) is NAMED[name]


@pytest.mark.parametrize(("said", "kind"), [("", AsyncHttpxTransport), *NAMED.items()])
def test_or_by_the_environment(fake, monkeypatch, said, kind):
    monkeypatch.setenv("UNILLM_TRANSPORT", said)
    assert type(transport_of(async_client(fake))) is kind


@pytest.mark.parametrize("name", NAMED)
def test_what_is_said_in_code_holds_over_the_environment(fake, monkeypatch, name):
    monkeypatch.setenv("UNILLM_TRANSPORT", "no such")
    assert type(transport_of(async_client(fake, transport=name))) is NAMED[name]
    client = async_client(fake, http_client=httpx.AsyncClient())
    assert type(transport_of(client)) is AsyncHttpxTransport


def test_the_sync_client_heeds_no_environment_and_refuses_it_by_name(fake, monkeypatch):
    monkeypatch.setenv("UNILLM_TRANSPORT", "aiohttp")
    with sync_client(fake) as client, sync_client(fake, transport="httpx") as same:
        assert client.chat("Hi").text == same.chat("Hi").text == "You said: Hi"
    with pytest.raises(unillm.InvalidRequestError, match=r"use unillm\.AsyncClient"):
        sync_client(fake, transport="aiohttp")


def test_another_name_is_refused_with_those_there_are(fake, monkeypatch):
    with pytest.raises(unillm.InvalidRequestError, match='write "httpx" or "aiohttp"'):
        async_client(fake, transport="curl")
    with pytest.raises(unillm.InvalidRequestError, match="no transport 'curl'"):
        sync_client(fake, transport="curl")
    monkeypatch.setenv("UNILLM_TRANSPORT", "curl")
    with pytest.raises(unillm.InvalidRequestError, match="UNILLM_TRANSPORT=curl: there is no"):
        async_client(fake)


def test_both_a_client_and_a_name_are_refused(fake):
    with pytest.raises(unillm.InvalidRequestError, match="not both"):
        async_client(fake, transport="aiohttp", http_client=httpx.AsyncClient())


def test_a_missing_package_is_named(fake, monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **more):
        if name.partition(".")[0] == "aiohttp":
            raise ModuleNotFoundError(name=name)
        return real(name, *rest, **more)

    for loaded in [one for one in sys.modules if one.startswith("unillm._io.aiohttp")]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(unillm.InvalidRequestError, match=r'pip install "unillm-sdk\[aiohttp\]"'):
        over_aiohttp(fake)


def test_it_is_loaded_only_when_it_is_chosen():
    code = (
        "import sys, unillm; unillm.AsyncClient(); before = 'aiohttp' in sys.modules;"
        "unillm.AsyncClient(transport='aiohttp'); print(before, 'aiohttp' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False True\n"


def test_trio_is_refused_with_advice(fake):
    async def main():
        async with over_aiohttp(fake) as client:
            with pytest.raises(unillm.InvalidRequestError, match=r"asyncio only.*leave out"):
                await client.chat("Hi")

    trio.run(main)
    assert fake.requests == []


@pytest.mark.parametrize("named", ["httpx", "aiohttp"])
def test_a_file_may_name_it_and_serves_both_clients(tmp_path, named):
    path = tmp_path / "unillm.toml"
    path.write_text(f'transport = "{named}"\n')
    assert type(transport_of(unillm.AsyncClient.from_config(path))) is NAMED[named]
    assert type(transport_of(unillm.Client.from_config(path))).__name__ == "HttpxTransport"
    given = AsyncHttpxTransport()
    assert transport_of(unillm.AsyncClient.from_config(path, transport=given)) is given


def test_a_file_that_names_another_says_where(tmp_path):
    path = tmp_path / "unillm.toml"
    path.write_text('\ntransport = "curl"\n')
    with pytest.raises(unillm.InvalidRequestError, match=r":2: transport: .*httpx, aiohttp"):
        unillm.AsyncClient.from_config(path)


async def exchanged(transport, request, headers):
    exchange = await transport.send(request, headers, LIMITS)
    body = b""
    while data := await exchange.read():
        body += data
    await exchange.aclose()
    return exchange.status, dict(exchange.headers), body


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_what_is_sent_and_what_comes_back_is_the_same_over_both(fake, method):
    head = b"HTTP/1.1 200 OK\r\nX-Two: a\r\nx-two: b\r\nX-Odd: caf\xe9\r\ncontent-length: 2\r\n\r\n"
    url = f"{fake.base_url}/a%2Fb/c d?q=%C3%A9&key=x+y&z=a%20b"
    headers = {"user-agent": "me", "content-type": "application/json"}
    body = b"{}" if method == "POST" else b""
    request = WireRequest(method=method, url=url, headers=headers, body=body)

    async def main():
        answers = []
        for kind in NAMED.values():
            fake.enqueue(Raw(wire=[head, b"{}"]))
            transport = kind()
            status, said, got = await exchanged(transport, request, headers)
            said.pop("x-request-id", None)
            answers.append((status, said, got))
            await transport.aclose()
        assert answers[0] == answers[1]
        if method == "POST":  # the fake has an answer of its own to a GET
            assert answers[0][1]["x-two"] == "a, b"

    asyncio.run(main())
    one, other = fake.requests
    assert (one.path, one.query, one.body) == (other.path, other.query, other.body)
    sent = [{**seen.headers, "connection": ""} for seen in (one, other)]
    for seen in sent:
        encodings = seen.pop("accept-encoding").split(", ")
        assert {"gzip", "deflate"} <= set(encodings)
    assert sent[0] == sent[1]


HOSTS = ["api.example", "www.api.example", "wwwapi.example", "localhost", "10.0.0.7", "[::1]"]
SAID = [
    {"HTTP_PROXY": "http://p:1"},
    {"HTTPS_PROXY": "p:1"},
    {"ALL_PROXY": "http://p:1", "HTTPS_PROXY": "http://q:2"},
    {"ALL_PROXY": "http://p:1", "NO_PROXY": "api.example"},
    {"ALL_PROXY": "http://p:1", "NO_PROXY": ".api.example, 10.0.0.7"},
    {"ALL_PROXY": "http://p:1", "NO_PROXY": "localhost,::1"},
    {"ALL_PROXY": "http://p:1", "NO_PROXY": "10.0.0.0/8,api.example:8080"},
    {"ALL_PROXY": "http://p:1", "NO_PROXY": "https://api.example"},
    {"ALL_PROXY": "http://p:1", "NO_PROXY": "api.example,*"},
    {"NO_PROXY": "api.example"},
]


@pytest.mark.parametrize(
    "said", SAID, ids=lambda said: " ".join(f"{k}={v}" for k, v in said.items())
)
def test_proxies_are_those_that_httpx_takes(monkeypatch, said):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    proxies = Proxies.of_environment()
    with httpx.Client() as client:
        for scheme in ("http", "https"):
            for host in HOSTS:
                for port in ("", ":8080"):
                    url = f"{scheme}://{host}{port}/v1"
                    chosen: Any = client._transport_for_url(httpx.URL(url))
                    theirs = getattr(chosen._pool, "_proxy_url", None)
                    ours = proxies.to(url)
                    found = None if theirs is None else theirs.port
                    assert found == (None if ours is None else httpx.URL(ours).port), url


def test_a_proxy_that_is_not_of_http_is_refused(fake, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")

    async def main():
        async with over_aiohttp(fake, retry=ONCE) as client:
            with pytest.raises(unillm.TransportError, match="no proxies of the kind socks5"):
                await client.chat("Hi")

    asyncio.run(main())


def test_what_came_before_the_connection_broke_is_not_lost(fake):
    """It lies there unread when the end comes: aiohttp alone would tell of the end only."""
    text = "word " * 2000
    whole = Answer(text)
    fake.enqueue(whole, faults.get("cut-in-text"))

    async def main():
        async with over_aiohttp(fake, retry=ONCE) as client:
            async with client.stream("Hi") as stream:
                await read_all(stream)
            async with client.stream("Hi") as stream:
                await asyncio.to_thread(fake.wait, in_flight=0)
                await asyncio.to_thread(fake.wait, connections=0)
                with pytest.raises(unillm.IncompleteStreamError) as caught:
                    await read_all(stream)
            assert caught.value.partial is not None
            return caught.value.partial.text

    assert asyncio.run(main()).startswith("The weather")


def test_a_get_is_sent_once(fake):
    """aiohttp would send it again by itself, and no attempt would tell of it."""
    leaving = Leaving()

    async def main():
        async with over_aiohttp(fake, providers=[server(leaving)], retry=ONCE) as client:
            with pytest.raises(unillm.TransportError, match="without sending a response"):
                await client.models()

    asyncio.run(main())
    leaving.listening.close()
    assert leaving.requests == 1


def test_a_server_that_hung_up_meanwhile_is_not_asked_on_the_dead_connection(fake, monkeypatch):
    monkeypatch.setattr(aiohttp_sessions, "QUIET", -1.0)

    async def main():
        async with over_aiohttp(fake, retry=ONCE) as client:
            fake.enqueue(faults.get("closed-after-answer"))
            assert (await client.chat("Hi")).text
            assert fake.wait(connections=0)  # it blocks the loop, which hears of nothing
            assert (await client.chat("Hi")).text == "You said: Hi"

    asyncio.run(main())
    assert fake.connections_total == 2


def test_a_large_prompt_is_sent_without_a_warning(fake):
    async def main():
        async with over_aiohttp(fake) as client:
            return (await client.chat("word " * 500_000)).text

    assert asyncio.run(main()).startswith("You said: word")
    assert len(fake.requests[0].body) > aiohttp_sessions.LARGE


FORGOTTEN = """
import asyncio, gc, sys
import unillm

async def ask(base_url, hold):
    box = unillm.Provider("box", base_url=base_url, api_key="key-of-mine")
    client = unillm.AsyncClient(providers=[box], transport="aiohttp", model="box:m")
    if hold == "cycle":
        client.itself = client
    print((await client.chat("Hi")).text)
    if hold in ("running", "cycle"):
        del client
        gc.collect()
        await asyncio.sleep(0.01)
    return None if hold in ("running", "cycle") else client

url, hold = sys.argv[1:]
if hold == "loop":
    loop = asyncio.new_event_loop()
    kept = loop.run_until_complete(ask(url, hold))
    loop.close()
else:
    kept = asyncio.run(ask(url, hold))
del kept
gc.collect()
"""


@pytest.mark.parametrize("hold", ["running", "cycle", "run", "loop"])
def test_a_client_that_was_forgotten_says_nothing(fake, hold):
    command = [sys.executable, "-c", FORGOTTEN, fake.base_url, hold]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("You said: Hi\n", "")
    assert fake.wait(connections=0)


def test_a_client_that_was_forgotten_in_a_running_loop_is_closed(fake):
    async def main():
        client = over_aiohttp(fake)
        assert (await client.chat("Hi")).text == "You said: Hi"
        gone = weakref.ref(client)
        del client
        gc.collect()
        assert gone() is None
        return await asyncio.to_thread(fake.wait, connections=0)

    assert asyncio.run(main())


def test_closing_the_client_ends_a_read_that_waits(fake):
    fake.enqueue(faults.get("stall-in-text"))

    async def read(stream):
        with pytest.raises(unillm.TransportError):
            await read_all(stream)

    async def main():
        client = over_aiohttp(fake, retry=ONCE)
        async with client.stream("Hi") as stream:
            await anext(stream)
            task = asyncio.create_task(read(stream))
            await asyncio.sleep(0)
            await client.close()
            await asyncio.wait_for(task, 10)

    asyncio.run(main())
    assert fake.wait(connections=0)


def test_a_prompt_that_is_not_taken_is_given_up(fake):
    """The connection is closed at once, though most of the prompt is still to be written."""
    silent = Silent()
    providers = [server(silent)]

    async def main():
        async with over_aiohttp(fake, providers=providers, retry=ONCE) as client:
            timeout = unillm.Timeout(first_token=0.2)
            with pytest.raises(unillm.FirstTokenTimeoutError):
                await client.chat("word " * 2_000_000, timeout=timeout)
            session = next(iter(transport_of(client)._sessions.values()))
            assert not session.client.connector._acquired
            loop = asyncio.get_running_loop()
            await asyncio.sleep(0)
            return [key.fileobj for key in loop._selector.get_map().values()]  # type: ignore[attr-defined]

    left = asyncio.run(main())
    silent.closed.set()
    silent.listening.close()
    assert len(left) == 1  # the loop's own


def test_no_key_of_a_url_is_shown(fake, caplog):
    caplog.set_level("DEBUG")

    async def main():
        async with over_aiohttp(fake, retry=ONCE) as client:
            await client.chat("Hi", extra_query={"key": "hidden-0815-secret"})
            fake.enqueue(faults.get("cut-before-head"))
            with pytest.raises(unillm.TransportError) as caught:
                await client.chat("Hi", extra_query={"key": "hidden-0815-secret"})
            return f"{caught.value!r} {caught.value.__cause__!r}"

    said = asyncio.run(main()) + caplog.text
    assert "hidden-0815" not in said
    assert KEY not in said


def test_broken_http_in_a_body_ends_it_at_once(fake):
    """It comes after the head was read: aiohttp alone would leave the reader waiting."""
    head = (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    event = b'data: {"choices":[{"index":0,"delta":{"content":"Hello"}}]}\n\n'
    first = b"%x\r\n%b\r\n" % (len(event), event)
    fake.enqueue(Raw(wire=[head + first, 0.05, b"no size\r\n"], end="stall"))

    async def main():
        async with over_aiohttp(fake, retry=ONCE) as client, client.stream("Hi") as stream:
            with pytest.raises(unillm.IncompleteStreamError, match="broke the HTTP protocol") as it:
                await read_all(stream)
            assert it.value.partial is not None
            return it.value.partial.text

    assert asyncio.run(main()) == "Hello"
    assert fake.wait(connections=0)
