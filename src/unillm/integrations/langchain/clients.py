"""The clients of a model: those it was given, or its own of what the environment says."""

from __future__ import annotations

import weakref
from collections.abc import Iterable

from unillm import AsyncClient, Client, InvalidRequestError, Provider


class Clients:
    """Hold the clients that a model made for itself; copies of the model share them.

    The sync ones are closed when the last of them is gone, or the program ends. An async client
    closes the connections of an event loop when that ends.
    """

    def __init__(self) -> None:
        """Begin with none: they are made when they are needed."""
        self._sync: dict[Provider | None, Client] = {}
        self._async: dict[Provider | None, AsyncClient] = {}
        weakref.finalize(self, _close, self._sync)

    def __reduce__(self) -> tuple[type[Clients], tuple[()]]:
        """Pickle and copy deeply as none: connections go with nobody."""
        return Clients, ()

    def sync(self, provider: Provider | None) -> Client:
        """Return the sync client for a provider; None: for all in the environment."""
        if provider not in self._sync:
            self._sync.setdefault(provider, Client(providers=_only(provider)))
        return self._sync[provider]

    def asynchronous(self, provider: Provider | None) -> AsyncClient:
        """Return the async client for a provider; None: for all in the environment."""
        if provider not in self._async:
            self._async.setdefault(provider, AsyncClient(providers=_only(provider)))
        return self._async[provider]


def provider_of(model: str | None, api_key: str | None, base_url: str | None) -> Provider | None:
    """Return the provider of a model with a key or an address of its own; None: it has neither.

    Raises:
        InvalidRequestError: The model's name does not say whose they are.
    """
    if api_key is None and base_url is None:
        return None
    name, colon, _ = (model or "").partition(":")
    if not colon or not name:
        raise InvalidRequestError(
            f"api_key and base_url belong to a provider: name it before the model, as in "
            f"'deepseek:{model or 'deepseek-v4-pro'}'"
        )
    return Provider(name, api_key=api_key, base_url=base_url)


def _only(provider: Provider | None) -> Iterable[Provider] | None:
    return None if provider is None else [provider]


def _close(made: dict[Provider | None, Client]) -> None:
    for client in made.values():
        client.close()
