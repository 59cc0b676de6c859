"""Which program asks, as far as its headers say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

UNKNOWN = "unknown"
"""What a program is called that does not say."""
LONGEST = 40
"""Characters that the name of a program has at most."""

_NAMED = {
    # What agents write before the first slash of their User-Agent, in small letters.
    "claude-cli": "claude-code",  # 2.1.197, seen 2026-11-23
    "codex_cli_rs": "codex",  # 0.169.0, seen 2026-11-23; the others are its siblings
    "codex_exec": "codex",
    "codex_vscode": "codex",
    "codex-tui": "codex",
    "qwencode": "qwen-code",  # 0.15.10, seen 2026-11-23
    "kilo-code": "kilo",  # the title "Kilo Code"
    "asyncopenai": "openai-python",  # openai-python 3.57.0, _client.py, read 2026-11-29
    "asyncanthropic": "anthropic-python",  # anthropic 2.14.0, the same
}
_OF_ONE = {"agent-session-id": "goose"}
"""Headers that one program alone sends: goose 1.52.0 has no User-Agent (seen 2026-11-29)."""
_LIBRARIES = ("openai", "anthropic")
"""Those whose User-Agent has the language behind the slash: ``OpenAI/JS 5.1.0``."""
_OF_MANY = frozenset(
    {
        "ai-sdk",
        "aiohttp",
        "anthropic-js",
        "anthropic-python",
        "axios",
        "bun",
        "go-http-client",
        "httpx",
        "litellm",
        "mozilla",
        "node",
        "node-fetch",
        "okhttp",
        "openai-go",
        "openai-java",
        "openai-js",
        "openai-python",
        "openai-ruby",
        "python",
        "python-httpx",
        "python-requests",
        "reqwest",
        "undici",
        UNKNOWN,
    }
)
"""Names that say with what is asked, and not who does: another header may know that."""
_PRODUCT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]*")


def agent_of(headers: Mapping[str, str]) -> str:
    """Return the name of the program that asks: small ASCII letters, digits, ``-``, ``_``, ``.``.

    It is what stands first in its ``User-Agent``; where that is a library that many use, its
    ``x-title`` or the host of its ``http-referer``, as OpenRouter has it
    (https://openrouter.ai/docs/api-reference/overview, read 2026-11-29), the ``originator`` of
    codex, or a header that it alone sends; else the library. ``unknown``: nothing that can be told.

    Args:
        headers: The headers of the request; their names in small letters.
    """
    told = _of_user_agent(headers.get("user-agent", ""))
    if told not in _OF_MANY:
        return told
    titles = (headers.get("x-openrouter-title"), headers.get("x-title"), headers.get("originator"))
    for title in titles:
        named = _called(title or "")
        if named != UNKNOWN:
            return named
    only = next((named for header, named in _OF_ONE.items() if header in headers), None)
    return _of_referer(headers.get("http-referer", "")) or only or told


def _of_user_agent(text: str) -> str:
    product, _, version = text.partition("/")
    if product.strip().lower().removeprefix("async") in _LIBRARIES and version:
        language = version.partition(" ")[0]
        return _called(f"{product.strip().lower().removeprefix('async')}-{language}")
    # Whoever has no slash may have said much: the first word is the name.
    return _called(product if version else product.partition(" ")[0])


def _of_referer(text: str) -> str | None:
    try:
        host = urlsplit(text).hostname or ""
    except ValueError:
        return None
    named = _called(host.removeprefix("www."))
    return None if named == UNKNOWN else named


def _called(text: str) -> str:
    """Return a name as it is kept: never long, and nothing in it that a log would not show."""
    found = _PRODUCT.match(text.strip()[: 4 * LONGEST])
    if found is None:
        return UNKNOWN
    name = re.sub(r"[ ]+", "-", found[0].strip().lower())[:LONGEST].strip("-._")
    return _NAMED.get(name, name) or UNKNOWN
