"""Breaks of quotes: other ones, missing ones, ones too many."""

import re
from random import Random
from typing import Any

from benchmarks.repair.breaks.values import fails, put
from benchmarks.repair.drafts import Draft, Token, UnsuitedError, breaks, quoted

BAREWORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
LITERALS = {"true", "false", "null", "none", "nan", "infinity", "undefined", "nil", "inf", "yes"}
MEMBER = re.compile(r",\s*\w+\s*[:=]")
"""What is another member as soon as no quote says otherwise."""

# A quote that could end the string it stands in, by what follows it.
STRUCTURAL = re.compile(r"""["'`]\s*(?:[:}\]]|,\s*["'`\]}]|,?\s*\Z)""")


def _body(token: Token) -> str:
    return token.text[1:-1]


def _requote(draft: Draft, opener: str, closer: str, *, keys: bool = True) -> None:
    """Put other quotes around strings, and escape nothing by it.

    Raises:
        UnsuitedError: There is no string.
    """
    found = [t for t in draft.tokens if t.kind == "str" or (keys and t.kind == "key")]
    if not found:
        raise UnsuitedError
    for token in found:
        if set(_body(token)) & {opener, closer}:
            draft.unclear()
        token.text = opener + _body(token) + closer


def _unescaped(token: Token) -> str:
    """Return the body of a string with its double quotes bare: they are no trouble any more."""
    return re.sub(r'((?:\\\\)*)\\"', r'\1"', _body(token))


@breaks("tokens", lossless=True)
def single_quotes(draft: Draft, rng: Random) -> None:
    """Use single quotes, with those within escaped, or without any within."""
    bare = rng.random() < 0.5
    for token in draft.tokens:
        if token.kind in {"str", "key"}:
            body = _unescaped(token) if bare else _body(token)
            token.text = "'" + body.replace("'", "\\'") + "'"


@breaks("tokens", lossless=True)
def single_quotes_for_keys_alone(draft: Draft, _: Random) -> None:
    """Use single quotes for the keys."""
    keys = [token for token in draft.tokens if token.kind == "key" and "'" not in token.text]
    if not keys:
        raise UnsuitedError
    for token in keys:
        token.text = f"'{_body(token)}'"


@breaks("tokens", lossless=True)
def mixed_quotes(draft: Draft, rng: Random) -> None:
    """Use single quotes here and double quotes there."""
    for token in draft.tokens:
        if token.kind in {"str", "key"} and rng.random() < 0.5:
            token.text = "'" + _body(token).replace("'", "\\'") + "'"


@breaks("tokens")
def single_quotes_around_apostrophes(draft: Draft, rng: Random) -> None:
    """Use single quotes around text with apostrophes, which are not escaped."""
    words = [
        "don't",
        "it's",
        "o'clock",
        "the users' list",
        "rock 'n' roll",
        "l'heure",
        "'tis",
        "d'",
    ]
    found = [token for token in draft.strings() if "'" not in token.text]
    if not found:
        raise UnsuitedError
    token = rng.choice(found)
    at = rng.choice([0, len(token.value), max(token.value.find(" "), 0)])
    word = rng.choice(words)
    value = " ".join(filter(None, [token.value[:at].rstrip(), word, token.value[at:].lstrip()]))
    retell(draft, token, value)
    if word in {"'tis", "d'"} and (value.startswith("'") or value.endswith("'")):
        draft.unclear()
    for each in draft.tokens:
        if each.kind in {"str", "key"}:
            each.text = "'" + _unescaped(each) + "'"
            if STRUCTURAL.search(each.text[1:-1]):
                draft.unclear()


def retell(draft: Draft, token: Token, value: str) -> None:
    """Let another string be what was meant.

    Raises:
        UnsuitedError: The schema does not allow it there, or what is written there is not what
            was meant any more.
    """
    meant: Any = draft.truth
    try:
        for step in token.path:
            meant = meant[step]
    except (LookupError, TypeError):
        raise UnsuitedError from None
    if meant != token.value:
        raise UnsuitedError
    truth = put(draft.truth, token.path, value)
    if fails(draft.schema, truth):
        raise UnsuitedError
    draft.truth = truth
    draft.value = put(draft.value, token.path, value)
    token.value = value
    token.text = quoted(value, ascii_only=draft.ascii)


