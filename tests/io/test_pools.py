"""Finding a client with room costs the same however many are at work."""

import errno

import pytest

from tests.client.ways import sync_client
from unillm._io import httpx_clients
from unillm._io.httpx_clients import SHARD, Shards
from unillm._io.httpx_sync import HttpxExchange


class Counting:
    """Count how often a client is asked whether it has room, or is stale."""

    def __init__(self, monkeypatch):
        self.looks = 0
        for name in ("has_room", "is_stale"):
            real = getattr(httpx_clients.Shard, name)
            monkeypatch.setattr(httpx_clients.Shard, name, self.counted(real))

    def counted(self, real):
        def look(shard):
            self.looks += 1
            return real(shard)

        return look


def work(monkeypatch, number):
    with monkeypatch.context() as patch:
        counting = Counting(patch)
        shards = Shards(None, object)
        taken = []
        for _ in range(number):
            shards.stale()
            taken.append(shards.take())
        for shard in taken:
            shards.leave(shard)
            shards.stale(shard)
        return counting.looks


def test_work_is_linear_in_exchanges_in_flight(monkeypatch):
    few, many = work(monkeypatch, 1_000), work(monkeypatch, 16_000)
    assert many <= 16 * few * 1.1


@pytest.mark.parametrize("number", [1, SHARD, SHARD + 1, 100])
def test_clients_are_filled_one_after_the_other_and_used_again(number):
    shards = Shards(None, object)
    taken = [shards.take() for _ in range(number)]
    assert len(list(shards)) == -(-number // SHARD)
    assert all(shard.load <= SHARD for shard in shards)
    for shard in taken:
        shards.leave(shard)
    again = {shards.take() for _ in range(number)}
    assert again == set(taken)


def test_a_spent_client_is_given_to_nobody_and_closed_when_it_is_empty():
    shards = Shards(None, object)
    first, same = shards.take(), shards.take()
    assert first is same
    shards.leave(first, spent=True)
    assert shards.stale(first) == []
    assert shards.take() is not first
    shards.leave(first)
    assert shards.stale(first) == [first]
    assert first not in list(shards)


def test_a_client_that_was_handed_in_is_the_only_one_and_never_closed(monkeypatch):
    given = object()
    monkeypatch.setattr(httpx_clients, "KEPT", -1.0)
    shards = Shards(given, object)
    taken = {shards.take() for _ in range(100)}
    (shard,) = taken
    assert shard.client is given
    for _ in range(100):
        shards.leave(shard, spent=True)
    assert (shards.stale(), shards.stale(shard), shards.clear()) == ([], [], [])


def test_a_connection_that_cannot_be_shut_is_given_up_too(fake, monkeypatch):
    def gone(_):
        raise OSError(errno.ENOTCONN, "not connected")

    monkeypatch.setattr(HttpxExchange, "_wake", gone)
    with sync_client(fake) as client:
        # Before anything is read: later its iterator closes it when it is collected.
        with client.stream("Hi", model="fake:stall-in-text"):
            (shard,) = client._connection.transport()._shards
        assert not shard.client._transport._pool.connections
