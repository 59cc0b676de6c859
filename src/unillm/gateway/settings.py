"""What a gateway lets in, and how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal

from unillm.errors import InvalidRequestError
from unillm.gateway.budget import DEFAULT as SESSION_BUDGET
from unillm.gateway.loops import REFUSALS, REPEATS
from unillm.types.dataclass import dataclass

LEAST_KEY = 16
"""Characters that a key has at least."""
MOST_BYTES = 32 * 1024 * 1024
AT_ONCE = 1024
SILENCE = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a gateway is guarded.

    Attributes:
        key: Who asks has to show it: ``Authorization: Bearer …`` or ``x-api-key``. At least 16
            characters.
        hosts: The ``Host`` headers that are answered, exactly: ``localhost:8787``.
        origins: The ``Origin`` headers that are answered, exactly. A browser sends one with what a
            page asks for; else none is answered that has one.
        seal: The secret with which thinking is signed that clients keep; None: made of the key.
        most_bytes: How long the body of a request may be.
        at_once: How many requests are answered at the same time; one more is refused (503).
        aliases: What names mean that clients insist on: a model or route by each name, in which
            ``*`` stands for any letters.
        models: The models and routes that are served; empty: all.
        session_budget: US dollars that each session may spend; None: no limit.
        refusals: How often one call that cannot be executed may come in a conversation before that
            is refused; 0: any number of times.
        repeats: How many turns of a conversation may make the same calls and be told the same; 0:
            any number.
        silence: After how many seconds without anything to say a stream says that it is alive.
    """

    key: str = field(repr=False)
    hosts: frozenset[str]
    origins: frozenset[str] = frozenset()
    seal: bytes | None = field(default=None, repr=False)
    most_bytes: int = MOST_BYTES
    at_once: int = AT_ONCE
    aliases: Mapping[str, str] = field(default_factory=dict[str, str])
    models: tuple[str, ...] = ()
    session_budget: Decimal | int | str | None = SESSION_BUDGET
    refusals: int = REFUSALS
    repeats: int = REPEATS
    silence: float = SILENCE

    def __post_init__(self) -> None:
        """Refuse what would leave the door open.

        Raises:
            InvalidRequestError: The key is too short, or is no text that a header can have.
        """
        if len(self.key) < LEAST_KEY or not self.key.isascii() or not self.key.isprintable():
            raise InvalidRequestError(
                f"the key of a gateway must be {LEAST_KEY} or more printable ASCII characters"
            )
        if " " in self.key:
            raise InvalidRequestError("the key of a gateway must have no spaces")
        object.__setattr__(self, "hosts", frozenset(host.lower() for host in self.hosts))
        object.__setattr__(self, "origins", frozenset(one.lower() for one in self.origins))

    @property
    def secret(self) -> bytes:
        """Return what is signed with, and what names are made with."""
        return self.seal or self.key.encode()


def hosts_at(port: int) -> frozenset[str]:
    """Return the ``Host`` headers of whoever asks on this machine."""
    named = {f"{name}:{port}" for name in LOOPBACK}
    return frozenset(named | set(LOOPBACK) if port == _HTTP else named)


def in_address(host: str) -> str:
    """Return an address as it stands in a URL and in a ``Host`` header: IPv6 in brackets."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_HTTP = 80
"""The port that a ``Host`` header leaves out."""
