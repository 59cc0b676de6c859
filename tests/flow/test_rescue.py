"""Text that is held back, because it may be a call, is a sign of life all the same."""

from tests.flow.reading import World, chunk, flow_of
from tests.wire.test_rescued import Brackets
from unillm import Timeout
from unillm._flow.effects import Read

DONE = b"data: [DONE]\n\n"


def test_the_first_token_has_come_though_nothing_is_shown():
    timeout = Timeout(connect=5, first_token=10, idle=2, total=60)
    flow, _ = flow_of(timeout=timeout, rescuer=Brackets)
    script = [200, (3, chunk(content="[[not")), (1, chunk(content=" yet")), chunk("stop"), DONE]
    world = World(flow, *script)
    response = world.run()
    first, second, third, *_ = (read.until for read in world.of(Read))
    assert first == 110.0
    assert (second, third) == (103.0 + 2, 104.0 + 2)
    assert response.attempts[0].first_token == 3.0
    assert response.text == "[[not yet"
