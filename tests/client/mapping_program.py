"""A program that makes many calls, to be killed and to be measured.

python mapping_program.py <base url> <sync or asyncio> <rows> <checkpoint or ->
"""

import asyncio
import json
import resource
import sys
from collections import Counter

import unillm

BASE_URL, WAY, COUNT, PATH = sys.argv[1:]
OPTIONS = {
    "providers": [unillm.Provider("fake", base_url=BASE_URL, api_key="k")],
    "model": "fake:fake-model",
    "retry": unillm.RetryPolicy(first_wait=0.01),
}
MAP = {"concurrency": 32, "checkpoint": None if PATH == "-" else PATH}


def words():
    return (f"row {number}" for number in range(int(COUNT)))


class Sum:
    """What came of the rows, which are not kept."""

    def __init__(self):
        self.count = self.right = self.resumed = 0
        self.errors = Counter()

    def add(self, row):
        assert row.index == self.count
        assert (row.response is None) != (row.error is None)
        self.count += 1
        self.resumed += row.resumed
        if row.error is not None:
            self.errors[type(row.error).__name__] += 1
        else:
            self.right += row.response.text == f"You said: {row.input}"


async def in_tasks(came):
    async with unillm.AsyncClient(**OPTIONS) as client:
        async for row in client.map(words(), **MAP):
            came.add(row)


def main():
    came = Sum()
    if WAY == "sync":
        with unillm.Client(**OPTIONS) as client:
            for row in client.map(words(), **MAP):
                came.add(row)
    else:
        asyncio.run(in_tasks(came))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stdout.write(json.dumps({**vars(came), "peak": peak}))


main()
