"""Null where the schema takes none: at the level ``salvage`` the member is left out."""

from __future__ import annotations

from unillm.repair.changes import Change
from unillm.repair.places import Member, without


def optional_null(members: list[Member], key: str) -> list[Change]:
    """Return the changes that take a member out that is null; it fits if it need not be there."""
    return [
        Change(start, end, "", "optional_null", "lossy") for start, end in without(members, {key})
    ]
