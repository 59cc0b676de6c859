"""The measured data as Markdown: `docs/repair-benchmarks.md`."""

import json
from collections.abc import Iterable, Mapping
from string import Template
from typing import Any

from benchmarks.repair.figures import SEED
from benchmarks.repair.mutations import CASES, COMPOSED
from benchmarks.repair.outcome import OUTCOMES
from benchmarks.repair.peers import PEERS, ROOT, Peer
from benchmarks.repair.suites import ANSWERS

HERE = ROOT / "benchmarks" / "repair"
MEASURED = HERE / "measured.json"
TEMPLATE = HERE / "page.md"
PAGE = ROOT / "docs" / "repair-benchmarks.md"
COMMAND = "make repair-bench"
NOTHING = "-"
TABLES = {
    "calls_recover": "mutated_calls/recover",
    "calls_lossy": "mutated_calls/refuse",
    "calls_valid": "mutated_calls/valid",
    "code_recover": "mutated_code/recover",
    "code_lossy": "mutated_code/refuse",
    "wild_expected": "wild_cases/recover",
    "wild_refuse": "wild_cases/refuse",
    "made_recover": "generated/recover",
    "made_refuse": "generated/refuse",
    "made_either": "generated/either",
}
LONG = "code of 5 kB/recover"

Data = Mapping[str, Any]


def measured() -> Data:
    """Read what was measured."""
    return json.loads(MEASURED.read_text(encoding="utf-8"))


def write() -> str:
    """Write the page, and name it."""
    PAGE.write_text(page(measured()), encoding="utf-8")
    return str(PAGE.relative_to(ROOT))


def page(data: Data) -> str:
    """Return the whole page."""
    us = data["engines"]["unillm"]
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        command=COMMAND,
        date=us["date"],
        python=us["python"],
        seed=SEED,
        each=CASES,
        composed=COMPOSED,
        **{name: table(data, group) for name, group in TABLES.items()},
        times=times(data),
        kinds=kinds(data, "mutated_calls"),
        made_kinds=kinds(data, "generated"),
        suite=suite(data),
        engines="".join(_engine(data, peer) for peer in PEERS),
        classes="".join(classes(name, each) for name, each in data["opinions"].items()),
    )


def _peers(data: Data) -> list[tuple[Peer, Data]]:
    return [(peer, data["engines"][peer.name]) for peer in PEERS if peer.name in data["engines"]]


def table(data: Data, group: str) -> str:
    """Return a table of engines by outcomes, for one group of cases."""
    of = _peers(data)[0][1]["groups"].get(group, {"cases": 0})["cases"]
    head = [f"{of} cases", *(f"{each} %" for each in OUTCOMES)]
    lines = [_line([*head, "µs median", "p99", "max"]), _line(["---"] + ["--:"] * 7)]
    for peer, known in _peers(data):
        found = known["groups"].get(group)
        if found is None:
            continue
        shares = [f"{100 * found[each] / found['cases']:.1f}" for each in OUTCOMES]
        lines.append(_line([peer.title, *shares, *map(_micros, found["whole"])]))
    return "".join(lines)


def times(data: Data) -> str:
    """Return what unillm takes over validating the value."""
    head = ["", "over validation: median", "p99", "max", "in all: median", "p99", "max"]
    lines = [_line(head), _line(["---"] + ["--:"] * 6)]
    groups = data["engines"]["unillm"]["groups"]
    titles = {
        "mutated_calls/valid": "valid calls",
        "mutated_calls/recover": "short broken calls",
        "mutated_calls/refuse": "short calls that are refused",
        "mutated_code/recover": "broken calls with code",
        LONG: "broken calls with 5 kB of code",
    }
    for group, title in titles.items():
        if group in groups:
            figures = [*groups[group]["over"], *groups[group]["whole"]]
            lines.append(_line([title, *map(_micros, figures)]))
    return "".join(lines)


def kinds(data: Data, corpus: str) -> str:
    """Return a table of kinds by engines: exact, and silently wrong, in percent."""
    peers = _peers(data)
    lines = [_line(["kind", "right is", *(peer.title for peer, _ in peers)])]
    lines.append(_line(["---", "---"] + ["--:"] * len(peers)))
    for name in peers[0][1]["kinds"]:
        of, kind, verdict = name.split("/")
        if of != corpus:
            continue
        cells = [_shares(known["kinds"].get(name), verdict) for _, known in peers]
        lines.append(_line([kind.replace("_", " "), verdict, *cells]))
    return "".join(lines)


def _shares(found: list[int] | None, verdict: str) -> str:
    if found is None:
        return NOTHING
    cases, exact, silent, _, refused = found
    good = {"refuse": refused, "either": exact + refused}.get(verdict, exact)
    wrong = f" / **{100 * silent / cases:.0f}**" if silent else ""
    return f"{100 * good / cases:.0f}{wrong}"


def suite(data: Data) -> str:
    """Return what becomes of valid and invalid JSON."""
    lines = [_line(["", *(f"{kind}: {each}" for kind in ("valid", "invalid") for each in ANSWERS)])]
    lines.append(_line(["---"] + ["--:"] * 8))
    for peer, known in _peers(data):
        figures = [*known["suite"]["accept"], *known["suite"]["reject"]]
        lines.append(_line([peer.title, *map(str, figures)]))
    return "".join(lines)


def classes(corpus: str, found: Data) -> str:
    """Return where unillm and a library's own suite do not agree, by class, and the cases."""
    told = found["told"]
    agreed = found["cases"] - len(told)
    lines = [f"### {corpus}\n\n{agreed} of {found['cases']} agree; {len(told)} do not.\n\n"]
    groups: dict[tuple[str, str], list[Data]] = {}
    for each in told:
        groups.setdefault((each["kind"], each["why"]), []).append(each)
    ranked = sorted(groups.items(), key=lambda group: (group[0][0], -len(group[1]), group[0][1]))
    lines += [_line(["", "why", "cases", "for example", "theirs", "ours"]), _line(["---"] * 6)]
    for (kind, why), group in ranked:
        first = min(group, key=lambda each: len(each["text"]))
        cells = [_code(first["text"]), _given(first["theirs"]), _given(first["ours"])]
        lines.append(_line([kind, why, str(len(group)), *cells]))
    names = ((f"{kind}, {why}", group) for (kind, why), group in ranked)
    lines.append("\nThe cases: ")
    lines.append("; ".join(f"{name}: {_names(group)}" for name, group in names) + ".\n\n")
    return "".join(lines)


def _names(group: Iterable[Data]) -> str:
    return ", ".join(each["name"] for each in group)


def _given(text: str) -> str:
    return _code(text) if text else "refused"


def _code(text: str, most: int = 70) -> str:
    shown = json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"')
    shown = shown if len(shown) <= most else shown[:most] + "…"
    mark = "```" if "``" in shown else "``"
    mark = mark if "```" not in shown else "````"
    return f"{mark} {shown} {mark}"


def _micros(figure: float) -> str:
    return f"{figure:.1f}" if figure < 100 else f"{figure:,.0f}"


def _engine(data: Data, peer: Peer) -> str:
    known = data["engines"].get(peer.name)
    if known is None:
        why = data["left_out"].get(peer.name, "it was not measured")
        return f"- {peer.title}: left out, {why}.\n"
    versions = ", ".join(f"{name} {at}" for name, at in known["versions"].items())
    return f"- {peer.title}: {peer.how}; {versions}; measured {known['date']}.\n"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