SMART = (("“", "”"), ("„", "“"), ("”", "”"), ("‘", "’"), ("„", "”"), ("“", "“"), ("‚", "‘"))


@breaks("tokens", lossless=True)
def smart_quotes(draft: Draft, rng: Random) -> None:
    """Use the curly quotes of some language."""
    _requote(draft, *rng.choice(SMART))


@breaks("tokens", lossless=True)
def smart_quotes_for_keys_alone(draft: Draft, rng: Random) -> None:
    """Use curly quotes for the keys, plain ones for the values."""
    opener, closer = rng.choice(SMART)
    for token in draft.tokens:
        if token.kind == "key":
            token.text = opener + _body(token) + closer


@breaks("tokens")
def rare_quotes(draft: Draft, rng: Random) -> None:
    """Use quotes that few would think of."""
    draft.unclear()
    _requote(draft, *rng.choice([("«", "»"), ("‹", "›"), ("「", "」"), ("＂", "＂"), ("″", "″")]))


@breaks("tokens", lossless=True)
def backticks(draft: Draft, rng: Random) -> None:
    """Use backticks, with newlines as they are."""
    keys = rng.random() < 0.5
    for token in draft.tokens:
        if token.kind == "str" or (keys and token.kind == "key"):
            if "`" in _body(token) or "${" in _body(token):
                draft.unclear()
            token.text = "`" + _body(token) + "`"


@breaks("tokens")
def triple_quotes(draft: Draft, rng: Random) -> None:
    """Write a text as Python would, between three quotes, with newlines as they are."""
    found = [
        t for t in draft.strings() if t.value and '"""' not in t.value and "'''" not in t.value
    ]
    if not found:
        raise UnsuitedError
    token = max(found, key=lambda each: len(each.value))
    mark = rng.choice(['"""', "'''"])
    if token.value[0] in "\"'" or token.value[-1] in "\"'" or '"' in token.value:
        draft.unclear()
    token.text = mark + token.value.replace("\\", "\\\\") + mark


@breaks("tokens")
def special_tokens_for_quotes(draft: Draft, rng: Random) -> None:
    """Write a model's own tokens in place of quotes."""
    mark = rng.choice(['<|"|>', '<|">', '<|"|>'])
    found = [token for token in draft.strings() if '"' not in token.value]
    if not found:
        raise UnsuitedError
    for token in found:
        if "\\" in token.text or "<|" in token.text:
            draft.unclear()
        token.text = mark + _body(token) + mark


@breaks("tokens")
def html_quotes(draft: Draft, rng: Random) -> None:
    """Write quotes as HTML does."""
    mark = rng.choice(["&quot;", "&#34;"])
    draft.unclear()
    for token in draft.tokens:
        token.text = token.text.replace('"', mark)


@breaks("tokens", lossless=True)
def unquoted_keys(draft: Draft, rng: Random) -> None:
    """Write keys without quotes, all or some."""
    part = rng.random() < 0.3
    keys = [token for token in draft.tokens if token.kind == "key"]
    if not keys:
        raise UnsuitedError
    for token in keys:
        if part and rng.random() < 0.5:
            continue
        if not BAREWORD.match(token.value):
            draft.unclear()
        token.text = token.value or '""'


@breaks("tokens")
def unquoted_words(draft: Draft, rng: Random) -> None:
    """Write values of one word without quotes."""
    found = [
        t
        for t in draft.strings()
        if BAREWORD.match(t.value)
        and t.value.lower() not in LITERALS
        and isinstance(t.path[-1], str)
    ]
    if not found:
        raise UnsuitedError
    for token in found:
        token.text = token.value
    if rng.random() < 0.5:
        for token in draft.tokens:
            if token.kind == "key" and BAREWORD.match(token.value):
                token.text = token.value


