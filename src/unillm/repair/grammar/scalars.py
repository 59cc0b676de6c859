"""Numbers, words and bare text in the place of a value."""

from __future__ import annotations

import re

from unillm.repair.grammar.ends import is_key_ahead
from unillm.repair.grammar.walk import Walk

_WORDS = {
    "True": "true",
    "TRUE": "true",
    "False": "false",
    "FALSE": "false",
    "None": "null",
    "NULL": "null",
    "Null": "null",
    "true": "true",
    "false": "false",
    "null": "null",
}
_NOTHING = frozenset({"nan", "inf", "infinity", "undefined", "nil", "none", "n/a", "...", "…"})
"""What says that there is no value, or none that JSON can hold."""

_STRICT = re.compile(r"-?(?:0|[1-9]\d*+)(?:\.\d++)?(?:[eE][+-]?\d++)?(?![\w.+-])")
_LOOSE = re.compile(
    r"(?P<sign>[+-]?)(?:(?P<radix>0[xX][0-9a-fA-F]++|0[oO][0-7]++|0[bB][01]++)"
    r"|(?P<whole>(?:0|[1-9][0-9]*+(?:_[0-9]++)*+)?)(?P<part>\.[0-9]*+)?(?P<power>[eE][+-]?[0-9]++)?)"
    r"(?![\w.+-])"
)
_WORD = re.compile(r"[A-Za-z_$][\w$]*+")
_BARE = re.compile(
    r"[^\s\"'{}\[\](),:\u201c\u201d`](?:[^\"'{}\[\](),\n\u201c\u201d`]*[^\s\"'{}\[\](),:\u201c\u201d`])?"
)
_HALF_QUOTED = re.compile(r"([^\s\"'{}\[\](),:][^\"'{}\[\],:\n]*+)\"(?=\s*+[,}\]])")
_END = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]*+(?:[,}\])]|$|#|//|/\*|\\+[nrt])")
_PLACEHOLDER = re.compile(r"[<>]|&\w+=|^\$\{?")
_LAST = re.compile(r"\s*+\Z")
_SEVERAL = re.compile(r"\s")
_DOUBT = re.compile(
    r"\s(?:#|//)|/\*|:\s|\s[\w$-]++\s*+(?::(?!//)|=(?!=))|\s=(?!=)|\\[nrt]|\A[<=]|\A[+.-]++\Z",
    re.ASCII,
)
"""What may be a comment, another key, an escape, or stand for something, in bare text."""
_NUMERIC = re.compile(r"[+.-]*+\d[\d_]*+(?:\.\d*+)?(?:[eE][+-]?+)?[A-Za-z]?")
"""What is nearly a number: one of another language, or one that lost a part."""


def scalar(walk: Walk) -> None:
    """Read a number, a word, or text without quotes.

    Raises:
        DeadError: There is none that can be read in one way only.
    """
    text, pos = walk.text, walk.pos
    plain = _STRICT.match(text, pos, walk.end)
    if plain is not None and plain.end() > pos and not _is_measure(walk, plain.end()):
        walk.ended(plain.end())
        return
    if text[pos : pos + 1] in "+-.0123456789" and _number(walk):
        return
    word = _WORD.match(text, pos, walk.end)
    if word is not None and word[0] in _WORDS and _ends(walk, word.end()):
        after = _WORDS[word[0]]
        if after != word[0]:
            walk.change(pos, word.end(), after, "literal")
        walk.ended(word.end())
        return
    _bare(walk)


def _ends(walk: Walk, at: int) -> bool:
    return _END.match(walk.text, at, walk.end) is not None or is_key_ahead(walk, at)


def _is_measure(walk: Walk, at: int) -> bool:
    """Tell whether a number is only the begin of bare text: of a time, or of "5 km"."""
    if _END.match(walk.text, at, walk.end) or not walk.frames or not walk.frames[-1].is_object:
        return False
    shape = walk.value_shape()
    only_text = shape.allows("string") and not shape.allows("number", "integer")
    return only_text and not is_key_ahead(walk, at)


