"""The engines that are compared, and the environments they are measured in."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environments import VENVS, install, python_of

ROOT = Path(__file__).resolve().parents[2]
NODE = "jsonrepair@3.15.0"
"""The package of npm; pip takes the latest, npm this one."""

_MODULES = VENVS / "jsonrepair"


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One engine.

    Attributes:
        name: Its module in `engines/`.
        title: Its name on the page.
        how: How it is used, in the words of the page.
        home: The folder of its environment in `benchmarks/.venvs`; empty: this interpreter.
        requirements: What pip installs there; the versions of these are recorded.
        environment: What is set for it: nothing fetched.
    """

    name: str
    title: str
    how: str
    home: str = ""
    requirements: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def command(self) -> list[str]:
        """Return the command that serves it."""
        if self.name == "jsonrepair":
            script = ROOT / "benchmarks" / "repair" / "engines" / "jsonrepair.mjs"
            return ["node", str(script), str(_MODULES / "node_modules")]
        python = str(python_of(self.home)) if self.home else sys.executable
        return [python, "-m", "benchmarks.repair.worker", self.name, *self.requirements]

    def prepare(self, *, fresh: bool = False) -> str | None:
        """Install it, and return why that cannot be, or None."""
        if self.name == "jsonrepair":
            return _node(fresh=fresh)
        return install(self.home, self.requirements, fresh=fresh) if self.home else None


def _node(*, fresh: bool) -> str | None:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "there is no node and npm here"
    if fresh:
        shutil.rmtree(_MODULES, ignore_errors=True)
    ready = _MODULES / ".ready"
    if ready.exists() and ready.read_text(encoding="utf-8") == NODE:
        return None
    print(f"Installing {NODE} ...", flush=True)
    _MODULES.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--prefix", str(_MODULES), "--no-audit", "--no-fund", NODE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1]
        return f"it could not be installed: {said}"
    ready.write_text(NODE, encoding="utf-8")
    return None


PEERS = (
    Peer(
        name="unillm",
        title="unillm",
        how="`repair_json(text, schema, finish_reason=…)` of this checkout, level `schema`",
        requirements=("unillm-sdk",),
    ),
    Peer(
        name="json_repair",
        title="json_repair",
        how="`json_repair.loads(text)`",
        home="json_repair",
        requirements=("json_repair", "jsonschema"),
    ),
    Peer(
        name="json_repair_schema",
        title="json_repair + schema",
        how="`json_repair.loads(text, schema=schema)`, its mode `standard`",
        home="json_repair",
        requirements=("json_repair", "jsonschema"),
    ),
    Peer(
        name="jsonrepair",
        title="jsonrepair (JS)",
        how="`JSON.parse(jsonrepair(text))` in node",
        home="jsonrepair",
    ),
    Peer(
        name="jiter",
        title="jiter partial",
        how='`jiter.from_json(…, partial_mode="trailing-strings")`',
        home="jiter",
        requirements=("jiter", "pydantic-core"),
    ),
    Peer(
        name="pydantic_core",
        title="pydantic_core partial",
        how='`pydantic_core.from_json(…, allow_partial="trailing-strings")`',
        home="jiter",
        requirements=("jiter", "pydantic-core"),
    ),
    Peer(
        name="litellm",
        title="LiteLLM",
        how="`parse_tool_call_arguments`",
        home="repair-litellm",
        requirements=("litellm",),
        environment=(("LITELLM_LOCAL_MODEL_COST_MAP", "True"), ("LITELLM_TELEMETRY", "False")),
    ),
    Peer(
        name="langchain",
        title="LangChain",
        how="`parse_partial_json`",
        home="repair-langchain",
        requirements=("langchain-core",),
        environment=(("LANGSMITH_TRACING", "false"), ("LANGCHAIN_TRACING_V2", "false")),
    ),
)
