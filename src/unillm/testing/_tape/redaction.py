"""Secrets kept out of recordings: known keys in any wrapping, and what looks like a secret."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit

from unillm.testing._tape.taped import Asked, Piece, Taped, Told

__all__ = ["HIDDEN", "Redact", "Redactor"]

Redact: TypeAlias = Callable[[str], str]
"""A function of the user's that returns a text without what is to be hidden in it."""

HIDDEN = "***"
_SHORT = 8
"""A shorter key would be found in ordinary words; no provider hands one out."""

_SECRET_NAME = re.compile(
    r"(?:^|-)(?:auth|authorization|apikey|key|secret|cookie2?|credentials?|password|signature|sig|"
    r"token|organi[sz]ation|org|project|account|tenant|session)(?:-id)?$"
)
_SHAPES = re.compile(
    r"\b(?:sk|pk|rk|fw|hf|gsk|xai|nvapi|pplx|tgp)[-_](?=[\w*.-]*\d)[\w*.-]{16,}"
    r"|\b(?:org|proj)[-_](?=\w*\d)\w{16,}"
    r"|\bAIza[\w-]{30,}|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{30,}"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
)
_BEARER = re.compile(r"((?i:bearer)\s+)[\w.~+/=*-]{8,}")
_FIELD = re.compile(
    r"""(\\*"(?:api[-_]?key|access[-_]?token|refresh[-_]?token|client[-_]?secret|password|"""
    r"""authorization|organi[sz]ation_id|project_id)\\*"\s*:\s*\\*")[^"\\]+""",
    re.IGNORECASE,
)


class Redactor:
    """Learn the secrets of requests, and take them out of everything."""

    def __init__(self, redact: Redact | None = None) -> None:
        """Know no key yet.

        Args:
            redact: What the user hides besides.
        """
        self._redact = redact
        self._keys: set[str] = set()

    def learn(self, asked: Asked, key: object = None) -> None:
        """Take note of the keys of a request.

        Args:
            asked: The request.
            key: The key it was made with, if that is a string.
        """
        found = [value for name, value in asked.headers.items() if _is_secret(name)]
        found += [value for name, value in _query(asked.url) if _is_secret(name)]
        found += [key] if isinstance(key, str) else []
        for value in found:
            self._keys |= {part for part in _parts(value) if len(part) >= _SHORT}

    def taped(self, taped: Taped) -> Taped:
        """Return an exchange without secrets."""
        return Taped(asked=self.asked(taped.asked), told=self._told(taped.told))

    def asked(self, asked: Asked) -> Asked:
        """Return a request without secrets."""
        (body,) = self._pieces((Piece(asked.body),)) or (Piece(b""),)
        return replace(
            asked, url=self._url(asked.url), headers=self._headers(asked.headers), body=body.data
        )

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        for key in sorted(self._keys, key=len, reverse=True):
            for wrapped in _wrapped(key):
                text = wrapped.sub(HIDDEN, text)
        text = _BEARER.sub(rf"\1{HIDDEN}", _SHAPES.sub(HIDDEN, text))
        text = _FIELD.sub(rf"\1{HIDDEN}", text)
        return text if self._redact is None else self._redact(text)

    def _told(self, told: Told) -> Told:
        failure = told.failure
        if failure is not None:
            failure = replace(failure, message=self.text(failure.message))
        headers = self._headers(told.headers)
        return replace(told, headers=headers, pieces=self._pieces(told.pieces), failure=failure)

    def _headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        return {
            name: HIDDEN if _is_secret(name) else self.text(value)
            for name, value in headers.items()
        }

    def _url(self, url: str) -> str:
        parts = urlsplit(url)
        if "@" in parts.netloc:
            parts = parts._replace(netloc=f"{HIDDEN}@{parts.netloc.rpartition('@')[2]}")
        query = _query(url)
        if any(_is_secret(name) for name, _ in query):
            shown = [(name, HIDDEN if _is_secret(name) else value) for name, value in query]
            parts = parts._replace(query=urlencode(shown, safe="*"))
        return self.text(parts.geturl())

    def _pieces(self, pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
        """Hide what the pieces hold together, and keep their edges if no secret lies across one."""
        whole = b"".join(piece.data for piece in pieces)
        hidden = self._data(whole)
        if hidden == whole:
            return pieces
        each = tuple(Piece(self._data(piece.data), piece.pause) for piece in pieces)
        if b"".join(piece.data for piece in each) == hidden:
            return each
        events = (part for part in re.split(rb"(?<=\n\n)", hidden) if part)
        return tuple(Piece(part, pieces[0].pause) for part in events)

    def _data(self, data: bytes) -> bytes:
        text = self.text(data.decode("utf-8", "surrogateescape"))
        return text.encode("utf-8", "surrogateescape")


def _is_secret(name: str) -> bool:
    return _SECRET_NAME.search(name.lower().replace("_", "-")) is not None


def _query(url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(url).query, keep_blank_values=True)


def _parts(value: str) -> Iterable[str]:
    """Return a secret value, and the secrets it is made of: of ``Basic …`` the password too."""
    yield value.strip()
    scheme, _, rest = value.strip().partition(" ")
    if rest:
        yield rest.strip()
    if scheme.lower() == "basic":
        try:
            yield base64.b64decode(rest, validate=True).decode().partition(":")[2]
        except ValueError:
            return
    for pair in value.split(";"):
        yield pair.partition("=")[2].strip()


@lru_cache(maxsize=64)
def _wrapped(key: str) -> tuple[re.Pattern[str], ...]:
    """Return what finds a key as it is, escaped for JSON, URLs or HTML, and in base64 or hex.

    They are many patterns, not one: each is searched for by its first character.
    """
    raw = key.encode("utf-8", "surrogateescape")
    plain = r"\x00*".join(_escaped(character) for character in key)
    return tuple(re.compile(way) for way in (plain, f"(?i:{raw.hex()})", *_base64(raw)))


def _escaped(character: str) -> str:
    code = ord(character)
    ways = [
        rf"\\*{re.escape(character)}" if not character.isalnum() else re.escape(character),
        rf"(?i:\\+u{code:04x})",
        rf"(?i:%(?:25)*{code:02x})",
        rf"(?i:&#(?:x0*{code:x}|0*{code});)",
    ]
    if html.escape(character) != character:
        ways.append(re.escape(html.escape(character)))
    # Each begins differently: two ways to read one character would make 2**n of n characters.
    return f"(?:{'|'.join(ways)})"


def _base64(raw: bytes) -> Iterable[str]:
    """Return what finds a key inside base64, wherever it begins in it."""
    for shift, begin in ((0, 0), (1, 2), (2, 3)):
        code = base64.b64encode(bytes(shift) + raw)[begin : (shift + len(raw)) * 8 // 6].decode()
        yield "".join(
            {"+": r"(?:[-+]|%2[Bb])", "/": r"(?:\\*/|_|%2[Ff])"}.get(sign, sign) for sign in code
        )
