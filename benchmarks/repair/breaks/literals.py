"""Breaks of literals and numbers, and whole other notations."""

import json
from random import Random
from typing import Any

from benchmarks.repair.breaks.quotes import BAREWORD
from benchmarks.repair.drafts import Draft, UnsuitedError, breaks

PYTHON = {"true": "True", "false": "False", "null": "None"}


@breaks("tokens", lossless=True)
def python_literals(draft: Draft, rng: Random) -> None:
    """Write True, False and None."""
    found = [token for token in draft.tokens if token.kind == "lit"]
    if not found:
        raise UnsuitedError
    for token in found if rng.random() < 0.7 else [rng.choice(found)]:
        token.text = PYTHON[token.text]


@breaks("tokens")
def literals_in_other_letters(draft: Draft, rng: Random) -> None:
    """Write TRUE, Null and the like."""
    found = [token for token in draft.tokens if token.kind == "lit"]
    if not found:
        raise UnsuitedError
    draft.unclear()
    for token in found:
        token.text = rng.choice([str.upper, str.title, lambda text: text[0].upper() + text[1:]])(
            token.text
        )


@breaks("tokens")
def no_number(draft: Draft, rng: Random) -> None:
    """Write what is no JSON number, and no other value either."""
    found = [token for token in draft.tokens if token.kind in {"num", "lit"}]
    if not found:
        raise UnsuitedError
    draft.verdict = "refuse"
    words = ["NaN", "Infinity", "-Infinity", "undefined", "-", "1e", "nan", "--1", "1.2.3", "1e999"]
    rng.choice(found).text = rng.choice(words)


@breaks("tokens")
def numbers_of_other_languages(draft: Draft, rng: Random) -> None:
    """Write a number as JavaScript, Python or people would."""
    found = [token for token in draft.tokens if token.kind == "num"]
    if not found:
        raise UnsuitedError
    token = rng.choice(found)
    number = token.value
    draft.unclear()
    whole = isinstance(number, int)
    ways = [f"+{token.text}" if number >= 0 else f"- {token.text[1:]}"]
    if whole:
        ways += [hex(number), f"{number:_}", f"{number}.", f"{number}n", f"{number}L"]
        ways += [f"{number:,}"] if abs(number) > 999 else [f"00{number}"] if number >= 0 else []
    else:
        ways += [
            f"{number}f",
            token.text.lstrip("0") if number > 0 else token.text.replace("0", "", 1),
        ]
    token.text = rng.choice(ways)


@breaks("text", lossless=True)
def python_repr(draft: Draft, rng: Random) -> None:
    """Print the arguments as Python does."""
    draft.text = str(draft.value) if rng.random() < 0.7 else _narrow(draft.value)


def _narrow(value: Any) -> str:
    """Return the representation without spaces, strings in the quotes that Python chooses."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{key!r}:{_narrow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_narrow, value)) + "]"
    return repr(value)


@breaks("text")
def python_repr_with_tuples(draft: Draft, rng: Random) -> None:
    """Print the arguments as Python does, with tuples for lists, or with dict()."""

    def frozen(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: frozen(item) for key, item in value.items()}
        return tuple(map(frozen, value)) if isinstance(value, list) else value

    value = frozen(draft.value)
    if value == draft.value and rng.random() < 0.8:
        raise UnsuitedError
    if not all(map(BAREWORD.match, draft.value)) or rng.random() < 0.7:
        draft.text = repr(value)
    else:
        draft.unclear()
        draft.text = f"dict({', '.join(f'{key}={item!r}' for key, item in value.items())})"


@breaks("text")
def python_repr_with_sets(draft: Draft, _: Random) -> None:
    """Print the arguments as Python does, with a set for a list."""
    found = [key for key, item in draft.value.items() if isinstance(item, list) and len(item) > 1]
    if not found:
        raise UnsuitedError
    inner = repr(draft.value[found[0]])
    draft.unclear()
    draft.text = repr(draft.value).replace(inner, "{" + inner[1:-1] + "}", 1)


@breaks("text")
def javascript(draft: Draft, rng: Random) -> None:
    """Write the arguments as a JavaScript program would: bare keys, its quotes, its comma."""
    mark = rng.choice(["'", '"', "`"])

    def written(value: Any) -> str:
        if isinstance(value, dict):
            members = (
                f"{key if BAREWORD.match(key) else json.dumps(key)}: {written(item)}"
                for key, item in value.items()
            )
            return "{ " + ", ".join(members) + " }"
        if isinstance(value, list):
            return "[" + ", ".join(map(written, value)) + ("," if value else "") + "]"
        if isinstance(value, str):
            body = json.dumps(value, ensure_ascii=False)[1:-1].replace('\\"', '"')
            if mark == "`" and "${" in body:
                draft.unclear()
            return mark + body.replace(mark, "\\" + mark) + mark
        return json.dumps(value)

    start = rng.choice(["", "", "const args = ", "return "])
    if start:
        draft.unclear()
    draft.text = f"{start}{written(draft.value)}{';' if start else ''}"


@breaks("text")
def yaml_lines(draft: Draft, _: Random) -> None:
    """Write the arguments as lines of keys and values, without braces."""
    if not draft.value or any(isinstance(item, dict | list) for item in draft.value.values()):
        raise UnsuitedError
    draft.unclear()
    draft.text = "\n".join(f"{key}: {json.dumps(item)}" for key, item in draft.value.items())


@breaks("text")
def query_string(draft: Draft, _: Random) -> None:
    """Write the arguments as a web form would."""
    if not draft.value or any(isinstance(item, dict | list) for item in draft.value.values()):
        raise UnsuitedError
    draft.unclear()
    draft.text = "&".join(f"{key}={item}" for key, item in draft.value.items())


@breaks("text")
def xml_parameters(draft: Draft, _: Random) -> None:
    """Write the arguments as elements."""
    if not draft.value or any(not isinstance(item, str) for item in draft.value.values()):
        raise UnsuitedError
    draft.unclear()
    draft.text = "".join(f"<{key}>{item}</{key}>" for key, item in draft.value.items())
