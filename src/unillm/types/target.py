"""Whom a request is sent to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from hashlib import sha256
from typing import TypeAlias

from unillm.types.dataclass import dataclass
from unillm.types.edits import Note
from unillm.types.facts import Api, Fact, Limit
from unillm.types.model import ModelInfo
from unillm.types.origin import origin_of
from unillm.types.place import UNKNOWN, Place
from unillm.types.profile import Profile

ApiKey: TypeAlias = str | Callable[[], str] | Callable[[], Awaitable[str]]
"""A key, or a function called before each request that returns one (for short-lived tokens).

A function may be ``async`` with `unillm.AsyncClient` only. What it returns is sent as a token
(``Authorization: Bearer …``), also where a key goes into a header of its own.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One provider, model, key and base URL.

    Attributes:
        provider: The provider's name.
        model: The model, as the provider names it.
        base_url: URL that ``/chat/completions`` or ``/responses`` is appended to.
        api_key: The key, or None where none is needed. Never shown.
        profile: The provider's dialect.
        info: What the catalog knows of the model; None: nothing.
        api: The only interface to use; None: the first that takes the request.
        versioned: Whether a version of its API was asked for, which has no other interface.
        place: What is known of where it works on what it is sent, and what it does with that.
        host: The known provider whose host it is at, whatever it is called here; None: nobody's.
        forwards: Who says that it sends what it is sent on to others; None: nobody.
        prices: Whose prices hold for it, where that is not the provider of its name.
        max_concurrency: How many calls to its provider may be under way at once, as its Provider
            says; None: any number.
        notes: What should be known of the model before it is relied on.
        key: What tells it from every other target: provider, model and address. It is shown, and
            kept by stores of health: of a query, where a key may stand, it has a digest.
        limits: What is not taken: by the provider, and by its vendor's API with this model. By the
            feature, each with its place among all of them.
    """

    provider: str
    model: str
    base_url: str
    api_key: ApiKey | None = field(default=None, repr=False)
    profile: Profile = field(repr=False)
    info: ModelInfo | None = field(default=None, repr=False)
    api: Api | None = None
    versioned: bool = False
    place: Place = field(default=UNKNOWN, repr=False)
    host: str | None = None
    forwards: Fact | None = field(default=None, repr=False)
    prices: str | None = None
    max_concurrency: int | None = None
    notes: tuple[Note, ...] = field(default=(), repr=False)
    key: str = field(init=False, repr=False, compare=False)
    limits: Mapping[str, tuple[tuple[int, Limit], ...]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Say once what each call, or each decision of a route, asks for."""
        object.__setattr__(self, "key", f"{self.provider}:{self.model}@{_named(self.base_url)}")
        limits: dict[str, tuple[tuple[int, Limit], ...]] = {}
        for place, limit in enumerate(self._limits()):
            limits[limit.feature] = (*limits.get(limit.feature, ()), (place, limit))
        object.__setattr__(self, "limits", limits)

    @property
    def origin(self) -> str:
        """Return the host it is at, with scheme and port: what it gave goes back there alone."""
        return origin_of(self.base_url)

    @property
    def billed_as(self) -> str:
        """Return the provider whose prices hold for it."""
        return self.prices or self.provider

    @property
    def narrowed_by(self) -> str:
        """Return what of its Provider leaves only one interface, as it is written."""
        return "api_version=…" if self.versioned else f"api={self.api!r}"

    @property
    def at_home(self) -> bool:
        """Tell whether the model is served by its vendor, or just as its vendor does."""
        if self.info is None:
            return False
        return self.info.vendor in {self.profile.name, *self.profile.vendors}

    @property
    def window(self) -> int | None:
        """Return how many tokens a prompt may have there at most; None: that is not known."""
        info = self.info
        return None if info is None else info.max_input or info.context

    @property
    def concurrency(self) -> int | None:
        """Return how many calls at once its vendor's own API takes; None: that is not limited.

        Whose account may have more says so with a greater ``max_concurrency``.
        """
        info = self.info
        if info is None or info.concurrency is None or info.vendor != self.profile.name:
            return None
        return max(info.concurrency, self.max_concurrency or 0)

    def _limits(self) -> tuple[Limit, ...]:
        profile, info = self.profile, self.info
        if info is None:
            # A server of one's own under the provider's name may have one interface alone.
            own = profile.base_url is None or not self.base_url.startswith(profile.base_url)
            assumed = (limit for limit in profile.assumed or () if limit.api is None or not own)
            return (*profile.limits, *assumed)
        return profile.limits + (info.limits if self.at_home else ())

    def __str__(self) -> str:
        """Return ``provider:model``."""
        return f"{self.provider}:{self.model}"


def _named(base_url: str) -> str:
    """Return an address without what is secret in it."""
    address, mark, query = base_url.partition("?")
    if not mark:
        return base_url
    return f"{address}?{sha256(query.encode('utf-8', 'replace')).hexdigest()[:8]}"
