"""`import unillm` is quick and quiet: no socket, no thread, no heavy module."""

import json
import subprocess
import sys

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

PROBE = """
import json, sys
before, events = set(sys.modules), []
def watch(event, args):
    if event.startswith(("socket.", "subprocess.", "os.fork", "os.exec", "_thread.", "urllib.")):
        events.append(event)
sys.addaudithook(watch)
import {name}
import threading
print(json.dumps({{"modules": sorted(set(sys.modules) - before), "events": events,
                  "already": sorted(before), "threads": threading.active_count()}}))
"""


def probe(name: str) -> dict:
    """Import a module in a new interpreter and tell what it did."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROBE.format(name=name)],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_the_import_opens_no_socket_and_starts_no_thread() -> None:
    seen = probe("unillm")
    assert seen["events"] == []
    assert seen["threads"] == 1


def test_the_import_loads_no_heavy_module() -> None:
    seen = probe("unillm")
    assert "unillm" in seen["modules"]
    assert set(seen["already"]) & set(HEAVY) == set()
    assert set(seen["modules"]) & set(HEAVY) == set()


def test_the_probe_sees_what_it_looks_for() -> None:
    assert {"httpx", "ssl", "socket"} <= set(probe("httpx")["modules"])


def test_the_import_costs_a_fraction_of_the_openai_sdk() -> None:
    cost = measure(["unillm", "openai"], rounds=2)
    ratio = cost["unillm"] / cost["openai"]
    assert ratio <= MAX_RATIO, f"import unillm costs {ratio:.2f} of import openai: {cost}"


@pytest.mark.parametrize("name", ["json", "decimal"])
def test_the_measure_is_cpu_time_of_the_child(name: str) -> None:
    assert 0.001 < measure([name], rounds=1)[name] < 5
