"""K2 Horizon: ``<ifm|tool_calls><ifm|tool_call>name<ifm|arg_key>…``.

A group stands and falls as one, as in k2_horizon_tool_parser.py of vLLM. The request says which
of three formats is meant, and what is a call in one is none in another: so this is looked for
only by name, and then it is the default one.
"""

from __future__ import annotations

from unillm.repair.formats.format import Candidate, Declared, Format
from unillm.repair.formats.keyed import Keyed
from unillm.repair.formats.source import Source, Steps

_KEYED = Keyed(prefix="ifm|")


def _read(source: Source, declared: Declared) -> Steps[None]:
    yield from source.expect("<ifm|tool_calls>")
    yield from source.spaces()
    yield from source.expect(_KEYED.opener)
    calls: list[Candidate] = []
    good = True
    end = _KEYED.opener
    while end == _KEYED.opener:
        call = yield from _KEYED.call(source, declared)
        good = good and bool(call)
        calls += call
        yield from source.spaces()
        end = yield from source.expect(_KEYED.opener, "</ifm|tool_calls>")
    yield calls if good else []


FORMAT = Format(name="k2_horizon", read=_read, markers=("<ifm|tool_calls>",), only_named=True)
