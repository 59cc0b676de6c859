"""A choice written in other letters: ``RED`` for ``red``."""

from __future__ import annotations

import json
from collections.abc import Iterator

from unillm.repair.misfit import Misfit


def enum_case(misfit: Misfit) -> Iterator[str]:
    """Give the choices that differ from a string in upper and lower case only."""
    if not isinstance(misfit.value, str) or not misfit.choices:
        return
    folded = misfit.value.casefold()
    for choice in misfit.choices:
        if isinstance(choice, str) and choice.casefold() == folded:
            yield json.dumps(choice, ensure_ascii=False)
