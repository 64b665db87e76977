"""What a gateway does when things break: upstreams, callers, the store, and the gateway itself, killed under load. Counts, on the loopback alone, all bounded in time.

An answer counts as delivered when its caller had all of it, with status 200 (a stream: up to its `[DONE]`). Each carries the id of its request, which stands in its
trace: what was delivered is looked for at the end by that id, in the store and in the files beside it that the next gateway takes up.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import resource
import signal
import socket
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from lightwing.bench.goals import BenchResult, Goal
from lightwing.core.errors import ConfigError
from lightwing.store import TraceStore, read_traces

__all__ = ["run"]

_BROKEN = ("reset", "stall", "truncated", "storm", "garbage", "kind", "error")
_OPTIONS = "{timeouts: {connect: 2, read: 1, call: 3}, retries: {times: 1, first: 0.05, most: 0.1, most_asked: 0.1}, concurrency: 256}"
_WHOLE = {
    "id": "x",
    "object": "chat.completion",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "the river"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
}
_PATIENCE = 20.0
"""Seconds after which a request that was not answered counts as hanging: more than every time-out of the upstreams and their retries together."""


Part = tuple[Sequence[Mapping[str, Any]], Sequence[Goal]]


@dataclass(slots=True)
class _Met:
    """What callers met. `delivered` are the ids of requests."""

    delivered: set[str] = field(default_factory=set)
    statuses: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0

    @property
    def faults(self) -> int:
        """Answers that are our own failure: a 500, a shape that is not the protocol's, or none in time."""
        return sum(n for status, n in self.statuses.items() if status in ("500", "odd", "hanging"))

    @property
    def told(self) -> str:
        return ", ".join(f"{status}: {n}" for status, n in sorted(self.statuses.items()))


