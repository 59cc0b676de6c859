"""One operation is a span, with its attempts beneath it."""

# pyright: reportOptionalMemberAccess=false

import anyio
import httpx
import pytest
from opentelemetry import context, trace
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import SpanKind, StatusCode

import unillm
from tests.client.ways import KEY, ONCE, QUICK, read_all
from tests.telemetry.listener import Listener, is_under
from unillm.testing import Answer, FakeCall, FakeProvider, faults


def deepseek(fake, **options):
    return [unillm.Provider("deepseek", base_url=fake.base_url, api_key=KEY, **options)]


def options_of(fake, heard, **options):
    known = {"providers": deepseek(fake), "model": "deepseek:deepseek-v4-pro", "retry": QUICK}
    return {**known, "telemetry": heard.telemetry(), **options}


async def test_a_call_is_a_span_and_each_attempt_one_beneath_it(way, fake, heard):
    fake.enqueue(faults.get("status-503"), Answer("Fine"))
    async with way.client(fake, **options_of(fake, heard)) as client:
        await client.chat("Hi", temperature=0, max_tokens=9, stop=["x"], session="s1")
    (whole,) = heard.spans("chat ")
    first, second = heard.spans("attempt ")
    assert whole.name == "chat deepseek-v4-pro"
    assert whole.kind is SpanKind.CLIENT
    assert whole.parent is None
    assert {first.kind, second.kind} == {SpanKind.INTERNAL}
    assert is_under(first, whole)
    assert is_under(second, whole)
    assert whole.start_time <= first.start_time < first.end_time <= second.start_time
    assert second.end_time <= whole.end_time
    told = dict(whole.attributes)
    assert told.pop("unillm.operation.id")
    assert told.pop("server.port") == int(fake.base_url.split(":")[2].split("/")[0])
    assert {k: v for k, v in told.items() if not k.startswith("unillm.cost")} == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "deepseek",
        "gen_ai.conversation.id": "s1",
        "gen_ai.request.model": "deepseek-v4-pro",
        # No temperature: this model takes none, and none is sent.
        "gen_ai.request.max_tokens": 9,
        "gen_ai.request.stop_sequences": ("x",),
        "gen_ai.response.id": "chatcmpl-fake-2",
        "gen_ai.response.model": "deepseek-v4-pro",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 1,
        "gen_ai.usage.output_tokens": 1,
        "gen_ai.usage.cache_read.input_tokens": 0,
        "gen_ai.usage.reasoning.output_tokens": 0,
        "server.address": "127.0.0.1",
        "unillm.provider": "deepseek",
        "unillm.outcome": "ok",
        "unillm.attempts": 2,
        "unillm.request_id": "req_fake_2",
    }
    assert whole.status.status_code is StatusCode.UNSET
    assert (first.status.status_code, first.status.description) == (
        StatusCode.ERROR,
        "OverloadedError, HTTP 503",
    )
    assert first.attributes["error.type"] == "OverloadedError"
    assert first.attributes["http.response.status_code"] == 503
    assert first.attributes["unillm.request_id"] == "req_fake_1"
    assert second.status.status_code is StatusCode.UNSET
    assert second.attributes["unillm.attempt.number"] == 2
    assert second.attributes["unillm.attempt.waited"] > 0
    assert second.attributes["unillm.cost.state"] == "exact"
    assert second.attributes["unillm.cost.total"] > 0


async def test_what_is_openais_own_is_told_of_openai_alone(way, fake, heard):
    asked = {
        "temperature": 1,
        "seed": 4,
        "service_tier": "flex",
        "response_format": {"type": "json_object"},
        "top_p": 0.5,
    }
    told = []
    for name in ("openai", "vllm"):
        server = unillm.Provider(name, base_url=fake.base_url, api_key=KEY)
        fake.enqueue(Answer("{}"))
        options = options_of(fake, heard, providers=[server], model=f"{name}:mine")
        async with way.client(fake, **options) as client:
            await client.chat("Say JSON", **asked)
        told.append(dict(heard.spans("chat ")[-1].attributes))
    openai, vllm = told
    assert openai["gen_ai.request.temperature"] == 1.0
    assert openai["gen_ai.request.top_p"] == 0.5
    assert openai["gen_ai.request.seed"] == 4
    assert openai["gen_ai.output.type"] == "json"
    own = {key: value for key, value in openai.items() if key.startswith("openai.")}
    assert own == {
        "openai.api.type": "chat_completions",
        "openai.request.service_tier": "flex",
    }
    assert vllm["gen_ai.provider.name"] == "vllm"
    assert [key for key in vllm if key.startswith("openai.")] == []


