"""One quick run of everything that is measured: it works, ends, and its page can be written.

No figure is judged here; `make bench` measures.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.speed.jobs import JOBS
from benchmarks.speed.operations import Bench
from benchmarks.speed.pages import excerpt, page
from benchmarks.speed.peers import PEERS, ROOT, Peer, here, lacking
from benchmarks.speed.processes import Server, Worker
from benchmarks.speed.wire import TEXT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
]  # one run of everything, on a busy machine

PLAIN = [here(peer) for peer in PEERS if peer.home == "plain"]
IN_THIS_ENVIRONMENT = [peer for peer in PLAIN if not lacking(peer)]
US = IN_THIS_ENVIRONMENT[0]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict:
    path = tmp_path_factory.mktemp("speed") / "measured.json"
    command = [sys.executable, "-m", "benchmarks.speed", "--quick", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "round 1" in done.stdout
    return json.loads(path.read_text(encoding="utf-8"))


def test_everything_is_measured_of_every_client_it_is_meant_for(data: dict):
    names = {peer.name for peer in IN_THIS_ENVIRONMENT}
    assert list(data["figures"]) == [job.name for job in JOBS]
    for job in JOBS:
        assert set(data["figures"][job.name]) == names & set(job.clients), job.name


def test_every_figure_is_of_a_size_that_can_be(data: dict):
    """Memory is left out: twenty streams may fit into what the process holds already."""
    for job, clients in data["figures"].items():
        for client, figures in clients.items():
            assert "cpu" in figures, (job, client)
            for figure, values in figures.items():
                if figure != "kilobytes":
                    assert len(values) == 1
                    assert 0 < values[0] < 60e6, (job, client, figure)


def test_the_run_tells_where_and_with_what_it_was_made(data: dict):
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", data["date"])
    assert data["machine"]["cores"] == os.cpu_count()
    assert list(data["versions"]) == [peer.name for peer in IN_THIS_ENVIRONMENT]
    assert all(
        list(data["versions"][peer.name]) == list(peer.distributions)
        for peer in IN_THIS_ENVIRONMENT
    )


def test_a_page_without_the_clients_that_are_missing_can_be_written(data: dict):
    why = {"LiteLLM": "it could not be installed: no index"}
    written = page({**data, "left_out": why})
    assert "left out of this run: it could not be installed: no index." in written
    assert "a call" in excerpt(data)
    assert "$" not in written


def test_of_a_part_only_its_figures_are_printed():
    command = [sys.executable, "-m", "benchmarks.speed", "--quick", os.devnull, "--only", "micro-c"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.partition("\n")[2])
    assert list(figures) == ["micro-cost"]


def test_a_client_is_left_out_where_what_it_needs_is_not_there():
    nobody = here(Peer(name="nobody", title="nobody", how="", needs=("json", "no_such_module")))
    assert lacking(nobody) == "there is no no_such_module"
    assert lacking(US) is None


class Careless:
    """A client that loses the token counts."""

    def __init__(self, base_url):
        self.base_url = base_url

    def ask(self, _question):
        return (TEXT, 0, 0)

    def close(self):
        pass


def test_figures_of_a_client_that_reads_something_else_are_refused():
    with pytest.raises(ValueError, match="answer to text was read as"):
        Bench(SimpleNamespace(Client=Careless), "").calls(count=1, awaited=False)


def test_a_failure_of_a_client_is_told_and_its_process_goes_on():
    with Server() as server, Worker(US, server.url) as worker:
        with pytest.raises(RuntimeError, match=r"unillm, streams .* 404"):
            worker.measure("streams", {"scenario": "nothing-1", "count": 1, "awaited": False})
        assert worker.measure("calls", {"count": 1, "awaited": False})["cpu"] > 0


def test_a_process_that_ends_says_how_to_see_why():
    nobody = here(Peer(name="nobody", title="nobody", how=""))
    with (
        pytest.raises(RuntimeError, match=r"-m benchmarks\.speed\.worker nobody"),
        Worker(nobody, "http://127.0.0.1:1") as worker,
    ):
        worker.measure("calls", {"count": 1, "awaited": False})


def test_no_process_outlives_its_block():
    with Server() as server, Worker(US, server.url) as worker:
        worker.measure("calls", {"count": 1, "awaited": False})
        processes = [server.pid, worker.pid]
        assert all(Path(f"/proc/{pid}").exists() for pid in processes)
    assert not any(Path(f"/proc/{pid}").exists() for pid in processes)
