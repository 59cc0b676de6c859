"""What clients tell of how targets fare, and to whom they tell what: the same, sync and async."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unillm._client.config import Config
    from unillm.ledger import Ledger
    from unillm.types.health_report import HealthReport
    from unillm.types.record import Observer


class Checkup:
    """Tell how the targets of a client fare, and who hears of its calls."""

    _config: Config

    @property
    def ledger(self) -> Ledger | None:
        """Return where its operations are kept; None: nowhere."""
        return self._config.ledger

    @property
    def observers(self) -> tuple[Observer, ...]:
        """Return who is told of its operations, beside the ledger."""
        return self._config.observers

    def health(self) -> HealthReport:
        """Tell how each target fares that was asked: whether it is asked, how fast it is.

        It is what the router decides by, as it stands now; nobody is asked, nothing is sent. With a
        shared store it is what this process last heard of it.
        """
        from unillm._client.health import health_of

        return health_of(self._config.health)
