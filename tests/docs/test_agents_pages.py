"""The pages of agents show what `unillm serve --print-env` prints, and name only what there is."""

import re
import shlex

import click
import pytest

from tables.agents import FOLDER, page, pages
from tests.docs.blocks import blocks
from tests.docs.test_pages import PAGES
from unillm.cli.commands import unillm as command
from unillm.cli.serve import serve
from unillm.gateway.agents import AGENTS, CANNOT

REFERENCE = FOLDER.parent / "gateway.md"
CALL = re.compile(r"\bunillm (?:serve|spend)\b[^\n)`|#&]*")
SHELLS = {"sh", "console"}


def calls():
    """Give each command line of ours in the blocks of a page, and in its text."""
    for path in PAGES:
        texts = [block.source for block in blocks(path) if block.language in SHELLS]
        texts += re.findall(r"`([^`\n]+)`", path.read_text(encoding="utf-8"))
        text = "\n".join(texts)
        yield from (found.strip() for found in CALL.findall(text))


@pytest.mark.parametrize("name", pages())
def test_a_page_shows_what_is_printed(name):
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert text == page(text, pages()[name]), "make tables"


def test_there_is_a_page_for_each_and_all_are_listed():
    own = {f"{name}.md" for name in (*AGENTS, *CANNOT)}
    written = {"index.md", "comparison.md"}
    assert {path.name for path in FOLDER.glob("*.md")} - written == own
    listed = (FOLDER / "index.md").read_text(encoding="utf-8")
    assert {name for name in own if f"]({name})" not in listed} == set()


@pytest.mark.parametrize("line", sorted(set(calls())))
def test_a_command_line_that_is_shown_is_one(line):
    words = shlex.split(line)[1:]
    given = [word for word in words if word not in {"AGENT", "…"}]
    if given[-1] == "--print-env":  # of any agent
        given.append("codex")
    found = command.commands[given[0]]
    try:
        found.make_context("unillm", given[1:], resilient_parsing=False)
    except click.exceptions.Exit:
        pytest.fail("a page shows what only helps")
    except click.UsageError as error:
        pytest.fail(f"{line!r}: {error.format_message()}")


def test_every_option_is_in_the_reference():
    text = REFERENCE.read_text(encoding="utf-8")
    options = {option for param in serve.params for option in param.opts}
    assert sorted(option for option in options if f"`{option}" not in text) == []
