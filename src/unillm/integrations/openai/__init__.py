"""Be the model behind clients of the `openai` package, in this process and without a server.

``openai_client(unillm.Client())`` is an ``openai.OpenAI`` whose calls unillm answers: any provider,
any route, with calls of tools repaired, streams verified and costs kept. `transport` is the same
for whatever takes a transport of httpx or httpx2. Nothing is imported of openai unless it is used.
"""

from unillm.integrations.openai.clients import openai_client
from unillm.integrations.openai.transports import transport

__all__ = ["openai_client", "transport"]
