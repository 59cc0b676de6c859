"""httpx, without the command that comes with it."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

_COMMAND = "httpx._main"


def import_httpx() -> None:
    """Import httpx, if that has not happened yet, and leave its command out.

    Where click, rich and pygments are installed, httpx imports all three for its command, which
    takes longer than all the rest of it. It does without where they are not: so it does here. The
    command ``httpx`` is another process and has them.
    """
    if "httpx" in sys.modules or _COMMAND in sys.modules:
        import_module("httpx")  # another thread may be at it still
        return
    modules: dict[str, Any] = sys.modules
    modules[_COMMAND] = None  # how Python notes what is not there
    try:
        import_module("httpx")
    finally:
        sys.modules.pop(_COMMAND, None)
