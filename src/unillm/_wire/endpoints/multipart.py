"""A file and some fields as ``multipart/form-data`` (RFC 7578)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def multipart(fields: Mapping[str, str], name: str, file: bytes) -> tuple[str, bytes]:
    """Return the content type and the body that upload a file.

    Args:
        fields: What goes with it, plain words.
        name: What the file is called, a plain word too.
        file: What is in it.
    """
    boundary = hashlib.sha256(file).hexdigest()[:32]
    while boundary.encode() in file:
        boundary = hashlib.sha256(boundary.encode()).hexdigest()[:32]
    parts = [
        f'--{boundary}\r\ncontent-disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = (
        f'--{boundary}\r\ncontent-disposition: form-data; name="file"; filename="{name}"\r\n'
        "content-type: application/jsonl\r\n\r\n"
    )
    body = b"".join((*parts, head.encode(), file, f"\r\n--{boundary}--\r\n".encode()))
    return f"multipart/form-data; boundary={boundary}", body
