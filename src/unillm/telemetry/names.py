"""Every name that telemetry gives to something, in one table, each with the text that it is from.

Two generations of the GenAI conventions are known, both of status Development. *Published* is what
the repository of all conventions published last, v1.41.0, and what dashboards and collectors read;
*latest* is the draft that goes on in a repository of its own. A name may be in one of them alone.
Names that begin with ``unillm.`` are ours: no convention has any.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from unillm.types.dataclass import dataclass

Conventions: TypeAlias = Literal["published", "latest", "both"]
"""Which generation of names is used."""

PUBLISHED = "open-telemetry/semantic-conventions v1.41.0, docs/gen-ai (as in 0.66b2 on PyPI)"
SPANS = "open-telemetry/semantic-conventions-genai, docs/gen-ai/client-inference.md@024a4f94"
AGENTS = "open-telemetry/semantic-conventions-genai, model/gen-ai/spans.yaml@002c8a6e"
TOKENS = "open-telemetry/semantic-conventions-genai, model/gen-ai/token-metrics.yaml@066d4a7f"
RENAMED = (
    "open-telemetry/semantic-conventions-genai, docs/gen-ai/non-normative/migration.md@32c328e8"
)
STABLE = "open-telemetry/semantic-conventions v1.44.0, stable"
OURS = "unillm"
READ = "2026-11-28"
"""When all of these were read."""

SCHEMA = "https://opentelemetry.io/schemas/1.41.0"
"""The schema of the published names."""


@dataclass(frozen=True, slots=True)
class Name:
    """What something is called.

    Attributes:
        published: Its name in the published conventions; None: they have none.
        latest: Its name in the latest draft; None: it has none.
        source: The text that says so.
    """

    published: str | None
    latest: str | None
    source: str

    def among(self, conventions: Conventions) -> tuple[str, ...]:
        """Return its names in a generation, each once."""
        published = None if conventions == "latest" else self.published
        latest = None if conventions == "published" else self.latest
        return tuple(name for name in dict.fromkeys((published, latest)) if name is not None)


def _same(name: str, source: str = f"{PUBLISHED}; {SPANS}") -> Name:
    return Name(name, name, source)


ATTRIBUTES: Mapping[str, Name] = {
    "operation": _same("gen_ai.operation.name"),
    "provider": _same("gen_ai.provider.name"),
    "conversation": _same("gen_ai.conversation.id"),
    "output_type": _same("gen_ai.output.type"),
    "request.model": _same("gen_ai.request.model"),
    "request.stream": _same("gen_ai.request.stream"),
    "request.seed": _same("gen_ai.request.seed"),
    "request.top_k": _same("gen_ai.request.top_k"),
    "request.max_tokens": _same("gen_ai.request.max_tokens"),
    "request.temperature": _same("gen_ai.request.temperature"),
    "request.top_p": _same("gen_ai.request.top_p"),
    "request.stop": _same("gen_ai.request.stop_sequences"),
    "request.frequency_penalty": _same("gen_ai.request.frequency_penalty"),
    "request.presence_penalty": _same("gen_ai.request.presence_penalty"),
    "request.effort": Name(None, "gen_ai.request.reasoning.level", SPANS),
    "request.previous": Name(None, "gen_ai.request.previous_response.id", SPANS),
    "response.id": _same("gen_ai.response.id"),
    "response.model": _same("gen_ai.response.model"),
    "response.finish": _same("gen_ai.response.finish_reasons"),
    "response.first_chunk": _same("gen_ai.response.time_to_first_chunk"),
    "usage.input": _same("gen_ai.usage.input_tokens"),
    "usage.output": _same("gen_ai.usage.output_tokens"),
    "usage.cached": _same("gen_ai.usage.cache_read.input_tokens"),
    "usage.written": Name(
        "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_write.input_tokens", RENAMED
    ),
    "usage.reasoning": _same("gen_ai.usage.reasoning.output_tokens"),
    "messages.input": _same("gen_ai.input.messages"),
    "messages.output": _same("gen_ai.output.messages"),
    "tools": _same("gen_ai.tool.definitions"),
    "tool.name": _same("gen_ai.tool.name", AGENTS),
    "tool.id": _same("gen_ai.tool.call.id", AGENTS),
    "tool.type": _same("gen_ai.tool.type", AGENTS),
    "tool.arguments": _same("gen_ai.tool.call.arguments", AGENTS),
    "tool.result": _same("gen_ai.tool.call.result", AGENTS),
    # These are OpenAI's and Azure's alone, whoever else speaks as they do (docs/gen-ai/openai.md).
    "openai.api": _same("openai.api.type"),
    "openai.tier": _same("openai.request.service_tier"),
    "openai.served_tier": _same("openai.response.service_tier"),
    "openai.fingerprint": _same("openai.response.system_fingerprint"),
    "error": _same("error.type", STABLE),
    "status": _same("http.response.status_code", STABLE),
    "address": _same("server.address", STABLE),
    "port": _same("server.port", STABLE),
    # Of metrics.
    "token.type": Name("gen_ai.token.type", None, RENAMED),
    "token.modality": Name(None, "gen_ai.token.modality", TOKENS),
    "token.part": Name("unillm.token.part", None, OURS),
    # Ours.
    "cost.state": _same("unillm.cost.state", OURS),
    "cost.total": _same("unillm.cost.total", OURS),
    "cost.low": _same("unillm.cost.low", OURS),
    "cost.high": _same("unillm.cost.high", OURS),
    "outcome": _same("unillm.outcome", OURS),
    "id": _same("unillm.operation.id", OURS),
    "own_provider": _same("unillm.provider", OURS),
    "request_id": _same("unillm.request_id", OURS),
    "attempts": _same("unillm.attempts", OURS),
    "tasks": _same("unillm.tasks", OURS),
    "route": _same("unillm.route", OURS),
    "strategy": _same("unillm.route.strategy", OURS),
    "run": _same("unillm.run.id", OURS),
    "turn": _same("unillm.run.turn", OURS),
    "turns": _same("unillm.run.turns", OURS),
    "attempt.number": _same("unillm.attempt.number", OURS),
    "attempt.role": _same("unillm.attempt.role", OURS),
    "attempt.waited": _same("unillm.attempt.waited", OURS),
    "attempt.provider": _same("unillm.attempt.provider", OURS),
    "attempt.model": _same("unillm.attempt.model", OURS),
    "attempt.served_model": _same("unillm.attempt.served_model", OURS),
    "attempt.input": _same("unillm.attempt.input_tokens", OURS),
    "attempt.output": _same("unillm.attempt.output_tokens", OURS),
    "attempt.first_token": _same("unillm.attempt.time_to_first_token", OURS),
}
"""What spans, metrics and events carry, by the word for it in here."""

TAG = "unillm.tag."
"""What stands before the name of a tag."""

PROVIDERS: Mapping[str, str] = {
    "azure": "azure.ai.openai",
    "deepseek": "deepseek",
    "openai": "openai",
}
"""What the conventions call a host, by its profile; others keep the name they have here."""

OPENAI = frozenset({"openai", "azure.ai.openai"})
"""Whose spans may have attributes that begin with ``openai.``."""

SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
"""The buckets that the conventions want for times."""
COUNTS = tuple(4**power for power in range(14))
"""The same for tokens: 1, 4, 16, … 67108864."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """What a metric is.

    Attributes:
        name: What it is called.
        kind: What counts it.
        unit: Its unit, as UCUM writes it.
        description: What it is, in the words of the conventions where it is theirs.
        buckets: The bounds of a histogram.
    """

    name: Name
    kind: Literal["counter", "histogram"]
    unit: str
    description: str
    buckets: tuple[float, ...] = ()


def _renamed(old: str | None, new: str | None) -> Name:
    prefix = "gen_ai.client."
    return Name(old and prefix + old, new and prefix + new, f"{PUBLISHED}; {RENAMED}")


METRICS: Mapping[str, Instrument] = {
    "duration": Instrument(
        _renamed("operation.duration", "inference.duration"),
        "histogram",
        "s",
        "GenAI operation duration.",
        SECONDS,
    ),
    "first_chunk": Instrument(
        _renamed("operation.time_to_first_chunk", "inference.time_to_first_chunk"),
        "histogram",
        "s",
        "Time to receive the first chunk of a stream.",
        SECONDS,
    ),
    "per_chunk": Instrument(
        _renamed("operation.time_per_output_chunk", "inference.time_per_output_chunk"),
        "histogram",
        "s",
        "Time per output chunk of a stream, after the first.",
        SECONDS,
    ),
    "tokens": Instrument(
        _renamed("token.usage", None),
        "histogram",
        "{token}",
        "Number of input and output tokens used.",
        COUNTS,
    ),
    "input": Instrument(
        _renamed(None, "inference.usage.input_tokens"),
        "counter",
        "{token}",
        "The number of input tokens used, including cached tokens.",
    ),
    "output": Instrument(
        _renamed(None, "inference.usage.output_tokens"),
        "counter",
        "{token}",
        "The number of output tokens used, including reasoning tokens.",
    ),
    "cached": Instrument(
        _renamed(None, "inference.usage.cache_read.input_tokens"),
        "counter",
        "{token}",
        "The number of input tokens served from a provider-managed cache.",
    ),
    "written": Instrument(
        _renamed(None, "inference.usage.cache_write.input_tokens"),
        "counter",
        "{token}",
        "The number of input tokens written to a provider-managed cache.",
    ),
    "reasoning": Instrument(
        _renamed(None, "inference.usage.reasoning.output_tokens"),
        "counter",
        "{token}",
        "The number of output tokens used for reasoning.",
    ),
    "input_each": Instrument(
        _renamed(None, "inference.operation.input_tokens"),
        "histogram",
        "{token}",
        "The number of input tokens used per inference operation.",
        COUNTS,
    ),
    "output_each": Instrument(
        _renamed(None, "inference.operation.output_tokens"),
        "histogram",
        "{token}",
        "The number of output tokens used per inference operation.",
        COUNTS,
    ),
    "parts": Instrument(
        Name("unillm.client.token.parts", None, OURS),
        "counter",
        "{token}",
        "Tokens of a kind that is part of the input or the output.",
    ),
    "cost": Instrument(
        _same("unillm.client.cost", OURS),
        "counter",
        "{USD}",
        "What attempts cost, in US dollars; where only bounds are known, at most.",
    ),
    "unpriced": Instrument(
        _same("unillm.client.cost.unknown", OURS),
        "counter",
        "{operation}",
        "Operations of whose cost a part is in no sum, since nothing is known of it.",
    ),
    "attempts": Instrument(
        _same("unillm.client.attempts", OURS),
        "counter",
        "{attempt}",
        "HTTP exchanges made for operations.",
    ),
}
"""What is counted, by the word for it in here."""


def named(values: Mapping[str, Any], conventions: Conventions) -> dict[str, Any]:
    """Return attributes under their names, without those that are None."""
    return {
        name: value
        for key, value in values.items()
        if value is not None
        for name in ATTRIBUTES[key].among(conventions)
    }
