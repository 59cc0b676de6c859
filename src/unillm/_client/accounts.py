"""What is left on an account."""

from __future__ import annotations

from unillm._client.asking import Asked, asking, server_named, target_of
from unillm._client.config import Config
from unillm._flow.fetch import Fetched
from unillm._wire.endpoints.answered import json_in
from unillm._wire.endpoints.asked import asked, without
from unillm._wire.endpoints.balance import balance_in
from unillm.errors import UnsupportedFeatureError
from unillm.types.endpoints import Balance


def asked_balance(config: Config, provider: str) -> Asked[Balance]:
    """Return the exchange that asks a provider for it.

    Raises:
        InvalidRequestError: There is no such provider.
        AuthenticationError: It needs a key and none was given.
        UnsupportedFeatureError: It does not tell.
        NoTargetError: The constraints do not hold of it.
    """
    server = server_named(config, provider)
    account = server.profile.account
    if account is None:
        raise UnsupportedFeatureError(
            f"{provider} does not tell over its API what is left on the account: see its console",
            provider=provider,
        )
    target = target_of(server)
    base_url = target.base_url
    if account.at == "root":
        base_url = without(base_url, "/beta", "/v1")
    wire = asked(target, account.path, config.settings, base_url=base_url)

    def read(fetched: Fetched) -> Balance:
        return balance_in(json_in(fetched.body, fetched.headers), target)

    return asking(config, target, wire, read)
