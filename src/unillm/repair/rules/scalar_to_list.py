"""One item where a list of them belongs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from unillm.repair.declared import declared_in
from unillm.repair.misfit import Misfit
from unillm.repair.rules.key_names import folded
from unillm.types.json import JsonObject, is_object

_BETWEEN = re.compile(r"[^\S\n]*+[,;|\n]\s*+")
_WRITTEN = "[{(\"'`"
"""What a list, an object or a string in a string begins with."""

_MOST = 64
"""Parts a string is split into to show what it may mean."""


def scalar_to_list(misfit: Misfit) -> Iterator[str]:
    """Give the list whose only item is the value.

    A string with separators in it may as well be several items: both readings are given. One
    that is written as a value is not wrapped, nor is an empty one or null: they may mean an
    empty list. Nor is an item of a list, since the list around it may be what was not wrapped,
    nor an object without a key that items have: it may be a list by index.
    """
    value = misfit.value
    if "array" not in misfit.types or value is None or isinstance(value, list):
        return
    if misfit.path and isinstance(misfit.path[-1], int):
        return
    if is_object(value) and not _is_item(value, misfit):
        return
    if isinstance(value, str):
        plain = value.strip()
        if not plain or plain[0] in _WRITTEN:
            return
        parts = _BETWEEN.split(value, _MOST)
        if len(parts) > _MOST:
            return
        if len(parts) > 1:
            yield json.dumps([part for part in parts if part], ensure_ascii=False)
    yield f"[{misfit.literal}]"


def _is_item(value: JsonObject, misfit: Misfit) -> bool:
    names = set(map(folded, declared_in(misfit.schema.get("items"), misfit.root)))
    return any(folded(key) in names for key in value)