async def test_tokens_have_their_usual_names_on_the_whole_alone(way, fake, heard):
    async with way.client(fake, **options_of(fake, heard)) as client:
        await client.chat("Hi")
    (attempt,) = heard.spans("attempt ")
    assert [name for name in attempt.attributes if name.startswith("gen_ai.")] == []
    assert attempt.attributes["unillm.attempt.input_tokens"] == 1


async def test_the_span_is_beneath_what_is_current_where_it_begins(way, fake, heard):
    async with way.client(fake, **options_of(fake, heard)) as client:
        with heard.tracer.start_as_current_span("caller") as caller:
            await client.chat("Hi")
            assert trace.get_current_span() is caller
        await client.chat("Hi")
    inside, outside = heard.spans("chat ")
    (caller,) = heard.spans("caller")
    assert is_under(inside, caller)
    assert outside.parent is None


async def test_between_two_events_of_a_stream_nothing_of_it_is_current(way, fake, heard):
    fake.enqueue(faults.get("status-503"), Answer("One two three four"))
    seen = []
    async with way.client(fake, **options_of(fake, heard)) as client:
        with heard.tracer.start_as_current_span("caller") as caller:
            async with client.stream("Hi") as stream:
                seen.append(trace.get_current_span())
                seen += [trace.get_current_span() async for _ in stream]
            seen.append(trace.get_current_span())
    assert len(seen) > 4
    assert set(seen) == {caller}
    (whole,) = heard.spans("chat ")
    assert whole.attributes["gen_ai.request.stream"] is True
    waited = heard.spans("attempt ")[1].attributes["unillm.attempt.time_to_first_token"]
    assert whole.attributes["gen_ai.response.time_to_first_chunk"] > waited > 0


async def test_a_stream_left_early_is_cancelled_and_no_error(way, fake, heard):
    fake.enqueue(Answer("One two three four"))
    async with (
        way.client(fake, **options_of(fake, heard)) as client,
        client.stream("Hi") as stream,
    ):
        await anext(stream)
    (whole,) = heard.spans("chat ")
    (attempt,) = heard.spans("attempt ")
    assert whole.attributes["unillm.outcome"] == "cancelled"
    assert attempt.attributes["unillm.outcome"] == "cancelled"
    assert {whole.status.status_code, attempt.status.status_code} == {StatusCode.UNSET}
    assert "error.type" not in whole.attributes
    assert "gen_ai.response.finish_reasons" not in whole.attributes


async def test_a_stream_that_fails_is_an_error_with_what_came(way, fake, heard):
    fake.enqueue(faults.get("cut-in-text"))
    async with way.client(fake, **options_of(fake, heard, retry=ONCE)) as client:
        with pytest.raises(unillm.IncompleteStreamError):
            async with client.stream("Hi") as stream:
                await read_all(stream)
    (whole,) = heard.spans("chat ")
    assert whole.status.status_code is StatusCode.ERROR
    assert whole.status.description == "IncompleteStreamError, HTTP 200"
    assert whole.attributes["error.type"] == "IncompleteStreamError"
    assert whole.attributes["gen_ai.response.id"].startswith("chatcmpl")
    assert "gen_ai.response.finish_reasons" not in whole.attributes


async def test_a_call_that_is_cancelled_has_ended_spans(way, fake, heard):
    if way.is_sync:

        def interrupt(record):
            raise KeyboardInterrupt

        fake.enqueue(Answer("Fine"))
        async with way.client(fake, **options_of(fake, heard, observers=[interrupt])) as client:
            with pytest.raises(KeyboardInterrupt):
                await client.chat("Hi")
        assert [s.attributes["unillm.outcome"] for s in heard.spans()] == ["ok", "ok"]
        return
    fake.enqueue(faults.get("stall-before-head"))
    async with way.client(fake, **options_of(fake, heard)) as client:
        with anyio.move_on_after(0.2) as scope:
            await client.chat("Hi")
    assert scope.cancelled_caught
    assert [s.name.split()[0] for s in heard.spans()] == ["chat", "attempt"]
    assert {s.attributes["unillm.outcome"] for s in heard.spans()} == {"cancelled"}
    assert {s.status.status_code for s in heard.spans()} == {StatusCode.UNSET}


