"""What goes wrong: the class, its cause, and how often somebody was asked."""

import asyncio
import socket
from decimal import Decimal
from typing import Any

import dspy
import pytest
from dspy import lm15
from dspy.utils import exceptions as theirs

import unillm
from unillm.integrations.dspy import AsyncUnillmEngine, UnillmEngine, UnillmLM, lm
from unillm.integrations.dspy.failures import translated
from unillm.testing import Answer, FakeCall, FakeProvider, Raw, faults

ONCE = unillm.RetryPolicy(max_attempts=1)
ASK = "question -> answer"
REQUEST = lm15.Request(model="unillm/deepseek:any", messages=(lm15.Message.user("Hi"),))

FAULTS = [
    ("status-429", theirs.LMRateLimitError, unillm.RateLimitError),
    ("status-429-quota", theirs.LMBillingError, unillm.InsufficientBalanceError),
    ("status-400", theirs.LMInvalidRequestError, unillm.BadRequestError),
    (
        "status-400-context-length",
        theirs.ContextWindowExceededError,
        unillm.ContextLengthError,
    ),
    ("status-401", theirs.LMAuthError, unillm.AuthenticationError),
    ("status-402", theirs.LMBillingError, unillm.InsufficientBalanceError),
    ("status-404-model", theirs.LMUnsupportedModelError, unillm.ModelNotFoundError),
    ("status-500", theirs.LMServerError, unillm.ServerError),
    ("status-503", theirs.LMServerError, unillm.OverloadedError),
    ("html-page", theirs.LMProviderError, unillm.MalformedResponseError),
    ("cut-in-body", theirs.LMStreamAssemblyError, unillm.IncompleteStreamError),
]


@pytest.fixture
def once(deepseek: unillm.Provider) -> Any:
    """An LM whose client asks once."""
    client = unillm.Client(providers=[deepseek], retry=ONCE)
    twin = unillm.AsyncClient(providers=[deepseek], retry=ONCE)
    with client:
        yield lm("deepseek:deepseek-v4-pro", client, twin)


def asked(model: UnillmLM) -> object:
    with dspy.context(lm=model):
        return dspy.Predict(ASK)(question="?")


def awaited(model: UnillmLM) -> object:
    with dspy.context(lm=model):
        return asyncio.run(dspy.Predict(ASK).acall(question="?"))


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row[0])
@pytest.mark.parametrize("ask", [asked, awaited])
def test_what_failed_is_dspys_error(ask, row, once: UnillmLM, fake: FakeProvider) -> None:
    fault, kind, cause = row
    fake.enqueue(faults.get(fault))
    with pytest.raises(kind) as caught:
        ask(once)
    error: Any = caught.value
    assert type(error) is kind
    assert isinstance(error.__cause__, lm15.LM15Error)
    assert type(ours(error)) is cause
    assert (error.provider, len(ours(error).attempts)) == ("deepseek", 1)
    assert "To fix" not in str(error)
    assert len(fake.requests) == 1


def ours(error: BaseException) -> Any:
    """Return unillm's error, the cause of the cause."""
    assert error.__cause__ is not None
    return error.__cause__.__cause__


def test_retries_are_the_clients_and_do_not_multiply(
    deepseek: unillm.Provider, fake: FakeProvider
) -> None:
    fake.enqueue(*[faults.get("status-429-retry-after-ms")] * 9)
    retry = unillm.RetryPolicy(max_attempts=2)
    client = unillm.Client(providers=[deepseek], retry=retry)
    with client, pytest.raises(theirs.LMRateLimitError) as caught:
        lm("deepseek-v4-pro", client)("Hi")
    assert len(ours(caught.value).attempts) == 2
    assert len(fake.requests) == 2


def test_an_lm_by_hand_multiplies_them(deepseek: unillm.Provider, fake: FakeProvider) -> None:
    body = b'{"error": {"message": "Slow down.", "code": "rate_limit_exceeded"}}'
    busy = Raw(status=429, headers={"retry-after": "0"}, segments=[body])
    fake.enqueue(*[busy] * 9)
    with unillm.Client(providers=[deepseek], retry=ONCE) as client:
        plain = dspy.LM("unillm/deepseek-v4-pro", engine=UnillmEngine(client))
        with pytest.raises(theirs.LMRateLimitError):
            plain("Hi")
    assert len(fake.requests) == 1 + 3  # DSPy's default, which `lm` sets to 0


def test_nobody_is_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        provider = unillm.Provider("deepseek", base_url=url, api_key="test")
        client = unillm.Client(providers=[provider], retry=ONCE)
        with client, pytest.raises(theirs.LMTransportError) as caught:
            lm("deepseek:deepseek-v4-pro", client)("Hi")
    assert isinstance(ours(caught.value), unillm.ConnectError)


