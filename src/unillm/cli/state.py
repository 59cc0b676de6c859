"""Where programs keep what they need again."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["state_folder"]


def state_folder() -> Path:
    """Return the folder in which a user's programs keep what they need again.

    XDG Base Directory Specification 0.8, ``XDG_STATE_HOME``.
    """
    told = os.environ.get("XDG_STATE_HOME", "")
    home = Path(told) if Path(told).is_absolute() else Path.home() / ".local" / "state"
    return home / "unillm"
