"""Who answers a client's calls, as a digest: clients that have the same one are asked the same.

For caches of answers that outlive a client. Keys are no part of it, nor what only says how calls
are made, billed and told: retries, time limits, budgets, ledgers, observers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any, TypeGuard
from urllib.parse import parse_qsl

from unillm._client.asynchronous import AsyncClient
from unillm._client.config import Config
from unillm._client.config_file import configured
from unillm._client.sync import Client
from unillm._io.secrets import is_secret
from unillm.errors import UnillmError
from unillm.providers import Server
from unillm.providers.registry import PROFILES
from unillm.types.json import is_mapping
from unillm.types.profile import Profile

_PARTS = (
    "servers",
    "model",
    "on_invalid_tool_call",
    "on_midstream_error",
    "system",
    "repair",
    "prices",
    "routes",
    "constraints",
    "rewrite",
    "prefix",
    "remember_reasoning",
)
"""What a client says of who answers and what they are asked, beside its settings."""

_APART = frozenset({"api_key", "missing_key", "unusable"})
"""Whose key it is changes no answer; without one there is none."""

_IDLE = ("ledger", "health", "observers", "telemetry", "budget", "transport", "http_client")
"""Arguments of a client that open something, or are told of calls."""


class _UntoldError(Exception):
    """There is something in it that has no text: a function, an object of another package."""


def fingerprint(client: Client | AsyncClient) -> str | None:
    """Return the digest; None: it cannot be told, with a strategy or a transport of one's own."""
    return _held(client) if type(client) in {Client, AsyncClient} else None


def hashed(settings: Any) -> str | None:
    """Return a digest of settings, secrets and all, that tells nothing of them; None: as above."""
    try:
        return _short(_plain(settings))
    except _UntoldError:
        return None


def _held(client: object) -> str | None:
    held = vars(client)  # a client shows its providers by name alone
    # What was handed in may send it elsewhere.
    return None if held["_connection"].handed_in else _digest(held["_config"])


def fingerprint_of_file(path: str | None) -> str | None:
    """Return the digest of the client that a file makes, or the environment; None: as above.

    Nothing is opened. What is wrong with the file is said by the client that is made of it.
    """
    try:
        given = {} if path is None else configured(path, {})
        options = {name: value for name, value in given.items() if name not in _IDLE}
        providers = options.pop("providers", None)
        return _digest(Config.read(providers=providers, options=options))
    except UnillmError:
        return None


def _digest(config: Config) -> str | None:
    told: dict[str, Any] = {name: getattr(config, name) for name in _PARTS}
    told["settings"] = _open(config.settings)
    try:
        return _short(_plain(told))
    except _UntoldError:
        return None


def _short(plain: Any) -> str:
    text = json.dumps(plain, sort_keys=True)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _open(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings without the values of headers and parameters that are secret."""
    made = dict(settings)
    for name in ("extra_headers", "extra_query"):
        given: Mapping[str, Any] = made.get(name) or {}
        made[name] = {key: None if is_secret(key) else value for key, value in given.items()}
    return made


def _plain(value: Any) -> Any:
    """Return a value as JSON that is the same for the same value, in any process.

    Raises:
        _UntoldError: It has none.
    """
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Decimal | date):
        return str(value)
    if isinstance(value, Profile) and value is PROFILES.get(value.name):
        return value.name
    if is_mapping(value):
        return sorted(([_plain(key), _plain(one)] for key, one in value.items()), key=json.dumps)
    if not _is_several(value):
        return _fields(value)
    made = [_plain(one) for one in value]
    return sorted(made, key=json.dumps) if isinstance(value, AbstractSet) else made


def _is_several(value: Any) -> TypeGuard[Iterable[Any]]:
    return isinstance(value, AbstractSet | list | tuple)


def _fields(value: Any) -> dict[str, Any]:
    """Return the fields of one of unillm's own: what another class does is not in its fields."""
    module, name = value.__class__.__module__, value.__class__.__qualname__
    if not is_dataclass(value) or module.partition(".")[0] != "unillm":
        raise _UntoldError
    made = {
        one.name: _plain(getattr(value, one.name))
        for one in fields(value)
        if one.compare and one.name not in _APART
    }
    if isinstance(value, Server):
        made["base_url"] = _address(value.base_url)
    return {"kind": f"{module}.{name}", **made}


def _address(base_url: str) -> list[Any]:
    """Return an address without what is secret in its query."""
    address, _, query = base_url.partition("?")
    asked = parse_qsl(query, keep_blank_values=True)
    return [address, [[name, None if is_secret(name) else value] for name, value in asked]]
