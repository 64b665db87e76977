"""Documents compiled on the fly, and runners made of them: each once, by content."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import replace
from typing import Generic, TypeVar

from lightwing.core.clause import Spec
from lightwing.core.errors import DocumentError, SpecError
from lightwing.core.ids import text_id
from lightwing.run import Runner
from lightwing.serve.asked import ChatRequest
from lightwing.serve.assistants import Assistant
from lightwing.serve.refusals import Refused
from lightwing.spec import bind, compile_document, with_wishes

__all__ = ["Runners"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_KEPT = 512
_SHORT = 1000
"""Characters that are compiled at once; a longer document is compiled in a thread, so that other requests go on."""

_EMPTY = Spec(clauses=())


class _Made(Generic[K, V]):
    """Values made once each; the least lately used one of too many is dropped."""

    def __init__(self, most: int = _KEPT) -> None:
        self._values: OrderedDict[K, asyncio.Future[V]] = OrderedDict()
        self._most = most

    async def get(self, key: K, make: Callable[[], Awaitable[V]]) -> V:
        """The value of a key. Who asks for one that is being made waits for it; one that failed is made anew."""
        known = self._values.get(key)
        if known is not None:
            self._values.move_to_end(key)
            return await asyncio.shield(known)
        self._values[key] = made = asyncio.ensure_future(make())
        while len(self._values) > self._most:
            self._values.popitem(last=False)
        try:
            return await asyncio.shield(made)
        except BaseException:
            if made.done() and (made.cancelled() or made.exception() is not None):
                self._values.pop(key, None)
            raise


class Runners:
    """Gives the runner of a request: the assistant's document (or the request's system message), what the request's own fields oblige to, and its wishes."""

    def __init__(self) -> None:
        self._documents: _Made[str, Spec] = _Made()
        self._wishes: _Made[tuple[str, str], Spec] = _Made(4096)
        self._runners: _Made[tuple[str, str, str], Runner] = _Made()
        self._first: dict[str, tuple[Spec, Runner]] = {}

    async def of(self, assistant: Assistant, asked: ChatRequest) -> Runner:
        """Raises Refused where the request's own schema cannot be used, or its system message is no document."""
        if assistant.raw:
            return await self._runner(assistant, _EMPTY, _EMPTY)
        base = assistant.spec if assistant.spec is not None else await self._document(asked.system)
        spec = base
        if asked.clauses or assistant.tools:
            taken = {c.id for c in base.clauses}
            spec = replace(base, clauses=(*base.clauses, *(c for c in asked.clauses if c.id not in taken)))
        if assistant.wishes if asked.wishes is None else asked.wishes:
            spec = await self._wished(spec, asked.last_wish)
        if spec is assistant.spec:  # the usual case
            known = self._first.get(assistant.name)
            if known is not None and known[0] is spec:
                return known[1]
            made = await self._runner(assistant, base, spec)
            self._first[assistant.name] = spec, made
            return made
        return await self._runner(assistant, base, spec)

    def warm(self) -> None:
        """Reads the languages' words now: the first request would wait a second for them."""
        for wish in ("Rivers", "Use at most two words."):
            bind(with_wishes(_EMPTY, wish))

    async def compiled(self, document: str) -> Spec:
        """The spec of a document, for the pages."""
        return await self._document(document)

    async def _document(self, text: str) -> Spec:
        if not text.strip():
            return _EMPTY

        async def make() -> Spec:
            try:
                if len(text) <= _SHORT:
                    return compile_document(text, name="system message", kind="document")
                return await asyncio.to_thread(compile_document, text, name="system message", kind="document")
            except DocumentError as error:
                raise Refused(400, f"The system message cannot be compiled: {error}", param="messages") from None

        return await self._documents.get(text_id(text), make)

    async def _wished(self, spec: Spec, wish: str) -> Spec:
        if not wish.strip():
            return spec

        async def make() -> Spec:
            try:
                if len(wish) <= _SHORT:
                    return with_wishes(spec, wish)
                return await asyncio.to_thread(with_wishes, spec, wish)
            except DocumentError:  # too large, or no text: it demands nothing that could be read
                return spec

        return await self._wishes.get((spec.id, wish), make)

    async def _runner(self, assistant: Assistant, base: Spec, spec: Spec) -> Runner:
        async def make() -> Runner:
            try:
                bound = bind(spec)
            except SpecError as error:
                raise Refused(400, str(error), param="response_format" if "schema" in str(error) else "tools") from None
            runner = Runner(
                bound=bound,
                models=assistant.models,
                decoder=assistant.decoder,
                judges=assistant.judges,
                budget=assistant.budget,
                errors=assistant.errors,
                target=assistant.target,
                certificate=assistant.certificate,
                base=base.id,
                sampling=assistant.sampling,
                seed=None,
                fixes=assistant.fixes,
            )
            if assistant.target.asks:  # the first decision works out a strategy, for about a second
                await asyncio.to_thread(runner.warm)
            return runner

        return await self._runners.get((assistant.name, base.id, spec.id), make)
