"""Where a provider works on what it is sent, and what it does with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from unillm.types.dataclass import dataclass
from unillm.types.facts import Fact
from unillm.types.json import JsonRoundTrip


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(JsonRoundTrip):
    """What is known of a host about place and data. None is "not known", never "no".

    Attributes:
        jurisdiction: The country whose law the host is under (ISO 3166-1 alpha-2, ``US``), for
            a server of your own where it stands.
        self_hosted: Whether it is a server of the caller's own.
        no_training: Whether it says that it trains no model on what is sent to its API, unless
            the caller agrees to that.
        retention_days: How long it says that it keeps what it is sent, in days; 0: it does not
            keep it. Where exceptions are made (abuse, law), the fact says so.
        facts: For each of these, why and who says so; for one that is not known it may say why.
    """

    jurisdiction: str | None = None
    self_hosted: bool | None = None
    no_training: bool | None = None
    retention_days: int | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict[str, Fact], repr=False)


DECLARED = "declared by the caller"
"""The source of facts that a caller declares."""

UNKNOWN = Place()
"""Nothing is known: whoever asks for something excludes it."""
