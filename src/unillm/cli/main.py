"""What ``unillm`` in a shell starts."""

from __future__ import annotations

import sys

__all__ = ["main"]

_NEEDED = frozenset({"click", "rich", "h11"})


def main() -> None:
    """Run the command line, or say how to install what it needs."""
    try:
        from unillm.cli.commands import unillm
    except ModuleNotFoundError as missing:
        package = (missing.name or "").partition(".")[0]
        if package not in _NEEDED:
            raise
        sys.exit(f'The command line needs {package}: pip install "unillm-sdk[cli]"')
    unillm()
