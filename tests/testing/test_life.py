"""Starting and stopping leave nothing behind."""

import asyncio
import gc
import os
import resource
import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest
import trio

from tests.testing.wire import WEATHER, Wire, connect, read, request
from unillm.testing import FakeProvider, Raw, faults

MANY = 200
HANGS = 4  # seconds after which it did not stop by itself: it gives up after five


def open_sockets():
    folder = "/proc/self/fd"
    if not os.path.isdir(folder):  # noqa: PTH112 - os.listdir's own folder descriptor
        return 0
    found = 0
    for name in os.listdir(folder):  # noqa: PTH208
        try:
            found += os.readlink(f"{folder}/{name}").startswith("socket:")  # noqa: PTH115
        except FileNotFoundError:
            continue
    return found


@pytest.fixture
def leaves_nothing():
    gc.collect()
    threads, sockets = set(threading.enumerate()), open_sockets()
    yield
    gc.collect()
    assert set(threading.enumerate()) <= threads
    assert open_sockets() <= sockets


@pytest.mark.usefixtures("leaves_nothing")
def test_it_stops_with_streams_and_stalls_open():
    fake = FakeProvider().start()
    clients = []
    for name in ("stall-before-head", "stall-in-text", "endless-stream", "slow-stream"):
        fake.enqueue(*[faults.get(name)] * 5)
        for _ in range(5):
            client = connect(fake)
            client.sendall(request({"model": "m", "messages": [WEATHER], "stream": True}))
            clients.append(client)
    clients.append(connect(fake))  # and one that never asks
    assert fake.connections == 21
    start = time.monotonic()
    fake.stop()
    assert time.monotonic() - start < HANGS
    assert (fake.connections, fake.in_flight, fake.connections_total) == (0, 0, 21)
    for client in clients:
        assert read(client).end in {"fin", "reset"}
        client.close()


@pytest.mark.usefixtures("leaves_nothing")
def test_it_can_be_started_and_stopped_quickly():
    start = time.monotonic()
    for _ in range(20):
        with FakeProvider() as fake, connect(fake):
            pass
    assert time.monotonic() - start < 20 * HANGS


@pytest.mark.usefixtures("leaves_nothing")
def test_it_stops_while_clients_connect():
    for _ in range(5):
        fake = FakeProvider().start()
        clients = [socket.socket() for _ in range(20)]
        for client in clients:
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", fake.port))
        fake.stop()
        assert (fake.connections, fake.in_flight) == (0, 0)
        for client in clients:
            client.close()


@pytest.mark.usefixtures("leaves_nothing")
def test_it_can_be_started_again():
    fake = FakeProvider()
    for _ in range(2):
        with fake:
            assert (
                httpx.post(fake.base_url + "/chat/completions", json={}, verify=False).status_code
                == 200
            )
    assert len(fake.requests) == 2
    fake.stop()


def test_it_is_started_once():
    with FakeProvider() as fake, pytest.raises(RuntimeError, match="running already"):
        fake.start()
    with pytest.raises(RuntimeError, match="not running"):
        _ = fake.port
    assert FakeProvider().connections_total == 0


def test_a_taken_port_is_an_error_at_once():
    with FakeProvider() as fake, pytest.raises(OSError, match=r"[Aa]ddress"):
        FakeProvider(port=fake.port).start()


async def stream(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request({"model": "m", "messages": [WEATHER], "stream": True}))
    raw = await reader.read(-1)
    writer.close()
    await writer.wait_closed()
    return raw


@pytest.mark.usefixtures("leaves_nothing")
def test_200_streams_at_once():
    gate = threading.Event()

    def held():
        while not gate.is_set():
            yield b": wait\n\n"
            yield 0.02
        yield b"data: [DONE]\n\n"

    async def main():
        async with FakeProvider() as fake:
            fake.enqueue(*[Raw(segments=held()) for _ in range(MANY)])
            streams = asyncio.gather(*(stream(fake.port) for _ in range(MANY)))
            async with asyncio.timeout(20):
                while fake.in_flight < MANY:  # noqa: ASYNC110 - a thread's count
                    await asyncio.sleep(0.02)
            assert (fake.connections, fake.in_flight) == (MANY, MANY)
            gate.set()
            wires = [Wire(raw, "fin") for raw in await streams]
            assert all(wire.whole and wire.text.endswith("[DONE]\n\n") for wire in wires)
            assert (fake.connections_total, len(fake.requests)) == (MANY, MANY)

    asyncio.run(main())


@pytest.mark.usefixtures("leaves_nothing")
def test_counts_of_many_are_exact_at_once():
    with FakeProvider() as fake:
        fake.enqueue(*[faults.get("stall-in-text")] * MANY)
        clients = [connect(fake) for _ in range(MANY)]
        assert (fake.connections, fake.in_flight) == (MANY, 0)
        for client in clients:
            client.sendall(request({"model": "m", "stream": True}))
        assert (fake.connections, fake.in_flight) == (MANY, MANY)
        for client in clients[::2]:
            client.close()
        assert (fake.connections, fake.in_flight) == (MANY // 2, MANY // 2)
        for client in clients[1::2]:
            client.close()
        assert (fake.connections, fake.in_flight) == (0, 0)


@pytest.mark.usefixtures("leaves_nothing")
def test_it_works_under_trio():
    async def main():
        async with FakeProvider() as fake, httpx.AsyncClient(verify=False) as client:
            url = fake.base_url + "/chat/completions"

            async def one():
                async with client.stream("POST", url, json={"stream": True}) as response:
                    assert (await response.aread()).endswith(b"data: [DONE]\n\n")

            async with trio.open_nursery() as nursery:
                for _ in range(5):
                    nursery.start_soon(one)

    trio.run(main)


def test_a_client_that_leaves_under_asyncio_is_noticed():
    async def main():
        with FakeProvider() as fake:
            async with httpx.AsyncClient(verify=False) as client:
                fake.enqueue(Raw(segments=[b"data: 1\n\n"], end="stall"))
                url = fake.base_url + "/chat/completions"
                async with client.stream("POST", url, json={}) as response:
                    await anext(response.aiter_bytes())
                    assert fake.in_flight == 1
            for _ in range(100):
                if (fake.connections, fake.in_flight) == (0, 0):
                    return True
                await asyncio.sleep(0.01)
        return False

    assert asyncio.run(main())


def test_it_waits_when_files_run_out(caplog):
    with FakeProvider() as fake, socket.socket() as client:
        spare = os.dup(0)
        os.close(spare)
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (spare, limits[1]))
        try:
            client.connect(("127.0.0.1", fake.port))
            assert fake.connections == 0
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert "cannot accept connections" in caplog.text
        assert fake.wait(connections=1)


def test_what_it_needs_is_asked_for_by_name(monkeypatch):
    monkeypatch.setitem(sys.modules, "unillm.testing._connection", None)
    with pytest.raises(ImportError, match=r'pip install "unillm-sdk\[testing\]"'):
        FakeProvider().start()


def test_the_import_starts_nothing():
    script = """import sys, threading, unillm.testing
print(threading.active_count(), "h11" in sys.modules)"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1", "False"]


def test_a_forgotten_one_does_not_keep_the_program():
    script = "from unillm.testing import FakeProvider; FakeProvider().start()"
    done = subprocess.run(
        [sys.executable, "-c", script], timeout=10, check=True, capture_output=True
    )
    assert done.returncode == 0
