"""A client that cannot be awaited is refused before anything is sent with it."""

import pytest

import unillm
from unillm.integrations.pydantic_ai import UnillmModel


def test_a_sync_client_is_refused(client: unillm.Client) -> None:
    with pytest.raises(unillm.InvalidRequestError, match="AsyncClient"):
        UnillmModel("deepseek:deepseek-v4-pro", client=client)  # pyright: ignore[reportArgumentType] - as it says
