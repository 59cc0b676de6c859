"""Keys: made into a header at the last moment, and kept out of everything that is shown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable
from dataclasses import replace
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeAlias, cast
from urllib.parse import parse_qsl, urlsplit

from unillm.errors import (
    AuthenticationError,
    InvalidRequestError,
    UnillmError,
)
from unillm.types.json import is_list, is_object
from unillm.types.response import Attempt
from unillm.types.transport import WireRequest

Secrets: TypeAlias = tuple[str, ...]
"""What must be shown nowhere: the key, and what looks like one in headers and query."""

_HIDDEN = "***"
_TELLING = 8
"""Characters of a key's beginning that tell too much of it."""
_SECRET = re.compile(
    "auth|cookie|credential|key|passw|secret|signature|token|^code$|^sig$", re.IGNORECASE
)
"""Names of headers and parameters whose values are nobody's to read."""
_PLAIN = (str, int, float, bool, bytes, list, dict, type(None))
_NAME = re.compile("[-!#$%&'*+.^_`|~0-9A-Za-z]+")  # a token, RFC 9110 section 5.6.2


def key_of(wire: WireRequest) -> str | Awaitable[str] | None:
    """Return the key of a request, calling the function that gives it if there is one.

    Raises:
        AuthenticationError: The function failed.
    """
    key = wire.api_key
    if key is None or isinstance(key, str):
        return key
    try:
        return key()
    except Exception as error:
        raise key_failed(error) from error


async def awaited(key: Awaitable[str]) -> str:
    """Return the key an async key function gives.

    Raises:
        AuthenticationError: The function failed.
    """
    try:
        return await key
    except Exception as error:
        raise key_failed(error) from error


def key_failed(error: Exception) -> AuthenticationError:
    """Return the error for a key function that raised."""
    return AuthenticationError(f"the api_key function raised {type(error).__name__}")


def refuse_awaitable(key: Any) -> str | None:
    """Return the key, or say that an async key function needs the async client."""
    if key is not None and not isinstance(key, str) and inspect.isawaitable(key):
        if inspect.iscoroutine(key):
            key.close()
        message = "an async api_key function needs unillm.AsyncClient; give Client a plain one"
        raise InvalidRequestError(message)
    return cast("str | None", key)


def headers_with(key: str | None, wire: WireRequest, user_agent: str) -> dict[str, str]:
    """Return the headers as they are sent.

    Raises:
        AuthenticationError: The key cannot be sent in a header.
        InvalidRequestError: An extra header cannot be sent.
    """
    headers = {"user-agent": user_agent}
    for name, value in wire.headers.items():
        if not (_is_name(name) and _is_sendable(value)):
            raise InvalidRequestError(f"the header {name!r} has characters HTTP does not allow")
        headers[name] = value.strip()
    if key is not None and headers.keys().isdisjoint({"authorization", wire.key_header}):
        if not (_is_sendable(key) and key.strip()):
            message = "the API key is empty or has characters no key has; is it the right string?"
            raise AuthenticationError(message)
        is_token = wire.key_header == "authorization" or callable(wire.api_key)
        name, kind = ("authorization", "Bearer ") if is_token else (wire.key_header, "")
        headers[name] = f"{kind}{key.strip()}"
    return headers


def secrets_of(wire: WireRequest, key: str | None) -> Secrets:
    """Return what a request is sent with and must not be shown, the longest first."""
    found = {key.strip()} if isinstance(key, str) else set[str]()
    shown = list(wire.headers.items())
    if "?" in wire.url:
        shown += parse_qsl(urlsplit(wire.url).query)
    for name, value in shown:
        if is_secret(name):
            found |= {part for part in (value.strip(), *value.split()) if len(part) >= _TELLING}
    return tuple(sorted(found - {""}, key=len, reverse=True))


@lru_cache(maxsize=1024)
def is_secret(name: str) -> bool:
    """Tell whether a header or parameter of this name holds what is nobody's to read."""
    return _SECRET.search(name) is not None


def scrub(error: UnillmError, secrets: Secrets) -> None:
    """Take the secrets out of an error and everything it is chained to.

    Foreign exceptions lose their traceback (its frames hold headers) and their request.
    """
    for link in _chain(error):
        if not isinstance(link, UnillmError):
            link.__traceback__ = None
            _strip(link)
        if secrets:
            _replace(link, secrets)


def _strip(link: BaseException) -> None:
    """Take from a foreign exception what may lead to a request: all that is not plain."""
    for name, value in list(vars(link).items()):
        if name != "__notes__" and not isinstance(value, _PLAIN):
            vars(link)[name] = None


def drop_frames(error: BaseException) -> None:
    """Take from an exception, and all it is chained to, the frames that hold headers."""
    for link in _chain(error):
        link.__traceback__ = None


def _chain(error: BaseException) -> list[BaseException]:
    links: list[BaseException | None] = [error]
    found: dict[int, BaseException] = {}
    while links:
        link = links.pop()
        if link is not None and id(link) not in found:
            found[id(link)] = link
            links += (link.__cause__, link.__context__)
            if isinstance(link, BaseExceptionGroup):
                links += cast("list[BaseException]", list(link.exceptions))
    return list(found.values())


def scrubbed(attempt: Attempt, secrets: Secrets) -> Attempt:
    """Return what is remembered of an attempt, without the secrets."""
    told = _told(attempt)
    if not any(secret[:_TELLING] in text for secret in secrets for text in told if text):
        return attempt
    return replace(attempt, **_without(dict(zip(_TOLD, told, strict=True)), secrets))


_TOLD = ("error", "request_id", "served_model", "service_tier")
"""What is remembered of an attempt in the words of the provider."""
_told = attrgetter(*_TOLD)


def _replace(error: BaseException, secrets: Secrets) -> None:
    if not isinstance(error, BaseExceptionGroup):
        error.args = tuple(_without(arg, secrets) for arg in error.args)
    for name, value in list(vars(error).items()):
        if isinstance(value, str | dict | list):
            vars(error)[name] = _without(value, secrets)
    if isinstance(error, UnillmError):
        error.attempts = tuple(scrubbed(attempt, secrets) for attempt in error.attempts)


def _without(body: Any, secrets: Secrets) -> Any:
    if isinstance(body, str):
        for secret in secrets:
            body = _hidden(body, secret)
        return body
    if is_object(body):
        return {_without(k, secrets): _without(v, secrets) for k, v in body.items()}
    if is_list(body):
        return [_without(item, secrets) for item in body]
    return body


def _hidden(text: str, secret: str) -> str:
    """Return a text without a secret, or so much of its beginning as a cut may have left."""
    if len(secret) < _TELLING:
        # A dummy such as "x": inside of words it is none.
        return re.sub(rf"(?<![\w-]){re.escape(secret)}(?![\w-])", _HIDDEN, text)
    start = secret[:_TELLING]
    parts: list[str] = []
    done, at = 0, text.find(start)
    while at >= 0:
        end = at + _common(text[at : at + len(secret)], secret)
        parts += (text[done:at], _HIDDEN)
        done, at = end, text.find(start, end)
    return "".join((*parts, text[done:])) if parts else text


def _common(text: str, secret: str) -> int:
    """Return how many characters two texts have in common from their start."""
    pairs = enumerate(zip(text, secret, strict=False))
    return next((at for at, (one, other) in pairs if one != other), len(text))


@lru_cache(maxsize=1024)
def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def _is_sendable(text: Any) -> bool:
    return isinstance(text, str) and (bare := text.strip()).isascii() and bare.isprintable()
