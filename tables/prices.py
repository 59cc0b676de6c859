"""The page that holds the price book against genai-prices: `make tables`.

The figures are those of the book and of the installed release of genai-prices, the reasons are in
``unillm/pricing/compared.toml`` and below; a test holds that none is missing and none is idle.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from tables.links import linked
from unillm.catalog import models
from unillm.pricing import Difference, Price, PriceBook, differences
from unillm.pricing.compare import Reason, explained_release, reasons
from unillm.pricing.tariff import day
from unillm.providers import names

PAGE = Path(__file__).parent.parent / "docs" / "prices-compared.md"
BOOK = PriceBook.default()
NOON = datetime.combine(
    datetime.fromisoformat(max(row.checked for row in BOOK.prices)), time(12), UTC
)
"""When the book was last looked after: noon, when nobody has peak hours."""
PEAKS = tuple(
    datetime(2026, month, date, 2, 30, tzinfo=UTC)
    for month, date in ((8, 20), (10, 1), (11, 23), (11, 28))
)
"""Before weekends counted, a holiday, a Monday and a Saturday, in DeepSeek's peak hours."""
HEAD = """# Prices compared

<!-- Made by `make tables` from the price book and genai-prices; do not edit. -->

Where the [price book](prices.md) and [genai-prices](https://github.com/pydantic/genai-prices)
{release} differ, where they agree, and which models have no price. `make tables` makes the page
anew; a test holds that each difference has its reason, and each model that has no price at a
provider. `unillm prices --diff` shows the differences of any instant.
"""
_KINDS = ("input", "cached_input", "cache_write", "output")


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Why some models have no price at some providers.

    Attributes:
        providers: The providers.
        models: The models, as patterns.
        why: The reason.
    """

    providers: tuple[str, ...]
    models: tuple[str, ...]
    why: str

    def fits(self, provider: str, model: str) -> bool:
        """Tell whether it is the reason for one model at one provider."""
        return provider in self.providers and any(fnmatchcase(model, m) for m in self.models)


_OPENAI = ("gpt-*", "o1*", "o3*", "o4*")
_NAMES = ("deepseek-chat", "deepseek-reasoner")
_HOSTS = ("atlascloud", "fireworks", "huggingface", "hyperbolic", "together")
ABSENT = (
    Absence(
        providers=("llamacpp", "sglang", "vllm"),
        models=("*",),
        why="a server of one's own: it costs what the machine does. Give it a "
        "[row of your own](prices.md#prices-of-your-own), by the hour or by the token",
    ),
    Absence(
        providers=("litellm",),
        models=("*",),
        why="a proxy of one's own: it reckons what the provider behind it asks, and says so "
        "([`reported_cost`](gateways.md#litellm-proxy))",
    ),
    Absence(
        providers=_HOSTS,
        models=_OPENAI,
        why="it serves open weights; OpenAI's models are not among them",
    ),
    Absence(
        providers=("deepseek",), models=_OPENAI, why="another vendor's models, not served there"
    ),
    Absence(
        providers=("openai",),
        models=("deepseek-*",),
        why="another vendor's models, not served there",
    ),
    Absence(
        providers=(*_HOSTS, "azure", "openrouter"),
        models=_NAMES,
        why="names that DeepSeek's own API had, until 2026-07-24",
    ),
    Absence(
        providers=("huggingface",),
        models=("deepseek-*",),
        why="its router passes on what the partner asks that answers; which one that is changes, "
        "and so does the price",
    ),
    Absence(
        providers=("openrouter",),
        models=("deepseek-*",),
        why="many hosts serve it there, each at a price of its own: what was charged is "
        "[`reported_cost`](gateways.md#openrouter). With genai-prices installed, its list price of "
        "that day is an estimate",
    ),
    Absence(
        providers=("openrouter", "azure"),
        models=("gpt-6.2-*",),
        why="newer (2026-11-17) than the tables that were read: genai-prices 0.2.3 and litellm "
        "1.110.2",
    ),
    Absence(
        providers=("azure",),
        models=("gpt-5.5-pro", "gpt-4-turbo", "gpt-4", "gpt-3.5-turbo", "o1-pro"),
        why="no source says what a global deployment of it costs; litellm 1.110.2 has figures of "
        "some that name none",
    ),
    Absence(
        providers=("azure", "together"),
        models=("deepseek-v3.2", "deepseek-v4-flash-0731"),
        why="no table that was read has it there",
    ),
    Absence(
        providers=("deepseek",),
        models=("deepseek-v4-flash-0731", "deepseek-v3.2"),
        why="names that hosts have for its weights; its own API served them as "
        "`deepseek-v4-flash` and `deepseek-chat`, which have prices",
    ),
    Absence(
        providers=("hyperbolic",),
        models=("deepseek-*",),
        why="of DeepSeek's models it is known to serve V3, V3-0324, R1 and R1-0528 only "
        "(LiteLLM's documentation, read 2026-10-09); they have prices under these ids",
    ),
)
"""The first that fits is the reason."""


def absence(provider: str, model: str) -> Absence | None:
    """Return why a model has no price at a provider; None: nobody says why."""
    return next((one for one in ABSENT if one.fits(provider, model)), None)


def unpriced() -> list[tuple[str, str]]:
    """Return each provider and model of the catalog without a row."""
    return [
        (provider, info.id)
        for provider in names()
        for info in models()
        if not BOOK.history(provider=provider, model=info.id)
    ]


def instants() -> list[datetime]:
    """Return the instants that are compared: those at which a row changes, all kinds of hours."""
    edges = {edge for row in BOOK.prices for edge in _edges(row)}
    return sorted({NOON, *PEAKS, *edges})


@lru_cache(maxsize=1)
def everything() -> tuple[tuple[datetime, Difference], ...]:
    """Return the differences at each of these instants."""
    return tuple((at, found) for at in instants() for found in differences(BOOK, at))


def _edges(row: Price) -> Iterator[datetime]:
    tiers = (tier.since for tier in row.tiers)
    known = (row.since, row.until, row.perhaps_since, row.perhaps_until, *tiers)
    return (edge for edge in known if edge is not None)


def page() -> str:
    """Return the page."""
    today = differences(BOOK, NOON)
    others = [found for _, found in everything()]
    numbers: dict[Reason, int] = {}
    parts = [HEAD.format(release=explained_release()), *_today(today, numbers)]
    parts += [*_elsewhere(others, numbers), *_reasons(numbers), *_agreed(today), *_absent()]
    return "\n".join(parts) + "\n"


def _number(found: Difference, numbers: dict[Reason, int]) -> str:
    why = next(one for one in reasons() if (one.why, one.source) == (found.why, found.source))
    number = numbers.setdefault(why, len(numbers) + 1)
    return f"[{number}](#r{number})"


def _today(found: list[Difference], numbers: dict[Reason, int]) -> Iterator[str]:
    yield f"## On {NOON:%Y-%m-%d}, outside of peak hours\n"
    yield "Input, cached input, (cache writes,) output, in US dollars for a million tokens. —:"
    yield "there is no figure of its own, or it is the same in both.\n"
    yield "| provider | model | tier | unillm | genai-prices | why |\n|---|---|---|---|---|---|"
    for (provider, model, tier), of in groupby(found, lambda d: (d.provider, d.model, d.tier)):
        figures = {one.kind: one for one in of}
        why = ", ".join(dict.fromkeys(_number(one, numbers) for one in figures.values()))
        ours, theirs = _whole(provider, model), "not there"
        if "model" not in figures:
            ours = _listed({kind: one.ours for kind, one in figures.items()})
            theirs = _listed({kind: one.theirs for kind, one in figures.items()})
        yield f"| {provider} | `{model}` | {tier} | {ours} | {theirs} | {why} |"
    yield ""


def _whole(provider: str, model: str) -> str:
    row = BOOK.price(provider=provider, model=model, at=NOON)
    return _listed({kind: getattr(row, kind) for kind in _KINDS})


def _listed(figures: Mapping[str, Decimal | None]) -> str:
    kinds = [kind for kind in _KINDS if kind != "cache_write" or figures.get(kind) is not None]
    return " / ".join(_money(figures.get(kind)) for kind in kinds)


def _money(figure: Decimal | None) -> str:
    if figure is None:
        return "—"
    whole, point, rest = f"{figure.normalize():f}".partition(".")
    return f"{whole}.{rest:0<2}" if point else whole


def _elsewhere(found: list[Difference], numbers: dict[Reason, int]) -> Iterator[str]:
    yield "## At other times\n"
    yield "| provider | model | tier | calls | why |\n|---|---|---|---|---|"
    known = set(numbers.values())
    rows: dict[tuple[str, str], tuple[dict[str, None], dict[str, None]]] = {}
    for one in found:
        link = _number(one, numbers)
        if int(link[1:].partition("]")[0]) not in known:
            named, tiers = rows.setdefault((one.provider, link), ({}, {}))
            named[f"`{one.model}`"] = None
            tiers[one.tier or "standard"] = None
    for (provider, link), (named, tiers) in rows.items():
        why = next(one for one, number in numbers.items() if link.endswith(f"#r{number})"))
        yield f"| {provider} | {', '.join(named)} | {'; '.join(tiers)} | {_when(why)} | {link} |"
    yield ""


def _when(why: Reason) -> str:
    since = f"since {day(why.since)}" if why.since else ""
    until = f"before {day(why.until)}" if why.until else ""
    return ", ".join(filter(None, (since, until))) or "all"


def _reasons(numbers: Mapping[Reason, int]) -> Iterator[str]:
    yield "## Why\n"
    for why, number in numbers.items():
        told = why.why[:1].upper() + why.why[1:]
        yield f'{number}. <a id="r{number}"></a>{told}. {linked(why.source)}'
    yield ""


def _agreed(found: Iterable[Difference]) -> Iterator[str]:
    differing = {(one.provider, one.model) for one in found}
    held = [row for row in BOOK.prices if row.may_hold(NOON)]
    yield "## Where they agree\n"
    yield "On every figure that either has: standard price, long prompts and tiers. genai-prices"
    yield "has OpenAI's figures for most of Azure; the rows of OpenRouter were read from it.\n"
    yield "| provider | models |\n|---|---|"
    for provider in dict.fromkeys(row.provider for row in held):
        of = [row.model for row in held if row.provider == provider]
        same = [model for model in of if (provider, model) not in differing]
        if same:
            listed = ", ".join(f"`{model}`" for model in same)
            yield f"| {provider} | {len(same)} of {len(of)}: {listed} |"
    yield ""


def _absent() -> Iterator[str]:
    yield "## Models without a price\n"
    yield "Of the [catalog](features.md#models), at the providers that unillm knows. Their cost is"
    yield "unknown, never 0.\n"
    yield "| provider | models | why |\n|---|---|---|"
    rows: dict[tuple[str, str], list[str]] = {}
    for provider, model in unpriced():
        why = absence(provider, model)
        rows.setdefault((provider, why.why if why else "?"), []).append(model)
    for (provider, why), of in rows.items():
        yield f"| {provider} | {_models(of)} | {why} |"


def _models(of: list[str]) -> str:
    """Return names; not each of them, if they are all that there are, or all of OpenAI's."""
    if len(of) == len(models()):
        return "all"
    whole = of == [info.id for info in models("openai")]
    return "all of OpenAI's" if whole else ", ".join(f"`{model}`" for model in of)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}: {len(page().splitlines())} lines\n")


if __name__ == "__main__":
    main()
