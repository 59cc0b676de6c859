"""A page for each provider, from its profile: `make tables`.

What is said of a provider is in its profile, each with reason, source and date, so a page cannot
say otherwise than the code does.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tables.features import lives
from tables.links import linked
from tables.probes import target_of
from unillm import UnsupportedFeatureError, UserMessage
from unillm._wire.encode import encode
from unillm._wire.plan import plan
from unillm.catalog import find, models
from unillm.providers import names, profile_named
from unillm.types.facts import Fact, Limit
from unillm.types.profile import Profile
from unillm.types.request import ChatRequest
from unillm.types.settings import EFFORTS

FOLDER = Path(__file__).parent.parent / "docs" / "providers"
TITLES: Mapping[str, str] = {
    "atlascloud": "Atlas Cloud",
    "azure": "Azure OpenAI",
    "deepseek": "DeepSeek",
    "fireworks": "Fireworks AI",
    "huggingface": "Hugging Face",
    "hyperbolic": "Hyperbolic",
    "litellm": "LiteLLM proxy",
    "llamacpp": "llama.cpp",
    "openai": "OpenAI",
    "openrouter": "OpenRouter",
    "sglang": "SGLang",
    "together": "Together AI",
    "vllm": "vLLM",
}
_MADE = "<!-- Made by `make tables` from what the code does; do not edit. -->\n"
_EXAMPLES: Mapping[str, str] = {
    "openai": "gpt-5.5",
    "deepseek": "deepseek-v4-pro",
    "azure": "my-deployment",
    "hyperbolic": "deepseek-ai/DeepSeek-V3-0324",
    "litellm": "my-model",
}
"""A model to ask for where the provider has no ids for those of the catalog."""
_GUIDES: Mapping[str, str] = {
    "azure": "azure.md",
    "deepseek": "deepseek.md",
    "huggingface": "gateways.md#hugging-face",
    "litellm": "gateways.md#litellm-proxy",
    "openrouter": "gateways.md#openrouter",
}
"""Pages that tell how to use a provider, with examples."""
_WEIGHTS = "deepseek-ai/DeepSeek-V4-Pro-0813"
_PLACE = {
    "jurisdiction": "under the law of",
    "self_hosted": "a server of your own",
    "no_training": "says that it trains on nothing you send",
    "retention_days": "keeps what you send, in days",
}
_API = {"chat": "Chat Completions", "responses": "the Responses API"}
_THEN = {"drop": "left out, noted", "refuse": "refused", "here": "done here, noted"}
_WHEN = {"always": "", "reasoning": "while the model reasons", "plain": "unless it reasons"}
_SPOKEN = {
    "json_word": 'JSON mode with no "json" in the messages',
    "hosted_tools": "tools that the provider runs itself",
    "prefix": "an answer that was begun for it (`prefix=True`)",
    "file": "files",
    "file_url": "files by their URL",
    "system_image": "images in a system message",
    "logprobs=streamed_tools": "`logprobs` of a stream with tools",
    "top_logprobs=streamed_tools": "`top_logprobs` of a stream with tools",
    "response_format=beside_tools": "`response_format` for JSON beside tools",
}
_COUNTRY = 2
_UNSAID = {"ids", "efforts"}
"""Fields of a profile that have a section of their own on its page."""
INDEX = f"""# Providers

{_MADE}
Who can be asked by name: `provider:model`. A provider whose key is in the environment is there
without being configured; `NAME_BASE_URL` moves it to another address. `unillm.providers.names()`
lists them, and `unillm.providers.profile_named(name)` is all that is said here, as data.

"""
_AFTER = """
"Law" is the country whose law the host is under; "no training": it says that it trains no model on
what is sent to its API, unless you agree. `?` is *not known*, which is never taken for a yes. Each
fact has its source on the provider's page; `*` marks what nobody saw, with the doubt told there.
All of it holds at the provider's own address: with a `base_url` of your own it is not known, unless
you [declare it](../api/providers.md).

