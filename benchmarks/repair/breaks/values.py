"""Breaks of the value: types, keys, wrappers, values encoded once too often."""

import copy
import json
from collections.abc import Iterator
from random import Random
from typing import Any

import jsonschema

from benchmarks.repair.drafts import Draft, UnsuitedError, breaks

SCALARS = {"string", "integer", "number", "boolean"}
Place = tuple[tuple[str | int, ...], dict[str, Any], Any]


def places(schema: dict[str, Any], value: Any, path: tuple[str | int, ...] = ()) -> Iterator[Place]:
    """Give every value within a value with its path and its schema, where there is one."""
    yield path, schema, value
    if isinstance(value, dict):
        declared = schema.get("properties", {})
        for key, item in value.items():
            inner = declared.get(key, schema.get("additionalProperties"))
            yield from places(inner if isinstance(inner, dict) else {}, item, (*path, key))
    elif isinstance(value, list):
        inner = schema.get("items")
        for at, item in enumerate(value):
            yield from places(inner if isinstance(inner, dict) else {}, item, (*path, at))


def put(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    """Return a copy of a value with another one at a path."""
    if not path:
        return new
    whole = copy.copy(value)
    whole[path[0]] = put(value[path[0]], path[1:], new)
    return whole


def fails(schema: dict[str, Any], value: Any) -> bool:
    """Tell whether a value does not satisfy a schema."""
    return not jsonschema.Draft202012Validator(schema).is_valid(value)


def _write(draft: Draft, value: Any) -> None:
    """Write a value in place of the other.

    Raises:
        UnsuitedError: It satisfies the schema, so it may not be changed.
    """
    if not fails(draft.schema, value):
        raise UnsuitedError
    draft.value = value


def _one(found: list[Place], rng: Random) -> Place:
    if not found:
        raise UnsuitedError
    return rng.choice(found)


def _some(found: list[Place], rng: Random) -> list[Place]:
    if not found:
        raise UnsuitedError
    return rng.sample(found, rng.randint(1, len(found)))


def _typed(draft: Draft, *types: str) -> list[Place]:
    return [
        each
        for each in places(draft.schema, draft.value)
        if each[0] and each[1].get("type") in types and "enum" not in each[1]
    ]


@breaks("value", lossless=True)
def type_drift(draft: Draft, rng: Random) -> None:
    """Write numbers and booleans as strings."""
    value = draft.value
    for path, _, scalar in _some(_typed(draft, "integer", "number", "boolean"), rng):
        text = json.dumps(scalar)
        value = put(value, path, text.title() if rng.random() < 0.4 and text[0] in "tf" else text)
    _write(draft, value)


@breaks("value", lossless=True)
def number_for_string(draft: Draft, rng: Random) -> None:
    """Write a number where a string is wanted, as one would a zip code."""
    path, _, _ = _one(_typed(draft, "string"), rng)
    number = rng.choice([42, 90210, 0, -7, 2.5, 1000000, 3.14159])
    draft.truth = put(draft.truth, path, json.dumps(number))
    _write(draft, put(draft.value, path, number))


@breaks("value")
def wrong_type(draft: Draft, rng: Random) -> None:
    """Write what is no number where a number is wanted, and the like: nobody knows which one."""
    path, schema, _ = _one(_typed(draft, "integer", "number", "boolean"), rng)
    wrong = {
        "integer": ["five", "3.7", "1,5", "12 apples", "", "N/A", "1e", None, "0x", "--1", {}, []],
        "number": ["five", "1,5", "12 apples", "", "N/A", "1.2.3", None, {}, "nan", "inf"],
        "boolean": ["maybe", "", "N/A", None, "tru", "-", 2, {}, []],
    }
    draft.verdict = "refuse"
    _write(draft, put(draft.value, path, rng.choice(wrong[schema["type"]])))


@breaks("value")
def loose_type(draft: Draft, rng: Random) -> None:
    """Write a number or a boolean in a way that one may read, or not."""
    path, schema, scalar = _one(_typed(draft, "integer", "number", "boolean"), rng)
    if schema["type"] == "boolean":
        text: Any = rng.choice(
            [("yes", "no"), ("1", "0"), (1, 0), ("on", "off"), ("TRUE", "FALSE")]
        )
        text = text[0] if scalar else text[1]
    else:
        text = rng.choice([f" {scalar} ", f"+{scalar}", f"{scalar}.0", f"0{scalar}", f"{scalar:,}"])
    draft.unclear()
    _write(draft, put(draft.value, path, text))


@breaks("value", lossless=True)
def scalar_for_list(draft: Draft, rng: Random) -> None:
    """Write the only item of a list without the list."""
    found = [
        each
        for each in _typed(draft, "array")
        if len(each[2]) == 1 and str(each[1].get("items", {}).get("type")) in SCALARS
    ]
    path, schema, items = _one(found, rng)
    if schema["items"]["type"] == "string" and items[0].lstrip()[:1] in "[{":
        raise UnsuitedError
    _write(draft, put(draft.value, path, items[0]))


@breaks("value")
def list_for_scalar(draft: Draft, rng: Random) -> None:
    """Write a list of one where its item is wanted."""
    path, _, scalar = _one(_typed(draft, *SCALARS), rng)
    draft.unclear()
    _write(draft, put(draft.value, path, [scalar]))


@breaks("value")
def list_of_two_for_scalar(draft: Draft, rng: Random) -> None:
    """Write two values where one is wanted."""
    path, _, scalar = _one(_typed(draft, "integer", "number", "boolean"), rng)
    draft.verdict = "refuse"
    _write(draft, put(draft.value, path, [scalar, not scalar]))


def _enums(draft: Draft) -> list[Place]:
    return [
        each
        for each in places(draft.schema, draft.value)
        if isinstance(each[2], str) and each[2] in each[1].get("enum", ())
    ]


@breaks("value", lossless=True)
def enum_case(draft: Draft, rng: Random) -> None:
    """Write a choice in other letters."""
    path, schema, text = _one(_enums(draft), rng)
    if [str(each).casefold() for each in schema["enum"]].count(text.casefold()) != 1:
        raise UnsuitedError
    other = rng.choice([str.upper, str.lower, str.title, str.swapcase])(text)
    _write(draft, put(draft.value, path, other))


@breaks("value")
def enum_unknown(draft: Draft, rng: Random) -> None:
    """Write a choice that there is not."""
    path, schema, text = _one(_enums(draft), rng)
    other = rng.choice([text + "y", text[:-1], "default", "", text[0] + text, f"{text} or other"])
    if other.casefold() in [str(each).casefold() for each in schema["enum"]]:
        raise UnsuitedError
    draft.verdict = "refuse"
    _write(draft, put(draft.value, path, other))


def _words(key: str) -> list[str]:
    words, word = [], ""
    for mark in key:
        if mark in "_- " or (mark.isupper() and word and not word[-1].isupper()):
            words.append(word)
            word = "" if mark in "_- " else mark
        else:
            word += mark
    return [each.lower() for each in [*words, word] if each]


_CASES = {
    "upper": str.upper,
    "title": str.title,
    "camel": lambda key: "".join(w.title() if at else w for at, w in enumerate(_words(key))),
    "pascal": lambda key: "".join(w.title() for w in _words(key)),
    "kebab": lambda key: "-".join(_words(key)),
    "snake": lambda key: "_".join(_words(key)),
    "spaced": lambda key: " ".join(_words(key)),
    "screaming": lambda key: "_".join(_words(key)).upper(),
}


@breaks("value", lossless=True)
def key_case(draft: Draft, rng: Random) -> None:
    """Write declared keys in another case, with other separators."""
    case = _CASES[rng.choice(list(_CASES))]
    part = rng.random() < 0.3

    def renamed(schema: Any, value: Any) -> Any:
        if isinstance(value, dict):
            declared = schema.get("properties", {}) if isinstance(schema, dict) else {}
            names = {
                key: case(key) if key in declared and not (part and rng.random() < 0.5) else key
                for key in value
            }
            if len(set(names.values())) != len(names) or set(names.values()) & (
                declared.keys() - value.keys()
            ):
                raise UnsuitedError
            if isinstance(schema, dict) and not fails(
                schema, {names[key]: item for key, item in value.items()}
            ):
                names = {key: key for key in value}  # what fits is left as it is
            return {names[key]: renamed(declared.get(key), item) for key, item in value.items()}
        if isinstance(value, list):
            items = schema.get("items") if isinstance(schema, dict) else None
            return [renamed(items, item) for item in value]
        return value

    value = renamed(draft.schema, draft.value)
    declared = ["".join(_words(key)) for key in draft.schema.get("properties", {})]
    if len(set(declared)) != len(declared) or value == draft.value:
        raise UnsuitedError
    _write(draft, value)


@breaks("value")
def key_unknown(draft: Draft, rng: Random) -> None:
    """Write another word for a key that is required, which only an alias map could tell."""
    required = [key for key in draft.schema.get("required", ()) if key in draft.value]
    if not required:
        raise UnsuitedError
    key = rng.choice(required)
    other = rng.choice(["value_1", "zz", f"new{key}x", "arg0", ""])
    draft.verdict = "refuse"
    _write(draft, {other if each == key else each: item for each, item in draft.value.items()})


@breaks("value")
def key_twice_in_two_cases(draft: Draft, rng: Random) -> None:
    """Write a key a second time, in other letters and with another value."""
    keys = [key for key in draft.value if key.upper() != key]
    if not keys:
        raise UnsuitedError
    key = rng.choice(keys)
    other = draft.value[key]
    other = f"{other} two" if isinstance(other, str) else [other]
    draft.verdict = "refuse"
    _write(draft, {**draft.value, key.upper(): other})


@breaks("value")
def key_required_missing(draft: Draft, rng: Random) -> None:
    """Leave out what is required: nobody may make it up."""
    found = [
        (path, key)
        for path, schema, value in places(draft.schema, draft.value)
        for key in schema.get("required", ())
        if isinstance(value, dict) and key in value
    ]
    if not found:
        raise UnsuitedError
    path, key = rng.choice(found)
    holder: Any = draft.value
    for step in path:
        holder = holder[step]
    draft.verdict = "refuse"
    rest = {each: item for each, item in holder.items() if each != key}
    _write(draft, put(draft.value, path, rest))


@breaks("value")
def key_surplus(draft: Draft, rng: Random) -> None:
    """Add a key that nobody declared, where none may be added."""
    other = rng.choice(["reason", "explanation", "__extra", "confidence"])
    if other in draft.schema.get("properties", {}):
        raise UnsuitedError
    draft.verdict = "refuse"
    _write(draft, {**draft.value, other: rng.choice(["because", 0.9, None, ["x"], {"a": 1}])})


def _wrap(draft: Draft, wrapped: dict[str, Any]) -> None:
    if set(wrapped) & draft.schema.get("properties", {}).keys():
        raise UnsuitedError
    _write(draft, wrapped)


def _inner(draft: Draft, rng: Random) -> Any:
    """Return the arguments, as an object or as a string."""
    return json.dumps(draft.value, ensure_ascii=False) if rng.random() < 0.35 else draft.value


@breaks("value", lossless=True)
def wrapper(draft: Draft, rng: Random) -> None:
    """Put the arguments under one of the usual keys, or under two of them."""
    keys = ["arguments", "parameters", "input", "args", "kwargs", "properties"]
    value = {rng.choice(keys): _inner(draft, rng)}
    if rng.random() < 0.15:
        value = {rng.choice(keys): value}
    _wrap(draft, value)


@breaks("value", lossless=True)
def wrapper_with_name(draft: Draft, rng: Random) -> None:
    """Put the arguments beside the name of the tool."""
    inner = _inner(draft, rng)
    _wrap(draft, {"name": draft.tool, rng.choice(["arguments", "parameters"]): inner})


@breaks("value")
def wrapper_of_other_kinds(draft: Draft, rng: Random) -> None:
    """Put the arguments into the envelope of some protocol or of some framework."""
    inner = _inner(draft, rng)
    named = {"name": draft.tool, "arguments": inner}
    kinds: list[Any] = [
        {"function": named},
        {"type": "function", "function": named},
        {"type": "function", "name": draft.tool, "parameters": inner},
        {"id": "call_1", "type": "function", "function": named},
        {"tool": draft.tool, "args": inner},
        {"tool_name": draft.tool, "tool_input": inner},
        {"action": draft.tool, "action_input": inner},
        {"tool_calls": [named]},
        {"result": inner},
        {draft.tool: inner},
        {"params": inner},
        {"function_call": named},
        {"arguments": [inner]},
    ]
    draft.unclear()
    _wrap(draft, rng.choice(kinds))


@breaks("value")
def wrapper_of_what_does_not_fit(draft: Draft, rng: Random) -> None:
    """Wrap arguments that miss what is required."""
    required = [key for key in draft.schema.get("required", ()) if key in draft.value]
    if not required:
        raise UnsuitedError
    key = rng.choice(required)
    rest = {each: item for each, item in draft.value.items() if each != key}
    draft.verdict = "refuse"
    _wrap(draft, {rng.choice(["arguments", "input", "parameters"]): rest})


@breaks("value")
def list_of_one_call(draft: Draft, rng: Random) -> None:
    """Put the arguments into a list."""
    draft.unclear()
    _write(draft, [draft.value] if rng.random() < 0.7 else [[draft.value]])


@breaks("value")
def list_of_two_calls(draft: Draft, rng: Random) -> None:
    """Put the arguments of two calls into a list."""
    keys = [key for key, item in draft.value.items() if isinstance(item, str)]
    if not keys:
        raise UnsuitedError
    key = rng.choice(keys)
    draft.verdict = "refuse"
    _write(draft, [draft.value, {**draft.value, key: f"{draft.value[key]} two"}])


@breaks("value")
def bare_value(draft: Draft, rng: Random) -> None:
    """Write the only required value, and no object."""
    required = draft.schema.get("required", ())
    if len(required) != 1 or not draft.value.get(required[0]):
        raise UnsuitedError
    value = draft.value[required[0]]
    if isinstance(value, dict):
        raise UnsuitedError
    draft.verdict = "refuse"
    draft.value = value if rng.random() < 0.7 else [value]


@breaks("value", lossless=True)
def nested_encoded(draft: Draft, rng: Random) -> None:
    """Write lists and objects within as strings of JSON, or of Python."""
    found = [each for each in _typed(draft, "array", "object") if each[2]]
    written = rng.choice([json.dumps, _loose, _wide, repr])
    path, _, value = _one(found, rng)
    _write(draft, put(draft.value, path, written(value)))


@breaks("value")
def nested_encoded_twice(draft: Draft, rng: Random) -> None:
    """Write a list or an object as a string in a string, or as one that is broken itself."""
    path, _, value = _one([each for each in _typed(draft, "array", "object") if each[2]], rng)
    text = json.dumps(value)
    text = rng.choice([json.dumps(text), text[:-1] + "," + text[-1], f"```json\n{text}\n```"])
    draft.unclear()
    _write(draft, put(draft.value, path, text))


def _loose(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _wide(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
