"""Clients that go away before they are answered: what was begun for them ends at once."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, TypeVar

import anyio

if TYPE_CHECKING:
    from starlette.types import Receive

T = TypeVar("T")


class LeftError(Exception):
    """Raised where nobody is there any more who would be answered."""


async def left(receive: Receive, scope: anyio.CancelScope) -> None:
    """Wait until the client is gone, and cancel what is done for it."""
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


async def until_left(receive: Receive, wanted: Awaitable[T]) -> T:
    """Return what is awaited; where the client goes away, it is cancelled.

    Raises:
        LeftError: The client is gone.
    """
    found: list[T] = []
    failed: list[Exception] = []
    async with anyio.create_task_group() as group:
        group.start_soon(left, receive, group.cancel_scope)
        try:
            found.append(await wanted)
        except Exception as error:  # noqa: BLE001 - it is raised again, out of the group
            failed.append(error)
        group.cancel_scope.cancel()
    if failed:
        raise failed[0]
    if not found:
        raise LeftError
    return found[0]
