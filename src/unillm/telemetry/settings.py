"""How operations are told to OpenTelemetry, and whether anybody listens."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from unillm.errors import InvalidRequestError
from unillm.telemetry.names import Conventions
from unillm.types.dataclass import dataclass
from unillm.types.json import is_iterable

if TYPE_CHECKING:
    from opentelemetry._logs import LoggerProvider
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

CaptureContent: TypeAlias = Literal["none", "span", "event", "both"]
"""Where prompts and answers are recorded."""

_CAPTURE: Mapping[str, CaptureContent] = {
    "": "none",
    "false": "none",
    "no_content": "none",
    "true": "span",
    "span_only": "span",
    "event_only": "event",
    "span_and_event": "both",
}
"""Values of OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT, in any case: open-telemetry/
opentelemetry-python-contrib, util/opentelemetry-util-genai/README.rst (read 2026-11-28). ``true``
is from before there were the others; it is taken for the span, where most look for it."""

_LISTENING = ("opentelemetry.trace", "opentelemetry.metrics")
"""Who sets a provider has imported one of these."""
_PROVIDERS = ("OTEL_PYTHON_TRACER_PROVIDER", "OTEL_PYTHON_METER_PROVIDER")
"""Whoever sets one of these in the environment wants that provider made on first use."""

_logger = logging.getLogger("unillm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Telemetry:
    """How operations are told to OpenTelemetry.

    Every client has one of these from the start. It does nothing, and loads nothing, until the
    program has set a provider of OpenTelemetry's SDK, or one is given here. What is None here is
    what the environment says when this is made.

    Attributes:
        tracer_provider: Takes the spans; None: the global one, if one was set.
        meter_provider: Takes the metrics; None: the global one, if one was set.
        logger_provider: Takes the events with content; None: the global one, if one was set.
        metric_tags: The tags of calls that become attributes of metrics. Each value of one makes
            time series of its own, so name none that has many.
        content: Whether prompts, answers and tools are recorded: ``none``, on the ``span``, as an
            ``event`` of its own, or ``both``. None: what
            ``OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`` says; nothing, if it is not set.
        conventions: Which names are used: those that are ``published``, those of the ``latest``
            draft, or ``both``. None: ``latest`` where ``OTEL_SEMCONV_STABILITY_OPT_IN`` has
            ``gen_ai_latest_experimental``, ``both`` where it has
            ``gen_ai_latest_experimental/dup``, else ``published``.

    Raises:
        InvalidRequestError: One of these is not what it should be.
    """

    tracer_provider: TracerProvider | None = field(default=None, repr=False)
    meter_provider: MeterProvider | None = field(default=None, repr=False)
    logger_provider: LoggerProvider | None = field(default=None, repr=False)
    metric_tags: Iterable[str] = ()
    content: CaptureContent | None = None
    conventions: Conventions | None = None
    _asked: bool = field(default=False, init=False, repr=False)

    def __post_init__(self) -> None:
        """Check what was given, and read the rest from the environment.

        Raises:
            InvalidRequestError: Something cannot be meant.
        """
        for name, method in _METHODS.items():
            given = getattr(self, name)
            if given is not None and not callable(getattr(given, method, None)):
                raise InvalidRequestError(
                    f"{name} must be a provider of OpenTelemetry's SDK, with a method {method}, "
                    f"not {given!r}"
                )
        _check("content", self.content, CaptureContent)
        _check("conventions", self.conventions, Conventions)
        own = self.tracer_provider is not None or self.meter_provider is not None
        asked = own or any(os.environ.get(name) for name in _PROVIDERS)
        for name, value in (
            ("metric_tags", _tags(self.metric_tags)),
            ("content", self.content or _captured(os.environ)),
            ("conventions", self.conventions or _opted(os.environ)),
            ("_asked", asked),
        ):
            object.__setattr__(self, name, value)

    @property
    def has_listeners(self) -> bool:
        """Tell whether anybody may be listening, without loading anything."""
        loaded = sys.modules
        return self._asked or _LISTENING[0] in loaded or _LISTENING[1] in loaded


_METHODS = {
    "tracer_provider": "get_tracer",
    "meter_provider": "get_meter",
    "logger_provider": "get_logger",
}


def _check(name: str, given: Any, kind: Any) -> None:
    if given is not None and given not in (known := get_args(kind)):
        raise InvalidRequestError(f"{name} must be one of {', '.join(known)}, not {given!r}")


def _tags(given: Any) -> tuple[str, ...]:
    tags: tuple[Any, ...] = tuple(given) if is_iterable(given) else (given,)
    if isinstance(given, str) or not all(isinstance(tag, str) for tag in tags):
        raise InvalidRequestError(f"metric_tags must be names of tags, as ('team',), not {given!r}")
    return tags


def _captured(environment: Mapping[str, str]) -> CaptureContent:
    name = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
    said = environment.get(name, "").strip()
    known = _CAPTURE.get(said.lower())
    if known is None:
        _logger.warning("%s=%r is not known, and no content is recorded", name, said)
    return known or "none"


def _opted(environment: Mapping[str, str]) -> Conventions:
    said = environment.get("OTEL_SEMCONV_STABILITY_OPT_IN", "").split(",")
    wanted = {word.strip().lower() for word in said}
    if "gen_ai_latest_experimental/dup" in wanted:
        return "both"
    return "latest" if "gen_ai_latest_experimental" in wanted else "published"
