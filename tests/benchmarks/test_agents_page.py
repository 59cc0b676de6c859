"""The page that compares gateways is what was measured."""

import json

import pytest

from benchmarks.agents.pages import COMPARED, MEASURED, NAME, PAGE, README, excerpt, mark, page
from benchmarks.excerpt import with_excerpt
from tests.agents.agents import AGENTS
from tests.agents.run import cells
from tests.agents.troubles import TROUBLES
from tests.agents.ways import WAYS

REWRITE = "python -m benchmarks.agents --write"


@pytest.fixture
def data():
    return json.loads(MEASURED.read_text(encoding="utf-8"))


def test_the_page_is_made_from_what_was_measured(data):
    assert PAGE.read_text(encoding="utf-8") == page(data), REWRITE


def test_the_readme_shows_the_sums(data):
    readme = README.read_text(encoding="utf-8")
    assert with_excerpt(readme, NAME, excerpt(data)) == readme, REWRITE


def test_every_run_that_there_can_be_was_measured_and_no_other(data):
    ways = [WAYS[name] for name in COMPARED]
    wanted = {
        (cell.way.name, cell.agent.name, cell.trouble.name)
        for cell in cells(AGENTS.values(), ways, list(TROUBLES.values()))
    }
    measured = {
        (way, agent, trouble)
        for way, by_agent in data["runs"].items()
        for agent, by_trouble in by_agent.items()
        for trouble in by_trouble
    }
    assert measured == wanted


@pytest.mark.parametrize(
    ("run", "sign"),
    [
        ({"made": True, "requests": 2}, "✅"),
        ({"made": True, "requests": 4}, "🟡 +2"),
        ({"made": False, "looped": True, "half": False, "requests": 12}, "❌ ∞"),
        ({"made": False, "looped": False, "half": True, "requests": 2}, "❌ ½"),
        ({"made": False, "looped": False, "half": False, "requests": 1}, "❌"),
    ],
)
def test_a_run_has_a_sign(run, sign):
    assert mark(run, 2) == sign
