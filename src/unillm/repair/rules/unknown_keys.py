"""Members the schema neither declares nor takes: at the level ``salvage`` they are left out."""

from __future__ import annotations

from collections.abc import Collection

from unillm.repair.changes import Change
from unillm.repair.places import Member, without


def unknown_keys(members: list[Member], unknown: Collection[str]) -> list[Change]:
    """Return the changes that take members out of an object, which loses what they say."""
    return [
        Change(start, end, "", "unknown_keys", "lossy") for start, end in without(members, unknown)
    ]
