"""What clients refuse: the same, sync and async."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from unillm._client.elsewhere import CLIENT
from unillm.types.brief import absent


class Refusals:
    """Are neither copied nor pickled, and have nothing by the names of other SDKs."""

    def __reduce__(self) -> NoReturn:
        """Refuse to be copied or pickled: connections and keys stay in the process that made them.

        Raises:
            TypeError: Always; the message says what to do instead.
        """
        message = "a client is neither copied nor pickled: share it, or make one in each process"
        raise TypeError(message)

    if not TYPE_CHECKING:  # a checker is to refuse what is not there

        def __getattr__(self, name: str) -> NoReturn:
            """Say what a method of other SDKs is called here.

            Raises:
                AttributeError: Always.
            """
            raise AttributeError(absent(self, name, CLIENT))
