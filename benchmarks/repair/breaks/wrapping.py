"""Breaks of the whole text: encoded once too often, escaped, written as a call."""

import json
from random import Random

from benchmarks.repair.breaks.quotes import BAREWORD
from benchmarks.repair.drafts import Draft, UnsuitedError, breaks


@breaks("text", lossless=True)
def double_encoded(draft: Draft, rng: Random) -> None:
    """Encode it as a JSON string, once more than wanted."""
    draft.text = json.dumps(draft.text, ensure_ascii=rng.random() < 0.5)


@breaks("text")
def double_encoded_in_python(draft: Draft, _: Random) -> None:
    """Encode it as Python prints a string."""
    draft.text = repr(draft.text)


@breaks("text")
def twice_encoded(draft: Draft, rng: Random) -> None:
    """Encode it as a string in a string."""
    draft.unclear()
    draft.text = json.dumps(json.dumps(draft.text, ensure_ascii=rng.random() < 0.5))


@breaks("text")
def double_encoded_and_cut(draft: Draft, rng: Random) -> None:
    """Encode it as a string, and cut that off."""
    text = json.dumps(draft.text)
    draft.verdict = "refuse"
    draft.finish_reason = rng.choice(["length", "tool_calls", None])
    draft.text = text[: rng.randint(4, len(text) - 5)] if len(text) > 10 else text[:2]


@breaks("text", lossless=True)
def over_escaped(draft: Draft, rng: Random) -> None:
    """Escape it as if it stood in a string, which it does not."""
    draft.text = json.dumps(draft.text, ensure_ascii=rng.random() < 0.5)[1:-1]


@breaks("text")
def over_escaped_quotes_alone(draft: Draft, _: Random) -> None:
    """Escape its quotes, and nothing else."""
    if "\\" in draft.text:
        draft.unclear()
    draft.text = draft.text.replace('"', '\\"')


@breaks("text")
def over_escaped_twice(draft: Draft, _: Random) -> None:
    """Escape it as if it stood in a string in a string."""
    draft.unclear()
    draft.text = json.dumps(json.dumps(draft.text)[1:-1])[1:-1]


@breaks("text", lossless=True)
def call_of_an_object(draft: Draft, rng: Random) -> None:
    """Write a call that takes the object."""
    name = rng.choice([draft.tool, f"functions.{draft.tool}", draft.tool.replace("_", ".", 1)])
    end = rng.choice(["", ";", "\n", " "])
    draft.text = f"{name}({draft.text}){end}"


@breaks("text")
def call_of_another_kind(draft: Draft, rng: Random) -> None:
    """Write a call as a program would."""
    draft.unclear()
    start, end = rng.choice(
        [
            (f"print({draft.tool}(", "))"),
            (f"await {draft.tool}(", ")"),
            (f"{draft.tool}(**", ")"),
            (f"result = {draft.tool}(", ")"),
            (f"{draft.tool}(arguments=", ")"),
            (f"[{draft.tool}(", ")]"),
            (f"{draft.tool} ", ""),
            (f"{draft.tool}: ", ""),
            (f"@{draft.tool}(", ")"),
        ]
    )
    draft.text = start + draft.text + end


@breaks("text")
def call_with_keywords(draft: Draft, rng: Random) -> None:
    """Write a call with keyword arguments, its values as Python's or as JSON's."""
    if not draft.value or not all(map(BAREWORD.match, draft.value)):
        raise UnsuitedError
    python = rng.random() < 0.6
    written = repr if python else lambda item: json.dumps(item, ensure_ascii=False)
    sign, gap = rng.choice(["=", "=", " = "]), rng.choice([", ", ",", ",\n    "])
    inner = gap.join(f"{key}{sign}{written(item)}" for key, item in draft.value.items())
    name = rng.choice([draft.tool, f"tools.{draft.tool}"])
    end = rng.choice(["", ";"])
    draft.text = f"{name}({inner}){end}"


@breaks("text")
def call_with_keywords_and_colons(draft: Draft, _: Random) -> None:
    """Write a call with keywords as Swift has them."""
    if not draft.value or not all(map(BAREWORD.match, draft.value)):
        raise UnsuitedError
    draft.unclear()
    inner = ", ".join(f"{key}: {json.dumps(item)}" for key, item in draft.value.items())
    draft.text = f"{draft.tool}({inner})"


@breaks("text")
def call_with_positions(draft: Draft, _: Random) -> None:
    """Write a call with its values alone: their names would be a guess."""
    if not draft.value:
        raise UnsuitedError
    draft.unclear()
    draft.text = f"{draft.tool}({', '.join(json.dumps(item) for item in draft.value.values())})"
    if any(isinstance(item, dict) for item in draft.value.values()):
        draft.verdict = "refuse"
