"""Breaks of commas, colons, brackets, members and of the end."""

from random import Random

from benchmarks.repair.drafts import Draft, Token, UnsuitedError, breaks, chosen

CLOSERS = {"{": "}", "[": "]"}
GAPS = ["", " ", "\n", "\n  ", " \t", "\r\n"]
SCALARS = ("str", "num", "lit")


@breaks("tokens", lossless=True)
def trailing_comma(draft: Draft, rng: Random) -> None:
    """Put a comma after the last member, somewhere or everywhere."""
    everywhere = rng.random() < 0.4
    found = [at for at in draft.of("}", "]") if draft.tokens[draft.before(at)].kind not in "{["]
    if not found:
        raise UnsuitedError
    for at in reversed(found if everywhere else [rng.choice(found)]):
        token = draft.tokens[at]
        draft.tokens[at:at] = [Token(",", "," + rng.choice(GAPS), path=token.path)]


@breaks("tokens")
def commas_too_many(draft: Draft, rng: Random) -> None:
    """Put a comma before the first member, or two where one should be."""
    draft.unclear()
    if rng.random() < 0.5:
        at = chosen(draft, rng, "{", "[")
        if draft.tokens[draft.after(at)].kind in "}]":
            raise UnsuitedError
        draft.tokens[at].text += ","
    else:
        draft.tokens[chosen(draft, rng, ",")].text = rng.choice([",,", ", ,", ",,,"])


@breaks("tokens", lossless=True)
def missing_comma(draft: Draft, rng: Random) -> None:
    """Leave out the comma before a key, one or all of them."""
    found = [at for at in draft.of(",") if draft.tokens[draft.after(at)].kind == "key"]
    if not found:
        raise UnsuitedError
    for at in found if rng.random() < 0.3 else [rng.choice(found)]:
        spaced = draft.tokens[at + 1].kind == "ws"
        draft.tokens[at].text = "" if spaced else rng.choice([" ", "\n", "\n  "])


@breaks("tokens")
def missing_comma_and_space(draft: Draft, rng: Random) -> None:
    """Leave out a comma and the space after it."""
    found = [at for at in draft.of(",") if draft.tokens[draft.after(at)].kind == "key"]
    if not found:
        raise UnsuitedError
    at = rng.choice(found)
    draft.tokens[at].text = ""
    for each in draft.tokens[at + 1 : draft.after(at)]:
        each.text = ""
    if draft.tokens[draft.before(at)].kind == "str":
        draft.unclear()


@breaks("tokens")
def missing_comma_in_a_list(draft: Draft, rng: Random) -> None:
    """Leave out the comma between items: clear between brackets alone."""
    found = [
        at for at in draft.of(",") if draft.tokens[draft.after(at)].kind in (*SCALARS, "{", "[")
    ]
    if not found:
        raise UnsuitedError
    at = rng.choice(found)
    if draft.tokens[draft.after(at)].kind in SCALARS:
        draft.unclear()
    draft.tokens[at].text = "" if draft.tokens[at + 1].kind == "ws" else " "


@breaks("tokens", lossless=True)
def missing_colon(draft: Draft, rng: Random) -> None:
    """Leave out the colon after a key."""
    at = chosen(draft, rng, ":")
    draft.tokens[at].text = "" if draft.tokens[at + 1].kind == "ws" else " "


@breaks("tokens")
def missing_colon_and_space(draft: Draft, rng: Random) -> None:
    """Leave out the colon after a key and the space."""
    at = chosen(draft, rng, ":")
    draft.unclear()
    for each in draft.tokens[at : draft.after(at)]:
        each.text = ""


@breaks("tokens")
def colons_too_many(draft: Draft, rng: Random) -> None:
    """Write two colons."""
    draft.unclear()
    draft.tokens[chosen(draft, rng, ":")].text = rng.choice(["::", ": :"])


@breaks("tokens", lossless=True)
def equals_for_colon(draft: Draft, rng: Random) -> None:
    """Write an equals sign or an arrow for colons."""
    sign = rng.choice(["=", " = ", "=>", " => "])
    places = draft.of(":")
    if not places:
        raise UnsuitedError
    for at in places if rng.random() < 0.7 else [rng.choice(places)]:
        draft.tokens[at].text = sign


