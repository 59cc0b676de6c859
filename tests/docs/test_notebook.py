"""The notebook runs from top to bottom in a real kernel, and what a cell shows is looked at."""

import os
import signal
import time
from threading import Timer
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.house.sources import ROOT

pytestmark = pytest.mark.slow  # kernels take seconds to start

PATH = ROOT / "examples" / "quickstart.ipynb"
STREAM = "show(client.stream("


def executed(notebook):
    return NotebookClient(notebook, timeout=60, kernel_name="python3").execute()


@pytest.fixture(scope="module")
def cells():
    """Give the code cells with what they put out, run where no key is set."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.lower().endswith(("_api_key", "_base_url", "_proxy")):
                patch.delenv(name)
        notebook = executed(nbformat.read(PATH, as_version=4))
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def of(cells, begin):
    (cell,) = [cell for cell in cells if begin in cell.source]
    return cell.outputs


def shown(output):
    return output.data.get("text/markdown", output.data.get("text/plain", ""))


def test_the_notebook_is_kept_without_outputs():
    notebook = nbformat.read(PATH, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)


def test_a_response_is_shown_as_markdown(cells):
    (output,) = of(cells, "Say hello")
    assert "You said: Say hello" in output.data["text/markdown"]
    assert "deepseek:deepseek-v4-pro · stop" in output.data["text/markdown"]
    assert output.data["text/plain"].startswith("ChatResponse(")


@pytest.mark.parametrize("begin", [STREAM, "await show(aclient.stream("])
def test_a_stream_is_drawn_in_place(cells, begin):
    (output,) = of(cells, begin)
    assert output.output_type == "display_data"
    assert "You said:" in output.data["text/markdown"]
    assert "<sub>deepseek:deepseek-v4-pro · stop" in output.data["text/markdown"]


def test_a_stream_that_was_read_shows_what_came(cells):
    printed, output = of(cells, "Count to five.")
    assert printed.text.split()[-1] == "Finished"
    assert "You said: Count to five." in shown(output)
    assert "Stream(whole" in shown(output)


def test_calls_at_once_in_the_running_loop(cells):
    (output,) = of(cells, "asyncio.gather")
    assert "Italy" in shown(output)
    assert "Austria" in shown(output)


def test_tools_are_called_and_answered(cells):
    (called,) = of(cells, "def get_weather")
    assert "get_weather(city=" in shown(called)
    (answered,) = of(cells, "results = ")
    assert "Sunny in" in shown(answered)


def test_an_error_shows_its_attempts(cells):
    (output,) = of(cells, "nowhere.chat(")
    assert "**ConnectError**: no connection could be made" in shown(output)
    assert "| 2 | nowhere:some-model |" in shown(output)
    (printed,) = of(cells, "temperature=")
    assert "temperature must be a number" in printed.text


DRAWING = """
import time
import IPython.display
import unillm
from unillm.testing import Answer, FakeProvider

drawn = []


class Handle:
    def update(self, shown):
        drawn.append(shown.data)


IPython.display.display = lambda *shown, **options: Handle()
words = "word " * 400
with FakeProvider() as fake:
    client = unillm.Client(providers=[unillm.Provider("f", base_url=fake.base_url)], model="f:m")
    fake.enqueue(Answer(words, pace=0.001))
    began = time.monotonic()
    whole = unillm.display.show(client.stream("Hi"))
    print(len(drawn), time.monotonic() - began, whole.text == words, drawn[0] in words)
    for fault in ("eof-in-text", "eof-in-arguments"):
        try:
            unillm.display.show(client.stream("Hi", model=f"f:{fault}"))
        except unillm.IncompleteStreamError:
            print(drawn[-1])
"""


def test_a_cell_is_drawn_ten_times_a_second_at_most_and_keeps_what_came():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(DRAWING)])
    (output,) = executed(notebook).cells[0].outputs
    first, _, rest = output.text.partition("\n")
    times, took, same, begins = first.split()
    assert 2 <= int(times) <= float(took) * 10 + 3
    assert (same, begins) == ("True", "True")
    assert "The weather in Paris" in rest
    assert rest.count("*IncompleteStreamError: the stream ended") == 2
    assert "get_weather" in rest


INTERRUPTED = """
import unillm
from unillm.testing import FakeProvider

fake = FakeProvider().start()
client = unillm.Client(providers=[unillm.Provider("f", base_url=fake.base_url)], model="f:m")
"""
SYNC = """
with client.stream("Hi", model="f:stall-in-text") as stream:
    for event in stream:
        print("heard", flush=True)
"""
AFTER = """
import time

for _ in range(400):
    if fake.in_flight == 0:
        break
    time.sleep(0.01)
print(fake.in_flight, repr(stream), client.chat("Hi").text)
"""


def test_interrupting_a_cell_releases_the_stream():
    """What the button of a notebook does: the kernel gets the signal of Ctrl-C."""
    sources = (INTERRUPTED, SYNC, AFTER)
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    runner = NotebookClient(notebook, timeout=60, kernel_name="python3", allow_errors=True)

    def interrupt(cell, cell_index, **_):
        if cell_index == 1:
            Timer(0.1, interrupt_when_heard, [cell]).start()

    def interrupt_when_heard(cell):
        give_up = time.monotonic() + 30
        while not any("heard" in o.get("text", "") for o in cell.outputs):
            if time.monotonic() > give_up:
                break
            time.sleep(0.02)
        kernel: Any = runner.km
        os.kill(kernel.provisioner.pid, signal.SIGINT)

    runner.on_cell_execute = interrupt
    runner.execute()
    assert any(o.get("ename") == "KeyboardInterrupt" for o in notebook.cells[1].outputs)
    (output,) = notebook.cells[2].outputs
    assert output.text.startswith("0 ")
    assert "Stream(ended" in output.text
    assert "You said: Hi" in output.text
