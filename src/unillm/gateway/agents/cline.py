"""Cline in a terminal, over Chat Completions."""

from __future__ import annotations

import shlex

from unillm.gateway.agents.agent import ASKED, Agent, Gateway, Setup

_KIND = "openai-compatible"


def _setup(gateway: Gateway) -> Setup:
    where = ("-k", gateway.key, "-m", gateway.model, "-b", gateway.url)
    run = ("cline", "-P", _KIND, "-m", gateway.model, ASKED)
    return Setup(commands=(("cline", "auth", "-p", _KIND, *where),), first=shlex.join(run))


AGENT = Agent(
    name="cline",
    title="Cline",
    speaks=("Chat Completions",),
    setup=_setup,
    tried="3.0.65",
    on="2026-11-29",
    source="cline auth --help",
)
