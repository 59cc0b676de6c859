"""Giving all cases to one engine, in a process of its own."""

import json
import os
import subprocess
from collections.abc import Sequence
from typing import Any

from benchmarks.repair.cases import Case
from benchmarks.repair.outcome import Answer
from benchmarks.repair.peers import ROOT, Peer

PATIENCE = 1200.0
"""Seconds for all cases together."""

_KEPT = ("PATH", "HOME", "LANG", "PYTHONPATH", "SYSTEMROOT", "TMPDIR")


def asked(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return what an engine is told of the cases: nothing of what is right."""
    return [
        {
            "text": case.text,
            "schema": case.schema,
            "schema_id": str(id(case.schema)),
            "finish_reason": case.finish_reason,
        }
        for case in cases
    ]


def measure(peer: Peer, cases: Sequence[Case]) -> tuple[dict[str, str], list[Answer]]:
    """Return the versions and an answer for each case.

    Raises:
        RuntimeError: The process died, or took too long.
    """
    # No key, no proxy and no setting of whoever runs this reaches an engine.
    environment = {key: os.environ[key] for key in _KEPT if key in os.environ}
    done = subprocess.run(
        peer.command,
        cwd=ROOT,
        env=environment | dict(peer.environment),
        input="".join(json.dumps(each) + "\n" for each in asked(cases)),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    # Not `splitlines`: JavaScript writes U+2028 as it is.
    lines = [json.loads(line) for line in done.stdout.split("\n") if line]
    versions, told = (lines[0], lines[1:]) if lines else ({}, [])
    if done.returncode or len(told) != len(cases):
        last = " ".join(done.stderr.strip().splitlines()[-6:])
        message = f"{peer.title} answered {len(told)} of {len(cases)} cases: {last}"
        raise RuntimeError(message)
    return versions, [Answer(**each) for each in told]
