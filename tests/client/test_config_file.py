"""Clients made of a file: what it may say, where it is looked for, and what each mistake gives."""

# pyright: reportPrivateUsage=false, reportArgumentType=false

import asyncio
import re
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unillm
from unillm import Hedge, Route
from unillm._client import config_tables as tables
from unillm._client.config_file import found
from unillm._client.config_made import made
from unillm._client.toml import Document, dotted
from unillm.testing import FakeProvider
from unillm.types.constraints import Constraints

WHOLE = """
model = "route:fast"
system = "Be brief."
timeout = 60
on_invalid_tool_call = "return"
rewrite = ["tool_choice"]
keep_raw = true
remember_reasoning = false
telemetry = false

[settings]
temperature = 0.2
max_tokens = 200
tags = { team = "red" }

[providers.mybox]
base_url = "http://127.0.0.1:9/v1"
api_key_env = "MYBOX_KEY"
profile = "vllm"
api = "chat"
jurisdiction = "DE"
self_hosted = true
no_training = true
retention_days = 0
prices = "deepseek"

[providers.openai]

[routes]
cheap = ["mybox:small", "mybox:smaller"]

[routes.fast]
targets = ["mybox:large", "route:cheap", { targets = ["openai:gpt-5.5"], sticky = false }]
strategy = "fallback"
on_midstream_error = "restart"
sticky = true
max_attempts = 4
on_content_policy = "next"
quality = { "mybox:large" = 0.8 }
willingness_to_pay = 0.05

[routes.fast.constraints]
deny_jurisdictions = ["CN"]
max_price = { input = 1.25, output = "10" }

[routes.fast.hedge]
after = "p90"
budget = 0.1

[[budget]]
usd = 5.10
per = "day"

[[budget]]
usd = "0.50"
scope = "user"
soft = 0.5

[retry]
max_attempts = 2
max_wait = 4

[repair]
level = "syntax"
reask = 1
aliases = { file = "path" }
"""


def client_of(path, text: str = "", **options) -> Any:
    file = path / "unillm.toml"
    file.write_text(dedent(text), encoding="utf-8")
    return unillm.Client.from_config(file, **options)


def test_a_file_says_what_code_would(tmp_path, monkeypatch):
    monkeypatch.setenv("MYBOX_KEY", "quiet")
    config = client_of(tmp_path, WHOLE)._config
    assert config.model == "route:fast"
    assert config.system == "Be brief."
    assert config.timeout == unillm.Timeout(total=60)
    assert config.retry == unillm.RetryPolicy(max_attempts=2, max_wait=4)
    assert config.repair == unillm.RepairPolicy("syntax", reask=1, aliases={"file": "path"})
    assert config.settings == {"temperature": 0.2, "max_tokens": 200, "tags": {"team": "red"}}
    assert type(config.settings["temperature"]) is float
    assert (config.on_invalid_tool_call, config.rewrite) == ("return", ("tool_choice",))
    assert config.keep_raw
    assert not config.remember_reasoning
    assert config.telemetry is None
    assert list(config.servers) == ["mybox", "openai"]
    server = config.servers["mybox"]
    assert (server.api_key, server.place.jurisdiction) == ("quiet", "DE")
    assert [(one.usd, one.per, one.scope) for one in config.budget] == [
        (Decimal("5.10"), "day", None),
        (Decimal("0.50"), "client", "user"),
    ]
    assert config.routes["cheap"] == Route(["mybox:small", "mybox:smaller"])
    assert config.routes["fast"] == Route(
        ["mybox:large", "route:cheap", Route(["openai:gpt-5.5"], sticky=False)],
        on_midstream_error="restart",
        max_attempts=4,
        on_content_policy="next",
        quality={"mybox:large": 0.8},
        willingness_to_pay=0.05,
        hedge=Hedge(after="p90", budget=0.1),
        constraints=Constraints(
            deny_jurisdictions={"CN"}, max_price=unillm.MaxPrice(input=Decimal("1.25"), output=10)
        ),
    )


