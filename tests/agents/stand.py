"""A fake provider, a gateway before it or none, and a relay that agents are pointed at."""

from __future__ import annotations

import tempfile
import uuid
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Self

from tests.agents.agent import TASK, Agent
from tests.agents.bill import attempts_in, differences, settled
from tests.agents.model import Model
from tests.agents.playing import PATIENCE, Played, new_place, play, remove
from tests.agents.printed import as_printed
from tests.agents.relay import Relay
from tests.agents.troubles import Trouble
from tests.agents.ways import KEY, MODEL, UPSTREAM_KEY, Gateway, Way
from unillm.testing import FakeProvider, Served

__all__ = ["Stand"]

_QUEUED = 200
"""How many answers are queued for a run; no run gets so far."""


class Stand:
    """Play runs, one after the other, by one way."""

    def __init__(self, way: Way) -> None:
        """Describe it; nothing is started yet."""
        self.way = way
        self.fake = FakeProvider(api_key=UPSTREAM_KEY)
        self.relay = Relay()
        self.gateway: Gateway | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start all of it."""
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="agents-")))
        self._stack.enter_context(self.fake)
        self._stack.enter_context(self.relay)
        if self.way.start is not None:
            gateway = Gateway(self.way, self.fake.base_url, self.folder)
            self.gateway = self._stack.enter_context(gateway)
        return self

    def __exit__(self, *raised: object) -> None:
        """Stop all of it."""
        self._stack.close()

    def play(self, agent: Agent, trouble: Trouble) -> Played:
        """Run an agent once, with one thing that goes wrong, and look at the bill."""
        key = KEY if self.gateway else UPSTREAM_KEY
        place = new_place(self.relay.url, key, MODEL, self.folder)
        model = Model(place.work, trouble, said=agent.said, ending=agent.ending)
        kept = len(attempts_in(self._ledger))
        self.fake.clear()
        self.fake.enqueue(*[model.as_fault()] * _QUEUED)
        port = self.gateway.port if self.gateway else self.fake.port
        self.relay.begin(port, agent.requests + PATIENCE)
        try:
            setup = as_printed(agent, place) if self.way.printed else agent.setup(place)
            played = play(setup, model, self.relay, place, uuid.uuid4().hex)
            made = played.made and model.ended > 0
            problems = [*self._bill(kept), *self._leaks()]
            return replace(played, made=made, upstream=len(self._chats()), problems=tuple(problems))
        finally:
            self.fake.clear()
            remove(place)

    @property
    def _ledger(self) -> Path:
        return self.folder / "ledger.db"

    def _chats(self) -> list[Served]:
        """Return what the provider served of its model."""
        ends = ("/chat/completions", "/responses")
        return [one for one in self.fake.served if one.seen.path.endswith(ends)]

    def _bill(self, kept: int) -> list[str]:
        if not self.way.is_ours:
            return []
        self.fake.wait(in_flight=0)
        chats = self._chats()
        return differences(settled(self._ledger, kept, len(chats)), chats)

    def _leaks(self) -> list[str]:
        """Return which secrets and words of the prompt are in what the gateway printed or kept."""
        if self.gateway is None or not self.way.is_ours:
            return []
        written = [self.gateway.log, *self.folder.glob("ledger.db*")]
        text = b"".join(path.read_bytes() for path in written)
        secrets = {"the agent's key": KEY, "the provider's key": UPSTREAM_KEY, "the task": TASK}
        return [
            f"{name} was written" for name, secret in secrets.items() if secret.encode() in text
        ]
