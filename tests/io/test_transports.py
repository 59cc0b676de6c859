"""Proxies, certificates, HTTP/2, compression, and transports of one's own."""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

import asyncio
import ssl
from pathlib import Path

import httpx
import pytest
import trustme

import unillm
from tests.client.ways import KEY, ONCE, QUICK, read_ahead, read_all, server
from tests.io.carriers import carried
from tests.io.relays import PASSWORD, USER, Http2Server, Proxy, Relay
from unillm._io import httpx_sync, ssl_context
from unillm.testing import Answer

PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def _no_proxies_of_this_machine(monkeypatch):
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def tls(authority):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


@pytest.fixture(scope="module")
def authority_file(authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("tls") / "authority.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture
def trust(authority_file, monkeypatch):
    """Make the environment name the authority's certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", authority_file)


def shown(error):
    """Give all that is shown of an error and of what caused it."""
    texts = []
    while error is not None:
        texts += [str(error), repr(error), repr(error.args)]
        error = error.__cause__ or error.__context__
    return "\n".join(texts)


async def ask_and_read(client):
    assert (await client.chat("Hi")).text == "You said: Hi"
    async with client.stream("Hi") as stream:
        await read_all(stream)
    assert stream.response.text == "You said: Hi"


async def test_a_proxy_of_the_environment(way, fake, monkeypatch):
    with Proxy(wants_credentials=True) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url(credentials=True))
        async with way.client(fake) as client:
            await ask_and_read(client)
            assert USER not in repr(client)
        assert proxy.heads[0].startswith(b"POST http://127.0.0.1:")
        assert len(fake.requests) == 2


async def test_hosts_that_need_no_proxy(way, fake, monkeypatch):
    with Proxy() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url())
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        async with way.client(fake) as client:
            await ask_and_read(client)
        assert proxy.heads == []


@pytest.mark.parametrize("carrier", ["httpx", "httpx2"])
async def test_a_proxy_of_a_client_handed_in(way, fake, carrier):
    with Proxy(wants_credentials=True) as proxy:
        http = {"proxy": proxy.url(credentials=True)}
        async with carried(way, fake, carrier, http=http) as client:
            await ask_and_read(client)
        assert proxy.heads[0].startswith(b"POST http://127.0.0.1:")


async def test_a_tunnel_through_a_proxy(way, fake, tls, trust, monkeypatch):
    with Proxy(wants_credentials=True) as proxy, Relay(fake.port, tls=tls) as relay:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url(credentials=True))
        async with way.client(relay) as client:
            await ask_and_read(client)
        assert proxy.heads[0].startswith(f"CONNECT localhost:{relay.port}".encode())
        assert KEY.encode() not in b"".join(proxy.heads)


@pytest.mark.usefixtures("trust")
async def test_a_tunnel_is_not_waited_for_longer(way, fake, tls, clock, monkeypatch):
    with Proxy() as proxy, Relay(fake.port, tls=tls) as relay:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url())
        async with way.client(relay, timeout=30, retry=ONCE) as client:
            with pytest.raises(unillm.DeadlineExceededError):
                await client.chat("Hi", model="fake:stall-before-head", timeout=0.1)
            with pytest.raises(unillm.DeadlineExceededError) as caught:
                await read_ahead(client.stream("Hi", model="fake:stall-in-text"), clock, 29.9)
            assert caught.value.partial.text


async def test_a_proxy_that_refuses_does_not_show_its_credentials(way, fake, tls, monkeypatch):
    with Proxy(wants_credentials=True) as proxy, Relay(fake.port, tls=tls) as relay:
        wrong = proxy.url(credentials=True).replace(USER, "nobody")
        monkeypatch.setenv("HTTP_PROXY", wrong)
        monkeypatch.setenv("HTTPS_PROXY", wrong)
        for target, kind in ((fake, unillm.PermissionDeniedError), (relay, unillm.ConnectError)):
            async with way.client(target, retry=ONCE) as client:
                with pytest.raises(kind) as caught:
                    await client.chat("Hi")
            assert PASSWORD not in shown(caught.value)
            assert KEY not in shown(caught.value)
    assert fake.requests == []


async def test_a_proxy_that_is_not_there(way, fake, monkeypatch):
    with Proxy() as proxy:
        gone = proxy.url(credentials=True)
    monkeypatch.setenv("HTTP_PROXY", gone)
    async with way.client(fake, retry=ONCE) as client:
        with pytest.raises(unillm.ConnectError) as caught:
            await client.chat("Hi")
    assert PASSWORD not in shown(caught.value)


async def test_an_authority_of_the_environment(way, fake, tls, trust):
    with Relay(fake.port, tls=tls) as relay:
        async with way.client(relay) as client:
            await ask_and_read(client)
    assert len(fake.requests) == 2


@pytest.mark.parametrize("carrier", ["httpx", "httpx2"])
async def test_an_authority_of_a_client_handed_in(way, fake, tls, authority, carrier):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with Relay(fake.port, tls=tls) as relay:
        async with carried(way, relay, carrier, http={"verify": context}) as client:
            await ask_and_read(client)
            timeout = unillm.Timeout(idle=0.04)
            with pytest.raises(unillm.IdleTimeoutError):
                await client.chat("Hi", model="fake:stall-in-body", timeout=timeout, retry=ONCE)


async def test_an_unknown_authority_is_refused(way, fake, tls):
    with Relay(fake.port, tls=tls) as relay:
        async with way.client(relay, retry=ONCE) as client:
            with pytest.raises(unillm.ConnectError, match="certificate verify failed"):
                await client.chat("Hi")
    assert fake.requests == []


async def test_tls_where_there_is_none(way, fake):
    providers = [server(fake, base_url=fake.base_url.replace("http:", "https:"))]
    async with way.client(fake, providers=providers, retry=ONCE) as client:
        with pytest.raises(unillm.ConnectError):
            await client.chat("Hi")


@pytest.fixture
def contexts(monkeypatch):
    made = []
    load = ssl.SSLContext.load_verify_locations  # however a context is made, this takes the time

    def counted(context, *args, **options):
        made.append(context)
        return load(context, *args, **options)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counted)
    ssl_context._made.cache_clear()
    yield made
    ssl_context._made.cache_clear()


def ask_twice(host, transport):
    with unillm.Client(providers=[server(host)], model="fake:m", retry=ONCE) as client:
        client.chat("Hi")

    async def ask():
        providers = [server(host)]
        async with unillm.AsyncClient(
            providers=providers, model="fake:m", retry=ONCE, transport=transport
        ) as client:
            await client.chat("Hi")

    asyncio.run(ask())


@pytest.fixture
def secure(fake, tls, trust):
    with Relay(fake.port, tls=tls) as relay:
        yield relay


@pytest.mark.parametrize("transport", ["httpx", "aiohttp"])
def test_clients_share_one_tls_context(secure, contexts, monkeypatch, authority_file, transport):
    for _ in range(3):
        ask_twice(secure, transport)
    assert len(contexts) == 1
    again = Path(authority_file).with_name("again.pem")
    again.write_bytes(Path(authority_file).read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(again))
    ask_twice(secure, transport)
    assert len(contexts) == 2


@pytest.mark.parametrize("transport", ["httpx", "aiohttp"])
def test_no_certificates_are_read_for_what_is_not_encrypted(fake, contexts, transport):
    ask_twice(fake, transport)
    assert contexts == []


def test_the_context_of_what_is_not_encrypted_trusts_nobody():
    context = ssl_context.unused()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.get_ca_certs() == []


async def test_http2(way, authority, tls, clock):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    tls.set_alpn_protocols(["h2"])
    with Http2Server(tls=tls) as speaking:
        http = {"http2": True, "verify": context}
        async with carried(way, speaking, "httpx", http=http, retry=ONCE) as client:
            async with client.stream("Hi") as stream:
                assert len(await read_all(stream)) == 3
            assert (stream.response.text, stream.response.request_id) == ("HTTP/2", "r1")
            assert speaking.requests[0]["authorization"] == f"Bearer {KEY}"
            stall = {"stall": "1"}
            with pytest.raises(unillm.IdleTimeoutError) as caught:
                await client.chat("Hi", extra_query=stall, timeout=unillm.Timeout(idle=0.1))
            assert caught.value.partial.text == "HTTP/2"
            stream = client.stream("Hi", extra_query=stall, timeout=unillm.Timeout(total=60))
            with pytest.raises(unillm.DeadlineExceededError):
                await read_ahead(stream, clock, 59.9)
            async with client.stream("Hi") as stream:
                await anext(stream)
            assert (await client.chat("Hi")).text == "HTTP/2"
        assert len(speaking.requests) == 5


async def test_a_client_handed_in_stays_open(way, fake):
    kind = httpx.Client if way.is_sync else httpx.AsyncClient
    inner = kind(headers={"x-own": "1"}, params={"p": "1"})
    async with way.client(fake, http_client=inner) as client:
        await ask_and_read(client)
    assert not inner.is_closed
    assert (fake.connections, fake.in_flight) == (1, 0)
    assert {(seen.headers["x-own"], seen.query["p"]) for seen in fake.requests} == {("1", "1")}
    if way.is_sync:
        inner.close()
    else:
        await inner.aclose()


async def test_hooks_of_a_client_handed_in_are_called(way, fake):
    seen = []

    async def later(request):
        seen.append(request.url.path)

    hooks = {"request": [lambda request: seen.append(request.url.path)] if way.is_sync else [later]}
    async with carried(way, fake, "httpx", http={"event_hooks": hooks}) as client:
        await ask_and_read(client)
    assert seen == ["/v1/chat/completions"] * 2


@pytest.mark.parametrize("carrier", ["httpx", "httpx2"])
async def test_a_hook_that_reads_the_answer_leaves_it_readable(way, fake, carrier):
    read = []

    def log(response):
        read.append(len(response.read()))

    async def log_later(response):
        read.append(len(await response.aread()))

    hooks = {"response": [log if way.is_sync else log_later]}
    async with carried(way, fake, carrier, http={"event_hooks": hooks}) as client:
        await ask_and_read(client)
    assert len(read) == 2
    assert min(read) > 0


async def test_an_answer_made_in_a_mock_transport(way, fake):
    def answer(_request):
        return httpx.Response(200, content=BODY)

    async with carried(way, fake, "httpx", http={"transport": httpx.MockTransport(answer)}) as it:
        assert (await it.chat("Hi")).text == "from memory"


async def test_a_compressed_answer(way, fake):
    async with way.client(fake, model="fake:gzip-body") as client:
        assert (await client.chat("Hi")).text == "The weather in Paris is sunny."
        async with client.stream("Hi") as stream:
            await read_all(stream)
    assert stream.response.text == "The weather in Paris is sunny."
    assert "gzip" in fake.requests[0].headers["accept-encoding"]
    assert fake.requests[1].headers["accept-encoding"] == "identity"


BODY = (
    b'{"choices": [{"message": {"role": "assistant", "content": "from memory"},'
    b' "finish_reason": "stop"}]}'
)


class Memory:
    """A transport that needs no network; both of its faces."""

    def __init__(self, *, pieces=(BODY,), on_send=None, on_read=None):
        self.pieces, self.on_send, self.on_read = pieces, on_send, on_read
        self.sent = []
        self.closed = 0

    def begin(self, request, headers, limits):
        self.sent.append((request, headers, limits))
        if self.on_send is not None:
            raise self.on_send
        self.left = list(self.pieces)

    def next(self):
        if self.left:
            return self.left.pop(0)
        if self.on_read is not None:
            raise self.on_read
        return b""


class Exchange:
    status = 200
    headers = {"content-type": "application/json", "x-request-id": "m1"}  # noqa: RUF012

    def __init__(self, memory):
        self.memory = memory

    def read(self, timeout):
        return self.memory.next()

    def drain(self, seconds):
        pass

    def close(self):
        self.memory.closed += 1


class AsyncExchange(Exchange):
    async def read(self):
        return self.memory.next()

    async def aclose(self):
        self.memory.closed += 1


class Transport(Memory):
    def send(self, request, headers, limits):
        self.begin(request, headers, limits)
        return Exchange(self)

    def close(self):
        raise AssertionError


class AsyncTransport(Memory):
    async def send(self, request, headers, limits):
        self.begin(request, headers, limits)
        return AsyncExchange(self)

    async def aclose(self):
        raise AssertionError


def memory(way, **options):
    return (Transport if way.is_sync else AsyncTransport)(**options)


ELSEWHERE = {"providers": [server(base_url="http://nowhere.invalid/v1")], "retry": ONCE}


async def test_a_transport_of_ones_own(way, fake):
    transport = memory(way)
    async with way.client(fake, transport=transport, **ELSEWHERE) as client:
        r = await client.chat("Hi", timeout=unillm.Timeout(connect=3, first_token=4, idle=5))
        assert (r.text, r.request_id, transport.closed) == ("from memory", "m1", 1)
        async with client.stream("Hi") as stream:
            events = await read_all(stream)
        assert events[0] == unillm.TextDelta("from memory")
    (request, headers, limits), _ = transport.sent
    assert (request.method, request.url) == ("POST", "http://nowhere.invalid/v1/chat/completions")
    assert headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in repr(request)
    assert limits.connect == 3
    assert 3 < limits.head <= 4
    assert limits.read == 5


@pytest.mark.parametrize("foreign", [OSError("x"), ValueError("x"), TimeoutError("x")])
async def test_what_a_transport_raises_becomes_ours(way, fake, foreign):
    for moment, kind in (("on_send", unillm.TransportError), ("on_read", unillm.TransportError)):
        transport = memory(way, pieces=(BODY[:20],), **{moment: foreign})
        async with way.client(fake, transport=transport, **ELSEWHERE) as client:
            with pytest.raises(kind, match=f"{type(foreign).__name__}: x") as caught:
                await client.chat("Hi")
        chain = []
        error = caught.value
        while error is not None:
            assert error not in chain
            chain.append(error)
            error = error.__cause__
        assert chain[-1] is foreign
        assert transport.closed == (moment == "on_read")


@pytest.mark.parametrize("moment", ["on_send", "on_read"])
@pytest.mark.parametrize("ours", [unillm.ConnectError("x"), unillm.RequestTimeoutError("x")])
async def test_what_is_ours_already_stays_and_is_tried_again(way, fake, moment, ours):
    transport = memory(way, pieces=(), **{moment: ours})
    options = ELSEWHERE | {"retry": QUICK, "timeout": unillm.Timeout(first_token=None)}
    async with way.client(fake, transport=transport, **options) as client:
        with pytest.raises(unillm.TransportError) as caught:
            await client.chat("Hi")
    assert len(caught.value.attempts) == len(transport.sent) == 3
    assert ours in (caught.value, caught.value.__cause__)
    assert ours.__cause__ is not ours


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("moment", ["on_send", "on_read"])
async def test_what_ends_the_program_passes(way, fake, kind, moment):
    if not way.is_sync:
        return  # there it would end the event loop of this test
    records = []
    transport = memory(way, **{moment: kind()})
    options = ELSEWHERE | {"observers": [records.append]}
    async with way.client(fake, transport=transport, **options) as client:
        with pytest.raises(kind):
            await client.chat("Hi")
    assert [record.outcome for record in records] == ["cancelled"]
    assert transport.closed == (moment == "on_read")


async def test_a_large_answer_in_one_piece(way, fake):
    text = "word " * 200_000
    fake.enqueue(Answer(text, finish_reason="length"))
    async with way.client(fake) as client:
        assert (await client.chat("Hi")).text == text


def test_a_transport_that_outlives_its_module_is_quiet(monkeypatch):
    transport = httpx_sync.HttpxTransport()
    for name in ("os", "suppress"):  # as the interpreter does when a program ends
        monkeypatch.setattr(httpx_sync, name, None)
    transport.__del__()
