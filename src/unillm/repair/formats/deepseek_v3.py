"""DeepSeek V3, R1 and V3.1: ``<｜tool▁call▁begin｜>…<｜tool▁sep｜>…<｜tool▁call▁end｜>``.

V3 has ``function`` before the separator, then the name, and the arguments in a JSON fence; V3.1
has the name before it and the arguments after. Sources: deepseekv3_tool_parser.py and
deepseekv31_tool_parser.py of vLLM.
"""

from __future__ import annotations

from unillm.repair.formats.format import Candidate, Declared, Format
from unillm.repair.formats.source import NotACallError, Source, Steps


def _both(word: str) -> tuple[str, str]:
    return f"<｜{word}｜>", f"<|{word}|>"


_BEGIN, _END = _both("tool▁calls▁begin"), _both("tool▁calls▁end")
_CALL, _SEPARATOR, _CALLED = _both("tool▁call▁begin"), _both("tool▁sep"), _both("tool▁call▁end")
_FENCE = "```"


def _read(source: Source, declared: Declared) -> Steps[None]:
    del declared
    if (yield from source.one_of(*_BEGIN)):
        yield from source.spaces()
    yield from source.expect(*_CALL)
    while True:
        name, _ = yield from source.head(*_SEPARATOR)
        if name.strip() == "function":
            name, _ = yield from source.head("\n")
        source.commit()
        yield from source.spaces()
        fenced = yield from source.one_of(_FENCE + "json", _FENCE)
        text, closer = yield from source.body(_CALLED, _CALL)
        if not closer:
            raise NotACallError
        if fenced:
            text = text.rstrip().removesuffix(_FENCE)
        yield [Candidate(name.strip(), text.strip())]
        if not (yield from source.follows(*_CALL)):
            yield from source.follows(*_END)
            yield from source.follows(*_both("end▁of▁sentence"))
            return


FORMAT = Format(name="deepseek_v3", read=_read, markers=(*_BEGIN, *_CALL))
