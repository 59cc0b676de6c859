"""What a target must be, or must not be, before a byte of a call is sent to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from unillm.errors import InvalidRequestError


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """What must hold of whoever is sent anything. All of it holds, and what is not known excludes.

    Names and countries may be given as any iterable of strings.

    Attributes:
        allow_providers: The only providers that may be asked; None: any.
        deny_providers: Providers that may not be asked.
        allow_jurisdictions: The only countries whose law a host may be under (ISO 3166-1 alpha-2);
            None: any.
        deny_jurisdictions: Countries whose law it may not be under.
        self_hosted: True: only servers of your own; False: none of them; None: either.
        open_weights: Whether the model's weights must be open.
        no_training: Whether the host must say that it trains no model on what it is sent.
        zero_retention: Whether the host must say that it keeps nothing of what it is sent.
        max_price: The most that a million tokens may cost, in US dollars, of input and of output
            each; None: any price.
        licence: The licences that a model's weights may have (SPDX); None: any, or none.
        unverified: Whether facts that nobody could verify count; else they are not known.
    """

    allow_providers: frozenset[str] | None = None
    deny_providers: frozenset[str] = frozenset()
    allow_jurisdictions: frozenset[str] | None = None
    deny_jurisdictions: frozenset[str] = frozenset()
    self_hosted: bool | None = None
    open_weights: bool = False
    no_training: bool = False
    zero_retention: bool = False
    max_price: tuple[Decimal, Decimal] | None = None
    licence: frozenset[str] | None = None
    unverified: bool = False

    def __post_init__(self) -> None:
        """Take any iterable of names for a set of them.

        Raises:
            InvalidRequestError: Something is of the wrong type.
        """
        for name in _SETS:
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, _names(name, given))


_SETS = (
    "allow_providers",
    "deny_providers",
    "allow_jurisdictions",
    "deny_jurisdictions",
    "licence",
)


def _names(field: str, given: Iterable[str]) -> frozenset[str]:
    if isinstance(given, str):
        raise InvalidRequestError(
            f"Constraints({field}=…) must be a set of names, such as {{{given!r}}}; not a string"
        )
    return frozenset(given)
