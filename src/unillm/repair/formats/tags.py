"""Calls as tags: ``<invoke name="…"><parameter name="…">…</parameter></invoke>`` and the like."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from unillm.repair.formats.format import Candidate, Declared, Parameter
from unillm.repair.formats.source import NotACallError, Source, Steps
from unillm.repair.formats.wrapped import is_wrapper, unwrapped
from unillm.types.dataclass import dataclass

Role = Literal["section", "call", "parameter"]

_NAMED = re.compile(r"""(?<![A-Za-z_\-])name\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>/]+))""")
_STRING = re.compile(r"""(?<![A-Za-z_\-])string\s*=\s*["']?(true|false)\b""")
_ANY_TAG = re.compile(r"<[^<>]{1,240}>")
_ENDS = ([("call", True)], [("call", True), ("section", True)])
_KIND: dict[str, Literal["string", "json"]] = {"true": "string", "false": "json"}


class Tag(NamedTuple):
    """A tag that plays a part in a call."""

    role: Role
    closes: bool
    name: str
    marked: bool
    kind: Literal["string", "json", "typed"]


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of a format.

    Attributes:
        pattern: Reads a tag, by groups: ``mark`` (what only this format has), ``slash``, ``word``,
            and ``rest``, or ``name`` where it stands alone.
        roles: What each word is.
        newline: Whether one line break at each end of a value belongs to the tags.
        cdata: Whether a value may stand in ``<![CDATA[…]]>``.
    """

    pattern: re.Pattern[str]
    roles: dict[str, Role]
    newline: bool = False
    cdata: bool = False

    def read(self, tag: str) -> Tag | None:
        """Return what a tag is; None if it plays no part."""
        found = self.pattern.fullmatch(tag)
        role = self.roles.get(found["word"].lower()) if found else None
        if found is None or role is None:
            return None
        parts = found.groupdict()
        rest = parts.get("rest") or ""
        name = parts.get("name")
        if name is None:
            named = _NAMED.search(rest)
            name = next(filter(None, named.groups()), "") if named else ""
        string = _STRING.search(rest)
        kind = _KIND[string[1]] if string else "typed"
        return Tag(role, bool(found["slash"]), name.strip(), bool(parts.get("mark")), kind)

    def call(self, source: Source, opener: Tag, declared: Declared) -> Steps[list[Candidate]]:
        """Read a call whose opening tag was read, up to its closing tag.

        With a parameter twice, or without a name, it is none.
        """
        yield from source.spaces()
        if (yield from source.stands("{")):
            text = yield from source.balanced()
            yield from source.spaces()
            self._closing((yield from source.tag()))
            return [Candidate(opener.name, unwrapped(text, declared.parameters(opener.name)))]
        found = yield from self._parameters(source)
        names = [parameter.name for parameter in found]
        if len({*names}) != len(names) or "" in names:
            return []
        known = declared.parameters(opener.name)
        if len(found) == 1 and is_wrapper(names[0], found[0].text, known):
            return [Candidate(opener.name, found[0].text.strip())]
        return [Candidate(opener.name, tuple(found))]

    def _closing(self, tag: str) -> None:
        end = self.read(tag)
        if end is None or end.role != "call" or not end.closes:
            raise NotACallError

    def _parameters(self, source: Source) -> Steps[list[Parameter]]:
        found: list[Parameter] = []
        tag = self.read((yield from _next_tag(source)))
        while True:
            if tag and tag.role == "call" and tag.closes:
                return found
            if tag is None or tag.role != "parameter" or tag.closes:
                raise NotACallError
            text, end = yield from self._value(source, tag)
            found.append(Parameter(tag.name, self._trimmed(text), tag.kind))
            tag = end or self.read((yield from _next_tag(source)))

    def _value(self, source: Source, opener: Tag) -> Steps[tuple[str, Tag | None]]:
        """Read a value up to its closing tag; return also a tag that was read after that one.

        In a format with a mark of its own, only what bears it ends a value that began with it:
        the value may be about tags. Models mix both, though, so that a value may also end with
        the one closing tag without the mark, if nothing but the end of the call follows.
        """

        def ends(text: str) -> bool:
            tag = self.read(text)
            return tag is not None and (tag.marked or not opener.marked)

        text, found = yield from source.value(ends)
        end = self.read(found)
        if end is not None and end.role == "parameter" and end.closes:
            return text, None
        if not opener.marked:
            raise NotACallError
        return self._ended_unmarked(text, end)

    def _ended_unmarked(self, text: str, end: Tag | None) -> tuple[str, Tag]:
        found = [(match, self.read(match.group())) for match in _ANY_TAG.finditer(text)]
        closers = [m for m, tag in found if tag and tag.role == "parameter" and tag.closes]
        if len(closers) != 1:
            raise NotACallError
        tail = text[closers[0].end() :]
        following = [tag for match, tag in found if match.start() >= closers[0].end()]
        if _ANY_TAG.sub("", tail).strip():
            raise NotACallError
        if not following and end and end.role == "parameter":
            return text[: closers[0].start()], end
        following += [end] if end else []
        roles = [(tag.role, tag.closes) for tag in following if tag]
        if len(roles) != len(following) or roles not in _ENDS:
            raise NotACallError
        closing = next(filter(None, following))
        return text[: closers[0].start()], closing

    def _trimmed(self, text: str) -> str:
        if self.newline:
            text = text.removeprefix("\n").removesuffix("\n")
        if self.cdata and text.strip().startswith("<![CDATA[") and text.strip().endswith("]]>"):
            return text.strip()[9:-3]
        return text

    def calls(self, source: Source, declared: Declared) -> Steps[None]:
        """Read a block: calls one after the other, with or without a section around them.

        Each call has its own closing tag and stands for itself. The end of the section may be
        missing.
        """
        tag = self.read((yield from source.tag()))
        sectioned = tag is not None and tag.role == "section" and not tag.closes
        if sectioned:
            tag = self.read((yield from _next_tag(source)))
        if tag is None or tag.role != "call" or tag.closes:
            raise NotACallError
        source.commit()
        while tag is not None and tag.role == "call":
            yield (yield from self.call(source, tag, declared))
            tag = yield from self.following(source)

    def following(self, source: Source) -> Steps[Tag | None]:
        """Skip the tag after a call and return it, if it belongs to the block."""
        source.hold()
        tag = self.read((yield from _next_tag(source)))
        if tag and (tag.role == "parameter" or tag.closes != (tag.role == "section")):
            tag = None
        source.release(back=tag is None)
        return tag


def _next_tag(source: Source) -> Steps[str]:
    yield from source.spaces()
    return (yield from source.tag())
