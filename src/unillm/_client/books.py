"""What a client keeps books in, its ledger and the stores of its budgets, and their closing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from unillm._io import clock, log
from unillm.errors import InvalidRequestError

if TYPE_CHECKING:
    from unillm._client.budgets import Stores
    from unillm.ledger import Ledger

PATIENCE = 5.0
"""Seconds that stores of budgets have, together, to be told what they were not told before."""


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


def closed(ledger: Ledger | None, stores: Stores) -> None:
    """Close a ledger, if there is one, and tell stores of budgets what they do not know yet."""
    try:
        if ledger is not None:
            ledger.close()
    finally:
        end = clock.monotonic() + PATIENCE
        for store in stores.used():
            try:
                store.flush(max(0.0, end - clock.monotonic()))
            except Exception as error:  # noqa: BLE001 - what it does not know, it may be told later
                log.unflushed(error)


async def closed_async(ledger: Ledger | None, stores: Stores) -> None:
    """Do the same without blocking the event loop; also where this is cancelled."""
    if ledger is not None or stores.used():
        import anyio
        import anyio.to_thread

        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(closed, ledger, stores)
