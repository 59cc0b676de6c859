"""DeepSeek V3.2, V4 and V4.1: DSML.

``<｜DSML｜tool_calls><｜DSML｜invoke name="…"><｜DSML｜parameter name="…" string="true">…``. V3.2
says ``function_calls``, V4 ``tool_calls``, V4.1 `` calls`` with a space before each word; models
take one for the other, write the bars in ASCII, double or as U+2016, and leave the mark out.
Sources: encoding_dsv32.py of DeepSeek-V3.2, deepseek_v4_encoding.py and deepseek_v41_encoding.py
of vLLM; sgl-project/sglang#40236, cline/cline#13348, lsdefine/GenericAgent#804.
"""

from __future__ import annotations

import re

from unillm.repair.formats.format import Declared, Format
from unillm.repair.formats.source import NotACallError, Source, Steps
from unillm.repair.formats.tags import Role, Tags

_BARS = ("｜", "|", "‖", "｜｜", "||", "‖‖")
_ROLES: dict[str, Role] = {
    "tool_calls": "section",
    "function_calls": "section",
    "calls": "section",
    "invoke": "call",
    "tool": "call",
    "parameter": "parameter",
}
TAGS = Tags(
    re.compile(
        r"<(?P<slash>/?)(?P<mark>[|｜‖]{1,2}\s?DSML\s?[|｜‖]{1,2})?\s{0,2}"
        r"(?P<word>\w+)(?P<rest>(?:\s[^<>]*)?)>"
    ),
    _ROLES,
)


def _read(source: Source, declared: Declared) -> Steps[None]:
    if (yield from source.stands("<function>")):
        yield from _named_by_tag(source, declared)
    else:
        yield from TAGS.calls(source, declared)


def _named_by_tag(source: Source, declared: Declared) -> Steps[None]:
    """Read a call whose opening tag fell apart: ``<function><name>…</name>``.

    Source: adolfousier/opencrabs#419.
    """
    yield from source.expect("<function>")
    yield from source.spaces()
    yield from source.expect("<name>")
    name, _ = yield from source.head("</name>")
    yield from source.spaces()
    if not (yield from source.stands("<parameter ", "<｜DSML｜parameter ")):
        raise NotACallError
    source.commit()
    opener = TAGS.read("<invoke>")
    if opener is not None:
        yield (yield from TAGS.call(source, opener._replace(name=name.strip()), declared))
    yield from TAGS.following(source)


FORMAT = Format(
    name="deepseek_dsml",
    read=_read,
    markers=(
        *(f"<{bars}DSML{bars}" for bars in _BARS),
        "<tool_calls>",
        "<function_calls>",
        "<invoke name=",
        "<function>",
    ),
)
