"""The models that providers list, one provider after the other."""

from __future__ import annotations

import warnings
from dataclasses import replace

from unillm._client.asking import Asked, asking, server_named, target_of
from unillm._client.config import Config
from unillm._client.constraining import why_not
from unillm._flow.fetch import Fetched
from unillm._wire.endpoints.answered import json_in
from unillm._wire.endpoints.asked import asked, without
from unillm._wire.endpoints.models import models_in
from unillm.errors import ConnectError, NoTargetError, UnillmError
from unillm.providers import Server
from unillm.types.endpoints import ServedModel
from unillm.types.target import Target

PATIENCE = 10.0
"""Seconds for a server of one's own at its usual address, where something else may listen."""
_ONE = "/deployments/{model}"
"""What makes an address that of one model: Azure's older one, see `Profile.deployment_url`."""


class Listing:
    """Whom to ask, and what came of it.

    Of several providers one may fail: then a warning says so. Servers of one's own that nobody
    configured, and that do not run at their usual address, are passed over, and so are those of
    which the constraints do not hold.

    Attributes:
        asked: The exchanges to make.
    """

    def __init__(self, config: Config, provider: str | None) -> None:
        """Find whom to ask; None: all that can be asked.

        Raises:
            InvalidRequestError: There is no such provider.
            AuthenticationError: The provider named needs a key and none was given.
            NoTargetError: None can be asked, or may be under the constraints.
        """
        self._named = provider is not None
        servers = (
            [server for server in config.servers.values() if _can_be_asked(server)]
            if provider is None
            else [server_named(config, provider)]
        )
        if not servers:
            raise NoTargetError(f"no provider can be asked: {_reasons(config)}")
        config.permitted(*map(target_of, servers))
        servers = [server for server in servers if why_not(config, target_of(server)) is None]
        total = min(config.timeout.total or PATIENCE, PATIENCE)
        once = replace(
            config,
            retry=replace(config.retry, max_attempts=1),
            timeout=replace(config.timeout, total=total),
        )
        self.asked = [
            # Whether one of one's own runs is seen at once.
            _asked(config if self._named or not _is_usual(server) else once, server)
            for server in servers
        ]
        self._found: list[ServedModel] = []
        self._answered = False
        self._failed: list[tuple[Asked[tuple[ServedModel, ...]], UnillmError]] = []

    def add(self, found: tuple[ServedModel, ...]) -> None:
        """Take what a provider lists."""
        self._answered = True
        self._found += found

    def fail(self, asked: Asked[tuple[ServedModel, ...]], error: UnillmError) -> None:
        """Take the failure of one.

        Raises:
            UnillmError: The failure itself, where that provider alone was asked.
        """
        if self._named:
            raise error
        self._failed.append((asked, error))

    def result(self) -> tuple[ServedModel, ...]:
        """Return all that were listed, and warn of what is missing.

        Raises:
            UnillmError: What the last provider failed with, if none answered: one that is there,
                if there is one.
        """
        if not self._answered:
            there = [error for failed, error in self._failed if not _is_absent(failed, error)]
            raise (there or [error for _, error in self._failed])[-1]
        for failed, error in self._failed:
            if not _is_absent(failed, error):
                name = failed.target.provider
                message = (
                    f"the models of {name} are missing: {type(error).__name__}: {error.message}"
                )
                warnings.warn(message, RuntimeWarning, stacklevel=4)
        return tuple(self._found)


def _asked(config: Config, server: Server) -> Asked[tuple[ServedModel, ...]]:
    target = target_of(server)
    # Of one deployment, and of what is in beta, the address is not that of the list.
    base_url = without(target.base_url, *(("/beta",) if server.profile.beta_url else ()), _ONE)
    wire = asked(target, "/models", config.settings, base_url=base_url)

    def read(fetched: Fetched) -> tuple[ServedModel, ...]:
        return models_in(json_in(fetched.body, fetched.headers), target)

    return asking(config, target, wire, read)


def _can_be_asked(server: Server) -> bool:
    return not (server.unusable or server.missing_key)


def _reasons(config: Config) -> str:
    why = (server.unusable or server.missing_key for server in config.servers.values())
    return "; ".join(filter(None, why)) or "this client has none"


def _is_absent(asked: Asked[tuple[ServedModel, ...]], error: UnillmError) -> bool:
    """Tell whether nothing runs at the usual address of servers of one kind."""
    return isinstance(error, ConnectError) and _is_usual(asked.target)


def _is_usual(at: Server | Target) -> bool:
    """Tell whether it is at the usual address of servers of one's own."""
    return at.base_url == at.profile.base_url and not at.profile.key_required
