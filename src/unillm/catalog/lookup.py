"""Finding a model by any name it goes by."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from unillm.catalog import deepseek, openai
from unillm.errors import InvalidRequestError
from unillm.types.model import ModelInfo

_ALL = (*openai.MODELS, *deepseek.MODELS)

VENDORS = tuple(dict.fromkeys(info.vendor for info in _ALL))
"""Whose models they are, as their providers are named."""


def _by_name() -> Mapping[str, ModelInfo]:
    names: dict[str, ModelInfo] = {}
    for info in _ALL:
        for name in (info.id, *info.aliases, *info.legacy, *info.hosted):
            names[name.lower()] = info
    return MappingProxyType(names)


_NAMES = _by_name()
_AT_HOME = MappingProxyType(
    {
        name: info.vendor
        for info in _ALL
        if info.apis
        for name in (info.id, *info.aliases, *info.legacy)
    }
)


def models(vendor: str | None = None) -> tuple[ModelInfo, ...]:
    """Return the models of the catalog, all or one vendor's, newest first.

    Raises:
        InvalidRequestError: There is no such vendor.
    """
    if vendor is None:
        return _ALL
    given: Any = vendor
    meant = given.lower() if isinstance(given, str) else given
    if meant not in VENDORS:
        known = ", ".join(VENDORS)
        raise InvalidRequestError(f"the catalog has models of {known}, not of {given!r}")
    return tuple(info for info in _ALL if info.vendor == meant)


def find(name: str) -> ModelInfo | None:
    """Return the model of a name, or None.

    Args:
        name: Its id, an alias, or the name under which a host serves it, in any case; a path
            before the name (``deepseek-ai/``) does not matter, unless two models differ by it;
            nor does its vendor and a colon (``openai:``).

    Raises:
        InvalidRequestError: The name is no string.
    """
    lowered = _required(name).lower()
    vendor, colon, rest = lowered.partition(":")
    if colon and vendor in VENDORS:
        info = find(rest)
        return info if info is not None and info.vendor == vendor else None
    return _NAMES.get(lowered) or _NAMES.get(lowered.rpartition("/")[2])


def vendor_of(name: str) -> str | None:
    """Return the provider whose own API takes an id, exactly as written, or None.

    Dated snapshots and legacy names count; names that only hosts use do not. So it says nothing of
    ``deepseek-ai/DeepSeek-V4-Pro``, of which `find` says whose weights they are.

    Raises:
        InvalidRequestError: The name is no string.
    """
    return _AT_HOME.get(_required(name))


def _required(name: Any) -> str:
    if not isinstance(name, str):
        raise InvalidRequestError(f"a model's name is a string, not {type(name).__name__}")
    return name


def close_to(name: str, *, most: int = 3) -> tuple[str, ...]:
    """Return ids of the catalog that look like a name nobody knows, the closest first."""
    return tuple(get_close_matches(name.lower(), _AT_HOME, n=most, cutoff=0.75))
