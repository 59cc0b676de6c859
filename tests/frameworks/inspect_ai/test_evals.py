"""Whole evaluations, and what their logs have."""

import asyncio
import json
import subprocess
import sys
from importlib.metadata import entry_points

import pytest
from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.agent import react
from inspect_ai.dataset import Sample
from inspect_ai.log import read_eval_log
from inspect_ai.model import ContentReasoning, get_model
from inspect_ai.scorer import includes
from inspect_ai.solver import generate, use_tools
from inspect_ai.tool import tool
from inspect_ai.util import LimitExceededError, cost_limit

import unillm
from tests.frameworks.conftest import MODEL
from unillm.testing import Answer, FakeCall, faults


@tool
def weather():
    async def execute(city: str, days: int = 1) -> str:
        """Look up the weather.

        Args:
            city: The city.
            days: How many days ahead.
        """
        return f"Sunny in {city} for {days}."

    return execute


def task(*solver):
    sample = Sample(input="What is the weather in Paris?", target="Sunny")
    return Task(dataset=[sample], solver=list(solver) or [generate()], scorer=includes())


def evaluated(model, *solver, **options):
    (log,) = evaluate(task(*solver), model=model, **options)
    return read_eval_log(log.location)


CALL = Answer(reasoning="Paris it is.", tool_calls=[FakeCall("weather", {"city": "Paris"})])
DONE = Answer("Sunny it is.", reasoning="Done.")


def test_the_log_has_usage_and_cost(model, fake, records):
    fake.enqueue(CALL, DONE)
    log = evaluated(model, use_tools(weather()), generate())
    assert log.status == "success", log.error
    (sample,) = log.samples
    assert sample.scores["includes"].value == "C"
    usage = log.stats.model_usage[f"unillm/{MODEL}"]
    total = sum(record.response.cost.total for record in records)
    assert usage.total_cost == pytest.approx(float(total), rel=1e-12)
    assert usage.total_cost > 0
    used = [record.response.usage for record in records]
    assert usage.output_tokens == sum(one.output_tokens for one in used)
    assert usage.reasoning_tokens == sum(one.reasoning_tokens for one in used)
    assert usage.total_tokens == sum(one.total_tokens for one in used)


def test_reasoning_is_kept_and_replayed(model, fake):
    fake.enqueue(CALL, DONE)
    log = evaluated(model, use_tools(weather()), generate())
    (sample,) = log.samples
    first = sample.messages[1]
    assert [c.reasoning for c in first.content if isinstance(c, ContentReasoning)] == [
        "Paris it is."
    ]
    assistant, result = fake.requests[1].messages[1:]
    assert assistant["reasoning_content"] == "Paris it is."
    assert result["content"] == "Sunny in Paris for 1."
    assert result["tool_call_id"] == assistant["tool_calls"][0]["id"] == first.tool_calls[0].id


def test_two_evaluations_in_a_row(model, fake):
    """Each has an event loop of its own."""
    for _ in range(2):
        fake.enqueue(DONE)
        assert evaluated(model).status == "success"
    assert len(fake.requests) == 2


def test_the_entry_point(fake, monkeypatch):
    (found,) = [e for e in entry_points(group="inspect_ai") if e.name == "unillm"]
    assert found.value == "unillm.integrations.inspect_ai"
    monkeypatch.setenv("DEEPSEEK_API_KEY", "test")
    monkeypatch.setenv("DEEPSEEK_BASE_URL", fake.base_url)
    for _ in range(2):
        fake.enqueue(DONE)
        assert evaluated(f"unillm/{MODEL}").status == "success"
    assert fake.wait(connections=0)


