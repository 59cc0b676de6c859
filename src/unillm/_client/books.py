"""The ledger of a client, and who closes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from unillm.errors import InvalidRequestError

if TYPE_CHECKING:
    from unillm.ledger import Ledger


def opened_ledger(given: Any) -> Ledger | None:
    """Return the ledger that a new client is given: as an object, or as a path or URL.

    Raises:
        InvalidRequestError: There can be no ledger there.
    """
    if given is None:
        return None
    from unillm.ledger import Ledger

    return given if isinstance(given, Ledger) else Ledger(given)


def checked_ledger(given: Any) -> Ledger:
    """Return the ledger that a call, or ``with_options``, is given: nobody would close another.

    Raises:
        InvalidRequestError: It is no ledger.
    """
    from unillm.ledger import Ledger

    if isinstance(given, Ledger):
        return given
    raise InvalidRequestError(
        "ledger is a path or URL for a new client alone; here it is a unillm.Ledger, "
        f"not {type(given).__name__}"
    )


def own_ledger(options: Mapping[str, Any], ledger: Ledger | None) -> Ledger | None:
    """Return the ledger if the client made it, and closes it therefore."""
    return None if options.get("ledger") is ledger else ledger


def closed(ledger: Ledger | None) -> None:
    """Close a ledger, if there is one."""
    if ledger is not None:
        ledger.close()


async def closed_async(ledger: Ledger | None) -> None:
    """Close a ledger, if there is one, without blocking the event loop, though it is cancelled."""
    if ledger is not None:
        import anyio.to_thread

        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(ledger.close)
