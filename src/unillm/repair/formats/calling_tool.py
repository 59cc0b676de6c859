"""``[Calling tool: name({…})]``, as models copy it from transcripts: raullenchai/Rapid-MLX#1592."""

from __future__ import annotations

from unillm.repair.formats.format import Candidate, Declared, Format
from unillm.repair.formats.source import NotACallError, Source, Steps

_MARKER = "[Calling tool: "


def _read(source: Source, declared: Declared) -> Steps[None]:
    del declared
    yield from source.expect(_MARKER)
    name = yield from source.word()
    yield from source.expect("(")
    yield from source.spaces()
    if not (yield from source.stands("{")):
        raise NotACallError
    source.commit()
    text = yield from source.balanced()
    yield from source.spaces()
    yield from source.expect(")")
    yield from source.expect("]")
    yield [Candidate(name, text)]


FORMAT = Format(name="calling_tool", read=_read, markers=(_MARKER,))
