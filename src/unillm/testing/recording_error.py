"""What is raised when a recording and a test do not fit."""

from __future__ import annotations

from typing import Any

from unillm.errors import TransportError

__all__ = ["RecordingError"]


class RecordingError(TransportError, AssertionError):
    """Raised when a recording is missing, cannot be read, or does not fit what was asked.

    It is a transport error, because it comes out of the client's calls, and an assertion, because
    it fails a test. It is never tried again, and if the code under test swallows it, it is raised
    once more at the end of the block.
    """

    retryable = False

    def __init__(self, message: str, **context: Any) -> None:
        """Keep the message."""
        super().__init__(message, **context)
