# pyright: reportArgumentType=false, reportCallIssue=false
"""What would be sent as something else than was meant is refused, and says what is meant."""

import httpx
import pydantic
import pytest

import unillm
from unillm import InvalidRequestError, UserMessage
from unillm.testing import AsyncFakeTransport, FakeTransport
from unillm.types.inputs import messages_from
from unillm.types.settings import checked

LOOK = unillm.ToolCall("1", "look", {"city": "Paris"})


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"role": "tool", "tool_call_id": "1", "content": ["a"]}, "gives a list as the result"),
        (unillm.ToolMessage(LOOK, "x"), "tool_call_id.* a string. Pass call.id."),
        (unillm.ToolMessage(None, "x"), "tool_call_id.* a string"),
        (UserMessage((unillm.ImagePart("x.png"),)), r"content\[0\] needs an https: or data: URL"),
        (UserMessage((unillm.ImagePart(b"\x89PNG"),)), "ImagePart.from_bytes"),
        ({"role": "user", "content": [unillm.ImagePart("x.png")]}, "ImagePart.from_bytes"),
    ],
)
def test_what_would_be_sent_as_something_else_is_refused(message, said):
    with pytest.raises(InvalidRequestError, match=said):
        messages_from([message])


@pytest.mark.parametrize("result", [[{"city": "Paris"}], ["a", "b"], [], [1, 2]], ids=range(4))
def test_a_list_that_may_be_a_value_is_no_result(result):
    with pytest.raises(InvalidRequestError, match=r"gives a list as the result.*json\.dumps"):
        unillm.ToolMessage("1", result)


def test_parts_that_say_their_type_are_a_result():
    parts = [{"type": "text", "text": "a"}, unillm.TextPart("b"), {"type": "file", "file": {}}]
    (message,) = messages_from([unillm.ToolMessage("1", parts)])
    assert message.content == (
        unillm.TextPart("a"),
        unillm.TextPart("b"),
        unillm.RawPart({"type": "file", "file": {}}),
    )


@pytest.mark.parametrize("given", [("image/png", b"x"), (b"x", "png"), ("x", "image/png")])
def test_an_image_of_bytes_wants_bytes_and_a_type(given):
    with pytest.raises(InvalidRequestError, match="bytes and a media type"):
        unillm.ImagePart.from_bytes(*given)


def test_fields_of_other_sdks_are_pointed_out():
    usage = unillm.Usage(input_tokens=1, output_tokens=2)
    message = unillm.AssistantMessage("Hi")
    response = unillm.ChatResponse(message=message, finish_reason="stop", provider="p", model="m")
    box = unillm.Provider("box", base_url="http://box.example/v1")
    client = unillm.Client(providers=[box], transport=FakeTransport(), model="box:any")
    run = client.run("Hi")
    for value, name, said in [
        (response, "choices", "use .text"),
        (response, "content", "use .text"),
        (response, "model_dump", r"use \.to_dict\(\)"),
        (run, "data", "use .output with output=…, else .text"),
        (run, "finish_reason", "use .turns"),
        (run, "unknown", "no attribute 'unknown'$"),
        (unillm.Row(index=0, input="Hi", response=response), "text", "use .response.text"),
        (client, "responses", r"'Client' object .* use client\.chat"),
        (client, "batch", r"use client\.map"),
        (unillm.AsyncClient(providers=[box]), "invoke", r"'AsyncClient' object .* client\.chat"),
        (client.stream("Hi"), "text", "use .partial.text"),
        (client.stream("Hi", output=int), "output", "use .response.output"),
        (client.run_stream("Hi"), "output", "use .result.output"),
        (usage, "prompt_tokens", "use .input_tokens"),
        (usage, "unknown", "no attribute 'unknown'$"),
    ]:
        assert not hasattr(value, name)
        with pytest.raises(AttributeError, match=said):
            getattr(value, name)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("proxy", "http_client=httpx.Client"),
        ("verify", "http_client=httpx.Client"),
        ("modell", "did you mean model"),
        ("max_iterations", r"did you mean max_turns=… of client\.run"),
        ("tool_timeout", r"did you mean tool_timeout=… of client\.run"),
        ("n_jobs", r"did you mean concurrency=… of client\.map"),
        ("checkpoint", r"did you mean checkpoint=… of client\.map"),
        ("result_type", r"did you mean output=… of client\.parse"),
        ("top_k", r"^unknown setting 'top_k'\. A field of the provider's own goes into extra_body"),
    ],
)
def test_an_unknown_setting_is_told_what_may_be_meant(name, said):
    with pytest.raises(InvalidRequestError, match=said):
        checked({name: "x"})


