"""Who is let in, and what is said to everybody else."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.gateway.running import HI, KEY, MODEL, Gateway, running
from unillm import InvalidRequestError
from unillm.gateway import Settings
from unillm.testing import FakeProvider

BODY = json.dumps({"model": MODEL, "messages": HI}).encode()
JSON = {"content-type": "application/json"}
SHOWN = {"authorization": f"Bearer {KEY}"}
CHAT = "/v1/chat/completions"
HERE = object()
"""The Host under which the gateway is asked."""


@pytest.fixture(scope="module")
def shared() -> Iterator[Gateway]:
    with FakeProvider() as upstream, running(upstream, origins={"https://mine.example"}) as made:
        yield made


def raw(gateway: Gateway, head: bytes, body: bytes = b"") -> bytes:
    """Send bytes as they are, and return all that comes back."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as connection:
        connection.sendall(head + body)
        pieces: list[bytes] = []
        while piece := connection.recv(65536):
            pieces.append(piece)
        return b"".join(pieces)


def asked(gateway: Gateway, headers: dict[str, Any], path: str = CHAT, method: str = "POST") -> int:
    """Ask with exactly these headers, and return the status."""
    hosts = headers.pop("host", HERE)
    hosts = [f"127.0.0.1:{gateway.port}"] if hosts is HERE else hosts
    lines = [f"{method} {path} HTTP/1.1", *(f"Host: {host}" for host in hosts)]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(BODY)}", "Connection: close", "", ""]
    return int(raw(gateway, "\r\n".join(lines).encode(), BODY).split(b" ", 2)[1])


def test_who_shows_the_key_is_answered(shared: Gateway) -> None:
    assert asked(shared, {**SHOWN, **JSON}) == 200
    assert asked(shared, {"x-api-key": KEY, **JSON}) == 200
    assert asked(shared, {"authorization": f"bearer  {KEY} ", **JSON}) == 200


@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"authorization": KEY},
        {"authorization": f"Basic {KEY}"},
        {"authorization": "Bearer "},
        {"authorization": f"Bearer {KEY}x"},
        {"authorization": f"Bearer {KEY[:-1]}"},
        {"x-api-key": ""},
        {"x-api-key": KEY.upper()},
        {"cookie": f"key={KEY}"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", CHAT),
        ("POST", "/v1/responses"),
        ("POST", "/chat/completions"),
        ("GET", "/v1/models"),
        ("GET", "/unillm/operations/1"),
        ("GET", "/nowhere"),
        ("POST", "/"),
        ("POST", "/health"),
    ],
)
def test_who_does_not_is_not(
    shared: Gateway, shown: dict[str, str], method: str, path: str
) -> None:
    before = len(shared.fake.served)
    assert asked(shared, {**shown, **JSON}, path, method) == 401
    assert len(shared.fake.served) == before


def test_a_key_in_the_address_is_none(shared: Gateway) -> None:
    assert asked(shared, JSON, f"{CHAT}?key={KEY}&api_key={KEY}") == 401


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1",  # without the port
        "127.0.0.1:1",
        "127.evil.example:{port}",
        "localhost.evil.example:{port}",
        "evil.example@127.0.0.1:{port}",
        "127.0.0.1:{port}.evil.example",
        "0.0.0.0:{port}",
        "[::]:{port}",
        "localhost.:{port}",
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", CHAT), ("GET", "/health"), ("GET", "/")])
def test_another_host_is_not_answered(shared: Gateway, host: str, method: str, path: str) -> None:
    """A page can point a name of its own here: then the browser says that name."""
    hosts = [host.format(port=shared.port)]
    assert asked(shared, {"host": hosts, **SHOWN, **JSON}, path, method) == 403


@pytest.mark.parametrize("host", ["localhost:{port}", "[::1]:{port}", "LOCALHOST:{port}"])
def test_the_names_of_this_machine_are_answered(shared: Gateway, host: str) -> None:
    assert asked(shared, {"host": [host.format(port=shared.port)], **SHOWN, **JSON}) == 200


@pytest.mark.parametrize("hosts", [[], ["localhost:{port}", "localhost:{port}"]])
@pytest.mark.parametrize(("method", "path"), [("POST", CHAT), ("GET", "/health")])
def test_one_host_must_be_said(shared: Gateway, hosts: list[str], method: str, path: str) -> None:
    hosts = [host.format(port=shared.port) for host in hosts]
    assert asked(shared, {"host": hosts, **SHOWN, **JSON}, path, method) == 400


