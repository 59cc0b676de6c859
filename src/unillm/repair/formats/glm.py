"""GLM 4.5 to 5: ``<tool_call>name<arg_key>…</arg_key><arg_value>…</arg_value></tool_call>``.

With line breaks between the tags up to 4.6, without since 4.7. Values are raw strings, or JSON
for other types. Poolside's models write the same. Sources: glm4_moe_tool_parser.py and
glm47_moe_tool_parser.py of vLLM; zai-org/GLM-5#84 for calls that begin with their name.
"""

from __future__ import annotations

from unillm.repair.formats.format import Candidate, Declared, Format, Parameter
from unillm.repair.formats.keyed import Keyed
from unillm.repair.formats.source import NotACallError, Source, Steps

_KEYED = Keyed()


def _read(source: Source, declared: Declared) -> Steps[None]:
    if not (yield from source.one_of(_KEYED.opener)):
        yield from _after_name(source, declared)
        return
    yield (yield from _KEYED.call(source, declared))


def _after_name(source: Source, declared: Declared) -> Steps[None]:
    """Read a call whose opening tag is missing.

    Its closing tag may be missing as well where every declared parameter is there: then nothing
    can have been cut off.
    """
    name, _ = yield from source.head("<arg_key>")
    source.commit()
    found: list[Parameter] = []
    while True:
        key, _ = yield from source.head("</arg_key>")
        found.append(Parameter(key.strip(), (yield from _KEYED.value(source))))
        yield from source.spaces()
        end = yield from source.one_of("<arg_key>", _KEYED.closer)
        if end != "<arg_key>":
            break
    names = [parameter.name for parameter in found]
    if len({*names}) != len(names) or (not end and {*names} != {*declared.parameters(name)}):
        raise NotACallError
    if not end and not (yield from source.over()):
        raise NotACallError
    yield [Candidate(name, tuple(found))]


FORMAT = Format(name="glm", read=_read, markers=(_KEYED.opener,), after_name=("<arg_key>",))
