"""A Redis that stores ask, by one script each."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from unillm.errors import InvalidRequestError

TIMEOUT = 0.5
"""Seconds that connecting, and an answer, may take."""
_TOLD = 160
"""Characters of what Redis says of a failure."""


class Named(NamedTuple):
    """What users know a store by: its class, the option that takes its URL, what it keeps."""

    store: str
    option: str
    what: str


class Server:
    """A Redis (5 or later) with a script, at a URL or behind a client of redis-py.

    Args:
        redis: A URL (``redis://``, ``rediss://``, ``unix://``), or a client.
        script: The file with the script.
        prefix: What all keys begin with.
        timeout: Seconds that connecting, and an answer, may take; for a URL.
        named: What the store is called.

    Raises:
        InvalidRequestError: It is none of these, or redis-py is missing (extra ``redis``).
    """

    def __init__(
        self, redis: Any, script: str, *, prefix: str, timeout: float, named: Named
    ) -> None:
        """Take what is asked; nothing is connected before it is."""
        self._secrets: tuple[str, ...] = ()
        self.shown = type(redis).__name__
        if isinstance(redis, str):
            self.shown, self._secrets = _described(redis)
            redis = _client(redis, timeout, named)
        elif not hasattr(redis, "register_script") or hasattr(redis, "__aenter__"):
            raise InvalidRequestError(
                f"{named.store} takes a URL such as 'redis://host:6379/0', or a client of redis-py "
                f"that is not async; not {type(redis).__name__}"
            )
        if not prefix or not prefix.isprintable() or set(prefix) & {"{", "}"}:
            message = f"{named.store}(prefix=…) must be text without braces, not {prefix!r}"
            raise InvalidRequestError(message)
        self._script = redis.register_script(_text(script))

    def run(self, keys: Sequence[str], given: Sequence[Any]) -> Any:
        """Run the script and return its answer; what redis-py raises is raised."""
        return self._script(keys=keys, args=given)

    def told(self, error: Exception) -> str:
        """Return what an error says, without user and password."""
        told = str(error)
        for secret in self._secrets:
            told = told.replace(secret, "***")
        return f"{type(error).__name__}: {told[:_TOLD]}"


def _text(script: str) -> str:
    from pkgutil import get_data  # importlib.resources takes ten times as long to import

    return (get_data("unillm.limits", script) or b"").decode()


def is_away(error: Exception) -> bool:
    """Tell whether an error is Redis's, and not ours."""
    redis: Any = import_module("redis")
    return isinstance(error, (redis.RedisError, OSError))


def is_refusal(error: Exception) -> bool:
    """Tell whether Redis answers, with an error."""
    redis: Any = import_module("redis")
    return isinstance(error, redis.ResponseError)


def _client(url: str, timeout: float, named: Named) -> Any:
    try:
        redis: Any = import_module("redis")
        backoff: Any = import_module("redis.backoff")
        retry: Any = import_module("redis.retry")
    except ImportError:
        message = f"{named.what} in Redis need redis-py: pip install 'unillm-sdk[redis]'"
        raise InvalidRequestError(message) from None
    # A connection that Redis has closed meanwhile is no sign that it is away: once again, at once.
    # To ask again is harmless: a script takes each name once.
    once = retry.Retry(backoff.NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
    try:
        return redis.Redis.from_url(
            url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=once
        )
    except (ValueError, TypeError):
        raise InvalidRequestError(
            f"{named.option} is no URL that redis-py takes: write 'redis://host:6379/0', "
            "'rediss://…' for TLS, or 'unix:///path'"
        ) from None


def _described(url: str) -> tuple[str, tuple[str, ...]]:
    """Return what is shown of a URL, and what of it never is."""
    parts = urlsplit(url)
    try:
        place = f"{parts.hostname or ''}:{parts.port}" if parts.port else parts.hostname or ""
    except ValueError:
        place = ""
    shown = f"redis at {place or parts.path}"
    return shown, tuple(secret for secret in (parts.password, parts.username) if secret)
