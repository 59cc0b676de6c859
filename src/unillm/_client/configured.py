"""Clients made of a file: the same, sync and async."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Self, Unpack

if TYPE_CHECKING:
    from os import PathLike

    from unillm._client.options import ClientOptions
    from unillm.providers import Provider


class Configured:
    """Can be made of a file."""

    _transports: ClassVar[tuple[str, ...]] = ("httpx",)
    """Those a file may name for it; of another it takes no notice, as one file serves both."""

    @classmethod
    def from_config(
        cls,
        path: str | PathLike[str] | None = None,
        *,
        providers: Iterable[Provider | str] | None = None,
        http_client: Any = None,
        transport: Any = None,
        **options: Unpack[ClientOptions],
    ) -> Self:
        """Make a client of a file: ``unillm.toml``, or the table ``tool.unillm`` of a project's.

        Nothing in the file can run code, and it holds no secret: keys are named, not written.

        Args:
            path: The file, or its folder. Without it, that of ``UNILLM_CONFIG``; else
                ``unillm.toml`` or ``pyproject.toml`` in the working directory or above it, no
                further than the root of the repository.
            providers: As for the client; in place of those of the file.
            http_client: As for the client.
            transport: As for the client.
            options: As for the client; what is said here holds over the file. Routes, budgets,
                constraints and tags are added to those of the file.

        Raises:
            InvalidRequestError: There is no such file, or a mistake in it; the message says in
                which line, and what is allowed.
        """
        from unillm._client.config_file import configured

        given = configured(path, {**options, "providers": providers})
        named = given.pop("transport", None)
        if transport is None and http_client is None and named in cls._transports:
            transport = named
        kind: Any = cls
        made: Self = kind(http_client=http_client, transport=transport, **given)
        return made
