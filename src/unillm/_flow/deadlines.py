"""Time limits as data: which one is next, and what passing it means."""

from __future__ import annotations

from unillm.errors import (
    DeadlineExceededError,
    FirstTokenTimeoutError,
    IdleTimeoutError,
    RequestTimeoutError,
)
from unillm.types.dataclass import dataclass
from unillm.types.policy import Timeout

AFTER_FINISH = 5.0
"""Seconds to wait for usage once the answer is complete; then it is returned without."""

ERROR_BODY = 5.0
"""Seconds to wait for what a provider says of its error; then the status must do."""

DRAIN = 0.1
"""Seconds to wait for the end of the body after ``[DONE]``, so that the connection is kept."""


@dataclass(slots=True)
class Deadlines:
    """The limits of one attempt. All moments are monotonic seconds.

    Attributes:
        timeout: The limits as configured.
        total_at: When the whole operation must be over.
        sent_at: When the attempt was sent.
        life_at: When something new last came of the answer; None before the first token.
        finished_at: When the answer was known to be complete.
    """

    timeout: Timeout
    total_at: float | None
    sent_at: float
    life_at: float | None = None
    finished_at: float | None = None

    def until(self) -> float | None:
        """Return the next moment to give up."""
        total_at, phase_at = self.total_at, self._phase_at()
        if total_at is None or phase_at is None:
            return phase_at if total_at is None else total_at
        return min(total_at, phase_at)

    def until_told(self, since: float) -> float:
        """Return when to stop reading what is said of an error whose status came at `since`."""
        limit = self.until()
        enough = since + ERROR_BODY
        return enough if limit is None else min(enough, limit)

    def news(self, at: float, *, token: bool) -> None:
        """Take note that something new came; before the first token only a token counts."""
        if token or self.life_at is not None:
            self.life_at = at

    def resumed(self, at: float) -> None:
        """Take note that reading goes on: what the caller did meanwhile is no silence."""
        if self.life_at is not None:
            self.life_at = at
        if self.finished_at is not None:
            self.finished_at = at

    def single_read(self) -> float | None:
        """Return the longest any one read may take, as known when the request is sent."""
        first_token, idle = self.timeout.first_token, self.timeout.idle
        longest = None if first_token is None or idle is None else max(first_token, idle)
        if self.total_at is None:
            return longest
        left = max(self.total_at - self.sent_at, 0.001)
        return left if longest is None else min(longest, left)

    def error(self) -> RequestTimeoutError:
        """Return what is raised when `until` has passed."""
        timeout, phase_at = self.timeout, self._phase_at()
        if self.total_at is not None and (phase_at is None or self.total_at <= phase_at):
            return DeadlineExceededError(
                f"the call took longer than its {timeout.total} s. Raise Timeout(total=…)."
            )
        if self.life_at is None:
            return FirstTokenTimeoutError(
                f"no token came within {timeout.first_token} s. Raise Timeout(first_token=…)."
            )
        return IdleTimeoutError(f"nothing new came for {timeout.idle} s. Raise Timeout(idle=…).")

    def _phase_at(self) -> float | None:
        if self.finished_at is not None:
            return self.finished_at + min(AFTER_FINISH, self.timeout.idle or AFTER_FINISH)
        since, limit = self.sent_at, self.timeout.first_token
        if self.life_at is not None:
            since, limit = self.life_at, self.timeout.idle
        return None if limit is None else since + limit
