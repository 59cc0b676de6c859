"""Models that are unknown, renamed or switched off: notes, and one warning."""

import asyncio
import json
import subprocess
import sys
import textwrap
import warnings
from datetime import date

import pytest

import unillm
from unillm.catalog import find
from unillm.providers import profile_named
from unillm.providers.standing import standing
from unillm.testing import FakeProvider, Raw

RETIRES = date(2026, 12, 11)
"""When OpenAI switches gpt-5 off."""


def notes_of(name, provider, today=date(2026, 11, 28)):
    return standing(name, profile_named(provider), find(name), today)


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2026, 10, 11), None),
        (date(2026, 10, 12), "will be switched off"),
        (date(2026, 12, 10), "will be switched off"),
        (RETIRES, "was switched off"),
        (date(2030, 1, 1), "was switched off"),
    ],
)
def test_a_model_is_spoken_of_sixty_days_before_its_end(today, said):
    notes = notes_of("gpt-5-2025-08-07", "openai", today)
    assert bool(notes) is (said is not None)
    for note in notes:
        assert note.code == "retired_model"
        assert said in note.message
        assert "gpt-5-2025-08-07" in note.message
        assert "2026-12-11" in note.message
        assert "gpt-6.1-sol" in note.message


def test_a_model_without_a_known_successor_has_none_invented():
    (note,) = notes_of("gpt-5.1", "openai", date(2027, 4, 1))
    assert note.message == "gpt-5.1 was switched off by openai on 2027-04-01."


def test_others_serve_a_model_as_long_as_they_like():
    assert notes_of("gpt-4o", "generic", date(2030, 1, 1)) == ()
    assert notes_of("deepseek/deepseek-chat", "vllm", date(2030, 1, 1)) == ()
    assert notes_of("deepseek-v4-flash", "sglang") == ()


def test_an_older_name_is_told_with_the_new_one():
    (note,) = notes_of("deepseek-v4-flash", "deepseek")
    assert note.code == "renamed_model"
    assert "deepseek-flash" in note.message


@pytest.mark.parametrize("name", ["deepseek-flash", "gpt-5.5-2026-04-23", "gpt-5.6"])
def test_nothing_is_said_of_a_model_in_good_standing(name):
    info = find(name)
    assert info is not None
    assert notes_of(name, info.vendor) == ()


def test_a_model_nobody_knows_is_told_with_those_it_looks_like():
    (note,) = notes_of("gpt-6.3-sol", "openai")
    assert note.code == "unknown_model"
    assert "gpt-6.1-sol" in note.message
    assert "deepseek" not in note.message
    assert notes_of("my-own", "openai")[0].message.endswith("assumed of it.")


@pytest.mark.parametrize("provider", ["generic", "vllm", "sglang", "llamacpp"])
def test_hosts_that_serve_anything_know_every_model(provider):
    assert notes_of("my-own", provider) == ()


@pytest.fixture
def openai():
    with FakeProvider() as fake:
        provider = unillm.Provider("openai", base_url=fake.base_url, api_key="k")
        with unillm.Client(providers=[provider]) as client:
            yield client, fake


@pytest.fixture
def on(monkeypatch):
    def put(day):
        monkeypatch.setattr("unillm._io.clock.today", lambda: day)

    return put


def test_a_warning_stops_a_call_where_warnings_are_errors(openai, on):
    client, fake = openai
    on(RETIRES)
    with pytest.raises(unillm.RetiredModelWarning, match=r"on 2026-12-11\. Ask gpt-6\.1-sol"):
        client.chat("Hi", model="openai:gpt-5")
    assert fake.requests == []


def test_the_answer_says_it_too_and_the_name_is_sent_as_it_was_written(openai, on):
    client, fake = openai
    on(RETIRES)
    with pytest.warns(unillm.RetiredModelWarning):
        response = client.chat("Hi", model="openai:GPT-5")
    assert [note.code for note in response.notes] == ["retired_model"]
    assert fake.requests[0].json["model"] == "GPT-5"
    on(date(2026, 1, 1))
    assert client.chat("Hi", model="openai:gpt-5").notes == ()