Any other server that speaks as OpenAI does needs a name and an address:
`unillm.Provider("mybox", base_url="http://10.0.0.7:8000/v1")`, with `profile="vllm"` if it is one
of these.
[What each provider takes](../features.md) has every setting and feature in tables.
"""


def pages() -> dict[str, str]:
    """Return the pages by the names of their files."""
    return {"index.md": _index(), **{f"{name}.md": _page(name) for name in names()}}


def _index() -> str:
    heads = ("provider", "key", "interfaces", "law", "no training", "kept, days", "your own server")
    rows = [_row(profile_named(name)) for name in names()]
    return INDEX + _table(heads, rows) + _AFTER


def _row(profile: Profile) -> list[str]:
    place = profile.place
    mark = " (experimental)" if profile.experimental else ""
    return [
        f"[{title(profile.name)}]({profile.name}.md){mark}",
        f"`{profile.api_key_env}`",
        " and ".join(_API[api] for api in profile.apis),
        *(
            _short(getattr(place, name), place.facts.get(name))
            for name in ("jurisdiction", "no_training", "retention_days", "self_hosted")
        ),
    ]


def _short(value: Any, fact: Fact | None) -> str:
    if value is None:
        return "?"
    doubt = "" if fact is None or fact.verified else "*"
    return f"{_value(value)}{doubt}"


def title(name: str) -> str:
    """Return what a provider is called in headings."""
    return TITLES.get(name, name)


class Sources:
    """Number the sources of one page, in the order in which it names them."""

    def __init__(self) -> None:
        """Begin with none."""
        self._numbers: dict[str, int] = {}

    def of(self, fact: Fact) -> str:
        """Return the number of a fact's source, as a link to it."""
        told = f"{linked(fact.source)}, read {fact.checked}"
        number = self._numbers.setdefault(told, len(self._numbers) + 1)
        return f"[{number}](#s{number})"

    def listed(self) -> Iterator[str]:
        """Yield the section that has them all."""
        if self._numbers:
            yield "## Sources\n"
        for told, number in self._numbers.items():
            yield f'{number}. <a id="s{number}"></a>{told}'


def _page(name: str) -> str:
    profile, sources = profile_named(name), Sources()
    parts = [f"# {title(name)}\n", _MADE, *_experimental(profile), _address(profile)]
    parts += [_example(profile), "## Models\n", _models(profile, sources)]
    parts += ["## Reasoning\n", *_reasoning(profile, sources), "## What it does not take\n"]
    parts += [*_limits(profile, sources), "## Where it is, and what it does with data\n"]
    parts += [_place(profile, sources), "## How it speaks\n", *_speech(profile, sources)]
    return "\n".join([*parts, *sources.listed()]).rstrip("\n") + "\n"


def _experimental(profile: Profile) -> Iterator[str]:
    if profile.experimental:
        text = f"{profile.experimental[:1].upper()}{profile.experimental[1:]}."
        yield f'!!! warning "Experimental"\n    {text}\n'


def _address(profile: Profile) -> str:
    where = f"At `{profile.base_url}`" if profile.base_url else "At an address of your own"
    if profile.hosts:
        below = " or ".join(f"`{end}`" for end in profile.hosts)
        where += f", or below {below}" if profile.base_url else f" below {below}"
    key = f"the key is in `{profile.api_key_env}`" + ("" if profile.key_required else ", if any")
    apis = " and ".join(_API[api] for api in profile.apis)
    guide = _GUIDES.get(profile.name)
    how = f" How to use it, with examples, is on [a page of its own](../{guide})." if guide else ""
    return f"{where}; {key}. It is asked over {apis}.{how}\n"


def _example(profile: Profile) -> str:
    lines = [f"export {profile.api_key_env}=…"] if profile.key_required else []
    if profile.base_url_env:
        lines.append(f"export {profile.base_url_env}=…")
    shell = "```sh\n" + "\n".join(lines) + "\n```\n\n" if lines else ""
    return (
        f"{shell}```python\nimport unillm\n\n"
        f'client = unillm.Client(model="{profile.name}:{_example_model(profile)}")\n'
        'print(client.chat("Name a river in France.").text)\n```\n'
    )


def _example_model(profile: Profile) -> str:
    first = "deepseek-v4-pro" if "deepseek-v4-pro" in profile.ids else _WEIGHTS
    return _EXAMPLES.get(profile.name, first)


def _models(profile: Profile, sources: Sources) -> str:
    own = [info for info in models() if info.vendor == profile.name and lives(info)]
    if own:
        return (
            f"Its own: {', '.join(f'`{info.id}`' for info in own)}. Their sizes, "
            "efforts and ends are in [one table](../features.md#models).\n"
        )
    if not profile.ids:
        return "Whatever it serves, by the id that it has there.\n"
    rows = [[f"`{model}`", f"`{served}`"] for model, served in profile.ids.items()]
    fact = profile.facts.get("ids")
    why = f"\n{_sentence(fact, sources)}\n" if fact else ""
    more = "Either name can be asked for; any other id is sent as it is.\n\n"
    return more + _table(("in the catalog", "its id here"), rows) + why


