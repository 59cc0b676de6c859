"""`unillm route`: the routes of a configuration, and how a call would go through one."""

import json

import pytest
from click.testing import CliRunner

from unillm.cli.commands import unillm as command

CONFIG = """
model = "route:fast"

[providers.box]
base_url = "http://127.0.0.1:9/v1"

[routes]
cheap = ["box:small", "box:smaller"]

[routes.fast]
targets = ["box:large", "route:cheap", { targets = ["box:other"], strategy = "cheapest" }]
strategy = "use_case"
"""


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNILLM_CONFIG", raising=False)
    (tmp_path / "unillm.toml").write_text(CONFIG)


def run(*options):
    return CliRunner().invoke(command, ["route", *options])


def test_routes_are_listed():
    done = run("list")
    assert done.exit_code == 0, done.output
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["route", "strategy", "targets"],
        ["cheap", "fallback", "box:small,", "box:smaller"],
        ["fast", "use_case", "box:large,", "route:cheap,", "(box:other", "by", "cheapest)"],
    ]
    told = json.loads(run("list", "--json").stdout)
    assert told["cheap"] == {"strategy": "fallback", "targets": ["box:small", "box:smaller"]}
    assert told["fast"]["targets"][2] == {"strategy": "cheapest", "targets": ["box:other"]}


def test_no_routes_say_how_to_make_one(tmp_path):
    (tmp_path / "unillm.toml").write_text("")
    assert "[routes] name = [targets] makes one" in run("list").stdout


def test_a_route_is_explained():
    done = run("explain", "Name a river.", "--route", "cheap")
    assert done.exit_code == 0, done.output
    assert "route 'cheap', ranked by fallback" in done.stdout
    assert done.stdout.index("box:small") < done.stdout.index("box:smaller")
    assert run("explain", "Name a river.", "--route", "route:cheap").stdout == done.stdout


def test_tags_reach_the_strategy():
    tags = ("--tag", "use_case=sovereign", "--session", "s", "--max-tokens", "7", "--system", "x")
    told = json.loads(run("explain", "Write code.", *tags, "--json").stdout)
    assert told["decision"]["route"] == "fast"
    assert told["candidates"][0]["cost"]["output_tokens"] == 7
    slip = run("explain", "Write code.", "--tag", "use_case=sovreign")
    assert slip.exit_code == 1
    assert "did you mean 'sovereign'?" in slip.stderr


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("explain", "x", "--tag", "novalue"), 2, "'novalue' is no tag"),
        (("explain", "x", "--route", "fats"), 1, "Did you mean 'route:fast'?"),
        (("list", "--config", "gone.toml"), 1, "gone.toml cannot be read"),
    ],
    ids=["tag", "route", "file"],
)
def test_what_is_wrong_is_said(options, code, message):
    done = run(*options)
    assert done.exit_code == code
    assert message in done.stderr


def test_nobody_to_ask_is_a_failure(tmp_path):
    (tmp_path / "unillm.toml").write_text(f"{CONFIG}\n[constraints]\nno_training = true\n")
    done = run("explain", "Name a river.")
    assert done.exit_code == 1
    assert "nobody may be asked" in done.stdout
