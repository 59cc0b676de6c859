"""Named faults: what providers get wrong on the wire, ready to be served.

The conversation is always about the weather in Paris, and the tool is `WEATHER_TOOL`. A fault of
streams answers a request without ``stream`` with the same content in a sound body; a cut, a reset
and a stall spoil that body too. Most spoil answers over either interface; ``Fault.api`` says which
are of one alone.

>>> from unillm.testing import faults
>>> faults.get("cut-in-text").summary
'Some text, then the connection closes too early.'
"""

from __future__ import annotations

from difflib import get_close_matches
from types import ModuleType

from unillm.testing.faults import (
    bodies,
    chunks,
    errors_in_band,
    event_streams,
    finishes,
    leaks,
    redirects,
    responses,
    statuses,
    stream_ends,
    timing,
    tokens,
    tool_arguments,
    tool_calls,
)
from unillm.testing.faults._scene import WEATHER_TOOL
from unillm.testing.faults.fault import Fault
from unillm.types.facts import Api

__all__ = ["WEATHER_TOOL", "Fault", "get", "names"]


def names(api: Api | None = None) -> tuple[str, ...]:
    """Return the names of the faults, sorted.

    ``status-<n>`` is known for every n from 300 to 599; the usual ones are listed.

    Args:
        api: The interface whose answers they are to spoil; None: any.
    """
    wanted = (fault for fault in _FAULTS.values() if api is None or fault.spoils(api))
    return tuple(sorted(fault.name for fault in wanted))


def get(name: str) -> Fault:
    """Return the fault of this name.

    Raises:
        KeyError: There is none.
    """
    found = _FAULTS.get(name) or statuses.status(name)
    if found is None:
        close = get_close_matches(name, _FAULTS, n=1)
        hint = f" did you mean {close[0]!r}?" if close else ""
        message = f"There is no fault {name!r};{hint} unillm.testing.faults.names() lists them."
        raise KeyError(message)
    return found


def _in_module(module: ModuleType) -> list[Fault]:
    alone = [value for value in vars(module).values() if isinstance(value, Fault)]
    family: tuple[Fault, ...] = getattr(module, "FAULTS", ())
    return [*alone, *family]


_MODULES = (
    *(stream_ends, finishes, tool_calls, tool_arguments, leaks, chunks),
    *(errors_in_band, bodies, event_streams, tokens, statuses, redirects, timing, responses),
)
_FAULTS = {fault.name: fault for module in _MODULES for fault in _in_module(module)}
