"""A real Prometheus for tests, from Debian's package, and calls that give it what to scrape."""

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import unillm
from tests.client.ways import KEY, ONCE, QUICK
from unillm.testing import Answer, faults

HERE = Path(__file__).parent.parent.parent / ".venvs" / "prometheus" / "usr" / "bin" / "prometheus"
PATIENCE = 60.0
MODEL = "deepseek-v4-pro"


def binary():
    """Give the program, or skip."""
    found = str(HERE) if HERE.exists() else shutil.which("prometheus")
    return found or pytest.skip("needs Prometheus: make .venvs/prometheus/.ready")


def make_calls(meters, fake):
    """Make calls of every kind that the dashboard shows something of."""
    telemetry = unillm.Telemetry(meter_provider=meters, metric_tags=("team",))
    servers = [
        unillm.Provider("deepseek", base_url=fake.base_url, api_key=KEY),
        unillm.Provider("box", base_url=fake.base_url, api_key=KEY),
    ]
    used = {
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "prompt_tokens_details": {"cached_tokens": 64},
    }
    fake.enqueue(Answer("Fine", usage=used), faults.get("status-503"), Answer("Fine"))
    known = {"model": f"deepseek:{MODEL}", "telemetry": telemetry, "retry": QUICK}
    with unillm.Client(providers=servers, **known) as client:
        client.chat("Hi", tags={"team": "blue"})
        client.chat("Hi", tags={"team": "red"})
        fake.enqueue(Answer("One two three four", pace=0.03))
        with client.stream("Hi") as stream:
            list(stream)
        client.chat("Hi", model="box:of-no-price")
        fake.enqueue(faults.get("status-429"))
        with pytest.raises(unillm.RateLimitError):
            client.chat("Hi", retry=ONCE)


class Prometheus:
    """One that runs."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}"

    def get(self, path, **query) -> Any:
        """Ask it; None: it does not answer yet."""
        asked = f"{self.url}{path}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            told = error.read()
            # While it starts it says so in plain words.
            return None if error.code == 503 else json.loads(told)
        except OSError:
            return None

    def query(self, expr) -> Any:
        """Give what an expression evaluates to now."""
        answer: Any = self.get("/api/v1/query", query=expr) or {"status": "no answer"}
        assert answer["status"] == "success", (expr, answer)
        return answer["data"]["result"]

    def until(self, expr):
        """Wait until an expression gives something."""
        give_up = time.monotonic() + PATIENCE
        while True:
            answer = self.get("/api/v1/query", query=expr)
            if answer and answer["status"] == "success" and answer["data"]["result"]:
                return
            assert time.monotonic() < give_up, f"never came: {expr}: {answer}"
            time.sleep(0.05)


@contextmanager
def running(folder, scraped):
    """Run one that scrapes a port."""
    config = folder / "prometheus.yml"
    config.write_text(
        "global: {scrape_interval: 250ms}\n"
        "scrape_configs:\n"
        "  - job_name: unillm\n"
        f"    static_configs: [{{targets: ['127.0.0.1:{scraped}']}}]\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [
            binary(),
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ],
        stdout=log,
        stderr=log,
    )
    try:
        yield Prometheus(port)
    finally:
        process.terminate()
        process.wait(30)
        log.close()
