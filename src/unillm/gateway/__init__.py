"""A client behind OpenAI's and Anthropic's protocols over HTTP, for what can only take a base URL.

`app` is the ASGI application, `serve` runs it. Needs the extra ``gateway``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from unillm.gateway.settings import Settings

if TYPE_CHECKING:
    from unillm.gateway.application import app
    from unillm.gateway.serving import serve

__all__ = ["Settings", "app", "serve"]

_WHERE = {"app": "unillm.gateway.application", "serve": "unillm.gateway.serving"}
_NEEDED = ("starlette", "uvicorn")


def __getattr__(name: str) -> Any:
    """Load what needs the packages of the extra."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(_WHERE[name]), name)
    except ModuleNotFoundError as missing:
        if missing.name not in _NEEDED:
            raise
        message = f'the gateway needs {missing.name}: pip install "unillm-sdk[gateway]"'
        raise ImportError(message, name=missing.name) from missing
