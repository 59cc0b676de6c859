"""Both generations of names: as the conventions have them, and as they arrive."""

# pyright: reportOptionalMemberAccess=false

from importlib.metadata import version

import pytest
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes, openai_attributes
from opentelemetry.semconv._incubating.metrics import gen_ai_metrics
from opentelemetry.semconv.attributes import error_attributes, http_attributes, server_attributes

import unillm
from tests.client.ways import KEY, read_all
from unillm.telemetry.names import ATTRIBUTES, COUNTS, METRICS, PROVIDERS
from unillm.testing import Answer

MODULES = (
    gen_ai_attributes,
    openai_attributes,
    error_attributes,
    http_attributes,
    server_attributes,
)
KNOWN = {value for module in MODULES for value in vars(module).values() if isinstance(value, str)}
KNOWN_METRICS = {v for v in vars(gen_ai_metrics).values() if isinstance(v, str)}


@pytest.fixture
def published():
    """Skip where the names that are installed are older than those of the table."""
    if version("opentelemetry-semantic-conventions").startswith(tuple(f"0.6{n}" for n in range(6))):
        pytest.skip("needs pip install 'opentelemetry-semantic-conventions>=0.66b2'")


def own(name):
    return name is None or name.startswith("unillm.")


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("key", sorted(ATTRIBUTES))
def test_an_attribute_has_its_published_name(key):
    name = ATTRIBUTES[key]
    assert own(name.published) or name.published in KNOWN
    assert name.published or name.latest
    assert name.source


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("key", sorted(METRICS))
def test_a_metric_has_its_published_name(key):
    what = METRICS[key]
    assert own(what.name.published) or what.name.published in KNOWN_METRICS
    assert bool(what.buckets) == (what.kind == "histogram")
    assert list(what.buckets) == sorted(what.buckets)


def test_the_buckets_are_those_of_the_conventions():
    assert COUNTS[:3] == (1, 4, 16)
    assert COUNTS[-1] == 67108864
    assert len(COUNTS) == 14


def test_providers_are_called_as_the_conventions_call_them():
    values = {one.value for one in gen_ai_attributes.GenAiProviderNameValues}
    assert set(PROVIDERS.values()) <= values
    assert set(PROVIDERS) <= set(unillm.providers.names())


PUBLISHED = {
    "gen_ai.client.operation.duration",
    "gen_ai.client.operation.time_per_output_chunk",
    "gen_ai.client.operation.time_to_first_chunk",
    "gen_ai.client.token.usage",
    "unillm.client.token.parts",
}
LATEST = {
    "gen_ai.client.inference.duration",
    "gen_ai.client.inference.operation.input_tokens",
    "gen_ai.client.inference.operation.output_tokens",
    "gen_ai.client.inference.time_per_output_chunk",
    "gen_ai.client.inference.time_to_first_chunk",
    "gen_ai.client.inference.usage.cache_read.input_tokens",
    "gen_ai.client.inference.usage.cache_write.input_tokens",
    "gen_ai.client.inference.usage.input_tokens",
    "gen_ai.client.inference.usage.output_tokens",
    "gen_ai.client.inference.usage.reasoning.output_tokens",
}
ALWAYS = {"unillm.client.attempts", "unillm.client.cost"}
OLD_SPAN = {"gen_ai.usage.cache_creation.input_tokens"}
NEW_SPAN = {"gen_ai.usage.cache_write.input_tokens", "gen_ai.request.reasoning.level"}

MODES = {
    "": (PUBLISHED, OLD_SPAN),
    "http": (PUBLISHED, OLD_SPAN),
    "gen_ai_latest_experimental": (LATEST, NEW_SPAN),
    "http/dup, gen_ai_latest_experimental": (LATEST, NEW_SPAN),
    "GEN_AI_LATEST_EXPERIMENTAL/DUP": (PUBLISHED | LATEST, OLD_SPAN | NEW_SPAN),
}


@pytest.mark.parametrize("said", MODES, ids=["unset", "other", "latest", "among others", "both"])
async def test_the_environment_chooses_the_names(way, fake, heard, monkeypatch, said):
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", said)
    metrics, attributes = MODES[said]
    used = {
        "prompt_tokens": 9,
        "completion_tokens": 4,
        "prompt_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 3},
    }
    fake.enqueue(Answer("One two three four", usage=used, pace=0.03))
    server = unillm.Provider("deepseek", base_url=fake.base_url, api_key=KEY)
    options = {"providers": [server], "model": "deepseek:deepseek-v4-pro"}
    async with (
        way.client(fake, **options, telemetry=heard.telemetry()) as client,
        client.stream("Hi", reasoning_effort="high") as stream,
    ):
        await read_all(stream)
    assert set(heard.metrics()) == metrics | ALWAYS
    (whole,) = heard.spans("chat ")
    assert (OLD_SPAN | NEW_SPAN) & whole.attributes.keys() == attributes
    assert whole.attributes["gen_ai.usage.input_tokens"] == 9


async def test_the_draft_counts_what_was_not_reported_as_none_of_unknown_kind(way, fake, heard):
    fake.enqueue(Answer("Fine", usage=None))
    server = unillm.Provider("deepseek", base_url=fake.base_url, api_key=KEY)
    options = {"providers": [server], "model": "deepseek:deepseek-v4-pro"}
    telemetry = heard.telemetry(conventions="both")
    async with way.client(fake, **options, telemetry=telemetry) as client:
        response = await client.chat("Hi")
    assert response.usage is None
    (point,) = heard.points("gen_ai.client.inference.usage.input_tokens")
    assert (point.value, point.attributes["gen_ai.token.modality"]) == (0, "unknown")
    assert heard.points("gen_ai.client.token.usage") == []
