"""What a configuration file says, made into the arguments of a client."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, get_args

from unillm._client import config_tables as tables
from unillm._client import config_values as values
from unillm._client.config import Config, environment
from unillm._client.config_routes import require_leading, routes
from unillm._client.config_tables import checked, plain, said
from unillm._client.config_values import mistakes
from unillm._client.constraining import require_named
from unillm._client.routes import find_route, require_model, routes_given
from unillm._client.toml import Document, Keys
from unillm._io import clock
from unillm.errors import InvalidRequestError
from unillm.providers import Provider, servers_from
from unillm.types.json import is_list, is_mapping, is_object
from unillm.types.settings import ChatSettings
from unillm.types.transport import TransportName

_SECRET = re.compile(
    r"(?:.*[-_])?(?:authorization|cookie|(?:api)?key|token|secret|password)", re.IGNORECASE
)
"""What the names of headers and of parameters of URLs end in that hold a secret."""
_NO_SECRET = frozenset({"idempotency-key"})
_NOBODY = Config(servers={})
"""Whose options are looked at one by one."""
_LOOKED_AT = (
    *("system", "telemetry", "on_invalid_tool_call", "rewrite", "keep_raw", "remember_reasoning"),
    *("repair", "on_midstream_error"),
)


def made(document: Document, given: Any, code: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a client that a document says.

    Args:
        document: Where it stands.
        given: What it says.
        code: What is given in code, and holds where it says something else.

    Raises:
        InvalidRequestError: Something in it cannot be meant; the message says where.
    """
    options = checked(document, (), given, tables.TOP)
    options.update(_settings(document, options.pop("settings", {})))
    for name, make in _MADE.items():
        if name in given:
            options[name] = make(document, (name,), given[name])
    for name in _LOOKED_AT:
        if name in given:
            with mistakes(document, (name,), given[name]):
                _NOBODY.changed({name: options[name]})
    _require_store(document, options.get("health"))
    _require_transport(document, options.get("transport"))
    options.update(_ledger(document, options))
    options.pop("ledger_env", None)
    _require_leading(document, options, code)
    return options


def _providers(document: Document, keys: Keys, given: Any) -> tuple[Provider, ...]:
    """Return the providers: each a table, or all of them names."""
    if is_list(given):
        named: dict[str, dict[str, Any]] = {name: {} for name in _names(document, keys, given)}
        given = named
    if not is_object(given):
        document.refuse(
            keys,
            "providers are tables, such as [providers.deepseek], or a list of known names; not "
            f"{said(given)}",
        )
    listed: list[Provider] = []
    for name, one in given.items():
        arguments = checked(document, (*keys, name), one, tables.PROVIDER)
        listed.append(Provider(name, **arguments))
        try:
            servers_from(listed[-1:], environment())
        except InvalidRequestError as error:
            about = [key for key in arguments if re.search(rf"\b{key}\b", error.message)]
            document.refuse((*keys, name, *about[-1:]), error.message)
    return tuple(listed)


def _names(document: Document, keys: Keys, given: list[Any]) -> list[str]:
    for place, name in enumerate(given):
        if not isinstance(name, str):
            document.refuse((*keys, place), f"this must be a provider's name, not {said(name)}")
        if name in given[:place]:
            document.refuse((*keys, place), f"{said(name)} is named twice: leave out one")
    return given


_MADE = {
    "providers": _providers,
    "routes": routes,
    "constraints": values.constraints,
    "budget": values.budgets,
    "retry": values.retry,
    "timeout": values.timeout,
    "repair": values.repair,
}


def _require_transport(document: Document, named: str | None) -> None:
    names = get_args(TransportName)
    if named is not None and named not in names:
        document.refuse(
            ("transport",), f"there is no transport {said(named)}. Allowed here: {', '.join(names)}"
        )


def _settings(document: Document, given: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of calls, each looked at by itself."""
    for name, value in given.items():
        keys: Keys = ("settings", name)
        if name in tables.TOP:
            document.refuse(keys, f"{name} is no setting of calls: it stands at the top, above")
        if name in tables.ADVICE and name not in ChatSettings.__annotations__:
            document.refuse(keys, f"{name} {tables.ADVICE[name]}")
        if _has_moment(value):
            document.refuse(keys, "dates are no JSON, in which settings are sent: put it in quotes")
        with mistakes(document, keys):
            _NOBODY.changed({name: plain(value)})
    for where in ("extra_headers", "extra_query"):
        for name in given.get(where, {}):
            if _SECRET.fullmatch(name) and name.lower() not in _NO_SECRET:
                document.refuse(
                    ("settings", where, name),
                    f"{name} is a secret, which does not belong into a file that is shared, and "
                    "would go to every provider: name the variable that has it, api_key_env of a "
                    "provider",
                )
    return given


def _has_moment(value: Any) -> bool:
    if is_mapping(value):
        return any(_has_moment(one) for one in value.values())
    if is_list(value):
        return any(_has_moment(one) for one in value)
    return isinstance(value, date | datetime | time)


def _require_store(document: Document, health: str | None) -> None:
    """Refuse what is no store of health, or holds a secret."""
    if health is None:
        return
    if values.has_password(health):
        document.refuse(("health",), values.STORE)
    if health != "redis" and not health.startswith(("redis://", "rediss://", "unix://")):
        document.refuse(("health",), f'this must be "redis", or the URL of one; not {said(health)}')


def _ledger(document: Document, options: dict[str, Any]) -> dict[str, str]:
    """Return where operations are kept; a path is meant from the file's folder."""
    variable, where = options.get("ledger_env"), options.get("ledger")
    if variable is not None:
        if where is not None:
            document.refuse(("ledger_env",), "there is a ledger as well: leave out one")
        where = environment().get(variable, "").strip() if variable.isidentifier() else ""
        if not where:
            document.refuse(
                ("ledger_env",),
                "this must be the name of a variable of the environment that has a path or a URL; "
                f"{said(variable)} is not set",
            )
        return {"ledger": where}
    if where is None:
        return {}
    if values.has_password(where):
        document.refuse(
            ("ledger",),
            "this holds a password, which does not belong into a file: put the URL into a variable "
            'of the environment, and its name here: ledger_env = "…"',
        )
    if not where or "\0" in where:
        document.refuse(("ledger",), 'this must be a path or URL, such as "calls.db"')
    is_url = ":" in where.split("/", 1)[0][2:]
    return {"ledger": where if is_url else str(document.path.parent / where)}


def _require_leading(
    document: Document, options: Mapping[str, Any], code: Mapping[str, Any]
) -> None:
    """Refuse names that lead nowhere. Providers and routes given in code count."""
    providers = options.get("providers") if code.get("providers") is None else code["providers"]
    servers = servers_from(providers, environment())
    if "constraints" in options:
        with mistakes(document, ("constraints",), options["constraints"]):
            require_named(options["constraints"], servers)
    others = code.get("routes")
    found = require_leading(
        document,
        options.get("routes", {}),
        {} if others is None else routes_given(others),
        servers,
        clock.today(),
    )
    model = options.get("model")
    if model is None or code.get("model") is not None:
        return
    with mistakes(document, ("model",)):
        if find_route(Config(servers=servers, routes=found), model) is None:
            require_model(model, servers, clock.today())
