"""Where the rest of the house has something followed; what that needs is loaded if anybody listens.

Whatever goes wrong here is logged, and nothing is followed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from unillm.telemetry.quietly import Quietly
from unillm.telemetry.settings import Telemetry

if TYPE_CHECKING:
    from unillm._flow.traced import Traced, TracedRun
    from unillm.telemetry.operation import OperationName
    from unillm.telemetry.sink import Sink
    from unillm.types.record import Record, Scope
    from unillm.types.target import Target


def traced(telemetry: Telemetry | None, operation: OperationName = "chat") -> Traced | None:
    """Return what follows an operation that is about to begin; None: nobody listens."""
    sink = _sink(telemetry)
    if sink is None:
        return None
    from unillm.telemetry.operation import OperationTrace

    return OperationTrace(sink, operation)


def traced_run(telemetry: Telemetry | None, target: Target, scope: Scope) -> TracedRun | None:
    """Return what follows a run that is about to begin; None: nobody listens."""
    sink = _sink(telemetry)
    if sink is None or sink.tracer is None:
        return None
    from unillm.telemetry.run import RunTrace

    return RunTrace(sink, target, scope)


def count(telemetry: Telemetry | None, record: Record, target: Target) -> None:
    """Count what was used and cost by what was no call of its own: a row of a batch."""
    sink = _sink(telemetry)
    if sink is None:
        return
    from unillm.telemetry.measures import count_alone

    with Quietly():
        count_alone(sink, record, target)


def _sink(telemetry: Telemetry | None) -> Sink | None:
    if telemetry is None or not telemetry.has_listeners:
        return None
    with Quietly():
        return _finder()(telemetry)
    return None


@cache
def _finder() -> Callable[[Telemetry], Sink | None]:
    from unillm.telemetry.sink import sink_for

    return sink_for