@breaks("tokens")
def other_signs(draft: Draft, rng: Random) -> None:
    """Write signs of other languages for colons and commas."""
    kind, signs = rng.choice(
        [(":", [":=", "->", "：", "~"]), (",", [";", "，", "、", "|", " and"])]
    )
    places = draft.of(kind)
    if not places:
        raise UnsuitedError
    sign = rng.choice(signs)
    draft.unclear()
    for at in places:
        draft.tokens[at].text = sign


@breaks("tokens")
def missing_last_closers(draft: Draft, rng: Random) -> None:
    """Leave out the last closers, one or several."""
    _trim(draft)
    ends = 0
    while draft.tokens[-1 - ends].kind in "}]" and draft.tokens[-1 - ends].text:
        ends += 1
        if draft.tokens[-1 - ends].kind in "{[":
            ends -= 1
            break
    if not ends:
        raise UnsuitedError
    del draft.tokens[-rng.randint(1, ends) :]
    _trim(draft)
    if draft.tokens[-1].kind in {"num", "lit"}:
        draft.unclear()
    draft.finish_reason = rng.choice(["tool_calls", "stop", None])


@breaks("tokens")
def missing_last_closers_of_a_cut(draft: Draft, rng: Random) -> None:
    """Leave out the last closer where the answer is known to be cut off."""
    _trim(draft)
    draft.tokens.pop()
    _trim(draft)
    draft.verdict = "refuse"
    draft.finish_reason = rng.choice(["length", "incomplete"])


def _trim(draft: Draft) -> None:
    while draft.tokens and draft.tokens[-1].kind == "ws":
        draft.tokens.pop()


@breaks("tokens")
def missing_bracket_before_a_key(draft: Draft, rng: Random) -> None:
    """Leave out the bracket that closes a list of scalars which a key follows."""
    found = []
    for at in draft.of("]"):
        comma = draft.after(at)
        last = draft.tokens[draft.before(at)].kind
        if last in SCALARS and comma < len(draft.tokens) and draft.tokens[comma].kind == ",":
            found.append(at)
    found = [at for at in found if draft.tokens[draft.after(draft.after(at))].kind == "key"]
    if not found:
        raise UnsuitedError
    _drop(draft, rng.choice(found))


def _drop(draft: Draft, at: int) -> None:
    draft.tokens[at].text = ""
    if draft.tokens[at - 1].kind == "ws":
        draft.tokens[at - 1].text = ""


@breaks("tokens")
def missing_inner_closer(draft: Draft, rng: Random) -> None:
    """Leave out a closer somewhere within."""
    found = [at for at in draft.of("}", "]") if draft.tokens[at].path]
    if not found:
        raise UnsuitedError
    draft.unclear()
    _drop(draft, rng.choice(found))


@breaks("tokens", lossless=True)
def missing_first_brace(draft: Draft, _: Random) -> None:
    """Leave out the opening brace of the whole."""
    first = draft.tokens[0]
    if first.kind != "{" or len(draft.of("key")) == 0:
        raise UnsuitedError
    first.text = ""


@breaks("tokens", lossless=True)
def missing_outer_braces(draft: Draft, _: Random) -> None:
    """Leave out both braces of the whole."""
    _trim(draft)
    if draft.tokens[0].kind != "{" or not draft.of("key"):
        raise UnsuitedError
    draft.tokens[0].text = draft.tokens[-1].text = ""
    if draft.tokens[draft.before(len(draft.tokens) - 1)].kind in {"num", "lit"}:
        draft.unclear()


@breaks("tokens")
def missing_inner_opener(draft: Draft, rng: Random) -> None:
    """Leave out an opener somewhere within."""
    found = [at for at in draft.of("{", "[") if draft.tokens[at].path]
    if not found:
        raise UnsuitedError
    draft.unclear()
    draft.tokens[rng.choice(found)].text = ""


@breaks("tokens", lossless=True)
def surplus_last_closers(draft: Draft, rng: Random) -> None:
    """Close more than was opened."""
    more = rng.choice(["}", "]", "}}", "}]", "]}", "\n}", " ] }", "}}}", ")", "}\n}\n"])
    draft.tokens.append(Token("ws", more))


@breaks("tokens")
def surplus_inner_closer(draft: Draft, rng: Random) -> None:
    """Close something twice, somewhere within."""
    found = [at for at in draft.of("}", "]") if draft.tokens[at].path]
    if not found:
        raise UnsuitedError
    at = rng.choice(found)
    draft.unclear()
    draft.tokens[at].text += rng.choice(["}", "]", draft.tokens[at].kind])


