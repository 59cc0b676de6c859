"""How the time to repair a text grows with it: `python -m benchmarks.repair.growth`.

Texts that were made to be hard, each at several lengths. The growth is the exponent that leads
from the time at one length to that at four times the length: 1 is linear, 2 quadratic. Time is
that of the processor, the best of a few runs. `--bound N` ends with an error if one grows faster
over its last two steps, or half again as fast in its last.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from math import log
from time import process_time
from typing import Any, TypeAlias

from unillm.errors import UnrepairableError
from unillm.repair import compile_schema, repair_json

Text: TypeAlias = Callable[[int], str]

LENGTHS = (16_000, 64_000, 256_000, 1_024_000)
MEGABYTE = 1_048_576
DEEP = (1_000, 100_000)
LINEAR = 1.35
"""An exponent up to which growth counts as linear: caches grow cold, and machines are noisy."""

SCHEMA = compile_schema(
    {
        "type": "object",
        "properties": {"a": {}, "b": {"type": "string"}, "c": {"type": "array"}},
        "required": ["a"],
    }
)


def _filled(head: str, unit: str, tail: str) -> Text:
    return lambda length: head + unit * max((length - len(head) - len(tail)) // len(unit), 1) + tail


def _lines(length: int) -> str:
    count = length // 40
    members = [f'  "key{at}": "it"s number {at}"' for at in range(count)]
    return "{\n" + ",\n".join(members) + "\n}"


def _encoded(length: int) -> str:
    text = '{"a": 1,}'
    while len(text) * 2 < length:
        text = json.dumps(text)
    return text + " " * (length - len(text))


HARD: dict[str, Text] = {
    "nested openers": _filled("", "[", ""),
    "nested openers and closers": lambda n: "[" * (n // 2) + "]" * (n // 2),
    "nested objects": _filled("", '{"a":', ""),
    "nested objects, closed": lambda n: '{"a":' * (n // 6) + "1" + "}" * (n // 6),
    "mixed openers": _filled('{"a": ', "[{(", ""),
    "mixed openers in prose": _filled("see ", "{ [ ( ", "."),
    "closers": _filled('{"a": 1', "}]", ""),
    "closers in the wrong order": _filled('{"a": [{"b": [', "1]},", "]}]}"),
    "quotes": _filled('{"a": "', '"', '"}'),
    "quotes and commas": _filled('{"a": "', '", "', '"}'),
    "quotes and colons": _filled('{"a": "', '": "', '"}'),
    "quotes and declared keys": _filled('{"a": "', 'x", "b": "y', "}"),
    "quotes in words": _filled('{"a": "', 'he said "yes" and ', '"}'),
    "quotes before braces": _filled('{"a": "', '"} ', '"}'),
    "apostrophes": _filled("{'a': '", "'", "'}"),
    "apostrophes in words": _filled("{'a': '", "it's o'clock ", "'}"),
    "apostrophes and commas": _filled("{'a': '", "', '", "'}"),
    "near ends of strings": _filled('{"a": "', '",', '"}'),
    "one broken quote at the start": _filled('{"a": "x"y', " words and words", '"}'),
    "one broken quote at the end": _filled('{"a": "', "words and words ", 'x"y"}'),
    "one broken quote in code": _filled('{"a": "', "x = f(1, [2], {3})\\n", 'print("x")"}'),
    "no end of a string": _filled('{"a": "', "words ", ""),
    "many broken strings in a list": _filled('{"c": [', '"it"s", ', '"x"], "a": 1}'),
    "many broken members": _lines,
    "many strings that do not end": _filled('{"c": [', '"abc, ', '"x"], "a": 1}'),
    "backslashes": _filled('{"a": "', "\\", '"}'),
    "backslashes and quotes": _filled('{"a": "', '\\\\"', '"}'),
    "escaped quotes around": _filled("{", '\\"a\\": \\"b\\", ', '\\"a\\": 1}'),
    "escapes of escapes": _filled('"{', '\\\\\\"a\\\\\\": 1, ', '\\"a\\": 1}"'),
    "invalid escapes": _filled('{"a": "', "\\d\\w", '"}'),
    "control characters": _filled('{"a": "', "x\n\t", '"}'),
    "commas": _filled('{"a": [', ",", "]}"),
    "commas between": _filled('{"a": [', "1,,", "1]}"),
    "trailing commas": _filled('{"a": [', "[1,],", "]}"),
    "missing commas": _filled('{"a": [', '{"b": 1} ', "]}"),
    "missing commas between keys": _filled('{"a": 1 ', '"b": "x" ', "}"),
    "colons": _filled('{"a"', ":", "1}"),
    "comments": _filled('{"a": 1', " /* x */", "}"),
    "starts of comments": _filled('{"a": 1', " /* x", "}"),
    "slashes": _filled('{"a": 1', "/", "}"),
    "lines of comments": _filled('{"a": 1\n', "// x\n", "}"),
    "hashes": _filled('{"a": 1', " # ", "\n}"),
    "objects one after the other": _filled("", "{}", ""),
    "equal objects one after the other": _filled("", '{"a": 1}\n', ""),
    "distinct objects": lambda n: "".join(f'{{"a": {at}}}\n' for at in range(n // 15)),
    "one key again and again": _filled("", '{"a":', "1}"),
    "words without quotes": _filled('{"a": ', "word ", "}"),
    "members without quotes": _filled("{a: 1, ", "b: word, ", "}"),
    "words and no value": _filled("", "word ", ""),
    "words before the value": _filled("", "it's a {word} [here] ", '{"a": 1}'),
    "words after the value": _filled('{"a": 1}', " so it's {word}", ""),
    "fences": _filled("", "```json\n", '{"a": 1}\n```'),
    "fences and values": _filled("", '```json\n{"a": 1}\n```\n', ""),
    "marks": _filled('{"a": 1}', "<|im_end|>", ""),
    "starts of marks": _filled("", "<|tool<", '{"a": 1}'),
    "encoded again and again": _encoded,
    "spaces": _filled('{"a": 1', " \n\t", ",}"),
    "odd spaces": _filled('{"a": 1', "\u00a0\ufeff", "}"),
    "digits": _filled('{"a": ', "1", ".}"),
    "minus signs": _filled('{"a": ', "-", "1}"),
    "parentheses": _filled("f", "(", '{"a": 1}'),
    "calls": _filled("", "f(a=", "1"),
    "keyword arguments": _filled("f(a=1", ", b='x'", ")"),
    "smart quotes": _filled("{“a”: “", "“x”, ", "”}"),
    "backticks": _filled('{"a": `', "`", "`}"),
    "triple quotes": _filled('{"a": ', '"""', "}"),
}


