"""What was said is told only where that is asked for, in the shape of the conventions."""

# pyright: reportOptionalMemberAccess=false, reportOptionalSubscript=false

import json
import logging
from types import SimpleNamespace
from typing import Any

import pytest

import unillm
from tests.client.ways import KEY, read_all
from unillm.telemetry.content import content_of
from unillm.testing import Answer, FakeCall, faults

CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
NAMES = {"gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.tool.definitions"}
PNG = "data:image/png;base64,iVBORw0KGgo="


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def conversation():
    call = unillm.ToolCall("c1", "add", {"a": 1, "b": 2})
    return [
        unillm.SystemMessage("Be brief."),
        unillm.UserMessage((unillm.TextPart("What is this?"), unillm.ImagePart(PNG))),
        unillm.AssistantMessage("Let me add.", reasoning="Hm.", tool_calls=(call,)),
        unillm.ToolMessage("c1", "3"),
        unillm.UserMessage((unillm.TextPart("And?"), unillm.ImagePart("https://x.example/a.png"))),
    ]


def options_of(fake, heard, **options):
    server = unillm.Provider("box", base_url=fake.base_url, api_key=KEY)
    return {"providers": [server], "model": "box:m", "telemetry": heard.telemetry(), **options}


def events(heard):
    return [one.log_record for one in heard.log.get_finished_logs()]


CASES = {
    "": (False, False),
    "false": (False, False),
    "NO_CONTENT": (False, False),
    "true": (True, False),
    "SPAN_ONLY": (True, False),
    "event_only": (False, True),
    "SPAN_AND_EVENT": (True, True),
}


@pytest.mark.parametrize("said", CASES, ids=lambda said: said or "unset")
async def test_the_environment_says_where_content_goes(way, fake, heard, monkeypatch, said):
    monkeypatch.setenv(CAPTURE, said)
    on_span, as_event = CASES[said]
    async with way.client(fake, **options_of(fake, heard)) as client:
        await client.chat("a-prompt", tools=[add], tool_choice="none")
    (whole,) = heard.spans("chat ")
    assert NAMES & whole.attributes.keys() == (NAMES if on_span else set())
    assert len(events(heard)) == as_event
    everything = str([dict(s.attributes) for s in heard.spans()]) + str(heard.metrics())
    assert ("a-prompt" in everything) == on_span


def test_a_value_that_is_not_known_tells_nothing(monkeypatch, caplog):
    monkeypatch.setenv(CAPTURE, "everything")
    with caplog.at_level(logging.WARNING, "unillm"):
        assert unillm.Telemetry().content == "none"
    assert [r.message for r in caplog.records] == [
        f"{CAPTURE}='everything' is not known, and no content is recorded"
    ]


