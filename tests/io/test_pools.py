"""Finding a connection costs the same however many are at work, or idle."""

import errno
from collections import deque

import httpx
import pytest

from tests.client.ways import sync_client
from unillm._io import httpx_pools
from unillm._io.httpx_clients import async_front, bounded_front
from unillm._io.httpx_pools import Pools
from unillm._io.httpx_sync import HttpxExchange

HERE = ("http", "here", None)
THERE = ("https", "there", 8443)


class Looked(deque):
    """Idle connections that count how many were looked at."""

    looks = 0

    def __getitem__(self, index):
        Looked.looks += 1
        return super().__getitem__(index)

    def __iter__(self):
        Looked.looks += len(self)
        return super().__iter__()


def work(monkeypatch, number):
    monkeypatch.setattr(httpx_pools, "deque", Looked)
    Looked.looks = 0
    pools = Pools()
    taken = []
    for _ in range(number):
        pools.stale()
        taken.append(pools.take(HERE, object))
    for pooled in taken:
        pools.leave(pooled)
        pools.stale()
    for _ in range(number):  # one after the other, with all of them idle
        pools.leave(pools.take(HERE, object))
        pools.stale()
    return Looked.looks


def test_work_is_linear_in_exchanges(monkeypatch):
    few, many = work(monkeypatch, 100), work(monkeypatch, 1_600)
    assert 100 <= few <= 220
    assert many <= 16 * few * 1.1


def test_the_last_one_left_is_used_first():
    pools = Pools()
    first, second = pools.take(HERE, object), pools.take(HERE, object)
    assert first is not second
    pools.leave(second)
    pools.leave(first)
    assert [pools.take(HERE, object) for _ in range(2)] == [first, second]
    assert len(list(pools)) == 2


def test_each_origin_has_its_own():
    pools = Pools()
    here = pools.take(HERE, object)
    pools.leave(here)
    there = pools.take(THERE, object)
    assert there is not here
    pools.leave(there)
    assert pools.take(HERE, object) is here
    assert pools.take(THERE, object) is there


def test_those_that_waited_for_too_long_are_closed(monkeypatch):
    pools = Pools()
    busy, idle = pools.take(HERE, object), pools.take(HERE, object)
    pools.leave(idle)
    assert pools.stale() == []
    monkeypatch.setattr(httpx_pools, "KEPT", -1.0)
    assert pools.take(HERE, object) is not idle
    assert pools.stale() == [idle.transport]
    assert busy.transport in list(pools)
    assert idle.transport not in list(pools)


def test_one_that_was_dropped_or_is_of_a_parent_process_is_not_used_again():
    pools, parents = Pools(), Pools()
    dropped, foreign = pools.take(HERE, object), parents.take(HERE, object)
    pools.drop(dropped)
    for pooled in (dropped, foreign):
        pools.leave(pooled)
    assert pools.take(HERE, object) not in (dropped, foreign)


@pytest.mark.parametrize(
    ("front", "kind"),
    [(bounded_front, httpx.HTTPTransport), (async_front, httpx.AsyncHTTPTransport)],
    ids=["sync", "async"],
)
def test_httpx_still_tells_which_transport_it_would_take(front, kind, monkeypatch):
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "direct.invalid")
    made = front()
    pools = []
    for url in ("https://proxied.invalid/", "https://direct.invalid/", "http://plain.invalid/"):
        transport = made.open(made.address(url))
        assert isinstance(transport, kind)
        pools.append(type(transport._pool).__name__.removeprefix("Async"))
    assert pools == ["HTTPProxy", "ConnectionPool", "ConnectionPool"]


def test_a_connection_that_cannot_be_shut_is_given_up_too(fake, monkeypatch):
    def gone(_):
        raise OSError(errno.ENOTCONN, "not connected")

    monkeypatch.setattr(HttpxExchange, "_wake", gone)
    with sync_client(fake) as client:
        # Before anything is read: later its iterator closes it when it is collected.
        with client.stream("Hi", model="fake:stall-in-text"):
            (transport,) = client._connection.transport()._pools
            assert transport._pool.connections
        assert not transport._pool.connections
        assert list(client._connection.transport()._pools) == []
