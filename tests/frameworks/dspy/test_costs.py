"""What calls cost, where DSPy's users look, and added up."""

import asyncio
from decimal import Decimal

import dspy
import pytest

import unillm
from tests.frameworks.dspy.answers import answer
from unillm.integrations.dspy import UnillmLM, lm, task
from unillm.testing import FakeProvider, faults

ASK = "question -> answer"


def test_the_recipe_of_dspys_own_pages(configured: UnillmLM, fake: FakeProvider) -> None:
    fake.enqueue(answer(answer="one"), answer(answer="two"))
    with unillm.task("both") as spent:
        for question in ("first", "second", "first"):
            dspy.Predict(ASK)(question=question)
    total = sum(entry["cost"] for entry in configured.history if entry["cost"] is not None)
    assert total == pytest.approx(float(spent.cost.total or 0))
    assert Decimal(configured.history[0]["cost_details"]["total"]) > 0


def test_unknown_is_not_zero() -> None:
    with FakeProvider() as fake:
        provider = unillm.Provider("box", base_url=fake.base_url)
        with unillm.Client(providers=[provider]) as client:
            asked = lm("box:any", client)
            asked("Hi")
    entry = asked.history[-1]
    assert entry["cost"] is None
    assert entry["cost_details"]["kind"] == "unknown"
    assert "price" in entry["cost_details"]["reason"]


def test_failed_attempts_count(deepseek: unillm.Provider, fake: FakeProvider) -> None:
    fake.enqueue(faults.get("cut-in-body"), "Hi")
    with unillm.Client(providers=[deepseek]) as client, task("all") as spent:
        asked = lm("deepseek-v4-pro", client)
        asked("Hi")
    entry = asked.history[-1]
    assert len(entry["response"].provider_data["unillm"]["attempts"]) == 2
    assert entry["cost_details"]["kind"] == spent.cost.state


def test_a_task_goes_along_into_threads(configured: UnillmLM, fake: FakeProvider) -> None:
    module = dspy.Predict(ASK)
    pairs = [(module, dspy.Example(question=f"{n}?").with_inputs("question")) for n in range(6)]
    fake.enqueue(*(answer(answer="yes") for _ in pairs))
    tracking = dspy.track_usage()
    with unillm.task("plain") as plain, task("carried", tags={"a": "b"}) as spent, tracking as used:
        dspy.Parallel(num_threads=3, disable_progress_bar=True)(pairs)
    assert len(spent.operations) == 6
    assert [record.scope.tags for record in spent.operations] == [{"a": "b"}] * 6
    # DSPy's threads know nothing of the one, and copy the other.
    assert (plain.operations, used.get_total_tokens()) == ((), {})
    assert spent.cost.total == sum(Decimal(str(e["cost"])) for e in configured.history)


def test_an_evaluation_is_added_up(configured: UnillmLM, fake: FakeProvider) -> None:
    examples = [dspy.Example(question=f"{n}?", answer="yes").with_inputs("question") for n in "ab"]
    fake.enqueue(*(answer(answer="yes") for _ in examples))
    scored = dspy.Evaluate(
        devset=examples, metric=dspy.evaluate.answer_exact_match, num_threads=2,
        display_progress=False,
    )  # fmt: skip
    with task("evaluation") as spent:
        assert scored(dspy.Predict(ASK)).score == 100
    assert len(spent.operations) == 2


def test_tasks_nest_and_count_once(configured: UnillmLM, fake: FakeProvider) -> None:
    fake.enqueue(*(answer(answer="yes") for _ in range(3)))

    async def asked() -> None:
        await dspy.Predict(ASK).acall(question="third")

    with task("outer", tags={"who": "outer"}) as outer:
        dspy.Predict(ASK)(question="first")
        with task("inner", tags={"who": "inner"}) as inner:
            dspy.Predict(ASK)(question="second")
            asyncio.run(asked())
    assert (len(outer.operations), len(inner.operations)) == (3, 2)
    assert [record.scope.tags["who"] for record in inner.operations] == ["inner", "inner"]
