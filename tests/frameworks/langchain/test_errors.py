"""Errors: LangChain's classes and unillm's at once, and one owner of retries."""

from __future__ import annotations

import asyncio
import pickle
import socket

import langchain_core.exceptions as theirs
import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import ModelRetryMiddleware

import unillm
from unillm.integrations.langchain import ChatUnillm
from unillm.testing import faults

MODEL = "deepseek:deepseek-v4-pro"

CASES = {
    "status-401": (unillm.AuthenticationError, theirs.ModelAuthenticationError, 1),
    "status-403": (unillm.PermissionDeniedError, theirs.ModelPermissionDeniedError, 1),
    "status-400": (unillm.BadRequestError, theirs.ModelInvalidRequestError, 1),
    "status-400-context-length": (unillm.ContextLengthError, theirs.ContextOverflowError, 1),
    "status-404-model": (unillm.ModelNotFoundError, theirs.ModelNotFoundError, 1),
    "status-402": (unillm.InsufficientBalanceError, theirs.ModelError, 1),
    "status-429": (unillm.RateLimitError, theirs.ModelRateLimitError, 2),
    "status-500": (unillm.ServerError, theirs.ModelAPIError, 2),
    "status-503": (unillm.OverloadedError, theirs.ModelAPIError, 2),
    "cut-in-text": (unillm.IncompleteStreamError, theirs.ModelConnectionError, None),
}
"""What each is for both, and how many requests two attempts make of it."""


def model(client: unillm.Client, **given) -> ChatUnillm:
    quick = unillm.RetryPolicy(max_attempts=2, first_wait=0.001)
    return ChatUnillm(model=MODEL, client=client, model_kwargs={"retry": quick}, **given)


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("name", CASES)
def test_an_error_is_of_both(client, fake, name, streamed) -> None:
    ours, their, sent = CASES[name]
    fake.enqueue(*[faults.get(name)] * 2)
    chat = model(client)
    with pytest.raises(their) as caught:
        _ = list(chat.stream("Hi")) if streamed else chat.invoke("Hi")
    error = caught.value
    assert isinstance(error, ours)
    assert isinstance(error, theirs.ModelError)
    assert type(error.__cause__) is ours
    assert str(error) == str(error.__cause__)
    assert error.is_retryable == error.retryable == error.__cause__.retryable
    assert error.attempts == error.__cause__.attempts
    if sent is not None:
        assert len(fake.requests) == len(error.attempts) == sent


def test_a_stream_that_was_cut_keeps_what_came(client, fake) -> None:
    fake.enqueue(faults.get("cut-in-text"))
    shown = []
    with pytest.raises(unillm.IncompleteStreamError) as caught:
        shown.extend(model(client).stream("Hi"))
    text = "".join(chunk.text for chunk in shown)
    assert text
    assert caught.value.partial.text == text
    assert len(fake.requests) == 1  # what was shown is not asked for again


@pytest.mark.parametrize("asynchronous", [False, True])
def test_nobody_listens(asynchronous) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        chat = ChatUnillm(model=MODEL, api_key="k", base_url=url, max_retries=0)
        with pytest.raises(theirs.ModelConnectionError) as caught:
            _ = asyncio.run(chat.ainvoke("Hi")) if asynchronous else chat.invoke("Hi")
    assert isinstance(caught.value, unillm.ConnectError)
    assert len(caught.value.attempts) == 1


def test_max_retries_are_unillms(client, fake) -> None:
    fake.enqueue(*[faults.get("status-503")] * 5)
    with pytest.raises(unillm.OverloadedError):
        ChatUnillm(model=MODEL, client=client, max_retries=0).invoke("Hi")
    assert len(fake.requests) == 1


def test_an_agent_adds_no_retries(client, fake) -> None:
    fake.enqueue(*[faults.get("status-429")] * 6)
    agent = create_agent(model(client), tools=[])
    with pytest.raises(theirs.ModelRateLimitError):
        agent.invoke({"messages": [("user", "Hi")]})
    assert len(fake.requests) == 2


def test_langchains_middleware_retries_what_unillm_calls_retryable(client, fake) -> None:
    fake.enqueue(faults.get("status-400"), faults.get("status-503"))
    again = ModelRetryMiddleware(max_retries=1, initial_delay=0, jitter=False, on_failure="error")
    agent = create_agent(model(client, max_retries=None), tools=[], middleware=[again])
    with pytest.raises(theirs.ModelInvalidRequestError):
        agent.invoke({"messages": [("user", "Hi")]})
    assert len(fake.requests) == 1
    one = ChatUnillm(model=MODEL, client=client, max_retries=0)
    agent = create_agent(one, tools=[], middleware=[again])
    assert agent.invoke({"messages": [("user", "Hi")]})["messages"][-1].text == "You said: Hi"
    assert len(fake.requests) == 3


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"temprature": 1}, "temprature"),
        ({"seed": "one"}, "seed"),
        ({"max_tokens": 0}, "max_tokens"),
    ],
)
def test_what_a_call_cannot_mean_is_refused(client, fake, given, match) -> None:
    with pytest.raises(theirs.ModelInvalidRequestError, match=match) as caught:
        model(client).invoke("Hi", **given)
    assert isinstance(caught.value, ValueError)
    assert fake.requests == []


def test_an_error_survives_being_pickled(client, fake) -> None:
    fake.enqueue(faults.get("status-401"))
    with pytest.raises(unillm.AuthenticationError) as caught:
        model(client).invoke("Hi")
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is type(caught.value)
    assert again.attempts == caught.value.attempts
    assert str(again) == str(caught.value)


def test_fallbacks_of_langchain_take_over(client, fake) -> None:
    fake.enqueue(faults.get("status-401"), "Here.")
    chat = model(client).with_fallbacks([model(client)])
    assert chat.invoke("Hi").text == "Here."
