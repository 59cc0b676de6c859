"""Calls that carry five kilobytes of code, each broken in some way: for the time they take."""

import inspect
import textwrap
from dataclasses import replace
from random import Random

from benchmarks.repair.cases import Case
from benchmarks.repair.mutations import broken
from benchmarks.repair.pairs import Pair, own

CORPUS = "code of 5 kB"
KINDS = (
    "trailing_comma",
    "single_quotes",
    "unquoted_keys",
    "comments",
    "fence",
    "prose",
    "raw_newlines_of_its_own",
    "python_repr",
    "missing_comma",
    "missing_close_quote",
    "missing_last_closers",
    "unescaped_quotes",
    "over_escaped",
    "double_encoded",
    "key_case",
    "wrapper",
)
EACH = 8
_SIZE = 5000


def cases() -> list[Case]:
    """Return them; the code is this program's own library."""
    schema = next(pair.schema for pair in own() if pair.tool == "write_file")
    sources = [inspect.getsource(module) for module in (textwrap, inspect)]
    rng = Random(5)
    found: list[Case] = []
    for kind in KINDS:
        for _ in range(EACH):
            source = rng.choice(sources)
            at = source.find("\n", rng.randrange(max(len(source) - _SIZE, 1)))
            arguments = {"path": "src/part.py", "content": source[at : at + _SIZE]}
            pair = Pair(name="code", tool="write_file", schema=schema, arguments=arguments)
            case = broken(pair, [kind], rng)
            if case is not None:
                found.append(replace(case, corpus=CORPUS))
    return found
