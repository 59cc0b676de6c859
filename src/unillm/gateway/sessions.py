"""Who asks, and in which conversation: for the ledger, budgets, and routes that stay with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from unillm.gateway.programs import agent_of
from unillm.types.dataclass import dataclass
from unillm.types.json import is_object
from unillm.types.messages import UserMessage
from unillm.types.parts import TextPart

if TYPE_CHECKING:
    from unillm._wire.serve.asked import Asked
    from unillm.types.parts import Content

LONGEST = 128
"""Characters that the name of a session has at most."""
HEADERS = (
    "session-id",  # codex 0.169.0
    "x-session-id",  # opencode 1.18, kilo
    "agent-session-id",  # goose 1.34
    "x-claude-code-session-id",  # claude-code 2.1.197
    "x-opencode-session",  # https://opencode.ai/docs/go/, quoted 2026-09; unverified here
    "thread-id",  # codex, where it leaves out the first
    "x-session-affinity",  # opencode
)
"""Headers in which agents name the conversation, the surest first (seen 2026-11-23)."""
_LEGACY = re.compile(r"_session_([A-Za-z0-9-]{8,64})$")
"""How the session stood in ``metadata.user_id`` of claude-code before 2.1.78."""
_PLAIN = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, and in which conversation.

    Attributes:
        agent: The name of the program; ``unknown`` if it does not say.
        session: The name of the conversation: printable ASCII, at most 128 characters.
        derived: Whether nobody named it, and it is made of how the conversation begins.
    """

    agent: str
    session: str
    derived: bool


def caller_of(headers: Mapping[str, str], asked: Asked, secret: bytes) -> Caller:
    """Return who makes a request, and in which conversation.

    What the caller says outright in ``unillm.session`` holds over everything else. Then headers of
    agents are looked at, and fields of the body. Of a conversation that nobody names a name is
    made of its first message of the user's, which stays the same over its turns: a digest with a
    key, of which nobody who has not the key can tell whether it is that of a text.

    Args:
        headers: The headers of the request; their names in small letters.
        asked: The request, read.
        secret: The key of what is made of texts, 16 bytes or more; the same after a restart.
    """
    agent = agent_of(headers)
    for named in _named(headers, asked):
        session = _kept(named, secret)
        if session is not None:
            return Caller(agent=agent, session=session, derived=False)
    begun = next((m for m in asked.request.messages if isinstance(m, UserMessage)), None)
    made = blake2b(key=_key(secret), digest_size=12, person=b"session")
    for piece in (agent, *_texts(None if begun is None else begun.content)):
        text = piece.encode("utf-8", "surrogatepass")
        made.update(len(text).to_bytes(8) + text)
    return Caller(agent=agent, session=f"made-{made.hexdigest()}", derived=True)


def _named(headers: Mapping[str, str], asked: Asked) -> Iterator[Any]:
    """Give what may be the name of the conversation, the surest first."""
    yield asked.options.get("session")
    for name in HEADERS:
        yield headers.get(name)
    settings = asked.request.settings
    yield settings.get("prompt_cache_key")
    metadata = settings.get("metadata")
    yield _in_user_id(metadata.get("user_id") if is_object(metadata) else asked.asks_for)


def _in_user_id(given: Any) -> Any:
    """Return the session that claude-code has in ``metadata.user_id``; None: there is none.

    Without one it names a user, of whom there may be many conversations. It is a text with the
    session at its end, since 2.1.78 a JSON object in a text (ding113/claude-code-hub#939, read
    2026-11-29).
    """
    if not isinstance(given, str) or len(given) > 8 * LONGEST:
        return None
    legacy = _LEGACY.search(given)
    if legacy is not None:
        return legacy[1]
    try:
        told = json.loads(given)
    except (ValueError, RecursionError):
        return None
    return told.get("session_id") if is_object(told) else None


def _kept(given: Any, secret: bytes) -> str | None:
    """Return the name of a session as it is kept; None: it names none.

    One that is too long, or that a header could not have, is replaced by a digest: cut off, two
    might become one.
    """
    if not isinstance(given, str) or not given.strip():
        return None
    name = given.strip()
    if len(name) <= LONGEST and _PLAIN.fullmatch(name):
        return name
    text = name.encode("utf-8", "surrogatepass")
    made = blake2b(text, key=_key(secret), digest_size=12, person=b"named")
    return f"long-{made.hexdigest()}"


def _key(secret: bytes) -> bytes:
    return secret[: blake2b.MAX_KEY_SIZE]


def _texts(content: Content | None) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif content is not None:
        # Images are left out: how a client writes the same one may change.
        yield from (part.text for part in content if isinstance(part, TextPart))
