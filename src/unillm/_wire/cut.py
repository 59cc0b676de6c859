"""Cutting a text at the first of some stop texts, however it comes in pieces."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from unillm.types.json import JsonObject, is_list, is_mapping


class _Search:
    """Look for one text in pieces, as Knuth, Morris and Pratt do: no character is read twice."""

    __slots__ = ("_falls", "begun", "start", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.start: int | None = None
        """Where the text first stands; None: not yet."""
        self.begun = 0
        """How many of its characters the pieces so far end with."""
        self._falls = _falls(text)

    def feed(self, piece: str, offset: int) -> None:
        """Take the piece that begins at an offset."""
        text, falls, begun, at = self.text, self._falls, self.begun, 0
        while self.start is None and at < len(piece):
            if not begun:
                at = piece.find(text[0], at)
                if at < 0:
                    break
            while begun and text[begun] != piece[at]:
                begun = falls[begun - 1]
            begun += text[begun] == piece[at]
            at += 1
            if begun == len(text):
                self.start, begun = offset + at - begun, 0
        self.begun = begun


def _falls(text: str) -> list[int]:
    """Return for each beginning of a text how much of its end is a beginning again."""
    falls = [0] * len(text)
    begun = 0
    for at in range(1, len(text)):
        while begun and text[begun] != text[at]:
            begun = falls[begun - 1]
        begun += text[begun] == text[at]
        falls[at] = begun
    return falls


class Cut:
    """Let a text through up to where the first of some stop texts begins.

    What may be the beginning of one is held back: at most as many characters as the longest has,
    less one. All of it costs time in proportion to the text, for each stop text.
    """

    def __init__(self, stops: Iterable[str]) -> None:
        """Start before the first piece; no stop text is empty."""
        self._searches = [_Search(stop) for stop in stops]
        self._held: deque[str] = deque()
        self._skipped = 0
        """How many characters of the first piece that is held were given out."""
        self._seen = 0
        self._given = 0
        self.at: str | None = None
        """The stop text at which the text was cut."""

    def feed(self, piece: str) -> str:
        """Take more of the text and return what is certain of it."""
        if self.at is not None:
            return ""
        self._held.append(piece)
        for search in self._searches:
            search.feed(piece, self._seen)
        self._seen += len(piece)
        begun = max((s.begun for s in self._searches if s.start is None), default=0)
        return self._settle(self._seen - begun)

    def release(self) -> str:
        """Return what is held back: what comes next does not belong to the same text."""
        if self.at is not None:
            return ""
        for search in self._searches:
            search.begun = 0
        return self._settle(self._seen)

    def _settle(self, certain: int) -> str:
        """Cut if no stop text can begin before one that was found; give out what is certain."""
        found = [
            (search.start, search.text) for search in self._searches if search.start is not None
        ]
        first, stop = min(found, default=(certain + 1, None))
        if first > certain:
            return self._give(certain)
        self.at = stop
        text = self._give(first)
        self._held.clear()
        return text

    def _give(self, until: int) -> str:
        out: list[str] = []
        while self._given < until:
            piece, start = self._held[0], self._skipped
            end = min(len(piece), start + until - self._given)
            out.append(piece[start:end])
            self._given += end - start
            self._skipped = 0 if end == len(piece) else end
            if end == len(piece):
                self._held.popleft()
        return "".join(out)


def logprobs_in(text: str, logprobs: Iterable[JsonObject]) -> list[JsonObject]:
    """Return the log probabilities of tokens that are in a text, which later ones followed."""
    kept: list[JsonObject] = []
    left = len(text.encode("utf-8", "replace"))
    for told in logprobs:
        size: Any = told.get("bytes")
        left -= len(
            size if is_list(size) else str(told.get("token", "")).encode("utf-8", "replace")
        )
        if left < 0:
            break
        kept.append(told)
    return kept


def annotations_in(text: str, annotations: Iterable[JsonObject]) -> list[JsonObject]:
    """Return the annotations that are not of a place behind a text; most name none."""
    return [each for each in annotations if _place(each) <= len(text)]


def moved(annotation: JsonObject, by: int) -> JsonObject:
    """Return an annotation of a text that stands so many characters further on in another."""
    kind = str(annotation.get("type"))
    inner: Any = annotation.get(kind)
    if is_mapping(inner):
        return {**annotation, kind: _moved(inner, by)}
    return _moved(annotation, by)


def _moved(fields: Mapping[str, Any], by: int) -> JsonObject:
    return {
        name: value + by if name in _PLACES and type(value) is int else value
        for name, value in fields.items()
    }


_PLACES = ("start_index", "end_index", "index")


def _place(annotation: JsonObject) -> int:
    """Return where the annotated text ends: the field is flat or in an object named as the type."""
    inner: Any = annotation.get(str(annotation.get("type")))
    fields: Mapping[str, Any] = inner if is_mapping(inner) else annotation
    ends = (fields.get(name) for name in ("end_index", "index"))
    return next((end for end in ends if type(end) is int), 0)
