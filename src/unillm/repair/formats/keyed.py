"""Calls as a name and keys with values: ``<tool_call>name<arg_key>…</arg_key><arg_value>…``."""

from __future__ import annotations

import re

from unillm.repair.formats.format import Candidate, Declared, Parameter
from unillm.repair.formats.source import NotACallError, Source, Steps
from unillm.types.dataclass import dataclass

_NAME = re.compile(r"[\w.\-:/]+")


@dataclass(frozen=True, slots=True)
class Keyed:
    """The tags of such a format.

    Attributes:
        prefix: What stands before each word.
        separator: What may stand after the name.
    """

    prefix: str = ""
    separator: str = ""

    @property
    def opener(self) -> str:
        """How a call begins."""
        return f"<{self.prefix}tool_call>"

    @property
    def closer(self) -> str:
        """How it ends."""
        return f"</{self.prefix}tool_call>"

    def _tag(self, word: str, slash: str = "") -> str:
        return f"<{slash}{self.prefix}{word}>"

    def call(self, source: Source, declared: Declared) -> Steps[list[Candidate]]:
        """Read one call after its opening tag; with a key twice it is none."""
        key, shut = self._tag("arg_key"), self._tag("arg_key", "/")
        separators = (self.separator,) if self.separator else ()
        text, end = yield from source.head(key, shut, self.closer, self.opener, *separators)
        name = text.strip()
        if end == shut:
            name, first = _split(name, declared)
        elif end == self.opener:
            first = yield from self._misnamed(source, name, shut, declared)
        elif not _NAME.fullmatch(name):
            raise NotACallError
        else:
            first = ""
        source.commit()
        if separators and end == self.separator:
            yield from source.spaces()
            end = yield from source.expect(key, self.closer)
        found: list[Parameter] = []
        while end != self.closer:
            if not first:
                first, _ = yield from source.head(shut)
            found.append(Parameter(first.strip(), (yield from self.value(source))))
            first = ""
            yield from source.spaces()
            end = yield from source.expect(key, self.closer)
        names = {parameter.name for parameter in found}
        return [Candidate(name, tuple(found))] if len(names) == len(found) else []

    def _misnamed(self, source: Source, name: str, shut: str, declared: Declared) -> Steps[str]:
        """Read a first key that was opened as a call is: getsigit/sigit#95."""
        if name not in declared.names:
            raise NotACallError
        first, _ = yield from source.head(shut)
        if first.strip() not in declared.parameters(name):
            raise NotACallError
        return first

    def value(self, source: Source) -> Steps[str]:
        """Read a value with its tags."""
        yield from source.spaces()
        yield from source.expect(self._tag("arg_value"))
        ours = tuple(
            self._tag(word, slash)
            for slash in ("", "/")
            for word in ("arg_key", "arg_value", "tool_call")
        )
        text, end = yield from source.until(*ours)
        if end != self._tag("arg_value", "/"):
            raise NotACallError
        return text


def _split(text: str, declared: Declared) -> tuple[str, str]:
    """Return the name and the first key of a call that lost the tag between them.

    Source: vllm-project/vllm#47190.
    """
    found = [
        (name, key)
        for name in declared.names
        if text.startswith(name) and (key := text[len(name) :].strip()) in declared.parameters(name)
    ]
    if len(found) != 1:
        raise NotACallError
    return found[0]