async def test_an_answer_that_could_not_stand_is_a_failed_attempt(way, fake, heard):
    broken = Answer(tool_calls=[FakeCall("nobody", {})])
    fake.enqueue(broken, Answer("Fine"))
    tool = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
    repair = unillm.RepairPolicy(reask=1)
    async with way.client(fake, **options_of(fake, heard, repair=repair)) as client:
        response = await client.chat("Hi", tools=[tool])
    assert [a.outcome for a in response.attempts] == ["error", "ok"]
    outcomes = [s.attributes["unillm.outcome"] for s in heard.spans("attempt ")]
    assert outcomes == ["error", "ok"]
    assert heard.spans("attempt ")[0].status.status_code is StatusCode.ERROR


async def test_what_a_provider_says_of_an_error_is_not_told(way, heard):
    said = "the prompt was: a-prompt-that-stays-in"
    with FakeProvider() as fake:
        fake.enqueue(faults.get("status-400"))
        async with way.client(fake, **options_of(fake, heard)) as client:
            with pytest.raises(unillm.BadRequestError) as caught:
                await client.chat(said)
    assert caught.value.message
    told = [str(dict(s.attributes)) + str(s.status.description) for s in heard.spans()]
    assert len(told) == 2
    assert all(caught.value.message not in one and said not in one for one in told)
    assert heard.spans("chat ")[0].status.description == "BadRequestError, HTTP 400"


class Strict(Sampler):
    """Notes what it may decide by, and takes nothing."""

    def __init__(self):
        self.asked = []

    def should_sample(  # noqa: PLR0917 - as the SDK calls it
        self,
        parent_context,
        trace_id,
        name,
        kind=None,
        attributes=None,
        links=None,
        trace_state=None,
    ):
        self.asked.append((name, kind, dict(attributes or {})))
        return SamplingResult(Decision.DROP)

    def get_description(self):
        return "strict"


async def test_a_sampler_sees_what_is_asked_before_it_is_asked(way, fake):
    sampler = Strict()
    heard = Listener(sampler)
    async with way.client(fake, **options_of(fake, heard)) as client:
        response = await client.chat("Hi", tags={"team": "blue"})
    heard.close()
    assert response.text == "You said: Hi"
    name, kind, told = sampler.asked[0]
    assert (name, kind) == ("chat deepseek-v4-pro", SpanKind.CLIENT)
    assert told["gen_ai.operation.name"] == "chat"
    assert told["gen_ai.provider.name"] == "deepseek"
    assert told["gen_ai.request.model"] == "deepseek-v4-pro"
    assert told["server.address"] == "127.0.0.1"
    assert isinstance(told["server.port"], int)
    assert told["unillm.tag.team"] == "blue"
    assert heard.spans() == []


async def test_spans_of_httpx_are_beneath_those_of_attempts(way, fake, heard):
    fake.enqueue(faults.get("status-503"), Answer("Fine"))
    http = httpx.Client() if way.is_sync else httpx.AsyncClient()
    HTTPXClientInstrumentor().instrument_client(http, tracer_provider=heard.tracers)
    async with way.client(fake, **options_of(fake, heard, http_client=http)) as client:
        with heard.tracer.start_as_current_span("caller"):
            await client.chat("Hi")
    await http.aclose() if isinstance(http, httpx.AsyncClient) else http.close()
    first, second = heard.spans("attempt ")
    one, two = heard.spans("POST")
    assert is_under(one, first)
    assert is_under(two, second)
    assert {is_under(one, second), is_under(two, first)} == {False}
    # Whoever instruments HTTP decides whether the provider is told of the trace.
    ids = [r.headers["traceparent"].split("-")[2] for r in fake.requests]
    assert ids == [f"{s.context.span_id:016x}" for s in (one, two)]


