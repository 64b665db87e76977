"""What the tests of the command line share: running it in a process of its own, files, and a small endpoint to talk to."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import lightwing

SPEC = """\
schema: 1
language: en
clauses:
- id: c1
  text: Use at most 5 words.
  check: {name: count, args: {of: words, max: 5}}
- id: c2
  text: Mention the word tea.
  check: {name: keywords, args: {words: [tea]}}
"""


THIS = {"PYTHONPATH": str(Path(lightwing.__file__).parents[1])}
"""Lets a process in another folder run the code under test, whatever is installed."""


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def process(*argv: str | Path, cwd: Path, stdin: str = "", timeout: float = 60) -> Ran:
    """Runs the command line in a process of its own."""
    command = [sys.executable, "-m", "lightwing", *map(str, argv)]
    ran = subprocess.run(
        command,
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env={**os.environ, **THIS},
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def lines(path: Path, values: Sequence[object]) -> Path:
    """Writes JSONL; a string of a broken line goes in as it stands."""
    path.write_text("".join((v if isinstance(v, str) else json.dumps(v)) + "\n" for v in values), encoding="utf-8")
    return path


def script(path: Path, *answers: object) -> str:
    """The address of a scripted model that gives these answers."""
    path.write_text("".join(json.dumps(a) + "\n" for a in answers), encoding="utf-8")
    return f"scripted:{path}"


@contextlib.contextmanager
def endpoint(
    text: str = "tea for two", *, delay: float = 0.0, status: int = 200, models: Sequence[str] = ("m",)
) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """An OpenAI-compatible endpoint on the loopback; gives its base URL and the list of the requests it gets."""
    asked: list[Mapping[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append({"body": body, "authorization": self.headers.get("Authorization")})
            time.sleep(delay)
            message = {"role": "assistant", "content": text}
            self._send(
                {
                    "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
                }
            )

        def do_GET(self) -> None:
            asked.append({"path": self.path, "authorization": self.headers.get("Authorization")})
            self._send({"data": [{"id": m} for m in models]})

        def _send(self, value: object) -> None:
            raw = json.dumps(value).encode()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
