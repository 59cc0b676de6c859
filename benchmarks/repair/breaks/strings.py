"""Breaks within strings: control characters, escapes."""

import re
from random import Random

from benchmarks.repair.breaks.quotes import retell
from benchmarks.repair.breaks.values import fails
from benchmarks.repair.drafts import Draft, Token, UnsuitedError, breaks, quoted

VALID = frozenset('"\\/bfnrtu')
"""What may follow a backslash in JSON."""


def _long(draft: Draft) -> list[Token]:
    found = [token for token in draft.strings() if token.value]
    if not found:
        raise UnsuitedError
    return found


@breaks("tokens", lossless=True)
def raw_control_characters(draft: Draft, rng: Random) -> None:
    """Write newlines and tabs within strings as they are."""
    token = rng.choice(_long(draft))
    inner = rng.choice(["\n", "\t", "\r\n", "\n\n", "\x0b", "\x01", "\x1f", "\b", "\f", "\n\t- "])
    at = rng.randint(0, len(token.value))
    retell(draft, token, token.value[:at] + inner + token.value[at:])
    token.text = _raw(token.text)


@breaks("tokens", lossless=True)
def raw_newlines_of_its_own(draft: Draft, _: Random) -> None:
    """Write the newlines that are in a text as they are."""
    found = [token for token in draft.strings() if "\n" in token.value]
    if not found:
        raise UnsuitedError
    for token in found:
        token.text = _raw(token.text)


_ESCAPED = re.compile(r"\\(u00[01][0-9a-f]|.)")
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def _raw(text: str) -> str:
    def plain(found: re.Match[str]) -> str:
        name = found[1]
        return chr(int(name[1:], 16)) if len(name) > 1 else _CONTROL.get(name, found[0])

    return _ESCAPED.sub(plain, text)


_INVALID = (
    r"\d+\.\w",
    r"C:\Projects\site",
    r"\s*\(\w+\)",
    r"[\w.-]+@\w+\.\w{2,}",
    r"\$HOME/\*.txt",
    r"\_snake\_case\_",
    r"D:\Ablage\Zoo",
    r"\[x\] \{y\}",
    r"\\server\share",
    r"\alpha + \gamma",
    r"100\% \& more \# here",
    r"\!important \; \|",
    r"\0",
    r"\W\S\D",
)


@breaks("tokens", lossless=True)
def invalid_escapes(draft: Draft, rng: Random) -> None:
    """Write the backslashes of patterns and paths once, where JSON knows no such escape."""
    token = rng.choice(_long(draft))
    addition = rng.choice(_INVALID)
    value = f"{token.value} {addition}" if rng.random() < 0.7 else f"{addition} {token.value}"
    retell(draft, token, value)
    _once(token)


@breaks("tokens", lossless=True)
def invalid_escapes_of_its_own(draft: Draft, _: Random) -> None:
    """Write the backslashes that are in a text once, where JSON knows no such escape."""
    found = [
        token for token in draft.strings() if re.search(r"""\\[^'"\\/bfnrtu\s]""", token.value)
    ]
    if not found:
        raise UnsuitedError
    for token in found:
        # Some read \x and \U as in Python, and both readings have something for them.
        if re.search(r"\\[xU]", token.value):
            raise UnsuitedError
        _once(token)


def _once(token: Token) -> None:
    """Write backslashes once, where what follows makes them an escape that JSON does not know."""
    token.text = re.sub(
        r"\\\\([\s\S])",
        lambda found: (
            found[0] if found[1] in VALID | {"'"} or not found[1].isascii() else "\\" + found[1]
        ),
        token.text,
    )


@breaks("tokens", lossless=True)
def escaped_apostrophes(draft: Draft, rng: Random) -> None:
    """Escape apostrophes, as other languages do."""
    token = rng.choice(_long(draft))
    retell(draft, token, token.value + rng.choice([" it's", "'", "' '", " d'un l'autre"]))
    for each in draft.strings():
        each.text = each.text.replace("'", "\\'")


@breaks("tokens")
def foreign_escapes(draft: Draft, rng: Random) -> None:
    """Use escapes of other languages, or cut ones: as they are, or not at all."""
    token = rng.choice(_long(draft))
    shown = rng.choice([r"\u{1F600}", r"\e", r"\u12", r"\u", r"\u00", r"\u041"])
    retell(draft, token, f"{token.value} {shown}")
    draft.unclear()
    token.text = token.text[: token.text.rindex(" ") + 1] + shown + '"'


@breaks("tokens")
def broken_unicode_escapes(draft: Draft, rng: Random) -> None:
    """Write half of a character that takes two escapes."""
    token = rng.choice(_long(draft))
    shown = rng.choice([r"\ud83d", r"\udc00", r"\ud83d\ude", r"\ude00\ud83d", r"\udbff x"])
    draft.verdict = "refuse"
    retell(draft, token, f"{token.value} x")
    token.text = token.text[:-2] + shown + '"'


@breaks("tokens")
def paths_that_look_like_unicode_escapes(draft: Draft, rng: Random) -> None:
    """Write the backslashes of a path once, one of them before a u."""
    token = rng.choice(_long(draft))
    path = rng.choice([r"C:\users\ana", r"\usr\share", r"D:\Code\units\x", r"\underline"])
    retell(draft, token, f"{token.value} {path}")
    draft.unclear()
    token.text = token.text[: -1 - len(quoted(path)[1:-1])] + path + '"'


@breaks("tokens")
def backslash_before_a_newline(draft: Draft, rng: Random) -> None:
    """Write a backslash and a real newline after it, as in a shell command: both are meant."""
    token = rng.choice(_long(draft))
    retell(draft, token, f"{token.value} \\\n  --more")
    token.text = token.text.replace("\\\\\\n  --more", "\\\n  --more")


@breaks("tokens")
def backslash_before_other_scripts(draft: Draft, rng: Random) -> None:
    """Put a backslash before a letter that is not ASCII."""
    found = [(t, at) for t in draft.strings() for at, mark in enumerate(t.text) if mark > "\xa1"]
    if not found:
        raise UnsuitedError
    token, at = rng.choice(found)
    draft.unclear()
    token.text = token.text[:at] + "\\" + token.text[at:]


@breaks("tokens")
def markdown_escapes_in_keys(draft: Draft, _: Random) -> None:
    r"""Escape underscores in keys: `file\_path`."""
    found = [token for token in draft.tokens if token.kind == "key" and "_" in token.value]
    shown = {str(key).replace("_", "\\_"): item for key, item in draft.value.items()}
    if not found or not fails(draft.schema, shown):
        raise UnsuitedError
    draft.unclear()
    for token in found:
        token.text = token.text.replace("_", "\\_")
