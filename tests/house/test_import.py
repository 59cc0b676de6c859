"""`import unillm` is quick and quiet: no socket, no thread, no module that crept in."""

import json
import subprocess
import sys
from importlib import import_module

import pytest

from benchmarks.import_cost import measure

HEAVY = [
    "aiohttp",
    "anyio",
    "asyncio",
    "concurrent.futures",
    "docstring_parser",
    "h11",
    "httpcore",
    "httpx",
    "httpx2",
    "jsonschema",
    "opentelemetry",
    "pydantic",
    "referencing",
    "rich",
    "socket",
    "ssl",
    "starlette",
    "tenacity",
    "trio",
    "uvicorn",
]
MAX_RATIO = 0.35
STANDARD = sys.stdlib_module_names

ALONE = {"unillm", "unillm._version"}
"""What of ours `import unillm` loads: names are resolved when they are first asked for."""

CLIENTS = "from unillm import AsyncClient, Client"
CLIENTS_ALONE = ALONE | {
    "unillm._client",
    "unillm._client.asynchronous",
    "unillm._client.checkup",
    "unillm._client.configured",
    "unillm._client.elsewhere",
    "unillm._client.forecast",
    "unillm._client.refusals",
    "unillm._client.sync",
    "unillm.types",
    "unillm.types.brief",
}
"""What of ours both clients are: all that is behind them comes when the first one is made."""

MADE = """
from unillm import AsyncClient, Client
class Sender:
    def send(self, request, headers, limits): ...
    def close(self): ...
class AsyncSender:
    async def send(self, request, headers, limits): ...
    async def aclose(self): ...
Client(transport=Sender()), AsyncClient(transport=AsyncSender())
"""
MADE_THIRD = {"anyio", "pydantic_core", "sniffio", "typing_extensions"}
"""Packages beside the standard library that a client loads, beside what it sends with."""
MADE_ROOMS = {
    "_client",
    "_flow",
    "_io",
    "_version",
    "_wire",
    "catalog",
    "errors",
    "limits",
    "pricing",
    "providers",
    "routing",
    "schemas",
    "telemetry",
    "tokens",
    "tools",
    "types",
}
MADE_HEAVY = {
    "asyncio",
    "concurrent",
    "http",
    "importlib.metadata",
    "importlib.resources",
    "multiprocessing",
    "pickle",
    "sqlite3",
    "ssl",
    "subprocess",
    "tomllib",
    "urllib.request",
    "uuid",
    "xml",
    "zoneinfo",
}
"""Modules of the standard library that take long, and that no client needs before it sends."""
MADE_LATER = {
    "unillm._client.run_streams",
    "unillm._client.runs",
    "unillm._client.threads",
    "unillm._flow.batch",
    "unillm._flow.replay",
    "unillm._flow.run",
    "unillm._io.checkpoint",
    "unillm._io.httpx_async",
    "unillm._io.httpx_sync",
    "unillm._outputs",
    "unillm.ledger",
    "unillm.limits.health_redis",
    "unillm.limits.memory",
    "unillm.limits.redis",
    "unillm.limits.redis_server",
    "unillm.pricing.compare",
    "unillm.repair",
    "unillm.types.health_report",
    "unillm.types.replay",
    "unillm.types.run",
}
"""Modules of ours that only some calls need: they come with the first of these."""

PROBE = """
import json, sys
before, events = set(sys.modules), []
def watch(event, args):
    if event.startswith(("socket.", "subprocess.", "os.fork", "os.exec", "_thread.", "urllib.")):
        events.append(event)
sys.addaudithook(watch)
{name}
import threading
print(json.dumps({{"modules": sorted(set(sys.modules) - before), "events": events,
                  "already": sorted(before), "threads": threading.active_count()}}))
"""


def probe(imported: str) -> dict:
    """Import something in a new interpreter and tell what it did."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROBE.format(name=imported)],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def top(name: str) -> str:
    """Return the package a module is of."""
    return name.partition(".")[0]


def test_the_import_opens_no_socket_and_starts_no_thread() -> None:
    seen = probe("import unillm")
    assert seen["events"] == []
    assert seen["threads"] == 1


def test_the_import_loads_no_heavy_module() -> None:
    seen = probe("import unillm")
    assert "unillm" in seen["modules"]
    assert set(seen["already"]) & set(HEAVY) == set()
    assert set(seen["modules"]) & set(HEAVY) == set()


def test_the_import_loads_nothing_but_the_list_of_names() -> None:
    seen = set(probe("import unillm")["modules"])
    assert {name for name in seen if top(name) == "unillm"} == ALONE
    assert {top(name) for name in seen} - {"unillm"} - STANDARD == set()


def test_the_clients_load_nothing_of_what_is_behind_them() -> None:
    seen = set(probe(CLIENTS)["modules"])
    assert {name for name in seen if top(name) == "unillm"} == CLIENTS_ALONE
    assert {top(name) for name in seen} - {"unillm"} - STANDARD == set()
    assert seen.isdisjoint({"dataclasses", "inspect", "json", "re"})


def test_a_client_loads_only_the_packages_it_needs() -> None:
    seen = probe(MADE)["modules"]
    assert {top(name) for name in seen} - {"unillm"} - STANDARD <= MADE_THIRD


def test_a_client_loads_only_the_rooms_it_needs() -> None:
    seen = probe(MADE)["modules"]
    assert {name.split(".")[1] for name in seen if name.startswith("unillm.")} == MADE_ROOMS
    assert set(seen) & MADE_LATER == set()


def test_a_client_loads_no_heavy_module_of_the_standard_library() -> None:
    seen = probe(MADE)["modules"]
    assert {name for name in seen if {name, top(name)} & MADE_HEAVY} == set()


@pytest.mark.parametrize("package", ["unillm", "unillm.limits", "unillm.pricing"])
def test_names_that_come_late_are_listed_and_found(package: str) -> None:
    module = import_module(package)
    assert set(module.__all__) <= set(dir(module))
    assert all(hasattr(module, name) for name in module.__all__)
    assert not hasattr(module, "Nothing")


def test_the_probe_sees_what_it_looks_for() -> None:
    assert {"httpx", "ssl", "socket"} <= set(probe("import httpx")["modules"])


def test_the_import_costs_a_fraction_of_the_openai_sdk() -> None:
    cost = measure(["unillm", "openai"], rounds=2)
    ratio = cost["unillm"] / cost["openai"]
    assert ratio <= MAX_RATIO, f"import unillm costs {ratio:.2f} of import openai: {cost}"


@pytest.mark.parametrize("name", ["json", "decimal"])
def test_the_measure_is_cpu_time_of_the_child(name: str) -> None:
    assert 0.001 < measure([name], rounds=1)[name] < 5
