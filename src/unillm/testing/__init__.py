"""Tools for tests: a fake provider over real sockets, with named faults.

>>> from unillm.testing import Answer, FakeProvider, faults
>>> with FakeProvider() as fake:
...     fake.enqueue(Answer("Hello"), faults.get("cut-in-text"))
"""

from unillm.testing import faults
from unillm.testing.answer import Answer, FakeCall
from unillm.testing.fake import FakeProvider
from unillm.testing.faults import Fault
from unillm.testing.raw import Raw
from unillm.testing.seen import Seen

__all__ = ["Answer", "FakeCall", "FakeProvider", "Fault", "Raw", "Seen", "faults"]
