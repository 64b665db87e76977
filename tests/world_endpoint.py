"""An endpoint whose model and judge err at stated rates, with the truth written in the text (`j1broken`). For tests of the command line."""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from lightwing.core.errormodel import ANY, ClauseErrors, ErrorModel, JudgeErrors
from lightwing.core.streams import python_random
from lightwing.lab.files import save_measured
from lightwing.lab.measure import Measured
from lightwing.spec import load_spec

SPEC = """\
schema: 1
language: en
clauses:
- id: j1
  text: Keep rule j1.
- id: j2
  text: Keep rule j2.
"""
_CLAUSES = ("j1", "j2")


@dataclass
class World:
    """The rates, which a test may change while it runs; `url` is set by `world`, `reads` counts readings."""

    lapse: float = 0.2
    false_pass: float = 0.1
    false_fail: float = 0.05
    url: str = ""
    reads: int = 0
    calls: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reply(self, body: Any) -> str:
        asked = "\n".join(m["content"] or "" for m in body["messages"])
        judges = asked.startswith("You check whether")
        with self.lock:
            self.calls += not judges
            self.reads += judges
            number = self.reads
        return self._judged(asked, number) if judges else self._answer(asked, body.get("seed"))

    def _answer(self, asked: str, seed: object) -> str:
        rng = python_random(0, "world", asked, str(seed))
        named = [c for c in _CLAUSES if "not met" in asked and f"rule {c}" in asked]
        chance = {c: 0.3 * self.lapse if c in named else self.lapse for c in _CLAUSES}
        return " ".join(f"{c}{'broken' if rng.random() < chance[c] else 'kept'}" for c in _CLAUSES) + f" {rng.random()}"

    def _judged(self, asked: str, number: int) -> str:
        answer = asked.split("The answer to check:")[1].split("The rules:")[0]
        rules = asked.split("The rules:")[1]
        said = []
        for n, clause in re.findall(r"^(\d+)\. Keep rule (j\d)\.", rules, re.M):
            rng = python_random(0, "reading", answer, clause, number)
            passes = rng.random() < self.false_pass if f"{clause}broken" in answer else rng.random() >= self.false_fail
            said.append({"rule": int(n), "verdict": "pass" if passes else "fail", "reason": "As it is."})
        return json.dumps({"readings": said})


@contextlib.contextmanager
def world(folder: Path, **rates: float) -> Iterator[World]:
    """Serves a world on the loopback; writes spec.yaml, errors.yaml (the world's own rates) and lightwing.yaml with the models m and j into the folder."""
    made = World(**rates)  # type: ignore[arg-type]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            message = {"role": "assistant", "content": made.reply(body)}
            usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
            raw = json.dumps(
                {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}
            ).encode()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(200)
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
    made.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    (folder / "spec.yaml").write_text(SPEC)
    errors = ErrorModel(
        rungs={"openai:m": {ANY: ClauseErrors(lapse=made.lapse, repair_factor=0.3, regression=0.05, stubborn=0.9)}},
        judges={"openai:j": {ANY: JudgeErrors(false_pass=made.false_pass, false_fail=made.false_fail)}},
        prices={"openai:m": 1.0, "openai:j": 0.2},
        basis="labels",
        spec=load_spec(folder / "spec.yaml").id,
        traces=500,
    )
    save_measured(Measured(errors=errors, lapses={}, judges={}, care=0.9), folder / "errors.yaml")
    models = "".join(
        f"  {name}: {{model: {name}, base_url: '{made.url}', price: {{per_call: {price}}}}}\n"
        for name, price in (("m", 1.0), ("j", 0.2))
    )
    (folder / "lightwing.yaml").write_text(
        f"models:\n{models}run: {{model: m, judge: [j], errors: {folder / 'errors.yaml'}, budget: {{calls: 30}}}}\n"
    )
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
