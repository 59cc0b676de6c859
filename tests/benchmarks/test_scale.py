"""Many streams at once, a small number of them: nothing is lost, and what is lost is seen."""

import asyncio
import json
import resource
import subprocess
import sys

import pytest

import unillm
from benchmarks.scale import __main__ as scale
from benchmarks.scale.server import numbered
from benchmarks.scale.worker import LostEventError, Seen, _stream
from benchmarks.speed.peers import ROOT
from benchmarks.speed.processes import Server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict:
    path = tmp_path_factory.mktemp("scale") / "measured.json"
    few = ["--only", "1", "50", "--seconds", "2", "--gap", "0.1", "--write", str(path)]
    command = [sys.executable, "-m", "benchmarks.scale", *few]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(path.read_text(encoding="utf-8"))


def test_fifty_streams_lose_nothing_and_end_by_themselves(data: dict):
    """Both ends counted, and every chunk was held against its number: the run would have failed."""
    for transport, points in data["curve"].items():
        assert list(points) == ["1", "50"], transport
        assert points["50"]["lost"] == 0
        assert points["50"]["chunks"] >= 50 * 20
        assert points["50"]["streams"] >= 50


def test_every_figure_of_a_point_is_there(data: dict):
    assert "httpx" in data["curve"]
    for points in data["curve"].values():
        for figures in points.values():
            assert figures["per_second"] > 0
            assert figures["late_99"] >= figures["late_half"]
            assert figures["memory"] > 1
            assert 0 < figures["busy"] <= 1.5


def test_too_few_files_are_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 1024))
    with pytest.raises(SystemExit, match=r"need 2,100 open files .* allows 1,024 .* --only 924"):
        scale.raise_limit(2_000)


def test_the_limit_of_files_is_raised_where_it_may_be(monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 4096))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))
    scale.raise_limit(2_000)
    scale.raise_limit(50)
    assert asked == [(2_100, 4096)]


def test_a_chunk_out_of_its_place_is_seen():
    """The measuring server's own words are no numbers: the first of them is where 0 was due."""

    async def ask(url: str) -> None:
        provider = unillm.Provider("words", base_url=f"{url}/stream-20/v1", api_key="key")
        async with unillm.AsyncClient(providers=[provider]) as client:
            await _stream(client, "words:m", 20, Seen())

    with Server() as server, pytest.raises(LostEventError, match="came where 0 was due"):
        asyncio.run(ask(server.url))


def test_a_stream_of_the_server_carries_each_number_once():
    head, *chunks, end = numbered(3)
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert [f'"content":"{n} "'.encode() in chunk for n, chunk in enumerate(chunks)] == [True] * 3
    assert end.endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")