def _number(walk: Walk) -> bool:
    """Read a number as Python or JavaScript write it."""
    found = _LOOSE.match(walk.text, walk.pos, walk.end)
    if found is None or not (found["radix"] or found["whole"] or (found["part"] or ".") != "."):
        return False
    if not _ends(walk, found.end()):
        return False
    sign = "-" if found["sign"] == "-" else ""
    if found["radix"]:
        after = sign + str(int(found["radix"], 0))
    else:
        part = found["part"] or ""
        part = part + "0" if part == "." else part
        after = sign + (found["whole"].replace("_", "") or "0") + part + (found["power"] or "")
    walk.change(walk.pos, found.end(), after, "number")
    walk.ended(found.end())
    return True


def _bare(walk: Walk) -> None:
    """Read text that has no quotes around it, or only the closing one."""
    text, pos = walk.text, walk.pos
    half = _HALF_QUOTED.match(text, pos, walk.end)
    if half is not None and "\\" not in half[1] and not _follows_bare(walk):
        walk.change(pos, pos, '"', "missing_quote", "structure")
        walk.ended(half.end())
        return
    found = _BARE.match(text, pos, walk.end)
    if found is None:
        walk.dead("a value is missing")
    said = found[0]
    if said.casefold().lstrip("+-") in _NOTHING or said.startswith(("...", "…")):
        walk.dead(f"{said} is no value")
    if not _ends(walk, found.end()) or not _is_text(walk, said, found.end()):
        walk.dead("a value without quotes has no certain end")
    if walk.frames and _LAST.match(text, found.end(), walk.end):
        walk.dead("the text ends in a value without quotes that may go on")
    walk.change(pos, pos, '"', "unquoted_value", "structure")
    if "\\" in said:
        walk.change(pos, found.end(), said.replace("\\", "\\\\"), "bad_escape")
    walk.change(found.end(), found.end(), '"', "unquoted_value", "structure")
    walk.ended(found.end())


def _follows_bare(walk: Walk) -> bool:
    """Tell whether a value may have begun earlier: what is before has no quotes either."""
    if not walk.frames:
        return False
    if walk.frames[-1].is_object:
        return tuple(change.rule for change in walk.changes[-4:]) == _BARE_MEMBERS
    before = walk.text[max(walk.start, walk.pos - 64) : walk.pos].rstrip()
    return before.removesuffix(",").rstrip()[-1:] not in _QUOTED_ENDS


_BARE_MEMBERS = ("unquoted_value", "unquoted_value", "unquoted_key", "unquoted_key")
_QUOTED_ENDS = frozenset("\"'`{[(}])>\u201d\u2019")


def _is_nearly_a_word(said: str) -> bool:
    """Tell whether bare text may be meant as true, false or null, misspelt or in another way."""
    word = said.casefold()
    return word in _YES_OR_NO or any(w.startswith(word) for w in ("true", "false", "null"))


_YES_OR_NO = frozenset({"yes", "no", "on", "off", "y"})


def _is_text(walk: Walk, said: str, at: int) -> bool:
    """Tell whether bare text can only be one string."""
    shape = walk.value_shape()
    if not shape.allows("string") or _DOUBT.search(said):
        return False
    if _is_nearly_a_word(said) and shape.allows("boolean", "null"):
        return False
    in_object = bool(walk.frames) and walk.frames[-1].is_object
    if _PLACEHOLDER.search(said) or not any(mark.isalnum() for mark in said):
        return False
    if _NUMERIC.match(said) and (not in_object or shape.allows("number", "integer")):
        return False
    if not in_object:
        return bool(walk.frames) and not _SEVERAL.search(said) and ":" not in said
    follows = walk.text[at : walk.end].lstrip()[:1]
    return follows != "," or is_key_ahead(walk, at)
