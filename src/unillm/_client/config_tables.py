"""What may stand in ``unillm.toml``, and of which kind each value is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Literal, TypeAlias

from unillm._client.toml import Document, Keys
from unillm.types.brief import brief
from unillm.types.json import is_list, is_object

Kind: TypeAlias = Literal[
    "text", "texts", "flag", "whole", "number", "limit", "money", "table", "any"
]
"""Kinds of values; each is checked further by what it is made into."""

TOP: Mapping[str, Kind] = {
    "model": "text",
    "system": "text",
    "providers": "any",
    "routes": "table",
    "constraints": "table",
    "budget": "any",
    "retry": "table",
    "timeout": "any",
    "repair": "table",
    "health": "text",
    "transport": "text",
    "ledger": "text",
    "ledger_env": "text",
    "telemetry": "flag",
    "on_invalid_tool_call": "text",
    "on_midstream_error": "text",
    "rewrite": "texts",
    "keep_raw": "flag",
    "remember_reasoning": "flag",
    "settings": "table",
}
PROVIDER: Mapping[str, Kind] = {
    "base_url": "text",
    "api_key_env": "text",
    "profile": "text",
    "api": "text",
    "api_version": "text",
    "jurisdiction": "text",
    "self_hosted": "flag",
    "no_training": "flag",
    "retention_days": "whole",
    "prices": "text",
    "max_concurrency": "whole",
}
ROUTE: Mapping[str, Kind] = {
    "targets": "any",
    "strategy": "text",
    "options": "table",
    "constraints": "table",
    "on_midstream_error": "text",
    "hedge": "any",
    "sticky": "flag",
    "max_attempts": "whole",
    "on_content_policy": "text",
    "quality": "table",
    "willingness_to_pay": "number",
}
HEDGE: Mapping[str, Kind] = {"after": "any", "budget": "number"}
CONSTRAINTS: Mapping[str, Kind] = {
    "allow_providers": "texts",
    "deny_providers": "texts",
    "allow_jurisdictions": "texts",
    "deny_jurisdictions": "texts",
    "self_hosted": "flag",
    "open_weights": "flag",
    "no_training": "flag",
    "zero_retention": "flag",
    "max_price": "table",
    "licence": "texts",
    "unverified": "flag",
}
MAX_PRICE: Mapping[str, Kind] = {"input": "money", "output": "money"}
BUDGET: Mapping[str, Kind] = {
    "usd": "money",
    "per": "text",
    "scope": "text",
    "name": "text",
    "soft": "any",
    "store": "text",
    "when_down": "text",
    "expired": "text",
    "lease": "number",
}
RETRY: Mapping[str, Kind] = {
    "max_attempts": "whole",
    "max_wait": "number",
    "first_wait": "number",
    "budget": "limit",
}
TIMEOUT: Mapping[str, Kind] = dict.fromkeys(("connect", "first_token", "idle", "total"), "limit")
REPAIR: Mapping[str, Kind] = {
    "level": "text",
    "rescue": "flag",
    "reask": "whole",
    "formats": "texts",
    "aliases": "table",
}

_IN_CODE = "is an object of Python: give it in code, Client.from_config({}=…)"
ADVICE: Mapping[str, str] = {
    **{name: _IN_CODE.format(name) for name in ("observers", "prices", "http_client")},
    "prefix": "belongs to one call: client.chat(…, prefix=…)",
    "tools": "belongs to one call: client.chat(…, tools=…)",
    "output": "belongs to one call: client.parse(…, output=…)",
    "on_soft": "is a function: make the budget in code, Client.from_config(budget=…)",
    "rules": "has functions: make the policy in code, Client.from_config(repair=…)",
    "wait": "is an object of Python: make the policy in code, Client.from_config(retry=…)",
    "stop": "is an object of Python: make the policy in code, Client.from_config(retry=…)",
    "api_key": (
        "is a secret, which does not belong into a file that is shared: put it into a variable of "
        'the environment, and its name here: api_key_env = "…"'
    ),
}
"""What is said of keys that cannot stand here, whatever table they are in."""

_ALSO = {
    **dict.fromkeys(("fallbacks", "models", "model_list"), "targets"),
    **dict.fromkeys(("key_env", "env_key", "api_key_variable"), "api_key_env"),
    **dict.fromkeys(("url", "endpoint", "api_base"), "base_url"),
    **dict.fromkeys(("router", "route"), "routes"),
    **dict.fromkeys(("provider",), "providers"),
    **dict.fromkeys(("budgets",), "budget"),
    **dict.fromkeys(("limit", "max", "max_usd", "amount"), "usd"),
    **dict.fromkeys(("params", "parameters", "args", "strategy_options"), "options"),
    **dict.fromkeys(("retries", "num_retries", "max_retries", "attempts"), "max_attempts"),
    **dict.fromkeys(("deny_countries", "deny_regions"), "deny_jurisdictions"),
    **dict.fromkeys(("license", "licenses", "licences"), "licence"),
}
"""Words of other tools."""

_WANTED: Mapping[Kind, str] = {
    "text": "text in quotes",
    "texts": "a list of texts",
    "flag": "true or false",
    "whole": "a whole number",
    "number": "a number",
    "limit": "a number, or false for no limit",
    "money": 'US dollars: a number such as 2.50, or text such as "2.50"',
    "table": "a table",
    "any": "",
}


def checked(
    document: Document, keys: Keys, given: Any, known: Mapping[str, Kind]
) -> dict[str, Any]:
    """Return a table of which every key is known, and every value of its kind.

    Raises:
        InvalidRequestError: One is not; the message says where, and what is allowed.
    """
    if not is_object(given):
        # A text is not shown: a key may stand where the table of its provider should.
        document.refuse(
            keys, f"this must be a table, not {'text' if isinstance(given, str) else said(given)}"
        )
    for name, value in given.items():
        if name not in known:
            document.refuse((*keys, name), _unknown(name, known))
        if not _CHECKS[known[name]](value):
            document.refuse(
                (*keys, name), f"this must be {_WANTED[known[name]]}, not {said(value)}"
            )
    return {name: _as(known[name], value) for name, value in given.items()}


def _unknown(name: str, known: Mapping[str, Kind]) -> str:
    if name in ADVICE:
        return f"{name} {ADVICE[name]}"
    meant = [_ALSO[name]] if _ALSO.get(name) in known else get_close_matches(name, known, n=1)
    hint = f": did you mean {meant[0]}?" if meant else "."
    if not meant and known is TOP:
        hint = ": settings of calls, such as temperature, stand in [settings]."
    return f"there is no such key{hint} Allowed here: {', '.join(known)}"


def _is_number(value: Any) -> bool:
    return type(value) in {int, Decimal}


def _is_texts(value: Any) -> bool:
    return is_list(value) and all(isinstance(one, str) for one in value)


_CHECKS: Mapping[Kind, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "texts": _is_texts,
    "flag": lambda value: isinstance(value, bool),
    "whole": lambda value: type(value) is int,
    "number": _is_number,
    "limit": lambda value: value is False or _is_number(value),
    "money": lambda value: _is_number(value) or isinstance(value, str),
    "table": is_object,
    "any": lambda _: True,
}


def _as(kind: Kind, value: Any) -> Any:
    """Return a value as Python has it."""
    if kind == "limit" and value is False:
        return None
    if kind == "texts":
        return tuple(value)
    if kind == "money":
        return value  # Decimals are to stay
    return plain(value)


def plain(value: Any) -> Any:
    """Return a value with its figures as floats."""
    if isinstance(value, Decimal):
        return float(value)
    if is_object(value):
        return {name: plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if is_list(value) else value


def said(value: Any) -> str:
    """Return a value as TOML has it, cut; never more of a text than its beginning."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return brief(str(value))
    if is_object(value):
        return "a table"
    return "a list" if is_list(value) else brief(repr(value))
