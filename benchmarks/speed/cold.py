"""A new interpreter: what the import of a client costs, and what it costs up to a first answer."""

import subprocess

from benchmarks.import_cost import cpu_seconds
from benchmarks.speed import wire
from benchmarks.speed.peers import Peer
from benchmarks.speed.processes import environment
from benchmarks.speed.watch import MICRO

IMPORTS = {
    "unillm": "import unillm; unillm.Client, unillm.AsyncClient",  # which it loads when named
    "httpx": "import httpx",
    "openai": "import openai",
    "litellm": "import litellm",
    "any_llm": "import any_llm",
    "pydantic_ai": "import pydantic_ai, pydantic_ai.models.openai",
}

OWN = """
import sys, time
from importlib import import_module
for name in {others!r}:
    import_module(name)
began = time.process_time()
{code}
print(time.process_time() - began)
"""
LOADED = """
import sys
before = set(sys.modules)
{code}
ours = lambda name: name.partition(".")[0] == {package!r}
print(*[name for name in sys.modules if name not in before and not ours(name)])
"""

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
    "unillm_aiohttp": """
import asyncio, unillm
async def ask():
    provider = unillm.Provider("bench", base_url={url!r}, api_key="key")
    async with unillm.AsyncClient(providers=[provider], transport="aiohttp") as client:
        return (await client.chat("Hi", model="bench:bench-1")).text
text = asyncio.run(ask())
""",
    "any_llm": """
import any_llm
messages = [{{"role": "user", "content": "Hi"}}]
options = {{"provider": "openai", "api_base": {url!r}, "api_key": "key"}}
text = any_llm.completion(model="bench-1", messages=messages, **options).choices[0].message.content
""",
    "pydantic_ai": """
from pydantic_ai import ModelRequest
from pydantic_ai.direct import model_request_sync
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
model = OpenAIChatModel("bench-1", provider=OpenAIProvider(base_url={url!r}, api_key="key"))
text = model_request_sync(model, [ModelRequest.user_text_prompt("Hi")]).text
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
    return _cost(peer, IMPORTS[peer.name])


def own(peer: Peer) -> dict[str, float]:
    """Return microseconds of CPU for an import after those of all that it brings."""
    code = IMPORTS[peer.name]
    others = _printed(peer, LOADED.format(code=code, package=peer.name)).split()
    return {"cpu": float(_printed(peer, OWN.format(code=code, others=others))) * MICRO}


def answered(peer: Peer, server: str) -> dict[str, float]:
    """Return microseconds of CPU from the import to a first answer, likewise."""
    code = ANSWERS[peer.name].format(url=f"{server}/text/v1")
    return _cost(peer, f"{code}assert text == {wire.TEXT!r}, text\n")


def _printed(peer: Peer, code: str) -> str:
    command, env = [str(peer.python), "-c", code], environment(peer)
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout


def _cost(peer: Peer, code: str) -> dict[str, float]:
    env = environment(peer)
    bare = cpu_seconds("pass", python=peer.python, env=env)
    return {"cpu": (cpu_seconds(code, python=peer.python, env=env) - bare) * MICRO}
