"""The README, the examples and the notebook against a real server in the place of providers."""

import os
import subprocess
import sys

import nbformat
import pytest

from tests.docs.blocks import blocks, run
from tests.docs.test_notebook import executed
from tests.house.sources import ROOT
from tests.live.llama import KEY

pytestmark = pytest.mark.live

EXAMPLES = ("agent.py", "many_at_once.py", "tools.py")
"""Those that ask whoever the environment says; the others bring a server of their own."""


@pytest.fixture(scope="module")
def serving(new_llama):
    with new_llama(context=1024, limit=24) as server:
        yield server


@pytest.fixture(autouse=True)
def environment(serving, monkeypatch, tmp_path):
    """Have the environment say that this server is DeepSeek's, and OpenAI's."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.lower().endswith(("_api_key", "_base_url", "_proxy")):
            monkeypatch.delenv(name)
    for name in ("DEEPSEEK", "OPENAI"):
        monkeypatch.setenv(f"{name}_API_KEY", KEY)
        monkeypatch.setenv(f"{name}_BASE_URL", f"{serving.url}/v1")


def test_the_readme(capsys):
    page = ROOT / "README.md"
    asked = [block for block in blocks(page) if block.language == "python"]
    # So small a model writes no JSON that fits unless it is held to the schema, which the server in
    # whose place it is does not do; tests/live/test_parse.py has it held.
    asked = [block for block in asked if "client.parse(" not in block.source]
    run(page, asked)
    assert "Usage(input_tokens=" in capsys.readouterr().out


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example(example):
    done = subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "examples" / example)],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    # With what so small a model calls a tool is its own affair: the agent tells it, and goes on.
    assert "failed" not in done.stdout or example == "agent.py"


def test_every_example_that_asks_the_environment_is_run_here():
    asking = {
        path.name
        for path in (ROOT / "examples").glob("*.py")
        if '"deepseek:' in path.read_text(encoding="utf-8")
    }
    assert asking == set(EXAMPLES)


def test_the_notebook(serving):
    path = ROOT / "examples" / "quickstart.ipynb"
    notebook = executed(nbformat.read(path, as_version=4))
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(output.output_type != "error" for cell in code for output in cell.outputs)
    shown = [o for cell in code for o in cell.outputs if "text/markdown" in o.get("data", {})]
    assert any("deepseek:gemma · length" in output.data["text/markdown"] for output in shown)
