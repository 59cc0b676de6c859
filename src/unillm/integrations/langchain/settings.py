"""Settings in: what a model and a call set, as the options of unillm's clients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from pydantic_core import to_jsonable_python

import unillm
from unillm import InvalidRequestError
from unillm.types.json import is_mapping

_LANGCHAIN = ("stream", "ls_structured_output_format", "structured_output_format")
"""What LangChain puts among the settings of a call for itself."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an answer is made into.

    Attributes:
        output: A type, or a JSON Schema.
        schema: The JSON Schema of either, which tells types of one name apart where this is shown.
        retries: How often the model is asked again.
    """

    output: Any
    schema: Mapping[str, Any]
    retries: int = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """One call: its messages, its options, and what its answer is made into."""

    messages: list[unillm.Message]
    options: dict[str, Any]
    wanted: Wanted | None


_POLICIES: Mapping[str, type[Any]] = {"retry": unillm.RetryPolicy, "repair": unillm.RepairPolicy}


def read_back(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with the policies that `written` wrote down.

    Raises:
        InvalidRequestError: One has a value that cannot be meant.
    """
    return {name: _policy(name, value) for name, value in options.items()}


def _policy(name: str, value: Any) -> Any:
    if name not in _POLICIES or not is_mapping(value):
        return value
    try:
        return _POLICIES[name](**value)
    except TypeError as error:
        raise InvalidRequestError(f"{name} in model_kwargs: {error}") from error


def written(value: Any) -> Any:
    """Return a policy or a `Timeout` as plain JSON; as it is, where objects of code are in it."""
    if not isinstance(value, unillm.RetryPolicy | unillm.RepairPolicy | unillm.Timeout):
        return value
    held = {f.name: getattr(value, f.name) for f in fields(value)}
    try:
        plain: dict[str, Any] = to_jsonable_python(held)
    except ValueError:
        return value
    return plain


def options_in(
    own: Mapping[str, Any], call: Mapping[str, Any], stop: list[str] | None
) -> tuple[dict[str, Any], Wanted | None]:
    """Return the options of a call: those of the model, then those of the call, then ``stop``."""
    options = {name: value for name, value in {**own, **call}.items() if value is not None}
    for name in _LANGCHAIN:
        options.pop(name, None)
    options.update({"stop": stop} if stop else {})
    if not options.get("stop"):
        options.pop("stop", None)
    retries = options.pop("max_retries", None)
    if retries is not None:
        options.setdefault("retry", unillm.RetryPolicy(max_attempts=retries + 1))
    options.pop("unillm_tags", None)
    tags: dict[str, str] = {**(own.get("unillm_tags") or {}), **(call.get("unillm_tags") or {})}
    if tags:
        options["tags"] = {**options.get("tags", {}), **tags}
    wanted: Wanted | None = options.pop("unillm_output", None)
    return options, wanted


def whose(model: str | None) -> tuple[str, str]:
    """Return who serves a model, and its name there; ``unillm``: that is decided for each call."""
    name = model or "default"
    provider, colon, rest = name.partition(":")
    if colon and provider in unillm.providers.names():
        return provider, rest
    return unillm.catalog.vendor_of(name) or "unillm", name
