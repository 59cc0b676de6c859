"""How unillm introduces itself."""

from __future__ import annotations

import platform

from unillm._version import __version__

USER_AGENT = f"unillm/{__version__} Python/{platform.python_version()}"