def test_a_call_that_cannot_be_read_is_never_made(once: UnillmLM, fake: FakeProvider) -> None:
    made: list[str] = []

    def get_weather(city: str) -> str:
        """Look up the weather."""
        made.append(city)
        return "sunny"

    fake.enqueue(Answer(tool_calls=[FakeCall("get_weather", '{"city": "Par')]))
    adapter = dspy.ChatAdapter(use_native_function_calling=True)
    agent = dspy.ReActV2(ASK, tools=[get_weather])
    with (
        dspy.context(lm=once, adapter=adapter),
        dspy.track_usage() as tracker,
        pytest.raises(theirs.LMStreamAssemblyError) as caught,
    ):
        agent(question="?")
    assert isinstance(ours(caught.value), unillm.ToolArgumentsError)
    assert (made, len(fake.requests)) == ([], 1)
    assert tracker.get_total_tokens()[once.model]["total_tokens"] > 0  # it was billed


def test_what_cannot_be_done_is_said_before_it_is_sent(once: UnillmLM, fake: FakeProvider) -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
    with pytest.raises(theirs.LMUnsupportedFeatureError, match="json_schema"):
        once("Hi", response_format=schema)
    with pytest.raises(theirs.LMUnsupportedFeatureError):
        once("Hi", nonsense=1)
    assert fake.requests == []


def test_a_budget_is_a_matter_of_billing(deepseek: unillm.Provider, fake: FakeProvider) -> None:
    budget = unillm.Budget(Decimal("0.0000001"))
    client = unillm.Client(providers=[deepseek], budget=budget)
    with client, pytest.raises(theirs.LMBillingError) as caught:
        lm("deepseek:deepseek-v4-pro", client)("Hi")
    assert isinstance(ours(caught.value), unillm.BudgetExceededError)
    assert fake.requests == []


def test_a_route_that_failed_is_what_its_last_target_failed_with(
    deepseek: unillm.Provider, fake: FakeProvider
) -> None:
    fake.enqueue(faults.get("status-500"), faults.get("status-429-quota"))
    targets = ["deepseek:deepseek-v4-pro", "deepseek:deepseek-flash"]
    with (
        unillm.Client(
            providers=[deepseek], routes={"work": targets}, retry=unillm.RetryPolicy(max_attempts=2)
        ) as client,
        pytest.raises(theirs.LMBillingError) as caught,
    ):
        lm("route:work", client)("Hi")
    found = ours(caught.value)
    assert isinstance(found, unillm.RouteExhaustedError)
    assert len(found.errors) == len(fake.requests) == 2


def kinds(kind: type[unillm.UnillmError]) -> set[type[unillm.UnillmError]]:
    return {kind}.union(*(kinds(one) for one in kind.__subclasses__()))


@pytest.mark.parametrize("kind", sorted(kinds(unillm.UnillmError), key=lambda one: one.__name__))
def test_every_error_has_one_of_theirs(kind: type[unillm.UnillmError]) -> None:
    error = kind.__new__(kind)
    unillm.UnillmError.__init__(error, "No.", provider="box", request_id="r")
    if isinstance(error, unillm.RouteExhaustedError):
        error.errors = (unillm.ServerError("No."),)
    made = translated(error, REQUEST)
    assert isinstance(made, lm15.LM15Error)
    assert "No." in made.message


def test_an_error_says_how_long_to_wait(once: UnillmLM, fake: FakeProvider) -> None:
    fake.enqueue(faults.get("status-429-retry-after-long"))
    with pytest.raises(theirs.LMRateLimitError) as caught:
        once("Hi")
    assert caught.value.retry_after == 3600


def test_a_client_alone_is_not_awaited(client: unillm.Client, fake: FakeProvider) -> None:
    with pytest.raises(theirs.LMUnsupportedFeatureError, match="async"):
        asyncio.run(lm("deepseek-v4-pro", client).acall("Hi"))
    assert fake.requests == []


def test_an_async_client_alone_is_refused(async_client: unillm.AsyncClient) -> None:
    with pytest.raises(unillm.InvalidRequestError, match="client too"):
        lm("deepseek-v4-pro", async_client=async_client)


def test_what_is_saved_has_no_client_in_it(
    model: UnillmLM, monkeypatch: pytest.MonkeyPatch, fake: FakeProvider
) -> None:
    with pytest.raises(TypeError, match="handed in"):
        model.dump_state()
    monkeypatch.setenv("DEEPSEEK_API_KEY", "secret")
    monkeypatch.setenv("DEEPSEEK_BASE_URL", fake.base_url)
    state = lm("deepseek:deepseek-v4-pro", temperature=0.5).dump_state()
    assert "secret" not in str(state)
    loaded = dspy.BaseLM.load_state(state, allow_custom_lm_class=True)
    assert isinstance(loaded, UnillmLM)
    assert (loaded.num_retries, loaded.kwargs["temperature"]) == (0, 0.5)
    assert loaded("Hi")[0]["text"] == "You said: Hi"
    for engine in (loaded.engine, UnillmEngine()):
        engine.close()
    asyncio.run(AsyncUnillmEngine().aclose())
