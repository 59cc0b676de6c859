"""Files of the caller's: read where one is written as content, saved where that is asked for.

Nothing else below the drivers touches the world, and nothing on the trip of a request does: a file
has been read before there is a request.
"""

from __future__ import annotations

import os
from typing import TypeAlias

from unillm.errors import InvalidRequestError

FilePath: TypeAlias = str | os.PathLike[str]
"""Where a file is."""


def read(path: FilePath) -> tuple[str, bytes]:
    """Return the name of a file, and what it holds.

    Raises:
        InvalidRequestError: It is no file, it is empty, or it cannot be read.
    """
    from pathlib import Path

    try:
        file = Path(path)
        # Of a pipe or a device there might be no end.
        data = file.read_bytes() if file.is_file() else None
        why = "is no file" if file.exists() else f"is not there, seen from {Path.cwd()}"
    except (OSError, TypeError, ValueError) as error:
        raise InvalidRequestError(f"the file {path!r} cannot be read: {error}") from error
    if not data:
        why = why if data is None else "is empty"
        raise InvalidRequestError(f"the file {str(file)!r} {why}")
    return file.name, data


def write(path: FilePath, data: bytes) -> None:
    """Write a file, in place of what was there."""
    from pathlib import Path

    Path(path).write_bytes(data)
