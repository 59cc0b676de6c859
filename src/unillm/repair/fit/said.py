"""What a string says, when it says a list or an object."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from unillm.errors import UnrepairableError
from unillm.repair.changes import applied
from unillm.repair.mend import mend
from unillm.repair.options import Options
from unillm.repair.strict import NotStrictError, read

_BEGINS = re.compile(r"\s*+(?:```\w*+\s*+)?[\[{]")


def said_in(text: Any, options: Options) -> str | None:
    """Return the JSON a string holds, mended if need be; None if it holds no list or object.

    Args:
        text: The string; anything else holds nothing.
        options: What a repair of what it says is asked for.
    """
    if not isinstance(text, str):
        return None
    for _ in range(2):
        try:
            value = read(text)
        except NotStrictError:
            break
        if not isinstance(value, str):
            return text if isinstance(value, list | dict) else None
        text = value
    if not _BEGINS.match(text):
        return None
    # What loses data is not done here: it would not be seen in the one change this becomes.
    lossless = replace(options, level="schema")
    try:
        return applied(text, mend(text, lossless))
    except UnrepairableError:
        return None
