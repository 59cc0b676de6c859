"""Where spans, metrics and events go. This is what imports OpenTelemetry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from opentelemetry import metrics, trace

from unillm._version import __version__
from unillm.telemetry.names import METRICS, SCHEMA, Conventions
from unillm.telemetry.settings import CaptureContent, Telemetry
from unillm.types.dataclass import dataclass

if TYPE_CHECKING:
    from opentelemetry._logs import Logger, LoggerProvider
    from opentelemetry.metrics import Counter, Histogram, Meter, MeterProvider
    from opentelemetry.trace import Tracer, TracerProvider

T = TypeVar("T")

Instruments: TypeAlias = "Mapping[str, tuple[Counter | Histogram, ...]]"
"""What counts, by the word for it in `METRICS`: one for each name it has."""


@dataclass(frozen=True, slots=True)
class Sink:
    """What takes spans, metrics and events; None: nothing does.

    Attributes:
        tracer: Makes spans.
        instruments: Count; empty: nothing is counted.
        logger: Takes events.
        conventions: Which names are used.
        content: Where content is recorded.
        metric_tags: The tags that metrics carry.
    """

    tracer: Tracer | None
    instruments: Instruments = field(repr=False)
    logger: Logger | None
    conventions: Conventions
    content: CaptureContent
    metric_tags: tuple[str, ...]


def sink_for(given: Telemetry) -> Sink | None:
    """Return where an operation is told that begins now; None: nobody has set a provider."""
    tracing = given.tracer_provider or _real(trace.get_tracer_provider())
    metering = given.meter_provider or _real(metrics.get_meter_provider())
    content = given.content or "none"
    logging = given.logger_provider if content in {"event", "both"} else None
    if logging is None and content in {"event", "both"}:
        from opentelemetry import _logs

        logging = _real(_logs.get_logger_provider())
    if tracing is None and metering is None and logging is None:
        return None
    return _sink(
        tracing,
        metering,
        logging,
        conventions=given.conventions or "published",
        content=content,
        metric_tags=tuple(given.metric_tags),
    )


@lru_cache(maxsize=16)
def _sink(
    tracing: TracerProvider | None,
    metering: MeterProvider | None,
    logging: LoggerProvider | None,
    *,
    conventions: Conventions,
    content: CaptureContent,
    metric_tags: tuple[str, ...],
) -> Sink:
    schema = SCHEMA if conventions == "published" else None
    meter = None if metering is None else metering.get_meter("unillm", __version__, schema)
    return Sink(
        None if tracing is None else tracing.get_tracer("unillm", __version__, schema),
        {} if meter is None else _instruments(meter, conventions),
        None if logging is None else logging.get_logger("unillm", __version__, schema),
        conventions,
        content,
        metric_tags,
    )


def _instruments(meter: Meter, conventions: Conventions) -> Instruments:
    return {
        key: tuple(_instrument(meter, key, name) for name in what.name.among(conventions))
        for key, what in METRICS.items()
    }


def _instrument(meter: Meter, key: str, name: str) -> Counter | Histogram:
    what = METRICS[key]
    if what.kind == "counter":
        return meter.create_counter(name, what.unit, what.description)
    return meter.create_histogram(
        name, what.unit, what.description, explicit_bucket_boundaries_advisory=what.buckets
    )


def _real(provider: T) -> T | None:
    """Return a provider that takes something: not one of the API's own, which stand for none."""
    return None if _is_of_the_api(type(provider).__module__) else provider


@lru_cache(maxsize=16)
def _is_of_the_api(home: str) -> bool:
    return home.startswith("opentelemetry.") and not home.startswith("opentelemetry.sdk")
