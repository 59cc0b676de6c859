"""What went wrong, for people who build the engine."""

import json
from collections.abc import Iterable, Sequence

from benchmarks.repair.cases import Case
from benchmarks.repair.outcome import OUTCOMES, Answer, Outcome, judge, right

Judged = Sequence[tuple[Case, Answer]]


def summary(judged: Judged) -> str:
    """Return a table of outcomes by kind, the sums of each verdict last."""
    kinds: dict[str, list[tuple[Case, Answer]]] = {}
    for case, answer in judged:
        kinds.setdefault(f"{case.corpus} {case.kind} ({case.verdict})", []).append((case, answer))
    for case, answer in judged:
        kinds.setdefault(f"{case.corpus} ALL ({case.verdict})", []).append((case, answer))
    head = f"{'':56} {'cases':>6} " + " ".join(f"{each:>8}" for each in OUTCOMES) + "   right %"
    return "\n".join([head, *(_line(kind, of) for kind, of in kinds.items())])


def _line(kind: str, judged: Judged) -> str:
    seen: list[Outcome] = [judge(case, answer) for case, answer in judged]
    good = sum(right(case, each) for (case, _), each in zip(judged, seen, strict=True))
    counts = " ".join(f"{seen.count(each):>8}" for each in OUTCOMES)
    mark = " " if good == len(judged) else "*"
    return f"{kind:56} {len(judged):>6} {counts} {100 * good / len(judged):>8.1f} {mark}"


def examples(judged: Judged, *, each: int, width: int) -> Iterable[str]:
    """Give the cases that did not come out right, some of each kind."""
    told: dict[tuple[str, str, str], int] = {}
    for case, answer in judged:
        outcome = judge(case, answer)
        if right(case, outcome):
            continue
        key = (case.corpus, case.kind, outcome)
        told[key] = told.get(key, 0) + 1
        if told[key] > each:
            continue
        got = f"refused: {answer.error}" if answer.error else _brief(answer.value, width)
        yield (
            f"--- {case.corpus} {case.kind} {case.name}: {outcome}, right is {case.verdict}"
            f" (finish_reason {case.finish_reason})\n"
            f"    text  {_cut(repr(case.text), width)}\n"
            f"    truth {_brief(case.truth, width)}\n"
            f"    got   {got}"
        )


def _brief(value: object, width: int) -> str:
    return _cut(json.dumps(value, ensure_ascii=False), width)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width // 2]} …… {text[-width // 2 :]}"
