"""What clients tell of how targets fare: the same, sync and async."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unillm._client.config import Config
    from unillm.types.health_report import HealthReport


class Checkup:
    """Tell how the targets of a client fare."""

    _config: Config

    def health(self) -> HealthReport:
        """Tell how each target fares that was asked: whether it is asked, how fast it is.

        It is what the router decides by, as it stands now; nobody is asked, nothing is sent. With a
        shared store it is what this process last heard of it.
        """
        from unillm._client.health import health_of

        return health_of(self._config.health)
