"""What a target must be, or must not be, before a byte of a call is sent to it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import fields
from decimal import Decimal
from typing import Any

from unillm.errors import InvalidRequestError
from unillm.types.countries import advice_on, country_named, within
from unillm.types.dataclass import dataclass
from unillm.types.json import JsonRoundTrip, is_iterable, is_mapping


@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class MaxPrice(JsonRoundTrip):
    """The most that tokens may cost, in US dollars for a million of them.

    Whole numbers are taken, and text; no float, which is not what it looks like.

    Attributes:
        input: Of input, cached or not, and of what is written to the cache; None: any price.
        output: Of output, reasoning included; None: any price.
    """

    input: Decimal | None = None
    output: Decimal | None = None

    def __init__(
        self,
        *,
        input: Decimal | int | str | None = None,  # noqa: A002 - as prices call it everywhere
        output: Decimal | int | str | None = None,
    ) -> None:
        """Take prices in any of the ways in which they are written.

        Raises:
            InvalidRequestError: One is no amount of money, or nothing is limited.
        """
        object.__setattr__(self, "input", input)
        object.__setattr__(self, "output", output)
        self.__post_init__()

    def __post_init__(self) -> None:
        """Refuse what is no price.

        Raises:
            InvalidRequestError: It is no amount of money, or nothing is limited.
        """
        for name in ("input", "output"):
            object.__setattr__(self, name, _price(name, getattr(self, name)))
        if self.input is None and self.output is None:
            raise InvalidRequestError("MaxPrice() limits nothing: give it input=…, output=…")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Constraints(JsonRoundTrip):
    """What must hold of whoever is sent anything. All of it holds, and what is not known excludes.

    Two are joined by ``&``: what both admit, at most. Names and countries may be given as any
    iterable of strings; countries in small letters too.

    Attributes:
        allow_providers: The only providers that may be asked, as the client names them; None: any.
        deny_providers: Providers that may not be asked: by the name the client has for them, and
            by the host they are known to be at. A gateway that sends on to others is asked by
            nobody who denies any: which of them it asks is not known.
        allow_jurisdictions: The only countries whose law a host may be under (ISO 3166-1 alpha-2),
            ``EU`` or ``EEA``; None: any.
        deny_jurisdictions: Countries whose law it may not be under.
        self_hosted: True: only servers of your own; False: none of them; None: either.
        open_weights: Whether the model's weights must be open.
        no_training: Whether the host must say that it trains no model on what it is sent.
        zero_retention: Whether the host must say that it keeps nothing of what it is sent.
        max_price: The most that tokens may cost, at the dearest that may hold: a `MaxPrice`; None:
            any price.
        licence: The licences that a model's weights may have (SPDX); None: any, or none.
        unverified: Whether facts that nobody could verify count; else they are not known.
    """

    allow_providers: AbstractSet[str] | None = None
    deny_providers: AbstractSet[str] = frozenset()
    allow_jurisdictions: AbstractSet[str] | None = None
    deny_jurisdictions: AbstractSet[str] = frozenset()
    self_hosted: bool | None = None
    open_weights: bool = False
    no_training: bool = False
    zero_retention: bool = False
    max_price: MaxPrice | None = None
    licence: AbstractSet[str] | None = None
    unverified: bool = False

    def __post_init__(self) -> None:
        """Take any iterable of names for a set of them.

        Raises:
            InvalidRequestError: Something is of the wrong type, or no country.
        """
        for name in _SETS:
            given = getattr(self, name)
            if given is not None or name in _NEVER_NONE:
                object.__setattr__(self, name, _names(name, given))
        for name in _FLAGS:
            _require_flag(name, getattr(self, name))
        price: Any = self.max_price
        if price is not None and not isinstance(price, MaxPrice):
            raise InvalidRequestError(
                "Constraints(max_price=…) must be unillm.MaxPrice(input=…, output=…), US dollars "
                f"for a million tokens of each; not {price!r}"
            )

    def __and__(self, other: Constraints) -> Constraints:
        """Return constraints that admit nobody whom one of the two does not admit.

        Unverified facts count where they count for both.

        Raises:
            InvalidRequestError: One asks for servers of one's own, the other for none of them.
        """
        if not isinstance(other, Constraints):  # pyright: ignore[reportUnnecessaryIsInstance] - Python asks for it
            return NotImplemented
        if None not in {self.self_hosted, other.self_hosted} and (
            self.self_hosted != other.self_hosted
        ):
            raise InvalidRequestError("no server is self_hosted and is not: nobody is left to ask")
        return Constraints(
            allow_providers=_both(self.allow_providers, other.allow_providers),
            deny_providers=self.deny_providers | other.deny_providers,
            allow_jurisdictions=_common(self.allow_jurisdictions, other.allow_jurisdictions),
            deny_jurisdictions=self.deny_jurisdictions | other.deny_jurisdictions,
            self_hosted=other.self_hosted if self.self_hosted is None else self.self_hosted,
            open_weights=self.open_weights or other.open_weights,
            no_training=self.no_training or other.no_training,
            zero_retention=self.zero_retention or other.zero_retention,
            max_price=_cheaper(self.max_price, other.max_price),
            licence=_both(self.licence, other.licence),
            unverified=self.unverified and other.unverified,
        )

    def __repr__(self) -> str:
        """Show what is demanded, and nothing else."""
        shown: list[str] = []
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, frozenset) and (value or field.default is None):
                listed = ", ".join(repr(name) for name in sorted(value))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - of strings
                shown.append(f"{field.name}={{{listed}}}" if listed else f"{field.name}=()")
            elif value != field.default:
                shown.append(f"{field.name}={value!r}")
        return f"Constraints({', '.join(shown)})"

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is demanded."""
        return self in {_NOTHING, _NOTHING_UNVERIFIED}