@pytest.mark.slow
def test_the_command(fake, tmp_path, monkeypatch):
    """Nothing is imported: the installed package is enough."""
    monkeypatch.setenv("DEEPSEEK_API_KEY", "test")
    (tmp_path / "hello.py").write_text(
        "from inspect_ai import Task, task\n"
        "from inspect_ai.dataset import Sample\n"
        "from inspect_ai.scorer import includes\n"
        "@task\n"
        "def hello():\n"
        "    return Task(dataset=[Sample(input='Hi', target='Sunny')], scorer=includes())\n",
        encoding="utf-8",
    )
    fake.enqueue(DONE)
    command = [sys.executable, "-m", "inspect_ai", "eval", "hello.py", "--model"]
    command += [f"unillm/{MODEL}", "--model-base-url", fake.base_url, "--log-format", "json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (log,) = [json.loads(p.read_text()) for p in (tmp_path / "logs").glob("*.json")]
    assert log["status"] == "success"
    assert log["stats"]["model_usage"][f"unillm/{MODEL}"]["total_cost"] > 0
    assert len(fake.requests) == 1


@pytest.mark.parametrize(
    ("fault", "sent"),
    [("status-429", 2), ("status-500", 2), ("status-400", 1), ("status-401", 1)],
)
def test_one_owner_of_retries(model, fake, records, fault, sent):
    fake.enqueue(*[faults.get(fault)] * 6)
    log = evaluated(model)
    assert log.status == "error"
    assert (len(records), len(fake.requests)) == (1, sent)
    assert fault.split("-")[1] in log.error.message or "ProviderError" in log.error.message


def test_retries_that_helped_are_told(model, fake, records):
    fake.enqueue(faults.get("status-429"), DONE)
    log = evaluated(model)
    assert log.status == "success"
    (event,) = [e for e in log.samples[0].events if e.event == "model"]
    assert event.retries == 1
    first, second = event.output.metadata["unillm"]["attempts"]
    assert (first["status"], second["status"]) == (429, 200)
    assert event.call.request["model"] == MODEL
    assert event.call.response["choices"][0]["message"]["content"] == "Sunny it is."


def test_a_limit_of_cost(model, fake):
    fake.enqueue(DONE)

    async def main():
        with cost_limit(0.000001):
            await model.generate("Hi")

    with pytest.raises(LimitExceededError) as caught:
        asyncio.run(main())
    assert caught.value.type == "cost"


def test_an_agent(model, fake):
    submit = Answer(reasoning="…", tool_calls=[FakeCall("submit", {"answer": "Sunny"})])
    fake.enqueue(CALL, submit)
    log = evaluated(model, react(tools=[weather()]))
    assert log.samples[0].scores["includes"].value == "C"
    assert fake.requests[1].messages[-2]["reasoning_content"] == "Paris it is."


def test_a_refused_call_is_told_to_the_model(model, fake):
    bad = FakeCall("weather", '{"city": "Oslo", "days": "two"}')
    fake.enqueue(Answer(reasoning="…", tool_calls=[bad]), DONE)
    log = evaluated(model, use_tools(weather()), generate())
    (call,) = log.samples[0].messages[1].tool_calls
    assert "not of type 'integer'" in call.parse_error
    told = log.samples[0].messages[2]
    assert told.error.type == "parsing"
    assert "not of type 'integer'" in fake.requests[1].messages[2]["content"]


def test_a_cancelled_evaluation_closes_upstream(model, fake):
    fake.enqueue(faults.get("stall-in-body"))

    async def main():
        task = asyncio.create_task(model.generate("Hi"))
        assert await asyncio.to_thread(fake.wait, in_flight=1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert fake.wait(in_flight=0)


def test_a_route_that_fell_back(deepseek, fake):
    gone = unillm.Provider("box", base_url="http://127.0.0.1:9/v1")
    client = unillm.AsyncClient(providers=[gone, deepseek], routes={"r": ["box:m", MODEL]})
    fake.enqueue(DONE)
    log = evaluated(get_model("unillm/r", client=client, memoize=False))
    (event,) = [e for e in log.samples[0].events if e.event == "model"]
    assert (event.output.fallback.model, event.output.fallback.fallback_model) == ("box:m", MODEL)
    assert event.output.model == MODEL
    assert log.stats.model_usage["unillm/r"].total_cost > 0