async def test_messages_have_the_shape_of_the_conventions(way, fake, heard):
    fake.enqueue(
        Answer("Done", reasoning="I think", tool_calls=[FakeCall("add", {"a": 1, "b": 2})])
    )
    options = options_of(fake, heard, telemetry=heard.telemetry(content="span"))
    async with way.client(fake, **options) as client:
        await client.chat(conversation(), tools=[add])
    (whole,) = heard.spans("chat ")
    assert json.loads(whole.attributes["gen_ai.input.messages"]) == [
        {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
        {
            "role": "user",
            "parts": [
                {"type": "text", "content": "What is this?"},
                {"type": "blob", "modality": "image", "mime_type": "image/png", "content": ""},
            ],
        },
        {
            "role": "assistant",
            "parts": [
                {"type": "reasoning", "content": "Hm."},
                {"type": "text", "content": "Let me add."},
                {"type": "tool_call", "id": "c1", "name": "add", "arguments": {"a": 1, "b": 2}},
            ],
        },
        {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": "c1", "response": "3"}],
        },
        {
            "role": "user",
            "parts": [
                {"type": "text", "content": "And?"},
                {"type": "uri", "modality": "image", "uri": "https://x.example/a.png"},
            ],
        },
    ]
    (said,) = json.loads(whole.attributes["gen_ai.output.messages"])
    assert said["role"] == "assistant"
    assert said["finish_reason"] == "tool_call"
    assert [part["type"] for part in said["parts"]] == ["reasoning", "text", "tool_call"]
    (tool,) = json.loads(whole.attributes["gen_ai.tool.definitions"])
    assert (tool["type"], tool["name"], tool["description"]) == (
        "function",
        "add",
        "Add two numbers.",
    )
    assert tool["parameters"]["required"] == ["a", "b"]


async def test_an_event_has_structure_and_belongs_to_its_span(way, fake, heard):
    options = options_of(fake, heard, telemetry=heard.telemetry(content="event"))
    async with way.client(fake, **options) as client, client.stream("Hi") as stream:
        await read_all(stream)
    (event,) = events(heard)
    (whole,) = heard.spans("chat ")
    assert event.event_name == "gen_ai.client.inference.operation.details"
    assert event.severity_number.name == "DEBUG"
    assert (event.trace_id, event.span_id) == (whole.context.trace_id, whole.context.span_id)
    (asked,) = event.attributes["gen_ai.input.messages"]
    assert asked["role"] == "user"
    assert asked["parts"][0]["content"] == "Hi"
    assert event.attributes["gen_ai.request.model"] == "m"
    assert event.attributes["gen_ai.usage.input_tokens"] == 1


async def test_the_latest_draft_has_no_reason_in_the_message(way, fake, heard):
    telemetry = heard.telemetry(content="span", conventions="latest")
    async with way.client(fake, **options_of(fake, heard, telemetry=telemetry)) as client:
        await client.chat("Hi")
    (whole,) = heard.spans("chat ")
    (said,) = json.loads(whole.attributes["gen_ai.output.messages"])
    assert "finish_reason" not in said
    assert whole.attributes["gen_ai.response.finish_reasons"] == ("stop",)


async def test_of_an_answer_that_was_cut_there_is_what_came(way, fake, heard):
    fake.enqueue(faults.get("cut-in-text"))
    options = options_of(fake, heard, telemetry=heard.telemetry(content="span"))
    async with way.client(fake, **options, retry=unillm.RetryPolicy(max_attempts=1)) as client:
        with pytest.raises(unillm.IncompleteStreamError) as caught:
            async with client.stream("Hi") as stream:
                await read_all(stream)
    (whole,) = heard.spans("chat ")
    (said,) = json.loads(whole.attributes["gen_ai.output.messages"])
    assert said["parts"] == [{"type": "text", "content": caught.value.partial.text}]
    assert said["finish_reason"] == "error"


async def test_parts_of_every_kind_are_told_without_their_bytes(way, fake, heard):
    document = unillm.FilePart("data:application/pdf;base64,JVBERi0xLjQK", filename="a.pdf")
    raw: dict = {"type": "input_audio", "input_audio": {"data": "the-bytes", "format": "wav"}}
    said = unillm.UserMessage((document, unillm.RawPart(raw)), name="ann")
    fake.enqueue(Answer("", refusal="No."))
    options = options_of(fake, heard, telemetry=heard.telemetry(content="span"))
    async with way.client(fake, **options) as client:
        await client.chat([said, unillm.AssistantMessage("Well", refusal="No."), said])
    (whole,) = heard.spans("chat ")
    first, answer, _ = json.loads(whole.attributes["gen_ai.input.messages"])
    assert first["name"] == "ann"
    assert [(part["type"], part.get("mime_type")) for part in first["parts"]] == [
        ("blob", "application/pdf"),
        ("input_audio", None),
    ]
    assert answer["parts"][-1] == {"type": "refusal", "content": "No."}
    told = str(dict(whole.attributes))
    assert "the-bytes" not in told
    assert "JVBERi" not in told


def test_what_is_sent_in_no_chat_is_told_by_its_kind():
    """Files by their id and tools of a provider's own: their settings may hold secrets."""
    request = unillm.ChatRequest(
        messages=(unillm.UserMessage((unillm.FilePart(file_id="file-1"),)),),
        hosted_tools=({"type": "mcp", "authorization": "a-token"}, {"type": "web_search"}),
    )
    record: Any = SimpleNamespace(request=request, response=None)
    told = content_of(record, "published")
    assert json.loads(told["gen_ai.input.messages"])[0]["parts"] == [
        {"type": "file", "modality": "document", "file_id": "file-1"}
    ]
    assert json.loads(told["gen_ai.tool.definitions"]) == [
        {"type": "mcp", "name": "mcp"},
        {"type": "web_search", "name": "web_search"},
    ]
    assert "gen_ai.output.messages" not in told
