"""unillm as the chat model of LangChain and LangGraph."""

from unillm.integrations.langchain.chat_model import ChatUnillm

__all__ = ["ChatUnillm"]
