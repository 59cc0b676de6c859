"""Keeping keys out of whatever a provider echoes."""

from __future__ import annotations

import re

_KEY_LIKE = re.compile(r"\b(?:sk|pk|rk|fw|hf|gsk|key)[-_][A-Za-z0-9_\-*.]{8,}|(?i:bearer\s+)\S+")


def redacted(text: str) -> str:
    """Return the text with everything that looks like a key replaced by ``***``."""
    return _KEY_LIKE.sub("***", text)
