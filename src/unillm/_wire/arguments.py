"""The text of one call's arguments, put together from whatever fragments hosts send."""

from __future__ import annotations

import re

from pydantic_core import from_json

from unillm._wire.beginning import is_beginning


class ArgumentText:
    """Join fragments; see through hosts that repeat, or send everything so far each time.

    A fragment that begins with all the text before it is either a repetition (Qianfan sends
    cumulative arguments, xLAM on vLLM all of them again at the end: hermes-agent#35718,
    vllm#51697) or, very rarely, genuine: ``{"a":`` and ``{"a":1}}``. After a whole object it is a
    repetition. Before, both readings are kept, and nothing more is shown, until one of them
    cannot become an object any more, or the end decides: no text is one in both readings.
    """

    __slots__ = ("_cumulative", "_folded", "_plain", "_received", "_shown")

    def __init__(self) -> None:
        """Start empty."""
        self._plain = _Parts()
        self._folded: _Parts | None = None
        self._cumulative = False
        self._shown = 0
        self._received = 0

    def __bool__(self) -> bool:
        """Tell whether any text came."""
        return self._plain.size > 0

    def add(self, fragment: str) -> str:
        """Take a fragment and return the text that is certain now, possibly empty."""
        size, plain = len(fragment), self._plain
        self._received += size
        if size < plain.size == self._shown and self._folded is None:
            # Too short to repeat what came before, of which all is certain: as nearly all are.
            plain.add(fragment)
            self._shown += size
            return fragment
        known = self._folded or self._plain
        if self._plain.repeated_by(fragment) and self._is_said():
            self._plain, self._folded = _Parts(fragment), None
        elif known.repeated_by(fragment):
            grows = len(fragment) > known.size
            self._plain.add(fragment)
            self._decide(_Parts(fragment), grows=grows)
        else:
            self._plain.add(fragment)
            if self._folded is not None:
                self._folded.add(fragment)
        return self._reveal()

    def repeats(self, fragment: str) -> bool:
        """Tell whether a fragment only says again, or extends, what is there."""
        return (self._folded or self._plain).repeated_by(fragment)

    def replace(self, whole: str) -> str:
        """Take text that is all the arguments at once and return what is new of it."""
        known = self.so_far()
        if known == whole:
            self._received += len(whole)
            return ""
        if known == _NOTHING and self._shown == 0:
            self._plain, self._folded = _Parts(), None
        return self.add(whole)

    def so_far(self) -> str:
        """Return the text in its likelier reading; at the end of a call this is the truth."""
        plain = self._plain.joined()
        if self._folded is None or is_whole_object(plain):
            return plain
        folded = self._folded.joined()
        is_likelier = _may_become_object(folded) and not _may_become_object(plain)
        return folded if is_likelier or is_whole_object(folded) else plain

    def is_folded(self) -> bool:
        """Tell whether more was received than the text that is left of it."""
        return self._received != len(self.so_far())

    def shown(self) -> str:
        """Return what `add` has returned so far."""
        return self._plain.joined()[: self._shown]

    def settle(self, *, cut: bool) -> tuple[str, str]:
        """Return the whole text, and the part of it that was not certain before.

        Of an answer that was cut, two readings cannot be told apart: the text is then given as
        it came, which is no whole object.
        """
        raw = self._plain.joined() if cut and self._folded is not None else self.so_far()
        rest = raw[self._shown :]
        self._shown = len(raw)
        return raw, rest

    def _is_said(self) -> bool:
        """Tell whether what repeats the text can only be a repetition."""
        return self._cumulative or is_whole_object(self._plain.joined())

    def _decide(self, folded: _Parts, *, grows: bool) -> None:
        """Keep both readings, or the one that is left."""
        self._folded = None
        if not _may_become_object(self._plain.joined()):
            self._plain, self._cumulative = folded, grows
        elif _may_become_object(folded.joined()):
            self._folded = folded

    def _reveal(self) -> str:
        """Return what is certain and was not shown. ``{}`` may be a placeholder of some hosts."""
        text = self._plain
        if self._folded is not None or (text.size == len(_NOTHING) and text.joined() == _NOTHING):
            return ""
        fresh, self._shown = text.size - self._shown, text.size
        return text.end(fresh)


class _Parts:
    """A text in pieces that is joined only when it must be."""

    __slots__ = ("_parts", "size")

    def __init__(self, *parts: str) -> None:
        self._parts = list(parts)
        self.size = sum(map(len, parts))

    def add(self, part: str) -> None:
        self._parts.append(part)
        self.size += len(part)

    def joined(self) -> str:
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    def end(self, size: int) -> str:
        """Return the last characters."""
        last = self._parts[-1] if self._parts else ""
        return last[len(last) - size :] if size <= len(last) else self.joined()[-size:]

    def repeated_by(self, fragment: str) -> bool:
        """Tell whether a fragment begins with all of this, and this with an object."""
        # Comparing lengths first keeps the work linear: joining costs no more than the fragment.
        return (
            0 < self.size <= len(fragment)
            and fragment.lstrip()[:1] == "{"
            and fragment.startswith(self.joined())
        )


_NOTHING = "{}"
_TOKEN = re.compile(r'\\.?|["{}\[\]]', re.DOTALL)


class Nesting:
    """Follow braces and strings, to know when a JSON object has been closed."""

    __slots__ = ("_carry", "_depth", "_in_string", "_opened")

    def __init__(self) -> None:
        """Start before the first character."""
        self._depth = 0
        self._opened = False
        self._in_string = False
        self._carry = ""

    @property
    def closed(self) -> bool:
        """Tell whether an object was opened and everything opened is closed."""
        return self._opened and self._depth == 0 and not self._in_string

    def feed(self, text: str) -> None:
        """Read on."""
        text, self._carry = self._carry + text, ""
        for match in _TOKEN.finditer(text):
            token = match[0]
            if token == '"':
                self._in_string = not self._in_string
            elif token == "\\":
                self._carry = token
            elif self._in_string or len(token) > 1:
                continue
            elif token in "{[":
                self._depth += 1
                self._opened = True
            else:
                self._depth -= 1


def is_whole_object(text: str) -> bool:
    """Tell whether a text is one whole JSON object."""
    try:
        return isinstance(from_json(text, allow_inf_nan=False), dict)
    except (ValueError, TypeError):
        return False


def _may_become_object(text: str) -> bool:
    return text.lstrip()[:1] == "{" and is_beginning(text)
