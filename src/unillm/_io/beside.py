"""An attempt in a race, as the driver's own state: it runs beside others, and tells of itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from unillm._flow.race import Racer
from unillm._io import secrets
from unillm._io.running import Running
from unillm.types.response import ChatResponse
from unillm.types.transport import WireRequest


class Beside(Running[ChatResponse]):
    """What `Running` is of an operation, of one attempt of it.

    Nothing in here is shared with what runs beside it but the list of attempts, which is read only.
    """

    def __init__(self, main: Running[Any], racer: Racer) -> None:
        """Take an attempt that has not begun, and the operation it is of."""
        super().__init__(racer.flow, replace(main.operation, trial=racer.trial), ())
        self.used: secrets.Secrets = ()
        """What it was sent with and must not be shown."""

    def use(self, wire: WireRequest, key: str | None) -> None:
        """Take note of what it is sent with, for the operation to know of when it is over."""
        self.used = secrets.secrets_of(wire, key)
        if self.operation.trial is not None:
            self.operation.trial.sent = True
