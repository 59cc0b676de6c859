"""Names of tools, as models write them."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

_LONGEST = 256
"""Characters: what is longer is no name."""

_AROUND = re.compile(
    r"\s*(?:<\|\w+\|>\s*)*(?:functions\.)?([\w-]+)\s*"
    r"(?:<\|\w+\|>\s*(?:commentary|analysis|final|json)?\s*)*",
    re.ASCII,
)
"""A name with what is known to stick to it: spaces, the namespace ``functions.`` of models trained
on OpenAI's harmony format, and that format's own marks (``name<|channel|>commentary``)."""


def declared_name(name: str, declared: AbstractSet[str]) -> str:
    """Return the one tool a name clearly means, or the name itself."""
    if name in declared or not declared or len(name) > _LONGEST:
        return name
    found = _AROUND.fullmatch(name)
    bare = found[1] if found else name.strip()
    if bare in declared:
        return bare
    same = [known for known in declared if known.casefold() == bare.casefold()]
    return same[0] if len(same) == 1 else name