def run(
    *,
    kills: int = 20,
    locked: float = 30.0,
    seed: int = 0,
    command: str = "",
    told: Callable[[str], None] = lambda line: None,
) -> BenchResult:
    """`kills` of the gateway under load; `locked`: seconds for which another writer holds the store. `seed`: when the kills come."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        cells, goals = asyncio.run(_all(Path(folder), kills, locked, seed, told))
    return BenchResult(
        bench="gateway faults",
        command=command,
        seconds=time.perf_counter() - started,
        seeds=[seed],
        cells=cells,
        goals=goals,
        notes=[
            "A fault of ours is a status of 500, an error that is not in the protocol's shape, or no answer in time; errors of an upstream are told as 4xx, 502, 503 or 504."
        ],
    )


async def _all(
    home: Path, kills: int, locked: float, seed: int, told: Callable[[str], None]
) -> tuple[list[Mapping[str, Any]], list[Goal]]:
    cells: list[Mapping[str, Any]] = []
    goals: list[Goal] = []
    async with _upstream() as upstream:
        site = _Site(home, upstream)
        parts: Sequence[Callable[[], Awaitable[Part]]] = (
            lambda: _behind(site),
            lambda: _callers(site),
            lambda: _locked(site, locked),
            lambda: _full(site),
            lambda: _killed(site, kills, seed),
        )
        for part in parts:
            rows, held = await part()
            cells += rows
            goals += held
            told(f"{rows[-1]['fault']}: done")
    return cells, goals


async def _behind(site: _Site) -> Part:
    """Every kind of broken upstream, 16 callers each, whole and streamed, untouched and under correction; and a good one beside them."""
    rows, all_of = [], _Met()
    async with site.serving("behind") as gateway:
        for kind in _BROKEN:
            met = _Met()
            asked = [
                gateway.ask(met, f"{start}{kind}", stream=stream)
                for start in ("raw/", "")
                for stream in (False, True)
                for _ in range(4)
            ]
            good = _Met()
            await asyncio.gather(*asked, *(gateway.ask(good, "ok") for _ in range(4)))
            rows.append(_row(f"upstream: {kind}", met, note=f"beside it {good.told}"))
            all_of.statuses += met.statuses + good.statuses
            if good.statuses["200"] != 4:
                all_of.statuses["odd"] += 1
    return rows, [_none("broken upstreams: faults of ours", all_of.faults)]


async def _callers(site: _Site) -> Part:
    """200 callers that send a byte now and then, 40 that hang up in the middle of a stream; others are answered meanwhile, and all is recorded."""
    async with site.serving("callers") as gateway:
        slow = [await asyncio.open_connection("127.0.0.1", gateway.port) for _ in range(200)]
        for _, writer in slow:
            writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\n")
        met = _Met()
        await asyncio.gather(*(gateway.ask(met, "ok") for _ in range(100)))
        before = met.slowest
        await asyncio.gather(*(gateway.hang_up() for _ in range(40)))
        await asyncio.sleep(1.5)
        until, cut = time.monotonic() + 30, 0
        for reader, writer in slow:
            with contextlib.suppress(OSError, TimeoutError):
                await asyncio.wait_for(reader.read(), max(0.01, until - time.monotonic()))
                cut += 1
            writer.close()
    with TraceStore(gateway.store) as store:
        left = sum(1 for t in store.all() if t.candidates and t.candidates[0].answer.finish == "cut")
    rows = [
        _row("200 slow callers", met, note=f"{cut} of 200 cut off; slowest good answer {before:.2f} s"),
        {
            "fault": "40 callers that hang up",
            "statuses": "",
            "slowest s": None,
            "note": f"{left} of 40 recorded as cut",
        },
    ]
    goals = [
        _none("slow callers that were not cut off", 200 - cut),
        _none("good callers beside them that were not answered", 100 - met.statuses["200"]),
        _none("hang-ups that were not recorded", 40 - left),
    ]
    return rows, goals


async def _locked(site: _Site, seconds: float) -> Part:
    """Another writer holds the store."""
    async with site.serving("locked") as gateway:
        met, end = _Met(), asyncio.Event()
        load = asyncio.ensure_future(gateway.load(met, end, callers=8))
        await asyncio.sleep(1)
        other = sqlite3.connect(gateway.store, isolation_level=None, timeout=10)
        other.execute("BEGIN IMMEDIATE")
        before = len(met.delivered)
        await asyncio.sleep(seconds)
        during = len(met.delivered) - before
        other.execute("ROLLBACK")
        other.close()
        await asyncio.sleep(4)
        end.set()
        await load
    missing = len(met.delivered - gateway.kept())
    note = f"{during} delivered while it was locked, {missing} of {len(met.delivered)} missing"
    return [_row(f"store locked for {seconds:g} s", met, note=note)], [
        _none("locked store: delivered and not kept", missing),
        _none("locked store: faults of ours", met.faults),
        Goal(name="locked store: delivered meanwhile", op=">=", goal=1, value=during),
    ]


async def _full(site: _Site) -> Part:
    """No file may grow beyond 400 kB: neither the store nor the file beside it."""
    async with site.serving("full", file_limit=400_000) as gateway:
        met, end = _Met(), asyncio.Event()
        load = asyncio.ensure_future(gateway.load(met, end, callers=8))
        await asyncio.sleep(8)
        end.set()
        await load
    missing = len(met.delivered - gateway.kept())
    note = f"{missing} of {len(met.delivered)} missing; {met.statuses['503']} refused"
    return [_row("store and disk full", met, note=note)], [
        _none("full store: delivered and not kept", missing),
        _none("full store: faults of ours", met.faults),
        Goal(name="full store: refused", op=">=", goal=1, value=met.statuses["503"]),
    ]


async def _killed(site: _Site, kills: int, seed: int) -> Part:
    """`kill -9` under load, again and again on one store; then one start and stop in peace."""
    rng, met = random.Random(seed), _Met()
    for number in range(kills):
        async with site.serving("killed", mercy=False) as gateway:
            end = asyncio.Event()
            load = asyncio.ensure_future(gateway.load(met, end, callers=8))
            other = None
            if number % 3 == 2:  # every third time with the store locked, so that the file beside it is killed too
                other = sqlite3.connect(gateway.store, isolation_level=None, timeout=10)
                other.execute("BEGIN IMMEDIATE")
            await asyncio.sleep((4.0 if other is not None else 0.2) + rng.random())
            gateway.process.kill()
            await gateway.process.wait()
            end.set()
            await load
            if other is not None:
                other.execute("ROLLBACK")
                other.close()
    async with site.serving("killed") as gateway:
        await asyncio.sleep(3)
    with contextlib.closing(sqlite3.connect(gateway.store)) as database:
        broken = database.execute("PRAGMA integrity_check").fetchone()[0] != "ok"
    missing = len(met.delivered - gateway.kept())
    left = sum(1 for _ in gateway.store.parent.glob(f"{gateway.store.name}.spill.*"))
    note = f"{missing} of {len(met.delivered)} delivered are missing; {left} files left beside the store"
    return [_row(f"kill -9, {kills} times", met, note=note)], [
        _none(f"{kills} kills: delivered and not kept", missing),
        _none(f"{kills} kills: store that does not open clean", broken),
        _none(f"{kills} kills: files left beside the store", left),
        Goal(name=f"{kills} kills: delivered", op=">=", goal=10 * kills, value=len(met.delivered)),
    ]


def _row(fault: str, met: _Met, *, note: str) -> Mapping[str, Any]:
    return {"fault": fault, "statuses": met.told, "slowest s": round(met.slowest, 2), "note": note}


def _none(name: str, value: int) -> Goal:
    return Goal(name=name, op="<=", goal=0, value=value)


@dataclass(slots=True)
class _Site:
    """Where gateways are started, and the upstream's port."""

    home: Path
    upstream: int

    @contextlib.asynccontextmanager
    async def serving(self, name: str, *, mercy: bool = True, file_limit: int | None = None) -> AsyncIterator[_Running]:
        """A gateway with a store of this name. With `mercy` it is told to end, and may take its time."""
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            port = sock.getsockname()[1]
        store, config = self.home / f"{name}.sqlite", self.home / f"{name}.yaml"
        models = "".join(
            f"  {kind}: {{model: m, base_url: 'http://127.0.0.1:{self.upstream}/{kind}/v1', options: {_OPTIONS}}}\n"
            for kind in ("ok", "slow", *_BROKEN)
        )
        config.write_text(
            f"models:\n{models}run: {{model: ok, budget: {{calls: 3}}}}\n"
            f"serve: {{port: {port}, store: '{store}', log_level: error, stop_seconds: 5, pages: false}}\n",
            encoding="utf-8",
        )

        def limited() -> None:
            if file_limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))

        log = (self.home / f"{name}.log").open("ab")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "lightwing", "serve", "--config", str(config)),
            stdout=log,
            stderr=log,
            preexec_fn=limited,
        )
        log.close()
        try:
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
                running = _Running(process, port, store, session)
                await running.come_up(Path(log.name))
                yield running
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM if mercy else signal.SIGKILL)
                try:
                    await asyncio.wait_for(process.wait(), 40)
                except TimeoutError:
                    process.kill()
                    await process.wait()


