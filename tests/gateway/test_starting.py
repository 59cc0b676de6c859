"""``unillm serve``: what it says where it cannot start, and where it answers if it can."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from unillm import AsyncClient, Provider
from unillm.gateway import Settings, app
from unillm.gateway.serving import _config  # pyright: ignore[reportPrivateUsage] - what it says

RUN = [sys.executable, "-c", "from unillm.cli.main import main; main()", "serve"]


@pytest.fixture
def alone(tmp_path: Path) -> dict[str, str]:
    """The environment of a user who has one key, and nothing else."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    state = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    return {**kept, **state, "DEEPSEEK_API_KEY": "sk-nobody", "PYTHONUNBUFFERED": "1"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--port", "99999"], "65535"),
        (["--port", "-1"], "65535"),
        (["--alias", "a=nobody"], "nobody"),
        (["--model", "nobody"], "nobody"),
        (["--model", "deepseek-flash", "--alias", "a=deepseek-v4-pro"], "deepseek-v4-pro"),
        (["--session-budget", "nan"], "US dollars"),
        (["--session-budget", "-5"], "US dollars"),
        (["--session-budget", "much"], "much"),
        (["--key", "short"], "16"),
        (["--host", "192.0.2.1", "--key", "a-key-of-sixteen-letters"], "192.0.2.1"),
        (["--host", "[::]"], "--key"),
    ],
)
def test_what_keeps_it_from_starting_is_one_line(
    alone: dict[str, str], tmp_path: Path, options: list[str], says: str
) -> None:
    port = [] if "--port" in options else ["--port", "0"]
    done = subprocess.run(
        [*RUN, *port, *options],
        env=alone,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {1, 2}
    assert "Traceback" not in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("Error: ")
    assert says in last
    assert not done.stdout


def can_bind(host: str) -> bool:
    """Tell whether this machine has an address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as made:
            made.bind((host, 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("host", "shown"), [("::1", "[::1]"), ("[::1]", "[::1]"), ("127.0.0.2", "127.0.0.2")]
)
def test_it_answers_at_the_address_that_it_prints(
    alone: dict[str, str], tmp_path: Path, host: str, shown: str
) -> None:
    if not can_bind(host.strip("[]")):
        pytest.skip(f"this machine has no {host}: give its loopback interface that address")
    with subprocess.Popen(
        [*RUN, "--port", "0", "--host", host],
        env=alone,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            base = process.stdout.readline().split()[0]
            assert base.startswith(f"http://{shown}:")
            assert httpx.get(base.removesuffix("/v1") + "/health").status_code == 200
        finally:
            process.send_signal(signal.SIGINT)
    assert process.returncode == 0


def test_clients_let_go_of_an_idle_connection_first() -> None:
    """One that is closed here while a request is on its way is a failure to whoever asks."""
    client = AsyncClient(providers=[Provider("deepseek", api_key="sk-nobody")])
    settings = Settings(key="a-key-of-sixteen-letters", hosts=frozenset({"here"}))
    made = _config(app(client, settings))
    assert made.timeout_keep_alive > 90
    assert not made.proxy_headers
