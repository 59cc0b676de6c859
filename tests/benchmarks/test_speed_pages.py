"""What the pages say of speed is what was measured."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks.excerpt import with_excerpt
from benchmarks.scale import pages as scale
from benchmarks.speed import goals
from benchmarks.speed.figures import Measured, median, ratio, spreads
from benchmarks.speed.goals import GOALS, Goal
from benchmarks.speed.jobs import JOBS
from benchmarks.speed.pages import (
    NAME,
    PAGE,
    PLOT,
    README,
    excerpt,
    measured,
    page,
)
from benchmarks.speed.peers import PEERS
from benchmarks.speed.plot import ROWS, plot
from benchmarks.speed.rows import LINE, TABLES

REWRITE = "python -m benchmarks.speed --write"


@pytest.fixture(scope="module")
def data() -> Measured:
    return measured()


def test_the_page_is_made_from_what_was_measured(data: Measured):
    assert PAGE.read_text(encoding="utf-8") == page(data), REWRITE


def test_the_readme_tells_ratios_of_it(data: Measured):
    readme = README.read_text(encoding="utf-8")
    assert with_excerpt(readme, NAME, excerpt(data)) == readme, REWRITE
    told = [what for what, row in LINE if row.job in data["figures"]]
    assert told
    assert all(what in excerpt(data) for what in told)


def test_a_run_that_is_kept_has_jobs_and_clients_that_there_are_and_several_rounds(data: Measured):
    names = [job.name for job in JOBS]
    assert [name for name in names if name in data["figures"]] == list(data["figures"])
    for job in JOBS:
        clients = data["figures"].get(job.name, {})
        assert set(clients) <= set(job.clients), job.name
        assert all(len(figures["cpu"]) >= 1 for figures in clients.values())
    assert len(data["figures"]["call"]["unillm"]["cpu"]) >= 3
    assert set(data["left_out"]) <= {peer.title for peer in PEERS}


def test_the_page_shows_every_job():
    shown = {row.job for rows in TABLES.values() for row in rows}
    judged = {name for goal in GOALS for name in jobs_of(goal)}
    assert shown | judged == {job.name for job in JOBS}


def jobs_of(goal: Goal) -> set[str]:
    return {goal.job, *(pair[0] for pair in (goal.per, goal.over) if pair)}


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.what)
def test_a_goal_is_of_clients_that_are_measured(goal: Goal):
    clients = {job.name: job.clients for job in JOBS}
    asked = [(goal.job, goal.client), *(pair for pair in (goal.per, goal.over) if pair)]
    assert all(client in clients[job] for job, client in asked)


def test_no_two_goals_have_the_same_words():
    said = [goal.what for goal in GOALS]
    assert len(set(said)) == len(said)


def test_goals_are_judged_by_their_medians():
    figures = {
        "call": {"unillm": {"cpu": [60.0, 70.0, 10.0]}, "httpx": {"cpu": [100.0, 100.0, 100.0]}},
        "base": {"unillm": {"cpu": [50.0]}},
    }
    data = {"figures": figures}
    share = Goal(what="share", job="call", per=("call", "httpx"), limit=0.7)
    assert share.value(data) == 0.6
    assert share.met(data) is True
    more = Goal(what="more", job="call", over=("base", "unillm"), limit=5, unit="µs")
    assert more.value(data) == 10
    assert more.met(data) is False
    enough = Goal(what="enough", job="call", limit=60, unit="µs", least=True)
    assert enough.met(data) is True
    absent = Goal(what="absent", job="call", per=("call", "nobody"), limit=1)
    assert absent.met(data) is None
    lone = Goal(what="lone", job="base", over=("nothing", "unillm"), limit=1)
    assert lone.value(data) is None


def test_the_page_tells_each_goal_its_figure_and_whether_it_is_met(data: Measured):
    lines = goals.table(data).splitlines()[2:]
    assert len(lines) == len(GOALS)
    for line, goal in zip(lines, GOALS, strict=True):
        assert line.startswith(f"| {goal.what} |")
        assert line.endswith(("| met |", "| **missed** |", "| not measured |"))
        assert line in page(data)


def test_the_picture_has_a_dot_for_each_client_of_a_row(data: Measured):
    drawn = plot(data)
    assert PLOT.read_text(encoding="utf-8") == drawn, REWRITE
    root = ET.fromstring(drawn)
    dots = root.findall(".//{http://www.w3.org/2000/svg}title")
    clients = [client for _, job in ROWS for client in data["figures"].get(job, {})]
    assert len(dots) == len(clients)


def test_every_peer_of_an_environment_of_its_own_is_pinned():
    for peer in PEERS:
        first = next(name for name in peer.requirements if not name.startswith(("-", "/")))
        assert "==" in first, peer.title


def test_streams_not_measured_yet_say_how_they_are(tmp_path: Path):
    assert "python -m benchmarks.scale" in scale.section(tmp_path / "none.json")
    figures = {
        "offered_per_second": 8000.0,
        "per_second": 7990.0,
        "cpu_per_chunk": 52.0,
        "busy": 0.41,
        "late_half": 0.1,
        "late_99": 3.2,
        "memory": 140.0,
        "growth_per_minute": -12.0,
    }
    measured = {
        "date": "2026-11-29",
        "gap": 0.25,
        "seconds": 60,
        "curve": {"httpx": {"2000": figures}},
    }
    kept = tmp_path / "measured.json"
    kept.write_text(json.dumps(measured))
    line = "| httpx | 2,000 | 8,000 | 7,990 | 52 | 41 | 0.1 | 3.2 | 140 | -12 |"
    assert line in scale.section(kept)


def test_the_curve_of_streams_is_drawn_for_each_transport():
    few = {"cpu_per_chunk": 60.0, "late_99": 0.5, "memory": 70.0}
    many = {"cpu_per_chunk": 50.0, "late_99": 8.0, "memory": 140.0}
    drawn = scale.plot({name: {"1": few, "2000": many} for name in ("httpx", "aiohttp")})
    lines = ET.fromstring(drawn).findall(".//{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == 2 * len(scale.PANELS)
    assert lines[0].get("points") == "0,0 230,160"  # less CPU a chunk, the more streams


def test_ratios_are_taken_within_a_round_and_slow_clients_have_fewer():
    figures = {
        "us": {"cpu": [1.0, 4.0, 9.0]},
        "them": {"cpu": [2.0, 4.0]},
        "some": {"cpu": [1.0, 2.0, 3.0]},
    }
    data = {"figures": {"job": figures}}
    assert median(data, "job", "us", "cpu") == 4
    assert ratio(data, "job", "cpu", "us", "them") == 0.75
    assert ratio(data, "job", "cpu", "us", "nobody") is None
    assert median(data, "nothing", "us", "cpu") is None
    assert spreads(data, "us") == [1]
