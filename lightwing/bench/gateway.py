"""How much the gateway adds: latency and requests per second before an upstream of no cost, beside the LiteLLM proxy in the same run, and memory over many requests.

All targets are asked by the same callers, in turns, several rounds; what is held against a goal is the median over the rounds of what was found within each.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightwing.bench.gateway_load import Load, load, loop_factory
from lightwing.bench.goals import BenchResult, Goal
from lightwing.core.errors import ConfigError

__all__ = ["LITELLM", "install_litellm", "run"]

LITELLM = "litellm[proxy]>=1.106,<1.107"

_EIGHT = (
    'Answer in at most 60 words. Do not use commas. Write everything in lowercase. Mention the word "river" at least once. '
    'End with "thank you". Do not use the word "very". Write at least 2 sentences. Never use exclamation marks.\n'
)
_SLOW = 0.2
_CALLERS = (1, 16, 128)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """Something that answers: at a port, under a model's name; `group` is the process group that does it."""

    name: str
    port: int
    model: str
    group: int


def run(
    *,
    litellm: Path | None = None,
    processes: Sequence[int] = (1, 2),
    rounds: int = 5,
    seconds: float = 4.0,
    requests: int = 50_000,
    command: str = "lightwing bench gateway",
    told: Callable[[str], None] = lambda line: None,
) -> BenchResult:
    """`litellm`: an environment that holds the proxy (see `install_litellm`); without it its rows are left out. `seconds` for each measurement; `requests` over which memory is watched."""
    started = time.perf_counter()
    with contextlib.ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        upstreams = [(stack.enter_context(_upstream(delay)), delay) for delay in (0.0, _SLOW)]
        found: list[_Measured] = []
        for (upstream, behind), delay in upstreams:
            with contextlib.ExitStack() as serving:
                targets = [_Target(name="upstream", port=upstream, model="m", group=behind.pid)]
                for number in processes[:1] if delay else processes:
                    port, process = serving.enter_context(_gateway(home, upstream, processes=number))
                    several = "" if number == 1 else f", {number} processes"
                    targets += [
                        _Target(name=f"untouched{several}", port=port, model="raw/small", group=process.pid),
                        _Target(name=f"8 clauses{several}", port=port, model="lightwing/river", group=process.pid),
                    ]
                if litellm is not None:
                    port, process = serving.enter_context(_litellm(home, litellm, upstream))
                    targets.append(_Target(name="LiteLLM", port=port, model="small", group=process.pid))
                found += _measure(targets, _CALLERS, delay, rounds=rounds, seconds=seconds, told=told)
        memory = _memory(home, upstreams[0][0][0], requests=requests, told=told)
    return BenchResult(
        bench="gateway",
        command=command,
        seconds=time.perf_counter() - started,
        cells=[*(m.row for m in found), *memory.rows],
        goals=[*_goals(found, rounds), *memory.goals],
        notes=[
            "Callers, gateway, upstream and store share the processors. Added: what a caller waits longer than before the upstream alone, in the same round.",
            "CPU ms: processor time that the target's processes took for one answer, threads and store included; other work on the machine weighs less on it than on a rate.",
            "Every request differs, the SQLite store keeps every trace, and the user's wish is read in every request with a document.",
            *([] if litellm is not None else ["LiteLLM was not measured: give its environment with --beside."]),
        ],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """One target with so many callers, over all rounds. `cpu`: milliseconds for each answer. `added` and `beside` are by round: milliseconds (p50, p99) over the upstream's, rate over LiteLLM's."""

    target: str
    callers: int
    delay: float
    loads: tuple[Load, ...]
    cpu: tuple[float, ...]
    added: tuple[tuple[float, float], ...]
    beside: tuple[float, ...]

    @property
    def row(self) -> Mapping[str, Any]:
        median = statistics.median
        return {
            "target": self.target,
            "upstream ms": 1000 * self.delay,
            "callers": self.callers,
            "requests/s": round(median(each.rate for each in self.loads), 1),
            "p50 ms": round(median(each.quantile(0.5) for each in self.loads), 2),
            "p99 ms": round(median(each.quantile(0.99) for each in self.loads), 2),
            "CPU ms": round(median(self.cpu), 2) if self.cpu else None,
            "added p50": round(median(a for a, _ in self.added), 2) if self.added else None,
            "added p99": round(median(a for _, a in self.added), 2) if self.added else None,
            "times LiteLLM": round(median(self.beside), 2) if self.beside else None,
            "failed": sum(each.failed for each in self.loads),
        }


def _measure(
    targets: Sequence[_Target],
    callers: Sequence[int],
    delay: float,
    *,
    rounds: int,
    seconds: float,
    told: Callable[[str], None],
) -> list[_Measured]:
    """All targets in turns, so that what else the machine does meets them alike."""

    loads: dict[tuple[str, int], list[Load]] = {}
    cpu: dict[tuple[str, int], list[float]] = {}

    async def all_of() -> None:
        for target in targets:
            await load(
                target.port, model=target.model, callers=4, seconds=min(1.0, seconds)
            )  # connections, caches, imports
        for number in range(rounds):
            for many in callers:
                for target in targets:
                    before = _cpu_seconds(target.group)
                    met = await load(target.port, model=target.model, callers=many, seconds=seconds)
                    loads.setdefault((target.name, many), []).append(met)
                    if met.seconds:
                        spent = 1000 * (_cpu_seconds(target.group) - before) / len(met.seconds)
                        cpu.setdefault((target.name, many), []).append(spent)
            told(f"upstream of {1000 * delay:g} ms: round {number + 1} of {rounds}")

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(all_of())
    made = []
    for (name, many), own in loads.items():
        alone, other = loads["upstream", many], loads.get(("LiteLLM", many))
        added = [
            (a.quantile(0.5) - b.quantile(0.5), a.quantile(0.99) - b.quantile(0.99))
            for a, b in zip(own, alone, strict=True)
        ]
        beside = [] if other is None else [a.rate / b.rate for a, b in zip(own, other, strict=True) if b.rate]
        mine = name not in ("upstream", "LiteLLM")
        made.append(
            _Measured(
                target=name,
                callers=many,
                delay=delay,
                loads=tuple(own),
                cpu=tuple(cpu.get((name, many), ())),
                added=() if name == "upstream" else tuple(added),
                beside=tuple(beside) if mine else (),
            )
        )
    return made


def _goals(found: Sequence[_Measured], rounds: int) -> Iterator[Goal]:
    """The issue's: ratios to LiteLLM at 16 callers, added latency at 16 callers before an upstream of 200 ms."""
    for each in found:
        if each.callers != 16:
            continue
        wanted = {"untouched": 10.0, "8 clauses": 5.0}.get(each.target)
        if each.delay == 0 and each.beside and wanted is not None:
            yield Goal(
                name=f"{each.target}: requests per second, times LiteLLM's",
                op=">=",
                goal=wanted,
                value=statistics.median(each.beside),
                low=min(each.beside),
                high=max(each.beside),
                n=rounds,
            )
        if each.delay and each.target in ("untouched", "8 clauses"):
            for at, (name, most) in enumerate((("p50", 2.0), ("p99", 15.0))):
                values = [a[at] for a in each.added]
                yield Goal(
                    name=f"{each.target}: added {name}, ms",
                    op="<=",
                    goal=most,
                    value=statistics.median(values),
                    low=min(values),
                    high=max(values),
                    n=rounds,
                )
    failed = sum(sum(load.failed for load in each.loads) for each in found if each.target != "LiteLLM")
    yield Goal(name="answers that failed", op="<=", goal=0, value=failed)


@dataclass(frozen=True, slots=True)
class _Memory:
    rows: Sequence[Mapping[str, Any]]
    goals: Sequence[Goal]


def _memory(home: Path, upstream: int, *, requests: int, told: Callable[[str], None]) -> _Memory:
    """Megabytes of the gateway while it answers so many requests, half of them untouched."""
    steps = 10
    with _gateway(home, upstream, processes=1) as (port, process):

        async def step(model: str) -> None:
            await load(port, model=model, callers=16, requests=requests // (2 * steps))

        sizes = []
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            for number in range(steps):
                for model in ("raw/small", "lightwing/river"):
                    runner.run(step(model))
                sizes.append(_resident(process.pid))
                told(f"memory after {(number + 1) * requests // steps:,} requests: {sizes[-1]:.0f} MB")
    rows = [{"requests": (i + 1) * requests // steps, "gateway MB": round(size, 1)} for i, size in enumerate(sizes)]
    grown = sizes[-1] / sizes[1] - 1
    return _Memory(
        rows,
        (
            Goal(name=f"memory after {requests:,} requests, MB", op="<=", goal=150, value=sizes[-1], high=max(sizes)),
            Goal(name="memory grown since the first fifth, share", op="<=", goal=0.05, value=grown),
        ),
    )


def _cpu_seconds(group: int) -> float:
    """Processor time, user's and system's, that the living processes of a group have taken (Linux)."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()  # behind the name: state, parent, group, …
            if int(fields[2]) == group:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> float:
    """Megabytes that a process holds in memory (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def install_litellm(where: Path, *, told: Callable[[str], None]) -> Path:
    """An environment with the LiteLLM proxy, made where there is none.

    Raises:
        ConfigError: it cannot be made.
    """
    if (where / "bin" / "litellm").exists():
        return where
    told(f"installing {LITELLM} into {where}")
    for command in (
        [sys.executable, "-m", "venv", str(where)],
        [str(where / "bin" / "python"), "-m", "pip", "install", "--quiet", LITELLM],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
        if done.returncode:
            raise ConfigError(
                f"LiteLLM cannot be installed: {done.stderr.strip()[-300:]}",
                where=str(where),
                hint="Leave --beside out to measure without it.",
            )
    return where


@contextlib.contextmanager
def _upstream(delay: float) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = _free_port()
    command = [sys.executable, "-m", "lightwing.bench.gateway_load", str(port), str(delay)]
    with _process(command, port) as process:
        yield port, process


@contextlib.contextmanager
def _gateway(home: Path, upstream: int, *, processes: int) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = _free_port()
    (home / "eight.md").write_text(_EIGHT, encoding="utf-8")
    config = home / f"gateway-{port}.yaml"
    config.write_text(
        f"models:\n  small: {{model: m, base_url: 'http://127.0.0.1:{upstream}/v1', options: {{concurrency: 256}}}}\n"
        "run: {model: small}\n"
        "assistants:\n  river: {document: eight.md, models: [small]}\n"
        f"serve: {{port: {port}, processes: {processes}, store: '{home / f'traces-{port}.sqlite'}', log_level: warning, concurrency: 256}}\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "lightwing", "serve", "--config", str(config)]
    with _process(command, port) as process:
        yield port, process


@contextlib.contextmanager
def _litellm(home: Path, environment: Path, upstream: int) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = _free_port()
    config = home / f"litellm-{port}.yaml"
    config.write_text(
        "model_list:\n  - model_name: small\n    litellm_params: "
        f"{{model: openai/m, api_base: 'http://127.0.0.1:{upstream}/v1', api_key: none}}\n"
        "litellm_settings: {telemetry: false}\n",
        encoding="utf-8",
    )
    allowed = {"LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true", "LITELLM_LOG": "ERROR"}
    command = [
        str(environment / "bin" / "litellm"),
        "--config",
        str(config),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    with _process(command, port, seconds=120, env=allowed) as process:
        yield port, process


@contextlib.contextmanager
def _process(
    command: Sequence[str], port: int, *, seconds: float = 60, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that listens on this port, ended with all that it started when the block ends."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, **(env or {})}, start_new_session=True
        )
        try:
            until = time.monotonic() + seconds
            while not _listens(port):
                if process.poll() is not None or time.monotonic() > until:
                    log.seek(0)
                    told = log.read()[-400:].decode(errors="replace").strip()
                    raise ConfigError(f"{Path(command[0]).name} does not come up: {told}", where="bench gateway")
                time.sleep(0.1)
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(timeout=20)


def _listens(port: int) -> bool:
    with socket.socket() as sock:
        sock.settimeout(0.5)
        return sock.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