def test_an_old_client_without_a_host_is_not_answered(shared: Gateway) -> None:
    found = raw(shared, b"GET /health HTTP/1.0\r\n\r\n")
    assert found.split(b" ", 2)[1] == b"400"


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "", "http://localhost:{port}", "https://mine.example.evil"],
)
@pytest.mark.parametrize("method", ["POST", "OPTIONS", "GET"])
def test_pages_are_not_answered(shared: Gateway, origin: str, method: str) -> None:
    headers = {"origin": origin.format(port=shared.port), **SHOWN, **JSON}
    assert asked(shared, headers, method=method) == 403


def test_a_page_that_was_let_in_is_answered(shared: Gateway) -> None:
    assert asked(shared, {"origin": "https://mine.example", **SHOWN, **JSON}) == 200


def test_no_page_may_read_anything(shared: Gateway) -> None:
    """Nothing that CORS knows is ever sent: whoever is let in is no page of somebody else's."""
    headers = {**SHOWN, "origin": "https://mine.example", "access-control-request-method": "POST"}
    with shared.client(headers=headers) as client:
        for answer in (client.options(CHAT), client.get("/health"), client.post(CHAT, json={})):
            assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; application/json",
        "application/jsonp",
        "",
    ],
)
def test_what_needs_no_leave_of_a_browser_is_not_read(shared: Gateway, kind: str | None) -> None:
    before = len(shared.fake.served)
    headers = SHOWN if kind is None else {**SHOWN, "content-type": kind}
    assert asked(shared, dict(headers)) == 415
    assert len(shared.fake.served) == before


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_is_read_however_it_is_written(shared: Gateway, kind: str) -> None:
    assert asked(shared, {**SHOWN, "content-type": kind}) == 200


@pytest.mark.parametrize("coding", ["gzip", "zstd", "br", "deflate", "identity, gzip"])
def test_nothing_compressed_is_read(shared: Gateway, coding: str) -> None:
    assert asked(shared, {**SHOWN, **JSON, "content-encoding": coding}) == 415


def test_there_are_no_web_sockets(shared: Gateway) -> None:
    headers = {**SHOWN, "upgrade": "websocket", "sec-websocket-key": "x"}
    assert asked(shared, headers, "/v1/responses", "GET") == 426


@pytest.mark.parametrize(
    "path",
    [
        "/openapi.json",
        "/docs",
        "/redoc",
        "/api/config",
        "/config",
        "/v1",
        "/.env",
        "/../etc/passwd",
    ],
)
def test_nothing_tells_how_it_is_set_up(shared: Gateway, path: str) -> None:
    with shared.client() as client:
        answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_served"


def test_without_a_key_nothing_is_told(shared: Gateway) -> None:
    health = httpx.get(f"{shared.root}/health")
    assert (health.status_code, health.json()) == (200, {"status": "ok"})
    assert httpx.head(f"{shared.root}/").status_code == 200
    assert set(httpx.get(f"{shared.root}/").json()) == {"name", "version"}
    assert "server" not in health.headers


def test_keys_go_nowhere(gateway: Gateway) -> None:
    """The client's key is not the provider's, and the provider's is nobody's."""
    answers = [gateway.chat(), gateway.chat([]), gateway.chat(model="deepseek:status-401")]
    (seen, *_) = gateway.fake.served
    assert seen.seen.headers["authorization"] == "Bearer sk-provider"
    assert KEY not in repr(seen.seen)
    for answer in answers:
        assert "sk-provider" not in answer.text + repr(answer.headers)
        assert KEY not in answer.text + repr(answer.headers)


def test_a_long_body_is_refused_while_it_comes(upstream: FakeProvider) -> None:
    with running(upstream, most_bytes=1000) as gateway:
        assert gateway.chat([{"role": "user", "content": "x" * 1000}]).status_code == 413
        assert gateway.chat().status_code == 200
        lines = [
            f"POST {CHAT} HTTP/1.1",
            f"Host: localhost:{gateway.port}",
            *(f"{k}: {v}" for k, v in (SHOWN | JSON).items()),
        ]
        head = "\r\n".join(
            [*lines, "Transfer-Encoding: chunked", "Connection: close", "", ""]
        ).encode()
        found = raw(gateway, head, b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n0\r\n\r\n")
        assert found.split(b" ", 2)[1] == b"413"
    assert len(upstream.served) == 1


@pytest.mark.parametrize(
    "key", ["", "short", "a" * 15, "x" * 20 + "é", "x" * 20 + "\n", "x" * 10 + " " + "x" * 10]
)
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(InvalidRequestError, match="the key of a gateway"):
        Settings(key=key, hosts=frozenset({"localhost:1"}))


def test_a_key_is_not_shown() -> None:
    settings = Settings(key=KEY, hosts=frozenset({"localhost:1"}), seal=b"secret")
    assert KEY not in repr(settings)
    assert "secret" not in repr(settings)
