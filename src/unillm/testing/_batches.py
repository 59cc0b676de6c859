"""Files and batches, as OpenAI's Batch API has them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import field, replace
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from unillm.testing._chunks import CREATED
from unillm.testing._error import error, error_fields
from unillm.testing._objects import single
from unillm.testing.batch import FakeBatch
from unillm.testing.raw import Raw
from unillm.testing.seen import Seen
from unillm.types.dataclass import dataclass

__all__ = ["Batches"]

_MOST_ROWS = 50_000
_PAGE = 20
_MOST_LISTED = 100


@dataclass(slots=True)
class _Batch:
    """A batch, and what happens to it."""

    fields: dict[str, Any]
    steps: list[str]


@dataclass(slots=True)
class Batches:
    """Keep files and batches, and take each batch a step further with every look at it."""

    how: FakeBatch
    _files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    _batches: dict[str, _Batch] = field(default_factory=dict[str, _Batch])
    _lost: int = 0
    _refused: int = 0
    _missed: int = 0

    def route(self, seen: Seen, answer: Callable[[Seen], Raw]) -> Raw | None:
        """Return the answer to a request of the Batch API, or None if it is none.

        Args:
            seen: The request.
            answer: Answers one row, as a request of its own.
        """
        found: Raw | None = None
        match seen.method, [part for part in seen.path.split("/") if part]:
            case "POST", [*_, "files"]:
                found = self._upload(seen)
            case "POST", [*_, "batches"]:
                found = self._create(seen)
            case "GET", [*_, "batches"]:
                found = self._list(seen)
            case "GET", [*_, "batches", name]:
                found = self._look(name, seen, answer)
            case "POST", [*_, "batches", name, "cancel"]:
                found = self._cancel(name)
            case "GET", [*_, "files", name, "content"]:
                found = self._content(name)
            case _:
                pass
        return found

    def clear(self) -> None:
        """Forget all of them."""
        self._files.clear()
        self._batches.clear()

    def _upload(self, seen: Seen) -> Raw:
        fields = dict(_form(seen))
        purpose, file = fields.get("purpose"), fields.get("file")
        if purpose != b"batch" or file is None:
            return error("'purpose' must be 'batch', with a 'file'.", status=400, param="purpose")
        name = self._keep(file, "file-in")
        made = {"id": name, "object": "file", "bytes": len(file), "created_at": CREATED}
        return Raw.of_json({**made, "filename": "rows.jsonl", "purpose": "batch"})

    def _create(self, seen: Seen) -> Raw:
        if self._refused < self.how.refused:
            self._refused += 1
            return error("The server is overloaded.", status=503)
        name = seen.fields.get("input_file_id")
        if not isinstance(name, str) or name not in self._files:
            return error(f"No such File object: {name}", status=404, param="input_file_id")
        if seen.fields.get("completion_window") != "24h":
            return error("Invalid value for 'completion_window'.", status=400)
        found = f"batch_fake_{len(self._batches) + 1}"
        fields = {
            "id": found,
            "object": "batch",
            "endpoint": seen.fields.get("endpoint"),
            "errors": None,
            "input_file_id": name,
            "completion_window": "24h",
            "status": "validating",
            "output_file_id": None,
            "error_file_id": None,
            "created_at": CREATED + len(self._batches),
            "completed_at": None,
            "request_counts": {"total": 0, "completed": 0, "failed": 0},
            "metadata": seen.fields.get("metadata"),
        }
        self._batches[found] = _Batch(fields, [*self.how.steps, self.how.end])
        if self._lost < self.how.lost:
            self._lost += 1
            return Raw(wire=(), end="cut")
        return Raw.of_json(fields)

    def _list(self, seen: Seen) -> Raw:
        limit = seen.query.get("limit", str(_PAGE))
        if not limit.isdecimal() or not 1 <= int(limit) <= _MOST_LISTED:
            return error("Invalid value for 'limit'.", status=400, param="limit")
        newest = [batch.fields for batch in reversed(self._batches.values())]
        after = seen.query.get("after")
        if after is not None:
            ids = [fields["id"] for fields in newest]
            newest = newest[ids.index(after) + 1 :] if after in ids else []
        page = newest[: int(limit)]
        more = len(newest) > len(page)
        return Raw.of_json({"object": "list", "data": page, "has_more": more})

    def _look(self, name: str, seen: Seen, answer: Callable[[Seen], Raw]) -> Raw:
        batch = self._batches.get(name)
        if batch is None:
            return error(f"No batch found with id '{name}'.", status=404)
        if self._missed < self.how.misses:
            self._missed += 1
            return error("The server is overloaded.", status=503)
        if batch.steps:
            status = batch.fields["status"] = batch.steps.pop(0)
            if not batch.steps:
                self._end(batch.fields, status, seen, answer)
        return Raw.of_json(batch.fields)

    def _cancel(self, name: str) -> Raw:
        batch = self._batches.get(name)
        if batch is None:
            return error(f"No batch found with id '{name}'.", status=404)
        batch.fields["status"] = "cancelling"
        batch.steps = ["cancelled"]
        return Raw.of_json(batch.fields)

    def _end(
        self, fields: dict[str, Any], status: str, seen: Seen, answer: Callable[[Seen], Raw]
    ) -> None:
        rows = [*_rows(self._files[fields["input_file_id"]])]
        problem = _problem(rows, str(fields["endpoint"]))
        if status == "failed" or problem:
            fields["status"] = "failed"
            told = problem or {"code": "invalid", "message": "The batch is refused.", "line": 1}
            fields["errors"] = {"object": "list", "data": [told]}
            return
        most = len(rows) if status == "completed" else self.how.answered
        good: list[Any] = []
        bad: list[Any] = []
        for place, row in enumerate(rows):
            done = self._row(place, row, seen, answer) if place < most else _unanswered(row, status)
            response = single(done["response"])
            (good if response.get("status_code") == 200 else bad).append(done)
        for name, lines in (("output_file_id", good), ("error_file_id", bad)):
            if lines:
                text = b"".join(json.dumps(line).encode() + b"\n" for line in reversed(lines))
                fields[name] = self._keep(text, "file-out")
        fields[f"{status}_at"] = fields["created_at"] + 60
        counts = {"total": len(rows), "completed": len(good), "failed": len(bad)}
        fields["request_counts"] = counts

    def _row(
        self, place: int, row: dict[str, Any], seen: Seen, answer: Callable[[Seen], Raw]
    ) -> dict[str, Any]:
        status = self.how.failing.get(place)
        if status is None:
            body = row["body"]
            asked = replace(
                seen,
                method="POST",
                path=row["url"],
                query={},
                body=json.dumps(body).encode(),
                json=body,
            )
            raw = answer(asked)
            status, told = raw.status, _told(raw)
        else:
            told = error_fields(f"Row {place} is refused.", status=status)
        response = {"status_code": status, "request_id": f"req_row_{place}", "body": told}
        return {**_line(row), "response": response, "error": None}

    def _content(self, name: str) -> Raw:
        if name not in self._files:
            return error(f"No such File object: {name}", status=404)
        headers = {"content-type": "application/octet-stream"}
        return Raw(segments=(self._files[name],), headers=headers, framing="length")

    def _keep(self, file: bytes, kind: str) -> str:
        name = f"{kind}-{len(self._files) + 1}"
        self._files[name] = file
        return name


def _line(row: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"batch_req_{row['custom_id']}", "custom_id": row["custom_id"]}


def _unanswered(row: dict[str, Any], status: str) -> dict[str, Any]:
    code = f"batch_{status}"
    told = {"code": code, "message": "This request could not be executed in time."}
    return {**_line(row), "response": None, "error": told}


def _rows(file: bytes) -> Iterator[dict[str, Any]]:
    """Give the lines of a file; one that is no JSON object has nothing in it."""
    for line in file.splitlines():
        try:
            yield single(json.loads(line))
        except ValueError:
            yield {}


def _problem(rows: list[dict[str, Any]], endpoint: str) -> dict[str, Any] | None:
    """Return what is wrong with a file, in OpenAI's words, or None."""
    seen: set[Any] = set()
    if len(rows) > _MOST_ROWS:
        return {"code": "too_many_tasks", "message": "The batch has too many requests."}
    for number, row in enumerate(rows, 1):
        if not isinstance(row.get("custom_id"), str):
            code, message = "invalid_json_line", "This line is no JSON object with a custom_id."
        elif row["custom_id"] in seen:
            code, message = "duplicate_custom_id", "The custom_id is not unique."
        elif row.get("url") != endpoint or row.get("method") != "POST":
            code, message = "mismatched_url", "The URL is not that of the batch."
        elif not isinstance(row.get("body"), dict) or row["body"].get("stream"):
            code, message = "invalid_request", "The body is none that a batch takes."
        else:
            seen.add(row["custom_id"])
            continue
        return {"code": code, "message": message, "line": number, "param": None}
    return None


def _told(raw: Raw) -> Any:
    """Return the JSON that an answer is, or what it says at least."""
    if raw.wire is not None or raw.end != "eof":
        return error_fields("The row could not be answered.")
    body = b"".join(part for part in raw.segments if isinstance(part, bytes))
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


def _form(seen: Seen) -> Iterator[tuple[str, bytes]]:
    """Read ``multipart/form-data`` with the library that reads mail."""
    head = f"content-type: {seen.headers.get('content-type', '')}\r\n\r\n".encode()
    for part in BytesParser(policy=HTTP).parsebytes(head + seen.body).iter_parts():
        name = part.get_param("name", header="content-disposition")
        content: Any = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            yield name, content
