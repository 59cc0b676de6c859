"""An agent set up by what `unillm serve --print-env` prints for it, and by nothing else."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.agents.agent import ROOT, TASK, Agent, Place, Setup

__all__ = ["as_printed"]

_THEN = "# then: "
_QUESTIONS = ('"What is this project about?"', "'What is this project about?'")


def as_printed(agent: Agent, place: Place) -> Setup:
    """Return a setup that evaluates what is printed, and runs the command that it ends with.

    What a person would be asked is answered by flags (`Agent.alone`), and the question is the task.

    Raises:
        subprocess.CalledProcessError: It prints nothing for that agent.
    """
    port = place.url.rpartition(":")[2]
    asked = ["serve", "--print-env", agent.name, "--model", place.model, "--port", port]
    program = "from unillm.cli.main import main; main()"
    env = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(place.home),
        "PYTHONPATH": str(ROOT / "src"),
        "UNILLM_SERVE_KEY": place.key,
    }
    told = subprocess.run(
        [sys.executable, "-c", program, *asked], env=env, capture_output=True, text=True, check=True
    ).stdout
    *_, last = told.strip().splitlines()
    command = last.removeprefix(_THEN)
    for question in _QUESTIONS:
        command = command.replace(question, f'"{TASK}"')
    programs = place.home / "programs"
    programs.mkdir()
    (programs / command.split()[0]).symlink_to(agent.path)
    script = f'PATH="{programs}:$PATH"\n{told}\n{command} {" ".join(agent.alone)}\n'
    return Setup(["bash", "-e", "-c", script])
