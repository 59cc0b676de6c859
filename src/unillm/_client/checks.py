"""What each option of a client or of a call may be: checked once, where it is given."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, cast, get_args

from unillm._client.books import checked_ledger
from unillm._client.budgets import budgets_given
from unillm._client.constraining import constraints_given
from unillm._client.options import OnInvalidToolCall
from unillm._client.routes import routes_given
from unillm._wire.plan.rewrites import REWRITES
from unillm.errors import InvalidRequestError
from unillm.pricing import PriceBook
from unillm.telemetry import Telemetry
from unillm.types.json import is_iterable
from unillm.types.policy import RepairPolicy, RetryPolicy, Timeout
from unillm.types.record import Observer
from unillm.types.route import OnMidstreamError


def text(name: str, value: Any) -> str:
    """Return a string that was given.

    Raises:
        InvalidRequestError: It is none.
    """
    if not isinstance(value, str):
        raise InvalidRequestError(f"{name} must be a string, not {type(value).__name__}")
    return value


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidRequestError(f"{name} must be True or False, not {value!r}")
    return value


def _timeout(value: Any) -> Timeout:
    if isinstance(value, Timeout):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidRequestError(
            "timeout must be a positive number of seconds for the whole operation, or "
            f"unillm.Timeout(connect=…, first_token=…, idle=…, total=…), not {value!r}"
        )
    return Timeout(total=value)


def _retry(value: Any) -> RetryPolicy:
    if not isinstance(value, RetryPolicy):
        raise InvalidRequestError(
            f"retry must be a RetryPolicy, for example RetryPolicy(max_attempts=1), not {value!r}"
        )
    return value


def _repair(value: Any) -> RepairPolicy:
    if not isinstance(value, RepairPolicy):
        raise InvalidRequestError(
            f"repair must be a RepairPolicy, for example RepairPolicy('off'), not {value!r}"
        )
    if value.rules or value.formats:
        _require_known(value)
    return value


def _require_known(policy: RepairPolicy) -> None:
    """Refuse what repair does not know; a policy stands below it and cannot tell."""
    from unillm.repair import Format, Rule, formats_named

    rules: tuple[Any, ...] = policy.rules
    formats: tuple[Any, ...] = policy.formats
    for rule in rules:
        if not isinstance(rule, Rule):
            message = f"RepairPolicy(rules=…) must be unillm.repair.Rule objects, not {rule!r}"
            raise InvalidRequestError(message)
    for named in formats:
        if not isinstance(named, str | Format):
            message = (
                f"RepairPolicy(formats=…) must be names or unillm.repair.Format, not {named!r}"
            )
            raise InvalidRequestError(message)
    formats_named(formats)


def _observers(value: Any) -> tuple[Observer, ...]:
    observers: tuple[Any, ...] = tuple(value) if is_iterable(value) else (value,)
    if not all(callable(observer) for observer in observers):
        raise InvalidRequestError("observers must be functions that take a Record")
    return observers


def _prices(value: Any) -> PriceBook:
    if not isinstance(value, PriceBook):
        raise InvalidRequestError(
            "prices must be a PriceBook, such as PriceBook.default().with_(Price(…)); "
            f"not {value!r}"
        )
    return value


def _telemetry(value: Any) -> Telemetry | None:
    if isinstance(value, bool):
        return Telemetry() if value else None
    if not isinstance(value, Telemetry):
        raise InvalidRequestError(
            f"telemetry must be True, False or unillm.Telemetry(…), not {value!r}"
        )
    return value


def _rewrite(value: Any) -> tuple[str, ...]:
    names: tuple[Any, ...] = tuple(value) if is_iterable(value) else (value,)
    if isinstance(value, str) or not all(name in tuple(REWRITES) for name in names):
        known = ", ".join(repr(name) for name in REWRITES)
        raise InvalidRequestError(
            f"rewrite must be a tuple of names of settings that can be rewritten ({known}), "
            f"such as {tuple(REWRITES)[:1]!r}; not {value!r}"
        )
    return names


def _on_invalid(value: Any) -> OnInvalidToolCall:
    if value not in get_args(OnInvalidToolCall):
        raise InvalidRequestError(
            f"on_invalid_tool_call must be 'raise' or 'return', not {value!r}"
        )
    return cast("OnInvalidToolCall", value)


def _on_midstream(value: Any) -> OnMidstreamError:
    if value not in get_args(OnMidstreamError):
        raise InvalidRequestError(
            f"on_midstream_error must be 'raise', 'restart' or 'continue', not {value!r}"
        )
    return cast("OnMidstreamError", value)


CHECKS: dict[str, Callable[[Any], Any]] = {
    "model": partial(text, "model"),
    "system": partial(text, "system"),
    "retry": _retry,
    "repair": _repair,
    "timeout": _timeout,
    "observers": _observers,
    "prices": _prices,
    "telemetry": _telemetry,
    "ledger": checked_ledger,
    "budget": budgets_given,
    "routes": routes_given,
    "constraints": constraints_given,
    "on_invalid_tool_call": _on_invalid,
    "on_midstream_error": _on_midstream,
    "rewrite": _rewrite,
    "keep_raw": partial(_flag, "keep_raw"),
    "remember_reasoning": partial(_flag, "remember_reasoning"),
    "prefix": partial(text, "prefix"),
}
"""What is made of each option that is none of the settings of a chat."""
