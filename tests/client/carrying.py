"""Transports without a network: an answer in exactly the pieces a test wants."""

from collections import deque


class Pieces:
    """Give every request the same answer, piece by piece; serves as sync and as async."""

    def __init__(self, pieces, *, status=200, headers=None):
        self.pieces = list(pieces)
        self.status = status
        self.headers = headers or {"content-type": "text/event-stream"}
        self.left = deque()
        self.closed = 0

    def begin(self):
        self.left = deque(self.pieces)
        return self

    def next(self):
        return self.left.popleft() if self.left else b""


class SyncPieces(Pieces):
    def send(self, _request, _headers, _limits):
        return self.begin()

    def read(self, _timeout):
        return self.next()

    def drain(self, _seconds):
        self.left.clear()

    def close(self):
        self.closed += 1


class AsyncPieces(Pieces):
    async def send(self, _request, _headers, _limits):
        return self.begin()

    async def read(self):
        return self.next()

    async def aclose(self):
        self.closed += 1


def transport(way, pieces, **options):
    return (SyncPieces if way.is_sync else AsyncPieces)(pieces, **options)