def _reasoning(profile: Profile, sources: Sources) -> Iterator[str]:
    name = _example_model(profile)
    info = find(name)
    rows = [[f"`{effort}`", _sent(profile, effort)] for effort in EFFORTS]
    asked = f"`{info.id}`" if info else "a model that the catalog does not know"
    yield f"What each `reasoning_effort` becomes with {asked}:\n"
    yield _table(("asked for", "sent"), rows)
    if "efforts" in profile.facts:
        yield f"{_sentence(profile.facts['efforts'], sources)}\n"


def _sent(profile: Profile, effort: str) -> str:
    """Return the fields of the body by which an effort is asked for."""
    target = target_of(profile.name, find(_example_model(profile)))
    request = ChatRequest(messages=(UserMessage("Hi"),), settings={"reasoning_effort": effort})
    try:
        body: dict[str, Any] = json.loads(encode(plan(request, target)).body)
    except UnsupportedFeatureError as error:
        return error.message.partition(": ")[0]
    fields = {k: v for k, v in body.items() if k not in {"model", "messages", "input", "store"}}
    shown = ", ".join(f"`{key}: {json.dumps(value)}`" for key, value in fields.items())
    return shown or "nothing"


def _limits(profile: Profile, sources: Sources) -> Iterator[str]:
    rows: dict[tuple[str, ...], list[str]] = {}
    for limit in profile.limits:
        key = (_THEN[limit.then], _when(limit), _reason(limit), sources.of(limit.fact))
        rows.setdefault(key, []).append(_feature(limit.feature))
    if rows:
        heads = ("asked for", "what becomes of it", "when", "why", "source")
        yield _table(heads, ([", ".join(asked), *key] for key, asked in rows.items()))
    else:
        yield "Nothing is known of what it refuses or ignores, whatever the model.\n"
    yield "Everything else is sent as asked; [one page](../features.md) has it all.\n"


def _when(limit: Limit) -> str:
    over = f"over {_API[limit.api]}" if limit.api else ""
    return ", ".join(part for part in (_WHEN[limit.when], over) if part) or "always"


def _reason(limit: Limit) -> str:
    doubt = "" if limit.fact.verified else " (not verified)"
    remedy = f". {limit.remedy.rstrip('.')}" if limit.remedy else ""
    return f"{limit.fact.reason}{doubt}{remedy}"


def _feature(name: str) -> str:
    return _SPOKEN.get(name) or f"`{name}`"


def _place(profile: Profile, sources: Sources) -> str:
    rows: list[list[str]] = []
    for name, spoken in _PLACE.items():
        value, fact = getattr(profile.place, name), profile.place.facts.get(name)
        shown = "not known" if value is None else _value(value)
        why = _doubted(fact) if fact else "no source says it"
        source = sources.of(fact) if fact else ""
        if name != "self_hosted" or value is not None:
            rows.append([spoken, shown, why, source])
    after = (
        "\nWhat is not known is never taken for a yes. All of it holds at the address above; for "
        "another `base_url` declare it on the [`Provider`](../api/providers.md).\n"
    )
    return _table(("what", "known", "why", "source"), rows) + after


def _speech(profile: Profile, sources: Sources) -> Iterator[str]:
    fields = [name for name in profile.facts if name not in _UNSAID]
    if not fields:
        yield "As OpenAI does: every other profile is measured against this one.\n"
        return
    yield "Where it differs from OpenAI, as fields of its [`Profile`](../api/providers.md):\n"
    rows = [
        [f"`{name}`", _field(profile, name), _doubted(fact), sources.of(fact)]
        for name, fact in profile.facts.items()
        if name in fields
    ]
    yield _table(("field", "value", "why", "source"), rows)


def _field(profile: Profile, name: str) -> str:
    value = getattr(profile, name)
    return "any notation" if name == "leaks" and value == () else _value(value)


def _value(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {True: "yes", False: "no", None: "—"}[value]
    if isinstance(value, tuple) and any(isinstance(one, Limit) for one in value):
        return f"{len(value)} limits"
    if isinstance(value, tuple | frozenset):
        return ", ".join(sorted(_value(one) for one in value)) or "none"
    if isinstance(value, str):
        return value if len(value) == _COUNTRY and value.isupper() else f"`{value}`"
    if isinstance(value, int):
        return str(value)
    return "set"


def _doubted(fact: Fact) -> str:
    return fact.reason if fact.verified else f"{fact.reason} (not verified)"


def _sentence(fact: Fact, sources: Sources) -> str:
    reason = _doubted(fact)
    return f"{reason[:1].upper()}{reason[1:]} {sources.of(fact)}."


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    listed = list(heads)
    lines = [f"| {' | '.join(listed)} |", "|---" * len(listed) + "|"]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the pages."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    sys.stdout.write(f"{FOLDER.name}/: {len(pages())} pages\n")


if __name__ == "__main__":
    main()
