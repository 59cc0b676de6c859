"""Where nobody listens nothing is loaded; what OpenTelemetry does wrong stays there."""

import logging
import subprocess
import sys
from typing import Any

import pytest
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.trace import NoOpTracerProvider

import unillm
from unillm.telemetry.follow import traced

CALL = """
import sys, unillm
from unillm.testing import FakeProvider
with FakeProvider() as fake:
    server = unillm.Provider("box", base_url=fake.base_url, api_key="k")
    client = unillm.Client(providers=[server], model="box:m")
    {before}
    assert client.chat("Hi").text == "You said: Hi"
    {after}
    client.close()
loaded = sorted(n for n in sys.modules if n.startswith(("opentelemetry", "unillm.telemetry.")))
print(*loaded)
"""


def loaded_after(before="", after="", **environment):
    """Make a call in a process of its own, and give what is loaded then."""
    code = CALL.format(before=before, after=after)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**_environment(), **environment},
    )
    return done.stdout.split()


def _environment():
    import os

    return {k: v for k, v in os.environ.items() if not k.startswith("OTEL_")}


QUIET = {
    "unillm.telemetry.follow",
    "unillm.telemetry.names",
    "unillm.telemetry.quietly",
    "unillm.telemetry.settings",
}


def test_where_nobody_loads_opentelemetry_a_call_does_not():
    assert set(loaded_after()) == QUIET


def test_with_the_api_alone_nothing_follows_a_call():
    loaded = loaded_after("import opentelemetry.trace, opentelemetry.metrics")
    assert "unillm.telemetry.operation" not in loaded
    assert "opentelemetry.sdk" not in loaded
    assert "unillm.telemetry.sink" in loaded


SET_UP = """
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
"""


def test_a_provider_set_after_the_client_was_made_is_told():
    after = "print(*[span.name for span in exporter.get_finished_spans()])"
    assert loaded_after(SET_UP, after)[:4] == ["attempt", "m", "chat", "m"]


def test_a_provider_that_the_environment_names_is_made():
    named = {"OTEL_PYTHON_TRACER_PROVIDER": "sdk_tracer_provider"}
    assert "opentelemetry.sdk.trace" in loaded_after(**named)
    assert "opentelemetry" not in loaded_after(OTEL_TRACES_EXPORTER="none")


EVENTS = """
    from opentelemetry import _logs
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
    import opentelemetry.trace
    exporter = InMemoryLogRecordExporter()
    provider = LoggerProvider()
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    _logs.set_logger_provider(provider)
"""


def test_events_go_to_the_provider_that_was_set_for_them():
    after = "print(*[one.log_record.event_name for one in exporter.get_finished_logs()])"
    wanted = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "EVENT_ONLY"}
    event = "gen_ai.client.inference.operation.details"
    assert loaded_after(EVENTS, after, **wanted)[0] == event
    assert event not in loaded_after(EVENTS, after)


def test_providers_of_the_api_alone_are_those_that_stand_for_none():
    assert traced(unillm.Telemetry()) is None
    assert traced(None) is None
    given = unillm.Telemetry(
        tracer_provider=NoOpTracerProvider(), meter_provider=NoOpMeterProvider()
    )
    assert traced(given) is not None, "what was given is taken at its word"


class BrokenError(Exception):
    pass


class BrokenProvider:
    """Raises wherever it is told to."""

    def __init__(self, where, real):
        self.where = where
        self.real = real
        self.times = 0

    def get_tracer(self, *args):
        self._fail("get")
        return self

    def get_meter(self, *args):
        self._fail("get")
        return self

    def create_counter(self, *args):
        self._fail("create")
        return self

    def create_histogram(self, *args, **options):
        return self

    def add(self, *args):
        self._fail("count")

    record = add

    def start_span(self, *args, **options):
        self._fail("start")
        return BrokenSpan(self, self.real.start_span(*args, **options))

    def _fail(self, where):
        if self.where == where:
            self.times += 1
            raise BrokenError(where)


class BrokenSpan:
    def __init__(self, provider, real):
        self.provider = provider
        self.real = real

    def set_attributes(self, attributes):
        self.provider._fail("attributes")

    def end(self, *args):
        self.provider._fail("end")

    def is_recording(self):
        self.provider._fail("recording")
        return True

    def get_span_context(self):
        self.provider._fail("context")
        return self.real.get_span_context()


PLACES = ["get", "create", "count", "start", "attributes", "end", "recording"]


@pytest.mark.parametrize("where", PLACES)
async def test_what_opentelemetry_raises_is_logged_once_and_goes_no_further(
    way, fake, heard, caplog, where
):
    broken: Any = BrokenProvider(where, heard.tracer)
    telemetry = unillm.Telemetry(tracer_provider=broken, meter_provider=broken)
    with caplog.at_level(logging.ERROR, "unillm"):
        async with way.client(fake, telemetry=telemetry) as client:
            assert (await client.chat("Hi")).text == "You said: Hi"
            async with client.stream("Hi") as stream:
                assert [type(event).__name__ async for event in stream][-1] == "Finished"
    assert broken.times >= 2
    assert [r.exc_info[0] for r in caplog.records] == [BrokenError, BrokenError]
    assert {r.message for r in caplog.records} == {"OpenTelemetry raised; the call is not affected"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tracer_provider": object()}, "tracer_provider must be a provider"),
        ({"meter_provider": "x"}, "meter_provider must be a provider"),
        ({"logger_provider": 1}, "logger_provider must be a provider"),
        ({"metric_tags": "team"}, "metric_tags must be names of tags"),
        ({"metric_tags": [1]}, "metric_tags must be names of tags"),
        ({"metric_tags": None}, "metric_tags must be names of tags"),
        ({"content": "all"}, "content must be one of none, span, event, both"),
        ({"conventions": "old"}, "conventions must be one of published, latest, both"),
        ({"content": []}, "content must be one of"),
    ],
    ids=["tracer", "meter", "logger", "tag", "no name", "no tags", "content", "names", "a list"],
)
def test_what_cannot_be_meant_is_refused(options, words):
    with pytest.raises(unillm.InvalidRequestError, match=words):
        unillm.Telemetry(**options)


@pytest.mark.parametrize("given", ["yes", 1, object], ids=["a word", "a number", "a class"])
def test_the_option_takes_what_it_says(given):
    with pytest.raises(unillm.InvalidRequestError, match="telemetry must be True, False or"):
        unillm.Client(providers=[], telemetry=given)


def test_providers_and_their_settings_are_not_shown(heard):
    telemetry = heard.telemetry(metric_tags=["team"], content="span")
    shown = "Telemetry(metric_tags=('team',), content='span', conventions='published')"
    assert repr(telemetry) == shown
