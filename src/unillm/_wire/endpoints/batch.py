"""OpenAI's Batch API: the lines of its files, and what it says of a batch.

As openai-python 3.57.0 has it (openai/types/batch.py, batch_create_params.py, batch_error.py, read
2026-11-28). Together says the same in capitals
(https://docs.together.ai/docs/inference/batch/manage, read 2026-11-28).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic_core import from_json, to_json

from unillm import errors
from unillm._wire.endpoints.answered import text, whole
from unillm._wire.failure import failure_from_status, failure_in_band
from unillm._wire.interface import interface
from unillm.errors import MalformedResponseError, UnillmError
from unillm.types.dataclass import dataclass
from unillm.types.facts import Api
from unillm.types.json import JsonObject, is_list, is_object

TAG = "unillm"
"""The name of the label by which a batch is found again."""
_OVER = frozenset({"completed", "failed", "expired", "cancelled"})
_OK = frozenset({200, 201})
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._:-]*")
"""An id that may go into a path: it leads nowhere else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchState:
    """How far a batch is.

    Attributes:
        id: Its id.
        status: The provider's word, in small letters.
        done: How many requests were answered.
        failed: How many failed.
        files: The files of answers and errors that are there.
        why: Why it failed as a whole; empty: nobody said.
        began: When it was made, in seconds since 1970; None: not said.
        ended: When it ended; None: not said.
    """

    id: str
    status: str
    done: int = 0
    failed: int = 0
    files: tuple[str, ...] = ()
    why: str = ""
    began: int | None = None
    ended: int | None = None

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more will come of it."""
        return self.status in _OVER


def endpoint_of(api: Api) -> str:
    """Return what a batch calls an interface."""
    return f"/v1{interface(api).path}"


def line_of(custom_id: str, api: Api, body: bytes) -> bytes:
    """Return the line of a file that asks for one answer; the body is JSON already."""
    head = to_json({"custom_id": custom_id, "method": "POST", "url": endpoint_of(api)})
    return head[:-1] + b',"body":' + body + b"}\n"


def file_in(data: Any) -> str:
    """Return the id of a file that was uploaded.

    Raises:
        MalformedResponseError: There is none.
    """
    return _id_in(data, "the answer to an upload names no file")


def state_in(data: Any) -> BatchState:
    """Return what is said of a batch.

    Raises:
        MalformedResponseError: It is no batch.
    """
    # Together wraps what it answers to the creation of one.
    job = data.get("job") if is_object(data) else None
    fields: Any = job if is_object(job) else data
    found = _id_in(fields, "the answer is no batch")
    counts = fields.get("request_counts")
    counts = counts if is_object(counts) else {}
    ends = (whole(fields.get(f"{word}_at")) for word in sorted(_OVER))
    files = (text(fields.get(name)) for name in ("output_file_id", "error_file_id"))
    return BatchState(
        id=found,
        # Azure's guide waits for the one and lists the other (MicrosoftDocs/azure-ai-docs,
        # articles/ai-foundry/openai/includes/batch/batch-python.md, read 2026-11-28).
        status=(text(fields.get("status")) or "").lower().replace("canceled", "cancelled"),
        done=whole(counts.get("completed")) or 0,
        failed=whole(counts.get("failed")) or 0,
        files=tuple(dict.fromkeys(name for name in files if name and _PLAIN.fullmatch(name))),
        why=_why(fields.get("errors") or fields.get("error")),
        began=whole(fields.get("created_at")),
        ended=next((end for end in ends if end), None),
    )


def tagged_in(data: Any, tag: str, file: str | None) -> tuple[BatchState | None, str | None]:
    """Look through a page of batches for one with a tag, or made of a file.

    Returns:
        The batch, or None; and what the next page begins after, or None if there is none.
    """
    listed: Any = data.get("data") if is_object(data) else data
    entries = [entry for entry in listed if is_object(entry)] if is_list(listed) else []
    for entry in entries:
        labels = entry.get("metadata")
        own = is_object(labels) and labels.get(TAG) == tag
        if own or (file is not None and entry.get("input_file_id") == file):
            return state_in(entry), None
    more = is_object(data) and data.get("has_more") is True
    return None, text(entries[-1].get("id")) if more and entries else None


def lines_in(body: bytes) -> Iterator[JsonObject]:
    """Give the lines of a file of answers that are JSON objects."""
    for line in body.split(b"\n"):
        if not line.strip():
            continue
        try:
            value: Any = from_json(line)
        except ValueError:
            continue
        if is_object(value):
            yield value


def body_in(line: JsonObject) -> tuple[bytes, str | None]:
    """Return the body of an answer and the id of its exchange.

    Raises:
        ProviderError: The request failed.
        MalformedResponseError: The line says neither.
    """
    response, error = line.get("response"), line.get("error")
    answer: JsonObject = response if is_object(response) else {}
    status, body = whole(answer.get("status_code")), answer.get("body")
    request_id = text(answer.get("request_id"))
    if status is not None and status not in _OK:
        failure: UnillmError = failure_from_status(status, {}, to_json(body))
    elif error:
        failure = _failure(error)
    elif is_object(body):
        return to_json(body), request_id
    else:
        failure = MalformedResponseError("the line of this row has neither an answer nor an error")
    failure.request_id = request_id
    raise failure


def unanswered(state: BatchState) -> UnillmError:
    """Return the error of a request that a batch which is over has no line for."""
    why = f": {state.why}" if state.why else ""
    if state.status == "failed":
        message = f"batch {state.id} was refused as a whole{why}"
        return errors.BadRequestError(message, code="batch_failed", body=None)
    if state.status == "expired":
        return _expired(f"batch {state.id} expired before this request was answered. Ask again.")
    if state.status == "cancelled":
        message = f"batch {state.id} was cancelled before this request was answered"
        return errors.ProviderError(message, code="batch_cancelled")
    message = f"batch {state.id} is {state.status}, and has no line for this request"
    return MalformedResponseError(message)


def _failure(error: Any) -> UnillmError:
    code = error.get("code") if is_object(error) else None
    if code == "batch_expired":
        return _expired("the batch expired before this request was answered. Ask again.")
    return failure_in_band(error, {})


def _expired(message: str) -> UnillmError:
    return errors.ServerError(message, code="batch_expired", retryable=True)


def _why(told: Any) -> str:
    """Return why a batch failed: the first of its errors, and where."""
    listed = told.get("data") if is_object(told) else told
    first: Any = listed[0] if is_list(listed) and listed else told
    if isinstance(first, str):
        return first[:500]
    if not is_object(first):
        return ""
    line = whole(first.get("line"))
    where = f" (line {line})" if line is not None else ""
    said = failure_in_band(first, {}).message.partition(": ")[2]
    return f"{said}{where}"


def _id_in(data: Any, message: str) -> str:
    found = text(data.get("id")) if is_object(data) else None
    if found is None or not _PLAIN.fullmatch(found):
        raise MalformedResponseError(message)
    return found
