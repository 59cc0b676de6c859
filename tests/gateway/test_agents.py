"""What `unillm serve --print-env` prints is what a shell takes, whatever key and model are."""

import json
import os
import shlex
import subprocess
import tomllib
from typing import Any

import anthropic
import openai
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from unillm.cli.commands import unillm as command
from unillm.errors import InvalidRequestError
from unillm.gateway.agents import AGENTS, CANNOT, Gateway, printed

every = pytest.mark.parametrize("agent", AGENTS.values(), ids=AGENTS)
ODD = "a'b\"c$HOME`id`\\n!{}%;&|<>#*?~"
"""What shells, JSON, TOML and YAML make something of."""


def gateway(**given: Any) -> Gateway:
    usual: dict[str, Any] = {
        "root": "http://127.0.0.1:8787",
        "key": "unillm-" + "k" * 32,
        "model": "some-model",
    }
    return Gateway(**usual | given)


def shell(script, home, after=""):
    """Return what a shell has in its environment after a script, and what it wrote."""
    env = {"HOME": str(home), "PATH": os.environ["PATH"], "ANTHROPIC_API_KEY": "of before"}
    dump = f"{after}\npython3 -c 'import json, os; print(json.dumps(dict(os.environ)))'"
    done = subprocess.run(
        ["sh", "-euc", 'eval "$SCRIPT"; unset SCRIPT' + dump],
        env={**env, "SCRIPT": script},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout.splitlines()[-1])


def stand_in(tmp_path, name):
    """Put a program into the path that says with what it was called."""
    folder = tmp_path / "bin"
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text('#!/bin/sh\nfor word; do printf "%s\\0" "$word"; done > "$HOME/called"\n')
    program.chmod(0o755)
    return f"PATH={shlex.quote(str(folder))}:$PATH\n"


@every
def test_a_shell_takes_what_is_printed(agent, tmp_path):
    at = gateway(key="unillm-" + ODD, model="odd-" + ODD, context=1_000, output=100)
    setup = agent.setup(at)
    got = shell(stand_in(tmp_path, agent.name) + printed(agent, at), tmp_path)
    for name, value in setup.variables.items():
        assert got.get(name) == value
    called = tmp_path / "called"
    ran = called.read_text().split("\0")[:-1] if called.exists() else []
    assert ran == [word for command in setup.commands for word in command[1:]]
    for file in setup.files:
        name = file.path.rpartition("/")[2].rstrip('"')
        (written,) = tmp_path.rglob(name)
        assert written.read_text() == file.text + "\n"
        assert at.key not in file.text


@every
def test_nothing_but_comments_starts_an_agent(agent):
    lines = printed(agent, gateway()).splitlines()
    assert lines[0].startswith("# ")
    assert lines[-1].startswith("# then: ")
    program = shlex.split(agent.setup(gateway()).first)[0]
    started = [line for line in lines if line.partition(" ")[0] == program]
    assert started == [shlex.join(command) for command in agent.setup(gateway()).commands]


@every
def test_every_agent_is_told_the_address_the_key_and_the_model(agent):
    at = gateway(root="http://127.0.0.1:9999", model="other-model")
    text = printed(agent, at)
    assert "http://127.0.0.1:9999" in text
    assert at.key in text
    assert agent.name in {"openai", "anthropic"} or text.count("other-model") > 1


@every
def test_where_a_fact_is_from_is_said(agent):
    assert agent.source
    assert agent.on >= "2026-11-23"


@given(st.text(min_size=1))
def test_a_name_of_a_model_is_one_word_or_refused(name):
    try:
        at = gateway(model=name)
    except InvalidRequestError:
        assert not name.isprintable() or any(letter.isspace() for letter in name)
        return
    for agent in AGENTS.values():
        text = printed(agent, at)
        assert text.isascii() or not name.isascii()
        # Of each here-document the first end is the one meant.
        opened = text.count("<<'END_OF_FILE'")
        assert text.splitlines().count("END_OF_FILE") == opened == len(agent.setup(at).files)


def test_codex_reads_its_profile():
    (file,) = AGENTS["codex"].setup(gateway(model="odd-" + ODD, context=1_000)).files
    read = tomllib.loads(file.text)
    provider = read["model_providers"][read["model_provider"]]
    assert (read["model"], read["model_context_window"]) == ("odd-" + ODD, 1_000)
    assert provider["base_url"] == "http://127.0.0.1:8787/v1"
    assert "model_context_window" not in AGENTS["codex"].setup(gateway()).files[0].text


