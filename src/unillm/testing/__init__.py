"""Tools for tests: a fake provider with named faults, and recordings of real conversations.

>>> from unillm.testing import Answer, FakeProvider, faults
>>> with FakeProvider() as fake:
...     fake.enqueue(Answer("Hello"), faults.get("cut-in-text"))
"""

from unillm.testing import faults
from unillm.testing.answer import Answer, FakeCall
from unillm.testing.fake import FakeProvider
from unillm.testing.faults import Fault
from unillm.testing.raw import Raw
from unillm.testing.recording import Recording, RecordingError, recording
from unillm.testing.seen import Seen

__all__ = [
    "Answer",
    "FakeCall",
    "FakeProvider",
    "Fault",
    "Raw",
    "Recording",
    "RecordingError",
    "Seen",
    "faults",
    "recording",
]