def test_one_may_be_silent_about_it(openai, on):
    client, _ = openai
    on(RETIRES)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", unillm.RetiredModelWarning)
        response = client.chat("Hi", model="gpt-5")
    assert response.notes[0].code == "retired_model"


def test_an_unknown_model_is_noted_and_not_warned_of(openai):
    client, _ = openai
    response = client.chat("Hi", model="openai:gpt-7-sol", temperature=1, reasoning_effort="low")
    assert {note.code for note in response.notes} == {"unknown_model", "dropped_setting"}
    assert client.chat("Hi", model="openai:gpt-7-sol", temperature=1).notes == response.notes[:1]


def test_every_setting_that_is_left_out_is_noted(openai):
    client, fake = openai
    response = client.chat("Hi", model="gpt-5.5", temperature=0, top_p=0.5, max_tokens=9)
    assert [note.message.split()[0] for note in response.notes] == ["temperature", "top_p"]
    assert fake.requests[0].json.keys() == {"model", "messages", "max_completion_tokens"}


PROGRAM = """
import unillm
from unillm.testing import FakeProvider, Raw

with FakeProvider(dialect="deepseek") as fake:
    provider = unillm.Provider("deepseek", base_url=fake.base_url, api_key="k")
    with unillm.Client(providers=[provider]) as client:
        for model in ("deepseek-chat", "deepseek-v4-flash", "deepseek-chat", "deepseek-chat"):
            client.chat("Hi", model=model)
    with unillm.Client(providers=[provider]) as another:
        another.chat("Hi", model="deepseek-chat")
"""


def test_a_program_is_warned_once_of_each_model():
    """In a process of its own: pytest has filters of its own."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr.count("RetiredModelWarning: deepseek-chat was switched off") == 1
    assert done.stderr.count("RetiredModelWarning: deepseek-v4-flash is an older name") == 1
    assert done.stderr.count("Warning: ") == 2
    assert done.stderr.count("<string>:9: ") == 2, "it names the caller's line"


def test_a_warning_names_the_callers_line(openai, on):
    client, fake = openai
    on(RETIRES)
    provider = unillm.Provider("openai", base_url=fake.base_url, api_key="k")

    async def ask():
        async with unillm.AsyncClient(providers=[provider]) as another:
            await another.chat("Hi", model="gpt-5")

    with pytest.warns(unillm.RetiredModelWarning) as told:  # noqa: PT031 - three ways to call
        client.chat("Hi", model="gpt-5")
        with client.stream("Hi", model="gpt-5") as stream:
            list(stream)
        asyncio.run(ask())
    assert {warning.filename for warning in told} == {__file__}
    assert len({warning.lineno for warning in told}) == len(told) == 3


@pytest.mark.parametrize(
    ("model", "told", "said"),
    [
        ("gpt-5", (404, unillm.ModelNotFoundError), "was switched off by openai.* Ask gpt-6.1-sol"),
        ("gpt-5", (400, unillm.BadRequestError), "was switched off by openai.* Ask gpt-6.1-sol"),
        ("gpt-5.55", (404, unillm.ModelNotFoundError), "Known are gpt-5.5,"),
        ("gpt-5.55", (400, unillm.BadRequestError), None),
        ("gpt-5", (500, unillm.ServerError), None),
        ("gpt-5.5", (404, unillm.ModelNotFoundError), None),
    ],
)
@pytest.mark.filterwarnings("ignore::unillm.RetiredModelWarning")
def test_a_model_the_host_does_not_know_is_told_with_what_is_known(openai, on, model, told, said):
    client, fake = openai
    on(RETIRES)
    answer, error = told
    body = {"error": {"message": "It failed.", "code": "model_not_found" if answer == 404 else "x"}}
    fake.enqueue(Raw(segments=[json.dumps(body).encode()], status=answer))
    with pytest.raises(error, match=f"It failed.*{said or ''}") as caught:
        client.chat("Hi", model=model, retry=unillm.RetryPolicy(max_attempts=1))
    assert ("Ask" in str(caught.value) or "Known" in str(caught.value)) is (said is not None)
