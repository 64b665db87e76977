"""`lightwing serve`: the gateway."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import ipaddress
import os
import secrets
import signal
import socket
import sys
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightwing.cli.config import Config, ServeConfig, load_config
from lightwing.cli.processes import SECRET, several, with_parent
from lightwing.cli.sources import add_config_option
from lightwing.cli.stores import STORE_VARIABLE, store_of
from lightwing.cli.terminal import say
from lightwing.cli.verbs import AddVerb
from lightwing.core.errors import ConfigError, MissingExtra

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from starlette.routing import BaseRoute

    from lightwing.core.protocols import Model
    from lightwing.core.trace import Trace
    from lightwing.serve.app import Gateway
    from lightwing.serve.keys import Keys
    from lightwing.serve.spill import Spill
    from lightwing.store import TraceStore

__all__ = ["add"]


def add(add_verb: AddVerb) -> None:
    parser = add_verb(
        "serve",
        _serve,
        help="an OpenAI-compatible endpoint whose answers are checked and corrected, with pages at /",
        description="Point a client's base_url at http://HOST:PORT/v1. The system message of a request is its document; `lightwing/NAME` is a spec or an assistant of "
        "lightwing.yaml, `raw/MODEL` a model untouched. Listens on loopback unless told otherwise, and elsewhere only with API keys (lightwing keys).",
    )
    parser.add_argument(
        "--model",
        metavar="MODEL",
        action="append",
        default=[],
        help="a short name of the configuration, or an address; repeat for higher rungs",
    )
    parser.add_argument(
        "--judge",
        metavar="MODEL",
        action="append",
        default=[],
        help="reads the clauses no code can decide; repeat for more",
    )
    parser.add_argument(
        "--spec",
        metavar="NAME=FILE",
        action="append",
        default=[],
        help="a spec or a document, served as lightwing/NAME; repeat for more",
    )
    parser.add_argument("--base-url", metavar="URL", help="endpoint of the openai: addresses given here")
    parser.add_argument("--key-env", metavar="NAME", help="variable that holds their key (default OPENAI_API_KEY)")
    parser.add_argument("--host", metavar="HOST", help="where to listen (default 127.0.0.1)")
    parser.add_argument("--port", metavar="PORT", type=int, help="default 8080; 0 takes a free one")
    parser.add_argument(
        "--store",
        metavar="FILE",
        help=f"SQLite file or PostgreSQL URL that keeps the traces (default: ${STORE_VARIABLE}, then serve.store, run.store)",
    )
    parser.add_argument("--processes", metavar="N", type=int, help="so many processes share the port (default 1)")
    parser.add_argument("--fd", type=int, help=argparse.SUPPRESS)
    add_config_option(parser)


def _serve(args: argparse.Namespace) -> int:
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise MissingExtra(error.name or "starlette", extra="serve", need="The gateway") from None
    config = load_config(args.config)
    settings = _settings(args, config)
    specs = _specs(args.spec)
    config = replace(config, serve=settings)
    if args.fd is not None:
        sock = socket.socket(fileno=args.fd)
    else:
        _refuse_open_doors(settings, config)
        sock = _listening(settings)
    if settings.processes > 1 and args.fd is None:
        return several(sock, sys.argv[1:], processes=settings.processes)
    if args.fd is not None:
        with_parent()
    with asyncio.Runner(loop_factory=_loop()) as loop:
        loop.run(_one(args, config, specs, sock))
    return 0


def _settings(args: argparse.Namespace, config: Config) -> ServeConfig:
    """The section `serve`, with what the command line says before it."""
    given = {n: getattr(args, n) for n in ("host", "port", "processes") if getattr(args, n) is not None}
    settings = replace(config.serve, **given, store=store_of(args.store, config))
    if not 0 <= settings.port <= 65535:
        raise ConfigError(f"The port is {settings.port}.", hint="Give a number from 0 to 65535.")
    if not 1 <= settings.processes <= 64:
        raise ConfigError(f"{settings.processes} processes were asked for.", hint="Give 1 to 64.")
    return settings


def _specs(given: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in given:
        name, _, file = each.partition("=")
        if not name or not file or "/" in name or not name.isprintable():
            raise ConfigError(
                f"{each!r} is not NAME=FILE.", where="--spec", hint="For example --spec support=support.md"
            )
        if name in found:
            raise ConfigError(f"The name {name!r} was given twice.", where="--spec", hint="Give each spec its own.")
        found[name] = file
    return found


def _refuse_open_doors(settings: ServeConfig, config: Config) -> None:
    """Elsewhere than on loopback nobody comes in without a key."""
    if _loopback(settings.host):
        return
    if settings.store is None:
        raise ConfigError(
            f"{settings.host} can be reached from other machines, and there is no store that could hold API keys.",
            where="serve.host",
            hint="Give --store and make a key (lightwing keys add NAME), or listen on 127.0.0.1.",
        )
    with _store(settings.store) as store:
        if not asyncio.run(_keys(store).any()):
            raise ConfigError(
                f"{settings.host} can be reached from other machines, and there is no API key.",
                where="serve.host",
                hint="Make one first: lightwing keys add NAME.",
            )


def _keys(store: TraceStore) -> Keys:
    from lightwing.serve.keys import Keys
    from lightwing.serve.stored import StoredKeys

    return Keys(StoredKeys(store))


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listening(settings: ServeConfig) -> socket.socket:
    try:
        family, kind, _, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        sock = socket.socket(family, kind)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(2048)
    except OSError as error:
        raise ConfigError(
            f"Nothing can listen on {settings.host}:{settings.port}: {error.strerror or error}.",
            where="serve",
            hint="Another program may have the port: choose one with --port.",
        ) from None
    return sock


def _loop() -> Any:
    try:
        import uvloop
    except ImportError:  # not made for every system
        return None
    return uvloop.new_event_loop


def _store(where: str) -> TraceStore:
    from lightwing.store import TraceStore

    # Short: while the store is away, traces go into a file beside it.
    return TraceStore(where, wait_seconds=3.0)


async def _one(args: argparse.Namespace, config: Config, specs: dict[str, str], sock: socket.socket) -> None:
    """One process: opens models and store, serves until it is told to stop, then ends or records what is under way."""
    import uvicorn

    from lightwing.serve.app import application
    from lightwing.serve.logs import set_up_logs

    settings = config.serve
    set_up_logs(level=settings.log_level)
    async with AsyncExitStack() as stack:
        gateway = await _gateway(args, config, specs, stack)
        server = _server(uvicorn, application(gateway), gateway, settings)
        if args.fd is None:
            host, port = sock.getsockname()[:2]
            names = ", ".join(gateway.engine.assistants)
            say(f"Lightwing answers at http://{host}:{port}/v1 to: {names}")
            if settings.store is None:
                say("No store: traces are not kept. Give --store FILE to see them on the pages.")
        # What start-up made stays: a full collection would walk all of it, lexicons above all, between two answers.
        gc.collect()
        gc.freeze()
        await server.serve(sockets=[sock])


async def _gateway(args: argparse.Namespace, config: Config, specs: dict[str, str], stack: AsyncExitStack) -> Gateway:
    from lightwing.cli.served import Names, assistants_of
    from lightwing.serve.app import Gateway, Settings
    from lightwing.serve.breaker import Guarded
    from lightwing.serve.engine import Engine
    from lightwing.serve.keeping import Keeper
    from lightwing.serve.limits import Gate, Limits
    from lightwing.serve.metrics import Metrics
    from lightwing.serve.spans import Traced, TracedTools, open_spans
    from lightwing.serve.stored import StoredUsage
    from lightwing.serve.tools import HttpTools

    settings = config.serve
    names = Names(models=args.model, judges=args.judge, specs=specs, base_url=args.base_url, key_env=args.key_env)
    metrics, spans = Metrics(), open_spans(endpoint=settings.otel, content=settings.log_content)

    def watched(model: Model) -> Model:
        guarded = Guarded(Traced(model, spans) if spans.active else model)
        metrics.breaker(guarded.breaker)
        return guarded

    assistants = await assistants_of(config, names, stack, watch=watched)
    store = None if settings.store is None else stack.enter_context(_store(settings.store))
    keeper = Keeper(store=store, spill=_spill(settings.store), redact=_redact(settings))
    tools = HttpTools()
    stack.push_async_callback(tools.close)
    keys = None if store is None else _keys(store)
    if keys is not None and not await keys.any() and _loopback(settings.host):
        keys = None
    hosts = None
    if _loopback(settings.host):
        hosts = frozenset({"127.0.0.1", "localhost", "[::1]", settings.host, *settings.hosts})
    elif settings.hosts:
        hosts = frozenset({settings.host, *settings.hosts})
    gateway = Gateway(
        engine=Engine(assistants=assistants, keep=keeper, call=TracedTools(tools, spans)),
        keeper=keeper,
        settings=Settings(body=settings.body_bytes, heartbeat=settings.heartbeat, hosts=hosts),
        keys=keys,
        limits=Limits(None if store is None else StoredUsage(store), processes=settings.processes),
        gate=Gate(slots=settings.concurrency, queue=settings.queue),
        metrics=metrics,
        spans=spans,
        log_content=settings.log_content,
    )
    if settings.pages:
        gateway.pages = _pages(gateway, store, settings.store)
    return gateway


def _pages(gateway: Gateway, store: TraceStore | None, place: str | None) -> Sequence[BaseRoute]:
    from lightwing.cli.relearn import relearner
    from lightwing.serve.pages import Sessions, Site, routes

    secret = os.environ.get(SECRET, "").encode() or secrets.token_bytes(32)
    relearn = None if place is None else relearner(place)
    return routes(Site(gateway=gateway, sessions=Sessions(secret), store=store, relearn=relearn))


def _redact(settings: ServeConfig) -> Callable[[Trace], Trace] | None:
    """What strikes out of a trace what is not to be written; None where all of it is."""
    from lightwing.store import Redaction

    if not settings.redact:
        return None
    name = settings.redact_key_env
    key = b"" if name is None else os.environ.get(name, "").encode()
    if name is not None and not key:
        raise ConfigError(
            f"The variable {name} holds no key.",
            where="serve.redact_key_env",
            hint=f"Set it, for example: export {name}=…",
        )
    return Redaction(fields=settings.redact, key=key).applied


def _spill(store: str | None) -> Spill | None:
    """Where traces go while the store cannot take them: beside an SQLite file, else in the working directory."""
    from lightwing.serve.spill import Spill
    from lightwing.store.place import Place

    if store is None:
        return None
    at = Place.of(store)
    return None if at.memory else Spill(Path(at.path) if at.path is not None else Path("lightwing-traces"))


def _server(uvicorn: Any, app: Any, gateway: Gateway, settings: ServeConfig) -> Any:
    """A server that, told to stop, takes nothing new, gives what is under way its time, then asks it to end, and at last breaks it off; all of it is recorded."""
    from lightwing.serve.protocol import Patience, bounded

    class Server(uvicorn.Server):  # type: ignore[misc]
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            """Without the server's own way of raising the signal once more at its end, which would end the process before the store is closed."""
            loop, numbers = asyncio.get_running_loop(), (signal.SIGTERM, signal.SIGINT)
            for number in numbers:
                loop.add_signal_handler(number, self.handle_exit, number, None)
            try:
                yield
            finally:
                for number in numbers:
                    loop.remove_signal_handler(number)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            def enough() -> None:
                gateway.stopping = "The gateway is shutting down."

            def break_off() -> None:
                for task in self.server_state.tasks:
                    task.cancel()

            loop = asyncio.get_running_loop()
            timers = [
                loop.call_later(settings.stop_seconds, enough),
                loop.call_later(2 * settings.stop_seconds, break_off),
            ]
            await super().shutdown(sockets=sockets)
            for timer in timers:
                timer.cancel()

    options = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="on",
        http=bounded(Patience()),
        timeout_keep_alive=30,
        # What was broken off still has to be recorded, which the server itself would not wait for.
        timeout_graceful_shutdown=int(settings.stop_seconds * 2) + 15,
        server_header=False,
        date_header=True,
    )
    return Server(options)
