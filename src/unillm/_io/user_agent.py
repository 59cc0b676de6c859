"""How unillm introduces itself."""

from __future__ import annotations

import sys

from unillm._version import __version__

USER_AGENT = f"unillm/{__version__} Python/{sys.version.split()[0]}"
