"""A real LiteLLM proxy, in an environment of its own, in front of another server."""

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import unillm
from tests.client.ways import QUICK
from tests.house.sources import ROOT
from tests.live.llama import KEY, Llama

PYTHON = ROOT / ".venvs" / "litellm" / "bin" / "python"
MASTER = "sk-open-the-proxy"
PATIENCE = 90.0
QUIET = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}
CONFIG = """
model_list:
  - model_name: gemma
    litellm_params:
      {{model: openai/gemma, api_base: "{url}/v1", api_key: {key}}}
litellm_settings: {{num_retries: 0}}
general_settings: {{master_key: {master}}}
"""


class LiteLLMProxy:
    """One proxy on a port of this machine."""

    def __init__(self, folder: Path, llama: Llama):
        """Describe it; nothing is started yet."""
        self.config = folder / "proxy.yaml"
        self.log = folder / "proxy.log"
        text = CONFIG.format(url=llama.url, key=KEY, master=MASTER)
        self.config.write_text(text, encoding="utf-8")

    def __enter__(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        program = "import sys, litellm; sys.exit(litellm.run_server())"
        where = ["--config", str(self.config), "--host", "127.0.0.1", "--port", str(port)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(PYTHON), "-c", program, *where],
                env={**os.environ, **QUIET},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait()
        return self

    def __exit__(self, *raised):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def client(self, way, **options):
        """Give a client of this way, in the async face."""
        server = unillm.Provider("proxy", base_url=f"{self.url}/v1", api_key=MASTER)
        options = {"retry": QUICK, "timeout": 120, "max_tokens": 12, **options}
        kind = unillm.Client if way.is_sync else unillm.AsyncClient
        return way.wrap(kind, providers=[server], model="proxy:gemma", **options)

    def _wait(self):
        give_up = time.monotonic() + PATIENCE
        while not self._is_up():
            ended = self.process.poll() is not None
            if ended or time.monotonic() > give_up:
                self.process.kill()
                raise RuntimeError(f"the proxy did not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.2)

    def _is_up(self):
        try:
            with urllib.request.urlopen(f"{self.url}/health/liveliness", timeout=5) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False
