"""The bar: in a terminal, in a notebook, and nowhere else."""

import importlib
import os
import pty
import subprocess
import sys
import termios
import threading
from decimal import Decimal

import nbformat
import pytest
from nbclient import NotebookClient

import unillm
from tests.client.ways import server, sync_client
from unillm.pricing import PriceBook
from unillm.testing import Answer

PROGRAM = """
import sys
import unillm
client = unillm.Client(
    providers=[unillm.Provider("fake", base_url=sys.argv[1], api_key="k")], model="fake:fake-model"
)
rows = client.map(["a", None, "b", "c"], concurrency=2, progress=True)
print([row.response and row.response.text for row in rows])
"""
PRICE = unillm.Price(
    provider="fake", model="fake-model", input=Decimal(1), output=Decimal(2), source="a test"
)
ANSWERS = "['You said: a', None, 'You said: b', 'You said: c']"


def test_no_bar_where_there_is_no_terminal(fake):
    command = [sys.executable, "-c", PROGRAM, fake.base_url]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == ANSWERS
    assert not ended.stderr


def test_a_bar_in_a_terminal(fake):
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    command = [sys.executable, "-c", PROGRAM, fake.base_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True) as process:
        os.close(theirs)
        shown = b""
        try:
            while read := os.read(ours, 4096):
                shown += read
        except OSError:  # what a terminal that is left gives
            pass
        finally:
            os.close(ours)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert out.strip() == ANSWERS
    text = shown.decode()
    assert "4/4" in text
    assert "1 failed, cost unknown" in text
    assert "row/s" in text


@pytest.mark.slow
def test_a_bar_in_a_notebook(fake):
    """Where ipywidgets is missing, as here, it is text."""
    cell = nbformat.v4.new_code_cell(PROGRAM.replace("sys.argv[1]", repr(fake.base_url)))
    book = nbformat.v4.new_notebook(cells=[cell])
    NotebookClient(book, timeout=60, kernel_name="python3").execute()
    streams = {"stdout": "", "stderr": ""}
    for output in book.cells[0].outputs:
        assert output.output_type == "stream"
        streams[output.name] += output.text
    assert streams["stdout"].strip() == ANSWERS
    assert "4/4" in streams["stderr"]


def test_the_bar_starts_no_thread(fake):
    before = set(threading.enumerate())
    with sync_client(fake) as client:
        client.map(list("abc"), progress=True).collect()
    assert set(threading.enumerate()) == before


@pytest.mark.parametrize("kind", [unillm.Client, unillm.AsyncClient])
def test_without_tqdm_it_says_what_to_install(fake, monkeypatch, kind):
    real = importlib.import_module

    def missing(name):
        if name.startswith("tqdm"):
            raise ImportError(name)
        return real(name)

    monkeypatch.setattr("unillm._client.tally.import_module", missing)
    client = kind(providers=[server(fake)], model="fake:fake-model")
    with pytest.raises(unillm.InvalidRequestError, match=r"unillm-sdk\[progress\]"):
        client.map(["a"], progress=True)


def test_the_bar_says_what_was_spent_so_far(fake, monkeypatch):
    """As sure as the least sure of the calls."""
    said = []

    class Bar:
        n = 0

        def __init__(self, **options):
            self.options = options

        def set_postfix_str(self, text, *, refresh):
            said.append(text)

        def update(self, more):
            self.n += more

        def close(self):
            self.options = None

    monkeypatch.setattr("unillm._client.tally._bar_class", lambda: Bar)
    fake.enqueue(*[Answer("Yes", usage={"prompt_tokens": 1000, "completion_tokens": 500})] * 2)
    with sync_client(fake, prices=PriceBook(prices=(PRICE,))) as client:
        client.map(["a", None, "b"], concurrency=1, progress=True).collect()
    assert said[-1] == "1 failed, $0.004"
    assert "$0.002" in " ".join(said)
    with sync_client(fake) as client:
        client.map(["a"], progress=True).collect()
    assert said[-1] == "cost unknown"
