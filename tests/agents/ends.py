"""How a stream can end that has begun and then failed for good, and what agents make of it.

`python -m tests.agents.ends` prints the table of ``docs/decisions/gateway-ends.md``: each agent
asks a server directly whose first answer with calls breaks off after some text, in one of four
ways. It is done when the agent asks again, and the file is there.
"""

from __future__ import annotations

import sys
from typing import Literal

from tests.agents.agents import AGENTS
from tests.agents.run import cells, played
from tests.agents.troubles import Make, Trouble, spoken
from tests.agents.ways import WAYS
from unillm.testing import Answer, FakeCall, Raw, Seen
from unillm.testing._chunks import Chunks
from unillm.testing._render import event as named
from unillm.testing._responses.spoken import stream_of
from unillm.testing.raw import Segment

__all__ = ["ENDS"]

_SAID = "I will make the file"
_ERROR = {
    "error": {
        "message": "The provider broke off the answer.",
        "type": "api_error",
        "param": None,
        "code": "incomplete_stream",
    }
}
_FAILED = {"error": {"code": "server_error", "message": "The provider broke off the answer."}}


def _ending(end: Literal["eof", "cut"], *, event: bool) -> Make:
    def make(seen: Seen, calls: list[FakeCall], turn: int) -> Answer | Raw:
        if turn > 1:
            return spoken(seen, Answer(tool_calls=calls))
        told = _begun_response(seen, event=event) if seen.api == "responses" else None
        return Raw(segments=told or _begun_chat(seen, event=event), end=end)

    return make


def _begun_chat(seen: Seen, *, event: bool) -> list[Segment]:
    c = Chunks(seen)
    told = [c.role(), *(c.text(f"{word} ") for word in _SAID.split()), *([_ERROR] if event else [])]
    return list(Raw.of_events(*told, done=False).segments)


def _begun_response(seen: Seen, *, event: bool) -> list[Segment]:
    told = list(stream_of(seen, Answer(_SAID)))
    begun = told[: [one["type"] for one in told].index("response.output_text.done")]
    failed = {
        "type": "response.failed",
        "sequence_number": len(begun),
        "response": {**told[-1]["response"], "status": "failed", "output": [], **_FAILED},
    }
    return [named(one) for one in [*begun, *([failed] if event else [])]]


ENDS: dict[str, Trouble] = {
    one.name: one
    for one in (
        Trouble("event, closed", "", _ending("eof", event=True), broken=1),
        Trouble("event, cut", "", _ending("cut", event=True), broken=1),
        Trouble("closed", "", _ending("eof", event=False), broken=1),
        Trouble("cut", "", _ending("cut", event=False), broken=1),
    )
}


def main() -> int:
    """Play all of it, and print a row for each agent."""
    named = [name for name in sys.argv[1:] if name != "-v"]
    agents = [
        agent
        for agent in AGENTS.values()
        if agent.face != "messages"
        and agent.streams
        and agent.installed
        and agent.calls_tools
        and (not named or agent.name in named)
    ]
    told: dict[tuple[str, str], str] = {}
    for cell, run in played(cells(agents, [WAYS["direct"]], list(ENDS.values()))):
        extra = len(run.asked) - cell.agent.requests
        if "-v" in sys.argv:
            print(run.output, file=sys.stderr)
        told[cell.agent.name, cell.trouble.name] = f"done, {extra} more" if run.made else "not done"
        print(
            cell, told[cell.agent.name, cell.trouble.name], f"{run.seconds:.1f} s", file=sys.stderr
        )
    print("| agent |", " | ".join(ENDS), "|")
    print("|---|", "---|" * len(ENDS), sep="")
    for agent in agents:
        print(f"| {agent.name} |", " | ".join(told[agent.name, end] for end in ENDS), "|")
    return 0


if __name__ == "__main__":
    sys.exit(main())
