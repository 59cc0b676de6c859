"""Step3: ``<｜tool_call_begin｜>function<｜tool_sep｜><steptml:invoke name="…">…``.

Source: step3_tool_parser.py of vLLM.
"""

from __future__ import annotations

from unillm.repair.formats.format import Declared, Format
from unillm.repair.formats.invoke_tags import invoke_tags
from unillm.repair.formats.source import NotACallError, Source, Steps

_TAGS = invoke_tags("steptml:invokes", prefix="steptml:")
_BEGIN, _END = "<｜tool_calls_begin｜>", "<｜tool_calls_end｜>"
_CALL, _CALLED = "<｜tool_call_begin｜>", "<｜tool_call_end｜>"


def _read(source: Source, declared: Declared) -> Steps[None]:
    if (yield from source.one_of(_BEGIN)):
        yield from source.spaces()
    yield from source.expect(_CALL)
    while True:
        yield from source.spaces()
        if (yield from source.one_of("function<｜tool_sep｜")):
            yield from source.expect(">")
            yield from source.spaces()
        opener = _TAGS.read((yield from source.tag()))
        if opener is None or opener.role != "call" or opener.closes:
            raise NotACallError
        source.commit()
        call = yield from _TAGS.call(source, opener, declared)
        yield from source.spaces()
        yield from source.expect(_CALLED)
        yield call
        if not (yield from source.follows(_CALL)):
            yield from source.follows(_END)
            return


FORMAT = Format(name="step3", read=_read, markers=(_BEGIN, _CALL))