async def test_a_provider_is_not_told_of_the_trace(way, fake, heard):
    async with way.client(fake, **options_of(fake, heard)) as client:
        with heard.tracer.start_as_current_span("caller"):
            await client.chat("Hi")
    assert "traceparent" not in fake.requests[0].headers
    assert len(heard.spans()) == 3


async def test_calls_at_the_same_time_keep_apart(way, fake, heard):
    if way.is_sync:
        async with way.client(fake, **options_of(fake, heard)) as client:
            with heard.tracer.start_as_current_span("caller 0") as caller:
                rows = client.map([f"row {n}" for n in range(12)], concurrency=6)
                assert len([row async for row in rows]) == 12
                assert trace.get_current_span() is caller
        assert len(heard.spans("chat ")) == 12
        assert all(is_under(s, heard.spans("caller")[0]) for s in heard.spans("chat "))
        return
    async with way.client(fake, **options_of(fake, heard)) as client:

        async def call(number):
            with heard.tracer.start_as_current_span(f"caller {number}") as caller:
                await client.chat(f"row {number}", session=str(number))
                assert trace.get_current_span() is caller

        async with anyio.create_task_group() as group:
            for number in range(12):
                group.start_soon(call, number)
    callers = {s.context.span_id: s.name for s in heard.spans("caller")}
    calls = heard.spans("chat ")
    assert len(calls) == 12
    for call in calls:
        number = call.attributes["gen_ai.conversation.id"]
        assert callers[call.parent.span_id] == f"caller {number}"
    attempts = heard.spans("attempt ")
    assert {s.parent.span_id for s in attempts} == {s.context.span_id for s in calls}


async def test_nothing_is_told_where_that_is_suppressed(way, fake, heard):
    async with way.client(fake, **options_of(fake, heard)) as client:
        with suppress_instrumentation():
            assert (await client.chat("Hi")).text == "You said: Hi"
        assert heard.spans() == []
        assert heard.metrics() == {}
        await client.chat("Hi")
    assert len(heard.spans()) == 2


async def test_a_call_may_be_left_out(way, fake, heard):
    async with way.client(fake, **options_of(fake, heard)) as client:
        await client.chat("Hi", telemetry=False)
        await client.with_options(telemetry=False).chat("Hi")
        assert heard.spans() == []
        await client.with_options(telemetry=False).chat("Hi", telemetry=heard.telemetry())
    assert len(heard.spans("chat ")) == 1


async def test_no_span_holds_a_secret(way, heard):
    with FakeProvider() as fake:
        options = options_of(fake, heard, telemetry=heard.telemetry(content="both"))
        secret = {"x-secret": "secret-of-a-header"}
        async with way.client(fake, **options) as client:
            await client.chat("Hi", extra_headers=secret, extra_query={"sig": "secret-of-a-query"})
    told = [str(dict(s.attributes)) for s in heard.spans()]
    told += [str(dict(one.log_record.attributes)) for one in heard.log.get_finished_logs()]
    told += [str(heard.metrics())]
    assert len(told) == 4
    secrets = (KEY, "secret-of")
    assert [one for one in told if any(secret in one for secret in secrets)] == []


async def test_a_completion_is_a_span_of_its_own_kind(way, fake, heard):
    beta = [unillm.Provider("deepseek", base_url=f"{fake.base_url}/beta", api_key=KEY)]
    async with way.client(fake, **options_of(fake, heard, providers=beta)) as client:
        await client.complete("def f(", max_tokens=5)
    (whole,) = heard.spans("text_completion ")
    (attempt,) = heard.spans("attempt ")
    assert whole.attributes["gen_ai.operation.name"] == "text_completion"
    assert is_under(attempt, whole)


async def test_lists_of_models_are_no_inference(way, fake, heard):
    async with way.client(fake, **options_of(fake, heard)) as client:
        assert await client.models("deepseek")
    assert heard.spans() == []
    assert heard.metrics() == {}


def test_the_context_stays_as_it_was_after_a_failure(fake, heard):
    token = context.attach(context.set_value("mine", 1))
    try:
        fake.enqueue(faults.get("status-401"))
        with unillm.Client(**options_of(fake, heard)) as client:
            before = context.get_current()
            with pytest.raises(unillm.AuthenticationError):
                client.chat("Hi")
            assert context.get_current() == before
    finally:
        context.detach(token)
