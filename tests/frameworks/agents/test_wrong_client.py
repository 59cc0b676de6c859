"""A client that cannot be awaited is refused before anything is sent with it."""

import pytest

import unillm
from unillm.integrations.agents import UnillmProvider


def test_a_sync_client_is_refused(client: unillm.Client) -> None:
    given = client  # what a checker would refuse as well
    with pytest.raises(unillm.InvalidRequestError, match="AsyncClient"):
        UnillmProvider(given)  # pyright: ignore[reportArgumentType] - as it says
