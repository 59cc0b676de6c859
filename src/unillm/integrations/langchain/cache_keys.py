"""What tells models apart for LangChain's cache, beside what LangChain writes down of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from unillm import AsyncClient, Client
from unillm._client.fingerprint import fingerprint, hashed


def digest(clients: Iterable[Client | AsyncClient], settings: Any, once: str) -> str:
    """Return a name of all that an answer may depend on in clients and settings.

    It is the same in every process, unless something in them has no value: a function, a transport
    of the user's own. Keys of providers are left out: who may ask changes no answer.

    Args:
        clients: Who may answer.
        settings: What is set for a model and a call.
        once: What the model is known by where there is no such name; nothing else has it.
    """
    told = [*map(fingerprint, clients), hashed(settings)]
    return once if None in told else "-".join(filter(None, told))
