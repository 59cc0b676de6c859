"""A new interpreter: what the import of a client costs, and what it costs up to a first answer."""

from benchmarks.import_cost import cpu_seconds
from benchmarks.speed import wire
from benchmarks.speed.peers import Peer
from benchmarks.speed.processes import environment
from benchmarks.speed.watch import MICRO

IMPORTS = {"unillm": "unillm", "httpx": "httpx", "openai": "openai", "litellm": "litellm"}

ANSWERS = {
    "unillm": """
import unillm
provider = unillm.Provider("bench", base_url={url!r}, api_key="key")
text = unillm.Client(providers=[provider]).chat("Hi", model="bench:bench-1").text
""",
    "httpx": """
import httpx
body = {{"model": "bench-1", "messages": [{{"role": "user", "content": "Hi"}}]}}
headers = {{"authorization": "Bearer key"}}
response = httpx.Client(headers=headers).post({url!r} + "/chat/completions", json=body)
text = response.json()["choices"][0]["message"]["content"]
""",
    "openai": """
import openai
client = openai.OpenAI(base_url={url!r}, api_key="key")
messages = [{{"role": "user", "content": "Hi"}}]
answer = client.chat.completions.create(model="bench-1", messages=messages)
text = answer.choices[0].message.content
""",
    "litellm": """
import litellm
messages = [{{"role": "user", "content": "Hi"}}]
options = {{"api_base": {url!r}, "api_key": "key"}}
answer = litellm.completion(model="openai/bench-1", messages=messages, **options)
text = answer.choices[0].message.content
""",
}


def imported(peer: Peer) -> dict[str, float]:
    """Return microseconds of CPU for an import, without those of a bare interpreter."""
    return _cost(peer, f"import {IMPORTS[peer.name]}")


def answered(peer: Peer, server: str) -> dict[str, float]:
    """Return microseconds of CPU from the import to a first answer, likewise."""
    code = ANSWERS[peer.name].format(url=f"{server}/text/v1")
    return _cost(peer, f"{code}assert text == {wire.TEXT!r}, text\n")


def _cost(peer: Peer, code: str) -> dict[str, float]:
    env = environment(peer)
    bare = cpu_seconds("pass", python=peer.python, env=env)
    return {"cpu": (cpu_seconds(code, python=peer.python, env=env) - bare) * MICRO}
