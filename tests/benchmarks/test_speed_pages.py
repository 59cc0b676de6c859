"""What the pages say of speed is what was measured."""

import pytest

from benchmarks.excerpt import with_excerpt
from benchmarks.speed.figures import Measured, median, ratio, spreads
from benchmarks.speed.jobs import JOBS
from benchmarks.speed.pages import (
    NAME,
    PAGE,
    README,
    excerpt,
    measured,
    page,
)
from benchmarks.speed.peers import PEERS
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
    assert all(what in excerpt(data) for what, _ in LINE)


def test_a_run_that_is_kept_has_every_job_of_every_client_and_several_rounds(data: Measured):
    assert list(data["figures"]) == [job.name for job in JOBS]
    for job in JOBS:
        clients = data["figures"][job.name]
        assert set(clients) == set(job.clients) - set(missing(data)), job.name
        assert all(len(figures["cpu"]) >= 1 for figures in clients.values())
    assert len(data["figures"]["call"]["unillm"]["cpu"]) >= 3
    assert set(data["left_out"]) <= {peer.title for peer in PEERS}


def missing(data: Measured) -> list[str]:
    return [peer.name for peer in PEERS if peer.title in data["left_out"]]


def test_the_page_shows_every_job():
    shown = {row.job for rows in TABLES.values() for row in rows}
    assert shown == {job.name for job in JOBS}


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
