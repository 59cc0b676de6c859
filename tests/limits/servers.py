"""Redis for tests: the one on this machine, and ones that a test may stop."""

import contextlib
import shutil
import socket
import subprocess
import time
import uuid

import pytest

URL = "redis://127.0.0.1:6379/0"
PATIENCE = 10.0
HIGHEST = 65_535 - 10_000


def prefix():
    """Give a prefix that nobody else uses."""
    return f"unillm-test-{uuid.uuid4().hex}"


def require():
    """Give a client of the Redis on this machine, or skip."""
    redis = pytest.importorskip("redis")
    client = redis.Redis.from_url(URL, socket_connect_timeout=1)
    try:
        client.ping()
    except redis.ConnectionError:
        pytest.skip("no Redis at 127.0.0.1:6379; start one with: redis-server --port 6379")
    return client


def sweep(client, name):
    """Delete all keys with a prefix."""
    for key in client.scan_iter(match=f"{{{name}}}*", count=1000):
        client.delete(key)


def _free_port():
    """Give a port of which a cluster's bus can have the one 10,000 above."""
    held = []
    with contextlib.ExitStack() as all_held:
        while not held or held[-1] > HIGHEST:
            taken = all_held.enter_context(socket.socket())
            taken.bind(("127.0.0.1", 0))
            held.append(taken.getsockname()[1])
    return held[-1]


class Server:
    """A redis-server of our own, without persistence."""

    def __init__(self, folder, *options):
        self.folder, self.options = folder, options
        self.port = _free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process = None

    def start(self):
        program = shutil.which("redis-server")
        if program is None:
            pytest.skip("no redis-server; install one with: apt-get install redis-server")
        self.process = subprocess.Popen(
            [
                *(program, "--port", str(self.port), "--bind", "127.0.0.1"),
                *("--save", "", "--appendonly", "no", "--dir", str(self.folder)),
                *self.options,
            ],
            stdout=subprocess.DEVNULL,
        )
        give_up = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return self
            assert time.monotonic() < give_up, "redis-server never listened"
            time.sleep(0.005)

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *raised):
        self.stop()
