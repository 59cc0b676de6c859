"""Clients with a route over scripted providers, and calls that come whether others end or not."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import unillm
from tests.simulator.driving import Driving
from tests.simulator.hosts import Host
from tests.simulator.world import World
from unillm import Route, Timeout
from unillm._client.config import Call, Config
from unillm._flow.attempt import Exchanged
from unillm.types.health import HealthStore
from unillm.types.request import ChatRequest
from unillm.types.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(Config):
    """A configuration that plans what is sent to a target once: here all calls say the same."""

    made: dict[tuple[str, str, bool], Any] = field(default_factory=dict[Any, Any], compare=False)

    def planned(self, call: Call, request: ChatRequest, target: Target) -> Any:
        """Return how a request goes to a target."""
        key = ("plan", target.key, request.stream)
        if key not in self.made:
            self.made[key] = Config.planned(self, call, request, target)
        return self.made[key]

    def exchanged(self, call: Call, request: ChatRequest, target: Target) -> Exchanged:
        """Return a request as it is sent."""
        key = ("sent", target.key, request.stream)
        if key not in self.made:
            self.made[key] = Config.exchanged(self, call, request, target)
        return self.made[key]


PATIENT = Timeout(first_token=30.0, idle=30.0)


@dataclass
class Scene:
    """Some clients of one kind, and whom they ask.

    Attributes:
        hosts: The providers; each has a model ``m``.
        route: The route of the calls; None: the targets in their order.
        seed: What chance begins with.
        clients: How many clients there are, each with what it knows of the targets.
        streamed: Whether calls are streams.
        options: Options of the clients.
        provider: Options of their providers.
        session: Gives the session of a call, by its number; None: none has one.
        text: What all calls say.
    """

    hosts: Sequence[Host]
    route: Route | None = None
    seed: int = 1
    clients: int = 1
    streamed: bool = False
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    provider: Mapping[str, Any] = field(default_factory=dict[str, Any])
    session: Callable[[int], str] | None = None
    text: str = "Hi"

    def __post_init__(self) -> None:
        """Make the clients."""
        self.world = World(self.seed)
        self.named = {host.name: host for host in self.hosts}
        route = (
            Route([f"{host.name}:m" for host in self.hosts]) if self.route is None else self.route
        )
        providers = [
            unillm.Provider(
                host.name, base_url=f"http://{host.name}.test/v1", api_key="k", **self.provider
            )
            for host in self.hosts
        ]
        options: dict[str, Any] = {"timeout": PATIENT, **self.options}
        made = [
            unillm.Client(
                providers=providers,
                routes={"r": route},
                model="r",
                telemetry=False,
                **options,
            )
            for _ in range(self.clients)
        ]
        self.asking = [
            Kept(**{one.name: getattr(client._config, one.name) for one in fields(Config)})
            for client in made
        ]
        self.calls: list[Driving] = []

    @property
    def health(self) -> Sequence[HealthStore]:
        """Return what each client knows of the targets."""
        return [client.health for client in self.asking]

    def run(self, calls: int, *, rate: float) -> list[Driving]:
        """Have calls come at random, so many a second on average, and wait for them all."""
        moment = self.world.now
        moments: list[float] = []
        for _ in range(calls):
            moment += self.world.chance.expovariate(rate)
            moments.append(moment)
        return self.run_at(moments)

    def run_at(self, moments: Iterable[float]) -> list[Driving]:
        """Have calls come at these moments, and wait for them all."""
        for moment in moments:
            self.world.at(moment, self._call)
        self.world.run()
        self.require_nothing_left()
        return self.calls

    def make(self, **options: Any) -> Driving:
        """Make a call that has not begun; must be done while the world runs."""
        client = self.asking[len(self.calls) % len(self.asking)]
        if self.session is not None:
            options["session"] = self.session(len(self.calls))
        call = Call(self.text, None, None, None, options, stream=self.streamed)
        flow, operation, _ = client.operation(call, asynchronous=False)
        driving = Driving(self.world, self.named, flow, operation)
        self.calls.append(driving)
        return driving

    def require_nothing_left(self) -> None:
        """See that nothing is held any more: no place, no exchange, no call."""
        assert all(call.ended is not None for call in self.calls), self.told
        assert not any(host.live for host in self.hosts), self.told
        for health in self.health:
            stats = health.look(health.keys(), self.world.now)
            assert not any(one.in_flight for one in stats), self.told

    @property
    def told(self) -> str:
        """Return what a test says that fails."""
        return f"seed {self.seed}"

    def _call(self) -> None:
        self.make().go()


def won(calls: Iterable[Driving]) -> int:
    """Return how many calls were answered."""
    return sum(call.error is None for call in calls)


def quantile(figures: Iterable[float], share: float) -> float:
    """Return what a share of figures does not pass."""
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