def test_a_format_that_is_a_class_or_misses_its_schema_is_told_how_it_is_written():
    class City(pydantic.BaseModel):
        name: str

    with pytest.raises(InvalidRequestError, match=r"'schema': City\.model_json_schema\(\)"):
        checked({"response_format": City})
    for inner in ({}, {"schema": {}}, {"json_schema": {"name": "x"}}, {"json_schema": 3}):
        with pytest.raises(InvalidRequestError, match=r"must be \{'type': 'json_schema'"):
            checked({"response_format": {"type": "json_schema", **inner}})


def test_a_provider_shows_neither_credentials_nor_query():
    shown = repr(unillm.Provider("x", base_url="http://u:pass@h:1/v1?key=abc", api_key="k"))
    assert shown == "Provider('x', base_url='http://h:1/v1')"


def test_a_response_shows_the_calls_it_refused():
    message = unillm.AssistantMessage()
    bad = unillm.InvalidToolCall("1", "look", raw="{", reason="cut")
    response = unillm.ChatResponse(
        message=message, finish_reason="stop", provider="p", model="m", invalid_tool_calls=(bad,)
    )
    assert "invalid_tool_calls=['look']" in repr(response)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (unillm.AssistantMessage(None, tool_calls=({"id": "1"},)), "must be a tuple of ToolCall"),
        (unillm.AssistantMessage(None, tool_calls="x"), "must be a tuple of ToolCall"),
        (unillm.AssistantMessage(None, tool_calls=LOOK), "must be a tuple of ToolCall"),
        (unillm.AssistantMessage("x", reasoning_field=["a"]), "reasoning_field must be a string"),
        (unillm.AssistantMessage("x", reasoning=5), "reasoning must be a string"),
        (UserMessage("x", extra="abc"), "extra must be a dict"),
        (UserMessage("x", extra=5), "extra must be a dict"),
        (UserMessage("x", name=5), "name must be a string"),
    ],
)
def test_a_message_with_fields_of_the_wrong_type_is_refused(message, said):
    with pytest.raises(InvalidRequestError, match=said):
        messages_from([message])


@pytest.mark.parametrize("arguments", [{"x": object()}, {"x": "\ud800"}, {"x": float("nan")}])
def test_arguments_that_are_no_json_are_refused(fake_provider, arguments):
    call = unillm.ToolCall("1", "look", arguments)
    history = [UserMessage("x"), unillm.AssistantMessage(tool_calls=(call,))]
    providers = [unillm.Provider("fake", base_url=fake_provider.base_url)]
    with (
        unillm.Client(providers=providers, model="fake:m") as client,
        pytest.raises(InvalidRequestError),
    ):
        client.chat(history)
    assert fake_provider.requests == []


def test_a_transport_is_of_the_kind_of_its_client():
    with pytest.raises(InvalidRequestError, match=r"AsyncFakeTransport is async.*AsyncClient$"):
        unillm.Client(transport=AsyncFakeTransport())
    with pytest.raises(InvalidRequestError, match=r"^FakeTransport is sync.*or use unillm.Client$"):
        unillm.AsyncClient(transport=FakeTransport())


class Frame:
    """What data frames have in common: looping over one gives its columns."""

    columns = ("prompt", "n")
    shape = (2, 2)

    def __iter__(self):
        return iter(self.columns)


def test_a_data_frame_is_not_asked_by_the_names_of_its_columns():
    box = unillm.Provider("box", base_url="http://box.example/v1")
    fake = FakeTransport()
    client = unillm.Client(providers=[box], transport=fake, model="box:any")
    with pytest.raises(InvalidRequestError, match=r"rows is a Frame.*table\['column'\]"):
        client.map(Frame())
    with pytest.raises(InvalidRequestError, match=r"of type Frame.*table\['column'\]"):
        client.chat(Frame())
    assert fake.requests == []


def test_an_output_under_another_name_is_told_the_right_one():
    client = unillm.Client(transport=FakeTransport())
    with pytest.raises(InvalidRequestError, match=r"'response_model': did you mean client\.parse"):
        client.parse("Hi", response_model=int, model="vllm:any")
    with pytest.raises(InvalidRequestError, match="output=None says nothing"):
        client.parse("Hi", model="vllm:any")


@pytest.mark.parametrize("seconds", [10**400, 1e12, float("inf"), float("nan")])
def test_a_time_that_no_clock_takes_is_refused(seconds):
    with pytest.raises(InvalidRequestError, match="number of seconds"):
        unillm.Timeout(connect=seconds)
    with pytest.raises(InvalidRequestError, match="number of seconds"):
        unillm.RetryPolicy(max_wait=seconds)


@pytest.mark.parametrize("kind", [unillm.Client, unillm.AsyncClient])
@pytest.mark.parametrize(
    "options",
    [{"transport": 5}, {"http_client": httpx.Client}, {"providers": [unillm.Provider(["a"])]}],
    ids=lambda options: next(iter(options)),
)
def test_what_is_no_part_of_a_client_is_refused(kind, options):
    with pytest.raises(InvalidRequestError):
        kind(**options)
