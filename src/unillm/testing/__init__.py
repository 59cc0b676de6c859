"""Tools for tests: a fake provider with named faults, with sockets or without, and recordings.

>>> from unillm.testing import Answer, FakeProvider, faults
>>> with FakeProvider() as fake:
...     fake.enqueue(Answer("Hello"), faults.get("cut-in-text"))
"""

from unillm.testing import faults, rules
from unillm.testing._scripted import FakeOptions
from unillm.testing.answer import Answer, FakeCall
from unillm.testing.batch import FakeBatch
from unillm.testing.fake import FakeProvider
from unillm.testing.fake_transport import AsyncFakeTransport, FakeTransport
from unillm.testing.faults import Fault
from unillm.testing.raw import Raw
from unillm.testing.recordings import Recording, RecordingError, recording
from unillm.testing.rules import Rules
from unillm.testing.seen import Seen
from unillm.testing.served import Served, Tally

__all__ = [
    "Answer",
    "AsyncFakeTransport",
    "FakeBatch",
    "FakeCall",
    "FakeOptions",
    "FakeProvider",
    "FakeTransport",
    "Fault",
    "Raw",
    "Recording",
    "RecordingError",
    "Rules",
    "Seen",
    "Served",
    "Tally",
    "faults",
    "recording",
    "rules",
]
