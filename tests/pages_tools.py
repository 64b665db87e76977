"""A gateway with pages that really listens, for the tests of the pages: toy models and judges, a store in a folder."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lightwing.core.case import Answer, Candidate, Case, Cost, Delta, Origin, Sampling, ToolCall
from lightwing.core.clause import Clause
from lightwing.core.outcome import PASS, Reading, Readings, fail
from lightwing.decode import decoder
from lightwing.serve import Assistant, Engine, ServedTool
from lightwing.spec import compile_document
from lightwing.store import TraceStore

uvicorn = pytest.importorskip("uvicorn", reason="needs the extra serve")
pytest.importorskip("jinja2", reason="needs the extra serve")

DOCUMENT = "Answer in at most 12 words. Do not use commas. Be kind to beginners. Our shop is old."


class Talker:
    """A model that says what a function says; the number of the call is its second argument."""

    price = None

    def __init__(self, says: Callable[[Case, int], str], name: str = "talker") -> None:
        self.says, self.name, self.calls = says, name, 0

    async def generate(self, case: Case, *, n: int, sampling: Sampling) -> Sequence[Candidate]:
        self.calls += 1
        answer = Answer(text=self.says(case, self.calls - 1))
        cost = Cost(calls=1, input_tokens=30, output_tokens=12, seconds=0.02, price=0.001)
        return [Candidate(answer=answer, origin=Origin(model=self.name), cost=cost)]

    async def stream(self, case: Case, *, n: int, sampling: Sampling) -> AsyncIterator[Delta]:
        (made,) = await self.generate(case, n=1, sampling=sampling)
        for word in made.answer.text.split(" "):
            yield Delta(text=f"{word} ")
        yield Delta(finish="stop", cost=made.cost)


class Reader:
    """A judge that fails every text with the word "rude" in it."""

    name, price = "reader", None

    async def read(self, case: Case, answer: Answer, clauses: Sequence[Clause]) -> Readings:
        outcome = fail("It is rude.") if "rude" in answer.text else PASS
        found = [Reading(clause=c.id, judge=self.name, outcome=outcome) for c in clauses]
        return Readings(judge=self.name, readings=tuple(found), cost=Cost(calls=1, input_tokens=20, output_tokens=3))


class NoTools:
    async def call(self, tool: ServedTool, call: ToolCall) -> str:
        return ""


def helper(case: Case, call: int) -> str:
    """Drafts with commas, then mends them."""
    draft = "Rivers run to the sea, slowly, and they bend."
    return draft if call % 2 == 0 else "Rivers run to the sea slowly and they bend."


def assistants(says: Callable[[Case, int], str] = helper) -> dict[str, Assistant]:
    """`lightwing/help` with a document and a judge, `talker` with the document of the request, `raw/talker`."""
    talker = Talker(says)
    spec = compile_document(DOCUMENT, name="help", kind="document")
    rung = decoder("repair-best")
    return {
        "lightwing/help": Assistant(
            name="help", title="Help desk", models=[talker], judges=[Reader()], decoder=rung, spec=spec
        ),
        "talker": Assistant(name="talker", models=[talker], decoder=rung),
        "raw/talker": Assistant(name="raw/talker", models=[talker], decoder=decoder("first"), raw=True, wishes=False),
    }


@dataclass
class Running:
    """What a test talks to."""

    url: str
    store: TraceStore
    gateway: Any


@contextmanager
def pages(
    folder: Path, *, keys: Any = None, relearn: Any = None, named: dict[str, Assistant] | None = None
) -> Iterator[Running]:
    """A gateway with pages and a store, until the block ends."""
    from lightwing.serve.app import Gateway, application
    from lightwing.serve.keeping import Keeper
    from lightwing.serve.pages import Sessions, Site, routes

    with TraceStore(folder / "traces.db") as store:
        keeper = Keeper(store=store)
        engine = Engine(assistants=named or assistants(), keep=keeper, call=NoTools())
        gateway = Gateway(engine=engine, keeper=keeper, keys=keys)
        gateway.pages = routes(Site(gateway=gateway, sessions=Sessions(b"test"), store=store, relearn=relearn))
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            sock.listen(64)
            server = uvicorn.Server(uvicorn.Config(application(gateway), log_config=None, access_log=False))
            thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[sock])), daemon=True)
            thread.start()
            while not server.started:
                time.sleep(0.01)
            yield Running(f"http://127.0.0.1:{sock.getsockname()[1]}", store, gateway)
            server.should_exit = True
            thread.join(timeout=20)
