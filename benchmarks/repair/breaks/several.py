"""Breaks by more than one value, and by none."""

import json
from random import Random
from typing import Any

from benchmarks.repair.breaks.values import fails, places, put
from benchmarks.repair.drafts import Draft, UnsuitedError, breaks, tokens

BETWEEN = ["", " ", "\n", "\n\n", "\r\n", "\t"]


def _again(value: Any, rng: Random) -> str:
    style = rng.choice(["compact", "spaced", "indented"])
    return "".join(token.text for token in tokens(value, style, ascii_only=rng.random() < 0.3))


@breaks("text", lossless=True)
def repeated(draft: Draft, rng: Random) -> None:
    """Write it again, once or twice, as it is or with other spaces."""
    if not draft.value:
        raise UnsuitedError
    first, gap = draft.text, rng.choice(BETWEEN)
    for _ in range(rng.randint(1, 2)):
        again = first if first != _whole(draft) or rng.random() < 0.6 else _again(draft.value, rng)
        draft.text += gap + again


def _whole(draft: Draft) -> str:
    return "".join(t.text for t in tokens(draft.value, draft.style, ascii_only=draft.ascii))


@breaks("text")
def repeated_with_words(draft: Draft, rng: Random) -> None:
    """Write it again with something in between."""
    if not draft.value:
        raise UnsuitedError
    draft.unclear()
    gap = rng.choice([", ", ",\n", "\n---\n", "\nor\n", "```\n```json\n", "</s>", " | "])
    draft.text = draft.text + gap + draft.text


@breaks("text")
def distinct(draft: Draft, rng: Random) -> None:
    """Write two objects, or three, that both fit: two calls in one."""
    found = [
        (path, value)
        for path, schema, value in places(draft.schema, draft.truth)
        if path and not isinstance(value, dict | list) and "enum" not in schema
    ]
    if not found or draft.value != draft.truth:
        raise UnsuitedError
    path, value = rng.choice(found)
    other = value + 1 if isinstance(value, int) and not isinstance(value, bool) else f"{value} two"
    second = put(draft.truth, path, (not value) if isinstance(value, bool) else other)
    if fails(draft.schema, second):
        raise UnsuitedError
    texts = [draft.text, _again(second, rng)]
    if rng.random() < 0.3:
        texts.append(rng.choice(texts))
    rng.shuffle(texts)
    draft.verdict = "refuse"
    gap = rng.choice([*BETWEEN, ", ", "\n---\n", "\n```\n```json\n"])
    draft.text = gap.join(texts)
    if "```" in gap:
        draft.text = f"```json\n{draft.text}\n```"


@breaks("text")
def distinct_by_a_key(draft: Draft, rng: Random) -> None:
    """Write two objects, of which one has a key less: both fit."""
    required = draft.schema.get("required", ())
    optional = [key for key in draft.truth if key not in required]
    if not optional or len(draft.truth) < 2 or draft.value != draft.truth:
        raise UnsuitedError
    dropped = rng.choice(optional)
    second = {key: item for key, item in draft.truth.items() if key != dropped}
    texts = [draft.text, _again(second, rng)]
    rng.shuffle(texts)
    draft.verdict = "refuse"
    draft.text = rng.choice(BETWEEN).join(texts)


@breaks("text")
def distinct_of_which_one_does_not_fit(draft: Draft, rng: Random) -> None:
    """Write another object beside it, which does not fit: a call may be lost."""
    other = rng.choice([{"zz_other": 1}, {"error": "no"}, {"thought": "it is clear"}])
    if not fails(draft.schema, other):
        raise UnsuitedError
    texts = [draft.text, json.dumps(other)]
    rng.shuffle(texts)
    draft.unclear()
    draft.text = rng.choice(BETWEEN).join(texts)


@breaks("text")
def distinct_of_which_one_is_cut(draft: Draft, rng: Random) -> None:
    """Write it, and the start of another one."""
    if not draft.value:
        raise UnsuitedError
    text = _again(draft.truth, rng)
    draft.verdict = "refuse"
    draft.finish_reason = rng.choice(["length", "tool_calls", None])
    draft.text += rng.choice(BETWEEN) + text[: rng.randint(3, len(text) - 2)]


@breaks("text", lossless=True)
def empty_prefix(draft: Draft, rng: Random) -> None:
    """Put empty objects before it."""
    if not draft.value:
        raise UnsuitedError
    draft.text = rng.choice(["{}", "{}{}", "{ }", "{}\n", "{} "]) + draft.text


@breaks("text")
def empty_suffix(draft: Draft, rng: Random) -> None:
    """Put an empty object after it."""
    if not draft.value:
        raise UnsuitedError
    draft.unclear()
    draft.text += rng.choice(["{}", " {}", "\n{}"])


@breaks("text")
def nothing(draft: Draft, rng: Random) -> None:
    """Write nothing, or a word for it: no arguments if none are needed."""
    required = bool(draft.schema.get("required"))
    draft.truth = {}
    draft.text = rng.choice(["", " ", "\n", "null", "None", '""', "undefined", "[]", "()", "N/A"])
    if required:
        draft.verdict = "refuse"
    elif draft.text not in {"", " ", "\n", "null"}:
        draft.unclear()


_WORDS = ["I cannot do that.", "Error: no arguments", "{{}}", "```json\n```", "...", "{...}"]
_WORDS += ["<tool_call></tool_call>", "</s>", "true", "0", "[[]]", "{:}", "{,}", "{]", "{'", '{"']
_WORDS += [*"{}[(:,\"'\\#", "//", "/*"]


@breaks("text")
def words_alone(draft: Draft, rng: Random) -> None:
    """Write words, and no value."""
    if not draft.schema.get("required"):
        raise UnsuitedError
    draft.verdict = "refuse"
    draft.text = rng.choice(
        [*_WORDS, f"{draft.tool}()", f"{draft.tool}(", f'{{"{next(iter(draft.truth), "a")}"}}']
    )
