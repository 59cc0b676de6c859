"""What is known of a server about place and data: of its known host, or as declared."""

from __future__ import annotations

from typing import Any

from unillm.errors import InvalidRequestError
from unillm.types.countries import COUNTRIES, GROUPS, advice_on
from unillm.types.facts import Fact
from unillm.types.place import DECLARED, UNKNOWN, Place


def place_of(known: Place | None, declared: dict[str, Any]) -> Place:
    """Return what holds of a server: what is declared, then what is known of its host.

    Args:
        known: What the profile says, if the server is at the host it speaks of.
        declared: What the caller says, by the names of `Place`; None: nothing.

    Raises:
        InvalidRequestError: What is declared cannot be meant.
    """
    said = {name: value for name, value in declared.items() if value is not None}
    for name, value in said.items():
        _require(name, value)
    place = known or UNKNOWN
    if not said:
        return place
    fact = Fact(reason=DECLARED, source=DECLARED, checked="", verified=False)
    own = dict.fromkeys(said, fact)
    values = {name: said.get(name, getattr(place, name)) for name in declared}
    return Place(**values, facts={**place.facts, **own})


def _require(name: str, value: Any) -> None:
    if name == "jurisdiction":
        valid = isinstance(value, str) and (value in COUNTRIES or value in GROUPS)
        wanted = "a country as two capital letters, such as 'DE', or 'EU' or 'EEA'"
    elif name == "retention_days":
        valid = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        wanted = "a whole number of days, 0 where nothing is kept"
    else:
        valid, wanted = isinstance(value, bool), "True or False"
    if not valid:
        advice = advice_on(value) if name == "jurisdiction" else ""
        raise InvalidRequestError(f"{name} must be {wanted}, not {value!r}.{advice}")
