"""What the pages of agents say that `unillm serve --print-env` prints: `make tables`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from unillm.catalog import find
from unillm.gateway.agents import AGENTS, Agent, Gateway, printed

FOLDER = Path(__file__).parent.parent / "docs" / "agents"
BEGIN = "<!-- Made by `make tables` from gateway/agents/, as far as the next mark; do not edit. -->"
END = "<!-- The end of what is made. -->"
MODEL = "deepseek-v4-pro"


def at() -> Gateway:
    """Return the gateway of the pages: the usual one, with a key that is none."""
    info = find(MODEL)
    return Gateway(
        root="http://127.0.0.1:8787",
        key="unillm-the-key-that-is-kept",
        model=MODEL,
        context=info.context if info else None,
        output=info.max_output if info else None,
    )


def shown(agent: Agent) -> Iterator[str]:
    """Give the lines of an agent's page that are made."""
    yield f"`unillm serve --print-env {agent.name}` prints, with the key that is kept:"
    yield ""
    yield "```sh"
    yield printed(agent, at()).rstrip("\n")
    yield "```"
    yield ""
    tried = f"Tried with {agent.title} {agent.tried} on {agent.on}, through a gateway"
    yield f"{tried}, with a fake provider behind it. Source: {agent.source}."


def table() -> Iterator[str]:
    """Give the lines of the table of all."""
    yield "| agent | `--print-env` | asks over | what is set | tried with |"
    yield "|---|---|---|---|---|"
    for agent in sorted(AGENTS.values(), key=lambda agent: agent.title.lower()):
        setup = agent.setup(at())
        kinds = {
            "environment": setup.variables,
            "a file of its own": setup.files,
            "a command, once": setup.commands,
        }
        cells = (
            f"[{agent.title}]({agent.name}.md)",
            f"`{agent.name}`",
            " or ".join(agent.speaks),
            ", ".join(kind for kind, there in kinds.items() if there),
            f"{agent.tried}, {agent.on}",
        )
        yield f"| {' | '.join(cells)} |"


def page(text: str, made: Iterator[str]) -> str:
    """Return the text of a page with what is made as it is now."""
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return "\n".join([before + BEGIN, "", *made, "", END]) + after


def pages() -> dict[str, Iterator[str]]:
    """Return what is made in each page, by the name of its file."""
    return {"index.md": table(), **{f"{name}.md": shown(one) for name, one in AGENTS.items()}}


def main() -> None:
    """Write what is made into the pages."""
    made = pages()
    for name, lines in made.items():
        path = FOLDER / name
        path.write_text(page(path.read_text(encoding="utf-8"), lines), encoding="utf-8")
    sys.stdout.write(f"{FOLDER.name}/: {len(made)} pages\n")


if __name__ == "__main__":
    main()
