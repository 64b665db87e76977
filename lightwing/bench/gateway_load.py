"""The two ends of the gateway's bench: an upstream that answers at once (or after a while), and callers that keep so many connections busy.

Both speak just enough HTTP/1.1 that they cost little beside what is measured. `python -m lightwing.bench.gateway_load PORT DELAY` is the upstream.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Load", "load"]

_NUMBERS = itertools.count(1)
"""No two requests of a run are alike, not those of two loads either, so that nothing that was read of a wish is known before."""
_TEXT = "the river flows gently to the sea. it is calm today. thank you"
_ANSWER = json.dumps(
    {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": _TEXT}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 60, "completion_tokens": 14, "total_tokens": 74},
    }
).encode()
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(_ANSWER)


@dataclass(frozen=True, slots=True)
class Load:
    """What callers met: seconds of each answer, in order of size; how many failed; how long it took in all."""

    seconds: tuple[float, ...]
    failed: int
    took: float

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.seconds) / self.took

    def quantile(self, share: float) -> float:
        """Milliseconds in which this share of the answers came."""
        if not self.seconds:
            return float("nan")
        return 1000 * self.seconds[min(len(self.seconds) - 1, int(share * len(self.seconds)))]


async def load(
    port: int, *, model: str, callers: int, seconds: float = 1e9, requests: int = 10**9, key: str = "none"
) -> Load:
    """Asks from `callers` connections at once until the time or the number of requests is over. Every request has words of its own."""
    taken: list[float] = []
    failed = sent = 0
    until = time.perf_counter() + seconds

    def body() -> bytes:
        nonlocal sent
        sent += 1
        asked = f"Tell me of river number {next(_NUMBERS)} and of its {['fish', 'birds', 'boats', 'towns'][sent % 4]}, please."
        content = json.dumps({"model": model, "messages": [{"role": "user", "content": asked}]}).encode()
        return (
            b"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
            b"authorization: Bearer %s\r\ncontent-length: %d\r\n\r\n" % (key.encode(), len(content))
        ) + content

    async def caller() -> None:
        nonlocal failed
        reader = writer = None
        while time.perf_counter() < until and sent < requests:
            try:
                if writer is None or reader is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                data = body()
                started = time.perf_counter()
                writer.write(data)
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
                await reader.readexactly(_length(head))
                if head[9:12] != b"200":
                    failed += 1
                    continue
                taken.append(time.perf_counter() - started)
            except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError):
                failed += 1
                if writer is not None:
                    writer.close()
                reader = writer = None
        if writer is not None:
            writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return Load(tuple(sorted(taken)), failed, time.perf_counter() - started)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    raise ValueError("an answer without a length")


async def _upstream(port: int, delay: float) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await reader.readexactly(_length(await reader.readuntil(b"\r\n\r\n")))
                if delay:
                    await asyncio.sleep(delay)
                writer.write(_HEAD + _ANSWER)
        except (asyncio.IncompleteReadError, OSError, ValueError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=1024)
    async with server:
        await server.serve_forever()


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The fast event loop where it is installed."""
    try:
        import uvloop
    except ImportError:
        return None
    made: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return made


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_upstream(int(sys.argv[1]), float(sys.argv[2])))
