"""What no protocol can say: that what was told is void."""

from __future__ import annotations

from unillm.errors import IncompleteStreamError
from unillm.types.events import StreamRestarted


def void(restarted: StreamRestarted) -> IncompleteStreamError:
    """Return the error in which a stream ends whose answer began anew, and says something else."""
    return IncompleteStreamError(
        f"the answer began anew ({restarted.reason}), and what had been told of it is void: the "
        "new one does not begin with it, and the protocol cannot take it back. Ask again, or "
        "without stream."
    )
