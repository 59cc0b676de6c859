"""The text of one call's arguments, put together from whatever fragments hosts send."""

from __future__ import annotations

import re

from pydantic_core import from_json


class ArgumentText:
    """Join fragments; see through hosts that repeat, or send everything so far each time.

    A fragment that begins with all the text before it is either a repetition (Qianfan sends
    cumulative arguments, xLAM on vLLM all of them again at the end: hermes-agent#35718,
    vllm#51697) or, very rarely, genuine. Then both readings are kept, and nothing more is shown,
    until two growing repetitions in a row, or the end, decide: no text is one JSON object in
    both readings.
    """

    __slots__ = ("_cumulative", "_folded", "_folded_size", "_grew", "_shown", "_size", "_text")

    def __init__(self) -> None:
        """Start empty."""
        self._text: list[str] = []
        self._size = 0
        self._folded: list[str] | None = None
        self._folded_size = 0
        self._grew = False
        self._cumulative = False
        self._shown = 0

    def __bool__(self) -> bool:
        """Tell whether any text came."""
        return self._size > 0

    def add(self, fragment: str) -> str:
        """Take a fragment and return the text that is certain now, possibly empty."""
        if self._folded is not None:
            return self._add_in_doubt(fragment, self._folded)
        if not _repeats(fragment, self._text, self._size):
            self._append(fragment)
        elif self._cumulative:
            self._text, self._size = [fragment], len(fragment)
        else:
            self._grew = len(fragment) > self._size
            self._folded, self._folded_size = [fragment], len(fragment)
            self._append(fragment)
            return ""
        return self._reveal()

    def repeats(self, fragment: str) -> bool:
        """Tell whether a fragment only says again, or extends, what is there."""
        if self._folded is not None:
            return _repeats(fragment, self._folded, self._folded_size)
        return _repeats(fragment, self._text, self._size)

    def replace(self, whole: str) -> str:
        """Take text that is all the arguments at once and return what is new of it."""
        known = self.so_far()
        if known == whole:
            return ""
        if known == "{}" and self._shown == 0:
            self._text, self._size, self._folded = [], 0, None
        return self.add(whole)

    def so_far(self) -> str:
        """Return the text in its likelier reading; at the end of a call this is the truth."""
        plain = "".join(self._text)
        if self._folded is None or is_whole_object(plain):
            return plain
        folded = "".join(self._folded)
        return folded if is_whole_object(folded) else plain

    def shown(self) -> str:
        """Return what `add` has returned so far."""
        return "".join(self._text)[: self._shown]

    def settle(self) -> tuple[str, str]:
        """Return the whole text, and the part of it that was not certain before."""
        raw = self.so_far()
        rest = raw[self._shown :]
        self._shown = len(raw)
        return raw, rest

    def _add_in_doubt(self, fragment: str, folded: list[str]) -> str:
        if not _repeats(fragment, folded, self._folded_size):
            folded.append(fragment)
            self._folded_size += len(fragment)
        else:
            grows = len(fragment) > self._folded_size
            if grows and self._grew:
                self._cumulative, self._folded = True, None
                self._text, self._size = [fragment], len(fragment)
                return self._reveal()
            self._grew = self._grew or grows
            self._folded, self._folded_size = [fragment], len(fragment)
        self._append(fragment)
        return ""

    def _append(self, fragment: str) -> None:
        self._text.append(fragment)
        self._size += len(fragment)

    def _reveal(self) -> str:
        fresh = self._size - self._shown
        self._shown = self._size
        last = self._text[-1] if self._text else ""
        return last[len(last) - fresh :]


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


def _repeats(fragment: str, parts: list[str], size: int) -> bool:
    # Comparing lengths first keeps the work linear: joining costs no more than the fragment.
    return size > 0 and len(fragment) >= size and fragment.startswith("".join(parts))
