"""What the protocol cannot say: that what was told is void."""

from __future__ import annotations

from unillm.errors import IncompleteStreamError
from unillm.types.events import StreamRestarted


def void(restarted: StreamRestarted) -> IncompleteStreamError:
    """Return the error in which a stream ends whose answer begins anew."""
    return IncompleteStreamError(
        f"the answer began anew ({restarted.reason}), and what had been told of it is void, which "
        "OpenAI's protocol cannot say. Ask again, or without stream."
    )
