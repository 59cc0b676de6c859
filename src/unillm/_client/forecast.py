"""What clients tell without asking anyone: the same, sync and async."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Unpack

from unillm._client.checkup import Checkup

if TYPE_CHECKING:
    from datetime import datetime

    from unillm._client.config import Config
    from unillm._client.options import CallOptions
    from unillm.tools import ToolLike
    from unillm.types.endpoints import TokenEstimate
    from unillm.types.estimate import Estimate
    from unillm.types.explanation import Explanation
    from unillm.types.inputs import Messages
    from unillm.types.route import Route


class Forecast(Checkup):
    """Tell what a call would be, before it is made. No network, no key."""

    _config: Config

    @property
    def routes(self) -> Mapping[str, Route]:
        """Return the routes of the client, by name."""
        return MappingProxyType(dict(self._config.routes))

    def count_tokens(
        self,
        messages: Messages,
        *,
        model: str | None = None,
        system: str | None = None,
        tools: Iterable[ToolLike] | None = None,
    ) -> TokenEstimate:
        """Estimate how many tokens a prompt has, without asking anyone.

        Args:
            messages: As for `chat`.
            model: ``provider:model``, the bare id of a model its vendor serves, or a route: then it
                is counted for the target that it would ask first, which ``source`` names.
            system: Instructions put first.
            tools: As for `chat`.

        Raises:
            InvalidRequestError: The call as written cannot be sent.
            NoTargetError: The route has nobody for it.
        """
        from unillm._client.config import Call
        from unillm._client.endpoints import count_tokens

        return count_tokens(self._config, Call(messages, model, system, tools, {}, stream=False))

    def explain(
        self,
        messages: Messages,
        *,
        model: str | None = None,
        system: str | None = None,
        tools: Iterable[ToolLike] | None = None,
        output: Any = None,
        **options: Unpack[CallOptions],
    ) -> Explanation:
        """Tell how a call would be routed now: who would be asked, who not and why, and its cost.

        Args:
            messages: As for `chat`.
            model: A route, or a model, as for `chat`.
            system: Instructions put first.
            tools: As for `chat`.
            output: As for `parse`.
            options: As for `chat`; ``session``, ``tags`` and ``constraints`` matter most.

        Raises:
            InvalidRequestError: The call as written cannot be sent, or a strategy cannot rank it.
        """
        from unillm._client.config import Call
        from unillm._client.explaining import explained
        from unillm._client.outputs import OutputGiven

        given = None if output is None else OutputGiven(output)
        call = Call(messages, model, system, tools, options, stream=False, output=given)
        return explained(self._config, call)

    def estimate(
        self,
        messages: Messages,
        *,
        model: str | None = None,
        system: str | None = None,
        tools: Iterable[ToolLike] | None = None,
        output: Any = None,
        expected_output: int | tuple[int, int] | None = None,
        at: datetime | None = None,
        **options: Unpack[CallOptions],
    ) -> Estimate:
        """Estimate what a call would cost, as a range with its reasons, without asking anyone.

        Args:
            messages: As for `chat`.
            model: ``provider:model``, the bare id of a model its vendor serves, or a route: then it
                is of the target that it would ask first, and ``reasons`` has what the others cost.
            system: Instructions put first.
            tools: As for `chat`.
            output: As for `parse`.
            expected_output: How many tokens the answer will have, reasoning included, or the fewest
                and the most; None: from 1 to ``max_tokens``, or to what the model can.
            at: The instant whose prices hold; None: now.
            options: As for `chat`; ``max_tokens``, ``service_tier`` and ``prices`` matter most.

        Raises:
            InvalidRequestError: The call as written cannot be sent, or an argument cannot be meant.
            NoTargetError: The route has nobody for it.
        """
        from unillm._client.config import Call
        from unillm._client.endpoints import estimate
        from unillm._client.outputs import OutputGiven

        given = None if output is None else OutputGiven(output)
        call = Call(messages, model, system, tools, options, stream=False, output=given)
        return estimate(self._config, call, expected_output=expected_output, at=at)
