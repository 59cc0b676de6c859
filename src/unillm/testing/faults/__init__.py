"""Named faults: what providers get wrong on the wire, ready to be served.

The conversation is always about the weather in Paris, and the tool is `WEATHER_TOOL`. A fault of
streams answers a request without ``stream`` with the same content in a sound body; a cut, a reset
and a stall spoil that body too.

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
    statuses,
    stream_ends,
    timing,
    tokens,
    tool_arguments,
    tool_calls,
)
from unillm.testing.faults._scene import WEATHER_TOOL
from unillm.testing.faults.fault import Fault

__all__ = ["WEATHER_TOOL", "Fault", "get", "names"]


def names() -> tuple[str, ...]:
    """Return the names of the faults, sorted.

    ``status-<n>`` is known for every n from 300 to 599; the usual ones are listed.
    """
    return tuple(sorted(_FAULTS))


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
    *(errors_in_band, bodies, event_streams, tokens, statuses, redirects, timing),
)
_FAULTS = {fault.name: fault for module in _MODULES for fault in _in_module(module)}
