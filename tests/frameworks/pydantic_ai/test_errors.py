"""What goes wrong: pydantic-ai's class, unillm's error behind it, and one operation."""

import asyncio

import pytest
from pydantic_ai import Agent, BinaryContent, UserError
from pydantic_ai import exceptions as theirs
from pydantic_ai.models.fallback import FallbackModel

import unillm
from tests.frameworks.conftest import MODEL
from tests.frameworks.pydantic_ai.test_answers import BOTH, agent, run
from unillm import errors
from unillm.integrations.pydantic_ai import UnillmModel
from unillm.integrations.pydantic_ai.errors import translation
from unillm.testing import Answer, FakeCall, faults

STATUSES = [
    ("status-429", theirs.ModelRateLimitError, unillm.RateLimitError, 2),
    ("status-429-quota", theirs.ModelQuotaExceededError, unillm.InsufficientBalanceError, 1),
    ("status-400", theirs.ModelRequestRejectedError, unillm.BadRequestError, 1),
    (
        "status-400-context-length",
        theirs.ModelContextWindowExceededError,
        unillm.ContextLengthError,
        1,
    ),
    ("status-401", theirs.ModelAuthenticationError, unillm.AuthenticationError, 1),
    ("status-402", theirs.ModelQuotaExceededError, unillm.InsufficientBalanceError, 1),
    ("status-404-model", theirs.ModelNotFoundError, unillm.ModelNotFoundError, 1),
    ("status-500", theirs.ModelServerError, unillm.ServerError, 2),
    ("status-503", theirs.ModelOverloadedError, unillm.OverloadedError, 2),
]


@BOTH
@pytest.mark.parametrize("case", STATUSES, ids=lambda case: case[0])
def test_a_status(model, fake, records, stream, case):
    fault, category, cause, sent = case
    fake.enqueue(*[faults.get(fault)] * sent)
    with pytest.raises(category) as caught:
        run(Agent(model), "Hi", stream=stream)
    error = caught.value
    assert isinstance(error, theirs.ModelHTTPError)
    assert error.status_code == int(fault.split("-")[1])
    assert error.model_name == MODEL
    assert type(error.__cause__) is cause
    assert len(error.__cause__.attempts) == sent
    # What unillm sends again it sends by itself: pydantic-ai makes one operation of it.
    assert (len(records), len(fake.requests)) == (1, sent)


def test_how_long_to_wait_is_told(model, fake):
    fake.enqueue(faults.get("status-429-retry-after-long"))
    with pytest.raises(theirs.ModelRateLimitError) as caught:
        run(Agent(model), "Hi", stream=False)
    assert caught.value.retry_after == caught.value.__cause__.retry_after > 8
    assert len(fake.requests) == 1


@BOTH
def test_the_retries_of_a_setting(model, fake, records, stream):
    fake.enqueue(*[faults.get("status-500")] * 5)
    for retries in (0, 2):
        with pytest.raises(theirs.ModelServerError):
            run(Agent(model), "Hi", stream=stream, model_settings={"max_retries": retries})
    assert [len(record.attempts) for record in records] == [1, 3]


@BOTH
@pytest.mark.parametrize("fault", ["cut-in-text", "cut-before-event", "eof-in-text"])
def test_what_is_cut_raises(model, fake, records, stream, fault):
    fake.enqueue(*[faults.get(fault if stream else "cut-in-body")] * 2)
    with pytest.raises(theirs.ModelConnectionError) as caught:
        run(Agent(model), "Hi", stream=stream)
    assert isinstance(caught.value.__cause__, unillm.IncompleteStreamError)
    assert caught.value.phase == "read"
    assert caught.value.in_stream is (caught.value.__cause__.partial is not None)
    assert len(records) == 1


@BOTH
def test_a_cut_call_is_not_executed(model, fake, stream):
    fake.enqueue(*[faults.get("cut-in-arguments")] * 2)
    calls = []
    with pytest.raises(theirs.ModelConnectionError):
        run(agent(model, calls), "Weather in Paris?", stream=stream)
    assert calls == []


@BOTH
def test_a_call_cut_by_the_length_is_not_executed(model, fake, stream):
    cut = FakeCall("weather", '{"city": "Par')
    fake.enqueue(*[Answer(tool_calls=[cut], finish_reason="length", reasoning="…")] * 2)
    calls = []
    with pytest.raises(theirs.IncompleteToolCall):
        run(agent(model, calls), "Weather in Paris?", stream=stream)
    assert len(fake.requests) == 2  # pydantic-ai tells the model once
    assert calls == []