@breaks("tokens")
def surplus_first_openers(draft: Draft, rng: Random) -> None:
    """Open more than is closed, or wrap it in another pair of braces."""
    draft.unclear()
    opener, closer = rng.choice([("{", ""), ("{", "}"), ("{{", "}}"), ("[", ""), ("(", ")")])
    draft.tokens.insert(0, Token("ws", opener))
    draft.tokens.append(Token("ws", closer))


@breaks("tokens", lossless=True)
def wrong_closer(draft: Draft, rng: Random) -> None:
    """Close something with the other bracket."""
    at = chosen(draft, rng, "}", "]")
    token = draft.tokens[at]
    token.text = "]" if token.kind == "}" else "}"


@breaks("tokens")
def closers_in_the_wrong_order(draft: Draft, rng: Random) -> None:
    """Swap two closers that follow one another."""
    found = [
        (at, draft.after(at))
        for at in draft.of("}", "]")
        if draft.after(at) < len(draft.tokens)
        and draft.tokens[draft.after(at)].kind in "}]"
        and draft.tokens[draft.after(at)].kind != draft.tokens[at].kind
    ]
    if not found:
        raise UnsuitedError
    left, right = rng.choice(found)
    one, other = draft.tokens[left], draft.tokens[right]
    one.text, other.text = other.text, one.text


@breaks("tokens")
def missing_value(draft: Draft, rng: Random) -> None:
    """Leave out a value after its key."""
    at = chosen(draft, rng, *SCALARS)
    token = draft.tokens[at]
    draft.verdict = "refuse"
    token.text = "" if isinstance(token.path[-1], str) else rng.choice([",", ", ,"])


@breaks("tokens")
def value_of_dots(draft: Draft, rng: Random) -> None:
    """Write dots or a placeholder where a value should be."""
    draft.verdict = "refuse"
    dots = rng.choice(["...", "…", "<value>", "[...]", "???", "*", "$VALUE", "{{value}}"])
    draft.tokens[chosen(draft, rng, "num", "lit")].text = dots


@breaks("tokens")
def dots_after_the_last_member(draft: Draft, rng: Random) -> None:
    """Say by dots that there is more, somewhere."""
    found = [at for at in draft.of("}", "]") if draft.tokens[draft.before(at)].kind not in "{["]
    if not found:
        raise UnsuitedError
    at = rng.choice(found)
    draft.unclear()
    draft.tokens[at:at] = [
        Token("ws", rng.choice([", ...", ",...", ", …", " ...", ", /* ... */ ..."]))
    ]


@breaks("tokens")
def key_twice(draft: Draft, rng: Random) -> None:
    """Write a member twice, with another value or with the same."""
    members = [t for t in draft.tokens if t.kind in {"num", "str"} and len(t.path) == 1]
    if not members:
        raise UnsuitedError
    token = rng.choice(members)
    other = rng.random() < 0.7
    draft.verdict = "refuse" if other else "either"
    text = ('"other value"' if token.kind == "str" else "987654") if other else token.text
    _trim(draft)
    draft.tokens.insert(-1, Token("ws", f', "{token.path[0]}": {text}'))


@breaks("text")
def cut_off(draft: Draft, rng: Random) -> None:
    """Cut the text off anywhere, and say so."""
    if len(draft.text) < 3:
        raise UnsuitedError
    draft.text = draft.text[: rng.randint(1, len(draft.text.rstrip()) - 1)]
    draft.verdict = "refuse"
    draft.finish_reason = rng.choice(["length", "length", "incomplete", "content_filter"])


@breaks("tokens")
def cut_off_and_not_told(draft: Draft, rng: Random) -> None:
    """Cut the text off within a string, a word or after a colon, and do not say so."""
    at = chosen(draft, rng, "str", "key", ":", "lit")
    token = draft.tokens[at]
    del draft.tokens[at + 1 :]
    if token.kind != ":":
        if len(token.text) < 3:
            raise UnsuitedError
        token.text = token.text[: rng.randint(1, len(token.text) - 1)]
    draft.verdict = "refuse"
    draft.finish_reason = rng.choice(["tool_calls", "stop", None])
