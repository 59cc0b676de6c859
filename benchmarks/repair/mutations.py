"""Cases made by a program with a seed: calls, each broken in a way of which the answer is known.

A break tells by construction what is right. To `recover`, where one reading alone is left and a
rule names it; to `refuse`, where what was meant is gone; `either`, where exactly what was meant
and nothing are both fine, and only another value is wrong.
"""

from collections.abc import Iterator, Sequence
from random import Random

import jsonschema
from pydantic_core import from_json

from benchmarks.repair import breaks as _breaks  # noqa: F401 (enters them all)
from benchmarks.repair.breaks import FAMILIES
from benchmarks.repair.cases import Case
from benchmarks.repair.drafts import BREAKS, STAGES, WRITTEN, Break, Draft, UnsuitedError
from benchmarks.repair.outcome import same
from benchmarks.repair.pairs import Pair, pairs

CORPUS = "generated"
CASES = 40
"""Of each kind."""

COMPOSED = 600
"""Cases of two or three kinds at once."""

_QUOTES = {FAMILIES["single_quotes"], FAMILIES["python_repr"]}

LOSSLESS = tuple(name for name, each in BREAKS.items() if each.lossless)


def broken(pair: Pair, kinds: Sequence[str], rng: Random) -> Case | None:
    """Break a call in these ways, or return None if it has nothing to break like that."""
    draft = Draft(
        schema=pair.schema,
        truth=pair.arguments,
        value=pair.arguments,
        tool=pair.tool,
        style=rng.choice(WRITTEN),
        ascii=rng.random() < 0.3,
    )
    try:
        for each in sorted((BREAKS[kind] for kind in kinds), key=_turn):
            draft.enter(each.stage)
            each.run(draft, rng)
    except UnsuitedError:
        return None
    draft.enter("tokens")
    draft.enter("text")
    if "over_escaped" in kinds and any(FAMILIES[kind] in _QUOTES for kind in kinds):
        # Escaping shows by the double quotes alone: within others it may as well be meant.
        draft.unclear()
    kind = kinds[0] if len(kinds) == 1 else f"{len(kinds)} at once"
    return _checked(draft, kind, f"{pair.name} {'+'.join(kinds)}")


def _turn(each: Break) -> tuple[int, int]:
    return STAGES.index(each.stage), FAMILIES[each.name]


def _checked(draft: Draft, kind: str, name: str) -> Case | None:
    """Return the case, unless its text is good as it is and says something else."""
    verdict = draft.verdict
    try:
        value = from_json(draft.text, allow_inf_nan=False)
    except ValueError:
        pass
    else:
        if jsonschema.Draft202012Validator(draft.schema).is_valid(value):
            if not same(value, draft.truth) or verdict == "refuse":
                return None
            verdict = "valid"
    return Case(
        corpus=CORPUS,
        kind=kind,
        name=name,
        text=draft.text,
        truth=None if verdict == "refuse" else draft.truth,
        verdict=verdict,
        schema=draft.schema,
        finish_reason=draft.finish_reason,
    )


def generated(seed: int, *, each: int = CASES, composed: int = COMPOSED) -> Iterator[Case]:
    """Give cases of every kind, and compositions of lossless ones."""
    known = pairs()
    for kind in BREAKS:
        yield from _several([kind], known, Random(f"{seed}/{kind}"), each)
    rng = Random(f"{seed}/composed")
    for _ in range(composed):
        yield from _several(composition(rng), known, rng, 1)


def composition(rng: Random) -> list[str]:
    """Choose two or three lossless kinds of different families."""
    chosen: dict[int, str] = {}
    for kind in rng.sample(LOSSLESS, 6):
        chosen.setdefault(FAMILIES[kind], kind)
    return list(chosen.values())[: rng.choice([2, 2, 3])]


def _several(kinds: Sequence[str], known: Sequence[Pair], rng: Random, most: int) -> Iterator[Case]:
    found = 0
    seen: set[str] = set()
    for _ in range(most * 25):
        # Half of them of the calls kept here, which have more to break than others.
        pair = rng.choice(known[:40] if rng.random() < 0.5 else known)
        case = broken(pair, kinds, rng)
        if case is None or case.text in seen or case.verdict == "valid":
            continue
        seen.add(case.text)
        yield case
        found += 1
        if found == most:
            return
