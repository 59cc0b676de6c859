"""unillm as the chat model of LangChain and LangGraph."""

from unillm.integrations.needs import need

need("langchain_core", "langchain")

# ruff: noqa: E402 - the rest needs what was looked for
from unillm.integrations.langchain.chat_model import ChatUnillm

__all__ = ["ChatUnillm"]
