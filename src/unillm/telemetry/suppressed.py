"""Contexts in which nothing is to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry import context as contexts

if TYPE_CHECKING:
    from opentelemetry.context import Context


def is_suppressed(context: Context) -> bool:
    """Tell whether whoever set up this context wants nothing in it to be told.

    The API has no public name for the key; opentelemetry.instrumentation.utils reads both.
    """
    own: Any = getattr(contexts, "_SUPPRESS_INSTRUMENTATION_KEY", None)
    keys = ("suppress_instrumentation",) if own is None else (own, "suppress_instrumentation")
    return any(contexts.get_value(key, context) for key in keys)
