"""Whatever goes wrong in telemetry stays there."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Self

_logger = logging.getLogger("unillm")


class Quietly:
    """Do what is inside, and log what it raises instead of raising it.

    Attributes:
        is_over: Whether something was raised: whoever has this one does no more then, so that
            there is one line for each call at most.
    """

    __slots__ = ("is_over",)

    def __init__(self) -> None:
        """Begin with nothing raised."""
        self.is_over = False

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        """Log an exception; what ends the program passes."""
        if not isinstance(error, Exception):
            return False
        self.is_over = True
        _logger.error("OpenTelemetry raised; the call is not affected", exc_info=error)
        return True
