"""What an integration needs, said where it is missing."""

from __future__ import annotations

from importlib.util import find_spec

from unillm import AsyncClient
from unillm.errors import InvalidRequestError


def need_async(client: object) -> None:
    """Refuse a client that cannot be awaited, before anything is sent with it.

    Raises:
        InvalidRequestError: It is no ``unillm.AsyncClient``.
    """
    if not isinstance(client, AsyncClient):
        raise InvalidRequestError(f"this takes a unillm.AsyncClient, not {type(client).__name__}")


def need(module: str, extra: str) -> None:
    """Refuse to go on without a package, and say what brings it.

    Args:
        module: What is imported.
        extra: The extra of unillm that brings it.

    Raises:
        ImportError: It is not installed.
    """
    if find_spec(module) is None:
        message = f'this needs {module}: pip install "unillm-sdk[{extra}]"'
        raise ImportError(message, name=module)