def test_continue_reads_its_file():
    (file,) = AGENTS["continue"].setup(gateway(model="odd-" + ODD, context=1_000)).files
    (model,) = yaml.safe_load(file.text)["models"]
    assert (model["model"], model["apiBase"]) == ("odd-" + ODD, "http://127.0.0.1:8787/v1")
    assert model["defaultCompletionOptions"] == {"contextLength": 1_000}


def test_opencode_is_told_of_a_window_only_where_it_is_known():
    def told(at):
        settings = AGENTS["opencode"].setup(at).variables["OPENCODE_CONFIG_CONTENT"]
        return json.loads(settings)["provider"]["unillm"]["models"]["some-model"]

    assert told(gateway()) == {"name": "some-model"}
    assert told(gateway(context=1_000, output=100))["limit"] == {"context": 1_000, "output": 100}


@pytest.mark.parametrize("name", ["openai", "anthropic"])
def test_the_packages_read_what_is_set(name, monkeypatch):
    at = gateway()
    for variable, value in AGENTS[name].setup(at).variables.items():
        monkeypatch.setenv(variable, value or "")
    client = openai.OpenAI() if name == "openai" else anthropic.Anthropic()
    with client:
        assert client.api_key == at.key
        url = str(client.base_url).rstrip("/")
        assert url == (at.url if name == "openai" else at.root)
    installed = openai.__version__ if name == "openai" else anthropic.__version__
    assert installed.partition(".")[0] == (AGENTS[name].tried or "").partition(".")[0]


class TestTheCommandLine:
    @pytest.fixture(autouse=True)
    def _state(self, tmp_path, monkeypatch):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
        monkeypatch.delenv("UNILLM_SERVE_KEY", raising=False)
        monkeypatch.delenv("UNILLM_CONFIG", raising=False)

    def run(self, *options):
        return CliRunner().invoke(command, ["serve", *options])

    def test_the_key_is_the_one_that_is_kept(self, tmp_path):
        first = self.run("--print-env", "claude", "--port", "9000")
        assert first.exit_code == 0, first.output
        kept = json.loads((tmp_path / "unillm" / "serve.json").read_bytes())["key"]
        assert f"export ANTHROPIC_AUTH_TOKEN={kept}\n" in first.stdout
        assert "export ANTHROPIC_BASE_URL=http://127.0.0.1:9000\n" in first.stdout
        assert self.run("--print-env", "claude", "--port", "9000").stdout == first.stdout

    def test_a_key_that_is_given_is_told_and_none_is_made(self, tmp_path):
        done = self.run("--print-env", "openai", "--key", "of my own 'key'")
        assert "export OPENAI_API_KEY=" + shlex.quote("of my own 'key'") in done.stdout
        assert list(tmp_path.iterdir()) == []

    def test_what_is_known_of_a_model_is_told(self):
        shown = self.run("--print-env", "goose", "--model", "openai:gpt-5.5").stdout
        assert "export GOOSE_MODEL=openai:gpt-5.5\n" in shown
        assert "export GOOSE_CONTEXT_LIMIT=1050000\n" in shown
        assert "LIMIT" not in self.run("--print-env", "goose", "--model", "route:fast").stdout

    @pytest.mark.parametrize("name", CANNOT)
    def test_who_cannot_is_told_so(self, name, tmp_path):
        done = self.run("--print-env", name)
        assert (done.exit_code, done.stdout) == (1, "")
        assert CANNOT[name] in done.stderr
        assert list(tmp_path.iterdir()) == []

    def test_an_unknown_agent_is_answered_with_the_list(self):
        done = self.run("--print-env", "nobody")
        assert (done.exit_code, done.stdout) == (2, "")
        assert [name for name in AGENTS if f"'{name}'" not in done.stderr] == []

    @pytest.mark.parametrize("model", ["", "two words", "a\nb", "\x1b[31m"])
    def test_what_is_no_model_is_refused(self, model):
        done = self.run("--print-env", "codex", "--model", model)
        assert (done.exit_code, done.stdout) == (1, "")
        assert "no name of a model" in done.stderr

    def test_a_port_that_is_free_is_not_known(self):
        done = self.run("--print-env", "codex", "--port", "0")
        assert (done.exit_code, done.stdout) == (2, "")

    def test_a_key_file_that_others_may_read_is_not_used(self, tmp_path):
        self.run("--print-env", "openai")
        (tmp_path / "unillm" / "serve.json").chmod(0o644)
        done = self.run("--print-env", "openai")
        assert (done.exit_code, done.stdout) == (1, "")
        assert "chmod 600" in done.stderr

    def test_all_are_in_the_help(self):
        shown = self.run("--help").stdout
        assert [name for name in AGENTS if name not in shown] == []
