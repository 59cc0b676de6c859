"""What is known of an operation before it has begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unillm._client.budgets import spending_of
from unillm._flow.operation import Operation
from unillm._io import clock
from unillm.telemetry.follow import traced
from unillm.types.record import Scope
from unillm.types.request import ChatRequest
from unillm.types.target import Target

if TYPE_CHECKING:
    from unillm._client.config import Call, Config
    from unillm._flow.tree import Tree


def memory_for(
    config: Config,
    call: Call,
    scope: Scope,
    request: ChatRequest,
    target: Target,
    *,
    tree: Tree | None,
) -> Operation:
    """Return the memory of an operation, whose options are in the configuration already.

    What its route demands holds as well; None: there is no route.
    """
    constraints = config.constraints
    if tree is not None and tree.route.constraints is not None:
        constraints = (*constraints, tree.route.constraints)
    return Operation(
        id=clock.unique(),
        target=target,
        streamed=call.stream,
        timeout=config.timeout,
        scope=scope,
        request=request,
        billing=config.billing(),
        traced=traced(config.telemetry),
        constraints=constraints,
        spending=spending_of(config, scope),
    )
