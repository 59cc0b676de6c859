"""Reasoning that only whoever sealed it can read, as ``encrypted_content`` is.

Nothing is kept: what a fake has sealed says so itself, to every fake.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

__all__ = ["seal", "unseal"]

_MARK = b"unillm-fake"
_SIZE = 12


def seal(text: str) -> str:
    """Return text that means nothing to a client and that `unseal` knows again."""
    data = text.encode("utf-8", "surrogatepass")
    return base64.urlsafe_b64encode(_signature(data) + data[::-1]).decode("ascii")


def unseal(sealed: str) -> str | None:
    """Return what was sealed, or None where a fake did not seal it or somebody touched it."""
    try:
        data = base64.b64decode(sealed, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    text = data[_SIZE:][::-1]
    return text.decode("utf-8", "surrogatepass") if data[:_SIZE] == _signature(text) else None


def _signature(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_SIZE, key=_MARK).digest()
