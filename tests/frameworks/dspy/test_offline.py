"""No request goes anywhere but to whom unillm was told to ask."""

import os
import subprocess
import sys

from unillm.testing import FakeProvider

PROGRAM = """
import socket, sys, tempfile, os
os.environ["DSPY_CACHEDIR"] = tempfile.mkdtemp()
tried, connect, look_up = [], socket.socket.connect, socket.getaddrinfo
def guarded(self, address):
    if address[0] != "127.0.0.1":
        tried.append(address)
        raise ConnectionRefusedError
    return connect(self, address)
def guarded_look_up(host, *rest, **more):
    if host != "127.0.0.1":
        tried.append(host)
        raise socket.gaierror(host)
    return look_up(host, *rest, **more)
socket.socket.connect, socket.getaddrinfo = guarded, guarded_look_up
import dspy
from unillm.integrations.dspy import lm
asked = lm("deepseek:deepseek-v4-pro")
dspy.configure(lm=asked, adapter=dspy.JSONAdapter())
print(dspy.Predict("question -> answer")(question="Where?").answer)
print(tried, "litellm" in sys.modules)
"""


def test_dspy_fetches_nothing_with_nothing_switched_off(fake: FakeProvider) -> None:
    fake.enqueue('{"answer": "Paris"}')
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LITELLM_", "DSPY_"))}
    env = kept | {"DEEPSEEK_API_KEY": "test", "DEEPSEEK_BASE_URL": fake.base_url}
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=False
    )
    assert ended.stdout.splitlines() == ["Paris", "[] False"], ended.stderr
