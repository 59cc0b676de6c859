"""The page that says what each provider takes of what can be asked: `make tables`.

Every cell is what a plan makes of a request, so the page cannot say otherwise than the code does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from tables.links import linked
from tables.probes import (
    NARROW,
    PROBES,
    TAKEN,
    Outcome,
    State,
    at_first,
    effort_in,
    outcome,
    target_of,
)
from unillm import ModelInfo, UnsupportedFeatureError
from unillm._wire.plan import plan
from unillm.catalog import find, models
from unillm.providers import names, profile_named
from unillm.types.facts import Api
from unillm.types.request import ChatRequest
from unillm.types.settings import EFFORTS

PAGE = Path(__file__).parent.parent / "docs" / "features.md"
HEAD = """# What each provider takes

<!-- Made by `make tables` from what the code does; do not edit. -->

What becomes of each setting and feature: at each provider, with each model, over each interface,
while the model reasons and while it does not. Every cell is what unillm makes of a request of that
kind; `make tables` makes the page anew, and a test holds it against the code.

- **Left out**: the setting is not sent, and `response.notes` says so.
- **Done here**: it is not sent; unillm does it to the answer itself, so that it means the same, and
  notes it.
- **Moved**: it is put where it is taken, and noted.
- **Refused**: `UnsupportedFeatureError` before anything is sent; its message says what to do.
- What is in no table is sent as asked. In a row, states and interfaces that a model does not have
  do not count; — stands where none of them has it.

