"""The gateway's bench: its callers and its upstream; a short run of the whole."""

from __future__ import annotations

import asyncio

import pytest

from lightwing.bench.gateway_load import Load, load

pytest.importorskip("uvicorn", reason="needs the extra serve")


def test_quantiles_and_rates_of_a_load() -> None:
    met = Load(tuple(i / 1000 for i in range(1, 101)), 0, 2.0)
    assert (met.rate, met.quantile(0.5), met.quantile(0.99)) == (50.0, 51.0, 100.0)


def test_callers_ask_as_often_as_they_are_told_and_count_what_fails() -> None:
    async def both() -> tuple[Load, Load]:
        answered = 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal answered
            try:
                while True:
                    head = await reader.readuntil(b"\r\n\r\n")
                    await reader.readexactly(int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]))
                    answered += 1
                    status = b"200 OK" if answered % 5 else b"503 No"
                    writer.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 2\r\n\r\n{}")
            except (asyncio.IncompleteReadError, OSError):
                writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            first = await load(port, model="m", callers=3, requests=20)
        return first, await load(port, model="m", callers=1, requests=3, seconds=1)

    first, gone = asyncio.run(both())
    assert (len(first.seconds), first.failed) == (16, 4)
    assert len(gone.seconds) == 0
    assert gone.failed > 0


def test_a_short_run_of_the_whole() -> None:
    from lightwing.bench.gateway import run

    result = run(processes=(1,), rounds=1, seconds=0.2, requests=200)
    assert {cell["target"] for cell in result.cells if "target" in cell} == {"upstream", "untouched", "8 clauses"}
    assert all(cell["CPU ms"] >= 0 for cell in result.cells if "target" in cell)
    assert next(g for g in result.goals if g.name == "answers that failed").value == 0
    assert not any("LiteLLM's" in g.name for g in result.goals)
