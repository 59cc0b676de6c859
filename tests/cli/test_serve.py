"""`unillm serve`, as a process of its own: what it prints, and what it refuses."""

import os
import signal
import socket
import subprocess
import sys
import tempfile

import httpx
import pytest
from click.testing import CliRunner

from unillm.cli.commands import unillm as command
from unillm.testing import FakeProvider

START = "from unillm.cli.main import main; main()"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "here").mkdir()
    return tmp_path


@pytest.fixture
def environment(folder):
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return {**kept, "HOME": str(folder), "XDG_STATE_HOME": str(folder)}


class Running:
    """The gateway while it runs."""

    def __init__(self, environment, folder, *options):
        self.lines = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by forget()
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, "serve", "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=self.lines,
            text=True,
            env=environment,
            cwd=folder / "here",
        )
        assert self.process.stdout is not None
        self.told = self.process.stdout
        self.first = self.told.readline()
        self.root = self.first.split()[0] if self.first else ""

    def end(self):
        self.process.send_signal(signal.SIGINT)
        rest = self.told.read()  # not communicate(), which loses what readline() buffers
        self.process.wait(60)
        self.lines.seek(0)
        return self.first + rest, self.lines.read()

    def forget(self):
        self.process.kill()
        self.process.wait(60)
        self.told.close()
        self.lines.close()


@pytest.fixture
def start(environment, folder):
    started = []

    def start(*options, **also):
        started.append(Running({**environment, **also}, folder, *options))
        return started[-1]

    yield start
    for running in started:
        running.forget()


def test_the_key_is_shown_once(start):
    out, _ = start(DEEPSEEK_API_KEY="x").end()
    assert "OPENAI_API_KEY=unillm-" in out
    again, _ = start(DEEPSEEK_API_KEY="x").end()
    assert "unillm-" not in again
    assert "unillm serve --print-env AGENT" in again


def test_who_can_be_asked_is_told(start):
    out, _ = start("--route", "work=deepseek:deepseek-flash", DEEPSEEK_API_KEY="x").end()
    assert "Who can be asked: deepseek, route:work\n" in out


def test_a_server_that_was_spoken_of_is_told_without_a_key(start):
    out, _ = start(VLLM_BASE_URL="http://10.0.0.7:8000/v1").end()
    assert "Who can be asked: vllm\n" in out


def test_that_nobody_can_be_asked_is_told(start):
    out, _ = start().end()
    assert "No provider has a key" in out
    assert "DEEPSEEK_API_KEY" in out
    assert "Who can be asked" not in out


def test_the_configuration_is_told(start, folder):
    file = folder / "here" / "unillm.toml"
    file.write_text('[providers.mybox]\nbase_url = "http://10.0.0.7:8000/v1"\nprofile = "vllm"\n')
    out, _ = start().end()
    assert f"Configuration: {file}\n" in out
    assert "Who can be asked: mybox\n" in out


def test_a_ledger_is_named_where_the_report_would_not_find_it(start, folder):
    usual, _ = start(DEEPSEEK_API_KEY="x").end()
    assert "unillm spend --by session\n" in usual
    own = folder / "a ledger.db"
    out, _ = start("--ledger", str(own), DEEPSEEK_API_KEY="x").end()
    assert f"unillm spend --by session --ledger '{own}'\n" in out


def test_what_was_refused_before_it_was_sent_is_told_so(start):
    with FakeProvider() as fake:
        key = "a-key-of-sixteen-letters"
        options = ("--key", key, "--session-budget", "0.000001")
        running = start(*options, DEEPSEEK_API_KEY="x", DEEPSEEK_BASE_URL=fake.base_url)
        answer = httpx.post(
            f"{running.root}/chat/completions",
            headers={"authorization": f"Bearer {key}"},
            json={"model": "deepseek-v4-pro", "messages": [{"role": "user", "content": "Hello"}]},
        )
        assert answer.status_code == 402, answer.text
        _, err = running.end()
    assert "BudgetExceededError  not sent  $0\n" in err
    assert "Traceback" not in err


class TestWhatIsRefused:
    """Each with words, and without a traceback."""

    @pytest.fixture(autouse=True)
    def _alone(self, environment, folder, monkeypatch):
        for name in ("OPENAI_BASE_URL", "UNILLM_SERVE_KEY", "UNILLM_CONFIG", "UNILLM_LEDGER"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("XDG_STATE_HOME", environment["XDG_STATE_HOME"])
        monkeypatch.chdir(folder / "here")

    def run(self, *options):
        return CliRunner().invoke(command, ["serve", *options])

    @pytest.mark.parametrize("given", ["abc", "-1", "$5", "nan", "inf", ""])
    def test_no_amount(self, given):
        done = self.run("--port", "0", f"--session-budget={given}")
        assert (done.exit_code, done.stdout) == (2, "")
        assert "US dollars" in done.stderr

    @pytest.mark.parametrize("given", ["-1", "65536", "99999"])
    def test_no_port(self, given):
        done = self.run(f"--port={given}")
        assert (done.exit_code, done.stdout) == (2, "")
        assert "0<=x<=65535" in done.stderr

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (("--model", "nobody-has-it"), "'nobody-has-it'"),
            (("--alias", "x=route:nope"), "no route is named 'nope'"),
            (("--session-budget", "10000000"), "9,000,000"),
            (("--key", "short"), "16 or more"),
        ],
    )
    def test_what_means_nobody(self, options, said):
        done = self.run("--port", "0", *options)
        assert isinstance(done.exception, SystemExit), done.exception
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr.startswith("Error: ")
        assert said in done.stderr

    def test_its_own_address_as_that_of_a_provider(self, monkeypatch):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{port}/v1")
        done = self.run("--port", str(port))
        assert isinstance(done.exception, SystemExit), done.exception
        assert (done.exit_code, done.stdout) == (1, "")
        assert "OPENAI_BASE_URL" in done.stderr

    def test_a_port_that_is_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            done = self.run("--port", str(taken.getsockname()[1]))
        assert (done.exit_code, done.stdout) == (1, "")
        assert "perhaps a gateway that runs already" in done.stderr

    def test_an_address_of_another_machine_is_no_matter_of_ports(self):
        done = self.run("--host", "192.0.2.1", "--key", "a-key-of-sixteen-letters", "--port", "0")
        assert (done.exit_code, done.stdout) == (1, "")
        assert "192.0.2.1" in done.stderr
        assert "choose another port" not in done.stderr.lower()
