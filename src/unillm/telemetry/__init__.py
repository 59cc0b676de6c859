"""Operations told to OpenTelemetry: spans, metrics and, only if asked for, content.

This loads nothing of OpenTelemetry. What does is imported once a provider of its SDK is there.
"""

from unillm.telemetry.settings import Telemetry

__all__ = ["Telemetry"]
