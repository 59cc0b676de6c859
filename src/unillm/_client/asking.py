"""An exchange that is no chat, ready to be handed to a driver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from unillm._client.config import Config
from unillm._client.constraining import require_there
from unillm._flow.bounds import Beside
from unillm._flow.effects import Flow
from unillm._flow.fetch import Fetched, fetch
from unillm._flow.operation import Operation
from unillm._io import clock
from unillm._wire.endpoints.asked import without
from unillm.errors import AuthenticationError, InvalidRequestError
from unillm.providers import Server
from unillm.types.dataclass import dataclass
from unillm.types.record import Observer
from unillm.types.target import Target
from unillm.types.transport import WireRequest

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """The flow of an exchange, the memory it writes to, whom it asks, and who is told of it."""

    flow: Flow[T]
    operation: Operation
    target: Target
    watchers: tuple[Observer, ...] = ()


def asking(
    config: Config,
    target: Target,
    wire: WireRequest,
    read: Callable[[Fetched], T],
    *,
    beside: Beside | None = None,
) -> Asked[T]:
    """Return the exchange that carries out a request and reads its answer.

    Args:
        config: What holds for it.
        target: Whom it asks.
        wire: The request.
        read: Reads the answer.
        beside: What is billed of it; None: nothing is.

    Raises:
        NoTargetError: The constraints do not hold of whom it asks.
    """
    config.permitted(target, prompt=None if beside is None else beside.bounds.input_tokens)
    require_there(config, target, wire)
    operation = operation_of(config, target)
    return Asked(fetch(wire, operation, config.retry, read, beside=beside), operation, target)


def operation_of(config: Config, target: Target) -> Operation:
    """Return the memory of an exchange that has not begun."""
    return Operation(
        id=clock.unique(),
        target=target,
        streamed=False,
        timeout=config.timeout,
        scope=config.scope(),
        billing=config.billing(),
        constraints=config.constraints,
    )


def server_named(config: Config, provider: Any) -> Server:
    """Return a provider of the client's, with what it needs at hand.

    Raises:
        InvalidRequestError: There is none of that name, or it cannot be used.
        AuthenticationError: It needs a key and none was given.
    """
    server = config.servers.get(provider) if isinstance(provider, str) else None
    if server is None:
        known = ", ".join(config.servers) or "none"
        raise InvalidRequestError(
            f"provider {provider!r} is not among this client's providers: {known}"
        )
    if server.unusable:
        raise InvalidRequestError(server.unusable, provider=server.name)
    if server.missing_key:
        raise AuthenticationError(server.missing_key, provider=server.name)
    return server


def target_of(server: Server) -> Target:
    """Return a provider as a target without a model."""
    return Target(
        provider=server.name,
        model="",
        # What is asked of no model is beside the addresses of deployments, as openai-python 3.57.0
        # has it (lib/azure.py, _deployments_endpoints).
        base_url=without(server.base_url, "/deployments/{model}"),
        api_key=server.api_key,
        profile=server.profile,
        api=server.api,
        place=server.place,
        host=server.host,
        forwards=server.forwards,
    )
