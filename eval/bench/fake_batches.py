"""Files and batches of the fake server; every request of a batch is answered as a direct one is.

Output lines come in another order than requests, failed ones stand in the error file.
"""

from __future__ import annotations

import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

Answer = tuple[int, Any]
"""Status, and what is sent back: JSON, or the bytes of a file."""
MARK = "X-Of-A-Batch"
"""Header of a request that comes from a batch."""


@dataclass
class FakeBatches:
    """What the server's Batch API holds, and how it behaves.

    Parameters
    ----------
    polls : mapping of str to int
        By part: how often a batch is looked at before it has ended.
    ends : mapping of str to str
        By part: ``expired`` and ``cancelled`` answer every other request, ``failed`` none.
    refusals : mapping of str to int
        Status that ``upload``, ``create``, ``list``, ``look``, ``download``, ``delete`` get.
    once : bool
        Whether each refusal happens a single time, after the work was done.
    latency_s : float
        Seconds before and after each step takes effect.
    """

    polls: Mapping[str, int] = field(default_factory=dict)
    ends: Mapping[str, str] = field(default_factory=dict)
    refusals: Mapping[str, int] = field(default_factory=dict)
    once: bool = False
    latency_s: float = 0.0
    files: dict[str, bytes] = field(default_factory=dict)
    uploads: list[tuple[str, bytes]] = field(default_factory=list)
    """Name and content of every file that ever came."""
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    _looks: dict[str, int] = field(default_factory=dict)
    _refused: set[str] = field(default_factory=set)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def handle(self, method: str, path: str, headers: Any, content: bytes, url: str) -> Answer:
        """Return what the server says to a request; `url` is where it answers direct ones."""
        place, *rest = path.partition("?")[0].removeprefix("/v1/").strip("/").split("/")
        steps: dict[tuple[str, str, int], tuple[str, Callable[[], Answer]]] = {
            ("POST", "files", 0): ("upload", lambda: self._upload(headers, content)),
            ("GET", "files", 2): ("download", lambda: self._download(rest[0])),
            ("DELETE", "files", 1): ("delete", lambda: self._delete(rest[0])),
            ("POST", "batches", 0): ("create", lambda: self._create(json.loads(content))),
            ("GET", "batches", 0): ("list", self._list),
            ("GET", "batches", 1): ("look", lambda: self._look(rest[0], url)),
        }
        name, work = steps[method, place, len(rest)]
        time.sleep(self.latency_s)
        refusal = self.refusals.get(name, 200)
        if refusal != 200 and not self.once:
            return refusal, _error("refused")
        with self._lock:
            answer = work()
            if refusal != 200 and name not in self._refused:
                self._refused.add(name)
                answer = (refusal, _error("refused"))
        time.sleep(self.latency_s)
        return answer

    def _upload(self, headers: Any, content: bytes) -> Answer:
        head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
        parts = {
            part.get_param("name", header="content-disposition"): part
            for part in BytesParser(policy=HTTP).parsebytes(head + content).iter_parts()
        }
        assert parts["purpose"].get_content().strip() == "batch"  # noqa: S101
        data = parts["file"].get_payload(decode=True)
        self.uploads.append((parts["file"].get_filename(), data))
        return 200, self._file(self._keep(data))

    def _keep(self, data: bytes) -> str:
        file = f"file-{len(self.uploads)}-{len(self.files)}-{random.randrange(10**9)}"  # noqa: S311
        self.files[file] = data
        return file

    def _file(self, file: str) -> dict[str, Any]:
        size = len(self.files[file])
        return {"id": file, "object": "file", "bytes": size, "created_at": 0, "purpose": "batch"}

    def _download(self, file: str) -> Answer:
        return (200, self.files[file]) if file in self.files else (404, _error("not_found"))

    def _delete(self, file: str) -> Answer:
        if self.files.pop(file, None) is None:
            return 404, _error("not_found")
        return 200, {"id": file, "object": "file", "deleted": True}

    def _create(self, asked: dict[str, Any]) -> Answer:
        if asked["input_file_id"] not in self.files:
            return 400, _error("no_such_file")
        batch = f"batch_{len(self.batches) + 1}"
        n = self.files[asked["input_file_id"]].count(b"\n")
        self.batches[batch] = {
            "id": batch,
            "object": "batch",
            "created_at": 0,
            "status": "validating",
            "request_counts": {"total": n, "completed": 0, "failed": 0},
            **asked,
        }
        return 200, self.batches[batch]

    def _list(self) -> Answer:
        newest_first = list(self.batches.values())[::-1]
        return 200, {"object": "list", "data": newest_first, "has_more": False}

    def _look(self, batch: str, url: str) -> Answer:
        if batch not in self.batches:
            return 404, _error("not_found")
        self._looks[batch] = self._looks.get(batch, 0) + 1
        found = self.batches[batch]
        if self._looks[batch] <= self.polls.get(found["metadata"]["part"], 0):
            found["status"] = "in_progress"
        elif found["status"] in ("validating", "in_progress"):
            self._end(found, url)
        return 200, found

    def _end(self, batch: dict[str, Any], url: str) -> None:
        batch["status"] = self.ends.get(batch["metadata"]["part"], "completed")
        if batch["status"] == "failed":
            errors = [{"code": "token_limit_exceeded", "message": "x", "line": None}]
            batch["errors"] = {"object": "list", "data": errors}
            return
        lines = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
        random.Random(len(lines)).shuffle(lines)  # noqa: S311
        good, bad = [], []
        for number, line in enumerate(lines):
            if batch["status"] != "completed" and number % 2:
                code = f"batch_{batch['status']}"
                bad.append(_line(line, None, {"code": code, "message": "x"}))
                continue
            status, body = _ask(url, line["body"])
            response = {"status_code": status, "request_id": "x", "body": body}
            (good if status == 200 else bad).append(_line(line, response, None))
        for name, written in (("output_file_id", good), ("error_file_id", bad)):
            batch[name] = self._keep(b"".join(written)) if written else None
        counts = {"total": len(lines), "completed": len(good), "failed": len(bad)}
        batch["request_counts"] = counts


def _line(line: Mapping[str, Any], response: Any, error: Any) -> bytes:
    told = {"id": "x", "custom_id": line["custom_id"], "response": response, "error": error}
    return json.dumps(told).encode() + b"\n"


def _ask(url: str, body: Mapping[str, Any]) -> tuple[int, Any]:
    headers = {"Content-Type": "application/json", MARK: "1"}
    request = urllib.request.Request(  # noqa: S310
        f"{url}/chat/completions", json.dumps(body).encode(), headers
    )
    try:
        with urllib.request.urlopen(request) as reply:  # noqa: S310
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def _error(code: str) -> dict[str, Any]:
    return {"error": {"message": code, "type": code, "code": code, "param": None}}
