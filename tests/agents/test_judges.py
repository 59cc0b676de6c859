"""The judges of a run: they see what is wrong."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.agents.agent import Place
from tests.agents.agents import AGENTS
from tests.agents.bill import attempts_in, differences, settled
from tests.agents.playing import Played, end_marked
from tests.agents.relay import Asked
from tests.agents.run import Cell, failure
from tests.agents.troubles import TROUBLES
from tests.agents.ways import MODEL, WAYS
from unillm import Client, Provider
from unillm.testing import Answer, FakeProvider, faults

CELL = Cell(AGENTS["pi"], WAYS["unillm"], TROUBLES["ok"])
ASKED = Asked("POST", "/v1/chat/completions", {}, b"{}", named=True)
GOOD = Played(
    made=True,
    half=False,
    asked=(ASKED,) * 2,
    looped=False,
    late=False,
    seconds=1.0,
    code=0,
    output="",
    upstream=2,
)


def test_a_good_run_is_good():
    assert failure(CELL, GOOD) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"made": False},
        {"made": False, "half": True},
        {"asked": (ASKED,) * 3, "upstream": 3},
        {"upstream": 3},
        {"asked": (ASKED, replace(ASKED, named=False))},
        {"problems": ("the task was written",)},
    ],
)
def test_a_bad_run_is_bad(wrong):
    assert failure(CELL, replace(GOOD, **wrong)) is not None


def test_an_answer_that_breaks_off_may_be_asked_for_again_but_not_by_the_agent():
    cut = Cell(CELL.agent, CELL.way, TROUBLES["cut"])
    assert failure(cut, replace(GOOD, upstream=3)) is None
    assert failure(cut, replace(GOOD, upstream=4)) is not None
    assert failure(cut, replace(GOOD, upstream=3, asked=(ASKED,) * 3)) is not None


def test_what_is_hopeless_has_to_end_soon():
    cell = Cell(CELL.agent, CELL.way, TROUBLES["hopeless"])
    ended = replace(GOOD, made=False, upstream=4)
    assert failure(cell, ended) is None
    assert failure(cell, replace(ended, upstream=5)) is not None
    assert failure(cell, replace(ended, made=True)) is not None
    assert failure(cell, replace(ended, looped=True)) is not None
    assert failure(cell, replace(ended, late=True)) is None
    assert failure(cell, replace(ended, problems=("the task was written",))) is not None


@pytest.fixture
def kept(tmp_path):
    """Give what a ledger has of three calls, one of which broke off, and what was served."""
    path = tmp_path / "ledger.db"
    with FakeProvider() as fake:
        provider = Provider("deepseek", base_url=fake.base_url, api_key="k")
        fake.enqueue(Answer("Hello", dialect="deepseek"), faults.get("cut-in-body"))
        fake.enqueue(Answer("Hello again", dialect="deepseek"), Answer("Hm", usage=None))
        with Client(providers=[provider], ledger=path, model=f"deepseek:{MODEL}") as client:
            for _ in range(3):
                client.chat("Hello")
        yield settled(path, 0, 4), fake.served


def test_a_ledger_that_is_right_has_no_differences(kept):
    attempts, served = kept
    assert len(attempts) == len(served) == 4
    assert differences(attempts, served) == []


def test_a_missing_attempt_is_seen(kept):
    attempts, served = kept
    assert differences(attempts[1:], served)
    assert differences(attempts, served[1:])


@pytest.mark.parametrize("at", range(4))
def test_a_wrong_cost_is_seen(kept, at):
    attempts, served = kept
    one = attempts[at]
    wrong = replace(
        one.cost, total=Decimal("0.5"), low=Decimal("0.5"), high=Decimal("0.5"), state="exact"
    )
    attempts[at] = replace(one, cost=wrong)
    assert differences(attempts, served)


def test_there_is_no_ledger_before_there_is_one(tmp_path):
    assert attempts_in(tmp_path / "none.db") == []


def test_what_a_run_leaves_behind_is_ended_and_nothing_else(tmp_path):
    import subprocess
    import sys

    def sleeper(mark):
        env = {"UNILLM_AGENTS_RUN": mark}
        command = [sys.executable, "-c", "print(flush=True); import time; time.sleep(60)"]
        process = subprocess.Popen(command, env=env, start_new_session=True, stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()  # it runs by now, so its environment can be read
        return process

    with sleeper("one") as left, sleeper("other") as spared:
        end_marked("one")
        assert left.wait(10) == -9
        assert spared.poll() is None
        spared.kill()


@pytest.mark.parametrize("agent", AGENTS.values(), ids=lambda one: one.name)
def test_every_agent_is_pointed_at_the_address_with_key_and_model(agent, tmp_path):
    place = Place(tmp_path / "home", tmp_path / "work", "http://127.0.0.1:9", "sk-key", "the-model")
    setup = agent.setup(place)
    told = [*setup.command, *setup.env.values(), *setup.files.values()]
    told += [word for command in setup.before for word in command]
    for wanted in ("http://127.0.0.1:9", "sk-key", "the-model"):
        assert any(wanted in one for one in told)
    assert setup.command[0].startswith(str(agent.path.parents[-1]))
