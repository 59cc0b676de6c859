"""What tells models apart for LangChain's cache, beside what LangChain writes down of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from typing import Any
from uuid import uuid4
from weakref import WeakKeyDictionary

from unillm import AsyncClient, Client
from unillm.providers import names, profile_named
from unillm.types.json import is_iterable, is_mapping

_DECIDES = (
    *("servers", "model", "system", "repair", "prices", "routes", "constraints", "settings"),
    *("on_invalid_tool_call", "rewrite", "prefix"),
)
"""What of a client's configuration an answer may depend on."""

_PLAIN = (str, bytes, int, float, Decimal, date, Enum)

_MANY: frozenset[type] = frozenset({list, tuple, set, frozenset})

_objects: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
"""Names of objects that nothing else tells apart; it is what this process knows them by."""


def digest(clients: Iterable[Client | AsyncClient], *settings: Any) -> str:
    """Return a hash of all that an answer may depend on in clients and settings.

    It is the same in every process, unless something in them has no value: a function, a transport
    of the user's own. Such an object is itself alone, and so are the answers that are kept for it.
    Keys of providers are left out: who may ask changes no answer.
    """
    told = [*map(_client, clients), *map(_told, settings)]
    return sha256(repr(told).encode()).hexdigest()


def _told(value: Any) -> Any:
    """Return what says all of a value."""
    if value is None or isinstance(value, _PLAIN):
        return f"{type(value).__name__} {value!r}"
    if is_dataclass(value) and not isinstance(value, type):
        return _fields(value)
    if is_mapping(value):
        return [type(value).__name__, [(_told(key), _told(value[key])) for key in value]]
    if is_iterable(value) and type(value) in _MANY:
        told = [_told(one) for one in value]
        return told if type(value) in {list, tuple} else ["set", *sorted(map(repr, told))]
    return _name(value)


def _client(client: Client | AsyncClient) -> Any:
    held = vars(client)
    config, connection = held["_config"], held["_connection"]
    return [_sender(connection), {name: _told(getattr(config, name)) for name in _DECIDES}]


def _sender(connection: Any) -> str | None:
    """Return what sends, where it is the user's, who may send anywhere; None: it is unillm's."""
    transport: Any = _held(connection)["_transport"]
    ours = transport.__class__.__module__.startswith("unillm._io.")
    given: Any = getattr(transport, "_given", None) if ours else transport
    return None if given is None else _name(given)


def _fields(value: Any) -> Any:
    kind = value.__class__
    if kind.__name__ == "Profile" and _is_known(value):
        return ["profile", value.name]
    told = {name: _told(held) for name, held in _held(value).items() if name != "api_key"}
    return [f"{kind.__module__}.{kind.__qualname__}", told]


def _is_known(profile: Any) -> bool:
    return profile.name in names() and profile_named(profile.name) is profile


def _held(value: Any) -> Mapping[str, Any]:
    """Return the fields of a dataclass, as they are."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _name(value: Any) -> str:
    """Return a name for an object; one that cannot be kept is another each time."""
    try:
        return _objects.setdefault(value, uuid4().hex)
    except TypeError:
        return uuid4().hex
