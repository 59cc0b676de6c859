"""Whether a history may be sent: what every provider wants of one."""

from unillm import AssistantMessage, ToolMessage


def require_valid(messages):
    """See that each call has exactly one answer, right behind the answer that made it."""
    waiting = []
    for message in messages:
        if isinstance(message, ToolMessage):
            assert message.tool_call_id in waiting, f"{message} answers nothing"
            waiting.remove(message.tool_call_id)
            continue
        assert waiting == [], f"before {message} there is no answer to {waiting}"
        if isinstance(message, AssistantMessage):
            waiting = [call.id for call in message.tool_calls]
            assert len(set(waiting)) == len(waiting)
    assert waiting == [], f"there is no answer to {waiting}"


def results(messages):
    """Give what tools are said to have given."""
    return [message.content for message in messages if isinstance(message, ToolMessage)]