def took(text: str, *, schema: bool, enough: float = 0.2) -> float:
    """Return the best time to repair a text, in seconds."""
    best = float("inf")
    spent = 0.0
    for _ in range(5):
        start = process_time()
        _tried(text, schema=schema)
        once = process_time() - start
        best, spent = min(best, once), spent + once
        if spent > enough:
            break
    return best


def _tried(text: str, *, schema: bool) -> Any:
    try:
        return repair_json(text, SCHEMA if schema else None).value
    except UnrepairableError as error:
        return error


def grown(make: Text, *, schema: bool) -> Iterator[tuple[int, float, float]]:
    """Give length, time and exponent; ends when the time of a length is too long to go on."""
    before = 0.0
    for length in LENGTHS:
        now = took(make(length), schema=schema)
        yield length, now, log(now / before, 4) if before else 0.0
        before = now
        if now > 20:
            return


def line(name: str, make: Text, *, schema: bool) -> tuple[str, float]:
    """Return a line of the table, and the exponent that a bound is for."""
    steps = list(grown(make, schema=schema))
    ended = _tried(make(LENGTHS[0]), schema=schema)
    told = f"{ended}"[:50] if isinstance(ended, UnrepairableError) else "repaired"
    exponents = [exponent for _, _, exponent in steps[1:]]
    ways = "  ".join(f"{each:5.2f}" for each in exponents)
    length, last, _ = steps[-1]
    title = f"{name}{' + schema' if schema else ''}"
    shown = f"{title:44} {ways:22} {1000 * last * MEGABYTE / length:10.1f}  {told}"
    return shown, max(sum(exponents[-2:]) / 2, exponents[-1] / 1.5)


def _accepted_though_deep() -> list[str]:
    texts = {
        f"{opener} {depth} deep": opener * depth + inner + closer * depth
        for depth in DEEP
        for opener, inner, closer in (("[", "", "]"), ('{"a":', "1", "}"), ("[", "", ""))
    }
    tried = {name: _tried(text, schema=False) for name, text in texts.items()}
    return [
        f"{name} is not refused"
        for name, outcome in tried.items()
        if not isinstance(outcome, UnrepairableError)
    ]


def main() -> None:
    """Print a table, and judge the exponents if asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.repair.growth", description=__doc__)
    parser.add_argument("--bound", type=float, help=f"the largest exponent allowed, say {LINEAR}")
    parser.add_argument("--only", nargs="*", metavar="WORD", help="texts with a word in the name")
    given = parser.parse_args()
    wrong: list[str] = []
    print(f"{'':44} growth up to 1024 kB    ms at 1 MB, and what comes of it")
    for name, make in HARD.items():
        if given.only and not any(word in name for word in given.only):
            continue
        for schema in (False, True):
            shown, exponent = line(name, make, schema=schema)
            print(shown, flush=True)
            if given.bound and exponent > given.bound:
                wrong.append(f"{name}{' + schema' if schema else ''} grows by {exponent:.2f}")
    wrong += _accepted_though_deep()
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
