"""Error bodies in OpenAI's shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unillm.testing.raw import Raw

_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "invalid_request_error",
    429: "rate_limit_error",
}
_FIRST_SERVER_ERROR = 500


def error_fields(
    message: str,
    *,
    status: int = 500,
    code: str | int | None = None,
    param: str | None = None,
    kind: str | None = None,
) -> dict[str, Any]:
    """Return an error body in OpenAI's shape.

    Args:
        message: What happened.
        status: The HTTP status; chooses ``type`` unless ``kind`` is given.
        code: The machine-readable code.
        param: The parameter at fault.
        kind: The ``type``.
    """
    usual = "server_error" if status >= _FIRST_SERVER_ERROR else "invalid_request_error"
    return {
        "error": {
            "message": message,
            "type": kind or _TYPES.get(status, usual),
            "param": param,
            "code": code,
        },
    }


def error(
    message: str,
    *,
    status: int,
    code: str | None = None,
    param: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Raw:
    """Return an answer with an error body; for the arguments see `error_fields`."""
    return Raw.of_json(
        error_fields(message, status=status, code=code, param=param), status=status, headers=headers
    )
