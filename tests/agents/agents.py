"""The agents: where they are, how they are pointed at an address, and run once without a person.

How each is configured was tried with the versions in ``npm/*/package-lock.json`` and
``environments.toml``, 2026-11-29.
"""

from __future__ import annotations

import json

from tests.agents.agent import FOLDER, TASK, Agent, Place, Setup

__all__ = ["AGENTS"]

_TIER1, _TIER2 = "tier1/node_modules", "tier2/node_modules"
_GOOSE = f"{_TIER1}/@aaif/goose-binary-linux-x64/bin/goose"

# The binaries themselves: what is in .bin waits for an install script, and none are run here.
_CLAUDE = f"{_TIER2}/@anthropic-ai/claude-code-linux-x64/claude"
_OPENCODE = f"{_TIER2}/opencode-linux-x64/bin/opencode"

_AIDER = ("--yes-always", "--no-check-update", "--analytics-disable", "--no-git")


def _at(program: str) -> str:
    return str(FOLDER / program)


def _goose(place: Place) -> Setup:
    env = {
        "GOOSE_PROVIDER": "openai",
        "GOOSE_MODEL": place.model,
        "OPENAI_HOST": place.url,
        "OPENAI_BASE_PATH": "v1/chat/completions",
        "OPENAI_API_KEY": place.key,
        "GOOSE_DISABLE_KEYRING": "1",
        "GOOSE_MODE": "auto",
    }
    return Setup([_at(_GOOSE), "run", "--no-session", "-t", TASK], env)


def _codex(place: Place) -> Setup:
    config = (
        f'model = "{place.model}"\nmodel_provider = "here"\n[model_providers.here]\nname = "here"\n'
        f'base_url = "{place.base_url}"\nwire_api = "responses"\nenv_key = "HERE_KEY"\n'
    )
    run = ["exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", TASK]
    return Setup(
        [_at(f"{_TIER1}/.bin/codex"), *run], {"HERE_KEY": place.key}, {".codex/config.toml": config}
    )


def _pi(place: Place) -> Setup:
    models = [{"id": place.model, "reasoning": True}]
    here = {
        "baseUrl": place.base_url,
        "api": "openai-completions",
        "apiKey": place.key,
        "models": models,
    }
    run = ["-p", "--offline", "--no-session", "--provider", "here", "--model", place.model, TASK]
    files = {".pi/agent/models.json": json.dumps({"providers": {"here": here}})}
    return Setup([_at(f"{_TIER1}/.bin/pi"), *run], files=files)


def _qwen(place: Place) -> Setup:
    env = {
        "OPENAI_API_KEY": place.key,
        "OPENAI_BASE_URL": place.base_url,
        "OPENAI_MODEL": place.model,
    }
    return Setup([_at(f"{_TIER1}/.bin/qwen"), "--auth-type", "openai", "-y", "-p", TASK], env)


def _continue(place: Place) -> Setup:
    model = {
        "name": "here",
        "provider": "openai",
        "model": place.model,
        "apiBase": place.base_url,
        "apiKey": place.key,
        "roles": ["chat"],
        "capabilities": ["tool_use"],
    }
    config = {"name": "here", "version": "1.0.0", "schema": "v1", "models": [model]}
    path = "continue.yaml"
    run = ["-p", "--config", str(place.home / path), "--auto", TASK]
    return Setup([_at(f"{_TIER1}/.bin/cn"), *run], files={path: json.dumps(config)})


def _claude(place: Place) -> Setup:
    env = {
        "ANTHROPIC_BASE_URL": place.url,
        "ANTHROPIC_AUTH_TOKEN": place.key,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "ANTHROPIC_SMALL_FAST_MODEL": place.model,
    }
    allowed = ["--permission-mode", "acceptEdits", "--allowedTools", "Write,Bash"]
    run = ["-p", TASK, "--model", place.model, *allowed]
    return Setup([_at(_CLAUDE), *run], env)


def _opencode(place: Place) -> Setup:
    here = {
        "npm": "@ai-sdk/openai-compatible",
        "options": {"baseURL": place.base_url, "apiKey": place.key},
        "models": {place.model: {"name": place.model}},
    }
    path = ".config/opencode/opencode.json"
    run = ["run", "--auto", "-m", f"here/{place.model}", TASK]
    return Setup(
        [_at(_OPENCODE), *run],
        {"OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_AUTOUPDATE": "1"},
        {path: json.dumps({"provider": {"here": here}})},
    )


def _cline(place: Place) -> Setup:
    cline, kind = _at(f"{_TIER2}/.bin/cline"), "openai-compatible"
    auth = ["auth", "-p", kind, "-k", place.key, "-m", place.model, "-b", place.base_url]
    run = ["--auto-approve", "true", "-t", "60", "-P", kind, "-m", place.model, TASK]
    return Setup([cline, *run], before=([cline, *auth],))


def _aider(place: Place) -> Setup:
    where = ["--openai-api-base", place.base_url, "--openai-api-key", place.key]
    run = [
        *_AIDER,
        "--no-show-model-warnings",
        "--model",
        f"openai/{place.model}",
        "--message",
        TASK,
    ]
    return Setup([_at("aider/bin/aider"), *where, *run, "hello.txt"])


def _mini(place: Place) -> Setup:
    env = {
        "OPENAI_API_BASE": place.base_url,
        "OPENAI_API_KEY": place.key,
        "MSWEA_COST_TRACKING": "ignore_errors",
        "MSWEA_CONFIGURED": "true",
    }
    run = ["-y", "--exit-immediately", "-m", f"openai/{place.model}", "-t", TASK, "-o", "t.json"]
    return Setup([_at("mini/bin/mini"), *run], env)


AGENTS: dict[str, Agent] = {
    agent.name: agent
    for agent in (
        Agent("goose", 1, _GOOSE, "chat", 3, _goose),
        Agent(
            "codex",
            1,
            f"{_TIER1}/.bin/codex",
            "responses",
            2,
            _codex,
            alone=("--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"),
        ),
        Agent("pi", 1, f"{_TIER1}/.bin/pi", "chat", 2, _pi, alone=("--offline", "--no-session")),
        Agent("qwen", 1, f"{_TIER1}/.bin/qwen", "chat", 2, _qwen, alone=("-y",)),
        Agent("continue", 1, f"{_TIER1}/.bin/cn", "chat", 2, _continue, alone=("--auto",)),
        Agent(
            "claude",
            2,
            _CLAUDE,
            "messages",
            2,
            _claude,
            alone=("--permission-mode", "acceptEdits", "--allowedTools", "Write,Bash"),
        ),
        Agent("opencode", 2, _OPENCODE, "chat", 3, _opencode, alone=("--auto",)),
        Agent(
            "cline",
            2,
            f"{_TIER2}/.bin/cline",
            "chat",
            2,
            _cline,
            alone=("--auto-approve", "true", "-t", "60"),
        ),
        Agent(
            "aider",
            2,
            "aider/bin/aider",
            "chat",
            1,
            _aider,
            said="hello.txt\n```\nhi\n```\n",
            alone=(*_AIDER, "--message", f'"{TASK}"', "hello.txt"),
            calls_tools=False,
        ),
        Agent(
            "mini",
            2,
            "mini/bin/mini",
            "chat",
            2,
            _mini,
            ending="echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT",
            alone=("-y", "--exit-immediately", "-o", "t.json"),
            streams=False,
        ),
    )
}
