"""`unillm fake`, as a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

import unillm
from unillm.cli.commands import unillm as command
from unillm.testing import faults, rules

PROGRAM = Path(sys.executable).with_name("unillm")


class Running:
    """The command while it runs."""

    def __init__(self, *options):
        self.process = subprocess.Popen(
            [PROGRAM, "fake", "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "COLUMNS": "40"},
        )
        self.base_url = self.line().split()[0]

    def line(self):
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def client(self, **options):
        provider = unillm.Provider("fake", base_url=self.base_url, **options)
        return unillm.Client(
            providers=[provider], model="fake:some", retry=unillm.RetryPolicy(max_attempts=1)
        )

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=60)
        return rest


@pytest.fixture
def start():
    started = []

    def start(*options):
        started.append(Running(*options))
        return started[-1]

    yield start
    for running in started:
        if running.process.poll() is None:
            running.process.kill()
        running.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_interrupted(start, number):
    running = start("--dialect", "deepseek")
    assert running.base_url.startswith("http://127.0.0.1:")
    with running.client() as client:
        assert client.chat("Hello there").text == "You said: Hello there"
        line = running.line().split("  ")
        assert line[1:6] == ["POST", "/v1/chat/completions", "some", "body", "200"]
        assert line[6].strip() == "2 in, 4 out"
        with pytest.raises(unillm.ServerError):
            client.chat("Hello", model="fake:status-500")
        assert running.line().endswith("500  no usage  fault status-500\n")
        cut = client.stream("Hello", model="fake:cut-in-text")
        with pytest.raises(unillm.IncompleteStreamError), cut as stream:
            list(stream)
        assert running.line().endswith("stream  200  no usage  fault cut-in-text  broken\n")
    bill = running.end(number)
    assert running.process.returncode == 0, bill
    rows = [row.split() for row in bill.splitlines()]
    assert rows[-4][0] == "model"
    assert rows[-3] == ["some", "1", "1", "2", "0", "4", "0"]
    assert rows[-2] == ["status-500", "1", "0", "0", "0", "0", "0"]
    assert "Traceback" not in bill


def test_faults_by_chance_and_a_key(start):
    running = start("--fault", "status-503", "--seed", "3", "--api-key", "open-sesame")
    with running.client(api_key="open-sesame") as client, pytest.raises(unillm.OverloadedError):
        client.chat("Hi")
    with running.client(api_key="wrong-key") as client, pytest.raises(unillm.AuthenticationError):
        client.chat("Hi")
    assert "fault status-503" in running.line()
    running.end()
    assert running.process.returncode == 0


def test_nothing_asked(start):
    running = start()
    assert running.end() == "Nothing was asked.\n"


def test_a_taken_port_is_said(start):
    port = start().base_url.split(":")[2].removesuffix("/v1")
    done = shell(PROGRAM, "fake", "--port", port)
    assert done.returncode == 1
    assert f"Error: port {port} is taken" in done.stderr


def shell(*arguments):
    return subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60)


def run(*arguments):
    done = CliRunner().invoke(command, arguments)
    return done.exit_code, done.output


@pytest.mark.parametrize("host", rules.names())
def test_the_rules_are_listed(host):
    code, output = run("fake", "--list-rules", host)
    assert code == 0
    told = output.splitlines()
    assert [line.split()[0] for line in told] == [rule.name for rule in rules.get(host).rules]
    doubted = [line.endswith("(not certain)") for line in told]
    assert doubted == [not rule.fact.verified for rule in rules.get(host).rules]


def test_a_host_is_played(start):
    running = start("--rules", "deepseek")
    body = {"model": "deepseek-v4-pro", "messages": [], "max_tokens": 0}
    refused = httpx.post(f"{running.base_url}/chat/completions", json=body, verify=False)
    assert refused.status_code == 400
    assert "valid range of max_tokens" in refused.text
    assert "refused by the rule max-tokens" in running.end()


def test_the_faults_are_listed():
    code, output = run("fake", "--list-faults")
    assert code == 0
    assert [line.split()[0] for line in output.splitlines()] == list(faults.names())
    assert faults.get("cut-in-text").summary in output


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--fault", "cut-in-txt:0.1"], "did you mean 'cut-in-text'"),
        (["--fault", "cut-in-text:often"], "is not NAME:PROBABILITY"),
        (["--fault", "cut-in-text:2"], "must be from 0 to 1"),
        (["--dialect", "klingon"], "klingon"),
        (["--rules", "acme"], "acme"),
    ],
)
def test_what_cannot_be_meant_is_refused(options, says):
    code, output = run("fake", "--port", "0", *options)
    assert code == 2
    assert says in output


def test_help_and_version():
    assert run("--version") == (0, f"unillm, version {unillm.__version__}\n")
    code, output = run("fake", "-h")
    assert code == 0
    assert "until Ctrl-C" in output


def test_it_runs_inside_a_process_too():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def ask_and_interrupt():
        provider = unillm.Provider("fake", base_url=f"http://127.0.0.1:{port}/v1")
        retry = unillm.RetryPolicy(max_attempts=1000, max_wait=0.05)
        with unillm.Client(providers=[provider], retry=retry) as client:
            # It listens only once it minds the signal.
            client.chat("Hello", model="fake:some")
            with client.stream("Hello", model="fake:slow-stream") as stream:
                next(stream)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    asking = threading.Thread(target=ask_and_interrupt)
    asking.start()
    code, output = run("fake", "--port", str(port), "--model", "some", "--model", "slow-stream")
    asking.join()
    assert code == 0, output
    assert "some  body  200  1 in, 3 out" in output
    assert output.splitlines()[-2].split() == ["some", "1", "1", "1", "0", "3", "0"]
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_the_extra_it_says_how_to_install_it(missing):
    script = (
        f"import sys; sys.modules[{missing!r}] = None; from unillm.cli.main import main; main()"
    )
    done = shell(sys.executable, "-c", script)
    assert done.returncode == 1
    assert done.stderr == (f'The command line needs {missing}: pip install "unillm-sdk[cli]"\n')