MISTAKES = {
    # what stands in the file: what the message is, after the path of the file
    "no TOML": ("model = ", ":1: this is no TOML: Invalid value"),
    "cut off": ('model = "a', ":1: this is no TOML: Unterminated string"),
    "in the middle": ("[settings]\nseed = =\n", ":2:8: this is no TOML: Invalid value"),
    "twice": ('model = "m"\nmodel = "n"', ":2: this is no TOML: Cannot overwrite a value"),
    "a slip": (
        'modle = "a"',
        ":1: modle: there is no such key: did you mean model? Allowed here: model, system, *",
    ),
    "nothing like it in a route": (
        '[routes.a]\ntargets = ["openai:x"]\nzzz = 1',
        ":3: routes.a.zzz: there is no such key. Allowed here: targets, *",
    ),
    "nothing like it": ("colour = 1", ":1: colour: there is no such key: settings of calls, *"),
    "a setting at the top": ("temperature = 1", ":1: temperature: * stand in [settings]. Allowed*"),
    "a word of others": ("[router.fast]", ":1: router: there is no such key: did you mean routes*"),
    "a function": ('observers = ["print"]', ":1: observers: observers is an object of Python: *"),
    "tools": ("tools = []", ":1: tools: tools belongs to one call: client.chat(…, tools=…)"),
    "model": ("model = 7", ":1: model: this must be text in quotes, not 7"),
    "an unknown model": ('model = "gtp-5.5"', ":1: model: 'gtp-5.5' could be at any provider*"),
    "an unknown route": (
        'model = "route:fats"\n[routes]\nfast = ["openai:x"]',
        ":1: model: no route is named 'fats'. Routes: fast. Did you mean 'route:fast'?",
    ),
    "telemetry": ('telemetry = "off"', ":1: telemetry: this must be true or false, not 'off'"),
    "rewrite": ('rewrite = "a"', ":1: rewrite: this must be a list of texts, not 'a'"),
    "rewrite what": ('rewrite = ["a"]', ":1: rewrite: rewrite must be a tuple of names *"),
    "on invalid": (
        'on_invalid_tool_call = "x"',
        ":1: on_invalid_tool_call: * 'raise' or 'return'*",
    ),
    "no settings": ("settings = 3", ":1: settings: this must be a table, not 3"),
    "setting": (
        '[settings]\ntemperature = "hot"',
        ":2: settings.temperature: temperature must be a number, not str",
    ),
    "setting of another name": (
        "[settings]\n\nmax_output_tokens = 7",
        ":3: settings.max_output_tokens: unknown setting *: did you mean max_tokens*",
    ),
    "option among settings": (
        '[settings]\nmodel = "a"',
        ":2: settings.model: model is no setting of calls: it stands at the top, above",
    ),
    "a date": (
        "[settings.extra_body]\nsince = 2026-01-01",
        ":1: settings.extra_body: dates are no JSON, in which settings are sent: put it in quotes",
    ),
    "a header with a key": (
        '[settings.extra_headers]\nAuthorization = "Bearer sk-secret"',
        ":2: settings.extra_headers.Authorization: Authorization is a secret, *",
    ),
    "a header with a key by another name": (
        '[settings.extra_headers]\nx-goog-api-key = "sk-secret"',
        ":2: settings.extra_headers.x-goog-api-key: x-goog-api-key is a secret, *",
    ),
    "a query with a token": (
        '[settings.extra_query]\naccess_token = "sk-secret"',
        ":2: settings.extra_query.access_token: access_token is a secret, *",
    ),
    "providers": ("providers = 3", ":1: providers: providers are tables, such as *; not 3"),
    "provider twice": (
        'providers = ["openai", "openai"]',
        ":1: providers[1]: 'openai' is named twice: leave out one",
    ),
    "provider of no name": ("providers = [7]", ":1: providers[0]: this must be a provider's name*"),
    "provider as text": (
        'providers.openai = "sk-secret-key"',
        ":1: providers.openai: this must be a table, not text",
    ),
    "a key": (
        '[providers.openai]\napi_key = "sk-secret"',
        ":2: providers.openai.api_key: api_key is a secret, * api_key_env = *",
    ),
    "a key for its name": (
        '[providers.openai]\napi_key_env = "sk-secret"',
        ":2: providers.openai.api_key_env: the api_key_env of * not the key itself",
    ),
    "unknown provider": (
        "[providers.mybox]",
        ":1: providers.mybox: provider 'mybox' is not known: give it a base_url*",
    ),
    "address": (
        '[providers.mybox]\nbase_url = "mybox"',
        ":2: providers.mybox.base_url: the base_url of * must be an http*",
    ),
    "url": (
        '[providers.mybox]\nurl = "http://mybox"',
        ":2: providers.mybox.url: there is no such key: did you mean base_url?*",
    ),
    "profile": (
        '[providers.openai]\nprofile = "vlm"',
        ":2: providers.openai.profile: no profile is named 'vlm'; known are*",
    ),
    "api": (
        '[providers.openai]\napi = "completions"',
        ":2: providers.openai.api: api must be 'chat' or 'responses'*",
    ),
    "country": (
        '[providers.openai]\njurisdiction = "Germany"',
        ":2: providers.openai.jurisdiction: jurisdiction must be a country as two capital*",
    ),
    "days": (
        "[providers.openai]\nretention_days = -1",
        ":2: providers.openai.retention_days: retention_days must be a whole number of days*",
    ),
    "route": ("[routes]\nfast = 3", ":2: routes.fast: a route is a table, or a list *; not 3"),
    "route of a model's name": (
        '[routes]\n"gpt-5.5" = ["openai:x"]',
        ':2: routes."gpt-5.5": a route may not be named *',
    ),
    "no targets": (
        '[routes.fast]\nstrategy = "fallback"',
        ":1: routes.fast: targets is missing, such as targets = *",
    ),
    "empty": ("[routes]\nfast = []", ":2: routes.fast: this is empty: name at least one*"),
    "empty in a table": (
        "[routes.fast]\ntargets = []",
        ":2: routes.fast.targets: this is empty: name at least one*",
    ),
    "targets": (
        '[routes.fast]\ntargets = "openai:x"',
        ":2: routes.fast.targets: this must be a list, *; not 'openai:x'",
    ),
    "target": (
        '[routes.fast]\ntargets = [\n  "openai:x",\n  7,\n]',
        ":2: routes.fast.targets[1]: a target is *; not 7",
    ),
    "target twice": (
        '[routes.fast]\ntargets = ["openai:x", "openai:x"]',
        ":2: routes.fast.targets: this names 'openai:x' twice: *",
    ),
    "fallbacks": (
        '[routes.fast]\nfallbacks = ["openai:x"]',
        ":2: routes.fast.fallbacks: there is no such key: did you mean targets?*",
    ),
    "a typo in a target": (
        '[routes.fast]\nsticky = false\ntargets = ["opnai:x"]',
        ":3: routes.fast.targets: 'opnai:x' could be at any provider*Did you mean 'openai:x'?",
    ),
    "no such route": (
        '[routes.fast]\ntargets = ["route:b"]',
        ":2: routes.fast.targets: no route is named 'b'. Routes: fast.",
    ),
    "a circle": (
        '[routes]\na = ["route:b"]\nb = ["route:a"]',
        ":2: routes.a: route 'a' leads back to itself: route:a -> route:b -> route:a",
    ),
    "strategy": (
        '[routes.fast]\ntargets = ["openai:x"]\nstrategy = "fallbakc"',
        ":3: routes.fast.strategy: no strategy is named 'fallbakc'*",
    ),
    "options": (
        '[routes.fast]\ntargets = ["openai:x"]\nstrategy = "fallback"\noptions.weight = 3',
        ":4: routes.fast.options: strategy 'fallback' takes no options*",
    ),
    "an option's slip": (
        '[routes.fast]\ntargets = ["openai:x"]\nstrategy = "weighted"\noptions.weigths = {}',
        ":4: routes.fast.options: strategy 'weighted' takes weights: * did you mean 'weights'?",
    ),
    "an option's target": (
        """[routes.fast]
        targets = ["openai:x"]
        strategy = "weighted"
        options.weights = { "openai:y" = 3 }""",
        ":2: routes.fast.targets: the strategy 'weighted' speaks of 'openai:y', *'openai:x'?",
    ),
    "options for nothing": (
        '[routes.fast]\ntargets = ["openai:x"]\n[routes.fast.options]\nweight = 3',
        ":3: routes.fast.options: these belong to a strategy, which is missing: *",
    ),
    "attempts": (
        '[routes.fast]\ntargets = ["openai:x"]\nmax_attempts = 0',
        ":3: routes.fast.max_attempts: this must be a whole number from 1, *",
    ),
    "retries": (
        '[routes.fast]\ntargets = ["openai:x"]\nmax_retries = 0',
        ":3: routes.fast.max_retries: there is no such key: did you mean max_attempts?*",
    ),
    "midstream": (
        '[routes.fast]\ntargets = ["openai:x"]\non_midstream_error = "go on"',
        ":3: routes.fast.on_midstream_error: this must be 'raise', 'restart' or 'continue', *",
    ),
    "quality of another": (
        '[routes.fast]\ntargets = ["openai:x"]\nquality = { "openai:y" = 1 }',
        ":3: routes.fast.quality: this has 'openai:y', which is none of the targets *",
    ),
    "quality": (
        '[routes.fast]\ntargets = ["openai:x"]\n[routes.fast.quality]\n"openai:x" = 80',
        ":3: routes.fast.quality: this of 'openai:x' must be from 0 to 1, not 80",
    ),
    "hedge": (
        '[routes.fast]\ntargets = ["openai:x"]\nhedge = 3',
        ":3: routes.fast.hedge: this must be a table, not 3",
    ),
    "hedge after": (
        '[routes.fast]\ntargets = ["openai:x"]\n[routes.fast.hedge]\nafter = "later"',
        ":4: routes.fast.hedge.after: this must be a positive number of seconds, *",
    ),
    "constraint": (
        "[constraints]\ndeny_countries = []",
        ":2: constraints.deny_countries: * did you mean deny_jurisdictions?*",
    ),
    "constraint as text": (
        '[constraints]\ndeny_providers = "deepseek"',
        ":2: constraints.deny_providers: this must be a list of texts, not 'deepseek'",
    ),
    "price": (
        "[constraints]\nmax_price = 3",
        ":2: constraints.max_price: this must be a table, not 3",
    ),
    "no price": (
        "[constraints]\nmax_price = { input = nan }",
        ":2: constraints.max_price.input: *",
    ),
    "a provider nobody has": (
        '[constraints]\ndeny_providers = ["depseek"]',
        ":1: constraints: *'depseek'*deepseek*",
    ),
    "a country": (
        '[constraints]\ndeny_jurisdictions = ["China"]',
        ":2: constraints.deny_jurisdictions: *China*",
    ),
    "budget": ("budget = 5", ":1: budget: this must be a table, not 5"),
    "budget of nothing": (
        '[budget]\nper = "day"',
        ":1: budget: usd is missing: what may be spent, such as usd = 5.00",
    ),
    "the second budget": (
        '[[budget]]\nusd = 1\n\n[[budget]]\nusd = 2\nper = "week"',
        ":6: budget[1].per: this must be one of *, not 'week'",
    ),
    "money": (
        '[budget]\nusd = "five"',
        ":2: budget.usd: this is no number: 'five'",
    ),
    "a store with a password": (
        '[budget]\nusd = 5\nstore = "redis://:secret@host/0"',
        ":3: budget.store: this holds a password, *",
    ),
    "retry": ("[retry]\nmax_attempts = 0", ":2: retry.max_attempts: this must be a whole number*"),
    "retry with a function": (
        '[retry]\nwait = "x"',
        ":2: retry.wait: wait is an object of Python*",
    ),
    "timeout": ('timeout = "long"', ":1: timeout: this must be a number of seconds * not 'long'"),
    "timeouts": (
        "[timeout]\nfirst_tokens = 3",
        ":2: timeout.first_tokens: there is no such key: did you mean first_token?*",
    ),
    "no time": ("[timeout]\nidle = 0", ":2: timeout.idle: this must be a positive number*"),
    "repair": ('[repair]\nlevel = "all"', ":2: repair.level: this must be one of off, syntax*"),
    "formats": (
        '[repair]\nformats = ["pythonc"]',
        ":1: repair: *pythonc*",
    ),
    "a ledger with a password": (
        'ledger = "postgresql://me:secret@host/db"',
        ":1: ledger: this holds a password, * ledger_env = *",
    ),
    "health": ('health = "memory"', ':1: health: this must be "redis", or the URL of one; *'),
    "health with a password": ('health = "redis://u:secret@h"', ":1: health: this holds a *"),
    "no ledger": ('ledger = ""', ":1: ledger: this must be a path or URL*"),
    "no variable": (
        'ledger_env = "UNILLM_NO_SUCH"',
        ":1: ledger_env: this must be the name of * 'UNILLM_NO_SUCH' is not set",
    ),
    "two ledgers": (
        'ledger = "a"\nledger_env = "HOME"',
        ":2: ledger_env: there is a ledger as well: leave out one",
    ),
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_place_and_what_is_allowed(tmp_path, text, message):
    with pytest.raises(unillm.InvalidRequestError) as caught:
        client_of(tmp_path, text)
    pattern = ".*".join(re.escape(part) for part in message.split("*"))
    assert re.fullmatch(pattern, str(caught.value).removeprefix(str(tmp_path / "unillm.toml"))), (
        str(caught.value)
    )
    assert "secret" not in str(caught.value).replace("is a secret", "")
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("table", "kind", "apart"),
    [
        (tables.ROUTE, Route, set()),
        (tables.HEDGE, Hedge, set()),
        (tables.CONSTRAINTS, Constraints, set()),
        (tables.TIMEOUT, unillm.Timeout, set()),
        (tables.RETRY, unillm.RetryPolicy, {"wait", "stop"}),
        (tables.REPAIR, unillm.RepairPolicy, {"rules"}),
        (tables.BUDGET, unillm.Budget, {"on_soft"}),
        (tables.PROVIDER, unillm.Provider, {"name", "api_key"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_table_has_every_argument_of_what_it_is_made_into(table, kind, apart):
    arguments = {one.name for one in fields(kind) if one.init and one.name != "_"}
    assert set(table) - {"options"} == arguments - apart
    assert not [name for name in apart - {"name"} if name not in tables.ADVICE]


def test_the_file_has_every_option_of_a_client():
    options = set(unillm.ClientOptions.__annotations__) - set(unillm.ChatSettings.__annotations__)
    named = {"providers", "settings", "ledger_env", "transport"}
    assert set(tables.TOP) - named == {name for name in options if name not in tables.ADVICE}


def test_code_holds_over_the_file_and_adds_to_it(tmp_path):
    inner = Route(["other:x"])
    client = client_of(
        tmp_path,
        """
        model = "route:a"
        settings = { temperature = 1, tags = { team = "red", who = "ann" } }
        routes = { a = ["mybox:x", "route:b"] }
        budget = { usd = 5 }
        """,
        providers=[
            unillm.Provider("mybox", base_url="http://127.0.0.1:9/v1"),
            unillm.Provider("other", base_url="http://127.0.0.1:9/v1"),
        ],
        temperature=0.5,
        tags={"who": "bob"},
        routes={"b": inner},
        budget=unillm.Budget(1),
    )
    config = client._config
    assert config.settings == {"temperature": 0.5, "tags": {"team": "red", "who": "bob"}}
    assert dict(config.routes) == {"a": Route(["mybox:x", "route:b"]), "b": inner}
    assert [one.usd for one in config.budget] == [5, 1]
    with pytest.raises(unillm.InvalidRequestError, match=r"^route 'b': 'nobody:x' could be"):
        client_of(tmp_path, 'routes = { a = ["openai:x"] }', routes={"b": ["nobody:x"]})


def test_a_client_of_a_file_answers(tmp_path, monkeypatch):
    file = tmp_path / "unillm.toml"
    monkeypatch.setenv("FAKE_KEY", "quietly-hidden-0451")
    with FakeProvider() as fake:
        fake.enqueue("Spree.", "Havel.")
        file.write_text(
            f'model = "fake:m"\nproviders.fake = {{ base_url = "{fake.base_url}", '
            'api_key_env = "FAKE_KEY" }\n'
        )
        with unillm.Client.from_config(file) as client:
            assert client.chat("Name a river.").text == "Spree."
        client = unillm.AsyncClient.from_config(str(file))
        assert asyncio.run(answer(client)) == "Havel."
        assert fake.requests[0].headers["authorization"] == "Bearer quietly-hidden-0451"


async def answer(client):
    async with client:
        return (await client.chat("Another.")).text


def test_a_key_that_is_not_set_is_asked_for_by_its_name(tmp_path):
    client = client_of(tmp_path, '[providers.deepseek]\napi_key_env = "UNILLM_NO_SUCH"')
    with pytest.raises(unillm.AuthenticationError, match="for deepseek: set UNILLM_NO_SUCH"):
        client.chat("Hi", model="deepseek-v4-pro")


@pytest.mark.parametrize("key", ["DEEPSEEK_API_KEY", "OTHER"])
def test_a_named_variable_takes_the_place_of_the_usual_one(monkeypatch, key):
    monkeypatch.setenv("DEEPSEEK_API_KEY", "usual")
    monkeypatch.delenv("OTHER", raising=False)
    provider = unillm.Provider("deepseek", api_key_env=key)
    client: Any = unillm.Client(providers=[provider])
    server = client._config.servers["deepseek"]
    assert server.api_key == ("usual" if key == "DEEPSEEK_API_KEY" else None)
    with pytest.raises(unillm.InvalidRequestError, match="an api_key and an api_key_env"):
        unillm.Client(providers=[unillm.Provider("deepseek", api_key="k", api_key_env=key)])


def test_a_ledger_is_beside_the_file(tmp_path, monkeypatch):
    with client_of(tmp_path, 'ledger = "calls.db"') as client:
        assert str(tmp_path / "calls.db") in repr(client.ledger)
    url = f"sqlite:///{tmp_path / 'others.db'}"
    monkeypatch.setenv("UNILLM_TEST_LEDGER", url)
    with client_of(tmp_path, 'ledger_env = "UNILLM_TEST_LEDGER"') as client:
        assert "others.db" in repr(client.ledger)


def test_the_file_is_the_one_given_or_that_of_the_environment_or_of_the_project(
    tmp_path, monkeypatch
):
    monkeypatch.delenv("UNILLM_CONFIG", raising=False)
    project, below = tmp_path / "project", tmp_path / "project" / "src" / "deep"
    below.mkdir(parents=True)
    outside, inside = tmp_path / "unillm.toml", project / "unillm.toml"
    outside.write_text('model = "openai:outside"')
    monkeypatch.chdir(below)
    with pytest.raises(unillm.InvalidRequestError, match=r"no unillm\.toml.*set UNILLM_CONFIG"):
        found()
    (project / ".git").mkdir()
    with pytest.raises(unillm.InvalidRequestError, match="and above it, up to"):
        found()
    table = project / "pyproject.toml"
    table.write_text("[tool.other]\n[tool.unillm]\nmodel = 7\n")
    assert found().path == table
    with pytest.raises(unillm.InvalidRequestError, match=r"pyproject\.toml:3: model: this must"):
        unillm.Client.from_config()
    with pytest.raises(unillm.InvalidRequestError, match=r"pyproject\.toml:3: model: this must"):
        unillm.Client.from_config(table)
    inside.write_text('model = "openai:inside"')
    assert found().path == inside
    monkeypatch.setenv("UNILLM_CONFIG", str(outside))
    assert unillm.AsyncClient.from_config()._config.model == "openai:outside"
    assert unillm.Client.from_config(project)._config.model == "openai:inside"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere.toml", r"nowhere\.toml cannot be read \(the path given\): No such file"),
        ("latin.toml", "this is no text in UTF-8, as TOML is"),
        ("pyproject.toml", r"pyproject\.toml has no table \[tool\.unillm\]"),
        ("null\0.toml", "cannot be read"),
        ("", "path must be that of a unillm.toml, not ''"),
        (7, "path must be that of a unillm.toml, not 7"),
    ],
    ids=["nowhere", "latin", "no-table", "null", "empty", "number"],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path, monkeypatch, path, message):
    monkeypatch.chdir(tmp_path)
    Path("latin.toml").write_bytes(b'model = "\xe9"')
    Path("pyproject.toml").write_text("[tool]\nunillm_ = 1\n")
    with pytest.raises(unillm.InvalidRequestError, match=message):
        unillm.Client.from_config(path)


def test_a_variable_that_names_no_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("UNILLM_CONFIG", str(tmp_path / "gone.toml"))
    with pytest.raises(unillm.InvalidRequestError, match=r"cannot be read \(UNILLM_CONFIG\)"):
        unillm.Client.from_config()


@pytest.mark.parametrize(
    ("text", "keys", "line"),
    [
        ("a = 1\nb = 2", ("b",), 2),
        ('a = """\nb = 1\n"""\nb = 2', ("b",), 4),
        ("a = [\n1,\n\n2]\n# b = 1\nb = { c = 3 }", ("b", "c"), 6),
        ("[a.b]\nc.d = 1", ("a", "b", "c", "d"), 2),
        ("[a.b]\nc.d = 1", ("a",), 1),
        ("[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd = 1", ("a", 1, "c", "d"), 6),
        ('["a b".c]\n"d.e" = 1', ("a b", "c", "d.e"), 2),
        ("\r\n[a]\r\nb = 1\r\n", ("a", "b"), 3),
        ("a = 1", ("c",), None),
        ("a = 1", (), None),
    ],
)
def test_a_value_is_found_in_its_line(text, keys, line):
    assert Document(Path("x"), text).line_of(keys) == line


WORDS = st.sampled_from(
    [
        *sorted({*tables.TOP, *tables.ROUTE, *tables.PROVIDER, *tables.BUDGET}),
        *sorted({*tables.CONSTRAINTS, *tables.TIMEOUT, *tables.RETRY, *tables.REPAIR}),
        *("openai", "fast", "openai:x", "route:fast", "gpt-5.5", "extra_body", "after", "p95"),
    ]
)
NAMES = WORDS | st.text(max_size=5)
VALUES = st.recursive(
    st.booleans()
    | st.integers(-5, 10**25)
    | st.floats()
    | NAMES
    | st.dates()
    | st.datetimes()
    | st.times(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def written(value) -> str:
    """Write a value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(sign):08x}" for sign in value) + '"'
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(k)} = {written(v)}" for k, v in value.items()) + "}"
    return value.isoformat() if hasattr(value, "isoformat") else repr(value)


TAKEN = "fuzzed.toml: taken"


def said_of(text: str) -> str:
    """Return what is said of a document, unless a client can be made of it."""
    document = Document(Path("fuzzed.toml"), text)
    try:
        made(document, document.read(), {})
    except unillm.InvalidRequestError as error:
        return str(error)
    return TAKEN


TREES = st.dictionaries(st.sampled_from(sorted(tables.TOP)), VALUES, max_size=3)
ROUTES = st.fixed_dictionaries(
    {"targets": st.lists(NAMES | VALUES, max_size=3)},
    optional={name: VALUES for name in tables.ROUTE if name != "targets"},
)


@given(TREES)
def test_whatever_a_document_says_is_taken_or_refused(tree):
    text = "".join(f"{name} = {written(value)}\n" for name, value in tree.items())
    assert said_of(text).startswith("fuzzed.toml")


@given(
    st.sampled_from(sorted(set(tables.TOP) - {"routes"})),
    st.dictionaries(NAMES, VALUES, max_size=2),
)
def test_whatever_a_table_says_is_taken_or_refused(name, table):
    lines = "".join(f"{written(key)} = {written(value)}\n" for key, value in table.items())
    assert said_of(f"[{name}]\n{lines}").startswith("fuzzed.toml")


@given(ROUTES)
def test_whatever_a_route_says_is_taken_or_refused(route):
    assert said_of(f"routes = {{ fast = {written(route)} }}").startswith("fuzzed.toml")


@given(st.text() | st.text(alphabet="[]{}=\"'\n,.#ab1- \\"))
def test_whatever_text_there_is_is_taken_or_refused(text):
    assert said_of(text).startswith("fuzzed.toml")


def test_a_document_nested_without_end_is_refused():
    assert said_of("a = " + "[" * 100_000) != TAKEN
    assert said_of("a = " + "1" * 10_000) != TAKEN
    assert said_of("#" * 1_000_001) != TAKEN
    deep = '["openai:x"]'
    for _ in range(18):
        deep = f"[{{ targets = {deep} }}]"
    assert said_of(f"routes = {{ a = {deep} }}") != TAKEN


def test_keys_are_shown_as_they_are_written():
    assert dotted(("routes", "a b", "targets", 2)) == 'routes."a b".targets[2]'


def test_a_file_without_end_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "unillm.toml"
    with path.open("wb") as file:
        file.truncate(1 << 42)  # of nothing: no disk has it, and no memory
    with pytest.raises(unillm.InvalidRequestError, match="larger than 4 MB"):
        unillm.Client.from_config(path)


def test_a_header_that_is_no_secret_may_stand_in_a_file(tmp_path):
    client = client_of(tmp_path, '[settings.extra_headers]\nIdempotency-Key = "1"\nX-Team = "a"')
    headers = client._config.settings["extra_headers"]
    assert headers == {"Idempotency-Key": "1", "X-Team": "a"}
