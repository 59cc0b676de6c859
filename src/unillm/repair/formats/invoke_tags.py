"""Formats that share ``<invoke name="…"><parameter name="…">…</parameter></invoke>``."""

from __future__ import annotations

import re

from unillm.repair.formats.tags import Role, Tags

_ROLES: dict[str, Role] = {"invoke": "call", "parameter": "parameter"}


def invoke_tags(section: str, prefix: str = "") -> Tags:
    """Return the tags of a format.

    Args:
        section: The word of the tag around the calls.
        prefix: What stands before the words of the other tags.
    """
    pattern = re.compile(rf"<(?P<slash>/?)(?:{prefix})?(?P<word>[\w:]+)(?P<rest>(?:\s[^<>]*)?)>")
    return Tags(pattern, {**_ROLES, section: "section"})
