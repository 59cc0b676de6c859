"""What the pages say of the fault matrix is what was measured, and still holds for unillm."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from benchmarks.excerpt import with_excerpt
from benchmarks.faults.clients import unillm as client
from benchmarks.faults.outcome import Outcome, attempt
from benchmarks.faults.pages import (
    NAME,
    PAGE,
    README,
    Measured,
    excerpt,
    measured,
    page,
    verdict,
)
from benchmarks.faults.peers import PEERS
from benchmarks.faults.play import play
from benchmarks.faults.rows import ROWS, Row
from benchmarks.faults.rules import RULES, Verdict, judge
from unillm.testing import FakeProvider

US = PEERS[0]
REWRITE = "python -m benchmarks.faults --write"


@pytest.fixture(scope="module")
def data() -> Measured:
    return measured()


def served(row: Row) -> Verdict:
    """Serve a row to unillm, and judge what comes of it."""
    with FakeProvider() as fake:
        return judge(RULES[row.rule], play(fake, row, partial(attempt, client.run)))


def test_the_page_is_made_from_what_was_measured(data: Measured):
    assert PAGE.read_text(encoding="utf-8") == page(data), REWRITE


def test_the_readme_shows_rows_of_it(data: Measured):
    readme = README.read_text(encoding="utf-8")
    assert with_excerpt(readme, NAME, excerpt(data)) == readme, REWRITE
    assert excerpt(data).count("\n| ") == sum(row.readme for row in ROWS) + 1


@pytest.mark.slow
def test_what_is_said_of_unillm_still_holds(data: Measured):
    served(ROWS[0])  # so that no import is made against a time limit
    with ThreadPoolExecutor(len(ROWS)) as pool:
        now = dict(zip(ROWS, pool.map(served, ROWS), strict=True))
    assert now == {row: verdict(data, US, row) for row in ROWS}, (
        "python -m benchmarks.faults --only unillm"
    )


def test_every_client_was_measured_in_every_row(data: Measured):
    assert list(data["clients"]) == [peer.name for peer in PEERS]
    names = [row.name for row in ROWS]
    assert all(list(each["rows"]) == names for each in data["clients"].values())
    assert all(
        list(data["clients"][peer.name]["versions"]) == list(peer.distributions) for peer in PEERS
    )


def test_nothing_is_wrong_where_nothing_is_wrong(data: Measured):
    """A client that is used wrongly would fail here first."""
    control = [row for row in ROWS if not row.fault]
    marks = {
        (peer.name, row.name): verdict(data, peer, row).mark for peer in PEERS for row in control
    }
    assert set(marks.values()) == {"good"}, marks
    assert len(marks) == len(PEERS) * 3


def test_outcomes_are_kept_as_they_were():
    outcome = Outcome(
        error="lib.Error", says="why", calls=[{"city": "Paris"}, "x"], wire=2, gap=0.5
    )
    assert Outcome(**outcome.brief()) == outcome
    assert "text" not in outcome.brief()