@breaks("tokens")
def unquoted_text(draft: Draft, rng: Random) -> None:
    """Write a value of several words without quotes."""
    found = [t for t in draft.strings() if not BAREWORD.match(t.value) and t.value]
    if not found:
        raise UnsuitedError
    draft.unclear()
    token = rng.choice(found)
    if MEMBER.search(token.value):
        raise UnsuitedError
    token.text = token.value


@breaks("tokens")
def missing_close_quote(draft: Draft, rng: Random) -> None:
    """Leave out the quote at the end of a value that a key follows."""
    found = []
    for at in draft.of("str"):
        comma = draft.after(at)
        following = draft.after(comma) if comma < len(draft.tokens) else comma
        if comma < len(draft.tokens) and draft.tokens[comma].kind == ",":
            found.append((at, draft.tokens[following].kind == "key"))
    if not found:
        raise UnsuitedError
    at, before_key = rng.choice(found)
    token = draft.tokens[at]
    if not before_key or '"' in token.value or not token.value or len(token.path) > 1:
        draft.unclear()
    token.text = token.text[:-1]


@breaks("tokens")
def missing_open_quote(draft: Draft, rng: Random) -> None:
    """Leave out the quote at the start of a value."""
    found = [t for t in draft.strings() if t.value and isinstance(t.path[-1], str)]
    if not found:
        raise UnsuitedError
    token = rng.choice(found)
    if MEMBER.search(token.value):
        raise UnsuitedError
    if re.search(r"[\"',:{}\[\]()#/\\\n]", token.value) or not token.value[0].isalpha():
        draft.unclear()
    if token.value.lower() in LITERALS:
        draft.unclear()
    token.text = token.text[1:]


@breaks("tokens")
def missing_quote_of_a_key(draft: Draft, rng: Random) -> None:
    """Leave out one of the quotes around a key."""
    keys = [token for token in draft.tokens if token.kind == "key" and BAREWORD.match(token.value)]
    if not keys:
        raise UnsuitedError
    token = rng.choice(keys)
    token.text = token.text[1:] if rng.random() < 0.5 else token.text[:-1]


@breaks("tokens")
def both_quotes_missing_at_once(draft: Draft, rng: Random) -> None:
    """Leave out the quote that ends a value and the one that starts the next key."""
    found = [
        (at, draft.after(draft.after(at)))
        for at in draft.of("str")
        if draft.after(at) < len(draft.tokens) and draft.tokens[draft.after(at)].kind == ","
    ]
    found = [(at, key) for at, key in found if draft.tokens[key].kind == "key"]
    if not found:
        raise UnsuitedError
    at, key = rng.choice(found)
    draft.unclear()
    draft.tokens[at].text = draft.tokens[at].text[:-1]
    draft.tokens[key].text = draft.tokens[key].text[1:]


_QUOTED = (
    'the "{}" one',
    '"{}"',
    '{} 24"',
    '"{}" first',
    'say "{}"',
    'a "b" {} "c" d',
    '{} ("quoted")',
    'he said "yes", {}',
    'x="{}"',
    '"{}", he said',
    '{} "a" "b"',
)


@breaks("tokens")
def unescaped_quotes(draft: Draft, rng: Random) -> None:
    """Leave quotes within a text unescaped."""
    found = [token for token in draft.strings() if '"' not in token.value and token.value]
    if not found:
        raise UnsuitedError
    token = rng.choice(found)
    retell(draft, token, rng.choice(_QUOTED).format(token.value))
    _bare(draft, token)


@breaks("tokens")
def unescaped_quotes_of_its_own(draft: Draft, rng: Random) -> None:
    """Leave the quotes that are in a text unescaped: code, prose, JSON."""
    found = [token for token in draft.strings() if '"' in token.value]
    if not found:
        raise UnsuitedError
    _bare(draft, rng.choice(found))


def _bare(draft: Draft, token: Token) -> None:
    token.text = '"' + _unescaped(token) + '"'
    inner = token.value
    if isinstance(token.path[-1], int) and "," in inner:
        draft.unclear()
    if STRUCTURAL.search(inner + " .") or inner == '"' or re.search(r'"\s*,\s*\w+\s*:', inner):
        draft.unclear()