_SETS = (
    *("allow_providers", "deny_providers", "allow_jurisdictions", "deny_jurisdictions", "licence"),
)
_NEVER_NONE = frozenset({"deny_providers", "deny_jurisdictions"})
_COUNTRIES = frozenset({"allow_jurisdictions", "deny_jurisdictions"})
_FLAGS = ("self_hosted", "open_weights", "no_training", "zero_retention", "unverified")


def _names(field: str, given: Any) -> frozenset[str]:
    if isinstance(given, str) or is_mapping(given) or not is_iterable(given):
        hint = f"such as {{{given!r}}}; not a string" if isinstance(given, str) else ""
        raise InvalidRequestError(
            f"Constraints({field}=…) must be a set of names, {hint or f'not {given!r}'}"
        )
    names = list(given)
    for name in names:
        if not (isinstance(name, str) and name.strip()):
            raise InvalidRequestError(f"Constraints({field}=…) has {name!r}, which is no name")
    return frozenset(_country(field, name) if field in _COUNTRIES else name for name in names)


def _country(field: str, given: str) -> str:
    code = country_named(given)
    if code is None:
        raise InvalidRequestError(
            f"Constraints({field}=…) has {given!r}, which is no country: codes have two letters "
            f"(ISO 3166-1), such as 'DE'; 'EU' and 'EEA' are their members.{advice_on(given)}"
        )
    return code


def _require_flag(name: str, given: Any) -> None:
    if not isinstance(given, bool) and not (name == "self_hosted" and given is None):
        what = "True, False or None" if name == "self_hosted" else "True or False"
        raise InvalidRequestError(f"Constraints({name}=…) must be {what}, not {given!r}")


def _price(name: str, given: Any) -> Decimal | None:
    if given is None:
        return None
    try:
        valid = not isinstance(given, bool | float) and isinstance(given, Decimal | int | str)
        price = Decimal(given) if valid else Decimal("NaN")
    except ArithmeticError:
        price = Decimal("NaN")
    if not (price.is_finite() and price >= 0):
        raise InvalidRequestError(
            f"MaxPrice({name}=…) is US dollars for a million tokens, a Decimal, a whole number or "
            f'text, such as Decimal("2.50"); not {given!r}'
        )
    return price


def _both(one: AbstractSet[str] | None, other: AbstractSet[str] | None) -> AbstractSet[str] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _common(
    one: AbstractSet[str] | None, other: AbstractSet[str] | None
) -> AbstractSet[str] | None:
    """Return the countries that are in both, as they were written where one has all of another."""
    if one is None or other is None:
        return other if one is None else one
    these, those = within(one), within(other)
    if these == those:  # in fewer words, whichever of the two has them
        return min(one, other, key=lambda given: (len(given), sorted(given)))
    if these <= those or those <= these:
        return one if these <= those else other
    return these & those


def _cheaper(one: MaxPrice | None, other: MaxPrice | None) -> MaxPrice | None:
    if one is None or other is None:
        return other if one is None else one
    return MaxPrice(input=_less(one.input, other.input), output=_less(one.output, other.output))


def _less(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


_NOTHING = Constraints()
_NOTHING_UNVERIFIED = Constraints(unverified=True)
