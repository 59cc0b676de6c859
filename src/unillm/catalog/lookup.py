"""Finding a model by any name it goes by."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from unillm.catalog import deepseek, openai
from unillm.types.model import ModelInfo

_ALL = (*openai.MODELS, *deepseek.MODELS)


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
    """Return the models of the catalog, all or one vendor's, newest first."""
    return tuple(info for info in _ALL if vendor is None or info.vendor == vendor)


def find(name: str) -> ModelInfo | None:
    """Return the model of a name, or None.

    Args:
        name: Its id, an alias, or the name under which a host serves it, in any case; a path
            before the name (``deepseek-ai/``) does not matter, unless two models differ by it.
    """
    lowered = name.lower()
    return _NAMES.get(lowered) or _NAMES.get(lowered.rpartition("/")[2])


def vendor_of(name: str) -> str | None:
    """Return the provider whose own API takes an id, exactly as written, or None.

    Dated snapshots and legacy names count; names that only hosts use do not.
    """
    return _AT_HOME.get(name)


def close_to(name: str, *, most: int = 3) -> tuple[str, ...]:
    """Return ids of the catalog that look like a name nobody knows, the closest first."""
    return tuple(get_close_matches(name.lower(), _AT_HOME, n=most, cutoff=0.75))
