"""Annotations, as each interface has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unillm.testing._objects import single

__all__ = ["flat", "nested"]


def flat(annotation: Mapping[str, Any]) -> dict[str, Any]:
    """Return an annotation as Responses has it: its fields beside its type."""
    kind = annotation["type"]
    inner = single(annotation.get(kind))
    return {"type": kind, **inner} if inner else dict(annotation)


def nested(annotation: Mapping[str, Any]) -> dict[str, Any]:
    """Return an annotation as Chat has it: its fields under the name of its type."""
    fields = flat(annotation)
    kind = fields.pop("type")
    return {"type": kind, kind: fields}
