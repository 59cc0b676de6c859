"""What is to be set for each agent that it asks a gateway. One file, one agent."""

from __future__ import annotations

from types import MappingProxyType

from unillm.gateway.agents import (
    aider,
    anthropic,
    claude,
    cline,
    codex,
    continuing,
    goose,
    mini,
    openai,
    opencode,
    pi,
    qwen,
)
from unillm.gateway.agents.agent import Agent, File, Gateway, Setup
from unillm.gateway.agents.printed import printed

__all__ = ["AGENTS", "CANNOT", "Agent", "File", "Gateway", "Setup", "printed"]

_FILES = (
    aider,
    anthropic,
    claude,
    cline,
    codex,
    continuing,
    goose,
    mini,
    openai,
    opencode,
    pi,
    qwen,
)
AGENTS = MappingProxyType({file.AGENT.name: file.AGENT for file in _FILES})
"""All of them, by their names."""

CANNOT = MappingProxyType(
    {
        # cursor/cursor#2520, askalf/dario#190, read 2026-11-23; not tried.
        "cursor": "Cursor cannot ask a gateway on this machine: its own servers make the requests, "
        "also with a base URL of yours, and refuse addresses of private networks",
    }
)
"""Those that cannot, and why."""
