"""What the page shows of the measured data, and in which words."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a table.

    Attributes:
        title: What is counted.
        job: The job that measured it.
        figure: The figure of the job.
        unit: What a cell is in.
        scale: What a measured value is multiplied with to be in this unit.
    """

    title: str
    job: str
    figure: str = "cpu"
    unit: str = "µs"
    scale: float = 1


def _ms(title: str, job: str) -> Row:
    return Row(title=title, job=job, unit="ms", scale=1 / 1000)


CALL = Row(title="sync, one after the other", job="call")
CHUNK = Row(title="sync, 500 chunks at once", job="stream")
PROMPT = _ms("4 MB, dicts", "prompt-4")
ANSWER = _ms("import to the first answer", "answer")

LINE = (
    ("a call", CALL),
    ("a streamed chunk", CHUNK),
    ("a prompt of 2,001 messages and 4 MB", PROMPT),
    ("import to a first answer", ANSWER),
)
"""What the README tells."""

TABLES = {
    "calls": (
        CALL,
        Row(title="async, one after the other", job="call-async"),
        Row(title="async, 16 at a time", job="call-16"),
        Row(title="async, 256 at a time", job="call-256"),
        Row(title="async, 16 at a time", job="call-16", figure="per_second", unit="calls/s"),
        Row(title="async, 256 at a time", job="call-256", figure="per_second", unit="calls/s"),
    ),
    "chunks": (
        CHUNK,
        Row(title="async, 500 chunks at once", job="stream-async"),
        Row(title="async, paced", job="stream-paced"),
    ),
    "first": (
        Row(title="sync", job="first", figure="first_wall"),
        Row(title="async", job="first-async", figure="first_wall"),
    ),
    "fragments": (
        Row(title="500 fragments", job="tools-500"),
        Row(title="50,000 fragments", job="tools-50000"),
        Row(title="500 fragments, async", job="tools-async"),
    ),
    "prompts": (
        _ms("1 MB, dicts", "prompt-1"),
        _ms("1 MB, messages", "prompt-1-objects"),
        PROMPT,
        _ms("4 MB, messages", "prompt-4-objects"),
    ),
    "start": (
        _ms("import", "import"),
        _ms("import, without that of other packages", "import-own"),
        ANSWER,
    ),
    "idle": (
        Row(title="beside one idle connection", job="idle-1"),
        Row(title="beside 1,000 idle connections", job="idle-1000"),
    ),
    "construct": (
        Row(title="made, sync", job="construct"),
        Row(title="made, async", job="construct-async"),
        Row(title="made, asked once and closed, sync", job="visit"),
    ),
    "memory": (
        Row(title="memory of a stream", job="memory", figure="kilobytes", unit="KB"),
        Row(title="CPU of a stream", job="memory"),
    ),
}
"""The tables of the page, by their place in `page.md`."""