@dataclass(slots=True)
class _Running:
    process: asyncio.subprocess.Process
    port: int
    store: Path
    session: aiohttp.ClientSession

    async def come_up(self, log: Path) -> None:
        until = time.monotonic() + 90
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError):
                async with self.session.get(f"http://127.0.0.1:{self.port}/healthz") as answer:
                    if answer.status == 200:
                        return
            if self.process.returncode is not None or time.monotonic() > until:
                said = (await asyncio.to_thread(log.read_text))[-300:].strip()
                raise ConfigError(f"The gateway does not come up: {said}", where="bench gateway")
            await asyncio.sleep(0.1)

    async def ask(self, met: _Met, model: str, *, stream: bool = False, number: int = 0) -> None:
        """One request, and what came of it."""
        body = {
            "model": model,
            "messages": [{"role": "user", "content": f"Tell me of river {number}. Do not use commas."}],
        }
        started = time.monotonic()
        try:
            async with asyncio.timeout(_PATIENCE), self._post({**body, "stream": stream}) as answer:
                data = await answer.read()
                status = _judged(answer, data)
                if status == "200":
                    met.delivered.add(answer.headers["x-request-id"])
        except TimeoutError:
            status = "hanging"
        except (aiohttp.ClientError, OSError):
            status = "no gateway" if self.process.returncode is not None or not await self._lives() else "broken off"
        met.statuses[status] += 1
        met.slowest = max(met.slowest, time.monotonic() - started)

    async def load(self, met: _Met, end: asyncio.Event, *, callers: int) -> None:
        """Requests of all kinds, one after the other for each caller, until told to end or the gateway is gone."""

        async def caller(place: int) -> None:
            number = 0
            while not end.is_set() and self.process.returncode is None:
                number += 1
                model, stream = ("ok", "raw/ok")[number % 2], (place + number // 2) % 3 == 0
                await self.ask(met, model, stream=stream, number=1000 * place + number)

        await asyncio.gather(*(caller(place) for place in range(callers)))

    async def hang_up(self) -> None:
        """Reads the beginning of a stream and closes the connection."""
        body = {"model": "raw/slow", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
        async with self._post(body) as answer:
            await answer.content.readany()
            answer.close()

    def kept(self) -> set[str]:
        """The ids of the requests whose traces are in the store, or in a file beside it that is yet to be taken up."""
        beside = self.store.parent.glob(f"{self.store.name}.spill.*")
        with TraceStore(self.store) as store:
            traces = [*store.all(), *(trace for path in beside for trace in read_traces(path))]
        return {str(trace.metadata.get("request")) for trace in traces}

    def _post(self, body: Mapping[str, Any]) -> Any:
        return self.session.post(f"http://127.0.0.1:{self.port}/v1/chat/completions", json=body)

    async def _lives(self) -> bool:
        await asyncio.sleep(0.2)
        return self.process.returncode is None


def _judged(answer: aiohttp.ClientResponse, data: bytes) -> str:
    """The status; of a stream that breaks off, what its last event says; `odd` where it is none of the protocol's."""
    if answer.status == 200 and answer.content_type == "text/event-stream":
        if data.rstrip().endswith(b"[DONE]"):
            return "200"
        return "told in the stream" if b'"error"' in data else "odd"
    try:
        value = json.loads(data)
    except ValueError:
        return "odd"
    if answer.status == 200:
        return "200" if value.get("choices") else "odd"
    return str(answer.status) if set(value.get("error", ())) == {"message", "type", "param", "code"} else "odd"


@contextlib.asynccontextmanager
async def _upstream() -> AsyncIterator[int]:
    """An endpoint that answers as the first part of the path says."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Cancelled at the end of the bench: nothing waits for it then.
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.lower().split(b"\r\n")
                size = next(int(x.split(b":")[1]) for x in lines if x.startswith(b"content-length"))
                stream = b'"stream":true' in (await reader.readexactly(size)).replace(b" ", b"")
                if not await _answer(head.split(b" ", 2)[1].split(b"/")[1].decode(), stream, writer):
                    break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _answer(kind: str, stream: bool, writer: asyncio.StreamWriter) -> bool:
    """Writes an answer; False where the connection ends with it."""
    body = json.dumps(_WHOLE).encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    events = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
    piece = b'data: {"choices":[{"index":0,"delta":{"content":"the river "},"finish_reason":null}]}\n\n'
    last = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
    match kind:
        case "reset":
            writer.transport.abort()
        case "stall":
            writer.write((events + piece) if stream else head % len(body) + body[:20])
            await asyncio.sleep(60)
        case "truncated":
            writer.write((events + piece) if stream else head % len(body) + body[:40])
        case "storm":
            text = b'{"error": {"message": "slow down"}}'
            writer.write(
                b"HTTP/1.1 429 X\r\nretry-after: 0\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
                % len(text)
                + text
            )
            return True
        case "garbage":
            writer.write((events + b"data: {garb\n\n") if stream else head % 7 + b"{garbag")
        case "kind":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>")
            return True
        case "error":
            text = b'{"error": {"message": "out of memory"}}'
            writer.write((events + piece + b"data: " + text + b"\n\n") if stream else head % len(text) + text)
        case "slow":
            writer.write(events)
            for _ in range(100):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.05)
            writer.write(last)
        case _:
            await asyncio.sleep(0.01)
            writer.write((events + piece + last) if stream else head % len(body) + body)
            return not stream
    await writer.drain()
    return False
