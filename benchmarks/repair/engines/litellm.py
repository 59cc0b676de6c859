"""What LiteLLM does to the arguments of a tool call."""

from typing import Any

from litellm.litellm_core_utils.prompt_templates.common_utils import parse_tool_call_arguments

from benchmarks.repair.play import Repair


def engine(_: dict[str, Any] | None) -> Repair:
    """Return the parser, which looks at no schema."""
    return lambda text, _: (parse_tool_call_arguments(text), None)
