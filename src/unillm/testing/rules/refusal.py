"""What a host says to a request that it does not take."""

from __future__ import annotations

from typing import Any

from unillm.testing._error import error_fields
from unillm.testing.raw import Raw
from unillm.types.dataclass import dataclass

__all__ = ["Refusal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Say no in a host's words.

    Attributes:
        message: The message.
        status: The HTTP status.
        kind: The ``type``.
        param: The parameter at fault.
        code: The machine-readable code; vLLM's is the status as a number.
        bare: Whether the host says no more than message and code.
        alone: Whether the message is all there is: ``{"error": "Unauthorized"}``.
    """

    message: str
    status: int = 400
    kind: str = "invalid_request_error"
    param: str | None = None
    code: str | int | None = None
    bare: bool = False
    alone: bool = False

    def served(self, rule: str) -> Raw:
        """Return it as an answer; the header ``x-unillm-rule`` names the rule that was broken."""
        return Raw.of_json(self.body, status=self.status, headers={"x-unillm-rule": rule})

    @property
    def body(self) -> dict[str, Any]:
        """Return what is said."""
        if self.alone:
            return {"error": self.message}
        if self.bare:
            return {"error": {"code": self.code, "message": self.message}}
        return error_fields(
            self.message, status=self.status, code=self.code, param=self.param, kind=self.kind
        )
