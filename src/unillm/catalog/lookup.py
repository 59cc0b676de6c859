"""Finding a model by any name it goes by."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from unillm.catalog import deepseek, openai
from unillm.types.model import ModelInfo

_ALL = (*openai.MODELS, *deepseek.MODELS)


def _by_name() -> Mapping[str, ModelInfo]:
    names: dict[str, ModelInfo] = {}
    for info in _ALL:
        for name in (info.id, *info.aliases):
            names[name.lower()] = info
    return MappingProxyType(names)


_NAMES = _by_name()
_IDS = {info.id: info.vendor for info in _ALL}


def models(vendor: str | None = None) -> tuple[ModelInfo, ...]:
    """Return the models of the catalog, all or one vendor's."""
    return tuple(info for info in _ALL if vendor is None or info.vendor == vendor)


def find(name: str) -> ModelInfo | None:
    """Return the model of a name, or None.

    Args:
        name: Its id, an alias, or the name under which a host serves it, in any case; a path
            before the name (``deepseek-ai/``) does not matter.
    """
    lowered = name.lower()
    return _NAMES.get(lowered) or _NAMES.get(lowered.rpartition("/")[2])


def vendor_of(name: str) -> str | None:
    """Return the provider whose own model an exact id is, or None."""
    return _IDS.get(name)
