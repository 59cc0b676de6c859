"""What a fake provider has beside chat: balances, and text that goes on."""

from __future__ import annotations

from typing import Any

from unillm.testing._chunks import CREATED
from unillm.testing._error import error
from unillm.testing._usage import usage_of
from unillm.testing.answer import Answer
from unillm.testing.raw import Raw
from unillm.testing.seen import Seen

__all__ = ["completed", "told"]

_BALANCE = {
    "is_available": True,
    "balance_infos": [
        {
            "currency": "USD",
            "total_balance": "110.00",
            "granted_balance": "10.00",
            "topped_up_balance": "100.00",
        }
    ],
}
_CREDITS = {"data": {"total_credits": 110.0, "total_usage": 10.5}}
_TOLD: dict[str, Any] = {"/user/balance": _BALANCE, "/credits": _CREDITS}


def told(seen: Seen) -> Raw | None:
    """Return what is left on the account, as DeepSeek or OpenRouter tells it; None: not asked."""
    found = (body for path, body in _TOLD.items() if seen.path.endswith(path))
    body = next(found, None)
    return None if body is None else Raw.of_json(body)


def completed(seen: Seen, answer: Answer | None) -> Raw:
    """Return the text between a beginning and an end."""
    prompt, suffix = seen.fields.get("prompt"), seen.fields.get("suffix")
    if not isinstance(prompt, str):
        return error("'prompt' must be a string.", status=400, param="prompt")
    said = answer or Answer(f"[between {prompt!r} and {suffix!r}]")
    choice = {"index": 0, "text": said.text or "", "logprobs": None, "finish_reason": said.finish}
    return Raw.of_json(
        {
            "id": "cmpl-fake",
            "object": "text_completion",
            "created": CREATED,
            "model": said.model or seen.model,
            "choices": [choice],
            "usage": usage_of(seen, said),
        },
        headers=said.headers,
    )