Without `api=` of its [`Provider`](api/providers.md) a request goes to the first interface that
refuses nothing of it, as [Models and APIs](models-and-apis.md) tells. The first table of each
provider has what an effort that is asked for becomes, and where a request with tools goes. `?`: no
source says it.
"""
MAIN = (
    *("gpt-5.5", "gpt-5.5-pro", "gpt-5.6-sol", "gpt-6.1-sol", "gpt-6.2-astra"),
    *("deepseek-v4-pro", "deepseek-flash"),
)
GLANCE = """Each asked for alone, with no `reasoning_effort` and no `api=`. ✓: sent as asked;
R: over the Responses API. Of an effort, the one that it becomes. The tables further down say why,
and what holds with another effort and of other models.
"""
_COLUMNS: tuple[tuple[Api, State], ...] = (
    ("chat", "plain"),
    ("chat", "reasoning"),
    ("responses", "plain"),
    ("responses", "reasoning"),
)
_TITLES = {
    ("chat", "plain"): "Chat, not reasoning",
    ("chat", "reasoning"): "Chat, reasoning",
    ("responses", "plain"): "Responses, not reasoning",
    ("responses", "reasoning"): "Responses, reasoning",
}
Cells = tuple[Outcome | None, ...]


def page() -> str:
    """Return the page."""
    notes: dict[Outcome, int] = {}
    parts = [HEAD, *_main(), *_catalog()]
    for provider in (*names(), "generic"):
        parts += _section(provider, notes)
    parts.append("## Why\n")
    parts += [f'{number}. <a id="n{number}"></a>{_why(told)}' for told, number in notes.items()]
    return "\n".join(parts) + "\n"


def _main() -> list[str]:
    """Return what becomes of everything with the models that are asked most, nothing else asked."""
    found = [find(name) for name in MAIN]
    targets = [target_of(info.vendor, info) for info in found if info is not None]
    rows: dict[tuple[str, ...], list[str]] = {}
    for name in (name for name in PROBES if name not in NARROW):
        rows.setdefault(tuple(at_first(name, target) for target in targets), []).append(name)
    for effort in EFFORTS:
        cells = tuple(
            _effort(t.profile.name, t.info, effort).replace("(responses)", "R") for t in targets
        )
        rows.setdefault(cells, []).append(f"reasoning_effort {effort}")
    heads = ["asked for", *(f"`{name}`" for name in MAIN)]
    parts = ["## At a glance\n", GLANCE, f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    parts += [f"| {', '.join(names)} | {' | '.join(cells)} |" for cells, names in rows.items()]
    return [*parts, ""]


def _catalog() -> list[str]:
    """Return what models there are."""
    heads = ("model", "also named", "context", "longest prompt", "longest answer", "reads")
    parts = ["## Models\n", f"| {' | '.join(heads)} | until | instead |", "|---" * 8 + "|"]
    for info in models():
        named = [*info.aliases, *info.legacy, *info.hosted]
        sizes = [f"{n:,}" if n else "?" for n in (info.context, info.max_input, info.max_output)]
        reads = ", ".join(sorted(info.input, key=("text", "image", "file").index))
        until = str(info.retired or ("hosts only" if not info.apis else ""))
        cells = (", ".join(named), *sizes, reads, until, info.successor or "")
        parts.append(f"| `{info.id}` | {' | '.join(cells)} |")
    return [
        *parts,
        "",
        "`unillm.catalog.find(name).facts` says who says so.",
        "",
    ]


def _section(provider: str, notes: dict[Outcome, int]) -> list[str]:
    profile = profile_named(provider)
    own = [info for info in models() if info.vendor == provider and lives(info)]
    asked: list[ModelInfo | None] = [*own]
    if profile.assumed is not None or not own:
        asked.append(None)
    title = "Any other server" if provider == "generic" else provider
    parts = [f"## {title}\n", *_efforts(provider, asked)]
    columns = [c for c in _COLUMNS if c[0] in profile.apis]
    rows = _rows(provider, asked, columns)
    if rows:
        parts.append("| asked for | of | " + " | ".join(_TITLES[c] for c in columns) + " |")
        parts.append("|---" * (len(columns) + 2) + "|")
        for probed, of, cells in rows:
            shown = " | ".join(_cell(cell, notes) for cell in cells)
            parts.append(f"| {', '.join(probed)} | {of} | {shown} |")
        parts.append("")
    return parts


def lives(info: ModelInfo) -> bool:
    """Tell whether a model was still served when the catalog was last looked after."""
    checked = max(fact.checked for each in models() for fact in each.facts.values())
    return bool(info.apis) and (info.retired is None or info.retired.isoformat() > checked)


def _rows(
    provider: str, asked: list[ModelInfo | None], columns: list[tuple[Api, State]]
) -> list[tuple[list[str], str, Cells]]:
    """Return what is not simply taken, equal models and then equal features together."""
    rows: dict[tuple[str, Cells], list[str]] = {}
    for name in PROBES:
        limited = {limit.feature for limit in profile_named(provider).limits}
        if NARROW.get(name, name) not in {name, *limited}:
            continue
        all_cells = [(info, _cells(name, provider, info, columns)) for info in asked]
        groups: list[tuple[Cells, list[ModelInfo | None]]] = []
        for info, cells in all_cells:
            if not any(cell not in {None, TAKEN} for cell in cells):
                continue
            fitting = next((at for at, group in enumerate(groups) if _fit(group[0], cells)), None)
            if fitting is None:
                groups.append((cells, [info]))
            else:
                held, of = groups[fitting]
                both = tuple(a or b for a, b in zip(held, cells, strict=True))
                groups[fitting] = (both, [*of, info])
        for cells, of in groups:
            others = [i for i, theirs in all_cells if i not in of and not _fit(cells, theirs)]
            rows.setdefault((_who(of, others), cells), []).append(name)
    return [(probed, who, cells) for (who, cells), probed in rows.items()]


def _who(of: list[ModelInfo | None], others: list[ModelInfo | None]) -> str:
    if not others:
        return "every model"
    return f"all but {_listed(others)}" if len(others) < len(of) else _listed(of)


def _fit(some: Cells, others: Cells) -> bool:
    """Tell whether two models do not differ wherever both can be asked."""
    pairs = zip(some, others, strict=True)
    return all(a == b for a, b in pairs if a is not None and b is not None)


def _cells(
    name: str, provider: str, info: ModelInfo | None, columns: list[tuple[Api, State]]
) -> Cells:
    cells: list[Outcome | None] = []
    for api, state in columns:
        served = info is None or api in info.apis
        try:
            effort = effort_in(state, info)
        except LookupError:
            served = False
            effort = None
        cells.append(outcome(name, target_of(provider, info, api), effort) if served else None)
    return tuple(cells)


def _efforts(provider: str, asked: list[ModelInfo | None]) -> list[str]:
    """Return which effort each that is asked for becomes, and over which interface it goes."""
    rows: dict[tuple[str, ...], list[ModelInfo | None]] = {}
    for info in asked:
        rows.setdefault(tuple(_made(provider, info)), []).append(info)
    heads = ["of", "unasked", *EFFORTS, "with tools, unasked", "with tools and an effort"]
    parts = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    parts += [f"| {_listed(of)} | {' | '.join(row)} |" for row, of in rows.items()]
    return [*parts, ""]


def _made(provider: str, info: ModelInfo | None) -> Iterable[str]:
    yield (info.default_effort if info else None) or "?"
    for effort in EFFORTS:
        yield _effort(provider, info, effort)
    yield _way(provider, info, None)
    try:
        yield _way(provider, info, effort_in("reasoning", info))
    except LookupError:
        yield "—"


def _effort(provider: str, info: ModelInfo | None, effort: str) -> str:
    request = ChatRequest(messages=PROBES["tools"].messages, settings={"reasoning_effort": effort})
    try:
        planned = plan(request, target_of(provider, info))
    except UnsupportedFeatureError:
        return "refused"
    codes = {note.code: note.message for note in planned.notes}
    if "effort_mapped" in codes:
        return codes["effort_mapped"].split("'")[3]
    if "dropped_setting" in codes:
        return "left out"
    both = len(profile_named(provider).apis) > 1 and (info is None or len(info.apis) > 1)
    return f"✓ ({planned.api})" if both and planned.api != "chat" else "✓"


def _way(provider: str, info: ModelInfo | None, effort: str | None) -> str:
    tools = PROBES["tools"]
    settings = {} if effort is None else {"reasoning_effort": effort}
    request = ChatRequest(messages=tools.messages, tools=tools.tools, settings=settings)
    try:
        return plan(request, target_of(provider, info)).api
    except UnsupportedFeatureError:
        return "refused"


def _listed(of: list[ModelInfo | None]) -> str:
    return ", ".join(f"`{info.id}`" if info else "*any other*" for info in of)


def _cell(cell: Outcome | None, notes: dict[Outcome, int]) -> str:
    if cell is None:
        return "—"
    if cell == TAKEN:
        return "✓"
    number = notes.setdefault(cell, len(notes) + 1)
    shown = "✓" if cell.word == "taken" else cell.word
    return f"{shown} [{number}](#n{number})"


def _why(told: Outcome) -> str:
    doubt = "" if told.verified else " (not verified)"
    source = f" {linked(told.source)}" if told.source else ""
    why = told.why.rstrip(".")
    return f"{why[:1].upper()}{why[1:]}{doubt}.{source}"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}\n")


if __name__ == "__main__":
    main()