@BOTH
def test_nobody_listens(records, stream):
    nobody = unillm.Provider("box", base_url="http://127.0.0.1:9/v1")
    retry = unillm.RetryPolicy(max_attempts=2, first_wait=0.001)
    client = unillm.AsyncClient(providers=[nobody], retry=retry, observers=[records.append])
    with pytest.raises(theirs.ModelConnectionError) as caught:
        run(Agent(UnillmModel("box:m", client=client)), "Hi", stream=stream)
    assert isinstance(caught.value.__cause__, unillm.ConnectError)
    assert caught.value.phase == "connect"
    assert [len(record.attempts) for record in records] == [2]


@BOTH
def test_a_time_limit(model, fake, stream):
    fake.enqueue(faults.get("stall-before-head"))
    with pytest.raises(theirs.ModelTimeoutError) as caught:
        run(Agent(model), "Hi", stream=stream, model_settings={"timeout": 0.05})
    assert isinstance(caught.value.__cause__, unillm.DeadlineExceededError)
    assert len(fake.requests) == 1


@BOTH
def test_what_cannot_be_sent(model, fake, stream):
    audio = BinaryContent(b"RIFF", media_type="audio/wav")
    with pytest.raises(UserError, match="audio") as caught:
        run(Agent(model), ["Listen.", audio], stream=stream)
    assert fake.requests == []
    assert isinstance(caught.value.__cause__, unillm.UnsupportedFeatureError)


@BOTH
def test_a_prompt_that_a_filter_refuses(model, fake, stream):
    fake.enqueue(faults.get("status-400-content-filter"))
    with pytest.raises(theirs.ContentFilterError) as caught:
        run(Agent(model), "Hi", stream=stream)
    assert isinstance(caught.value.__cause__, unillm.ContentPolicyError)


@BOTH
def test_a_refusal(fake, stream):
    fake.clear()
    box = unillm.Provider("box", base_url=fake.base_url)
    fake.enqueue(Answer(refusal="I would rather not."))
    model = UnillmModel("box:deepseek-v4-pro", client=unillm.AsyncClient(providers=[box]))
    with pytest.raises(theirs.ContentFilterError) as caught:
        run(Agent(model), "Hi", stream=stream)
    assert "I would rather not." in str(caught.value)


@BOTH
def test_what_is_no_answer(model, fake, stream):
    fake.enqueue(faults.get("html-page"))
    with pytest.raises(theirs.UnexpectedModelBehavior) as caught:
        run(Agent(model), "Hi", stream=stream)
    assert isinstance(caught.value.__cause__, unillm.MalformedResponseError)


def test_another_model_may_take_over(model, fake):
    fake.enqueue(faults.get("status-401"), Answer("Here."))
    other = UnillmModel("deepseek:deepseek-flash", client=model.client)
    result = asyncio.run(Agent(FallbackModel(model, other)).run("Hi"))
    assert result.output == "Here."
    (failed,) = result.response.failed_attempts
    assert failed.model_name == MODEL


def test_a_budget_that_is_spent(model, fake):
    client = model.client.with_options(budget=unillm.Budget("0.0000001"))
    with pytest.raises(theirs.ModelAPIError, match="budget") as caught:
        asyncio.run(Agent(UnillmModel(MODEL, client=client)).run("Hi"))
    assert isinstance(caught.value.__cause__, unillm.BudgetExceededError)
    assert fake.requests == []


def test_a_route_that_is_exhausted_fails_as_its_last_target_did():
    last = unillm.RateLimitError("Slow down", status=429, retry_after=3)
    both = [unillm.ServerError("Oh", status=500), last]
    told = translation(unillm.RouteExhaustedError("All failed", errors=both), "fast")
    assert isinstance(told, theirs.ModelRateLimitError)
    assert (told.retry_after, told.status_code) == (3, 429)


def test_every_error_has_a_class():
    kinds = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, Exception)]
    for kind in kinds:
        error = kind.__new__(kind)
        unillm.UnillmError.__init__(error, "Oh")
        error.status = error.code = error.body = error.retry_after = None
        error.errors = ()
        told = translation(error, MODEL)
        assert isinstance(told, theirs.AgentRunError | UserError), kind
        assert "Oh" in str(told)
    assert len(kinds) > 30
