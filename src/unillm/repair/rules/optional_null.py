"""Null where the schema takes none: at the level ``salvage`` the member is left out."""

from __future__ import annotations

from collections.abc import Collection

from unillm.repair.changes import Change
from unillm.repair.places import Member, without


def optional_null(members: list[Member], nulls: Collection[str]) -> list[Change]:
    """Return the changes that take out members that are null; it fits if none is required."""
    return [
        Change(start, end, "", "optional_null", "lossy") for start, end in without(members, nulls)
    ]
